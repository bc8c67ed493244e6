package main

import (
	"bytes"
	"context"
	cryptorand "crypto/rand"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/notifier"
)

const takeoverCrew, takeoverHeirs = 12, 2 // workers in a round, and how many of them live on

// takeover measures how long after a worker's death its leases are in others' hands, and returns the 99th percentile over
// the leases of n dead workers.
func (c *remindCmd) takeover(ctx context.Context, s *settings, url string, n int) (p99 time.Duration, dead int, err error) {
	all, dead, err := c.takeovers(ctx, s, url, n)
	return quantile(all, 0.99), dead, err
}

// takeovers measures with the heartbeats of the product: rounds of workers over a slow vendor, of which all but two are
// killed at once.
func (c *remindCmd) takeovers(ctx context.Context, s *settings, url string, n int) (all []time.Duration, dead int, err error) {
	p, err := startProviders(0, c.Seed, faults{})
	if err != nil {
		return nil, 0, err
	}
	defer p.close()
	db, err := openLedger(url, c.Full)
	if err != nil {
		return nil, 0, err
	}
	defer db.Close()
	for round := 0; dead < n; round++ {
		times, killed, err := c.takeoverRound(ctx, db, p, url, round, n-dead)
		if err != nil {
			return nil, dead, err
		}
		if killed == 0 {
			return nil, dead, fmt.Errorf("no worker held a lease in round %d", round)
		}
		all = append(all, times...)
		dead += killed
	}
	s.note("take-over of %d leases of %d killed workers: median %.1f s, p99 %.1f s, most %.1f s", len(all), dead,
		quantile(all, 0.5).Seconds(), quantile(all, 0.99).Seconds(), slices.Max(all).Seconds())
	return all, dead, nil
}

func (c *remindCmd) takeoverRound(ctx context.Context, db *sqlx.DB, p *providers, url string, round, wanted int) (times []time.Duration, killed int, err error) {
	ns := make([]notifier.Notice, 600)
	for i := range ns {
		ns[i] = notifier.Notice{Recipient: fmt.Sprintf("keyed-t%d-%d", round, i), Subject: fmt.Sprintf("t%d-%d", round, i), Rule: "takeover", DueAt: time.Now()}
	}
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return nil, 0, err
	}
	if _, err := notifier.Enqueue(ctx, tx, time.Now(), cryptorand.Text, ns...); err != nil {
		return nil, 0, err
	}
	if err := tx.Commit(); err != nil {
		return nil, 0, err
	}
	p.slow("keyed", 300*time.Millisecond)
	crew := c.crew(p, url)
	var stderr bytes.Buffer
	workers := map[string]*hand{}
	victims := min(takeoverCrew-takeoverHeirs, wanted)
	for i := range victims + takeoverHeirs {
		o := crew.order
		o.Name, o.Lines = fmt.Sprintf("t%d-%d", round, i), []lineSpec{{Name: "keyed"}}
		cmd, err := crew.start(o, &stderr)
		if err != nil {
			return nil, 0, err
		}
		workers[o.Name] = cmd
		defer func() { cmd.in.Close(); _ = cmd.Wait() }()
	}
	// Let all of them claim and be seen by the others.
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		var holders int
		if err := db.GetContext(ctx, &holders, `SELECT COUNT(DISTINCT worker) FROM deliveries WHERE state = 'leased'`); err != nil {
			return nil, 0, err
		}
		if holders >= victims || time.Now().After(deadline) {
			break
		}
	}
	died := map[string]time.Time{}
	for i := range victims {
		name := fmt.Sprintf("t%d-%d", round, i+takeoverHeirs)
		_ = workers[name].Process.Kill()
		died[name] = time.Now()
	}
	p.slow("keyed", 0)          // the heirs are not to queue
	open := map[string]string{} // delivery → its dead worker
	holders := map[string]bool{}
	type row struct{ ID, Worker, State string }
	var rows []row
	if err := db.SelectContext(ctx, &rows, `SELECT id, worker, state FROM deliveries WHERE state = 'leased'`); err != nil {
		return nil, 0, err
	}
	for _, r := range rows {
		if _, dead := died[r.Worker]; dead {
			open[r.ID] = r.Worker
			holders[r.Worker] = true
		}
	}
	for deadline := time.Now().Add(time.Minute); len(open) > 0; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			return nil, 0, fmt.Errorf("%d leases of dead workers are not taken over after a minute: %s", len(open), stderr.String())
		}
		rows = nil
		if err := db.SelectContext(ctx, &rows, `SELECT id, COALESCE(worker, '') AS worker, state FROM deliveries WHERE state IN ('leased', 'ready')`); err != nil {
			return nil, 0, err
		}
		now := time.Now()
		waiting := map[string]bool{}
		for _, r := range rows {
			waiting[r.ID] = r.State == "ready" || open[r.ID] == r.Worker
		}
		for id, worker := range open {
			if !waiting[id] {
				times = append(times, now.Sub(died[worker]))
				delete(open, id)
			}
		}
	}
	return times, len(holders), nil
}
