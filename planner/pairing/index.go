package pairing

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"lianxin/planner"
	"lianxin/planner/flow"
	"lianxin/planner/rule"
)

// Index answers questions about the households of one optimal plan: who else, why not that one, where one more place would
// help. It is made once for a plan and its roster (a county: a second or so) and then answers in milliseconds. The counties
// of a prefecture whose rules keep them apart are made when they are first asked about: of 7,000 cadres and 100,000 households in
// a second or two. Safe for concurrent use.
//
// All figures are exact: the residual network of the plan holds every pair, and a cheapest cycle through a pair is what the
// best plan with that pair costs more (Ahuja, Magnanti and Orlin, Network Flows, §9.3).
type Index struct {
	inst   *rule.Instance
	parts  []*part
	of     []int // part of each target
	row    map[planner.HouseholdID]int
	column map[planner.CadreID]int
}

// part is a block of the instance (see [rule.Instance.Blocks]) with indices of its own.
type part struct {
	inst   *rule.Instance
	sink   []int32
	load   []int
	pot    []triple
	fewest bool // replanned: prices are triples
	row    map[planner.HouseholdID]int
	column map[planner.CadreID]int32

	mu    sync.Mutex
	costs func(i int, row []int32)
	table *flow.Table    // nil before the first question, and if there are more cadres than [flow.MaxWide]
	res   *flow.Residual // instead: reads what it needs, slower
	kept  *keptTable     // instead, of a replanned plan
}

// NewIndex makes the index. Of a plan made by [Replan] extra prices have three parts, compared in the order of [Fewest]:
// more without a cadre, more changes, more seconds. Conflict: the roster, rules or pins are no longer those of the plan.
func NewIndex(ctx context.Context, in Input, plan planner.Plan) (*Index, error) {
	return newIndex(ctx, in, plan, "")
}

// NewIndexAround makes an index of the block of one household alone, of a plan whose proof names its blocks (see
// [planner.BlockProof]): in and plan may have no more than the block's counties of the roster and of the pairings. What the proof
// says of the block must hold; Conflict: it does not, and perhaps the whole roster tells why.
func NewIndexAround(ctx context.Context, in Input, plan planner.Plan, household planner.HouseholdID) (*Index, error) {
	return newIndex(ctx, in, plan, household)
}

// proofOf is the certificate of a plan's tier of households.
func proofOf(plan planner.Plan) (planner.Certificate, bool) {
	k := slices.IndexFunc(plan.Certificates, func(c planner.Certificate) bool { return c.Tier == planner.TierHousehold })
	if k < 0 {
		return planner.Certificate{}, false
	}
	return plan.Certificates[k], true
}

// BlocksOf are the blocks that the proof of a plan names.
func BlocksOf(plan planner.Plan) []planner.BlockProof {
	cert, _ := proofOf(plan)
	return cert.Blocks
}

// around finds the block of a household, or, if nobody is planned for it, that of its county, if the proof names it just as it is
// laid out.
func around(inst *rule.Instance, proved []planner.BlockProof, h planner.Household) ([]rule.Block, error) {
	row := slices.IndexFunc(inst.Targets, func(t *rule.Target) bool { return t.Household.ID == h.ID })
	if row < 0 {
		row = slices.IndexFunc(inst.Targets, func(t *rule.Target) bool { return t.Household.Village.County() == h.Village.County() })
	}
	for _, b := range inst.Blocks() {
		if _, here := slices.BinarySearch(b.Targets, int32(row)); !here {
			continue
		}
		now := inst.BlockProof(b)
		if slices.ContainsFunc(proved, func(p planner.BlockProof) bool { return p.Instance == now.Instance }) {
			return []rule.Block{b}, nil
		}
	}
	return nil, stale(nil)
}

func newIndex(ctx context.Context, in Input, plan planner.Plan, household planner.HouseholdID) (*Index, error) {
	var upper []planner.Pairing
	for _, p := range plan.Pairings {
		if p.Tier == planner.TierGroup {
			upper = append(upper, p)
		}
	}
	cert, ok := proofOf(plan)
	if !ok {
		return nil, stale(nil)
	}
	q := in.Question().Of(plan)
	if household != "" && len(cert.Blocks) > 0 {
		q = q.Sharing(cert.Blocks[0].Share)
	}
	inst, err := rule.Lay(q, planner.TierHousehold, upper)
	if err != nil {
		return nil, err
	}
	if cert.Fewest != nil {
		inst.DealAsPresent()
	}
	blocks := inst.Blocks()
	if household != "" {
		k := slices.IndexFunc(in.Roster.Households, func(h planner.Household) bool { return h.ID == household })
		if k < 0 {
			return nil, stale(nil)
		}
		if blocks, err = around(inst, cert.Blocks, in.Roster.Households[k]); err != nil {
			return nil, err
		}
	} else if cert.Instance != inst.Hash() {
		return nil, stale(nil)
	}
	x := &Index{inst: inst, of: make([]int, len(inst.Targets)), row: make(map[planner.HouseholdID]int, len(inst.Targets)), column: make(map[planner.CadreID]int, len(inst.Cadres))}
	for j, c := range inst.Cadres {
		x.column[c.ID] = j
	}
	for _, b := range blocks {
		for _, i := range b.Targets {
			x.row[inst.Targets[i].Household.ID] = int(i)
		}
	}
	has := make(map[planner.HouseholdID]planner.CadreID, len(inst.Targets))
	for _, p := range plan.Pairings {
		if p.Tier == planner.TierHousehold {
			has[p.Household] = p.Cadre
		}
	}
	if cert.Fewest == nil {
		load := make([]int, len(inst.Cadres))
		for _, id := range has {
			if j, ok := x.column[id]; ok {
				load[j]++
			}
		}
		inst.Deal(load)
		inst.DealLeast(load)
	}
	if len(cert.Potentials) != len(cert.Cadres) || cert.Fewest != nil && len(cert.Fewest.Potentials) != len(cert.Cadres) {
		return nil, stale(nil)
	}
	pot := make(map[planner.CadreID]triple, len(inst.Cadres))
	for j, c := range cert.Cadres {
		p := triple{secs: int64(cert.Potentials[j])}
		if cert.Fewest != nil {
			p.left, p.changed = int64(cert.Fewest.Potentials[j][0]), int64(cert.Fewest.Potentials[j][1])
		}
		pot[c] = p
	}
	for _, b := range blocks {
		for _, i := range b.Targets {
			x.of[i] = len(x.parts)
		}
		p := newPart(inst, b, has, pot)
		p.fewest = cert.Fewest != nil
		x.parts = append(x.parts, p)
	}
	if len(x.parts) == 1 {
		err = x.parts[0].build(ctx)
	}
	return x, err
}

// stale is the answer about a plan that is no longer that of its roster.
func stale(cause error) error {
	e := planner.Fail(planner.Conflict, "名册、规则或锁定在做方案之后有变化，请重新求解后再看替代人选。", "the roster, rules or pins changed after the plan was made; solve again to see alternatives.")
	e.Err = cause
	return e
}

// tooMany is the answer about a replanned part with more cadres than a table holds.
func tooMany(cadres int, cause error) error {
	e := planner.Fail(planner.Conflict, fmt.Sprintf("这一片有%d名干部，太大，无法比较替代人选；请按县分别编制方案。", cadres), fmt.Sprintf("%d cadres in one part are too many to compare alternatives; make one plan a county.", cadres))
	e.Err = cause
	return e
}

// restrict is the part of an instance that a block names.
func restrict(inst *rule.Instance, b rule.Block) *rule.Instance {
	sub := *inst
	sub.Cadres, sub.Targets = make([]*rule.Cadre, len(b.Cadres)), make([]*rule.Target, len(b.Targets))
	for j, k := range b.Cadres {
		sub.Cadres[j] = inst.Cadres[k]
	}
	for i, k := range b.Targets {
		sub.Targets[i] = inst.Targets[k]
	}
	regroup(inst, &sub)
	return &sub
}

// regroup gives a part of an instance the caps of units with its own indices.
func regroup(inst, sub *rule.Instance) {
	if len(inst.UnitCaps) == 0 {
		return
	}
	at := map[*rule.Cadre]int32{}
	for j, c := range sub.Cadres {
		at[c] = int32(j)
	}
	sub.UnitCaps = nil
	for _, u := range inst.UnitCaps {
		g := rule.UnitCap{Least: u.Least, Most: u.Most}
		for _, j := range u.Cadres {
			if k, ok := at[inst.Cadres[j]]; ok {
				g.Cadres = append(g.Cadres, k)
			}
		}
		if len(g.Cadres) > 0 {
			sub.UnitCaps = append(sub.UnitCaps, g)
		}
	}
}

// newPart takes a block out of the instance.
func newPart(inst *rule.Instance, b rule.Block, has map[planner.HouseholdID]planner.CadreID, pot map[planner.CadreID]triple) *part {
	p := &part{inst: restrict(inst, b), sink: make([]int32, len(b.Targets)), load: make([]int, len(b.Cadres)), pot: make([]triple, len(b.Cadres)),
		row: make(map[planner.HouseholdID]int, len(b.Targets)), column: make(map[planner.CadreID]int32, len(b.Cadres))}
	for j, c := range p.inst.Cadres {
		p.column[c.ID], p.pot[j] = int32(j), pot[c.ID]
	}
	for i, t := range p.inst.Targets {
		p.row[t.Household.ID], p.sink[i] = i, -1
		if j, ok := p.column[has[t.Household.ID]]; ok {
			p.sink[i] = j
			p.load[j]++
		}
	}
	return p
}

// Has reports whether the index knows a household.
func (x *Index) Has(household planner.HouseholdID) bool {
	_, ok := x.row[household]
	return ok
}

// part finds and makes ready the part in which a household is. NotFound: it is not in the plan's question.
func (x *Index) part(ctx context.Context, household planner.HouseholdID) (*part, error) {
	i, ok := x.row[household]
	if !ok {
		return nil, planner.Fail(planner.NotFound, "方案里没有这一户。", "the household is not in the plan.")
	}
	p := x.parts[x.of[i]]
	return p, p.build(ctx)
}

// Alternative is another cadre for a household. Left, Changed and Extra are exact: what the best plan with this pair has
// more than this one. Of a plan not made by [Replan] the first two are 0.
type Alternative struct {
	Cadre     planner.CadreID
	Left      int // more without a cadre, a pinned household counting twice
	Changed   int // more that have another cadre than in the plan in force
	Extra     planner.Seconds
	Moves     int             // other households that would have another cadre than in this plan
	Forbidden *planner.Reason // the rule that forbids; nil if allowed
}

// forbiddenShown is how many forbidden cadres are listed beside the allowed ones.
const forbiddenShown = 3

// Recommend lists the n cheapest other cadres for a household by exact extra price, and after them those whom one would
// think of first but a rule forbids: last period's cadre and the present cadre's colleagues, at most three. NotFound: the
// household is not in the plan's question.
func (x *Index) Recommend(ctx context.Context, household planner.HouseholdID, n int) ([]Alternative, error) {
	p, err := x.part(ctx, household)
	if err != nil {
		return nil, err
	}
	return p.recommend(ctx, p.row[household], n)
}

func (x *part) recommend(ctx context.Context, i, n int) (out []Alternative, err error) {
	switch {
	case x.table != nil:
		for _, a := range x.table.Nearest(i, n) {
			out = append(out, Alternative{Cadre: x.inst.Cadres[a.Sink].ID, Extra: planner.Seconds(a.Extra), Moves: a.Moves})
		}
	case x.kept != nil:
		for j, p := range x.kept.all(i) {
			if p.possible && int32(j) != x.sink[i] {
				out = append(out, Alternative{Cadre: x.inst.Cadres[j].ID, Left: int(p.extra.left), Changed: int(p.extra.changed), Extra: planner.Seconds(p.extra.secs), Moves: p.moves})
			}
		}
		slices.SortStableFunc(out, byExtra)
		out = out[:min(n, len(out))]
	default:
		x.mu.Lock() // a residual reads on demand
		defer x.mu.Unlock()
		if out, err = cheapest(ctx, x.inst, x.res, i, x.sink[i], n); err != nil {
			return nil, err
		}
	}
	return append(out, forbiddenFew(x.inst, i, x.sink[i])...), nil
}

func byExtra(a, b Alternative) int {
	return cmp.Or(cmp.Compare(a.Left, b.Left), cmp.Compare(a.Changed, b.Changed), cmp.Compare(a.Extra, b.Extra), cmp.Compare(a.Moves, b.Moves))
}

// Alternatives makes an [Index] for one question; see [Index.Recommend].
func Alternatives(ctx context.Context, in Input, plan planner.Plan, household planner.HouseholdID, n int) ([]Alternative, error) {
	x, err := NewIndex(ctx, in, plan)
	if err != nil {
		return nil, err
	}
	return x.Recommend(ctx, household, n)
}
