package pairing

import (
	"context"
	"math/rand/v2"
	"testing"
)

// randomUnits is a small tier of units: prices of all sizes, tight and wide places, forbidden links.
func randomUnits(r *rand.Rand) *unitProblem {
	nv, nu := 1+r.IntN(3), 1+r.IntN(4)
	p := &unitProblem{leave: int64(20 + r.IntN(60))}
	for range nu {
		n := r.IntN(6)
		share := r.IntN(n + 1)
		p.cap = append(p.cap, n)
		var room []piece
		if share > 0 {
			room = append(room, piece{share, 0})
		}
		if n > share {
			room = append(room, piece{n - share, int64(r.IntN(6))})
		}
		p.room = append(p.room, room)
	}
	for range nv {
		p.size = append(p.size, 1+r.IntN(4))
		fixed, each := make([]int64, nu), make([]int64, nu)
		for u := range nu {
			fixed[u], each[u] = int64(r.IntN(40)), int64(r.IntN(10))
			if r.IntN(6) == 0 {
				fixed[u] = -1
			}
		}
		p.fixed, p.each = append(p.fixed, fixed), append(p.each, each)
	}
	return p
}

// leastOfAll tries every way to spread every village's households.
func (p *unitProblem) leastOfAll() int64 {
	best := int64(1) << 60
	load := make([]int, len(p.cap))
	var village func(v int, sum int64)
	var unit func(v, u, left int, sum int64)
	village = func(v int, sum int64) {
		if v == len(p.size) {
			best = min(best, sum)
			return
		}
		unit(v, 0, p.size[v], sum)
	}
	unit = func(v, u, left int, sum int64) {
		if u == len(p.cap) {
			village(v+1, sum+int64(left)*p.leave)
			return
		}
		unit(v, u+1, left, sum)
		if p.fixed[v][u] < 0 {
			return
		}
		add := p.fixed[v][u]
		for n := 1; n <= left && load[u] < p.cap[u]; n++ {
			price, _ := p.nextPlace(u, load[u])
			load[u]++
			add += p.each[v][u] + price
			unit(v, u+1, left-n, sum+add)
			defer func() { load[u]-- }()
		}
	}
	village(0, 0)
	return best
}

func TestTheBoundOfTheUnitsIsNeverAboveTheOptimumAndTheAnswerNeverBelow(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	const cases = 4000
	proved, optimal, branched := 0, 0, 0
	for n := range cases {
		p := randomUnits(r)
		want := p.leastOfAll()
		old := make([][]int, len(p.size))
		for v := range old {
			for u, f := range p.fixed[v] {
				if f >= 0 && r.IntN(3) == 0 {
					old[v] = append(old[v], u)
				}
			}
		}
		got, root, err := p.solve(context.Background(), old, false)
		if err != nil {
			t.Fatal(err)
		}
		bound := root.lowest()
		if bound > want || got.price < want {
			t.Fatalf("case %d: bound %d, optimum %d, answer %d\n%+v", n, bound, want, got.price, p)
		}
		if again := newFiller(p).fill(got.units); again.price != got.price {
			t.Fatalf("case %d: the links cost %d, not %d", n, again.price, got.price)
		}
		if bound == got.price {
			proved++
		}
		if got.price == want {
			optimal++
		}
		if root.kids != nil {
			branched++
		}
	}
	t.Logf("of %d: answer optimal %d, proved (gap 0) %d, with branches %d", cases, optimal, proved, branched)
	if optimal < cases*99/100 || proved < cases*98/100 {
		t.Errorf("of %d: the answer is optimal in %d, proved in %d", cases, optimal, proved)
	}
}
