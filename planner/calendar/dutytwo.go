package calendar

import "math"

// shortCost orders what [duty.pair] looks at after fairness: first the gaps, then how many slots change hands.
const shortCost = 1 << 20

// pair is exact for a circle of two, such as the two heads: of all assignments that are as fair as can be it finds one with the
// fewest short gaps, and of these one that changes the fewest slots. It looks at every state that matters: who has the latest slot,
// where the other's latest is, and the first person's weight so far.
func (d *duty) pair() {
	n := len(d.Slots)
	total := 0
	for _, s := range d.Slots {
		total += s.Weight
	}
	type state struct{ other, weight int } // other: place of the other's latest slot plus one; 0 none
	type step struct {
		cost int
		from state
		was  int32 // who had the slot before
	}
	layers := make([][2]map[state]step, n)
	can := func(i int, k int32) bool {
		if d.Slots[i].Fixed {
			return d.Slots[i].By == k
		}
		return has(d.Slots[i].Can, k)
	}
	put := func(i int, k int32, s state, x step) {
		m := layers[i][k]
		if old, had := m[s]; !had || x.cost < old.cost || x.cost == old.cost && (x.was < old.was || x.was == old.was && x.from.other < old.from.other) {
			m[s] = x
		}
	}
	for i := range n {
		layers[i] = [2]map[state]step{{}, {}}
		for k := range int32(2) {
			if !can(i, k) {
				continue
			}
			w, change := 0, 0
			if k == 0 {
				w = d.Slots[i].Weight
			}
			if d.Slots[i].By >= 0 && d.Slots[i].By != k {
				change = 1
			}
			if i == 0 {
				put(0, k, state{0, w}, step{cost: change, was: -1})
				continue
			}
			for before, m := range layers[i-1] {
				for s, x := range m {
					last, next := i-1, s // of k
					if int32(before) == k {
						next.weight += w
					} else {
						last, next = s.other-1, state{i, s.weight + w}
					}
					cost := x.cost + change
					if last >= 0 && d.Slots[i].At-d.Slots[last].At < d.Gap {
						cost += shortCost
					}
					put(i, k, next, step{cost, s, int32(before)})
				}
			}
		}
	}
	var end state
	var who int32
	square0, cost := int64(math.MaxInt64), 0
	for k, m := range layers[n-1] {
		for s, x := range m {
			a, b := d.owed(0)+int64(s.weight)*DutyUnit, d.owed(1)+int64(total-s.weight)*DutyUnit
			sq := square(a) + square(b)
			better := sq < square0 || sq == square0 && (x.cost < cost || x.cost == cost && (int32(k) < who || int32(k) == who && (s.other < end.other || s.other == end.other && s.weight < end.weight)))
			if better {
				square0, cost, end, who = sq, x.cost, s, int32(k)
			}
		}
	}
	by := make([]int32, n)
	for i := n - 1; i >= 0; i-- {
		by[i] = who
		x := layers[i][who][end]
		end, who = x.from, x.was
	}
	d.take(by)
}
