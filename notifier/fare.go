package notifier

import (
	"context"
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

var (
	channelFares = query(`
SELECT channel, MAX(handed_at) AS taken_at,
	MAX(CASE WHEN why <> '' AND state IN ('failed', 'uncertain', 'ready') THEN changed_at END) AS failed_at,
	SUM(CASE WHEN state IN ('ready', 'leased') THEN 1 ELSE 0 END) AS waiting,
	SUM(CASE WHEN state = 'uncertain' THEN 1 ELSE 0 END) AS doubts
FROM deliveries GROUP BY channel`, onBoth)

	lastFailure = query(`
SELECT why FROM deliveries WHERE channel = ? AND why <> '' AND state IN ('failed', 'uncertain', 'ready') ORDER BY changed_at DESC, id LIMIT 1`, onBoth)
)

// Fares tells how each channel of the ledger fares.
func Fares(ctx context.Context, tx *sqlx.Tx) (map[string]Fare, error) {
	var rows []struct {
		Channel  string        `db:"channel"`
		TakenAt  civil.Instant `db:"taken_at"`
		FailedAt civil.Instant `db:"failed_at"`
		Waiting  int           `db:"waiting"`
		Doubts   int           `db:"doubts"`
	}
	if err := tx.SelectContext(ctx, &rows, channelFares); err != nil {
		return nil, fmt.Errorf("how channels fare: %w", err)
	}
	out := map[string]Fare{}
	for _, r := range rows {
		f := Fare{TakenAt: r.TakenAt.Time, FailedAt: r.FailedAt.Time, Waiting: r.Waiting, Doubts: r.Doubts}
		if !f.FailedAt.IsZero() {
			if err := tx.GetContext(ctx, &f.Why, tx.Rebind(lastFailure), r.Channel); err != nil {
				return nil, fmt.Errorf("why channel %s failed: %w", r.Channel, err)
			}
		}
		out[r.Channel] = f
	}
	return out, nil
}
