package flow

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// Group bounds some sinks together: they may take at most Most sources. Groups do not overlap.
type Group struct {
	Most  int
	Sinks []int32
}

// SolveGrouped is [Solve] with bounds on groups of sinks: source → sink → group. The bound that proves it is
//
//	D(p) = Σ_i min(leave(i), min_j c(i,j) + p_j) − Σ_groups (the sum of the Most largest max(0, p_j − m_j(l)))
//
// where a sink without a group is one with no bound. It starts from the solution without groups and takes one source after
// the other out of each group that has too many, along a shortest path, so that it costs what the bounds change and
// not what the problem has.
func SolveGrouped(ctx context.Context, p Problem, groups []Group, progress func(done, total int)) (*Solution, error) {
	sol, err := Solve(ctx, p, progress)
	if err != nil || len(groups) == 0 {
		return sol, err
	}
	g := newGrouped(p, sol, groups)
	for k := range groups {
		for g.inGroup[k] > groups[k].Most {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if err := g.lessen(k); err != nil {
				return nil, err
			}
		}
	}
	return g.solution(sol)
}

// grouped is the state while groups are lessened. Invariants: c(i,j) + p_j is least at i's sink, or leaving out is; for a sink
// j of group k, m_j(load_j − 1) ≤ p_j − lambda_k ≤ m_j(load_j); lambda_k is 0 but where the group is full.
type grouped struct {
	n, m    int
	prob    Problem
	groups  []Group
	of      []int32 // group of each sink; −1: none
	cost    []int32 // n × m
	leave   []int64
	sink    []int32
	members [][]int32
	inGroup []int
	p       []int64
	lambda  []int64
}

func newGrouped(prob Problem, sol *Solution, groups []Group) *grouped {
	g := &grouped{n: prob.Sources, m: prob.Sinks, prob: prob, groups: groups, of: make([]int32, prob.Sinks), cost: make([]int32, prob.Sources*prob.Sinks), leave: make([]int64, prob.Sources),
		sink: slices.Clone(sol.Sink), members: make([][]int32, prob.Sinks), inGroup: make([]int, len(groups)), p: slices.Clone(sol.Potentials), lambda: make([]int64, len(groups))}
	for j := range g.of {
		g.of[j] = -1
	}
	for k, x := range groups {
		for _, j := range x.Sinks {
			g.of[j] = int32(k)
		}
	}
	for i, j := range g.sink {
		prob.Row(i, g.cost[i*g.m:(i+1)*g.m])
		g.leave[i] = int64(prob.Leave(i))
		if j >= 0 {
			g.members[j] = append(g.members[j], int32(i))
			if k := g.of[j]; k >= 0 {
				g.inGroup[k]++
			}
		}
	}
	return g
}

const tooFar = int64(math.MaxInt64 / 4)

// lessen takes one source out of group k at the least price. Nodes of the search are the sinks, each meaning "one source too
// many here", then the groups, each meaning "one too many in the group though its sinks have room", then the end.
func (g *grouped) lessen(k int) error {
	m, end := g.m, g.m+len(g.groups)
	dist, from, by := make([]int64, end+1), make([]int32, end+1), make([]int32, end+1)
	done := make([]bool, end+1)
	for v := range dist {
		dist[v], from[v], by[v] = tooFar, -1, -1
	}
	dist[m+k] = 0
	reach := func(v int, d int64, u int, i int32) {
		if !done[v] && d < dist[v] {
			dist[v], from[v], by[v] = d, int32(u), i
		}
	}
	for !done[end] {
		u := -1
		for v, d := range dist {
			if !done[v] && d < tooFar && (u < 0 || d < dist[u]) {
				u = v
			}
		}
		if u < 0 {
			return fmt.Errorf("flow: group %d cannot be lessened", k)
		}
		done[u] = true
		switch {
		case u == end:
		case u >= m: // a sink of the group gives a place back
			for _, j := range g.groups[u-m].Sinks {
				if l := len(g.members[j]); l > 0 {
					reach(int(j), dist[u]+g.p[j]-g.lambda[u-m]-int64(g.prob.Marginals[j][l-1]), u, -1)
				}
			}
		default:
			for _, i := range g.members[u] {
				row := g.cost[int(i)*m : (int(i)+1)*m]
				here := dist[u] - int64(row[u]) - g.p[u]
				for v, c := range row {
					if c != Forbidden && v != u {
						reach(v, here+int64(c)+g.p[v], u, i)
					}
				}
				reach(end, here+g.leave[i], u, i)
			}
			if l := len(g.members[u]); l < len(g.prob.Marginals[u]) {
				x, to := g.of[u], end
				slack := int64(g.prob.Marginals[u][l]) - g.p[u]
				if x >= 0 {
					slack += g.lambda[x]
					if g.inGroup[x] >= g.groups[x].Most {
						to = m + int(x)
					}
				}
				reach(to, dist[u]+slack, u, -1)
			}
		}
	}
	reached := dist[end]
	for v := range end {
		if d := dist[v]; d < reached {
			if v < m {
				g.p[v] += reached - d
			} else {
				g.lambda[v-m] += reached - d
			}
		}
	}
	for v := end; from[v] >= 0; v = int(from[v]) {
		if by[v] >= 0 {
			g.shift(by[v], int32(v), end)
		}
	}
	g.recount()
	return nil
}

// shift moves a source; to the end is leaving it out.
func (g *grouped) shift(i, to int32, end int) {
	j := g.sink[i]
	g.members[j] = slices.DeleteFunc(g.members[j], func(x int32) bool { return x == i })
	if g.sink[i] = -1; int(to) < end {
		g.sink[i] = to
		g.members[to] = append(g.members[to], i)
	}
}

func (g *grouped) recount() {
	for k, x := range g.groups {
		g.inGroup[k] = 0
		for _, j := range x.Sinks {
			g.inGroup[k] += len(g.members[j])
		}
	}
}

// solution adds up and proves.
func (g *grouped) solution(first *Solution) (*Solution, error) {
	s := &Solution{Sink: g.sink, Potentials: g.p, Steps: first.Steps}
	for i, j := range g.sink {
		least := g.leave[i]
		row := g.cost[i*g.m : (i+1)*g.m]
		for v, c := range row {
			if c != Forbidden {
				least = min(least, int64(c)+g.p[v])
			}
		}
		s.Bound += least
		if j < 0 {
			s.Left++
			s.Price += g.leave[i]
		} else {
			s.Price += int64(row[j])
		}
	}
	gain := make([][]int64, len(g.groups))
	for j, mc := range g.prob.Marginals {
		for l, c := range mc {
			if l < len(g.members[j]) {
				s.Price += int64(c)
			}
			switch x := max(0, g.p[j]-int64(c)); {
			case g.of[j] >= 0:
				gain[g.of[j]] = append(gain[g.of[j]], x)
			default:
				s.Bound -= x
			}
		}
	}
	for k, xs := range gain {
		slices.Sort(xs)
		for _, x := range xs[max(0, len(xs)-g.groups[k].Most):] {
			s.Bound -= x
		}
	}
	if s.Price != s.Bound {
		return nil, fmt.Errorf("flow: price %d and bound %d differ with groups", s.Price, s.Bound)
	}
	return s, nil
}
