package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/planner"
)

// Op says what a write is for. It goes into the audit with each row written.
type Op struct {
	Name  string           // such as "import" or "publish"; never empty
	Now   time.Time        // when; never zero
	Batch planner.ImportID // the import that the rows belong to, by which [Tx.UndoImport] finds them; may be empty
}

// Tx is one transaction, or one read snapshot, in the name of a Principal. It must not outlive the function it was handed
// to, nor be used by two goroutines at once.
type Tx struct {
	db    *DB
	ctx   context.Context // of the transaction, and so of all its calls
	sql   *sqlx.Tx
	who   planner.Principal
	op    Op
	write bool
	seen  *scope                    // resolved on first use
	held  map[planner.MatterID]bool // matters found within the scope: an act may take one out of it halfway
	trail trail
	vault map[string]householdKey
	days  struct { // see daysChanged
		asked   Mark
		changed bool
	}
}

// Retries of a transaction that lost against another: eight, after pauses that double from 5 ms on and are stretched by
// up to as much again, so that two that met do not meet again.
const (
	maxRetries = 8
	firstPause = 5 * time.Millisecond
)

// Write runs fn in one transaction: all of it commits with its audit rows, or nothing does. On PostgreSQL it is
// SERIALIZABLE; if another transaction got in the way, fn runs again from the start, so it must keep nothing from an
// earlier run. On SQLite writers wait for one another: do long work before, and never call Write inside Write. A cancelled
// ctx rolls back.
func (db *DB) Write(ctx context.Context, p planner.Principal, op Op, fn func(*Tx) error) error {
	if op.Name == "" || op.Now.IsZero() {
		return fmt.Errorf("store: a write without name or instant: %+v", op)
	}
	return translate(db.retry(ctx, op.Name, func() error {
		return db.run(ctx, db.w, db.writeOptions(), p, op, true, fn)
	}))
}

// retry runs a transaction again while another one gets in its way.
func (db *DB) retry(ctx context.Context, name string, once func() error) error {
	pause := firstPause
	for try := 0; ; try++ {
		err := once()
		if err == nil || try == maxRetries || !retriable(err) {
			return err
		}
		db.log.WarnContext(ctx, "transaction is run again", "operation", name, "try", try+1, "cause", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause + pause*time.Duration(random(1)[0])/256):
			pause *= 2
		}
	}
}

// Read runs fn on one snapshot: all its calls see the same state, whatever is written meanwhile. If fn read personal
// data in the name of a person, a record of it is written before Read returns.
func (db *DB) Read(ctx context.Context, p planner.Principal, fn func(*Tx) error) error {
	options := &sql.TxOptions{ReadOnly: true}
	if db.dialect == "postgres" {
		options.Isolation = sql.LevelRepeatableRead
	}
	var noted []auditRow
	err := db.run(ctx, db.r, options, p, Op{}, false, func(tx *Tx) error {
		err := fn(tx)
		noted = tx.trail.buffer
		return err
	})
	if err != nil {
		return translate(err)
	}
	if len(noted) == 0 {
		return nil
	}
	return db.Write(ctx, p, Op{Name: "read", Now: db.now()}, func(tx *Tx) error {
		tx.trail.buffer = noted
		return nil
	})
}

func (db *DB) run(ctx context.Context, pool *sqlx.DB, options *sql.TxOptions, p planner.Principal, op Op, write bool, fn func(*Tx) error) error {
	t, err := pool.BeginTxx(ctx, options)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer t.Rollback() // after a commit it does nothing
	tx := &Tx{db: db, ctx: ctx, sql: t, who: p, op: op, write: write, vault: map[string]householdKey{}}
	if err := fn(tx); err != nil {
		return err
	}
	if write {
		if err := tx.closeTrail(); err != nil {
			return err
		}
		if err := t.Commit(); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
		db.commits.Add(1)
	}
	return nil
}

// SQL is the transaction itself, for notifier.Enqueue, which keeps tables of its own. The nouns' tables are not to be
// touched through it: nothing would be audited.
func (tx *Tx) SQL() *sqlx.Tx { return tx.sql }

// errReadOnly is a programmer's mistake: a Put inside a Read.
var errReadOnly = errors.New("store: a write inside DB.Read")

// mayManage allows writing to those who run the planning: planner, administrator, system.
func (tx *Tx) mayManage() error {
	if !tx.write {
		return errReadOnly
	}
	if tx.who.Is(planner.RolePlanner, planner.RoleAdmin) {
		return nil
	}
	return errForbidden()
}

// mayWrite allows anybody to write who came this far; the caller has its own rule.
func (tx *Tx) mayWrite() error {
	if !tx.write {
		return errReadOnly
	}
	return nil
}

func errForbidden() error {
	return planner.Fail(planner.Forbidden, "您的账号没有这项权限，请联系管理员。", "your account may not do this; ask the administrator")
}
