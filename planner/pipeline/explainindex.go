package pipeline

import (
	"context"
	"fmt"
	"sync"

	"lianxin/planner"
	"lianxin/planner/pairing"
	"lianxin/planner/store"
)

// explained is the index of the newest plan, kept between questions: made at the first one, a matter of seconds at the size
// of a county, and made again when the roster or a plan was written, whoever wrote it.
type explained struct {
	mu   sync.Mutex
	mark store.Mark
	plan planner.PlanID
	county
}

// county is what answers about one plan are made of.
type county struct {
	plan   planner.Plan // its head
	index  *pairing.Index
	err    error // why there is no index: the plan is no longer that of the roster
	cadres map[planner.CadreID]planner.Cadre
	byCode map[string]planner.CadreID
	units  map[planner.UnitID]string
}

// indexOf returns the index of a plan, the kept one if nothing was written since. Its error is that of [pairing.NewIndex]:
// Conflict if the roster has moved on from the plan.
func (a *App) indexOf(ctx context.Context, p planner.Principal, head planner.Plan) (county, error) {
	e := &a.explained
	e.mu.Lock()
	defer e.mu.Unlock()
	var changed bool
	var roster planner.Roster
	var plan planner.Plan
	var last *planner.Plan
	var mark store.Mark
	err := a.DB.Read(ctx, p, func(tx *store.Tx) (err error) {
		if changed, mark, err = tx.Since(e.mark); err != nil {
			return err
		}
		if changed = changed || e.plan != head.ID; !changed {
			return nil
		}
		if roster, err = tx.Roster(); err != nil {
			return err
		}
		if plan, err = tx.PlanWho(head.ID); err != nil {
			return err
		}
		heads, err := tx.PlanHeads()
		if err != nil {
			return err
		}
		if h := lastHead(heads, plan.Period, plan.Revision); h.ID != "" {
			var before planner.Plan
			if before, err = tx.PlanWho(h.ID); err != nil {
				return fmt.Errorf("last plan: %w", err)
			}
			last = &before
		}
		return nil
	})
	if err != nil {
		return county{}, err
	}
	if !changed {
		e.mark = mark
		return e.county, e.county.err
	}
	c := county{plan: plan, cadres: map[planner.CadreID]planner.Cadre{}, byCode: map[string]planner.CadreID{}, units: map[planner.UnitID]string{}}
	for _, u := range roster.Units {
		c.units[u.ID] = u.Name
	}
	for _, x := range roster.Cadres {
		c.cadres[x.ID], c.byCode[x.Code] = x, x.ID
	}
	in, err := a.inputOf(planFacts{roster: roster, last: last}, plan.Period, termsOf(plan), plan.Pins)
	if err == nil {
		c.index, err = pairing.NewIndex(ctx, in, plan)
	}
	if err != nil && planner.KindOf(err) != planner.Conflict {
		return county{}, err
	}
	c.err = err
	c.plan.Pairings = nil
	e.mark, e.plan, e.county = mark, head.ID, c
	return c, err
}

// inputOf is what a plan on these terms is made from, with the roster of the snapshot.
func (a *App) inputOf(f planFacts, period int, t terms, pins []planner.Pin) (pairing.Input, error) {
	q, err := f.question(period, t, pins)
	return pairing.Input{Period: q.Period, Valid: q.Valid, Preset: q.Preset, Roster: q.Roster, Book: q.Book, Last: q.Last, Pins: q.Pins, NewID: a.NewID}, err
}
