package notifier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
)

// counted is a provider with limits that notes when each message reached it.
type counted struct {
	*fake
	limits []Limit
	mu     sync.Mutex
	at     []time.Time
}

func (c *counted) Limits() []Limit { return c.limits }

func (c *counted) Send(ctx context.Context, m Message) (Receipt, error) {
	time.Sleep(time.Duration(len(m.Key)%3) * time.Millisecond) // on the way
	c.mu.Lock()
	c.at = append(c.at, time.Now())
	c.mu.Unlock()
	return c.fake.Send(ctx, m)
}

// most is the largest number of messages in any window of the length.
func most(at []time.Time, per time.Duration) (n int) {
	at = slices.Clone(at)
	slices.SortFunc(at, time.Time.Compare)
	from := 0
	for i := range at {
		for at[i].Sub(at[from]) >= per {
			from++
		}
		n = max(n, i-from+1)
	}
	return n
}

func crowdOf(o *office, channel string, n int) (ns []Notice) {
	for i := range n {
		who := fmt.Sprintf("丁%03d", i)
		o.people[who] = Person{Addresses: []Address{{channel, who}}}
		ns = append(ns, notice(who, "s", "r", "2026-01-05 08:00", ""))
	}
	return ns
}

func TestABudgetHoldsOverAnyWindowForAllWorkersTogether(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		bot := &counted{fake: &fake{name: "bot", keyed: true}, limits: []Limit{{"", 20, 600 * time.Millisecond}, {"bot fast", 7, 100 * time.Millisecond}}}
		o := newOffice(t, db)
		const people = 90
		o.enqueue(crowdOf(o, "bot", people)...)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for i := range 3 {
			w := &Worker{Ledger: o.Ledger, Channels: []Channel{bot}, Name: fmt.Sprintf("w%d", i), Poll: 50 * time.Millisecond}
			wg.Go(func() {
				if err := w.Run(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		start := time.Now()
		for deadline := start.Add(30 * time.Second); len(bot.texts()) < people && time.Now().Before(deadline); {
			time.Sleep(20 * time.Millisecond)
		}
		cancel()
		wg.Wait()
		took := time.Since(start)
		if got := len(bot.at); got != people {
			t.Fatalf("got %d messages, want %d", got, people)
		}
		for _, l := range bot.limits {
			if got := most(bot.at, l.Per); got > l.N {
				t.Errorf("%d messages within %v, want at most %d", got, l.Per, l.N)
			}
		}
		if took > 15*time.Second {
			t.Errorf("took %v; 90 messages at 20 in 600 ms need about 3 s", took)
		}
		t.Logf("%d messages in %v", people, took.Round(time.Millisecond))
	})
}

func TestPermitsOfADeadWorkerAreFreeAgainAfterTheWindow(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		bot := &counted{fake: &fake{name: "bot", keyed: true}, limits: []Limit{{"", 2, 400 * time.Millisecond}}}
		o := newOffice(t, db, bot)
		o.enqueue(crowdOf(o, "bot", 2)...)
		first, err := o.worker.begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if ds, err := o.worker.claim(t.Context(), first, o.worker.lane(bot), 10); err != nil || len(ds) != 2 {
			t.Fatalf("claim: got %d, %v, want 2", len(ds), err)
		}
		again := &Worker{Ledger: o.Ledger, Channels: []Channel{bot}, Name: "w1"} // the old process is dead
		if out, err := again.RunOnce(t.Context()); err != nil || out.Handed != 0 {
			t.Fatalf("at once: got %+v, %v, want nothing handed: the dead one may have used its permits", out, err)
		}
		time.Sleep(450 * time.Millisecond)
		if out, err := again.RunOnce(t.Context()); err != nil || out.Handed != 2 {
			t.Fatalf("after the window: got %+v, %v, want 2 handed", out, err)
		}
	})
}

func TestAClaimWhoseAnswerWasLostIsMended(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		bot := &counted{fake: &fake{name: "bot", keyed: true}, limits: []Limit{{"", 2, 50 * time.Millisecond}}}
		o := newOffice(t, db, bot)
		o.enqueue(notice("甲", "s", "r", "2026-01-05 08:00", ""), notice("乙", "s", "r", "2026-01-05 08:00", ""))
		find, fails := o.Find, 1
		if _, err := o.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		o.Find = func(ctx context.Context, rs []string) (map[string]Person, error) {
			if fails > 0 {
				fails--
				return nil, errors.New("connection reset")
			}
			return find(ctx, rs)
		}
		tn, err := o.worker.begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		n := o.worker.lane(bot)
		if _, _, err := o.worker.drain(t.Context(), tn, n); err == nil {
			t.Fatal("want the lost connection")
		}
		if out, _, err := o.worker.drain(t.Context(), tn, n); err != nil || out.Handed != 0 {
			t.Fatalf("got %+v, %v; want the stray permits used up for a window", out, err)
		}
		time.Sleep(60 * time.Millisecond)
		out, _, err := o.worker.drain(t.Context(), tn, n)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "handed", out.Handed, 2)
		var held int
		if err := db.Get(&held, `SELECT COUNT(*) FROM notifier_permits WHERE worker IS NOT NULL`); err != nil || held != 0 {
			t.Errorf("permits still held: got %d, %v, want 0", held, err)
		}
	})
}

func TestALimitThatCannotBeKeptIsRefused(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		for _, l := range []Limit{{"", 0, time.Minute}, {"", 20000, time.Minute}, {"", 1, time.Millisecond}} {
			o := newOffice(t, db, &counted{fake: &fake{name: "bot"}, limits: []Limit{l}})
			if _, err := o.worker.RunOnce(t.Context()); err == nil {
				t.Errorf("%+v: got no error", l)
			}
		}
	})
}
