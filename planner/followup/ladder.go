package followup

import (
	"cmp"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// Office is the network as the ladder climbs it.
type Office struct {
	units  map[planner.UnitID]planner.Unit
	byCode map[string]planner.UnitID
	cadres map[planner.CadreID]planner.Cadre
	staff  map[planner.UnitID][]planner.Cadre // who can answer for a unit, first person first
	acting map[planner.UnitID]planner.ActingHolder
}

// NewOffice reads the network from a roster. Who answers for a unit is its first active cadre on duty by rank, section
// before staff, then by code; leaders of the county stand outside the ladder.
func NewOffice(r planner.Roster) *Office {
	o := &Office{map[planner.UnitID]planner.Unit{}, map[string]planner.UnitID{}, map[planner.CadreID]planner.Cadre{}, map[planner.UnitID][]planner.Cadre{}, nil}
	for _, u := range r.Units {
		o.units[u.ID] = u
		o.byCode[u.Code] = u.ID
	}
	for _, c := range r.Cadres {
		o.cadres[c.ID] = c
		if c.Active && c.Rank != planner.RankLeader {
			o.staff[c.Unit] = append(o.staff[c.Unit], c)
		}
	}
	for _, cs := range o.staff {
		slices.SortFunc(cs, func(a, b planner.Cadre) int {
			return cmp.Or(cmp.Compare(rankOrder(a.Rank), rankOrder(b.Rank)), cmp.Compare(a.Code, b.Code))
		})
	}
	return o
}

func rankOrder(r planner.Rank) int {
	if r == planner.RankSection {
		return 0
	}
	return 1
}

// Path returns the owner's unit and those above it up to the bureau, which are the rungs. A loop in the parents ends it.
func (o *Office) Path(owner planner.CadreID) []planner.Unit { return o.Above(o.cadres[owner].Unit) }

// Above returns a unit and those above it.
func (o *Office) Above(unit planner.UnitID) []planner.Unit {
	var path []planner.Unit
	seen := map[planner.UnitID]bool{}
	for id := unit; id != "" && !seen[id]; {
		u, ok := o.units[id]
		if !ok {
			break
		}
		seen[id] = true
		path = append(path, u)
		id = o.byCode[u.Parent]
	}
	return path
}

// Acting lets those who were named 主持工作 answer for their units while they act. It returns o.
func (o *Office) Acting(hs []planner.ActingHolder) *Office {
	o.acting = make(map[planner.UnitID]planner.ActingHolder, len(hs))
	for _, h := range hs {
		o.acting[h.Unit] = h
	}
	return o
}

// Holder returns who answers for a unit on a day: who was named to act for it, else its first person on duty. False if nobody is, or if it is the owner,
// who need not be told of their own delay twice.
func (o *Office) Holder(unit planner.UnitID, owner planner.CadreID, today civil.Date) (planner.CadreID, bool) {
	if h, ok := o.acting[unit]; ok && h.Acts(today) {
		if c, known := o.cadres[h.Cadre]; known && c.Active && !c.OnLeave(today) {
			return c.ID, c.ID != owner
		}
	}
	for _, c := range o.staff[unit] {
		if c.OnLeave(today) {
			continue
		}
		return c.ID, c.ID != owner
	}
	return "", false
}

// gone reports whether a cadre will not act for long: unknown, no longer active, or on a leave of at least
// [planner.LongLeaveDays] that covers the day. A week's holiday moves no promise.
func (o *Office) gone(id planner.CadreID, today civil.Date) bool {
	c, ok := o.cadres[id]
	if !ok || !c.Active {
		return true
	}
	return slices.ContainsFunc(c.Leaves, func(l planner.Leave) bool {
		return l.Span.Contains(today) && (l.Span.Days() == 0 || l.Span.Days() >= planner.LongLeaveDays)
	})
}
