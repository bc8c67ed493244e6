package notifier

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/planner/civil"
)

// Claiming differs by engine: PostgreSQL skips rows that another worker is just claiming, SQLite has one writer.
// ANY (ARRAY(…)) rather than IN makes PostgreSQL look the few rows up by key instead of reading the whole table.
// A row that was changed in the future was put off by a clock set back since; it is taken now.
const (
	claimHead = `
UPDATE deliveries SET state = 'leased', worker = ?, epoch = ?, started_at = NULL, changed_at = ?
WHERE id `
	claimable = `
	SELECT id FROM deliveries WHERE state = 'ready' AND channel = ? AND (next_at <= ? OR changed_at > ?)
		AND (created_at <= ? OR urgent = TRUE AND ? = 1)
	ORDER BY urgent DESC, next_at, id LIMIT ?`
	claimTail = `
RETURNING id, root, recipient, place, urgent, tries, created_at`
)

var (
	claimPostgres = query(claimHead+"= ANY (ARRAY("+strings.Replace(claimable, "? = 1", "CAST(? AS INT) = 1", 1)+" FOR UPDATE SKIP LOCKED))"+claimTail, onPostgres)
	claimSQLite   = query(claimHead+"IN ("+claimable+")"+claimTail, onSQLite)

	anyReady = query(`
SELECT id FROM deliveries WHERE state = 'ready' AND channel = ? AND (next_at <= ? OR changed_at > ?) LIMIT 1`, onBoth)

	// What a claim whose answer was lost has left behind, and what the ledger, gone back to an earlier state, has leased to us once
	// more. If its hand-over had begun, nobody knows what became of it.
	anyStray = query(`
SELECT id FROM deliveries
WHERE state IN ('leased', 'uncertain') AND state = 'leased' AND channel = ? AND worker = ? AND epoch = ? LIMIT 1`, onBoth)

	releaseStray = query(`
UPDATE deliveries SET state = CASE WHEN started_at IS NULL THEN 'ready' ELSE 'uncertain' END,
	worker = CASE WHEN started_at IS NULL THEN NULL ELSE worker END,
	epoch = CASE WHEN started_at IS NULL THEN NULL ELSE epoch END,
	why = CASE WHEN started_at IS NULL THEN why ELSE 'unknown-outcome' END,
	changed_at = ?
WHERE state IN ('leased', 'uncertain') AND state = 'leased' AND channel = ? AND worker = ? AND epoch = ?`, onBoth)

	carriedNotices = query(`
SELECT n.id, n.recipient, n.subject, n.revision, n.rule, n.due_at, n.next_at, n.expires_at, n.urgent, n.template, n.args, n.state, n.why,
	x.delivery
FROM delivery_notices AS x JOIN notices AS n ON n.id = x.notice
WHERE x.delivery IN (?) AND n.state = 'due'
ORDER BY x.delivery, n.due_at, n.rule, n.subject, n.id`, onBoth)

	beginPostgres = query(`
UPDATE deliveries SET started_at = ?, changed_at = ?
FROM json_to_recordset(CAST(? AS json)) AS r(id text, epoch bigint)
WHERE deliveries.id = r.id AND deliveries.state || '' = 'leased' AND deliveries.worker = ? AND deliveries.epoch = r.epoch
	AND deliveries.started_at IS NULL
RETURNING deliveries.id`, onPostgres)
	beginSQLite = query(`
UPDATE deliveries SET started_at = ?, changed_at = ?
FROM json_each(?) AS r
WHERE deliveries.id = r.value ->> 'id' AND deliveries.state || '' = 'leased' AND deliveries.worker = ? AND deliveries.epoch = r.value ->> 'epoch'
	AND deliveries.started_at IS NULL
RETURNING id`, onSQLite)
)

// claimed is a delivery in hand with all that is needed to send it.
type claimed struct {
	id, root, recipient string
	place, tries        int
	urgent              bool
	epoch               int64
	created             time.Time
	changed             civil.Instant // of an uncertain one: since when
	permits             []permit
	person              Person
	to                  string   // empty: no address of the channel
	carried             []Notice // still of use
	late                int      // due, but useless by now
}

// claim takes up to n deliveries of the channel, as far as its budgets let them go, and gathers what they carry. An error
// may leave some leased: see mend.
func (w *Worker) claim(ctx context.Context, t *tenure, n *lane, most int) ([]claimed, error) {
	epoch := t.current()
	var ds []claimed
	var err error
	if len(n.limits) == 0 {
		ds, err = w.claimRows(ctx, w.Ledger.DB, epoch, n.name, most, farFuture, false)
	} else {
		ds, err = w.claimLimited(ctx, epoch, n, most)
	}
	if err != nil {
		return nil, fmt.Errorf("claim deliveries of %s: %w", n.name, err)
	}
	if err := w.complete(ctx, n, ds); err != nil {
		for _, d := range ds {
			w.permits.drop(d.permits)
		}
		return nil, err
	}
	return ds, nil
}

// complete fills in what claimed deliveries carry and where they go.
func (w *Worker) complete(ctx context.Context, n *lane, ds []claimed) error {
	if len(ds) == 0 {
		return nil
	}
	w.step("claimed")
	if err := w.load(ctx, w.Ledger.Now(), ds); err != nil {
		return err
	}
	return w.addresses(ctx, n.name, ds)
}

// claimLimited takes permits and as many deliveries in one transaction.
func (w *Worker) claimLimited(ctx context.Context, epoch int64, n *lane, most int) ([]claimed, error) {
	l := w.Ledger
	now := l.Now()
	var some []string
	if err := l.DB.SelectContext(ctx, &some, l.DB.Rebind(anyReady), n.name, civil.At(now), civil.At(now.Add(clockSkew))); err != nil || len(some) == 0 {
		return nil, err
	}
	w.permits.Lock()
	defer w.permits.Unlock()
	var ds []claimed
	err := l.inTx(ctx, func(tx *sqlx.Tx) error {
		ds = nil
		sets, err := w.takePermits(ctx, tx, epoch, n.limits, most)
		if err != nil || len(sets) == 0 {
			return err
		}
		if ds, err = w.claimRows(ctx, tx, epoch, n.name, len(sets), farFuture, false); err != nil {
			return err
		}
		var back []permit
		for i, set := range sets {
			if i < len(ds) {
				ds[i].permits = set
			} else {
				back = append(back, set...)
			}
		}
		return w.givePermits(ctx, tx, back)
	})
	if err != nil {
		return nil, err
	}
	for _, d := range ds {
		w.permits.put(d.permits...)
	}
	return ds, nil
}

// claimRows takes up to n ready deliveries that were made before an instant, or are urgent if those count too.
func (w *Worker) claimRows(ctx context.Context, db sqlx.ExtContext, epoch int64, channel string, n int, before time.Time, urgent bool) ([]claimed, error) {
	now := w.Ledger.Now()
	statement := pick(db.DriverName(), claimPostgres, claimSQLite)
	at, urgentToo := civil.At(now), 0
	if urgent {
		urgentToo = 1
	}
	rows, err := db.QueryxContext(ctx, db.Rebind(statement), w.Name, epoch, at, channel, at, civil.At(now.Add(clockSkew)), civil.At(before), urgentToo, n)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ds []claimed
	for rows.Next() {
		d := claimed{epoch: epoch}
		var created civil.Instant
		if err := rows.Scan(&d.id, &d.root, &d.recipient, &d.place, &d.urgent, &d.tries, &created); err != nil {
			return nil, err
		}
		d.created = created.Time
		ds = append(ds, d)
	}
	return ds, rows.Err()
}

// load fills in people and notices.
func (w *Worker) load(ctx context.Context, now time.Time, ds []claimed) error {
	l := w.Ledger
	at := map[string]int{}
	keys, recipients := make([]string, len(ds)), make([]string, len(ds))
	for i, d := range ds {
		at[d.id], keys[i], recipients[i] = i, d.id, d.recipient
	}
	people, err := l.Find(ctx, recipients)
	if err != nil {
		return fmt.Errorf("find people: %w", err)
	}
	for i := range ds {
		ds[i].person = people[ds[i].recipient]
	}
	statement, args, err := sqlx.In(carriedNotices, keys)
	if err != nil {
		return err
	}
	rows, err := l.DB.QueryxContext(ctx, l.DB.Rebind(statement), args...)
	if err != nil {
		return fmt.Errorf("read carried notices: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var n Notice
		var delivery string
		if err := scanNotice(rows.Scan, &n, &delivery); err != nil {
			return err
		}
		d := &ds[at[delivery]]
		if n.ExpiresAt.IsZero() || n.ExpiresAt.After(now) {
			d.carried = append(d.carried, n)
		} else {
			d.late++
		}
	}
	return rows.Err()
}

type beginRow struct {
	ID    string `json:"id"`
	Epoch int64  `json:"epoch"`
}

// beginDeliveries writes down that hand-over starts, for channels that take no key: a worker that dies after this leaves the
// deliveries uncertain. It returns those whose lease still held and whose hand-over had not begun: if a lease was lost and the same
// worker claimed the row once more, it is in hand twice and goes once.
func (w *Worker) beginDeliveries(ctx context.Context, ds []claimed) (held map[string]bool, err error) {
	db := w.Ledger.DB
	now := civil.At(w.Ledger.Now())
	rows := make([]beginRow, len(ds))
	for i, d := range ds {
		rows[i] = beginRow{d.id, d.epoch}
	}
	body, err := json.Marshal(rows)
	if err != nil {
		return nil, err
	}
	var ids []string
	if err := db.SelectContext(ctx, &ids, db.Rebind(pick(db.DriverName(), beginPostgres, beginSQLite)), now, now, string(body), w.Name); err != nil {
		return nil, fmt.Errorf("begin %d hand-overs: %w", len(ds), err)
	}
	held = make(map[string]bool, len(ids))
	for _, id := range ids {
		held[id] = true
	}
	return held, nil
}
