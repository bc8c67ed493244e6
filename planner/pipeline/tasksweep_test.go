package pipeline_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// A sweep that asks for what is due leaves nothing to do for one that goes through everything, whatever people did to tasks since.
func TestASweepOfWhatIsDueMissesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		random := rand.New(rand.NewPCG(4, 100))
		w := newTaskTown(t, url)
		var ts []planner.Task
		owners := []planner.CadreID{"liu", "guan", "zhan", "ju"} // of units at depth 3, 3, 2 and 1
		for i := range 60 {
			due := civil.MustDate("2026-01-05").AddDays(random.IntN(60))
			ts = append(ts, planner.Task{ID: planner.TaskID(fmt.Sprintf("t%02d", i)), Key: fmt.Sprintf("t/%02d", i), Kind: planner.TaskPromise, Owner: owners[i%4], Household: "h1",
				Say: planner.Text{ZH: "代办", EN: "do it"}, StartOn: due.AddDays(-10), DueOn: due, EndOn: due.AddDays(40), State: planner.TaskReady})
		}
		w.write(func(tx *store.Tx) error { return tx.PutTasks(ts) })
		climbed, moved := 0, 0
		for day := civil.MustDate("2026-01-05"); day.Before(civil.MustDate("2026-03-10")); day = day.AddDays(2) {
			w.at(day.String() + " 08:00")
			w.sweep()
			w.sweep() // it takes note of what the first one wrote
			live := w.tasks()
			for range 6 { // somebody moves the days of tasks or takes them up
				x := live[fmt.Sprintf("t/%02d", random.IntN(len(ts)))]
				if x.State.Terminal() {
					continue
				}
				x.DueOn = day.AddDays(random.IntN(40) - 20)
				x.StartOn, x.EndOn = x.DueOn.AddDays(-random.IntN(30)), x.DueOn.AddDays(random.IntN(30))
				if random.IntN(2) == 0 && x.State == planner.TaskReady {
					x.State = planner.TaskInProgress
				}
				w.write(func(tx *store.Tx) error { return tx.PutTasks([]planner.Task{x}) })
				live = w.tasks()
			}
			light := w.sweep()
			if light.Looked >= len(ts)-10 {
				t.Fatalf("%s: %d tasks looked at: this was no sweep of what is due", day, light.Looked)
			}
			for _, n := range light.Moved {
				moved += n
			}
			climbed += light.Climbed
			fresh := &pipeline.App{DB: w.DB, Now: w.Now, Zone: w.Zone, NewID: w.NewID, Log: w.Log} // another process goes through everything
			full, err := fresh.SweepTasks(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if full.Climbed != 0 || len(full.Moved) != 0 || full.Overdue != light.Overdue {
				t.Fatalf("%s: left undone: %d rungs, %v; overdue %d, told %d", day, full.Climbed, full.Moved, full.Overdue, light.Overdue)
			}
		}
		if climbed < 20 || moved < 20 {
			t.Errorf("%d rungs and %d changes of state: too few to show anything", climbed, moved)
		}
	})
}
