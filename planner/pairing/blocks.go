package pairing

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"lianxin/planner/flow"
	"lianxin/planner/rule"
)

// densePairs is the number of pairs up to which a tier is solved as one matrix: a county. Above, it is solved by blocks.
const densePairs = 1 << 25

// place solves a tier.
func place(ctx context.Context, inst *rule.Instance, progress func(done, total int)) (*flow.Solution, error) {
	if len(inst.Cadres)*len(inst.Targets) <= densePairs {
		return flow.SolveGrouped(ctx, problem(ctx, inst), groupsOf(inst), progress)
	}
	return placeBlocks(ctx, inst, progress)
}

// placeBlocks solves the tier's blocks (see [rule.Instance.Blocks]) apart, two at a time, without writing out their pairs:
// households of one group share their prices at each cadre but for needs and last period. The result is optimal over all
// pairs of the tier.
func placeBlocks(ctx context.Context, inst *rule.Instance, progress func(done, total int)) (*flow.Solution, error) {
	blocks := inst.Blocks()
	out := &flow.Solution{Sink: make([]int32, len(inst.Targets)), Potentials: make([]int64, len(inst.Cadres))}
	for i := range out.Sink {
		out.Sink[i] = -1
	}
	errs := make([]error, len(blocks))
	bounds, prices := make([]int64, len(blocks)), make([]int64, len(blocks))
	next := make(chan int, len(blocks))
	for b := range blocks {
		next <- b
	}
	close(next)
	var mu sync.Mutex
	done := 0
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), 2, len(blocks)) {
		wg.Go(func() {
			for b := range next {
				if ctx.Err() != nil {
					return
				}
				prices[b], bounds[b], errs[b] = placeBlock(ctx, inst, blocks[b], out)
				mu.Lock()
				if done += len(blocks[b].Targets); progress != nil {
					progress(done, len(inst.Targets))
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for b := range blocks {
		if errs[b] != nil {
			return nil, errs[b]
		}
		out.Price += prices[b]
		out.Bound += bounds[b]
	}
	for _, j := range out.Sink {
		if j < 0 {
			out.Left++
		}
	}
	return out, ctx.Err()
}

// placeBlock solves one block and writes its places and potentials into out, at indices that no other block has.
func placeBlock(ctx context.Context, inst *rule.Instance, b rule.Block, out *flow.Solution) (price, bound int64, err error) {
	if len(b.Targets) == 0 {
		return 0, 0, nil
	}
	t, ok, err := inst.Tables(ctx, b)
	if err != nil {
		return 0, 0, err
	}
	if !ok {
		return 0, 0, fmt.Errorf("%w: %d × %d", flow.ErrTooLarge, len(b.Targets), len(b.Cadres))
	}
	q := &flow.Shared{Base: t.Base, Match: t.Match, Gift: t.Gift, Place: t.Place, Kind: t.Kind, Present: t.Last, Churn: t.Churn, Only: t.Only, Barred: t.Barred,
		Loads: flow.Loads{Start: make([]int32, 1, len(b.Cadres)+1)}}
	for _, j := range b.Cadres {
		q.Loads.Price = append(q.Loads.Price, inst.Marginals(int(j))...)
		q.Loads.Start = append(q.Loads.Start, int32(len(q.Loads.Price)))
	}
	for _, i := range b.Targets {
		q.Leave = append(q.Leave, int32(inst.Unserved(int(i))))
	}
	r, bound, err := flow.SolveShared(ctx, q, flow.Options{})
	if err != nil {
		return 0, 0, err
	}
	for i, j := range r.Sink {
		if j >= 0 {
			out.Sink[b.Targets[i]] = b.Cadres[j]
		}
	}
	for j, p := range r.Potentials {
		out.Potentials[b.Cadres[j]] = int64(p)
	}
	return r.Price, bound, nil
}

// groupsOf are the capped units as the solver has them.
func groupsOf(inst *rule.Instance) (gs []flow.Group) {
	for _, u := range inst.UnitCaps {
		gs = append(gs, flow.Group{Least: u.Least, Most: u.Most, Sinks: u.Cadres})
	}
	return gs
}
