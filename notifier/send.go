package notifier

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"lianxin/planner/civil"
)

const (
	sendTimeout = 30 * time.Second // of one hand-over, which a shutdown waits for
	lateRecheck = 5 * time.Minute  // when a delivery is looked at again whose notices seem late, see expiryGrace
	keyedBatch  = 100              // deliveries claimed at a time on a channel that takes the key
)

// result is what came of one claimed delivery.
type result struct {
	claimed
	verdict verdict
	receipt Receipt
	why     string
	until   time.Time // of pause and wait
}

const (
	wait   verdict = unknown + 1 + iota // put back without counting a try
	void                                // nothing left to say
	lost                                // the lease was gone before hand-over began
	unsent                              // the worker is stopping; end gives it back
)

// errNoAddress is why a person cannot be reached over a channel.
var errNoAddress = &Permanent{errors.New("no address for this channel")}

// drain claims and sends the channel's deliveries until none is left that could go now.
func (w *Worker) drain(ctx context.Context, t *tenure, c Channel) (Outcome, error) {
	var out Outcome
	size := keyedBatch
	if !c.TakesKey() {
		size = w.parallel()
	}
	for ctx.Err() == nil && !w.resting(c.Name()) {
		ds, err := w.claim(ctx, t, c.Name(), size)
		if err != nil || len(ds) == 0 {
			return out, err
		}
		results, err := w.sendAll(ctx, c, ds)
		if err != nil {
			return out, err
		}
		// What was sent is recorded even while the worker stops.
		o, err := w.record(context.WithoutCancel(ctx), c, results)
		out.add(o)
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// sendAll sends the deliveries, some at a time, and returns their results in order.
func (w *Worker) sendAll(ctx context.Context, c Channel, ds []claimed) ([]result, error) {
	to, err := w.addresses(ctx, c.Name(), ds)
	if err != nil {
		return nil, err
	}
	results := make([]result, len(ds))
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(w.parallel(), len(ds)) {
		wg.Go(func() {
			for i := range next {
				results[i] = w.sendOne(ctx, c, ds[i], to[i])
			}
		})
	}
	for i := range ds {
		next <- i
	}
	close(next)
	wg.Wait()
	return results, nil
}

// addresses returns where each delivery goes, empty if the person has no address of the channel.
func (w *Worker) addresses(ctx context.Context, channel string, ds []claimed) ([]string, error) {
	to := make([]string, len(ds))
	ask := map[string][]int{}
	var recipients []string
	for i, d := range ds {
		if d.place >= len(d.person.Addresses) || d.person.Addresses[d.place].Channel != channel {
			continue // the person's addresses changed; the next one follows
		}
		to[i] = d.person.Addresses[d.place].To
		if to[i] == "" && w.Ledger.Reveal != nil && len(d.carried) > 0 {
			if ask[d.recipient] == nil {
				recipients = append(recipients, d.recipient)
			}
			ask[d.recipient] = append(ask[d.recipient], i)
		}
	}
	if len(recipients) == 0 {
		return to, nil
	}
	revealed, err := w.Ledger.Reveal(ctx, channel, recipients)
	if err != nil {
		return nil, fmt.Errorf("reveal addresses of %s: %w", channel, err)
	}
	for r, at := range ask {
		for _, i := range at {
			to[i] = revealed[r]
		}
	}
	return to, nil
}

// sendOne hands one delivery over, unless something speaks against it.
func (w *Worker) sendOne(ctx context.Context, c Channel, d claimed, to string) result {
	l := w.Ledger
	r := result{claimed: d}
	now := l.Now()
	today, clock := civil.DateIn(now, l.Zone), l.clock(now)
	switch {
	case ctx.Err() != nil:
		r.verdict = unsent
		return r
	case len(d.carried) == 0 && d.late > 0:
		r.verdict, r.until = wait, now.Add(lateRecheck)
		return r
	case len(d.carried) == 0:
		r.verdict, r.why = void, whyNothing
		return r
	case w.resting(c.Name()):
		r.verdict, r.until = wait, w.restUntil(c.Name())
		return r
	case !d.urgent && d.person.quiet(clock):
		r.verdict, r.until, r.why = wait, l.endOfQuiet(d.person, today, clock), whyQuiet
		return r
	case to == "":
		r.verdict, r.why = refused, errNoAddress.Error()
		return r
	}
	subject, text, html, err := l.Render(d.person.Lang, d.carried)
	if err != nil {
		l.logger().Error("a message cannot be worded", "delivery", d.id, "template", d.carried[0].Template, "error", err)
		r.verdict, r.why = again, "wording: "+err.Error()
		return r
	}
	// A shutdown lets what has begun come to its end: breaking off would only make it uncertain.
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTimeout)
	defer cancel()
	if !c.TakesKey() {
		held, err := w.beginDelivery(sending, d)
		if err != nil {
			l.logger().Warn("hand-over not begun", "delivery", d.id, "error", err)
		}
		if err != nil || !held {
			r.verdict = lost
			return r
		}
	}
	w.step("begun")
	m := Message{Key: d.id, To: to, Subject: subject, Text: text, HTML: html, Urgent: d.urgent}
	r.receipt, err = c.Send(sending, m)
	w.step("sent")
	r.verdict = judge(err, c.TakesKey())
	if err != nil {
		r.why = err.Error()
	}
	if r.verdict == pause {
		r.until = now.Add(w.rest(c.Name(), err))
	}
	return r
}

// rest stops a channel for as long as its provider asked and returns that time.
func (w *Worker) rest(channel string, err error) time.Duration {
	limited, _ := errors.AsType[*RateLimited](err)
	d := limited.RetryAfter
	if d <= 0 {
		d = time.Minute
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.rests == nil {
		w.rests = map[string]time.Time{}
	}
	w.rests[channel] = time.Now().Add(d) // monotonic
	return d
}

func (w *Worker) resting(channel string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Before(w.rests[channel])
}

// restUntil is when the channel may go on, by the ledger's clock.
func (w *Worker) restUntil(channel string) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Ledger.Now().Add(time.Until(w.rests[channel]))
}
