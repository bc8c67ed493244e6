package flow

import (
	"math/bits"
	"slices"
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
	p       *Points
	rows    []pointRow
	sinks   []pointSink
	sinkID  []int32
	prices  []int32  // the solver's own
	pay     []int32  // by row: what it paid when last looked at
	cell    []nearby // rows by cells
	step    int32    // how far a cell looks at first
	perCost float64  // a little more than the distance that a cost of one buys
	tree    *boxTree
	rtree   *boxTree

	was    []int32 // before prices fell
	fell   []int32 // by node: the least price of those that fell
	sunk   []away  // leaves with such around the cell sunkIn, with a bound of cost and price, as far as sunkTo
	sunkIn int32
	sunkTo int32

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
	g.perCost = (1 + 1e-9) / p.Rate
	g.cells()
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

// paid works out the most that rows pay in each box, less the churn.
func (g *pointOracle) paid(pays func(i int32) int32) {
	if g.rtree == nil {
		g.rtree = newBoxTree(len(g.rows), rowsInLeaf)
		x, y := make([]float64, len(g.rows)), make([]float64, len(g.rows))
		for k := range g.rows {
			x[k], y[k] = g.rows[k].x, g.rows[k].y
		}
		g.rtree.lay(x, y)
		g.pay = make([]int32, len(g.rows))
	}
	t := g.rtree
	for k := range t.leaves {
		from, to := t.span(k)
		most := -far
		for i := from; i < to; i++ {
			u := pays(i)
			g.pay[i] = u
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

func (g *pointOracle) comers(j int32, x group, limit int32, pays func(i int32) int32, c *column) {
	s, t := &g.sinks[j], g.rtree
	if x.node == 0 {
		c.push(group{g.toBox(&t.nodes[1].box, s.x, s.y) - t.nodes[1].value, 1, 0})
		return
	}
	k := int(x.node) - t.leaves
	if k < 0 {
		a, b := &t.nodes[2*x.node], &t.nodes[2*x.node+1]
		c.push(group{g.toBox(&a.box, s.x, s.y) - a.value, 2 * x.node, 0})
		c.push(group{g.toBox(&b.box, s.x, s.y) - b.value, 2*x.node + 1, 0})
		return
	}
	left := far
	from, to := t.span(k)
	for i := from; i < to; i++ {
		r := &g.rows[i]
		if x.known>>(i-from)&1 != 0 || r.present == j {
			continue
		}
		cost := travel(g.p.Rate, r.x-s.x, r.y-s.y) + r.unmet*int32(bits.OnesCount8(r.wants&^s.gives))
		if r.present >= 0 {
			cost += g.p.Churn
		}
		v := cost - g.pay[i] // what it paid
		if v < limit {
			g.pay[i] = pays(i)
			v = cost - g.pay[i]
		}
		if v >= limit {
			left = min(left, v)
			continue
		}
		x.known |= 1 << (i - from)
		if !g.forbidden(i, j) {
			c.know(i, cost, v)
		}
	}
	if left < far {
		c.push(group{left, x.node, x.known})
	}
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
	t.list, t.stack, t.sunk, t.sunkIn = nil, nil, nil, -1
	return &t
}

// sides divides the sinks by a line, at the widest gap near the middle: across the longer way, the other, and aslant.
func (g *pointOracle) sides(n int) []uint8 {
	if n >= len(slants) {
		return nil
	}
	b := g.tree.nodes[1].box
	dx, dy := slants[n][0], slants[n][1]
	if b.y1-b.y0 > b.x1-b.x0 {
		dx, dy = dy, dx
	}
	at := make([]float64, len(g.sinks))
	for j := range g.sinks {
		at[j] = float64(dx*g.sinks[j].x) + float64(dy*g.sinks[j].y)
	}
	order := slices.Sorted(slices.Values(at))
	m := len(order)
	line, gap := order[m/2], -1.0
	for k := m * 2 / 5; k < m*3/5; k++ {
		if d := order[k+1] - order[k]; d > gap {
			line, gap = order[k], d
		}
	}
	s := make([]uint8, m)
	for j, x := range at {
		if x > line {
			s[j] = 1
		}
	}
	return s
}

// slants are the ways across which sides are divided.
var slants = [][2]float64{{1, 0}, {0, 1}, {1, 1}, {1, -1}}

// apart has its own prices, what follows from them, and lists of leaves.
func (g *pointOracle) apart(p []int32, fall bool) oracle {
	t := *g
	t.list, t.stack, t.sunk, t.sunkIn = nil, nil, nil, -1
	t.prices, t.pay, t.cell = p, nil, slices.Clone(g.cell)
	if fall {
		t.pay = slices.Clone(g.pay)
	}
	tree := *g.tree
	tree.nodes = slices.Clone(tree.nodes)
	t.tree = &tree
	for k := range t.cell {
		t.cell[k].list = slices.Clip(t.cell[k].list)
	}
	t.priced(p)
	return &t
}

func (g *pointOracle) adopt(o oracle) {
	for k, c := range o.(*pointOracle).cell {
		if c.reach > g.cell[k].reach {
			g.cell[k] = c
		}
	}
}
