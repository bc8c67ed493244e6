package flow

import (
	"cmp"
	"slices"
	"sync"
)

// Near is a sink with its exact extra price for a source.
type Near struct {
	Sink  int32
	Extra int64 // what the best placement with the pair costs more; ≥ 0
	Moves int   // other sources that change their sink
}

// byLoads are the shortest ways between each sink and the node of the loads, both ways: a sink may keep what it got, another
// may give one up. The way from sink j over the loads to home is long ahead[j] + back[home], and no shorter one leads over the
// loads; so a search need not go on from a node to which that is as short as what it found, and a move that is no cheaper than the
// way over the loads is not needed.
type byLoads struct {
	ahead []int64 // from the sink to the loads
	next  []int32 // −1: the loads themselves
	back  []int64 // from the loads to the sink
	from  []int32 // −1: likewise
}

// Nearest lists the n sinks with the least exact extra price for source i, by price, then moves, then number; its own is left
// out, and so are those that are forbidden or have no room at any price. It says what [Table.All] says of them, and searches
// only as far as it must.
func (t *Table) Nearest(i, n int) (out []Near) {
	s := t.search(i)
	defer s.put()
	type found struct {
		key  int64
		sink int32
	}
	order := make([]found, 0, t.r.p.Sinks) // by what leads over the loads
	nearest := unreached                   // no sink costs less
	for j := range t.r.p.Sinks {
		if j != s.home && s.row[j] != Forbidden {
			least := s.least(j) << moveBits
			order = append(order, found{least + s.dist[j], int32(j)})
			nearest = min(nearest, least)
		}
	}
	byKey := func(a, b found) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.sink, b.sink)) }
	if n = min(n, len(order)); n <= 0 {
		return nil
	}
	keys := make([]int64, len(order))
	for k, f := range order {
		keys[k] = f.key
	}
	slices.Sort(keys)
	most := keys[n-1] // none of the n costs more
	s.until(func() int64 { return most - nearest + 1 })
	kept := order[:0]
	for _, f := range order {
		d := s.dist[f.sink]
		if f.key = s.least(int(f.sink))<<moveBits + d; f.key <= most && d < unreached {
			kept = append(kept, f)
		}
	}
	slices.SortFunc(kept, byKey)
	for _, f := range kept[:min(n, len(kept))] {
		out = append(out, Near{f.sink, f.key >> moveBits, int(f.key & moveMask)})
	}
	return out
}

// Force is the answer for one pair with the moves that it needs, in an order in which each can be made.
func (t *Table) Force(i, j int) Forced {
	l := &t.loads
	s := t.search(i)
	defer s.put()
	switch {
	case j == s.home:
		return Forced{Possible: true}
	case s.row[j] == Forbidden:
		return Forced{}
	}
	s.until(func() int64 { return s.dist[j] })
	if s.dist[j] >= unreached {
		return Forced{}
	}
	out := Forced{Possible: true, Extra: s.least(j) + s.dist[j]>>moveBits}
	row := make([]int32, t.width)
	if s.next[j] < 0 { // over the loads: first what leads from them to home
		for b := s.home; l.from[b] >= 0; b = int(l.from[b]) {
			a := int(l.from[b])
			out.Moves = append(out.Moves, Move{t.mover(a, b, row), t.r.sinkOf(a), t.r.sinkOf(b)})
		}
	}
	next, ahead := s.next, len(out.Moves)
	if s.next[j] < 0 {
		next = l.next
	}
	for a, b := j, int(next[j]); b >= 0; a, b = b, int(next[b]) {
		out.Moves = append(out.Moves, Move{t.mover(a, b, row), t.r.sinkOf(a), t.r.sinkOf(b)})
	}
	slices.Reverse(out.Moves[ahead:])
	return out
}

// search is Dijkstra's algorithm back from home, but for the ways over the loads: those are known, and only nodes from which a
// shorter one was found are gone on from.
type search struct {
	t    *Table
	home int
	row  []int32
	own  int64   // what the source costs where it is, with the potential
	dist []int64 // at first the way over the loads
	next []int32 // −1: that way
	ways
}

// way is a node with its distance.
type way struct {
	key  int64
	node int32
}

// ways are nodes to settle, some more than once: a heap.
type ways []way

var searches sync.Pool

// search begins at the sink that source i is at.
func (t *Table) search(i int) *search {
	s, ok := searches.Get().(*search)
	if !ok || len(s.row) != t.width {
		s = &search{row: make([]int32, t.width), dist: make([]int64, t.width), next: make([]int32, t.width)}
	}
	s.t, s.ways, s.home = t, s.ways[:0], t.r.at(t.r.sink[i])
	t.r.row(i, s.row)
	s.own = int64(s.row[s.home]) + t.r.pot[s.home]
	back := t.loads.back[s.home]
	for k, d := range t.loads.ahead {
		s.dist[k], s.next[k] = min(unreached, d+back), -1
	}
	s.dist[s.home] = 0
	s.push(way{0, int32(s.home)})
	return s
}

func (s *search) put() {
	s.t = nil
	searches.Put(s)
}

// least is the reduced cost of sink j for the source.
func (s *search) least(j int) int64 { return int64(s.row[j]) + s.t.r.pot[j] - s.own }

// until settles all nodes nearer than a distance that may shrink meanwhile.
func (s *search) until(far func() int64) {
	t := s.t
	for len(s.ways) > 0 && s.ways[0].key < far() {
		x := s.pop()
		if x.key > s.dist[x.node] {
			continue // settled before, from nearer
		}
		end := far()
		from := t.from[t.start[x.node]:t.start[x.node+1]]
		for k, c := range t.cost[t.start[x.node]:t.start[x.node+1]] {
			v := x.key + int64(c)<<moveBits + 1
			if v > end {
				break
			}
			if a := from[k]; v < s.dist[a] {
				s.dist[a], s.next[a] = v, x.node
				s.push(way{v, int32(a)})
			}
		}
	}
}

func (h *ways) push(x way) {
	s := append(*h, x)
	k := len(s) - 1
	for k > 0 && x.before(s[(k-1)/2]) {
		s[k] = s[(k-1)/2]
		k = (k - 1) / 2
	}
	s[k] = x
	*h = s
}

func (h *ways) pop() way {
	s := *h
	top, x := s[0], s[len(s)-1]
	s = s[:len(s)-1]
	for k := 0; len(s) > 0; {
		c := 2*k + 1
		if c+1 < len(s) && s[c+1].before(s[c]) {
			c++
		}
		if c >= len(s) || !s[c].before(x) {
			s[k] = x
			break
		}
		s[k] = s[c]
		k = c
	}
	*h = s
	return top
}

func (a way) before(b way) bool { return a.key < b.key || a.key == b.key && a.node < b.node }
