package pairing

import (
	"cmp"
	"slices"
)

// worthwhileUnits are the units that a village need look at, at given potentials: all that are decided, and of the others those
// that are not dominated by enough. Unit a dominates b if its link costs no more, each of its households costs no more and it
// has no fewer places. Whoever is served by b while a is not used could as well be served by a, so b is used only where all
// that dominate it are; and as the price of a unit is concave, all but one of the units in use are full. So b can be
// left out where the places of those that dominate it, but for the largest, are enough for the village.
func (p *chooser) worthwhileUnits(v int, pi []int64, decided func(v, u int) int8) []int {
	room := p.room[:0]
	var forced []int
	for _, u := range p.may[v] {
		state := linkOpen
		if decided != nil {
			state = decided(v, u)
		}
		switch {
		case state == linkOut:
		case state == linkIn:
			forced = append(forced, u)
		case p.each[v][u]+pi[u] < p.leave:
			room = append(room, u)
		}
	}
	price := func(u int) int64 { return p.each[v][u] + pi[u] }
	slices.SortFunc(room, func(a, b int) int {
		return cmp.Or(cmp.Compare(price(a), price(b)), cmp.Compare(p.fixed[v][a], p.fixed[v][b]), cmp.Compare(p.cap[b], p.cap[a]), cmp.Compare(a, b))
	})
	p.room = room
	kept := room[:0]
	for _, u := range room {
		sum, most := 0, 0
		for _, a := range kept {
			if p.fixed[v][a] <= p.fixed[v][u] && p.cap[a] >= p.cap[u] {
				sum, most = sum+p.cap[a], max(most, p.cap[a])
			}
		}
		if sum-most < p.size[v] {
			kept = append(kept, u)
		}
	}
	kept = append(kept, forced...)
	slices.Sort(kept)
	return kept
}
