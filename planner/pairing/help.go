package pairing

import (
	"cmp"
	"context"
	"slices"

	"lianxin/planner"
)

// Help is what one more place would save: the best plan in which one cadre may take one household more, at the price that
// the load rules give a household beyond the cap, costs Saves less than this plan; all else, the even shares too, stays as
// it is. Cadre is the one at whom the place would save most. Of a unit the place is at one of its cadres; of a village it
// is at any cadre, for one of the village's households.
//
// The figure is exact for one place, by a shortest path of the residual network; two places may save less than twice as
// much, never more. Of a plan made by [Replan] what is saved is compared in the order Left, Changed, Saves, and the later
// ones may be below 0; of others Saves is above 0.
type Help struct {
	Unit    planner.UnitID   // set in a unit's row
	Village planner.AreaCode // set in a village's row
	Name    string
	Cadre   planner.CadreID
	Left    int // of a plan made by [Replan]: fewer without a cadre, a pinned household counting twice
	Changed int // of a plan made by [Replan]: fewer that have another cadre than in the plan in force
	Saves   planner.Seconds
	Serves  bool // a household that nobody has would get a cadre
}

// HelpUnits lists the units where one more place would save something, most first, then by name. A part of a prefecture that
// has more cadres than [flow.MaxWide] is left out.
func (x *Index) HelpUnits(ctx context.Context) ([]Help, error) {
	var out []*Help
	for _, p := range x.parts {
		if err := p.build(ctx); err != nil {
			return nil, err
		}
		if p.tabled() {
			out = append(out, p.helpUnits()...)
		}
	}
	return sortedHelp(out), nil
}

func (x *part) helpUnits() (out []*Help) {
	best := map[planner.UnitID]*Help{}
	for j, c := range x.inst.Cadres {
		if c.Away || x.load[j] < c.Cap || x.inst.Capped(j) {
			continue // one place more beside an empty one saves nothing
		}
		saves := x.saved(j, int32(x.inst.LoadPrice(j, c.Cap+1)))
		if saves.price == (triple{}) {
			continue
		}
		h := best[c.Unit.ID]
		if h == nil {
			h = &Help{Unit: c.Unit.ID, Name: c.Unit.Name}
			best[c.Unit.ID] = h
			out = append(out, h)
		}
		h.most(saves, c.ID)
	}
	return out
}

// HelpVillages lists the villages whose households would gain by one more place, most first, then by code. It reads every
// pair once; what is left out is as for HelpUnits.
func (x *Index) HelpVillages(ctx context.Context) ([]Help, error) {
	var out []*Help
	for _, p := range x.parts {
		if err := p.build(ctx); err != nil {
			return nil, err
		}
		if !p.tabled() {
			continue
		}
		hs, err := p.helpVillages(ctx)
		if err != nil {
			return nil, err
		}
		out = append(out, hs...)
	}
	return sortedHelp(out), nil
}

func (x *part) helpVillages(ctx context.Context) (out []*Help, err error) {
	best := map[planner.AreaCode]*Help{}
	row := make([]int32, len(x.inst.Cadres))
	for i, t := range x.inst.Targets {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		x.costs(i, row)
		code := t.Household.Village
		h := best[code]
		for j, c := range x.inst.Cadres {
			if c.Away || x.load[j] < c.Cap || x.inst.Capped(j) {
				continue
			}
			saves := x.savedFor(i, j, int32(x.inst.LoadPrice(j, c.Cap+1)), row)
			if saves.price == (triple{}) {
				continue
			}
			if h == nil {
				h = &Help{Village: code, Name: x.inst.PlaceName(code)}
				best[code] = h
				out = append(out, h)
			}
			h.most(saves, c.ID)
		}
	}
	return out, nil
}

func (h Help) saved() triple { return triple{int64(h.Left), int64(h.Changed), int64(h.Saves)} }

// most keeps the larger saving.
func (h *Help) most(s saving, c planner.CadreID) {
	if h.saved().less(s.price) {
		h.Left, h.Changed, h.Saves, h.Serves, h.Cadre = int(s.price.left), int(s.price.changed), planner.Seconds(s.price.secs), s.serves, c
	}
}

func sortedHelp(hs []*Help) (out []Help) {
	for _, h := range hs {
		out = append(out, *h)
	}
	slices.SortStableFunc(out, func(a, b Help) int {
		return cmp.Or(-cmp.Compare(a.Left, b.Left), -cmp.Compare(a.Changed, b.Changed), -cmp.Compare(a.Saves, b.Saves), cmp.Compare(a.Village, b.Village), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Unit, b.Unit))
	})
	return out
}
