package pairing

import (
	"cmp"
	"context"
	"slices"

	"lianxin/planner"
	"lianxin/planner/rule"
)

// teamTrials bounds the searches for a smaller team, one of which is some hundred augmenting paths.
const teamTrials = 4000

// loosen finds, for each village whose cap a way lifts, the least number of cadres with which all can be served, one village
// after the other in the order of their codes: none could be lower with those before it as they are and those after it free.
// The numbers and the cadres go into the way. Inst is laid with the way, these villages free. It is false if even so not all
// can be served.
func (w *Way) loosen(ctx context.Context, inst *rule.Instance) bool {
	if !slices.ContainsFunc(w.Lift, func(e Element) bool { return e.Kind == ElementVillage }) {
		return true
	}
	m := newMatching(ctx, inst)
	if m.fill(ctx); m.short() > 0 || ctx.Err() != nil {
		return false
	}
	order := make([]int, 0, len(w.Lift))
	for n, e := range w.Lift {
		if e.Kind == ElementVillage {
			order = append(order, n)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(w.Lift[a].Village, w.Lift[b].Village) })
	for _, n := range order {
		if ctx.Err() != nil {
			return false
		}
		e := &w.Lift[n]
		t := m.leastTeam(e.Village, 0)
		e.Cap, e.found = len(t.has), len(t.has) > t.least
		team := planner.Team{Village: e.Village}
		for _, j := range t.has {
			team.Cadres = append(team.Cadres, inst.Cadres[j].ID)
		}
		w.teams = append(w.teams, team)
	}
	return true
}

// team is a village's cadres while it is made smaller.
type team struct {
	*matching
	of    []int      // the village's targets
	has   []int      // cadres, ascending
	least int        // no fewer are enough
	all   [][]uint64 // who may go to whom, by target of the village, as it was
	tries int
}

// leastTeam leaves a village as few cadres as it can, all still being served, and keeps all others away. A cadre may go if
// who is with them finds a place without them. When none may, two are tried for one. It is proved the least where the
// most places of as many cadres less one are too few, or where all teams of one less were tried.
// It may be left larger where enough cadres are.
func (m *matching) leastTeam(village planner.AreaCode, enough int) *team {
	t := &team{matching: m}
	room := make([]int, len(m.inst.Cadres))
	for i, x := range m.inst.Targets {
		if x.Household == nil || x.Household.Village != village {
			continue
		}
		t.of, t.all = append(t.of, i), append(t.all, slices.Clone(m.may[i]))
		for j := range room {
			if m.mayGo(i, j) {
				room[j]++
			}
		}
	}
	in := make([]int, len(room)) // whom they have now
	for _, i := range t.of {
		in[m.sink[i]]++
	}
	var most []int
	for j, c := range m.inst.Cadres {
		if room[j] = min(room[j], c.Cap); room[j] > 0 {
			t.has, most = append(t.has, j), append(most, room[j])
		}
	}
	slices.SortFunc(most, func(a, b int) int { return cmp.Compare(b, a) })
	for left := len(t.of); left > 0 && t.least < len(most); t.least++ {
		left -= most[t.least]
	}
	order := slices.Clone(t.has)
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(room[a], room[b]), cmp.Compare(in[a], in[b])) })
	for _, j := range order {
		if len(t.has) > max(t.least, enough) {
			t.without(j)
		}
	}
	for len(t.has) > max(t.least, enough) && (t.twoForOne(order) || t.smaller(order)) {
	}
	return t
}

// twoForOne finds one more cadre with whom two others may go.
func (t *team) twoForOne(order []int) bool {
	for _, in := range slices.Backward(order) {
		if slices.Contains(t.has, in) || t.tries >= teamTrials {
			continue
		}
		undo := t.saved()
		before := len(t.has)
		t.let(append(slices.Clone(t.has), in))
		for _, out := range order {
			if out != in && slices.Contains(t.has, out) && t.without(out) && len(t.has) < before {
				return true
			}
		}
		undo()
	}
	return false
}

// smaller tries every team of one less, if they are not too many. If none is enough, the team is the least.
func (t *team) smaller(order []int) bool {
	k := len(t.has) - 1
	if ways := choices(len(order), k); ways > teamTrials-t.tries {
		return false
	}
	undo := t.saved()
	pick := make([]int, k)
	for n := range pick {
		pick[n] = n
	}
	for {
		t.tries++
		has := make([]int, k)
		for n, x := range pick {
			has[n] = order[x]
		}
		t.let(has)
		t.matching.clear()
		for i := range t.sink {
			if t.search(i, t.dead, true); t.sink[i] < 0 {
				break
			}
		}
		if !slices.Contains(t.sink, -1) {
			return true
		}
		n := k - 1
		for n >= 0 && pick[n] == len(order)-k+n {
			n--
		}
		if n < 0 {
			break
		}
		for pick[n]++; n+1 < k; n++ {
			pick[n+1] = pick[n] + 1
		}
	}
	undo()
	t.least = len(t.has)
	return false
}

// choices is how many ways there are to choose k of n, or more than teamTrials.
func choices(n, k int) int {
	c := 1
	for x := range min(k, n-k) {
		if c = c * (n - x) / (x + 1); c > teamTrials {
			return c
		}
	}
	return c
}

// let makes the team those cadres, whoever is with others staying there for now.
func (t *team) let(has []int) {
	in := make([]uint64, len(t.dead))
	for _, j := range has {
		in[j/64] |= 1 << (j % 64)
	}
	for n, i := range t.of {
		for w, all := range t.all[n] {
			t.may[i][w] = all & in[w]
		}
	}
	t.has = slices.Sorted(slices.Values(has))
}

func (m *matching) mayGo(i, j int) bool { return m.may[i][j/64]>>(j%64)&1 == 1 }

// without takes cadre j off the team if all can be served without them.
func (t *team) without(j int) bool {
	undo := t.saved()
	var moved []int
	for _, i := range t.of {
		t.may[i][j/64] &^= 1 << (j % 64)
		if t.sink[i] == j {
			moved = append(moved, i)
		}
	}
	t.tries++
	clear(t.dead)
	for _, i := range moved {
		t.sink[i] = -1
		t.members[j] = slices.DeleteFunc(t.members[j], func(k int) bool { return k == i })
	}
	for _, i := range moved {
		if t.search(i, t.dead, true); t.sink[i] < 0 {
			undo()
			return false
		}
	}
	t.has = slices.DeleteFunc(slices.Clone(t.has), func(k int) bool { return k == j })
	return true
}

// saved returns what brings the team back as it is.
func (t *team) saved() (undo func()) {
	sink, has := slices.Clone(t.sink), t.has
	members := make([][]int, len(t.members))
	for j, is := range t.members {
		members[j] = slices.Clone(is)
	}
	may := make([][]uint64, len(t.of))
	for n, i := range t.of {
		may[n] = slices.Clone(t.may[i])
	}
	return func() {
		copy(t.sink, sink)
		copy(t.members, members)
		t.has = has
		for n, i := range t.of {
			copy(t.may[i], may[n])
		}
	}
}
