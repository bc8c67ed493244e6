package pairing

import (
	"errors"
	"slices"

	"lianxin/planner/flow"
	"lianxin/planner/rule"
)

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
