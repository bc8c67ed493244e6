package store

import (
	"reflect"
	"slices"
	"strings"
	"sync"
)

// narrowFrom is how many changed rows make it worth writing only their changed columns: fewer are written whole, in one statement.
const narrowFrom = 100

// narrowed are the forms of an upsert that set but some of its columns, by the set.
type narrowed struct {
	once    sync.Once
	columns []string // of the INSERT, in order; nil: the text has no simple DO UPDATE
	forms   sync.Map // uint64 → *bulk
}

const doUpdate = "DO UPDATE SET "

// narrow is the same upsert that sets only the columns of the mask, bit i for the i-th. An index over none of them is not
// touched then, and no foreign key of another is looked up. Nil if the bulk cannot be cut.
func (b *bulk) narrow(mask uint64) *bulk {
	b.cut.once.Do(func() {
		open, end := strings.IndexByte(b.head, '('), strings.IndexByte(b.head, ')')
		if open < 0 || end < open || !strings.Contains(b.tail, doUpdate) || b.columns > 64 {
			return
		}
		for name := range strings.SplitSeq(b.head[open+1:end], ",") {
			b.cut.columns = append(b.cut.columns, strings.TrimSpace(name))
		}
	})
	if len(b.cut.columns) != b.columns || mask == 0 {
		return nil
	}
	if f, ok := b.cut.forms.Load(mask); ok {
		return f.(*bulk)
	}
	var sets []string
	for i, name := range b.cut.columns {
		if mask&(1<<i) != 0 {
			sets = append(sets, name+" = excluded."+name)
		}
	}
	at := strings.Index(b.tail, doUpdate) + len(doUpdate)
	f, _ := b.cut.forms.LoadOrStore(mask, &bulk{head: b.head, tuple: b.tuple, tail: b.tail[:at] + strings.Join(sets, ", "), columns: b.columns})
	return f.(*bulk)
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
		groups, order := map[uint64][][]any{}, []uint64(nil)
		for _, c := range changes {
			mask := uint64(0)
			if c.before != nil && !c.moves {
				after := c.row.values()
				if mask = differing(c.was.values(), after); t.put.narrow(mask) != nil {
					if groups[mask] == nil {
						order = append(order, mask)
					}
					groups[mask] = append(groups[mask], after)
					continue
				}
			}
			whole = append(whole, c)
		}
		slices.Sort(order)
		for _, mask := range order {
			rows := groups[mask]
			if err := tx.insert(t.put.narrow(mask), len(rows), func(i int) []any { return rows[i] }); err != nil {
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
