package flow

// columns are the links by the sink that they lead to, as far as their reduced cost was below reach when they were laid.
type columns struct {
	into  []pile  // a row that is left out is at out, and its key is its cost less the price of leaving it out
	was   []int32 // p when laid
	stale []int32 // ways looked at in vain since the list was last put in order
	reach int32
	short bool // a search needed more than is laid
}

// columns lays the links by the sink they lead to, as far as reach. In a backward phase of a few paths only the near ones
// matter; were the rest needed, that is noticed and the rows are looked over again.
func (a *arcSolver) columns(reach int32) *columns {
	s := a.core
	c := &columns{into: make([]pile, len(s.p)), stale: make([]int32, len(s.p)), reach: reach}
	c.was = append(c.was, s.p...)
	for j := range a.links {
		if l, limit := &a.links[j], s.p[j]+reach; !l.laid || l.worn || l.cut < limit {
			a.lay(int32(j), limit)
		}
	}
	at := make([]int32, len(s.p)+1)
	a.into(reach, func(to int32, _ link) { at[to+1]++ })
	for j := range s.p {
		at[j+1] += at[j]
	}
	all := make([]link, at[len(s.p)])
	for j := range s.p {
		c.into[j] = pile{all[at[j]:at[j]:at[j+1]], 0, 0, far, far}
	}
	a.into(reach, func(to int32, x link) { c.into[to].add(x) })
	return c
}

// into calls f for the links of reduced cost below reach, and for the arcs of rows that are left out.
func (a *arcSolver) into(reach int32, f func(to int32, c link)) {
	s := a.core
	for j := range a.links {
		pj := s.p[j]
		for _, e := range a.links[j].list {
			if e.more+s.p[e.at] < pj+reach {
				f(e.at, link{e.more - pj, int32(j), e.more, e.by})
			}
		}
	}
	for i := range s.rows {
		if s.rows[i].own == out {
			a.arcsBelow(int32(i), s.p, s.leave[i]+reach, func(j, c int32) { f(j, link{c - s.leave[i], out, c, int32(i)}) })
		}
	}
}

// arcsBelow calls f for the arcs of row i whose cost and price, of those given, are below limit.
func (a *arcSolver) arcsBelow(i int32, p []int32, limit int32, f func(j, c int32)) {
	from, to := a.arcs.Start[i], a.arcs.Start[i+1]
	cols, costs := a.arcs.Col[from:to], a.arcs.Cost[from:to]
	costs = costs[:len(cols)]
	for k, j := range cols {
		if c := costs[k]; c+p[j] < limit {
			f(j, c)
		}
	}
}

// freshen drops the ways of rows that have left from the column of sink j, and works out the keys of the others.
func (a *arcSolver) freshen(c *columns, j int32) {
	list := c.into[j].list
	c.into[j].clear()
	for _, e := range list {
		if a.rows[e.by].own != e.at {
			continue
		}
		if e.at != out {
			e.key = e.more - a.p[e.at]
		}
		c.into[j].add(e) // behind what is read
	}
	c.stale[j] = 0
}

// changed enters the ways out of sink f anew that row gone had, which has left it, and those that row come has, which has
// come to it; out if there is none.
func (a *arcSolver) changed(c *columns, f, gone, come int32) {
	s := a.core
	pf := s.p[f]
	y := &a.laying
	y.turn++
	y.reached = y.reached[:0]
	mark := func(x, own int32) {
		from, to := a.arcs.Start[x], a.arcs.Start[x+1]
		cols, costs := a.arcs.Col[from:to], a.arcs.Cost[from:to]
		costs = costs[:len(cols)]
		for k, j := range cols {
			if more := costs[k] - own; more+c.was[j]-pf < c.reach && j != f && y.dense[j].turn != y.turn {
				y.dense[j] = cheapest{y.turn, far, out}
				y.reached = append(y.reached, j)
			}
		}
	}
	if gone != out {
		mark(gone, a.cost(gone, f))
	}
	lost := len(y.reached)
	if come != out {
		mark(come, s.rows[come].cost)
	}
	for _, x := range s.members(f) {
		own := s.rows[x].cost
		from, to := a.arcs.Start[x], a.arcs.Start[x+1]
		cols, costs := a.arcs.Col[from:to], a.arcs.Cost[from:to]
		costs = costs[:len(cols)]
		for k, j := range cols {
			if b := &y.dense[j]; b.turn == y.turn && costs[k]-own < b.more {
				b.more, b.by = costs[k]-own, x
			}
		}
	}
	for k, j := range y.reached {
		if b := &y.dense[j]; (k < lost || b.by == come) && b.more+c.was[j]-pf < c.reach {
			c.into[j].put(link{b.more - pf, f, b.more, b.by})
		}
	}
}

// backward fills one more place of sink j0, which its price says must be used, or lowers the price to what the place
// costs: Dijkstra's algorithm on the sinks against the arcs, from j0 to a sink that can do with one row fewer, to a row
// left out, or to the lower price.
func (a *arcSolver) backward(j0 int32, c *columns) {
	s := a.core
	s.search()
	s.work.Backward++
	best := path{s.p[j0] - s.next[j0], j0, out}
	s.lab[j0] = label{0, out, s.turn, j0}
	s.heap.push(key(0, j0))
	last := j0 // the sink that a row left out goes to
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
		base := d + s.p[j]
		if c.stale[j] > int32(len(c.into[j].list)) {
			a.freshen(c, j)
		}
		in := &c.into[j]
		stale := int32(0)
		for k := 0; ; k++ {
			if k == in.near {
				others := in.others()
				if base+others >= best.dist {
					break
				}
				in.draw(min(best.dist-base, max(others, -s.p[j])+s.hop+1), drawHops*s.hop)
			}
			e := &in.list[k]
			if base+e.key >= best.dist {
				break
			}
			f := e.at
			if f == out {
				if s.rows[e.by].own == out {
					best, last = path{base + e.key, out, e.by}, j
				}
				continue
			}
			pf := s.p[f]
			v := base + e.more - pf
			if v >= best.dist {
				stale++
				continue
			}
			l := &s.lab[f]
			if l.turn == s.turn && l.dist <= v {
				continue
			}
			// If the row has left, another way is entered. What has moved beyond reach since it was laid must not come back when
			// the price at its row's sink does: the search may have been short of it, and it be too cheap by now.
			if s.rows[e.by].own != f || e.more+c.was[j]-pf >= c.reach {
				stale++
				continue
			}
			*l = label{v, e.by, s.turn, j}
			if give := v + pf - s.place(f, s.load[f]-1); give < best.dist {
				best = path{give, f, out}
			}
			s.heap.push(key(v, f))
		}
		c.stale[j] += stale
	}
	s.work.BackwardPops += int64(len(s.seen))
	s.went(best.dist)
	for _, j := range s.seen {
		fall := best.dist - s.lab[j].dist
		if fall > c.reach-(c.was[j]-s.p[j]) {
			c.short = true
		}
		s.p[j] -= fall
	}
	s.unflip(j0, best, last, a.cost)
	// Moves are from the path's end; each sink on it gets a row and gives the next.
	if len(s.moves) > 0 && best.via < 0 {
		a.changed(c, best.end, s.moves[0].i, out)
	}
	for k, m := range s.moves {
		gone := out
		if k+1 < len(s.moves) {
			gone = s.moves[k+1].i
		}
		a.changed(c, m.j, gone, m.i)
	}
}

// unflip makes the moves of a backward path, from sink j0, so that each sink but j0 gives before it takes.
func (s *core) unflip(j0 int32, w path, last int32, cost func(i, j int32) int32) {
	s.moves = s.moves[:0]
	j := w.end
	if w.via >= 0 {
		s.moves = append(s.moves, step{w.via, last})
		j = last
	}
	for j != j0 {
		l := &s.lab[j]
		s.moves = append(s.moves, step{l.parent, l.from})
		j = l.from
	}
	for k := len(s.moves) - 1; k >= 0; k-- {
		x, to := s.moves[k].i, s.moves[k].j
		s.rise(x)
		s.sit(x, to, cost(x, to))
	}
}
