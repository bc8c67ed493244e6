package flow

import "math"

// path is what a search found: the price of the way, the sink at its end (−1: somebody is left out) and, if somebody is,
// who.
type path struct {
	dist int32
	end  int32
	via  int32
}

// reach labels sink j as reached at distance v through row by. It is called only where v is below the best way so far.
func (s *core) reach(j, v, by int32, best *path) {
	l := &s.lab[j]
	if l.turn == s.turn && l.dist <= v {
		return
	}
	*l = label{v, by, s.turn, 0}
	if more := s.next[j] - s.p[j]; more > 0 {
		if v+more < best.dist {
			*best = path{v + more, j, out}
		}
		s.heap.push(key(v, j))
	} else {
		*best = path{v, j, out}
	}
}

// forward places row i at the least price, moving others where that is cheapest: Dijkstra's algorithm on the sinks from
// the row to a place.
func (a *arcSolver) forward(i int32) {
	s := a.core
	s.search()
	s.work.Forward++
	best := path{s.leave[i], out, i}
	a.relax(i, 0, math.MinInt32, &best)
	for len(s.heap) > 0 {
		top := s.heap.pop()
		d, j := int32(top>>32), int32(top)
		if d >= best.dist {
			break
		}
		if s.lab[j].dist < d {
			continue
		}
		s.seen = append(s.seen, j)
		pj := s.p[j]
		for _, x := range s.members(j) {
			r := &s.rows[x]
			base := d - r.cost - pj
			if r.best > none && base+r.best >= best.dist {
				continue
			}
			if v := base + s.leave[x]; v < best.dist {
				best = path{v, out, x}
			}
			r.best = min(a.relax(x, base, j, &best), s.leave[x])
		}
	}
	s.work.ForwardPops += int64(len(s.seen))
	for _, j := range s.seen {
		s.p[j] += best.dist - s.lab[j].dist
	}
	s.flip(i, best, a.cost)
}

// relax goes over row i's arcs from distance base and returns a lower bound of c+p over its arcs to other sinks than own.
func (a *arcSolver) relax(i, base, own int32, best *path) int32 {
	s := a.core
	from, to := a.arcs.Start[i], a.arcs.Start[i+1]
	cols, costs := a.arcs.Col[from:to], a.arcs.Cost[from:to]
	costs = costs[:len(cols)]
	p := s.p
	least := int32(math.MaxInt32)
	most := best.dist - base
	for k, j := range cols {
		c := costs[k]
		if c+s.floor >= most {
			return min(least, c+s.floor)
		}
		v := c + p[j]
		if v < least && j != own {
			least = v
		}
		if v < most {
			s.reach(j, base+v, i, best)
			most = best.dist - base
		}
	}
	return least
}

// cost finds what row i pays at sink j.
func (a *arcSolver) cost(i, j int32) int32 {
	for k := a.arcs.Start[i]; ; k++ {
		if a.arcs.Col[k] == j {
			return a.arcs.Cost[k]
		}
	}
}

// flip makes the moves of a forward path, from its end.
func (s *core) flip(i int32, w path, cost func(i, j int32) int32) {
	j, x := w.end, w.via // row x goes to j
	if j >= 0 {
		x = s.lab[j].parent
	}
	for {
		from := s.rows[x].own
		worth := none
		if from >= 0 {
			worth = min(s.rows[x].best, s.rows[x].cost+s.p[from])
			if s.rows[x].best == none {
				worth = none
			}
			s.rise(x)
		}
		if j == out {
			s.rows[x].own = out
		} else {
			s.sit(x, j, cost(x, j))
		}
		s.rows[x].best = worth
		if x == i {
			return
		}
		j = from
		x = s.lab[j].parent
	}
}
