package notifier

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lianxin/planner/civil"
)

const (
	sendTimeout = 30 * time.Second // of one hand-over, which a shutdown waits for
	lateRecheck = 5 * time.Minute  // when a delivery is looked at again whose notices seem late, see expiryGrace
	downRecheck = 5 * time.Second  // the least pause after a failure of the provider
)

// result is what came of one claimed delivery.
type result struct {
	claimed
	verdict verdict
	receipt Receipt
	why     string
	until   time.Time // of pause, down and wait
	tried   bool      // the channel was called: permits are used
	cut     bool      // of again: nobody knows whether the provider took it, and its key makes a second try harmless
}

const (
	wait   verdict = unknown + 1 + iota // put back without counting a try
	void                                // nothing left to say
	lost                                // the lease was gone before hand-over began, or it is in hand twice
	unsent                              // the worker is stopping, or the mark of its begin may not be written; it goes back
)

// errNoAddress is why a person cannot be reached over a channel.
var errNoAddress = &Permanent{errors.New("no address for this channel")}

// addresses fills in where each delivery goes: nowhere if the person has no address of the channel.
func (w *Worker) addresses(ctx context.Context, channel string, ds []claimed) error {
	ask := map[string][]int{}
	var recipients []string
	for i, d := range ds {
		if d.place >= len(d.person.Addresses) || d.person.Addresses[d.place].Channel != channel {
			continue // the person's addresses changed; the next one follows
		}
		ds[i].to = d.person.Addresses[d.place].To
		if ds[i].to == "" && w.Ledger.Reveal != nil && len(d.carried) > 0 {
			if ask[d.recipient] == nil {
				recipients = append(recipients, d.recipient)
			}
			ask[d.recipient] = append(ask[d.recipient], i)
		}
	}
	if len(recipients) == 0 {
		return nil
	}
	revealed, err := w.Ledger.Reveal(ctx, channel, recipients)
	if err != nil {
		return fmt.Errorf("reveal addresses of %s: %w", channel, err)
	}
	for r, at := range ask {
		for _, i := range at {
			ds[i].to = revealed[r]
		}
	}
	return nil
}

// sendOne hands one delivery over, unless something speaks against it. Begin-marks are asked for at asks.
func (w *Worker) sendOne(ctx context.Context, n *lane, d claimed, asks chan<- ask) result {
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
	case !d.urgent && d.person.quiet(clock):
		r.verdict, r.until, r.why = wait, l.endOfQuiet(d.person, today, clock), whyQuiet
		return r
	case d.to == "":
		r.verdict, r.why = refused, errNoAddress.Error()
		return r
	}
	content, err := l.Render(d.person.Lang, d.carried)
	if err != nil {
		l.logger().Error("a message cannot be worded", "delivery", d.id, "template", d.carried[0].Template, "error", err)
		r.verdict, r.why = again, "wording: "+err.Error()
		return r
	}
	if ok, wait := n.breaker.enter(); !ok {
		if n.breaker.isOpen() {
			return w.isDown(n, d, whyDown)
		}
		return result{claimed: d, verdict: pause, until: now.Add(wait)}
	}
	asked := time.Now()
	if !n.keyed {
		answer := make(chan verdict, 1)
		asks <- ask{d, answer}
		if r.verdict = <-answer; r.verdict != taken {
			n.breaker.abandon()
			return r
		}
	}
	w.step("begun")
	// Others look into an uncertain hand-over after twice this time, so it must be over by then, counted from before its mark: a
	// machine that stood still in between, by any clock, must not send any more.
	left := w.sendTimeout() - max(time.Since(asked), time.Now().Round(0).Sub(asked.Round(0)))
	if left <= 0 {
		n.breaker.abandon()
		r.verdict = unsent
		return r
	}
	// A shutdown lets what has begun come to its end: breaking off would only make it uncertain.
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), left)
	defer cancel()
	r.tried = true
	r.receipt, err = n.Send(sending, content.Message(d.id, d.to, d.urgent))
	w.step("sent")
	var alive bool
	r.verdict, alive = judge(err, n.keyed)
	r.cut = r.verdict == again && !alive
	if n.breaker.leave(alive) {
		l.logger().Warn("breaker open: the provider is taken for dead", "worker", w.Name, "channel", n.name, "error", err)
	}
	switch {
	case r.verdict == pause:
		r.until = now.Add(w.rest(ctx, n, err))
		r.why = err.Error()
	case r.verdict == down:
		r = w.isDown(n, d, err.Error())
		r.tried = true
	case err != nil:
		r.why = err.Error()
	}
	return r
}

// isDown is the outcome of a delivery whose provider is down: it waits, or goes to the next address once it has waited
// long enough.
func (w *Worker) isDown(n *lane, d claimed, why string) result {
	now := w.Ledger.Now()
	r := result{claimed: d, verdict: down, why: why, until: now.Add(max(n.breaker.wait(), downRecheck))}
	if d.place+1 < len(d.person.Addresses) && (d.urgent || now.Sub(d.created) >= downPatience) {
		r.verdict = refused
	}
	return r
}

// rest leaves the provider alone for as long as it asked and returns that time.
func (w *Worker) rest(ctx context.Context, n *lane, err error) time.Duration {
	limited, _ := errors.AsType[*RateLimited](err)
	d := limited.RetryAfter
	if d <= 0 {
		d = time.Minute
	}
	if limited.One {
		return d
	}
	n.breaker.pauseFor(d)
	if len(n.limits) > 0 {
		if err := w.restPermits(context.WithoutCancel(ctx), n.limits, d); err != nil {
			w.Ledger.logger().Warn("other workers do not know of the provider's pause", "channel", n.name, "error", err)
		}
	}
	return d
}
