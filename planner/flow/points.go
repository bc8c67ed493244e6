package flow

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// Points is a transportation problem on the complete graph, whose costs follow from places in the plane, wants and gifts,
// and a present sink that is cheaper to keep. Its arcs are never written out.
type Points struct {
	RowX, RowY   []float64
	SinkX, SinkY []float64
	Rate         float64               // cost of a unit of distance; > 0
	Wants        []uint8               // by row: what it wants, a bit each
	Unmet        []int32               // by row: cost of each want that the sink does not give; ≥ 0
	Gives        []uint8               // by sink
	Present      []int32               // by row; −1: none
	Churn        int32                 // cost of another sink than the present one; ≥ 0
	Forbidden    func(i, j int32) bool // may be nil; safe for concurrent use
	Leave        []int32               // by row: price of leaving it out
	Loads        Loads
}

// Cost is what row i costs at sink j; ok is false if the pair is forbidden.
func (p *Points) Cost(i, j int32) (c int32, ok bool) {
	if p.Forbidden != nil && p.Forbidden(i, j) {
		return 0, false
	}
	c = travel(p.Rate, p.RowX[i]-p.SinkX[j], p.RowY[i]-p.SinkY[j])
	c += p.Unmet[i] * int32(bits.OnesCount8(p.Wants[i]&^p.Gives[j]))
	if q := p.Present[i]; q >= 0 && q != j {
		c += p.Churn
	}
	return c, true
}

// travel is the cost of a way. It never falls when a difference grows, also in the last bit, so that the nearest point of
// a box bounds all points in it. The conversions forbid fused multiplication, which would round otherwise on some machines.
func travel(rate, dx, dy float64) int32 {
	return int32(float64(rate*math.Sqrt(float64(dx*dx)+float64(dy*dy))) + 0.5)
}

func (p *Points) check() error {
	n, m := len(p.Leave), len(p.Loads.Start)-1
	if len(p.RowX) != n || len(p.RowY) != n || len(p.Wants) != n || len(p.Unmet) != n || len(p.Present) != n {
		return fmt.Errorf("%w: %d rows, but not all facts of all", ErrInstance, n)
	}
	if len(p.SinkX) != m || len(p.SinkY) != m || len(p.Gives) != m {
		return fmt.Errorf("%w: %d sinks, but not all facts of all", ErrInstance, m)
	}
	if !(p.Rate > 0) || p.Churn < 0 {
		return fmt.Errorf("%w: rate %v, churn %d", ErrInstance, p.Rate, p.Churn)
	}
	box := around(p.RowX, p.RowY).join(around(p.SinkX, p.SinkY))
	if m > 0 && n > 0 {
		if w := box.x1 - box.x0 + box.y1 - box.y0; !(w*p.Rate < MaxCost/2) {
			return fmt.Errorf("%w: places %v apart", ErrInstance, w)
		}
	}
	for i := range n {
		if p.Unmet[i] < 0 || p.Unmet[i] > MaxCost/32 || int(p.Present[i]) >= m {
			return fmt.Errorf("%w: row %d, unmet %d, present %d", ErrInstance, i, p.Unmet[i], p.Present[i])
		}
	}
	return checkEnds(p.Leave, p.Loads)
}

// pointSolver numbers rows and sinks so that neighbours in the plane are neighbours in memory, and turns answers back.
type pointSolver struct {
	*lazySolver
	row, sink []int32 // number in the instance of each of ours
	number    []int32 // ours of the instance's sinks

	coarseFrom int
}

// NewPoints makes a solver over the complete graph of p, with its trees. It keeps p and does not change it.
func NewPoints(p *Points, o Options) (*Solver, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	s := &pointSolver{row: ZOrder(p.RowX, p.RowY), coarseFrom: coarseFrom}
	g := newPointOracle(p, s.row)
	s.sink = g.sinkID
	s.number = make([]int32, len(s.sink))
	l := Loads{Start: make([]int32, 1, len(s.sink)+1), Price: make([]int32, 0, len(p.Loads.Price))}
	for k, j := range s.sink {
		s.number[j] = int32(k)
		l.Price = append(l.Price, p.Loads.Of(j)...)
		l.Start = append(l.Start, int32(len(l.Price)))
	}
	leave := make([]int32, len(s.row))
	for k, i := range s.row {
		leave[k] = p.Leave[i]
	}
	g.seat(s.number)
	s.lazySolver = newLazySolver(leave, l, g)
	s.workers = o.Workers
	return &Solver{e: s, o: o, sinks: int32(len(s.sink))}, nil
}

func (s *pointSolver) shut(j int32) { s.lazySolver.shut(s.number[j]) }

func (s *pointSolver) result() *Result {
	in := s.lazySolver.result()
	r := &Result{Sink: make([]int32, len(s.row)), Potentials: make([]int32, len(s.sink)), Price: in.Price, Left: in.Left, Work: in.Work}
	for k, i := range s.row {
		r.Sink[i] = out
		if j := in.Sink[k]; j >= 0 {
			r.Sink[i] = s.sink[j]
		}
	}
	for k, j := range s.sink {
		r.Potentials[j] = in.Potentials[k]
	}
	return r
}

// ZOrder numbers points along a Z-order curve: the k-th on it is order[k]. Points at one place stay in order. Instances
// whose rows and sinks are so numbered are solved faster, because neighbours in the plane are neighbours in memory.
func ZOrder(x, y []float64) (order []int32) {
	b := around(x, y)
	size := max(b.x1-b.x0, b.y1-b.y0)
	keys := make([]uint64, len(x))
	for i := range x {
		keys[i] = uint64(interleave(x[i]-b.x0, size)|interleave(y[i]-b.y0, size)<<1)<<32 | uint64(i)
	}
	slices.Sort(keys)
	order = make([]int32, len(x))
	for k, v := range keys {
		order[k] = int32(uint32(v))
	}
	return order
}

// interleave puts the 16 leading bits of v/size into the even places.
func interleave(v, size float64) (z uint32) {
	if !(size > 0) {
		return 0
	}
	z = min(uint32(v/size*65536), 65535)
	z = (z | z<<8) & 0x00ff00ff
	z = (z | z<<4) & 0x0f0f0f0f
	z = (z | z<<2) & 0x33333333
	return (z | z<<1) & 0x55555555
}
