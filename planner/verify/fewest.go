package verify

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"lianxin/planner"
	"lianxin/planner/rule"
)

// A replanned tier claims more than a price: as few unserved as can be, then the fewest changed targets, then the least
// price. Its prices are triples, added part by part and compared from the left. Weak duality holds in any ordered group,
// so the bound of the package comment, taken in triples, is at most the triple of any plan, and its first two parts
// alone bound (unserved, changed): equality proves both phases.

// threefold is (unserved, changed, seconds).
type threefold [3]int64

func (a threefold) less(b threefold) bool {
	for i := range a {
		if a[i] != b[i] {
			return a[i] < b[i]
		}
	}
	return false
}

func (a *threefold) add(b threefold, sign int64) {
	for i := range a {
		a[i] += sign * b[i]
	}
}

// weight of leaving a target out: a pinned one counts twice.
func weight(t *rule.Target) int64 {
	if t.Pin != nil {
		return 2
	}
	return 1
}

// changes is 1 if the target had a cadre and c (nil: nobody) is another.
func changes(t *rule.Target, c *rule.Cadre) int64 {
	if t.Was == "" || c != nil && c.ID == t.Was {
		return 0
	}
	return 1
}

// fewest holds the certificate of a replanned tier against the plan and against the bound over all pairs.
func (c *checker) fewest(ctx context.Context, inst *rule.Instance, t *Tier, cert planner.Certificate, sink []int) error {
	f := cert.Fewest
	if len(f.Potentials) != len(inst.Cadres) {
		c.find("certificate", string(inst.Tier)+"的微调证明与干部名单对不上。", "the replan certificate of "+string(inst.Tier)+" does not match the cadres.")
		return nil
	}
	for _, p := range f.Potentials {
		for _, x := range p {
			if x < -potentialAtMost/1024 || x > potentialAtMost/1024 {
				c.find("certificate", string(inst.Tier)+"的微调证明里有不合理的数。", "a number of the replan certificate of "+string(inst.Tier)+" is out of all reason.")
				return nil
			}
		}
	}
	price := threefold{2: int64(t.Price)}
	for i, target := range inst.Targets {
		if j := sink[i]; j >= 0 {
			price[1] += changes(target, inst.Cadres[j])
		} else {
			price[0] += weight(target)
			price[1] += changes(target, nil)
		}
	}
	p := make([]threefold, len(inst.Cadres))
	for j := range p {
		p[j] = threefold{int64(f.Potentials[j][0]), int64(f.Potentials[j][1]), int64(cert.Potentials[j])}
	}
	bound, err := dual3(ctx, inst, p)
	if err != nil {
		return err
	}
	t.Replanned, t.Changed, t.ChangedBound, t.Bound = true, int(price[1]), int(bound[1]), planner.Seconds(bound[2])
	for _, x := range []struct {
		code, zh  string
		got, want int64
	}{
		{"fewest-unserved", "未安排数（加权）", int64(f.Unserved), price[0]},
		{"fewest-changed", "变动数", int64(f.Changed), price[1]},
		{"fewest-unserved-bound", "未安排数的下界", bound[0], price[0]},
		{"fewest-changed-bound", "变动数的下界", bound[1], price[1]},
		{"gap", "总代价与下界之差", price[2] - bound[2], 0},
	} {
		if x.got != x.want {
			c.find(x.code, fmt.Sprintf("%s的%s是%d，应为%d。", inst.Tier, x.zh, x.got, x.want), fmt.Sprintf("%s: %s is %d, want %d.", inst.Tier, x.code, x.got, x.want))
		}
	}
	return nil
}

// dual3 computes the bound of a replanned tier over all pairs from the rules, on all processors.
func dual3(ctx context.Context, inst *rule.Instance, p []threefold) (bound threefold, err error) {
	n := len(inst.Targets)
	workers := min(runtime.GOMAXPROCS(0), max(1, n/256))
	part := make([]threefold, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			row := make([]int32, len(inst.Cadres))
			for i := n * w / workers; i < n*(w+1)/workers && ctx.Err() == nil; i++ {
				t := inst.Targets[i]
				least := threefold{weight(t), changes(t, nil), int64(inst.Unserved(i))}
				inst.Row(i, row)
				for j, secs := range row {
					if secs == rule.Forbidden {
						continue
					}
					v := p[j]
					v.add(threefold{0, changes(t, inst.Cadres[j]), int64(secs)}, 1)
					if v.less(least) {
						least = v
					}
				}
				part[w].add(least, 1)
			}
		})
	}
	wg.Wait()
	for _, s := range part {
		bound.add(s, 1)
	}
	for j := range inst.Cadres {
		for _, m := range inst.Marginals(j) {
			over := p[j]
			over.add(threefold{2: int64(m)}, -1)
			if (threefold{}).less(over) {
				bound.add(over, -1)
			}
		}
	}
	return bound, ctx.Err()
}
