package notifier

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
)

// A budget of N messages in a window of length P is N rows, each a permit. A message takes a permit before it goes and
// gives it back free P after its answer came. So between two uses of one permit the provider measures more than P, any
// window of length P holds at most one use of each permit, and the N permits can never become N+1 messages, however the
// provider places its window. All workers share the rows, and the database's clock alone is asked. Permits of a worker that
// died are free P after its death was seen.
const (
	nowPostgres = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"
	nowSQLite   = "CAST(unixepoch('subsec') * 1000 AS INTEGER)"
)

var (
	addPermitsPostgres = query(`
INSERT INTO notifier_permits (budget, no, free_at, per_ms) SELECT ?, n, 0, ? FROM generate_series(1, CAST(? AS INT)) AS n
ON CONFLICT (budget, no) DO NOTHING`, onPostgres)
	addPermitsSQLite = query(`
INSERT INTO notifier_permits (budget, no, free_at, per_ms)
WITH RECURSIVE count(b, n, p, most) AS (SELECT ?, 1, ?, ? UNION ALL SELECT b, n + 1, p, most FROM count WHERE n < most)
SELECT b, n, 0, p FROM count WHERE TRUE
ON CONFLICT (budget, no) DO NOTHING`, onSQLite)

	takePermitsPostgres = query(`
UPDATE notifier_permits SET worker = ?, epoch = ? WHERE budget = ? AND no = ANY (ARRAY(
	SELECT no FROM notifier_permits WHERE budget = ? AND worker IS NULL AND free_at <= `+nowPostgres+`
	ORDER BY free_at, no LIMIT ? FOR UPDATE SKIP LOCKED))
RETURNING no`, onPostgres)
	takePermitsSQLite = query(`
UPDATE notifier_permits SET worker = ?, epoch = ? WHERE budget = ? AND no IN (
	SELECT no FROM notifier_permits WHERE budget = ? AND worker IS NULL AND free_at <= `+nowSQLite+` ORDER BY free_at, no LIMIT ?)
RETURNING no`, onSQLite)

	givePermitsPostgres = query(`
UPDATE notifier_permits SET worker = NULL, epoch = NULL, free_at = CASE WHEN r.used <> 0 THEN `+nowPostgres+` + 1 + per_ms ELSE free_at END
FROM json_to_recordset(CAST(? AS json)) AS r(budget text, no int, epoch bigint, used int)
WHERE notifier_permits.budget = r.budget AND notifier_permits.no = r.no AND worker = ? AND notifier_permits.epoch = r.epoch`, onPostgres)
	givePermitsSQLite = query(`
UPDATE notifier_permits SET worker = NULL, epoch = NULL,
	free_at = CASE WHEN r.value ->> 'used' <> 0 THEN `+nowSQLite+` + 1 + per_ms ELSE free_at END
FROM json_each(?) AS r
WHERE notifier_permits.budget = r.value ->> 'budget' AND notifier_permits.no = r.value ->> 'no' AND worker = ?
	AND notifier_permits.epoch = r.value ->> 'epoch'`, onSQLite)

	// Those of the dead; and those that a clock set back since has put too far into the future.
	freePermitsPostgres = query(freePermits(nowPostgres), onPostgres)
	freePermitsSQLite   = query(freePermits(nowSQLite), onSQLite)

	nextPermitPostgres = query(`
SELECT COALESCE(MIN(free_at) - `+nowPostgres+`, 1000) FROM notifier_permits WHERE budget = ? AND worker IS NULL`, onPostgres)
	nextPermitSQLite = query(`
SELECT COALESCE(MIN(free_at) - `+nowSQLite+`, 1000) FROM notifier_permits WHERE budget = ? AND worker IS NULL`, onSQLite)

	restPermitsPostgres = query(`
UPDATE notifier_permits SET free_at = `+nowPostgres+` + ? WHERE budget = ? AND free_at < `+nowPostgres+` + ?`, onPostgres)
	restPermitsSQLite = query(`
UPDATE notifier_permits SET free_at = `+nowSQLite+` + ? WHERE budget = ? AND free_at < `+nowSQLite+` + ?`, onSQLite)
)

func freePermits(now string) string {
	return `
UPDATE notifier_permits SET worker = NULL, epoch = NULL, free_at = ` + now + ` + 1 + per_ms WHERE ` + orphanPermit(now)
}

func orphanPermit(now string) string {
	return `worker IS NOT NULL AND NOT EXISTS (SELECT 1 FROM notifier_workers AS w
		WHERE w.name = notifier_permits.worker AND w.epoch = notifier_permits.epoch AND w.alive = TRUE)
	OR worker IS NULL AND free_at > ` + now + ` + per_ms + 900000`
}

// permit is one row of a budget.
type permit struct {
	Budget string `json:"budget"`
	No     int    `json:"no"`
	Epoch  int64  `json:"epoch"`
	Used   int    `json:"used"`
}

const (
	permitsMost = 10000
	perLeast    = 10 * time.Millisecond
	restMost    = 15 * time.Minute // that a budget rests at a time; freePermits takes more for a clock's mistake
)

// limitsOf returns the channel's limits with their budgets named, or none.
func limitsOf(c Channel) []Limit {
	limited, ok := c.(Limited)
	if !ok {
		return nil
	}
	ls := append([]Limit(nil), limited.Limits()...)
	for i := range ls {
		if ls[i].Budget == "" {
			ls[i].Budget = c.Name()
		}
	}
	return ls
}

// row is the budget's name in the table: another number or window is another budget.
func (l Limit) row() string { return fmt.Sprintf("%s %d/%v", l.Budget, l.N, l.Per) }

func (l Limit) check() error {
	if l.N < 1 || l.N > permitsMost || l.Per < perLeast {
		return fmt.Errorf("notifier: a limit of %d in %v cannot be kept: 1 to %d messages in %v or more", l.N, l.Per, permitsMost, perLeast)
	}
	return nil
}

// addPermits makes the rows of the channels' budgets that are not there yet.
func (w *Worker) addPermits(ctx context.Context) error {
	db := w.Ledger.DB
	statement := pick(db.DriverName(), addPermitsPostgres, addPermitsSQLite)
	for _, c := range w.Channels {
		for _, l := range limitsOf(c) {
			if err := l.check(); err != nil {
				return err
			}
			if _, err := execCount(ctx, db, statement, l.row(), l.Per.Milliseconds(), l.N); err != nil {
				return fmt.Errorf("make the budget of %s: %w", c.Name(), err)
			}
		}
	}
	return nil
}

// takePermits takes up to n messages' permits of every limit. Each element of the result is one message's.
func (w *Worker) takePermits(ctx context.Context, tx *sqlx.Tx, epoch int64, limits []Limit, n int) ([][]permit, error) {
	statement := tx.Rebind(pick(tx.DriverName(), takePermitsPostgres, takePermitsSQLite))
	columns := make([][]int, len(limits))
	for i, l := range limits {
		if err := tx.SelectContext(ctx, &columns[i], statement, w.Name, epoch, l.row(), l.row(), n); err != nil {
			return nil, fmt.Errorf("take permits of %s: %w", l.Budget, err)
		}
		n = len(columns[i])
		if n == 0 {
			break
		}
	}
	sets := make([][]permit, n)
	var back []permit
	for i, l := range limits {
		for j, no := range columns[i] {
			p := permit{Budget: l.row(), No: no, Epoch: epoch}
			if j < n {
				sets[j] = append(sets[j], p)
			} else {
				back = append(back, p)
			}
		}
	}
	return sets, w.givePermits(ctx, tx, back)
}

// givePermits gives permits back: used ones are free again after the window, others at once.
func (w *Worker) givePermits(ctx context.Context, tx sqlx.ExtContext, ps []permit) error {
	if len(ps) == 0 {
		return nil
	}
	body, err := json.Marshal(ps)
	if err != nil {
		return err
	}
	if _, err = execCount(ctx, tx, pick(tx.DriverName(), givePermitsPostgres, givePermitsSQLite), string(body), w.Name); err != nil {
		return fmt.Errorf("give permits back: %w", err)
	}
	return nil
}

var ownPermits = query(`SELECT budget, no, epoch, 1 AS used FROM notifier_permits WHERE worker = ?`, onBoth)

// strayPermits gives back what the worker holds by the database and not in its own mind: the answer to a claim was lost.
func (w *Worker) strayPermits(ctx context.Context) error {
	w.permits.Lock()
	defer w.permits.Unlock()
	db := w.Ledger.DB
	var held []permit
	if err := db.SelectContext(ctx, &held, db.Rebind(ownPermits), w.Name); err != nil {
		return fmt.Errorf("look for permits: %w", err)
	}
	held = slices.DeleteFunc(held, func(p permit) bool { return w.permits.inHand[p] })
	return w.givePermits(ctx, db, held)
}

// inHand are the permits of messages that are not recorded yet, each as used. Its lock is held while a claim is under way.
type inHand struct {
	sync.Mutex
	inHand map[permit]bool
}

func (h *inHand) put(ps ...permit) {
	if h.inHand == nil {
		h.inHand = map[permit]bool{}
	}
	for _, p := range ps {
		p.Used = 1
		h.inHand[p] = true
	}
}

func (h *inHand) drop(ps []permit) {
	h.Lock()
	defer h.Unlock()
	for _, p := range ps {
		p.Used = 1
		delete(h.inHand, p)
	}
}

// nextPermit is how long until a message may go by all limits.
func (w *Worker) nextPermit(ctx context.Context, limits []Limit) (time.Duration, error) {
	db := w.Ledger.DB
	statement := db.Rebind(pick(db.DriverName(), nextPermitPostgres, nextPermitSQLite))
	var most time.Duration
	for _, l := range limits {
		var ms int64
		if err := db.GetContext(ctx, &ms, statement, l.row()); err != nil {
			return 0, fmt.Errorf("look at the budget %s: %w", l.Budget, err)
		}
		most = max(most, time.Duration(ms)*time.Millisecond)
	}
	return most, nil
}

// restPermits makes all workers leave the provider alone for d.
func (w *Worker) restPermits(ctx context.Context, limits []Limit, d time.Duration) error {
	db := w.Ledger.DB
	statement := pick(db.DriverName(), restPermitsPostgres, restPermitsSQLite)
	d = min(d, restMost)
	for _, l := range limits {
		if _, err := execCount(ctx, db, statement, d.Milliseconds(), l.row(), d.Milliseconds()); err != nil {
			return fmt.Errorf("rest the budget %s: %w", l.Budget, err)
		}
	}
	return nil
}

// pick chooses the statement of the engine.
func pick(driver, postgres, sqlite string) string {
	if isPostgres(driver) {
		return postgres
	}
	return sqlite
}
