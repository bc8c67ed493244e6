package notifier

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/robfig/cron/v3"
)

var (
	// ErrFenced says that another process has taken this worker's name: it must stop, its leases are void.
	ErrFenced = errors.New("notifier: another process runs under this worker's name")

	// ErrSettled says that a delivery is not uncertain.
	ErrSettled = errors.New("notifier: the delivery is not uncertain")
)

// Worker claims deliveries, hands them to channels and records what came of it. Each channel has a loop of its own, so
// that a dead provider delays nobody else.
type Worker struct {
	Ledger    *Ledger
	Channels  []Channel
	Name      string        // the same after a restart, different in each replica: a restart takes its leases back at once; empty: the machine's name
	Schedules []Schedule    // of the caller's
	Poll      time.Duration // longest sleep between two looks at the ledger; zero: 2 s
	Parallel  int           // hand-overs at a time and channel; zero: 8
	Timeout   time.Duration // of one hand-over; after twice that an uncertain one is looked into; zero: 30 s
	Listen    string        // URL of the PostgreSQL database, to be woken by its notifications; empty: Poll alone wakes

	Trace func(step string) // called at each boundary of states, for tests that kill a worker there; nil: none

	mu      sync.Mutex
	lanes   map[string]*lane
	permits inHand
	wake    func()           // wakes the lanes while Run runs
	errors  map[string]error // what does not work at present, by what was done

	wroteOff time.Time // by the ledger's clock

	dead  time.Duration // for tests; zero: deadAfter
	beats time.Duration // for tests; zero: beatEvery
}

// Outcome counts what a run did.
type Outcome struct {
	Swept     Swept
	Handed    int // taken by a provider, delivered ones included
	Failed    int // refused or tried often enough; the next channel follows, if there is one
	Retried   int // put back for a later try
	Uncertain int
	Withdrawn int
	Fenced    int // outcomes that came too late: the lease was another's by then
}

// RunOnce does what is due now and returns when nothing is left that could be done now.
func (w *Worker) RunOnce(ctx context.Context) (out Outcome, err error) {
	if err := w.check(); err != nil {
		return out, err
	}
	t, err := w.begin(ctx)
	if err != nil {
		return out, err
	}
	work, cancel := context.WithCancelCause(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { w.beatLoop(work, t, cancel) })
	defer func() {
		cancel(nil)
		wg.Wait()
		err = errors.Join(err, t.end(context.WithoutCancel(ctx)))
	}()
	if err := w.serveSchedules(work); err != nil {
		return out, err
	}
	for {
		round, err := w.round(work, t)
		out.add(round)
		switch cause := context.Cause(work); {
		case ctx.Err() != nil:
			return out, ctx.Err()
		case cause != nil:
			return out, cause
		case err != nil:
			return out, err
		case round.Handed+round.Failed+round.Swept.Messages+round.Swept.Due == 0:
			return out, nil
		}
	}
}

// round sweeps once and drains each channel once, all channels side by side.
func (w *Worker) round(ctx context.Context, t *tenure) (Outcome, error) {
	var out Outcome
	if err := w.sweep(ctx, &out.Swept, func() {}); err != nil {
		return out, err
	}
	outs, errs := make([]Outcome, len(w.Channels)), make([]error, len(w.Channels))
	var wg sync.WaitGroup
	for i, c := range w.Channels {
		wg.Go(func() { outs[i], _, errs[i] = w.serve(ctx, t, c) })
	}
	wg.Wait()
	for _, o := range outs {
		out.add(o)
	}
	return out, errors.Join(errs...)
}

// sweep frees the leases of the dead and turns what is due into deliveries.
func (w *Worker) sweep(ctx context.Context, s *Swept, progress func()) error {
	if err := w.freeOrphans(ctx); err != nil {
		return err
	}
	swept, err := w.Ledger.sweep(ctx, w.mayWriteOff(), progress)
	*s = swept
	w.step("swept")
	return err
}

// mayWriteOff reports whether this sweep looks for what is of no more use: that reads all deliveries that wait, a hundred thousand
// on a bad morning, and what is two hours late may be half a minute later.
func (w *Worker) mayWriteOff() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.Ledger.Now()
	if d := now.Sub(w.wroteOff); d >= 0 && d < writeOffEvery {
		return false
	}
	w.wroteOff = now
	return true
}

// serve does what a channel has to do now, and says when it has more to do; zero: when it is woken.
func (w *Worker) serve(ctx context.Context, t *tenure, c Channel) (Outcome, time.Duration, error) {
	n := w.lane(c)
	out, more, err := w.settle(ctx, n)
	if err != nil {
		return out, 0, err
	}
	drained, next, err := w.drain(ctx, t, n)
	out.add(drained)
	if more {
		next = time.Millisecond
	}
	return out, next, err
}

// Run works until ctx ends. It returns nil then, [ErrFenced] if another process took the name. A database that cannot
// be reached, at the start or later, is logged, shown by [Worker.Trouble] and tried again.
func (w *Worker) Run(ctx context.Context) error {
	if err := w.check(); err != nil {
		return err
	}
	times := make([]cron.Schedule, len(w.Schedules))
	for i, s := range w.Schedules {
		var err error
		if times[i], err = ParseTimes(s.Spec, w.Ledger.Zone, w.Ledger.workday); err != nil {
			return err
		}
	}
	t := w.beginAtLast(ctx)
	if t == nil {
		return nil
	}
	work, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	sweep := make(chan struct{}, 1)
	ready := make([]chan struct{}, len(w.Channels))
	var wg sync.WaitGroup
	for i, c := range w.Channels {
		ready[i] = make(chan struct{}, 1)
		wg.Go(func() {
			w.loop(work, ready[i], w.poll(), "serve channel "+c.Name(), func() (time.Duration, error) {
				out, next, err := w.serve(work, t, c)
				w.report(c.Name(), out)
				return next, err
			})
		})
	}
	wake := func() {
		for _, r := range ready {
			nudge(r)
		}
	}
	w.mu.Lock()
	w.wake = wake
	w.mu.Unlock()
	wg.Go(func() {
		w.loop(work, sweep, w.poll(), "sweep", func() (time.Duration, error) {
			var s Swept
			err := w.sweep(work, &s, wake)
			wake()
			return 0, err
		})
	})
	wg.Go(func() { w.listen(work, func() { nudge(sweep) }, wake) })
	wg.Go(func() { w.beatLoop(work, t, cancel) })
	for i, s := range w.Schedules {
		started := false
		wg.Go(func() {
			w.loop(work, nil, scheduleCheck, "schedule "+s.Spec, func() (time.Duration, error) {
				wait, err := w.Ledger.serveSchedule(work, s, times[i], started)
				started = true
				nudge(sweep)
				return wait, err
			})
		})
	}
	<-work.Done()
	wg.Wait()
	if cause := context.Cause(work); errors.Is(cause, ErrFenced) {
		return cause
	}
	quiet, done := context.WithTimeout(context.WithoutCancel(ctx), endPatience)
	defer done()
	if err := t.end(quiet); err != nil { // the database is away; the others, or the next start, free what is ours
		w.Ledger.logger().Warn("the worker ends without saying so", "worker", w.Name, "error", err)
	}
	return nil
}

// loop runs fn at once, then whenever it is woken, has slept for poll (if that is positive), or for as long as fn asked.
func (w *Worker) loop(ctx context.Context, wake <-chan struct{}, poll time.Duration, doing string, fn func() (time.Duration, error)) {
	for {
		next, err := fn()
		w.note(doing, err)
		if err != nil && ctx.Err() == nil {
			w.Ledger.logger().Error("the worker goes on after an error", "worker", w.Name, "doing", doing, "error", err)
		}
		if poll > 0 && (next <= 0 || next > poll) {
			next = poll
		}
		var tick <-chan time.Time
		if next > 0 {
			tick = time.After(max(next, time.Millisecond))
		}
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-tick:
		}
	}
}

// beatLoop keeps the name. It ends the work if another process has it.
func (w *Worker) beatLoop(ctx context.Context, t *tenure, cancel context.CancelCauseFunc) {
	every := w.beats
	if every <= 0 {
		every = beatEvery
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		beating, done := context.WithTimeout(ctx, w.deadAfter())
		err := t.heartbeat(beating)
		done()
		w.note("heartbeat", err)
		switch {
		case errors.Is(err, ErrFenced):
			cancel(err)
			return
		case err != nil && ctx.Err() == nil:
			w.Ledger.logger().Error("no heartbeat", "worker", w.Name, "error", err)
		}
	}
}

func (w *Worker) report(channel string, o Outcome) {
	if o != (Outcome{}) {
		w.Ledger.logger().Info("messages", "worker", w.Name, "channel", channel, "handed", o.Handed, "failed", o.Failed,
			"retried", o.Retried, "uncertain", o.Uncertain, "withdrawn", o.Withdrawn, "fenced", o.Fenced)
	}
}

func nudge(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default: // a wake is pending already
	}
}

func (w *Worker) poll() time.Duration {
	if w.Poll <= 0 {
		return 2 * time.Second
	}
	return w.Poll
}

// check refuses a worker that is wired wrongly.
func (w *Worker) check() error {
	l := w.Ledger
	if l == nil || l.DB == nil || l.Zone == nil || l.Now == nil || l.Find == nil || l.Render == nil {
		return errors.New("notifier: a worker needs a ledger with database, zone, clock, people and words")
	}
	if w.Name == "" {
		name, err := os.Hostname()
		if err != nil {
			return fmt.Errorf("notifier: name the worker: %w", err)
		}
		w.Name = name
	}
	names := map[string]bool{}
	for _, c := range w.Channels {
		if names[c.Name()] {
			return fmt.Errorf("notifier: two channels are named %q", c.Name())
		}
		names[c.Name()] = true
	}
	return nil
}

func (w *Worker) parallel() int {
	if w.Parallel <= 0 {
		return 8
	}
	return w.Parallel
}

func (w *Worker) sendTimeout() time.Duration {
	if w.Timeout <= 0 {
		return sendTimeout
	}
	return w.Timeout
}

func (w *Worker) deadAfter() time.Duration {
	if w.dead > 0 {
		return w.dead
	}
	return deadAfter
}

func (w *Worker) wakeLanes() {
	w.mu.Lock()
	wake := w.wake
	w.mu.Unlock()
	if wake != nil {
		wake()
	}
}

func (w *Worker) step(name string) {
	if w.Trace != nil {
		w.Trace(name)
	}
}
