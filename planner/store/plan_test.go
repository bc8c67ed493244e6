package store

import (
	"fmt"
	"sync"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
)

func TestAReplacedPlanIsWhollyTheNewOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		inWrite(t, db, func(tx *Tx) error { return put(tx, smallCounty()) })
		inWrite(t, db, func(tx *Tx) error { return tx.PutPlan(smallPlan()) })
		next := smallPlan()
		next.Revision, next.Pins = 2, nil
		next.Pairings = []planner.Pairing{next.Pairings[0], next.Pairings[3], next.Pairings[4], next.Pairings[2]}
		next.Pairings[1].Household, next.Pairings[2].Household = "H3", "H2" // two change households with each other
		next.Pairings[3].ID = "X9"                                          // the household of another ID
		inWrite(t, db, func(tx *Tx) error { return tx.PutPlan(next) })
		as(t, db, office, func(tx *Tx) error {
			got, err := tx.Plan("P1")
			if err != nil || got.Revision != 2 || got.Pins != nil || len(got.Pairings) != 4 {
				t.Fatalf("got %+v, %v; want the new plan", got, err)
			}
			want := map[planner.PairingID]planner.HouseholdID{"X1": "", "X9": "H1", "X5": "H2", "X4": "H3"}
			for _, p := range got.Pairings {
				if w, ok := want[p.ID]; !ok || w != p.Household {
					t.Errorf("got %s for %s, want %s", p.ID, p.Household, w)
				}
			}
			return nil
		})
	})
}

func TestAHouseholdStandsOnceInAPlan(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		inWrite(t, db, func(tx *Tx) error { return put(tx, smallCounty()) })
		p := smallPlan()
		p.Pairings[4].Household = "H2"
		err := db.Write(t.Context(), office, Op{Name: "test", Now: today}, func(tx *Tx) error { return tx.PutPlan(p) })
		wantKind(t, err, planner.Conflict)
	})
}

func TestPublishingSupersedesAndTwoPlannersPublishOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fill(t, db) // P1 is published
		const n = 4
		for i := range n {
			inWrite(t, db, func(tx *Tx) error {
				return tx.PutPlan(planner.Plan{ID: planner.PlanID(fmt.Sprintf("Q%d", i)), Period: 2026, Status: planner.PlanReview, Revision: 2 + i, Valid: civil.YearSpan(2026)})
			})
		}
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				err := db.Write(t.Context(), office, Op{Name: "publish", Now: today}, func(tx *Tx) error {
					return tx.SetPlanStatus(planner.PlanID(fmt.Sprintf("Q%d", i)), planner.PlanReview, planner.PlanPublished)
				})
				if err != nil && planner.KindOf(err) != planner.Conflict && planner.KindOf(err) != planner.Unavailable {
					t.Errorf("got %v, want success or a conflict", err)
				}
			})
		}
		wg.Wait()
		as(t, db, office, func(tx *Tx) error {
			heads, err := tx.PlanHeads()
			if err != nil {
				return err
			}
			published := 0
			for i, h := range heads {
				if h.Status == planner.PlanPublished {
					published++
				}
				if h.Pairings != nil || i > 0 && heads[i-1].Revision < h.Revision {
					t.Errorf("got head %d with revision %d, want heads without pairings, newest first", i, h.Revision)
				}
			}
			if published != 1 {
				t.Errorf("got %d published plans, want one", published)
			}
			if p, err := tx.Plan("P1"); err != nil || p.Status != planner.PlanSuperseded {
				t.Errorf("got %s, %v; want the first plan superseded", p.Status, err)
			}
			return nil
		})
	})
}

func TestAPlanThatMovedOnIsNotMovedAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fill(t, db)
		for _, c := range []struct {
			id       planner.PlanID
			from, to planner.PlanStatus
			want     planner.Kind
		}{
			{"P1", planner.PlanDraft, planner.PlanReview, planner.Conflict},
			{"P1", planner.PlanPublished, "burnt", planner.Invalid},
			{"P-unknown", planner.PlanDraft, planner.PlanReview, planner.NotFound},
		} {
			err := db.Write(t.Context(), office, Op{Name: "test", Now: today}, func(tx *Tx) error { return tx.SetPlanStatus(c.id, c.from, c.to) })
			wantKind(t, err, c.want)
		}
	})
}

func TestPairingsAreFilteredPagedAndCounted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fill(t, db)
		for _, c := range []struct {
			name   string
			filter PairingFilter
			want   string
			total  int
		}{
			{"all, tiers as solved, then by code", PairingFilter{}, "X1 X2 X3 X4 X5", 5},
			{"a tier", PairingFilter{Tier: planner.TierGroup}, "X2", 1},
			{"a village with its groups", PairingFilter{Village: "411281001001"}, "X2 X3", 2},
			{"a unit", PairingFilter{Unit: "U2"}, "X4 X5", 2},
			{"a cadre", PairingFilter{Cadre: "C3"}, "X3", 1},
			{"a household", PairingFilter{Household: "H3"}, "X5", 1},
			{"changed ones, new ones included", PairingFilter{Changed: true}, "X1 X3 X5", 3},
			{"a page", PairingFilter{Offset: 1, Limit: 2}, "X2 X3", 5},
			{"past the end", PairingFilter{Offset: 9, Limit: 2}, "", 5},
			{"the rest", PairingFilter{Offset: 3}, "X4 X5", 5},
		} {
			as(t, db, office, func(tx *Tx) error {
				rows, total, err := tx.PairingsOf("P1", c.filter)
				got := ""
				for _, r := range rows {
					if got != "" {
						got += " "
					}
					got += string(r.ID)
				}
				if err != nil || got != c.want || total != c.total {
					t.Errorf("%s: got %q of %d, %v; want %q of %d", c.name, got, total, err, c.want, c.total)
				}
				return nil
			})
		}
	})
}
