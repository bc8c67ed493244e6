package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"sync"

	"lianxin/planner/civil"
)

// trail is what a transaction will have written into the audit: one audit_writes row and any number of audit_rows.
type trail struct {
	seq    int64 // of audit_writes, 0 before the first flush
	no     int   // rows flushed
	digest hash.Hash
	buffer []auditRow
	read   map[string]bool // kind/ID whose reading is noted
}

// auditRow says what became of one row. Before and after are its JSON, nil where it did not exist; encrypted if a household
// is named.
type auditRow struct {
	No        int    `db:"no"`
	Action    string `db:"action"` // add, change, delete, read
	Kind      string `db:"kind"`
	ID        string `db:"row_id"`
	Household string `db:"household"`
	Before    []byte `db:"before"`
	After     []byte `db:"after"`
}

// The audit's actions.
const (
	actAdd    = "add"
	actChange = "change"
	actDelete = "delete"
	actRead   = "read"
)

// hashInto adds the row to a digest. Each part has its length in front, so no two rows hash alike by running together;
// an absent payload counts as length −1. The room of b is used, and returned for the next row.
func (r *auditRow) hashInto(h hash.Hash, b []byte) []byte {
	b = b[:0]
	part := func(s []byte, there bool) {
		n := int64(len(s))
		if !there {
			n = -1
		}
		b = append(binary.BigEndian.AppendUint64(b, uint64(n)), s...)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(r.No))
	for _, s := range []string{r.Action, r.Kind, r.ID, r.Household} {
		part([]byte(s), true)
	}
	part(r.Before, r.Before != nil)
	part(r.After, r.After != nil)
	h.Write(b)
	return b
}

var (
	insertAuditWrite = query(`INSERT INTO audit_writes (at, account, actor, operation, batch)
		VALUES (:at, :account, :actor, :operation, :batch) RETURNING seq`)
	insertAuditRows = inserts(`INSERT INTO audit_rows (write_seq, no, action, kind, row_id, household, before, after)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
	insertAuditPending = query(`INSERT INTO audit_pending (write_seq, row_count, digest) VALUES (:seq, :rows, :digest)`)
)

// trailBuffer is how many audit rows wait in memory before they are written in bulk.
const trailBuffer = 5000

// note adds a row to the trail. A named household's payload is encrypted under its key, which [Tx.unlock] must have
// fetched.
func (tx *Tx) note(action, kind, id, household string, before, after []byte) error {
	row, err := tx.sealed(auditRow{Action: action, Kind: kind, ID: id, Household: household, Before: before, After: after})
	if err != nil {
		return err
	}
	return tx.trace(row)
}

// sealed is a row with the payload of a named household encrypted.
func (tx *Tx) sealed(row auditRow) (auditRow, error) {
	if row.Household == "" {
		return row, nil
	}
	key, ok := tx.vault[row.Household]
	if !ok {
		return row, fmt.Errorf("audit %s %s: the key of household %s was not unlocked", row.Kind, row.ID, row.Household)
	}
	row.Before = key.seal(row.Kind, row.ID, row.Before)
	row.After = key.seal(row.Kind, row.ID, row.After)
	return row, nil
}

// trace adds sealed rows to the trail.
func (tx *Tx) trace(rows ...auditRow) error {
	t := &tx.trail
	if !tx.write {
		t.buffer = append(t.buffer, rows...)
		return nil
	}
	for len(rows) > 0 {
		n := min(len(rows), max(1, trailBuffer-len(t.buffer)))
		t.buffer = append(t.buffer, rows[:n]...)
		rows = rows[n:]
		if len(t.buffer) >= trailBuffer {
			if err := tx.flushTrail(); err != nil {
				return err
			}
		}
	}
	return nil
}

// noteRead records that personal data was read. Inside [DB.Read] the record is written once fn is done.
func (tx *Tx) noteRead(kind, id string) error {
	if tx.trail.read == nil {
		tx.trail.read = map[string]bool{}
	}
	if tx.trail.read[kind+"/"+id] {
		return nil // once per request
	}
	tx.trail.read[kind+"/"+id] = true
	return tx.note(actRead, kind, id, "", nil, nil)
}

func (tx *Tx) flushTrail() error {
	t := &tx.trail
	if len(t.buffer) == 0 {
		return nil
	}
	if t.seq == 0 {
		if err := tx.one(&t.seq, insertAuditWrite, args{"at": civil.At(tx.op.Now), "account": string(tx.who.Account), "actor": tx.who.Name,
			"operation": tx.op.Name, "batch": string(tx.op.Batch)}); err != nil {
			return err
		}
		t.digest = sha256.New()
	}
	for i := range t.buffer {
		t.buffer[i].No = t.no + i
	}
	var hashed sync.WaitGroup
	hashed.Go(func() { // while they are written
		var b []byte
		for i := range t.buffer {
			b = t.buffer[i].hashInto(t.digest, b)
		}
	})
	err := tx.insert(insertAuditRows, len(t.buffer), func(i int) []any {
		r := &t.buffer[i]
		return []any{t.seq, r.No, r.Action, r.Kind, r.ID, r.Household, r.Before, r.After}
	})
	hashed.Wait()
	t.no += len(t.buffer)
	t.buffer = t.buffer[:0]
	return err
}

// closeTrail flushes the trail and leaves the write for the sealer. A transaction that changed nothing leaves nothing.
func (tx *Tx) closeTrail() error {
	if err := tx.flushTrail(); err != nil || tx.trail.seq == 0 {
		return err
	}
	_, err := tx.exec(insertAuditPending, args{"seq": tx.trail.seq, "rows": tx.trail.no, "digest": hex.EncodeToString(tx.trail.digest.Sum(nil))})
	return err
}
