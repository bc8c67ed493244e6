package pairing

import (
	"cmp"
	"slices"
)

// improve drops, adds and swaps links while that makes the plan cheaper.
func (s *unitSearch) improve(pi []int64) {
	near := make([][]int, len(s.size))
	for v := range near {
		for u, f := range s.fixed[v] {
			if f >= 0 && s.cap[u] > 0 {
				near[v] = append(near[v], u)
			}
		}
		cost := func(u int) int64 {
			return s.fixed[v][u]/int64(min(s.cap[u], s.size[v])) + s.each[v][u] + pi[u]
		}
		slices.SortStableFunc(near[v], func(a, b int) int { return cmp.Compare(cost(a), cost(b)) })
		near[v] = near[v][:min(unitNear, len(near[v]))]
	}
	try := func(links [][]int) bool {
		x := s.fill(links)
		if x.price < s.best.price {
			s.best = x
			return true
		}
		return false
	}
	for again := true; again; {
		again = s.shift(try)
		for v := range s.size {
			for _, move := range s.moves(v, near[v]) {
				if s.work > unitSteps || s.ctx.Err() != nil {
					return
				}
				links := slices.Clone(s.best.units)
				links[v] = move
				if try(links) {
					again = true
					break
				}
			}
		}
	}
}

// shift moves a unit from one village to another, or gives up all of its new links at once.
func (s *unitSearch) shift(try func([][]int) bool) (better bool) {
	for u := range s.cap {
		for v := range s.size {
			k := slices.Index(s.best.units[v], u)
			for w := range s.size {
				if k < 0 || s.fixed[w][u] < 0 || slices.Contains(s.best.units[w], u) {
					continue
				}
				if s.work > unitSteps || s.ctx.Err() != nil {
					return better
				}
				links := slices.Clone(s.best.units)
				links[v] = slices.Delete(slices.Clone(links[v]), k, k+1)
				links[w] = append(slices.Clone(links[w]), u)
				if try(links) {
					better = true
					break
				}
			}
		}
	}
	return better
}

// moves are the sets of units that a village could have instead of its present one.
func (s *unitSearch) moves(v int, near []int) (out [][]int) {
	has := s.best.units[v]
	without := func(k int) []int { return slices.Delete(slices.Clone(has), k, k+1) }
	for k := range has {
		out = append(out, without(k))
	}
	for _, u := range near {
		if slices.Contains(has, u) {
			continue
		}
		out = append(out, append(slices.Clone(has), u))
		for k := range has {
			out = append(out, append(without(k), u))
		}
	}
	return out
}
