package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"github.com/jmoiron/sqlx"
)

// SQLite compiles a statement on each connection before it runs it, which for a page's small questions is half of what they cost. The
// connections of this package keep the statements that they ran last.

const (
	keptStatements = 100  // of a connection; some 10 KB each
	keptText       = 4000 // a longer text is one of a bulk or of a list, and hardly comes again
)

// keeping opens connections that keep their statements.
type keeping struct {
	driver driver.Driver
	dsn    string
}

// openKeeping is sqlx.Open for SQLite.
func openKeeping(dsn string) (*sqlx.DB, error) {
	plain, err := sqlx.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	defer plain.Close() // it opened nothing yet
	return sqlx.NewDb(sql.OpenDB(keeping{plain.Driver(), dsn}), "sqlite"), nil
}

// Connect opens a connection.
func (k keeping) Connect(context.Context) (driver.Conn, error) {
	c, err := k.driver.Open(k.dsn)
	if err != nil {
		return nil, err
	}
	whole, ok := c.(sqliteConn)
	if !ok {
		return nil, errors.Join(errors.New("store: the driver of SQLite lacks a context"), c.Close())
	}
	return &keeper{sqliteConn: whole, kept: map[string]*keptStmt{}}, nil
}

// Driver is that of the connections.
func (k keeping) Driver() driver.Driver { return k.driver }

// sqliteConn is what the driver's connections can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// keeper is a connection with the statements that it keeps. Like any connection it is used by one goroutine at a time.
type keeper struct {
	sqliteConn
	kept map[string]*keptStmt
	uses int64
}

type keptStmt struct {
	stmt interface {
		driver.Stmt
		driver.StmtQueryContext
		driver.StmtExecContext
	}
	used int64 // when it was asked for last, in uses
	busy bool  // rows of it are open
}

// QueryContext runs a statement that is kept, or keeps it.
func (k *keeper) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := k.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return k.sqliteConn.QueryContext(ctx, text, args)
	}
	s.busy = true
	rows, err := s.stmt.QueryContext(ctx, args)
	if err != nil {
		s.busy = false
		return nil, err
	}
	return &keptRows{Rows: rows, of: s}, nil
}

// ExecContext runs a statement that is kept, or keeps it.
func (k *keeper) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	s, err := k.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return k.sqliteConn.ExecContext(ctx, text, args)
	}
	return s.stmt.ExecContext(ctx, args)
}

// statement is the kept one of a text; nil if it is none to be kept, or just being read from.
func (k *keeper) statement(ctx context.Context, text string) (*keptStmt, error) {
	if len(text) > keptText || !keepable(text) {
		return nil, nil
	}
	k.uses++
	s, ok := k.kept[text]
	if !ok {
		if len(k.kept) >= keptStatements {
			k.forget()
		}
		made, err := k.PrepareContext(ctx, text)
		if err != nil {
			return nil, err
		}
		s = &keptStmt{}
		if s.stmt, ok = made.(interface {
			driver.Stmt
			driver.StmtQueryContext
			driver.StmtExecContext
		}); !ok {
			return nil, made.Close()
		}
		k.kept[text] = s
	}
	s.used = k.uses
	if s.busy {
		return nil, nil
	}
	return s, nil
}

// keepable are the statements of the nouns: one of them each, not those of transactions and of a schema.
func keepable(text string) bool {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case ' ', '\t', '\n':
			continue
		case 'S', 'I', 'U', 'D', 'W': // SELECT, INSERT, UPDATE, DELETE, WITH
			return len(text) > i+6 && (text[i:i+6] == "SELECT" || text[i:i+6] == "INSERT" || text[i:i+6] == "UPDATE" || text[i:i+6] == "DELETE" || text[i:i+4] == "WITH")
		}
		return false
	}
	return false
}

// forget closes the statement that was not asked for for the longest time.
func (k *keeper) forget() {
	oldest := ""
	for text, s := range k.kept {
		if !s.busy && (oldest == "" || s.used < k.kept[oldest].used) {
			oldest = text
		}
	}
	if s := k.kept[oldest]; s != nil {
		_ = s.stmt.Close() // what SQLite says there it has said when the statement ran
		delete(k.kept, oldest)
	}
}

// Close closes the connection with all that it kept.
func (k *keeper) Close() error {
	for text, s := range k.kept {
		_ = s.stmt.Close() // as in forget
		delete(k.kept, text)
	}
	return k.sqliteConn.Close()
}

// keptRows gives its statement back when it is closed.
type keptRows struct {
	driver.Rows
	of *keptStmt
}

// Close ends the reading.
func (r *keptRows) Close() error {
	err := r.Rows.Close()
	r.of.busy = false
	return err
}
