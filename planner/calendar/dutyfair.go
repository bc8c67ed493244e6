package calendar

import "slices"

// relax finds the leximin loads when gaps are left aside and a slot of weight two may be two halves of different people. Its
// sum of squares and its spread are bounds for every assignment; one that reaches the sum is leximin itself.
//
// Minima come first: as many of the slots owed are taken as can be. They are lower bounds on arcs of a flow (a slot goes to a person's
// month, that to their quarter, that to their year, that to them), and those of its flows that leave least owed are the face of zero
// reduced costs. On that face units go to whoever can take them with the least excess; then units move along paths from fuller to
// emptier people until no path leads from one to another whose excess is more than a unit less. No such path is left exactly if the
// sum of squares is least, since loads of a flow, and of a face of it, are an M-convex set and the sum is separable and convex
// (Murota, Discrete Convex Analysis, 2003, theorem 6.26; Harvey, Ladner, Lovász and Tamir, Semi-matchings, 2006, for equal shares).
func (d *duty) relax() {
	f := d.newFair(nil)
	f.meet()
	f.balance(DutyUnit)
	d.spread = spreadOf(f.excess)
	d.least = squaresOf(f.excess)
	d.leastUnmet = f.unmet()
	d.unmeet = f.unmeet()
}

// whole hands out the slots as they are, from those who have them now, until the least is owed and no path of slots of one weight makes
// the loads fairer. Gaps are left aside.
func (d *duty) whole() []int32 {
	by := slices.Clone(d.by)
	for again := true; again; {
		again = false
		for w := 1; w <= d.heaviest(); w++ {
			f := d.newFair(by)
			f.meet()
			if f.weigh(w); f.balance(int64(w) * DutyUnit) {
				again = true
			}
			copy(by, f.at)
		}
	}
	return by
}

func (d *duty) heaviest() (w int) {
	for _, s := range d.Slots {
		w = max(w, s.Weight)
	}
	return w
}

// fair is an assignment of pieces: the slots, and for a slot of weight w as many as w−1 more, which nobody owes.
type fair struct {
	d      *duty
	can    [][]int32 // by piece
	at     []int32   // by piece: who has it, -1 nobody
	weight []int64   // by piece, in DutyUnit; of whole slots their own
	stays  []bool    // by piece: it does not move now
	excess []int64   // by person

	// Nodes are the people, then their minima.
	in    [][]int32 // by node: the pieces right there
	up    []int32   // by node: -1 for a person
	kids  [][]int32
	times []int32 // by node: how many pieces are owed there
	took  []int32 // by node: pieces there and below
	dist  []int32 // by node: potentials of the least owed; nil: nothing is owed

	mark  []int32 // by node: the number of the search that saw it
	from  []int32 // by node: the piece by which it came, -1 from up or down
	prev  []int32 // by node: where from
	runs  int32
	queue []int32
	far   []int32
}

// newFair has every piece with the person of least excess, or, given by, whole slots as they are.
func (d *duty) newFair(by []int32) *fair {
	f := &fair{d: d, excess: make([]int64, d.People)}
	nodes := d.People
	if d.owing != nil {
		nodes += len(d.owing.nodes)
	}
	f.in, f.up, f.kids = make([][]int32, nodes), make([]int32, nodes), make([][]int32, nodes)
	f.times, f.took = make([]int32, nodes), make([]int32, nodes)
	f.mark, f.from, f.prev, f.far = make([]int32, nodes), make([]int32, nodes), make([]int32, nodes), make([]int32, nodes)
	for k := range d.People {
		f.excess[k], f.up[k] = d.owed(k), -1
	}
	for v := d.People; v < nodes; v++ {
		n := d.owing.nodes[v-d.People]
		f.up[v] = n.who
		if n.up >= 0 {
			f.up[v] = int32(d.People) + n.up
		}
		f.kids[f.up[v]] = append(f.kids[f.up[v]], int32(v))
	}
	add := func(s DutySlot, weight int64) {
		can := s.Can
		if s.Fixed {
			can = []int32{s.By}
		}
		f.can, f.at, f.weight, f.stays = append(f.can, can), append(f.at, -1), append(f.weight, weight), append(f.stays, false)
	}
	for i, s := range d.Slots {
		if by == nil {
			add(s, DutyUnit)
		} else {
			add(s, d.unit(i))
		}
	}
	if by != nil {
		for i := range d.Slots {
			f.put(int32(i), by[i])
		}
		return f
	}
	for _, s := range d.Slots {
		for range s.Weight - 1 {
			add(s, DutyUnit)
		}
	}
	// those with the least choice first: fewer paths are needed afterwards
	order := make([]int32, len(f.can))
	for j := range order {
		order[j] = int32(j)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return len(f.can[a]) - len(f.can[b]) })
	for _, j := range order {
		best := f.can[j][0]
		for _, k := range f.can[j] {
			if f.excess[k] < f.excess[best] {
				best = k
			}
		}
		f.put(j, best)
	}
	return f
}

// node is where a piece lies with a person.
func (f *fair) node(piece, k int32) int32 {
	if f.d.owing != nil && int(piece) < len(f.d.Slots) {
		if v := f.d.leafOf(int(piece), k); v >= 0 {
			return int32(f.d.People) + v
		}
	}
	return k
}

func (f *fair) put(piece, to int32) {
	if old := f.at[piece]; old >= 0 {
		v := f.node(piece, old)
		in := f.in[v]
		at := slices.Index(in, piece)
		in[at] = in[len(in)-1]
		f.in[v] = in[:len(in)-1]
		for ; v >= 0; v = f.up[v] {
			f.took[v]--
		}
		f.excess[old] -= f.weight[piece]
	}
	f.at[piece] = to
	v := f.node(piece, to)
	f.in[v] = append(f.in[v], piece)
	for ; v >= 0; v = f.up[v] {
		f.took[v]++
	}
	f.excess[to] += f.weight[piece]
}

// weigh lets pieces of one weight move, all others not.
func (f *fair) weigh(w int) {
	for j, weight := range f.weight {
		f.stays[j] = weight != int64(w)*DutyUnit
	}
}

// balance moves pieces of one weight along paths until none makes the loads fairer; it reports whether any did.
func (f *fair) balance(weight int64) (any bool) {
	for moved := true; moved; {
		moved = false
		for k := range f.d.People {
			for f.relieve(int32(k), weight) {
				moved, any = true, true
			}
		}
	}
	return any
}

// relieve moves one piece of k along a shortest path to somebody whose excess stays below what k's was.
func (f *fair) relieve(k int32, weight int64) bool {
	f.runs++
	f.mark[k] = f.runs
	queue := append(f.queue[:0], k)
	defer func() { f.queue = queue }()
	for n := 0; n < len(queue); n++ {
		p := queue[n]
		if p != k && f.up[p] < 0 && f.excess[p]+weight < f.excess[k] {
			f.follow(k, p)
			return true
		}
		f.arcs(p, func(next, piece int32, price int32) {
			if f.mark[next] != f.runs && (piece < 0 || !f.stays[piece]) && (f.dist == nil || f.dist[p]+price == f.dist[next]) {
				f.mark[next], f.from[next], f.prev[next] = f.runs, piece, p
				queue = append(queue, next)
			}
		})
	}
	return false
}

// follow moves the pieces on the path that a search left.
func (f *fair) follow(from, to int32) {
	type step struct{ piece, to int32 }
	var steps []step
	for v := to; v != from; v = f.prev[v] {
		if j := f.from[v]; j >= 0 {
			steps = append(steps, step{j, f.person(v)})
		}
	}
	for _, s := range steps {
		f.put(s.piece, s.to)
	}
}

func (f *fair) person(v int32) int32 {
	if int(v) < f.d.People {
		return v
	}
	return f.d.owing.nodes[int(v)-f.d.People].who
}
