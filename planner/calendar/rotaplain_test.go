package calendar_test

import (
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
)

// plainFlow shares out a pool's slots by the plainest minimum-cost flow there is: one path at a time, the cheapest by Bellman and Ford.
// A slot's first piece goes to a person by way of their month or quarter, where a minimum asks for it, and what is owed there is worth
// more than anything else; its other pieces go straight. It shares no code with the solver. It returns how much of the minima is left and
// the excesses from the greatest down, in thousandths of a slot; rounding leaves them off by one or two.
func plainFlow(in calendar.RotaInput, p calendar.Pool, slots []calendar.Slot) (unmet int, excess []int64) {
	const first = int64(1) << 40
	type arc struct {
		to, room int
		cost     int64
		back     int
	}
	var arcs []arc
	var from [][]int // by node: its arcs
	node := func() int { from = append(from, nil); return len(from) - 1 }
	join := func(a, b, room int, cost int64) {
		from[a] = append(from[a], len(arcs))
		arcs = append(arcs, arc{b, room, cost, len(arcs) + 1})
		from[b] = append(from[b], len(arcs))
		arcs = append(arcs, arc{a, 0, -cost, len(arcs) - 1})
	}
	source, sink := node(), node()
	people := map[planner.CadreID]int{}
	leaders := make([]planner.Cadre, len(p.Duties))
	var base, load []int64
	for k, d := range p.Duties {
		people[d.Cadre] = k
		base, load = append(base, d.Carried/1000-d.Share), append(load, 0)
		leaders[k] = in.Leaders[slices.IndexFunc(in.Leaders, func(l planner.Cadre) bool { return l.ID == d.Cadre })]
	}
	pieces, first1 := 0, node()
	for range leaders[1:] {
		node()
	}
	for _, s := range slots {
		if _, ours := people[s.Cadre]; ours {
			pieces += s.Weight
		}
	}
	for k := range leaders {
		for n := range int64(pieces) { // the n-th piece makes the square of the excess grow by so much
			e := base[k] + 1000*n
			join(first1+k, sink, 1, (e+1000)*(e+1000)-e*e)
		}
	}
	var per calendar.Term
	times := 0
	for _, l := range in.Rules.Least {
		if l.Heads == p.Heads {
			per, times = l.Per, l.Times
		}
	}
	term := func(d civil.Date) int {
		switch per {
		case calendar.TermMonth:
			return int(d.Month)
		case calendar.TermQuarter:
			return (int(d.Month) - 1) / 3
		}
		return 0
	}
	there := map[[2]int]int{}
	can := func(s calendar.Slot) (ks []int) {
		for _, themed := range []bool{true, false} {
			for k, l := range leaders {
				fits := s.Theme.IsZero() || !themed
				for _, t := range in.Rules.Themes {
					fits = fits || t.Name == s.Theme && slices.ContainsFunc(l.Portfolio, func(p string) bool {
						return slices.ContainsFunc(t.Words, func(w string) bool { return strings.Contains(p, w) })
					})
				}
				if fits && !l.OnLeave(s.On) {
					ks = append(ks, k)
				}
			}
			if len(ks) > 0 {
				return ks
			}
		}
		return nil
	}
	for _, s := range slots {
		if _, ours := people[s.Cadre]; !ours {
			continue
		}
		for _, k := range can(s) {
			there[[2]int{k, term(s.On)}]++
		}
	}
	part := map[[2]int]int{}
	owed := 0
	for _, s := range slots {
		if _, ours := people[s.Cadre]; !ours {
			continue
		}
		one, more := node(), -1
		join(source, one, 1, 0)
		if s.Weight > 1 {
			more = node()
			join(source, more, s.Weight-1, 0)
		}
		for _, k := range can(s) {
			to := first1 + k
			if times > 0 {
				key := [2]int{k, term(s.On)}
				if part[key] == 0 {
					part[key] = node()
					n := min(times, there[key])
					owed += n
					join(part[key], to, n, -first)
					join(part[key], to, there[key], 0)
				}
				to = part[key]
			}
			join(one, to, 1, 0)
			if more >= 0 {
				join(more, first1+k, s.Weight-1, 0)
			}
		}
	}
	far, by, queued := make([]int64, len(from)), make([]int, len(from)), make([]bool, len(from))
	for range pieces {
		for v := range far {
			far[v] = 1 << 62
		}
		far[source] = 0
		for queue := []int{source}; len(queue) > 0; queue = queue[1:] {
			v := queue[0]
			queued[v] = false
			for _, a := range from[v] {
				if x := arcs[a]; x.room > 0 && far[v]+x.cost < far[x.to] {
					far[x.to], by[x.to] = far[v]+x.cost, a
					if !queued[x.to] {
						queued[x.to] = true
						queue = append(queue, x.to)
					}
				}
			}
		}
		for v := sink; v != source; {
			a := by[v]
			arcs[a].room--
			arcs[arcs[a].back].room++
			v = arcs[arcs[a].back].to
		}
	}
	met := 0
	for a := range arcs {
		if arcs[a].cost == first { // the way back holds what went
			met += arcs[a].room
		}
		if x := arcs[a]; x.to == sink && x.room == 0 {
			load[arcs[x.back].to-first1]++
		}
	}
	for k := range leaders {
		excess = append(excess, base[k]+1000*load[k])
	}
	slices.SortFunc(excess, func(a, b int64) int { return int(max(-1, min(1, b-a))) })
	return owed - met, excess
}
