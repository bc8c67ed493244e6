package flow

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestATableSaysOfEveryPairWhatSolvingAgainSays(t *testing.T) {
	asked := 0
	for seed := range uint64(700) {
		r := rand.New(rand.NewPCG(seed, 14))
		n, m := 1+r.IntN(14), 1+r.IntN(6)
		p := made(r, n, m)
		sol, err := Solve(context.Background(), p, nil)
		if err != nil {
			t.Fatal(err)
		}
		tab, err := NewTable(context.Background(), p, sol.Sink, sol.Potentials)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		i := r.IntN(n)
		for j, got := range tab.All(i) {
			q := p
			q.Row = func(k int, x []int32) {
				p.Row(k, x)
				for l := range x {
					if k == i && l != j {
						x[l] = Forbidden
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
			asked++
			forced := tab.Force(i, j)
			if got.Extra != want.Price-sol.Price || forced.Extra != got.Extra || len(forced.Moves) != got.Moves {
				t.Fatalf("seed %d: %d to %d: all says %+v, force %+v, solving again %d", seed, i, j, got, forced, want.Price-sol.Price)
			}
			moved := slices.Clone(sol.Sink)
			moved[i] = int32(j)
			for _, mv := range forced.Moves {
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
	if asked < 1000 {
		t.Errorf("only %d pairs were possible; the test says little", asked)
	}
}

func TestOneMorePlaceSavesWhatSolvingAgainSays(t *testing.T) {
	helped := 0
	for seed := range uint64(700) {
		r := rand.New(rand.NewPCG(seed, 15))
		n, m := 2+r.IntN(14), 1+r.IntN(6)
		p := made(r, n, m)
		sol, err := Solve(context.Background(), p, nil)
		if err != nil {
			t.Fatal(err)
		}
		tab, err := NewTable(context.Background(), p, sol.Sink, sol.Potentials)
		if err != nil {
			t.Fatal(err)
		}
		for j := range m {
			price := int32(r.IntN(20))
			if mc := p.Marginals[j]; len(mc) > 0 {
				price += mc[len(mc)-1]
			}
			q := p
			q.Marginals = slices.Clone(p.Marginals)
			q.Marginals[j] = append(slices.Clone(p.Marginals[j]), price)
			again, err := Solve(context.Background(), q, nil)
			if err != nil {
				t.Fatal(err)
			}
			saves, serves := tab.Gain(j, price)
			if saves != sol.Price-again.Price {
				t.Fatalf("seed %d: a place at %d saves %d, solving again says %d", seed, j, saves, sol.Price-again.Price)
			}
			if saves > 0 {
				helped++
			}
			if serves && saves == 0 {
				t.Fatalf("seed %d: serves one more and saves nothing", seed)
			}
			// The same place for one source alone: a sink of its own.
			i := r.IntN(n)
			one := Problem{Sources: n, Sinks: m + 1, Leave: p.Leave, Marginals: append(slices.Clone(p.Marginals), []int32{price}), Row: func(k int, x []int32) {
				p.Row(k, x[:m])
				x[m] = Forbidden
				if k == i {
					x[m] = x[j]
				}
			}}
			if again, err = Solve(context.Background(), one, nil); err != nil {
				t.Fatal(err)
			}
			row := make([]int32, m)
			p.Row(i, row)
			want := sol.Price - again.Price
			if saves, _ := tab.GainFor(i, j, price, row); sol.Sink[i] != int32(j) && saves != want {
				t.Fatalf("seed %d: a place at %d for %d saves %d, solving again says %d", seed, j, i, saves, want)
			}
		}
	}
	if helped < 300 {
		t.Errorf("only %d places helped; the test says little", helped)
	}
}

func TestATableRefusesWhatIsNotProvedAndWhatIsTooLarge(t *testing.T) {
	p := dense([]int32{0, 9, 9, 0}, []int32{50, 50}, [][]int32{{0, 0}, {0, 0}}, 2)
	if _, err := NewTable(context.Background(), p, []int32{1, 0}, []int64{0, 0}); !errors.Is(err, ErrNotOptimal) {
		t.Errorf("a bad placement: got %v, want ErrNotOptimal", err)
	}
	if _, err := NewTable(context.Background(), Problem{Sinks: MaxWide + 1}, nil, nil); !errors.Is(err, ErrNoTable) {
		t.Errorf("too many sinks: got %v, want ErrNoTable", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := NewTable(ctx, p, []int32{0, 1}, []int64{0, 0}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v, want context.Canceled", err)
	}
}
