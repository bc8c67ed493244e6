package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
)

// Each bulk of plain arguments must be understood by PostgreSQL as a statement over arrays too.
func TestEveryBulkPreparesFromLists(t *testing.T) {
	db := openAt(t, dbtest.Postgres(t))
	inWrite(t, db, func(tx *Tx) error {
		some := 0
		for _, b := range bulks {
			text, err := tx.insertLists(b)
			if err != nil || text == "" {
				if err != nil {
					t.Errorf("%s: %v", b.head, err)
				}
				continue
			}
			some++
			stmt, err := tx.sql.Prepare(text)
			if err != nil {
				return fmt.Errorf("%s: %w", text, err)
			}
			stmt.Close()
		}
		if some < 30 {
			t.Errorf("got %d bulks that go as lists, want nearly all", some)
		}
		return nil
	})
}

// What stands between the marks of an array's text arrives as it was given: in the table, in the trail and under its seal.
func TestTextsArriveFromLists(t *testing.T) {
	was, wasRows := listsFrom, listsRows
	listsFrom, listsRows = 1, 7
	defer func() { listsFrom, listsRows = was, wasRows }()
	db := openAt(t, dbtest.Postgres(t))
	inWrite(t, db, func(tx *Tx) error { return put(tx, smallCounty()) })
	words := []string{"", "NULL", "null", `a"b`, `\`, `\\"`, "{1,2}", "，,;", " leads and trails ", "x\ny\r\n", "🙂連心", "'$1' ? :a", `{"a": [1]}`, strings.Repeat(`"\`, 40)}
	var es []planner.Event
	for i, word := range words {
		es = append(es, planner.Event{ID: planner.EventID(fmt.Sprint("e", i)), Key: fmt.Sprint("k", i), UID: fmt.Sprint("u", i), Kind: planner.EventMassWorkDay, On: civil.Of(2026, 2, 3),
			From: 510, Until: 1050, Why: planner.Text{ZH: word, EN: word + "."}, Place: word, Status: planner.StatusTentative, Digest: "d", CreatedAt: today, ChangedAt: today})
	}
	es[3].Cadre, es[4].NominalOn = "C1", civil.Of(2026, 2, 4)
	check := func() {
		t.Helper()
		as(t, db, office, func(tx *Tx) error {
			got, err := tx.Events(EventFilter{})
			if err != nil || len(got) != len(es) {
				t.Fatalf("got %d events, %v; want %d", len(got), err, len(es))
			}
			byID := map[planner.EventID]planner.Event{}
			for _, e := range got {
				byID[e.ID] = e
			}
			for _, e := range es {
				if byID[e.ID] != e {
					t.Errorf("got %+v, want %+v", byID[e.ID], e)
				}
			}
			return nil
		})
	}
	inWrite(t, db, func(tx *Tx) error { return tx.PutEvents(es) })
	check()
	inWrite(t, db, func(tx *Tx) error { // as an update
		for i := range es {
			es[i].Why.ZH, es[i].Place, es[i].ChangedAt = es[i].Why.ZH+`\`, `"`+es[i].Place, today.Add(time.Hour)
		}
		rows := rowsOfEvents(es)
		all := events.put.patch(1<<events.put.columns - 1)
		if all == nil {
			t.Fatal("the upsert of events cannot be cut")
		}
		return tx.update(all, len(rows), func(i int) []any { return all.values(rows[i].values()) })
	})
	check()
	err := db.Write(t.Context(), office, Op{Name: "test", Now: today}, func(tx *Tx) error {
		p := events.put.patch(1 << 12) // the place
		return tx.update(p, 1, func(int) []any { return []any{"nobody", "x"} })
	})
	wantKind(t, err, planner.Conflict)
	if _, err := db.Seal(t.Context(), today); err != nil {
		t.Error(err)
	}
	if _, err := db.VerifyChain(t.Context()); err != nil {
		t.Error(err)
	}
}

// A list of a thousand keys finds the same rows as its parts.
func TestALongListOfKeysFindsTheSameRows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		inWrite(t, db, func(tx *Tx) error { return put(tx, smallCounty()) })
		var ids []string
		for i := range 1000 {
			ids = append(ids, fmt.Sprint("C", i))
		}
		as(t, db, office, func(tx *Tx) error {
			var long, short []string
			find := &statement{`SELECT id FROM cadres WHERE id IN (:ids) AND id <> :not ORDER BY id`}
			if err := tx.all(&long, find, args{"ids": ids, "not": "C2"}); err != nil {
				return err
			}
			err := tx.all(&short, find, args{"ids": ids[:longList-1], "not": "C2"})
			if fmt.Sprint(long) != fmt.Sprint(short) || len(long) == 0 {
				t.Errorf("got %v and %v", long, short)
			}
			return err
		})
	})
}

// A text that holds the mark between packed texts is read all the same.
func TestAMarkWithinATextIsRead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		inWrite(t, db, func(tx *Tx) error { return put(tx, smallCounty()) })
		vs := []planner.Visit{{ID: "v1", Cadre: "C1", Household: "H1", On: civil.Of(2026, 2, 3), Stop: 1, Hours: planner.HoursAny, State: planner.VisitPlanned}}
		read := func() {
			t.Helper()
			as(t, db, office, func(tx *Tx) error {
				got, err := tx.Visits(VisitFilter{})
				if fmt.Sprint(got) != fmt.Sprint(vs) {
					t.Errorf("got %v, want %v", got, vs)
				}
				return err
			})
		}
		inWrite(t, db, func(tx *Tx) error { return tx.PutVisits(vs) })
		read()
		vs = append(vs, planner.Visit{ID: "v" + packMark + "2", Cadre: "C1", Household: "H1", On: civil.Of(2026, 2, 4), Stop: 2, Hours: planner.HoursMorning, State: planner.VisitDone})
		inWrite(t, db, func(tx *Tx) error { return tx.PutVisits(vs) })
		read()
	})
}
