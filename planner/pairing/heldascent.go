package pairing

import (
	"cmp"
	"slices"

	"lianxin/planner/rule"
)

// ascentReach is how far above a household's cheapest cadre others are looked at, in seconds: beyond it nobody's place in a
// team is worth as much.
const ascentReach = 1800

// level is what a cadre costs a household with their place.
type level struct {
	x int64
	j int32
}

// ladder lists a village's households, each with its cadres from the cheapest upwards. The last level of each, of nobody, is where the
// ladder ends.
func (b *bounder) ladder(k int, p []int64) [][]level {
	out := make([][]level, len(b.vs[k].Targets))
	for n, i := range b.vs[k].Targets {
		row := b.cost[int(i)*b.m : (int(i)+1)*b.m]
		top := b.leave[i]
		for j, c := range row {
			if c != rule.Forbidden {
				top = min(top, int64(c)+p[j])
			}
		}
		top = min(top+ascentReach, b.leave[i])
		var ls []level
		for j, c := range row {
			if x := int64(c) + p[j]; c != rule.Forbidden && x < top {
				ls = append(ls, level{x, int32(j)})
			}
		}
		slices.SortFunc(ls, func(a, b level) int { return cmp.Or(cmp.Compare(a.x, b.x), cmp.Compare(a.j, b.j)) })
		out[n] = append(ls, level{top, -1})
	}
	return out
}

// ascend raises the worths of a village's households, at given prices of places, as long as no cadre saves more than the fee:
// one household after the other goes up to its next cadre, those with fewest cadres below first (Erlenkotter's dual ascent
// for facility location, a place in the team being the facility).
func ascend(ladder [][]level, fee int64, cadres int) []int64 {
	u, at := make([]int64, len(ladder)), make([]int, len(ladder))
	left := make([]int64, cadres)
	for j := range left {
		left[j] = fee
	}
	order := make([]int, len(ladder))
	climb := func(n int) {
		for l := ladder[n]; at[n] < len(l) && l[at[n]].x <= u[n]; {
			at[n]++
		}
	}
	for n, l := range ladder {
		u[n], order[n] = l[0].x, n
		climb(n)
	}
	for moved := true; moved; {
		moved = false
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(at[a], at[b]) })
		for _, n := range order {
			l := ladder[n]
			if at[n] == len(l) {
				continue
			}
			up := l[at[n]].x - u[n]
			for _, e := range l[:at[n]] {
				up = min(up, left[e.j])
			}
			if up <= 0 {
				continue
			}
			moved = true
			for _, e := range l[:at[n]] {
				left[e.j] -= up
			}
			u[n] += up
			climb(n)
		}
	}
	return u
}

// raise finds the fee at which a village's worths, raised by [ascend], prove most, and puts them into u if they prove more than
// those that are there.
func (b *bounder) raise(k int, p, u []int64) {
	ladder := b.ladder(k, p)
	of := b.vs[k].Targets
	dir, grow := make([]int32, b.n), make([]int32, b.m)
	trial := make([]int64, b.n)
	best := b.village(k, p, u, grow, dir)
	try := func(fee int64) bool {
		for n, x := range ascend(ladder, fee, b.m) {
			trial[of[n]] = x
		}
		value := b.village(k, p, trial, grow, dir)
		if value <= best {
			return false
		}
		best = value
		for _, i := range of {
			u[i] = trial[i]
		}
		return true
	}
	fee := int64(0)
	for f := int64(60); f < 1<<18; f *= 2 {
		if try(f) {
			fee = f
		}
	}
	for step := fee / 4; step > fee/16; step /= 2 {
		for _, f := range []int64{fee - step, fee + step} {
			if try(f) {
				fee = f
				break
			}
		}
	}
}
