package pairing

import (
	"runtime"
	"slices"
	"sync"

	"lianxin/planner/rule"
)

// unitProblem is the tier of units as numbers: which units take how many households of which villages. A link has a price
// once and one for each household; a unit's places have prices that never fall; a household left out has its own. It is
// a transportation problem with fixed charges, which no flow holds.
type unitProblem struct {
	size  []int     // households of each village
	fixed [][]int64 // by village and unit; −1: forbidden
	each  [][]int64
	room  [][]piece // of each unit
	cap   []int
	leave int64
	tell  func(done, total int) // of progress; may be nil
	may   [][]int               // of each village: units that may serve it and have places
}

// chooser chooses for villages, one after the other; it keeps its working space.
type chooser struct {
	*unitProblem
	f, next     []int64
	queue, took []int32
	room        []int
	work        int
}

// piece is some places of a unit at one price.
type piece struct {
	n     int
	price int64
}

// ready lists the units that may serve each village.
func (p *unitProblem) ready() {
	p.may = make([][]int, len(p.size))
	for v, fixed := range p.fixed {
		for u, f := range fixed {
			if f >= 0 && p.cap[u] > 0 {
				p.may[v] = append(p.may[v], u)
			}
		}
	}
}

func newUnitProblem(inst *rule.Instance) *unitProblem {
	p := &unitProblem{}
	for j := range inst.Cadres {
		var room []piece
		for _, m := range inst.Marginals(j) {
			if k := len(room) - 1; k >= 0 && room[k].price == int64(m) {
				room[k].n++
			} else {
				room = append(room, piece{1, int64(m)})
			}
		}
		p.room, p.cap = append(p.room, room), append(p.cap, inst.Cadres[j].Cap)
	}
	for i, t := range inst.Targets {
		p.leave = int64(inst.Unserved(i))
		fixed, each := make([]int64, len(inst.Cadres)), make([]int64, len(inst.Cadres))
		for j := range inst.Cadres {
			f, e, ok := inst.Fixed(i, j)
			if fixed[j], each[j] = int64(f), int64(e); !ok {
				fixed[j] = -1
			}
		}
		p.size, p.fixed, p.each = append(p.size, t.Size), append(p.fixed, fixed), append(p.each, each)
	}
	return p
}

// What the search has decided about a link.
const (
	linkOpen int8 = iota
	linkOut
	linkIn
)

// relaxed is what a set of potentials says: a lower bound of every plan that agrees with the decisions, and the villages'
// own choices at these prices, which together may ask too much of a unit.
type relaxed struct {
	bound int64
	take  [][]taken // by village
	load  []int
	work  int // steps
}

// taken is how many households of a village a unit has.
type taken struct{ u, n int }

// relax prices each unit's places at its potential and lets every village choose for itself, exactly: over units u the least
// of Σ fixed + (each + potential)·households, households left out at their price. The potentials pay back what the units' places
// are worth at least. By weak duality the sum is at most the price of any plan (Lagrangian relaxation of the units' places).
func (p *unitProblem) relax(pi []int64, decided func(v, u int) int8) relaxed {
	r := relaxed{take: make([][]taken, len(p.size)), load: make([]int, len(p.cap))}
	for u, room := range p.room {
		for _, x := range room {
			r.bound -= int64(x.n) * max(0, pi[u]-x.price)
		}
	}
	workers := min(runtime.GOMAXPROCS(0), 1+len(p.size)/64)
	costs, work := make([]int64, len(p.size)), make([]int, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			x := chooser{unitProblem: p}
			for v := w; v < len(p.size); v += workers {
				costs[v], r.take[v] = x.village(v, pi, decided)
			}
			work[w] = x.work
		})
	}
	wg.Wait()
	for _, n := range work {
		r.work += n
	}
	for v, take := range r.take {
		r.bound += costs[v]
		for _, t := range take {
			r.load[t.u] += t.n
		}
	}
	return r
}

// village finds the cheapest way to place a village's households at given potentials: f(a) is the least for a of them with the units so far,
// a unit's own step being a minimum over a sliding window of how many it takes.
func (p *chooser) village(v int, pi []int64, decided func(v, u int) int8) (int64, []taken) {
	d := p.size[v]
	if len(p.f) <= d {
		p.f, p.next, p.queue = make([]int64, 2*d+1), make([]int64, 2*d+1), make([]int32, 2*d+1)
	}
	f, next, queue := p.f[:d+1], p.next[:d+1], p.queue[:d+1]
	for a := range f {
		f[a] = int64(a) * p.leave
	}
	units := p.worthwhileUnits(v, pi, decided)
	p.work += len(p.may[v]) + len(units)*(d+1)
	if need := len(units) * (d + 1); len(p.took) < need {
		p.took = make([]int32, 2*need)
	}
	for n, u := range units {
		fixed, state := p.fixed[v][u], linkOpen
		if decided != nil {
			state = decided(v, u)
		}
		s, most := p.each[v][u]+pi[u], p.cap[u]
		none := int64(0) // price of taking nobody
		if state == linkIn {
			none = fixed
		}
		got := p.took[n*(d+1) : (n+1)*(d+1)]
		clear(got)
		head, tail := 0, 0
		for a := 0; a <= d; a++ {
			next[a] = f[a] + none
			if a > 0 { // f(b) − s·b of b = a−1 enters the window
				b := a - 1
				g := f[b] - s*int64(b)
				for tail > head && f[queue[tail-1]]-s*int64(queue[tail-1]) >= g {
					tail--
				}
				queue[tail] = int32(b)
				tail++
				for int(queue[head]) < a-most {
					head++
				}
				b = int(queue[head])
				if c := f[b] + fixed + s*int64(a-b); c < next[a] {
					next[a], got[a] = c, int32(a-b)
				}
			}
		}
		f, next = next, f
	}
	var take []taken
	a := d
	for n, u := range slices.Backward(units) {
		if x := int(p.took[n*(d+1)+a]); x > 0 {
			take = append(take, taken{u, x})
			a -= x
		}
	}
	return f[d], take
}

// offered is how many places a unit has below a price.
func (p *unitProblem) offered(u int, price int64) (n int) {
	for _, x := range p.room[u] {
		if x.price < price {
			n += x.n
		}
	}
	return n
}
