package pairing

import (
	"cmp"
	"context"
	"slices"

	"lianxin/planner"
	"lianxin/planner/flow"
	"lianxin/planner/rule"
)

// Alternative is another cadre for a household.
type Alternative struct {
	Cadre     planner.CadreID
	Extra     planner.Seconds // exact: what the best plan with this pair costs more
	Moves     int             // other households that would change cadre
	Forbidden *planner.Reason // the rule that forbids; nil if allowed
}

// forbiddenShown is how many forbidden cadres are listed beside the allowed ones.
const forbiddenShown = 3

// Alternatives lists the n cheapest other cadres for a household of an optimal plan by exact extra price, found as cycles
// of the residual network, and after them those whom one would think of first but a rule forbids: last period's cadre
// and the present cadre's colleagues, at most three. NotFound: the household is not in the plan. Conflict: the roster,
// rules or pins are no longer those of the plan.
func Alternatives(ctx context.Context, in Input, plan planner.Plan, household planner.HouseholdID, n int) ([]Alternative, error) {
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
	stale := planner.Fail(planner.Conflict, "名册、规则或锁定在做方案之后有变化，请重新求解后再看替代人选。", "the roster, rules or pins changed after the plan was made; solve again to see alternatives.")
	k := slices.IndexFunc(plan.Certificates, func(c planner.Certificate) bool { return c.Tier == planner.TierHousehold })
	if k < 0 || plan.Certificates[k].Instance != inst.Hash() {
		return nil, stale
	}
	column := map[planner.CadreID]int32{}
	for j, c := range inst.Cadres {
		column[c.ID] = int32(j)
	}
	cadre := map[planner.HouseholdID]planner.CadreID{}
	for _, p := range plan.Pairings {
		cadre[p.Household] = p.Cadre
	}
	i := -1
	sink := make([]int32, len(inst.Targets))
	for k, t := range inst.Targets {
		sink[k] = -1
		if c, ok := cadre[t.Household.ID]; ok {
			sink[k] = column[c]
		}
		if t.Household.ID == household {
			i = k
		}
	}
	if i < 0 {
		return nil, planner.Fail(planner.NotFound, "方案里没有这一户。", "the household is not in the plan.")
	}
	pot := make([]int64, len(inst.Cadres))
	for j, c := range plan.Certificates[k].Cadres {
		pot[column[c]] = int64(plan.Certificates[k].Potentials[j])
	}
	res, err := flow.NewResidual(problem(inst), sink, pot)
	if err != nil {
		stale.Err = err
		return nil, stale
	}
	out, err := cheapest(ctx, inst, res, i, sink[i], n)
	if err != nil {
		return nil, err
	}
	return append(out, forbiddenFew(inst, i, sink[i])...), nil
}

// cheapest asks for exact prices in the order of their lower bounds until no bound can beat the n found.
func cheapest(ctx context.Context, inst *rule.Instance, res *flow.Residual, i int, home int32, n int) ([]Alternative, error) {
	bound := res.Bound(i)
	var order []int
	for j, b := range bound {
		if b >= 0 && int32(j) != home && inst.Cadres[j].Cap > 0 {
			order = append(order, j)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(bound[a], bound[b]) })
	var out []Alternative
	byExtra := func(a, b Alternative) int {
		return cmp.Or(cmp.Compare(a.Extra, b.Extra), cmp.Compare(a.Moves, b.Moves))
	}
	for _, j := range order {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(out) >= n && (n == 0 || planner.Seconds(bound[j]) >= out[n-1].Extra) {
			break
		}
		f, err := res.Force(i, j)
		if err != nil {
			return nil, err
		}
		if f.Possible {
			out = append(out, Alternative{Cadre: inst.Cadres[j].ID, Extra: planner.Seconds(f.Extra), Moves: len(f.Moves)})
			slices.SortStableFunc(out, byExtra)
			out = out[:min(n, len(out))]
		}
	}
	return out, nil
}

// forbiddenFew lists the forbidden ones a reader would ask about.
func forbiddenFew(inst *rule.Instance, i int, home int32) (out []Alternative) {
	t := inst.Targets[i]
	for pass := range 2 {
		for j, c := range inst.Cadres {
			first := c.ID == t.Was
			colleague := home >= 0 && c.Unit == inst.Cadres[home].Unit
			if len(out) == forbiddenShown || int32(j) == home || pass == 0 && !first || pass == 1 && (first || !colleague) {
				continue
			}
			if r, ok := inst.Forbids(i, j); ok {
				out = append(out, Alternative{Cadre: c.ID, Forbidden: &r})
			}
		}
	}
	return out
}
