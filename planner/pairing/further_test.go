package pairing_test

import (
	"context"
	"testing"
	"time"

	"lianxin/planner"
	"lianxin/planner/pairing"
	"lianxin/planner/verify"
)

func TestTheUnitsOfACountyArePlannedWithAStatedGap(t *testing.T) {
	in := made(1, county)
	start := time.Now()
	plan, err := pairing.Solve(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("solved in %v", time.Since(start))
	rep, err := verify.Check(context.Background(), in.Question(), plan)
	if err != nil || !rep.OK() {
		t.Fatalf("%v %v", err, rep.Findings)
	}
	for _, c := range plan.Proofs {
		t.Logf("%s: price %d min, bound %d min, gap %d min, tree %d", c.Tier, c.Price.Minutes(), c.Bound.Minutes(), c.Gap().Minutes(), len(c.Tree))
	}
	kept, fresh := 0, 0
	for _, l := range plan.LinksOf(planner.TierUnit) {
		if l.Was != "" {
			kept++
		} else {
			fresh++
		}
	}
	t.Logf("links kept %d, new %d", kept, fresh)
}
