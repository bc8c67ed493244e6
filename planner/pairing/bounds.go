package pairing

import (
	"errors"
	"fmt"

	"lianxin/planner"
	"lianxin/planner/flow"
	"lianxin/planner/rule"
)

// refuseFew words the answer that a unit cannot have its fewest households; other errors stay.
func refuseFew(inst *rule.Instance, err error) error {
	var few *flow.TooFewError
	if !errors.As(err, &few) || inst == nil {
		return err
	}
	u := inst.UnitCaps[few.Group]
	unit := inst.Cadres[u.Cadres[0]].Unit
	e := planner.Fail(planner.Invalid, fmt.Sprintf("政策规定%s（%s）至少联系%d户，最多只能安排到%d户，请降低下限、增加其干部的名额或放宽规则。", unit.Name, unit.Code, u.Least, few.Have),
		fmt.Sprintf("the policy wants %s (%s) to have at least %d households, but %d is the most it can have; lower the bound, give its cadres more places, or relax the rules.", unit.Name, unit.Code, u.Least, few.Have))
	e.Err = err
	return e
}

// checkVillagePins refuses pins to more cadres than a village may have.
func checkVillagePins(inst *rule.Instance) error {
	for _, v := range inst.HeldVillages() {
		who := map[*rule.Cadre]bool{}
		for _, i := range v.Targets {
			if p := inst.Targets[i].Pin; p != nil {
				who[p] = true
			}
		}
		if len(who) > v.Most {
			place := inst.PlaceName(v.Code)
			return planner.Fail(planner.Invalid, fmt.Sprintf("%s的户锁定给了%d名干部，超过政策给该村定的上限%d名，请取消多出的锁定。", place, len(who), v.Most),
				fmt.Sprintf("households of %s are pinned to %d cadres, more than the %d that the policy allows the village; drop some pins.", place, len(who), v.Most))
		}
	}
	return nil
}

// belowLeast reports units with fewer households than the policy wants. A solved plan has none; a replan, which changes as
// little as can be, may.
func belowLeast(inst *rule.Instance, load map[planner.CadreID]int) []planner.Finding {
	var below []string
	for _, u := range inst.UnitCaps {
		n := 0
		for _, j := range u.Cadres {
			n += load[inst.Cadres[j].ID]
		}
		if n < u.Least {
			below = append(below, fmt.Sprintf("%s %d<%d", inst.Cadres[u.Cadres[0]].Unit.Name, n, u.Least))
		}
	}
	if len(below) == 0 {
		return nil
	}
	return []planner.Finding{{Severity: planner.Warn, Code: "unit-least", Say: planner.Text{
		ZH: fmt.Sprintf("有%d个单位的联系户少于政策规定的下限（实际<下限）：%s。微调只求少换人，不为凑足下限而换；要凑足，请重新求解。", len(below), listed(below, "、", "等")),
		EN: fmt.Sprintf("%d units have fewer households than the policy wants (found<least): %s. A replan changes as little as can be and moves nobody to fill a unit; solve again to fill them.", len(below), listed(below, ", ", " and more"))}}}
}
