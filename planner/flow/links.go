package flow

// links are the ways out of a sink, one to each other sink that a member has an arc to. A search that comes to the sink
// reads them instead of its members' arcs, most of which lead where another member goes for less. If the sink of a link is
// negative, it stands for all sinks that row ^at has no arc to yet.
//
// Members that left are noticed when their link would be used; those that came since are looked at one by one.
type links struct {
	pile
	cut  int32 // links that are not laid have keys that are not below
	out  int32 // at most what leaving out a member costs more
	laid bool
	worn bool    // members have come or gone since
	late []int32 // who came
}

// layHops is how many times as far as searches usually go links are laid, and drawHops how many times as far they are looked
// at when some are brought into order.
const layHops, drawHops = 4, 4

// lateMost is the number of rows that may come before the links are laid anew.
const lateMost = 1

// graph is what rows know of their arcs.
type graph interface {
	// offer enters the arcs of row i whose keys are below limit in the scratch of lay, and what stands for its other sinks in l;
	// all reports whether these are all its arcs.
	offer(i, limit int32, l *links) (all bool)
	// relax looks at the arcs of row i from distance base.
	relax(i, base int32, best *path)
	// rest looks at the sinks that row i has no arc to.
	rest(i, base int32, best *path)
	// moreAt is what sink to costs row i more than its own; limit if not below.
	moreAt(i, to, limit int32) (more int32)
}

// cheapest is the best move to a sink while links are laid.
type cheapest struct{ turn, more, by int32 }

// laying is scratch for it.
type laying struct {
	turn    int32
	dense   []cheapest // by sink
	reached []int32
}

// lay works out the links of sink j, at least those of keys below limit. Most of a row's arcs lead farther than any search
// goes, and they are the last in order.
func (s *core) lay(j, limit int32) {
	l, y := &s.links[j], &s.laying
	y.turn++
	y.reached = y.reached[:0]
	l.clear()
	l.out, l.cut = far, far
	for _, x := range s.members(j) {
		l.out = min(l.out, s.leave[x]-s.rows[x].cost)
		if !s.g.offer(x, limit, l) {
			l.cut = limit
		}
	}
	for _, t := range y.reached {
		if b := &y.dense[t]; t != j {
			l.add(link{b.more + s.p[t], t, b.more, b.by})
		}
	}
	l.laid, l.worn, l.late = true, false, l.late[:0]
}

// came notes that row x has come to sink j.
func (s *core) came(j, x int32) {
	l := &s.links[j]
	if !l.laid {
		return
	}
	if len(l.late) == lateMost {
		l.laid = false
		return
	}
	l.worn, l.late = true, append(l.late, x)
	l.out = min(l.out, s.leave[x]-s.rows[x].cost)
}

// leaves goes over the ways out of sink j from distance base, that of the search less the sink's price.
func (s *core) leaves(j, base int32, best *path) {
	l := &s.links[j]
	if !l.laid {
		s.lay(j, s.p[j]+layHops*s.hop+1)
	}
	if base+l.out < best.dist {
		l.out = far
		for _, x := range s.members(j) {
			if v := s.leave[x] - s.rows[x].cost; v < l.out {
				l.out = v
				if base+v < best.dist {
					*best = path{base + v, out, x}
				}
			}
		}
	}
	most := best.dist - base
	p, lab := s.p, s.lab
	for k := 0; ; k++ {
		if k == l.near {
			others := l.others()
			if others >= most {
				if l.cut >= most {
					break
				}
				s.lay(j, most+layHops*s.hop+1)
				k = -1
				continue
			}
			l.draw(min(most, max(others, p[j])+s.hop+1), drawHops*s.hop)
		}
		e := &l.list[k]
		if e.key >= most {
			break
		}
		if e.at < 0 {
			if r := &s.rows[e.by]; r.own == j {
				s.g.rest(e.by, base-r.cost, best)
			}
			continue
		}
		v := e.more + p[e.at]
		if v >= most {
			continue
		}
		below := most
		if x := &lab[e.at]; x.turn == s.turn {
			if below = min(below, x.dist-base); v >= below {
				continue
			}
		}
		if e.by < 0 || s.rows[e.by].own != j {
			l.worn = true
			if e.more, e.by = s.renew(j, e.at, below-p[e.at]); e.by < 0 {
				continue
			}
			v = e.more + p[e.at]
		}
		s.reach(e.at, base+v, e.by, best)
		most = best.dist - base
	}
	for _, x := range l.late {
		if r := &s.rows[x]; r.own == j {
			s.g.relax(x, base-r.cost, best)
			s.g.rest(x, base-r.cost, best)
		}
	}
}

// renew finds the least that a member of sink j would cost more at sink to, and who; limit and nobody if it is not below.
func (s *core) renew(j, to, limit int32) (more, by int32) {
	more, by = limit, out
	for _, x := range s.members(j) {
		if v := s.g.moreAt(x, to, more); v < more {
			more, by = v, x
		}
	}
	return more, by
}

// offer is part of graph.
func (a *arcSolver) offer(i, limit int32, _ *links) (all bool) {
	y, own := &a.laying, a.rows[i].cost
	dense, p, turn, last := y.dense, a.p, y.turn, limit-a.floor
	all = true
	from, to := a.arcs.Start[i], a.arcs.Start[i+1]
	cols, costs := a.arcs.Col[from:to], a.arcs.Cost[from:to]
	costs = costs[:len(cols)]
	for k, t := range cols {
		more := costs[k] - own
		if more >= last {
			return false
		}
		if more+p[t] >= limit {
			all = false
			continue
		}
		if b := &dense[t]; b.turn != turn {
			*b = cheapest{turn, more, i}
			y.reached = append(y.reached, t)
		} else if more < b.more {
			b.more, b.by = more, i
		}
	}
	return all
}

// moreAt is part of graph.
func (a *arcSolver) moreAt(i, to, limit int32) int32 {
	own := a.rows[i].cost
	from, until := a.arcs.Start[i], a.arcs.Start[i+1]
	cols, costs := a.arcs.Col[from:until], a.arcs.Cost[from:until]
	costs = costs[:len(cols)]
	for k, t := range cols {
		if costs[k]-own >= limit {
			break
		}
		if t == to {
			return costs[k] - own
		}
	}
	return limit
}

// rest is part of graph: there are no other arcs than the given ones.
func (a *arcSolver) rest(int32, int32, *path) {}

// offer is part of graph.
func (a *lazySolver) offer(i, _ int32, l *links) (all bool) {
	y, own := &a.laying, a.rows[i].cost
	for _, x := range a.arcsOf(i) {
		more := x.cost - own
		if b := &y.dense[x.sink]; b.turn != y.turn {
			*b = cheapest{y.turn, more, i}
			y.reached = append(y.reached, x.sink)
		} else if more < b.more {
			b.more, b.by = more, i
		}
	}
	l.add(link{max(a.spans[i].rest, own+a.p[a.rows[i].own]) - own, ^i, 0, i})
	return true
}

// moreAt is part of graph.
func (a *lazySolver) moreAt(i, to, limit int32) int32 {
	for _, x := range a.arcsOf(i) {
		if x.sink == to {
			return min(limit, x.cost-a.rows[i].cost)
		}
	}
	return limit
}

// rest is part of graph: the row waits in the heap for the least distance at which another sink could matter.
func (a *lazySolver) rest(i, base int32, best *path) {
	sp, r := &a.spans[i], &a.rows[i]
	if r.own >= 0 {
		sp.rest = max(sp.rest, r.cost+a.p[r.own]) // no arc is cheaper than the own one
	}
	if base+sp.rest < best.dist {
		a.heap.push(key(base+sp.rest, i|eventBit))
	}
}
