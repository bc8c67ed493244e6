package flow

import (
	"math/rand/v2"
	"testing"
)

func TestPricesOfACoarseCountyLeadToTheSamePlacement(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 42))
	started := 0
	run := func(n, m int) {
		p := clumps(rng, n, m)
		s, err := NewPoints(p, Options{Workers: 1 + rng.IntN(2)})
		if err != nil {
			t.Fatal(err)
		}
		e := s.e.(*pointSolver)
		if e.coarseFrom = 8; n >= 8 && len(e.sink) > coarseBy {
			started++
		}
		agree(t, s, func(closed []bool) Problem { return every(p, closed) }, len(p.SinkX), rng)
	}
	for range 1000 {
		run(1+rng.IntN(40), 1+rng.IntN(12))
	}
	for range 30 {
		run(300+rng.IntN(300), 20+rng.IntN(60))
	}
	if started < 300 {
		t.Fatalf("only %d instances started from a coarse one", started)
	}
}

func TestACoarseCountyHasTheSameShape(t *testing.T) {
	rng := rand.New(rand.NewPCG(43, 44))
	for range 200 {
		p := clumps(rng, 100+rng.IntN(400), 8+rng.IntN(60))
		s, err := NewPoints(p, Options{})
		if err != nil {
			t.Fatal(err)
		}
		c, group := s.e.(*pointSolver).coarse()
		if err := c.check(); err != nil {
			t.Fatal(err)
		}
		groups := len(c.Gives)
		if want := len(p.Leave) / coarseBy; len(c.Leave) < want-1 || len(c.Leave) > want+1 {
			t.Fatalf("%d rows of %d", len(c.Leave), len(p.Leave))
		}
		// Each group has a quarter of its places, up or down to the next.
		if got, want := coarseBy*len(c.Loads.Price), len(p.Loads.Price); got < want-coarseBy*groups || got > want+coarseBy*groups {
			t.Fatalf("%d places of %d", len(c.Loads.Price), want)
		}
		for j, r := range group {
			if int(r) != j/coarseBy {
				t.Fatalf("sink %d is in group %d", j, r)
			}
		}
	}
}
