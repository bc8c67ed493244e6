package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
)

func TestAnUnmigratedOrNewerDatabaseIsRefusedInWords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "office 义马?.db")
	_, err := Open(t.Context(), Options{URL: "sqlite:" + path})
	if planner.KindOf(err) != planner.Conflict || !strings.Contains(err.Error(), "lianxin migrate") {
		t.Errorf("got %v, want a hint to migrate", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Error("got an empty file left behind")
	}
	applied, err := Migrate(t.Context(), "sqlite:"+path)
	if err != nil || applied == 0 {
		t.Fatalf("got %d migrations, %v", applied, err)
	}
	if again, err := Migrate(t.Context(), "sqlite:"+path); err != nil || again != 0 {
		t.Errorf("got %d, %v; want nothing left to migrate", again, err)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, %v; want 0600", st.Mode(), err)
	}
	db := openAt(t, "sqlite:"+path)
	if db.Dialect() != "sqlite" {
		t.Errorf("got dialect %s", db.Dialect())
	}
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		mustExec(t, db, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)`)
		_, err := Open(t.Context(), Options{URL: url})
		if planner.KindOf(err) != planner.Conflict || !strings.Contains(err.Error(), "newer version") {
			t.Errorf("got %v, want a newer database refused", err)
		}
		if _, err := Migrate(t.Context(), url); planner.KindOf(err) != planner.Conflict {
			t.Errorf("got %v, want a newer database not migrated", err)
		}
		mustExec(t, db, `DELETE FROM goose_db_version WHERE version_id > 0`)
		_, err = Open(t.Context(), Options{URL: url})
		if planner.KindOf(err) != planner.Conflict || !strings.Contains(err.Error(), "lianxin migrate") {
			t.Errorf("got %v, want a hint to migrate", err)
		}
	})
}

func TestABadAddressIsRefusedInWords(t *testing.T) {
	for url, want := range map[string]planner.Kind{
		"":                                  planner.Invalid,
		"lianxin.db":                        planner.Invalid,
		"mysql://x":                         planner.Invalid,
		"sqlite:":                           planner.Invalid,
		"sqlite:/no/such/folder/lianxin.db": planner.Unavailable,
		"postgres://app:geheim@127.0.0.1:1/x?sslmode=disable&connect_timeout=2": planner.Unavailable,
	} {
		_, err := Open(t.Context(), Options{URL: url})
		wantKind(t, err, want)
		if err != nil && strings.Contains(err.Error(), "geheim") {
			t.Errorf("got the password in %v", err)
		}
	}
}

func TestTheSchemaRefusesWhatCannotBe(t *testing.T) {
	day := civil.Of(2026, 1, 15)
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fill(t, db)
		before := canonical(t, db)
		r := smallCounty()
		h := func(change func(*planner.Household)) func(*Tx) error {
			x := r.Households[1]
			change(&x)
			return func(tx *Tx) error { return tx.PutHouseholds([]planner.Household{x}) }
		}
		c := func(change func(*planner.Cadre)) func(*Tx) error {
			x := r.Cadres[3]
			change(&x)
			return func(tx *Tx) error { return tx.PutCadres([]planner.Cadre{x}) }
		}
		for _, x := range []struct {
			name string
			put  func(*Tx) error
			want planner.Kind
		}{
			{"a household in no village", h(func(h *planner.Household) { h.Village = "999" }), planner.Conflict},
			{"a consent of no kind", h(func(h *planner.Household) { h.Consent = "maybe" }), planner.Invalid},
			{"hours of no kind", h(func(h *planner.Household) { h.Hours = "night" }), planner.Invalid},
			{"367 visits a year", h(func(h *planner.Household) { h.PerYear = 367 }), planner.Invalid},
			{"a code taken", h(func(h *planner.Household) { h.Code = r.Households[0].Code }), planner.Conflict},
			{"a cadre of no unit", c(func(c *planner.Cadre) { c.Unit = "U?" }), planner.Conflict},
			{"a rank of no kind", c(func(c *planner.Cadre) { c.Rank = "boss" }), planner.Invalid},
			{"a negative capacity", c(func(c *planner.Cadre) { c.Capacity = -1 }), planner.Invalid},
			{"a leave that ends before it begins", c(func(c *planner.Cadre) {
				c.Leaves = []planner.Leave{{Span: civil.Span{From: day, Until: day}}}
			}), planner.Invalid},
			{"an area under none", func(tx *Tx) error {
				return tx.PutAreas([]planner.Area{{Code: "5555", Name: "x", Level: planner.LevelTownship, Parent: "5554"}})
			}, planner.Conflict},
			{"a recusal from nothing", func(tx *Tx) error {
				return tx.PutRecusals([]planner.Recusal{{Cadre: "C2", Kind: planner.RecusalDeclared}})
			}, planner.Invalid},
			{"a pairing of both a household and an area", func(tx *Tx) error {
				p := smallPlan()
				p.Pairings[4].Area = "411281002001"
				return tx.PutPlan(p)
			}, planner.Invalid},
			{"a task due before it starts", func(tx *Tx) error {
				return tx.PutTasks([]planner.Task{{ID: "T8", Key: "k", Kind: planner.TaskNotice, Owner: "C1", Say: planner.Both("x"), State: planner.TaskReady,
					StartOn: day, DueOn: day.AddDays(-1), EndOn: day}})
			}, planner.Invalid},
			{"an event that ends before it begins", func(tx *Tx) error {
				return tx.PutEvents([]planner.Event{{ID: "E8", Key: "k", UID: "u", Kind: planner.EventReception, On: day, From: 600, Until: 500, Status: planner.StatusConfirmed}})
			}, planner.Invalid},
		} {
			err := db.Write(t.Context(), office, Op{Name: "test", Now: today}, x.put)
			if planner.KindOf(err) != x.want {
				t.Errorf("%s: got %v, want kind %d", x.name, err, x.want)
			}
		}
		if canonical(t, db) != before {
			t.Error("got changes by refused writes")
		}
	})
}

func TestInstantsAreStoredInUTCWhateverTheMachinesZone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		shanghai := time.FixedZone("CST", 8*3600)
		late := time.Date(2026, 1, 5, 23, 59, 59, 123456789, shanghai)
		inWrite(t, db, func(tx *Tx) error {
			return tx.PutEvents([]planner.Event{{ID: "E", Key: "k", UID: "u", Kind: planner.EventMassWorkDay, On: civil.Of(2026, 1, 5), Status: planner.StatusConfirmed,
				CreatedAt: late, ChangedAt: late.Add(time.Hour)}})
		})
		as(t, db, office, func(tx *Tx) error {
			got, err := tx.Events(EventFilter{Span: civil.Span{From: civil.Of(2026, 1, 5), Until: civil.Of(2026, 1, 6)}})
			if err != nil || len(got) != 1 || got[0].On != civil.Of(2026, 1, 5) || !got[0].CreatedAt.Equal(late.Truncate(time.Microsecond)) ||
				got[0].CreatedAt.Location() != time.UTC {
				t.Errorf("got %+v, %v; want the same day and instant in UTC", got, err)
			}
			return nil
		})
		if db.dialect == "sqlite" {
			var text string
			if err := db.r.Get(&text, `SELECT created_at FROM events`); err != nil || text != "2026-01-05T15:59:59.123456Z" {
				t.Errorf("got %s, %v; want fixed-width UTC text", text, err)
			}
		}
	})
}

func TestAReadSeesOneStateWhateverIsWrittenMeanwhile(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		inWrite(t, db, func(tx *Tx) error { return tx.PutSetting("k", "old") })
		as(t, db, office, func(tx *Tx) error {
			first, err := tx.Setting("k")
			if err != nil {
				return err
			}
			inWrite(t, db, func(tx *Tx) error { return tx.PutSetting("k", "new") })
			second, err := tx.Setting("k")
			if err != nil || first != "old" || second != "old" {
				t.Errorf("got %q then %q, %v; want the old state twice", first, second, err)
			}
			if err := tx.PutSetting("k", "x"); !errors.Is(err, errReadOnly) {
				t.Errorf("got %v, want no write inside a read", err)
			}
			return nil
		})
	})
}

func TestAWriteWithoutNameOrInstantIsAMistake(t *testing.T) {
	db := openAt(t, dbtest.SQLite(t))
	for _, op := range []Op{{Now: today}, {Name: "x"}} {
		if err := db.Write(context.Background(), office, op, func(*Tx) error { return nil }); err == nil {
			t.Errorf("got no error for %+v", op)
		}
	}
}

func TestWithoutAKeyFileContactsAreRefusedInWords(t *testing.T) {
	db, err := Open(t.Context(), Options{URL: dbtest.SQLite(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Write(t.Context(), office, Op{Name: "x", Now: today}, func(tx *Tx) error { return put(tx, smallCounty()) })
	wantKind(t, err, planner.Unavailable)
}

func TestManyCountersLoseNoIncrement(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		errs := make(chan error, 5)
		for range cap(errs) {
			go func() {
				var err error
				for range 4 {
					err = errors.Join(err, db.Write(t.Context(), office, Op{Name: "count", Now: today}, func(tx *Tx) error {
						was, err := tx.Setting("n")
						if err != nil {
							return err
						}
						return tx.PutSetting("n", was+"|")
					}))
				}
				errs <- err
			}()
		}
		for range cap(errs) {
			if err := <-errs; err != nil {
				t.Errorf("got %v", err)
			}
		}
		as(t, db, office, func(tx *Tx) error {
			if got, err := tx.Setting("n"); err != nil || len(got) != 20 {
				t.Errorf("got %d increments, %v; want 20", len(got), err)
			}
			return nil
		})
	})
}
