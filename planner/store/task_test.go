package store

import (
	"sync"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
)

func putTask(t testing.TB, db *DB, p planner.Principal, ts ...planner.Task) error {
	t.Helper()
	return db.Write(t.Context(), p, Op{Name: "task", Now: today}, func(tx *Tx) error { return tx.PutTasks(ts) })
}

func TestATaskFollowsItsRevisionAndEndsOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fill(t, db)
		read := func() (task planner.Task) {
			as(t, db, office, func(tx *Tx) error {
				found, err := tx.Tasks(TaskFilter{Keys: []string{"promise/1", "promise/9"}})
				if err != nil || len(found) != 1 {
					t.Fatalf("got %d tasks, %v; want one", len(found), err)
				}
				task = found[0]
				return nil
			})
			return task
		}
		stale := read()
		owner := planner.Principal{Account: "a", Cadre: "C2"}
		task := stale
		task.State = planner.TaskInProgress
		if err := putTask(t, db, owner, task); err != nil {
			t.Fatal(err)
		}
		if got := read(); got.State != planner.TaskInProgress || got.Revision != stale.Revision+1 {
			t.Errorf("got %s at revision %d, want in-progress at %d", got.State, got.Revision, stale.Revision+1)
		}
		wantKind(t, putTask(t, db, office, stale), planner.Conflict)
		task = read()
		if err := putTask(t, db, office, task); err != nil || read().Revision != task.Revision {
			t.Errorf("got revision %d, %v; want an unchanged task left alone", read().Revision, err)
		}
		task.State = planner.TaskCancelled
		wantKind(t, putTask(t, db, office, task), planner.Invalid) // without a reason
		task.State, task.Reason = planner.TaskCompleted, ""
		if err := putTask(t, db, office, task); err != nil {
			t.Fatal(err)
		}
		task = read()
		task.State = planner.TaskReady
		wantKind(t, putTask(t, db, office, task), planner.Conflict)
		again := stale
		again.ID, again.Revision = "T9", 0
		if err := putTask(t, db, office, again); err != nil {
			t.Errorf("got %v, want a new task under the key of an ended one", err)
		}
		again.ID = "T10"
		wantKind(t, putTask(t, db, office, again), planner.Conflict)
		as(t, db, office, func(tx *Tx) error {
			open, err := tx.Tasks(TaskFilter{Open: true, Owner: "C2", Household: "H2"})
			if err != nil || len(open) != 1 || open[0].ID != "T9" {
				t.Errorf("got %v, %v; want the open task", open, err)
			}
			return nil
		})
	})
}

func TestOfManyWhoTakeUpATaskOneWins(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fill(t, db)
		_, _, ts := smallYear()
		task := ts[0]
		task.Revision = 1
		var wg sync.WaitGroup
		var won int
		var mu sync.Mutex
		for i := range 6 {
			wg.Go(func() {
				mine := task
				mine.Priority = i + 1
				err := putTask(t, db, office, mine)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won++
				} else if planner.KindOf(err) != planner.Conflict {
					t.Errorf("got %v, want a conflict", err)
				}
			})
		}
		wg.Wait()
		if won != 1 {
			t.Errorf("got %d winners, want 1", won)
		}
	})
}

func TestNobodyComesTwiceToOneDoorOnOneDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fill(t, db)
		_, vs, _ := smallYear()
		second := vs[0]
		second.ID, second.Cadre, second.On = "V9", "C3", civil.Of(2026, 4, 15)
		inWrite(t, db, func(tx *Tx) error { return tx.PutVisits([]planner.Visit{second}) })
		same := second
		same.ID = "V10"
		err := db.Write(t.Context(), office, Op{Name: "test", Now: today}, func(tx *Tx) error { return tx.PutVisits([]planner.Visit{same}) })
		wantKind(t, err, planner.Conflict)
		first := vs[0]
		first.On, second.On = second.On, first.On // the two change days with each other
		inWrite(t, db, func(tx *Tx) error { return tx.PutVisits([]planner.Visit{first, second}) })
		as(t, db, office, func(tx *Tx) error {
			got, err := tx.Visits(VisitFilter{Household: "H2", Span: civil.Span{From: civil.Of(2026, 4, 1), Until: civil.Of(2026, 4, 16)}})
			if err != nil || len(got) != 1 || got[0].ID != "V1" {
				t.Errorf("got %v, %v; want V1 in April", got, err)
			}
			got, err = tx.Visits(VisitFilter{Event: "E2", Cadre: "C3"})
			if err != nil || len(got) != 1 || got[0].ID != "V9" {
				t.Errorf("got %v, %v; want V9 by event and cadre", got, err)
			}
			return nil
		})
	})
}

func TestEventsAreFilteredAndKeysStandForEver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fill(t, db)
		es, _, _ := smallYear()
		late := es[0]
		late.ID, late.Key, late.UID, late.On, late.From, late.Until, late.Status = "E8", "mwd/202602", "u8", civil.Of(2026, 2, 24), 0, 0, planner.StatusCancelled
		inWrite(t, db, func(tx *Tx) error { return tx.PutEvents([]planner.Event{late}) })
		for _, c := range []struct {
			name   string
			filter EventFilter
			want   string
		}{
			{"all but cancelled", EventFilter{}, "E1E2E3E4"},
			{"cancelled ones too", EventFilter{WithCancelled: true}, "E1E2E3E4E8"},
			{"a span, its end excluded", EventFilter{Span: civil.Span{From: civil.Of(2026, 1, 15), Until: civil.Of(2026, 2, 24)}, WithCancelled: true}, "E1E2E3E4"},
			{"the county's", EventFilter{County: true}, "E1"},
			{"a cadre's", EventFilter{Cadre: "C2"}, "E2"},
			{"kinds", EventFilter{Kinds: []planner.EventKind{planner.EventReception, planner.EventLeadersMeeting}}, "E4"},
			{"a prefix", EventFilter{KeyPrefix: "mwd/202601/"}, "E2E3"},
			{"a village", EventFilter{Village: "411281001001"}, "E3"},
		} {
			as(t, db, office, func(tx *Tx) error {
				got := ""
				found, err := tx.Events(c.filter)
				for _, e := range found {
					got += string(e.ID)
				}
				if err != nil || got != c.want {
					t.Errorf("%s: got %s, %v; want %s", c.name, got, err, c.want)
				}
				return nil
			})
		}
		twin := es[0]
		twin.ID, twin.UID = "E77", "u77"
		err := db.Write(t.Context(), office, Op{Name: "test", Now: today}, func(tx *Tx) error { return tx.PutEvents([]planner.Event{twin}) })
		wantKind(t, err, planner.Conflict)
	})
}
