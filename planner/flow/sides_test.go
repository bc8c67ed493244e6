package flow

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
)

// sided makes a solver that divides even small instances.
func sided(t *testing.T, p *Points, o Options) (*Solver, *pointSolver) {
	t.Helper()
	s, err := NewPoints(p, o)
	if err != nil {
		t.Fatal(err)
	}
	e := s.e.(*pointSolver)
	e.sidesFrom, e.searchesFrom = 2, 1
	return s, e
}

func TestSidesPlaceAsThePlainSolver(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	by := Work{}
	run := func(n, m int) {
		p := clumps(rng, n, m)
		s, e := sided(t, p, Options{Workers: 1 + rng.IntN(2)})
		if _, err := s.Solve(context.Background()); err != nil {
			t.Fatal(err)
		}
		for _, w := range e.parts {
			if w != nil {
				by.Forward += w.work.Forward
				by.Backward += w.work.Backward
			}
		}
		agree(t, s, func(closed []bool) Problem { return every(p, closed) }, len(p.SinkX), rng)
	}
	for range 1200 {
		run(1+rng.IntN(24), 1+rng.IntN(8))
	}
	for range 40 {
		run(300+rng.IntN(300), 20+rng.IntN(60))
	}
	if by.Forward == 0 || by.Backward == 0 {
		t.Fatalf("of the last stages, sides made %d searches forwards and %d backwards: nothing is tested", by.Forward, by.Backward)
	}
}

func TestSidesPlaceAlikeWithOneWorkerAndTwo(t *testing.T) {
	rng := rand.New(rand.NewPCG(33, 34))
	for range 12 {
		p := clumps(rng, 2000, 150)
		var got [2]*Result
		for k := range got {
			s, _ := sided(t, p, Options{Workers: 1 + k})
			for _, j := range []int32{3, 77, 140} {
				r, err := s.Solve(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				if bound, _ := s.Prove(context.Background()); bound != r.Price {
					t.Fatalf("price %d, bound %d", r.Price, bound)
				}
				got[k] = r
				if err := s.Close(j); err != nil {
					t.Fatal(err)
				}
			}
		}
		if !slices.Equal(got[0].Sink, got[1].Sink) || !slices.Equal(got[0].Potentials, got[1].Potentials) || got[0].Work != got[1].Work {
			t.Fatal("two workers place otherwise than one")
		}
	}
}

func TestSidesCanBeBrokenOff(t *testing.T) {
	rng := rand.New(rand.NewPCG(35, 36))
	ctx, cancel := context.WithCancel(context.Background())
	s, _ := sided(t, clumps(rng, 3000, 100), Options{Workers: 2, Progress: func(done, total int) { cancel() }})
	for range 2 {
		if _, err := s.Solve(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v, want context.Canceled", err)
		}
	}
}

func TestLongSpansKeepTheirArcs(t *testing.T) {
	a := &lazySolver{arena: newArena(), spans: make([]span, 3)}
	want := make([][]arc, 3)
	rng := rand.New(rand.NewPCG(37, 38))
	for n := range int32(400_000) { // longer than a chunk
		i := rng.Int32N(3)
		x := arc{n, i}
		a.add(i, x)
		want[i] = append(want[i], x)
	}
	for i := range want {
		if !slices.Equal(a.arcsOf(int32(i)), want[i]) {
			t.Fatalf("row %d lost arcs", i)
		}
	}
}
