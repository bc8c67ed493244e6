package pipeline_test

import (
	"fmt"
	"slices"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/store"
)

func TestWhoTakesNoteIsToldNoMoreAndTheDeadlineStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newTaskTown(t, url)
		// guan answers for the room and acts for the bureau too: without 知悉 the third rung would tell them again.
		if err := w.SetActing(t.Context(), asPlanner, "D1", "G-guan", civil.MustDate("2026-01-01"), civil.MustDate("2026-03-31")); err != nil {
			t.Fatal(err)
		}
		kind := func(want planner.Kind, err error) {
			t.Helper()
			if planner.KindOf(err) != want {
				t.Errorf("got %v, want kind %d", err, want)
			}
		}
		kind(planner.Conflict, w.AckTask(t.Context(), asCadre("liu"), "task-1", "")) // not late yet
		w.at("2026-01-12 08:00")
		w.sweep()
		if got := fmt.Sprint(w.waiting()); got != "[guan task-rung-1]" {
			t.Fatalf("waiting: %s", got)
		}
		kind(planner.Forbidden, w.AckTask(t.Context(), asCadre("zhan"), "task-1", ""))
		kind(planner.Forbidden, w.AckTask(t.Context(), asCadre("zhan"), "task-1", "guan"))
		kind(planner.Forbidden, w.AckTask(t.Context(), planner.Principal{}, "task-1", "guan"))
		kind(planner.NotFound, w.AckTask(t.Context(), asCadre("guan"), "no-such", ""))
		mine, err := w.Overdue(t.Context(), asCadre("guan"))
		if err != nil || len(mine) != 1 || !mine[0].Mine || mine[0].Rung != 1 || mine[0].Next != civil.MustDate("2026-01-14") || fmt.Sprint(mine[0].Ladder) != "[示例室 示例站 示例局]" {
			t.Fatalf("guan's list: %+v, %v; want the task with its next rung on 14 January", mine, err)
		}
		if err := w.AckTask(t.Context(), asCadre("guan"), "task-1", ""); err != nil {
			t.Fatal(err)
		}
		if got := w.waiting(); len(got) != 0 {
			t.Errorf("after taking note: still waiting %v", got)
		}
		if err := w.AckTask(t.Context(), asCadre("guan"), "task-1", ""); err != nil { // once more does no harm
			t.Error(err)
		}
		mine, err = w.Overdue(t.Context(), asPlanner)
		if err != nil || len(mine) != 1 || len(mine[0].Known) != 1 || mine[0].Known[0].Name != "丙一（示例室）" || mine[0].State != planner.TaskReady {
			t.Errorf("the planner's list: %+v, %v; want the task open, with who knows", mine, err)
		}
		w.at("2026-01-16 08:00")
		rep := w.sweep()
		if got := fmt.Sprint(w.waiting()); got != "[zhan task-rung-2]" || rep.Climbed != 2 {
			t.Errorf("five working days late: %s, %+v; want the station alone, both rungs passed", got, rep)
		}
		if others, err := w.Overdue(t.Context(), asCadre("zhan")); err != nil || len(others) != 1 || !others[0].Mine {
			t.Errorf("zhan's list: %+v, %v", others, err)
		}
		if strangers, err := w.Overdue(t.Context(), asCadre("ju")); err != nil || len(strangers) != 0 {
			t.Errorf("somebody whom nobody told: %+v, %v; want nothing", strangers, err)
		}
		// The owner takes note too: their own overdue reminder goes, the task is as open as before.
		if _, err := w.EnsureReminders(t.Context(), 40); err != nil {
			t.Fatal(err)
		}
		if err := w.AckTask(t.Context(), asPlanner, "task-1", "liu"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.EnsureReminders(t.Context(), 40); err != nil {
			t.Fatal(err)
		}
		if got := w.waiting(); slices.Contains(got, "liu task-overdue") && !slices.Contains(got, "liu task-1") {
			t.Errorf("the owner of the late task still waits for %v", got)
		}
		if got := w.tasks()["promise/1"]; got.State != planner.TaskReady {
			t.Errorf("taking note changed the task to %s", got.State)
		}
	})
}

func TestAnActingHolderIsNamedFromDayToDayAndTakenBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newTaskTown(t, url)
		day := civil.MustDate
		for _, c := range []struct {
			by          planner.Principal
			unit, cadre string
			from, until string
			want        planner.Kind
		}{
			{asCadre("guan"), "D2", "G-ju", "2026-01-05", "2026-01-31", planner.Forbidden},
			{asPlanner, "D9", "G-ju", "2026-01-05", "2026-01-31", planner.NotFound},
			{asPlanner, "D2", "G-nobody", "2026-01-05", "2026-01-31", planner.NotFound},
			{asPlanner, "D2", "G-ju", "2026-01-31", "2026-01-05", planner.Invalid},
			{asPlanner, "D2", "G-ju", "2025-12-01", "2026-01-04", planner.Invalid}, // over
		} {
			if err := w.SetActing(t.Context(), c.by, c.unit, c.cadre, day(c.from), day(c.until)); planner.KindOf(err) != c.want {
				t.Errorf("%s for %s until %s: got %v, want kind %d", c.cadre, c.unit, c.until, err, c.want)
			}
		}
		if err := w.SetActing(t.Context(), asPlanner, "D2", "G-ju", day("2026-01-10"), day("2026-01-14")); err != nil {
			t.Fatal(err)
		}
		list, err := w.Acting(t.Context(), asCadre("liu"))
		if err != nil || len(list) != 1 || list[0].Now || list[0].Until != day("2026-01-14") || list[0].Who != "甲一 G-ju（示例局）" {
			t.Errorf("got %+v, %v; want ju for the station, not yet", list, err)
		}
		w.at("2026-01-14 09:00") // the last day
		w.sweep()
		if got := w.waiting(); !slices.Contains(got, "ju task-rung-2") {
			t.Errorf("on the last day: %v, want who acts for the station", got)
		}
		if err := w.SetActing(t.Context(), asPlanner, "D2", "", civil.Date{}, civil.Date{}); err != nil {
			t.Fatal(err)
		}
		if list, err := w.Acting(t.Context(), asPlanner); err != nil || len(list) != 0 {
			t.Errorf("taken back: got %+v, %v", list, err)
		}
	})
}

func TestTheOfficesOwnLadderWaitsForAHearing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newTaskTown(t, url)
		var err error
		if w.Ladder, err = followup.ParseLadder("1d,4d,5wd"); err != nil {
			t.Fatal(err)
		}
		// A matter's deadline on Friday the 9th, and a hearing from Sunday to Thursday.
		w.write(func(tx *store.Tx) error {
			if err := tx.PutMatter(planner.Matter{ID: "m1", Number: "2026-1", Kind: planner.MatterLetter, State: planner.MatterAccepted, Area: "411281", Title: "某事", Rules: "national", Roll: "none", Receiver: "liu", Unit: "room",
				ReceivedOn: civil.MustDate("2025-12-01"), AcceptedOn: civil.MustDate("2025-12-01"), HearingFromOn: civil.MustDate("2026-01-11"), HearingUntilOn: civil.MustDate("2026-01-15")}); err != nil {
				return err
			}
			d := civil.MustDate("2026-01-09")
			return tx.PutMatterTasks("m1", []planner.Task{{ID: "task-m", Key: "matter/m1/handle/0", Kind: planner.TaskMatter, Owner: "liu", Say: planner.Both("m"), StartOn: d, DueOn: d, EndOn: d.AddDays(365), State: planner.TaskReady}})
		})
		rungs := map[string]string{}
		for d := civil.MustDate("2026-01-09"); d.Before(civil.MustDate("2026-01-31")); d = d.AddDays(1) {
			w.at(d.String() + " 09:00")
			before := w.waiting()
			w.sweep()
			ns, err := notifier.Notices(t.Context(), w.DB.Writer(), notifier.Filter{Notice: notifier.NoticeScheduled})
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range ns {
				if k := n.Recipient + " " + n.Rule + " " + n.Subject; !slices.Contains(before, k) && rungs[k] == "" {
					rungs[k] = d.String()
				}
			}
		}
		for k, want := range map[string]string{
			"guan task-rung-1 task/task-1/2026-01-09": "2026-01-10", "zhan task-rung-2 task/task-1/2026-01-09": "2026-01-13", "ju task-rung-3 task/task-1/2026-01-09": "2026-01-16",
			"guan task-rung-1 task/task-m/2026-01-09": "2026-01-10", "zhan task-rung-2 task/task-m/2026-01-09": "2026-01-18", "ju task-rung-3 task/task-m/2026-01-09": "2026-01-22",
		} {
			if rungs[k] != want {
				t.Errorf("%s: told on %q, want %s", k, rungs[k], want)
			}
		}
	})
}
