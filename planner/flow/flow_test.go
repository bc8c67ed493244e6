package flow

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// made is a random problem: small numbers, so that ties are common, some pairs forbidden, some sinks without room.
func made(r *rand.Rand, n, m int) Problem {
	spread := []int{2, 10, 1000}[r.IntN(3)]
	cost := make([]int32, n*m)
	for k := range cost {
		cost[k] = int32(r.IntN(spread) - spread/4)
		if r.IntN(5) == 0 {
			cost[k] = Forbidden
		}
	}
	leave := make([]int32, n)
	for i := range leave {
		leave[i] = int32(r.IntN(3 * spread))
	}
	mc := make([][]int32, m)
	for j := range mc {
		mc[j] = make([]int32, r.IntN(5))
		for l := range mc[j] {
			mc[j][l] = int32(r.IntN(spread) - spread/8)
		}
		slices.Sort(mc[j])
	}
	return dense(cost, leave, mc, m)
}

func dense(cost, leave []int32, mc [][]int32, m int) Problem {
	return Problem{Sources: len(leave), Sinks: m, Marginals: mc,
		Row:   func(i int, row []int32) { copy(row, cost[i*m:(i+1)*m]) },
		Leave: func(i int) int32 { return leave[i] }}
}

// price is what a placement costs, far above all else if it is not allowed.
func price(p Problem, sink []int32) (sum int64) {
	load := make([]int, p.Sinks)
	row := make([]int32, p.Sinks)
	for i, j := range sink {
		if j < 0 {
			sum += int64(p.Leave(i))
			continue
		}
		p.Row(i, row)
		if row[j] == Forbidden || load[j] == len(p.Marginals[j]) {
			return math.MaxInt64 / 2
		}
		sum += int64(row[j]) + int64(p.Marginals[j][load[j]])
		load[j]++
	}
	return sum
}

// brute tries every placement.
func brute(p Problem) int64 {
	best := int64(math.MaxInt64)
	sink := make([]int32, p.Sources)
	var try func(i int)
	try = func(i int) {
		if i == p.Sources {
			best = min(best, price(p, sink))
			return
		}
		for j := int32(-1); j < int32(p.Sinks); j++ {
			sink[i] = j
			try(i + 1)
		}
	}
	try(0)
	return best
}

// plain is a second solver that shares nothing with the first: an explicit network and Bellman–Ford paths.
func plain(p Problem) int64 {
	type arc struct {
		to, room int
		cost     int64
	}
	var arcs []arc
	out := make([][]int, p.Sources+p.Sinks+2)
	s, t := p.Sources+p.Sinks, p.Sources+p.Sinks+1
	add := func(a, b, room int, cost int64) {
		out[a] = append(out[a], len(arcs))
		arcs = append(arcs, arc{b, room, cost})
		out[b] = append(out[b], len(arcs))
		arcs = append(arcs, arc{a, 0, -cost})
	}
	row := make([]int32, p.Sinks)
	for i := range p.Sources {
		add(s, i, 1, 0)
		add(i, t, 1, int64(p.Leave(i)))
		p.Row(i, row)
		for j, c := range row {
			if c != Forbidden {
				add(i, p.Sources+j, 1, int64(c))
			}
		}
	}
	for j, mc := range p.Marginals {
		for _, c := range mc {
			add(p.Sources+j, t, 1, int64(c))
		}
	}
	total := int64(0)
	for range p.Sources {
		dist := make([]int64, len(out))
		by := make([]int, len(out))
		for v := range dist {
			dist[v] = math.MaxInt64 / 4
		}
		dist[s] = 0
		for changed := true; changed; {
			changed = false
			for v := range out {
				for _, a := range out[v] {
					if x := arcs[a]; x.room > 0 && dist[v] < math.MaxInt64/8 && dist[v]+x.cost < dist[x.to] {
						dist[x.to], by[x.to], changed = dist[v]+x.cost, a, true
					}
				}
			}
		}
		total += dist[t]
		for v := t; v != s; v = arcs[by[v]^1].to {
			arcs[by[v]].room--
			arcs[by[v]^1].room++
		}
	}
	return total
}

func TestTheOptimumIsThatOfEveryPlacementTried(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		p := made(r, 1+r.IntN(6), 1+r.IntN(4))
		got, err := Solve(context.Background(), p, nil)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if want := brute(p); got.Price != want || got.Bound != want || price(p, got.Sink) != want {
			t.Fatalf("seed %d: price %d, bound %d, placement %d; want %d", seed, got.Price, got.Bound, price(p, got.Sink), want)
		}
	}
}

func TestTheOptimumIsThatOfASecondSolver(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 2))
		p := made(r, 1+r.IntN(40), 1+r.IntN(12))
		got, err := Solve(context.Background(), p, nil)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if want := plain(p); got.Price != want || price(p, got.Sink) != want {
			t.Fatalf("seed %d: price %d, placement %d; want %d", seed, got.Price, price(p, got.Sink), want)
		}
	}
}

func TestTheOrderOfSourcesAndSinksDoesNotChangeThePrice(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 3))
		n, m := 5+r.IntN(60), 2+r.IntN(12)
		p := made(r, n, m)
		a, err := Solve(context.Background(), p, nil)
		if err != nil {
			t.Fatal(err)
		}
		rows, cols := r.Perm(n), r.Perm(m)
		q := Problem{Sources: n, Sinks: m, Leave: func(i int) int32 { return p.Leave(rows[i]) }, Row: func(i int, row []int32) {
			x := make([]int32, m)
			p.Row(rows[i], x)
			for j := range row {
				row[j] = x[cols[j]]
			}
		}}
		for j := range m {
			q.Marginals = append(q.Marginals, p.Marginals[cols[j]])
		}
		b, err := Solve(context.Background(), q, nil)
		if err != nil {
			t.Fatal(err)
		}
		if a.Price != b.Price {
			t.Fatalf("seed %d: price %d, permuted %d", seed, a.Price, b.Price)
		}
		if again, _ := Solve(context.Background(), p, nil); !slices.Equal(a.Sink, again.Sink) || !slices.Equal(a.Potentials, again.Potentials) {
			t.Fatalf("seed %d: a second run gave another placement", seed)
		}
	}
}

func TestForcingAPairCostsWhatSolvingAgainSays(t *testing.T) {
	forced := 0
	for seed := range uint64(600) {
		r := rand.New(rand.NewPCG(seed, 4))
		n, m := 1+r.IntN(14), 1+r.IntN(6)
		p := made(r, n, m)
		sol, err := Solve(context.Background(), p, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := NewResidual(p, sol.Sink, sol.Potentials)
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			i, j := r.IntN(n), r.IntN(m)
			row := make([]int32, m)
			p.Row(i, row)
			got, err := res.Force(i, j)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			// The same problem in which i has no choice: everything else forbidden and leaving out dearer than all.
			q := p
			q.Row = func(k int, x []int32) {
				p.Row(k, x)
				if k == i {
					for l := range x {
						if l != j {
							x[l] = Forbidden
						}
					}
				}
			}
			q.Leave = func(k int) int32 {
				if k == i {
					return 1 << 20
				}
				return p.Leave(k)
			}
			want, err := Solve(context.Background(), q, nil)
			if err != nil {
				t.Fatal(err)
			}
			if possible := want.Sink[i] == int32(j); possible != got.Possible {
				t.Fatalf("seed %d: %d to %d possible %t, want %t", seed, i, j, got.Possible, possible)
			}
			if !got.Possible {
				continue
			}
			forced++
			if got.Extra != want.Price-sol.Price {
				t.Fatalf("seed %d: %d to %d costs %d more, want %d", seed, i, j, got.Extra, want.Price-sol.Price)
			}
			moved := slices.Clone(sol.Sink)
			moved[i] = int32(j)
			for _, mv := range got.Moves {
				if moved[mv.Source] != mv.From {
					t.Fatalf("seed %d: move %+v, but the source is at %d", seed, mv, moved[mv.Source])
				}
				moved[mv.Source] = mv.To
			}
			if pr := price(p, moved); pr != want.Price {
				t.Fatalf("seed %d: after the moves the price is %d, want %d", seed, pr, want.Price)
			}
		}
	}
	if forced < 500 {
		t.Errorf("only %d pairs could be forced; the test says little", forced)
	}
}

func TestBadProblemsAreRefused(t *testing.T) {
	ok := func() Problem { return dense([]int32{1, 2}, []int32{9}, [][]int32{{0}, {0}}, 2) }
	for _, c := range []struct {
		name  string
		spoil func(*Problem)
	}{
		{"falling marginals", func(p *Problem) { p.Marginals[0] = []int32{2, 1} }},
		{"a cost out of range", func(p *Problem) { p.Row = func(i int, row []int32) { row[0], row[1] = MaxCost+1, 0 } }},
		{"a leave price out of range", func(p *Problem) { p.Leave = func(int) int32 { return Forbidden } }},
		{"a missing sink", func(p *Problem) { p.Sinks = 3 }},
		{"too many pairs", func(p *Problem) { p.Sources, p.Sinks = 1<<20, 1<<20 }},
	} {
		p := ok()
		c.spoil(&p)
		if _, err := Solve(context.Background(), p, nil); err == nil {
			t.Errorf("%s: got no error", c.name)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Solve(ctx, ok(), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
	if s, err := Solve(context.Background(), Problem{}, nil); err != nil || s.Price != 0 {
		t.Errorf("nothing to place: got %v, %v; want price 0", s, err)
	}
	if s, err := Solve(context.Background(), dense(nil, []int32{7, 5}, nil, 0), nil); err != nil || s.Price != 12 || s.Left != 2 {
		t.Errorf("no sinks: got %+v, %v; want both left out for 12", s, err)
	}
}

// county is a problem of the shape of a county: few distinct prices, so that plateaus are wide, and hardly any spare room.
func county(n, m int) Problem {
	r := rand.New(rand.NewPCG(7, 7))
	units, villages := max(1, m/13), 35
	home := make([]int, units)
	for u := range home {
		home[u] = r.IntN(villages)
	}
	skill := make([]int, m)
	for j := range skill {
		skill[j] = r.IntN(128)
	}
	village, need, last := make([]int, n), make([]int, n), make([]int, n)
	for i := range n {
		village[i], need[i], last[i] = i*villages/n, 1<<r.IntN(7), -1
		if r.IntN(5) > 0 {
			last[i] = r.IntN(m)
		}
	}
	mc := make([][]int32, m)
	for j := range mc {
		for l := range 15 {
			mc[j] = append(mc[j], int32(240*max(0, l-12)))
		}
	}
	return Problem{Sources: n, Sinks: m, Marginals: mc, Leave: func(int) int32 { return 600_000 }, Row: func(i int, row []int32) {
		for j := range row {
			v := home[j*units/m]
			c := int32(2100)
			if v == village[i] {
				c = 600
			} else if v/5 == village[i]/5 {
				c = 1200
			}
			if skill[j]&need[i] != 0 {
				c -= 360
			}
			if last[i] >= 0 && last[i] != j {
				c += 1800
			}
			row[j] = c
		}
	}}
}

func BenchmarkCountyOf1150CadresAnd15000Households(b *testing.B) {
	p := county(15_000, 1_150)
	for b.Loop() {
		s, err := Solve(context.Background(), p, nil)
		if err != nil || s.Left > 0 {
			b.Fatal(s, err)
		}
		b.ReportMetric(float64(s.Steps), "steps")
	}
}

func BenchmarkScattered1150And15000(b *testing.B) {
	r := rand.New(rand.NewPCG(8, 8))
	const n, m = 15_000, 1_150
	at := make([][2]float64, n+m)
	for k := range at {
		at[k] = [2]float64{r.Float64() * 50_000, r.Float64() * 50_000}
	}
	mc := make([][]int32, m)
	for j := range mc {
		for l := range 20 {
			mc[j] = append(mc[j], int32(400*max(0, l-10)))
		}
	}
	p := Problem{Sources: n, Sinks: m, Marginals: mc, Leave: func(int) int32 { return 600_000 }, Row: func(i int, row []int32) {
		for j := range row {
			row[j] = int32(math.Hypot(at[i][0]-at[n+j][0], at[i][1]-at[n+j][1]))
		}
	}}
	for b.Loop() {
		s, err := Solve(context.Background(), p, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(s.Steps), "steps")
	}
}
