package pairing

import (
	"cmp"
	"context"
	"slices"

	"lianxin/planner"
	"lianxin/planner/rule"
)

// WayKind says what a way out changes.
type WayKind string

const (
	WayPlaces WayKind = "places" // one more place, or several, at certain cadres
	WayLift   WayKind = "lift"   // recusals, leaves, pins or rules taken back
	WayMixed  WayKind = "mixed"  // both, where neither alone is enough
	WayCap    WayKind = "cap"    // every cadre of the tier may have more
	WayLeave  WayKind = "leave"  // somebody is left without a cadre
	WayLower  WayKind = "lower"  // a unit's fewest is lowered
)

// Way is one way out of an [Infeasible]. It was checked by planning again with it: then all but those it leaves out have a
// cadre. Price is that plan's for the tier; a target left out counts as the book's Unserved, so that ways compare.
type Way struct {
	Kind   WayKind
	Places []MorePlaces
	Lift   []Element // recusals, leaves, pins, rules
	Leave  []Left
	Raise  int    // of [WayCap]: by how many
	Unit   string // of [WayLower]: code
	Lower  int    // to how many
	Price  planner.Seconds
	Say    planner.Text

	teams []planner.Team // of villages whose cap is lifted, of as many cadres as they need
}

// Private reports whether the way's words are the planner's alone.
func (w Way) Private() bool {
	return slices.ContainsFunc(w.Lift, func(e Element) bool { return e.Private })
}

// MorePlaces is what a cadre would have to take beyond their cap.
type MorePlaces struct {
	Cadre planner.CadreID
	Name  string
	Code  string
	More  int
	Cap   int // as it is
}

const (
	waysShown = 3

	// Inside the search for a way, what would have to change costs more than anything that rearranging saves, and leaving
	// out more than any change: seconds.
	changeDear = 1 << 20
	leaveDear  = 1 << 25
)

// waysOut finds the cheapest way of each kind, then, while fewer than three work, the cheapest that does without what the
// first ones used; and checks each by planning again.
func waysOut(ctx context.Context, in Input, m *matching, upper []planner.Pairing, x *Infeasible) error {
	s := seeker{match: m, ctx: ctx, in: in.quiet(), inst: m.inst, upper: upper, tried: map[string]bool{}, banPlace: map[*rule.Cadre]bool{}, banFact: map[rule.Fact]bool{}}
	rest, err := s.leave(nil)
	if err != nil {
		return err
	}
	x.Left = rest.Leave
	s.note(rest)
	s.short, s.caps = x.Short(), s.capsBack()
	for _, relax := range [][2]bool{{true, false}, {false, true}} {
		if err := s.relaxed(relax[0], relax[1]); err != nil {
			return err
		}
	}
	if len(s.ways) == 1 { // neither alone is enough
		if err := s.relaxed(true, true); err != nil {
			return err
		}
	}
	if err := s.raise(); err != nil {
		return err
	}
	for _, relax := range [][2]bool{{true, false}, {false, true}} {
		if len(s.ways) < waysShown {
			s.ban()
			if err := s.relaxed(relax[0], relax[1]); err != nil {
				return err
			}
		}
	}
	if len(s.ways) < waysShown {
		if err := s.relaxed(true, true); err != nil {
			return err
		}
	}
	if len(s.ways) < waysShown {
		other, err := s.leave(rest.Leave)
		if err != nil {
			return err
		}
		s.note(other)
	}
	slices.SortStableFunc(s.ways, func(a, b Way) int {
		return cmp.Or(cmp.Compare(len(a.Leave), len(b.Leave)), cmp.Compare(a.Price, b.Price))
	})
	x.Ways = s.ways[:min(waysShown, len(s.ways))]
	return nil
}

// seeker looks for ways out of one tier.
type seeker struct {
	ctx      context.Context
	in       Input
	inst     *rule.Instance
	upper    []planner.Pairing
	match    *matching
	short    int
	caps     []int // what each cadre could take if nobody were on leave
	ways     []Way
	tried    map[string]bool
	banPlace map[*rule.Cadre]bool
	banFact  map[rule.Fact]bool
}

// note keeps a way that works and is new.
func (s *seeker) note(w Way) {
	if w.Kind == "" || s.tried[w.Say.EN] {
		return
	}
	s.tried[w.Say.EN] = true
	s.ways = append(s.ways, w)
}

// ban keeps the next search from what the ways so far use.
func (s *seeker) ban() {
	for _, w := range s.ways {
		for _, p := range w.Places {
			for _, c := range s.inst.Cadres {
				if c.ID == p.Cadre {
					s.banPlace[c] = true
				}
			}
		}
		for _, e := range w.Lift {
			s.banFact[s.factOf(e)] = true
		}
	}
}
