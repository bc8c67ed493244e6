package pairing

import (
	"errors"
	"fmt"
	"slices"

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
	others := slices.ContainsFunc(inst.UnitCaps, func(o rule.UnitCap) bool { return o.Least > 0 && o.Cadres[0] != u.Cadres[0] })
	if others { // what it could have without theirs is not asked
		e := planner.Fail(planner.Invalid, fmt.Sprintf("政策规定%s（%s）至少联系%d户，别的单位也有下限，合在一起达不到；请降低其中的下限、增加名额或放宽规则。", unit.Name, unit.Code, u.Least),
			fmt.Sprintf("the policy wants %s (%s) to have at least %d households, and other units to have their fewest too; they cannot all have them: lower one of the bounds, give more places, or relax the rules.", unit.Name, unit.Code, u.Least))
		e.Err = err
		return e
	}
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
