package main

import (
	"cmp"
	"math"
	"runtime"
	"slices"
	"sync"
)

// nearest finds the cadres near a household: a grid of cells with a handful of cadres each.
type nearest struct {
	c     *county
	cell  float64
	wide  int
	start []int32 // of each cell, into of
	of    []int32
	found []candidate // scratch
	out   []int32
}

// candidate is a cadre with its keys of order.
type candidate struct {
	key  float64 // squared distance, or cost
	hash uint64  // breaks ties: by number, every household of a village would get the same few of an office's cadres
	j    int32
}

func byKey(a, b candidate) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.hash, b.hash)) }

func newNearest(c *county) *nearest {
	n := &nearest{c: c, wide: max(1, int(math.Sqrt(float64(len(c.Cadres))/4)))}
	n.cell = c.Side / float64(n.wide)
	n.start = make([]int32, n.wide*n.wide+1)
	n.of = make([]int32, len(c.Cadres))
	for _, k := range c.Cadres {
		n.start[n.at(k.At)+1]++
	}
	for i := range n.wide * n.wide {
		n.start[i+1] += n.start[i]
	}
	fill := slices.Clone(n.start)
	for j, k := range c.Cadres {
		x := n.at(k.At)
		n.of[fill[x]] = int32(j)
		fill[x]++
	}
	return n
}

// another is a finder over the same grid for another goroutine.
func (n *nearest) another() *nearest {
	m := *n
	m.found, m.out = nil, nil
	return &m
}

func (n *nearest) column(x float64) int { return min(max(int(math.Floor(x/n.cell)), 0), n.wide-1) }
func (n *nearest) at(p point) int       { return n.column(p.Y)*n.wide + n.column(p.X) }

// find returns the k cadres nearest to household i, nearest first, ties by hash; those that skip names are left out. The
// slice is good until the next call.
func (n *nearest) find(i, k int, skip func(j int) bool) []int32 {
	p := n.c.Households[i].At
	x, y := n.column(p.X), n.column(p.Y)
	n.found = n.found[:0]
	for ring := 0; ring < 2*n.wide; ring++ {
		for cy := y - ring; cy <= y+ring; cy++ {
			step := 1
			if cy != y-ring && cy != y+ring && ring > 0 {
				step = 2 * ring
			}
			for cx := x - ring; cx <= x+ring; cx += step {
				n.gather(i, cx, cy, p, skip)
			}
		}
		// All within reach of the ring's nearest edge are gathered. Points outside the square belong to its border cells, so
		// beyond the border there is nothing.
		reach := math.Inf(1)
		for _, d := range [4]struct {
			edge float64
			open bool
		}{{p.X - float64(x-ring)*n.cell, x-ring > 0}, {float64(x+ring+1)*n.cell - p.X, x+ring < n.wide-1},
			{p.Y - float64(y-ring)*n.cell, y-ring > 0}, {float64(y+ring+1)*n.cell - p.Y, y+ring < n.wide-1}} {
			if d.open {
				reach = min(reach, d.edge)
			}
		}
		if math.IsInf(reach, 1) {
			break
		}
		if reach <= 0 || len(n.found) < k {
			continue
		}
		inside := 0
		for _, f := range n.found {
			if f.key < reach*reach {
				inside++
			}
		}
		if inside >= k {
			break
		}
	}
	slices.SortFunc(n.found, byKey)
	n.out = n.out[:0]
	for _, f := range n.found[:min(k, len(n.found))] {
		n.out = append(n.out, f.j)
	}
	return n.out
}

func (n *nearest) gather(i, cx, cy int, p point, skip func(j int) bool) {
	if cx < 0 || cy < 0 || cx >= n.wide || cy >= n.wide {
		return
	}
	c := cy*n.wide + cx
	for _, j := range n.of[n.start[c]:n.start[c+1]] {
		if skip == nil || !skip(int(j)) {
			n.found = append(n.found, candidate{p.distance2(n.c.Cadres[j].At), pairHash(i, int(j)), j})
		}
	}
}

// arcs lists for each household, in the order given, the k cheapest of its 4k nearest allowed cadres, cheapest first, the
// present one among them. Rows with fewer than k are filled up with column −1.
func (c *county) arcs(k int, order []int32) (col, cost []int32) {
	col, cost = make([]int32, len(order)*k), make([]int32, len(order)*k)
	base := newNearest(c)
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		near := base.another()
		wg.Go(func() {
			var row []candidate
			for at := len(order) * w / workers; at < len(order)*(w+1)/workers; at++ {
				i := int(order[at])
				present := c.Households[i].Present
				row = row[:0]
				has := present < 0
				for _, j := range near.find(i, 4*k, func(j int) bool { return c.forbids(i, j) }) {
					has = has || j == present
					row = append(row, candidate{float64(c.cost(i, int(j))), pairHash(i, int(j)), j})
				}
				if !has {
					row = append(row, candidate{float64(c.cost(i, int(present))), pairHash(i, int(present)), present})
				}
				slices.SortFunc(row, byKey)
				if own := slices.IndexFunc(row, func(x candidate) bool { return x.j == present }); own >= k {
					row[k-1] = row[own]
				}
				for x := range k {
					if col[at*k+x] = -1; x < len(row) {
						col[at*k+x], cost[at*k+x] = row[x].j, int32(row[x].key)
					}
				}
			}
		})
	}
	wg.Wait()
	return col, cost
}

// zHouseholds and zCadres order them along a Z-order curve over the county.
func (c *county) zHouseholds() []int32 {
	return c.zOrder(len(c.Households), func(i int) point { return c.Households[i].At })
}

func (c *county) zCadres() []int32 {
	return c.zOrder(len(c.Cadres), func(j int) point { return c.Cadres[j].At })
}

func (c *county) zOrder(n int, at func(i int) point) []int32 {
	keys, order := make([]uint32, n), make([]int32, n)
	for i := range n {
		p := at(i)
		keys[i], order[i] = spread(p.X/c.Side)|spread(p.Y/c.Side)<<1, int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Or(cmp.Compare(keys[a], keys[b]), int(a-b)) })
	return order
}

// spread puts the 16 leading bits of a number in [0, 1) into the even places.
func spread(x float64) (z uint32) {
	v := uint32(min(max(x, 0), 0.999999) * (1 << 16))
	for b := range 16 {
		z |= v >> b & 1 << (2 * b)
	}
	return z
}
