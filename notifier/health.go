package notifier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/planner/civil"
)

const (
	beginFirst  = 250 * time.Millisecond // pause before a worker that cannot begin tries again; doubles
	beginMost   = 15 * time.Second       // and at most
	endPatience = 5 * time.Second        // how long a worker that stops tries to say so
)

// Health is how a channel does in one process.
type Health struct {
	Channel  string       `json:"channel"`
	State    BreakerState `json:"state"`
	Failures int          `json:"failures"` // in a row
	PauseMS  int64        `json:"pause_ms"` // until the next try; zero: none
}

// Health lists the worker's channels in their order.
func (w *Worker) Health() []Health {
	out := []Health{}
	for _, c := range w.Channels {
		b := &w.lane(c).breaker
		out = append(out, Health{c.Name(), b.state(), b.inARow(), b.wait().Milliseconds()})
	}
	return out
}

// WorkerHealth is how a worker's process does, by its last heartbeat.
type WorkerHealth struct {
	Name      string    `json:"name"`
	Alive     bool      `json:"alive"` // false: it ended, or others took it for dead
	StartedAt time.Time `json:"started_at"`
	BeatAt    time.Time `json:"beat_at"` // by the worker's clock
	Leased    int       `json:"leased"`  // deliveries in its hands
	Channels  []Health  `json:"channels"`
}

// The states are those of a partial index, which SQLite uses only if they are named as it names them.
var listWorkers = query(`
SELECT w.name, w.alive, w.started_at, w.beat_at, w.channels,
	(SELECT COUNT(*) FROM deliveries AS d WHERE d.state IN ('leased', 'uncertain') AND d.state = 'leased' AND d.worker = w.name AND d.epoch = w.epoch) AS leased
FROM notifier_workers AS w ORDER BY w.name`, onBoth)

// Workers tells how all processes that send do: each has breakers of its own, and what they know is shown, not shared.
func Workers(ctx context.Context, db sqlx.QueryerContext) ([]WorkerHealth, error) {
	var rows []struct {
		Name      string        `db:"name"`
		Alive     bool          `db:"alive"`
		StartedAt civil.Instant `db:"started_at"`
		BeatAt    civil.Instant `db:"beat_at"`
		Channels  string        `db:"channels"`
		Leased    int           `db:"leased"`
	}
	if err := sqlx.SelectContext(ctx, db, &rows, listWorkers); err != nil {
		return nil, fmt.Errorf("list workers: %w", err)
	}
	out := make([]WorkerHealth, len(rows))
	for i, r := range rows {
		out[i] = WorkerHealth{Name: r.Name, Alive: r.Alive, StartedAt: r.StartedAt.Time, BeatAt: r.BeatAt.Time, Leased: r.Leased}
		if err := json.Unmarshal([]byte(r.Channels), &out[i].Channels); err != nil {
			return nil, fmt.Errorf("health of worker %s: %w", r.Name, err)
		}
	}
	return out, nil
}

// Trouble says what does not work at present, such as a database that is away; nil if all does.
func (w *Worker) Trouble() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []error
	for _, doing := range slices.Sorted(maps.Keys(w.errors)) {
		all = append(all, fmt.Errorf("%s: %w", doing, w.errors[doing]))
	}
	return errors.Join(all...)
}

// note keeps the error of what was done, or forgets the last one.
func (w *Worker) note(doing string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		delete(w.errors, doing)
		return
	}
	if w.errors == nil {
		w.errors = map[string]error{}
	}
	w.errors[doing] = err
}

// beginAtLast begins, as often as it takes; nil if ctx ended before.
func (w *Worker) beginAtLast(ctx context.Context) *tenure {
	pause := beginFirst
	for ctx.Err() == nil {
		t, err := w.begin(ctx)
		w.note("begin", err)
		if err == nil {
			return t
		}
		w.Ledger.logger().Error("the worker cannot begin and tries again", "worker", w.Name, "in", pause, "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, beginMost)
	}
	return nil
}
