package pairing

import (
	"context"
	"slices"

	"lianxin/planner/flow"
)

// Limits of the search for units count work, never time, so that the answer is the same on every machine.
const (
	unitCells    = 50_000_000 // steps of bounds, all together
	unitSteps    = 30_000_000 // steps of trials
	unitRounds   = 120        // of potentials at the root
	rootRounds   = 24         // of these, whatever they cost
	branchRounds = 12         // at a node below
	unitLeaves   = 64         // of a proof by branches
	unitNear     = 12         // units tried for a village in a local search
	unitDense    = 1 << 24    // households × units up to which the relaxation is solved as a flow
	unitSmall    = 1 << 12    // and at every node of a proof by branches
)

// unitSearch looks for a cheap plan of the units and a proof of how much cheaper another could be.
type unitSearch struct {
	*filler
	ctx   context.Context
	best  served
	cells int // steps of one relaxation
	spent int
}

// solve finds links and their proof, beginning from the old ones. With keep these stay, whatever others would cost.
func (p *unitProblem) solve(ctx context.Context, old [][]int, keep bool) (served, *unitNode, error) {
	p.ready()
	s := &unitSearch{filler: newFiller(p), ctx: ctx}
	s.best = s.fill(old)
	if !keep {
		s.best = s.fill(s.mended(old))
	}
	root := &unitNode{pi: make([]int64, len(p.cap))}
	if err := s.start(root, keep); err != nil {
		return s.best, nil, err
	}
	try := !keep
	s.climb(root, unitRounds, try)
	if try {
		s.improve(root.pi)
	}
	err := s.branch(root, try)
	if err == nil { // the loops stop silently
		err = ctx.Err()
	}
	return s.best, root, err
}

// start takes the potentials and the spread of the transportation relaxation.
func (s *unitSearch) start(root *unitNode, keep bool) error {
	links, pi, err := s.spread(root, unitDense)
	if err != nil {
		return err
	}
	if pi != nil {
		root.pi = pi
	}
	root.r = s.relax(root.pi, nil)
	s.cells = root.r.work
	if links != nil && !keep {
		s.offer(links)
	}
	return nil
}

// spread solves the transportation relaxation at a node: villages as supplies, each open link's price spread over as many
// households as it could carry, a decided one's paid or out. A basic solution splits few villages. Where all links are decided, its
// potentials are the best there are. Nil if there are more than most pairs.
func (s *unitSearch) spread(n *unitNode, most int) (links [][]int, pi []int64, err error) {
	var of []int
	for v, d := range s.size {
		for range d {
			of = append(of, v)
		}
	}
	if len(of)*len(s.cap) > most {
		return nil, nil, nil
	}
	q := flow.Problem{Sources: len(of), Sinks: len(s.cap), Leave: func(int) int32 { return int32(s.leave) },
		Row: func(i int, row []int32) {
			v := of[i]
			for u, f := range s.fixed[v] {
				as := n.decided(v, u)
				switch {
				case f < 0 || s.cap[u] == 0 || as == linkOut:
					row[u] = flow.Forbidden
				case as == linkIn:
					row[u] = int32(s.each[v][u])
				default:
					row[u] = int32(s.each[v][u] + f/int64(min(s.cap[u], s.size[v])))
				}
			}
		}}
	for _, room := range s.room {
		var ms []int32
		for _, x := range room {
			for range x.n {
				ms = append(ms, int32(x.price))
			}
		}
		q.Marginals = append(q.Marginals, ms)
	}
	sol, err := flow.Solve(s.ctx, q, nil)
	if err != nil {
		return nil, nil, err
	}
	links = make([][]int, len(s.size))
	for i, u := range sol.Sink {
		if v := of[i]; u >= 0 && !slices.Contains(links[v], int(u)) {
			links[v] = append(links[v], int(u))
		}
	}
	return links, sol.Potentials, nil
}

// offer keeps the best plan over some links.
func (s *unitSearch) offer(links [][]int) {
	if x := s.fill(s.mended(links)); x.price < s.best.price {
		s.best = x
	}
}

// mended adds links until every village can be served, if the units have room at all: to where most room is left, the
// cheapest first.
func (s *unitSearch) mended(links [][]int) [][]int {
	x := s.fill(links)
	if !slices.ContainsFunc(x.left, func(n int) bool { return n > 0 }) {
		return links
	}
	links = slices.Clone(links)
	free := slices.Clone(s.cap)
	for v := range x.units {
		for k, u := range x.units[v] {
			free[u] -= x.take[v][k]
		}
	}
	for v, left := range x.left {
		for left > 0 {
			best := -1
			cost := func(u int) int64 {
				return (s.fixed[v][u] + s.each[v][u]*int64(min(left, free[u]))) / int64(min(left, free[u]))
			}
			for u, f := range s.fixed[v] {
				if f >= 0 && free[u] > 0 && !slices.Contains(links[v], u) && (best < 0 || cost(u) < cost(best)) {
					best = u
				}
			}
			if best < 0 {
				break
			}
			links[v] = append(slices.Clone(links[v]), best)
			n := min(left, free[best])
			left, free[best] = left-n, free[best]-n
		}
	}
	return links
}

// climb raises the bound at a node by subgradient steps on its potentials: a unit that is asked for too much grows dearer. The
// best potentials found stay. With try, the villages' choices are tried as plans on the way.
func (s *unitSearch) climb(n *unitNode, rounds int, try bool) {
	pi, r := slices.Clone(n.pi), n.r
	theta, since := 1.6, 0
	for round := range rounds {
		if s.spent += s.cells; s.spent > unitCells && (n.parent != nil || round >= rootRounds) || n.r.bound >= s.best.price || s.ctx.Err() != nil {
			return
		}
		if n.parent == nil && s.tell != nil {
			s.tell(round, rounds+1)
		}
		if try && s.work < unitSteps/2 {
			links := make([][]int, len(s.size))
			for v, take := range r.take {
				for _, t := range take {
					links[v] = append(links[v], t.u)
				}
			}
			s.offer(links)
		}
		norm := int64(0)
		g := make([]int64, len(pi))
		for u := range pi {
			over := r.load[u] - s.offered(u, pi[u])
			if over < 0 && r.load[u] >= s.offered(u, pi[u]-1) || over > 0 && r.load[u] <= s.offered(u, pi[u]+1) && s.offered(u, pi[u]+1) <= s.cap[u] && pi[u] > 0 && s.offered(u, pi[u]+1) != s.offered(u, pi[u]) {
				over = 0 // the potential is the price of a place that may be used or not
			}
			g[u] = int64(over)
			norm += g[u] * g[u]
		}
		if norm == 0 {
			return
		}
		step := theta * float64(s.best.price-r.bound) / float64(norm)
		for u := range pi {
			pi[u] = min(s.leave, max(0, pi[u]+int64(step*float64(g[u]))))
		}
		r = s.relax(pi, n.decided)
		if r.bound > n.r.bound {
			n.pi, n.r, since = slices.Clone(pi), r, 0
		} else if since++; since%4 == 0 {
			theta /= 2
			pi, r = slices.Clone(n.pi), n.r
			if theta < 0.01 {
				return
			}
		}
	}
}
