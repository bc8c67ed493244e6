package store

import (
	"database/sql"
	"fmt"
	"maps"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
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
	text := s.text
	if tx.db.dialect == "postgres" {
		text, a = asArrays(text, a)
	}
	text, list, err := sqlx.Named(text, map[string]any(a))
	if err != nil {
		return "", nil, fmt.Errorf("bind %.60q: %w", s.text, err)
	}
	if text, list, err = sqlx.In(text, list...); err != nil {
		return "", nil, fmt.Errorf("bind %.60q: %w", s.text, err)
	}
	return tx.sql.Rebind(text), list, nil
}

// longList is how many keys of an IN list go to PostgreSQL as one array, rather than as as many arguments to be parsed.
const longList = 50

// asArrays makes x = ANY (:list) of x IN (:list) where a list is long.
func asArrays(text string, a args) (string, args) {
	out, cloned := a, false
	for name, v := range a {
		keys, ok := v.([]string)
		if !ok || len(keys) < longList || strings.Contains(text, "NOT IN (:"+name+")") {
			continue
		}
		if !cloned {
			out, cloned = maps.Clone(a), true
		}
		text = strings.ReplaceAll(text, "IN (:"+name+")", "= ANY (:"+name+")")
		out[name] = pq.StringArray(keys)
	}
	return text, out
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
