package store

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
)

func TestAKeyFileIsMadeOnceForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lianxin.keys")
	_, err := LoadKeyring(path)
	wantKind(t, err, planner.NotFound)
	made, err := CreateKeyring(path)
	if err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, %v; want 0600", st.Mode(), err)
	}
	_, err = CreateKeyring(path)
	wantKind(t, err, planner.Conflict)
	text, err := made.seal("here", []byte("19900000002"))
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := LoadKeyring(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := loaded.open("here", text); err != nil || string(got) != "19900000002" {
		t.Errorf("got %q, %v; want the phone back", got, err)
	}
	if _, err := loaded.open("there", text); err == nil {
		t.Error("got a ciphertext that opens in another place")
	}
	if again, _ := made.seal("here", []byte("19900000002")); again == text {
		t.Error("got the same ciphertext twice, want a fresh nonce")
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	_, err = LoadKeyring(path)
	wantKind(t, err, planner.Forbidden)
	other := filepath.Join(t.TempDir(), "no.keys")
	if err := os.WriteFile(other, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = LoadKeyring(other)
	wantKind(t, err, planner.Invalid)
}

func TestKeysRotateWithoutLosingAnythingOrChangingTheContent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		path := filepath.Join(t.TempDir(), "lianxin.keys")
		first, err := CreateKeyring(path)
		if err != nil {
			t.Fatal(err)
		}
		open := func(k *Keyring) *DB {
			db, err := Open(context.Background(), Options{URL: url, Keys: k})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { db.Close() })
			return db
		}
		db := open(first)
		fill(t, db)
		inWrite(t, db, func(tx *Tx) error {
			return tx.PutFeedTokens([]FeedToken{{Token: "t", Kind: "cadre", Ref: "C2", CreatedAt: today}})
		})
		before := canonical(t, db)
		both, err := RotateKeyring(path)
		if err != nil || len(both.keys) != 2 {
			t.Fatalf("got %v; want two keys", err)
		}
		db = open(both)
		n, err := db.Rekey(t.Context(), office, today, nil)
		if err != nil || n != 2+1+4+1 { // cadres, household, the keys of four households, token
			t.Fatalf("got %d rows, %v; want all sealed ones", n, err)
		}
		if n, err := db.Rekey(t.Context(), office, today, nil); err != nil || n != 0 {
			t.Errorf("got %d rows, %v; want nothing left", n, err)
		}
		alone := &Keyring{keys: both.keys[1:], index: both.index}
		db = open(alone)
		if after := canonical(t, db); after != before {
			t.Error("got another content under the new key")
		}
		inWrite(t, db, func(tx *Tx) error { return tx.DeleteVisits([]planner.VisitID{"V1"}) })
		db = open(TestKeyring(9))
		err = db.Read(t.Context(), planner.System("send"), func(tx *Tx) error {
			_, err := tx.CadreContacts([]planner.CadreID{"C2"})
			return err
		})
		wantKind(t, err, planner.Unavailable)
		_, err = db.Rekey(t.Context(), planner.Principal{Account: "a"}, today, nil)
		wantKind(t, err, planner.Forbidden)
	})
}
