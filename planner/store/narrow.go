package store

import (
	"reflect"
	"strings"
	"sync"

	"lianxin/planner"
)

// narrowFrom is how many changed rows make it worth writing only their changed columns: fewer are written whole, in one statement.
const narrowFrom = 100

// patch is an UPDATE of some columns of a table for many rows at a time, each found by its first column.
type patch struct {
	table   string
	places  []int    // of the columns among a row's values; the first is the key
	columns []string // their names
	texts   sync.Map // rows → text with ? arguments
}

// patch is the update that sets only the columns of the mask, bit i for the i-th of the bulk. An index over none of them is not touched
// then, no foreign key of another is looked up, and no other value is handed over. Nil if there is nothing to set or the bulk has no
// plain list of columns.
func (b *bulk) patch(mask uint64) *patch {
	columns := b.names()
	if mask &= 1<<b.columns - 2; columns == nil || mask == 0 || b.columns > 63 { // the key stays
		return nil
	}
	if p, ok := b.patches.Load(mask); ok {
		return p.(*patch)
	}
	p := &patch{table: b.table(), places: []int{0}, columns: columns[:1:1]}
	for i := 1; i < b.columns; i++ {
		if mask&(1<<i) != 0 {
			p.places, p.columns = append(p.places, i), append(p.columns, columns[i])
		}
	}
	shared, _ := b.patches.LoadOrStore(mask, p)
	return shared.(*patch)
}

// text is the update of so many rows whose values come one by one.
func (p *patch) text(rows int) string {
	if s, ok := p.texts.Load(rows); ok {
		return s.(string)
	}
	tuple := "(" + strings.Repeat("?, ", len(p.columns)-1) + "?)"
	s := "WITH v (" + strings.Join(p.columns, ", ") + ") AS (VALUES " + strings.Repeat(tuple+", ", rows-1) + tuple + ") " + p.setFrom("v")
	p.texts.Store(rows, s)
	return s
}

// setFrom is the update from a list of rows v.
func (p *patch) setFrom(list string) string {
	sets := make([]string, 0, len(p.columns)-1)
	for _, c := range p.columns[1:] {
		sets = append(sets, c+" = v."+c)
	}
	return "UPDATE " + p.table + " SET " + strings.Join(sets, ", ") + " FROM " + list + " WHERE " + p.table + "." + p.columns[0] + " = v." + p.columns[0]
}

// values are those of a row that the update takes.
func (p *patch) values(row []any) []any {
	out := make([]any, len(p.places))
	for i, at := range p.places {
		out[i] = row[at]
	}
	return out
}

// update sets the columns of the patch in n rows that exist, each given by the values of its patch. Conflict if one is gone.
func (tx *Tx) update(p *patch, n int, values func(i int) []any) error {
	var touched int
	var err error
	if tx.db.dialect == "postgres" { // in a list of arguments it would take a date for a text
		touched, err = tx.updateLists(p, n, values)
	} else {
		touched, err = tx.inSteps(p.table, len(p.columns), n, p.text, values)
	}
	if err == nil && touched != n {
		return planner.Fail(planner.Conflict, "数据刚被他人改动，请重新做一次。", "the data was changed by someone else just now; do it again.")
	}
	return err
}

// differing is the set of columns in which two rows of a table differ. A value that cannot be compared counts as different.
func differing(before, after []any) (mask uint64) {
	for i := range after {
		if t := reflect.TypeOf(after[i]); t == nil || !t.Comparable() || before[i] != after[i] {
			mask |= 1 << i
		}
	}
	return mask
}

// upsert writes changed rows; where there are many that stay in their place, only the columns that changed.
func (t *table[R]) upsert(tx *Tx, changes []change[R]) error {
	whole := changes
	if t.narrow && len(changes) >= narrowFrom {
		whole = nil
		groups, order := map[*patch][][]any{}, []*patch(nil)
		for _, c := range changes {
			if c.before != nil && !c.moves {
				after := c.row.values()
				if p := t.put.patch(differing(c.was.values(), after)); p != nil {
					if groups[p] == nil {
						order = append(order, p)
					}
					groups[p] = append(groups[p], p.values(after))
					continue
				}
			}
			whole = append(whole, c)
		}
		for _, p := range order {
			rows := groups[p]
			if err := tx.update(p, len(rows), func(i int) []any { return rows[i] }); err != nil {
				return err
			}
		}
	}
	return tx.insert(t.put, len(whole), func(i int) []any { return whole[i].row.values() })
}

// settle keeps the mark "moves" only where a row stands in the slot that another one of the batch wants: all others can change their
// place without being deleted first.
func (t *table[R]) settle(changes []change[R]) {
	if t.slot == nil {
		return
	}
	wanted := make(map[string]string, len(changes)) // slot → row
	for _, c := range changes {
		if s := t.slot(c.row); s != "" {
			wanted[s] = c.row.rowID()
		}
	}
	for i := range changes {
		c := &changes[i]
		if !c.moves {
			continue
		}
		by, ok := wanted[t.slot(c.was)]
		c.moves = ok && by != c.row.rowID()
	}
}
