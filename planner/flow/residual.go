package flow

import (
	"errors"
	"fmt"
	"math"
)

// ErrNotOptimal is returned when a placement and its potentials do not prove each other.
var ErrNotOptimal = errors.New("flow: the placement is not optimal for these potentials")

// Residual answers what-if questions about an optimal placement: what the whole would cost more if one source had to go
// to a given sink. It reads rows only where a search comes by. Not safe for concurrent use.
type Residual struct {
	p       Problem
	sink    []int32
	pot     []int64
	members [][]int32 // by sink; the last one holds those left out
	edges   [][]edge  // by sink, read on demand
}

// edge is the cheapest way to move a member from the row's sink to the column's.
type edge struct {
	cost  int64
	mover int32
}

// Move is a source that changes its sink; −1 is being left out.
type Move struct {
	Source, From, To int32
}

// Forced is the answer to [Residual.Force].
type Forced struct {
	Possible bool   // false: the pair is forbidden or there is no room for it at any price
	Extra    int64  // what the best placement with the pair costs more; ≥ 0
	Moves    []Move // of other sources, in an order in which each can be made from the placement with the pair; the fewest for this price on one cycle
}

const never = math.MaxInt64 / 4

// NewResidual takes a placement and the potentials that prove it.
func NewResidual(p Problem, sink []int32, potentials []int64) (*Residual, error) {
	if len(sink) != p.Sources || len(potentials) != p.Sinks || len(p.Marginals) != p.Sinks {
		return nil, fmt.Errorf("flow: %d sources, %d sinks, but %d placed and %d potentials", p.Sources, p.Sinks, len(sink), len(potentials))
	}
	r := &Residual{p: p, sink: sink, pot: append(append([]int64(nil), potentials...), 0), members: make([][]int32, p.Sinks+1), edges: make([][]edge, p.Sinks+1)}
	for i, j := range sink {
		j = int32(r.at(j))
		r.members[j] = append(r.members[j], int32(i))
	}
	for j, mc := range p.Marginals {
		if n := len(r.members[j]); n > len(mc) {
			return nil, fmt.Errorf("%w: sink %d has %d of at most %d", ErrNotOptimal, j, n, len(mc))
		}
	}
	return r, nil
}

// at turns "left out" into the last sink.
func (r *Residual) at(j int32) int {
	if j < 0 {
		return r.p.Sinks
	}
	return int(j)
}

// more is the price of one more source at sink j, less what the last one saves; never where there is no room or nobody.
func (r *Residual) more(j int) int64 {
	if j == r.p.Sinks {
		return 0
	}
	if n := len(r.members[j]); n < len(r.p.Marginals[j]) {
		return int64(r.p.Marginals[j][n])
	}
	return never
}

func (r *Residual) less(j int) int64 {
	n := len(r.members[j])
	switch {
	case n == 0:
		return never
	case j == r.p.Sinks:
		return 0
	}
	return -int64(r.p.Marginals[j][n-1])
}

// row reads source i's costs, with leaving out as the last.
func (r *Residual) row(i int, row []int32) {
	r.p.Row(i, row[:r.p.Sinks])
	row[r.p.Sinks] = r.p.Leave(i)
}

// out lists the cheapest moves out of sink j.
func (r *Residual) out(j int) []edge {
	if r.edges[j] != nil {
		return r.edges[j]
	}
	es := make([]edge, r.p.Sinks+1)
	for k := range es {
		es[k].cost = never
	}
	row := make([]int32, r.p.Sinks+1)
	for _, i := range r.members[j] {
		r.row(int(i), row)
		own := int64(row[j])
		for k, c := range row {
			if v := int64(c) - own; c != Forbidden && v < es[k].cost {
				es[k] = edge{v, i}
			}
		}
	}
	r.edges[j] = es
	return es
}

// Bound is a proved lower bound of what [Residual.Force] of each sink would say, for source i: the reduced costs of its
// row. Forbidden pairs get −1.
func (r *Residual) Bound(i int) []int64 {
	row := make([]int32, r.p.Sinks+1)
	r.row(i, row)
	own := r.at(r.sink[i])
	u := int64(row[own]) + r.pot[own]
	bs := make([]int64, r.p.Sinks)
	for j := range bs {
		bs[j] = -1
		if row[j] != Forbidden {
			bs[j] = int64(row[j]) + r.pot[j] - u
		}
	}
	return bs
}

// Force finds the exact extra price if source i had to go to sink j: the cheapest cycle of the residual network through
// that pair, by Dijkstra's algorithm on reduced costs from j back to the sink that i leaves. Among equals the cycle that
// moves the fewest others is taken.
func (r *Residual) Force(i, j int) (Forced, error) {
	home, n := r.at(r.sink[i]), r.p.Sinks+1
	if home == j {
		return Forced{Possible: true}, nil
	}
	row := make([]int32, n)
	r.row(i, row)
	if row[j] == Forbidden || len(r.p.Marginals[j]) == 0 {
		return Forced{}, nil
	}
	// Nodes are the sinks, "left out", and one for the loads: a sink may keep what it got for more(j), and another may
	// give one up for less(j). Keys hold the distance, then the number of moves.
	loads := n
	const moves = 1 << 20
	dist, from, by, done := make([]int64, n+1), make([]int, n+1), make([]int32, n+1), make([]bool, n+1)
	for k := range dist {
		dist[k] = never
	}
	dist[j], from[j] = 0, -1
	relax := func(a, b int, reduced int64, mover int32) error {
		if reduced < 0 {
			return fmt.Errorf("%w: reduced cost %d between sinks %d and %d", ErrNotOptimal, reduced, a, b)
		}
		step := reduced * moves
		if mover >= 0 {
			step++
		}
		if v := dist[a] + step; v < dist[b] {
			dist[b], from[b], by[b] = v, a, mover
		}
		return nil
	}
	for {
		a := -1
		for k, d := range dist {
			if !done[k] && d < never && (a < 0 || d < dist[a]) {
				a = k
			}
		}
		if a < 0 {
			return Forced{}, nil
		}
		if a == home {
			break
		}
		done[a] = true
		if a == loads {
			for b := range n {
				if c := r.less(b); c != never {
					if err := relax(a, b, c+r.pot[b], -1); err != nil {
						return Forced{}, err
					}
				}
			}
			continue
		}
		if c := r.more(a); c != never {
			if err := relax(a, loads, c-r.pot[a], -1); err != nil {
				return Forced{}, err
			}
		}
		for b, e := range r.out(a) {
			if b != a && e.cost != never {
				if err := relax(a, b, e.cost+r.pot[b]-r.pot[a], e.mover); err != nil {
					return Forced{}, err
				}
			}
		}
	}
	out := Forced{Possible: true, Extra: int64(row[j]) + r.pot[j] - int64(row[home]) - r.pot[home] + dist[home]/moves}
	for b := home; from[b] >= 0; b = from[b] {
		if by[b] >= 0 && from[b] != loads && b != loads {
			out.Moves = append(out.Moves, Move{by[b], r.sinkOf(from[b]), r.sinkOf(b)})
		}
	}
	return out, nil
}

func (r *Residual) sinkOf(b int) int32 {
	if b == r.p.Sinks {
		return -1
	}
	return int32(b)
}
