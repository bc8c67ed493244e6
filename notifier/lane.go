package notifier

import (
	"context"
	"fmt"
	"sync"
	"time"

	"lianxin/planner/civil"
)

const (
	claimLeast = 16              // deliveries claimed at a time, at first and at least
	claimMost  = 400             // and at most
	claimTime  = 5 * time.Second // a claim's worth of work; slower providers get smaller claims, so that no lease grows old
	recordMost = 500             // outcomes recorded in one transaction
	begunMost  = 64              // begin-marks written in one statement

	// How many outcomes may wait to be written: with a key they are merely sent again if the worker dies, without one they
	// become uncertain. recordLinger is how long a record waits for more of them.
	outcomesKeyed = 256
	outcomesPlain = 32
	recordLinger  = 4 * time.Millisecond

	strayEvery = 30 * time.Second // how often an idle lane looks for leases of its worker that it knows nothing of
)

// lane is what a worker knows of one of its channels while it runs.
type lane struct {
	Channel
	name    string
	keyed   bool
	limits  []Limit
	breaker breaker

	mu         sync.Mutex
	size       int      // of the next claim
	unrecorded []result // outcomes that could not be written yet
	stray      bool     // a claim went wrong: some rows may be leased by us without our knowing

	looked time.Time // for such rows, by the monotonic clock; of the lane's own loop
}

func (w *Worker) lane(c Channel) *lane {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n, ok := w.lanes[c.Name()]; ok {
		return n
	}
	n := &lane{Channel: c, name: c.Name(), keyed: c.TakesKey(), limits: limitsOf(c), size: 2 * claimLeast}
	if w.lanes == nil {
		w.lanes = map[string]*lane{}
	}
	w.lanes[n.name] = n
	return n
}

// drain claims and sends the channel's deliveries until none is left that could go now. next is how long until one could
// that waits for its budget or its provider; zero if none does.
func (w *Worker) drain(ctx context.Context, t *tenure, n *lane) (out Outcome, next time.Duration, err error) {
	if out, err = w.mend(ctx, t, n); err != nil {
		return out, 0, err
	}
	if n.breaker.isOpen() {
		o, err := w.detour(ctx, t, n)
		out.add(o)
		if err != nil {
			return out, 0, err
		}
	}
	if wait := n.breaker.wait(); wait > 0 {
		return out, wait, nil
	}
	ds, err := w.claimNext(ctx, t, n)
	if err != nil {
		return out, 0, err
	}
	if len(ds) > 0 {
		sent, err := w.stream(ctx, t, n, ds)
		out.add(sent)
		if err != nil {
			return out, 0, err
		}
	}
	if next = n.breaker.wait(); next == 0 && len(n.limits) > 0 && ctx.Err() == nil {
		next, err = w.nextPermit(ctx, n.limits)
	}
	return out, next, err
}

// claimNext claims as much as the lane's speed and breaker allow.
func (w *Worker) claimNext(ctx context.Context, t *tenure, n *lane) ([]claimed, error) {
	n.mu.Lock()
	most := n.size
	n.mu.Unlock()
	if most = n.breaker.room(most); most == 0 || ctx.Err() != nil {
		return nil, nil
	}
	ds, err := w.claim(ctx, t, n, most)
	if err != nil {
		n.mu.Lock()
		n.stray = true
		n.mu.Unlock()
	}
	return ds, err
}

// stream sends ds and what is claimed after them. Senders, begin-marks and records overlap: while one batch of outcomes is
// written, the next messages are on their way.
func (w *Worker) stream(ctx context.Context, t *tenure, n *lane, ds []claimed) (out Outcome, err error) {
	work, stop := context.WithCancel(ctx)
	defer stop()
	room := outcomesPlain
	if n.keyed {
		room = outcomesKeyed
	}
	jobs, results, asks := make(chan claimed), make(chan result, room), make(chan ask)
	var senders, marker, recorder sync.WaitGroup
	for range w.parallel() {
		senders.Go(func() {
			for d := range jobs {
				results <- w.sendOne(work, n, d, asks)
			}
		})
	}
	marker.Go(func() { w.markBegun(asks) })
	var recording error
	recorder.Go(func() {
		if out, recording = w.recordAll(ctx, n, results); recording != nil {
			stop()
		}
		for r := range results { // after an error
			n.keep(r)
		}
	})
	for len(ds) > 0 && err == nil {
		start := time.Now()
		for _, d := range ds {
			jobs <- d // also when stopping: sendOne gives it back
		}
		n.pace(len(ds), time.Since(start))
		if ds, err = nil, work.Err(); err == nil {
			ds, err = w.claimNext(work, t, n)
		}
	}
	close(jobs)
	senders.Wait()
	close(asks)
	close(results)
	marker.Wait()
	recorder.Wait()
	if recording != nil {
		return out, recording
	}
	if ctx.Err() != nil {
		return out, nil
	}
	return out, err
}

// pace fits the next claim to what the last one took.
func (n *lane) pace(sent int, took time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case took > claimTime:
		n.size = max(n.size/2, claimLeast)
	case sent >= n.size && took < claimTime/4:
		n.size = min(n.size*2, claimMost)
	}
}

func (n *lane) keep(rs ...result) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.unrecorded = append(n.unrecorded, rs...)
}

// recordAll records results as they come, as many at a time as there are, until the channel is closed or the database
// fails; what could not be written then is kept for mend.
func (w *Worker) recordAll(ctx context.Context, n *lane, results <-chan result) (out Outcome, err error) {
	for first := range results {
		batch := []result{first}
		linger := time.After(recordLinger)
	gather:
		for len(batch) < recordMost && (n.keyed || len(batch) < outcomesPlain) {
			select {
			case r, ok := <-results:
				if !ok {
					break gather
				}
				batch = append(batch, r)
			case <-linger:
				break gather
			}
		}
		// What was sent is recorded even while the worker stops.
		o, err := w.record(context.WithoutCancel(ctx), n, batch)
		if err != nil {
			n.keep(batch...)
			return out, err
		}
		out.add(o)
	}
	return out, nil
}

// mend makes good what an error of the database has left: outcomes that are not written, leases and permits that the
// worker does not know of. Nothing of the lane is in hand when it runs.
func (w *Worker) mend(ctx context.Context, t *tenure, n *lane) (out Outcome, err error) {
	n.mu.Lock()
	rs, stray := n.unrecorded, n.stray
	n.mu.Unlock()
	for len(rs) > 0 {
		batch := rs[:min(len(rs), recordMost)]
		o, err := w.record(context.WithoutCancel(ctx), n, batch)
		if err != nil {
			return out, err
		}
		out.add(o)
		rs = rs[len(batch):]
		n.mu.Lock()
		n.unrecorded = rs
		n.mu.Unlock()
	}
	return out, w.releaseStray(ctx, t, n, stray)
}

// releaseStray frees what the ledger has leased to this worker without its knowing: at once if a claim went wrong, otherwise
// looked for now and then. A standby that was behind when it took over brings such leases back; their worker lives, so that
// nobody else would ever free them.
func (w *Worker) releaseStray(ctx context.Context, t *tenure, n *lane, known bool) error {
	l, epoch := w.Ledger, t.current()
	if !known {
		if time.Since(n.looked) < strayEvery {
			return nil
		}
		var some []string
		if err := l.DB.SelectContext(ctx, &some, l.DB.Rebind(anyStray), n.name, w.Name, epoch); err != nil {
			return fmt.Errorf("look for stray leases of %s: %w", n.name, err)
		}
		if n.looked = time.Now(); len(some) == 0 {
			return nil
		}
	}
	freed, err := execCount(ctx, l.DB, releaseStray, civil.At(l.Now()), n.name, w.Name, epoch)
	if err != nil {
		return fmt.Errorf("release stray leases of %s: %w", n.name, err)
	}
	if freed > 0 {
		l.logger().Warn("freed leases that the worker knew nothing of", "worker", w.Name, "channel", n.name, "deliveries", freed)
	}
	if len(n.limits) > 0 {
		if err := w.strayPermits(ctx); err != nil {
			return err
		}
	}
	n.mu.Lock()
	n.stray = false
	n.mu.Unlock()
	return nil
}

// detour sends what has waited too long for a provider that is down on to the next address, the urgent at once.
func (w *Worker) detour(ctx context.Context, t *tenure, n *lane) (Outcome, error) {
	before := w.Ledger.Now().Add(-downPatience)
	ds, err := w.claimRows(ctx, w.Ledger.DB, t.current(), n.name, claimMost, before, true)
	if err == nil {
		err = w.complete(ctx, n, ds)
	}
	if err != nil {
		n.mu.Lock()
		n.stray = true
		n.mu.Unlock()
		return Outcome{}, fmt.Errorf("detour around %s: %w", n.name, err)
	}
	if len(ds) == 0 {
		return Outcome{}, nil
	}
	rs := make([]result, len(ds))
	for i, d := range ds {
		rs[i] = w.isDown(n, d, whyDown)
		if len(d.carried) == 0 {
			rs[i] = result{claimed: d, verdict: wait, until: w.Ledger.Now().Add(lateRecheck)}
			if d.late == 0 {
				rs[i] = result{claimed: d, verdict: void, why: whyNothing}
			}
		}
	}
	out, err := w.record(context.WithoutCancel(ctx), n, rs)
	if err != nil {
		n.keep(rs...)
	}
	return out, err
}

// ask is a sender's wish to begin a hand-over.
type ask struct {
	claimed
	answer chan<- verdict // taken: go on
}

// markBegun writes begin-marks, as many at a time as senders ask for.
func (w *Worker) markBegun(asks <-chan ask) {
	for first := range asks {
		batch := []ask{first}
	gather:
		for len(batch) < begunMost {
			select {
			case a, ok := <-asks:
				if !ok {
					break gather
				}
				batch = append(batch, a)
			default:
				break gather
			}
		}
		ds := make([]claimed, len(batch))
		for i, a := range batch {
			ds[i] = a.claimed
		}
		ctx, cancel := context.WithTimeout(context.Background(), w.sendTimeout())
		held, err := w.beginDeliveries(ctx, ds)
		cancel()
		if err != nil {
			w.Ledger.logger().Warn("hand-overs not begun", "worker", w.Name, "deliveries", len(ds), "error", err)
		}
		for _, a := range batch {
			switch {
			case err != nil:
				a.answer <- unsent
			case held[a.id]:
				held[a.id] = false // in hand twice: one goes
				a.answer <- taken
			default:
				a.answer <- lost
			}
		}
	}
}
