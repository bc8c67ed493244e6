package pipeline_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// nextCounty adds a county of 24 households and six cadres, one of whom had households in the first last period. One of those of
// the first had some of its households, a unit of each knows of the other's recusals, and the second wishes somebody.
func (w *planTown) nextCounty() {
	w.t.Helper()
	valid := civil.Span{From: civil.Of(2020, 1, 1)}
	areas := []planner.Area{{Code: "411282", Name: "邻市", Level: planner.LevelCounty, Valid: valid}, {Code: "411282001", Name: "邻里街道", Level: planner.LevelTownship, Parent: "411282", Valid: valid},
		{Code: "411282001001", Name: "邻里社区", Level: planner.LevelVillage, Parent: "411282001", Valid: valid}, {Code: "411282001001-01", Name: "1组", Level: planner.LevelGroup, Parent: "411282001001", Valid: valid}}
	unit := planner.Unit{ID: "u3", Code: "E1", Name: "邻市局", Network: planner.NetworkStation, Area: "411282", Villages: []planner.AreaCode{"411282001001"}}
	var cadres []planner.Cadre
	for n := range 7 {
		c := planner.Cadre{ID: planner.CadreID(fmt.Sprintf("e%02d", n)), Code: fmt.Sprintf("L%02d", n), Name: fmt.Sprintf("乙%d", n), Unit: "u3", Rank: planner.RankStaff, Active: true}
		if n == 0 {
			c.Rank = planner.RankSection
		}
		cadres = append(cadres, c)
	}
	last := planner.Plan{ID: "last", Period: 2025, Status: planner.PlanPublished, Preset: "yima", Book: "import", Revision: 1, Valid: civil.YearSpan(2025)}
	var houses []planner.Household
	for n := range 24 {
		h := planner.Household{ID: planner.HouseholdID(fmt.Sprintf("i%02d", n)), Code: fmt.Sprintf("I%02d", n), Village: "411282001001", Group: "411282001001-01", Head: "李某某", Hours: planner.HoursAny, Consent: planner.ConsentGiven, Active: true}
		houses = append(houses, h)
		w.house[h.Code] = h.ID
		had := cadres[1+n%6].ID
		if n < 3 {
			had = w.cadre["K07"]
		}
		last.Pairings = append(last.Pairings, planner.Pairing{ID: planner.PairingID(fmt.Sprintf("m%02d", n)), Tier: planner.TierHousehold, Cadre: had, Household: h.ID, Origin: planner.OriginImport})
	}
	for n := range 30 {
		had := w.cadre[fmt.Sprintf("K%02d", 6+n%7)]
		if n%10 == 4 {
			had = cadres[6].ID
		}
		last.Pairings = append(last.Pairings, planner.Pairing{ID: planner.PairingID(fmt.Sprintf("n%02d", n)), Tier: planner.TierHousehold, Cadre: had, Household: w.house[fmt.Sprintf("H%02d", n)], Origin: planner.OriginImport})
	}
	w.write(func(tx *store.Tx) error {
		for _, put := range []error{tx.PutAreas(areas), tx.PutUnits([]planner.Unit{unit}), tx.PutCadres(cadres), tx.PutHouseholds(houses), tx.PutPlan(last),
			tx.PutRecusals([]planner.Recusal{{Cadre: cadres[2].ID, Household: "h03", Kind: planner.RecusalRequested}, {Cadre: cadres[3].ID, Household: "i05", Kind: planner.RecusalRequested}, {Cadre: w.cadre["K09"], Household: "h11", Kind: planner.RecusalRequested}}),
			tx.PutPairWishes([]planner.Wish{{Household: "i07", Cadre: cadres[4].ID}, {Household: "h08", Cadre: cadres[4].ID}})} {
			if put != nil {
				return put
			}
		}
		return nil
	})
}

// What is said of a household from the roster of its county is what is said from the roster of all, in plans that were solved and in
// those of the fewest changes; the county alone is read for it; and what is written about another county does not end it.
func TestAnswersFromACountyAreThoseFromTheWhole(t *testing.T) {
	ctx := context.Background()
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newPlanTown(t, url)
		w.nextCounty()
		another := func() *pipeline.App {
			return &pipeline.App{DB: w.DB, Now: w.Now, Zone: w.Zone, NewID: w.NewID, Host: w.Host, Preset: w.Preset, Office: w.Office, Log: w.Log}
		}
		hold := func(name string) {
			part, whole := another(), another()
			if _, err := whole.HelpWhere(ctx, thePlanner, 1); err != nil {
				t.Fatal(err)
			}
			asked := 0
			for code, h := range w.house {
				r1, err1 := part.Recommend(ctx, thePlanner, h, 20)
				r2, err2 := whole.Recommend(ctx, thePlanner, h, 20)
				if !reflect.DeepEqual(r1, r2) || planner.KindOf(err1) != planner.KindOf(err2) {
					t.Fatalf("%s: %s from its county: %+v, %v; from the whole: %+v, %v", name, code, r1, err1, r2, err2)
				}
				for _, x := range r1 {
					y1, err1 := part.WhyNot(ctx, thePlanner, h, x.CadreCode)
					y2, err2 := whole.WhyNot(ctx, thePlanner, h, x.CadreCode)
					if err1 != nil || err2 != nil || y1.Extra != y2.Extra || y1.Left != y2.Left || y1.Changed != y2.Changed || len(y1.Changes) != len(y2.Changes) || y1.Answer != y2.Answer {
						t.Fatalf("%s: %s and %s from the county: %+v, %v; from the whole: %+v, %v", name, code, x.CadreCode, y1, err1, y2, err2)
					}
					asked++
				}
			}
			if n, all := part.Answering(); n != 2 || all || asked < 200 {
				t.Fatalf("%s: %d parts are kept, all of it %t, %d asked; want two counties", name, n, all, asked)
			}
			// Somebody of another county is found, and why they may not is said; nobody is nobody.
			if v, err := part.WhyNot(ctx, thePlanner, w.house["H07"], "L03"); err != nil || v.Answer != "forbidden" || !strings.Contains(v.Say.ZH, "县外") {
				t.Errorf("%s: a cadre of another county: %+v, %v", name, v, err)
			}
			if _, err := part.WhyNot(ctx, thePlanner, w.house["H07"], "nobody"); planner.KindOf(err) != planner.NotFound {
				t.Errorf("%s: nobody: %v", name, err)
			}
		}
		w.plan()
		hold("solved")
		w.write(func(tx *store.Tx) error {
			return tx.PutRecusals([]planner.Recusal{{Cadre: "e05", Household: "i09", Kind: planner.RecusalRequested}})
		})
		if list, err := w.Recommend(ctx, thePlanner, w.house["H07"], 3); err != nil || len(list) < 3 {
			t.Errorf("after a recusal in the next county: %d, %v", len(list), err)
		}
		if _, err := w.Recommend(ctx, thePlanner, w.house["I09"], 3); planner.KindOf(err) != planner.Conflict {
			t.Errorf("in the county itself: %v, want Conflict", err)
		}
		s := w.plan()
		w.write(func(tx *store.Tx) error { return tx.SetPlanStatus(s.ID, planner.PlanDraft, planner.PlanPublished) })
		w.write(func(tx *store.Tx) error {
			return tx.PutRecusals([]planner.Recusal{{Cadre: "c07", Household: "h06", Kind: planner.RecusalRequested}, {Cadre: "e02", Household: "i13", Kind: planner.RecusalRequested}})
		})
		if _, err := w.Replan(ctx, thePlanner, pipeline.ReplanRequest{Period: 2026}); err != nil {
			t.Fatal(err)
		}
		hold("replanned")
	})
}
