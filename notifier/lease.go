package notifier

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"lianxin/planner/civil"
)

const (
	// A worker that dies right after a heartbeat is seen still at most beatEvery later, and taken for dead deadAfter and at
	// most one more beatEvery after that: 12 s, which leaves three for a busy machine.
	beatEvery = 2 * time.Second // heartbeat of a worker, and how often it looks at the others
	deadAfter = 8 * time.Second // a heartbeat that stood still so long belongs to a dead worker
)

var (
	register = query(`
INSERT INTO notifier_workers (name, instance, epoch, beat, alive, started_at, beat_at) VALUES (?, ?, 1, 0, TRUE, ?, ?)
ON CONFLICT (name) DO UPDATE SET instance = excluded.instance, epoch = notifier_workers.epoch + 1, beat = 0, alive = TRUE, channels = '[]',
	started_at = excluded.started_at, beat_at = excluded.beat_at
RETURNING epoch`, onBoth)

	// A row of another process with a lower epoch is older than this one: the ledger forgot us, with its last minutes, when a
	// standby that was behind took over. So is a row that is missing.
	reRegister = query(`
INSERT INTO notifier_workers (name, instance, epoch, beat, alive, started_at, beat_at) VALUES (?, ?, ?, 0, TRUE, ?, ?)
ON CONFLICT (name) DO UPDATE SET instance = excluded.instance, beat = 0, alive = TRUE, beat_at = excluded.beat_at,
	epoch = CASE WHEN notifier_workers.epoch < excluded.epoch THEN excluded.epoch ELSE notifier_workers.epoch + 1 END
WHERE notifier_workers.instance = excluded.instance OR notifier_workers.epoch < excluded.epoch - 1
RETURNING epoch`, onBoth)

	beat = query(`
UPDATE notifier_workers SET beat = beat + 1, beat_at = ?, channels = ? WHERE name = ? AND instance = ? AND epoch = ? AND alive = TRUE`, onBoth)

	retire = query(`
UPDATE notifier_workers SET alive = FALSE, beat_at = ? WHERE name = ? AND instance = ? AND epoch = ?`, onBoth)

	otherWorkers = query(`SELECT name, epoch, beat FROM notifier_workers WHERE alive = TRUE AND name <> ? ORDER BY name`, onBoth)

	bury = query(`
UPDATE notifier_workers SET epoch = epoch + 1, alive = FALSE WHERE name = ? AND epoch = ? AND beat = ? AND alive = TRUE`, onBoth)

	// A lease is good as long as its worker lives in the same epoch. Everything else goes back: what was not begun is
	// ready again, what was begun over a channel that takes no key is uncertain and keeps its worker's name, who may
	// still be able to say what became of it. The list of two states names the index: SQLite takes a partial one only if its
	// own condition stands in the query, and would read all deliveries ever made otherwise.
	//
	// It goes by dead leases, worker and epoch, which never come to life again. One statement with NOT EXISTS stole good leases on
	// PostgreSQL: of a row that another worker has freed and claimed meanwhile, READ COMMITTED looks anew at the row, but not at
	// the workers.
	deadLeases = query(`
SELECT DISTINCT worker, epoch FROM deliveries
WHERE state IN ('leased', 'uncertain') AND state = 'leased' AND NOT EXISTS (
	SELECT 1 FROM notifier_workers AS w WHERE w.name = deliveries.worker AND w.epoch = deliveries.epoch AND w.alive = TRUE)`, onBoth)

	freeLeases = query(`
UPDATE deliveries SET state = CASE WHEN started_at IS NULL THEN 'ready' ELSE 'uncertain' END,
	worker = CASE WHEN started_at IS NULL THEN NULL ELSE worker END,
	epoch = CASE WHEN started_at IS NULL THEN NULL ELSE epoch END,
	why = CASE WHEN started_at IS NULL THEN why ELSE 'unknown-outcome' END,
	changed_at = ?
WHERE state IN ('leased', 'uncertain') AND state = 'leased' AND worker = ? AND epoch = ?`, onBoth)

	anyOrphanPostgres = query(anyOrphan(nowPostgres), onPostgres)
	anyOrphanSQLite   = query(anyOrphan(nowSQLite), onSQLite)

	releaseOwn = query(`
UPDATE deliveries SET state = 'ready', worker = NULL, epoch = NULL, changed_at = ?
WHERE state IN ('leased', 'uncertain') AND state = 'leased' AND worker = ? AND epoch = ? AND started_at IS NULL`, onBoth)
)

func anyOrphan(now string) string {
	return `
SELECT CASE WHEN EXISTS (SELECT 1 FROM deliveries
		WHERE state IN ('leased', 'uncertain') AND state = 'leased' AND NOT EXISTS (SELECT 1 FROM notifier_workers AS w
		WHERE w.name = deliveries.worker AND w.epoch = deliveries.epoch AND w.alive = TRUE))
	OR EXISTS (SELECT 1 FROM notifier_permits WHERE ` + orphanPermit(now) + `) THEN 1 ELSE 0 END`
}

// seen is the heartbeat of another worker as this one has watched it, on its own monotonic clock: nobody's wall clock
// decides who is dead.
type seen struct {
	epoch, beat int64
	since       time.Time
}

// tenure is a worker's hold on its name.
type tenure struct {
	worker   *Worker
	instance string
	started  time.Time

	mu     sync.Mutex
	epoch  int64
	others map[string]seen
}

// begin takes the name: a new epoch makes void whatever an earlier process of the same name had leased, and gives it
// back at once.
func (w *Worker) begin(ctx context.Context) (*tenure, error) {
	t := &tenure{worker: w, instance: rand.Text(), started: w.Ledger.Now(), others: map[string]seen{}}
	now := civil.At(t.started)
	db := w.Ledger.DB
	if err := db.GetContext(ctx, &t.epoch, db.Rebind(register), w.Name, t.instance, now, now); err != nil {
		return nil, fmt.Errorf("register worker %s: %w", w.Name, err)
	}
	if err := w.freeOrphans(ctx); err != nil {
		return nil, err
	}
	if err := w.addPermits(ctx); err != nil {
		return nil, err
	}
	w.step("registered")
	return t, nil
}

// freeOrphans looks before it writes: most sweeps find none, and a write would wait for SQLite's one writer.
func (w *Worker) freeOrphans(ctx context.Context) error {
	var any int
	if err := w.Ledger.DB.GetContext(ctx, &any, pick(w.Ledger.DB.DriverName(), anyOrphanPostgres, anyOrphanSQLite)); err != nil {
		return fmt.Errorf("look for leases of dead workers: %w", err)
	}
	if any == 0 {
		return nil
	}
	var dead []struct {
		Worker string `db:"worker"`
		Epoch  int64  `db:"epoch"`
	}
	if err := w.Ledger.DB.SelectContext(ctx, &dead, deadLeases); err != nil {
		return fmt.Errorf("look for leases of dead workers: %w", err)
	}
	n := 0
	for _, d := range dead {
		freed, err := execCount(ctx, w.Ledger.DB, freeLeases, civil.At(w.Ledger.Now()), d.Worker, d.Epoch)
		if err != nil {
			return fmt.Errorf("free leases of dead workers: %w", err)
		}
		n += freed
	}
	statement := pick(w.Ledger.DB.DriverName(), freePermitsPostgres, freePermitsSQLite)
	if _, err := execCount(ctx, w.Ledger.DB, statement); err != nil {
		return fmt.Errorf("free permits of dead workers: %w", err)
	}
	if n > 0 {
		w.Ledger.logger().Info("freed leases of dead workers", "worker", w.Name, "deliveries", n)
	}
	return nil
}

// current returns the epoch.
func (t *tenure) current() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.epoch
}

// heartbeat says that the worker lives and buries those whose heartbeat stood still. It returns ErrFenced if the name
// is another process's by now. A worker that was buried while it slept (a suspended machine), or that the ledger has
// forgotten, takes a new epoch.
func (t *tenure) heartbeat(ctx context.Context) error {
	w, db := t.worker, t.worker.Ledger.DB
	now := civil.At(w.Ledger.Now())
	channels, err := json.Marshal(w.Health())
	if err != nil {
		return fmt.Errorf("heartbeat of %s: %w", w.Name, err)
	}
	n, err := execCount(ctx, db, beat, now, string(channels), w.Name, t.instance, t.current())
	if err != nil {
		return fmt.Errorf("heartbeat of %s: %w", w.Name, err)
	}
	if n == 0 {
		var epochs []int64
		if err := db.SelectContext(ctx, &epochs, db.Rebind(reRegister), w.Name, t.instance, t.current()+1, civil.At(t.started), now); err != nil {
			return fmt.Errorf("register %s anew: %w", w.Name, err)
		}
		if len(epochs) == 0 {
			return ErrFenced
		}
		t.mu.Lock()
		t.epoch = epochs[0]
		t.mu.Unlock()
		w.Ledger.logger().Warn("worker was taken for dead, or forgotten, and starts a new epoch", "worker", w.Name, "epoch", epochs[0])
	}
	return t.watch(ctx)
}

// watch buries workers whose heartbeat this worker has seen stand still for deadAfter. Of several watchers one wins.
func (t *tenure) watch(ctx context.Context) error {
	w, db := t.worker, t.worker.Ledger.DB
	rows, err := db.QueryxContext(ctx, db.Rebind(otherWorkers), w.Name)
	if err != nil {
		return fmt.Errorf("watch workers: %w", err)
	}
	defer rows.Close()
	type sighting struct {
		name string
		seen
	}
	var dead []sighting
	alive := map[string]seen{}
	for rows.Next() {
		var s sighting
		if err := rows.Scan(&s.name, &s.epoch, &s.beat); err != nil {
			return fmt.Errorf("watch workers: %w", err)
		}
		s.since = time.Now()
		if last, ok := t.others[s.name]; ok && last.epoch == s.epoch && last.beat == s.beat {
			s.since = last.since
		}
		alive[s.name] = s.seen
		if time.Since(s.since) >= w.deadAfter() {
			dead = append(dead, s)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("watch workers: %w", err)
	}
	rows.Close() // before the next statement: the pool may have one connection
	t.others = alive
	for _, s := range dead {
		n, err := execCount(ctx, db, bury, s.name, s.epoch, s.beat)
		if err != nil {
			return fmt.Errorf("bury worker %s: %w", s.name, err)
		}
		if n > 0 {
			w.Ledger.logger().Warn("worker is dead, its leases are free", "worker", s.name, "epoch", s.epoch)
		}
	}
	if len(dead) > 0 {
		if err := w.freeOrphans(ctx); err != nil {
			return err
		}
		w.wakeLanes()
	}
	return nil
}

// end gives back what was claimed and not begun, so that nobody has to wait for this worker to be taken for dead.
func (t *tenure) end(ctx context.Context) error {
	w := t.worker
	now := civil.At(w.Ledger.Now())
	if _, err := execCount(ctx, w.Ledger.DB, releaseOwn, now, w.Name, t.current()); err != nil {
		return fmt.Errorf("release leases of %s: %w", w.Name, err)
	}
	if _, err := execCount(ctx, w.Ledger.DB, retire, now, w.Name, t.instance, t.current()); err != nil {
		return fmt.Errorf("retire worker %s: %w", w.Name, err)
	}
	return nil
}
