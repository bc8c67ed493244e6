package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"lianxin/planner"
	"lianxin/planner/pairing"
	"lianxin/planner/rule"
	"lianxin/planner/store"
	"lianxin/planner/verify"
)

// draft is a plan that was made and verified and is not stored.
type draft struct {
	plan  planner.Plan
	rep   verify.Report
	sum   PlanSummary
	moved []pairing.Moved // of a replan
}

// draft solves or replans, and verifies. Pairs that the open draft has too keep their IDs, so that storing it writes
// what changed and no more.
func (a *App) draft(ctx context.Context, p planner.Principal, f planFacts, r solveRequest) (d draft, err error) {
	f.roster.Recusals = append(slices.Clone(f.roster.Recusals), r.recusals...)
	f.roster.Cadres = withCadres(f.roster.Cadres, r.cadres)
	q, err := f.question(r.period, r.terms, r.pins)
	if err != nil {
		return d, err
	}
	var open planner.Plan
	read := func() error {
		if f.open.ID == "" || open.ID != "" {
			return nil
		}
		return a.DB.Read(ctx, p, func(tx *store.Tx) (err error) {
			open, err = tx.Plan(f.open.ID)
			return err
		})
	}
	if !r.replan && r.near == nil && len(f.roster.Households) <= pairing.NearMost { // the draft made again
		if err := read(); err != nil {
			return d, fmt.Errorf("plan %d: %w", r.period, err)
		}
		r.near = &open
	}
	in := pairing.Input{Period: q.Period, Valid: q.Valid, Preset: q.Preset, Roster: q.Roster, Book: q.Book, Last: q.Last, Pins: q.Pins, Near: r.near, NewID: a.series(), Progress: r.progress}
	if r.replan {
		d.plan, d.moved, err = pairing.Replan(ctx, in)
	} else {
		d.plan, err = pairing.Solve(ctx, in)
	}
	if err != nil {
		return d, fmt.Errorf("plan %d: %w", r.period, err)
	}
	if err := read(); err != nil {
		return d, fmt.Errorf("plan %d: %w", r.period, err)
	}
	a.keepIDs(f, open, &d.plan)
	q.Pins = d.plan.Pins // a replan may have added some, so that units have their fewest
	d.plan.Revision, d.plan.Status, d.plan.Policy = f.nextRev, r.status, r.terms.policy
	if d.rep, err = verify.Check(ctx, q, d.plan); err != nil {
		return d, fmt.Errorf("verify plan %d: %w", r.period, err)
	}
	if !d.rep.OK() {
		return d, fmt.Errorf("plan %d: the verifier refuses the solver's answer: %s", r.period, d.rep.Findings[0].Say.EN)
	}
	d.sum = summarize(d.plan, d.rep)
	return d, nil
}

// withCadres replaces cadres of the same ID and appends the others.
func withCadres(old, new []planner.Cadre) []planner.Cadre {
	if len(new) == 0 {
		return old
	}
	return overlay(old, new, func(c planner.Cadre) planner.CadreID { return c.ID })
}

// overlay lays records over others of the same key.
func overlay[T any, K comparable](old, new []T, key func(T) K) []T {
	at := map[K]int{}
	out := slices.Clone(old)
	for i, x := range out {
		at[key(x)] = i
	}
	for _, x := range new {
		if i, ok := at[key(x)]; ok {
			out[i] = x
		} else {
			out = append(out, x)
		}
	}
	return out
}

// pairOf is what makes two pairings of one plan the same.
type pairOf struct {
	tier      planner.Tier
	household planner.HouseholdID
	area      planner.AreaCode
	cadre     planner.CadreID
}

func pairOfRow(p planner.Pairing) pairOf { return pairOf{p.Tier, p.Household, p.Area, p.Cadre} }

// linkOf is what makes two links of one plan the same.
type linkOf struct {
	tier      planner.Tier
	who       string
	household planner.HouseholdID
	area      planner.AreaCode
	no        int
}

func linkOfRow(l planner.Link) linkOf { return linkOf{l.Tier, l.Who(), l.Household, l.Area, l.No} }

// keepIDs gives a plan the ID of the open draft, and its pairs the IDs they have there.
func (a *App) keepIDs(f planFacts, open planner.Plan, plan *planner.Plan) {
	taken := map[planner.PairingID]bool{}
	if f.last != nil {
		for _, x := range f.last.Pairings {
			taken[x.ID] = true
		}
		for _, x := range f.last.Links {
			taken[x.ID] = true
		}
	}
	links := map[linkOf]planner.PairingID{}
	had := map[pairOf]planner.PairingID{}
	if f.open.ID != "" {
		plan.ID = f.open.ID // the same plan made again: those who hold a link to it see the new one
		for _, x := range open.Pairings {
			had[pairOfRow(x)], taken[x.ID] = x.ID, true
		}
		for _, x := range open.Links {
			links[linkOfRow(x)], taken[x.ID] = x.ID, true
		}
	}
	for i := range plan.Links {
		x := &plan.Links[i]
		if id, ok := links[linkOfRow(*x)]; ok {
			x.ID = id
			continue
		}
		for taken[x.ID] {
			x.ID = planner.PairingID(a.NewID())
		}
		taken[x.ID] = true
	}
	for i := range plan.Pairings {
		x := &plan.Pairings[i]
		if id, ok := had[pairOfRow(*x)]; ok {
			x.ID = id
			continue
		}
		for taken[x.ID] { // seeded IDs begin anew with each command
			x.ID = planner.PairingID(a.NewID())
		}
		taken[x.ID] = true
	}
}

// storeDraft stores a draft with what goes with it, in place of the one that was there, as one step that [App.UndoPlan] can
// take back.
func (a *App) storeDraft(ctx context.Context, p planner.Principal, f planFacts, r solveRequest, d draft) error {
	var steps undoSteps
	err := a.DB.Read(ctx, p, func(tx *store.Tx) (err error) {
		steps, err = readSteps(tx, d.plan.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("store plan %d: %w", r.period, err)
	}
	step := steps.push(d.plan.ID, r.op, a.Now())
	err = a.DB.Write(ctx, p, store.Op{Name: r.op, Now: a.Now(), Batch: step}, func(tx *store.Tx) error {
		heads, err := tx.PlanHeads()
		if err != nil {
			return err
		}
		if changedMeanwhile(f.heads, heads) {
			return errMeanwhile()
		}
		if err := r.villages.put(tx); err != nil {
			return err
		}
		if err := tx.PutCadres(r.cadres); err != nil {
			return err
		}
		if len(r.recusals) > 0 {
			if err := tx.PutRecusals(r.recusals); err != nil {
				return err
			}
		}
		pairs := slices.Values(d.plan.Pairings)
		if r.stored != nil {
			pairs = tolling(pairs, len(d.plan.Pairings), func(n int) { r.stored(n, len(d.plan.Pairings)) })
		}
		if err := tx.PutPlanRows(d.plan, pairs); err != nil {
			return err
		}
		if err := tx.PutPlanLinks(d.plan); err != nil {
			return err
		}
		if tx.Written() > 0 { // the same plan again is no step
			if err := steps.put(tx, d.plan.ID); err != nil {
				return err
			}
		}
		return putSummary(tx, d.sum)
	})
	if err != nil {
		return fmt.Errorf("store plan %d: %w", r.period, err)
	}
	return nil
}

// undoSteps are the steps of a draft that can be taken back, the latest last.
type undoSteps struct {
	Next  int        `json:"next"` // number of the next step; never used twice
	Steps []undoStep `json:"steps"`
}

type undoStep struct {
	Batch planner.ImportID `json:"batch"`
	Op    string           `json:"op"`
	At    time.Time        `json:"at"`
}

// undoDepth is how many steps back a draft remembers.
const undoDepth = 20

func stepsKey(id planner.PlanID) string { return "plan-undo/" + string(id) }

func readSteps(tx *store.Tx, id planner.PlanID) (s undoSteps, err error) {
	stored, err := tx.Setting(stepsKey(id))
	if err != nil || stored == "" {
		return s, err
	}
	if err := json.Unmarshal([]byte(stored), &s); err != nil {
		return s, fmt.Errorf("steps of plan %s: %w", id, err)
	}
	return s, nil
}

func (s *undoSteps) push(id planner.PlanID, op string, now time.Time) planner.ImportID {
	batch := planner.ImportID(fmt.Sprintf("plan/%s/%d", id, s.Next))
	s.Next++
	s.Steps = append(s.Steps, undoStep{batch, op, now.UTC()})
	s.Steps = s.Steps[max(0, len(s.Steps)-undoDepth):]
	return batch
}

func (s undoSteps) put(tx *store.Tx, id planner.PlanID) error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return tx.PutSetting(stepsKey(id), string(b))
}

// upperOf are the pairings one tier above the households'.
func upperOf(plan planner.Plan) (upper []planner.Pairing) {
	for _, x := range plan.Pairings {
		if x.Tier == planner.TierGroup {
			upper = append(upper, x)
		}
	}
	return upper
}

// stillHolds reports whether a plan's proof of the household tier is about the roster, rules and pins of q.
func stillHolds(q rule.Question, plan planner.Plan) (bool, error) {
	inst, err := rule.Lay(q.Of(plan), planner.TierHousehold, upperOf(plan))
	if err != nil {
		return false, err
	}
	for _, c := range plan.Certificates {
		if c.Tier == planner.TierHousehold {
			if c.Fewest != nil {
				inst.DealAsPresent()
			}
			return c.Instance == inst.Hash(), nil
		}
	}
	return false, nil
}
