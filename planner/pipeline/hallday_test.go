package pipeline_test

import (
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/store"
)

// The hall's clerk keeps the hall open on each mass-work-day and goes out on another day, which the event says.
func TestTheHallsClerkVisitsOnAnotherDay(t *testing.T) {
	w := newCalendarTown(t, dbtest.SQLite(t), 2)
	w.write(func(tx *store.Tx) error {
		return tx.PutAccounts([]planner.Account{{ID: "A1", Login: "clerk", Name: "窗口", Roles: []planner.Role{planner.RoleClerk}, Cadre: "id-S0001"}})
	})
	w.lay(2026)
	events, visits := w.all()
	n := 0
	days := map[string]bool{}
	for key, e := range events {
		if e.Kind != planner.EventMassWorkDay || e.Cadre == "" {
			continue
		}
		county := events["mwd/"+key[4:10]].On
		if e.Cadre == "id-S0002" && e.On != county {
			t.Errorf("%s: a cadre who is no clerk goes on %v, want %v", key, e.On, county)
		}
		if e.Cadre != "id-S0001" {
			continue
		}
		n++
		days[e.On.String()] = true
		if e.On == county || !strings.Contains(e.Why.ZH, "接待大厅值守") || !strings.Contains(e.Why.EN, "keeps the hall open") {
			t.Errorf("%s: got %v for %q, want another day than %v and the reason", key, e.On, e.Why, county)
		}
	}
	if n != 12 {
		t.Errorf("got %d days of the clerk, want 12", n)
	}
	seen := 0
	for _, v := range visits {
		if v.Cadre == "id-S0001" {
			seen++
			if !days[v.On.String()] {
				t.Errorf("a visit of the clerk on %v, want it on a day of their own", v.On)
			}
		}
	}
	if seen != 60 {
		t.Errorf("got %d visits of the clerk, want four for each of 15 households", seen)
	}
}

// The rota of an office with the calendar of 桐城 receives on Tuesdays and Thursdays from eight to eleven, without another setting.
func TestTheReceptionsFollowTheCalendarsPreset(t *testing.T) {
	w := newCalendarTown(t, dbtest.SQLite(t), 1)
	if _, err := w.UsePreset(t.Context(), asPlanner, "tongcheng", nil); err != nil {
		t.Fatal(err)
	}
	w.lay(2026)
	events, _ := w.all()
	n := 0
	for _, e := range events {
		if e.Kind != planner.EventReception {
			continue
		}
		n++
		if d := e.On.Weekday().String(); d != "Tuesday" && d != "Thursday" || e.From != 480 || e.Until != 660 {
			t.Errorf("got a reception on %s %v from %v until %v", d, e.On, e.From, e.Until)
		}
	}
	if n < 95 {
		t.Errorf("got %d receptions, want those of the Tuesdays and Thursdays", n)
	}
}
