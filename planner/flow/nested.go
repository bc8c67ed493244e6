package flow

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// Group bounds some sinks together: they take at least Least sources and at most Most. Groups do not overlap.
type Group struct {
	Least, Most int
	Sinks       []int32
}

// TooFewError is the answer of [SolveGrouped] where no placement gives every group its fewest.
type TooFewError struct {
	Group int // index of a group that cannot have Least
	Have  int // the most that it can have beside the others, which have theirs or were not looked at yet
}

func (e *TooFewError) Error() string {
	return fmt.Sprintf("flow: group %d cannot have more than %d", e.Group, e.Have)
}

// SolveGrouped is [Solve] with bounds on groups of sinks: source → sink → group. The bound that proves it is
//
//	D(p) = Σ_i min(leave(i), min_j c(i,j) + p_j) − Σ_groups max over Least ≤ t ≤ Most of (the sum of the t largest p_j − m_j(l))
//
// where a sink without a group is one with no bounds, and p may be of any sign. It starts from the solution without groups,
// takes one source after the other out of each group that has too many, then brings one after the other into each that has
// too few, each along a shortest path, so that it costs what the bounds change and not what the problem has.
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
			if !g.shortest(g.m+k, g.end()) {
				return nil, fmt.Errorf("flow: group %d cannot be lessened", k)
			}
		}
	}
	for k := range groups {
		for g.inGroup[k] < groups[k].Least {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if !g.shortest(g.end(), g.m+k) {
				return nil, &TooFewError{k, g.inGroup[k]}
			}
		}
	}
	return g.solution(sol)
}

// grouped is the state while groups are changed. Invariants: c(i,j) + p_j is least at i's sink, or leaving out is; for a sink
// j of group k, m_j(load_j − 1) ≤ p_j − lambda_k ≤ m_j(load_j); lambda_k is above 0 only where the group is full, and below 0
// only where it has no more than its fewest.
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

// end is the node beyond the groups.
func (g *grouped) end() int { return g.m + len(g.groups) }

// shortest takes one source along a shortest path: from a group to the end, which lessens the group, or from the end to a
// group, which adds to it. Nodes of the search are the sinks, each meaning "one source too many here", then the groups, each
// meaning "one too many in the group though its sinks have room", then the end, where sources left out are and sinks without
// a group have theirs from. ok is false if there is no path.
func (g *grouped) shortest(start, goal int) (ok bool) {
	m, end := g.m, g.end()
	dist, from, by := make([]int64, end+1), make([]int32, end+1), make([]int32, end+1)
	done := make([]bool, end+1)
	for v := range dist {
		dist[v], from[v], by[v] = tooFar, -1, -1
	}
	dist[start] = 0
	reach := func(v int, d int64, u int, i int32) {
		if !done[v] && d < dist[v] {
			dist[v], from[v], by[v] = d, int32(u), i
		}
	}
	for !done[goal] {
		u := -1
		for v, d := range dist {
			if !done[v] && d < tooFar && (u < 0 || d < dist[u]) {
				u = v
			}
		}
		if u < 0 {
			return false
		}
		done[u] = true
		switch {
		case u == end:
			g.fromEnd(dist[end], reach)
		case u >= m: // a sink of the group gives a place back, or the group has one more
			k := u - m
			for _, j := range g.groups[k].Sinks {
				if l := len(g.members[j]); l > 0 {
					reach(int(j), dist[u]+g.p[j]-g.lambda[k]-int64(g.prob.Marginals[j][l-1]), u, -1)
				}
			}
			if g.inGroup[k] < g.groups[k].Most {
				reach(end, dist[u]-g.lambda[k], u, -1)
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
				slack := int64(g.prob.Marginals[u][l]) - g.p[u]
				if x := g.of[u]; x >= 0 {
					reach(m+int(x), dist[u]+slack+g.lambda[x], u, -1)
				} else {
					reach(end, dist[u]+slack, u, -1)
				}
			}
		}
	}
	reached := dist[goal]
	keep := reached - min(dist[end], reached) // the end's own potential stays 0
	for v := range end {
		if up := reached - min(dist[v], reached) - keep; v < m {
			g.p[v] += up
		} else {
			g.lambda[v-m] += up
		}
	}
	for v := goal; v != start; v = int(from[v]) {
		if by[v] >= 0 {
			g.shift(by[v], int32(v), end)
		}
	}
	g.recount()
	return true
}

// fromEnd goes on from the end: a group or a sink without one gives a place back, or a source that was left out comes in.
func (g *grouped) fromEnd(d int64, reach func(v int, d int64, u int, i int32)) {
	m, end := g.m, g.end()
	for k := range g.groups {
		if g.inGroup[k] > g.groups[k].Least {
			reach(m+k, d+g.lambda[k], end, -1)
		}
	}
	for j := range m {
		if l := len(g.members[j]); l > 0 && g.of[j] < 0 {
			reach(j, d+g.p[j]-int64(g.prob.Marginals[j][l-1]), end, -1)
		}
	}
	for i, j := range g.sink {
		if j >= 0 {
			continue
		}
		for v, c := range g.cost[i*m : (i+1)*m] {
			if c != Forbidden {
				reach(v, d+int64(c)+g.p[v]-g.leave[i], end, int32(i))
			}
		}
	}
}

// shift moves a source; to the end is leaving it out.
func (g *grouped) shift(i, to int32, end int) {
	if j := g.sink[i]; j >= 0 {
		g.members[j] = slices.DeleteFunc(g.members[j], func(x int32) bool { return x == i })
	}
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
			switch x := g.p[j] - int64(c); {
			case g.of[j] >= 0:
				gain[g.of[j]] = append(gain[g.of[j]], x)
			default:
				s.Bound -= max(0, x)
			}
		}
	}
	for k, xs := range gain {
		slices.Sort(xs)
		for n := range min(len(xs), g.groups[k].Most) {
			if x := xs[len(xs)-1-n]; x > 0 || n < g.groups[k].Least {
				s.Bound -= x
			}
		}
	}
	if s.Price != s.Bound {
		return nil, fmt.Errorf("flow: price %d and bound %d differ with groups", s.Price, s.Bound)
	}
	return s, nil
}
