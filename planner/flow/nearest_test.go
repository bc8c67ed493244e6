package flow

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"testing"
)

// What a table says that keeps few moves is what a residual says that reads them all, and both are held against solving again
// elsewhere: of random problems, half of them with many equal prices, for every source, every sink and every n.
func TestATableThatKeepsFewMovesSaysWhatAllMovesSay(t *testing.T) {
	asked, short, chains, kept, pairs := 0, 0, 0, 0, 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 15))
		n, m := 1+r.IntN(30), 1+r.IntN(12)
		p := made(r, n, m)
		if seed%2 == 0 { // ties
			p.Row = func(row func(int, []int32)) func(int, []int32) {
				return func(i int, x []int32) {
					row(i, x)
					for j := range x {
						if x[j] != Forbidden {
							x[j] = x[j] / 20 * 20
						}
					}
				}
			}(p.Row)
		}
		sol, err := Solve(context.Background(), p, nil)
		if err != nil {
			t.Fatal(err)
		}
		tab, err := NewTable(context.Background(), p, sol.Sink, sol.Potentials)
		if err != nil {
			t.Fatal(err)
		}
		res, err := NewResidual(p, sol.Sink, sol.Potentials)
		if err != nil {
			t.Fatal(err)
		}
		kept, pairs = kept+len(tab.cost), pairs+tab.width*tab.width
		for i := range n {
			var all []Near
			for j, x := range tab.All(i) {
				got := tab.Force(i, j)
				want, err := res.Force(i, j)
				if err != nil {
					t.Fatal(err)
				}
				if x.Possible != want.Possible || x.Extra != want.Extra || x.Moves != len(want.Moves) {
					t.Fatalf("seed %d: %d to %d: table %+v, residual %+v", seed, i, j, x, want)
				}
				if got.Possible != want.Possible || got.Extra != want.Extra || len(got.Moves) != len(want.Moves) {
					t.Fatalf("seed %d: %d to %d: table %+v, residual %+v", seed, i, j, got, want)
				}
				if got.Possible {
					moved := slices.Clone(sol.Sink)
					moved[i] = int32(j)
					for _, mv := range got.Moves {
						if moved[mv.Source] != mv.From {
							t.Fatalf("seed %d: %d to %d: move %+v, but the source is at %d", seed, i, j, mv, moved[mv.Source])
						}
						moved[mv.Source] = mv.To
					}
					if pr := price(p, moved); pr != sol.Price+got.Extra {
						t.Fatalf("seed %d: %d to %d: after the moves the price is %d, want %d", seed, i, j, pr, sol.Price+got.Extra)
					}
					chains += len(got.Moves)
				}
				if x.Possible && int32(j) != sol.Sink[i] {
					all = append(all, Near{int32(j), x.Extra, x.Moves})
				}
			}
			slices.SortStableFunc(all, func(a, b Near) int { return cmp.Or(cmp.Compare(a.Extra, b.Extra), cmp.Compare(a.Moves, b.Moves)) })
			for k := range m + 2 {
				want := all[:min(k, len(all))]
				if got := tab.Nearest(i, k); !slices.Equal(got, want) {
					t.Fatalf("seed %d: source %d, the first %d: got %v, want %v", seed, i, k, got, want)
				}
				if asked++; k < len(all) {
					short++
				}
			}
		}
	}
	t.Logf("%d of %d moves kept", kept, pairs)
	if asked < 10_000 || short < 5_000 || chains < 5_000 {
		t.Errorf("%d lists asked, %d of them cut short, %d moves; the test says little", asked, short, chains)
	}
}

// With more sinks than are read before a reading drops any, and with households for all places, so that there may be no way over
// spare ones, a table still says what a residual says that drops nothing.
func TestATableOfManySinksSaysWhatAllMovesSay(t *testing.T) {
	asked, kept, pairs := 0, 0, 0
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 29))
		m := firstSinks*5/2 + r.IntN(40)
		n := 2 * m
		if seed%3 == 2 {
			n += 50 // some are left out
		}
		x, y := make([]int, n+m), make([]int, n+m)
		for k := range x {
			x[k], y[k] = r.IntN(60), r.IntN(60)
		}
		cost := make([]int32, n*m)
		for k := range cost {
			i, j := k/m, k%m+n
			if cost[k] = int32(max(x[i]-x[j], x[j]-x[i]) + max(y[i]-y[j], y[j]-y[i])); r.IntN(30) == 0 {
				cost[k] = Forbidden
			}
		}
		leave, mc := make([]int32, n), make([][]int32, m)
		for i := range leave {
			leave[i] = 500
		}
		for j := range mc {
			mc[j] = []int32{0, 5}
			if seed%3 == 0 {
				mc[j] = []int32{0, 5, 25}
			}
		}
		p := dense(cost, leave, mc, m)
		sol, err := Solve(context.Background(), p, nil)
		if err != nil {
			t.Fatal(err)
		}
		tab, err := NewTable(context.Background(), p, sol.Sink, sol.Potentials)
		if err != nil {
			t.Fatal(err)
		}
		res, err := NewResidual(p, sol.Sink, sol.Potentials)
		if err != nil {
			t.Fatal(err)
		}
		kept, pairs = kept+len(tab.cost), pairs+tab.width*tab.width
		for range 8 {
			i := r.IntN(n)
			all, near := tab.All(i), tab.Nearest(i, m)
			for range 40 {
				j := r.IntN(m)
				want, err := res.Force(i, j)
				if err != nil {
					t.Fatal(err)
				}
				got := tab.Force(i, j)
				if got.Possible != want.Possible || got.Extra != want.Extra || len(got.Moves) != len(want.Moves) || all[j] != (Price{want.Possible, want.Extra, len(want.Moves)}) {
					t.Fatalf("seed %d: %d to %d: table %+v and %+v, residual %+v", seed, i, j, got, all[j], want)
				}
				if asked++; got.Possible && int32(j) != sol.Sink[i] && !slices.Contains(near, Near{int32(j), want.Extra, len(want.Moves)}) {
					t.Fatalf("seed %d: %d to %d is not among the nearest", seed, i, j)
				}
			}
			if few := tab.Nearest(i, 20); !slices.Equal(few, near[:min(20, len(near))]) {
				t.Fatalf("seed %d: the first 20 of %d: %v, of all %v", seed, i, few, near)
			}
		}
	}
	t.Logf("%d of %d moves kept, %d pairs asked", kept, pairs, asked)
	if asked < 1500 || kept*2 > pairs {
		t.Error("the test says little")
	}
}
