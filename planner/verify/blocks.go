package verify

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"lianxin/planner"
	"lianxin/planner/rule"
)

// byHand is the number of pairs up to which the bound asks the rules about every single one. Above, it goes over every
// pair of each county by the rules' own tables: see [rule.Instance.Blocks] and [rule.Instance.Tables].
const byHand = 1 << 27

func sameBlock(a, b planner.BlockProof) bool {
	return a.Instance == b.Instance && a.Share == b.Share && slices.Equal(a.Counties, b.Counties)
}

// leastByBlocks is Σ_i min(unserved_i, min_j c_ij + p_j), over all pairs that are not forbidden as leaving their county.
// Of each target one pair more is priced by the rules themselves and held against the table.
func leastByBlocks(ctx context.Context, inst *rule.Instance, p []planner.Seconds) (sum planner.Seconds, err error) {
	for _, b := range inst.Blocks() {
		t, ok, err := inst.Tables(ctx, b)
		if err != nil {
			return 0, err
		}
		if !ok {
			return 0, planner.Fail(planner.Invalid, "方案太大，无法核验：请启用“县内结对”，或按县分别核验。", "the plan is too large to check: switch the rule within-county on, or check county by county.")
		}
		q := make([]planner.Seconds, len(b.Cadres))
		for j, x := range b.Cadres {
			q[j] = p[x]
		}
		n := len(b.Targets)
		workers := min(runtime.GOMAXPROCS(0), max(1, n/256))
		part, errs := make([]planner.Seconds, workers), make([]error, workers)
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				row := make([]int32, len(b.Cadres))
				for i := n * w / workers; i < n*(w+1)/workers && ctx.Err() == nil; i++ {
					t.Row(i, row)
					least := inst.Unserved(int(b.Targets[i]))
					for j, c := range row {
						if c != rule.Forbidden {
							least = min(least, planner.Seconds(c)+q[j])
						}
					}
					part[w] += least
					if len(row) == 0 {
						continue
					}
					j := i * 7919 % len(row)
					c, allowed := inst.Price(int(b.Targets[i]), int(b.Cadres[j]))
					if allowed != (row[j] != rule.Forbidden) || allowed && planner.Seconds(row[j]) != c {
						errs[w] = fmt.Errorf("target %d, cadre %d: the table says %d, the rules %d, %t", b.Targets[i], b.Cadres[j], row[j], c, allowed)
					}
				}
			})
		}
		wg.Wait()
		for w := range workers {
			if errs[w] != nil {
				return 0, errs[w]
			}
			sum += part[w]
		}
	}
	return sum, ctx.Err()
}
