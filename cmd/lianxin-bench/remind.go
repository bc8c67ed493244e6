package main

import (
	"context"
	cryptorand "crypto/rand"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/migrations/dbtest"
	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
)

// remindCmd sends made reminders through worker processes that are killed, and counts at mock vendors what arrived.
type remindCmd struct {
	DB        string `required:"" help:"sqlite（临时文件）、postgres（临时服务器）或一个空的 PostgreSQL 库的地址。 sqlite and postgres are thrown away; or the URL of an empty PostgreSQL database."`
	Reminders int    `default:"10000" help:"提醒条数。 How many reminders."`
	Kills     int    `default:"100" help:"强杀工作进程的次数。 How many SIGKILLs of workers."`
	Workers   int    `default:"1" help:"同时工作的进程数。 Worker processes at a time."`
	Seed      uint64 `default:"1" help:"随机种子。 Seed of faults and kills."`
	Takeovers int    `default:"-1" help:"另测接手时间的强杀次数；-1 为 100，0 不测。 Kills for measuring take-over apart; -1 is 100, 0 none."`
	Morning   string `help:"改测早八点：none 不限额，vendor 按服务商限额。 The morning burst instead: without budgets or with the vendors'." enum:",none,vendor" default:""`
	Failover  string `help:"运行中重启（restart）或切换到备库（sync、async），自备临时服务器。 Restart the server or fail over to a standby meanwhile, on servers of our own." enum:",restart,sync,async" default:""`
	Peer      string `help:"与另一个队列同场比较：其工作程序（make bench-river）。 Beside another queue: its worker program."`
	Full      bool   `help:"SQLite 每次提交都落盘（断电不丢）。 SQLite with synchronous=FULL." default:"true" negatable:""`
	Timeout   int    `default:"5000" help:"一次发送的时限（毫秒），不明的两倍后查询。 Limit of one hand-over in ms."`
	Parallel  int    `default:"8" help:"每个渠道同时发送数。 Hand-overs at a time and channel."`

	event   func(context.Context, *providers) error // what befalls the server in the middle of the run; nil: nothing
	severed chan struct{}                           // closed when the event has begun: the last quarter is entered after that
	mu      sync.Mutex
	entered int // reminders whose transaction has committed
}

// tellFrom is how many reminders make a run so long that it tells how it goes.
const tellFrom = 50_000

// usual are the troubles that vendors make in a run.
var usual = faults{Down: 5, Limited: 1, CutBefore: 5, CutAfter: 10, Slow: 10}

// usualLines are a vendor that honours keys, one that can be asked later, and two that can do neither.
var usualLines = []lineSpec{{Name: "keyed"}, {Name: "asked"}, {Name: "plain"}, {Name: "mail"}}

// usualShare is how many of ten reminders go over each.
var usualShare = []string{"keyed", "keyed", "keyed", "keyed", "asked", "asked", "asked", "plain", "plain", "mail"}

// Run prints how the run went, and one line at its end.
func (c *remindCmd) Run(ctx context.Context, s *settings) error {
	if c.Reminders < 1 || c.Workers < 1 || c.Workers > 32 || c.Kills < 0 {
		return &planner.Error{Kind: planner.Invalid, Say: planner.Text{ZH: "条数和进程数至少为 1，进程数至多 32。", EN: "Give at least one reminder and 1 to 32 workers."}}
	}
	switch {
	case c.Peer != "":
		return c.beside(ctx, s)
	case c.Failover != "":
		return c.failover(ctx, s)
	case c.Morning != "":
		return c.morning(ctx, s)
	}
	url, cleanup, err := c.database(ctx)
	if err != nil {
		return err
	}
	defer cleanup()
	rep, err := c.soak(ctx, s, url)
	if err != nil {
		return err
	}
	if s.JSON {
		return s.writeJSON(rep)
	}
	fmt.Fprintln(s.out, rep.line())
	return rep.verdict()
}

// database makes or migrates the database.
func (c *remindCmd) database(ctx context.Context) (url string, cleanup func(), err error) {
	switch {
	case c.DB == "sqlite":
		dir, err := os.MkdirTemp("", "lianxin-bench-")
		if err != nil {
			return "", nil, err
		}
		url = "sqlite:" + filepath.Join(dir, "ledger.db")
		return url, func() { os.RemoveAll(dir) }, dbtest.Migrate(ctx, url)
	case c.DB == "postgres":
		cluster, err := dbtest.StartCluster("max_connections=100")
		if err != nil {
			return "", nil, &planner.Error{Kind: planner.Unavailable, Err: err, Say: planner.Text{ZH: "没有 PostgreSQL：apt-get install postgresql", EN: err.Error()}}
		}
		url, err = cluster.Database(ctx, "bench")
		return url, cluster.Remove, err
	case strings.HasPrefix(c.DB, "postgres://"):
		if err := dbtest.Migrate(ctx, c.DB); err != nil {
			return "", nil, err
		}
		return c.DB, func() {}, nil
	}
	return "", nil, &planner.Error{Kind: planner.Invalid, Say: planner.Text{ZH: "--db 是 sqlite、postgres 或 postgres:// 地址。", EN: "--db is sqlite, postgres, or a postgres:// URL."}}
}

// soakReport is what came of a run, by the vendors' count.
type soakReport struct {
	Due          int           `json:"due"`
	Handed       int           `json:"handed"`
	Lost         int           `json:"lost"`
	Doubled      int           `json:"doubled"`
	DoubledKeyed int           `json:"doubled_keyed"` // of these, at vendors that honour the key
	Uncertain    int           `json:"uncertain"`     // deliveries that only a person could settle, all listed
	TakeoverP99  time.Duration `json:"takeover_p99"`
	Takeovers    int           `json:"takeovers"`
	Killed       int           `json:"killed"`
	BySelf       int           `json:"killed_at_boundaries"`
	OldLeases    int           `json:"leases_older_than_60s"`
	Seconds      float64       `json:"seconds"`
	WorkerMB     int64         `json:"worker_mb"` // the largest worker's memory at its peak
}

func (r soakReport) line() string {
	takeover := "-"
	if r.Takeovers > 0 {
		takeover = fmt.Sprintf("%.1fs", r.TakeoverP99.Seconds())
	}
	return fmt.Sprintf("due %d handed %d lost %d doubled %d uncertain %d takeover_p99 %s", r.Due, r.Handed, r.Lost, r.Doubled, r.Uncertain, takeover)
}

// verdict fails the program if a promise was broken.
func (r soakReport) verdict() error {
	if r.Lost+r.Doubled+r.OldLeases > 0 || r.TakeoverP99 > 15*time.Second {
		return fmt.Errorf("%s; leases older than 60 s: %d", r.line(), r.OldLeases)
	}
	return nil
}

// soak is the run of kills.
func (c *remindCmd) soak(ctx context.Context, s *settings, url string) (rep soakReport, err error) {
	start := time.Now()
	p, err := startProviders(c.Reminders, c.Seed, usual)
	if err != nil {
		return rep, err
	}
	defer p.close()
	db, err := openLedger(url, c.Full)
	if err != nil {
		return rep, err
	}
	defer db.Close()
	workers := c.crew(p, url)
	done, finish := context.WithCancel(ctx)
	defer finish()
	crewed := make(chan error, 1)
	go func() {
		crewed <- workers.run(done, c.Workers)
		close(crewed) // whoever asks again is not kept waiting
	}()
	befell := make(chan error, 1)
	err = c.feed(ctx, db, workers.onTrack, func() { befell <- c.event(ctx, p) }, func(entered int, took time.Duration) {
		if c.Reminders >= tellFrom {
			s.note("%d entered, %d handed over, %d kills; this tenth took %.0f s", entered, p.count(), workers.deaths(), took.Seconds())
		}
	})
	if c.event != nil && err == nil {
		err = <-befell
	}
	var listed map[string]bool
	if err == nil {
		listed, err = settleAll(ctx, db, p, crewed)
	}
	finish()
	if ended := <-crewed; err == nil {
		err = ended
	}
	if err != nil {
		return rep, err
	}
	if err := db.GetContext(ctx, &rep.OldLeases, db.Rebind(`SELECT COUNT(*) FROM deliveries WHERE state = 'leased' AND changed_at < ?`),
		time.Now().Add(-time.Minute).UTC()); err != nil {
		return rep, err
	}
	t, _ := p.tally()
	for i, d := range p.twice {
		if i == 20 {
			s.note("  … %d more", len(p.twice)-i)
			break
		}
		s.note("  twice: r%07d over %s under %s, %.1f s after that key came first", d.Reminder, d.Channel, d.Key, d.Again.Sub(d.First).Seconds())
	}
	rep = soakReport{Due: c.Reminders, Handed: t.Handed, Lost: t.Missing, Doubled: t.Doubled, DoubledKeyed: t.DoubledKeyed, Uncertain: len(listed), Killed: workers.killed,
		BySelf: workers.bySelf, OldLeases: rep.OldLeases, Seconds: time.Since(start).Seconds(), WorkerMB: workers.peak >> 20}
	s.note("%d kills (%d at boundaries of states) in %.0f s, %.0f reminders a second, at most %d MB a worker", rep.Killed, rep.BySelf, rep.Seconds,
		float64(rep.Due)/rep.Seconds, rep.WorkerMB)
	if rep.Killed < c.Kills*9/10 {
		return rep, fmt.Errorf("only %d of %d kills happened: too few reminders for so many", rep.Killed, c.Kills)
	}
	if c.Takeovers != 0 {
		n := c.Takeovers
		if n < 0 {
			n = 100
		}
		rep.TakeoverP99, rep.Takeovers, err = c.takeover(ctx, s, url, n)
	}
	return rep, err
}

func (c *remindCmd) crew(p *providers, url string) *crew {
	return &crew{kills: c.Kills, random: rand.New(rand.NewPCG(c.Seed, 3)), pace: func() float64 { return float64(p.count()) / float64(c.Reminders) },
		order: order{URL: url, Base: p.base, Mail: p.mail, Lines: usualLines, Timeout: c.Timeout, Parallel: c.Parallel, Full: c.Full}}
}

// feed enters the reminders, which are due at once, as a program beside the workers would. It waits for the kills, so that
// all of them fall into the work. event happens half-way.
func (c *remindCmd) feed(ctx context.Context, db *sqlx.DB, onTrack func(share float64) bool, event func(), progress func(entered int, took time.Duration)) error {
	chunk := max(1, min(2000, c.Reminders/20)) // in small parts, so that the last one waits for nearly all kills on a slow machine too
	befell := c.event == nil
	tenth, began := max(1, c.Reminders/10), time.Now()
	for from := 0; from < c.Reminders; from += chunk {
		if !befell && from >= c.Reminders/2 {
			befell = true
			go event()
		}
		if c.event != nil && from >= c.Reminders*3/4 {
			select {
			case <-c.severed:
			case <-ctx.Done():
			}
		}
		for !onTrack(float64(from)/float64(c.Reminders)-0.05) && ctx.Err() == nil {
			time.Sleep(20 * time.Millisecond)
		}
		until := min(from+chunk, c.Reminders)
		if err := feedAs(ctx, db, from, until, share); err != nil {
			return err
		}
		c.mu.Lock()
		c.entered = until
		c.mu.Unlock()
		if progress != nil && until/tenth > from/tenth { // a run that slows down as the ledger grows shows it here
			progress(until, time.Since(began))
			began = time.Now()
		}
	}
	return nil
}

// share is the channel of a reminder.
func share(i int) string { return usualShare[i%len(usualShare)] }

// feedAs enters reminders from, …, until-1.
func feedAs(ctx context.Context, db *sqlx.DB, from, until int, channel func(i int) string) error {
	const chunk = 2000
	for from < until {
		n := min(chunk, until-from)
		now := time.Now()
		ns := make([]notifier.Notice, n)
		for j := range ns {
			i := from + j
			ns[j] = notifier.Notice{Recipient: fmt.Sprintf("%s-%07d", channel(i), i), Subject: fmt.Sprintf("r%07d", i), Rule: "bench", DueAt: now}
		}
		if err := enter(ctx, db, now, ns); err != nil {
			return err
		}
		from += n
	}
	return nil
}

// enter is one transaction, tried until it has committed: reminders are unique, so once more does no harm.
func enter(ctx context.Context, db *sqlx.DB, now time.Time, ns []notifier.Notice) error {
	var err error
	for try := 0; try < 100 && ctx.Err() == nil; try++ {
		if err = enterOnce(ctx, db, now, ns); err == nil {
			return nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	return errors.Join(err, ctx.Err())
}

func enterOnce(ctx context.Context, db *sqlx.DB, now time.Time, ns []notifier.Notice) error {
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	if _, err := notifier.Enqueue(ctx, tx, now, cryptorand.Text, ns...); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

// settleAll waits until nothing is open. Deliveries that nobody can know about are listed, and settled as a person would
// who asks the recipient: by what the vendor has. If nothing moves for stillFor, it says what is stuck: a reminder that is never sent
// is lost.
func settleAll(ctx context.Context, db *sqlx.DB, p *providers, crewed <-chan error) (listed map[string]bool, err error) {
	listed = map[string]bool{}
	l := benchLedger(db)
	failures := 0
	type sight struct{ open, uncertain, handed int }
	var last sight
	moved := time.Now()
	for ctx.Err() == nil {
		select {
		case err := <-crewed:
			return nil, errors.Join(errors.New("the workers ended"), err)
		case <-time.After(300 * time.Millisecond):
		}
		var open int
		if err := db.GetContext(ctx, &open, `SELECT (SELECT COUNT(*) FROM notices WHERE state = 'scheduled') +
			(SELECT COUNT(*) FROM deliveries WHERE state = 'ready') + (SELECT COUNT(*) FROM deliveries WHERE state = 'leased')`); err != nil {
			if failures++; failures > 100 {
				return nil, err
			}
			continue // the server is away
		}
		var ds []struct {
			ID     string        `db:"id"`
			NextAt civil.Instant `db:"next_at"`
		}
		if err := db.SelectContext(ctx, &ds, `SELECT id, next_at FROM deliveries WHERE state = 'uncertain'`); err != nil { // by its index
			continue
		}
		if open == 0 && len(ds) == 0 {
			return listed, nil
		}
		if now := (sight{open, len(ds), p.count()}); now != last {
			last, moved = now, time.Now()
		} else if time.Since(moved) > stillFor {
			return nil, fmt.Errorf("nothing has moved for %v: %s", stillFor, stuck(ctx, db))
		}
		for _, d := range ds {
			if d.NextAt.Year() < 9000 {
				continue // the worker has not looked into it yet
			}
			_, arrived := p.has(d.ID)
			if err := l.Resolve(ctx, d.ID, arrived); err != nil && !errors.Is(err, notifier.ErrSettled) {
				return nil, err
			}
			listed[d.ID] = true
		}
	}
	return nil, ctx.Err()
}

// stillFor is longer than any wait that a worker, a breaker or a take-over imposes.
const stillFor = 3 * time.Minute

// stuck says in one line what is open in the ledger, and whose.
func stuck(ctx context.Context, db *sqlx.DB) string {
	var parts []string
	for _, q := range []string{`SELECT COUNT(*) || ' notices scheduled' FROM notices WHERE state = 'scheduled'`,
		`SELECT COUNT(*) || ' deliveries of ' || channel || ' ' || state || ' ' || COALESCE(worker, '') || ' ' || COALESCE(CAST(epoch AS text), '')
			FROM deliveries WHERE state IN ('ready', 'leased', 'uncertain') GROUP BY channel, state, worker, epoch ORDER BY 1`,
		`SELECT 'worker ' || name || ' ' || epoch || ' alive ' || CAST(alive AS text) FROM notifier_workers ORDER BY name`} {
		var lines []string
		if err := db.SelectContext(ctx, &lines, q); err != nil {
			lines = []string{err.Error()}
		}
		parts = append(parts, lines...)
	}
	return strings.Join(parts, "; ")
}

// quantile of sorted durations.
func quantile(ds []time.Duration, q float64) time.Duration {
	if len(ds) == 0 {
		return 0
	}
	slices.Sort(ds)
	return ds[min(int(float64(len(ds))*q), len(ds)-1)]
}

func (s *settings) note(format string, args ...any) {
	if !s.JSON {
		fmt.Fprintf(s.out, format+"\n", args...)
	}
}
