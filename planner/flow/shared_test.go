package flow

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// sharing makes rows at a few places and of a few kinds, with pins and bars.
func sharing(rng *rand.Rand, n, m int) *Shared {
	q := &Shared{Loads: Loads{Start: []int32{0}}, Barred: map[int32][]int32{}}
	places, kinds, gifts := 1+rng.IntN(4), 1+rng.IntN(3), 1+rng.IntN(3)
	for range places {
		b := make([]int32, m)
		for j := range b {
			if b[j] = 60 * rng.Int32N(20); rng.IntN(9) == 0 {
				b[j] = Forbidden
			}
		}
		q.Base = append(q.Base, b)
	}
	for range kinds {
		b := make([]int32, gifts)
		for j := range b {
			b[j] = -60 * rng.Int32N(4)
		}
		q.Match = append(q.Match, b)
	}
	for range m {
		q.Gift = append(q.Gift, rng.Int32N(int32(gifts)))
		p := int32(0)
		for range rng.IntN(1 + 3*n/m) {
			q.Loads.Price = append(q.Loads.Price, p)
			p += 60 * rng.Int32N(5)
		}
		q.Loads.Start = append(q.Loads.Start, int32(len(q.Loads.Price)))
	}
	for i := range n {
		q.Place, q.Kind = append(q.Place, rng.Int32N(int32(places))), append(q.Kind, rng.Int32N(int32(kinds)))
		q.Present, q.Churn, q.Only = append(q.Present, rng.Int32N(int32(m)+1)-1), append(q.Churn, 60*rng.Int32N(12)), append(q.Only, -1)
		if rng.IntN(10) == 0 {
			q.Only[i] = rng.Int32N(int32(m))
		}
		if rng.IntN(6) == 0 {
			q.Barred[int32(i)] = []int32{rng.Int32N(int32(m))}
		}
		q.Leave = append(q.Leave, 600+rng.Int32N(4000))
	}
	return q
}

// all writes out all pairs of q for the plain solver.
func all(q *Shared, closed []bool) Problem {
	p := Problem{Sources: len(q.Leave), Sinks: len(q.Gift), Leave: func(i int) int32 { return q.Leave[i] }, Row: func(i int, row []int32) {
		for j := range row {
			c := q.Base[q.Place[i]][j]
			if c >= far || q.Only[i] >= 0 && q.Only[i] != int32(j) || slices.Contains(q.Barred[int32(i)], int32(j)) {
				row[j] = Forbidden
				continue
			}
			if row[j] = c + q.Match[q.Kind[i]][q.Gift[j]]; q.Present[i] != int32(j) {
				row[j] += q.Churn[i]
			}
		}
	}}
	for j := range q.Gift {
		if closed[j] {
			p.Marginals = append(p.Marginals, nil)
		} else {
			p.Marginals = append(p.Marginals, q.Loads.Of(int32(j)))
		}
	}
	return p
}

func TestRowsThatShareCostsAreSolvedAsByThePlainSolver(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	run := func(n, m int) {
		q := sharing(rng, n, m)
		s, err := NewShared(q, Options{})
		if err != nil {
			t.Fatal(err)
		}
		agree(t, s, func(closed []bool) Problem { return all(q, closed) }, m, rng)
	}
	for range 4000 {
		run(1+rng.IntN(24), 1+rng.IntN(8))
	}
	for range 60 {
		run(200+rng.IntN(300), 20+rng.IntN(80))
	}
}
