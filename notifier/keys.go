package notifier

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/planner/civil"
)

// Key is a notice without its words: what makes it one, and how it stands.
type Key struct {
	ID        string
	Recipient string
	Subject   string
	Revision  int
	Rule      string
	State     NoticeState
}

var (
	listKeys = query(`SELECT id, recipient, subject, revision, rule, state FROM notices WHERE due_at >= ? AND due_at < ?`, onBoth)

	cancelNotices = query(`UPDATE notices SET state = 'cancelled', why = ?, changed_at = ? WHERE id IN (?) AND state IN ('scheduled', 'due')`, onBoth)
)

// Keys returns the keys of the notices due in [from, until), in no order: a sweep that compares what is owed with what is held
// needs no more of them.
func Keys(ctx context.Context, db sqlx.ExtContext, from, until time.Time) ([]Key, error) {
	rows, err := db.QueryxContext(ctx, db.Rebind(listKeys), civil.At(from), civil.At(until))
	if err != nil {
		return nil, fmt.Errorf("list keys of notices: %w", err)
	}
	defer rows.Close()
	var keys []Key
	for rows.Next() {
		var k Key
		if err := rows.Scan(&k.ID, &k.Recipient, &k.Subject, &k.Revision, &k.Rule, &k.State); err != nil {
			return nil, fmt.Errorf("list keys of notices: %w", err)
		}
		keys = append(keys, k)
	}
	return keys, rows.Err()
}

// CancelNotices cancels those of the notices that no channel has taken yet, since what they speak of changed. Like [Enqueue] it
// runs in the caller's transaction.
func CancelNotices(ctx context.Context, tx *sqlx.Tx, now time.Time, ids []string) error {
	for len(ids) > 0 {
		part := ids[:min(len(ids), enqueueChunk)]
		ids = ids[len(part):]
		statement, args, err := sqlx.In(cancelNotices, whyChanged, civil.At(now), part)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, tx.Rebind(statement), args...); err != nil {
			return fmt.Errorf("cancel %d notices: %w", len(part), err)
		}
	}
	return nil
}
