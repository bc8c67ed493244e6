package pairing

import (
	"slices"

	"lianxin/planner/rule"
)

// elements lists the minimal conflict: the targets, the caps of the cadres they may go to, and just so many facts that keep
// them from everybody else. Targets and caps are minimal by construction, since the search reaches each of them and a place
// anywhere on its way would serve all; facts that others make superfluous are taken out.
func elements(inst *rule.Instance, targets, cadres []int) (es []Element) {
	for _, i := range targets {
		t := inst.Targets[i]
		e := Element{Kind: ElementTarget, Code: t.Code, Say: fill(sayMust, "target", t.Name())}
		if t.Household != nil {
			e.Household = t.Household.ID
		} else {
			e.Area = t.Area
		}
		es = append(es, e)
	}
	for _, j := range cadres {
		es = append(es, capElement(inst.Cadres[j]))
	}
	for _, f := range needed(inst, targets, cadres) {
		es = append(es, factElement(inst, f))
	}
	return es
}

// needed is a set of facts that forbids every pair of the targets with the other cadres, and no proper part of it does.
func needed(inst *rule.Instance, targets, cadres []int) (out []rule.Fact) {
	inside := make([]bool, len(inst.Cadres))
	for _, j := range cadres {
		inside[j] = true
	}
	order, sole := map[rule.Fact]int{}, map[rule.Fact]bool{}
	var facts []rule.Fact
	var several [][]rule.Fact // pairs that more than one fact forbids
	for _, i := range targets {
		for j := range inst.Cadres {
			if inside[j] {
				continue
			}
			fs := inst.Facts(i, j)
			for _, f := range fs {
				if _, ok := order[f]; !ok {
					order[f] = len(facts)
					facts = append(facts, f)
				}
			}
			if len(fs) == 1 {
				sole[fs[0]] = true
			} else {
				several = append(several, fs)
			}
		}
	}
	// Of those that only serve where others do as well, drop what can be dropped; the broad ones, met in most pairs, last.
	several = slices.DeleteFunc(several, func(fs []rule.Fact) bool { return slices.ContainsFunc(fs, func(f rule.Fact) bool { return sole[f] }) })
	pairs := map[rule.Fact][]int{}
	cover := make([]int, len(several))
	for n, fs := range several {
		cover[n] = len(fs)
		for _, f := range fs {
			pairs[f] = append(pairs[f], n)
		}
	}
	rest := slices.DeleteFunc(slices.Clone(facts), func(f rule.Fact) bool { return sole[f] || pairs[f] == nil })
	slices.SortStableFunc(rest, func(a, b rule.Fact) int { return len(pairs[a]) - len(pairs[b]) })
	for _, f := range rest {
		if slices.ContainsFunc(pairs[f], func(n int) bool { return cover[n] == 1 }) {
			sole[f] = true
			continue
		}
		for _, n := range pairs[f] {
			cover[n]--
		}
	}
	for _, f := range facts {
		if sole[f] {
			out = append(out, f)
		}
	}
	return out
}
