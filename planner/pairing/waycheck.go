package pairing

import (
	"slices"

	"lianxin/planner"
	"lianxin/planner/rule"
)

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
