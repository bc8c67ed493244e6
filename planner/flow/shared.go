package flow

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// Shared is a transportation problem on the complete graph whose rows share costs: many rows lie at one place, and many
// want the same. At sink j row i costs
//
//	Base[Place[i]][j] + Match[Kind[i]][Gift[j]], and Churn[i] more unless j is its present sink.
//
// A pair is forbidden where Base is [Forbidden], where the row may go to one sink only and j is another, or where the row
// bars j. It is solved over all pairs, which are never written out.
type Shared struct {
	Base    [][]int32 // by place, then sink. The solver takes it over and changes it.
	Match   [][]int32 // by kind, then gift
	Gift    []int32   // by sink
	Place   []int32   // by row; rows of one place should be neighbours
	Kind    []int32   // by row
	Present []int32   // by row; −1: none. The pair is then never cheaper without it.
	Churn   []int32   // by row; ≥ 0
	Only    []int32   // by row; −1: may go anywhere. nil: all may.
	Barred  map[int32][]int32
	Leave   []int32 // by row: price of leaving it out
	Loads   Loads
}

// sharedOracle finds pairs by place: for each place and each run of sinks it knows the least base.
type sharedOracle struct {
	q      *Shared
	runs   int
	low    []int32 // least base, by place and run of sinks
	price  []int32 // least price, by run
	prices []int32
	was    []int32 // before prices fell
	fall   []int32 // by run: how far at most
	least1 []int32 // least match, by kind
	least2 []int32 // least match, by gift
	least0 int32

	first []int32 // rows are listed by place: those of place k are list[first[k]:first[k+1]]
	rows  []int32
	most  []int32 // the most that rows of the place pay, less their churn

	homeAt, home []int32
	found        []found
	unmarked     []int32
}

const runOfSinks = 32

// NewShared makes a solver over all pairs of q.
func NewShared(q *Shared, o Options) (*Solver, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	g := &sharedOracle{q: q}
	g.lay()
	s := newLazySolver(q.Leave, q.Loads, g)
	s.cheapest = g.least0
	s.workers = o.Workers
	return &Solver{e: s, o: o, sinks: int32(len(q.Gift))}, nil
}

func (q *Shared) check() error {
	n, m := len(q.Leave), len(q.Loads.Start)-1
	if len(q.Place) != n || len(q.Kind) != n || len(q.Present) != n || len(q.Churn) != n || q.Only != nil && len(q.Only) != n || len(q.Gift) != m {
		return fmt.Errorf("%w: %d rows and %d sinks, but not all facts of all", ErrInstance, n, m)
	}
	for k, b := range q.Base {
		if len(b) != m {
			return fmt.Errorf("%w: place %d has costs at %d of %d sinks", ErrInstance, k, len(b), m)
		}
		for j, c := range b {
			if c == Forbidden {
				b[j] = far
			} else if c > MaxCost/4 || c < -MaxCost/4 {
				return fmt.Errorf("%w: cost %d of place %d at sink %d", ErrInstance, c, k, j)
			}
		}
	}
	for k, ms := range q.Match {
		for _, g := range q.Gift {
			if g < 0 || int(g) >= len(ms) {
				return fmt.Errorf("%w: kind %d knows no gift %d", ErrInstance, k, g)
			}
		}
		for _, c := range ms {
			if c > MaxCost/4 || c < -MaxCost/4 {
				return fmt.Errorf("%w: match %d of kind %d", ErrInstance, c, k)
			}
		}
	}
	for i := range n {
		if q.Place[i] < 0 || int(q.Place[i]) >= len(q.Base) || q.Kind[i] < 0 || int(q.Kind[i]) >= len(q.Match) || int(q.Present[i]) >= m ||
			q.Churn[i] < 0 || q.Churn[i] > MaxCost/4 || q.Only != nil && int(q.Only[i]) >= m {
			return fmt.Errorf("%w: row %d", ErrInstance, i)
		}
	}
	return checkEnds(q.Leave, q.Loads)
}

// lay makes the tables.
func (g *sharedOracle) lay() {
	q := g.q
	m := len(q.Gift)
	g.runs = (m + runOfSinks - 1) / runOfSinks
	g.low, g.price, g.unmarked = make([]int32, len(q.Base)*g.runs), make([]int32, g.runs), make([]int32, m)
	leastBase := int32(0)
	for k, b := range q.Base {
		for r := range g.runs {
			least := slices.Min(b[r*runOfSinks : min(m, (r+1)*runOfSinks)])
			g.low[k*g.runs+r] = least
			leastBase = min(leastBase, least)
		}
	}
	g.least1 = make([]int32, len(q.Match))
	for k, ms := range q.Match {
		if len(ms) > 0 { // none if there are no sinks
			g.least1[k] = slices.Min(ms)
		}
		for len(g.least2) < len(ms) {
			g.least2 = append(g.least2, math.MaxInt32)
		}
		for x, c := range ms {
			g.least2[x] = min(g.least2[x], c)
		}
		g.least0 = min(g.least0, g.least1[k])
	}
	g.least0 += leastBase
	g.first, g.rows = byKey(q.Place, len(q.Base), nil)
	g.most = make([]int32, len(q.Base))
	g.homeAt, g.home = byKey(q.Present, m, func(i int32) bool { return q.Present[i] >= 0 && !g.forbidden(i, q.Present[i]) })
}

// byKey lists the numbers of keys by key; those that keep does not want are left out.
func byKey(keys []int32, n int, keep func(i int32) bool) (first, list []int32) {
	first = make([]int32, n+1)
	for i, k := range keys {
		if keep == nil || keep(int32(i)) {
			first[k+1]++
		}
	}
	for k := range n {
		first[k+1] += first[k]
	}
	at := slices.Clone(first)
	list = make([]int32, first[n])
	for i, k := range keys {
		if keep == nil || keep(int32(i)) {
			list[at[k]] = int32(i)
			at[k]++
		}
	}
	return first, list
}

func (g *sharedOracle) forbidden(i, j int32) bool {
	q := g.q
	return q.Base[q.Place[i]][j] == far || g.barred(i, j)
}

// barred reports whether row i itself must not go to sink j.
func (g *sharedOracle) barred(i, j int32) bool {
	q := g.q
	if q.Only != nil && q.Only[i] >= 0 && q.Only[i] != j {
		return true
	}
	return len(q.Barred) > 0 && slices.Contains(q.Barred[i], j)
}

func (g *sharedOracle) cost(i, j int32) int32 {
	q := g.q
	c := q.Base[q.Place[i]][j] + q.Match[q.Kind[i]][q.Gift[j]]
	if q.Present[i] != j {
		c += q.Churn[i]
	}
	return c
}

func (g *sharedOracle) always(j int32) []int32 { return g.home[g.homeAt[j]:g.homeAt[j+1]] }

func (g *sharedOracle) priced(p []int32) {
	g.prices = p
	for r := range g.runs {
		g.price[r] = slices.Min(p[r*runOfSinks : min(len(p), (r+1)*runOfSinks)])
	}
}

func (g *sharedOracle) fallen(was []int32) {
	g.was, g.fall = was, make([]int32, g.runs)
	for j, p := range was {
		g.fall[j/runOfSinks] = max(g.fall[j/runOfSinks], p-g.prices[j])
	}
}

func (g *sharedOracle) lowered(i, rest int32, arcs []arc) ([]found, int32) {
	q := g.q
	low, least := rest, q.Churn[i]+g.least1[q.Kind[i]]
	if j := q.Present[i]; j >= 0 && !g.forbidden(i, j) && !slices.ContainsFunc(arcs, func(x arc) bool { return x.sink == j }) {
		low = min(low, max(rest-(g.was[j]-g.prices[j]), g.cost(i, j)+g.prices[j]))
	}
	k := int(q.Place[i])
	for r, b := range g.low[k*g.runs : (k+1)*g.runs] {
		low = min(low, max(rest-g.fall[r], b+g.price[r]+least))
	}
	return nil, low
}

func (g *sharedOracle) near(i, limit int32, most int, skip []int32, turn int32) ([]found, int32) {
	q := g.q
	list := g.found[:0]
	put := func(f found) {
		list = take(list, f, most)
		if len(list) == most {
			limit = list[most-1].value
		}
	}
	present, churn := q.Present[i], q.Churn[i]
	if present >= 0 && skip[present] != turn && !g.forbidden(i, present) {
		c := g.cost(i, present)
		if v := c + g.prices[present]; v < limit {
			put(found{present, c, v})
		}
	}
	if q.Only != nil && q.Only[i] >= 0 {
		if j := q.Only[i]; j != present && skip[j] != turn && !g.forbidden(i, j) {
			c := g.cost(i, j)
			if v := c + g.prices[j]; v < limit {
				put(found{j, c, v})
			}
		}
		g.found = list
		return list, limit
	}
	k := int(q.Place[i])
	base, low, match := q.Base[k], g.low[k*g.runs:(k+1)*g.runs], q.Match[q.Kind[i]]
	least := churn + g.least1[q.Kind[i]]
	for r, b := range low {
		if b+g.price[r]+least >= limit {
			continue
		}
		from, to := r*runOfSinks, min(len(base), (r+1)*runOfSinks)
		for j := from; j < to; j++ {
			if base[j]+g.prices[j]+least >= limit || base[j] == far {
				continue
			}
			c := base[j] + churn + match[q.Gift[j]]
			v := c + g.prices[j]
			if v >= limit || skip[j] == turn || int32(j) == present || g.barred(i, int32(j)) {
				continue
			}
			put(found{int32(j), c, v})
		}
	}
	g.found = list
	return list, limit
}

func (g *sharedOracle) paid(pays func(i int32) int32) {
	for k := range g.most {
		most := -far
		for _, i := range g.rows[g.first[k]:g.first[k+1]] {
			most = max(most, pays(i)-g.q.Churn[i])
		}
		g.most[k] = most
	}
}

// The groups of rows are node 0, then ranges of places, then places, then runs of rows that do not end where places do.
const (
	placesInRange = 32
	rowsInRun     = 32
)

func (g *sharedOracle) comers(j int32, x group, limit int32, pays func(i int32) int32, c *column) {
	q := g.q
	places := int32(len(q.Base))
	ranges := (places + placesInRange - 1) / placesInRange
	least := g.least2[q.Gift[j]]
	at := func(k int32) int32 { // what rows of place k are worth
		if q.Base[k][j] == far {
			return far
		}
		return q.Base[k][j] + least - g.most[k]
	}
	switch n := x.node; {
	case n == 0:
		for r := range ranges {
			low := far
			for k := r * placesInRange; k < min(places, (r+1)*placesInRange); k++ {
				low = min(low, at(k))
			}
			if low < far {
				c.push(group{low, 1 + r, 0})
			}
		}
	case n <= ranges:
		for k := (n - 1) * placesInRange; k < min(places, n*placesInRange); k++ {
			if v := at(k); v < far && g.first[k] < g.first[k+1] {
				c.push(group{v, 1 + ranges + k, 0})
			}
		}
	case n <= ranges+places:
		k := n - 1 - ranges
		for r := g.first[k] / rowsInRun; r*rowsInRun < g.first[k+1]; r++ {
			// The rows of other places are known, as it were.
			var others uint32
			if from := g.first[k] - r*rowsInRun; from > 0 {
				others = 1<<from - 1
			}
			if to := g.first[k+1] - r*rowsInRun; to < rowsInRun {
				others |= ^uint32(0) << to
			}
			c.push(group{x.least, 1 + ranges + places + r, others})
		}
	default:
		left, r := far, n-1-ranges-places
		for m := ^x.known; m != 0; m &= m - 1 {
			bit := int32(bits.TrailingZeros32(m))
			i := g.rows[r*rowsInRun+bit]
			if q.Present[i] == j {
				continue
			}
			cost := q.Base[q.Place[i]][j] + q.Match[q.Kind[i]][q.Gift[j]] + q.Churn[i]
			v := cost - pays(i)
			if v >= limit {
				left = min(left, v)
				continue
			}
			x.known |= 1 << bit
			if !g.barred(i, j) {
				c.know(i, cost, v)
			}
		}
		if left < far {
			c.push(group{left, n, x.known})
		}
	}
}

func (g *sharedOracle) least(i, limit int32) int32 {
	list, rest := g.near(i, limit, 1, g.unmarked, 1)
	if len(list) > 0 {
		return list[0].value
	}
	return min(rest, limit)
}

// twin shares the tables, which only priced and paid change, and has its own lists.
func (g *sharedOracle) twin() oracle {
	t := *g
	t.found = nil
	return &t
}

// SolveShared is [SolveArcs] over all pairs of q. It returns the bound, which equals the price, for the record.
func SolveShared(ctx context.Context, q *Shared, o Options) (r *Result, bound int64, err error) {
	s, err := NewShared(q, o)
	if err != nil {
		return nil, 0, err
	}
	if r, err = s.proved(ctx); err != nil {
		return nil, 0, err
	}
	return r, r.Price, nil
}

func (g *sharedOracle) sides(int) []uint8 { return nil }

func (g *sharedOracle) apart(p []int32, _ bool) oracle {
	t := *g
	t.found, t.price, t.prices = nil, slices.Clone(g.price), p
	return &t
}

func (g *sharedOracle) adopt(oracle) {}
