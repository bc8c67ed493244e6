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

// Fare is how a channel fares, by what the ledger holds.
type Fare struct {
	TakenAt  time.Time // when a provider last took a message; zero: never
	FailedAt time.Time // when a try last failed
	Why      string    // of that failure; neither address nor token
	Waiting  int       // deliveries ready or leased
	Doubts   int       // uncertain deliveries
}

// A channel is asked for by the indexes of its own rows: what was taken and what failed last stand at an index's end, and what waits or
// is in doubt is what is open now, however long the ledger.
var (
	lastTaken = query(`SELECT MAX(handed_at) FROM deliveries WHERE channel = ? AND handed_at IS NOT NULL`, onBoth)

	lastFailure = query(`
SELECT changed_at, why FROM deliveries WHERE channel = ? AND why <> '' AND state IN ('failed', 'uncertain', 'ready') ORDER BY changed_at DESC, id LIMIT 1`, onBoth)

	openOfChannel = query(`
SELECT (SELECT COUNT(*) FROM deliveries WHERE channel = ? AND state = 'ready') + (SELECT COUNT(*) FROM deliveries WHERE state IN ('leased', 'uncertain') AND state = 'leased' AND channel = ?) AS waiting,
	(SELECT COUNT(*) FROM deliveries WHERE channel = ? AND state = 'uncertain') AS doubts`, onBoth)
)

// Fares tells how each of the channels fares by the ledger; of one that it does not know, nothing.
func Fares(ctx context.Context, tx *sqlx.Tx, channels ...string) (map[string]Fare, error) {
	out := make(map[string]Fare, len(channels))
	for _, c := range channels {
		f, err := fareOf(ctx, tx, c)
		if err != nil {
			return nil, fmt.Errorf("how channel %s fares: %w", c, err)
		}
		if f != (Fare{}) {
			out[c] = f
		}
	}
	return out, nil
}

func fareOf(ctx context.Context, tx *sqlx.Tx, channel string) (f Fare, err error) {
	var taken, failed civil.Instant
	if err := tx.GetContext(ctx, &taken, tx.Rebind(lastTaken), channel); err != nil {
		return f, err
	}
	switch err := tx.QueryRowContext(ctx, tx.Rebind(lastFailure), channel).Scan(&failed, &f.Why); {
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return f, err
	}
	f.TakenAt, f.FailedAt = taken.Time, failed.Time
	return f, tx.QueryRowContext(ctx, tx.Rebind(openOfChannel), channel, channel, channel).Scan(&f.Waiting, &f.Doubts)
}
