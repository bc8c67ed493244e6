package notifier

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/planner/civil"
)

var (
	// The outcome counts if the lease still holds, or if the lease was taken away during hand-over (uncertain) and its
	// worker comes back with the answer. Otherwise the row is another's by now.
	settleDelivery = query(`
UPDATE deliveries SET state = ?, tries = ?, next_at = ?, why = ?, changed_at = ?,
	slot = CASE WHEN ? THEN NULL ELSE slot END,
	worker = CASE WHEN ? THEN worker END, epoch = CASE WHEN ? THEN epoch END, started_at = CASE WHEN ? THEN started_at END
WHERE id = ? AND worker = ? AND epoch = ? AND state IN ('leased', 'uncertain')`, onBoth)

	releaseOne = query(`
UPDATE deliveries SET state = 'ready', worker = NULL, epoch = NULL, changed_at = ?
WHERE id = ? AND worker = ? AND epoch = ? AND state || '' = 'leased' AND started_at IS NULL`, onBoth)

	// The common case, many at a time; the conditions are those of settleDelivery. state || '' keeps planners that know no
	// statistics yet from looking rows up by state, which multiplies the batch with all that is leased.
	takenPostgres = query(`
UPDATE deliveries SET state = r.state, tries = tries + 1, next_at = ?, handed_at = ?, receipt = r.receipt, why = '', changed_at = ?,
	worker = NULL, epoch = NULL, started_at = NULL
FROM json_to_recordset(CAST(? AS json)) AS r(id text, epoch bigint, state text, receipt text)
WHERE deliveries.id = r.id AND deliveries.worker = ? AND deliveries.epoch = r.epoch AND deliveries.state || '' IN ('leased', 'uncertain')
RETURNING deliveries.id`, onPostgres)
	takenSQLite = query(`
UPDATE deliveries SET state = r.value ->> 'state', tries = tries + 1, next_at = ?, handed_at = ?, receipt = r.value ->> 'receipt', why = '',
	changed_at = ?, worker = NULL, epoch = NULL, started_at = NULL
FROM json_each(?) AS r
WHERE deliveries.id = r.value ->> 'id' AND deliveries.worker = ? AND deliveries.epoch = r.value ->> 'epoch'
	AND deliveries.state || '' IN ('leased', 'uncertain')
RETURNING id`, onSQLite)

	doneNoticesPostgres = query(`
UPDATE notices SET state = 'done', why = '', changed_at = ?
WHERE state || '' = 'due' AND id = ANY (ARRAY(SELECT r.notice FROM json_to_recordset(CAST(? AS json)) AS r(notice text)))`, onPostgres)
	doneNoticesSQLite = query(`
UPDATE notices SET state = 'done', why = '', changed_at = ?
WHERE state || '' = 'due' AND id IN (SELECT r.value ->> 'notice' FROM json_each(?) AS r)`, onSQLite)

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
func (w *Worker) record(ctx context.Context, n *lane, results []result) (Outcome, error) {
	w.step("recording")
	var out Outcome
	var permits []permit
	for _, r := range results {
		for _, p := range r.permits {
			if r.tried {
				p.Used = 1
			}
			permits = append(permits, p)
		}
	}
	err := w.Ledger.inTx(ctx, func(tx *sqlx.Tx) error {
		out = Outcome{}
		if err := w.givePermits(ctx, tx, permits); err != nil {
			return err
		}
		if err := w.recordTaken(ctx, tx, results, &out); err != nil {
			return fmt.Errorf("record what was taken: %w", err)
		}
		for _, r := range results {
			if r.verdict == taken {
				continue
			}
			if err := w.recordOne(ctx, tx, n, r, &out); err != nil {
				return fmt.Errorf("record delivery %s: %w", r.id, err)
			}
		}
		w.step("committing")
		return nil
	})
	if err == nil {
		w.permits.drop(permits)
	}
	w.step("recorded")
	return out, err
}

type takenRow struct {
	ID      string        `json:"id"`
	Epoch   int64         `json:"epoch"`
	State   DeliveryState `json:"state"`
	Receipt string        `json:"receipt"`
}

// recordTaken settles what the provider took, and what it carried.
func (w *Worker) recordTaken(ctx context.Context, tx *sqlx.Tx, results []result, out *Outcome) error {
	l := w.Ledger
	now := civil.At(l.Now())
	var rows []takenRow
	for _, r := range results {
		if r.verdict != taken {
			continue
		}
		row := takenRow{r.id, r.epoch, DeliveryHanded, r.receipt.ID}
		if r.receipt.Delivered {
			row.State = DeliveryDelivered
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil
	}
	body, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	statement := takenSQLite
	if isPostgres(tx.DriverName()) {
		statement = takenPostgres
	}
	var settled []string
	if err := tx.SelectContext(ctx, &settled, tx.Rebind(statement), now, now, now, string(body), w.Name); err != nil {
		return err
	}
	ours := make(map[string]bool, len(settled))
	for _, id := range settled {
		ours[id] = true
	}
	var done []linkRow
	for _, r := range results {
		switch {
		case r.verdict != taken:
			continue
		case !ours[r.id]:
			w.fenced(r, out)
			continue
		}
		out.Handed++
		for _, n := range r.carried {
			done = append(done, linkRow{r.id, n.ID})
		}
	}
	if err := l.execJSON(ctx, tx, doneNoticesPostgres, doneNoticesSQLite, len(done), done, now); err != nil {
		return fmt.Errorf("mark notices done: %w", err)
	}
	for _, r := range results {
		if r.verdict == taken && ours[r.id] && r.late > 0 {
			if _, err := execCount(ctx, tx, returnNotices, now, r.id); err != nil {
				return fmt.Errorf("return notices: %w", err)
			}
		}
	}
	return nil
}

// fenced notes an outcome that came after the lease had passed to another.
func (w *Worker) fenced(r result, out *Outcome) {
	out.Fenced++
	w.Ledger.logger().Warn("outcome came too late, the lease is another's", "delivery", r.id, "worker", w.Name, "epoch", r.epoch)
}

// change is how a result that is not "taken" changes its delivery.
type change struct {
	state    DeliveryState
	tries    int
	next     time.Time
	keepSlot bool
	keepLink bool // worker, epoch and start stay, so that the worker may still answer
}

func (w *Worker) recordOne(ctx context.Context, tx *sqlx.Tx, n *lane, r result, out *Outcome) error {
	l := w.Ledger
	now := l.Now()
	ch := change{tries: r.tries, next: now, keepSlot: true}
	count := &out.Retried
	failed := false
	switch r.verdict {
	case unsent: // it did not go; if the lease is another's by now, nothing is changed
		ch.state = DeliveryReady
	case again:
		ch.state, ch.tries = DeliveryReady, r.tries+1
		ch.next = now.Add(backoff(ch.tries))
		if r.cut && ch.tries == 1 {
			ch.next = now.Add(cutPause)
		}
		failed = ch.tries >= maxTries
	case pause, down, wait:
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
	if r.verdict == lost {
		// What was not begun goes back. If the row is in hand twice, the other one has begun it and will say what became of it.
		freed, err := execCount(ctx, tx, releaseOne, civil.At(now), r.id, w.Name, r.epoch)
		out.Retried += freed
		return err
	}
	changed, err := execCount(ctx, tx, settleDelivery, string(ch.state), ch.tries, civil.At(ch.next), clip(r.why), civil.At(now),
		!ch.keepSlot, ch.keepLink, ch.keepLink, ch.keepLink, r.id, w.Name, r.epoch)
	if err != nil {
		return err
	}
	if changed == 0 {
		w.fenced(r, out)
		return nil
	}
	*count++
	switch ch.state {
	case DeliveryUncertain:
		_, err = execCount(ctx, tx, noteNotices, whyUnknown, civil.At(now), r.id)
	case DeliveryFailed:
		l.logger().Warn("delivery failed", "delivery", r.id, "channel", n.name, "tries", ch.tries, "error", r.why)
		return w.fallBack(ctx, tx, r)
	}
	return err
}

// fallBack makes the delivery over the person's next address, or puts the notices back if there is none.
func (w *Worker) fallBack(ctx context.Context, tx *sqlx.Tx, r result) error {
	l := w.Ledger
	now := l.Now()
	at := civil.At(now)
	if next := r.place + 1; next < len(r.person.Addresses) {
		id := keyAfter(r.id, next)
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
