package notifier

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/planner/civil"
)

// AuditedNotice is a notice with what an auditor wants to know of the last message that carried it.
type AuditedNotice struct {
	Notice   Notice
	Delivery string
	Channel  string
	State    DeliveryState
	HandedAt time.Time // zero: no provider took it
	TryAt    time.Time // of a message that waits: not before
	Taken    int       // messages with it that a provider took
}

var listAudited = query(`
SELECT n.id, n.recipient, n.subject, n.revision, n.rule, n.due_at, n.next_at, n.expires_at, n.urgent, n.template, n.args, n.state, n.why,
	COALESCE(d.id, ''), COALESCE(d.channel, ''), COALESCE(d.state, ''), d.handed_at, d.next_at,
	(SELECT COUNT(*) FROM delivery_notices AS y JOIN deliveries AS o ON o.id = y.delivery WHERE y.notice = n.id AND o.state IN ('handed', 'delivered'))
FROM notices AS n
LEFT JOIN deliveries AS d ON d.id = (
	SELECT x.delivery FROM delivery_notices AS x JOIN deliveries AS o ON o.id = x.delivery
	WHERE x.notice = n.id ORDER BY o.created_at DESC, o.place DESC, o.id DESC LIMIT 1)
WHERE n.due_at >= ? AND n.due_at < ?
ORDER BY n.due_at, n.recipient, n.subject, n.rule, n.revision`, onBoth)

// Audited lists every notice due in [from, until) with its last message, the earliest due first.
func Audited(ctx context.Context, db sqlx.ExtContext, from, until time.Time) (out []AuditedNotice, err error) {
	rows, err := db.QueryxContext(ctx, db.Rebind(listAudited), civil.At(from), civil.At(until))
	if err != nil {
		return nil, fmt.Errorf("audit the ledger: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var a AuditedNotice
		var handed, try civil.Instant
		if err := scanNotice(rows.Scan, &a.Notice, &a.Delivery, &a.Channel, &a.State, &handed, &try, &a.Taken); err != nil {
			return nil, err
		}
		a.HandedAt, a.TryAt = handed.Time, try.Time
		out = append(out, a)
	}
	return out, rows.Err()
}
