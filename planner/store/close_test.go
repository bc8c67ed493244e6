package store

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
)

// A closed SQLite database is one file: whoever copies it has all of it. While somebody else has it open, the log stays.
func TestAClosedDatabaseLeavesNoLogBeside(t *testing.T) {
	url := dbtest.SQLite(t)
	open := func() *DB {
		db, err := Open(t.Context(), Options{URL: url, Keys: TestKeyring(1)})
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	work := func(db *DB, value string) {
		t.Helper()
		err := db.Write(t.Context(), planner.System("test"), Op{Name: "test", Now: time.Now()}, func(tx *Tx) error { return tx.PutSetting("close", value) })
		if err != nil {
			t.Fatal(err)
		}
		for range 3 { // readers of their own connections
			if err := db.Read(t.Context(), planner.System("test"), func(tx *Tx) error {
				got, err := tx.Setting("close")
				if got != value {
					t.Errorf("got %q, want %q", got, value)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	log := func() bool {
		_, err := os.Stat(strings.TrimPrefix(url, "sqlite:") + "-wal")
		return !errors.Is(err, fs.ErrNotExist)
	}
	first, second := open(), open()
	work(first, "one")
	work(second, "two")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if !log() {
		t.Error("the log went although somebody has the database open")
	}
	work(second, "three")
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	if log() {
		t.Error("the log of a closed database lies beside it")
	}
	third := open()
	defer third.Close()
	work(third, "four")
}
