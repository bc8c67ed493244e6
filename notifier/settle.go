package notifier

import (
	"context"
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
SELECT id, root, recipient, place, urgent, tries FROM deliveries
WHERE state = 'uncertain' AND channel = ? AND next_at <= ? AND changed_at <= ?
ORDER BY changed_at, id LIMIT ?`, onBoth)

	resolveDelivery = query(`
UPDATE deliveries SET state = ?, next_at = ?, handed_at = ?, receipt = ?, why = ?, changed_at = ?, worker = NULL, epoch = NULL, started_at = NULL
WHERE id = ? AND state = 'uncertain'`, onBoth)

	postponeDelivery = query(`UPDATE deliveries SET next_at = ?, changed_at = ? WHERE id = ? AND state = 'uncertain'`, onBoth)
)

// settle looks at the channel's uncertain deliveries: by asking the provider if the channel can, else by the rules'
// policy. One that only a person can settle stays as it is; see [Ledger.Resolve].
func (w *Worker) settle(ctx context.Context, n *lane) (Outcome, error) {
	var out Outcome
	l := w.Ledger
	now := l.Now()
	rows, err := l.DB.QueryxContext(ctx, l.DB.Rebind(uncertainDeliveries), n.name, civil.At(now), civil.At(now.Add(-w.settleAfter())), settleBatch)
	if err != nil {
		return out, fmt.Errorf("find uncertain deliveries: %w", err)
	}
	defer rows.Close()
	var ds []claimed
	for rows.Next() {
		var d claimed
		if err := rows.Scan(&d.id, &d.root, &d.recipient, &d.place, &d.urgent, &d.tries); err != nil {
			return out, fmt.Errorf("find uncertain deliveries: %w", err)
		}
		ds = append(ds, d)
	}
	if err := rows.Err(); err != nil {
		return out, fmt.Errorf("find uncertain deliveries: %w", err)
	}
	rows.Close() // before the next statement: the pool may have one connection
	if len(ds) == 0 {
		return out, nil
	}
	if err := w.load(ctx, now, ds); err != nil {
		return out, err
	}
	for _, d := range ds {
		if err := w.settleOne(ctx, n, d, &out); err != nil {
			return out, fmt.Errorf("settle delivery %s: %w", d.id, err)
		}
	}
	return out, nil
}

func (w *Worker) settleOne(ctx context.Context, n *lane, d claimed, out *Outcome) error {
	l := w.Ledger
	if asked, ok := n.Channel.(Lookuper); ok {
		asking, cancel := context.WithTimeout(ctx, w.sendTimeout())
		receipt, taken, err := asked.Lookup(asking, d.id)
		cancel()
		if err != nil {
			l.logger().Warn("look-up failed", "delivery", d.id, "channel", n.name, "error", err)
			return l.postpone(ctx, d.id, l.Now().Add(backoff(d.tries)))
		}
		if taken {
			out.Handed++
			return l.resolve(ctx, d.id, receipt, true, "")
		}
		out.Retried++
		return w.resend(ctx, d)
	}
	if w.mayRepeat(d.carried) {
		out.Retried++
		return w.resend(ctx, d)
	}
	l.logger().Error("nobody can know whether a message was taken; a person must ask", "delivery", d.id, "channel", n.name)
	return l.postpone(ctx, d.id, farFuture)
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
		n, err := execCount(ctx, tx, resolveDelivery, string(state), civil.At(now), nil, "", whyUnknown, civil.At(now), d.id)
		if err != nil || n == 0 || state == DeliveryReady {
			return err
		}
		return w.fallBack(ctx, tx, result{claimed: d, why: whyUnknown})
	})
}

func (l *Ledger) postpone(ctx context.Context, id string, until time.Time) error {
	_, err := execCount(ctx, l.DB, postponeDelivery, civil.At(until), civil.At(l.Now()), id)
	return err
}

// resolve settles an uncertain delivery as taken by the provider or as never taken, to be sent again.
func (l *Ledger) resolve(ctx context.Context, id string, receipt Receipt, taken bool, why string) error {
	now := civil.At(l.Now())
	return l.inTx(ctx, func(tx *sqlx.Tx) error {
		state, handed := DeliveryReady, any(nil)
		if taken {
			state, handed = DeliveryHanded, now
			if receipt.Delivered {
				state = DeliveryDelivered
			}
		}
		n, err := execCount(ctx, tx, resolveDelivery, string(state), now, handed, receipt.ID, why, now, id)
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
	if err := l.resolve(ctx, delivery, Receipt{}, arrived, whyByHand); err != nil {
		return fmt.Errorf("resolve delivery %s: %w", delivery, err)
	}
	return nil
}
