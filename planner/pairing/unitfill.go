package pairing

import "slices"

// served is how the households of each village are meant to spread over its units.
type served struct {
	units [][]int // of each village, ascending
	take  [][]int // households of each
	left  []int   // households of each village without a place
	price int64
}

// filler spreads households over links; it keeps its working space from one call to the next.
type filler struct {
	*unitProblem
	work    int // steps so far
	of      [][]linkEnd
	load    []int
	dist    []int64
	from    []int32 // node before, −1 none
	at      []int32 // which link of the village led there
	queue   []int32
	waiting []bool
}

// linkEnd is the k-th link of village v.
type linkEnd struct{ v, k int32 }

const noPath = int64(1) << 60

func newFiller(p *unitProblem) *filler {
	n := len(p.size) + len(p.cap)
	return &filler{unitProblem: p, of: make([][]linkEnd, len(p.cap)), load: make([]int, len(p.cap)), dist: make([]int64, n), from: make([]int32, n), at: make([]int32, n), waiting: make([]bool, n)}
}

// fill spreads the households over given links at the least price: successive shortest paths over villages and units. Links
// that nobody uses are dropped.
func (f *filler) fill(links [][]int) served {
	nv := len(f.size)
	s := served{units: make([][]int, nv), take: make([][]int, nv), left: make([]int, nv)}
	for u := range f.of {
		f.of[u], f.load[u] = f.of[u][:0], 0
	}
	for v, us := range links {
		s.units[v] = us
		if !slices.IsSorted(us) {
			s.units[v] = slices.Sorted(slices.Values(us))
		}
		s.take[v] = make([]int, len(us))
		for k, u := range s.units[v] {
			f.of[u] = append(f.of[u], linkEnd{int32(v), int32(k)})
		}
	}
	for v, d := range f.size {
		for d > 0 {
			d -= f.augment(&s, v, d)
		}
	}
	for v, us := range s.units {
		if slices.Contains(s.take[v], 0) {
			var kept, takes []int
			for k, u := range us {
				if s.take[v][k] > 0 {
					kept, takes = append(kept, u), append(takes, s.take[v][k])
				}
			}
			us, s.units[v], s.take[v] = kept, kept, takes
		}
		for _, u := range us {
			s.price += f.fixed[v][u]
		}
	}
	return s
}

// augment places as many of rest households of a village as one cheapest path carries.
func (f *filler) augment(s *served, start, rest int) int {
	nv := len(f.size)
	for x := range f.dist {
		f.dist[x], f.from[x] = noPath, -1
	}
	f.dist[start] = 0
	f.queue = append(f.queue[:0], int32(start))
	for head := 0; head < len(f.queue); head++ {
		x := int(f.queue[head])
		f.waiting[x] = false
		d := f.dist[x]
		if x < nv {
			each := f.each[x]
			for k, u := range s.units[x] {
				f.reach(nv+u, d+each[u], x, k)
			}
			f.work += len(s.units[x])
			continue
		}
		u := x - nv
		for _, e := range f.of[u] {
			if s.take[e.v][e.k] > 0 {
				f.reach(int(e.v), d-f.each[e.v][u], x, int(e.k))
			}
		}
		f.work += len(f.of[u])
	}
	// The cheapest end: a unit's next place, or leaving out a household of a village on the way.
	best, to, n := noPath, -1, 0
	for x, d := range f.dist {
		if d == noPath {
			continue
		}
		if x < nv {
			if c := d + f.leave; c < best {
				best, to, n = c, x, rest
			}
		} else if price, free := f.nextPlace(x-nv, f.load[x-nv]); free > 0 && d+price < best {
			best, to, n = d+price, x, min(rest, free)
		}
	}
	for x := to; f.from[x] >= 0; x = int(f.from[x]) {
		if x < nv { // a household of x comes back from the unit before
			n = min(n, s.take[x][f.at[x]])
		}
	}
	for x := to; f.from[x] >= 0; x = int(f.from[x]) {
		if x < nv {
			s.take[x][f.at[x]] -= n
		} else {
			s.take[f.from[x]][f.at[x]] += n
		}
	}
	if to < nv {
		s.left[to] += n
	} else {
		f.load[to-nv] += n
	}
	s.price += best * int64(n)
	return n
}

func (f *filler) reach(x int, d int64, by, k int) {
	if d < f.dist[x] {
		f.dist[x], f.from[x], f.at[x] = d, int32(by), int32(k)
		if !f.waiting[x] {
			f.waiting[x] = true
			f.queue = append(f.queue, int32(x))
		}
	}
}

// nextPlace is the price of a unit's next place, and how many it has at that price.
func (p *unitProblem) nextPlace(u, load int) (price int64, free int) {
	for _, x := range p.room[u] {
		if load < x.n {
			return x.price, x.n - load
		}
		load -= x.n
	}
	return 0, 0
}
