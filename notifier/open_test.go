package notifier

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"go.uber.org/goleak"

	"lianxin/migrations/dbtest"
	"lianxin/planner/civil"
)

var shanghai = time.FixedZone("CST", 8*3600)

// TestMain becomes a worker if a kill test started it as one; otherwise it runs the tests and looks for what they left
// running.
func TestMain(m *testing.M) {
	if os.Getenv(workerEnv) != "" {
		os.Exit(killedWorker())
	}
	goleak.VerifyTestMain(m)
}

// onBothEngines runs fn with a fresh database of each engine.
func onBothEngines(t *testing.T, fn func(t *testing.T, db *sqlx.DB)) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db, err := openURL(url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		fn(t, db)
	})
}

// openURL opens a writer as planner/store does: one connection on SQLite.
func openURL(url string) (*sqlx.DB, error) {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		db, err := sqlx.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)"+
			"&_pragma=foreign_keys(1)&_txlock=immediate&_time_format=sqlite&_timezone=UTC")
		if err == nil {
			db.SetMaxOpenConns(1)
		}
		return db, err
	}
	db, err := sqlx.Open("postgres", url)
	if err == nil {
		db.SetMaxOpenConns(8)
	}
	return db, err
}

// clock is a clock that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(s string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = at(s)
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// fake is a provider that counts what it took, by key, and fails as told.
type fake struct {
	name   string
	keyed  bool
	mu     sync.Mutex
	took   map[string]Message // first message of each key
	sends  []Message          // every call that was taken
	answer func(m Message) error
	find   func(key string) (bool, error)
}

func (f *fake) Name() string   { return f.name }
func (f *fake) TakesKey() bool { return f.keyed }

func (f *fake) Send(_ context.Context, m Message) (Receipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.answer != nil {
		if err := f.answer(m); err != nil {
			return Receipt{}, err
		}
	}
	if f.took == nil {
		f.took = map[string]Message{}
	}
	if _, known := f.took[m.Key]; known && f.keyed {
		return Receipt{ID: "r-" + m.Key}, nil
	}
	f.took[m.Key] = m
	f.sends = append(f.sends, m)
	return Receipt{ID: "r-" + m.Key}, nil
}

// texts are the taken messages as "to: text", in order.
func (f *fake) texts() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := []string{}
	for _, m := range f.sends {
		out = append(out, m.To+": "+m.Text)
	}
	slices.Sort(out)
	return out
}

// asking is a fake that can be asked later.
type asking struct{ *fake }

func (a asking) Lookup(_ context.Context, key string) (Receipt, bool, error) {
	taken, err := a.find(key)
	return Receipt{ID: "asked-" + key}, taken, err
}

// office is a ledger with people in a map and a clock in hand.
type office struct {
	*Ledger
	t      *testing.T
	clock  *clock
	people map[string]Person
	worker *Worker
	ids    int
}

// newOffice opens on Monday 2026-01-05 08:00 with 甲, 乙 and 丙, who are reached by the channels in order; 7 Saturday
// and Sunday are days off, quiet hours last from 21:00 to 07:00.
func newOffice(t *testing.T, db *sqlx.DB, channels ...Channel) *office {
	t.Helper()
	o := &office{t: t, clock: &clock{now: at("2026-01-05 08:00")}, people: map[string]Person{}}
	for _, who := range []string{"甲", "乙", "丙"} {
		p := Person{QuietFrom: civil.MustClock("21:00"), QuietUntil: civil.MustClock("07:00")}
		for _, c := range channels {
			p.Addresses = append(p.Addresses, Address{c.Name(), who})
		}
		o.people[who] = p
	}
	var mu sync.Mutex
	o.Ledger = &Ledger{DB: db, Zone: shanghai, Now: o.clock.Now,
		Find: func(_ context.Context, rs []string) (map[string]Person, error) {
			mu.Lock()
			defer mu.Unlock()
			return maps.Clone(o.people), nil
		},
		Render: func(_ string, ns []Notice) (Content, error) {
			var parts []string
			for _, n := range ns {
				parts = append(parts, n.Subject+"/"+n.Rule)
			}
			slices.Sort(parts)
			return Content{Subject: fmt.Sprintf("提醒%d件", len(ns)), Text: strings.Join(parts, " ")}, nil
		},
		IsWorkday: func(d civil.Date) bool { return !d.Weekend() },
	}
	o.worker = &Worker{Ledger: o.Ledger, Channels: channels, Name: "w1"}
	return o
}

// notice is due at a time and useless from another; an empty end is never.
func notice(who, subject, rule, due, end string) Notice {
	n := Notice{Recipient: who, Subject: subject, Rule: rule, DueAt: at(due), Template: "plain", Args: map[string]string{"k": "值"}}
	if end != "" {
		n.ExpiresAt = at(end)
	}
	return n
}

func (o *office) enqueue(ns ...Notice) int {
	o.t.Helper()
	tx := o.DB.MustBegin()
	n, err := Enqueue(context.Background(), tx, o.Now(), func() string { o.ids++; return fmt.Sprintf("n%04d", o.ids) }, ns...)
	if err != nil {
		o.t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		o.t.Fatal(err)
	}
	return n
}

func (o *office) run() Outcome {
	o.t.Helper()
	out, err := o.worker.RunOnce(context.Background())
	if err != nil {
		o.t.Fatal(err)
	}
	return out
}

// runAt moves the clock and runs.
func (o *office) runAt(when string) Outcome {
	o.t.Helper()
	o.clock.set(when)
	return o.run()
}

// states are the notices as "subject/rule state why".
func (o *office) states() []string {
	o.t.Helper()
	ns, err := Notices(context.Background(), o.DB, Filter{})
	if err != nil {
		o.t.Fatal(err)
	}
	out := []string{}
	for _, n := range ns {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s/%s %s %s", n.Subject, n.Rule, n.State, n.Why)))
	}
	slices.Sort(out)
	return out
}

func (o *office) deliveries() []Delivery {
	o.t.Helper()
	ds, err := Deliveries(context.Background(), o.DB, Filter{})
	if err != nil {
		o.t.Fatal(err)
	}
	return ds
}

func (o *office) exec(statement string, args ...any) sql.Result {
	o.t.Helper()
	return o.DB.MustExec(o.DB.Rebind(statement), args...)
}
