package verify_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"lianxin/planner"
	"lianxin/planner/rule"
	"lianxin/planner/verify"
)

func TestTheBoundByBlocksIsTheBoundPairByPair(t *testing.T) {
	ctx := context.Background()
	rng := rand.New(rand.NewPCG(1, 1))
	for seed := range uint64(20) {
		q := made(seed).Question()
		for _, tier := range planner.Tiers {
			inst, err := rule.Lay(q, tier, nil)
			if err != nil {
				t.Fatal(err)
			}
			p := make([]planner.Seconds, len(inst.Cadres))
			for j := range p {
				p[j] = planner.Seconds(rng.IntN(6000))
			}
			got, err := verify.LeastByBlocks(ctx, inst, p)
			if err != nil {
				t.Fatal(err)
			}
			want, err := verify.LeastByHand(ctx, inst, p)
			if err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("seed %d, %s: %d by blocks, %d pair by pair", seed, tier, got, want)
			}
		}
	}
}
