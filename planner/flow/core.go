package flow

import "math"

const (
	free = int32(-2) // a row that waits for its turn
	out  = int32(-1) // a row that is left out
	none = int32(math.MinInt32)
)

// row is a row's place. best is what it offered for other sinks when it last bid.
type row struct {
	own  int32 // sink, or out, or free
	cost int32 // at its own sink
	slot int32 // in the sink's list
	best int32
}

// label is a sink's place in the running search; it counts only while its turn is the search's.
type label struct {
	dist   int32
	parent int32 // row that comes to (forward) or leaves (backward) the sink
	turn   int32
	from   int32 // backward: the sink that the parent goes to
}

// core is the state that both searches work on.
//
// Invariant between searches, for every row that is not free: c+p at its own sink (or its leave price) is least among its
// arcs. For every sink: the price of its last used place ≤ p; and after the backward phase p ≤ the price of its next place.
type core struct {
	rows   []row
	leave  []int32
	p      []int32 // of each sink
	next   []int32 // price of the sink's next place; far if there is none
	load   []int32
	loads  Loads
	seats  []int32 // members of sink j: seats[at[j] : at[j]+load[j]]
	at     []int32
	closed []bool

	g      graph
	links  []links // by sink
	laying laying
	hop    int32 // searches go about as far

	side side // where searches may go

	lab   []label
	turn  int32
	heap  heap
	seen  []int32 // settled sinks in order
	moves []step

	floor   int32 // no sink's p is below
	ceiling int32 // no row pays as much for a sink
	work    Work
}

func newCore(leave []int32, l Loads) *core {
	n, m := len(leave), len(l.Start)-1
	s := &core{rows: make([]row, n), leave: leave, p: make([]int32, m), next: make([]int32, m), load: make([]int32, m), at: make([]int32, m+1), lab: make([]label, m)}
	s.loads = Loads{Start: append([]int32(nil), l.Start...), Price: append([]int32(nil), l.Price...)}
	for j := range m {
		s.at[j+1] = s.at[j] + (l.Start[j+1] - l.Start[j])
	}
	s.closed = make([]bool, m)
	s.links, s.laying.dense = make([]links, m), make([]cheapest, m)
	s.seats = make([]int32, s.at[m])
	s.ceiling = math.MinInt32
	for i, c := range leave {
		s.ceiling = max(s.ceiling, c)
		s.rows[i] = row{own: free, best: none}
	}
	return s
}

// place is the price of sink j's l-th place, counted from 0; far past the last.
func (s *core) place(j, l int32) int32 {
	if !s.closed[j] && l < s.loads.Start[j+1]-s.loads.Start[j] {
		return s.loads.Price[s.loads.Start[j]+l]
	}
	return far
}

// open sets the prices to start from: those of the sinks' last places when all are equally full, so that prices have
// little to climb. What that leaves too empty, as below a minimum load, is met afterwards by the backward search.
func (s *core) open(leastCost int32) {
	s.ceiling -= min(0, leastCost)
	all, n := len(s.loads.Price), len(s.rows)
	for j := range s.p {
		pr := s.loads.Of(int32(j))
		s.next[j] = s.place(int32(j), 0)
		if len(pr) == 0 || s.closed[j] {
			s.p[j] = s.ceiling
			continue
		}
		full := len(pr)
		if all > n {
			full = int(int64(full) * int64(n) / int64(all))
		}
		s.p[j] = min(pr[max(full, 1)-1], max(s.ceiling, pr[0]))
	}
	s.lower()
}

// lower works out the floor of the prices.
func (s *core) lower() {
	s.floor = math.MaxInt32
	for _, p := range s.p {
		s.floor = min(s.floor, p)
	}
}

// sit places row i at sink j.
func (s *core) sit(i, j, cost int32) {
	l := s.load[j]
	s.seats[s.at[j]+l] = i
	s.load[j] = l + 1
	s.next[j] = s.place(j, l+1)
	r := &s.rows[i]
	r.own, r.cost, r.slot = j, cost, l
}

// rise takes row i off its sink, if it has one, and leaves it free.
func (s *core) rise(i int32) {
	r := &s.rows[i]
	if j := r.own; j >= 0 {
		l := s.load[j] - 1
		x := s.seats[s.at[j]+l]
		s.seats[s.at[j]+r.slot] = x
		s.rows[x].slot = r.slot
		s.load[j] = l
		s.next[j] = s.place(j, l)
	}
	r.own = free
}

// members lists the rows at sink j. It is changed by sit and rise.
func (s *core) members(j int32) []int32 { return s.seats[s.at[j] : s.at[j]+s.load[j]] }

// pays is what row i pays at its place: the u_i of the dual.
func (s *core) pays(i int32) int32 {
	r := &s.rows[i]
	if r.own >= 0 {
		return r.cost + s.p[r.own]
	}
	return s.leave[i]
}

// search starts a new search.
func (s *core) search() {
	s.turn++
	s.heap = s.heap[:0]
	s.seen = s.seen[:0]
}

// forget drops what is known of links, which holds only while prices rise.
func (s *core) forget() {
	for j := range s.links {
		s.links[j].laid = false
	}
	s.lower()
}

// short reports whether the price of sink j says that one more place of it must be used.
func (s *core) short(j int32) bool { return s.next[j] < s.p[j] }

// bids lets free rows bid for their best sink against its members, once in turn and again when they are driven out: the
// sink's price rises to what its least keen member would pay. About half of the free rows find a place.
//
// look finds row i's best sink (out: leaving out is as good), its cost there, the value there and the second best value.
func (s *core) bids(waiting []int32, look func(i int32) (j, cost, v1, v2 int32)) (left []int32) {
	most := 4 * len(waiting)
	for n := 0; n < len(waiting); n++ {
		i := waiting[n]
		if n >= most {
			left = append(left, i)
			continue
		}
		s.work.Bids++
		j, cost, v1, v2 := look(i)
		s.rows[i].best = v2
		if j < 0 {
			s.rows[i].own, s.rows[i].best = out, none
			continue
		}
		if s.next[j] <= s.p[j] {
			s.sit(i, j, cost)
			continue
		}
		if v1 == v2 {
			left = append(left, i)
			continue
		}
		keen, least, who := v2-cost, s.next[j], int32(-1)
		for _, x := range s.members(j) {
			if v := s.rows[x].best - s.rows[x].cost; v < least {
				least, who = v, x
			}
		}
		switch {
		case keen < least:
			s.p[j] = keen
			left = append(left, i)
		case who < 0:
			s.p[j] = least
			s.sit(i, j, cost)
		default:
			s.p[j] = max(s.p[j], least)
			s.rise(who)
			s.sit(i, j, cost)
			waiting = append(waiting, who)
		}
	}
	return left
}
