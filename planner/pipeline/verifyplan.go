package pipeline

import (
	"context"
	"fmt"

	"lianxin/planner"
	"lianxin/planner/store"
	"lianxin/planner/verify"
)

// PlanCheck is what a check of a stored plan found.
type PlanCheck struct {
	Period     int             `json:"period"`
	Price      planner.Seconds `json:"price"`
	Bound      planner.Seconds `json:"bound"`
	Pairs      int64           `json:"pairs"`
	HardBroken int             `json:"hard_rules_broken"`
	Reworded   []RewordedRule  `json:"reworded,omitempty"` // pairs with a sentence that their rule had before; rule, price and names are right
}

// RewordedRule is a rule whose sentence was mended after a plan was made, and how many pairs of the plan keep the one of before.
type RewordedRule struct {
	verify.Reworded
	Name string       `json:"name"`
	Say  planner.Text `json:"say"` // as it is now, with placeholders
}

// VerifyPlan recomputes the newest plan of the period (published before review before draft) from the roster as it is now:
// price, dual bound over all pairs, loads, forbidden pairs. Invalid with the first finding if the plan does not hold.
func (a *App) VerifyPlan(ctx context.Context, p planner.Principal, period int) (PlanCheck, error) {
	if err := mustPlan(p); err != nil {
		return PlanCheck{}, err
	}
	f, err := a.planFacts(ctx, p, period)
	if err != nil {
		return PlanCheck{}, fmt.Errorf("verify plan %d: %w", period, err)
	}
	var plan planner.Plan
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		if plan, err = tx.PlanFor(period, planner.PlanPublished); planner.KindOf(err) == planner.NotFound {
			plan, err = tx.PlanFor(period, planner.PlanReview, planner.PlanDraft)
		}
		if err != nil {
			return err
		}
		// Continuity is priced against what was in force before this revision, not against the plan itself.
		f.last, err = lastOf(tx, f.heads, period, plan.Revision, f.last)
		return err
	})
	if err != nil {
		return PlanCheck{}, fmt.Errorf("verify plan %d: %w", period, err)
	}
	q, err := f.question(period, termsOf(plan), plan.Pins)
	if err != nil {
		return PlanCheck{}, err
	}
	rep, err := verify.Check(ctx, q, plan)
	if err != nil {
		return PlanCheck{}, fmt.Errorf("verify plan %d: %w", period, err)
	}
	c := PlanCheck{Period: period, HardBroken: rep.HardBroken}
	for _, t := range rep.Tiers {
		c.Price, c.Bound, c.Pairs = c.Price+t.Price, c.Bound+t.Bound, c.Pairs+t.Pairs
	}
	for _, r := range rep.Reworded {
		x := RewordedRule{Reworded: r}
		x.Name, x.Say = q.Book.Words(r.Rule)
		c.Reworded = append(c.Reworded, x)
	}
	if !rep.OK() {
		first := rep.Findings[0].Sentence()
		if plan.Status == planner.PlanPublished && f.open.ID != "" {
			first.ZH += "名册已按新的草案变动（人员、并村等），已发布的方案对不上变动后的名册；发布草案后再核验，或先用 lianxin plan undo 撤销草案。"
			first.EN += " The roster has moved on with a draft (staff, merged villages), and the published plan does not fit it any more: publish the draft and verify again, or take it back with lianxin plan undo."
		}
		return c, planner.Fail(planner.Invalid, fmt.Sprintf("方案没有通过核验，共%d处，第一处：%s", len(rep.Findings), first.ZH),
			fmt.Sprintf("the plan does not hold, %d findings, the first: %s", len(rep.Findings), first.EN))
	}
	return c, nil
}
