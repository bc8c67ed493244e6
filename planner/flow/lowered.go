package flow

import "slices"

// fallen notes where prices fell.
func (g *pointOracle) fallen(was []int32) {
	t := g.tree
	g.was, g.sunkIn, g.fell = was, -1, make([]int32, 2*t.leaves)
	for k := range t.leaves {
		least := far
		from, to := t.span(k)
		for j := from; j < to; j++ {
			if g.prices[j] < was[j] {
				least = min(least, g.prices[j])
			}
		}
		g.fell[t.leaves+k] = least
	}
	for k := t.leaves - 1; k > 0; k-- {
		g.fell[k] = min(g.fell[2*k], g.fell[2*k+1])
	}
}

// sink lists the leaves where prices fell that may matter to rows of cell n for values below limit.
func (g *pointOracle) sink(n, limit int32) {
	t, c := g.tree, &g.cell[n]
	g.sunkIn, g.sunkTo, g.sunk = n, limit, g.sunk[:0]
	stack := append(g.stack[:0], visit{1, 0})
	for len(stack) > 0 {
		v := stack[len(stack)-1].node
		stack = stack[:len(stack)-1]
		if g.fell[v] == far {
			continue
		}
		least := g.boxes(&c.box, &t.nodes[v].box) + g.fell[v]
		if least >= limit {
			continue
		}
		if k := v - int32(t.leaves); k >= 0 {
			g.sunk = append(g.sunk, away{least, k})
		} else {
			stack = append(stack, visit{2*v + 1, 0}, visit{2 * v, 0})
		}
	}
	g.stack = stack
}

// lowered looks at the sinks near the row's cell whose prices fell, one by one, and lists those that came nearer than the old
// bound: that of any other cannot be below it. Rows of a cell should come one after another.
func (g *pointOracle) lowered(i, rest int32, arcs []arc) ([]found, int32) {
	t, r := g.tree, &g.rows[i]
	if n := i >> cellBits; n != g.sunkIn || rest > g.sunkTo {
		g.sink(n, rest+slackMore)
	}
	known := func(j int32) bool { return slices.ContainsFunc(arcs, func(x arc) bool { return x.sink == j }) }
	low, churn := rest, int32(0)
	list := g.list[:0]
	put := func(j, c, v int32) {
		list = take(list, found{j, c, v}, rowLowered)
		if len(list) == rowLowered {
			low = list[rowLowered-1].value
		}
	}
	if q := r.present; q >= 0 {
		churn = g.p.Churn
		if g.prices[q] < g.was[q] && !known(q) && !g.forbidden(i, q) {
			if c := g.cost(i, q); c+g.prices[q] < low {
				put(q, c, c+g.prices[q])
			}
		}
	}
	for _, x := range g.sunk {
		if x.least+churn >= low {
			continue
		}
		b := &t.nodes[t.leaves+int(x.leaf)]
		dx, dy := max(b.box.x0-r.x, r.x-b.box.x1, 0), max(b.box.y0-r.y, r.y-b.box.y1, 0)
		room := float64(low-g.fell[t.leaves+int(x.leaf)]-churn) * g.perCost
		if float64(dx*dx)+float64(dy*dy) >= float64(room*room) {
			continue
		}
		from, to := t.span(int(x.leaf))
		for j := from; j < to; j++ {
			fall := g.was[j] - g.prices[j]
			if fall <= 0 || rest-fall >= low || j == r.present {
				continue
			}
			dx, dy := r.x-g.sinks[j].x, r.y-g.sinks[j].y
			room := float64(low-g.prices[j]-churn) * g.perCost
			if room <= 0 || float64(dx*dx)+float64(dy*dy) >= float64(room*room) {
				continue
			}
			// What is below rest − fall was below rest before: it is known, or forbidden.
			c := g.cost(i, j)
			if v := c + g.prices[j]; v >= rest-fall && v < low && !known(j) && !g.forbidden(i, j) {
				put(j, c, v)
			}
		}
	}
	g.list = list
	return list, low
}
