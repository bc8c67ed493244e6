package pairing

import (
	"cmp"
	"context"
	"math"
	"runtime"
	"slices"
	"sync"

	"lianxin/planner"
	"lianxin/planner/flow"
	"lianxin/planner/rule"
)

// prove finds a bound that no plan which holds the caps goes below, whichever cadres are chosen: for any prices p of places
// and any worth u ≤ unserved of the households of capped villages,
//
//	Σ_{i not capped} min(unserved_i, min_j c_ij + p_j) + Σ_v (Σ_{i∈v} u_i − the sum of the most largest over j of Σ_{i∈v} max(0, u_i − c_ij − p_j)) − places(p)
//
// because a village's households are worth u less what the chosen cadres save of it, and it may choose so many. It climbs
// from the better of two beginnings by subgradient steps, a number that work bounds.
func (h *holder) prove(ctx context.Context, free, got *flow.Solution, held *planner.Held) (bound int64) {
	n, m := len(h.inst.Targets), len(h.inst.Cadres)
	b := &bounder{holder: h, n: n, m: m}
	for j := range m {
		b.marginals = append(b.marginals, h.inst.Marginals(j))
	}
	for i := range n {
		b.leave = append(b.leave, int64(h.inst.Unserved(i)))
	}
	p, u := slices.Clone(free.Potentials), b.least(free.Potentials)
	at := b.eval(p, u)
	p2, u2 := slices.Clone(got.Potentials), make([]int64, n)
	for i := range u2 {
		if u2[i] = b.leave[i]; got.Sink[i] >= 0 {
			u2[i] = min(u2[i], int64(h.cost[i*m+int(got.Sink[i])])+p2[got.Sink[i]])
		}
	}
	if x := b.eval(p2, u2); x.value > at.value {
		p, u, at = p2, u2, x
	}
	best, bp, bu := at.value, slices.Clone(p), slices.Clone(u)
	theta, since := 1.0, 0
	dp, du := make([]float64, m), make([]float64, n)
	for range min(600, max(40, boundWork/max(1, n*m))) {
		if best >= got.Price || ctx.Err() != nil {
			break
		}
		norm := 0.0
		for j := range dp {
			dp[j] = 0.6*dp[j] + float64(at.p[j])
			norm += dp[j] * dp[j]
		}
		for i := range du {
			du[i] = 0.6*du[i] + float64(at.u[i])
			norm += du[i] * du[i]
		}
		if norm == 0 {
			break
		}
		step := theta * float64(got.Price-at.value) / norm
		for j := range p {
			if p[j] += int64(math.Round(step * dp[j])); p[j] < 0 && !b.signed(j) {
				p[j] = 0
			}
		}
		for i := range u {
			u[i] = min(b.leave[i], u[i]+int64(math.Round(step*du[i])))
		}
		at = b.eval(p, u)
		if since++; at.value > best {
			best, since = at.value, 0
			copy(bp, p)
			copy(bu, u)
		}
		if since >= 12 {
			theta, since = theta*0.6, 0
			copy(p, bp)
			copy(u, bu)
			at = b.eval(p, u)
			clear(dp)
			clear(du)
		}
	}
	least := b.least(bp)
	for i, x := range bu {
		if h.at[i] >= 0 && x != least[i] {
			held.Rows = append(held.Rows, planner.Row{Household: h.inst.Targets[i].Household.ID, Worth: planner.Seconds(x)})
		}
	}
	for _, x := range bp {
		held.Potentials = append(held.Potentials, planner.Seconds(x))
	}
	return best
}

// bounder works the bound out for given prices, with a direction in which it grows.
type bounder struct {
	*holder
	n, m      int
	leave     []int64
	marginals [][]int32
}

type bounded struct {
	value int64
	p, u  []int32
}

// signed reports whether cadre j's unit has a lower bound, so that its prices may be below 0.
func (b *bounder) signed(j int) bool {
	for _, g := range b.groups {
		if g.Least > 0 && slices.Contains(g.Sinks, int32(j)) {
			return true
		}
	}
	return false
}

// least is min(unserved, c + p) of every target.
func (b *bounder) least(p []int64) []int64 {
	u := make([]int64, b.n)
	b.inst.Each(func(i int) {
		u[i] = b.leave[i]
		for j, c := range b.cost[i*b.m : (i+1)*b.m] {
			if c != rule.Forbidden {
				u[i] = min(u[i], int64(c)+p[j])
			}
		}
	})
	return u
}

func (b *bounder) eval(p, u []int64) bounded {
	out := bounded{p: make([]int32, b.m), u: make([]int32, b.n)}
	workers := min(2, runtime.GOMAXPROCS(0), 1+b.n*b.m/100_000)
	value, grow := make([]int64, workers), make([][]int32, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			grow[w] = make([]int32, b.m)
			for i := b.n * w / workers; i < b.n*(w+1)/workers; i++ {
				if b.at[i] >= 0 {
					continue
				}
				least, who := b.leave[i], -1
				for j, c := range b.cost[i*b.m : (i+1)*b.m] {
					if c != rule.Forbidden && int64(c)+p[j] < least {
						least, who = int64(c)+p[j], j
					}
				}
				if value[w] += least; who >= 0 {
					grow[w][who]++
				}
			}
			for k := w; k < len(b.vs); k += workers {
				value[w] += b.village(k, p, u, grow[w], out.u)
			}
		})
	}
	wg.Wait()
	for w := range workers {
		out.value += value[w]
		for j, x := range grow[w] {
			out.p[j] += x
		}
	}
	out.value -= b.places(p, out.p)
	return out
}

// village is a capped village's part.
func (b *bounder) village(k int, p, u []int64, grow, dir []int32) (value int64) {
	saves := make([]int64, b.m)
	for _, i := range b.vs[k].Targets {
		value += u[i]
		dir[i] = 1
		for j, c := range b.cost[int(i)*b.m : (int(i)+1)*b.m] {
			if x := u[i] - int64(c) - p[j]; c != rule.Forbidden && x > 0 {
				saves[j] += x
			}
		}
	}
	var order []int32
	for j, s := range saves {
		if s > 0 {
			order = append(order, int32(j))
		}
	}
	slices.SortFunc(order, func(x, y int32) int { return cmp.Or(cmp.Compare(saves[y], saves[x]), cmp.Compare(x, y)) })
	for _, j := range order[:min(len(order), b.vs[k].Most)] {
		value -= saves[j]
		for _, i := range b.vs[k].Targets {
			if c := b.cost[int(i)*b.m+int(j)]; c != rule.Forbidden && u[i]-int64(c)-p[j] > 0 {
				dir[i]--
				grow[j]++
			}
		}
	}
	return value
}

// places is what prices of places are worth above the places' own, and takes its part out of the direction.
func (b *bounder) places(p []int64, grow []int32) (worth int64) {
	type place struct {
		x int64
		j int32
	}
	of := make([]int, b.m)
	gain := make([][]place, len(b.groups))
	for k, g := range b.groups {
		for _, j := range g.Sinks {
			of[j] = k + 1
		}
	}
	for j, mc := range b.marginals {
		for _, c := range mc {
			x := p[j] - int64(c)
			if k := of[j]; k > 0 {
				gain[k-1] = append(gain[k-1], place{x, int32(j)})
			} else if x > 0 {
				worth += x
				grow[j]--
			}
		}
	}
	for k, xs := range gain {
		slices.SortStableFunc(xs, func(a, b place) int { return cmp.Compare(b.x, a.x) })
		for n, x := range xs[:min(len(xs), b.groups[k].Most)] {
			if x.x > 0 || n < b.groups[k].Least {
				worth += x.x
				grow[x.j]--
			}
		}
	}
	return worth
}
