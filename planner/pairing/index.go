package pairing

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"lianxin/planner"
	"lianxin/planner/flow"
	"lianxin/planner/rule"
)

// Index answers questions about the households of one optimal plan: who else, why not that one, where one more place would
// help. It is made once for a plan and its roster (a county: a second or so) and then answers in milliseconds. The counties
// of a prefecture whose rules keep them apart are made when they are first asked about. Safe for concurrent use.
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
	pot    []int64
	row    map[planner.HouseholdID]int
	column map[planner.CadreID]int32

	mu    sync.Mutex
	costs func(i int, row []int32)
	table *flow.Table    // nil before the first question, and if there are too many cadres
	res   *flow.Residual // instead: reads what it needs, slower
}

// NewIndex makes the index. Conflict: the roster, rules or pins are no longer those of the plan, or the plan was replanned
// for the fewest changes (its certificate has a Fewest), where an extra cost in minutes would mislead.
func NewIndex(ctx context.Context, in Input, plan planner.Plan) (*Index, error) {
	var upper []planner.Pairing
	for _, p := range plan.Pairings {
		if p.Tier == planner.TierGroup {
			upper = append(upper, p)
		}
	}
	inst, err := rule.Lay(in.Question(), planner.TierHousehold, upper)
	if err != nil {
		return nil, err
	}
	k := slices.IndexFunc(plan.Certificates, func(c planner.Certificate) bool { return c.Tier == planner.TierHousehold })
	if k < 0 || plan.Certificates[k].Instance != inst.Hash() {
		return nil, stale(nil)
	}
	if plan.Certificates[k].Fewest != nil {
		return nil, planner.Fail(planner.Conflict, "这个方案是按“换人最少”重新安排的，不是总代价最省的，所以没有“多多少”可比；下次整体编制后可以比较。",
			"this plan was made again with the fewest changes, not at the least cost, so there is no extra cost to tell; the next full plan can be asked.")
	}
	x := &Index{inst: inst, of: make([]int, len(inst.Targets)), row: make(map[planner.HouseholdID]int, len(inst.Targets)), column: make(map[planner.CadreID]int, len(inst.Cadres))}
	for j, c := range inst.Cadres {
		x.column[c.ID] = j
	}
	for i, t := range inst.Targets {
		x.row[t.Household.ID] = i
	}
	has := make(map[planner.HouseholdID]planner.CadreID, len(inst.Targets))
	for _, p := range plan.Pairings {
		if p.Tier == planner.TierHousehold {
			has[p.Household] = p.Cadre
		}
	}
	pot := make(map[planner.CadreID]int64, len(inst.Cadres))
	for j, c := range plan.Certificates[k].Cadres {
		pot[c] = int64(plan.Certificates[k].Potentials[j])
	}
	for _, b := range inst.Blocks() {
		for _, i := range b.Targets {
			x.of[i] = len(x.parts)
		}
		x.parts = append(x.parts, newPart(inst, b, has, pot))
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
	return &sub
}

// newPart takes a block out of the instance.
func newPart(inst *rule.Instance, b rule.Block, has map[planner.HouseholdID]planner.CadreID, pot map[planner.CadreID]int64) *part {
	p := &part{inst: restrict(inst, b), sink: make([]int32, len(b.Targets)), load: make([]int, len(b.Cadres)), pot: make([]int64, len(b.Cadres)),
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

// build makes the part ready for questions, once.
func (x *part) build(ctx context.Context) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.table != nil || x.res != nil {
		return nil
	}
	q := problem(x.inst)
	all := rule.Block{Cadres: make([]int32, len(x.inst.Cadres)), Targets: make([]int32, len(x.inst.Targets))}
	for j := range all.Cadres {
		all.Cadres[j] = int32(j)
	}
	for i := range all.Targets {
		all.Targets[i] = int32(i)
	}
	if t, ok, err := x.inst.Tables(ctx, all); err != nil {
		return err
	} else if ok {
		q.Row = t.Row
	}
	x.costs = q.Row
	var err error
	x.table, err = flow.NewTable(ctx, q, x.sink, x.pot)
	if errors.Is(err, flow.ErrNoTable) {
		x.res, err = flow.NewResidual(q, x.sink, x.pot)
	}
	if errors.Is(err, flow.ErrNotOptimal) {
		return stale(err)
	}
	return err
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

// Alternative is another cadre for a household.
type Alternative struct {
	Cadre     planner.CadreID
	Extra     planner.Seconds // exact: what the best plan with this pair costs more
	Moves     int             // other households that would change cadre
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
	if x.table == nil {
		x.mu.Lock() // a residual reads on demand
		defer x.mu.Unlock()
		if out, err = cheapest(ctx, x.inst, x.res, i, x.sink[i], n); err != nil {
			return nil, err
		}
	} else {
		for j, p := range x.table.All(i) {
			if p.Possible && int32(j) != x.sink[i] {
				out = append(out, Alternative{Cadre: x.inst.Cadres[j].ID, Extra: planner.Seconds(p.Extra), Moves: p.Moves})
			}
		}
		slices.SortStableFunc(out, byExtra)
		out = out[:min(n, len(out))]
	}
	return append(out, forbiddenFew(x.inst, i, x.sink[i])...), nil
}

func byExtra(a, b Alternative) int {
	return cmp.Or(cmp.Compare(a.Extra, b.Extra), cmp.Compare(a.Moves, b.Moves))
}

// Alternatives makes an [Index] for one question; see [Index.Recommend].
func Alternatives(ctx context.Context, in Input, plan planner.Plan, household planner.HouseholdID, n int) ([]Alternative, error) {
	x, err := NewIndex(ctx, in, plan)
	if err != nil {
		return nil, err
	}
	return x.Recommend(ctx, household, n)
}
