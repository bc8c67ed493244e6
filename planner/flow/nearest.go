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

// byLoads are the shortest ways between each sink and the node of the loads, both ways: worked out once, they bound every
// search. The way from sink j over the loads to home is long ahead[j] + back[home], and no shorter one leads over the loads;
// so a search need not go on from a node to which that is as short as what it found.
type byLoads struct {
	ahead []int64 // from the sink to the loads
	next  []int32 // −1: the loads themselves
	back  []int64 // from the loads to the sink
	from  []int32 // −1: likewise
}

func (t *Table) overLoads() *byLoads {
	w := t.width
	s := t.fresh()
	for a, c := range t.gain {
		if c != never {
			s.dist[a] = c << moveBits
			s.push(way{s.dist[a], int32(a)})
		}
	}
	s.until(func() int64 { return unreached })
	l := &byLoads{ahead: slices.Clone(s.dist), next: slices.Clone(s.next), back: make([]int64, w), from: make([]int32, w)}
	s.put()
	done := make([]bool, w)
	for b, c := range t.give {
		l.back[b], l.from[b] = unreached, -1
		if c != never {
			l.back[b] = c << moveBits
		}
	}
	for {
		a := -1
		for k, d := range l.back {
			if !done[k] && d < unreached && (a < 0 || d < l.back[a]) {
				a = k
			}
		}
		if a < 0 {
			return l
		}
		done[a] = true
		for b, k := 0, a; b < w; b, k = b+1, k+w {
			if c := t.in[k]; c != noMove {
				if d := l.back[a] + int64(c)<<moveBits + 1; d < l.back[b] {
					l.back[b], l.from[b] = d, int32(a)
				}
			}
		}
	}
}

// Nearest lists the n sinks with the least exact extra price for source i, by price, then moves, then number; its own is left
// out, and so are those that are forbidden or have no room at any price. It says what [Table.All] says of them, and searches
// only as far as it must.
func (t *Table) Nearest(i, n int) (out []Near) {
	l := t.loads()
	s := t.search(i, l)
	defer s.put()
	type found struct {
		key  int64
		sink int32
	}
	order := make([]found, 0, t.r.p.Sinks) // by what leads over the loads
	for j := range t.r.p.Sinks {
		if j != s.home && s.row[j] != Forbidden {
			order = append(order, found{s.least(j)<<moveBits + s.dist[j], int32(j)})
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
	s.until(func() int64 { return most + 1 })
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

// Reach is [Table.Force], found by a search that ends where it has to and keeps nothing. Of chains that cost the same and are
// equally long it may take another.
func (t *Table) Reach(i, j int) Forced {
	l := t.loads()
	s := t.search(i, l)
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

// search is Dijkstra's algorithm of [Table.to], node by node, but for the ways over the loads: those are known, and only nodes
// from which a shorter one was found are gone on from.
type search struct {
	t    *Table
	home int
	row  []int32
	own  int64   // what the source costs where it is, with the potential
	dist []int64 // at first the way over the loads
	next []int32 // −1: that way
	heap []way   // nodes to settle, some more than once
}

// way is a node with its distance.
type way struct {
	key  int64
	node int32
}

var searches sync.Pool

// fresh is a search that has found nothing and knows of no loads.
func (t *Table) fresh() *search {
	s, ok := searches.Get().(*search)
	if !ok || len(s.row) != t.width {
		s = &search{row: make([]int32, t.width), dist: make([]int64, t.width), next: make([]int32, t.width)}
	}
	s.t, s.heap = t, s.heap[:0]
	for k := range s.dist {
		s.dist[k], s.next[k] = unreached, -1
	}
	return s
}

// search begins at the sink that source i is at.
func (t *Table) search(i int, l *byLoads) *search {
	s := t.fresh()
	s.home = t.r.at(t.r.sink[i])
	t.r.row(i, s.row)
	s.own = int64(s.row[s.home]) + t.r.pot[s.home]
	for k := range s.dist {
		s.dist[k] = min(unreached, l.ahead[k]+l.back[s.home])
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
	w := s.t.width
	for len(s.heap) > 0 && s.heap[0].key < far() {
		x := s.pop()
		if x.key > s.dist[x.node] {
			continue // settled before, from nearer
		}
		d, dist := x.key+1, s.dist
		for a, c := range s.t.in[int(x.node)*w : (int(x.node)+1)*w] {
			if v := d + int64(c)<<moveBits; v < dist[a] {
				dist[a], s.next[a] = v, x.node
				s.push(way{v, int32(a)})
			}
		}
	}
}

func (s *search) push(x way) {
	h := append(s.heap, x)
	k := len(h) - 1
	for k > 0 && (h[(k-1)/2].key > x.key || h[(k-1)/2].key == x.key && h[(k-1)/2].node > x.node) {
		h[k] = h[(k-1)/2]
		k = (k - 1) / 2
	}
	h[k] = x
	s.heap = h
}

func (s *search) pop() way {
	h := s.heap
	top, x := h[0], h[len(h)-1]
	h = h[:len(h)-1]
	for k := 0; len(h) > 0; {
		c := 2*k + 1
		if c+1 < len(h) && (h[c+1].key < h[c].key || h[c+1].key == h[c].key && h[c+1].node < h[c].node) {
			c++
		}
		if c >= len(h) || h[c].key > x.key || h[c].key == x.key && h[c].node >= x.node {
			h[k] = x
			break
		}
		h[k] = h[c]
		k = c
	}
	s.heap = h
	return top
}
