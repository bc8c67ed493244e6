package flow_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"lianxin/planner/flow"
)

// TestGroupsOfSinksAreBoundedAtTheLeastPrice holds 6,000 small problems with bounds on groups against trying out all placements.
func TestGroupsOfSinksAreBoundedAtTheLeastPrice(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	bound, impossible := 0, 0
	for n := range 6000 {
		sources, sinks := 1+r.IntN(6), 1+r.IntN(5)
		cost := make([]int32, sources*sinks)
		for k := range cost {
			if cost[k] = int32(r.IntN(30)); r.IntN(6) == 0 {
				cost[k] = flow.Forbidden
			}
		}
		p := flow.Problem{Sources: sources, Sinks: sinks, Leave: func(i int) int32 { return int32(40 + i) },
			Row: func(i int, row []int32) { copy(row, cost[i*sinks:(i+1)*sinks]) }}
		for range sinks {
			var mc []int32
			for l := range r.IntN(4) {
				mc = append(mc, int32(l*r.IntN(9)))
			}
			for l := 1; l < len(mc); l++ {
				mc[l] = max(mc[l], mc[l-1])
			}
			p.Marginals = append(p.Marginals, mc)
		}
		var groups []flow.Group
		for at := 0; at < sinks; {
			size := 1 + r.IntN(3)
			var g flow.Group
			for ; size > 0 && at < sinks; size, at = size-1, at+1 {
				g.Sinks = append(g.Sinks, int32(at))
			}
			if g.Most = r.IntN(4); n >= 3000 {
				g.Least = r.IntN(g.Most + 1)
			}
			if r.IntN(3) > 0 {
				groups = append(groups, g)
			}
		}
		free, err := flow.Solve(context.Background(), p, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := leastByTrying(p, cost, groups)
		got, err := flow.SolveGrouped(context.Background(), p, groups, nil)
		var few *flow.TooFewError
		if errors.As(err, &few) {
			if impossible++; want != never || few.Have >= groups[few.Group].Least {
				t.Fatalf("case %d: %v, but the least price is %d", n, err, want)
			}
			continue
		}
		if err != nil {
			t.Fatalf("case %d: %v", n, err)
		}
		if got.Price != want || got.Bound != want {
			t.Fatalf("case %d: price %d, bound %d, want %d", n, got.Price, got.Bound, want)
		}
		for _, g := range groups {
			in := 0
			for _, j := range got.Sink {
				for _, x := range g.Sinks {
					if j == x {
						in++
					}
				}
			}
			if in > g.Most || in < g.Least {
				t.Fatalf("case %d: group %v has %d", n, g, in)
			}
		}
		if free.Price < got.Price {
			bound++
		}
	}
	if bound < 2000 || impossible < 200 {
		t.Errorf("the bounds of groups cost something in %d cases only, and cannot be met in %d", bound, impossible)
	}
}

// never is more than any price.
const never = int64(1) << 60

// leastByTrying is the least price over all placements.
func leastByTrying(p flow.Problem, cost []int32, groups []flow.Group) int64 {
	best := never
	load, in := make([]int, p.Sinks), make([]int, len(groups))
	of := make([]int, p.Sinks)
	for j := range of {
		of[j] = -1
	}
	for k, g := range groups {
		for _, j := range g.Sinks {
			of[j] = k
		}
	}
	var try func(i int, sum int64)
	try = func(i int, sum int64) {
		if i == p.Sources {
			for k, g := range groups {
				if in[k] < g.Least {
					return
				}
			}
			best = min(best, sum)
			return
		}
		try(i+1, sum+int64(p.Leave(i)))
		for j := range p.Sinks {
			c := cost[i*p.Sinks+j]
			if c == flow.Forbidden || load[j] == len(p.Marginals[j]) || of[j] >= 0 && in[of[j]] == groups[of[j]].Most {
				continue
			}
			m := p.Marginals[j][load[j]]
			load[j]++
			if of[j] >= 0 {
				in[of[j]]++
			}
			try(i+1, sum+int64(c)+int64(m))
			load[j]--
			if of[j] >= 0 {
				in[of[j]]--
			}
		}
	}
	try(0, 0)
	return best
}
