package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/notifier"
	"lianxin/planner"
)

// batch is a number of reminders to be entered.
type batch struct {
	Subject string        `json:"subject"` // before the number: r is counted by the vendors
	From    int           `json:"from"`
	Until   int           `json:"until"`
	Share   []string      `json:"share"` // channel of the reminder i: Share[i % len]
	Due     time.Time     `json:"due"`   // of the reminder 0; zero: all at once
	Every   time.Duration `json:"every"` // between two reminders' due instants
	Live    bool          `json:"live"`  // enter each at its instant, instead of all before
}

func (b batch) due(i int) time.Time {
	if b.Due.IsZero() {
		return time.Now()
	}
	return b.Due.Add(b.Every * time.Duration(i))
}

// Both queues of the comparison have a vendor that honours keys, one that can be asked, and one that can do neither.
var (
	peerLines = []lineSpec{{Name: "keyed"}, {Name: "asked"}, {Name: "plain"}}
	peerShare = []string{"keyed", "keyed", "keyed", "keyed", "keyed", "asked", "asked", "asked", "plain", "plain"}
)

// contender is one of the two queues.
type contender struct {
	name     string
	feed     func(context.Context, batch) error
	argv     []string // of its worker; none: ours
	settle   func(ctx context.Context, p *providers, crewed <-chan error) (uncertain int, err error)
	takeover func(ctx context.Context, n int) (p50, p99 time.Duration, err error)
}

// figures are what a contender did.
type figures struct {
	Queue       string        `json:"queue"`
	Entered     float64       `json:"entered_per_second"` // rows, River's including the start of its program
	RowsSecond  float64       `json:"rows_per_second"`    // reminders due at one instant
	BurstP50    time.Duration `json:"burst_p50"`
	BurstP99    time.Duration `json:"burst_p99"`
	PlannedP50  time.Duration `json:"planned_p50"` // entered before, due one after the other
	PlannedP99  time.Duration `json:"planned_p99"`
	LiveP50     time.Duration `json:"live_p50"` // entered when due
	LiveP99     time.Duration `json:"live_p99"`
	Killed      int           `json:"killed"`
	KillRows    float64       `json:"rows_per_second_under_kills"`
	Lost        int           `json:"lost"`
	Doubled     int           `json:"doubled"`
	Uncertain   int           `json:"uncertain"` // shown to a person
	TakeoverP50 time.Duration `json:"takeover_p50"`
	TakeoverP99 time.Duration `json:"takeover_p99"`
}

const (
	calmReminders = 500 // of the two runs without a queue building up
	calmEvery     = 20 * time.Millisecond
	warmUp        = 8 * time.Second // a leader is elected, workers have registered
)

// beside runs the same work over our queue and a peer's, on the same database and mock vendors, one after the other.
func (c *remindCmd) beside(ctx context.Context, s *settings) error {
	if c.DB == "sqlite" {
		return &planner.Error{Kind: planner.Invalid, Say: planner.Text{ZH: "River 只用 PostgreSQL：--db postgres 或地址。", EN: "River has PostgreSQL only: --db postgres or a URL."}}
	}
	if _, err := os.Stat(c.Peer); err != nil {
		return &planner.Error{Kind: planner.Unavailable, Err: err, Say: planner.Text{ZH: "没有这个程序，请先 make bench-river：" + c.Peer, EN: "no such program, run make bench-river first: " + c.Peer}}
	}
	url, cleanup, err := c.database(ctx)
	if err != nil {
		return err
	}
	defer cleanup()
	db, err := openLedger(url, true)
	if err != nil {
		return err
	}
	defer db.Close()
	r := &riverPeer{program: c.Peer, url: url, db: db, cmd: c}
	if err := r.run(ctx, "migrate", nil); err != nil {
		return err
	}
	var all []figures
	for _, x := range []contender{c.ours(s, db, url), r.contender()} {
		f, err := c.contend(ctx, s, x, url)
		if err != nil {
			return fmt.Errorf("%s: %w", x.name, err)
		}
		all = append(all, f)
	}
	if s.JSON {
		return s.writeJSON(all)
	}
	c.compare(s, all[0], all[1])
	return nil
}

// ours is the notifier as a contender.
func (c *remindCmd) ours(s *settings, db *sqlx.DB, url string) contender {
	round := 0
	return contender{name: "lianxin",
		feed: func(ctx context.Context, b batch) error {
			if b.From == 0 {
				round++ // a person gets a few messages a day: others each round
			}
			for from := b.From; from < b.Until; {
				n := min(2000, b.Until-from)
				if b.Live {
					n = 1
					time.Sleep(time.Until(b.due(from)))
				}
				ns := make([]notifier.Notice, n)
				for j := range ns {
					i := from + j
					ns[j] = notifier.Notice{Recipient: fmt.Sprintf("%s-%d-%07d", b.Share[i%len(b.Share)], round, i),
						Subject: fmt.Sprintf("%s%07d", b.Subject, i), Rule: "bench", DueAt: b.due(i)}
				}
				if err := enter(ctx, db, time.Now(), ns); err != nil {
					return err
				}
				from += n
			}
			return nil
		},
		settle: func(ctx context.Context, p *providers, crewed <-chan error) (int, error) {
			listed, err := settleAll(ctx, db, p, crewed)
			return len(listed), err
		},
		takeover: func(ctx context.Context, n int) (time.Duration, time.Duration, error) {
			times, _, err := c.takeovers(ctx, s, url, n)
			return quantile(times, 0.5), quantile(times, 0.99), err
		},
	}
}

// contend measures one contender.
func (c *remindCmd) contend(ctx context.Context, s *settings, x contender, url string) (f figures, err error) {
	f.Queue = x.name
	s.note("%s: %d reminders due at one instant", x.name, c.Reminders)
	lead := warmUp + time.Duration(c.Reminders)*time.Second/2000 // for entering them
	p, entering, err := c.calm(ctx, x, url, batch{Until: c.Reminders, Due: time.Now().Add(lead)})
	if err != nil {
		return f, err
	}
	f.Entered = float64(c.Reminders) / entering.Seconds()
	f.RowsSecond = float64(c.Reminders) / p.last.Sub(p.due).Seconds()
	f.BurstP50, f.BurstP99 = quantile(p.late, 0.5), quantile(p.late, 0.99)
	s.note("%s: %d reminders, one every %v: entered before, then each at its instant", x.name, calmReminders, calmEvery)
	if p, _, err = c.calm(ctx, x, url, batch{Until: calmReminders, Due: time.Now().Add(warmUp), Every: calmEvery}); err != nil {
		return f, err
	}
	f.PlannedP50, f.PlannedP99 = quantile(p.late, 0.5), quantile(p.late, 0.99)
	if p, _, err = c.calm(ctx, x, url, batch{Until: calmReminders, Due: time.Now().Add(warmUp), Every: calmEvery, Live: true}); err != nil {
		return f, err
	}
	f.LiveP50, f.LiveP99 = quantile(p.late, 0.5), quantile(p.late, 0.99)
	s.note("%s: %d reminders under %d kills", x.name, c.Reminders, c.Kills)
	if err := c.underKills(ctx, x, url, &f); err != nil {
		return f, err
	}
	n := c.Takeovers
	if n < 0 {
		n = 20
	}
	if n > 0 {
		s.note("%s: take-over from %d killed workers", x.name, n)
		f.TakeoverP50, f.TakeoverP99, err = x.takeover(ctx, n)
	}
	return f, err
}

// staff starts workers of the contender; finish ends them.
func (c *remindCmd) staff(ctx context.Context, x contender, p *providers, url string, kills int) (k *crew, crewed chan error, finish func()) {
	k = c.crew(p, url)
	k.argv, k.kills, k.order.Lines = x.argv, kills, peerLines
	working, stop := context.WithCancel(ctx)
	crewed = make(chan error, 1)
	go func() {
		crewed <- k.run(working, c.Workers)
		close(crewed)
	}()
	return k, crewed, stop
}

// calm sends a batch without faults or kills, and says how long entering it took.
func (c *remindCmd) calm(ctx context.Context, x contender, url string, b batch) (p *providers, entering time.Duration, err error) {
	if p, err = startProviders(b.Until, c.Seed, faults{}); err != nil {
		return nil, 0, err
	}
	defer p.close()
	b.Subject, b.Share = "r", peerShare
	p.keep, p.due, p.every = true, b.Due, b.Every
	if !b.Live {
		start := time.Now()
		if err := x.feed(ctx, b); err != nil {
			return nil, 0, err
		}
		entering = time.Since(start)
		if time.Now().After(b.Due) {
			return nil, 0, fmt.Errorf("%d reminders were not entered before they were due", b.Until)
		}
	}
	_, crewed, finish := c.staff(ctx, x, p, url, 0)
	if b.Live {
		err = x.feed(ctx, b)
	}
	if err == nil {
		_, err = x.settle(ctx, p, crewed)
	}
	finish()
	if ended := <-crewed; err == nil {
		err = ended
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil && p.handed < b.Until {
		err = fmt.Errorf("%d of %d reminders arrived without any fault", p.handed, b.Until)
	}
	return p, entering, err
}

// underKills sends reminders over vendors with faults by workers that are killed, and counts what was lost and doubled.
func (c *remindCmd) underKills(ctx context.Context, x contender, url string, f *figures) error {
	p, err := startProviders(c.Reminders, c.Seed, usual)
	if err != nil {
		return err
	}
	defer p.close()
	start := time.Now()
	k, crewed, finish := c.staff(ctx, x, p, url, c.Kills)
	chunk := max(c.Reminders/20, 1)
	for from := 0; from < c.Reminders && err == nil; from += chunk {
		for !k.onTrack(float64(from)/float64(c.Reminders)-0.05) && ctx.Err() == nil {
			time.Sleep(20 * time.Millisecond)
		}
		err = x.feed(ctx, batch{Subject: "r", From: from, Until: min(from+chunk, c.Reminders), Share: peerShare})
	}
	if err == nil {
		f.Uncertain, err = x.settle(ctx, p, crewed)
	}
	finish()
	if ended := <-crewed; err == nil {
		err = ended
	}
	if err != nil {
		return err
	}
	t, _ := p.tally()
	f.Killed, f.Lost, f.Doubled = k.killed, t.Missing, t.Doubled
	f.KillRows = float64(t.Handed) / p.last.Sub(start).Seconds()
	if f.Killed < c.Kills*9/10 {
		return fmt.Errorf("only %d of %d kills happened: too few reminders for so many", f.Killed, c.Kills)
	}
	return nil
}

// compare prints the table.
func (c *remindCmd) compare(s *settings, a, b figures) {
	s.note("%-46s %12s %12s %8s", fmt.Sprintf("%d reminders, %d workers", c.Reminders, c.Workers), a.Queue, b.Queue, "ratio")
	line := func(what, format string, x, y float64) {
		ratio := "-"
		if y != 0 {
			ratio = fmt.Sprintf("%.2f", x/y)
		}
		s.note("%-46s %12s %12s %8s", what, fmt.Sprintf(format, x), fmt.Sprintf(format, y), ratio)
	}
	ms := func(what string, x, y time.Duration) { line(what, "%.0f ms", x.Seconds()*1000, y.Seconds()*1000) }
	line("rows/s entered", "%.0f", a.Entered, b.Entered)
	line("rows/s, all due at once", "%.0f", a.RowsSecond, b.RowsSecond)
	ms("due to hand-over, all due at once, p50", a.BurstP50, b.BurstP50)
	ms("due to hand-over, all due at once, p99", a.BurstP99, b.BurstP99)
	ms("due to hand-over, entered before, p50", a.PlannedP50, b.PlannedP50)
	ms("due to hand-over, entered before, p99", a.PlannedP99, b.PlannedP99)
	ms("due to hand-over, entered when due, p50", a.LiveP50, b.LiveP50)
	ms("due to hand-over, entered when due, p99", a.LiveP99, b.LiveP99)
	line("kills", "%.0f", float64(a.Killed), float64(b.Killed))
	line("rows/s under kills, to the last row", "%.0f", a.KillRows, b.KillRows)
	line("lost", "%.0f", float64(a.Lost), float64(b.Lost))
	line("doubled", "%.0f", float64(a.Doubled), float64(b.Doubled))
	line("uncertain, shown to a person", "%.0f", float64(a.Uncertain), float64(b.Uncertain))
	ms("take-over from a killed worker, p50", a.TakeoverP50, b.TakeoverP50)
	ms("take-over from a killed worker, p99", a.TakeoverP99, b.TakeoverP99)
}
