// Package flow solves transportation problems with convex loads exactly, and proves it. It knows no cadre: sources are
// things to be placed, one unit each; sinks take any number of them at prices that rise with the number.
//
// Minimise Σ c(i, sink of i) + Σ_j (m_j(0) + … + m_j(load_j − 1)) + Σ (leave(i) for each source left out), where the
// marginals m_j of a sink never fall and end at its capacity. Every pair of the complete bipartite graph counts; nothing is
// truncated to near neighbours. All numbers are integers, so equality of price and bound is a proof and not a tolerance.
//
// The dual has one number p_j for each sink. For any p,
//
//	D(p) = Σ_i min(leave(i), min_j c(i,j) + p_j) − Σ_j Σ_l max(0, p_j − m_j(l))
//
// is at most the price of any placement, so a placement whose price equals D(p) is optimal. [Solve] returns both.
//
// # Decisions
//
// Method of [Solve]: successive shortest paths on the graph of sinks (Jonker and Volgenant's, carried over to capacities; Ahuja,
// Magnanti and Orlin, Network Flows, §9.7). Between two sinks only the member that is cheapest to move matters; those
// minima are kept in a matrix, so that a step of Dijkstra's algorithm is one row of it and costs the number of sinks, not
// of pairs. Rejected: network simplex and cost scaling (slower at these shapes, measured with LEMON 1.3.1), candidate lists
// of near sinks (another optimum), and starting at prices above the first marginal, which needs searches in both
// directions and wins little while a county is solved in seconds.
//
// Large instances have solvers of their own, [NewArcs] over given arcs and [NewPoints] and [NewShared] over complete graphs
// whose pairs are never written out. They search the sinks likewise, but forwards from a row to a place and backwards from
// a place that must be used to a row, so that prices can start near where they will end: with minimum loads they would
// otherwise have a long way to climb, everywhere at once. Over a complete graph each row holds the few arcs that searches
// came near to and a lower bound of c+p for all others; a search that could reach as far as the bound asks an oracle for
// the next ones. Nothing is left out, and the proof covers all pairs. A solver keeps its state: after sinks closed, only
// their rows are placed anew.
//
// A sink that a search comes to is left along its links: of its members' arcs, the cheapest to each other sink, of which
// only the near ones are put in order. Nineteen of twenty arcs of members lead where another member goes for less (counted
// over county M with 32 arcs a row); reading them was most of the time. Links are laid when a search needs them and again
// when members have come. Backwards the same links are read from the other end.
//
// Over given arcs the prices to start from are primed: twice, sinks that too few rows would come to have their prices
// lowered by a guess, which spares two thirds of the backward searches. Over complete graphs that gained nothing, as rows then
// know less of their other sinks.
//
// Tried and left out, with what they did to county M: reverse bids, sinks below their minimum taking their keenest rows at
// once, before the forward searches (backward searches fell by half, but those left were longer; 114,000 sinks went through
// instead of 127,000, and the time grew) and after them (nothing: the lack only moves to a neighbour); more rounds of priming, or
// raising prices too (forward searches took back what was won; sinks at one place rise and fall together).
//
// Large counties of points are divided in two sides whose searches go on at the same time; sides.go tells how that stays exact.
// Of 35,000 searches in county L all but a few hundred are made by sides, for 2 % more work. Rejected for it: to solve two
// halves on their own, put them together and free rows to which a sink across the cut is worth more, which took 15 to 38 %
// more work and a quarter more memory, and gained nothing at XL.
//
// Smaller ones start from prices of a coarse county (every fourth row, four neighbouring sinks as one, and so on upwards):
// coarse.go tells what that gains. It spares a third of the sinks that forward searches go through, but hardly any backward:
// these are many at one place, all as near. Mean places of neighbours, or two to eight of them, were no better; at L it took
// 5 % more work.
//
// When prices have fallen, each row looks at the sinks that became nearer, and gets to know the nearest of them at once. A county
// that is placed anew then asks the oracle far less often (with six of them known, 162 times instead of 1,102 after eight sinks of county M closed).
// There the rows of a closed sink each go through the same hundred sinks around, all within some tens of metres of one
// another in reduced cost, to find a place at a price that is a little higher each time. Tried against that, on county M with
// eight sinks closed (130 rows, 9,700 sinks gone through), and left out: one search from all waiting rows at once whose trees take
// turns and survive one another's end (a forest; 6,500 sinks, but the ways put off cost twice what was saved: the tree that
// ends is mostly the largest); bids before the searches (one row in ten finds a place); keeping links through a phase of
// falling prices, and entering the arcs of rows that come instead of laying links anew (fewer are laid, but more of their ways
// are stale: 3 to 20 % more time); leaving far arcs out of links (5 % more).
//
// Of what was tried on the backward searches of county M, which take two fifths of its time, none helped: all columns opened
// at once by all workers, as far as 300 of reduced cost, instead of as searches come by (0 to 4 % less time with one worker, a sixth
// more memory at L, and far too many rows where all of a village cost the same); the sink of a row kept in the
// column's entry, with a mark on rows that moved (3 % more time); other steps of 60 to 200 for asking on (no difference).
//
// Rejected for these: lists of the k nearest sinks, which have another optimum (`lianxin-bench pairing` prints what is lost
// beside each size). Workers look for first arcs, bound arcs anew, prove, and search by sides; the number of workers does not
// change the result.
//
// In [Solve], prices only rise while sources are placed, and each placement is along a shortest path with the first sink in order among
// equals: the same input gives the same output on any machine and with any number of workers.
package flow

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"
)

// Forbidden is the cost of a pair that must not be made.
const Forbidden int32 = math.MaxInt32

// MaxCost bounds costs, marginals and leave prices by absolute value, so that sums along a path stay inside int32.
const MaxCost = 1 << 26

// MaxPairs bounds sources × sinks, which are held in memory at four bytes each.
const MaxPairs = 1 << 29

// ErrTooLarge is returned for more than [MaxPairs] pairs.
var ErrTooLarge = errors.New("flow: too many pairs to hold in memory")

// Problem is what to place. Row and Leave must be pure; Row must be safe for concurrent use.
type Problem struct {
	Sources   int
	Sinks     int
	Row       func(i int, row []int32) // fills row with the cost of source i at each sink, [Forbidden] for none
	Leave     func(i int) int32        // price of leaving source i out
	Marginals [][]int32                // of each sink: price of its first, second, … source; never falling; its length is the capacity
}

// Solution is a placement with its proof.
type Solution struct {
	Sink       []int32 // of each source; −1: left out
	Price      int64
	Bound      int64   // D(Potentials); equals Price
	Potentials []int64 // p_j of each sink; ≥ 0 if no marginal is negative
	Left       int     // sources left out
	Steps      int64   // sinks that the searches went through; a measure of work, the same on every machine
}

// Solve places all sources at the least price. The solution is proved: an error is returned rather than one whose price
// and bound differ. Progress, if not nil, is called from this goroutine about a hundred times.
func Solve(ctx context.Context, p Problem, progress func(done, total int)) (*Solution, error) {
	s, err := newSolver(ctx, p)
	if err != nil {
		return nil, err
	}
	every := max(1, p.Sources/100)
	for i := range p.Sources {
		if i%every == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if progress != nil {
				progress(i, p.Sources)
			}
		}
		s.place(int32(i))
	}
	if progress != nil {
		progress(p.Sources, p.Sources)
	}
	return s.solution()
}

// far is what an impossible pair costs inside: more than any sum along a path, and small enough to add to.
const far int32 = 1 << 29

// solver is the state between placements. Invariant: for every placed source i at sink j, c(i,j)+p_j is least over all
// sinks and leaving out; m_j(load_j − 1) ≤ p_j ≤ m_j(load_j).
type solver struct {
	n, m    int
	cost    []int32 // n × m
	leave   []int32
	mc      [][]int32
	sink    []int32
	members [][]int32
	p       []int32
	slack   []int32 // m_j(load_j) − p_j; far at capacity
	move    []int32 // m × m: least cost of moving a member of the row's sink to the column's
	mover   []int32 // which member that is
	out     []int32 // least cost of leaving out a member of the sink
	outer   []int32 // which member that is

	dist   []int32
	parent []int32
	done   []bool
	seen   []int32 // settled sinks in order
	path   []step
	steps  int64
}

// step moves source i to sink j; −1 is leaving out.
type step struct{ i, j int32 }

func newSolver(ctx context.Context, p Problem) (*solver, error) {
	n, m := p.Sources, p.Sinks
	if int64(n)*int64(m) > MaxPairs {
		return nil, fmt.Errorf("%w: %d × %d", ErrTooLarge, n, m)
	}
	if len(p.Marginals) != m {
		return nil, fmt.Errorf("flow: %d sinks but marginals of %d", m, len(p.Marginals))
	}
	s := &solver{n: n, m: m, mc: p.Marginals, cost: make([]int32, n*m), leave: make([]int32, n), sink: make([]int32, n),
		members: make([][]int32, m), p: make([]int32, m), slack: make([]int32, m), move: make([]int32, m*m), mover: make([]int32, m*m),
		out: make([]int32, m), outer: make([]int32, m), dist: make([]int32, m), parent: make([]int32, m), done: make([]bool, m)}
	for j, mc := range p.Marginals {
		for l, c := range mc {
			if c > MaxCost || c < -MaxCost {
				return nil, fmt.Errorf("flow: marginal %d of sink %d is %d, out of range", l, j, c)
			}
			if l > 0 && c < mc[l-1] {
				return nil, fmt.Errorf("flow: marginals of sink %d fall at %d", j, l)
			}
		}
		if len(mc) > 0 {
			s.p[j] = mc[0]
		} else {
			s.slack[j] = far
		}
		s.out[j] = far
	}
	for k := range s.move {
		s.move[k] = far
	}
	if err := s.fill(ctx, p); err != nil {
		return nil, err
	}
	return s, nil
}

// fill reads all costs, on all processors: rows are independent.
func (s *solver) fill(ctx context.Context, p Problem) error {
	workers := min(runtime.GOMAXPROCS(0), max(1, s.n/256))
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := s.n * w / workers; i < s.n*(w+1)/workers; i++ {
				if i%1024 == 0 && ctx.Err() != nil {
					errs[w] = ctx.Err()
					return
				}
				row := s.cost[i*s.m : (i+1)*s.m]
				p.Row(i, row)
				for j, c := range row {
					if c == Forbidden {
						row[j] = far
					} else if c > MaxCost || c < -MaxCost {
						errs[w] = fmt.Errorf("flow: cost %d of source %d at sink %d is out of range", c, i, j)
						return
					}
				}
				s.sink[i], s.leave[i] = -1, p.Leave(i)
				if s.leave[i] > MaxCost || s.leave[i] < -MaxCost {
					errs[w] = fmt.Errorf("flow: leave price %d of source %d is out of range", s.leave[i], i)
					return
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// place finds the cheapest way to take in source i, which may move others, and takes it.
func (s *solver) place(i int32) {
	best, end, via := s.leave[i], int32(-1), int32(-1) // price of the path, its last sink (−1: somebody is left out), and who leaves that one out
	row := s.cost[int(i)*s.m : int(i+1)*s.m]
	next, nextDist := int32(-1), best
	for k, c := range row {
		d := c + s.p[k]
		s.dist[k], s.parent[k], s.done[k] = d, -1, false
		if v := d + s.slack[k]; v < best {
			best, end = v, int32(k)
		}
		if d < nextDist {
			next, nextDist = int32(k), d
		}
	}
	s.seen = s.seen[:0]
	for next >= 0 && nextDist < best {
		j, d := next, nextDist
		s.done[j] = true
		s.seen = append(s.seen, j)
		base := d - s.p[j]
		if v := base + s.out[j]; v < best {
			best, end, via = v, -1, j
		}
		next, nextDist = -1, best
		move := s.move[int(j)*s.m : int(j+1)*s.m]
		p, dist, slack, done := s.p[:len(move)], s.dist[:len(move)], s.slack[:len(move)], s.done[:len(move)]
		for k, w := range move {
			dk := dist[k]
			if v := base + w + p[k]; v < dk {
				dk = v
				dist[k], s.parent[k] = v, j
				if v := v + slack[k]; v < best {
					best, end, via = v, int32(k), -1
				}
			}
			if dk < nextDist && !done[k] {
				next, nextDist = int32(k), dk
			}
		}
	}
	s.steps += int64(len(s.seen))
	for _, j := range s.seen {
		if up := best - s.dist[j]; up > 0 {
			s.p[j] += up
			if s.slack[j] < far {
				s.slack[j] -= up
			}
		}
	}
	s.augment(i, end, via)
}

// augment walks the found path back from its end and makes its moves.
func (s *solver) augment(i, end, via int32) {
	s.path = s.path[:0]
	k := end
	if k < 0 {
		if via < 0 {
			return // i itself is left out
		}
		s.path = append(s.path, step{s.outer[via], -1})
		k = via
	}
	for s.parent[k] >= 0 {
		j := s.parent[k]
		s.path = append(s.path, step{s.mover[int(j)*s.m+int(k)], k})
		k = j
	}
	s.path = append(s.path, step{i, k})
	for _, st := range s.path { // from the end, so that each sink gives before it takes
		from := s.sink[st.i]
		s.sink[st.i] = st.j
		if from >= 0 {
			s.remove(from, st.i)
		}
		if st.j >= 0 {
			s.members[st.j] = append(s.members[st.j], st.i)
		}
	}
	for n, st := range s.path {
		if st.j < 0 {
			continue
		}
		if n == 0 { // the end took one and gave none
			s.take(st.j, st.i)
			mc := s.mc[st.j]
			if load := len(s.members[st.j]); load < len(mc) {
				s.slack[st.j] = mc[load] - s.p[st.j]
			} else {
				s.slack[st.j] = far
			}
		} else {
			s.rebuild(st.j)
		}
	}
}

// remove takes source i off sink j's list.
func (s *solver) remove(j, i int32) {
	ms := s.members[j]
	for k, x := range ms {
		if x == i {
			s.members[j] = append(ms[:k], ms[k+1:]...)
			return
		}
	}
}

// take lets a new member lower the costs of moving out of sink j.
func (s *solver) take(j, i int32) {
	cost := s.cost[int(i)*s.m : int(i+1)*s.m]
	own := cost[j]
	move, mover := s.move[int(j)*s.m:int(j+1)*s.m], s.mover[int(j)*s.m:int(j+1)*s.m]
	for k, c := range cost {
		if v := c - own; v < move[k] {
			move[k], mover[k] = v, i
		}
	}
	if v := s.leave[i] - own; v < s.out[j] {
		s.out[j], s.outer[j] = v, i
	}
}

// rebuild works out the costs of moving out of sink j afresh after a member left.
func (s *solver) rebuild(j int32) {
	move := s.move[int(j)*s.m : int(j+1)*s.m]
	for k := range move {
		move[k] = far
	}
	s.out[j] = far
	for _, i := range s.members[j] {
		s.take(j, i)
	}
}

// solution sums up and proves.
func (s *solver) solution() (*Solution, error) {
	out := &Solution{Sink: s.sink, Potentials: make([]int64, s.m), Steps: s.steps}
	for j, p := range s.p {
		out.Potentials[j] = int64(p)
		for l := range s.members[j] {
			out.Price += int64(s.mc[j][l])
		}
	}
	for i, j := range s.sink {
		if j < 0 {
			out.Left++
			out.Price += int64(s.leave[i])
			continue
		}
		out.Price += int64(s.cost[i*s.m+int(j)])
	}
	for i := range s.n {
		least := s.leave[i]
		for j, c := range s.cost[i*s.m : (i+1)*s.m] {
			least = min(least, c+s.p[j])
		}
		out.Bound += int64(least)
	}
	for j, mc := range s.mc {
		for _, c := range mc {
			out.Bound -= int64(max(0, s.p[j]-c))
		}
	}
	if out.Price != out.Bound {
		return nil, fmt.Errorf("flow: price %d and bound %d differ: a fault in the solver", out.Price, out.Bound)
	}
	return out, nil
}
