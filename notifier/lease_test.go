package notifier

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
)

// held is an office whose 甲 has one delivery in the hands of the worker's first epoch.
func held(t *testing.T, db *sqlx.DB, c Channel) (*office, *tenure, []claimed) {
	t.Helper()
	o := newOffice(t, db, c)
	o.enqueue(notice("甲", "s", "r", "2026-01-05 08:00", ""))
	first, err := o.worker.begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	ds, err := o.worker.claim(t.Context(), first, o.worker.lane(c), 10)
	if err != nil || len(ds) != 1 {
		t.Fatalf("claim: got %d, %v, want 1", len(ds), err)
	}
	return o, first, ds
}

// sendAll sends without recording: what a worker has done when it falls asleep.
func (w *Worker) sendAll(t *testing.T, c Channel, ds []claimed) (rs []result) {
	asks := make(chan ask)
	done := make(chan struct{})
	go func() { defer close(done); w.markBegun(asks) }()
	for _, d := range ds {
		rs = append(rs, w.sendOne(t.Context(), w.lane(c), d, asks))
	}
	close(asks)
	<-done
	return rs
}

func TestARestartedWorkerTakesItsOwnLeasesBackAtOnce(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		mail := &fake{name: "mail"}
		o, _, _ := held(t, db, mail)
		again := &Worker{Ledger: o.Ledger, Channels: []Channel{mail}, Name: "w1"}
		if _, err := again.RunOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		want(t, "messages", mail.texts(), []string{"甲: s/r"})
	})
}

func TestAWorkerOfAnotherNameWaitsForALiveOne(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		mail := &fake{name: "mail"}
		o, first, ds := held(t, db, mail)
		other := &Worker{Ledger: o.Ledger, Channels: []Channel{mail}, Name: "w2"}
		if _, err := other.RunOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		want(t, "messages of the other", mail.texts(), []string{})
		results := o.worker.sendAll(t, mail, ds)
		out, err := o.worker.record(t.Context(), o.worker.lane(mail), results)
		want(t, "handed by the first", out.Handed, 1)
		if err := errors.Join(err, first.end(t.Context())); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAnOutcomeFromAnOlderEpochIsFencedOff(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		file := &fake{name: "file", keyed: true}
		o, _, ds := held(t, db, file)
		results := o.worker.sendAll(t, file, ds) // sent, and then the machine sleeps
		again := &Worker{Ledger: o.Ledger, Channels: []Channel{file}, Name: "w1"}
		if out, err := again.RunOnce(t.Context()); err != nil || out.Handed != 1 {
			t.Fatalf("the new process: got %+v, %v, want one handed", out, err)
		}
		out, err := o.worker.record(t.Context(), o.worker.lane(file), results)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "fenced", out.Fenced, 1)
		want(t, "messages at a provider that honours the key", file.texts(), []string{"甲: s/r"})
		want(t, "deliveries", len(o.deliveries()), 1)
	})
}

func TestAnOlderEpochCannotBeginAHandOver(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		mail := &fake{name: "mail"}
		o, _, ds := held(t, db, mail)
		if _, err := o.worker.begin(t.Context()); err != nil { // the name's next epoch
			t.Fatal(err)
		}
		results := o.worker.sendAll(t, mail, ds)
		want(t, "messages", mail.texts(), []string{})
		want(t, "verdict", results[0].verdict, lost)
	})
}

func TestAWorkerThatWasTakenForDeadMayStillSayWhatBecameOfItsMessage(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		mail := &fake{name: "mail"}
		o, _, ds := held(t, db, mail)
		results := o.worker.sendAll(t, mail, ds)
		o.exec(`UPDATE notifier_workers SET epoch = epoch + 1, alive = FALSE WHERE name = ?`, "w1")
		if err := o.worker.freeOrphans(t.Context()); err != nil {
			t.Fatal(err)
		}
		want(t, "begun and unanswered", o.deliveries()[0].State, DeliveryUncertain)
		out, err := o.worker.record(t.Context(), o.worker.lane(mail), results)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "handed", out.Handed, 1)
		want(t, "state", o.deliveries()[0].State, DeliveryHanded)
		want(t, "notices", o.states(), []string{"s/r done"})
	})
}

func TestTwoProcessesOfOneNameAndTheOlderStops(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		o := newOffice(t, db)
		old := &Worker{Ledger: o.Ledger, Name: "w1", Poll: 20 * time.Millisecond, beats: 20 * time.Millisecond}
		done := make(chan error, 1)
		go func() { done <- old.Run(t.Context()) }()
		for n := 0; n == 0; time.Sleep(5 * time.Millisecond) {
			if err := db.Get(&n, `SELECT COUNT(*) FROM notifier_workers`); err != nil {
				t.Fatal(err)
			}
		}
		young := &Worker{Ledger: o.Ledger, Name: "w1"}
		if _, err := young.begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-done:
			if !errors.Is(err, ErrFenced) {
				t.Errorf("the older: got %v, want ErrFenced", err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("the older worker goes on")
		}
	})
}

func TestASleeperTakesANewEpoch(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		o := newOffice(t, db)
		sleeper, err := o.worker.begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		watcher := &Worker{Ledger: o.Ledger, Name: "w2", dead: 30 * time.Millisecond}
		w, err := watcher.begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // sees it, then sees that it stood still
			if err := w.heartbeat(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(40 * time.Millisecond)
		}
		if err := w.heartbeat(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := sleeper.heartbeat(t.Context()); err != nil {
			t.Fatalf("the sleeper: got %v, want a new epoch", err)
		}
		want(t, "epoch", sleeper.current(), int64(3)) // registered, buried, registered anew
	})
}

// A wall clock that jumps must not bury anybody: heartbeats are counted, not dated.
func TestAClockJumpBuriesNobody(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		o := newOffice(t, db)
		a, err := o.worker.begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		b, err := (&Worker{Ledger: o.Ledger, Name: "w2"}).begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, now := range []string{"2026-01-05 08:00", "2026-01-05 10:00", "2026-01-05 06:00"} {
			o.clock.set(now)
			if err := errors.Join(a.heartbeat(t.Context()), b.heartbeat(t.Context())); err != nil {
				t.Fatal(err)
			}
		}
		want(t, "epochs", []int64{a.current(), b.current()}, []int64{1, 1})
	})
}

func TestWorkersSideBySideSendEachMessageOnce(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		mail := &fake{name: "mail"}
		o := newOffice(t, db, mail)
		var ns []Notice
		for i := range 300 {
			who := fmt.Sprintf("丁%03d", i)
			o.people[who] = Person{Addresses: []Address{{"mail", who}}}
			ns = append(ns, notice(who, "s", "r", "2026-01-05 08:00", ""), notice(who, "s2", "r", "2026-01-05 08:00", ""))
		}
		o.enqueue(ns...)
		var wg sync.WaitGroup
		for i := range 3 {
			wg.Go(func() {
				w := &Worker{Ledger: o.Ledger, Channels: []Channel{mail}, Name: fmt.Sprintf("w%d", i)}
				if _, err := w.RunOnce(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		o.run()
		texts := mail.texts()
		if len(texts) != 300 || strings.Count(strings.Join(texts, "\n"), "s/r s2/r") != 300 {
			t.Errorf("got %d messages, want 300 with two notices each", len(texts))
		}
	})
}

func TestAWorkerRunsWakesItsSchedulesAndEndsCleanly(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		mail := &fake{name: "mail"}
		o := newOffice(t, db, mail)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		sent := make(chan struct{}, 1)
		mail.answer = func(Message) error { nudge(sent); return nil }
		ran := 0
		o.worker.Poll = time.Hour          // only the schedule wakes
		o.Now, o.IsWorkday = time.Now, nil // the times of schedules are real here, whatever day and hour that is
		o.people["甲"] = Person{Addresses: []Address{{"mail", "甲"}}}
		o.worker.Schedules = []Schedule{{Spec: "@every 1s", Do: func(context.Context, time.Time) error {
			if ran++; ran == 2 {
				o.enqueue(notice("甲", "s", "r", "2026-01-05 08:00", ""))
			}
			panic("a sweep's own mistake")
		}}}
		done := make(chan error, 1)
		go func() { done <- o.worker.Run(ctx) }()
		select {
		case <-sent:
		case <-time.After(10 * time.Second):
			t.Error("nothing was sent")
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("got %v, want a clean end", err)
		}
		var alive int
		if err := db.Get(&alive, `SELECT COUNT(*) FROM notifier_workers WHERE alive = TRUE`); err != nil || alive != 0 {
			t.Errorf("workers alive after the end: got %d, %v, want 0", alive, err)
		}
	})
}

func TestADeadProviderDelaysNobodyElse(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		stuck := make(chan struct{})
		dead := &fake{name: "dead", answer: func(Message) error { <-stuck; return &Temporary{errors.New("timeout")} }}
		mail := &fake{name: "mail"}
		o := newOffice(t, db)
		o.worker.Channels = []Channel{dead, mail}
		o.worker.Poll = 20 * time.Millisecond
		o.people["甲"] = Person{Addresses: []Address{{"dead", "甲"}}}
		o.people["乙"] = Person{Addresses: []Address{{"mail", "乙"}}}
		o.enqueue(notice("甲", "s", "r", "2026-01-05 08:00", ""))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- o.worker.Run(ctx) }()
		time.Sleep(100 * time.Millisecond)
		o.enqueue(notice("乙", "s", "r", "2026-01-05 08:00", ""))
		for deadline := time.Now().Add(10 * time.Second); len(mail.texts()) == 0; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("the live provider waits for the dead one")
			}
		}
		close(stuck)
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	})
}
