package pairing_test

import (
	"context"
	"testing"
	"time"

	"lianxin/planner"
	"lianxin/planner/pairing"
	"lianxin/planner/rule"
	"lianxin/planner/verify"
)

// unitsCPU is what the tier of units of a county may take of one core.
const unitsCPU = 4 * time.Second // quiet: about 1.3 s; noisy machines count cache misses too

func TestTheUnitsOfACountyArePlannedWithAStatedGap(t *testing.T) {
	in := made(1, county)
	start := pairing.CPU()
	links, cert, err := pairing.SolveUnits(in)
	if err != nil {
		t.Fatal(err)
	}
	took := pairing.CPU() - start
	t.Logf("%d links in %v of CPU: price %d min, bound %d min, gap %.2f%%", len(links), took, cert.Price.Minutes(), cert.Bound.Minutes(), 100*float64(cert.Gap())/float64(cert.Price))
	if cert.Gap() < 0 || cert.Gap()*100 > cert.Price*5 {
		t.Errorf("bound %d, price %d: want a gap of at most 5 %%", cert.Bound, cert.Price)
	}
	if took > unitsCPU {
		t.Errorf("took %v of CPU, want at most %v", took, unitsCPU)
	}
	again, _, err := pairing.SolveUnits(made(1, county))
	if err != nil || len(again) != len(links) {
		t.Fatalf("solved again: %d links, %v", len(again), err)
	}
	for k, l := range links {
		if again[k].Unit != l.Unit || again[k].Area != l.Area || again[k].Count != l.Count {
			t.Fatalf("solved again, link %d differs", k)
		}
	}
	served := map[planner.UnitID]int{}
	for _, l := range links {
		served[l.Unit] += l.Count
	}
	inst, err := rule.Lay(in.Question(), planner.TierUnit, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range inst.Cadres {
		if n := served[planner.UnitID(u.ID)]; n > u.Cap {
			t.Errorf("unit %s has %d households, its cadres %d places", u.Code, n, u.Cap)
		}
	}
}

func TestTheVerifierProvesTheBoundOfTheUnitsItself(t *testing.T) {
	branched := 0
	for seed := range uint64(60) {
		in := made(seed, size{4, 2, 5, 1, 2, 14, 60})
		in.Book = in.Preset.Book()
		plan := solved(t, in)
		rep := verified(t, in, plan)
		if len(rep.Further) == 0 || rep.Further[0].Bound > rep.Further[0].Price {
			t.Fatalf("seed %d: %+v", seed, rep.Further)
		}
		cert := plan.Proofs[0]
		if len(cert.Tree) == 0 {
			continue
		}
		branched++
		bad := plan
		bad.Proofs = append([]planner.Certificate(nil), plan.Proofs...)
		bad.Proofs[0].Tree = cert.Tree[:len(cert.Tree)-1]
		if rep, err := verify.Check(context.Background(), in.Question(), bad); err == nil && rep.OK() {
			t.Fatalf("seed %d: a proof that lacks a branch passes", seed)
		}
	}
	t.Logf("%d of 60 proved by branches", branched)
	if branched < 5 {
		t.Errorf("%d of 60 proved by branches, want some", branched)
	}
}
