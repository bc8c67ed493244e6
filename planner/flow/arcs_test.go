package flow

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
)

// small makes an instance of a few rows and sinks with ties, closed sinks, rows without arcs, negative prices and steep
// loads.
func small(rng *rand.Rand) *Arcs {
	n, m := 1+rng.IntN(9), 1+rng.IntN(5)
	spread := int32(1 + rng.IntN(30))
	a := &Arcs{Start: []int64{0}, Loads: Loads{Start: []int32{0}}}
	for range n {
		var js []int32
		for j := range m {
			if rng.IntN(4) > 0 {
				js = append(js, int32(j))
			}
		}
		rng.Shuffle(len(js), func(x, y int) { js[x], js[y] = js[y], js[x] })
		cs := make([]int32, len(js))
		for k := range cs {
			cs[k] = rng.Int32N(spread) - 3
		}
		slices.Sort(cs)
		a.Col, a.Cost = append(a.Col, js...), append(a.Cost, cs...)
		a.Start = append(a.Start, int64(len(a.Col)))
		a.Leave = append(a.Leave, rng.Int32N(40)-4)
	}
	for range m {
		p := rng.Int32N(8) - 4
		for range rng.IntN(5) {
			if rng.IntN(3) == 0 {
				p += rng.Int32N(25)
			}
			a.Loads.Price = append(a.Loads.Price, p)
		}
		a.Loads.Start = append(a.Loads.Start, int32(len(a.Loads.Price)))
	}
	return a
}

// spread turns given arcs into a problem of the plain solver, which shares no code with the other.
func spread(a *Arcs, closed []bool) Problem {
	m := len(a.Loads.Start) - 1
	p := Problem{Sources: len(a.Leave), Sinks: m, Leave: func(i int) int32 { return a.Leave[i] }, Row: func(i int, row []int32) {
		for j := range row {
			row[j] = Forbidden
		}
		for k := a.Start[i]; k < a.Start[i+1]; k++ {
			row[a.Col[k]] = a.Cost[k]
		}
	}}
	for j := range m {
		if closed != nil && closed[j] {
			p.Marginals = append(p.Marginals, nil)
		} else {
			p.Marginals = append(p.Marginals, a.Loads.Of(int32(j)))
		}
	}
	return p
}

// worth works out the price of a placement from the instance alone; ok is false if it breaks an arc or a capacity.
func worth(p Problem, sink []int32) (price int64, ok bool) {
	load := make([]int, p.Sinks)
	row := make([]int32, p.Sinks)
	for i, j := range sink {
		if j < 0 {
			price += int64(p.Leave(i))
			continue
		}
		p.Row(i, row)
		if row[j] == Forbidden || load[j] == len(p.Marginals[j]) {
			return 0, false
		}
		price += int64(row[j]) + int64(p.Marginals[j][load[j]])
		load[j]++
	}
	return price, true
}

// wide makes an instance whose searches are long: near arcs only, minimum loads that some regions cannot fill, and costs far
// beyond what a backward phase lays at first.
func wide(rng *rand.Rand) *Arcs {
	n, m := 200+rng.IntN(300), 15+rng.IntN(40)
	a := &Arcs{Start: []int64{0}, Loads: Loads{Start: []int32{0}}}
	far := 2_000 + rng.Int32N(60_000)
	for i := range n {
		type arc struct{ col, cost int32 }
		var row []arc
		at := float64(i) * float64(m) / float64(n) * (0.5 + rng.Float64())
		for range 3 + rng.IntN(10) {
			j := int(at + rng.NormFloat64()*4)
			if j >= 0 && j < m && !slices.ContainsFunc(row, func(x arc) bool { return x.col == int32(j) }) {
				row = append(row, arc{int32(j), int32(max(at-float64(j), float64(j)-at)*float64(far)/8) + rng.Int32N(far)})
			}
		}
		slices.SortFunc(row, func(x, y arc) int { return int(x.cost - y.cost) })
		for _, x := range row {
			a.Col, a.Cost = append(a.Col, x.col), append(a.Cost, x.cost)
		}
		a.Start = append(a.Start, int64(len(a.Col)))
		a.Leave = append(a.Leave, 140_000)
	}
	for range m {
		least, full := rng.IntN(1+n/m), n/m+rng.IntN(8)
		for l := range full {
			switch {
			case l < least:
				a.Loads.Price = append(a.Loads.Price, 0)
			default:
				a.Loads.Price = append(a.Loads.Price, 20_000+400*int32(max(0, l-n/m)))
			}
		}
		a.Loads.Start = append(a.Loads.Start, int32(len(a.Loads.Price)))
	}
	return a
}

func TestGivenArcsAreSolvedAsByThePlainSolver(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	ctx := context.Background()
	for n := range 20200 {
		a := small(rng)
		if n >= 20000 {
			a = wide(rng)
		}
		s, err := NewArcs(a, Options{})
		if err != nil {
			t.Fatal(err)
		}
		closed := make([]bool, len(a.Loads.Start)-1)
		for round := range 3 {
			got, err := s.Solve(ctx)
			if err != nil {
				t.Fatal(err)
			}
			p := spread(a, closed)
			want, err := Solve(ctx, p, nil)
			if err != nil {
				t.Fatal(err)
			}
			price, ok := worth(p, got.Sink)
			bound, _ := s.Prove(ctx)
			if !ok || price != got.Price || price != want.Price || bound != price {
				t.Fatalf("instance %d round %d: price %d (redone %d, %v), bound %d, want %d\n%+v", n, round, got.Price, price, ok, bound, want.Price, a)
			}
			j := rng.Int32N(int32(len(closed)))
			closed[j] = true
			if err := s.Close(j); err != nil {
				t.Fatal(err)
			}
		}
	}
}
