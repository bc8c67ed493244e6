package flow

import (
	"math/bits"
)

const (
	sinksInLeaf = 8
	rowsInLeaf  = 16
)

// pointRow and pointSink are the facts of Points in our numbering.
type pointRow struct {
	x, y    float64
	unmet   int32
	present int32
	id      int32
	wants   uint8
}

type pointSink struct {
	x, y  float64
	id    int32
	gives uint8
}

// pointOracle finds pairs with two trees of boxes, one over sinks with their least price, one over rows with the most that
// they pay.
type pointOracle struct {
	p      *Points
	rows   []pointRow
	sinks  []pointSink
	sinkID []int32
	prices []int32 // the solver's own
	tree   *boxTree
	rtree  *boxTree

	homeAt   []int32 // rows by present sink
	home     []int32
	unmarked []int32 // by sink
	list     []found
	stack    []visit
}

// visit is a node still to be looked at, with what it bounds.
type visit struct {
	node  int32
	least int32
}

func newPointOracle(p *Points, row []int32) *pointOracle {
	g := &pointOracle{p: p, tree: newBoxTree(len(p.SinkX), sinksInLeaf)}
	g.sinkID = kdOrder(p.SinkX, p.SinkY, g.tree.leaves)
	x, y := make([]float64, len(g.sinkID)), make([]float64, len(g.sinkID))
	g.sinks = make([]pointSink, len(g.sinkID))
	for k, j := range g.sinkID {
		x[k], y[k] = p.SinkX[j], p.SinkY[j]
		g.sinks[k] = pointSink{x[k], y[k], j, p.Gives[j]}
	}
	g.unmarked = make([]int32, len(g.sinks))
	g.tree.lay(x, y)
	g.rows = make([]pointRow, len(row))
	for k, i := range row {
		g.rows[k] = pointRow{p.RowX[i], p.RowY[i], p.Unmet[i], p.Present[i], i, p.Wants[i]}
	}
	return g
}

// seat turns the rows' present sinks into our numbers and lists the rows of each.
func (g *pointOracle) seat(number []int32) {
	g.homeAt = make([]int32, len(g.sinks)+1)
	for k := range g.rows {
		r := &g.rows[k]
		if r.present >= 0 {
			r.present = number[r.present]
			if !g.forbidden(int32(k), r.present) {
				g.homeAt[r.present+1]++
			}
		}
	}
	for j := range g.sinks {
		g.homeAt[j+1] += g.homeAt[j]
	}
	at := append([]int32(nil), g.homeAt...)
	g.home = make([]int32, g.homeAt[len(g.sinks)])
	for k := range g.rows {
		if q := g.rows[k].present; q >= 0 && !g.forbidden(int32(k), q) {
			g.home[at[q]] = int32(k)
			at[q]++
		}
	}
}

func (g *pointOracle) always(j int32) []int32 { return g.home[g.homeAt[j]:g.homeAt[j+1]] }

func (g *pointOracle) cost(i, j int32) int32 {
	r, s := &g.rows[i], &g.sinks[j]
	c := travel(g.p.Rate, r.x-s.x, r.y-s.y) + r.unmet*int32(bits.OnesCount8(r.wants&^s.gives))
	if r.present >= 0 && r.present != j {
		c += g.p.Churn
	}
	return c
}

func (g *pointOracle) forbidden(i, j int32) bool {
	return g.p.Forbidden != nil && g.p.Forbidden(g.rows[i].id, g.sinks[j].id)
}

// priced works out the least price in each box.
func (g *pointOracle) priced(p []int32) {
	g.prices = p
	t := g.tree
	for k := range t.leaves {
		from, to := t.span(k)
		least := far
		for _, v := range p[from:to] {
			least = min(least, v)
		}
		t.nodes[t.leaves+k].value = least
	}
	for k := t.leaves - 1; k > 0; k-- {
		t.nodes[k].value = min(t.nodes[2*k].value, t.nodes[2*k+1].value)
	}
}

// toBox is the cost of the way from a point to the nearest point of a box.
func (g *pointOracle) toBox(b *box, x, y float64) int32 {
	return travel(g.p.Rate, max(b.x0-x, x-b.x1, 0), max(b.y0-y, y-b.y1, 0))
}

// take puts a finding into a list that ascends by value and is no longer than most; of equals the first found stays first.
func take(list []found, f found, most int) []found {
	k := len(list)
	if k < most {
		list = append(list, f)
	} else {
		k--
	}
	for k > 0 && list[k-1].value > f.value {
		list[k] = list[k-1]
		k--
	}
	list[k] = f
	return list
}

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
	t, p := g.tree, g.prices
	rate := g.p.Rate
	stack := append(g.stack[:0], visit{1, t.nodes[1].value + churn + g.toBox(&t.nodes[1].box, r.x, r.y)})
	for len(stack) > 0 {
		v := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if v.least >= limit {
			continue
		}
		if k := int(v.node) - t.leaves; k >= 0 {
			from, to := t.span(k)
			lastX, lastY, way := 0.0, 0.0, int32(-1)
			for j := from; j < to; j++ {
				pj := p[j] + churn
				if pj >= limit || skip[j] == turn || j == r.present {
					continue
				}
				s := &g.sinks[j]
				if way < 0 || s.x != lastX || s.y != lastY {
					lastX, lastY, way = s.x, s.y, travel(rate, r.x-s.x, r.y-s.y)
				}
				c := way + r.unmet*int32(bits.OnesCount8(r.wants&^s.gives))
				if v := c + pj; v < limit && !g.forbidden(i, j) {
					list = take(list, found{j, c + churn, v}, most)
					if len(list) == most {
						limit = list[most-1].value
					}
				}
			}
			continue
		}
		a, b := &t.nodes[2*v.node], &t.nodes[2*v.node+1]
		va := visit{2 * v.node, a.value + churn + g.toBox(&a.box, r.x, r.y)}
		vb := visit{2*v.node + 1, b.value + churn + g.toBox(&b.box, r.x, r.y)}
		if va.least < vb.least {
			va, vb = vb, va
		}
		if va.least < limit {
			stack = append(stack, va)
		}
		if vb.least < limit {
			stack = append(stack, vb)
		}
	}
	g.list, g.stack = list, stack
	return list, limit
}

// paid works out the most that rows pay in each box, less the churn.
func (g *pointOracle) paid(pays func(i int32) int32) {
	if g.rtree == nil {
		g.rtree = newBoxTree(len(g.rows), rowsInLeaf)
		x, y := make([]float64, len(g.rows)), make([]float64, len(g.rows))
		for k := range g.rows {
			x[k], y[k] = g.rows[k].x, g.rows[k].y
		}
		g.rtree.lay(x, y)
	}
	t := g.rtree
	for k := range t.leaves {
		from, to := t.span(k)
		most := -far
		for i := from; i < to; i++ {
			u := pays(i)
			if g.rows[i].present >= 0 {
				u -= g.p.Churn
			}
			most = max(most, u)
		}
		t.nodes[t.leaves+k].value = most
	}
	for k := t.leaves - 1; k > 0; k-- {
		t.nodes[k].value = max(t.nodes[2*k].value, t.nodes[2*k+1].value)
	}
}

func (g *pointOracle) comers(j, limit int32, most int, pays func(i int32) int32, skip []int32, turn int32) ([]found, int32) {
	s := &g.sinks[j]
	list := g.list[:0]
	t := g.rtree
	rate := g.p.Rate
	stack := append(g.stack[:0], visit{1, g.toBox(&t.nodes[1].box, s.x, s.y) - t.nodes[1].value})
	for len(stack) > 0 {
		v := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if v.least >= limit {
			continue
		}
		if k := int(v.node) - t.leaves; k >= 0 {
			from, to := t.span(k)
			for i := from; i < to; i++ {
				r := &g.rows[i]
				if skip[i] == turn || r.present == j {
					continue
				}
				u := pays(i)
				c := r.unmet * int32(bits.OnesCount8(r.wants&^s.gives))
				if r.present >= 0 {
					c += g.p.Churn
				}
				if c-u >= limit {
					continue
				}
				c += travel(rate, r.x-s.x, r.y-s.y)
				if v := c - u; v < limit && !g.forbidden(i, j) {
					list = take(list, found{i, c, v}, most)
					if len(list) == most {
						limit = list[most-1].value
					}
				}
			}
			continue
		}
		a, b := &t.nodes[2*v.node], &t.nodes[2*v.node+1]
		va := visit{2 * v.node, g.toBox(&a.box, s.x, s.y) - a.value}
		vb := visit{2*v.node + 1, g.toBox(&b.box, s.x, s.y) - b.value}
		if va.least < vb.least {
			va, vb = vb, va
		}
		if va.least < limit {
			stack = append(stack, va)
		}
		if vb.least < limit {
			stack = append(stack, vb)
		}
	}
	g.list, g.stack = list, stack
	return list, limit
}

func (g *pointOracle) least(i, limit int32) int32 {
	list, rest := g.near(i, limit, 1, g.unmarked, 1)
	if len(list) > 0 {
		return list[0].value
	}
	return min(rest, limit)
}

// twin shares the tables, which only priced and paid change, and has its own lists.
func (g *pointOracle) twin() oracle {
	t := *g
	t.list, t.stack = nil, nil
	return &t
}
