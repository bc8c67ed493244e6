package store

import (
	"database/sql"
	"fmt"
	"strings"
	"sync"

	"github.com/jmoiron/sqlx"
)

func init() { sqlx.BindDriver("sqlite", sqlx.QUESTION) } // sqlx does not know the name by itself

// statement is one whole SQL text that runs on both engines. Arguments are :named; a slice fills IN (:names).
type statement struct{ text string }

// registered holds every statement and bulk of the package; a test prepares each on both engines.
var registered []string

// query registers a statement. Texts hold no colon and no question mark but those of their arguments.
func query(text string) *statement {
	registered = append(registered, text)
	return &statement{text}
}

// args are the named arguments of a statement.
type args map[string]any

// in makes an argument for IN (:names). IN () is no SQL, so an empty list becomes one that matches no key: none is empty.
func in[S ~string](list []S) []string {
	if len(list) == 0 {
		return []string{""}
	}
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}

// flag makes an argument for (:name = 1 OR …): PostgreSQL cannot guess the type of a lone boolean argument.
func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// bind turns a statement and its arguments into the engine's form.
func (tx *Tx) bind(s *statement, a args) (string, []any, error) {
	text, list, err := sqlx.Named(s.text, map[string]any(a))
	if err != nil {
		return "", nil, fmt.Errorf("bind %.60q: %w", s.text, err)
	}
	if text, list, err = sqlx.In(text, list...); err != nil {
		return "", nil, fmt.Errorf("bind %.60q: %w", s.text, err)
	}
	return tx.sql.Rebind(text), list, nil
}

// all reads every row into dest, a pointer to a slice of row structs or of plain values.
func (tx *Tx) all(dest any, s *statement, a args) error {
	text, list, err := tx.bind(s, a)
	if err != nil {
		return err
	}
	if err := tx.sql.SelectContext(tx.ctx, dest, text, list...); err != nil {
		return fmt.Errorf("query %.60q: %w", s.text, err)
	}
	return nil
}

// one reads one row into dest; none is sql.ErrNoRows.
func (tx *Tx) one(dest any, s *statement, a args) error {
	text, list, err := tx.bind(s, a)
	if err != nil {
		return err
	}
	if err := tx.sql.GetContext(tx.ctx, dest, text, list...); err != nil {
		return fmt.Errorf("query %.60q: %w", s.text, err)
	}
	return nil
}

// exec runs a statement and returns how many rows it touched.
func (tx *Tx) exec(s *statement, a args) (int, error) {
	text, list, err := tx.bind(s, a)
	if err != nil {
		return 0, err
	}
	result, err := tx.sql.ExecContext(tx.ctx, text, list...)
	if err != nil {
		return 0, fmt.Errorf("execute %.60q: %w", s.text, err)
	}
	return touched(result)
}

func touched(r sql.Result) (int, error) {
	n, err := r.RowsAffected()
	return int(n), err
}

// chunk is how many keys one IN list holds.
const chunk = 2000

// chunks calls fn with at most [chunk] keys at a time.
func chunks[S ~string](keys []S, fn func(part []S) error) error {
	for len(keys) > 0 {
		n := min(chunk, len(keys))
		if err := fn(keys[:n]); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}

// bulk is an INSERT of many rows at a time: its one tuple (?, ?, …) is repeated per row.
type bulk struct {
	head, tuple, tail string
	columns           int
	texts             sync.Map // rows → text with ? arguments
	cut               narrowed
}

// bulkRows is how many rows one INSERT carries, fewer if they would pass [maxArguments].
const bulkRows = 250

// maxArguments is SQLite's limit of arguments per statement, the lower of the two engines'.
const maxArguments = 32766

// inserts registers a bulk. The text holds VALUES (?, …) once; what follows, such as ON CONFLICT, stands once.
func inserts(text string) *bulk {
	registered = append(registered, text)
	start := strings.Index(text, "VALUES (")
	if start < 0 {
		panic("store: a bulk without VALUES (: " + text)
	}
	start += len("VALUES ")
	end := start + strings.IndexByte(text[start:], ')') + 1
	return &bulk{head: text[:start], tuple: text[start:end], tail: text[end:], columns: strings.Count(text[start:end], "?")}
}

func (b *bulk) text(rows int) string {
	if s, ok := b.texts.Load(rows); ok {
		return s.(string)
	}
	s := b.head + strings.Repeat(b.tuple+", ", rows-1) + b.tuple + b.tail
	b.texts.Store(rows, s)
	return s
}

// insert writes n rows; values returns the arguments of row i in the order of the columns.
func (tx *Tx) insert(b *bulk, n int, values func(i int) []any) error {
	step := min(bulkRows, maxArguments/b.columns)
	list := make([]any, 0, min(n, step)*b.columns)
	var full *sqlx.Stmt
	for from := 0; from < n; from += step {
		rows := min(step, n-from)
		list = list[:0]
		for i := from; i < from+rows; i++ {
			list = append(list, values(i)...)
		}
		if len(list) != rows*b.columns {
			return fmt.Errorf("insert %.60q: %d arguments for %d rows of %d columns", b.head, len(list), rows, b.columns)
		}
		var err error
		if rows == step && n >= 2*step { // worth preparing
			if full == nil {
				if full, err = tx.sql.PreparexContext(tx.ctx, tx.sql.Rebind(b.text(rows))); err != nil {
					return fmt.Errorf("prepare %.60q: %w", b.head, err)
				}
				defer full.Close()
			}
			_, err = full.ExecContext(tx.ctx, list...)
		} else {
			_, err = tx.sql.ExecContext(tx.ctx, tx.sql.Rebind(b.text(rows)), list...)
		}
		if err != nil {
			return fmt.Errorf("insert %.60q: %w", b.head, err)
		}
	}
	return nil
}
