package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
)

// riverPeer is River, in a program of its own.
type riverPeer struct {
	program, url string
	db           *sqlx.DB
	cmd          *remindCmd
	rounds       int
}

func (r *riverPeer) contender() contender {
	return contender{name: "River", argv: []string{r.program, "work"}, settle: r.settle, takeover: r.takeover,
		feed: func(ctx context.Context, b batch) error { return r.run(ctx, "feed", &b) }}
}

// run runs a command of the program to its end.
func (r *riverPeer) run(ctx context.Context, command string, b *batch) error {
	o, err := json.Marshal(order{URL: r.url, Feed: b})
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, r.program, command)
	cmd.Env = append(os.Environ(), orderEnv+"="+string(o))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", r.program, command, err, out)
	}
	return nil
}

// settle waits until no job is open.
func (r *riverPeer) settle(ctx context.Context, _ *providers, crewed <-chan error) (int, error) {
	for {
		select {
		case err := <-crewed:
			return 0, fmt.Errorf("the workers ended: %w", err)
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(300 * time.Millisecond):
		}
		var open int
		err := r.db.GetContext(ctx, &open, `SELECT COUNT(*) FROM river_job WHERE state NOT IN ('completed', 'cancelled', 'discarded')`)
		if err != nil || open == 0 {
			return 0, err
		}
	}
}

// takeover is remindCmd.takeovers for River.
func (r *riverPeer) takeover(ctx context.Context, n int) (p50, p99 time.Duration, err error) {
	p, err := startProviders(0, r.cmd.Seed, faults{})
	if err != nil {
		return 0, 0, err
	}
	defer p.close()
	var all []time.Duration
	for dead := 0; dead < n; {
		times, killed, err := r.takeoverRound(ctx, p, n-dead)
		if err != nil {
			return 0, 0, err
		}
		if killed == 0 {
			return 0, 0, fmt.Errorf("no worker held a job")
		}
		all, dead = append(all, times...), dead+killed
	}
	return quantile(all, 0.5), quantile(all, 0.99), nil
}

// heldJob is a job in a worker's hands, or open.
type heldJob struct {
	ID            int64
	Worker, State string
}

func (r *riverPeer) held(ctx context.Context) (jobs []heldJob, err error) {
	return jobs, r.db.SelectContext(ctx, &jobs, `SELECT id, COALESCE(attempted_by[array_upper(attempted_by, 1)], '') AS worker, state
		FROM river_job WHERE state NOT IN ('completed', 'cancelled', 'discarded')`)
}

func (r *riverPeer) takeoverRound(ctx context.Context, p *providers, wanted int) (times []time.Duration, killed int, err error) {
	r.rounds++
	p.slow("keyed", 300*time.Millisecond)
	k := r.cmd.crew(p, r.url)
	k.argv = []string{r.program, "work"}
	var stderr bytes.Buffer
	workers := map[string]*hand{}
	victims := min(takeoverCrew-takeoverHeirs, wanted)
	for i := range victims + takeoverHeirs {
		o := k.order
		o.Name, o.Lines = fmt.Sprintf("t%d.%d", r.rounds, i), peerLines[:1]
		cmd, err := k.start(o, &stderr)
		if err != nil {
			return nil, 0, err
		}
		workers[o.Name] = cmd
		defer func() { cmd.in.Close(); _ = cmd.Wait() }()
	}
	time.Sleep(warmUp)
	if err := r.run(ctx, "feed", &batch{Subject: "t", Until: 3000, Share: []string{"keyed"}}); err != nil {
		return nil, 0, err
	}
	time.Sleep(500 * time.Millisecond) // all hold jobs by now
	died := map[string]time.Time{}
	for i := range victims {
		name := fmt.Sprintf("t%d.%d", r.rounds, i+takeoverHeirs)
		_ = workers[name].Process.Kill()
		died[name] = time.Now()
	}
	p.slow("keyed", 0)
	jobs, err := r.held(ctx)
	if err != nil {
		return nil, 0, err
	}
	open, holders := map[int64]heldJob{}, map[string]bool{}
	for _, j := range jobs {
		name, _, _ := strings.Cut(j.Worker, "-") // a process's number follows
		if _, dead := died[name]; dead && j.State == "running" {
			open[j.ID], holders[name] = j, true
		}
	}
	for deadline := time.Now().Add(3 * time.Minute); len(open) > 0; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			return nil, 0, fmt.Errorf("%d jobs of dead workers are not taken over after three minutes: %s", len(open), stderr.String())
		}
		if jobs, err = r.held(ctx); err != nil {
			return nil, 0, err
		}
		now, waiting := time.Now(), map[int64]bool{}
		for _, j := range jobs {
			waiting[j.ID] = j.State != "running" || j.Worker == open[j.ID].Worker
		}
		for id, j := range open {
			if !waiting[id] {
				name, _, _ := strings.Cut(j.Worker, "-")
				times = append(times, now.Sub(died[name]))
				delete(open, id)
			}
		}
	}
	return times, len(holders), nil
}
