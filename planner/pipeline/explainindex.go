package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"lianxin/planner"
	"lianxin/planner/pairing"
	"lianxin/planner/store"
)

// explained is what was read about the newest plan, kept between questions: made at the first one, a matter of seconds at the size
// of a county, and made again when the roster or a plan was written, whoever wrote it.
type explained struct {
	mu    sync.Mutex
	mark  store.Mark
	head  planner.Plan // with its proofs, without pairings
	whole *county      // nil until a question needs it
	parts []*county    // of a plan whose proof names its blocks: those asked about
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

// renew forgets what was written over and returns with the head of the plan.
func (e *explained) renew(tx *store.Tx, head planner.Plan) error {
	changed, mark, err := tx.Since(e.mark)
	if err != nil {
		return err
	}
	if changed || e.head.ID != head.ID {
		e.whole, e.parts, e.head = nil, nil, planner.Plan{}
		if e.head, err = tx.PlanProof(head.ID); err != nil {
			return err
		}
	}
	e.mark = mark
	return nil
}

// indexOf returns the index of a plan, the kept one if nothing was written since. Its error is that of [pairing.NewIndex]:
// Conflict if the roster has moved on from the plan.
func (a *App) indexOf(ctx context.Context, p planner.Principal, head planner.Plan) (county, error) {
	e := &a.explained
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := a.DB.Read(ctx, p, func(tx *store.Tx) error { return e.renew(tx, head) }); err != nil {
		return county{}, err
	}
	return a.wholeIndex(ctx, p)
}

// indexAround is indexOf, of the counties that one household depends on where the plan's proof names them. Where the roster is no longer
// theirs, or has something else to say, the whole of it is read.
func (a *App) indexAround(ctx context.Context, p planner.Principal, head planner.Plan, household planner.HouseholdID) (county, error) {
	e := &a.explained
	e.mu.Lock()
	defer e.mu.Unlock()
	var f partFacts
	err := a.DB.Read(ctx, p, func(tx *store.Tx) (err error) {
		f = partFacts{}
		if err := e.renew(tx, head); err != nil {
			return err
		}
		if e.whole != nil || e.about(household) != nil || len(pairing.BlocksOf(e.head)) == 0 {
			return nil
		}
		h, err := tx.Household(household)
		if err != nil {
			return err
		}
		for _, b := range pairing.BlocksOf(e.head) {
			if slices.Contains(b.Counties, h.Village.County()) {
				f, err = readPart(tx, e.head, b.Counties)
			}
		}
		return err
	})
	if err != nil && planner.KindOf(err) != planner.NotFound {
		return county{}, err
	}
	if c := e.about(household); c != nil && e.whole == nil {
		return *c, nil
	}
	if f.found {
		c := newCounty(f.roster, f.plan)
		in, err := a.inputOf(f.planFacts, f.plan.Period, termsOf(f.plan), f.plan.Pins)
		if err == nil {
			c.index, err = pairing.NewIndexAround(ctx, in, f.plan, household)
		}
		if err == nil {
			if c.index.Has(household) { // else nobody is planned for it
				e.parts = append(e.parts, &c)
			}
			return c, nil
		}
		if _, ours := errors.AsType[*planner.Error](err); !ours || ctx.Err() != nil {
			return county{}, err
		}
	}
	return a.wholeIndex(ctx, p)
}

// about is the kept part that knows a household.
func (e *explained) about(household planner.HouseholdID) *county {
	for _, c := range e.parts {
		if c.index.Has(household) {
			return c
		}
	}
	return nil
}

// partFacts are what answers about some counties are made from.
type partFacts struct {
	planFacts
	plan  planner.Plan // with the pairings and pins of the counties
	found bool
}

// readPart reads the counties' part of the roster and of the plan.
func readPart(tx *store.Tx, plan planner.Plan, counties []planner.AreaCode) (f partFacts, err error) {
	f.plan, f.found = plan, true
	if f.plan.Pairings, err = tx.WhoAround(plan.ID, counties); err != nil {
		return f, err
	}
	if f.plan.Links, err = tx.Links(plan.ID, store.LinkFilter{Tier: planner.TierUnit}); err != nil {
		return f, err
	}
	around := store.Around{Counties: counties}
	for _, l := range f.plan.Links {
		if slices.Contains(counties, l.Area.County()) {
			around.Units = append(around.Units, l.Unit)
		}
	}
	heads, err := tx.PlanTitles()
	if err != nil {
		return f, err
	}
	last := lastHead(heads, plan.Period, plan.Revision)
	var had []planner.Pairing
	if f.roster, had, err = tx.RosterAround(around, last.ID); err != nil {
		return f, err
	}
	if last.ID != "" {
		last.Pairings = had
		f.last = &last
	}
	f.plan.Pins = nil
	here := make(map[planner.HouseholdID]bool, len(f.roster.Households))
	for _, h := range f.roster.Households {
		here[h.ID] = slices.Contains(counties, h.Village.County())
	}
	for _, x := range plan.Pins {
		if here[x.Household] {
			f.plan.Pins = append(f.plan.Pins, x)
		}
	}
	return f, nil
}

// wholeIndex is the index of the whole plan, the kept one if there is one.
func (a *App) wholeIndex(ctx context.Context, p planner.Principal) (county, error) {
	e := &a.explained
	if e.whole != nil {
		return *e.whole, e.whole.err
	}
	var roster planner.Roster
	var plan planner.Plan
	var last *planner.Plan
	err := a.DB.Read(ctx, p, func(tx *store.Tx) (err error) {
		if err := e.renew(tx, e.head); err != nil { // written since a moment ago
			return err
		}
		if roster, err = tx.Roster(); err != nil {
			return err
		}
		if plan, err = tx.PlanWho(e.head.ID); err != nil {
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
	c := newCounty(roster, plan)
	in, err := a.inputOf(planFacts{roster: roster, last: last}, plan.Period, termsOf(plan), plan.Pins)
	if err == nil {
		c.index, err = pairing.NewIndex(ctx, in, plan)
	}
	if err != nil && planner.KindOf(err) != planner.Conflict {
		return county{}, err
	}
	c.err = err
	e.whole, e.parts = &c, nil
	return c, err
}

// newCounty names what answers name.
func newCounty(roster planner.Roster, plan planner.Plan) county {
	c := county{plan: plan, cadres: map[planner.CadreID]planner.Cadre{}, byCode: map[string]planner.CadreID{}, units: map[planner.UnitID]string{}}
	c.plan.Pairings = nil
	for _, u := range roster.Units {
		c.units[u.ID] = u.Name
	}
	for _, x := range roster.Cadres {
		c.cadres[x.ID], c.byCode[x.Code] = x, x.ID
	}
	return c
}

// inputOf is what a plan on these terms is made from, with the roster of the snapshot.
func (a *App) inputOf(f planFacts, period int, t terms, pins []planner.Pin) (pairing.Input, error) {
	q, err := f.question(period, t, pins)
	return pairing.Input{Period: q.Period, Valid: q.Valid, Preset: q.Preset, Roster: q.Roster, Book: q.Book, Last: q.Last, Pins: q.Pins, NewID: a.NewID}, err
}
