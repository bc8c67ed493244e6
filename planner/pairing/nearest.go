package pairing

import (
	"context"
	"fmt"
	"slices"

	"lianxin/planner"
	"lianxin/planner/flow"
	"lianxin/planner/rule"
)

// What places that an optimal placement must use count below the others, and what leaving out counts where none may be: above
// any number of changes.
const (
	mustUse = 1 << 20
	mayNot  = 1 << 22
)

// NearMost is up to how many targets a plan is made near another.
const NearMost = 1 << 17

// nearest is, of all placements that cost as little as sol, the one that departs least from a plan: by complementary slackness
// a placement is optimal exactly if everybody is where c + p is least, places cheaper than their potential are used and
// dearer ones are not. On these pairs and places the fewest changes are a problem of the same kind, with prices 0 and 1.
// Of a bounded unit this looks only at placements that give it as many as sol does. The potentials stay, and prove it.
func nearest(ctx context.Context, inst *rule.Instance, sol *flow.Solution, to *planner.Plan) (*flow.Solution, error) {
	if to == nil || len(to.Pairings) == 0 || inst.Tier != planner.TierHousehold || len(inst.Targets) > NearMost || len(inst.Cadres)*len(inst.Targets) > densePairs {
		return sol, nil
	}
	column, row := map[planner.CadreID]int32{}, map[planner.HouseholdID]int{}
	for j, c := range inst.Cadres {
		column[c.ID] = int32(j)
	}
	for i, t := range inst.Targets {
		row[t.Household.ID] = i
	}
	had := make([]int32, len(inst.Targets))
	for i := range had {
		had[i] = -1
	}
	for _, x := range to.Pairings {
		i, known := row[x.Household]
		if j, here := column[x.Cadre]; known && here && x.Tier == planner.TierHousehold {
			had[i] = j
		}
	}
	p := sol.Potentials
	price := inst.Rows(ctx)
	q := flow.Problem{Sources: len(inst.Targets), Sinks: len(inst.Cadres)}
	least := make([]int64, len(inst.Targets))
	inst.Each(func(i int) {
		r := make([]int32, len(inst.Cadres))
		price(i, r)
		least[i] = int64(inst.Unserved(i))
		for j, c := range r {
			if c != rule.Forbidden {
				least[i] = min(least[i], int64(c)+p[j])
			}
		}
	})
	moved := func(i int, j int32) int32 {
		if had[i] == j {
			return 0
		}
		return 1
	}
	q.Row = func(i int, r []int32) {
		price(i, r)
		for j, c := range r {
			if c == rule.Forbidden {
				continue
			}
			if r[j] = flow.Forbidden; int64(c)+p[j] == least[i] {
				r[j] = moved(i, int32(j))
			}
		}
	}
	q.Leave = func(i int) int32 {
		if least[i] == int64(inst.Unserved(i)) {
			return moved(i, -1)
		}
		return mayNot
	}
	load := make([]int, len(inst.Cadres))
	for _, j := range sol.Sink {
		if j >= 0 {
			load[j]++
		}
	}
	worth, groups := make([]int64, len(inst.Cadres)), groupsOf(inst) // what a place is worth beyond its price before it must be used
	for k, g := range groups {
		n := 0
		var gains []int64
		for _, j := range g.Sinks {
			n += load[j]
			for _, m := range inst.Marginals(int(j)) {
				gains = append(gains, p[j]-int64(m))
			}
		}
		groups[k].Least, groups[k].Most = n, n
		slices.Sort(gains)
		for _, j := range g.Sinks {
			if n > 0 {
				worth[j] = gains[len(gains)-n]
			} else {
				worth[j] = 1 << 40 // none may be used
			}
		}
	}
	for j := range inst.Cadres {
		var ms []int32
		for _, m := range inst.Marginals(j) {
			switch x := p[j] - int64(m) - worth[j]; {
			case x > 0:
				ms = append(ms, -mustUse)
			case x == 0:
				ms = append(ms, 0)
			}
		}
		q.Marginals = append(q.Marginals, ms)
	}
	near, err := flow.SolveGrouped(ctx, q, groups, nil)
	if err != nil {
		return nil, err
	}
	out := &flow.Solution{Sink: near.Sink, Potentials: p, Bound: sol.Bound, Left: near.Left, Steps: sol.Steps + near.Steps}
	clear(load)
	r := make([]int32, len(inst.Cadres))
	for i, j := range out.Sink {
		if j < 0 {
			out.Price += int64(inst.Unserved(i))
			continue
		}
		price(i, r)
		out.Price += int64(r[j])
		load[j]++
	}
	for j, n := range load {
		for _, m := range inst.Marginals(j)[:n] {
			out.Price += int64(m)
		}
	}
	if out.Price != sol.Price {
		return nil, fmt.Errorf("the nearest plan costs %d, not %d: a fault in the solver", out.Price, sol.Price)
	}
	return out, nil
}
