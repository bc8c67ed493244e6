package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
)

// importing runs fn as the import id.
func importing(t testing.TB, db *DB, id planner.ImportID, fn func(tx *Tx) error) {
	t.Helper()
	err := db.Write(t.Context(), office, Op{Name: "import", Now: today, Batch: id}, func(tx *Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return tx.PutImport(ImportRecord{ID: id, At: today, By: "经办人", Files: []string{"花名册.xlsx"}, Rows: tx.Written()})
	})
	if err != nil {
		t.Fatalf("import: %v", err)
	}
}

func undo(t testing.TB, db *DB, id planner.ImportID) (rows int, err error) {
	t.Helper()
	err = db.Write(t.Context(), office, Op{Name: "undo import", Now: today.Add(time.Hour)}, func(tx *Tx) error {
		rows, err = tx.UndoImport(id)
		return err
	})
	return rows, err
}

func TestAnUndoneImportLeavesTheDatabaseAsItWas(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		empty := canonical(t, db)
		importing(t, db, "I1", func(tx *Tx) error { return put(tx, smallCounty()) })
		first := canonical(t, db)

		r := smallCounty()
		r.Units = append(r.Units[:1:1], planner.Unit{ID: "U9", Code: "D09", Name: "新设工作站", Network: planner.NetworkStation, Area: "411281002", Parent: "D01"})
		r.Cadres[1].Unit, r.Cadres[1].Mobile, r.Cadres[1].Leaves = "U9", "19900000000", []planner.Leave{{Span: civil.YearSpan(2026)}}
		r.Households[0].Head, r.Households[0].Contact = "孙某某", "-"
		r.Households = append(r.Households, planner.Household{ID: "H9", Code: "411281001002-0009", Village: "411281001002", Head: "周某", Hours: planner.HoursAny, Consent: planner.ConsentGiven, Active: true})
		last := smallPlan()
		last.ID, last.Period, last.Status = "P0", 2025, planner.PlanPublished
		importing(t, db, "I2", func(tx *Tx) error {
			if err := put(tx, r); err != nil {
				return err
			}
			if err := tx.PutPlan(last); err != nil {
				return err
			}
			last.Pairings[2].ID = "X3b" // the same household under another pairing: the old one is deleted
			if err := tx.PutPlan(last); err != nil {
				return err
			}
			_, _, ts := smallYear()
			return tx.PutTasks(ts)
		})
		if rows, err := undo(t, db, "I2"); err != nil || rows == 0 {
			t.Fatalf("got %d rows, %v; want the import undone", rows, err)
		}
		if got := canonical(t, db); got != first {
			t.Errorf("got another content than before the import (-want +got):\n%s", cmp.Diff(first, got))
		}
		_, err := undo(t, db, "I2")
		wantKind(t, err, planner.Conflict)
		_, err = undo(t, db, "I-unknown")
		wantKind(t, err, planner.NotFound)
		as(t, db, office, func(tx *Tx) error {
			got, err := tx.Imports()
			if err != nil || len(got) != 2 || !got[0].UndoneAt.Equal(today.Add(time.Hour)) && !got[1].UndoneAt.Equal(today.Add(time.Hour)) {
				t.Errorf("got %+v, %v; want the time of the undo", got, err)
			}
			return nil
		})
		as(t, db, planner.System("send"), func(tx *Tx) error {
			got, err := tx.CadreContacts([]planner.CadreID{"C2"})
			if err != nil || got["C2"].Mobile != "19900000002" {
				t.Errorf("got %v, %v; want the old mobile back", got, err)
			}
			return nil
		})
		if _, err := undo(t, db, "I1"); err != nil {
			t.Fatalf("undo of the first import: %v", err)
		}
		if got := canonical(t, db); got != empty {
			t.Errorf("got something left (-want +got):\n%s", cmp.Diff(empty, got))
		}
		if _, err := db.Seal(t.Context(), today); err != nil {
			t.Fatal(err)
		}
		if _, err := db.VerifyChain(t.Context()); err != nil {
			t.Errorf("got %v, want the chain whole after two undos", err)
		}
	})
}

func TestAnUndoIsRefusedWithTheListWhenSomethingChangedSince(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		r := smallCounty()
		for i := range 25 {
			r.Households = append(r.Households, planner.Household{ID: planner.HouseholdID(fmt.Sprintf("N%02d", i)), Code: fmt.Sprintf("N-%02d", i), Village: "411281001002",
				Head: "周某", Hours: planner.HoursAny, Consent: planner.ConsentGiven, Active: true})
		}
		importing(t, db, "I1", func(tx *Tx) error { return put(tx, r) })
		inWrite(t, db, func(tx *Tx) error {
			for i := range r.Households {
				r.Households[i].Guide = "改过"
			}
			return tx.PutHouseholds(r.Households[4:])
		})
		before := canonical(t, db)
		_, err := undo(t, db, "I1")
		wantKind(t, err, planner.Conflict)
		if s := err.Error(); !strings.Contains(s, "household N-00") || !strings.Contains(s, "N-19") || strings.Contains(s, "N-20") || !strings.Contains(s, "and 5 more") {
			t.Errorf("got %q, want 20 named and 5 more", s)
		}
		if got := canonical(t, db); got != before {
			t.Error("got changes by a refused undo")
		}
	})
}

func TestAnUndoThatWouldStrandSomethingIsRefusedWithTheList(t *testing.T) {
	es, vs, ts := smallYear()
	for _, c := range []struct {
		name string
		use  func(tx *Tx) error
		want string
	}{
		{"a visit", func(tx *Tx) error {
			if err := tx.PutEvents(es[:1]); err != nil {
				return err
			}
			v := vs[0]
			v.Event = "E1"
			return tx.PutVisits([]planner.Visit{v})
		}, "household 411281001002-0001 ← visit"},
		{"a pairing", func(tx *Tx) error { return tx.PutPlan(smallPlan()) }, "cadre G003 ← pairing"},
		{"a task", func(tx *Tx) error { return tx.PutTasks(ts) }, "household 411281001002-0001 ← task"},
		{"an event", func(tx *Tx) error { return tx.PutEvents(es) }, "cadre G001 ← event"},
		{"an account", func(tx *Tx) error { return tx.PutAccounts([]planner.Account{{ID: "A2", Login: "g002", Cadre: "C2"}}) }, "cadre G002 ← account"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, url string) {
				db := openAt(t, url)
				importing(t, db, "I1", func(tx *Tx) error { return put(tx, smallCounty()) })
				inWrite(t, db, c.use)
				before := canonical(t, db)
				_, err := undo(t, db, "I1")
				wantKind(t, err, planner.Conflict)
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want it to name %q", err, c.want)
				}
				if got := canonical(t, db); got != before {
					t.Error("got changes by a refused undo")
				}
			})
		})
	}
}
