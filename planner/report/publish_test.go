package report

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
)

// same reports whether two families look the same from outside.
func same(a, b []Cell) bool {
	// Persons go with cases: what is hidden of the one is hidden of the other.
	return reflect.DeepEqual(Publish(a), Publish(b))
}

// Whoever knows the rule and all that is published of a month still cannot tell a hidden cell: another month with another value there
// looks exactly the same. All tables over spans and areas are sums of these publications, so they look the same too.
func TestNoHiddenCellCanBeTold(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 11))
	hiddenCells := 0
	for n := range 60_000 {
		cells := make([]Cell, 2+rng.IntN(7))
		most := []int{3, 6, 9, 30}[rng.IntN(4)]
		for i := range cells {
			cells[i] = Cell{Key: fmt.Sprint(i), Count: Count{N: rng.IntN(most)}}
		}
		p := Publish(cells)
		if p.Held {
			continue
		}
		shown := map[string]bool{}
		for _, c := range p.Shown {
			shown[c.Key] = true
			if c.N < Least {
				t.Fatalf("table %d %v: shows %s=%d", n, cells, c.Key, c.N)
			}
		}
		if len(p.Merged) == 1 || len(p.Merged) > 0 && p.Rest.N < Least {
			t.Fatalf("table %d %v: merged %v to %d", n, cells, p.Merged, p.Rest.N)
		}
		for i, c := range cells {
			if shown[c.Key] || c.N >= Least { // a large cell that keeps small ones company is no secret
				continue
			}
			hiddenCells++
			if !another(cells, i) {
				t.Fatalf("table %d %v: the cell %s=%d can be told from %+v", n, cells, c.Key, c.N, p)
			}
		}
	}
	if hiddenCells < 50_000 {
		t.Errorf("got only %d hidden cells", hiddenCells)
	}
}

// another looks for a family with another value at i that looks the same.
func another(cells []Cell, i int) bool {
	for j := range cells {
		for _, d := range []int{1, -1, 2, -2, 3, -3} {
			if j == i || cells[i].N+d < 0 || cells[j].N-d < 0 {
				continue
			}
			other := append([]Cell{}, cells...)
			other[i].N, other[j].N = other[i].N+d, other[j].N-d
			if same(cells, other) {
				return true
			}
		}
	}
	return false
}

// A rule that hides only the small cell would fail the test above: the total gives it away.
func TestTheSearchForGiveawaysFindsOne(t *testing.T) {
	cells := []Cell{{"a", Count{N: 3}}, {"b", Count{N: 40}}, {"c", Count{N: 50}}}
	naive := func(cs []Cell) (shown []Cell, total int) {
		for _, c := range cs {
			total += c.N
			if c.N >= Least {
				shown = append(shown, c)
			}
		}
		return shown, total
	}
	shown, total := naive(cells)
	for _, c := range shown {
		total -= c.N
	}
	if total != 3 {
		t.Errorf("got %d", total)
	}
	if p := Publish(cells); len(p.Shown) != 1 || p.Rest.N != 43 {
		t.Errorf("got %+v, want the small cell hidden with another", p)
	}
}

func TestTwoQueriesThatDifferByAMonthOrAnAreaDifferByWholePublishedCells(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	keys := []string{"a", "b", "c", "d"}
	for range 2000 {
		var months []Published
		for range 5 {
			var cells []Cell
			for _, k := range keys {
				n := rng.IntN(14)
				cells = append(cells, Cell{k, Count{n, n * 2}})
			}
			months = append(months, Publish(cells))
		}
		for from := range months {
			for until := from + 1; until < len(months); until++ {
				less, more := Sum(keys, months[from:until]), Sum(keys, months[from:until+1])
				for i := range keys {
					if d := more.Rows[i].N - less.Rows[i].N; d != 0 && d < Least {
						t.Fatalf("row %s grows by %d in one month", keys[i], d)
					}
				}
				if d := more.Total.N - less.Total.N; d != 0 && d < Least {
					t.Fatalf("the total grows by %d", d)
				}
				if d := more.Rest.N - less.Rest.N; d != 0 && d < Least {
					t.Fatalf("the merged cell grows by %d", d)
				}
				sum := more.Rest
				for _, r := range more.Rows {
					sum = sum.plus(r.Count)
				}
				if sum != more.Total {
					t.Fatalf("rows add up to %+v, the total says %+v", sum, more.Total)
				}
			}
		}
	}
}

func TestSharesAreRoundedAsTheArticlesRoundThem(t *testing.T) {
	for _, c := range [][3]int{{1254, 1317, 952}, {950, 1056, 900}, {99, 118, 839}, {0, 5, 0}, {5, 5, 1000}} {
		if got, ok := Share(c[0], c[1]); !ok || got != c[2] {
			t.Errorf("%d of %d: got %d, want %d tenths", c[0], c[1], got, c[2])
		}
	}
	if _, ok := Share(1, 0); ok {
		t.Error("a share of nothing")
	}
}
