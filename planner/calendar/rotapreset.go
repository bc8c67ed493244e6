package calendar

import (
	"slices"

	"lianxin/planner"
)

// RotaOf are the reception rules that go with a calendar whose recurring day is one of reception: the rota's days and hours are the
// calendar's. Where a rota preset has the same days, it is that one with its source. False for a calendar that lays no reception, and for
// one of every so many days, which no rota knows.
func RotaOf(r Rules) (RotaRules, bool) {
	if !r.Hall || r.Every != 0 {
		return RotaRules{}, false
	}
	rota := RotaPresets()[0]
	rota.Name, rota.Source, rota.Title, rota.Heads, rota.Policy = "calendar", "", planner.Text{ZH: "按日历所定的接访日", EN: "on the days of reception of the calendar"}, HeadShared, r.Policy
	switch {
	case len(r.Days) > 0:
		rota.Days, rota.MonthDays = RotaMonthDays, r.Days
	case r.Policy != Skip:
		return RotaRules{}, false // weekdays of a rota are left out on holidays, never moved
	default:
		rota.Days, rota.Weekdays = RotaWeekdays, r.Weekdays
	}
	for _, p := range RotaPresets() {
		if p.Days == rota.Days && slices.Equal(p.MonthDays, rota.MonthDays) && slices.Equal(p.Weekdays, rota.Weekdays) && (p.Days == RotaWeekdays || p.Policy == rota.Policy) {
			rota = p
		}
	}
	if r.From > 0 && r.Until > r.From {
		rota.From, rota.Until = r.From, r.Until
	}
	return rota, true
}
