package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// chainRow is one link: a write with the digest of its rows, and the hash that ties it to the link before.
type chainRow struct {
	Link      int64         `db:"link"`
	Seq       int64         `db:"write_seq"`
	Rows      int           `db:"row_count"`
	Digest    string        `db:"digest"`
	Hash      string        `db:"hash"`
	At        civil.Instant `db:"at"`
	Account   string        `db:"account"`
	Actor     string        `db:"actor"`
	Operation string        `db:"operation"`
	Batch     string        `db:"batch"`
}

// hashAfter is the link's hash: over the hash before it, its place, who wrote when and why, and the digest of what was
// written. Payloads enter by their stored, encrypted form, so the chain holds after an erasure.
func (r chainRow) hashAfter(before string) string {
	b := []byte("lianxin audit chain 1\n")
	b = binary.BigEndian.AppendUint64(b, uint64(r.Link))
	b = binary.BigEndian.AppendUint64(b, uint64(r.Seq))
	b = binary.BigEndian.AppendUint64(b, uint64(r.Rows))
	b = binary.BigEndian.AppendUint64(b, uint64(r.At.UnixMicro()))
	for _, s := range []string{before, r.Digest, r.Account, r.Actor, r.Operation, r.Batch} {
		b = binary.BigEndian.AppendUint64(b, uint64(len(s)))
		b = append(b, s...)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// firstHash stands before the first link.
var firstHash = strings.Repeat("0", 64)

var (
	// takeSealer is the sealer's lease: whoever holds the row's lock seals, until the transaction ends or its process dies.
	takeSealer = query(`INSERT INTO leases (name, holder, epoch, until_at) VALUES ('sealer', :holder, 1, :now)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = leases.epoch + 1, until_at = excluded.until_at`)
	lastLink      = query(`SELECT link, hash FROM audit_chain ORDER BY link DESC LIMIT 1`)
	pendingWrites = query(`SELECT p.write_seq, p.row_count, p.digest, w.at, w.account, w.actor, w.operation, w.batch
		FROM audit_pending p JOIN audit_writes w ON w.seq = p.write_seq ORDER BY p.write_seq LIMIT :limit`)
	insertLinks   = inserts(`INSERT INTO audit_chain (link, write_seq, row_count, digest, hash, sealed_at) VALUES (?, ?, ?, ?, ?, ?)`)
	deletePending = query(`DELETE FROM audit_pending WHERE write_seq IN (:ids)`)
	linksAfter    = query(`SELECT c.link, c.write_seq, c.row_count, c.digest, c.hash, w.at, w.account, w.actor, w.operation, w.batch
		FROM audit_chain c JOIN audit_writes w ON w.seq = c.write_seq WHERE c.link > :link ORDER BY c.link LIMIT :limit`)
	rowsOfWrite     = query(`SELECT no, action, kind, row_id, household, before, after FROM audit_rows WHERE write_seq = :seq ORDER BY no`)
	countLinks      = query(`SELECT count(*) FROM audit_chain`)
	countLostWrites = query(`SELECT count(*) FROM audit_writes w
		WHERE NOT EXISTS (SELECT 1 FROM audit_chain c WHERE c.write_seq = w.seq)
			AND NOT EXISTS (SELECT 1 FROM audit_pending p WHERE p.write_seq = w.seq)`)
	countStrayRows = query(`SELECT count(*) FROM audit_rows r WHERE NOT EXISTS (SELECT 1 FROM audit_writes w WHERE w.seq = r.write_seq)`)
)

// sealBatch is how many writes one sealing transaction chains.
const sealBatch = 1000

// Seal chains the audit of all writes committed since the last time and returns how many rows they have. Any process may
// call it at any time: one seals, another waits for it and finds nothing left. A write that commits late is found by its
// pending row and chained then, whatever its number. A kill in the middle leaves whole links.
func (db *DB) Seal(ctx context.Context, now time.Time) (int, error) {
	total := 0
	for {
		var rows, writes int
		err := db.retry(ctx, "seal", func() error {
			rows, writes = 0, 0
			return db.run(ctx, db.w, db.writeOptions(), planner.System("seal"), Op{Name: "seal", Now: now}, true, func(tx *Tx) (err error) {
				rows, writes, err = tx.seal(now)
				return err
			})
		})
		if err != nil {
			return total, fmt.Errorf("seal the audit: %w", translate(err))
		}
		total += rows
		if writes < sealBatch {
			return total, nil
		}
	}
}

func (tx *Tx) seal(now time.Time) (rows, writes int, err error) {
	if _, err := tx.exec(takeSealer, args{"holder": tx.db.instance, "now": civil.At(now)}); err != nil {
		return 0, 0, err
	}
	last := chainRow{Hash: firstHash}
	if err := tx.one(&last, lastLink, nil); err != nil && !isNoRows(err) {
		return 0, 0, err
	}
	var links []chainRow
	if err := tx.all(&links, pendingWrites, args{"limit": sealBatch}); err != nil || len(links) == 0 {
		return 0, 0, err
	}
	seqs := make([]int64, len(links))
	for i := range links {
		links[i].Link = last.Link + 1
		links[i].Hash = links[i].hashAfter(last.Hash)
		last = links[i]
		seqs[i] = last.Seq
		rows += last.Rows
	}
	if err := tx.insert(insertLinks, len(links), func(i int) []any {
		l := links[i]
		return []any{l.Link, l.Seq, l.Rows, l.Digest, l.Hash, civil.At(now)}
	}); err != nil {
		return 0, 0, err
	}
	_, err = tx.exec(deletePending, args{"ids": seqs})
	return rows, len(links), err
}

// VerifyChain walks the whole chain and compares each link with what is stored. It returns how many sealed rows hold, and
// an Invalid error that names the first link or write that does not: something was changed, added or taken away. It
// cannot see that the newest links were cut off together; for that, note the last hash ([DB.ChainHead]) elsewhere.
func (db *DB) VerifyChain(ctx context.Context) (rows int, err error) {
	err = db.Read(ctx, planner.System("verify the audit chain"), func(tx *Tx) error {
		rows, err = tx.verifyChain()
		return err
	})
	return rows, err
}

func (tx *Tx) verifyChain() (rows int, err error) {
	last := chainRow{Hash: firstHash}
	for {
		var links []chainRow
		if err := tx.all(&links, linksAfter, args{"link": last.Link, "limit": sealBatch}); err != nil {
			return rows, err
		}
		for _, l := range links {
			if l.Link != last.Link+1 {
				return rows, errBroken(fmt.Sprintf("第 %d 环缺失", last.Link+1), fmt.Sprintf("link %d is missing", last.Link+1))
			}
			if l.Hash != l.hashAfter(last.Hash) {
				return rows, errBroken(fmt.Sprintf("第 %d 环不符", l.Link), fmt.Sprintf("link %d does not match", l.Link))
			}
			if err := tx.verifyWrite(l); err != nil {
				return rows, err
			}
			rows += l.Rows
			last = l
		}
		if len(links) < sealBatch {
			break
		}
	}
	return rows, tx.verifyRest(last.Link)
}

// verifyWrite recomputes the digest of a write's rows, as they are stored.
func (tx *Tx) verifyWrite(l chainRow) error {
	text, list, err := tx.bind(rowsOfWrite, args{"seq": l.Seq})
	if err != nil {
		return err
	}
	found, err := tx.sql.QueryxContext(tx.ctx, text, list...) // streamed: an import may have a million
	if err != nil {
		return err
	}
	defer found.Close()
	digest, n := sha256.New(), 0
	var buffer []byte
	for found.Next() {
		var r auditRow
		if err := found.StructScan(&r); err != nil {
			return err
		}
		buffer = r.hashInto(digest, buffer)
		n++
	}
	if err := found.Err(); err != nil {
		return err
	}
	if n != l.Rows || hex.EncodeToString(digest.Sum(nil)) != l.Digest {
		return errBroken(fmt.Sprintf("第 %d 次写入的明细被改动", l.Seq), fmt.Sprintf("the rows of write %d were changed", l.Seq))
	}
	return nil
}

// verifyRest looks for what the walk cannot see: links without a write, writes without a link, rows without a write.
func (tx *Tx) verifyRest(links int64) error {
	for _, c := range []struct {
		count  *statement
		want   int64
		zh, en string
	}{
		{countLinks, links, "有链环失去了对应的写入", "a link has lost its write"},
		{countLostWrites, 0, "有写入未被封存", "a write is in no link and not waiting for one"},
		{countStrayRows, 0, "有明细不属于任何写入", "a row belongs to no write"},
	} {
		var n int64
		if err := tx.one(&n, c.count, nil); err != nil {
			return err
		}
		if n != c.want {
			return errBroken(c.zh, c.en)
		}
	}
	return nil
}

func errBroken(zh, en string) error {
	return planner.Fail(planner.Invalid, "审计链校验不通过："+zh+"。请保留现场并联系管理员。",
		"the audit chain does not hold: "+en+"; leave everything as it is and tell the administrator")
}

// ChainHead returns the number and hash of the newest link, 0 and zeros before the first.
func (db *DB) ChainHead(ctx context.Context) (link int64, hash string, err error) {
	last := chainRow{Hash: firstHash}
	err = db.Read(ctx, planner.System("head of the audit chain"), func(tx *Tx) error {
		if err := tx.one(&last, lastLink, nil); err != nil && !isNoRows(err) {
			return err
		}
		return nil
	})
	return last.Link, last.Hash, err
}

func (db *DB) writeOptions() *sql.TxOptions {
	if db.dialect == "postgres" {
		return &sql.TxOptions{Isolation: sql.LevelSerializable}
	}
	return &sql.TxOptions{}
}
