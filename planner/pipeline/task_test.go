package pipeline_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lianxin/migrations/dbtest"
	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// taskTown is a room below a station below the bureau, two households and a plan that gives one of them from liu to guan.
type taskTown struct {
	*pipeline.App
	t   *testing.T
	now time.Time
}

var asPlanner = planner.Principal{Account: "office", Name: "office", Roles: []planner.Role{planner.RolePlanner}}

func asCadre(id planner.CadreID) planner.Principal {
	return planner.Principal{Account: planner.AccountID("account-" + id), Name: string(id), Roles: []planner.Role{planner.RoleCadre}, Cadre: id}
}

func newTaskTown(t *testing.T, url string) *taskTown {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{URL: url, Keys: store.TestKeyring(1), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	town := &taskTown{t: t}
	town.App = &pipeline.App{DB: db, Now: func() time.Time { return town.now }, Zone: time.FixedZone("Asia/Shanghai", 8*3600),
		NewID: planner.SeededIDs(1, t.Name()), Log: slog.New(slog.DiscardHandler)}
	town.at("2026-01-05 08:00")
	cadre := func(id planner.CadreID, unit planner.UnitID, rank planner.Rank, name string) planner.Cadre {
		return planner.Cadre{ID: id, Code: "G-" + string(id), Name: name, Unit: unit, Rank: rank, Active: true}
	}
	house := func(id planner.HouseholdID) planner.Household {
		return planner.Household{ID: id, Code: "01001-" + string(id), Village: "411281001001", Head: "某某某", Hours: planner.HoursAny, Consent: planner.ConsentGiven, Active: true}
	}
	promise := func(n string, owner planner.CadreID, h planner.HouseholdID, due string) planner.Task {
		d := civil.MustDate(due)
		return planner.Task{ID: planner.TaskID("task-" + n), Key: "promise/" + n, Kind: planner.TaskPromise, Owner: owner, Household: h,
			Say: planner.Text{ZH: "代办老年公交卡", EN: "get the bus pass"}, StartOn: civil.MustDate("2025-12-01"), DueOn: d, EndOn: d.AddDays(30), State: planner.TaskReady}
	}
	town.write(func(tx *store.Tx) error {
		for _, put := range []func() error{
			func() error {
				return tx.PutAreas([]planner.Area{
					{Code: "411281", Name: "示例市", Level: planner.LevelCounty}, {Code: "411281001", Name: "示例街道", Level: planner.LevelTownship, Parent: "411281"},
					{Code: "411281001001", Name: "示例社区", Level: planner.LevelVillage, Parent: "411281001"}})
			},
			func() error {
				return tx.PutUnits([]planner.Unit{
					{ID: "bureau", Code: "D1", Name: "示例局", Network: planner.NetworkBureau, Area: "411281"},
					{ID: "station", Code: "D2", Name: "示例站", Network: planner.NetworkStation, Area: "411281001", Parent: "D1"},
					{ID: "room", Code: "S1", Name: "示例室", Network: planner.NetworkRoom, Area: "411281001001", Parent: "D2", Villages: []planner.AreaCode{"411281001001"}}})
			},
			func() error {
				return tx.PutCadres([]planner.Cadre{cadre("ju", "bureau", planner.RankSection, "甲一"), cadre("zhan", "station", planner.RankSection, "乙一"),
					cadre("guan", "room", planner.RankStaff, "丙一"), cadre("liu", "room", planner.RankStaff, "丁一")})
			},
			func() error { return tx.PutHouseholds([]planner.Household{house("h1"), house("h2")}) },
			func() error {
				return tx.PutTasks([]planner.Task{promise("1", "liu", "h1", "2026-01-09"), promise("2", "liu", "h2", "2026-01-30")})
			},
		} {
			if err := put(); err != nil {
				return err
			}
		}
		return nil
	})
	return town
}

// at sets the clock to a time in Shanghai.
func (w *taskTown) at(local string) {
	t, err := time.ParseInLocation("2006-01-02 15:04", local, w.Zone)
	if err != nil {
		w.t.Fatal(err)
	}
	w.now = t.UTC()
}

func (w *taskTown) write(fn func(*store.Tx) error) {
	w.t.Helper()
	if err := w.DB.Write(w.t.Context(), planner.System("test"), store.Op{Name: "test", Now: w.now}, fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *taskTown) sweep() pipeline.TaskReport {
	w.t.Helper()
	rep, err := w.SweepTasks(w.t.Context())
	if err != nil {
		w.t.Fatalf("sweep: %v", err)
	}
	return rep
}

// tasks are all tasks by key.
func (w *taskTown) tasks() map[string]planner.Task {
	w.t.Helper()
	m := map[string]planner.Task{}
	err := w.DB.Read(w.t.Context(), planner.System("test"), func(tx *store.Tx) error {
		ts, err := tx.Tasks(store.TaskFilter{})
		for _, t := range ts {
			m[t.Key] = t
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

// waiting lists recipient and rule of the notices not yet sent or cancelled.
func (w *taskTown) waiting() (out []string) {
	w.t.Helper()
	ns, err := notifier.Notices(w.t.Context(), w.DB.Writer(), notifier.Filter{Notice: notifier.NoticeScheduled})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, n := range ns {
		out = append(out, n.Recipient+" "+n.Rule)
	}
	return out
}

// publish puts a published plan of 2026 in force: who has h1 and h2, and who had them.
func (w *taskTown) publish(revision int, h1, was1, h2, was2 planner.CadreID) {
	w.t.Helper()
	id := planner.PlanID("plan-" + string(rune('0'+revision)))
	w.write(func(tx *store.Tx) error {
		if old, err := tx.PlanFor(2026, planner.PlanPublished); err == nil {
			if err := tx.SetPlanStatus(old.ID, planner.PlanPublished, planner.PlanSuperseded); err != nil {
				return err
			}
		}
		pair := func(h planner.HouseholdID, c, was planner.CadreID) planner.Pairing {
			return planner.Pairing{ID: planner.PairingID(string(id) + string(h)), Tier: planner.TierHousehold, Cadre: c, Household: h, Origin: planner.OriginSolver, Was: was}
		}
		return tx.PutPlan(planner.Plan{ID: id, Period: 2026, Status: planner.PlanPublished, Preset: "yima", Revision: revision, Valid: civil.YearSpan(2026),
			Pairings: []planner.Pairing{pair("h1", h1, was1), pair("h2", h2, was2)}})
	})
}

func TestALatePromiseClimbsTheLadderAndEachRungHearsOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newTaskTown(t, url)
		if rep := w.sweep(); rep.Looked != 2 || len(rep.Moved) != 0 || rep.Climbed != 0 {
			t.Errorf("on time: got %+v, want nothing but two tasks looked at", rep)
		}
		w.at("2026-01-12 08:00") // Monday: the first working day after Friday's due day
		rep := w.sweep()
		if rep.Climbed != 1 || rep.Notices != 1 || rep.Overdue != 1 {
			t.Errorf("one working day late: got %+v, want one rung, one notice, one overdue", rep)
		}
		if again := w.sweep(); again.Climbed != 0 || again.Notices != 0 {
			t.Errorf("the second sweep of the day: got %+v, want nothing", again)
		}
		if diff := cmp.Diff([]string{"guan task-rung-1"}, w.waiting()); diff != "" {
			t.Errorf("notices, want − got +:\n%s", diff)
		}
		w.at("2026-01-16 08:00")
		if rep := w.sweep(); rep.Climbed != 2 || rep.Notices != 2 {
			t.Errorf("five working days late: got %+v, want two rungs and two notices", rep)
		}
		w.at("2026-02-09 08:00") // the window of the first ended on 02-08
		rep = w.sweep()
		if got := rep.Moved[planner.TaskFailed]; got != 1 {
			t.Errorf("after the window: got %d failed, want 1", got)
		}
		if got := w.tasks()["promise/1"]; got.State != planner.TaskFailed || got.Rung != 3 {
			t.Errorf("got %s, rung %d; want failed, rung 3", got.State, got.Rung)
		}
	})
}

func TestOnlyTheOwnerAndThePlannerMoveATask(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newTaskTown(t, url)
		advance := func(p planner.Principal, to planner.TaskState, reason string) planner.Kind {
			if err := w.AdvanceTask(t.Context(), p, "task-1", to, reason); err != nil {
				return planner.KindOf(err)
			}
			return -1
		}
		if got := advance(planner.Principal{}, planner.TaskCompleted, ""); got != planner.Forbidden {
			t.Errorf("a visitor: got kind %d, want forbidden", got)
		}
		if got := advance(asCadre("guan"), planner.TaskCompleted, ""); got != planner.NotFound && got != planner.Forbidden {
			t.Errorf("a colleague: got kind %d, want not found or forbidden", got)
		}
		if got := advance(asCadre("liu"), planner.TaskInProgress, ""); got != -1 {
			t.Errorf("the owner: got kind %d, want it done", got)
		}
		if got := advance(asPlanner, planner.TaskCancelled, "because"); got != planner.Invalid {
			t.Errorf("free text as a reason: got kind %d, want invalid", got)
		}
		if got := advance(asPlanner, planner.TaskCancelled, followup.Dismissed); got != -1 {
			t.Errorf("the planner: got kind %d, want it done", got)
		}
		if got := advance(asPlanner, planner.TaskCompleted, ""); got != planner.Conflict {
			t.Errorf("a closed task: got kind %d, want conflict", got)
		}
		views, err := w.Tasks(t.Context(), asPlanner)
		if err != nil {
			t.Fatal(err)
		}
		want := []pipeline.TaskView{
			{ID: "task-2", Say: planner.Text{ZH: "代办老年公交卡", EN: "get the bus pass"}, DueOn: civil.MustDate("2026-01-30"), State: planner.TaskReady, Code: "01001-h2", Owner: "丁一"},
			{ID: "task-1", Say: planner.Text{ZH: "代办老年公交卡", EN: "get the bus pass"}, DueOn: civil.MustDate("2026-01-09"), State: planner.TaskCancelled, Code: "01001-h1", Owner: "丁一"},
		}
		if diff := cmp.Diff(want, views); diff != "" {
			t.Errorf("the list, want − got +:\n%s", diff)
		}
		if _, err := w.Tasks(t.Context(), planner.Principal{}); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("a visitor's list: got %v, want forbidden", err)
		}
	})
}

func TestAClosedTaskRemindsNobodyAnyMore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newTaskTown(t, url)
		w.at("2026-01-12 08:00")
		w.sweep()
		if err := w.AdvanceTask(t.Context(), asCadre("liu"), "task-1", planner.TaskCompleted, ""); err != nil {
			t.Fatal(err)
		}
		if got := w.waiting(); len(got) != 0 {
			t.Errorf("got %v still waiting, want nothing", got)
		}
	})
}

func TestHandoverIsMadeOnceAndBringsThePromiseAlong(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newTaskTown(t, url)
		if _, err := w.HandoverTasks(t.Context(), 2026); planner.KindOf(err) != planner.NotFound {
			t.Errorf("without a published plan: got %v, want not found", err)
		}
		w.publish(1, "guan", "liu", "liu", "liu")
		for call, want := range []int{1, 0} {
			rep, err := w.HandoverTasks(t.Context(), 2026)
			if err != nil {
				t.Fatal(err)
			}
			if rep.Handover != want {
				t.Errorf("call %d: got %d handovers, want %d", call+1, rep.Handover, want)
			}
		}
		key := followup.HandoverKey(2026, 1, "liu", "guan")
		task := w.tasks()[key]
		if task.Owner != "guan" || task.DueOn != civil.MustDate("2026-02-04") || task.Say.ZH !=
			"与丁一（示例室）交接1户：一起上门走访，核对未办结事项，双方在交接清单上签字。户编号：01001-h1" {
			t.Errorf("got %+v", task)
		}
		w.sweep()
		if got := w.tasks()["promise/1"].Owner; got != "liu" {
			t.Errorf("before the visit together: got the promise with %s, want liu", got)
		}
		if err := w.AdvanceTask(t.Context(), asCadre("guan"), task.ID, planner.TaskCompleted, ""); err != nil {
			t.Fatal(err)
		}
		tasks := w.tasks()
		if tasks["promise/1"].Owner != "guan" || tasks["promise/2"].Owner != "liu" {
			t.Errorf("after it: got %s and %s, want guan and liu", tasks["promise/1"].Owner, tasks["promise/2"].Owner)
		}
	})
}

func TestANewRevisionCancelsTheHandoversItOvertakes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newTaskTown(t, url)
		w.publish(1, "guan", "liu", "liu", "liu")
		if _, err := w.HandoverTasks(t.Context(), 2026); err != nil {
			t.Fatal(err)
		}
		w.publish(2, "zhan", "liu", "liu", "liu")
		rep, err := w.HandoverTasks(t.Context(), 2026)
		if err != nil {
			t.Fatal(err)
		}
		if rep.Cancelled != 1 || rep.Handover != 1 {
			t.Errorf("got %+v, want one cancelled and one made", rep)
		}
		tasks := w.tasks()
		if got := tasks[followup.HandoverKey(2026, 1, "liu", "guan")]; got.State != planner.TaskCancelled || got.Reason != followup.Resolved {
			t.Errorf("the first: got %s for %q, want cancelled for %s", got.State, got.Reason, followup.Resolved)
		}
		// guan never went, so it is liu who takes zhan along.
		if got := tasks[followup.HandoverKey(2026, 2, "liu", "zhan")]; got.State != planner.TaskReady || got.Owner != "zhan" {
			t.Errorf("the second: got %+v, want it ready with zhan", got)
		}
	})
}
