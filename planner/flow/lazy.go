package flow

import (
	"context"
	"math"
)

// arc is a pair of the complete graph that has come to matter.
type arc struct{ sink, cost int32 }

// found is a pair that an oracle found: the sink or row at its other end, the cost, and what was asked for (cost and
// price, or cost less what the row pays).
type found struct{ id, cost, value int32 }

// oracle finds the pairs of the complete graph that matter, cheapest first. Forbidden pairs are never found.
type oracle interface {
	// cost is the cost of an allowed pair.
	cost(i, j int32) int32
	// priced tells the prices; until the next call they may have risen, but not fallen.
	priced(p []int32)
	// near lists at most most sinks of least c+p below the limit for row i, ascending, without those that skip marks with
	// turn. All sinks not listed and not skipped have c+p ≥ rest.
	near(i, limit int32, most int, skip []int32, turn int32) (list []found, rest int32)
	// paid tells what rows pay; until the next call it may fall, but not rise.
	paid(pays func(i int32) int32)
	// comers lists at most most rows of least c−u below the limit for sink j, likewise. Those of always(j) may be left out.
	comers(j, limit int32, most int, pays func(i int32) int32, skip []int32, turn int32) (list []found, rest int32)
	// always lists rows that a sink must look at in any case.
	always(j int32) []int32
	// twin is the same oracle for another goroutine.
	twin() oracle
	// least is the least of limit and c+p over all sinks for row i.
	least(i, limit int32) int32
}

// span is where a row's arcs are held, and a lower bound of c+p over its other sinks.
type span struct {
	at       uint32
	len, cap uint16
	rest     int32
}

// lazySolver solves over the complete graph. It holds the few arcs of each row that searches have come near to, and knows
// a lower bound for all others; whenever a search could reach as far as that bound, the row asks for more. An arc can
// matter only at a distance of at least the bound, so nothing is left out and the result is optimal over all pairs.
type lazySolver struct {
	*core
	o        oracle
	spans    []span
	arcs     []arc
	spare    [16][]uint32 // free places in arcs by log2 of their size
	stamp    []int32      // by sink
	marks    int32
	rstamp   []int32 // by row
	rmarks   int32
	cols     []column
	since    int // forward searches since the oracle was told the prices
	solved   bool
	cheapest int32 // no pair costs less

	workers  int
	twins    []oracle // of the workers
	unmarked []int32
}

// entry is a row that could come to a column's sink. worth is at most cost minus what the row pays where it is: rows pay
// ever less during a backward phase.
type entry struct {
	row   int32
	cost  int32
	worth int32
}

// column holds the rows that a sink's backward searches have come near to; rest bounds c−u over the others from below.
type column struct {
	entries []entry
	rest    int32
	turn    int32 // phase
}

const (
	rowFirst   = 8  // sinks that a row knows at first
	rowMore    = 6  // and each time it asks for more
	columnMore = 32 // rows that a sink asks for at a time
	slackMore  = 1000
	eventBit   = int32(math.MinInt32)
	refresh    = 512 // forward searches between two looks at the prices
)

func newLazySolver(leave []int32, l Loads, o oracle) *lazySolver {
	s := &lazySolver{core: newCore(leave, l), o: o}
	s.spans = make([]span, len(leave))
	s.g, s.stamp = s, make([]int32, len(s.p))
	return s
}

// add appends an arc to row i's.
func (a *lazySolver) add(i int32, x arc) {
	sp := &a.spans[i]
	if sp.len == sp.cap {
		class := 3
		for 1<<class <= int(sp.cap) {
			class++
		}
		var at uint32
		if f := a.spare[class]; len(f) > 0 {
			at = f[len(f)-1]
			a.spare[class] = f[:len(f)-1]
		} else {
			at = uint32(len(a.arcs))
			need := len(a.arcs) + 1<<class
			if need > cap(a.arcs) {
				grown := make([]arc, len(a.arcs), max(need, len(a.arcs)+len(a.arcs)/4))
				copy(grown, a.arcs)
				a.arcs = grown
			}
			a.arcs = a.arcs[:need]
		}
		copy(a.arcs[at:], a.arcs[sp.at:sp.at+uint32(sp.len)])
		if sp.cap > 0 {
			a.spare[class-1] = append(a.spare[class-1], sp.at)
		}
		sp.at, sp.cap = at, 1<<class
	}
	a.arcs[sp.at+uint32(sp.len)] = x
	sp.len++
}

func (a *lazySolver) arcsOf(i int32) []arc {
	sp := &a.spans[i]
	return a.arcs[sp.at : sp.at+uint32(sp.len)]
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
// distance at which one of these could matter.
func (a *lazySolver) forward(i int32) {
	if a.since++; a.since >= refresh {
		a.since = 0
		a.o.priced(a.p)
	}
	s := a.core
	s.search()
	s.work.Forward++
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
	s.went(best.dist)
	for _, j := range s.seen {
		s.p[j] += best.dist - s.lab[j].dist
	}
	s.flip(i, best, a.o.cost)
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
	for k, i := range waiting {
		if k%256 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			if progress != nil {
				progress(len(a.rows)-len(waiting)+k, len(a.rows))
			}
		}
		a.forward(i)
	}
	a.solved = true
	return a.fill(ctx)
}

// fill runs the backward phase.
func (a *lazySolver) fill(ctx context.Context) error {
	some := false
	var was []int32
	for j := range a.p {
		if j%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		for a.short(int32(j)) {
			if !some {
				some = true
				was = append(was, a.p...)
				a.o.paid(a.pays)
				a.cols = make([]column, len(a.p))
				if a.rstamp == nil {
					a.rstamp = make([]int32, len(a.rows))
				}
			}
			a.backward(int32(j))
		}
	}
	if !some {
		return nil
	}
	a.cols = nil
	fall := int32(0)
	for j, p := range was {
		fall = max(fall, p-a.p[j])
	}
	for i := range a.spans {
		a.spans[i].rest = max(a.spans[i].rest-fall, a.pays(int32(i)))
	}
	a.forget()
	a.o.priced(a.p)
	return nil
}

// backward is [arcSolver.backward] over the complete graph. Sinks that may have more comers stand in the heap at the least
// distance at which one of these could matter.
func (a *lazySolver) backward(j0 int32) {
	s := a.core
	s.search()
	s.work.Backward++
	best := path{s.p[j0] - s.next[j0], j0, out}
	s.lab[j0] = label{0, out, s.turn, j0}
	s.heap.push(key(0, j0))
	last := j0
	for len(s.heap) > 0 {
		top := s.heap.pop()
		d, j := int32(top>>32), int32(top)
		if d >= best.dist {
			break
		}
		event := j < 0
		j &^= eventBit
		base := s.lab[j].dist + s.p[j]
		c := &a.cols[j]
		from := 0
		if event {
			from = len(c.entries)
			a.wider(j, best.dist-base+slackMore)
		} else {
			if s.lab[j].dist < d {
				continue
			}
			s.seen = append(s.seen, j)
			if c.turn == 0 {
				a.firstComers(j)
			}
		}
		list := c.entries[from:]
		for k := range list {
			e := &list[k]
			if base+e.worth >= best.dist {
				continue
			}
			r := &s.rows[e.row]
			if r.own == out {
				e.worth = e.cost - s.leave[e.row]
				if v := base + e.worth; v < best.dist {
					best, last = path{v, out, e.row}, j
				}
				continue
			}
			if r.own == j {
				continue
			}
			f := r.own
			pf := s.p[f]
			e.worth = e.cost - r.cost - pf
			v := base + e.worth
			if v >= best.dist {
				continue
			}
			l := &s.lab[f]
			if l.turn == s.turn && l.dist <= v {
				continue
			}
			*l = label{v, e.row, s.turn, j}
			if give := v + pf - s.place(f, s.load[f]-1); give < best.dist {
				best = path{give, f, out}
			}
			s.heap.push(key(v, f))
		}
		if v := base + c.rest; v < best.dist {
			s.heap.push(key(max(v, s.lab[j].dist), j|eventBit))
		}
	}
	s.work.BackwardPops += int64(len(s.seen))
	for _, j := range s.seen {
		s.p[j] -= best.dist - s.lab[j].dist
	}
	s.unflip(j0, best, last, a.o.cost)
}

// firstComers opens sink j's column with the rows that must be looked at in any case.
func (a *lazySolver) firstComers(j int32) {
	c := &a.cols[j]
	c.turn, c.rest = 1, -far
	for _, i := range a.o.always(j) {
		cost := a.o.cost(i, j)
		c.entries = append(c.entries, entry{i, cost, cost - a.pays(i)})
	}
}

// wider adds to sink j's column the next rows of worth below the limit.
func (a *lazySolver) wider(j, limit int32) {
	c := &a.cols[j]
	a.rmarks++
	for k := range c.entries {
		a.rstamp[c.entries[k].row] = a.rmarks
	}
	list, rest := a.o.comers(j, limit, columnMore, a.pays, a.rstamp, a.rmarks)
	for _, f := range list {
		c.entries = append(c.entries, entry{f.id, f.cost, f.value})
	}
	c.rest = max(c.rest, rest)
}
