// Command lianxin-bench-river hands the reminders of the bench over by River, a job queue on PostgreSQL, so that its figures
// stand beside those of lianxin's notifier. lianxin-bench reminders --peer runs it (make bench-river); it is a module of its
// own, so that the product depends on none of this.
//
//	lianxin-bench-river migrate    River's tables in the order's database
//	lianxin-bench-river feed       the order's reminders as jobs
//	lianxin-bench-river work       one worker process, until standard input ends
//
// The order is JSON in the environment variable LIANXIN_BENCH_WORKER, as for the workers of the bench itself.
//
// River gets what its manual advises, and its best: jobs in batches over COPY, a queue for each channel, the job's number
// as the vendor's key, a question to the vendor before a second try where the vendor can be asked, and a rescue of stuck
// jobs after eight seconds, the notifier's own limit, instead of its default of an hour; and a look for jobs every 10 ms
// instead of 100, which would hold eight hand-overs at a time to 80 a second.
//
// # What River does otherwise, and what follows
//
//   - Its promise is at least once. A job that died between hand-over and its completion is run again, and a vendor
//     without key has the message twice; the notifier shows such a delivery as uncertain instead, and asks a person.
//     Running it again is right for most jobs and wrong for messages to people, so it was not taken.
//   - A stuck job is found by its start time: the rescue must come later than the longest hand-over, or a slow one that
//     lives is run twice. The notifier counts heartbeats of processes instead, so that the wait does not depend on the work.
//   - The rescuer and the scheduler run on one elected leader, every 30 s and every 5 s. The notifier has no leader: each
//     worker sweeps, and one at a time gets the lock.
//   - River is faster where all is due at once: on two busy cores, 3 workers and 8,000 reminders, 41,000 rows a second
//     entered against 14,000, 2,950 handed over against 2,070 (p99 2.7 s against 3.8 s). Its job is one row, entered by COPY;
//     a reminder is an obligation, an attempt, and the link of the two, on two engines, in the caller's transaction. COPY
//     was not taken: it is PostgreSQL's alone, and vendors' budgets end far below either figure. What was taken is the
//     completion in batches from arrays: one statement for all outcomes that are there.
//   - In the same run the notifier handed over what was entered when due in 58 ms (p99) against 216 ms, sent on under kills at
//     300 rows a second against 92 (to the last row), doubled none against 212, showed 340 as uncertain instead, and took
//     over from the dead in 11.8 s (p99) against 24.0 s.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// order is what the bench tells a process; those of its fields that matter here.
type order struct {
	URL   string `json:"url"`
	Name  string `json:"name"`
	Base  string `json:"base"` // of the mock vendors
	Lines []struct {
		Name string `json:"name"`
	} `json:"lines"`
	Timeout  int `json:"timeout_ms"`
	Parallel int `json:"parallel"`

	Feed struct {
		Subject string        `json:"subject"` // before the number
		From    int           `json:"from"`
		Until   int           `json:"until"`
		Share   []string      `json:"share"` // channel of the reminder i: Share[i % len]
		Due     time.Time     `json:"due"`   // zero: at once
		Every   time.Duration `json:"every"` // between two reminders' due instants
		Live    bool          `json:"live"`  // enter each at its instant, instead of all before
	} `json:"feed"`
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if len(os.Args) != 2 {
		return errors.New("lianxin-bench-river migrate|feed|work")
	}
	var o order
	if err := json.Unmarshal([]byte(os.Getenv("LIANXIN_BENCH_WORKER")), &o); err != nil {
		return fmt.Errorf("order of the worker: %w", err)
	}
	config, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return err
	}
	config.MaxConns = 12 // as the notifier's workers of the bench have
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return err
	}
	defer pool.Close()
	switch os.Args[1] {
	case "migrate":
		m, err := rivermigrate.New(riverpgxv5.New(pool), nil)
		if err != nil {
			return err
		}
		_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
		return err
	case "feed":
		return o.feed(ctx, pool)
	case "work":
		return o.work(ctx, pool)
	}
	return fmt.Errorf("no command %q", os.Args[1])
}

func (o order) client(pool *pgxpool.Pool, c *river.Config) (*river.Client[pgxTx], error) {
	c.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	if os.Getenv("LIANXIN_BENCH_LOG") != "" {
		c.Logger = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	return river.NewClient(riverpgxv5.New(pool), c)
}

// feed enters the order's reminders.
func (o order) feed(ctx context.Context, pool *pgxpool.Pool) error {
	client, err := o.client(pool, &river.Config{})
	if err != nil {
		return err
	}
	f := o.Feed
	const chunk = 2000
	for from := f.From; from < f.Until; {
		n := min(chunk, f.Until-from)
		if f.Live {
			n = 1
			time.Sleep(time.Until(f.Due.Add(f.Every * time.Duration(from))))
		}
		jobs := make([]river.InsertManyParams, n)
		for j := range jobs {
			i := from + j
			opts := &river.InsertOpts{Queue: f.Share[i%len(f.Share)], MaxAttempts: 25}
			if !f.Due.IsZero() && !f.Live {
				opts.ScheduledAt = f.Due.Add(f.Every * time.Duration(i))
			}
			jobs[j] = river.InsertManyParams{Args: reminder{Channel: opts.Queue, Subject: fmt.Sprintf("%s%07d", f.Subject, i)}, InsertOpts: opts}
		}
		if _, err := client.InsertManyFast(ctx, jobs); err != nil {
			return err
		}
		from += n
	}
	return nil
}

// work runs a worker until standard input ends.
func (o order) work(ctx context.Context, pool *pgxpool.Pool) error {
	w := newSender(o)
	workers := river.NewWorkers()
	river.AddWorker(workers, w)
	queues := map[string]river.QueueConfig{}
	for _, l := range o.Lines {
		queues[l.Name] = river.QueueConfig{MaxWorkers: max(o.Parallel, 1)}
	}
	client, err := o.client(pool, &river.Config{ID: fmt.Sprintf("%s-%d", o.Name, os.Getpid()), Queues: queues, Workers: workers,
		FetchCooldown: 10 * time.Millisecond, JobTimeout: rescueAfter, RescueStuckJobsAfter: rescueAfter})
	if err != nil {
		return err
	}
	if err := client.Start(ctx); err != nil {
		return err
	}
	w.swear(os.Stdin)
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return client.Stop(ctx)
}
