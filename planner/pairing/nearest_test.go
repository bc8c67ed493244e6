package pairing_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"lianxin/planner"
	"lianxin/planner/pairing"
	"lianxin/planner/rule"
	"lianxin/planner/verify"
)

// TestOfPlansThatCostTheSameTheNearestIsMade: after a pin, the plan near the one before costs as little as any, is proved, and changes
// no more households than the chain that the question "why not this cadre" names, where units are bounded and where not.
func TestOfPlansThatCostTheSameTheNearestIsMade(t *testing.T) {
	ctx := context.Background()
	fewer, near, plain := 0, 0, 0
	for seed := range uint64(24) {
		r := rand.New(rand.NewPCG(seed, 31))
		in := made(seed, small)
		if seed%2 == 1 {
			limits := rule.Limits{Units: map[string]int{"U000": 9, "U002": 30}, UnitLeast: map[string]int{"U001": 12}}
			var err error
			if in.Book, err = (rule.Policy{Limits: limits}).Apply(in.Book); err != nil {
				t.Fatal(err)
			}
		}
		base, err := pairing.Solve(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		in.Near = &base
		again, err := pairing.Solve(ctx, in)
		if err != nil || len(pairing.Diff(base, again)) != 0 {
			t.Fatalf("seed %d: near itself %d households change: %v", seed, len(pairing.Diff(base, again)), err)
		}
		x, err := pairing.NewIndex(ctx, in, base)
		if err != nil {
			t.Fatal(err)
		}
		for range 6 {
			h := base.Pairings[len(base.Pairings)-1-r.IntN(60)].Household
			c := in.Roster.Cadres[small.leaders+small.sections+r.IntN(small.staff)].ID
			why, err := x.WhyNot(ctx, h, c)
			if err != nil || !why.Possible || why.Now == c {
				continue
			}
			pinned := in
			pinned.Pins = []planner.Pin{{Household: h, Cadre: c}}
			got, err := pairing.Solve(ctx, pinned)
			if err != nil {
				t.Fatal(err)
			}
			if rep, err := verify.Check(ctx, pinned.Question(), got); err != nil || !rep.OK() {
				t.Fatalf("seed %d: %v %v", seed, err, rep.Findings)
			}
			pinned.Near = nil
			far, err := pairing.Solve(ctx, pinned)
			if err != nil || far.Price() != got.Price() {
				t.Fatalf("seed %d: near the plan before it costs %d, anywhere %d: %v", seed, got.Price(), far.Price(), err)
			}
			n, m := len(pairing.Diff(base, got)), len(pairing.Diff(base, far))
			if chain := len(why.Changes); n > m || n > chain && seed%2 == 0 {
				t.Fatalf("seed %d: %d households change, %d in a plan of the same price, %d in the chain", seed, n, m, chain)
			}
			if near, plain = near+n, plain+m; n < m {
				fewer++
			}
		}
	}
	t.Logf("%d households changed where %d would have; fewer %d times", near, plain, fewer)
	if fewer == 0 {
		t.Error("no plan was nearer: nothing was tried")
	}
}
