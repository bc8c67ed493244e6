package pairing

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"lianxin/planner/rule"
)

// impossible weighs more than everybody else being left out.
const impossible = 1000

// forced is the problem in which source i may go to sink j alone and must.
func (q keeping) forced(cost []int32, i, j int) (keeping, []int32) {
	cost = slices.Clone(cost)
	for k := range q.sinks {
		if k != j {
			cost[i*q.sinks+k] = rule.Forbidden
		}
	}
	leave := q.leave
	q.leave = func(k int) (int64, int64) {
		if k == i {
			return impossible, 0
		}
		return leave(k)
	}
	return q, cost
}

// priceOf is what a placement costs; ok is false if it is not allowed.
func (q keeping) priceOf(cost []int32, sink []int32) (total triple, ok bool) {
	s := keeper{keeping: q}
	load := make([]int, q.sinks)
	for i, j := range sink {
		if j < 0 {
			total = total.plus(s.out(int32(i)))
			continue
		}
		if cost[i*q.sinks+int(j)] == rule.Forbidden || load[j] == len(q.marginals[j]) {
			return total, false
		}
		total = total.plus(s.cost(int32(i), j, cost[i*q.sinks:(i+1)*q.sinks])).plus(triple{secs: int64(q.marginals[j][load[j]])})
		load[j]++
	}
	return total, true
}

func TestWhatAnotherPairWouldCostAReplanIsWhatAPlainSecondSolverSays(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 1))
	pairs, none, dearerOnly, moreChanged, moreLeft, chains, places, own := 0, 0, 0, 0, 0, 0, 0, 0
	for n := range 700 {
		q, cost := madeKeeping(r, 8+r.IntN(12), 3+r.IntN(4), 40+40*r.Float64(), 12, func() int { return r.IntN(3) - r.IntN(2) })
		q = q.lose(r.IntN(q.sinks))
		k, err := keep(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		table, err := newKeptTable(context.Background(), q, k.sink, k.potentials)
		if err != nil {
			t.Fatalf("case %d: %v", n, err)
		}
		for range 3 {
			i := r.IntN(q.sources)
			for j, p := range table.all(i) {
				want := triple{left: impossible}
				if cost[i*q.sinks+j] != rule.Forbidden {
					fq, fc := q.forced(cost, i, j)
					want = plainest(fq, fc)
				}
				if p.possible != (want.left < impossible) {
					t.Fatalf("case %d: %d at %d possible %t, the second solver says %v", n, i, j, p.possible, want)
				}
				if !p.possible {
					none++
					continue
				}
				extra := want.minus(k.price)
				if p.extra != extra {
					t.Fatalf("case %d: %d at %d costs %v more, the second solver says %v", n, i, j, p.extra, extra)
				}
				if int(k.sink[i]) == j {
					continue
				}
				pairs++
				switch {
				case extra.left > 0:
					moreLeft++
				case extra.changed > 0:
					moreChanged++
				case extra.secs > 0:
					dearerOnly++
				}
				after := slices.Clone(k.sink)
				after[i] = int32(j)
				moves := table.chain(i, j)
				for _, m := range moves {
					if after[m.Source] != m.From {
						t.Fatalf("case %d: the chain moves %d from %d, where it is not", n, m.Source, m.From)
					}
					after[m.Source] = m.To
				}
				if len(moves) > 0 {
					chains++
				}
				if got, ok := q.priceOf(cost, after); !ok || got != want || len(moves) != p.moves {
					t.Fatalf("case %d: the chain of %d (said %d) gives %v, %t; want %v", n, len(moves), p.moves, got, ok, want)
				}
			}
		}
		for j, mc := range q.marginals {
			if len(mc) == 0 {
				continue
			}
			marginal := mc[len(mc)-1] + int32(r.IntN(500))
			full := len(table.members[j]) == len(mc)
			more := q
			more.marginals = slices.Clone(q.marginals)
			more.marginals[j] = append(slices.Clone(mc), marginal)
			if want := k.price.minus(plainest(more, cost)); full {
				if s := table.saved(j, marginal); s.price != want {
					t.Fatalf("case %d: one more place at %d saves %v, the second solver says %v", n, j, s.price, want)
				} else if want != (triple{}) {
					places++
				}
			}
			i := r.IntN(q.sources)
			if int(q.present[i]) == j || !full || int(k.sink[i]) == j {
				continue
			}
			one := q // a sink more, which i alone may have
			one.sinks++
			one.marginals = append(slices.Clone(q.marginals), []int32{marginal})
			wide := make([]int32, 0, q.sources*one.sinks)
			for x := range q.sources {
				wide = append(wide, cost[x*q.sinks:(x+1)*q.sinks]...)
				if x == i {
					wide = append(wide, cost[i*q.sinks+j])
				} else {
					wide = append(wide, rule.Forbidden)
				}
			}
			row := cost[i*q.sinks : (i+1)*q.sinks]
			want := k.price.minus(plainest(one, wide))
			if s := table.savedFor(i, j, marginal, row); s.price != want {
				t.Fatalf("case %d: one more place at %d for %d saves %v, the second solver says %v", n, j, i, s.price, want)
			} else if want != (triple{}) {
				own++
			}
		}
	}
	t.Logf("%d pairs: %d dearer alone, %d with more changes, %d with more left out, %d with chains; %d impossible; %d places and %d of one household's own save", pairs, dearerOnly, moreChanged, moreLeft, chains, none, places, own)
	for name, n := range map[string]int{"pairs": pairs - 3000, "dearer": dearerOnly - 50, "changes": moreChanged - 200, "left": moreLeft - 20, "chains": chains - 200, "impossible": none - 100, "places": places - 30, "own": own - 20} {
		if n < 0 {
			t.Errorf("too few %s; the test says little", name)
		}
	}
}

func TestAReplanTableRefusesPotentialsThatProveNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(42, 1))
	refused := 0
	for range 60 {
		q, _ := madeKeeping(r, 12, 4, 60, 12, func() int { return r.IntN(2) })
		k, err := keep(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		p := slices.Clone(k.potentials)
		j := r.IntN(len(p))
		p[j] = p[j].plus([]triple{{left: 1 << 40}, {changed: 1 << 40}, {secs: 1 << 60}, {left: 3}, {changed: -2}}[r.IntN(5)])
		if _, err := newKeptTable(context.Background(), q, k.sink, p); err != nil {
			refused++
		} else if q.bound(p) != k.price {
			t.Fatalf("potentials whose bound is not the price were taken: %v for %v", p, k.potentials)
		}
	}
	if refused < 30 {
		t.Errorf("only %d refused", refused)
	}
}
