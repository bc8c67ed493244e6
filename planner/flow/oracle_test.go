package flow

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// seated opens a solver over some instance and gives its oracle, with the costs of all pairs in the oracle's numbers.
func seated(t *testing.T, rng *rand.Rand, n, m int) (*lazySolver, [][]int32) {
	t.Helper()
	costs := make([][]int32, n)
	if rng.IntN(2) == 0 {
		q := sharing(rng, n, m)
		s, err := NewShared(q, Options{})
		if err != nil {
			t.Fatal(err)
		}
		p := all(q, make([]bool, m))
		for i := range costs {
			costs[i] = make([]int32, m)
			p.Row(i, costs[i])
		}
		return s.e.(*lazySolver), costs
	}
	p := clumps(rng, n, m)
	s, err := NewPoints(p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	e := s.e.(*pointSolver)
	for k, i := range e.row {
		costs[k] = make([]int32, m)
		for x, j := range e.sink {
			costs[k][x] = Forbidden
			if c, ok := p.Cost(i, j); ok {
				costs[k][x] = c
			}
		}
	}
	return e.lazySolver, costs
}

func some(rng *rand.Rand, n int, most int32) []int32 {
	p := make([]int32, n)
	for j := range p {
		p[j] = rng.Int32N(most)
	}
	return p
}

// What an oracle leaves out must be worth no less than it says, whatever the prices and however often it is asked.
func TestOraclesLeaveOutOnlyWhatTheySay(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	tight, listed := 0, 0
	for range 300 {
		n, m := 1+rng.IntN(150), 1+rng.IntN(60)
		s, costs := seated(t, rng, n, m)
		o := s.o
		was := some(rng, m, 400)
		o.priced(was)
		now := slices.Clone(was)
		for j := range now {
			if rng.IntN(3) == 0 {
				now[j] -= rng.Int32N(200)
			}
		}
		rests, held := make([]int32, n), make([][]arc, n)
		for n := range costs {
			i := int32(n)
			skip := make([]int32, m)
			for range 2 {
				list, rest := o.near(i, rng.Int32N(1500), 1+rng.IntN(6), skip, 1)
				for _, f := range list {
					if f.cost != costs[i][f.id] || f.value != f.cost+was[f.id] || skip[f.id] == 1 {
						t.Fatalf("row %d: found %+v", i, f)
					}
					held[i] = append(held[i], arc{f.id, f.cost})
				}
				for _, f := range list {
					skip[f.id] = 1
				}
				for j, c := range costs[i] {
					if c != Forbidden && skip[j] != 1 && c+was[j] < rest {
						t.Fatalf("row %d: sink %d at %d is left out, but the rest begins at %d", i, j, c+was[j], rest)
					}
				}
				rests[i] = rest
			}
		}
		most := int32(0)
		for j := range now {
			most = max(most, was[j]-now[j])
		}
		o.priced(now)
		o.fallen(was)
		for i, rest := range rests {
			list, low := o.lowered(int32(i), rest, held[i])
			for k, f := range list {
				if c := costs[i][f.id]; c == Forbidden || f.cost != c || f.value != c+now[f.id] || f.value >= rest || k > 0 && f.value < list[k-1].value {
					t.Fatalf("row %d, rest %d: listed %v, where the cost is %d and the price %d", i, rest, list, c, now[f.id])
				}
				if slices.ContainsFunc(held[i], func(x arc) bool { return x.sink == f.id }) {
					t.Fatalf("row %d: sink %d is listed and was known", i, f.id)
				}
				held[i] = append(held[i], arc{f.id, f.cost})
				listed++
			}
			exact := rest // as low as the nearest of those that fell
			for j, c := range costs[i] {
				if c != Forbidden && now[j] < was[j] && !slices.ContainsFunc(held[i], func(x arc) bool { return x.sink == int32(j) }) {
					exact = min(exact, c+now[j])
				}
			}
			if len(list) == rowLowered {
				exact = min(exact, list[rowLowered-1].value)
			}
			if _, ok := o.(*pointOracle); ok && low < exact {
				t.Fatalf("row %d: the rest went from %d to %d, but no sink that fell is nearer than %d", i, rest, low, exact)
			}
			for j, c := range costs[i] {
				if c != Forbidden && c+now[j] < low && !slices.ContainsFunc(held[i], func(x arc) bool { return x.sink == int32(j) }) {
					t.Fatalf("row %d: sink %d at %d, but the rest begins at %d", i, j, c+now[j], low)
				}
			}
			if low < rest-most || low > rest {
				t.Fatalf("row %d: the rest went from %d to %d, but no price fell by more than %d", i, rest, low, most)
			}
			if low > rest-most {
				tight++
			}
		}
	}
	if listed < 5000 {
		t.Errorf("only %d sinks became known when prices fell", listed)
	}
	if tight < 5000 {
		t.Errorf("only %d rows keep more than the greatest fall leaves", tight)
	}
}

// The groups of a column hold all rows once, and say no more than the least that is left in them.
func TestColumnsComeToKnowEveryRowOnce(t *testing.T) {
	rng := rand.New(rand.NewPCG(23, 24))
	for range 200 {
		n, m := 1+rng.IntN(200), 1+rng.IntN(30)
		s, costs := seated(t, rng, n, m)
		pay := some(rng, n, 2000)
		pays := func(i int32) int32 { return pay[i] }
		s.o.paid(pays)
		for j := range int32(m) {
			known := map[int32]bool{}
			for _, i := range s.o.always(j) {
				known[i] = true
			}
			c := &column{}
			c.push(group{-far, 0, 0})
			for len(c.groups) > 0 {
				g := c.pop()
				for i := range int32(n) {
					if costs[i][j] != Forbidden && !known[i] && costs[i][j]-pay[i] < g.least {
						t.Fatalf("sink %d: row %d is worth %d, but the others begin at %d", j, i, costs[i][j]-pay[i], g.least)
					}
				}
				from := len(c.entries)
				s.o.comers(j, g, g.least+1+rng.Int32N(300), pays, c)
				for _, e := range c.entries[from:] {
					if known[e.row] || e.cost != costs[e.row][j] || e.worth != e.cost-pay[e.row] {
						t.Fatalf("sink %d: entry %+v, known before: %t", j, e, known[e.row])
					}
					known[e.row] = true
				}
				for range n / 10 { // rows pay ever less
					i := rng.IntN(n)
					pay[i] = max(0, pay[i]-rng.Int32N(50))
				}
			}
			for i := range int32(n) {
				if costs[i][j] != Forbidden && !known[i] {
					t.Fatalf("sink %d never came to know row %d", j, i)
				}
			}
		}
	}
}
