package notifier

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/planner/civil"
)

var (
	// The outcome counts if the lease still holds, or if the lease was taken away during hand-over (uncertain) and its
	// worker comes back with the answer. Otherwise the row is another's by now.
	settleDelivery = query(`
UPDATE deliveries SET state = ?, tries = ?, next_at = ?, handed_at = ?, receipt = ?, why = ?, changed_at = ?,
	slot = CASE WHEN ? THEN NULL ELSE slot END,
	worker = CASE WHEN ? THEN worker END, epoch = CASE WHEN ? THEN epoch END, started_at = CASE WHEN ? THEN started_at END
WHERE id = ? AND worker = ? AND epoch = ? AND state IN ('leased', 'uncertain')`, onBoth)

	doneNotices = query(`
UPDATE notices SET state = 'done', why = '', changed_at = ? WHERE state = 'due' AND id IN (?)`, onBoth)

	doneLinked = query(`
UPDATE notices SET state = 'done', why = '', changed_at = ?
WHERE state = 'due' AND id IN (SELECT notice FROM delivery_notices WHERE delivery = ?)`, onBoth)

	// What the message left out because it seemed late; if the clock was right a sweep writes it off.
	returnNotices = query(`
UPDATE notices SET state = 'scheduled', next_at = due_at, changed_at = ?
WHERE state = 'due' AND id IN (SELECT notice FROM delivery_notices WHERE delivery = ?)`, onBoth)

	noteNotices = query(`
UPDATE notices SET why = ?, changed_at = ? WHERE state = 'due' AND id IN (SELECT notice FROM delivery_notices WHERE delivery = ?)`, onBoth)

	// All channels failed: the obligation stands and is tried anew.
	reopenNotices = query(`
UPDATE notices SET state = 'scheduled', next_at = ?, held_at = ?, why = ?, changed_at = ?
WHERE state = 'due' AND id IN (SELECT notice FROM delivery_notices WHERE delivery = ?)`, onBoth)

	addFallback = query(`
INSERT INTO deliveries (id, root, recipient, channel, place, urgent, day, slot, state, tries, next_at, receipt, why, created_at, changed_at)
VALUES (?, ?, ?, ?, ?, ?, ?, NULL, 'ready', 0, ?, '', '', ?, ?)`, onBoth)

	linkFallback = query(`
INSERT INTO delivery_notices (delivery, notice)
SELECT ?, n.id FROM delivery_notices AS x JOIN notices AS n ON n.id = x.notice WHERE x.delivery = ? AND n.state = 'due'`, onBoth)
)

// record writes down what came of a batch, in one transaction, and makes the fall-backs.
func (w *Worker) record(ctx context.Context, c Channel, results []result) (Outcome, error) {
	w.step("recording")
	var out Outcome
	err := w.Ledger.inTx(ctx, func(tx *sqlx.Tx) error {
		out = Outcome{}
		for _, r := range results {
			if err := w.recordOne(ctx, tx, c, r, &out); err != nil {
				return fmt.Errorf("record delivery %s: %w", r.id, err)
			}
		}
		w.step("committing")
		return nil
	})
	w.step("recorded")
	return out, err
}

// change is how a result changes its delivery.
type change struct {
	state    DeliveryState
	tries    int
	next     time.Time
	handed   time.Time
	keepSlot bool
	keepLink bool // worker, epoch and start stay, so that the worker may still answer
}

func (w *Worker) recordOne(ctx context.Context, tx *sqlx.Tx, c Channel, r result, out *Outcome) error {
	l := w.Ledger
	now := l.Now()
	ch := change{tries: r.tries, next: now, keepSlot: true}
	count := &out.Retried
	failed := false
	switch r.verdict {
	case unsent:
		return nil
	case lost:
		out.Fenced++
		return nil
	case taken:
		ch.state, ch.tries, ch.handed, count = DeliveryHanded, r.tries+1, now, &out.Handed
		if r.receipt.Delivered {
			ch.state = DeliveryDelivered
		}
	case again:
		ch.state, ch.tries = DeliveryReady, r.tries+1
		ch.next = now.Add(backoff(ch.tries))
		failed = ch.tries >= maxTries
	case pause, wait:
		ch.state, ch.next = DeliveryReady, r.until
	case refused:
		ch.tries, failed = r.tries+1, true
	case unknown:
		ch.state, ch.tries, ch.keepLink, count = DeliveryUncertain, r.tries+1, true, &out.Uncertain
		if r.why != "" {
			r.why = whyUnknown + "; " + r.why
		}
	case void:
		ch.state, ch.keepSlot, count = DeliveryWithdrawn, false, &out.Withdrawn
	}
	if failed {
		ch.state, count = DeliveryFailed, &out.Failed
	}
	n, err := execCount(ctx, tx, settleDelivery, string(ch.state), ch.tries, civil.At(ch.next), civil.At(ch.handed), r.receipt.ID, clip(r.why),
		civil.At(now), !ch.keepSlot, ch.keepLink, ch.keepLink, ch.keepLink, r.id, w.Name, r.epoch)
	if err != nil {
		return err
	}
	if n == 0 {
		out.Fenced++
		l.logger().Warn("outcome came too late, the lease is another's", "delivery", r.id, "worker", w.Name, "epoch", r.epoch)
		return nil
	}
	*count++
	switch ch.state {
	case DeliveryHanded, DeliveryDelivered:
		return l.markDone(ctx, tx, r.id, r.carried)
	case DeliveryUncertain:
		_, err = execCount(ctx, tx, noteNotices, whyUnknown, civil.At(now), r.id)
	case DeliveryFailed:
		l.logger().Warn("delivery failed", "delivery", r.id, "channel", c.Name(), "tries", ch.tries, "error", r.why)
		return w.fallBack(ctx, tx, r)
	}
	return err
}

// markDone settles what a delivery carried and gives back what it left out as late. Without knowledge of what it
// carried (nil) all that is linked to it counts.
func (l *Ledger) markDone(ctx context.Context, tx *sqlx.Tx, delivery string, carried []Notice) error {
	now := civil.At(l.Now())
	if carried == nil {
		_, err := execCount(ctx, tx, doneLinked, now, delivery)
		return err
	}
	statement, args, err := sqlx.In(doneNotices, now, ids(carried))
	if err != nil {
		return err
	}
	if _, err := execCount(ctx, tx, statement, args...); err != nil {
		return fmt.Errorf("mark notices done: %w", err)
	}
	if _, err := execCount(ctx, tx, returnNotices, now, delivery); err != nil {
		return fmt.Errorf("return notices: %w", err)
	}
	return nil
}

// fallBack makes the delivery over the person's next address, or puts the notices back if there is none.
func (w *Worker) fallBack(ctx context.Context, tx *sqlx.Tx, r result) error {
	l := w.Ledger
	now := l.Now()
	at := civil.At(now)
	if next := r.place + 1; next < len(r.person.Addresses) {
		id := l.newID()
		if _, err := execCount(ctx, tx, addFallback, id, r.root, r.recipient, r.person.Addresses[next].Channel, next, r.urgent,
			civil.DateIn(now, l.Zone), at, at, at); err != nil {
			return fmt.Errorf("fall back to %s: %w", r.person.Addresses[next].Channel, err)
		}
		_, err := execCount(ctx, tx, linkFallback, id, r.id)
		return err
	}
	until := l.nextDigest(r.person, civil.DateIn(now, l.Zone))
	if r.urgent {
		until = now.Add(time.Hour)
	}
	_, err := execCount(ctx, tx, reopenNotices, civil.At(until), at, clip(whyNoChannel+"; "+r.why), at, r.id)
	return err
}

// clip keeps a provider's words to what a person will read.
func clip(s string) string {
	const most = 300
	for i := range s {
		if i > most {
			return s[:i] + "…"
		}
	}
	return s
}

func (o *Outcome) add(p Outcome) {
	o.Swept.Due += p.Swept.Due
	o.Swept.Messages += p.Swept.Messages
	o.Swept.Held += p.Swept.Held
	o.Swept.Expired += p.Swept.Expired
	o.Swept.Withdrawn += p.Swept.Withdrawn
	o.Handed += p.Handed
	o.Failed += p.Failed
	o.Retried += p.Retried
	o.Uncertain += p.Uncertain
	o.Withdrawn += p.Withdrawn
	o.Fenced += p.Fenced
}
