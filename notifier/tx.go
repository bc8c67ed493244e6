package notifier

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"modernc.org/sqlite"
)

// txTries is how often a transaction is begun anew when the engine asked for that.
const txTries = 5

// inTx runs fn in one transaction. fn may run several times: it must not keep what a failed run gave it.
func (l *Ledger) inTx(ctx context.Context, fn func(tx *sqlx.Tx) error) error {
	for try := 1; ; try++ {
		err := l.once(ctx, fn)
		if err == nil || try == txTries || !tryAnew(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(try) * 20 * time.Millisecond):
		}
	}
}

func (l *Ledger) once(ctx context.Context, fn func(tx *sqlx.Tx) error) (err error) {
	tx, err := l.DB.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return errors.Join(err, ignoreDone(tx.Rollback()))
	}
	return tx.Commit()
}

// ignoreDone drops the complaint that a transaction is over, which a cancelled context makes true by itself.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// tryAnew reports whether the engine gave up a transaction that would do if begun again.
func tryAnew(err error) bool {
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return e.Code == "40001" || e.Code == "40P01" // serialization failure, deadlock
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()&0xff == 5 // SQLITE_BUSY and its extended codes
	}
	return false
}

func execCount(ctx context.Context, tx sqlx.ExtContext, statement string, args ...any) (int, error) {
	result, err := tx.ExecContext(ctx, tx.Rebind(statement), args...)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}
