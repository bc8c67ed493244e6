package pairing

import (
	"fmt"
	"strings"

	"lianxin/planner"
	"lianxin/planner/rule"
)

const (
	namedAtMost  = 20 // in one finding; the rest are counted
	villagesMany = 2  // a cadre's households should lie in no more villages
)

// tierText names the targets of a tier.
var tierText = map[planner.Tier]planner.Text{
	planner.TierVillage:   {ZH: "村（社区）", EN: "villages"},
	planner.TierGroup:     {ZH: "组（网格）", EN: "groups"},
	planner.TierHousehold: {ZH: "户", EN: "households"},
}

// watch looks over a solved tier for what the flow does not know.
func watch(inst *rule.Instance, rows []planner.Pairing) (fs []planner.Finding) {
	what := tierText[inst.Tier]
	has := map[string]bool{}
	load := map[planner.CadreID]int{}
	villages := map[planner.CadreID]map[planner.AreaCode]bool{}
	areas := map[planner.HouseholdID]planner.AreaCode{}
	for _, t := range inst.Targets {
		if t.Household != nil {
			areas[t.Household.ID] = t.Household.Village
		}
	}
	for _, r := range rows {
		has[string(r.Household)+string(r.Area)] = true
		load[r.Cadre]++
		if villages[r.Cadre] == nil {
			villages[r.Cadre] = map[planner.AreaCode]bool{}
		}
		villages[r.Cadre][areas[r.Household]] = true
	}
	var unserved, wide, idle []string
	room := 0
	for _, t := range inst.Targets {
		key := string(t.Area)
		if t.Household != nil {
			key = string(t.Household.ID)
		}
		if !has[key] {
			unserved = append(unserved, t.Code)
		}
	}
	for _, c := range inst.Cadres {
		room += c.Cap
		switch {
		case c.Away:
		case inst.Tier == planner.TierHousehold && len(villages[c.ID]) > villagesMany:
			wide = append(wide, c.Name+"（"+c.Code+"）")
		case load[c.ID] == 0 && c.Cap > 0:
			idle = append(idle, c.Name+"（"+c.Code+"）")
		}
	}
	if len(unserved) > 0 {
		zh, en := "请增加干部、放宽上限或解除禁止它们的规则", "add cadres, raise the cap, or lift the rules that forbid them"
		if short := len(inst.Targets) - room; short > 0 {
			zh, en = fmt.Sprintf("名额还差%d个，请增加干部或放宽上限", short), fmt.Sprintf("%d places are missing: add cadres or raise the cap", short)
		}
		fs = append(fs, planner.Finding{Severity: planner.Stop, Code: "unserved", Say: planner.Text{
			ZH: fmt.Sprintf("有%d个%s没有安排干部：%s。%s。", len(unserved), what.ZH, listed(unserved, "、", "等"), zh),
			EN: fmt.Sprintf("%d %s have no cadre: %s. Please %s.", len(unserved), what.EN, listed(unserved, ", ", " and more"), en)}})
	}
	if len(wide) > 0 {
		fs = append(fs, planner.Finding{Severity: planner.Note, Code: "spread", Say: planner.Text{
			ZH: fmt.Sprintf("有%d名干部的联系户分布在%d个以上的村：%s。", len(wide), villagesMany, listed(wide, "、", "等")),
			EN: fmt.Sprintf("%d cadres have households in more than %d villages: %s.", len(wide), villagesMany, listed(wide, ", ", " and more"))}})
	}
	if len(idle) > 0 {
		fs = append(fs, planner.Finding{Severity: planner.Note, Code: "without-target", Say: planner.Text{
			ZH: fmt.Sprintf("有%d名在岗干部没有安排到%s：%s。", len(idle), what.ZH, listed(idle, "、", "等")),
			EN: fmt.Sprintf("%d cadres in post have no %s: %s.", len(idle), what.EN, listed(idle, ", ", " and more"))}})
	}
	return fs
}

// listed names the first few and says that there are more.
func listed(names []string, comma, more string) string {
	if len(names) <= namedAtMost {
		return strings.Join(names, comma)
	}
	return strings.Join(names[:namedAtMost], comma) + more
}
