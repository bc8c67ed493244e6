package pipeline

import (
	"context"
	"fmt"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// onSickLeave are the cadres who go on sick leave today, and those who are back: the leave that others covered is forgotten,
// because what is past keeps nobody from the rest of the year, however long it was. Its reason is not kept.
func (a *App) onSickLeave(r planner.Roster, req ReplanRequest) (out []planner.Cadre, err error) {
	today := a.Today()
	if !req.Until.IsZero() && !req.Until.After(today) {
		return nil, planner.Fail(planner.Invalid, "病假的截止日期"+req.Until.AddDays(-1).String()+"已经过去，请核对。", "the last day of the leave, "+req.Until.AddDays(-1).String()+", is past; check it.")
	}
	for _, code := range slices.Concat(req.Sick, req.Back) {
		i := slices.IndexFunc(r.Cadres, func(c planner.Cadre) bool { return c.Code == code && c.Active })
		if i < 0 {
			return nil, planner.Fail(planner.NotFound, "没有工号为“"+code+"”的在岗干部，请核对。", "there is no cadre in post with code "+code+"; please check.")
		}
		c := r.Cadres[i]
		c.Leaves = slices.Clone(c.Leaves)
		if slices.Contains(req.Sick, code) {
			at := slices.IndexFunc(c.Leaves, func(l planner.Leave) bool { return l.Cover && l.Span.Contains(today) })
			if at >= 0 { // known already: the end may be another
				c.Leaves[at].Span.Until = req.Until
			} else {
				c.Leaves = append(c.Leaves, planner.Leave{Span: civil.Span{From: today, Until: req.Until}, Cover: true})
				slices.SortStableFunc(c.Leaves, func(x, y planner.Leave) int { return x.Span.From.Compare(y.Span.From) })
			}
		} else {
			covered := func(l planner.Leave) bool { return l.Cover }
			if !slices.ContainsFunc(c.Leaves, covered) {
				return nil, planner.Fail(planner.Invalid, c.Name+"（"+code+"）没有由同事代管的请假。", c.Name+" ("+code+") is on no leave that others cover.")
			}
			c.Leaves = slices.DeleteFunc(c.Leaves, covered)
		}
		out = append(out, c)
	}
	return out, nil
}

// returning are pins that give those who are back the households that they had in the last plan of the period in which they had
// any, as far as these still take part.
func (a *App) returning(ctx context.Context, p planner.Principal, f planFacts, req ReplanRequest) (pins []planner.Pin, err error) {
	if len(req.Back) == 0 {
		return nil, nil
	}
	back := map[planner.CadreID]bool{}
	for _, c := range f.roster.Cadres {
		if slices.Contains(req.Back, c.Code) {
			back[c.ID] = true
		}
	}
	served := map[planner.HouseholdID]bool{}
	for _, h := range f.roster.Households {
		served[h.ID] = h.Served()
	}
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		for _, h := range f.heads { // newest first
			if len(back) == 0 {
				return nil
			}
			if h.Status != planner.PlanSuperseded && h.Status != planner.PlanPublished {
				continue
			}
			plan, err := tx.Plan(h.ID)
			if err != nil {
				return err
			}
			found := map[planner.CadreID]bool{}
			for _, x := range plan.Pairings {
				if x.Tier == planner.TierHousehold && back[x.Cadre] {
					found[x.Cadre] = true
					if served[x.Household] {
						pins = append(pins, planner.Pin{Household: x.Household, Cadre: x.Cadre})
					}
				}
			}
			for c := range found {
				delete(back, c)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("households of those who are back: %w", err)
	}
	return pins, nil
}
