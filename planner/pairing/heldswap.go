package pairing

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"lianxin/planner/flow"
	"lianxin/planner/rule"
)

// swap is an exchange in a team; out < 0: the team has room.
type swap struct {
	k       int
	out, in int32
	saves   int64 // by the prices of places as they are: an estimate
}

// with makes the exchange and returns what takes it back.
func (h *holder) with(s swap) (undo func()) {
	old := h.teams[s.k]
	team := slices.Clone(old)
	if x := slices.Index(team, s.out); x >= 0 {
		team[x] = s.in
	} else {
		team = append(team, s.in)
	}
	slices.Sort(team)
	h.teams[s.k] = team
	return func() { h.teams[s.k] = old }
}

// swaps lists the best exchange of each team that seems to save, best first; with all, every exchange.
func (h *holder) swaps(sol *flow.Solution, all bool) (out []swap) {
	m := len(h.inst.Cadres)
	for k, v := range h.vs {
		team := h.teams[k]
		if team == nil {
			continue
		}
		worth := func(i, j int32) int64 { // of target i at cadre j, at the prices of places
			if j < 0 {
				return int64(h.inst.Unserved(int(i)))
			}
			return int64(h.cost[int(i)*m+int(j)]) + sol.Potentials[j]
		}
		gain, loss := make([]int64, m), map[int32]int64{}
		for _, i := range v.Targets {
			own := worth(i, sol.Sink[i])
			second := int64(h.inst.Unserved(int(i)))
			for _, j := range team {
				if j != sol.Sink[i] && h.cost[int(i)*m+int(j)] != rule.Forbidden {
					second = min(second, worth(i, j))
				}
			}
			if sol.Sink[i] >= 0 {
				loss[sol.Sink[i]] += max(0, second-own)
			}
			for j := range m {
				if h.cost[int(i)*m+j] != rule.Forbidden {
					gain[j] += max(0, own-worth(i, int32(j)))
				}
			}
		}
		keep := h.pinned(v)
		var of []swap
		for j := range m {
			if gain[j] == 0 && !all || slices.Contains(team, int32(j)) || h.inst.Cadres[j].Cap == 0 {
				continue
			}
			if len(team) < v.Most {
				of = append(of, swap{k, -1, int32(j), gain[j]})
				continue
			}
			for _, x := range team {
				if s := gain[j] - loss[x]; (s > 0 || all) && !keep[x] {
					of = append(of, swap{k, x, int32(j), s})
				}
			}
		}
		slices.SortStableFunc(of, func(a, b swap) int { return cmp.Compare(b.saves, a.saves) })
		if !all && len(of) > 1 {
			of = of[:1]
		}
		out = append(out, of...)
	}
	slices.SortStableFunc(out, func(a, b swap) int { return cmp.Compare(b.saves, a.saves) })
	return out
}

// improve exchanges members while that saves, within a bound on work.
func (h *holder) improve(ctx context.Context, sol *flow.Solution) (_ *flow.Solution, err error) {
	tries := h.tries()
	attempt := func(ss []swap) (better bool, err error) {
		tries--
		before := slices.Clone(h.teams)
		for _, s := range ss {
			h.with(s)
		}
		got, err := h.solve(ctx)
		if err == nil && len(h.over(got.Sink)) > 0 { // a village without a team has too many now
			tries--
			got, err = h.repair(ctx, got)
		}
		if err == nil && got.Price < sol.Price {
			sol = got
			return true, nil
		}
		h.teams = before
		if few := (*flow.TooFewError)(nil); errors.As(err, &few) {
			err = nil
		}
		return false, err
	}
	for together := true; tries > 0; {
		ss := h.swaps(sol, !together)
		if together {
			if len(ss) == 0 {
				together = false
				continue
			}
			if ok, err := attempt(ss); err != nil {
				return nil, err
			} else if !ok {
				together = false
			}
			continue
		}
		better := false
		several := h.exchanges()
		for n := range len(ss) + len(several) {
			if tries <= 0 {
				break
			}
			if n < len(ss) {
				better, err = attempt(ss[n : n+1])
			} else {
				better, err = attempt(several[n-len(ss)])
			}
			if err != nil {
				return nil, err
			}
			if better {
				break
			}
		}
		if !better {
			return sol, nil
		}
	}
	return sol, nil
}

// exchanges are the members that two teams could give each other, and one that a team could give to another for a third.
func (h *holder) exchanges() (out [][]swap) {
	free := func(k int, j int32) bool { return !slices.Contains(h.teams[k], j) && h.inst.Cadres[j].Cap > 0 }
	for a, one := range h.teams {
		for b, other := range h.teams {
			if a == b {
				continue
			}
			for _, x := range one {
				if !free(b, x) {
					continue
				}
				for _, y := range other {
					if a < b && free(a, y) {
						out = append(out, []swap{{k: a, out: x, in: y}, {k: b, out: y, in: x}})
					}
					for z := range int32(len(h.inst.Cadres)) {
						if z != x && z != y && free(a, z) {
							out = append(out, []swap{{k: a, out: x, in: z}, {k: b, out: y, in: x}})
						}
					}
					if len(out) > 1000 {
						return out
					}
				}
			}
		}
	}
	return out
}
