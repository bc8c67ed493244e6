package verify_test

import (
	"math"
	"math/big"
	"slices"

	"lianxin/planner"
	"lianxin/planner/pairing"
	"lianxin/planner/rule"
)

// A judge knows nothing of the solver and nothing of the verifier: it reads prices from the rules, tries every placement
// of a tier, solves it once more by plain successive shortest paths, and redoes every sum of a plan with big numbers.

// cost is (unserved, changed, seconds); of a solved tier the first two are always 0.
type cost [3]int64

func (a cost) plus(b cost) cost { return cost{a[0] + b[0], a[1] + b[1], a[2] + b[2]} }
func (a cost) less(b cost) bool { return slices.Compare(a[:], b[:]) < 0 }
func (a cost) big() [3]*big.Int {
	return [3]*big.Int{big.NewInt(a[0]), big.NewInt(a[1]), big.NewInt(a[2])}
}
func forbidden(c cost) bool { return c[0] == math.MaxInt64 }
func folded(c cost) int64   { return c[0]<<52 + c[1]<<36 + c[2] }
func lay(q rule.Question, t planner.Tier, upper []planner.Pairing) (*rule.Instance, error) {
	return rule.Lay(q, t, upper)
}

// model is one tier as numbers.
type model struct {
	inst *rule.Instance
	pair [][]cost // of target and cadre; forbidden
	out  []cost
	load [][]int32
}

// modelOf reads a tier; fewest counts unserved and changed.
func modelOf(inst *rule.Instance, fewest bool) model {
	m := model{inst: inst, pair: make([][]cost, len(inst.Targets)), out: make([]cost, len(inst.Targets))}
	for j := range inst.Cadres {
		m.load = append(m.load, inst.Marginals(j))
	}
	for i, t := range inst.Targets {
		had := int64(0)
		if fewest && t.Was != "" {
			had = 1
		}
		m.out[i] = cost{0, had, int64(inst.Unserved(i))}
		if fewest {
			if m.out[i][0] = 1; t.Pin != nil {
				m.out[i][0] = 2
			}
		}
		for j, c := range inst.Cadres {
			v := cost{0: math.MaxInt64}
			if s, ok := inst.Price(i, j); ok {
				v = cost{0, had, int64(s)}
				if c.ID == t.Was {
					v[1] = 0
				}
			}
			m.pair[i] = append(m.pair[i], v)
		}
	}
	return m
}

// brute is the least cost over all placements, one by one.
func (m model) brute() cost {
	best := cost{0: math.MaxInt64}
	load := make([]int, len(m.load))
	var try func(i int, sum cost)
	try = func(i int, sum cost) {
		if i == len(m.pair) {
			if sum.less(best) {
				best = sum
			}
			return
		}
		try(i+1, sum.plus(m.out[i]))
		for j, c := range m.pair[i] {
			if n := load[j]; n < len(m.load[j]) && !forbidden(c) {
				load[j]++
				try(i+1, sum.plus(c).plus(cost{2: int64(m.load[j][n])}))
				load[j]--
			}
		}
	}
	try(0, cost{})
	return best
}

// arc of the plain second solver's network.
type arc struct {
	from, to, room int
	cost           int64
}

// paths is the least cost by successive shortest paths, Bellman and Ford over the whole residual network, in one number.
func (m model) paths() int64 {
	n, k := len(m.pair), len(m.load)
	source, sink := n+k, n+k+1
	var arcs []arc
	add := func(from, to int, c int64) { arcs = append(arcs, arc{from, to, 1, c}, arc{to, from, 0, -c}) }
	for i := range n {
		add(source, i, 0)
		add(i, sink, folded(m.out[i]))
		for j, c := range m.pair[i] {
			if !forbidden(c) {
				add(i, n+j, folded(c))
			}
		}
	}
	for j, ms := range m.load {
		for _, c := range ms {
			add(n+j, sink, int64(c))
		}
	}
	total := int64(0)
	dist, by := make([]int64, n+k+2), make([]int, n+k+2)
	for range n {
		for v := range dist {
			dist[v], by[v] = math.MaxInt64/2, -1
		}
		dist[source] = 0
		for again := true; again; {
			again = false
			for e, x := range arcs {
				if x.room > 0 && dist[x.from] < math.MaxInt64/2 && dist[x.from]+x.cost < dist[x.to] {
					dist[x.to], by[x.to], again = dist[x.from]+x.cost, e, true
				}
			}
		}
		total += dist[sink]
		for v := sink; v != source; v = arcs[by[v]].from {
			arcs[by[v]].room--
			arcs[by[v]^1].room++
		}
	}
	return total
}

// placed is the cost of a placement; ok is false if it is not allowed.
func (m model) placed(sink []int) (sum cost, ok bool) {
	load := make([]int, len(m.load))
	for i, j := range sink {
		if j < 0 {
			sum = sum.plus(m.out[i])
			continue
		}
		if forbidden(m.pair[i][j]) || load[j] == len(m.load[j]) {
			return sum, false
		}
		sum = sum.plus(m.pair[i][j]).plus(cost{2: int64(m.load[j][load[j]])})
		load[j]++
	}
	return sum, true
}

type bigCost [3]*big.Int

func (a bigCost) cmp(b bigCost) int {
	for k := range a {
		if c := a[k].Cmp(b[k]); c != 0 {
			return c
		}
	}
	return 0
}

func (a bigCost) plus(b bigCost, sign int64) (c bigCost) {
	for k := range a {
		c[k] = new(big.Int).Add(a[k], new(big.Int).Mul(b[k], big.NewInt(sign)))
	}
	return c
}

// dual is the bound of potentials, in numbers that cannot overflow.
func (m model) dual(p []bigCost) bigCost {
	sum := bigCost(cost{}.big())
	for i, row := range m.pair {
		least := bigCost(m.out[i].big())
		for j, c := range row {
			if forbidden(c) {
				continue
			}
			if v := bigCost(c.big()).plus(p[j], 1); v.cmp(least) < 0 {
				least = v
			}
		}
		sum = sum.plus(least, 1)
	}
	for j, ms := range m.load {
		for _, c := range ms {
			if over := p[j].plus(bigCost(cost{2: int64(c)}.big()), -1); over.cmp(bigCost(cost{}.big())) > 0 {
				sum = sum.plus(over, -1)
			}
		}
	}
	return sum
}

// judge says whether a plan is a true and proved answer to the question: every figure right, every tier of the least cost
// over all placements, every certificate a proof. Why is what is wrong first.
func judge(in pairing.Input, plan planner.Plan) (why string) {
	q := in.Question().Hashed()
	if plan.Book != in.Book.Hash() || plan.Preset != q.Preset.ID || plan.Period != q.Period || plan.Valid != q.Valid {
		return "another book, preset or year"
	}
	var upper, seen []planner.Pairing
	certs := 0
	for _, tier := range planner.Tiers {
		inst, err := lay(q, tier, upper)
		if err != nil {
			return err.Error()
		}
		rows := slices.DeleteFunc(slices.Clone(plan.Pairings), func(p planner.Pairing) bool { return p.Tier != tier })
		seen = append(seen, rows...)
		upper = rows
		if len(inst.Targets) == 0 {
			if len(rows) > 0 {
				return "rows in an empty tier"
			}
			continue
		}
		if certs == len(plan.Certificates) || plan.Certificates[certs].Tier != tier {
			return "no certificate of " + string(tier)
		}
		if why := judgeTier(inst, rows, plan.Certificates[certs]); why != "" {
			return string(tier) + ": " + why
		}
		certs++
	}
	if certs != len(plan.Certificates) || len(seen) != len(plan.Pairings) {
		return "more than the tiers"
	}
	ids := map[planner.PairingID]bool{}
	for k, p := range plan.Pairings {
		if p.ID == "" || ids[p.ID] || p.ID != seen[k].ID {
			return "IDs or order"
		}
		ids[p.ID] = true
	}
	return ""
}

// outOfReason bounds what a certificate may hold, so that sums of 64 bits hold: part of the format, true proof or not.
const outOfReason = 1 << 40

func judgeTier(inst *rule.Instance, rows []planner.Pairing, cert planner.Certificate) string {
	m := modelOf(inst, cert.Fewest != nil)
	sink, load, n, unserved, secs := make([]int, len(inst.Targets)), make([]int, len(inst.Cadres)), 0, 0, planner.Seconds(0)
	for i, t := range inst.Targets {
		if sink[i] = -1; n == len(rows) || rows[n].Area != "" && rows[n].Area != t.Area || rows[n].Household != "" && (t.Household == nil || rows[n].Household != t.Household.ID) {
			unserved++
			secs += inst.Unserved(i)
			continue
		}
		p := rows[n]
		n++
		j := slices.IndexFunc(inst.Cadres, func(c *rule.Cadre) bool { return c.ID == p.Cadre })
		if j < 0 || (t.Household == nil) == (p.Area == "") || (t.Household == nil) != (p.Household == "") {
			return "a stranger"
		}
		sink[i] = j
		load[j]++
		want := inst.Explain(i, j, load[j])
		sum := planner.Seconds(0)
		for _, r := range want {
			sum += r.Price
		}
		if secs += sum; !slices.Equal(want, p.Reasons) || sum != p.Price || p.Was != t.Was || (p.Origin == planner.OriginPin) != (t.Pin != nil) {
			return "reasons"
		}
	}
	if n != len(rows) {
		return "rows left over"
	}
	price, ok := m.placed(sink)
	if !ok {
		return "not allowed"
	}
	if best := m.brute(); best != price {
		return "not the least"
	}
	if cert.Pairs != int64(len(inst.Cadres))*int64(len(inst.Targets)) || cert.Unserved != unserved || cert.Price != secs || cert.Bound != secs || price[2] != int64(secs) || cert.Instance != inst.Hash() ||
		len(cert.Cadres) != len(inst.Cadres) || len(cert.Potentials) != len(inst.Cadres) {
		return "figures"
	}
	p := make([]bigCost, len(cert.Cadres))
	for j, c := range cert.Cadres {
		v := cost{2: int64(cert.Potentials[j])}
		if c != inst.Cadres[j].ID || cert.Fewest == nil && v[2] < 0 {
			return "potentials"
		}
		if f := cert.Fewest; f != nil {
			if len(f.Potentials) != len(cert.Cadres) {
				return "potentials"
			}
			v[0], v[1] = int64(f.Potentials[j][0]), int64(f.Potentials[j][1])
		}
		if slices.ContainsFunc(v[:], func(x int64) bool { return x > outOfReason || x < -outOfReason }) {
			return "a number out of all reason"
		}
		p[j] = v.big()
	}
	if f := cert.Fewest; f != nil && (int64(f.Unserved) != price[0] || int64(f.Changed) != price[1]) {
		return "changes"
	}
	if m.dual(p).cmp(price.big()) != 0 {
		return "no proof"
	}
	return ""
}
