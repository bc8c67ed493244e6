package store

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
)

// Statements that a connection keeps answer as new ones do: within each other, after an error, when more texts come than are kept, after a
// change of the schema, and beside each other.
func TestKeptStatementsAnswerAsNewOnes(t *testing.T) {
	db := openAt(t, dbtest.SQLite(t))
	inWrite(t, db, func(tx *Tx) error { return put(tx, smallCounty()) })

	one := func(tx *Tx, text string, a ...any) (n int, err error) { return n, tx.sql.Get(&n, text, a...) }
	as(t, db, office, func(tx *Tx) error {
		const of = `SELECT id FROM cadres WHERE id >= ? ORDER BY id`
		for range 2 { // a statement within its own rows
			var seen []string
			rows, err := tx.sql.Query(of, "")
			if err != nil {
				return err
			}
			for rows.Next() {
				var id, again string
				if err := rows.Scan(&id); err != nil {
					return err
				}
				if err := tx.sql.Get(&again, of, id); err != nil || again != id {
					t.Errorf("within: got %s, %v; want %s", again, err, id)
				}
				seen = append(seen, id)
			}
			if len(seen) < 2 {
				t.Errorf("got %v", seen)
			}
			if n, err := one(tx, `SELECT count(*) FROM cadres`); err != nil || n != len(seen) {
				t.Errorf("got %d cadres, %v; want %d", n, err, len(seen))
			}
			rows, err = tx.sql.Query(of, "") // left halfway
			if err != nil || !rows.Next() {
				t.Fatal(err)
			}
			rows.Close()
		}
		for i := range 3 * keptStatements {
			if n, err := one(tx, fmt.Sprintf(`SELECT %d + ?`, i), 1); err != nil || n != i+1 {
				t.Fatalf("got %d, %v; want %d", n, err, i+1)
			}
		}
		for range 2 {
			if _, err := one(tx, `SELECT count(*) FROM nothing`); err == nil || !strings.Contains(err.Error(), "nothing") {
				t.Errorf("got %v of a table that is not there", err)
			}
			if _, err := one(tx, `SELECT ? + ?`, 1); err == nil {
				t.Error("an argument too few was taken")
			}
		}
		return nil
	})

	for i := range 2 { // refused, then taken
		err := db.Write(t.Context(), office, Op{Name: "test", Now: today}, func(tx *Tx) error {
			_, err := tx.sql.Exec(`INSERT INTO settings (key, value) VALUES (?, ?)`, "once", "v")
			return err
		})
		if (err == nil) != (i == 0) {
			t.Errorf("%d: got %v", i, err)
		}
	}
	inWrite(t, db, func(tx *Tx) error {
		for range 2 {
			if n, err := one(tx, `SELECT count(*) FROM settings WHERE key = ?`, "once"); err != nil || n != 1 {
				t.Errorf("got %d, %v", n, err)
			}
			if _, err := tx.sql.Exec(`CREATE TABLE more (a)`); err != nil {
				return err
			}
			if _, err := tx.sql.Exec(`DROP TABLE more`); err != nil {
				return err
			}
		}
		return nil
	})

	var all sync.WaitGroup
	for range 4 * sqliteReaders {
		all.Go(func() {
			for range 20 {
				err := db.Read(t.Context(), planner.System("test"), func(tx *Tx) error {
					c, err := tx.Cadre("C1")
					if err == nil && c.ID != "C1" {
						err = fmt.Errorf("got %s", c.ID)
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}
