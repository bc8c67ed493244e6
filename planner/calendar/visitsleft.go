package calendar

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"lianxin/planner"
)

// route orders the stops of a day: mornings, whoever has no wish, afternoons, evenings; within these by group and code. A
// household without a wish joins its group's morning or afternoon.
func route(stops []*planner.Household) []*planner.Household {
	part := map[planner.Hours]int{planner.HoursMorning: 0, planner.HoursAny: 1, "": 1, planner.HoursAfternoon: 2, planner.HoursEvening: 3}
	group := map[planner.AreaCode]int{}
	for _, h := range stops {
		if p := part[h.Hours]; p == 0 || p == 2 {
			if old, ok := group[h.Group]; !ok || p < old {
				group[h.Group] = p
			}
		}
	}
	at := func(h *planner.Household) int {
		if p, ok := group[h.Group]; ok && part[h.Hours] == 1 {
			return p
		}
		return part[h.Hours]
	}
	slices.SortFunc(stops, func(a, b *planner.Household) int {
		return cmp.Or(at(a)-at(b), strings.Compare(string(a.Village), string(b.Village)), strings.Compare(string(a.Group), string(b.Group)),
			strings.Compare(a.Code, b.Code))
	})
	return stops
}

// leftOut words what did not fit for one cadre.
func leftOut(c planner.Cadre, left []*planner.Household, perDay int) []planner.Finding {
	if len(left) == 0 {
		return nil
	}
	codes := make([]string, 0, len(left))
	for _, h := range left {
		codes = append(codes, h.Code)
	}
	slices.Sort(codes)
	codes = slices.Compact(codes)
	shown := strings.Join(codes[:min(5, len(codes))], "、")
	showEN := strings.Join(codes[:min(5, len(codes))], ", ")
	if more := len(codes) - 5; more > 0 {
		shown += fmt.Sprintf("等%d户", len(codes))
		showEN += fmt.Sprintf(" and %d more", more)
	}
	return []planner.Finding{{Severity: planner.Warn, Code: "visits-left-out", Say: planner.Text{
		ZH: "{人}（{号}）有{n}次走访排不进走访日（请假或每天最多{d}户）：{户}。请改日走访或调整结对。",
		EN: "{n} visits of {name} ({code}) fit on no visiting day (leave, or at most {d} a day): {houses}. Choose another day or change the pairing.",
	}.Fill("人", c.Name, "号", c.Code, "n", fmt.Sprint(len(left)), "d", fmt.Sprint(perDay), "户", shown,
		"name", c.Name, "code", c.Code, "houses", showEN)}}
}

// tooOften names how many households agreed on more visits than the year has visiting days.
func tooOften(in VisitInput, days int) []planner.Finding {
	n := 0
	for _, h := range in.Households {
		if h.Served() && h.PerYear > days {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return []planner.Finding{{Severity: planner.Warn, Code: "visits-too-often", Say: planner.Text{
		ZH: "有{n}户约定的每年走访次数多于全年{d}个走访日，按{d}次安排；请另约走访日。",
		EN: "{n} households agreed on more visits a year than the {d} visiting days; {d} are laid. Agree on further days.",
	}.Fill("n", fmt.Sprint(n), "d", fmt.Sprint(days))}}
}
