package pairing

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"lianxin/planner"
	"lianxin/planner/flow"
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

// leave is the plan that serves the most, without others than those in not if that is possible.
func (s *seeker) leave(not []Left) (Way, error) {
	sol, err := s.rest(not)
	if err != nil {
		return Way{}, err
	}
	w := Way{Kind: WayLeave}
	for i, j := range sol.Sink {
		if j >= 0 {
			continue
		}
		t := s.inst.Targets[i]
		l := Left{Code: t.Code}
		if t.Household != nil {
			l.Household = t.Household.ID
		} else {
			l.Area = t.Area
		}
		w.Leave = append(w.Leave, l)
	}
	return s.checked(w)
}

// rest places as many as can be, and others than not if that is possible and the tier is one matrix.
func (s *seeker) rest(not []Left) (*flow.Solution, error) {
	if len(not) == 0 {
		return place(s.ctx, s.inst, nil)
	}
	p := problem(s.ctx, s.inst)
	p.Leave = func(i int) int32 {
		if slices.ContainsFunc(not, func(l Left) bool { return l.Code == s.inst.Targets[i].Code }) {
			return 4 * int32(s.inst.Unserved(i))
		}
		return int32(s.inst.Unserved(i))
	}
	sol, err := flow.Solve(s.ctx, p, nil)
	if errors.Is(err, flow.ErrTooLarge) {
		return place(s.ctx, s.inst, nil)
	}
	return sol, err
}

// relaxed solves with more places, with forbidden pairs, or with both, each dear, and reads off what it used.
func (s *seeker) relaxed(places, lift bool) error {
	inst := s.inst
	p := flow.Problem{Sources: len(inst.Targets), Sinks: len(inst.Cadres), Leave: func(int) int32 { return leaveDear }}
	caps := make([]int, len(inst.Cadres))
	for j, c := range inst.Cadres {
		mc := inst.Marginals(j)
		if caps[j] = c.Cap; lift && c.Away {
			caps[j] = s.caps[j]
			for len(mc) < caps[j] {
				mc = append(mc, 0) // what leave leaves unsaid is priced when the way is checked
			}
		}
		if places && !c.Away && !s.banPlace[c] && !inst.Capped(j) {
			last := int32(0)
			if len(mc) > 0 {
				last = mc[len(mc)-1]
			}
			for n := range s.short {
				last = max(last, int32(inst.LoadPrice(j, c.Cap+1+n)))
				mc = append(mc, last+changeDear)
			}
		}
		p.Marginals = append(p.Marginals, mc)
	}
	price := inst.Rows(s.ctx)
	p.Row = func(i int, row []int32) {
		price(i, row)
		if !lift {
			return
		}
		for j, c := range row {
			if c != rule.Forbidden {
				continue
			}
			fs := inst.Facts(i, j)
			if slices.ContainsFunc(fs, func(f rule.Fact) bool { return s.banFact[f] }) {
				continue
			}
			row[j] = int32(inst.PriceAnyway(i, j)) + int32(len(fs))*changeDear
		}
	}
	sol, err := flow.Solve(s.ctx, p, nil)
	if errors.Is(err, flow.ErrTooLarge) {
		return nil // a county of this size is told its conflict and whom it leaves out
	}
	if err != nil || sol.Left > 0 {
		return err
	}
	w := Way{Kind: WayPlaces}
	load := make([]int, len(inst.Cadres))
	seen := map[rule.Fact]bool{}
	for i, j := range sol.Sink {
		load[j]++
		for _, f := range inst.Facts(i, int(j)) {
			if !seen[f] {
				seen[f] = true
				w.Lift = append(w.Lift, factElement(inst, f))
			}
		}
	}
	for j, c := range inst.Cadres {
		if n := load[j] - caps[j]; n > 0 {
			w.Places = append(w.Places, MorePlaces{Cadre: c.ID, Name: c.Name, Code: c.Code, More: n, Cap: c.Cap})
		}
	}
	switch {
	case len(w.Lift) > 0 && len(w.Places) > 0:
		w.Kind = WayMixed
	case len(w.Lift) > 0:
		w.Kind = WayLift
	}
	if w, err = s.checked(w); err == nil {
		s.note(w)
	}
	return err
}

// raise looks for the least number by which all caps would have to grow.
func (s *seeker) raise() error {
	if s.short < 2 { // one place is enough, and more is no way to save
		return nil
	}
	for by := 1; by <= len(s.inst.Targets); by *= 2 {
		low, high := by/2+1, by
		if !s.enough(high) {
			continue
		}
		for low < high {
			if mid := (low + high) / 2; s.enough(mid) {
				high = mid
			} else {
				low = mid + 1
			}
		}
		w, err := s.checked(Way{Kind: WayCap, Raise: high})
		if err == nil {
			s.note(w)
		}
		return err
	}
	return nil
}

// enough reports whether all can be served if every cadre in post may have so many more.
func (s *seeker) enough(by int) bool {
	grow(s.inst, by)
	defer grow(s.inst, -by)
	s.match.clear()
	s.match.fill(s.ctx)
	return s.match.short() == 0
}

func grow(inst *rule.Instance, by int) {
	for j, c := range inst.Cadres {
		if !c.Away && !inst.Capped(j) {
			c.Cap += by
		}
	}
}

// capsBack is what each cadre could take if nobody were on leave.
func (s *seeker) capsBack() []int {
	in := s.in
	in.Roster.Cadres = slices.Clone(in.Roster.Cadres)
	for k := range in.Roster.Cadres {
		in.Roster.Cadres[k].Leaves = nil
	}
	out := make([]int, len(s.inst.Cadres))
	if inst, err := rule.Lay(in.Question(), s.inst.Tier, s.upper); err == nil {
		for j, c := range s.same(inst).Cadres {
			out[j] = c.Cap
		}
	}
	return out
}

// same is the part of an instance laid again that the seeker looks at.
func (s *seeker) same(inst *rule.Instance) *rule.Instance {
	if len(inst.Cadres) == len(s.inst.Cadres) && len(inst.Targets) == len(s.inst.Targets) {
		return inst
	}
	cadre, target := map[planner.CadreID]bool{}, map[string]bool{}
	for _, c := range s.inst.Cadres {
		cadre[c.ID] = true
	}
	for _, t := range s.inst.Targets {
		target[t.Code] = true
	}
	sub := *inst
	sub.Cadres = slices.DeleteFunc(slices.Clone(inst.Cadres), func(c *rule.Cadre) bool { return !cadre[c.ID] })
	sub.Targets = slices.DeleteFunc(slices.Clone(inst.Targets), func(t *rule.Target) bool { return !target[t.Code] })
	regroup(inst, &sub)
	return &sub
}

// checked plans again with the way and words it; a zero Way if it does not serve all but those it leaves out.
func (s *seeker) checked(w Way) (Way, error) {
	inst, err := rule.Lay(w.Apply(s.in).Question(), s.inst.Tier, s.upper)
	if err != nil {
		return Way{}, err
	}
	inst = s.same(inst)
	w.fit(inst)
	sol, err := place(s.ctx, inst, nil)
	if err != nil || sol.Left > 0 {
		return Way{}, err
	}
	w.Price = planner.Seconds(sol.Price)
	for n := range w.Lift { // a village's cap need not go, it need only be so high
		if w.Lift[n].Kind == ElementVillage {
			w.Lift[n].Cap = cadresOf(inst, sol.Sink, w.Lift[n].Village)
		}
	}
	for i, t := range s.inst.Targets {
		if slices.ContainsFunc(w.Leave, func(l Left) bool { return l.Code == t.Code }) {
			w.Price += s.inst.Unserved(i)
		}
	}
	w.Say = sayWay(s.inst, w, planner.Seconds(sol.Price))
	return w, nil
}

// cadresOf counts the cadres who go to a village.
func cadresOf(inst *rule.Instance, sink []int32, village planner.AreaCode) int {
	who := map[int32]bool{}
	for i, j := range sink {
		if j >= 0 && inst.Targets[i].Household.Village == village {
			who[j] = true
		}
	}
	return len(who)
}

// factOf is the fact behind an element of a way.
func (s *seeker) factOf(e Element) (f rule.Fact) {
	f.Rule = e.Rule
	if e.Kind == ElementRecusal || e.Kind == ElementLeave {
		for _, c := range s.inst.Cadres {
			if c.ID == e.Cadre {
				f.Cadre = c
			}
		}
	}
	f.Village = e.Village
	for _, t := range s.inst.Targets {
		if e.Code != "" && t.Code == e.Code {
			f.Target = t
		}
	}
	return f
}
