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
	inst, err := rule.Lay(w.settle(s.in).Question(), s.inst.Tier, s.upper)
	if err != nil {
		return Way{}, err
	}
	inst = s.same(inst)
	w.fit(inst)
	if w.teams == nil {
		if !w.loosen(s.ctx, inst) {
			return Way{}, s.ctx.Err()
		}
		if w.teams != nil { // planned with the caps as high as they must be
			return s.checked(w)
		}
	}
	sol, err := place(s.ctx, inst, nil)
	if h := newHolder(inst); err == nil && h != nil && len(h.over(sol.Sink)) > 0 { // more go to another village now
		if err = h.price(s.ctx); err == nil {
			sol, err = h.repair(s.ctx, sol)
		}
	}
	if err != nil || sol.Left > 0 {
		return Way{}, err
	}
	w.Price = planner.Seconds(sol.Price)
	for i, t := range s.inst.Targets {
		if slices.ContainsFunc(w.Leave, func(l Left) bool { return l.Code == t.Code }) {
			w.Price += s.inst.Unserved(i)
		}
	}
	w.Say = sayWay(s.inst, w, planner.Seconds(sol.Price))
	return w, nil
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
