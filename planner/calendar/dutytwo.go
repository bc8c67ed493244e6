package calendar

import (
	"cmp"
	"math"
	"slices"
)

// shortCost and owedCost order what [duty.pair] looks at: what is owed before fairness, after it first the gaps, then how many slots
// change hands.
const (
	shortCost = 1 << 20
	owedCost  = 1 << 40
)

// pairDepth is how many minima of one person may lie within each other: months, quarters, the year.
const pairDepth = 3

// pairTook is how many slots each of two has taken of the minima that are running, the widest first, never more than they owe.
type pairTook [2][pairDepth]int32

// pair is exact for a circle of two, such as the two heads: of all assignments that meet the minima and are as fair as can be it finds
// one with the fewest short gaps, and of these one that changes the fewest slots. It looks at every state that matters: who has the
// latest slot, where the other's latest is, the first person's weight so far, and what both took of the minima that are running.
func (d *duty) pair() (exact bool) {
	if d.owing.depth() > pairDepth {
		return false
	}
	n := len(d.Slots)
	total := 0
	for _, s := range d.Slots {
		total += s.Weight
	}
	type step struct {
		cost int
		from pairState
		was  int32 // who had the slot before
	}
	layers := make([][2]map[pairState]step, n)
	can := func(i int, k int32) bool {
		if d.Slots[i].Fixed {
			return d.Slots[i].By == k
		}
		return has(d.Slots[i].Can, k)
	}
	put := func(i int, k int32, s pairState, x step) {
		m := layers[i][k]
		if old, had := m[s]; !had || x.cost < old.cost || x.cost == old.cost && (x.was < old.was || x.was == old.was && x.from.compare(old.from) < 0) {
			m[s] = x
		}
	}
	for i := range n {
		layers[i] = [2]map[pairState]step{{}, {}}
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
				took, lost := d.pairOwes(0, k, pairTook{})
				put(0, k, pairState{0, w, took}, step{cost: change + lost*owedCost, was: -1})
				continue
			}
			for before, m := range layers[i-1] {
				for s, x := range m {
					last, next := i-1, s // of k
					if int32(before) == k {
						next.weight += w
					} else {
						last, next = s.other-1, pairState{other: i, weight: s.weight + w}
					}
					took, lost := d.pairOwes(i, k, s.took)
					next.took = took
					cost := x.cost + change + lost*owedCost
					if last >= 0 && d.Slots[i].At-d.Slots[last].At < d.Gap {
						cost += shortCost
					}
					put(i, k, next, step{cost, s, int32(before)})
				}
			}
		}
	}
	var end pairState
	var who int32
	unmet, square0, cost := math.MaxInt, int64(math.MaxInt64), 0
	for k, m := range layers[n-1] {
		for s, x := range m {
			a, b := d.owed(0)+int64(s.weight)*DutyUnit, d.owed(1)+int64(total-s.weight)*DutyUnit
			sq := square(a) + square(b)
			better := cmp.Or(cmp.Compare(x.cost/owedCost, unmet), cmp.Compare(sq, square0), cmp.Compare(x.cost, cost), cmp.Compare(int32(k), who), s.compare(end)) < 0
			if better {
				unmet, square0, cost, end, who = x.cost/owedCost, sq, x.cost, s, int32(k)
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
	return true
}

// pairState is what of the slots so far matters to those that follow.
type pairState struct {
	other, weight int // other: place of the other's latest slot plus one; 0 none
	took          pairTook
}

func (s pairState) compare(o pairState) int {
	c := cmp.Or(cmp.Compare(s.other, o.other), cmp.Compare(s.weight, o.weight))
	for k := range s.took {
		c = cmp.Or(c, slices.Compare(s.took[k][:], o.took[k][:]))
	}
	return c
}

// pairOwes counts slot i for k, and what both still owe of the minima that end with it.
func (d *duty) pairOwes(i int, k int32, before pairTook) (took pairTook, lost int) {
	if d.owing == nil {
		return took, 0
	}
	for p := range int32(2) {
		depth := 0
		for v := d.leafOf(i, p); v >= 0; v = d.owing.nodes[v].up {
			depth++
		}
		for v := d.leafOf(i, p); v >= 0; v = d.owing.nodes[v].up {
			depth--
			n := &d.owing.nodes[v]
			got := 0
			if i > n.first {
				got = int(before[p][depth])
			}
			if p == k {
				got = min(n.times, got+1)
			}
			if i == n.last {
				lost += n.times - got
			} else {
				took[p][depth] = int32(got)
			}
		}
	}
	return took, lost
}
