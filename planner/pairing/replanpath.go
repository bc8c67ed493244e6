package pairing

import (
	"context"
	"fmt"

	"lianxin/planner/rule"
)

// keeping is a placement problem with a present placement: as few left out as can be, then the fewest who change their
// sink, then the least price. Sources, sinks, rows and marginals are those of package flow.
type keeping struct {
	sources, sinks int
	row            func(i int, row []int32)
	pair           func(i, j int) (int64, bool)     // one number of the row; false: forbidden
	leave          func(i int) (weight, secs int64) // of leaving a source out; weight ≥ 1
	marginals      [][]int32                        // never falling
	present        []int32                          // of each source; −1: nobody, or not among the sinks
	had            []bool                           // it had a sink, so that another one is a change
	only           []int32                          // the one sink a source may have, by a pin; −1: free
}

// kept is an optimal placement with the triples that prove it.
type kept struct {
	sink       []int32 // −1: left out
	price      triple
	potentials []triple
	tried      int // sources for which a path was searched
	settled    int // sinks that the searches went through; a measure of work, the same on every machine
}

// keeper is the state between placements, as package flow's: for every placed source, cost + potential of its sink is
// least over all sinks and leaving out; the marginal of the last place taken is at most the potential, that of the next
// one at least.
type keeper struct {
	keeping
	rows    map[int32][]int32
	homes   map[int32]*homeward
	sink    []int32
	members [][]int32
	p       []triple
	slack   []triple // next marginal less potential; beyond at capacity

	dist   []triple
	parent []int32
	mover  []int32 // who goes from parent to the sink
	done   []bool
	seen   []int32
	steps  int
}

// keep places all sources. The present placement is the start, and it is optimal for those who stay: each of their
// other choices is a change, so any potentials between two marginals fit. Only who must go or is new is placed by a
// shortest path, so the work grows with what changed and not with the county.
func keep(ctx context.Context, q keeping) (*kept, error) {
	s := &keeper{keeping: q, rows: map[int32][]int32{}, homes: map[int32]*homeward{}, sink: make([]int32, q.sources), members: make([][]int32, q.sinks), p: make([]triple, q.sinks),
		slack: make([]triple, q.sinks), dist: make([]triple, q.sinks), parent: make([]int32, q.sinks), mover: make([]int32, q.sinks), done: make([]bool, q.sinks)}
	free := s.stay()
	for j := range s.p {
		s.p[j].secs = int64(q.at(j, len(s.members[j])))
		s.reslack(int32(j))
	}
	for n, i := range free {
		if n%64 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		s.place(i)
	}
	out := &kept{sink: s.sink, potentials: s.p, tried: len(free), settled: s.steps}
	for i, j := range s.sink {
		if j < 0 {
			out.price = out.price.plus(s.out(int32(i)))
		} else {
			out.price = out.price.plus(s.here(int32(i), j))
		}
	}
	for j, ms := range s.members {
		for l := range ms {
			out.price.secs += int64(q.marginals[j][l])
		}
	}
	return out, nil
}

// at is the marginal of sink j's place l, or its last one's where there is no such place.
func (q keeping) at(j, l int) int32 {
	mc := q.marginals[j]
	if len(mc) == 0 {
		return 0
	}
	return mc[min(l, len(mc)-1)]
}

// stay leaves everyone where they are who may and for whom there is room, and lists the others.
func (s *keeper) stay() (free []int32) {
	for i := range s.sink {
		s.sink[i] = -1
		j := s.present[i]
		if s.only[i] >= 0 {
			j = s.only[i]
		}
		if j < 0 || len(s.members[j]) == len(s.marginals[j]) || !s.allowed(i, int(j)) {
			free = append(free, int32(i))
			continue
		}
		s.sink[i] = j
		s.members[j] = append(s.members[j], int32(i))
	}
	return free
}

func (s *keeper) allowed(i, j int) bool { _, ok := s.pair(i, j); return ok }

// remembered bounds the numbers that rows and homes hold each: 128 MB.
const remembered = 1 << 25

// rowOf reads a source's row and remembers it.
func (s *keeper) rowOf(i int32) []int32 {
	if r, ok := s.rows[i]; ok {
		return r
	}
	if len(s.rows)*s.sinks > remembered {
		clear(s.rows)
	}
	r := make([]int32, s.sinks)
	s.row(int(i), r)
	s.rows[i] = r
	return r
}

// cost of source i at sink j, which its row allows.
func (s *keeper) cost(i, j int32, row []int32) triple {
	c := triple{secs: int64(row[j])}
	if s.had[i] && j != s.present[i] {
		c.changed = 1
	}
	return c
}

// here is cost without the row.
func (s *keeper) here(i, j int32) triple {
	secs, _ := s.pair(int(i), int(j))
	c := triple{secs: secs}
	if s.had[i] && j != s.present[i] {
		c.changed = 1
	}
	return c
}

// out is the price of leaving source i out.
func (s *keeper) out(i int32) triple {
	w, secs := s.leave(int(i))
	c := triple{left: w, secs: secs}
	if s.had[i] {
		c.changed = 1
	}
	return c
}

func (s *keeper) reslack(j int32) {
	s.slack[j] = beyond
	if load := len(s.members[j]); load < len(s.marginals[j]) {
		s.slack[j] = triple{secs: int64(s.marginals[j][load])}.minus(s.p[j])
	}
}

// path is the best way found so far: its price, its last sink (−1: somebody is left out) and who that is.
type path struct {
	price triple
	end   int32
	via   int32 // sink whose member is left out; −1: the new source itself
	who   int32
}

// place takes in source i by Dijkstra's algorithm over sinks.
func (s *keeper) place(i int32) {
	best := path{s.out(i), -1, -1, i}
	row := s.rowOf(i)
	for k, c := range row {
		s.dist[k], s.parent[k], s.mover[k], s.done[k] = beyond, -1, i, false
		if c != rule.Forbidden {
			s.reach(int32(k), s.cost(i, int32(k), row).plus(s.p[k]), -1, i, &best)
		}
	}
	s.seen = s.seen[:0]
	for {
		j := s.nearest(best.price)
		if j < 0 {
			break
		}
		s.done[j] = true
		s.seen = append(s.seen, j)
		s.scan(j, &best)
	}
	s.steps += len(s.seen)
	for _, j := range s.seen {
		s.p[j] = s.p[j].plus(best.price.minus(s.dist[j]))
	}
	s.turn(best)
	for _, j := range s.seen {
		s.reslack(j)
	}
	if best.end >= 0 { // at a slack of 0 it was not settled
		s.reslack(best.end)
	}
}

// reach notes a shorter way to sink k.
func (s *keeper) reach(k int32, d triple, from, mover int32, best *path) {
	if !d.less(s.dist[k]) {
		return
	}
	s.dist[k], s.parent[k], s.mover[k] = d, from, mover
	if s.slack[k] == beyond {
		return
	}
	if end := d.plus(s.slack[k]); end.less(best.price) {
		*best = path{end, k, -1, -1}
	}
}

// nearest is the unsettled sink nearest to the start, −1 if none is nearer than bound.
func (s *keeper) nearest(bound triple) int32 {
	j := int32(-1)
	for k, d := range s.dist {
		if !s.done[k] && d.less(bound) {
			j, bound = int32(k), d
		}
	}
	return j
}

// homeward is what it costs in seconds, at the least, to send one of a sink's own members elsewhere, and who that is. All
// of them would be changed by it, so the seconds alone tell them apart.
type homeward struct {
	secs []int32 // by sink; rule.Forbidden: nobody may go there
	who  []int32
}

// atHome reports whether source i is where it was before.
func (s *keeper) atHome(i, j int32) bool { return s.had[i] && s.present[i] == j }

// home works out a sink's homeward costs and remembers them until one of its own leaves or comes back.
func (s *keeper) home(j int32) *homeward {
	if h, ok := s.homes[j]; ok {
		return h
	}
	if len(s.homes)*s.sinks > remembered {
		clear(s.homes)
	}
	h := &homeward{make([]int32, s.sinks), make([]int32, s.sinks)}
	for k := range h.secs {
		h.secs[k] = rule.Forbidden
	}
	for _, i := range s.members[j] {
		if !s.atHome(i, j) {
			continue
		}
		row := s.rowOf(i)
		own := row[j]
		for k, c := range row {
			if c != rule.Forbidden && c-own < h.secs[k] {
				h.secs[k], h.who[k] = c-own, i
			}
		}
	}
	s.homes[j] = h
	return h
}

// scan goes on from sink j to wherever one of its members could go instead. Potentials never fall below their start,
// whose first two parts are 0, and somebody who leaves home adds a change: so those at home need a look only if the best
// way so far has a change more than the way to j.
func (s *keeper) scan(j int32, best *path) {
	base := s.dist[j].minus(s.p[j])
	away := base.plus(triple{changed: 1})
	for _, i := range s.members[j] {
		from := base.minus(s.here(i, j))
		if d := from.plus(s.out(i)); d.less(best.price) {
			*best = path{d, -1, j, i}
		}
		if s.atHome(i, j) {
			continue
		}
		row := s.rowOf(i)
		for k, c := range row {
			if c != rule.Forbidden && !s.done[k] {
				s.reach(int32(k), from.plus(s.cost(i, int32(k), row)).plus(s.p[k]), j, i, best)
			}
		}
	}
	if away.left > best.price.left || away.left == best.price.left && away.changed > best.price.changed {
		return
	}
	h := s.home(j)
	for k, c := range h.secs {
		if c != rule.Forbidden && !s.done[k] {
			s.reach(int32(k), away.plus(triple{secs: int64(c)}).plus(s.p[k]), j, h.who[k], best)
		}
	}
}

// turn makes the moves of a path from its end, so that each sink gives before it takes.
func (s *keeper) turn(b path) {
	k := b.end
	if k < 0 {
		if b.via < 0 {
			return
		}
		s.leaves(b.via, b.who)
		s.sink[b.who] = -1
		k = b.via
	}
	for k >= 0 {
		i, from := s.mover[k], s.parent[k]
		if from >= 0 {
			s.leaves(from, i)
		}
		s.sink[i] = k
		delete(s.homes, k)
		s.members[k] = append(s.members[k], i)
		k = from
	}
}

func (s *keeper) leaves(j, i int32) {
	delete(s.homes, j)
	ms := s.members[j]
	for n, x := range ms {
		if x == i {
			s.members[j] = append(ms[:n], ms[n+1:]...)
			return
		}
	}
}

// bound is the dual value of potentials over all pairs, in triples: at most the price of any placement.
func (q keeping) bound(p []triple) (d triple) {
	s := keeper{keeping: q}
	row := make([]int32, q.sinks)
	for i := range q.sources {
		q.row(i, row)
		least := s.out(int32(i))
		for j, c := range row {
			if c == rule.Forbidden {
				continue
			}
			if v := s.cost(int32(i), int32(j), row).plus(p[j]); v.less(least) {
				least = v
			}
		}
		d = d.plus(least)
	}
	for j, mc := range q.marginals {
		for _, m := range mc {
			if over := p[j].minus(triple{secs: int64(m)}); (triple{}).less(over) {
				d = d.minus(over)
			}
		}
	}
	return d
}

// prove compares price and bound.
func (q keeping) prove(k *kept) error {
	if b := q.bound(k.potentials); b != k.price {
		return fmt.Errorf("replan: price %v and bound %v differ: a fault in the search", k.price, b)
	}
	return nil
}
