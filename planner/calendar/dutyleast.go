package calendar

import "slices"

// DutyLeast asks for a least number of slots of each of some people within a stretch of slots: a head's slot of each month, a leader's
// of each quarter. Minima go before gaps and fairness, since a rule of law is not an office's wish: as many slots as can be are taken
// of those that are owed, which is proved, and only rotas that do so are compared. Of two stretches one holds the other or they are apart.
type DutyLeast struct {
	First, Last int // slots, both inclusive
	Who         []int32
	Times       int
}

// oweNode is one person's part of one minimum.
type oweNode struct {
	who         int32
	first, last int
	times       int
	up          int32 // the narrowest wider minimum of the same person, -1 none
	took        int   // slots within, of d.by
}

// owing is what everybody owes. The nodes of one person are a forest: months within quarters within the year.
type owing struct {
	nodes []oweNode
	leaf  []int32 // slot × person: their narrowest node there, -1 none
}

func newOwing(p DutyProblem) *owing {
	o := &owing{leaf: make([]int32, len(p.Slots)*p.People)}
	for i := range o.leaf {
		o.leaf[i] = -1
	}
	least := slices.Clone(p.Least)
	slices.SortStableFunc(least, func(a, b DutyLeast) int { return (b.Last - b.First) - (a.Last - a.First) }) // the widest first
	for _, l := range least {
		for _, k := range l.Who {
			n := oweNode{who: k, first: l.First, last: l.Last, times: l.Times, up: o.leaf[l.First*p.People+int(k)]}
			for i := l.First; i <= l.Last; i++ {
				o.leaf[i*p.People+int(k)] = int32(len(o.nodes))
			}
			o.nodes = append(o.nodes, n)
		}
	}
	return o
}

// depth is how many minima of one person lie within each other.
func (o *owing) depth() (most int) {
	if o == nil {
		return 0
	}
	for v := range o.nodes {
		n := 0
		for w := int32(v); w >= 0; w = o.nodes[w].up {
			n++
		}
		most = max(most, n)
	}
	return most
}

func (d *duty) leafOf(i int, k int32) int32 { return d.owing.leaf[i*d.People+int(k)] }

// countOwed keeps the numbers when slot i comes to k or goes from them.
func (d *duty) countOwed(i int, k int32, by int) {
	for v := d.leafOf(i, k); v >= 0; v = d.owing.nodes[v].up {
		n := &d.owing.nodes[v]
		before := max(0, n.times-n.took)
		n.took += by
		d.unmet += max(0, n.times-n.took) - before
	}
}

// owes is the change of what k owes if slot out goes from them and slot in comes to them; -1 stands for no slot.
func (d *duty) owes(k int32, out, in int) (more int) {
	if d.owing == nil {
		return 0
	}
	within := func(n *oweNode, i int) bool { return i >= n.first && i <= n.last }
	if out >= 0 {
		for v := d.leafOf(out, k); v >= 0; v = d.owing.nodes[v].up {
			if n := &d.owing.nodes[v]; n.took <= n.times && !(in >= 0 && within(n, in)) {
				more++
			}
		}
	}
	if in >= 0 {
		for v := d.leafOf(in, k); v >= 0; v = d.owing.nodes[v].up {
			if n := &d.owing.nodes[v]; n.took < n.times && !(out >= 0 && within(n, out)) {
				more--
			}
		}
	}
	return more
}

// arcs visits where a piece too many can go from a node: with a piece to whoever else can take it, up to the wider minimum, or down to a
// narrower one of the same person, which then has one less. The price is by how much more is owed then.
func (f *fair) arcs(v int32, visit func(next, piece, price int32)) {
	for _, j := range f.in[v] {
		for _, k := range f.can[j] {
			if k != f.at[j] {
				visit(f.node(j, k), j, 0)
			}
		}
	}
	if u := f.up[v]; u >= 0 {
		if f.took[v] < f.times[v] {
			visit(u, -1, -1)
		} else {
			visit(u, -1, 0)
		}
	}
	for _, c := range f.kids[v] {
		if f.took[c] > f.times[c] {
			visit(c, -1, 0)
		} else if f.took[c] > 0 {
			visit(c, -1, 1)
		}
	}
}

// unmet is how many slots are owed and not taken.
func (f *fair) unmet() (n int) {
	for v := f.d.People; v < len(f.up); v++ {
		n += int(max(0, f.times[v]-f.took[v]))
	}
	return n
}

// meet moves pieces until the least is owed that can be. What is met already it asks for at once, then for one slot of one minimum after
// the other; each is met along a path that owes nothing more elsewhere, or never. The potentials at the end prove that no cycle of
// paths owes less, and tell the flows that owe as little: those along arcs of no reduced price.
func (f *fair) meet() {
	if f.d.owing == nil {
		return
	}
	for n, node := range f.d.owing.nodes {
		v := f.d.People + n
		f.times[v] = min(int32(node.times), f.took[v])
	}
	for n, node := range f.d.owing.nodes {
		v := int32(f.d.People + n)
		for f.times[v] < int32(node.times) {
			if f.took[v] <= f.times[v] {
				f.reach(f.up[v], v)
			}
			f.times[v]++
		}
	}
	f.potentials()
}

// reach moves pieces along a path of no price from one node to another, if there is one. Any person can give to any other here.
func (f *fair) reach(from, to int32) {
	const none = 1 << 30
	for v := range f.far {
		f.far[v] = none
	}
	hub, hubFrom := int32(none), int32(-1)
	f.far[from], f.from[from], f.prev[from] = 0, -1, -1
	queue := append(f.queue[:0], from)
	f.runs++
	f.mark[from] = f.runs
	see := func(p, next, piece, far int32) {
		if far < f.far[next] {
			f.far[next], f.from[next], f.prev[next] = far, piece, p
			if f.mark[next] != f.runs {
				f.mark[next] = f.runs
				queue = append(queue, next)
			}
		}
	}
	for n := 0; n < len(queue); n++ {
		p := queue[n]
		f.mark[p] = 0
		f.arcs(p, func(next, piece, price int32) { see(p, next, piece, f.far[p]+price) })
		if f.up[p] < 0 && f.far[p] < hub {
			hub, hubFrom = f.far[p], p
			for k := range f.d.People {
				see(hubFrom, int32(k), -1, hub)
			}
		}
	}
	f.queue = queue
	if f.far[to] <= 0 {
		f.follow(from, to)
	}
}

// potentials are the least prices of ways to each node from anywhere.
func (f *fair) potentials() {
	f.dist = make([]int32, len(f.up))
	for changed := true; changed; {
		changed = false
		hub := slices.Min(f.dist[:f.d.People])
		for v := range f.dist {
			if v < f.d.People && f.dist[v] > hub {
				f.dist[v], changed = hub, true
			}
			f.arcs(int32(v), func(next, _, price int32) {
				if f.dist[v]+price < f.dist[next] {
					f.dist[next], changed = f.dist[v]+price, true
				}
			})
		}
	}
}

// DutyUnmet is why a minimum cannot be met: the slots that its person can take are fewer than those that they and all who compete for
// them owe.
type DutyUnmet struct {
	Person      int32
	First, Last int     // the stretch
	Missing     int     // how many
	Slots       []int   // those that they can take, and those that are competed for on their account
	With        []int32 // who owes slots of these, Person among them; ascending
	Need        int     // so many are owed
}

// unmeet says why, by a search for pieces that could be given up: all holders that it finds owe what they hold.
func (f *fair) unmeet() (us []DutyUnmet) {
	for v := f.d.People; v < len(f.up); v++ {
		if f.took[v] >= f.times[v] {
			continue
		}
		n := f.d.owing.nodes[v-f.d.People]
		u := DutyUnmet{Person: n.who, First: n.first, Last: n.last, Missing: int(f.times[v] - f.took[v])}
		seen := map[int32]bool{int32(v): true}
		slots := map[int]bool{}
		queue := []int32{int32(v)}
		for q := 0; q < len(queue); q++ {
			w := f.d.owing.nodes[int(queue[q])-f.d.People]
			u.With = append(u.With, w.who)
			for i := w.first; i <= w.last; i++ {
				if !has(f.can[i], w.who) || slots[i] {
					continue
				}
				slots[i] = true
				u.Slots = append(u.Slots, i)
				for h := f.node(int32(i), f.at[i]); f.up[h] >= 0; h = f.up[h] {
					if f.took[h] > f.times[h] {
						continue
					}
					if !seen[h] {
						seen[h] = true
						queue = append(queue, h)
					}
					break
				}
			}
		}
		u.Need = f.owedBy(seen)
		slices.Sort(u.Slots)
		slices.Sort(u.With)
		u.With = slices.Compact(u.With)
		us = append(us, u)
	}
	return us
}

// owedBy is what some nodes owe together: a slot of a month is one of its quarter too.
func (f *fair) owedBy(some map[int32]bool) (all int) {
	need := make([]int, len(f.up))
	for v := len(f.up) - 1; v >= f.d.People; v-- { // the narrower after the wider
		if some[int32(v)] {
			need[v] = max(need[v], f.d.owing.nodes[v-f.d.People].times)
		}
		need[f.up[v]] += need[v]
	}
	for k := range f.d.People {
		all += need[k]
	}
	return all
}
