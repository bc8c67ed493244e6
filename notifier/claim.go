package notifier

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/planner/civil"
)

// Claiming differs by engine: PostgreSQL skips rows that another worker is just claiming, SQLite has one writer.
// ANY (ARRAY(…)) rather than IN makes PostgreSQL look the few rows up by key instead of reading the whole table.
// A row that was changed in the future was put off by a clock set back since; it is taken now.
var (
	claimPostgres = query(`
UPDATE deliveries SET state = 'leased', worker = ?, epoch = ?, started_at = NULL, changed_at = ?
WHERE id = ANY (ARRAY(
	SELECT id FROM deliveries WHERE state = 'ready' AND channel = ? AND (next_at <= ? OR changed_at > ?)
	ORDER BY urgent DESC, next_at, id LIMIT ? FOR UPDATE SKIP LOCKED))
RETURNING id, root, recipient, place, urgent, tries`, onPostgres)
	claimSQLite = query(`
UPDATE deliveries SET state = 'leased', worker = ?, epoch = ?, started_at = NULL, changed_at = ?
WHERE id IN (
	SELECT id FROM deliveries WHERE state = 'ready' AND channel = ? AND (next_at <= ? OR changed_at > ?)
	ORDER BY urgent DESC, next_at, id LIMIT ?)
RETURNING id, root, recipient, place, urgent, tries`, onSQLite)

	carriedNotices = query(`
SELECT n.id, n.recipient, n.subject, n.revision, n.rule, n.due_at, n.next_at, n.expires_at, n.urgent, n.template, n.args, n.state, n.why,
	x.delivery
FROM delivery_notices AS x JOIN notices AS n ON n.id = x.notice
WHERE x.delivery IN (?) AND n.state = 'due'
ORDER BY x.delivery, n.due_at, n.rule, n.subject, n.id`, onBoth)

	beginDelivery = query(`
UPDATE deliveries SET started_at = ?, changed_at = ? WHERE id = ? AND state = 'leased' AND worker = ? AND epoch = ?`, onBoth)
)

// claimed is a delivery in hand with all that is needed to send it.
type claimed struct {
	id, root, recipient string
	place, tries        int
	urgent              bool
	epoch               int64
	person              Person
	carried             []Notice // still of use
	late                int      // due, but useless by now
}

// claim takes up to n deliveries of the channel and gathers what they carry.
func (w *Worker) claim(ctx context.Context, t *tenure, channel string, n int) ([]claimed, error) {
	l := w.Ledger
	now := l.Now()
	epoch := t.current()
	statement := claimSQLite
	if isPostgres(l.DB.DriverName()) {
		statement = claimPostgres
	}
	at := civil.At(now)
	rows, err := l.DB.QueryxContext(ctx, l.DB.Rebind(statement), w.Name, epoch, at, channel, at, civil.At(now.Add(clockSkew)), n)
	if err != nil {
		return nil, fmt.Errorf("claim deliveries of %s: %w", channel, err)
	}
	defer rows.Close()
	var ds []claimed
	for rows.Next() {
		d := claimed{epoch: epoch}
		if err := rows.Scan(&d.id, &d.root, &d.recipient, &d.place, &d.urgent, &d.tries); err != nil {
			return nil, fmt.Errorf("claim deliveries of %s: %w", channel, err)
		}
		ds = append(ds, d)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("claim deliveries of %s: %w", channel, err)
	}
	rows.Close() // before the next statement: the pool may have one connection
	if len(ds) == 0 {
		return nil, nil
	}
	w.step("claimed")
	if err := w.load(ctx, now, ds); err != nil {
		return nil, err
	}
	return ds, nil
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

// begin writes down that hand-over starts, for channels that take no key: a worker that dies after this leaves the
// delivery uncertain. It reports whether the lease still held.
func (w *Worker) beginDelivery(ctx context.Context, d claimed) (bool, error) {
	now := civil.At(w.Ledger.Now())
	n, err := execCount(ctx, w.Ledger.DB, beginDelivery, now, now, d.id, w.Name, d.epoch)
	if err != nil {
		return false, fmt.Errorf("begin delivery %s: %w", d.id, err)
	}
	return n == 1, nil
}
