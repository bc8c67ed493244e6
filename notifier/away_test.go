package notifier

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/migrations/dbtest"
)

// until waits for what other goroutines bring about.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(90 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within 90 s", what)
		}
	}
}

// A worker is started before its server is, and sees it crash in the middle: it goes on by itself, nothing is lost or doubled.
func TestAWorkerOutlivesItsServer(t *testing.T) {
	server, err := dbtest.StartCluster("max_connections=30")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Remove)
	url, err := server.Database(t.Context(), "away")
	if err != nil {
		t.Fatal(err)
	}
	db, err := openURL(url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const n = 600
	plain := &fake{name: "plain", answer: func(Message) error { time.Sleep(2 * time.Millisecond); return nil }}
	o := newOffice(t, db, plain)
	o.enqueue(crowdOf(o, "plain", n)...)
	w := o.worker
	w.Poll, w.Listen, w.Parallel, w.Timeout = 50*time.Millisecond, url, 2, time.Second
	if err := server.Stop("immediate"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	until(t, "trouble is told while the server is away at the start", func() bool { return w.Trouble() != nil })
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	count := func() int { return len(plain.texts()) }
	until(t, "the worker begins when the server is there", func() bool { return count() >= n/4 })
	if err := server.Stop("immediate"); err != nil {
		t.Fatal(err)
	}
	before := count()
	until(t, "trouble is told when the server crashes", func() bool { return w.Trouble() != nil })
	if before == n {
		t.Error("the server crashed after all was sent: nothing is shown")
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "all is settled", func() bool {
		var open int
		err := db.Get(&open, `SELECT COUNT(*) FROM notices WHERE state <> 'done'`)
		return err == nil && open == 0
	})
	until(t, "the trouble is over", func() bool { return w.Trouble() == nil })
	select {
	case err := <-ended:
		t.Fatalf("the worker ended by itself: %v", err)
	default:
	}
	if err := server.Stop("immediate"); err != nil { // a worker that stops while the server is away does not complain
		t.Fatal(err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("the worker ended with %v", err)
	}
	want(t, "messages", count(), n)
	seen := map[string]bool{}
	for _, m := range plain.texts() {
		if seen[m] {
			t.Errorf("doubled: %s", m)
		}
		seen[m] = true
	}
}

// A standby that was behind knows the worker by an earlier life, or not at all. That is no rival.
func TestAWorkerThatTheLedgerForgotGoesOn(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		o := newOffice(t, db)
		for range 3 { // lives of the same name
			tn, err := o.worker.begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			_ = tn
		}
		now, err := o.worker.begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ name, statement string }{
			{"no row", `DELETE FROM notifier_workers`},
			{"an earlier life", `UPDATE notifier_workers SET instance = 'of before', epoch = epoch - 2`},
			{"buried", `UPDATE notifier_workers SET alive = FALSE, epoch = epoch + 1`},
		} {
			last := now.current()
			o.exec(c.statement)
			if err := now.heartbeat(t.Context()); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			if now.current() <= last {
				t.Errorf("%s: epoch %d after %d: leases of before would count", c.name, now.current(), last)
			}
			if err := now.heartbeat(t.Context()); err != nil {
				t.Errorf("%s, the beat after: %v", c.name, err)
			}
		}
		o.exec(`UPDATE notifier_workers SET instance = 'a rival', epoch = epoch + 1`)
		if err := now.heartbeat(t.Context()); !errors.Is(err, ErrFenced) {
			t.Errorf("another process has the name: got %v, want ErrFenced", err)
		}
	})
}

// What each process knows of the channels stands beside its heartbeat, for whoever asks.
func TestTheHealthOfChannelsIsShownForEachProcess(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		mail := &fake{name: "mail", answer: func(Message) error { return &Down{errors.New("refused")} }}
		bot := &fake{name: "bot"}
		o := newOffice(t, db, mail, bot)
		first, err := o.worker.begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		other := &Worker{Ledger: o.Ledger, Channels: []Channel{bot}, Name: "w2"}
		second, err := other.begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		o.worker.Parallel = 1
		o.enqueue(crowdOf(o, "mail", 8)...)
		if _, err := o.worker.round(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(first.heartbeat(t.Context()), second.heartbeat(t.Context()), second.end(t.Context())); err != nil {
			t.Fatal(err)
		}
		list, err := Workers(t.Context(), db)
		if err != nil || len(list) != 2 {
			t.Fatalf("got %+v, %v", list, err)
		}
		h := list[0].Channels[0]
		if h.State != BreakerOpen || h.Failures < breakerLimit || h.PauseMS <= 0 || h.PauseMS > breakerFirst.Milliseconds() {
			t.Errorf("mail in w1: %+v, want it open", h)
		}
		want(t, "bot in w1", list[0].Channels[1], Health{Channel: "bot", State: BreakerClosed})
		want(t, "w2", []any{list[1].Name, list[1].Alive, list[1].Channels}, []any{"w2", false, []Health{{Channel: "bot", State: BreakerClosed}}})
		var b strings.Builder
		if err := o.WriteMetrics(t.Context(), &b, nil); err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{"lianxin_notifier_database_up 1", `lianxin_notifier_worker_breaker{worker="w1",channel="mail",state="open"} 1`,
			`lianxin_notifier_worker_breaker{worker="w1",channel="bot",state="closed"} 1`} {
			if !strings.Contains(b.String(), line+"\n") {
				t.Errorf("no line %s in\n%s", line, b.String())
			}
		}
		db.Close()
		b.Reset()
		if err := o.WriteMetrics(t.Context(), &b, o.worker.Health()); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), "lianxin_notifier_database_up 0\n") || !strings.Contains(b.String(), `lianxin_notifier_breaker{channel="mail",state="open"} 1`) {
			t.Errorf("the database is away:\n%s", b.String())
		}
	})
}
