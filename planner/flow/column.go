package flow

// group is a node of an oracle's rows: of those that are not known yet, cost less what the row pays is least or more. In a
// group that is not divided further, known tells the rows that are known, a bit each.
type group struct {
	least int32
	node  int32
	known uint32
}

// entry is a row that could come to a column's sink. worth is at most cost minus what the row pays where it is: rows pay
// ever less during a backward phase.
type entry struct {
	row   int32
	cost  int32
	worth int32
}

// column holds the rows that a sink's backward searches have come near to. Groups are a heap of all others, least first.
type column struct {
	entries []entry
	groups  []group
	begun   bool
}

// know adds a row.
func (c *column) know(row, cost, worth int32) { c.entries = append(c.entries, entry{row, cost, worth}) }

// others bounds the worth of the rows that are not known.
func (c *column) others() int32 {
	if len(c.groups) == 0 {
		return far
	}
	return c.groups[0].least
}

// push adds a group.
func (c *column) push(g group) {
	a := append(c.groups, g)
	k := len(a) - 1
	for k > 0 {
		up := (k - 1) / 2
		if a[up].least <= g.least {
			break
		}
		a[k] = a[up]
		k = up
	}
	a[k] = g
	c.groups = a
}

// pop takes the group of least worth.
func (c *column) pop() group {
	a := c.groups
	top := a[0]
	n := len(a) - 1
	x := a[n]
	a = a[:n]
	c.groups = a
	k := 0
	for {
		e := 2*k + 1
		if e >= n {
			break
		}
		if e+1 < n && a[e+1].least < a[e].least {
			e++
		}
		if a[e].least >= x.least {
			break
		}
		a[k] = a[e]
		k = e
	}
	if n > 0 {
		a[k] = x
	}
	return top
}

// openColumn opens sink j's column with the rows that must be looked at in any case.
func (a *lazySolver) openColumn(j int32) {
	c := &a.cols[j]
	c.begun, c.entries, c.groups = true, make([]entry, 0, 48), make([]group, 0, 96) // most come to hold more
	for _, i := range a.o.always(j) {
		cost := a.o.cost(i, j)
		c.know(i, cost, cost-a.payer(i))
	}
	c.push(group{-far, 0, 0})
}

// wider makes known the next rows of worth below the limit.
func (a *lazySolver) wider(j, limit int32) {
	c := &a.cols[j]
	n := len(c.entries)
	for len(c.groups) > 0 && c.groups[0].least < limit {
		g := c.pop()
		a.o.comers(j, g, g.least+columnMore, a.payer, c)
		if len(c.entries) > n {
			limit = min(limit, g.least+columnMore)
		}
	}
}

// backward is [arcSolver.backward] over the complete graph. Sinks that may have more comers stand in the heap at the least
// distance at which one of these could matter.
func (a *lazySolver) backward(j0 int32) (made bool) {
	s := a.core
	s.search()
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
			if !c.begun {
				a.openColumn(j)
			}
		}
		list := c.entries[from:]
		most := best.dist - base
		for k := range list {
			e := &list[k]
			if e.worth >= most {
				continue
			}
			if s.side.rows != nil && s.side.rows[e.row] != s.side.me {
				if e.worth = e.cost - s.side.paid[e.row]; e.worth < most {
					most = e.worth
					best = path{base + most, elsewhere, out}
				}
				continue
			}
			r := &s.rows[e.row]
			f := r.own
			if f == j {
				continue
			}
			if f == out {
				e.worth = e.cost - s.leave[e.row]
				if e.worth < most {
					most = e.worth
					best, last = path{base + most, out, e.row}, j
				}
				continue
			}
			pf := s.p[f]
			e.worth = e.cost - r.cost - pf
			if e.worth >= most {
				continue
			}
			v := base + e.worth
			l := &s.lab[f]
			if l.turn == s.turn && l.dist <= v {
				continue
			}
			*l = label{v, e.row, s.turn, j}
			if give := v + pf - s.place(f, s.load[f]-1); give < best.dist {
				best = path{give, f, out}
				most = give - base
			}
			s.heap.push(key(v, f))
		}
		if v := base + c.others(); v < best.dist {
			s.heap.push(key(max(v, s.lab[j].dist), j|eventBit))
		}
	}
	s.work.BackwardPops += int64(len(s.seen))
	if best.end == elsewhere {
		return false
	}
	s.work.Backward++
	for _, j := range s.seen {
		s.p[j] -= best.dist - s.lab[j].dist
	}
	s.unflip(j0, best, last, a.o.cost)
	return true
}
