package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
)

// auditOf returns the audit rows of the newest write.
func auditOf(t testing.TB, db *DB) (head chainRow, rows []auditRow) {
	t.Helper()
	if err := db.r.Get(&head, `SELECT seq AS write_seq, at, account, actor, operation, batch FROM audit_writes ORDER BY seq DESC LIMIT 1`); err != nil && !isNoRows(err) {
		t.Fatal(err)
	}
	if err := db.r.Select(&rows, db.r.Rebind(`SELECT no, action, kind, row_id, household, before, after FROM audit_rows WHERE write_seq = ? ORDER BY no`), head.Seq); err != nil {
		t.Fatal(err)
	}
	return head, rows
}

func TestEachWriteSaysWhoWhenWhatBeforeAndAfter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fill(t, db)
		unit := smallCounty().Units[0]
		unit.Name = "群众工作服务局"
		err := db.Write(t.Context(), office, Op{Name: "rename", Now: today, Batch: "I7"}, func(tx *Tx) error {
			if err := tx.PutUnits([]planner.Unit{unit}); err != nil {
				return err
			}
			return tx.DeleteVisits([]planner.VisitID{"V1", "V-unknown"})
		})
		if err != nil {
			t.Fatal(err)
		}
		head, rows := auditOf(t, db)
		if head.Account != "A-PLAN" || head.Actor != "经办人" || head.Operation != "rename" || head.Batch != "I7" || !head.At.Equal(today) {
			t.Errorf("got head %+v, want who, when and why", head)
		}
		if len(rows) != 2 || rows[0].Action != "change" || rows[0].Kind != "unit" || rows[0].ID != "U1" || rows[1].Action != "delete" || rows[1].Kind != "visit" {
			t.Fatalf("got %+v, want a changed unit and a deleted visit", rows)
		}
		if !strings.Contains(string(rows[0].Before), "群众工作局") || !strings.Contains(string(rows[0].After), "群众工作服务局") {
			t.Errorf("got %s → %s, want both names", rows[0].Before, rows[0].After)
		}
		if rows[1].Household != "H2" || rows[1].After != nil || bytes.Contains(rows[1].Before, []byte("H2")) {
			t.Errorf("got %+v, want the visit encrypted under its household's key", rows[1])
		}
		inWrite(t, db, func(tx *Tx) error {
			if err := tx.unlock([]string{"H2"}, false); err != nil {
				return err
			}
			plain, err := tx.vault["H2"].open("visit", "V1", rows[1].Before)
			var v visitRow
			if err != nil || json.Unmarshal(plain, &v) != nil || v.Cadre != "C2" {
				t.Errorf("got %s, %v; want the visit", plain, err)
			}
			if _, err := tx.vault["H2"].open("visit", "V2", rows[1].Before); err == nil {
				t.Error("got a payload that opens in another row's place")
			}
			return nil
		})
	})
}

func TestAnUnchangedWriteAndAFailedOneLeaveNoTrace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fill(t, db)
		head, _ := auditOf(t, db)
		content := canonical(t, db)
		es, vs, _ := smallYear()
		inWrite(t, db, func(tx *Tx) error {
			return errors.Join(put(tx, smallCounty()), tx.PutEvents(es), tx.PutVisits(vs), tx.PutSetting("county", "义马市"))
		})
		boom := errors.New("boom")
		err := db.Write(t.Context(), office, Op{Name: "test", Now: today}, func(tx *Tx) error {
			if err := tx.PutSetting("county", "别市"); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Errorf("got %v, want the function's error", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		err = db.Write(ctx, office, Op{Name: "test", Now: today}, func(tx *Tx) error {
			if err := tx.PutSetting("county", "别市"); err != nil {
				return err
			}
			cancel()
			return nil
		})
		if err == nil {
			t.Error("got a commit after the context was cancelled")
		}
		if after, _ := auditOf(t, db); after.Seq != head.Seq {
			t.Errorf("got write %d, want none after %d", after.Seq, head.Seq)
		}
		if got := canonical(t, db); got != content {
			t.Error("got another content")
		}
	})
}

func TestReadingPersonalDataInAPersonsNameLeavesARecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fill(t, db)
		cadre := planner.Principal{Account: "acc-2", Name: "喆静样", Cadre: "C2"}
		as(t, db, cadre, func(tx *Tx) error {
			_, err := tx.Household("H2")
			if err == nil {
				_, err = tx.Household("H2")
			}
			return err
		})
		head, rows := auditOf(t, db)
		if head.Operation != "read" || head.Account != "acc-2" || len(rows) != 1 || rows[0].Action != "read" || rows[0].ID != "H2" {
			t.Errorf("got %+v %+v, want one record of reading H2", head, rows)
		}
		as(t, db, planner.System("sweep"), func(tx *Tx) error { _, err := tx.Roster(); return err })
		as(t, db, cadre, func(tx *Tx) error { _, err := tx.Events(EventFilter{}); return err })
		if after, _ := auditOf(t, db); after.Seq != head.Seq {
			t.Error("got a record of a system's or an impersonal reading, want none")
		}
		as(t, db, office, func(tx *Tx) error { _, err := tx.CadreContacts([]planner.CadreID{"C2"}); return err })
		if _, rows := auditOf(t, db); len(rows) != 1 || rows[0].Kind != "cadre-contact" || rows[0].ID != "C2" {
			t.Errorf("got %+v, want a record of the contact", rows)
		}
	})
}

func TestTheChainHoldsAndShowsEveryTampering(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fill(t, db)
		inWrite(t, db, func(tx *Tx) error { return tx.PutSetting("a", "1") })
		sealed, err := db.Seal(t.Context(), today)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := db.Seal(t.Context(), today); err != nil || again != 0 {
			t.Errorf("got %d, %v; want nothing left to seal", again, err)
		}
		inWrite(t, db, func(tx *Tx) error { return tx.EraseHousehold("H1") })
		more, err := db.Seal(t.Context(), today)
		if err != nil || more != 1 {
			t.Errorf("got %d, %v; want one row sealed", more, err)
		}
		rows, err := db.VerifyChain(t.Context())
		if err != nil || rows != sealed+more {
			t.Fatalf("got %d rows, %v; want all %d", rows, err, sealed+more)
		}
		if link, hash, err := db.ChainHead(t.Context()); err != nil || link != 3 || len(hash) != 64 {
			t.Errorf("got head %d %s, %v; want link 3", link, hash, err)
		}
		if _, err := db.w.Exec(`UPDATE audit_rows SET row_id = 'x'`); err == nil {
			t.Error("got an audit row changed, want a trigger to refuse")
		}
		if _, err := db.w.Exec(`DELETE FROM audit_writes`); err == nil {
			t.Error("got audit writes deleted, want a trigger to refuse")
		}
		for _, table := range []string{"audit_rows", "audit_writes", "audit_chain"} {
			drop(t, db, table)
		}
		for _, tampering := range []struct{ name, do, undo string }{
			{"a payload is changed", `UPDATE audit_rows SET after = before, before = after WHERE write_seq = 1 AND no = 0`, ""},
			{"who wrote is changed", `UPDATE audit_writes SET actor = 'x' WHERE seq = 2`, `UPDATE audit_writes SET actor = '经办人' WHERE seq = 2`},
			{"a row is added", `INSERT INTO audit_rows (write_seq, no, action, kind, row_id, household) VALUES (2, 99, 'add', 'x', 'x', '')`, `DELETE FROM audit_rows WHERE no = 99`},
			{"a row of no write is added", `INSERT INTO audit_rows (write_seq, no, action, kind, row_id, household) VALUES (77, 1, 'add', 'x', 'x', '')`, `DELETE FROM audit_rows WHERE write_seq = 77`},
			{"a write is slipped in", `INSERT INTO audit_writes (seq, at, account, actor, operation, batch) VALUES (99, '2026-01-05T00:00:00.000000Z', '', '', 'x', '')`, `DELETE FROM audit_writes WHERE seq = 99`},
			{"a link is taken out", `UPDATE audit_chain SET link = 9 WHERE link = 2`, `UPDATE audit_chain SET link = 2 WHERE link = 9`},
		} {
			mustExec(t, db, tampering.do)
			if _, err := db.VerifyChain(t.Context()); planner.KindOf(err) != planner.Invalid {
				t.Errorf("%s: got %v, want the chain broken", tampering.name, err)
			}
			if tampering.undo == "" {
				tampering.undo = tampering.do
			}
			mustExec(t, db, tampering.undo)
			if _, err := db.VerifyChain(t.Context()); err != nil {
				t.Fatalf("after %s was taken back: got %v", tampering.name, err)
			}
		}
	})
}

// drop removes the guards of an audit table, as a tamperer with the database's password would.
func drop(t *testing.T, db *DB, table string) {
	t.Helper()
	if db.dialect == "postgres" {
		mustExec(t, db, "DROP TRIGGER "+table+"_stay ON "+table)
		return
	}
	mustExec(t, db, "DROP TRIGGER "+table+"_stay")
	mustExec(t, db, "DROP TRIGGER "+table+"_last")
}

func mustExec(t *testing.T, db *DB, statement string) {
	t.Helper()
	if _, err := db.w.Exec(statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func TestAWriteThatCommitsLateIsChainedLater(t *testing.T) {
	db := openAt(t, dbtest.Postgres(t)) // on SQLite writes commit in their order
	began, finish, done := make(chan bool), make(chan bool), make(chan error, 1)
	var once sync.Once
	go func() {
		done <- db.Write(t.Context(), office, Op{Name: "slow", Now: today}, func(tx *Tx) error {
			if err := tx.PutSetting("slow", "1"); err != nil {
				return err
			}
			if err := tx.flushTrail(); err != nil { // takes the lower number
				return err
			}
			once.Do(func() { close(began) }) // a retry must not wait again
			<-finish
			return nil
		})
	}()
	<-began
	inWrite(t, db, func(tx *Tx) error { return tx.PutAreas(smallCounty().Areas[:1]) })
	if n, err := db.Seal(t.Context(), today); err != nil || n != 1 {
		t.Errorf("got %d, %v; want the quick write sealed", n, err)
	}
	close(finish)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if n, err := db.Seal(t.Context(), today); err != nil || n != 1 {
		t.Errorf("got %d, %v; want the slow write sealed, though its number is lower", n, err)
	}
	if rows, err := db.VerifyChain(t.Context()); err != nil || rows != 2 {
		t.Errorf("got %d, %v; want both rows in the chain", rows, err)
	}
	var order []int64
	if err := db.r.Select(&order, `SELECT write_seq FROM audit_chain ORDER BY link`); err != nil || len(order) != 2 || order[0] < order[1] {
		t.Errorf("got writes %v in the chain, %v; want the later number first", order, err)
	}
}

func TestManySealersAndWritersMakeOneChain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				for range 3 {
					err := db.Write(t.Context(), office, Op{Name: "w", Now: today}, func(tx *Tx) error {
						was, err := tx.Setting(key(i))
						if err != nil {
							return err
						}
						return tx.PutSetting(key(i), was+"x")
					})
					if err != nil {
						t.Errorf("write: %v", err)
					}
				}
			})
			wg.Go(func() {
				if _, err := db.Seal(t.Context(), today); err != nil {
					t.Errorf("seal: %v", err)
				}
			})
		}
		wg.Wait()
		if _, err := db.Seal(t.Context(), today); err != nil {
			t.Fatal(err)
		}
		if rows, err := db.VerifyChain(t.Context()); err != nil || rows != 12 {
			t.Errorf("got %d rows, %v; want 12", rows, err)
		}
	})
}

func TestContactsAreNeverPlainInTheDatabaseFile(t *testing.T) {
	url := dbtest.SQLite(t)
	db := openAt(t, url)
	fill(t, db)
	db.Close()
	path := strings.TrimPrefix(url, "sqlite:")
	for _, file := range []string{path, path + "-wal"} {
		content, err := os.ReadFile(file)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, plain := range []string{"19900000002", "c2@example.test", "19900000001"} {
			if bytes.Contains(content, []byte(plain)) {
				t.Errorf("got %s in %s, want it encrypted", plain, file)
			}
		}
	}
}

func TestAnEmptyContactKeepsWhatIsStoredAndADashDeletesIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fill(t, db)
		c := smallCounty().Cadres[1]
		contact := func() Contact {
			var got map[planner.CadreID]Contact
			as(t, db, planner.System("send"), func(tx *Tx) (err error) {
				got, err = tx.CadreContacts([]planner.CadreID{"C1", "C2"})
				return err
			})
			if _, ok := got["C1"]; ok {
				t.Error("got a contact of somebody who has none")
			}
			return got["C2"]
		}
		c.Mobile, c.Mail = "", "new@example.test"
		inWrite(t, db, func(tx *Tx) error { return tx.PutCadres([]planner.Cadre{c}) })
		if got, want := contact(), (Contact{"19900000002", "new@example.test"}); got != want {
			t.Errorf("got %v, want %v", got, want)
		}
		c.Mobile, c.Mail = "-", ""
		inWrite(t, db, func(tx *Tx) error { return tx.PutCadres([]planner.Cadre{c}) })
		if got, want := contact(), (Contact{"", "new@example.test"}); got != want {
			t.Errorf("got %v, want %v", got, want)
		}
		as(t, db, office, func(tx *Tx) error {
			has, err := tx.HasContact()
			if err != nil || len(has) != 2 || !has["C2"].Any() || !has["C3"].Any() {
				t.Errorf("got %v, %v; want C2 and C3", has, err)
			}
			return nil
		})
		err := db.Read(t.Context(), planner.Principal{Account: "a", Roles: []planner.Role{planner.RoleAdmin}, Cadre: "C2"}, func(tx *Tx) error {
			_, err := tx.CadreContacts([]planner.CadreID{"C2"})
			return err
		})
		wantKind(t, err, planner.Forbidden)
	})
}

func TestAnErasedHouseholdCanBeReadNowhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fill(t, db)
		inWrite(t, db, func(tx *Tx) error { return tx.EraseHousehold("H1") })
		as(t, db, office, func(tx *Tx) error {
			h, err := tx.Household("H1")
			if err != nil || h.Head != "" || h.Guide != "" || h.Needs != nil || h.Active || h.Code == "" {
				t.Errorf("got %+v, %v; want a blank household with its code", h, err)
			}
			return nil
		})
		inWrite(t, db, func(tx *Tx) error {
			if err := tx.unlock([]string{"H1"}, false); err != nil {
				return err
			}
			if tx.vault["H1"].aead != nil {
				t.Error("got the key, want it destroyed")
			}
			return nil
		})
		// Later writes about it still pass; their payload is gone.
		h := smallCounty().Households[0]
		h.Head, h.Contact = "", "-"
		inWrite(t, db, func(tx *Tx) error { return tx.PutHouseholds([]planner.Household{h}) })
		if _, rows := auditOf(t, db); len(rows) != 1 || rows[0].Before != nil || rows[0].After != nil {
			t.Errorf("got %+v, want a row without payload", rows)
		}
	})
}
