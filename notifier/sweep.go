package notifier

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/planner/civil"
)

const (
	// expiryGrace is how long a useless notice waits before it is written off. It is not sent meanwhile, but if the
	// clock was fast by up to this much and is set right, it is still there. (Issue: clock jumps of ±2 h lose nothing.)
	expiryGrace = 2 * time.Hour

	// clockSkew is how far the clocks of two replicas may differ. A row put off later than that in the future was put
	// off by a clock that has been set back since, and is looked at anew.
	clockSkew = time.Minute

	writeOffEvery = 30 * time.Second // how often a worker looks for what is of no more use

	sweepChunk = 1000 // recipients in one transaction
)

var (
	expireNotices = query(`
UPDATE notices SET state = 'expired', why = CASE WHEN why = '' THEN 'too-late' ELSE 'too-late; ' || why END, changed_at = ?
WHERE state IN ('scheduled', 'due') AND expires_at <= ? AND NOT EXISTS (
	SELECT 1 FROM delivery_notices AS x JOIN deliveries AS d ON d.id = x.delivery
	WHERE x.notice = notices.id AND d.state IN ('ready', 'leased'))`, onBoth)

	// A delivery that a worker can claim is withdrawn by that worker; this is for those that nobody claims.
	withdrawDeliveries = query(`
UPDATE deliveries SET state = 'withdrawn', slot = NULL, why = 'nothing-left', changed_at = ?
WHERE state = 'ready' AND created_at <= ? AND NOT EXISTS (
	SELECT 1 FROM delivery_notices AS x JOIN notices AS n ON n.id = x.notice
	WHERE x.delivery = deliveries.id AND n.state = 'due' AND (n.expires_at IS NULL OR n.expires_at > ?))`, onBoth)

	// Of the notices that have waited longest, and of those that a wrong clock has put off. The inner limits keep a morning's
	// chunk from reading the whole morning.
	ripeRecipients = query(`
SELECT recipient FROM (
	SELECT recipient, next_at FROM (SELECT recipient, next_at FROM notices
		WHERE state = 'scheduled' AND next_at <= ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY next_at LIMIT 5000) AS due
	UNION ALL
	SELECT recipient, next_at FROM (SELECT recipient, next_at FROM notices
		WHERE state = 'scheduled' AND held_at > ? AND due_at <= ? AND (expires_at IS NULL OR expires_at > ?) LIMIT 5000) AS held) AS ripe
GROUP BY recipient ORDER BY MIN(next_at), recipient LIMIT ?`, onBoth)

	// One sweep at a time, or two of them would give a person two digests. SQLite has one writer anyway.
	lockSweep = query(`SELECT pg_try_advisory_xact_lock(781220260101)`, onPostgres)

	waitingNotices = query(`
SELECT id, recipient, subject, revision, rule, due_at, next_at, expires_at, urgent, template, args, state, why,
	CASE WHEN next_at <= ? OR held_at > ? AND due_at <= ? THEN 1 ELSE 0 END
FROM notices
WHERE state = 'scheduled' AND recipient IN (?) AND due_at < ? AND COALESCE(expires_at, ?) > ?
	AND (next_at <= ? OR held_at > ? OR held_at IS NULL)
ORDER BY recipient, due_at, rule, subject, id`, onBoth)

	// COALESCE above keeps planners from reading all that will ever expire.
	usedSlots = query(`
SELECT recipient, MAX(slot) FROM deliveries WHERE recipient IN (?) AND day = ? AND slot IS NOT NULL GROUP BY recipient`, onBoth)

	// As in Enqueue, a JSON array carries many rows in one statement; only the function that opens it differs.
	addDeliveriesPostgres = query(`
INSERT INTO deliveries (id, root, recipient, channel, place, urgent, day, slot, state, tries, next_at, receipt, why, created_at, changed_at)
SELECT r.id, r.root, r.recipient, r.channel, r.place, r.urgent <> 0, r.day, r.slot, 'ready', 0, r.at, '', '', r.at, r.at
FROM json_to_recordset(CAST(? AS json)) AS r(id text, root text, recipient text, channel text, place int, urgent int, day date,
	slot int, at timestamptz)`, onPostgres)
	addDeliveriesSQLite = query(`
INSERT INTO deliveries (id, root, recipient, channel, place, urgent, day, slot, state, tries, next_at, receipt, why, created_at, changed_at)
SELECT r.value ->> 'id', r.value ->> 'root', r.value ->> 'recipient', r.value ->> 'channel', r.value ->> 'place', r.value ->> 'urgent',
	r.value ->> 'day', r.value ->> 'slot', 'ready', 0, r.value ->> 'at', '', '', r.value ->> 'at', r.value ->> 'at'
FROM json_each(?) AS r`, onSQLite)

	linkNoticesPostgres = query(`
INSERT INTO delivery_notices (delivery, notice)
SELECT r.delivery, r.notice FROM json_to_recordset(CAST(? AS json)) AS r(delivery text, notice text)`, onPostgres)
	linkNoticesSQLite = query(`
INSERT INTO delivery_notices (delivery, notice) SELECT r.value ->> 'delivery', r.value ->> 'notice' FROM json_each(?) AS r`, onSQLite)

	dueNoticesPostgres = query(`
UPDATE notices SET state = 'due', why = '', held_at = NULL, changed_at = ?
WHERE state || '' = 'scheduled' AND id = ANY (ARRAY(SELECT r.notice FROM json_to_recordset(CAST(? AS json)) AS r(notice text)))`, onPostgres)
	dueNoticesSQLite = query(`
UPDATE notices SET state = 'due', why = '', held_at = NULL, changed_at = ?
WHERE state || '' = 'scheduled' AND id IN (SELECT r.value ->> 'notice' FROM json_each(?) AS r)`, onSQLite)

	holdNoticesPostgres = query(`
UPDATE notices SET next_at = r.until, held_at = ?, why = r.why, changed_at = ?
FROM json_to_recordset(CAST(? AS json)) AS r(id text, until timestamptz, why text)
WHERE notices.id = r.id AND notices.state = 'scheduled'`, onPostgres)
	holdNoticesSQLite = query(`
UPDATE notices SET next_at = r.value ->> 'until', held_at = ?, why = r.value ->> 'why', changed_at = ?
FROM json_each(?) AS r
WHERE notices.id = r.value ->> 'id' AND notices.state = 'scheduled'`, onSQLite)
)

type deliveryRow struct {
	ID        string `json:"id"`
	Root      string `json:"root"`
	Recipient string `json:"recipient"`
	Channel   string `json:"channel"`
	Place     int    `json:"place"`
	Urgent    int    `json:"urgent"`
	Day       string `json:"day"`
	Slot      *int   `json:"slot"`
	At        string `json:"at"`
}

type linkRow struct {
	Delivery string `json:"delivery"`
	Notice   string `json:"notice"`
}

type holdRow struct {
	ID    string `json:"id"`
	Until string `json:"until"`
	Why   string `json:"why"`
}

// Sweep turns what is due into deliveries, writes off what is of no more use, and returns what it did. It asks "what
// is due by now?" of stored instants, so it may run at any time, twice, or late by weeks: the result is the same.
func (l *Ledger) Sweep(ctx context.Context) (Swept, error) { return l.sweep(ctx, true, func() {}) }

// sweep calls progress whenever more deliveries can be claimed.
func (l *Ledger) sweep(ctx context.Context, writeOff bool, progress func()) (Swept, error) {
	var s Swept
	if writeOff {
		if err := l.writeOff(ctx, &s); err != nil {
			return s, fmt.Errorf("sweep: %w", err)
		}
	}
	for {
		more, err := l.sweepChunk(ctx, &s)
		if err != nil {
			return s, fmt.Errorf("sweep: %w", err)
		}
		if !more {
			return s, nil
		}
		progress()
	}
}

// writeOff expires notices and withdraws deliveries that nobody will ever claim.
func (l *Ledger) writeOff(ctx context.Context, s *Swept) error {
	now := l.Now()
	cutoff := civil.At(now.Add(-expiryGrace))
	return l.inTx(ctx, func(tx *sqlx.Tx) error {
		withdrawn, err := execCount(ctx, tx, withdrawDeliveries, civil.At(now), cutoff, cutoff)
		if err != nil {
			return fmt.Errorf("withdraw deliveries: %w", err)
		}
		expired, err := execCount(ctx, tx, expireNotices, civil.At(now), cutoff)
		if err != nil {
			return fmt.Errorf("expire notices: %w", err)
		}
		s.Withdrawn, s.Expired = s.Withdrawn+withdrawn, s.Expired+expired
		return nil
	})
}

// sweepChunk serves the recipients who have waited longest. It reports whether there may be more.
func (l *Ledger) sweepChunk(ctx context.Context, s *Swept) (more bool, err error) {
	now := l.Now()
	at, future := civil.At(now), civil.At(now.Add(clockSkew))
	var recipients []string
	if err := l.DB.SelectContext(ctx, &recipients, l.DB.Rebind(ripeRecipients), at, at, future, at, at, sweepChunk); err != nil {
		return false, fmt.Errorf("find who is due: %w", err)
	}
	if len(recipients) == 0 {
		return false, nil
	}
	people, err := l.Find(ctx, recipients) // before the transaction: it may need the one writer itself
	if err != nil {
		return false, fmt.Errorf("find people: %w", err)
	}
	var done Swept
	locked := true
	err = l.inTx(ctx, func(tx *sqlx.Tx) error {
		done = Swept{}
		if isPostgres(tx.DriverName()) {
			if err := tx.GetContext(ctx, &locked, lockSweep); err != nil || !locked {
				return err
			}
		}
		return l.serve(ctx, tx, now, recipients, people, &done)
	})
	if err != nil {
		return false, err
	}
	s.Due, s.Messages, s.Held = s.Due+done.Due, s.Messages+done.Messages, s.Held+done.Held
	// A sweep that changed nothing has met notices that another one served meanwhile; the next wake will do.
	return locked && done.Due+done.Held > 0, nil
}

// serve writes the deliveries and holds of the recipients.
func (l *Ledger) serve(ctx context.Context, tx *sqlx.Tx, now time.Time, recipients []string, people map[string]Person, s *Swept) error {
	today := civil.DateIn(now, l.Zone)
	of, err := l.waitingOf(ctx, tx, now, recipients)
	if err != nil {
		return err
	}
	used, err := slotsOf(ctx, tx, today, recipients)
	if err != nil {
		return err
	}
	var deliveries []deliveryRow
	var links []linkRow
	var holds []holdRow
	at := instantText(now)
	made := map[string][]letter{}
	for _, r := range recipients {
		letters, held := l.compose(now, people[r], of[r], used[r])
		for _, h := range held {
			holds = append(holds, holdRow{h.notice, instantText(h.until), h.why})
		}
		made[r] = letters
		for _, m := range letters {
			for _, n := range m.notices {
				links = append(links, linkRow{Notice: n.ID})
			}
		}
	}
	times, err := l.carriages(ctx, tx, links)
	if err != nil {
		return err
	}
	links = links[:0]
	for _, r := range recipients {
		for _, m := range made[r] {
			channel := people[r].Addresses[0].Channel
			id := keyOf(channel, m.notices, times)
			row := deliveryRow{ID: id, Root: id, Recipient: r, Channel: channel, Day: today.String(), At: at}
			if m.urgent {
				row.Urgent = 1
			} else {
				row.Slot = &m.slot
			}
			deliveries = append(deliveries, row)
			for _, n := range m.notices {
				links = append(links, linkRow{id, n.ID})
			}
		}
	}
	if err := l.execJSON(ctx, tx, addDeliveriesPostgres, addDeliveriesSQLite, len(deliveries), deliveries); err != nil {
		return fmt.Errorf("add deliveries: %w", err)
	}
	if err := l.execJSON(ctx, tx, linkNoticesPostgres, linkNoticesSQLite, len(links), links); err != nil {
		return fmt.Errorf("link notices: %w", err)
	}
	if err := l.execJSON(ctx, tx, dueNoticesPostgres, dueNoticesSQLite, len(links), links, civil.At(now)); err != nil {
		return fmt.Errorf("mark notices due: %w", err)
	}
	if err := l.execJSON(ctx, tx, holdNoticesPostgres, holdNoticesSQLite, len(holds), holds, civil.At(now), civil.At(now)); err != nil {
		return fmt.Errorf("hold notices: %w", err)
	}
	s.Due, s.Messages, s.Held = len(links), len(deliveries), len(holds)
	if len(deliveries) > 0 {
		return wakeWorkers(ctx, tx, wakeSend)
	}
	return nil
}

// waitingOf reads the scheduled notices of the recipients that are due by the end of today.
func (l *Ledger) waitingOf(ctx context.Context, tx *sqlx.Tx, now time.Time, recipients []string) (map[string][]waiting, error) {
	at, future := civil.At(now), civil.At(now.Add(clockSkew))
	tomorrow := civil.DateIn(now, l.Zone).AddDays(1).At(0, l.Zone)
	statement, args, err := sqlx.In(waitingNotices, at, future, at, recipients, civil.At(tomorrow), civil.At(noEnd), at, at, future)
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryxContext(ctx, tx.Rebind(statement), args...)
	if err != nil {
		return nil, fmt.Errorf("read waiting notices: %w", err)
	}
	defer rows.Close()
	of := map[string][]waiting{}
	for rows.Next() {
		var w waiting
		if err := scanNotice(rows.Scan, &w.Notice, &w.ripe); err != nil {
			return nil, err
		}
		of[w.Recipient] = append(of[w.Recipient], w)
	}
	return of, rows.Err()
}

// slotsOf returns how many of the day's messages each recipient has had.
func slotsOf(ctx context.Context, tx *sqlx.Tx, day civil.Date, recipients []string) (map[string]int, error) {
	statement, args, err := sqlx.In(usedSlots, recipients, day)
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryxContext(ctx, tx.Rebind(statement), args...)
	if err != nil {
		return nil, fmt.Errorf("count the day's messages: %w", err)
	}
	defer rows.Close()
	used := map[string]int{}
	for rows.Next() {
		var r string
		var n int
		if err := rows.Scan(&r, &n); err != nil {
			return nil, err
		}
		used[r] = n
	}
	return used, rows.Err()
}

// execJSON runs the statement of the engine with rows as a JSON array in its last parameter, unless there are none.
func (l *Ledger) execJSON(ctx context.Context, tx *sqlx.Tx, postgres, sqlite string, n int, rows any, before ...any) error {
	if n == 0 {
		return nil
	}
	body, err := jsonText(rows)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, tx.Rebind(pick(tx.DriverName(), postgres, sqlite)), append(before, body)...)
	return err
}

func jsonText(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}
