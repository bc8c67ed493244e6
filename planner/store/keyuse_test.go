package store

import (
	"context"
	"path/filepath"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
)

// backup is what a copy of the database made at some time holds of two households: a contact and the wrapped key of the
// audit, as they stand in its columns, and an audit payload.
type backup struct {
	contact, wrapped string
	payload          auditRow
}

var (
	contactNow = query(`SELECT contact FROM households WHERE id = :id`)
	wrappedNow = query(`SELECT COALESCE(wrapped, '') FROM household_keys WHERE household = :id`)
	payloadNow = query(`SELECT no, action, kind, row_id, household, before, after FROM audit_rows WHERE household = :id AND kind = 'household' AND after IS NOT NULL ORDER BY write_seq LIMIT 1`)
)

func backUp(t *testing.T, db *DB, contactOf, erased string) (b backup) {
	t.Helper()
	as(t, db, office, func(tx *Tx) error {
		if err := tx.one(&b.contact, contactNow, args{"id": contactOf}); err != nil {
			return err
		}
		if err := tx.one(&b.wrapped, wrappedNow, args{"id": erased}); err != nil {
			return err
		}
		return tx.one(&b.payload, payloadNow, args{"id": erased})
	})
	return b
}

func TestABackupIsReadableUntilItsKeysAreRetiredAndAnErasedHouseholdIsNot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		ctx := context.Background()
		path := filepath.Join(t.TempDir(), "lianxin.keys")
		ring, err := CreateKeyring(path)
		if err != nil {
			t.Fatal(err)
		}
		open := func(k *Keyring) *DB {
			db, err := Open(ctx, Options{URL: url, Keys: k})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { db.Close() })
			return db
		}
		db := open(ring)
		fill(t, db)
		inWrite(t, db, func(tx *Tx) error {
			h := smallCounty().Households[0]
			h.Contact = "13900000007"
			o := smallCounty().Households[1]
			o.Head = "李某某"
			return tx.PutHouseholds([]planner.Household{h, o})
		})
		inWrite(t, db, func(tx *Tx) error {
			return tx.PutComplaint(planner.Complaint{ID: "c1", Words: "来得太勤", WrittenOn: civil.MustDate("2026-01-05")})
		})
		kept, gone := string(smallCounty().Households[0].ID), string(smallCounty().Households[1].ID)
		old := backUp(t, db, kept, gone)
		inWrite(t, db, func(tx *Tx) error { return tx.EraseHousehold(planner.HouseholdID(gone)) })

		readable := func(k *Keyring, b backup) (contact, erased bool) {
			plain, err := k.open(contactPlace(planner.HouseholdID(kept)), b.contact)
			contact = err == nil && string(plain) == "13900000007"
			if b.wrapped == "" {
				return contact, false
			}
			secret, err := k.open(keyPlace(gone), b.wrapped)
			if err != nil {
				return contact, false
			}
			aead, err := newAEAD(secret)
			if err != nil {
				t.Fatal(err)
			}
			_, err = openWith(aead, "household/"+gone, b.payload.After)
			return contact, err == nil
		}
		// In the database itself the erased household cannot be read from the moment it was erased, under any ring.
		if _, erased := readable(ring, backUp(t, db, kept, gone)); erased {
			t.Error("an erased household's audit can still be read")
		}
		first := ring.keys[len(ring.keys)-1].id
		if where := sealedUnder(t, db, first); len(where) < 4 {
			t.Errorf("got sealed columns %v, want contacts, keys, complaints among them", where)
		}
		both, err := RotateKeyring(path)
		if err != nil {
			t.Fatal(err)
		}
		db = open(both)
		uses, err := db.KeyUses(ctx, office)
		if err != nil || len(uses) != 2 || uses[0].Rows == 0 || uses[1].Rows != 0 || !uses[1].Current || uses[0].Current {
			t.Fatalf("before the rotation: %+v, %v", uses, err)
		}
		total, last := uses[0].Rows, 0
		steps := 0
		n, err := db.Rekey(ctx, office, today, func(done int) {
			if done < last {
				t.Errorf("progress goes back from %d to %d", last, done)
			}
			last = done
			steps++
		})
		if err != nil || n != total || last != total || steps < 4 {
			t.Errorf("%d rows, %v, progress %d in %d steps; want %d", n, err, last, steps, total)
		}
		if uses, err = db.KeyUses(ctx, office); err != nil || uses[0].Rows != 0 || uses[1].Rows != total {
			t.Errorf("after it: %+v, %v", uses, err)
		}
		if where := sealedUnder(t, db, first); where != nil {
			t.Errorf("still under the old key after the rotation: %v", where)
		}
		if contact, _ := readable(both, old); !contact {
			t.Error("the old backup cannot be read while the old key is kept")
		}
		if _, erased := readable(both, backUp(t, db, kept, gone)); erased {
			t.Error("the rotation brought an erased household back")
		}
		alone, err := RetireKeys(path)
		if err != nil || len(alone.keys) != 1 {
			t.Fatal(err)
		}
		if loaded, err := LoadKeyring(path); err != nil || len(loaded.keys) != 1 || loaded.keys[0].id != both.keys[1].id {
			t.Errorf("the file after retiring: %v", err)
		}
		contact, erased := readable(alone, old)
		if contact || erased {
			t.Errorf("the old backup can be read without its key: contact %t, erased household %t", contact, erased)
		}
		if contact, erased = readable(alone, backUp(t, open(alone), kept, gone)); !contact || erased {
			t.Errorf("the database under the new key: contact %t, erased %t; want the contact alone", contact, erased)
		}
		_, err = db.KeyUses(ctx, planner.Principal{Account: "a", Roles: []planner.Role{planner.RoleCadre}})
		wantKind(t, err, planner.Forbidden)
	})
}

// columnsOf lists the text columns of every table, but those of the audit, which keeps what was.
func columnsOf(t *testing.T, db *DB) (columns [][2]string) {
	t.Helper()
	list := `SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'audit%' AND upper(c.type) = 'TEXT'`
	if db.dialect == "postgres" {
		list = `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() AND data_type = 'text' AND table_name NOT LIKE 'audit%'`
	}
	rows, err := db.r.Query(list)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var c [2]string
		if err := rows.Scan(&c[0], &c[1]); err != nil {
			t.Fatal(err)
		}
		columns = append(columns, c)
	}
	if rows.Err() != nil || len(columns) < 100 {
		t.Fatalf("got %d columns, %v", len(columns), rows.Err())
	}
	return columns
}

// sealedUnder counts the cells of all columns that are sealed under a key, and the columns that hold any.
func sealedUnder(t *testing.T, db *DB, key string) (where []string) {
	t.Helper()
	for _, c := range columnsOf(t, db) {
		var n int
		if err := db.r.Get(&n, db.r.Rebind(`SELECT count(*) FROM `+c[0]+` WHERE substr(`+c[1]+`, 1, ?) = ?`), len(key)+1, key+"."); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			where = append(where, c[0]+"."+c[1])
		}
	}
	return where
}
