package notifier

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/planner/civil"
)

// Count is a number of deliveries of one channel in one state.
type Count struct {
	Channel string
	State   DeliveryState
	N       int
}

var countDeliveries = query(`SELECT channel, state, COUNT(*) FROM deliveries GROUP BY channel, state ORDER BY channel, state`, onBoth)

// Counts counts the deliveries by channel and state, sorted by both.
func Counts(ctx context.Context, db sqlx.QueryerContext) ([]Count, error) {
	rows, err := db.QueryxContext(ctx, countDeliveries)
	if err != nil {
		return nil, fmt.Errorf("count deliveries: %w", err)
	}
	defer rows.Close()
	var counts []Count
	for rows.Next() {
		var c Count
		if err := rows.Scan(&c.Channel, &c.State, &c.N); err != nil {
			return nil, fmt.Errorf("count deliveries: %w", err)
		}
		counts = append(counts, c)
	}
	return counts, rows.Err()
}

// Filter chooses notices or deliveries. Zero fields choose all.
type Filter struct {
	Recipient string
	Subject   string        // of notices
	Notice    NoticeState   // of notices
	Delivery  DeliveryState // of deliveries
	From      time.Time     // of notices: due at it or later
	Until     time.Time     // due, or to be tried, before it
	Limit     int           // zero: 1000
}

func (f Filter) limit() int {
	if f.Limit <= 0 {
		return 1000
	}
	return f.Limit
}

var (
	farFuture = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) // "not by itself" for a delivery that waits for a person
	noEnd     = farFuture.AddDate(0, 1, 0)                  // later than every instant in the ledger
)

func (f Filter) from() civil.Instant {
	if f.From.IsZero() {
		return civil.At(time.Unix(0, 0))
	}
	return civil.At(f.From)
}

func (f Filter) until() civil.Instant {
	if f.Until.IsZero() {
		return civil.At(noEnd)
	}
	return civil.At(f.Until)
}

var listNotices = query(`
SELECT id, recipient, subject, revision, rule, due_at, next_at, expires_at, urgent, template, args, state, why
FROM notices
WHERE (? = '' OR recipient = ?) AND (? = '' OR subject = ?) AND (? = '' OR state = ?) AND due_at >= ? AND due_at < ?
ORDER BY due_at, recipient, subject, rule, revision
LIMIT ?`, onBoth)

// Notices lists notices by due instant, then recipient, subject, rule and revision.
func Notices(ctx context.Context, db sqlx.ExtContext, f Filter) ([]Notice, error) {
	rows, err := db.QueryxContext(ctx, db.Rebind(listNotices), f.Recipient, f.Recipient, f.Subject, f.Subject, f.Notice, f.Notice, f.from(), f.until(), f.limit())
	if err != nil {
		return nil, fmt.Errorf("list notices: %w", err)
	}
	return readNotices(rows)
}

var listDeliveries = query(`
SELECT id, root, recipient, channel, place, urgent, day, slot, state, tries, next_at, worker, handed_at, receipt, why
FROM deliveries
WHERE (? = '' OR recipient = ?) AND (? = '' OR state = ?) AND next_at < ?
ORDER BY created_at, root, place, id
LIMIT ?`, onBoth)

// Deliveries lists deliveries, oldest first.
func Deliveries(ctx context.Context, db sqlx.ExtContext, f Filter) ([]Delivery, error) {
	rows, err := db.QueryxContext(ctx, db.Rebind(listDeliveries), f.Recipient, f.Recipient, f.Delivery, f.Delivery, f.until(), f.limit())
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	defer rows.Close()
	var ds []Delivery
	for rows.Next() {
		var d Delivery
		var slot *int
		var worker *string
		var next, handed civil.Instant
		if err := rows.Scan(&d.ID, &d.Root, &d.Recipient, &d.Channel, &d.Place, &d.Urgent, &d.Day, &slot, &d.State, &d.Tries,
			&next, &worker, &handed, &d.Receipt, &d.Why); err != nil {
			return nil, fmt.Errorf("list deliveries: %w", err)
		}
		d.NextAt, d.HandedAt = next.Time, handed.Time
		if slot != nil {
			d.Slot = *slot
		}
		if worker != nil {
			d.Worker = *worker
		}
		ds = append(ds, d)
	}
	return ds, rows.Err()
}
