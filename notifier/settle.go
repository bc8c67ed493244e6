package notifier

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/planner/civil"
)

// settleAfter is how long an uncertain delivery waits for its own worker to come back with the answer: longer than any
// hand-over takes.
func (w *Worker) settleAfter() time.Duration { return 2 * w.sendTimeout() }

// settleBatch is how many uncertain deliveries are looked at in one pass.
const settleBatch = 100

var (
	uncertainDeliveries = query(`
SELECT id, root, recipient, place, urgent, tries, changed_at FROM deliveries
WHERE state = 'uncertain' AND channel = ? AND next_at <= ? AND changed_at <= ?
ORDER BY changed_at, id LIMIT ?`, onBoth)

	resolveDelivery = query(`
UPDATE deliveries SET state = ?, next_at = ?, handed_at = ?, receipt = ?, why = ?, changed_at = ?, worker = NULL, epoch = NULL, started_at = NULL
WHERE id = ? AND state = 'uncertain'`, onBoth)

	// What a worker found out holds for the hand-over that it looked into. Meanwhile another worker may have settled the delivery,
	// sent it once more and died over it: it is uncertain again, that message may still be on its way, and the old answer is none.
	resolveSeen = query(`
UPDATE deliveries SET state = ?, next_at = ?, handed_at = ?, receipt = ?, why = ?, changed_at = ?, worker = NULL, epoch = NULL, started_at = NULL
WHERE id = ? AND state = 'uncertain' AND changed_at = ?`, onBoth)

	postponeDelivery = query(`UPDATE deliveries SET next_at = ?, changed_at = ? WHERE id = ? AND state = 'uncertain' AND changed_at = ?`, onBoth)
)

// settle looks at the channel's uncertain deliveries: by asking the provider if the channel can, else by the rules'
// policy. One that only a person can settle stays as it is; see [Ledger.Resolve].
// more says that others wait to be looked at.
func (w *Worker) settle(ctx context.Context, n *lane) (out Outcome, more bool, err error) {
	l := w.Ledger
	now := l.Now()
	rows, err := l.DB.QueryxContext(ctx, l.DB.Rebind(uncertainDeliveries), n.name, civil.At(now), civil.At(now.Add(-w.settleAfter())), settleBatch)
	if err != nil {
		return out, false, fmt.Errorf("find uncertain deliveries: %w", err)
	}
	defer rows.Close()
	var ds []claimed
	for rows.Next() {
		var d claimed
		if err := rows.Scan(&d.id, &d.root, &d.recipient, &d.place, &d.urgent, &d.tries, &d.changed); err != nil {
			return out, false, fmt.Errorf("find uncertain deliveries: %w", err)
		}
		ds = append(ds, d)
	}
	if err := rows.Err(); err != nil {
		return out, false, fmt.Errorf("find uncertain deliveries: %w", err)
	}
	rows.Close() // before the next statement: the pool may have one connection
	if len(ds) == 0 {
		return out, false, nil
	}
	if err := w.load(ctx, now, ds); err != nil {
		return out, false, err
	}
	for _, d := range ds {
		if err := w.settleOne(ctx, n, d, &out); err != nil && !errors.Is(err, ErrSettled) { // another worker was faster
			return out, false, fmt.Errorf("settle delivery %s: %w", d.id, err)
		}
	}
	return out, len(ds) == settleBatch, nil
}

func (w *Worker) settleOne(ctx context.Context, n *lane, d claimed, out *Outcome) error {
	l := w.Ledger
	if asked, ok := n.Channel.(Lookuper); ok {
		asking, cancel := context.WithTimeout(ctx, w.sendTimeout())
		receipt, taken, err := asked.Lookup(asking, d.id)
		cancel()
		if err != nil {
			l.logger().Warn("look-up failed", "delivery", d.id, "channel", n.name, "error", err)
			return l.postpone(ctx, d, l.Now().Add(backoff(d.tries)))
		}
		if taken {
			out.Handed++
			return l.resolve(ctx, d.id, &d.changed, receipt, true, "")
		}
		out.Retried++
		return w.resend(ctx, d)
	}
	if t, ok := n.Channel.(Tracer); ok {
		if done, err := w.trace(ctx, n.Channel, t, d, out); done || err != nil {
			return err
		}
	}
	if w.mayRepeat(d.carried) {
		out.Retried++
		return w.resend(ctx, d)
	}
	l.logger().Error("nobody can know whether a message was taken; a person must ask", "delivery", d.id, "channel", n.name)
	return l.postpone(ctx, d, farFuture)
}

// mayRepeat reports whether the rules of all notices prefer a second message to none.
func (w *Worker) mayRepeat(ns []Notice) bool {
	if w.Ledger.SendAgain == nil || len(ns) == 0 {
		return false
	}
	for _, n := range ns {
		if !w.Ledger.SendAgain(n.Rule) {
			return false
		}
	}
	return true
}

// resend puts an uncertain delivery back, or fails it if it was tried often enough.
func (w *Worker) resend(ctx context.Context, d claimed) error {
	l := w.Ledger
	now := l.Now()
	state := DeliveryReady
	if d.tries >= maxTries {
		state = DeliveryFailed
	}
	return l.inTx(ctx, func(tx *sqlx.Tx) error {
		n, err := execCount(ctx, tx, resolveSeen, string(state), civil.At(now), nil, "", whyUnknown, civil.At(now), d.id, d.changed)
		if err != nil || n == 0 || state == DeliveryReady {
			return err
		}
		return w.fallBack(ctx, tx, result{claimed: d, why: whyUnknown})
	})
}

func (l *Ledger) postpone(ctx context.Context, d claimed, until time.Time) error {
	_, err := execCount(ctx, l.DB, postponeDelivery, civil.At(until), civil.At(l.Now()), d.id, d.changed)
	return err
}

// resolve settles an uncertain delivery as taken by the provider or as never taken, to be sent again. seen is when the hand-over
// became uncertain that this is about; nil: whichever it is.
func (l *Ledger) resolve(ctx context.Context, id string, seen *civil.Instant, receipt Receipt, taken bool, why string) error {
	now := civil.At(l.Now())
	return l.inTx(ctx, func(tx *sqlx.Tx) error {
		state, handed := DeliveryReady, any(nil)
		if taken {
			state, handed = DeliveryHanded, now
			if receipt.Delivered {
				state = DeliveryDelivered
			}
		}
		statement, args := resolveDelivery, []any{string(state), now, handed, receipt.ID, why, now, id}
		if seen != nil {
			statement, args = resolveSeen, append(args, *seen)
		}
		n, err := execCount(ctx, tx, statement, args...)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrSettled
		}
		if taken {
			_, err = execCount(ctx, tx, doneLinked, now, id)
			return err
		}
		return nil
	})
}

// Resolve is a person's word on an uncertain delivery: arrived, or to be sent again. It returns [ErrSettled] if the
// delivery is not uncertain (any more).
func (l *Ledger) Resolve(ctx context.Context, delivery string, arrived bool) error {
	if err := l.resolve(ctx, delivery, nil, Receipt{}, arrived, whyByHand); err != nil {
		return fmt.Errorf("resolve delivery %s: %w", delivery, err)
	}
	return nil
}
