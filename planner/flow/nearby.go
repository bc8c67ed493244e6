package flow

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// cellBits: rows are asked for by cells of 2^cellBits neighbours, which share what is near them.
const cellBits = 5

// away is a leaf of the tree of sinks and what the way to it costs at least.
type away struct{ least, leaf int32 }

// nearby are the leaves of the tree of sinks that a cell of rows has looked at, nearest first: all to which the way may
// cost less than reach. It depends on the places alone, so that it holds whatever the prices.
type nearby struct {
	box   box
	list  []away
	reach int32
}

// cells divides the rows.
func (g *pointOracle) cells() {
	n := len(g.rows)
	g.cell = make([]nearby, (n+1<<cellBits-1)>>cellBits)
	for k := range g.cell {
		b := nowhere
		for _, r := range g.rows[k<<cellBits : min(n, (k+1)<<cellBits)] {
			b = box{min(b.x0, r.x), min(b.y0, r.y), max(b.x1, r.x), max(b.y1, r.y)}
		}
		g.cell[k].box = b
	}
	b := g.tree.nodes[1].box
	g.step = max(1, int32(min(2*g.p.Rate*math.Sqrt((b.x1-b.x0)*(b.y1-b.y0)/float64(g.tree.leaves)), MaxCost/4)))
}

// boxes is the cost of the way between the nearest points of two boxes.
func (g *pointOracle) boxes(a, b *box) int32 {
	return travel(g.p.Rate, max(b.x0-a.x1, a.x0-b.x1, 0), max(b.y0-a.y1, a.y0-b.y1, 0))
}

// extend lists the next leaves around a cell.
func (g *pointOracle) extend(c *nearby) {
	from, to := c.reach, c.reach+g.step
	if c.reach > 0 {
		to = 2 * c.reach
	}
	t := g.tree
	if g.boxes(&c.box, &t.nodes[1].box) >= to {
		to = g.boxes(&c.box, &t.nodes[1].box) + g.step
	}
	c.reach = to
	n := len(c.list)
	all := true
	stack := append(g.stack[:0], visit{1, 0})
	for len(stack) > 0 {
		v := stack[len(stack)-1].node
		stack = stack[:len(stack)-1]
		d := g.boxes(&c.box, &t.nodes[v].box)
		if d >= to {
			all = false
			continue
		}
		if k := v - int32(t.leaves); k < 0 {
			stack = append(stack, visit{2*v + 1, 0}, visit{2 * v, 0})
		} else if d >= from {
			c.list = append(c.list, away{d, k})
		}
	}
	if all {
		c.reach = far
	}
	g.stack = stack
	slices.SortFunc(c.list[n:], func(a, b away) int { return cmp.Or(cmp.Compare(a.least, b.least), cmp.Compare(a.leaf, b.leaf)) })
}

// near goes over the leaves around the row's cell.
func (g *pointOracle) near(i, limit int32, most int, skip []int32, turn int32) ([]found, int32) {
	r := &g.rows[i]
	list := g.list[:0]
	churn := int32(0)
	if r.present >= 0 {
		churn = g.p.Churn
		if j := r.present; skip[j] != turn { // it alone costs no churn and would be passed over by the bounds
			if v := g.cost(i, j) + g.prices[j]; v < limit && !g.forbidden(i, j) {
				list = take(list, found{j, v - g.prices[j], v}, most)
				if len(list) == most {
					limit = v
				}
			}
		}
	}
	t, p, rate := g.tree, g.prices, g.p.Rate
	leaves := t.nodes[t.leaves:]
	c := &g.cell[i>>cellBits]
	cheapest := t.nodes[1].value + churn
	for k := 0; ; k++ {
		for k == len(c.list) && c.reach != far && c.reach+cheapest < limit {
			g.extend(c)
		}
		if k == len(c.list) || c.list[k].least+cheapest >= limit {
			break
		}
		a := c.list[k]
		b := &leaves[a.leaf]
		if a.least+b.value+churn >= limit {
			continue
		}
		// Squares tell most ways that cost too much.
		dx, dy := max(b.x0-r.x, r.x-b.x1, 0), max(b.y0-r.y, r.y-b.y1, 0)
		room := float64(limit-b.value-churn) * g.perCost
		if float64(dx*dx)+float64(dy*dy) >= float64(room*room) {
			continue
		}
		from, to := t.span(int(a.leaf))
		lastX, lastY, way := 0.0, 0.0, int32(-1)
		for j := from; j < to; j++ {
			pj := p[j] + churn
			if pj >= limit || skip[j] == turn || j == r.present {
				continue
			}
			s := &g.sinks[j]
			if way < 0 || s.x != lastX || s.y != lastY {
				dx, dy := r.x-s.x, r.y-s.y
				room := float64(limit-pj) * g.perCost
				if float64(dx*dx)+float64(dy*dy) >= float64(room*room) {
					continue
				}
				lastX, lastY, way = s.x, s.y, travel(rate, dx, dy)
			}
			if way+pj >= limit {
				continue
			}
			c := way + r.unmet*int32(bits.OnesCount8(r.wants&^s.gives))
			if v := c + pj; v < limit && !g.forbidden(i, j) {
				list = take(list, found{j, c + churn, v}, most)
				if len(list) == most {
					limit = list[most-1].value
				}
			}
		}
	}
	g.list = list
	return list, limit
}
