package store

import (
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"
)

// On PostgreSQL many rows travel as one array for each column and are taken apart by unnest; where none can meet another, by COPY. A
// statement of thousands of arguments would be parsed and planned anew each time.

var (
	listsFrom = 200    // rows that are worth it; tests set it low
	listsRows = 10_000 // at most in one statement
)

// listed is the text of an array in the making.
type listed struct{ text []byte }

// lists are the arrays of a statement, one for each column.
type lists struct{ columns []listed }

// add appends a row.
func (l *lists) add(row []any) error {
	if len(row) != len(l.columns) {
		return fmt.Errorf("%d values for %d columns", len(row), len(l.columns))
	}
	for i, v := range row {
		if err := l.columns[i].add(v); err != nil {
			return err
		}
	}
	return nil
}

func (c *listed) add(v any) error {
	if len(c.text) == 0 {
		c.text = append(c.text, '{')
	} else {
		c.text = append(c.text, ',')
	}
	if valuer, ok := v.(driver.Valuer); ok {
		var err error
		if v, err = valuer.Value(); err != nil {
			return err
		}
	}
	switch v := v.(type) {
	case nil:
		c.text = append(c.text, "NULL"...)
	case string:
		c.quote(v)
	case []byte:
		if v == nil {
			c.text = append(c.text, "NULL"...)
			break
		}
		c.text = append(c.text, `"\\x`...)
		c.text = append(hex.AppendEncode(c.text, v), '"')
	case int:
		c.text = strconv.AppendInt(c.text, int64(v), 10)
	case int64:
		c.text = strconv.AppendInt(c.text, v, 10)
	case float64:
		c.text = strconv.AppendFloat(c.text, v, 'g', -1, 64)
	case bool:
		c.text = strconv.AppendBool(c.text, v)
	case time.Time:
		c.quote(string(pq.FormatTimestamp(v)))
	default:
		return fmt.Errorf("a %T cannot stand in a list", v)
	}
	return nil
}

// quote appends a text as an element.
func (c *listed) quote(s string) {
	c.text = append(c.text, '"')
	for {
		i := strings.IndexAny(s, `"\`)
		if i < 0 {
			break
		}
		c.text = append(append(c.text, s[:i]...), '\\', s[i])
		s = s[i+1:]
	}
	c.text = append(append(c.text, s...), '"')
}

// take closes the arrays, returns them as arguments and begins anew.
func (l *lists) take() []any {
	args := make([]any, len(l.columns))
	for i := range l.columns {
		c := &l.columns[i]
		args[i] = string(append(c.text, '}'))
		c.text = c.text[:0]
	}
	return args
}

// runLists runs a statement whose arguments are arrays over n rows.
func (tx *Tx) runLists(name, text string, columns, n int, values func(i int) []any) (touched int, err error) {
	l := lists{columns: make([]listed, columns)}
	for i := range n {
		if err := l.add(values(i)); err != nil {
			return touched, fmt.Errorf("insert %.60q: %w", name, err)
		}
		if (i+1)%listsRows != 0 && i+1 < n {
			continue
		}
		result, err := tx.sql.ExecContext(tx.ctx, text, l.take()...)
		some, err := rowsOf(name, result, err)
		if err != nil {
			return touched, err
		}
		touched += some
	}
	return touched, nil
}

// byIndex keeps PostgreSQL from reading the whole table to find rows of a list, which beside the time would make the transaction
// depend on whatever else is written to that table.
var byIndex = [2]string{`SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off`, `SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on`}

// updateLists runs a patch from arrays.
func (tx *Tx) updateLists(p *patch, n int, values func(i int) []any) (touched int, err error) {
	text, err := tx.fromLists(p.table, p.columns, p.setFrom)
	if err != nil {
		return 0, err
	}
	if _, err := tx.sql.ExecContext(tx.ctx, byIndex[0]); err != nil {
		return 0, err
	}
	if touched, err = tx.runLists(p.table, text, len(p.columns), n, values); err != nil {
		return touched, err
	}
	_, err = tx.sql.ExecContext(tx.ctx, byIndex[1])
	return touched, err
}

// copyRows writes rows that meet no other, in the way that a dump comes back.
func (tx *Tx) copyRows(b *bulk, names []string, n int, values func(i int) []any) error {
	in, err := tx.sql.PrepareContext(tx.ctx, "COPY "+b.table()+" ("+strings.Join(names, ", ")+") FROM STDIN")
	if err != nil {
		return fmt.Errorf("copy into %s: %w", b.table(), err)
	}
	defer in.Close()
	for i := range n {
		row := values(i)
		for k, v := range row {
			if b, ok := v.([]byte); ok && b == nil { // no bytes are NULL, not none
				row[k] = nil
			}
		}
		if _, err := in.ExecContext(tx.ctx, row...); err != nil {
			return fmt.Errorf("copy into %s: %w", b.table(), err)
		}
	}
	if _, err := in.ExecContext(tx.ctx); err != nil {
		return fmt.Errorf("copy into %s: %w", b.table(), err)
	}
	return nil
}

// insertLists is the text of a bulk from arrays; empty if its values are no plain arguments.
func (tx *Tx) insertLists(b *bulk) (string, error) {
	names := b.names()
	if names == nil {
		return "", nil
	}
	return tx.fromLists(b.table(), names, func(list string) string {
		return b.head[:strings.Index(b.head, "VALUES")] + "SELECT v.* FROM " + list + b.tail
	})
}

// columnTypes are the types of a table's columns, on PostgreSQL alone.
var columnTypes = &statement{`SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
	WHERE attrelid = CAST(:table AS regclass) AND attnum > 0 AND NOT attisdropped`}

// fromLists makes a statement over arrays, given the text that names them as the rows v.
func (tx *Tx) fromLists(table string, columns []string, statement func(list string) string) (string, error) {
	key := table + " " + strings.Join(columns, ",")
	if list, ok := tx.db.listTexts.Load(key); ok {
		return statement(list.(string)), nil
	}
	var rows []struct {
		Name string `db:"name"`
		Type string `db:"type"`
	}
	if err := tx.all(&rows, columnTypes, args{"table": table}); err != nil {
		return "", err
	}
	types := map[string]string{}
	for _, r := range rows {
		types[r.Name] = r.Type
	}
	arrays := make([]string, len(columns))
	for i, c := range columns {
		if types[c] == "" {
			return "", fmt.Errorf("%s has no column %s", table, c)
		}
		arrays[i] = fmt.Sprintf("CAST($%d AS %s[])", i+1, types[c])
	}
	list := "unnest(" + strings.Join(arrays, ", ") + ") AS v (" + strings.Join(columns, ", ") + ")"
	tx.db.listTexts.Store(key, list)
	return statement(list), nil
}
