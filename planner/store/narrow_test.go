package store

import (
	"fmt"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
)

func TestAnUpsertIsCutToTheChangedColumns(t *testing.T) {
	was := eventRow{ID: "E", Key: "k", Status: "tentative", Sequence: 1}
	is := was
	is.Status, is.Sequence = "confirmed", 2
	mask := differing(was.values(), is.values())
	cut := events.put.patch(mask)
	if cut == nil {
		t.Fatal("the upsert of events cannot be cut")
	}
	want := "WITH v (id, status, sequence) AS (VALUES (?, ?, ?), (?, ?, ?)) UPDATE events SET status = v.status, sequence = v.sequence FROM v WHERE events.id = v.id"
	if got := cut.text(2); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := cut.values(is.values()); fmt.Sprint(got) != "[E confirmed 2]" {
		t.Errorf("got %v", got)
	}
	if events.put.patch(mask) != cut {
		t.Error("the cut statement is made anew each time")
	}
	if events.put.patch(0) != nil {
		t.Error("an update without columns was made")
	}
}

// Households change days in rings and chains, and go to days that nobody had; each ends where it was put, in both engines, and the
// audit holds what was and what is.
func TestManyVisitsChangeDaysWithEachOther(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		inWrite(t, db, func(tx *Tx) error { return put(tx, smallCounty()) })
		const n = 3 * narrowFrom
		day := func(i int) civil.Date { return civil.Of(2026, 2, 1).AddDays(i) }
		vs := make([]planner.Visit, n)
		for i := range vs {
			vs[i] = planner.Visit{ID: planner.VisitID(fmt.Sprintf("v%04d", i)), Cadre: "C1", Household: "H1", On: day(i), Stop: 1, Hours: planner.HoursAny, State: planner.VisitPlanned}
		}
		inWrite(t, db, func(tx *Tx) error { return tx.PutVisits(vs) })
		for i := range vs {
			switch i / narrowFrom {
			case 0: // a ring
				vs[i].On = day((i + 1) % narrowFrom)
			case 1: // a chain to days that are free
				vs[i].On = day(i + n)
			default: // the same day, another stop
				vs[i].Stop = 2
			}
		}
		inWrite(t, db, func(tx *Tx) error { return tx.PutVisits(vs) })
		as(t, db, office, func(tx *Tx) error {
			got, err := tx.Visits(VisitFilter{Household: "H1"})
			if err != nil {
				return err
			}
			byID := map[planner.VisitID]planner.Visit{}
			for _, v := range got {
				byID[v.ID] = v
			}
			for _, v := range vs {
				if byID[v.ID] != v {
					t.Errorf("got %+v, want %+v", byID[v.ID], v)
				}
			}
			return nil
		})
		rows, err := db.Seal(t.Context(), today)
		if err != nil || rows < 2*n {
			t.Errorf("sealed %d rows, %v; want both times the %d visits", rows, err, n)
		}
		if _, err := db.VerifyChain(t.Context()); err != nil {
			t.Error(err)
		}
		twice := vs[0]
		twice.ID = "w"
		err = db.Write(t.Context(), office, Op{Name: "test", Now: today}, func(tx *Tx) error { return tx.PutVisits([]planner.Visit{twice}) })
		wantKind(t, err, planner.Conflict)
	})
}
