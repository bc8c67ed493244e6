package notifier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/planner/civil"
)

// NoticeState of a [Notice]; the table of the package doc says who moves it.
type NoticeState string

const (
	NoticeScheduled NoticeState = "scheduled" // waits for its due instant, its hour or its next try
	NoticeDue       NoticeState = "due"       // carried by at least one delivery that is not yet settled
	NoticeDone      NoticeState = "done"      // a channel took it
	NoticeExpired   NoticeState = "expired"   // of no more use before it could be sent; Why says what kept it
	NoticeCancelled NoticeState = "cancelled" // what it spoke of changed or vanished
)

// Notice 提醒 is an obligation: somebody must be told something at some time. (Recipient, Subject, Revision, Rule) is
// unique for the life of the event, so whoever finds twice that a notice is needed still makes one.
type Notice struct {
	ID        string
	Recipient string            // whom; a name of the caller's that [Ledger.Find] understands
	Subject   string            // what it speaks of, such as an event's key
	Revision  int               // of the subject; a moved event has a higher one
	Rule      string            // why it is sent, such as "work-day-3"
	DueAt     time.Time         // when to tell
	ExpiresAt time.Time         // from when on it is useless; zero: never
	Urgent    bool              // passes quiet hours, days off, the digest and the daily limit
	Template  string            // how it reads; the caller's [Ledger.Render] knows it
	Args      map[string]string // what fills the template; neither addresses nor phones belong here
	State     NoticeState       // read only
	Why       string            // read only: a note on an expired, cancelled or waiting notice
	NextAt    time.Time         // read only: when a sweep looks at it next; DueAt unless something held it
}

// noticeRow is a notice as it travels to SQL in one JSON array: one statement for many rows on either engine.
type noticeRow struct {
	ID        string  `json:"id"`
	Recipient string  `json:"recipient"`
	Subject   string  `json:"subject"`
	Revision  int     `json:"revision"`
	Rule      string  `json:"rule"`
	DueAt     string  `json:"due_at"`
	ExpiresAt *string `json:"expires_at"`
	Urgent    int     `json:"urgent"`
	Template  string  `json:"template"`
	Args      string  `json:"args"`
	At        string  `json:"at"`
}

// PostgreSQL reads the array by json_to_recordset, SQLite by json_each; the rows and the conflict rule are the same.
// WHERE TRUE keeps SQLite from reading ON CONFLICT as a join condition.
var (
	enqueuePostgres = query(`
INSERT INTO notices (id, recipient, subject, revision, rule, due_at, next_at, expires_at, urgent, template, args, state, why, created_at, changed_at)
SELECT r.id, r.recipient, r.subject, r.revision, r.rule, r.due_at, r.due_at, r.expires_at, r.urgent <> 0, r.template, r.args, 'scheduled', '', r.at, r.at
FROM json_to_recordset(CAST(? AS json)) AS r(id text, recipient text, subject text, revision int, rule text, due_at timestamptz,
	expires_at timestamptz, urgent int, template text, args text, at timestamptz)
WHERE TRUE
ON CONFLICT (recipient, subject, revision, rule) DO NOTHING`, onPostgres)

	enqueueSQLite = query(`
INSERT INTO notices (id, recipient, subject, revision, rule, due_at, next_at, expires_at, urgent, template, args, state, why, created_at, changed_at)
SELECT r.value ->> 'id', r.value ->> 'recipient', r.value ->> 'subject', r.value ->> 'revision', r.value ->> 'rule', r.value ->> 'due_at',
	r.value ->> 'due_at', r.value ->> 'expires_at', r.value ->> 'urgent', r.value ->> 'template', r.value ->> 'args', 'scheduled', '',
	r.value ->> 'at', r.value ->> 'at'
FROM json_each(?) AS r
WHERE TRUE
ON CONFLICT (recipient, subject, revision, rule) DO NOTHING`, onSQLite)

	cancelSubject = query(`
UPDATE notices SET state = 'cancelled', why = ?, changed_at = ?
WHERE subject = ? AND revision < ? AND state IN ('scheduled', 'due')`, onBoth)
)

// enqueueChunk is how many notices travel in one statement.
const enqueueChunk = 1000

// Enqueue writes the notices that are not there yet and returns how many that were. It runs in the caller's
// transaction: the notices exist if and only if what they speak of was committed. State and ID of the given notices
// are not read; newID gives the IDs. A notice without recipient, subject, rule or due instant, or one that expires
// before it is due, is a mistake of the program and refused before anything is written.
func Enqueue(ctx context.Context, tx *sqlx.Tx, now time.Time, newID func() string, ns ...Notice) (added int, err error) {
	for i, n := range ns {
		if err := n.check(); err != nil {
			return 0, fmt.Errorf("enqueue notice %d of %d (%s, %s): %w", i+1, len(ns), n.Subject, n.Rule, err)
		}
	}
	at := instantText(now)
	statement := pick(tx.DriverName(), enqueuePostgres, enqueueSQLite)
	soon := slices.ContainsFunc(ns, func(n Notice) bool { return !n.DueAt.After(now) })
	for len(ns) > 0 {
		chunk := ns[:min(len(ns), enqueueChunk)]
		ns = ns[len(chunk):]
		rows := make([]noticeRow, len(chunk))
		for i, n := range chunk {
			args, err := json.Marshal(n.Args)
			if err != nil {
				return added, fmt.Errorf("enqueue: %w", err)
			}
			if n.Args == nil {
				args = []byte("{}")
			}
			rows[i] = noticeRow{ID: newID(), Recipient: n.Recipient, Subject: n.Subject, Revision: n.Revision, Rule: n.Rule,
				DueAt: instantText(n.DueAt), Template: n.Template, Args: string(args), At: at}
			if !n.ExpiresAt.IsZero() {
				text := instantText(n.ExpiresAt)
				rows[i].ExpiresAt = &text
			}
			if n.Urgent {
				rows[i].Urgent = 1
			}
		}
		body, err := json.Marshal(rows)
		if err != nil {
			return added, fmt.Errorf("enqueue: %w", err)
		}
		result, err := tx.ExecContext(ctx, tx.Rebind(statement), string(body))
		if err != nil {
			return added, fmt.Errorf("enqueue %d notices: %w", len(chunk), err)
		}
		n, err := result.RowsAffected()
		if err != nil {
			return added, fmt.Errorf("enqueue: %w", err)
		}
		added += int(n)
	}
	if soon && added > 0 {
		return added, wakeWorkers(ctx, tx, wakeSweep)
	}
	return added, nil
}

func (n Notice) check() error {
	switch {
	case n.Recipient == "" || n.Subject == "" || n.Rule == "":
		return errors.New("recipient, subject and rule must be given")
	case n.DueAt.IsZero():
		return errors.New("no due instant")
	case !n.ExpiresAt.IsZero() && n.ExpiresAt.Before(n.DueAt):
		return fmt.Errorf("expires at %s, before it is due at %s", instantText(n.ExpiresAt), instantText(n.DueAt))
	}
	return nil
}

// CancelSubject cancels the notices of a subject whose revision is lower than beforeRevision and which no channel has
// taken yet, and returns how many these were. A message already on its way still arrives. Like [Enqueue] it runs in
// the caller's transaction. To cancel all of a subject's notices give a revision above any, such as math.MaxInt32.
func CancelSubject(ctx context.Context, tx *sqlx.Tx, now time.Time, subject string, beforeRevision int) (int, error) {
	result, err := tx.ExecContext(ctx, tx.Rebind(cancelSubject), whyChanged, civil.At(now), subject, beforeRevision)
	if err != nil {
		return 0, fmt.Errorf("cancel notices of %s: %w", subject, err)
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// readNotices reads the columns that every statement on notices selects in one order, and closes rows.
func readNotices(rows *sqlx.Rows) ([]Notice, error) {
	defer rows.Close()
	var ns []Notice
	for rows.Next() {
		var n Notice
		if err := scanNotice(rows.Scan, &n); err != nil {
			return nil, err
		}
		ns = append(ns, n)
	}
	return ns, rows.Err()
}

// scanNotice reads one notice; more are the targets of columns after it.
func scanNotice(scan func(...any) error, n *Notice, more ...any) error {
	var due, next, expires civil.Instant
	var args string
	to := append([]any{&n.ID, &n.Recipient, &n.Subject, &n.Revision, &n.Rule, &due, &next, &expires, &n.Urgent, &n.Template,
		&args, &n.State, &n.Why}, more...)
	if err := scan(to...); err != nil {
		return fmt.Errorf("read notice: %w", err)
	}
	n.DueAt, n.NextAt, n.ExpiresAt = due.Time, next.Time, expires.Time
	if err := json.Unmarshal([]byte(args), &n.Args); err != nil {
		return fmt.Errorf("read notice %s: args: %w", n.ID, err)
	}
	return nil
}
