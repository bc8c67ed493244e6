// Package verify checks a plan against the raw roster without the solver: it shares package rule, which says what a price
// means, and nothing of package flow. It trusts no figure in the plan but the potentials, and those need no trust: any
// potentials give a bound, right ones give a bound equal to the price.
//
// A plan passes if each target has at most one cadre and the unserved are as many as it says, no pair is forbidden, loads
// stay within caps, each price is the sum of its reasons and each reason what the rules say, and for each tier
//
//	price = Σ_i min(unserved_i, min_j c_ij + p_j) − Σ_j Σ_l max(0, p_j − m_j(l))
//
// over all cadres j and all targets i. By weak duality the right side is at most the price of any plan, so equality proves
// that no plan is cheaper. A replanned tier is held against the same bound in triples, see fewest.go.
//
// # Decisions
//
// The hard rules that protect people (recusal, consent, leave, caps, pins) are checked twice, by the rule book and again
// from the roster's own rows in raw.go, so that a fault in a rule does not pass as its own witness.
package verify

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"lianxin/planner"
	"lianxin/planner/rule"
)

// Report is what was checked and what was found.
type Report struct {
	Tiers      []Tier
	Further    []Tier // of [planner.FurtherTiers]
	HardBroken int    // pairs that break a rule that forbids, a cap or a pin
	Findings   []planner.Finding
	Reworded   []Reworded // by rule; no finding
}

// Reworded counts pairs whose stored reasons have a sentence that their rule had before. Rule, price and all that the sentence names
// are as they should be.
type Reworded struct {
	Rule  string `json:"rule"`
	Pairs int    `json:"pairs"`
}

// Tier is one tier as recomputed.
type Tier struct {
	Tier     planner.Tier
	Cadres   int // of the tier, whether used or not
	Used     int // with at least one target
	Targets  int
	Unserved int
	LoadMax  int
	Pairs    int64
	Price    planner.Seconds
	Bound    planner.Seconds

	Replanned    bool // by a replan: the fewest changes first, then the price
	Changed      int  // targets that had a cadre and now have another, or none; of a replanned tier
	ChangedBound int  // proved: fewer cannot be
}

// OK reports whether nothing was found.
func (r Report) OK() bool { return len(r.Findings) == 0 }

// Check checks all tiers of a plan against the question that it answers. Findings are all Stops; an error means that the
// check could not be made, as when the roster is not sound.
func Check(ctx context.Context, q rule.Question, plan planner.Plan) (Report, error) {
	if err := q.Book.Check(); err != nil {
		return Report{}, err
	}
	q = q.HashedFor(plan)
	c := checker{q: q, plan: plan}
	if plan.Book != q.BookHash() {
		c.find("book", "方案所用的规则与现行规则不同。", "the plan was made with other rules.")
	}
	if plan.Preset != q.Preset.ID {
		c.find("preset", "方案所用的预设与要核验的不同。", "the plan was made with another preset.")
	}
	if plan.Period != q.Period || plan.Valid != q.Valid {
		c.find("period", "方案的年度或起止日期与要核验的不同。", "the plan is of another year or span.")
	}
	c.raw()
	c.order()
	c.once()
	if err := c.units(); err != nil {
		return Report{}, err
	}
	q = q.Of(plan)
	var upper []planner.Pairing
	for _, tier := range planner.Tiers {
		inst, err := rule.Lay(q, tier, upper)
		if err != nil {
			return Report{}, err
		}
		above := upper
		upper = c.of(tier)
		if err := c.tier(ctx, inst, upper); err != nil {
			return Report{}, err
		}
		if err := c.held(ctx, q, tier, above); err != nil {
			return Report{}, err
		}
	}
	if err := c.further(ctx, q, upper); err != nil {
		return Report{}, err
	}
	return c.report, nil
}

// checker gathers findings.
type checker struct {
	q      rule.Question
	plan   planner.Plan
	report Report
}

const findingsAtMost = 100 // a plan that is wrong everywhere need not say so 15,000 times

// find notes a finding.
func (c *checker) find(code, zh, en string) {
	if len(c.report.Findings) < findingsAtMost {
		c.report.Findings = append(c.report.Findings, planner.Finding{Severity: planner.Stop, Code: code, Say: planner.Text{ZH: zh, EN: en}})
	}
}

// of lists a tier's pairings in the plan's order.
func (c *checker) of(tier planner.Tier) (ps []planner.Pairing) {
	all := c.plan.Pairings
	in := func(p planner.Pairing) bool { return p.Tier == tier }
	if from := slices.IndexFunc(all, in); from >= 0 { // they mostly lie together
		until := from
		for until < len(all) && all[until].Tier == tier {
			until++
		}
		if !slices.ContainsFunc(all[until:], in) {
			return all[from:until:until]
		}
	}
	for _, p := range all {
		if p.Tier == tier {
			ps = append(ps, p)
		}
	}
	return ps
}

// tier recomputes one tier.
func (c *checker) tier(ctx context.Context, inst *rule.Instance, rows []planner.Pairing) error {
	t := Tier{Tier: inst.Tier, Cadres: len(inst.Cadres), Targets: len(inst.Targets), Pairs: int64(len(inst.Cadres)) * int64(len(inst.Targets))}
	if k := c.proof(inst.Tier); k != nil && k.Fewest != nil {
		inst.DealAsPresent() // a replan knows caps of cadres alone
	}
	sink, row := c.place(inst, rows)
	load := make([]int, len(inst.Cadres))
	for i, target := range inst.Targets {
		j := sink[i]
		if j < 0 {
			t.Unserved++
			t.Price += inst.Unserved(i)
			continue
		}
		load[j]++
		t.LoadMax = max(t.LoadMax, load[j])
		if load[j] == 1 {
			t.Used++
		}
		if r, ok := inst.Forbids(i, j); ok {
			c.report.HardBroken++
			c.find("forbidden", target.Code+"："+r.Say.ZH+"。", target.Code+": "+r.Say.EN+".")
			continue
		}
		t.Price += c.reasons(inst, i, j, load[j], rows[row[i]])
	}
	for j, n := range load {
		if most := inst.Cadres[j].Cap; n > most {
			c.report.HardBroken++
			c.find("cap", fmt.Sprintf("%s有%d个对象，上限是%d。", inst.Cadres[j].Name, n, most), fmt.Sprintf("%s has %d targets; at most %d are allowed.", inst.Cadres[j].Name, n, most))
		}
	}
	for _, u := range inst.UnitCaps {
		n := 0
		for _, j := range u.Cadres {
			n += load[j]
		}
		if n < u.Least {
			c.report.HardBroken++
			unit := inst.Cadres[u.Cadres[0]].Unit.Name
			c.find("unit-least", fmt.Sprintf("%s共有%d户，下限是%d。", unit, n, u.Least), fmt.Sprintf("%s has %d households; it must have at least %d.", unit, n, u.Least))
		}
		if n > u.Most {
			c.report.HardBroken++
			unit := inst.Cadres[u.Cadres[0]].Unit.Name
			c.find("unit-cap", fmt.Sprintf("%s共有%d户，上限是%d。", unit, n, u.Most), fmt.Sprintf("%s has %d households; at most %d are allowed.", unit, n, u.Most))
		}
	}
	if err := c.certificate(ctx, inst, &t, sink); err != nil {
		return err
	}
	if slices.Contains(planner.FurtherTiers, t.Tier) {
		c.report.Further = append(c.report.Further, t)
	} else {
		c.report.Tiers = append(c.report.Tiers, t)
	}
	return nil
}

// place reads which cadre each target has, −1 for nobody, and in which row it says so. Rows must come in the order of the
// targets, each target once.
func (c *checker) place(inst *rule.Instance, rows []planner.Pairing) (sink, row []int) {
	column := map[planner.CadreID]int{}
	for j, x := range inst.Cadres {
		column[x.ID] = j
	}
	sink, row = make([]int, len(inst.Targets)), make([]int, len(inst.Targets))
	n := 0
	for i, t := range inst.Targets {
		sink[i] = -1
		if n == len(rows) || t.Household != nil && rows[n].Household != t.Household.ID || t.Household == nil && rows[n].Area != t.Area {
			continue
		}
		p := rows[n]
		row[i] = n
		n++
		if p.Was != t.Was {
			c.find("was", t.Code+"的上期干部记错了。", "last period's cadre of "+t.Code+" is wrong.")
		}
		if j, ok := column[p.Cadre]; ok {
			sink[i] = j
		} else {
			c.report.HardBroken++
			c.find("cadre", t.Code+"的干部不在岗或职级不符。", "the cadre of "+t.Code+" is not in post or of another rank.")
		}
	}
	if n < len(rows) {
		c.report.HardBroken++
		c.find("target", "方案里有重复的、次序不对的、不在册的或未同意的对象。", "the plan names a target twice, out of order, unknown, or without consent.")
	}
	return sink, row
}

// reasons holds a pairing's reasons against the rules and returns what they add up to by the rules.
func (c *checker) reasons(inst *rule.Instance, i, j, n int, p planner.Pairing) (price planner.Seconds) {
	want := inst.Explain(i, j, n)
	for _, r := range want {
		price += r.Price
	}
	code := inst.Targets[i].Code
	if !slices.Equal(p.Reasons, want) {
		if rules, ok := inst.Before(i, j, n, p.Reasons); ok {
			c.reworded(rules)
		} else {
			c.find("reasons", code+"的理由与规则不符。", "the reasons of "+code+" are not what the rules say.")
		}
	}
	if p.Price != price {
		c.find("price", fmt.Sprintf("%s的代价写作%d秒，按规则是%d秒。", code, p.Price, price), fmt.Sprintf("the price of %s is given as %d s; by the rules it is %d s.", code, p.Price, price))
	}
	pinned := inst.Targets[i].Pin != nil
	if pinned != (p.Origin == planner.OriginPin) {
		c.find("origin", code+"的来源记错了。", "the origin of "+code+" is wrong.")
	}
	return price
}

// reworded counts a pair under each of the rules.
func (c *checker) reworded(rules []string) {
	for _, id := range rules {
		k, found := slices.BinarySearchFunc(c.report.Reworded, id, func(r Reworded, id string) int { return cmp.Compare(r.Rule, id) })
		if !found {
			c.report.Reworded = slices.Insert(c.report.Reworded, k, Reworded{Rule: id})
		}
		c.report.Reworded[k].Pairs++
	}
}

// certificate holds a tier's certificate against the recomputed price and bound.
func (c *checker) certificate(ctx context.Context, inst *rule.Instance, t *Tier, sink []int) error {
	name := string(inst.Tier)
	k := c.proof(inst.Tier)
	if k == nil {
		if len(inst.Targets) > 0 {
			c.find("certificate", name+"没有最优证明。", name+" has no certificate.")
		}
		t.Bound = t.Price
		return nil
	}
	cert := *k
	signed := slices.ContainsFunc(inst.UnitCaps, func(u rule.UnitCap) bool { return u.Least > 0 })
	sound := len(cert.Cadres) == len(inst.Cadres) && len(cert.Potentials) == len(inst.Cadres)
	for j := 0; sound && j < len(inst.Cadres); j++ {
		p := cert.Potentials[j]
		sound = cert.Cadres[j] == inst.Cadres[j].ID && (p >= 0 || cert.Fewest != nil || signed) && max(p, -p) <= potentialAtMost && p != math.MinInt64
	}
	if !sound {
		c.find("certificate", name+"的证明与干部名单对不上。", "the certificate of "+name+" does not match the cadres.")
		return nil
	}
	if cert.Fewest != nil {
		if err := c.fewest(ctx, inst, t, cert, sink); err != nil {
			return err
		}
	} else {
		bound, err := dual(ctx, inst, cert.Potentials)
		if err != nil {
			return err
		}
		t.Bound = bound
		if cert.Held != nil { // of all teams together, the bound is another: see held
			if t.Price != bound {
				c.find("gap", name+"按选定的干部不是总代价最低的。", name+" is not the cheapest plan with the cadres chosen for the villages.")
			}
			t.Bound, cert.Bound = t.Price, t.Price
		}
	}
	for _, x := range []struct {
		code, zh  string
		got, want int64
	}{
		{"pairs", "组合数", cert.Pairs, t.Pairs},
		{"unserved", "未安排数", int64(cert.Unserved), int64(t.Unserved)},
		{"total", "总代价", int64(cert.Price), int64(t.Price)},
		{"bound", "下界", int64(cert.Bound), int64(t.Bound)},
		{"gap", "总代价与下界之差", int64(t.Price - t.Bound), 0},
	} {
		if x.got != x.want {
			c.find(x.code, fmt.Sprintf("%s的%s是%d，应为%d。", name, x.zh, x.got, x.want), fmt.Sprintf("%s: %s is %d, want %d.", name, x.code, x.got, x.want))
		}
	}
	if cert.Instance != inst.Hash() || len(cert.Blocks) > 0 && !slices.EqualFunc(cert.Blocks, inst.BlockProofs(), sameBlock) {
		c.find("instance", name+"的证明是对另一份名册的。", "the certificate of "+name+" is about another roster.")
	}
	return nil
}

// potentialAtMost bounds a potential, so that no sum of a county's or prefecture's overflows: 2⁴⁰ seconds are 34,000 years.
const potentialAtMost = 1 << 40

// once checks that certificates come in the order of the tiers, one a tier, none of an unknown one.
func (c *checker) once() {
	last := -1
	for _, x := range c.plan.Certificates {
		k := slices.Index(planner.Tiers, x.Tier)
		if k <= last {
			c.find("certificate-order", "最优证明重复、没有按层级排列或属于未知的层级。", "a certificate stands twice, out of order, or is of an unknown tier.")
			return
		}
		last = k
	}
	last = -1
	for _, x := range c.plan.Proofs {
		k := slices.Index(planner.FurtherTiers, x.Tier)
		if k <= last {
			c.find("certificate-order", "其他层级的证明重复、没有按层级排列或属于未知的层级。", "a proof of a further tier stands twice, out of order, or is of an unknown tier.")
			return
		}
		last = k
	}
}

// dual computes the bound over all pairs from the rules, on all processors.
func dual(ctx context.Context, inst *rule.Instance, p []planner.Seconds) (bound planner.Seconds, err error) {
	if len(inst.Targets)*len(inst.Cadres) > byHand {
		bound, err = leastByBlocks(ctx, inst, p)
	} else {
		bound, err = leastByHand(ctx, inst, p)
	}
	if err != nil {
		return 0, err
	}
	return bound - placesWorth(inst, p), ctx.Err()
}

// leastByHand is Σ_i min(unserved_i, min_j c_ij + p_j), pair by pair.
func leastByHand(ctx context.Context, inst *rule.Instance, p []planner.Seconds) (sum planner.Seconds, err error) {
	n := len(inst.Targets)
	workers := min(runtime.GOMAXPROCS(0), max(1, n/256))
	part := make([]planner.Seconds, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := n * w / workers; i < n*(w+1)/workers && ctx.Err() == nil; i++ {
				least := inst.Unserved(i)
				for j := range inst.Cadres {
					if c, ok := inst.Price(i, j); ok {
						least = min(least, c+p[j])
					}
				}
				part[w] += least
			}
		})
	}
	wg.Wait()
	for _, s := range part {
		sum += s
	}
	return sum, ctx.Err()
}
