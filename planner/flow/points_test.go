package flow

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
)

// clumps makes points in clumps, many of them at one place, with churn, wants, forbidden pairs and minimum loads.
func clumps(rng *rand.Rand, n, m int) *Points {
	p := &Points{Rate: 1.3, Churn: rng.Int32N(40), Loads: Loads{Start: []int32{0}}}
	side := 1 + rng.Float64()*300
	var cx, cy []float64
	for range 1 + rng.IntN(4) {
		cx, cy = append(cx, rng.Float64()*side), append(cy, rng.Float64()*side)
	}
	at := func() (x, y float64) {
		k := rng.IntN(len(cx))
		if rng.IntN(2) == 0 {
			return cx[k], cy[k]
		}
		return cx[k] + rng.NormFloat64()*side/10, cy[k] + rng.NormFloat64()*side/10
	}
	for range m {
		x, y := at()
		p.SinkX, p.SinkY, p.Gives = append(p.SinkX, x), append(p.SinkY, y), append(p.Gives, uint8(rng.IntN(8)))
		least, target := rng.IntN(3), 1+rng.IntN(1+2*n/m)
		for l := range min(least+target+rng.IntN(3), n+1) {
			c := int32(0)
			if l >= least {
				c = 200
			}
			if l >= least+target {
				c += 40 * int32(l-least-target+1)
			}
			p.Loads.Price = append(p.Loads.Price, c)
		}
		p.Loads.Start = append(p.Loads.Start, int32(len(p.Loads.Price)))
	}
	for range n {
		x, y := at()
		p.RowX, p.RowY, p.Wants = append(p.RowX, x), append(p.RowY, y), append(p.Wants, uint8(rng.IntN(8)))
		p.Unmet, p.Present, p.Leave = append(p.Unmet, rng.Int32N(30)), append(p.Present, rng.Int32N(int32(m)+1)-1), append(p.Leave, 300+rng.Int32N(900))
	}
	salt := rng.Uint32()
	p.Forbidden = func(i, j int32) bool { return (uint32(i)*2654435761^uint32(j)*40503^salt)%7 == 0 }
	return p
}

// every writes out all pairs of p for the plain solver.
func every(p *Points, closed []bool) Problem {
	a := Problem{Sources: len(p.Leave), Sinks: len(p.SinkX), Leave: func(i int) int32 { return p.Leave[i] }, Row: func(i int, row []int32) {
		for j := range row {
			row[j] = Forbidden
			if c, ok := p.Cost(int32(i), int32(j)); ok {
				row[j] = c
			}
		}
	}}
	for j := range p.SinkX {
		if closed[j] {
			a.Marginals = append(a.Marginals, nil)
		} else {
			a.Marginals = append(a.Marginals, p.Loads.Of(int32(j)))
		}
	}
	return a
}

// dual is the bound of potentials over all pairs, by brute force.
func dual(p Problem, pot []int32) (d int64) {
	row := make([]int32, p.Sinks)
	for i := range p.Sources {
		p.Row(i, row)
		u := int64(p.Leave(i))
		for j, c := range row {
			if c != Forbidden {
				u = min(u, int64(c)+int64(pot[j]))
			}
		}
		d += u
	}
	for j, mc := range p.Marginals {
		for _, c := range mc {
			d -= max(0, int64(pot[j])-int64(c))
		}
	}
	return d
}

// agree solves p, closes sinks one after the other and solves again, each time holding price and proof against the plain
// solver and brute force.
func agree(t *testing.T, s *Solver, plain func(closed []bool) Problem, sinks int, rng *rand.Rand) {
	t.Helper()
	ctx := context.Background()
	closed := make([]bool, sinks)
	for round := range 3 {
		got, err := s.Solve(ctx)
		if err != nil {
			t.Fatal(err)
		}
		p := plain(closed)
		want, err := Solve(ctx, p, nil)
		if err != nil {
			t.Fatal(err)
		}
		price, ok := worth(p, got.Sink)
		bound, _ := s.Prove(ctx)
		if brute := dual(p, got.Potentials); !ok || price != got.Price || price != want.Price || bound != price || brute != price {
			t.Fatalf("round %d: price %d (redone %d, %v), bound %d (by brute force %d), want %d", round, got.Price, price, ok, bound, brute, want.Price)
		}
		j := rng.IntN(sinks)
		closed[j] = true
		if err := s.Close(int32(j)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheCompleteGraphIsSolvedAsByThePlainSolver(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		p := clumps(rng, 1+rng.IntN(24), 1+rng.IntN(8))
		s, err := NewPoints(p, Options{})
		if err != nil {
			t.Fatal(err)
		}
		agree(t, s, func(closed []bool) Problem { return every(p, closed) }, len(p.SinkX), rng)
	}
	for range 60 {
		p := clumps(rng, 300+rng.IntN(300), 20+rng.IntN(60))
		s, err := NewPoints(p, Options{})
		if err != nil {
			t.Fatal(err)
		}
		agree(t, s, func(closed []bool) Problem { return every(p, closed) }, len(p.SinkX), rng)
	}
}

// best finds the least price of all placements by trying every one.
func best(p Problem) int64 {
	sink := make([]int32, p.Sources)
	least := int64(1) << 60
	var try func(i int)
	try = func(i int) {
		if i == p.Sources {
			if price, ok := worth(p, sink); ok {
				least = min(least, price)
			}
			return
		}
		for j := -1; j < p.Sinks; j++ {
			sink[i] = int32(j)
			try(i + 1)
		}
	}
	try(0)
	return least
}

func TestNoPlacementIsCheaper(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 1500 {
		p := clumps(rng, 1+rng.IntN(5), 1+rng.IntN(4))
		got, err := SolvePoints(context.Background(), p, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if want := best(every(p, make([]bool, len(p.SinkX)))); got.Price != want {
			t.Fatalf("price %d, the cheapest of all placements costs %d", got.Price, want)
		}
	}
}

func TestASpoiltProofIsRefused(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 2000 {
		p := clumps(rng, 4+rng.IntN(20), 2+rng.IntN(6))
		got, err := SolvePoints(context.Background(), p, Options{})
		if err != nil {
			t.Fatal(err)
		}
		plain := every(p, make([]bool, len(p.SinkX)))
		pot := slices.Clone(got.Potentials)
		pot[rng.IntN(len(pot))] += rng.Int32N(4001) - 2000
		if d := dual(plain, pot); d > got.Price {
			t.Fatalf("potentials prove %d, but there is a placement at %d", d, got.Price)
		}
		sink := slices.Clone(got.Sink)
		sink[rng.IntN(len(sink))] = rng.Int32N(int32(len(pot))+1) - 1
		if price, ok := worth(plain, sink); ok && price < got.Price {
			t.Fatalf("a spoilt placement costs %d, less than the proved %d", price, got.Price)
		}
	}
}

func TestTheOrderOfRowsAndSinksDoesNotChangeThePrice(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for range 200 {
		p := clumps(rng, 40, 10)
		p.Forbidden = nil
		a, err := SolvePoints(context.Background(), p, Options{})
		if err != nil {
			t.Fatal(err)
		}
		q := *p
		q.RowX, q.RowY, q.Wants, q.Unmet, q.Present, q.Leave = nil, nil, nil, nil, nil, nil
		for _, i := range rng.Perm(40) {
			q.RowX, q.RowY, q.Wants = append(q.RowX, p.RowX[i]), append(q.RowY, p.RowY[i]), append(q.Wants, p.Wants[i])
			q.Unmet, q.Present, q.Leave = append(q.Unmet, p.Unmet[i]), append(q.Present, p.Present[i]), append(q.Leave, p.Leave[i])
		}
		b, err := SolvePoints(context.Background(), &q, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if a.Price != b.Price {
			t.Fatalf("prices %d and %d of one county in two orders", a.Price, b.Price)
		}
	}
}

func TestTwoWorkersPlaceAsOne(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	for range 20 {
		p := clumps(rng, 600, 60)
		one, err := SolvePoints(context.Background(), p, Options{})
		if err != nil {
			t.Fatal(err)
		}
		two, err := SolvePoints(context.Background(), p, Options{Workers: 2})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(one.Sink, two.Sink) || !slices.Equal(one.Potentials, two.Potentials) || one.Work != two.Work {
			t.Fatal("two workers place otherwise than one")
		}
	}
}

func TestASolutionBrokenOffIsNotGoneOnWith(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	ctx, cancel := context.WithCancel(context.Background())
	s, err := NewPoints(clumps(rng, 600, 20), Options{Progress: func(done, total int) { cancel() }})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	for range 2 {
		if _, err := s.Solve(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v, want context.Canceled", err)
		}
	}
}

func TestUnsoundInstancesAreRefused(t *testing.T) {
	good := func() *Arcs {
		return &Arcs{Start: []int64{0, 2}, Col: []int32{0, 1}, Cost: []int32{1, 2}, Leave: []int32{9}, Loads: Loads{Start: []int32{0, 1, 2}, Price: []int32{0, 0}}}
	}
	for name, spoil := range map[string]func(a *Arcs){
		"costs fall":          func(a *Arcs) { a.Cost[1] = 0 },
		"an unknown sink":     func(a *Arcs) { a.Col[1] = 2 },
		"a cost out of range": func(a *Arcs) { a.Cost[1] = MaxCost + 1 },
		"a start too few":     func(a *Arcs) { a.Start = a.Start[:1] },
		"place prices fall":   func(a *Arcs) { a.Loads = Loads{Start: []int32{0, 2, 2}, Price: []int32{1, 0}} },
		"places without end":  func(a *Arcs) { a.Loads.Start[2] = 3 },
	} {
		a := good()
		spoil(a)
		if _, err := NewArcs(a, Options{}); !errors.Is(err, ErrInstance) {
			t.Errorf("%s: got %v, want ErrInstance", name, err)
		}
	}
	s, err := NewArcs(good(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(2); !errors.Is(err, ErrInstance) {
		t.Errorf("closing an unknown sink: got %v, want ErrInstance", err)
	}
}
