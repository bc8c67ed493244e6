package main

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
)

// The checker of plans over the complete graph. It shares no code with planner/flow and reads only the county: it
// recomputes the cost, and the bound of the prices over every pair of household and cadre. Any prices give a bound; equality
// with the cost proves the plan optimal.

// bruteLimit is the number of pairs up to which the checker looks at each one. Beyond, it skips whole boxes of cadres whose
// straight-line distance alone is too dear, which leaves nothing out either.
const bruteLimit = 20_000_000

// check returns the cost of a plan of the county and the bound of the prices.
func (c *county) check(assign []int32, p []int32) (cost, bound int64, err error) {
	if cost, err = c.price(assign); err != nil {
		return 0, 0, err
	}
	if len(p) != len(c.Cadres) {
		return 0, 0, fmt.Errorf("%d cadres, %d prices", len(c.Cadres), len(p))
	}
	least := c.leastOfAll
	if int64(len(c.Households))*int64(len(c.Cadres)) > bruteLimit {
		least = newBoxes(c, p).least
	}
	return cost, c.bound(p, least), nil
}

// price recomputes what a plan costs and refuses one that breaks a cap or uses a forbidden pair.
func (c *county) price(assign []int32) (sum int64, err error) {
	if len(assign) != len(c.Households) {
		return 0, fmt.Errorf("%d households, %d assigned", len(c.Households), len(assign))
	}
	load := make([]int, len(c.Cadres))
	for i, j := range assign {
		if j < 0 {
			sum += unservedPrice
			continue
		}
		if c.forbids(i, int(j)) {
			return 0, fmt.Errorf("household %d is at cadre %d, which is forbidden", i, j)
		}
		sum += int64(c.cost(i, int(j)))
		load[j]++
	}
	more, err := priceOfLoads(load, func(j int) []int32 { return c.Cadres[j].places() })
	return sum + more, err
}

// bound adds up the dual value; least gives for a household min_j c_ij + p_j, or anything not below the price of being
// unserved if that is less.
func (c *county) bound(p []int32, least func(p []int32, i int) int64) int64 {
	workers := runtime.GOMAXPROCS(0)
	part := make([]int64, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := len(c.Households) * w / workers; i < len(c.Households)*(w+1)/workers; i++ {
				part[w] += min(unservedPrice, least(p, i))
			}
		})
	}
	wg.Wait()
	sum := -excess(p, func(j int) []int32 { return c.Cadres[j].places() })
	for _, x := range part {
		sum += x
	}
	return sum
}

// leastOfAll looks at every cadre.
func (c *county) leastOfAll(p []int32, i int) int64 {
	best := int64(unservedPrice)
	for j := range c.Cadres {
		if v := int64(c.cost(i, j)) + int64(p[j]); v < best && !c.forbids(i, j) {
			best = v
		}
	}
	return best
}

// boxes is a binary tree over the cadres' places with the least price of each box.
type boxes struct {
	c     *county
	order []int32
	nodes []boxNode
}

type boxNode struct {
	low, high   point
	price       int64 // least of the box
	from, until int32 // of order; a leaf if left is 0
	left, right int32
}

func newBoxes(c *county, p []int32) *boxes {
	b := &boxes{c: c, order: make([]int32, len(c.Cadres))}
	for j := range b.order {
		b.order[j] = int32(j)
	}
	b.build(p, 0, int32(len(b.order)))
	return b
}

func (b *boxes) build(p []int32, from, until int32) int32 {
	n := boxNode{low: point{math.Inf(1), math.Inf(1)}, high: point{math.Inf(-1), math.Inf(-1)}, price: math.MaxInt64, from: from, until: until}
	for _, j := range b.order[from:until] {
		at := b.c.Cadres[j].At
		n.low = point{min(n.low.X, at.X), min(n.low.Y, at.Y)}
		n.high = point{max(n.high.X, at.X), max(n.high.Y, at.Y)}
		n.price = min(n.price, int64(p[j]))
	}
	at := int32(len(b.nodes))
	b.nodes = append(b.nodes, n)
	if until-from <= 12 {
		return at
	}
	wide := n.high.X-n.low.X > n.high.Y-n.low.Y
	slices.SortFunc(b.order[from:until], func(x, y int32) int {
		p, q := b.c.Cadres[x].At, b.c.Cadres[y].At
		if wide && p.X != q.X {
			return sign(p.X - q.X)
		} else if !wide && p.Y != q.Y {
			return sign(p.Y - q.Y)
		}
		return int(x) - int(y)
	})
	mid := (from + until) / 2
	left := b.build(p, from, mid)
	right := b.build(p, mid, until)
	b.nodes[at].left, b.nodes[at].right = left, right
	return at
}

func sign(x float64) int {
	if x < 0 {
		return -1
	}
	return 1
}

// floor is at most c_ij + p_j for every cadre of the box: one metre is allowed for rounding.
func (b *boxes) floor(n *boxNode, at point) int64 {
	dx := max(n.low.X-at.X, at.X-n.high.X, 0)
	dy := max(n.low.Y-at.Y, at.Y-n.high.Y, 0)
	return n.price + int64(roadFactor*math.Sqrt(dx*dx+dy*dy)) - 1
}

// least looks into every box that could hold something cheaper than the best found, the nearer of two first.
func (b *boxes) least(p []int32, i int) int64 {
	best := int64(unservedPrice)
	if j := b.c.Households[i].Present; j >= 0 {
		best = min(best, int64(b.c.cost(i, int(j)))+int64(p[j]))
	}
	at := b.c.Households[i].At
	var look func(k int32)
	look = func(k int32) {
		n := &b.nodes[k]
		if n.left == 0 {
			for _, j := range b.order[n.from:n.until] {
				if v := int64(b.c.cost(i, int(j))) + int64(p[j]); v < best && !b.c.forbids(i, int(j)) {
					best = v
				}
			}
			return
		}
		near, far := n.left, n.right
		a, z := b.floor(&b.nodes[near], at), b.floor(&b.nodes[far], at)
		if z < a {
			near, far, a, z = far, near, z, a
		}
		if a < best {
			look(near)
		}
		if z < best {
			look(far)
		}
	}
	look(0)
	return best
}
