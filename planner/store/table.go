package store

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

// stored is a row struct: what a table holds, what the audit shows of it, and what an undo puts back.
type stored interface {
	rowID() string
	household() string // whose key encrypts the row in the audit; "" for none
	values() []any     // in the order of the columns of the table's put
}

// table knows how rows of one kind are read, written and deleted, and leaves the audit rows of it.
type table[R stored] struct {
	kind     string
	byID     *statement                   // rows of :ids
	put      *bulk                        // upsert
	drop     *statement                   // deletes :ids
	children func(tx *Tx, rows []R) error // reads what lies in child tables into rows; may be nil
	rewrite  func(tx *Tx, rows []R) error // replaces the child rows; may be nil
	moves    func(before, after R) bool   // whether a change must delete first, lest a unique index sees both; may be nil
	slot     func(R) string               // what that index allows once, "" for none: a row moves only if another wants its slot; may be nil
	narrow   bool                         // of many changed rows only the changed columns are written
	draw     func(b []byte, r R) []byte   // appends what json.Marshal makes of a row, where there are too many for reflection; may be nil
}

// image is a row as the audit shows it.
func (t *table[R]) image(r R) ([]byte, error) {
	if t.draw != nil {
		return t.draw(make([]byte, 0, imageRoom), r), nil
	}
	return json.Marshal(r)
}

// imageRoom holds most images without growing.
const imageRoom = 640

// load returns the stored rows of the IDs that exist, by ID.
func (t *table[R]) load(tx *Tx, ids []string) (map[string]R, error) {
	found := make(map[string]R, len(ids))
	err := chunks(ids, func(part []string) error {
		var rows []R
		if err := tx.all(&rows, t.byID, args{"ids": part}); err != nil {
			return err
		}
		if t.children != nil {
			if err := t.children(tx, rows); err != nil {
				return err
			}
		}
		for _, r := range rows {
			found[r.rowID()] = r
		}
		return nil
	})
	return found, err
}

// change is one row about to be written.
type change[R stored] struct {
	row, was      R      // was: as stored, zero if new
	before, after []byte // before nil: new
	moves         bool
}

// save writes the rows that differ from what is stored (old, from load) and returns how many did. An unchanged row leaves
// no trace.
func (t *table[R]) save(tx *Tx, old map[string]R, rows []R) (written int, err error) {
	return t.saveOver(tx, func(id string) (R, bool) { r, ok := old[id]; return r, ok }, len(old) > 0, rows)
}

// saveOver is save with a function that tells what is stored of an ID. It must bear being called beside other work.
//
// Rows are written in batches, so that a million of them are never in memory as JSON at once; together only where a row could
// have to make room for another. While one batch is written the next is drawn.
func (t *table[R]) saveOver(tx *Tx, was func(id string) (R, bool), some bool, rows []R) (written int, err error) {
	batch := saveBatch
	if t.moves != nil && some {
		batch = max(1, len(rows))
	}
	d := drafting[R]{t: t, was: was, asked: make(map[string]bool, len(rows))}
	if len(rows) <= batch {
		changes, err := d.draft(rows)
		if err != nil {
			return 0, err
		}
		return len(changes), t.apply(tx, changes)
	}
	type drafted struct {
		changes []change[R]
		err     error
	}
	ahead, stop := make(chan drafted), make(chan struct{})
	var drafts sync.WaitGroup
	defer drafts.Wait()
	defer close(stop)
	drafts.Go(func() {
		defer close(ahead)
		for part := range slices.Chunk(rows, batch) {
			changes, err := d.draft(part)
			select {
			case ahead <- drafted{changes, err}:
			case <-stop:
				return
			}
		}
	})
	for x := range ahead {
		if x.err != nil {
			return written, x.err
		}
		if err := t.apply(tx, x.changes); err != nil {
			return written, err
		}
		written += len(x.changes)
	}
	return written, nil
}

// saveBatch is how many rows are turned into JSON, encrypted and written at a time. Tests set it low.
var saveBatch = 5_000

// drafting finds what of given rows is a change.
type drafting[R stored] struct {
	t     *table[R]
	was   func(id string) (R, bool)
	asked map[string]bool
}

func (d *drafting[R]) draft(rows []R) ([]change[R], error) {
	for _, r := range rows {
		id := r.rowID()
		if id == "" {
			return nil, fmt.Errorf("store: a %s without ID", d.t.kind)
		}
		if d.asked[id] {
			return nil, fmt.Errorf("store: %s %s is given twice", d.t.kind, id)
		}
		d.asked[id] = true
	}
	parts := make([][]change[R], shares(len(rows)))
	err := shared(len(rows), func(k, from, to int) (err error) {
		parts[k], err = d.part(rows[from:to])
		return err
	})
	return slices.Concat(parts...), err
}

func (d *drafting[R]) part(rows []R) ([]change[R], error) {
	t := d.t
	changes := make([]change[R], 0, len(rows))
	for _, r := range rows {
		id := r.rowID()
		after, err := t.image(r)
		if err != nil {
			return nil, fmt.Errorf("store: %s %s: %w", t.kind, id, err)
		}
		c := change[R]{row: r, after: after}
		if was, ok := d.was(id); ok {
			if c.before, err = t.image(was); err != nil {
				return nil, fmt.Errorf("store: %s %s: %w", t.kind, id, err)
			}
			if bytes.Equal(c.before, c.after) {
				continue
			}
			c.was = was
			c.moves = t.moves != nil && t.moves(was, r)
		}
		changes = append(changes, c)
	}
	return changes, nil
}

func (t *table[R]) apply(tx *Tx, changes []change[R]) error {
	if len(changes) == 0 {
		return nil
	}
	t.settle(changes)
	var sealed, moving []string
	for _, c := range changes {
		sealed = append(sealed, c.row.household())
		if c.moves {
			moving = append(moving, c.row.rowID())
		}
	}
	if err := tx.unlock(sealed, true); err != nil {
		return err
	}
	trail := make([]auditRow, len(changes))
	if err := shared(len(changes), func(_, from, to int) (err error) {
		for i, c := range changes[from:to] {
			action := actChange
			if c.before == nil {
				action = actAdd
			}
			if trail[from+i], err = tx.sealed(auditRow{Action: action, Kind: t.kind, ID: c.row.rowID(), Household: c.row.household(), Before: c.before, After: c.after}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if err := tx.trace(trail...); err != nil {
		return err
	}
	if err := t.dropIDs(tx, moving); err != nil {
		return err
	}
	if err := t.upsert(tx, changes); err != nil {
		return err
	}
	if t.rewrite == nil {
		return nil
	}
	rows := make([]R, len(changes))
	for i, c := range changes {
		rows[i] = c.row
	}
	return t.rewrite(tx, rows)
}

// store writes rows of which nothing is known yet.
func (t *table[R]) store(tx *Tx, rows []R) (int, error) {
	if len(rows) == 0 {
		return 0, nil
	}
	old, err := t.load(tx, idsOf(rows))
	if err != nil {
		return 0, err
	}
	return t.save(tx, old, rows)
}

// remove deletes rows, given as load gives them, and audits what they were.
func (t *table[R]) remove(tx *Tx, rows []R) error {
	var sealed []string
	for _, r := range rows {
		sealed = append(sealed, r.household())
	}
	if err := tx.unlock(sealed, true); err != nil {
		return err
	}
	for _, r := range rows {
		before, err := json.Marshal(r)
		if err != nil {
			return err
		}
		if err := tx.note(actDelete, t.kind, r.rowID(), r.household(), before, nil); err != nil {
			return err
		}
	}
	return t.dropIDs(tx, idsOf(rows))
}

func (t *table[R]) dropIDs(tx *Tx, ids []string) error {
	return chunks(ids, func(part []string) error {
		_, err := tx.exec(t.drop, args{"ids": part})
		return err
	})
}

func idsOf[R stored](rows []R) []string {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.rowID()
	}
	return ids
}

// nullable is a text whose empty value is NULL: a reference to nothing, a contact that is not there.
type nullable string

// Value is NULL for the empty text.
func (n nullable) Value() (driver.Value, error) {
	if n == "" {
		return nil, nil
	}
	return string(n), nil
}

// Scan reads text or NULL.
func (n *nullable) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*n = ""
	case string:
		*n = nullable(v)
	case []byte:
		*n = nullable(v)
	default:
		return fmt.Errorf("store: cannot scan %T into a text", v)
	}
	return nil
}

// list is a slice kept as JSON text; nil and empty are both [].
type list[T any] []T

// MarshalJSON writes [] for nil.
func (l list[T]) MarshalJSON() ([]byte, error) {
	if len(l) == 0 {
		return []byte("[]"), nil
	}
	return json.Marshal([]T(l))
}

// Value is the JSON text.
func (l list[T]) Value() (driver.Value, error) {
	b, err := l.MarshalJSON()
	return string(b), err
}

// Scan reads JSON text; [] becomes nil, as nouns have it.
func (l *list[T]) Scan(v any) error {
	var b []byte
	switch v := v.(type) {
	case string:
		b = []byte(v)
	case []byte:
		b = v
	default:
		return fmt.Errorf("store: cannot scan %T into a list", v)
	}
	var out []T
	if err := json.Unmarshal(b, &out); err != nil {
		return fmt.Errorf("store: list %.40q: %w", b, err)
	}
	if len(out) == 0 {
		out = nil
	}
	*l = out
	return nil
}

// sortedKeys returns a map's keys in order.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// plain turns typed texts into plain ones.
func plain[S ~string](s []S) []string {
	out := make([]string, len(s))
	for i := range s {
		out[i] = string(s[i])
	}
	return out
}
