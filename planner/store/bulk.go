package store

import (
	"database/sql"
	"fmt"
	"strings"
	"sync"
)

// bulk is an INSERT of many rows at a time: its one tuple (?, ?, …) is repeated per row.
type bulk struct {
	head, tuple, tail string
	columns           int
	texts             sync.Map // rows → text with ? arguments
	patches           sync.Map // uint64 → *patch
}

// bulkRows is how many rows one INSERT carries, fewer if they would pass [maxArguments].
const bulkRows = 250

// maxArguments is SQLite's limit of arguments per statement, the lower of the two engines'.
const maxArguments = 32766

// bulks are all of the package; a test runs each from lists.
var bulks []*bulk

// inserts registers a bulk. The text holds VALUES (?, …) once; what follows, such as ON CONFLICT, stands once.
func inserts(text string) *bulk {
	registered = append(registered, text)
	start := strings.Index(text, "VALUES (")
	if start < 0 {
		panic("store: a bulk without VALUES (: " + text)
	}
	start += len("VALUES ")
	end := start + strings.IndexByte(text[start:], ')') + 1
	b := &bulk{head: text[:start], tuple: text[start:end], tail: text[end:], columns: strings.Count(text[start:end], "?")}
	bulks = append(bulks, b)
	return b
}

func (b *bulk) text(rows int) string {
	if s, ok := b.texts.Load(rows); ok {
		return s.(string)
	}
	s := b.head + strings.Repeat(b.tuple+", ", rows-1) + b.tuple + b.tail
	b.texts.Store(rows, s)
	return s
}

// table is where the bulk inserts.
func (b *bulk) table() string {
	head := strings.TrimPrefix(strings.TrimSpace(b.head), "INSERT INTO ")
	return strings.TrimSpace(head[:strings.IndexByte(head, '(')])
}

// names are the columns in order; nil if a value is anything but an argument, or they are not named one by one.
func (b *bulk) names() []string {
	open, end := strings.IndexByte(b.head, '('), strings.IndexByte(b.head, ')')
	if open < 0 || end < open || strings.Trim(b.tuple, "(?, )") != "" {
		return nil
	}
	var names []string
	for name := range strings.SplitSeq(b.head[open+1:end], ",") {
		names = append(names, strings.TrimSpace(name))
	}
	if len(names) != b.columns {
		return nil
	}
	return names
}

// insert writes n rows; values returns the arguments of row i in the order of the columns.
func (tx *Tx) insert(b *bulk, n int, values func(i int) []any) error {
	if tx.db.dialect == "postgres" && n >= listsFrom {
		if names := b.names(); names != nil && strings.TrimSpace(b.tail) == "" {
			return tx.copyRows(b, names, n, values)
		}
		if text, err := tx.insertLists(b); err != nil || text != "" {
			if err == nil {
				_, err = tx.runLists(b.head, text, b.columns, n, values)
			}
			return err
		}
	}
	_, err := tx.inSteps(b.head, b.columns, n, b.text, values)
	return err
}

// inSteps runs a statement for n rows, so many at a time as an engine takes arguments, and returns how many rows it touched.
func (tx *Tx) inSteps(name string, columns, n int, text func(rows int) string, values func(i int) []any) (touched int, err error) {
	step := min(bulkRows, maxArguments/columns)
	list := make([]any, 0, min(n, step)*columns)
	var full *sql.Stmt
	for from := 0; from < n; from += step {
		rows := min(step, n-from)
		list = list[:0]
		for i := from; i < from+rows; i++ {
			list = append(list, values(i)...)
		}
		if len(list) != rows*columns {
			return touched, fmt.Errorf("insert %.60q: %d arguments for %d rows of %d columns", name, len(list), rows, columns)
		}
		var result sql.Result
		if rows == step && n >= 2*step { // worth preparing
			if full == nil {
				if full, err = tx.sql.PrepareContext(tx.ctx, tx.sql.Rebind(text(rows))); err != nil {
					return touched, fmt.Errorf("prepare %.60q: %w", name, err)
				}
				defer full.Close()
			}
			result, err = full.ExecContext(tx.ctx, list...)
		} else {
			result, err = tx.sql.ExecContext(tx.ctx, tx.sql.Rebind(text(rows)), list...)
		}
		some, err := rowsOf(name, result, err)
		if err != nil {
			return touched, err
		}
		touched += some
	}
	return touched, nil
}

// rowsOf is how many rows a statement of a batch touched.
func rowsOf(name string, r sql.Result, err error) (int, error) {
	var n int64
	if err == nil {
		n, err = r.RowsAffected()
	}
	if err != nil {
		return 0, fmt.Errorf("insert %.60q: %w", name, err)
	}
	return int(n), nil
}
