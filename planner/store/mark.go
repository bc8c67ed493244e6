package store

// Mark remembers how far the trail had got when something was worked out from roster and plans; see [Tx.Since].
type Mark struct {
	from    int64 // writes after this one are looked at
	writes  int
	newest  int64
	started bool
}

// lateWrites is how many of the newest writes a mark looks at again: on PostgreSQL, of two writes the one with the lower
// number may commit last. SQLite has one writer and needs none.
const lateWrites = 64

var (
	newestWrite = query(`SELECT COALESCE(MAX(seq), 0) FROM audit_writes`)

	// planWrites are those that touched what a plan is made from, or a plan.
	planWrites = query(`SELECT COUNT(*) AS writes, COALESCE(MAX(w.seq), 0) AS newest FROM audit_writes w
		WHERE w.seq > :from AND EXISTS (SELECT 1 FROM audit_rows r WHERE r.write_seq = w.seq AND r.action <> 'read'
			AND r.kind IN ('area', 'unit', 'cadre', 'household', 'recusal', 'helper', 'pair-wish', 'plan', 'pairing', 'link'))`)

	// importWrites are those that touched what an import is checked against.
	importWrites = query(`SELECT COUNT(*) AS writes, COALESCE(MAX(w.seq), 0) AS newest FROM audit_writes w
		WHERE w.seq > :from AND EXISTS (SELECT 1 FROM audit_rows r WHERE r.write_seq = w.seq AND r.action <> 'read'
			AND r.kind IN ('area', 'unit', 'cadre', 'household', 'recusal', 'plan', 'pairing', 'task'))`)

	// calendarWrites are those after which a calendar may look different: all but what surely has no place in one.
	calendarWrites = query(`SELECT COUNT(*) AS writes, COALESCE(MAX(w.seq), 0) AS newest FROM audit_writes w
		WHERE w.seq > :from AND EXISTS (SELECT 1 FROM audit_rows r WHERE r.write_seq = w.seq AND r.action <> 'read'
			AND r.kind NOT IN ('session', 'sign-in', 'invitation', 'invite', 'recusal', 'pair-wish', 'plan', 'pairing'))`)

	// dayWrites are those that touched events or visits.
	dayWrites = query(`SELECT COUNT(*) AS writes, COALESCE(MAX(w.seq), 0) AS newest FROM audit_writes w
		WHERE w.seq > :from AND EXISTS (SELECT 1 FROM audit_rows r WHERE r.write_seq = w.seq AND r.action <> 'read'
			AND r.kind IN ('event', 'visit'))`)
)

// Since reports whether anything was written to the roster or to a plan since m was taken, and returns a mark of now to ask
// with next time. Since the zero Mark everything changed. It costs a fraction of a millisecond, whatever the roster's size.
func (tx *Tx) Since(m Mark) (changed bool, now Mark, err error) { return tx.since(m, planWrites) }

// SinceImport is Since for what an import is checked against: promises count too.
func (tx *Tx) SinceImport(m Mark) (changed bool, now Mark, err error) {
	return tx.since(m, importWrites)
}

// SinceCalendar is Since for what calendars are drawn from. Passwords of programs and addresses of feeds count too.
func (tx *Tx) SinceCalendar(m Mark) (changed bool, now Mark, err error) {
	return tx.since(m, calendarWrites)
}

// SinceDays is Since for events and visits; see [Tx.PutEventsRead].
func (tx *Tx) SinceDays(m Mark) (changed bool, now Mark, err error) { return tx.since(m, dayWrites) }

func (tx *Tx) since(m Mark, writes *statement) (changed bool, now Mark, err error) {
	written := func(from int64) (out Mark, err error) {
		var row struct {
			Writes int   `db:"writes"`
			Newest int64 `db:"newest"`
		}
		err = tx.one(&row, writes, args{"from": from})
		return Mark{from: from, writes: row.Writes, newest: row.Newest, started: true}, err
	}
	changed = true
	if m.started {
		again, err := written(m.from)
		if err != nil {
			return true, m, err
		}
		changed = again != m
	}
	var newest int64
	if err := tx.one(&newest, newestWrite, args{}); err != nil {
		return true, m, err
	}
	if tx.db.dialect == "postgres" {
		newest = max(0, newest-lateWrites)
	}
	now, err = written(newest)
	return changed, now, err
}
