package calendar_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"lianxin/planner"
	"lianxin/planner/calendar"
)

func TestRulesThatNoRotaCanBeLaidByAreRefused(t *testing.T) {
	for _, r := range calendar.RotaPresets() {
		if err := r.Check(); err != nil {
			t.Errorf("%s: %v", r.Name, err)
		}
		for _, s := range r.Spoken() {
			if s.ZH == "" || s.EN == "" || strings.ContainsAny(s.ZH+s.EN, "{}") {
				t.Errorf("%s says %q, %q", r.Name, s.ZH, s.EN)
			}
		}
	}
	for name, spoil := range map[string]func(*calendar.RotaRules){
		"days":       func(r *calendar.RotaRules) { r.Days = "sometimes" },
		"heads":      func(r *calendar.RotaRules) { r.Heads = "never" },
		"weekdays":   func(r *calendar.RotaRules) { r.Days, r.Weekdays = calendar.RotaWeekdays, nil },
		"month days": func(r *calendar.RotaRules) { r.Days, r.MonthDays = calendar.RotaMonthDays, []int{32} },
		"policy":     func(r *calendar.RotaRules) { r.Days, r.MonthDays, r.Policy = calendar.RotaMonthDays, []int{15}, "wait" },
		"hours":      func(r *calendar.RotaRules) { r.Until = r.From },
		"gap":        func(r *calendar.RotaRules) { r.Gap = -1 },
		"weight":     func(r *calendar.RotaRules) { r.EveWeight = 0 },
		"notice":     func(r *calendar.RotaRules) { r.PublishDays = -1 },
		"least":      func(r *calendar.RotaRules) { r.Least = []calendar.Least{{Per: "week", Times: 1}} },
		"times":      func(r *calendar.RotaRules) { r.Least = []calendar.Least{{Per: calendar.TermMonth}} },
		"theme":      func(r *calendar.RotaRules) { r.Themes = []calendar.Theme{{Weekday: time.Monday, Nth: 1}} },
	} {
		r := calendar.RotaPresets()[0]
		spoil(&r)
		var e *planner.Error
		if err := r.Check(); !errors.As(err, &e) || e.Kind != planner.Invalid || e.Say.ZH == "" || e.Say.EN == "" {
			t.Errorf("%s: got %v, want a sentence that refuses it", name, err)
		}
	}
}
