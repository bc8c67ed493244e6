package flow

// path is what a search found: the price of the way, the sink at its end (−1: somebody is left out) and, if somebody is,
// who.
type path struct {
	dist int32
	end  int32
	via  int32
}

// reach labels sink j as reached at distance v through row by. It is called only where v is below the best way so far.
func (s *core) reach(j, v, by int32, best *path) {
	if s.side.foreign(j) {
		*best = path{v, elsewhere, out}
		return
	}
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
	a.relax(i, 0, &best)
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
		s.leaves(j, d-s.p[j], &best)
	}
	s.work.ForwardPops += int64(len(s.seen))
	s.went(best.dist)
	for _, j := range s.seen {
		s.p[j] += best.dist - s.lab[j].dist
	}
	s.flip(i, best, a.cost)
}

// went notes how far a search went beyond the first sink that it came to.
func (s *core) went(dist int32) {
	if len(s.seen) > 0 {
		s.hop += (dist-s.lab[s.seen[0]].dist-s.hop)/8 + 1
	}
}

// relax goes over row i's arcs from distance base.
func (a *arcSolver) relax(i, base int32, best *path) {
	s := a.core
	from, to := a.arcs.Start[i], a.arcs.Start[i+1]
	cols, costs := a.arcs.Col[from:to], a.arcs.Cost[from:to]
	costs = costs[:len(cols)]
	p := s.p
	most := best.dist - base
	for k, j := range cols {
		c := costs[k]
		if c+s.floor >= most {
			return
		}
		if v := c + p[j]; v < most {
			s.reach(j, base+v, i, best)
			most = best.dist - base
		}
	}
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
		if from >= 0 {
			s.rise(x)
		}
		if j == out {
			s.rows[x].own = out
		} else {
			s.sit(x, j, cost(x, j))
			s.came(j, x)
		}
		if x == i {
			return
		}
		j = from
		x = s.lab[j].parent
	}
}
