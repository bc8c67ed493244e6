package flow

// entry is a row that could come to a column's sink. worth is at most cost minus what the row pays where it is: rows pay
// ever less during a backward phase.
type entry struct {
	row   int32
	cost  int32
	worth int32
}

// columns are the arcs by sink whose reduced cost was below reach when they were laid. Of a sink's entries the first active
// ones are those of least worth; the others are worth at least rest, and are looked at only when that is too little.
type columns struct {
	start   []int64
	entries []entry
	was     []int32 // p when laid
	active  []int32
	rest    []int32
	reach   int32
	short   bool // a search needed more than is laid
}

// columns lays the arcs by sink as far as reach. In a backward phase of a few paths only a few hundred entries a sink
// matter; were the rest needed, that is noticed and the rows are looked over again.
func (a *arcSolver) columns(reach int32) *columns {
	s := a.core
	c := &columns{start: make([]int64, len(s.p)+1), reach: reach}
	c.was = append(c.was, s.p...)
	a.each(reach, func(_, j, _, _ int32) { c.start[j+1]++ })
	for j := range s.p {
		c.start[j+1] += c.start[j]
	}
	c.entries = make([]entry, c.start[len(s.p)])
	at := append([]int64(nil), c.start...)
	a.each(reach, func(i, j, cost, u int32) {
		c.entries[at[j]] = entry{i, cost, cost - u}
		at[j]++
	})
	c.active, c.rest = make([]int32, len(s.p)), make([]int32, len(s.p))
	for j := range c.rest {
		c.rest[j] = -far
	}
	return c
}

// widen brings the entries of sink j that are worth less than the limit to the front.
func (a *arcSolver) widen(c *columns, j, limit int32) []entry {
	list := c.entries[c.start[j]:c.start[j+1]]
	front, rest := 0, far
	for k := range list {
		e := &list[k]
		if e.worth < limit {
			e.worth = e.cost - a.pays(e.row)
		}
		if e.worth < limit {
			list[front], list[k] = list[k], list[front]
			front++
		} else {
			rest = min(rest, e.worth)
		}
	}
	c.active[j], c.rest[j] = int32(front), rest
	return list[:front]
}

// each calls f for all arcs of reduced cost below reach, with what the row pays.
func (a *arcSolver) each(reach int32, f func(i, j, cost, u int32)) {
	s := a.core
	for i := range s.rows {
		u := s.pays(int32(i))
		from, to := a.arcs.Start[i], a.arcs.Start[i+1]
		cols, costs := a.arcs.Col[from:to], a.arcs.Cost[from:to]
		costs = costs[:len(cols)]
		for k, j := range cols {
			c := costs[k]
			if c+s.floor >= u+reach {
				break
			}
			if c+s.p[j] < u+reach {
				f(int32(i), j, c, u)
			}
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
		if best.dist-d > c.reach-(c.was[j]-s.p[j]) {
			c.short = true
		}
		list := c.entries[c.start[j] : c.start[j]+int64(c.active[j])]
		if base+c.rest[j] < best.dist {
			list = a.widen(c, j, best.dist-base+slackMore)
		}
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
	}
	s.work.BackwardPops += int64(len(s.seen))
	for _, j := range s.seen {
		s.p[j] -= best.dist - s.lab[j].dist
	}
	s.unflip(j0, best, last, a.cost)
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
		s.rows[x].best = none
	}
}
