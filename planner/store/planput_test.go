package store

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
)

// inSmallPages has rows written and audits read a few at a time.
func inSmallPages(t *testing.T) {
	batch, page := saveBatch, undoPage
	saveBatch, undoPage = 3, 4
	t.Cleanup(func() { saveBatch, undoPage = batch, page })
}

// Eleven pairings keep their IDs while each goes to the next one's household, one goes and one comes: every row wants the place
// of another that is written in a later batch, and an undo has to put all of them back through the same needle's eye.
func TestPairsThatChangePlacesAcrossBatchesAreStoredAndPutBack(t *testing.T) {
	inSmallPages(t)
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		r := smallCounty()
		const n = 12
		var homes []planner.Household
		plan := planner.Plan{ID: "R", Period: 2025, Status: planner.PlanPublished, Revision: 1, Valid: civil.YearSpan(2025)}
		for i := range n {
			h := planner.Household{ID: planner.HouseholdID(fmt.Sprintf("R%02d", i)), Code: fmt.Sprintf("R-%02d", i), Village: r.Households[0].Village, Head: "张某某",
				Hours: planner.HoursAny, Consent: planner.ConsentGiven, Active: true}
			homes = append(homes, h)
			plan.Pairings = append(plan.Pairings, planner.Pairing{ID: planner.PairingID(fmt.Sprintf("RX%02d", i)), Tier: planner.TierHousehold, Cadre: r.Cadres[1+i%2].ID, Household: h.ID, Origin: planner.OriginImport})
		}
		empty := canonical(t, db)
		importing(t, db, "I1", func(tx *Tx) error {
			if err := put(tx, r); err != nil {
				return err
			}
			if err := tx.PutHouseholds(homes); err != nil {
				return err
			}
			return tx.PutPlan(plan)
		})
		first := canonical(t, db)

		next := plan
		next.Revision = 2
		next.Pairings = nil
		for i, p := range plan.Pairings[1:] {
			p.Household, p.Was = homes[i].ID, p.Cadre // the place of the one before, whose row comes in an earlier or later batch
			next.Pairings = append(next.Pairings, p)
		}
		next.Pairings = append(next.Pairings, planner.Pairing{ID: "RX99", Tier: planner.TierHousehold, Cadre: r.Cadres[1].ID, Household: homes[n-1].ID, Origin: planner.OriginImport})
		importing(t, db, "I2", func(tx *Tx) error { return tx.PutPlan(next) })
		as(t, db, office, func(tx *Tx) error {
			got, err := tx.Plan("R")
			if d := cmp.Diff(next.Pairings, got.Pairings); d != "" {
				t.Errorf("pairs (-put +stored):\n%s", d)
			}
			return err
		})

		// The whole plan again writes nothing.
		inWrite(t, db, func(tx *Tx) error {
			if err := tx.PutPlan(next); err != nil || tx.Written() != 0 {
				t.Errorf("the same plan again wrote %d rows, %v; want none", tx.Written(), err)
			}
			return nil
		})

		// One plan row, eleven moved, one gone, one new; the import's own record does not count.
		if rows, err := undo(t, db, "I2"); err != nil || rows != n+2 {
			t.Fatalf("got %d rows, %v; want %d put back", rows, err, n+2)
		}
		if got := canonical(t, db); got != first {
			t.Errorf("the second import undone (-want +got):\n%s", cmp.Diff(first, got))
		}
		if _, err := undo(t, db, "I1"); err != nil {
			t.Fatal(err)
		}
		if got := canonical(t, db); got != empty {
			t.Errorf("the first import undone (-want +got):\n%s", cmp.Diff(empty, got))
		}
	})
}

// What an import wrote more than once is put back to what was there before the first time, also where the two lie on different pages.
func TestARowWrittenTwiceByAnImportIsPutBackOnce(t *testing.T) {
	inSmallPages(t)
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		importing(t, db, "I1", func(tx *Tx) error { return put(tx, smallCounty()) })
		first := canonical(t, db)
		importing(t, db, "I2", func(tx *Tx) error {
			for _, title := range []string{"科长", "局长", "主任"} {
				cs := smallCounty().Cadres
				for i := range cs {
					cs[i].Title = title
				}
				if err := tx.PutCadres(cs); err != nil {
					return err
				}
			}
			return nil
		})
		if rows, err := undo(t, db, "I2"); err != nil || rows != len(smallCounty().Cadres) {
			t.Errorf("got %d rows, %v; want %d, each once", rows, err, len(smallCounty().Cadres))
		}
		if got := canonical(t, db); got != first {
			t.Errorf("undone (-want +got):\n%s", cmp.Diff(first, got))
		}
	})
}

func TestRowsAreArrangedInPlace(t *testing.T) {
	for _, order := range [][]int32{{}, {0}, {1, 0}, {0, 1, 2}, {2, 0, 1}, {1, 2, 0, 4, 3}, {4, 3, 2, 1, 0}} {
		rows, want := []string{"a", "b", "c", "d", "e"}[:len(order)], []string{}
		rows = append([]string(nil), rows...)
		for _, i := range order {
			want = append(want, rows[i])
		}
		arrange(rows, append([]int32(nil), order...))
		if d := cmp.Diff(want, append([]string{}, rows...)); d != "" {
			t.Errorf("%v (-want +got):\n%s", order, d)
		}
	}
}
