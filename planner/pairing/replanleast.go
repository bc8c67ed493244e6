package pairing

import (
	"context"
	"fmt"
	"slices"

	"lianxin/planner"
	"lianxin/planner/rule"
)

// keepLeast replans a tier and sees to it that units have the fewest households that the policy wants. A replan moves nobody
// who could stay, so it gives a unit none; where one is left with too few, households are chosen one by one, the ones whose
// move changes and costs least, pinned to its cadres, and the tier is replanned with these pins, which the plan keeps and
// the planner may lift. What is proved is proved of the plan with them: a [planner.Finding] says how many more change.
// Invalid: its cadres have no room, or the rules allow too few.
func keepLeast(ctx context.Context, in Input, q rule.Question, inst *rule.Instance, above []planner.Pairing) (*rule.Instance, []planner.Pairing, planner.Certificate, *kept, []planner.Pin, error) {
	inst, rows, cert, k, err := keepHeld(ctx, in, q, inst, above)
	var pins []planner.Pin
	for err == nil && ctx.Err() == nil {
		u, lack := lacking(inst, k.sink)
		if u < 0 {
			return inst, rows, cert, k, pins, nil
		}
		more := fillUnit(inst, k.sink, u, lack)
		if len(more) < lack {
			c := inst.UnitCaps[u]
			unit := inst.Cadres[c.Cadres[0]].Unit
			n := fmt.Sprint(c.Least - lack + len(more))
			e := sayReplanFew.Fill("unit", unit.Name, "code", unit.Code, "least", fmt.Sprint(c.Least), "most", n)
			return inst, nil, cert, k, nil, planner.Fail(planner.Invalid, e.ZH, e.EN)
		}
		pins = append(pins, more...)
		q.Pins = append(slices.Clone(q.Pins), more...)
		laid, lerr := rule.Lay(q, inst.Tier, above)
		if lerr != nil {
			return inst, nil, cert, k, nil, lerr
		}
		laid.DealAsPresent()
		inst, rows, cert, k, err = keepHeld(ctx, in, q, laid, above)
	}
	if err == nil {
		err = ctx.Err()
	}
	return inst, rows, cert, k, pins, err
}

var (
	sayReplanFew = planner.Text{ZH: "政策规定{unit}（{code}）至少联系{least}户，微调最多只能做到{most}户：它的干部没有空余名额，或者规则不允许。三个办法：在政策文件里把下限降到{most}户；给它的干部增加名额；重新求解（lianxin plan，会多换一些户）。",
		EN: "the policy wants {unit} ({code}) to have at least {least} households, but a replan can give it no more than {most}: its cadres have no room, or the rules forbid. Three ways out: lower the bound to {most} in the policy file; give its cadres more places; or solve again (lianxin plan, which changes more households)."}
	whyLeast  = planner.Text{ZH: "补足{unit}的下限", EN: "to give {unit} its fewest"}
	sayFilled = planner.Text{ZH: "按政策补足单位下限：给{units}安排了{n}户（{codes}），并锁定。换人最少是在这些锁定之下证明的；不要这样安排，可以放宽下限或用 lianxin unpin 取消锁定后换别的户。",
		EN: "to meet the policy's fewest of units, {units} got {n} households ({codes}), which are pinned. That the changes are the fewest is proved with these pins; if you would rather not, relax the bound, or lift pins (lianxin unpin) and pin others."}
)

// lacking is the first unit with fewer households than it must have, and how many it lacks; −1 if there is none.
func lacking(inst *rule.Instance, sink []int32) (unit, lack int) {
	for u, c := range inst.UnitCaps {
		n := 0
		for _, j := range sink {
			if _, mine := slices.BinarySearch(c.Cadres, j); mine {
				n++
			}
		}
		if n < c.Least {
			return u, c.Least - n
		}
	}
	return -1, 0
}

// fillUnit chooses as many households as unit u lacks, with a cadre of the unit for each: those without a cadre first, then
// those that change anyway, then the cheapest. None is taken from a unit that needs it, and none that is pinned.
func fillUnit(inst *rule.Instance, sink []int32, u, lack int) (pins []planner.Pin) {
	load, have, of := make([]int, len(inst.Cadres)), make([]int, len(inst.UnitCaps)), make([]int, len(inst.Cadres))
	for k, c := range inst.UnitCaps {
		for _, j := range c.Cadres {
			of[j] = k + 1
		}
	}
	for _, j := range sink {
		if j >= 0 {
			load[j]++
			if k := of[j]; k > 0 {
				have[k-1]++
			}
		}
	}
	marginals := make([][]int32, len(inst.Cadres))
	for j := range inst.Cadres {
		marginals[j] = inst.Marginals(j)
	}
	taken := map[int]bool{}
	for range lack {
		best, who, by := beyond, -1, int32(-1)
		for i, t := range inst.Targets {
			own := sink[i]
			if taken[i] || t.Pin != nil || own >= 0 && of[own] == u+1 {
				continue
			}
			var give triple
			if own < 0 {
				give = triple{left: -1}
			} else {
				if k := of[own]; k > 0 && have[k-1] <= inst.UnitCaps[k-1].Least {
					continue
				}
				c, _ := inst.Price(i, int(own))
				give = triple{secs: -int64(c) - int64(marginals[own][load[own]-1])}
				if inst.Cadres[own].ID == t.Was {
					give.changed = 1
				}
			}
			for _, j := range inst.UnitCaps[u].Cadres {
				if load[j] >= len(marginals[j]) {
					continue
				}
				c, ok := inst.Price(i, int(j))
				if !ok {
					continue
				}
				x := give.plus(triple{secs: int64(c) + int64(marginals[j][load[j]])})
				if inst.Cadres[j].ID == t.Was {
					x.changed--
				}
				if x.less(best) {
					best, who, by = x, i, j
				}
			}
		}
		if who < 0 {
			return pins
		}
		if own := sink[who]; own >= 0 {
			if load[own]--; of[own] > 0 {
				have[of[own]-1]--
			}
		}
		taken[who] = true
		load[by]++
		pins = append(pins, planner.Pin{Household: inst.Targets[who].Household.ID, Cadre: inst.Cadres[by].ID, Why: "单位下限 the unit's fewest"})
	}
	return pins
}

// filledUnits names the households that were pinned so that units have their fewest, and gives their changes that reason.
func filledUnits(inst *rule.Instance, pins []planner.Pin, moved []Moved) (fs []planner.Finding) {
	if len(pins) == 0 {
		return nil
	}
	unit, code := map[planner.HouseholdID]string{}, map[planner.HouseholdID]string{}
	var codes, units []string
	for _, t := range inst.Targets {
		code[t.Household.ID] = t.Code
	}
	for _, p := range pins {
		j := slices.IndexFunc(inst.Cadres, func(c *rule.Cadre) bool { return c.ID == p.Cadre })
		unit[p.Household] = inst.Cadres[j].Unit.Name
		codes = append(codes, code[p.Household])
		if !slices.Contains(units, unit[p.Household]) {
			units = append(units, unit[p.Household])
		}
	}
	for n, m := range moved {
		if u := unit[m.Household]; u != "" {
			moved[n].Why, moved[n].Private = whyLeast.Fill("unit", u), false
		}
	}
	say := sayFilled.Fill("units", listed(units, "、", "等"), "n", fmt.Sprint(len(pins)), "codes", listed(codes, "、", "等"))
	return []planner.Finding{{Severity: planner.Note, Code: "unit-filled", Say: say}}
}
