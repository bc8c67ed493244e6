package store

import (
	"context"
	"database/sql"
	"regexp"
	"testing"

	"github.com/jmoiron/sqlx"

	"lianxin/migrations/dbtest"
)

var argument = regexp.MustCompile(`:([a-z_]+)`)

func TestEveryStatementPreparesOnBothEngines(t *testing.T) {
	if len(registered) < 80 {
		t.Fatalf("got %d registered statements, want all of the package", len(registered))
	}
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		for _, text := range registered {
			named := map[string]any{}
			for _, m := range argument.FindAllStringSubmatch(text, -1) {
				named[m[1]] = "x"
			}
			flat, _, err := sqlx.Named(text, named)
			if err != nil {
				t.Errorf("got %v for %s", err, text)
				continue
			}
			stmt, err := db.w.PrepareContext(context.Background(), db.w.Rebind(flat))
			if err != nil {
				t.Errorf("got %v for %s, want it to prepare", err, text)
				continue
			}
			stmt.Close()
		}
	})
}

func TestABulkOfAnySizeWritesEveryRow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		for _, n := range []int{0, 1, bulkRows - 1, bulkRows, bulkRows + 1, 2 * bulkRows, 3*bulkRows + 7} {
			inWrite(t, db, func(tx *Tx) error {
				if _, err := tx.sql.Exec(`DELETE FROM settings`); err != nil {
					return err
				}
				if err := tx.insert(settings.put, n, func(i int) []any { return []any{key(i), "v"} }); err != nil {
					return err
				}
				var got int
				if err := tx.sql.Get(&got, `SELECT count(*) FROM settings`); err != nil || got != n {
					t.Errorf("got %d rows, %v; want %d", got, err, n)
				}
				return nil
			})
		}
	})
}

func TestInOfNothingMatchesNothing(t *testing.T) {
	if got := in[string](nil); len(got) != 1 || got[0] != "" {
		t.Errorf("got %q, want one empty key: IN () is no SQL", got)
	}
	if !isNoRows(sql.ErrNoRows) {
		t.Error("got false for sql.ErrNoRows")
	}
}
