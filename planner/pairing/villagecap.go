package pairing

import (
	"fmt"

	"lianxin/planner"
	"lianxin/planner/rule"
)

// villageCaps reports villages to which more cadres go than the office's policy wishes. The number of different cadres in
// a village is a fixed charge, which no flow can hold; so it is a watch and never steers.
func villageCaps(inst *rule.Instance, rows []planner.Pairing) (fs []planner.Finding) {
	limits := inst.Limits()
	if inst.Tier != planner.TierHousehold || len(limits.Villages) == 0 && limits.EveryVillage == 0 {
		return nil
	}
	village, place := map[planner.HouseholdID]planner.AreaCode{}, []planner.AreaCode{}
	goes := map[planner.AreaCode]map[planner.CadreID]bool{}
	for _, t := range inst.Targets { // sorted by code, so villages come in one order
		v := t.Household.Village
		village[t.Household.ID] = v
		if goes[v] == nil {
			goes[v] = map[planner.CadreID]bool{}
			place = append(place, v)
		}
	}
	for _, r := range rows {
		goes[village[r.Household]][r.Cadre] = true
	}
	var over []string
	for _, v := range place {
		if most := limits.VillageCap(v); most > 0 && len(goes[v]) > most {
			over = append(over, fmt.Sprintf("%s %d>%d", v, len(goes[v]), most))
		}
	}
	if len(over) == 0 {
		return nil
	}
	return []planner.Finding{{Severity: planner.Warn, Code: "village-cap", Say: planner.Text{
		ZH: fmt.Sprintf("有%d个村的联系干部超过政策所定的人数（实际>上限）：%s。这一条只提示，不影响求解；可增大每人户数或调整单位包村。", len(over), listed(over, "、", "等")),
		EN: fmt.Sprintf("%d villages have more cadres than the policy wishes (found>cap): %s. This is reported and does not steer; raise the households of a cadre or change which units serve the village.", len(over), listed(over, ", ", " and more"))}}}
}
