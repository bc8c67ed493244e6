package pairing

import (
	"cmp"
	"context"
	"slices"

	"lianxin/planner/flow"
	"lianxin/planner/rule"
)

const (
	relaxWork   = 60_000_000 // pairs that the relaxation goes through, all rounds together
	relaxRounds = 14
	relaxReach  = 300 // seconds above a household's worth up to which cadres are looked at
)

// relaxation prices the rule that a household's cadre is of its village's team: pair (i, j) pays w_ij ≥ 0, and a team gets back what
// its members' pairs pay. For given w what is left are a flow and a choice of the members with the largest sums, so that
//
//	the flow with c + w − Σ_v the most largest of Σ_{i∈v} w_ij
//
// is a bound. It climbs by the volume algorithm (Barahona and Anbil 2000): along the mean of the answers so far, each pair's flow less
// its cadre's membership. The means are a plan in parts, whose largest members make a good team. Only villages that have too
// many cadres are in it, and cadres who are near; what the others take is as without caps. That is only to find w: the bound is
// worked out over all pairs afterwards.
type relaxation struct {
	*bounder
	ks      []int // villages
	is, js  []int // households and cadres
	village []int // of each household
	of      [][]int
	taken   []int // places of cadres that others have
	cost    []int32
	w, best []float32
	x       []float32   // mean flow
	y       [][]float32 // mean membership, by village
}

// relaxed solves the relaxation from worths u at prices p and returns teams, nil of villages that need none, and prices
// and worths that prove more; ok is false if it is too large.
func (b *bounder) relaxed(ctx context.Context, free, got *flow.Solution, ks []int, p, u []int64) (r *relaxation, ok bool, err error) {
	r = &relaxation{bounder: b, ks: ks, y: make([][]float32, len(b.vs)), of: make([][]int, len(b.vs)), taken: make([]int, b.m)}
	in := make([]bool, len(b.vs))
	for _, k := range ks {
		in[k] = true
	}
	near := make([]bool, b.m)
	for i := range b.n {
		k := b.at[i]
		if k < 0 || !in[k] {
			if free.Sink[i] >= 0 {
				r.taken[free.Sink[i]]++
			}
			continue
		}
		r.of[k] = append(r.of[k], len(r.is))
		r.is, r.village = append(r.is, i), append(r.village, int(k))
		for j, c := range b.holder.cost[i*b.m : (i+1)*b.m] {
			near[j] = near[j] || c != rule.Forbidden && int64(c)+p[j] < u[i]+relaxReach
		}
	}
	for j, mc := range b.marginals {
		if near[j] && len(mc) > r.taken[j] {
			r.js = append(r.js, j)
		}
	}
	rounds := min(relaxRounds, relaxWork/max(1, len(r.is)*len(r.js)))
	if rounds < 4 {
		return nil, false, nil
	}
	m := len(r.js)
	size := len(r.is) * m
	r.cost, r.w, r.best, r.x = make([]int32, size), make([]float32, size), make([]float32, size), make([]float32, size)
	for a, i := range r.is {
		for c, j := range r.js {
			x := b.holder.cost[i*b.m+j]
			if r.cost[a*m+c] = x; x != rule.Forbidden {
				r.best[a*m+c] = float32(max(0, u[i]-int64(x)-p[j]))
			}
		}
	}
	copy(r.w, r.best)
	for _, k := range ks {
		r.y[k] = make([]float32, m)
	}
	top, err := r.round(ctx, 1)
	scale := float32(max(1, got.Price-free.Price)) / 4
	f, bad := float32(1), 0
	for n := 0; n < rounds && err == nil && ctx.Err() == nil; n++ {
		norm := float32(0)
		for a := range r.is {
			y := r.y[r.village[a]]
			for c, x := range r.x[a*m : (a+1)*m] {
				if g := x - y[c]; g > 0 || g < 0 && r.best[a*m+c] > 0 {
					norm += float32(g * g)
				}
			}
		}
		if norm == 0 {
			break
		}
		step := f * scale / norm
		for a := range r.is {
			y := r.y[r.village[a]]
			for c, x := range r.x[a*m : (a+1)*m] {
				r.w[a*m+c] = min(flow.MaxCost/8, max(0, r.best[a*m+c]+float32(step*(x-y[c]))))
			}
		}
		r.step()
		var value int64
		if value, err = r.round(ctx, 0.1); value > top {
			top, bad, f = value, 0, f*1.2
			copy(r.best, r.w)
		} else if bad++; bad >= 4 {
			bad, f = 0, f*0.6
		}
	}
	return r, true, err
}

// round solves the flow and chooses the teams at w, and mixes both into the means.
func (r *relaxation) round(ctx context.Context, part float32) (value int64, err error) {
	m := len(r.js)
	q := flow.Problem{Sources: len(r.is), Sinks: m, Leave: func(a int) int32 { return int32(r.leave[r.is[a]]) }, Row: func(a int, row []int32) {
		w := r.w[a*m : (a+1)*m]
		for c, x := range r.cost[a*m : (a+1)*m] {
			if row[c] = x; x != rule.Forbidden {
				row[c] += int32(w[c])
			}
		}
	}}
	for _, j := range r.js {
		q.Marginals = append(q.Marginals, r.marginals[j][r.taken[j]:])
	}
	sol, err := flow.Solve(ctx, q, nil)
	if err != nil {
		return 0, err
	}
	value = sol.Price
	for z := range r.x {
		r.x[z] *= 1 - part
	}
	for a, c := range sol.Sink {
		if c >= 0 {
			r.x[a*m+int(c)] += part
		}
	}
	sums, order := make([]int64, m), make([]int, m)
	for _, k := range r.ks {
		clear(sums)
		for _, a := range r.of[k] {
			for c, w := range r.w[a*m : (a+1)*m] {
				sums[c] += int64(w)
			}
		}
		for c := range order {
			order[c] = c
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(sums[b], sums[a]) })
		y := r.y[k]
		for c := range y {
			y[c] *= 1 - part
		}
		for _, c := range order[:min(m, r.vs[k].Most)] {
			value -= sums[c]
			y[c] += part
		}
	}
	return value, nil
}

// teams are of each village the cadres with most of its households in the mean, those with pinned households first.
func (r *relaxation) teams() [][]int32 {
	m := len(r.js)
	out := make([][]int32, len(r.vs))
	for _, k := range r.ks {
		load := make(map[int32]float32)
		for _, a := range r.of[k] {
			for c, x := range r.x[a*m : (a+1)*m] {
				if x > 0 {
					load[int32(r.js[c])] += x
				}
			}
		}
		for j := range r.pinned(r.vs[k]) {
			load[j] = 1 << 20
		}
		var team []int32
		for j := range int32(r.m) {
			if load[j] > 0 {
				team = append(team, j)
			}
		}
		slices.SortStableFunc(team, func(a, b int32) int { return cmp.Compare(load[b], load[a]) })
		out[k] = slices.Sorted(slices.Values(team[:min(len(team), r.vs[k].Most)]))
	}
	return out
}

// worths solves the flow over all pairs with the best w: its prices of places, with the worths that go with them.
func (r *relaxation) worths(ctx context.Context) (p, u []int64, err error) {
	m := len(r.js)
	at := make([]int, r.n)
	for a, i := range r.is {
		at[i] = a + 1
	}
	priced := func(i int, row []int32) {
		copy(row, r.holder.cost[i*r.m:(i+1)*r.m])
		if a := at[i] - 1; a >= 0 {
			for c, w := range r.best[a*m : (a+1)*m] {
				if j := r.js[c]; row[j] != rule.Forbidden {
					row[j] += int32(w)
				}
			}
		}
	}
	sol, err := flow.SolveGrouped(ctx, problemOf(r.inst, priced), r.groups, nil)
	if err != nil {
		return nil, nil, err
	}
	u = make([]int64, r.n)
	r.inst.Each(func(i int) {
		row := make([]int32, r.m)
		priced(i, row)
		u[i] = r.leave[i]
		for j, c := range row {
			if c != rule.Forbidden {
				u[i] = min(u[i], int64(c)+sol.Potentials[j])
			}
		}
	})
	return sol.Potentials, u, nil
}
