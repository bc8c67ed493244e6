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

// prover holds a bound that no plan which holds the caps goes below, whichever cadres are chosen: for any prices p of places
// and any worth u ≤ unserved of the households of capped villages,
//
//	Σ_{i not capped} min(unserved_i, min_j c_ij + p_j) + Σ_v (Σ_{i∈v} u_i − the sum of the most largest savings of cadres) − places(p)
//
// because a village's households are worth u less what the chosen cadres save of it, and it may choose so many. Cadre j saves
// the sum of the largest u_i − c_ij − p_j > 0, of no more households than they may have at all. The bound begins where the plans
// without and with teams end; the worths of villages that have too many are raised by [ascend], then prices and worths
// together by a [relaxation]; where there are few pairs, or somebody is left out, subgradient steps follow. Work bounds the number of all these.
type prover struct {
	*bounder
	p, u  []int64
	value int64
}

func (h *holder) prover() *prover {
	b := &bounder{holder: h, n: len(h.inst.Targets), m: len(h.inst.Cadres)}
	for j := range b.m {
		b.marginals = append(b.marginals, h.inst.Marginals(j))
	}
	for i := range b.n {
		b.leave = append(b.leave, int64(h.inst.Unserved(i)))
	}
	return &prover{bounder: b}
}

// offer keeps prices and worths that prove more.
func (b *prover) offer(p, u []int64) {
	if x := b.eval(p, u); x.value > b.value {
		b.p, b.u, b.value = slices.Clone(p), slices.Clone(u), x.value
	}
}

// relax proves what it can from the plans without caps and with them, and returns teams that the relaxation
// suggests, nil if there are none.
func (b *prover) relax(ctx context.Context, free, got *flow.Solution) (teams [][]int32, err error) {
	var at bounded
	b.p, b.u, at = b.begin(free, got)
	b.value = at.value
	ks := b.over(free.Sink)
	p, u := slices.Clone(b.p), slices.Clone(b.u)
	b.raised(ctx, ks, p, u)
	p, u = free.Potentials, b.least(free.Potentials)
	b.raised(ctx, ks, p, u)
	if b.value >= got.Price {
		return nil, nil
	}
	r, ok, err := b.relaxed(ctx, free, got, ks, p, u)
	if err != nil || !ok {
		return nil, err
	}
	if p, u, err = r.worths(ctx); err != nil {
		return nil, err
	}
	b.offer(p, u)
	b.raised(ctx, ks, p, u)
	return r.teams(), nil
}

// raised raises the worths of villages.
func (b *prover) raised(ctx context.Context, ks []int, p, u []int64) {
	for _, k := range ks {
		if ctx.Err() != nil {
			return
		}
		b.raise(k, p, u)
	}
	b.offer(p, u)
}

// prove writes the bound of a plan down.
func (b *prover) prove(ctx context.Context, got *flow.Solution, held *planner.Held) (bound int64) {
	if b.n*b.m <= boundSmall || got.Left > 0 {
		b.climb(ctx, got)
	}
	least := b.least(b.p)
	for i, x := range b.u {
		if b.at[i] >= 0 && x != least[i] {
			held.Rows = append(held.Rows, planner.Row{Household: b.inst.Targets[i].Household.ID, Worth: planner.Seconds(x)})
		}
	}
	held.ByPlaces = true
	for _, x := range b.p {
		held.Potentials = append(held.Potentials, planner.Seconds(x))
	}
	return b.value
}

// climb goes on by subgradient steps.
func (b *prover) climb(ctx context.Context, got *flow.Solution) {
	p, u := slices.Clone(b.p), slices.Clone(b.u)
	at := b.eval(p, u)
	theta, since := 1.0, 0
	dp, du := make([]float64, b.m), make([]float64, b.n)
	for range min(600, max(40, boundWork/max(1, b.n*b.m))) {
		if b.value >= got.Price || theta < 0.01 || ctx.Err() != nil {
			break
		}
		norm := 0.0
		for j := range dp { // a price changes the choice of as many households as the cadre may have
			dp[j] = float64(0.6*dp[j]) + float64(0.4*float64(at.p[j]))
			norm += float64(dp[j] * dp[j] / float64(max(1, len(b.marginals[j]))))
		}
		for i := range du {
			du[i] = float64(0.6*du[i]) + float64(0.4*float64(at.u[i]))
			norm += float64(du[i] * du[i])
		}
		if norm == 0 {
			break
		}
		step := theta * float64(got.Price-at.value) / norm
		for j := range p {
			if p[j] += int64(math.Round(step * dp[j] / float64(max(1, len(b.marginals[j]))))); p[j] < 0 && !b.signed(j) {
				p[j] = 0
			}
		}
		for i := range u {
			u[i] = min(b.leave[i], u[i]+int64(math.Round(step*du[i])))
		}
		if at = b.eval(p, u); at.value > b.value {
			since, b.value = 0, at.value
			copy(b.p, p)
			copy(b.u, u)
		} else if since++; since >= 6 {
			theta, since = theta*0.4, 0
			copy(p, b.p)
			copy(u, b.u)
			at = b.eval(p, u)
			clear(dp)
			clear(du)
		}
	}
}

// begin is the best of a few beginnings: the prices of places of either plan, and for each village by itself, as at given prices
// villages do not know of each other, the households worth what the best cadre costs, what their own costs, or, where the
// cadres that it may have have too few places, what leaving them out costs.
func (b *bounder) begin(free, got *flow.Solution) (p, u []int64, at bounded) {
	for n, sol := range []*flow.Solution{free, got} {
		q := sol.Potentials
		own := make([]int64, b.n)
		for i := range own {
			if own[i] = b.leave[i]; got.Sink[i] >= 0 {
				own[i] = min(own[i], int64(b.cost[i*b.m+int(got.Sink[i])])+q[got.Sink[i]])
			}
		}
		w := b.least(q)
		for k, v := range b.vs {
			worths := [][]int64{w, own}
			if slices.ContainsFunc(v.Targets, func(i int32) bool { return got.Sink[i] < 0 }) {
				worths = append(worths, b.leave)
			}
			best, by := int64(math.MinInt64), w
			for _, x := range worths {
				if value := b.village(k, q, x, make([]int32, b.m), make([]int32, b.n)); value > best {
					best, by = value, x
				}
			}
			for _, i := range v.Targets {
				w[i] = by[i]
			}
		}
		if x := b.eval(q, w); n == 0 || x.value > at.value {
			p, u, at = slices.Clone(q), w, x
		}
	}
	return p, u, at
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
					if int64(c)+p[j] < least { // never where forbidden
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

// village is a capped village's part: which cadres save most of it, each of no more households than they may have.
func (b *bounder) village(k int, p, u []int64, grow, dir []int32) (value int64) {
	saves := make([]int64, b.m)
	for _, i := range b.vs[k].Targets {
		value += u[i]
		dir[i] = 1
		ui, p := u[i], p[:b.m]
		for j, c := range b.cost[int(i)*b.m : (int(i)+1)*b.m] {
			if x := ui - int64(c) - p[j]; x > 0 { // never where forbidden
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
	// The sums are bounds of what cadres save with the places they have: beyond the best so far nobody needs a closer look.
	most := b.vs[k].Most
	var team []saver
	xs := make([]worthwhile, 0, len(b.vs[k].Targets))
	for _, j := range order {
		if len(team) == most && team[most-1].saves >= saves[j] {
			break
		}
		s := b.saver(k, int(j), u, p, xs)
		at, _ := slices.BinarySearchFunc(team, s, func(a, b saver) int { return cmp.Or(cmp.Compare(b.saves, a.saves), cmp.Compare(a.j, b.j)) })
		team = slices.Insert(team, at, s)
		team = team[:min(len(team), most)]
	}
	for _, s := range team {
		value -= s.saves
		for _, i := range s.of {
			dir[i]--
			grow[s.j]++
		}
	}
	return value
}

// saver is a cadre with the households of a village of which they save most.
type saver struct {
	j     int
	saves int64
	of    []int32
}

func (b *bounder) saver(k, j int, u, p []int64, xs []worthwhile) saver {
	xs = xs[:0]
	for _, i := range b.vs[k].Targets {
		x := worthwhile{u[i] - int64(b.cost[int(i)*b.m+j]) - p[j], i}
		if x.x <= 0 || len(xs) == len(b.marginals[j]) && xs[len(xs)-1].x >= x.x {
			continue
		}
		if len(xs) < len(b.marginals[j]) {
			xs = append(xs, x)
		}
		at := len(xs) - 1
		for ; at > 0 && xs[at-1].x < x.x; at-- {
			xs[at] = xs[at-1]
		}
		xs[at] = x
	}
	s := saver{j: j, of: make([]int32, len(xs))}
	for n, x := range xs {
		s.saves += x.x
		s.of[n] = x.i
	}
	return s
}

// worthwhile is what a cadre saves of one household.
type worthwhile struct {
	x int64
	i int32
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
