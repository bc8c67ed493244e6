package pairing_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"lianxin/planner"
	"lianxin/planner/pairing"
	"lianxin/planner/rule"
)

// afterLosses is a county whose published plan is replanned after some left, one came and households moved.
func afterLosses(t testing.TB, seed uint64) (pairing.Input, planner.Plan) {
	t.Helper()
	in := made(seed, size{3, 2, 4, 2, 3, 9, 45})
	if seed%3 == 0 { // tight: some are left out
		in.Preset.Load = map[planner.Rank][2]int{planner.RankLeader: {0, 2}, planner.RankSection: {0, 4}, planner.RankStaff: {0, 5}}
	}
	last := solved(t, in)
	last.Status = planner.PlanPublished
	in.Last = &last
	r := rand.New(rand.NewPCG(seed, 51))
	in.Roster.Cadres = slices.Clone(in.Roster.Cadres)
	staff := 0
	for k := range in.Roster.Cadres {
		if c := &in.Roster.Cadres[k]; c.Rank == planner.RankStaff {
			if staff++; staff == 2+int(seed%5) {
				c.Active = false
			}
			c.Capacity = 0
		}
	}
	in.Roster.Recusals = append(slices.Clone(in.Roster.Recusals), planner.Recusal{Cadre: last.Pairings[len(last.Pairings)-1-r.IntN(5)].Cadre, Household: last.Pairings[len(last.Pairings)-1-r.IntN(5)].Household, Kind: planner.RecusalRequested})
	plan, _, err := pairing.Replan(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return in, plan
}

func TestWhyNotOfAReplannedPlanTellsChangesAndCostExactly(t *testing.T) {
	asked, forbidden, changed, dearer := 0, 0, 0, 0
	for seed := range uint64(60) {
		in, plan := afterLosses(t, seed)
		x := index(t, in, plan)
		var upper []planner.Pairing
		for _, p := range plan.Pairings {
			if p.Tier == planner.TierGroup {
				upper = append(upper, p)
			}
		}
		inst, err := rule.Lay(in.Question().Serving(plan.Links), planner.TierHousehold, upper)
		if err != nil {
			t.Fatal(err)
		}
		base, _ := pairing.PlainReplan(inst, -1, -1)
		r := rand.New(rand.NewPCG(seed, 52))
		for range 3 {
			i := r.IntN(len(inst.Targets))
			h := inst.Targets[i].Household.ID
			list, err := x.Recommend(context.Background(), h, 4)
			if err != nil {
				t.Fatal(err)
			}
			var best [][3]int64 // of all cadres, by the plain solver
			for j, c := range inst.Cadres {
				w, err := x.WhyNot(context.Background(), h, c.ID)
				if err != nil {
					t.Fatal(err)
				}
				want, ok := pairing.PlainReplan(inst, i, j)
				if w.Now == c.ID {
					continue
				}
				if !w.Possible {
					forbidden++
					if ok {
						t.Fatalf("seed %d: said to be impossible, the plain solver has %v", seed, want)
					}
					continue
				}
				asked++
				extra := [3]int64{want[0] - base[0], want[1] - base[1], want[2] - base[2]}
				best = append(best, extra)
				if got := [3]int64{int64(w.Left), int64(w.Changed), int64(w.Extra)}; !ok || got != extra || !w.Fewest {
					t.Fatalf("seed %d: %s with %s: %v more, the plain solver says %v, %t", seed, inst.Targets[i].Code, c.Code, got, extra, ok)
				}
				sum := planner.Seconds(0)
				for _, p := range w.Parts {
					sum += p.Price
				}
				if sum != w.Extra || w.Changes[0].Household != h || w.Changes[0].To != c.ID {
					t.Fatalf("seed %d: parts of %d for %d, the chain begins with %+v", seed, sum, w.Extra, w.Changes[0])
				}
				if w.Changed > 0 {
					changed++
				}
				if w.Changed == 0 && w.Extra > 0 {
					dearer++
				}
			}
			slices.SortFunc(best, func(a, b [3]int64) int { return slices.Compare(a[:], b[:]) })
			for k, a := range list {
				if a.Forbidden == nil && [3]int64{int64(a.Left), int64(a.Changed), int64(a.Extra)} != best[k] {
					t.Fatalf("seed %d: recommended %d is %+v, the plain solver's is %v", seed, k, a, best[k])
				}
			}
		}
	}
	t.Logf("%d pairs: %d need more changes, %d are dearer alone; %d impossible", asked, changed, dearer, forbidden)
	if asked < 800 || changed < 100 || dearer < 20 || forbidden < 20 {
		t.Errorf("%d asked, %d with more changes, %d dearer, %d impossible; the test says little", asked, changed, dearer, forbidden)
	}
}

func TestAPlaceMoreHelpsAReplannedPlanWhereItSays(t *testing.T) {
	helped := 0
	for seed := range uint64(40) {
		in, plan := afterLosses(t, 3*seed)
		x := index(t, in, plan)
		units, err := x.HelpUnits(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		villages, err := x.HelpVillages(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		three := func(h pairing.Help) []int { return []int{h.Left, h.Changed, int(h.Saves)} }
		for n, u := range units {
			if slices.Compare(three(u), []int{0, 0, 0}) <= 0 || n > 0 && slices.Compare(three(u), three(units[n-1])) > 0 || u.Serves != (u.Left > 0) {
				t.Fatalf("seed %d: unit %+v", seed, u)
			}
			helped++
		}
		for _, v := range villages {
			if len(units) == 0 || slices.Compare(three(v), three(units[0])) > 0 {
				t.Fatalf("seed %d: village %+v is helped more than any unit", seed, v)
			}
		}
	}
	if helped < 20 {
		t.Errorf("only %d units would be helped; the test says little", helped)
	}
}

// BenchmarkWhyNotAfterAReplanInACounty is [BenchmarkWhyNotInACounty] of a plan made by Replan after ten cadres left.
func BenchmarkWhyNotAfterAReplanInACounty(b *testing.B) {
	in := made(1, county)
	last := solved(b, in)
	in.Last = &last
	in.Roster.Cadres = slices.Clone(in.Roster.Cadres)
	for k := range 10 {
		in.Roster.Cadres[len(in.Roster.Cadres)-1-100*k].Active = false
	}
	plan, _, err := pairing.Replan(context.Background(), in)
	if err != nil {
		b.Fatal(err)
	}
	staff := staffOf(in)
	x := index(b, in, plan)
	askCounty(b, plan, func(r *rand.Rand, h planner.HouseholdID) error {
		if _, err := x.Recommend(context.Background(), h, 20); err != nil {
			return err
		}
		_, err := x.WhyNot(context.Background(), h, staff[r.IntN(len(staff))].ID)
		return err
	})
}
