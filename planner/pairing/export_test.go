package pairing

import (
	"context"

	"lianxin/planner/flow"
	"lianxin/planner/rule"
)

// For the tests of package pairing_test.
var (
	PlaceBlocks = placeBlocks
)

// Problem asks the rules about every pair, as the oracle does.
func Problem(inst *rule.Instance) flow.Problem { return problemOf(inst, inst.Row) }

// PlainReplan is what the plain second solver says of a replanned tier in which target i, unless below 0, must go to cadre
// j: unserved, changed, seconds; ok is false if it cannot.
func PlainReplan(inst *rule.Instance, i, j int) (price [3]int64, ok bool) {
	q := keepingOf(context.Background(), inst)
	q.row = inst.Row
	cost := make([]int32, q.sources*q.sinks)
	for k := range q.sources {
		q.row(k, cost[k*q.sinks:(k+1)*q.sinks])
	}
	if i >= 0 {
		if cost[i*q.sinks+j] == rule.Forbidden {
			return price, false
		}
		q, cost = q.forced(cost, i, j)
	}
	p := plainest(q, cost)
	return [3]int64{p.left, p.changed, p.secs}, p.left < impossible
}
