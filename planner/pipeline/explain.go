package pipeline

import (
	"context"
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
// or not in p's scope. If the roster changed after the plan was made, Others is empty: its answers would be about another
// question.
func (a *App) Explain(ctx context.Context, p planner.Principal, household planner.HouseholdID, n int) (e Explanation, err error) {
	if !p.Signed() {
		return e, mustSignIn()
	}
	var plan planner.Plan
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		e = Explanation{}
		if plan, err = headFor(tx, p, 0); err != nil {
			return err
		}
		rows, _, err := tx.PairingsOf(plan.ID, store.PairingFilter{Tier: planner.TierHousehold, Household: household, Limit: 1})
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return planner.Fail(planner.NotFound, "方案里没有这一户：可能未同意结对，或不在您的范围内。", "the household is not in the plan: it may not have agreed to be paired, or lies outside your scope.")
		}
		w, err := newRowWords(tx)
		if err != nil {
			return err
		}
		if e.Row, err = w.row(rows[0]); err != nil {
			return err
		}
		e.Reasons, e.Hidden = shownReasons(p, rows[0].Reasons)
		return nil
	})
	if err != nil {
		return Explanation{}, fmt.Errorf("explain: %w", err)
	}
	if n > 0 && p.SeesAll() && len(plan.Certificates) > 0 {
		if e.Others, err = a.others(ctx, p, plan, household, n); err != nil {
			return Explanation{}, fmt.Errorf("explain: %w", err)
		}
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

// others asks for the alternatives and words them.
func (a *App) others(ctx context.Context, p planner.Principal, head planner.Plan, household planner.HouseholdID, n int) ([]Alternative, error) {
	var roster planner.Roster
	var plan planner.Plan
	var last *planner.Plan
	err := a.DB.Read(ctx, p, func(tx *store.Tx) (err error) {
		if roster, err = tx.Roster(); err != nil {
			return err
		}
		if plan, err = tx.Plan(head.ID); err != nil {
			return err
		}
		heads, err := tx.PlanHeads()
		if err != nil {
			return err
		}
		last, err = lastOf(tx, heads, plan.Period, plan.Revision)
		return err
	})
	if err != nil {
		return nil, err
	}
	q, err := planFacts{roster: roster, last: last}.question(plan.Period, plan.Preset, plan.Pins)
	if err != nil {
		return nil, err
	}
	alts, err := pairing.Alternatives(ctx, pairing.Input{Period: q.Period, Valid: q.Valid, Preset: q.Preset, Roster: q.Roster, Book: q.Book, Last: q.Last, Pins: q.Pins}, plan, household, n)
	if planner.KindOf(err) == planner.Conflict {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	unit := map[planner.UnitID]string{}
	for _, u := range roster.Units {
		unit[u.ID] = u.Name
	}
	cadre := map[planner.CadreID]planner.Cadre{}
	for _, c := range roster.Cadres {
		cadre[c.ID] = c
	}
	var out []Alternative
	for _, x := range alts {
		c := cadre[x.Cadre]
		v := Alternative{Cadre: x.Cadre, CadreName: c.Name, Unit: unit[c.Unit], Extra: x.Extra, Moves: x.Moves}
		if x.Forbidden != nil {
			v.Forbidden = x.Forbidden.Say
			if x.Forbidden.Private && !p.SeesPrivate() {
				v.Forbidden = sayForbidden
			}
		}
		out = append(out, v)
	}
	return out, nil
}
