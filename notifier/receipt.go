package notifier

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/planner/civil"
)

// Tracer is a channel whose provider lists what it took for an address, each with our key. It settles what was cut off between
// hand-over and answer, though the key is no idempotency key.
type Tracer interface {
	// Trace looks for the message with the key among those that went to an address around an instant. found is false if the
	// provider lists none: it may list it later, or never have had it.
	Trace(ctx context.Context, key, to string, sent time.Time) (a Arrival, found bool, err error)
}

const (
	// traceFor is how long a provider is given to list a message before the rule's policy decides.
	traceFor   = 15 * time.Minute
	traceEvery = 2 * time.Minute

	// receiptFor is how long receipts are asked for: what no phone has confirmed by then stays unknown
	// (help.aliyun.com, 短信 FAQ: 若超过72小时，短信状态为“未知状态”; DingTalk answers for 24 hours, Tencent for seven days).
	receiptFor   = 72 * time.Hour
	receiptBatch = 200
)

// receiptPauses are the pauses between look-ups, by the message's age.
var receiptPauses = []struct{ age, pause time.Duration }{{2 * time.Minute, time.Minute}, {15 * time.Minute, 5 * time.Minute}, {2 * time.Hour, 30 * time.Minute}, {receiptFor, 6 * time.Hour}}

var (
	awaitingReceipts = query(`
SELECT id, root, recipient, place, urgent, receipt, handed_at FROM deliveries
WHERE state = 'handed' AND receipt <> '' AND channel = ? AND next_at <= ? ORDER BY next_at, id LIMIT ?`, onBoth)

	byKeyAwaiting = query(`
SELECT id, root, recipient, place, urgent, receipt, handed_at FROM deliveries WHERE id = ? AND channel = ? AND state = 'handed'`, onBoth)
	byReceiptAwaiting = query(`
SELECT id, root, recipient, place, urgent, receipt, handed_at FROM deliveries WHERE state = 'handed' AND receipt <> '' AND channel = ? AND receipt = ?`, onBoth)

	uncertainSince = query(`SELECT COALESCE(started_at, changed_at) FROM deliveries WHERE id = ? AND state = 'uncertain'`, onBoth)

	arrivedDelivery = query(`UPDATE deliveries SET state = ?, next_at = ?, why = ?, changed_at = ? WHERE id = ? AND state = 'handed'`, onBoth)
	askLater        = query(`UPDATE deliveries SET next_at = ? WHERE id = ? AND state = 'handed'`, onBoth)

	// What a message that did not arrive carried is owed again, unless another message has brought it or it is of no more use.
	owedAgain = query(`
UPDATE notices SET state = 'due', why = ?, changed_at = ?
WHERE state = 'done' AND (expires_at IS NULL OR expires_at > ?) AND id IN (SELECT x.notice FROM delivery_notices AS x WHERE x.delivery = ?)
	AND NOT EXISTS (SELECT 1 FROM delivery_notices AS y JOIN deliveries AS o ON o.id = y.delivery
		WHERE y.notice = notices.id AND o.state IN ('handed', 'delivered'))`, onBoth)
)

// Receipts counts what a pass of look-ups found.
type Receipts struct {
	Asked   int `json:"asked"`
	Arrived int `json:"arrived"`
	Failed  int `json:"failed"`  // the next address follows, as after a refusal
	Pending int `json:"pending"` // asked again later, for three days
}

// awaiting is a message that a provider took.
type awaiting struct {
	claimed
	receipt string
	handed  time.Time
}

// LookUpReceipts asks the providers that can be asked ([Receipter]) what became of the messages they took, and writes down what
// arrived. One that did not arrive is failed and falls back to the person's next address. It may run at any time and beside
// workers; a provider that does not answer is left for the next pass.
func (w *Worker) LookUpReceipts(ctx context.Context) (out Receipts, err error) {
	for _, c := range w.Channels {
		asked, ok := c.(Receipter)
		if !ok {
			continue
		}
		for {
			n, more, err := w.lookUp(ctx, c, asked)
			out.Asked, out.Arrived, out.Failed, out.Pending = out.Asked+n.Asked, out.Arrived+n.Arrived, out.Failed+n.Failed, out.Pending+n.Pending
			if err != nil {
				return out, fmt.Errorf("receipts of %s: %w", c.Name(), err)
			}
			if !more {
				break
			}
		}
	}
	return out, nil
}

// lookUp asks for one batch of a channel's receipts. more is false when nothing is left, or the provider is out of order.
func (w *Worker) lookUp(ctx context.Context, c Channel, asked Receipter) (out Receipts, more bool, err error) {
	l := w.Ledger
	now := l.Now()
	ds, err := l.awaiting(ctx, l.DB, awaitingReceipts, c.Name(), civil.At(now), receiptBatch)
	if err != nil || len(ds) == 0 {
		return out, false, err
	}
	if err := w.whereTo(ctx, c.Name(), ds); err != nil {
		return out, false, err
	}
	for _, d := range ds {
		a := ArrivalPending
		if d.to != "" && now.Sub(d.handed) < receiptFor {
			asking, cancel := context.WithTimeout(ctx, w.sendTimeout())
			if t, ok := c.(Tracer); ok && d.receipt == d.id {
				a, _, err = t.Trace(asking, d.id, d.to, d.handed)
			} else {
				a, err = asked.Arrived(asking, d.receipt, d.to, d.handed)
			}
			cancel()
			out.Asked++
			if err != nil {
				l.logger().Warn("look-up of a receipt failed", "delivery", d.id, "channel", c.Name(), "error", err)
				if _, one := errors.AsType[*Permanent](err); !one {
					return out, false, nil // the provider is out of order or wants a pause
				}
				a = ArrivalPending
			}
		}
		if err := w.arrived(ctx, d, a); err != nil {
			return out, false, fmt.Errorf("delivery %s: %w", d.id, err)
		}
		switch a {
		case ArrivalDone:
			out.Arrived++
		case ArrivalFailed:
			out.Failed++
		default:
			out.Pending++
		}
	}
	return out, len(ds) == receiptBatch, ctx.Err()
}

// awaiting reads messages that wait for their receipt.
func (l *Ledger) awaiting(ctx context.Context, db sqlx.ExtContext, statement string, args ...any) (ds []awaiting, err error) {
	rows, err := db.QueryxContext(ctx, db.Rebind(statement), args...)
	if err != nil {
		return nil, fmt.Errorf("find messages without a receipt: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var d awaiting
		var handed civil.Instant
		if err := rows.Scan(&d.id, &d.root, &d.recipient, &d.place, &d.urgent, &d.receipt, &handed); err != nil {
			return nil, fmt.Errorf("find messages without a receipt: %w", err)
		}
		d.handed = handed.Time
		ds = append(ds, d)
	}
	return ds, rows.Err()
}

// whereTo fills in who the recipients are and where the messages went. An address that changed since finds nothing.
func (w *Worker) whereTo(ctx context.Context, channel string, ds []awaiting) error {
	recipients := make([]string, len(ds))
	for i, d := range ds {
		recipients[i] = d.recipient
	}
	people, err := w.Ledger.Find(ctx, recipients)
	if err != nil {
		return fmt.Errorf("find people: %w", err)
	}
	to := map[string]string{}
	if w.Ledger.Reveal != nil {
		if to, err = w.Ledger.Reveal(ctx, channel, recipients); err != nil {
			return fmt.Errorf("reveal addresses of %s: %w", channel, err)
		}
	}
	for i := range ds {
		ds[i].person = people[ds[i].recipient]
		ds[i].to = to[ds[i].recipient]
		for _, a := range ds[i].person.Addresses {
			if a.Channel == channel && ds[i].to == "" {
				ds[i].to = a.To
			}
		}
	}
	return nil
}

// arrived writes down what a provider says of a message that it took.
func (w *Worker) arrived(ctx context.Context, d awaiting, a Arrival) error {
	l := w.Ledger
	now := l.Now()
	at := civil.At(now)
	if a == ArrivalPending {
		next := farFuture
		for _, p := range receiptPauses {
			if now.Sub(d.handed) < p.age {
				next = now.Add(p.pause)
				break
			}
		}
		_, err := execCount(ctx, l.DB, askLater, civil.At(next), d.id)
		return err
	}
	return l.inTx(ctx, func(tx *sqlx.Tx) error {
		if a == ArrivalDone {
			_, err := execCount(ctx, tx, arrivedDelivery, string(DeliveryDelivered), at, "", at, d.id)
			return err
		}
		n, err := execCount(ctx, tx, arrivedDelivery, string(DeliveryFailed), at, whyNotArrived, at, d.id)
		if err != nil || n == 0 {
			return err
		}
		l.logger().Warn("a message did not arrive, its receipt says", "delivery", d.id)
		if _, err := execCount(ctx, tx, owedAgain, whyNotArrived, at, at, d.id); err != nil {
			return err
		}
		return w.fallBack(ctx, tx, result{claimed: d.claimed, why: whyNotArrived})
	})
}

// trace looks an uncertain delivery up by its key. done is false if the rule's policy shall decide: the provider does not list it, or
// did not answer for a day.
func (w *Worker) trace(ctx context.Context, c Channel, t Tracer, d claimed, out *Outcome) (done bool, err error) {
	l := w.Ledger
	now := l.Now()
	var since civil.Instant
	if err := l.DB.GetContext(ctx, &since, l.DB.Rebind(uncertainSince), d.id); errors.Is(err, sql.ErrNoRows) {
		return true, ErrSettled
	} else if err != nil {
		return false, fmt.Errorf("since when it is uncertain: %w", err)
	}
	one := []awaiting{{claimed: d}}
	if err := w.whereTo(ctx, c.Name(), one); err != nil {
		return false, err
	}
	if d = one[0].claimed; d.to == "" {
		return false, nil
	}
	asking, cancel := context.WithTimeout(ctx, w.sendTimeout())
	a, found, err := t.Trace(asking, d.id, d.to, since.Time)
	cancel()
	age := now.Sub(since.Time)
	switch {
	case err != nil && age < 24*time.Hour:
		l.logger().Warn("look-up failed", "delivery", d.id, "channel", c.Name(), "error", err)
		return true, l.postpone(ctx, d, now.Add(backoff(d.tries)))
	case err != nil || !found && age >= traceFor:
		return false, nil
	case !found:
		return true, l.postpone(ctx, d, now.Add(traceEvery))
	}
	// Without the provider's own number the key stands for it, and later look-ups go by the key.
	if err := l.resolve(ctx, d.id, &d.changed, Receipt{ID: d.id, Delivered: a == ArrivalDone}, true, whyReceipt); err != nil {
		return true, err
	}
	out.Handed++
	if a == ArrivalFailed {
		return true, w.arrived(ctx, awaiting{claimed: d, receipt: d.id, handed: now}, a)
	}
	return true, nil
}

// ErrNoSuchMessage says that no message waits for the receipt: it is settled already, or was never sent.
var ErrNoSuchMessage = errors.New("notifier: no message waits for this receipt")

// Receive takes a receipt that a provider pushed: number is our key or the provider's own number of the message.
func (l *Ledger) Receive(ctx context.Context, channel, number string, a Arrival) error {
	ds, err := l.awaiting(ctx, l.DB, byKeyAwaiting, number, channel)
	if err == nil && len(ds) == 0 {
		ds, err = l.awaiting(ctx, l.DB, byReceiptAwaiting, channel, number)
	}
	if err != nil {
		return err
	}
	if len(ds) == 0 {
		return l.receiveUncertain(ctx, channel, number, a)
	}
	if a == ArrivalPending {
		return nil
	}
	people, err := l.Find(ctx, []string{ds[0].recipient})
	if err != nil {
		return fmt.Errorf("find people: %w", err)
	}
	ds[0].person = people[ds[0].recipient]
	return (&Worker{Ledger: l}).arrived(ctx, ds[0], a)
}

var uncertainOf = query(`SELECT id FROM deliveries WHERE id = ? AND channel = ? AND state = 'uncertain'`, onBoth)

// receiveUncertain settles an uncertain message: who has a receipt of it took it.
func (l *Ledger) receiveUncertain(ctx context.Context, channel, number string, a Arrival) error {
	var ids []string
	if err := l.DB.SelectContext(ctx, &ids, l.DB.Rebind(uncertainOf), number, channel); err != nil {
		return err
	}
	if len(ids) == 0 {
		return ErrNoSuchMessage
	}
	if err := l.resolve(ctx, number, nil, Receipt{ID: number, Delivered: a == ArrivalDone}, true, whyReceipt); err != nil {
		return err
	}
	if a == ArrivalFailed {
		return l.Receive(ctx, channel, number, a)
	}
	return nil
}
