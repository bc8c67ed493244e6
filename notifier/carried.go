package notifier

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/planner/civil"
)

// CarriedNotice is a notice with the last message that carried it, if any did.
type CarriedNotice struct {
	Notice   Notice
	Delivery string
	Channel  string
	State    DeliveryState
	Receipt  string
	Why      string // of the message
}

// CarriedFilter chooses notices due in [From, Until). State is one of the notice or of its last message; empty chooses all.
type CarriedFilter struct {
	From, Until time.Time
	State       string
	Rule        string
	Limit       int
}

var listCarried = query(`
SELECT n.id, n.recipient, n.subject, n.revision, n.rule, n.due_at, n.next_at, n.expires_at, n.urgent, n.template, n.args, n.state, n.why,
	COALESCE(d.id, ''), COALESCE(d.channel, ''), COALESCE(d.state, ''), COALESCE(d.receipt, ''), COALESCE(d.why, '')
FROM notices AS n
LEFT JOIN deliveries AS d ON d.id = (
	SELECT x.delivery FROM delivery_notices AS x JOIN deliveries AS o ON o.id = x.delivery
	WHERE x.notice = n.id ORDER BY o.created_at DESC, o.place DESC, o.id DESC LIMIT 1)
WHERE n.due_at >= ? AND n.due_at < ? AND (? = '' OR n.rule = ?) AND (? = '' OR n.state = ? OR d.state = ?)
ORDER BY n.due_at DESC, n.recipient, n.subject, n.rule, n.revision
LIMIT ?`, onBoth)

// Carried lists notices with the messages that carry them, the latest due first.
func Carried(ctx context.Context, db sqlx.ExtContext, f CarriedFilter) (out []CarriedNotice, err error) {
	rows, err := db.QueryxContext(ctx, db.Rebind(listCarried), civil.At(f.From), civil.At(f.Until), f.Rule, f.Rule, f.State, f.State, f.State, f.Limit)
	if err != nil {
		return nil, fmt.Errorf("list the ledger: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var c CarriedNotice
		if err := scanNotice(rows.Scan, &c.Notice, &c.Delivery, &c.Channel, &c.State, &c.Receipt, &c.Why); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}
