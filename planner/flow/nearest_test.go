package flow

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"testing"
)

// What a search that stops early says is what the whole table says, which is held against solving again elsewhere: of random
// problems with many equal prices, for every source, every sink and every n.
func TestNearestAndReachSayWhatTheWholeTableSays(t *testing.T) {
	asked, short, chains := 0, 0, 0
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
		for i := range n {
			var all []Near
			for j, x := range tab.All(i) {
				got, want := tab.Reach(i, j), tab.Force(i, j)
				if got.Possible != want.Possible || got.Extra != want.Extra || len(got.Moves) != len(want.Moves) {
					t.Fatalf("seed %d: %d to %d: reach %+v, force %+v", seed, i, j, got, want)
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
	if asked < 10_000 || short < 5_000 || chains < 5_000 {
		t.Errorf("%d lists asked, %d of them cut short, %d moves; the test says little", asked, short, chains)
	}
}
