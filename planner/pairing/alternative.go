package pairing

import (
	"cmp"
	"context"
	"slices"

	"lianxin/planner"
	"lianxin/planner/flow"
	"lianxin/planner/rule"
)

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
