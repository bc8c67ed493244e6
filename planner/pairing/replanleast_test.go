package pairing_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"lianxin/planner"
	"lianxin/planner/pairing"
	"lianxin/planner/rule"
	"lianxin/planner/verify"
)

// TestAReplanFillsAUnitThatWouldHaveTooFewOrSaysWhyItCannot: the policy wants a unit to have half its places at least, and
// cadres of it leave one after the other, the others' places still being enough for a while.
func TestAReplanFillsAUnitThatWouldHaveTooFewOrSaysWhyItCannot(t *testing.T) {
	ctx := context.Background()
	filled, refused, kept := 0, 0, 0
	for seed := range uint64(30) {
		in := made(seed, small)
		unit := in.Roster.Units[1]
		var staff []int
		for k, c := range in.Roster.Cadres {
			if c.Unit == unit.ID && c.Rank == planner.RankStaff && c.Active {
				staff = append(staff, k)
			}
		}
		plan, err := pairing.Solve(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		has := func(p planner.Plan) (n int) {
			for _, x := range p.Pairings {
				if x.Tier == planner.TierHousehold && slices.ContainsFunc(staff, func(k int) bool { return in.Roster.Cadres[k].ID == x.Cadre }) {
					n++
				}
			}
			return n
		}
		least := has(plan)
		if least == 0 || len(staff) < 2 {
			continue
		}
		if in.Book, err = (rule.Policy{Limits: rule.Limits{UnitLeast: map[string]int{unit.Code: least}}}).Apply(rule.Default()); err != nil {
			t.Fatal(err)
		}
		in.Last = &plan
		for range staff {
			in.Roster.Cadres = slices.Clone(in.Roster.Cadres)
			in.Roster.Cadres[staff[0]].Active = false
			staff = staff[1:]
			got, moved, err := pairing.Replan(ctx, in)
			if err != nil {
				if planner.KindOf(err) != planner.Invalid || !strings.Contains(err.Error(), "at least") {
					t.Fatalf("seed %d: %v", seed, err)
				}
				refused++
				break
			}
			q := in.Question()
			q.Pins = got.Pins
			if rep, err := verify.Check(ctx, q, got); err != nil || !rep.OK() {
				t.Fatalf("seed %d: %v %v", seed, err, rep.Findings)
			}
			if n := has(got); n < least {
				t.Fatalf("seed %d: %s has %d households, the policy wants %d", seed, unit.Name, n, least)
			}
			if len(got.Pins) == 0 {
				kept++
				continue
			}
			filled++
			say := slices.IndexFunc(got.Watches, func(f planner.Finding) bool { return f.Code == "unit-filled" })
			if say < 0 || !strings.Contains(got.Watches[say].Say.ZH, unit.Name) {
				t.Fatalf("seed %d: nobody says which households were pinned: %v", seed, got.Watches)
			}
			why := 0
			for _, m := range moved {
				if strings.Contains(m.Why.ZH, unit.Name+"的下限") {
					why++
				}
			}
			if why == 0 {
				t.Fatalf("seed %d: no change has the fewest of %s as its reason", seed, unit.Name)
			}
		}
	}
	t.Logf("filled %d times, had enough anyway %d times, refused %d times", filled, kept, refused)
	if filled == 0 || refused == 0 {
		t.Errorf("filled %d times, refused %d times: nothing was tried", filled, refused)
	}
}
