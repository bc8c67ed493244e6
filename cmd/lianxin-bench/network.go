package main

import (
	"fmt"
	"math"
)

// network is a transportation problem with given arcs: each household goes to one cadre or is left out, and each household of
// a cadre is dearer than the one before, or as dear.
type network struct {
	Start     []int64 // of each household into Col and Cost, and the end
	Col, Cost []int32 // cheapest first within a household
	Leave     []int32 // price of leaving the household out; cannotLeave if there is no such arc
	Place     []int32 // of each cadre into Price, and the end; the number of its places is its cap
	Price     []int32 // of a cadre's first, second, … household
}

// cannotLeave marks a household that must be served.
const cannotLeave int32 = math.MaxInt32

func (n *network) households() int        { return len(n.Leave) }
func (n *network) cadres() int            { return len(n.Place) - 1 }
func (n *network) places(j int) []int32   { return n.Price[n.Place[j]:n.Place[j+1]] }
func (n *network) row(i int) (a, z int64) { return n.Start[i], n.Start[i+1] }

// priced recomputes what an assignment costs and refuses one that breaks a cap or uses an arc that is not there.
func (n *network) priced(assign []int32) (sum int64, err error) {
	if len(assign) != n.households() {
		return 0, fmt.Errorf("%d households, %d assigned", n.households(), len(assign))
	}
	load := make([]int, n.cadres())
	for i, j := range assign {
		if j < 0 {
			if n.Leave[i] == cannotLeave {
				return 0, fmt.Errorf("household %d is left out and must not be", i)
			}
			sum += int64(n.Leave[i])
			continue
		}
		x, end := n.row(i)
		for x < end && n.Col[x] != j {
			x++
		}
		if x == end {
			return 0, fmt.Errorf("household %d is at cadre %d without an arc", i, j)
		}
		sum += int64(n.Cost[x])
		load[j]++
	}
	more, err := priceOfLoads(load, n.places)
	return sum + more, err
}

// priceOfLoads sums the prices of the places up to each load.
func priceOfLoads(load []int, places func(j int) []int32) (sum int64, err error) {
	for j, l := range load {
		mc := places(j)
		if l > len(mc) {
			return 0, fmt.Errorf("cadre %d has %d households, at most %d may be", j, l, len(mc))
		}
		for _, c := range mc[:l] {
			sum += int64(c)
		}
	}
	return sum, nil
}

// bound is the dual value of prices p of the cadres: at most the cost of any assignment, whatever p is.
func (n *network) bound(p []int32) (int64, error) {
	if len(p) != n.cadres() {
		return 0, fmt.Errorf("%d cadres, %d prices", n.cadres(), len(p))
	}
	sum := -excess(p, n.places)
	for i, leave := range n.Leave {
		least := int64(math.MaxInt64)
		if leave != cannotLeave {
			least = int64(leave)
		}
		for x, end := n.row(i); x < end; x++ {
			least = min(least, int64(n.Cost[x])+int64(p[n.Col[x]]))
		}
		if least == math.MaxInt64 {
			return 0, fmt.Errorf("household %d has no arc", i)
		}
		sum += least
	}
	return sum, nil
}

// excess is Σ_j Σ_l max(0, p_j − m_j(l)), what the bound owes to the cadres' prices.
func excess(p []int32, places func(j int) []int32) (sum int64) {
	for j, v := range p {
		for _, c := range places(j) {
			sum += max(0, int64(v)-int64(c))
		}
	}
	return sum
}

// closed is the network without the places of some cadres: they have left.
func (n *network) closed(cadres []int32) *network {
	out := *n
	gone := make([]bool, n.cadres())
	for _, j := range cadres {
		gone[j] = true
	}
	out.Place, out.Price = []int32{0}, nil
	for j := range n.cadres() {
		if !gone[j] {
			out.Price = append(out.Price, n.places(j)...)
		}
		out.Place = append(out.Place, int32(len(out.Price)))
	}
	return &out
}
