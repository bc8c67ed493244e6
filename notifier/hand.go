package notifier

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/planner/civil"
)

// What people do to the ledger by hand. All run in the caller's transaction, which keeps who did it.

// handUseful is how long a notice that is sent again by hand is worth sending at least: until after the next digest.
const handUseful = 5 * 24 * time.Hour

var (
	reconsider = query(`UPDATE notices SET next_at = due_at, held_at = NULL, why = '', changed_at = ? WHERE recipient = ? AND state = 'scheduled' AND held_at IS NOT NULL`, onBoth)

	cancelNotice = query(`UPDATE notices SET state = 'cancelled', why = 'by-hand', changed_at = ? WHERE id = ? AND state IN ('scheduled', 'due')`, onBoth)

	againNotice = query(`
UPDATE notices SET state = 'scheduled', next_at = ?, held_at = NULL, why = 'by-hand', changed_at = ?,
	expires_at = CASE WHEN expires_at IS NULL OR expires_at > ? THEN expires_at ELSE ? END
WHERE id = ? AND state IN ('done', 'expired', 'cancelled')`, onBoth)
)

// Reconsider looks anew at what was put off for a person, who changed what they want.
func Reconsider(ctx context.Context, tx *sqlx.Tx, now time.Time, recipient string) error {
	if _, err := execCount(ctx, tx, reconsider, civil.At(now), recipient); err != nil {
		return fmt.Errorf("reconsider what waits for %s: %w", recipient, err)
	}
	return wakeWorkers(ctx, tx, wakeSweep)
}

// Cancel withdraws one notice by hand. [ErrSettled] if it is not waiting any more; a message on its way still arrives.
func Cancel(ctx context.Context, tx *sqlx.Tx, now time.Time, notice string) error {
	n, err := execCount(ctx, tx, cancelNotice, civil.At(now), notice)
	if err != nil {
		return fmt.Errorf("cancel notice %s: %w", notice, err)
	}
	if n == 0 {
		return ErrSettled
	}
	return nil
}

// Again sends a settled notice once more, with the person's next message: their limits hold for it as for any other. It returns
// [ErrSettled] if the notice waits anyway.
func Again(ctx context.Context, tx *sqlx.Tx, now time.Time, notice string) error {
	until := civil.At(now.Add(handUseful))
	n, err := execCount(ctx, tx, againNotice, civil.At(now), civil.At(now), until, until, notice)
	if err != nil {
		return fmt.Errorf("send notice %s again: %w", notice, err)
	}
	if n == 0 {
		return ErrSettled
	}
	return wakeWorkers(ctx, tx, wakeSweep)
}
