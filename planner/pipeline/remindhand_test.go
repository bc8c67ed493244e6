package pipeline_test

import (
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

func TestAPlannerCancelsAndSendsAgainByHand(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r, bot, _ := newSendTown(t, url)
		r.sweep()
		rows := func(day string) map[string]pipeline.ReminderRow {
			t.Helper()
			list, err := r.ReminderLedger(t.Context(), asPlanner, pipeline.ReminderFilter{Day: civil.MustDate(day)})
			if err != nil {
				t.Fatal(err)
			}
			of := map[string]pipeline.ReminderRow{}
			for _, v := range list {
				of[strings.Fields(v.Who)[0]] = v
			}
			return of
		}
		do := func(id string, h pipeline.ByHand) {
			t.Helper()
			if err := r.ReminderByHand(t.Context(), asPlanner, id, h); err != nil {
				t.Fatal(err)
			}
		}
		do(rows("2026-01-12")["某S0001"].ID, pipeline.HandCancel)
		r.at("2026-01-12", "08:00")
		r.send()
		if got := bot.times("某S0001", r.Zone); len(got) != 0 {
			t.Errorf("a cancelled reminder went at %q", got)
		}
		sent := rows("2026-01-12")["某S0002"]
		if sent.State != "done" || sent.By != "bot" || sent.Message != "delivered" || sent.Receipt == "" {
			t.Errorf("what was sent: got %+v, want done by bot with its receipt", sent)
		}
		if err := r.ReminderByHand(t.Context(), asPlanner, sent.ID, pipeline.HandCancel); planner.KindOf(err) != planner.Conflict {
			t.Errorf("cancelling what was sent: got %v, want Conflict", err)
		}
		if err := r.ReminderByHand(t.Context(), asCadre("id-S0001"), sent.ID, pipeline.HandAgain); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("a cadre: got %v, want Forbidden", err)
		}
		do(sent.ID, pipeline.HandAgain)
		do(rows("2026-01-12")["某S0001"].ID, pipeline.HandAgain)
		r.at("2026-01-13", "08:00")
		r.send()
		if one, two := bot.times("某S0001", r.Zone), bot.times("某S0002", r.Zone); len(one) == 0 || len(two) != 2 {
			t.Errorf("sent again: got %q and %q, want one more each", one, two)
		}
		if list, err := r.ReminderLedger(t.Context(), asPlanner, pipeline.ReminderFilter{State: "done", Rule: pipeline.RuleWorkDayEarly}); err != nil || len(list) < 3 {
			t.Errorf("done by rule: got %d rows, %v", len(list), err)
		}
	})
}

func TestThePublicNoticeIsCheckedTwoWorkingDaysBeforeEachWeekOfReceptions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r, _, _ := newSendTown(t, url)
		rep, err := r.SweepTasks(t.Context())
		if err != nil || rep.Checks < 2 {
			t.Fatalf("got %+v, %v; want checks of the next weeks", rep, err)
		}
		if again, err := r.SweepTasks(t.Context()); err != nil || again.Checks != 0 {
			t.Errorf("a second sweep: got %d checks, %v; want none", again.Checks, err)
		}
		var ts []planner.Task
		r.write(func(tx *store.Tx) (err error) {
			ts, err = tx.Tasks(store.TaskFilter{Keys: []string{"notice/2026-W03"}})
			return err
		})
		if len(ts) != 1 || ts[0].DueOn != civil.MustDate("2026-01-08") || ts[0].Kind != planner.TaskNotice {
			t.Errorf("got %+v, want the check of the week of 12 January due on Thursday 8 January", ts)
		}
	})
}

func TestSomebodyNamedToActForAVacantUnitIsTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newTaskTown(t, url)
		w.write(func(tx *store.Tx) error {
			return tx.PutActingHolder(planner.ActingHolder{Unit: "station", Cadre: "ju", From: civil.MustDate("2026-01-01")})
		})
		w.at("2026-01-14 09:00") // three working days after the 9th
		w.sweep()
		var got []string
		r := &remindTown{calendarTown: &calendarTown{App: w.App, t: t}}
		for _, row := range r.ledgerOf("task-rung-2") {
			got = append(got, strings.Fields(row)[0])
		}
		if len(got) != 1 || got[0] != "ju" {
			t.Errorf("the station's rung told %q, want who acts for it", got)
		}
	})
}
