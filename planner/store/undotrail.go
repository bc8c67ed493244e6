package store

import (
	"database/sql"
	"slices"

	"lianxin/planner"
)

// fate is what an import did to one row: before is nil if it added it, after nil if it deleted it.
type fate struct {
	kind, id      string
	before, after []byte
}

var (
	writesOfBatch = query(`SELECT seq FROM audit_writes WHERE batch = :batch ORDER BY seq`)
	// namesOfWrite leaves out what was only read, and the import's own record.
	namesOfWrite = query(`SELECT no, kind, row_id FROM audit_rows WHERE write_seq = :seq AND action <> 'read' AND kind <> 'import' ORDER BY no`)
	pageOfWrite  = query(`SELECT no, action, kind, row_id, household, before, after FROM audit_rows
		WHERE write_seq = :seq AND no >= :from AND no <= :until AND kind = :kind AND action <> 'read' ORDER BY no LIMIT :limit`)
)

// undoPage is how many audit rows an undo has open at a time: those of an import of a prefecture are two million. Tests set
// it low.
var undoPage = 5000

// stretch is where the rows of one kind lie in a write.
type stretch struct {
	seq         int64
	from, until int
}

// batchTrail is what the audit tells of a batch, to be gone through kind by kind and page by page.
type batchTrail struct {
	tx      *Tx
	rows    int                         // of all kinds
	touched map[string]map[string]int32 // how often, by kind and ID
	lies    map[string][]stretch
}

// trailOf surveys a batch; settings do not count.
func (tx *Tx) trailOf(batch planner.ImportID) (*batchTrail, error) {
	t := &batchTrail{tx: tx, touched: map[string]map[string]int32{}, lies: map[string][]stretch{}}
	var seqs []int64
	if batch == "" {
		return t, nil
	}
	if err := tx.all(&seqs, writesOfBatch, args{"batch": string(batch)}); err != nil {
		return nil, err
	}
	kinds := sharer{}
	for _, seq := range seqs {
		_, err := scanned(tx, namesOfWrite, args{"seq": seq}, func(rows *sql.Rows, _ *struct{}) error {
			var no int
			var name sql.RawBytes
			var id string
			if err := rows.Scan(&no, &name, &id); err != nil {
				return err
			}
			kind := kinds.bytes(name)
			if t.touched[kind] == nil {
				t.touched[kind] = map[string]int32{}
			}
			t.touched[kind][id]++
			if l := t.lies[kind]; len(l) == 0 || l[len(l)-1].seq != seq {
				t.lies[kind] = append(l, stretch{seq, no, no})
			} else {
				l[len(l)-1].until = no
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return t, nil
}

// drop forgets a kind.
func (t *batchTrail) drop(kind string) { delete(t.touched, kind) }

// fates calls each with the fates of one kind, a page at a time, in the order in which the rows were written; those of rows
// that were written more than once come last.
func (t *batchTrail) fates(kind string, each func([]*fate) error) error {
	if t.touched[kind] == nil {
		return nil
	}
	folded := map[string]*fate{}
	var late []*fate
	for _, at := range t.lies[kind] {
		for at.from <= at.until {
			var rows []auditRow
			if err := t.tx.all(&rows, pageOfWrite, args{"seq": at.seq, "from": at.from, "until": at.until, "kind": kind, "limit": undoPage}); err != nil {
				return err
			}
			if len(rows) == 0 {
				break
			}
			at.from = rows[len(rows)-1].No + 1
			page, err := t.tx.fatesIn(rows)
			if err != nil {
				return err
			}
			page = slices.DeleteFunc(page, func(f *fate) bool {
				if t.touched[kind][f.id] == 1 {
					return f.before == nil && f.after == nil
				}
				if first, ok := folded[f.id]; ok {
					first.after = f.after
				} else {
					folded[f.id] = f
					late = append(late, f)
				}
				return true
			})
			if len(page) == 0 {
				continue
			}
			if err := each(page); err != nil {
				return err
			}
		}
	}
	// What an import added and took away again itself needs nothing.
	late = slices.DeleteFunc(late, func(f *fate) bool { return f.before == nil && f.after == nil })
	for part := range slices.Chunk(late, undoPage) {
		if err := each(part); err != nil {
			return err
		}
	}
	return nil
}

// fatesIn decrypts audit rows.
func (tx *Tx) fatesIn(rows []auditRow) ([]*fate, error) {
	var sealed []string
	for _, r := range rows {
		sealed = append(sealed, r.Household)
	}
	if err := tx.unlock(sealed, false); err != nil {
		return nil, err
	}
	out := make([]*fate, len(rows))
	for i, r := range rows {
		f := &fate{kind: r.Kind, id: r.ID, before: r.Before, after: r.After}
		out[i] = f
		if r.Household == "" {
			continue
		}
		key := tx.vault[r.Household]
		if key.aead == nil {
			return nil, planner.Fail(planner.Conflict, "有住户的资料已应其要求删除，这次导入不能再撤销。",
				"a household's record was erased at its wish, so this import can no longer be undone")
		}
		var err error
		if f.before, err = key.open(r.Kind, r.ID, r.Before); err != nil {
			return nil, err
		}
		if f.after, err = key.open(r.Kind, r.ID, r.After); err != nil {
			return nil, err
		}
	}
	return out, nil
}
