package pipeline

import (
	"context"
	"errors"
	"fmt"

	"lianxin/planner"
	"lianxin/planner/pairing"
	"lianxin/planner/store"
)

var (
	sayAdjusted  = pairing.Adjusted                                             // in place of private reasons
	sayForbidden = planner.Text{ZH: "按规定不安排", EN: "not arranged, by the rules"} // in place of a private rule that forbids
)

// Explain says why a household has its cadre in the newest plan that p may see, and, to planners and auditors, what the n
// cheapest others would cost the whole plan more, to the second. Reasons that expose someone are the planner's alone: for
// others they are merged into one line, 工作调整, so that the parts still add up. NotFound: the household is not in the plan
// or not in p's scope. If the roster changed after the plan was made, Others is empty and NoOthers says so: answers would be
// about another question.
func (a *App) Explain(ctx context.Context, p planner.Principal, household planner.HouseholdID, n int) (e Explanation, err error) {
	if !p.Signed() {
		return e, mustSignIn()
	}
	var plan planner.Plan
	proved := false
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		e = Explanation{}
		if plan, err = headFor(tx, p, 0); err != nil {
			return err
		}
		if proved, err = tx.Proved(plan.ID); err != nil {
			return err
		}
		row, err := tx.PairingOf(plan.ID, household)
		if err != nil {
			return err
		}
		w, err := fewRowWords(tx, p)
		if err != nil {
			return err
		}
		if e.Row, err = w.row(row); err != nil {
			return err
		}
		e.Reasons, e.Hidden = shownReasons(p, row.Reasons)
		links, err := furtherLinks(tx, plan.ID, FurtherFilter{Household: household})
		if err != nil && planner.KindOf(err) != planner.NotFound {
			return err
		}
		e.Further, err = wordLinks(tx, p, links)
		return err
	})
	if err != nil {
		return Explanation{}, fmt.Errorf("explain: %w", err)
	}
	if n > 0 && p.SeesAll() && proved {
		var c county
		e.Others, c, err = a.others(ctx, p, plan, household, n)
		if why, ok := errors.AsType[*planner.Error](err); ok && why.Kind == planner.Conflict {
			e.NoOthers = why.Say
		} else if err != nil {
			return Explanation{}, fmt.Errorf("explain: %w", err)
		}
		e.Fewest = pairing.Replanned(c.plan)
	}
	return e, nil
}

// shownReasons cuts reasons to what p may read. The sum stays the same.
func shownReasons(p planner.Principal, rs []planner.Reason) (out []planner.Reason, hidden bool) {
	merged := planner.Reason{Rule: "adjusted", Say: sayAdjusted}
	for _, r := range rs {
		if r.Private && !p.SeesPrivate() {
			hidden = true
			merged.Price += r.Price
			continue
		}
		out = append(out, r)
	}
	if hidden {
		out = append(out, merged)
	}
	return out, hidden
}
