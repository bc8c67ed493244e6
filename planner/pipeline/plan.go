package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pairing"
	"lianxin/planner/rule"
	"lianxin/planner/store"
	"lianxin/planner/verify"
)

// PlanRequest asks for a plan of one period.
type PlanRequest struct {
	Period   int                                      // the year
	Preset   string                                   // "" takes App.Preset
	Pins     []planner.Pin                            // added to those of the period's present draft, which they overrule
	Unpin    []planner.HouseholdID                    // whose pins of the draft are dropped
	Progress func(tier planner.Tier, done, total int) // may be nil; called from one goroutine
	Stored   func(done, total int)                    // pairs stored; may be nil
}

// planFacts is one snapshot of what a plan is made from.
type planFacts struct {
	roster  planner.Roster
	heads   []planner.Plan // newest first
	open    planner.Plan   // head of the period's draft or review; zero if none
	last    *planner.Plan  // in force before: an earlier revision of the period, else last period's; nil if none
	nextRev int
}

// mustPlan refuses everyone but planners.
func mustPlan(p planner.Principal) error {
	if p.Is(planner.RolePlanner) {
		return nil
	}
	return planner.Fail(planner.Forbidden, "只有组织部门经办人可以做方案。", "only a planner of the organization department may do this.")
}

// planFacts reads the snapshot.
func (a *App) planFacts(ctx context.Context, p planner.Principal, period int) (f planFacts, err error) {
	err = a.DB.Read(ctx, p, func(tx *store.Tx) (err error) {
		f = planFacts{}
		if f.roster, err = tx.Roster(); err != nil {
			return err
		}
		if f.heads, err = tx.PlanHeads(); err != nil {
			return err
		}
		f.nextRev = 1
		for _, h := range f.heads {
			if h.Period != period {
				continue
			}
			switch h.Status {
			case planner.PlanDraft, planner.PlanReview:
				f.open = h
			case planner.PlanPublished, planner.PlanSuperseded, planner.PlanWithdrawn:
				f.nextRev = max(f.nextRev, h.Revision+1)
			}
		}
		f.last, err = lastOf(tx, f.heads, period, f.nextRev, nil)
		return err
	})
	return f, err
}

// lastOf reads the plan that revision rev of a period continues: the newest earlier revision that was published, else the
// published plan of the period before. Nil if there is none. have is one that was read before, nil if none was.
func lastOf(tx *store.Tx, heads []planner.Plan, period, rev int, have *planner.Plan) (*planner.Plan, error) {
	best := lastHead(heads, period, rev)
	if best.ID == "" {
		return nil, nil
	}
	if have != nil && have.ID == best.ID && have.Revision == best.Revision && have.Status == best.Status {
		return have, nil
	}
	plan, err := tx.Plan(best.ID)
	if err != nil {
		return nil, fmt.Errorf("last plan: %w", err)
	}
	return &plan, nil
}

// lastHead finds the plan that lastOf reads; its ID is empty if there is none.
func lastHead(heads []planner.Plan, period, rev int) planner.Plan {
	var best planner.Plan
	for _, h := range heads {
		was := h.Status == planner.PlanPublished || h.Status == planner.PlanSuperseded && h.Period == period
		if was && (h.Period == period && h.Revision < rev || h.Period == period-1) &&
			(best.ID == "" || h.Period > best.Period || h.Period == best.Period && h.Revision > best.Revision) {
			best = h
		}
	}
	return best
}

// terms are the rules of a plan: a preset and the office's policy in its canonical form, both as a plan keeps them.
type terms struct{ preset, policy string }

// termsOf are the terms that a plan was made on, so that whoever verifies, publishes or explains it means the same.
func termsOf(p planner.Plan) terms { return terms{p.Preset, p.Policy} }

// terms are what a new plan is made on; preset "" takes the App's.
func (a *App) terms(preset string) terms {
	if preset == "" {
		preset = a.Preset
	}
	return terms{preset, a.Policy.String()}
}

// book is the preset and the rules of the terms.
func (t terms) book() (rule.Preset, rule.Book, error) {
	ps, err := pairing.PresetByID(t.preset)
	if err != nil {
		return ps, rule.Book{}, err
	}
	policy, err := rule.StoredPolicy(t.policy)
	if err != nil {
		return ps, rule.Book{}, err
	}
	book, err := rule.Terms(ps, policy)
	return ps, book, err
}

// question is what a plan of the period answers, from a snapshot.
func (f planFacts) question(period int, t terms, pins []planner.Pin) (rule.Question, error) {
	ps, book, err := t.book()
	if err != nil {
		return rule.Question{}, err
	}
	return rule.Question{Period: period, Valid: civil.YearSpan(period), Preset: ps, Roster: f.roster, Book: book, Last: f.last, Pins: pins}, nil
}

// Plan solves all tiers outside any transaction, verifies the result without the solver and stores it as the period's
// draft, in place of the draft or review that was there. A published plan of the period stays in force and becomes what
// continuity is measured against; its pins are not carried over, continuity protects those pairs. Conflict if another draft
// was stored meanwhile.
func (a *App) Plan(ctx context.Context, p planner.Principal, req PlanRequest) (PlanSummary, error) {
	if err := mustPlan(p); err != nil {
		return PlanSummary{}, err
	}
	f, err := a.planFacts(ctx, p, req.Period)
	if err != nil {
		return PlanSummary{}, fmt.Errorf("plan %d: %w", req.Period, err)
	}
	pins := slices.DeleteFunc(slices.Clone(f.open.Pins), func(x planner.Pin) bool { return slices.Contains(req.Unpin, x.Household) })
	return a.solve(ctx, p, f, solveRequest{period: req.Period, terms: a.terms(req.Preset), pins: overrule(pins, req.Pins), status: planner.PlanDraft, progress: req.Progress, stored: req.Stored, op: "plan"})
}

// overrule merges pins: a later one for the same household replaces an earlier one.
func overrule(old, new []planner.Pin) []planner.Pin {
	pins := slices.Clone(old)
	for _, n := range new {
		pins = slices.DeleteFunc(pins, func(o planner.Pin) bool { return o.Household == n.Household })
		pins = append(pins, n)
	}
	return pins
}

// solveRequest is one run of the solver and how its result is stored.
type solveRequest struct {
	period   int
	terms    terms
	pins     []planner.Pin
	recusals []planner.Recusal // stored with the plan
	cadres   []planner.Cadre   // changed; stored with the plan
	villages mergedVillages    // stored with the plan
	replan   bool              // fewest changes first
	near     *planner.Plan     // of plans that cost the same, the nearest to this
	status   planner.PlanStatus
	progress func(planner.Tier, int, int)
	stored   func(int, int)
	op       string
}

// solve solves, verifies and stores.
func (a *App) solve(ctx context.Context, p planner.Principal, f planFacts, r solveRequest) (PlanSummary, error) {
	d, err := a.draft(ctx, p, f, r)
	if err != nil {
		return PlanSummary{}, err
	}
	return d.sum, a.storeDraft(ctx, p, f, r, d)
}

// changedMeanwhile reports whether any plan was stored, published or withdrawn between two readings.
func changedMeanwhile(before, now []planner.Plan) bool {
	return !slices.EqualFunc(before, now, func(a, b planner.Plan) bool {
		return a.ID == b.ID && a.Status == b.Status && a.Revision == b.Revision && a.Price() == b.Price() && slices.Equal(a.Pins, b.Pins)
	})
}

func errMeanwhile() error {
	return planner.Fail(planner.Conflict, "求解期间有人改动了方案，请重新求解。", "somebody changed the plans meanwhile; please solve again.")
}

// summaryKey is the setting that keeps a plan's key figures, so that no page has to read 15,000 pairings for them.
func summaryKey(id planner.PlanID) string { return "plan-summary/" + string(id) }

func putSummary(tx *store.Tx, s PlanSummary) error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return tx.PutSetting(summaryKey(s.ID), string(b))
}

// summarize works out the key figures of a plan and what the verifier made of it.
func summarize(plan planner.Plan, rep verify.Report) PlanSummary {
	s := PlanSummary{ID: plan.ID, Period: plan.Period, Status: plan.Status, Price: plan.Price(), Bound: plan.Bound(), HardBroken: rep.HardBroken}
	s.Gap = s.Price - s.Bound
	load := map[planner.CadreID]int{}
	used := map[planner.Tier]map[planner.CadreID]bool{}
	served := map[planner.Tier]int{}
	travel := planner.Seconds(0)
	for _, p := range plan.Pairings {
		if used[p.Tier] == nil {
			used[p.Tier] = map[planner.CadreID]bool{}
		}
		used[p.Tier][p.Cadre] = true
		served[p.Tier]++
		if p.Tier != planner.TierHousehold {
			continue
		}
		s.Households++
		load[p.Cadre]++
		s.LoadMax = max(s.LoadMax, load[p.Cadre])
		if p.Was != "" {
			s.HadCadre++
		}
		if p.Kept() {
			s.Kept++
		}
		for _, r := range p.Reasons {
			if r.Rule == rule.Travel.ID {
				travel += r.Price
			}
		}
	}
	s.Cadres = len(load)
	if s.Households > 0 {
		s.TravelMean = travel / planner.Seconds(s.Households)
	}
	s.Further = furtherOf(plan)
	for _, c := range plan.Certificates {
		s.Pairs += c.Pairs
		s.Tiers = append(s.Tiers, TierSummary{Tier: c.Tier, Cadres: len(used[c.Tier]), Targets: served[c.Tier] + c.Unserved, Unserved: c.Unserved, Price: c.Price, Bound: c.Bound})
	}
	return s
}

// Review sends the period's draft round for comments: draft → review 征求意见稿. A plan already in review is returned as it
// is.
func (a *App) Review(ctx context.Context, p planner.Principal, period int) (plan planner.Plan, err error) {
	if err := mustPlan(p); err != nil {
		return plan, err
	}
	err = a.DB.Write(ctx, p, store.Op{Name: "review", Now: a.Now()}, func(tx *store.Tx) error {
		if plan, err = tx.PlanFor(period, planner.PlanDraft, planner.PlanReview); err != nil {
			return err
		}
		if plan.Status == planner.PlanReview {
			return nil
		}
		plan.Status = planner.PlanReview
		return tx.SetPlanStatus(plan.ID, planner.PlanDraft, planner.PlanReview)
	})
	if err != nil {
		return planner.Plan{}, fmt.Errorf("review %d: %w", period, err)
	}
	return plan, nil
}
