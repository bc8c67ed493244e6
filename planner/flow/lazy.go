package flow

import (
	"context"
	"math"
	"slices"
)

// found is a pair that an oracle found: the sink or row at its other end, the cost, and what was asked for (cost and
// price, or cost less what the row pays).
type found struct{ id, cost, value int32 }

// oracle finds the pairs of the complete graph that matter, cheapest first. Forbidden pairs are never found.
type oracle interface {
	// cost is the cost of an allowed pair.
	cost(i, j int32) int32
	// priced tells the prices; until the next call they may have risen, but not fallen.
	priced(p []int32)
	// fallen tells what the prices were before those that it was last told. Twins from before do not know.
	fallen(was []int32)
	// lowered bounds, for row i, c+p over all sinks but those of its arcs, of which rest was a bound before the prices fell, and
	// but those of a list of at most rowLowered, ascending and below rest.
	lowered(i, rest int32, arcs []arc) (list []found, low int32)
	// near lists at most most sinks of least c+p below the limit for row i, ascending, without those that skip marks with
	// turn. All sinks not listed and not skipped have c+p ≥ rest.
	near(i, limit int32, most int, skip []int32, turn int32) (list []found, rest int32)
	// paid tells what rows pay; until the next call it may fall, but not rise.
	paid(pays func(i int32) int32)
	// comers looks at a group of rows for sink j, of which node 0 has all: either it adds groups to the column instead, or the
	// rows that are not known yet and of c−u below the limit, and a group of what is left. Those of always(j) are left out.
	comers(j int32, g group, limit int32, pays func(i int32) int32, c *column)
	// always lists rows that a sink must look at in any case.
	always(j int32) []int32
	// twin is the same oracle for another goroutine.
	twin() oracle
	// sides divides the sinks in two, so that those near one another are mostly on one side; nil if it knows no n-th way.
	sides(n int) []uint8
	// apart is the same oracle for another goroutine and other prices, which only fall or only rise; adopt takes over what it
	// found out.
	apart(p []int32, fall bool) oracle
	adopt(o oracle)
	// least is the least of limit and c+p over all sinks for row i.
	least(i, limit int32) int32
}

// lazySolver solves over the complete graph. It holds the few arcs of each row that searches have come near to, and knows
// a lower bound for all others; whenever a search could reach as far as that bound, the row asks for more. An arc can
// matter only at a distance of at least the bound, so nothing is left out and the result is optimal over all pairs.
type lazySolver struct {
	*core
	o        oracle
	spans    []span
	arena    *arena
	pantry   pantry
	stamp    []int32 // by sink
	marks    int32
	cols     []column
	payer    func(i int32) int32 // pays
	since    int                 // forward searches since the oracle was told the prices
	solved   bool
	start    []int32 // prices to start from; nil: those of open
	rough    bool    // it will not be solved again
	cheapest int32   // no pair costs less

	workers                 int
	parts                   [2]*lazySolver // solvers of the sides
	sidesFrom, searchesFrom int
	twins                   []oracle // of the workers
	unmarked                []int32
}

const (
	rowFirst   = 8 // sinks that a row knows at first
	rowMore    = 6 // and each time it asks for more
	rowLowered = 4 // and that it gets to know after prices fell
	slackMore  = 1000
	columnMore = 120 // how much farther a sink asks for rows than where the next may be
	eventBit   = int32(math.MinInt32)
	refresh    = 512 // forward searches between two looks at the prices
)

func newLazySolver(leave []int32, l Loads, o oracle) *lazySolver {
	s := &lazySolver{core: newCore(leave, l), o: o, arena: newArena(), sidesFrom: sidesFrom, searchesFrom: searchesFrom}
	s.spans = make([]span, len(leave))
	s.g, s.stamp = s, make([]int32, len(s.p))
	return s
}

// more asks for row i's next arcs of value below limit, adds them and raises the bound of the rest. It returns the new ones.
func (a *lazySolver) more(i, limit int32, most int) []found {
	a.marks++
	for _, x := range a.arcsOf(i) {
		a.stamp[x.sink] = a.marks
	}
	list, rest := a.o.near(i, limit, most, a.stamp, a.marks)
	for _, f := range list {
		a.add(i, arc{f.id, f.cost})
	}
	a.spans[i].rest = max(rest, a.spans[i].rest)
	a.work.Arcs += int64(len(list))
	return list
}

// forward is [arcSolver.forward] over the complete graph. Rows that may have more arcs stand in the heap at the least
// distance at which one of these could matter. A search that comes to the other side makes no move.
func (a *lazySolver) forward(i int32) (made bool) {
	if a.since++; a.since >= refresh {
		a.since = 0
		a.o.priced(a.p)
	}
	s := a.core
	s.search()
	best := path{s.leave[i], out, i}
	a.relax(i, 0, &best)
	a.rest(i, 0, &best)
	for len(s.heap) > 0 {
		top := s.heap.pop()
		d, j := int32(top>>32), int32(top)
		if d >= best.dist {
			break
		}
		if j < 0 {
			x := j ^ eventBit
			base := int32(0)
			r := &s.rows[x]
			if x != i {
				base = s.lab[r.own].dist - r.cost - s.p[r.own]
			}
			for _, f := range a.more(x, best.dist-base+slackMore, rowMore) {
				if r.own >= 0 && s.links[r.own].laid {
					more := f.cost - r.cost
					s.links[r.own].put(link{more + s.p[f.id], f.id, more, x})
				}
				if v := base + f.cost + s.p[f.id]; v < best.dist {
					s.reach(f.id, v, x, &best)
				}
			}
			if v := base + a.spans[x].rest; v < best.dist {
				s.heap.push(key(v, j))
			}
			continue
		}
		if s.lab[j].dist < d {
			continue
		}
		s.seen = append(s.seen, j)
		s.leaves(j, d-s.p[j], &best)
	}
	s.work.ForwardPops += int64(len(s.seen))
	if best.end == elsewhere {
		return false
	}
	s.work.Forward++
	s.went(best.dist)
	for _, j := range s.seen {
		s.p[j] += best.dist - s.lab[j].dist
	}
	s.flip(i, best, a.o.cost)
	return true
}

// relax goes over row i's arcs from distance base.
func (a *lazySolver) relax(i, base int32, best *path) {
	s := a.core
	most := best.dist - base
	for _, x := range a.arcsOf(i) {
		if v := x.cost + s.p[x.sink]; v < most {
			s.reach(x.sink, base+v, i, best)
			most = best.dist - base
		}
	}
}

// solve is [arcSolver.solve] over the complete graph: one round is enough.
func (a *lazySolver) solve(ctx context.Context, progress func(done, total int)) error {
	var waiting []int32
	if !a.solved {
		waiting = a.begin()
	} else {
		for i := range a.rows {
			if a.rows[i].own == free {
				waiting = append(waiting, int32(i))
			}
		}
		a.o.priced(a.p)
	}
	a.work.Rounds++
	done := len(a.rows) - len(waiting)
	tell := func(n int) {
		if progress != nil {
			progress(done+n, len(a.rows))
		}
	}
	waiting, err := a.placeBySides(ctx, waiting, tell)
	if err != nil {
		return err
	}
	done = len(a.rows) - len(waiting)
	for k, i := range waiting {
		if k%256 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			tell(k)
		}
		a.forward(i)
	}
	a.solved = true
	return a.fill(ctx)
}

// fill runs the backward phase.
func (a *lazySolver) fill(ctx context.Context) error {
	var short []int32
	for j := range a.p {
		if a.short(int32(j)) {
			short = append(short, int32(j))
		}
	}
	if len(short) == 0 {
		return nil
	}
	was := slices.Clone(a.p)
	a.payer, a.cols = a.pays, make([]column, len(a.p))
	short, err := a.fillBySides(ctx, short)
	if err != nil {
		return err
	}
	a.o.paid(a.payer)
	for k, j := range short {
		if k%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		for a.short(j) {
			a.backward(j)
		}
	}
	a.cols = nil
	if a.rough {
		return nil
	}
	a.forget()
	a.o.priced(a.p)
	a.o.fallen(was)
	a.twins = nil
	a.crew()
	a.batches(rowLowered, func(w int, i int32) ([]found, int32) {
		return a.twins[w].lowered(i, a.spans[i].rest, a.arcsOf(i))
	}, func(i, rest int32) { a.spans[i].rest = max(rest, a.pays(i)) })
	return nil
}
