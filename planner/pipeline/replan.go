package pipeline

import (
	"context"
	"fmt"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pairing"
	"lianxin/planner/sheet"
	"lianxin/planner/store"
	"lianxin/planner/verify"
)

// ReplanRequest asks for the plan that departs least from the one in force.
type ReplanRequest struct {
	Period   int
	Leave    []string       // 工号 of those who leave: transfer or retirement
	Join     []sheet.Source // rosters of those who come, or of whatever else changed
	Sick     []string       // 工号 of those on sick leave: others look after their households meanwhile, colleagues of the unit first
	Until    civil.Date     // exclusive end of the sick leave; zero: not known
	Merge    []VillageMerge // villages that were merged into others
	Back     []string       // 工号 of those who are back from it: their households return, as a proposal
	DryRun   bool           // show, store nothing
	Progress func(tier planner.Tier, done, total int)
}

// ChangeView is one changed target, old → new, with the reason.
type ChangeView struct {
	Tier     planner.Tier `json:"tier"`
	Code     string       `json:"code"`           // household or area code
	Head     string       `json:"head,omitempty"` // 张某某
	Area     string       `json:"area"`
	From     string       `json:"from,omitempty"` // name of the cadre; empty: nobody
	FromCode string       `json:"from_code,omitempty"`
	To       string       `json:"to,omitempty"`
	ToCode   string       `json:"to_code,omitempty"`
	Why      planner.Text `json:"why"`
	Private  bool         `json:"private,omitempty"` // the planner's alone; others read 工作调整
}

// ReplanReport is the preview of a replan, and what was stored.
type ReplanReport struct {
	DryRun     bool              `json:"dry_run"`
	Plan       PlanSummary       `json:"plan"`
	Changed    int               `json:"changed"` // households that had a cadre and get another
	Proved     int               `json:"proved"`  // proved: no plan that leaves as few unserved changes fewer households
	Changes    []ChangeView      `json:"changes"` // all tiers, in the order of the plan
	Import     *ImportReport     `json:"import,omitempty"`
	Findings   []planner.Finding `json:"findings,omitempty"`   // of the import, pins that cannot be kept, units that were filled
	Infeasible []Infeasible      `json:"infeasible,omitempty"` // why somebody is left without a cadre, and what would help
}

// Replan makes a new draft revision that changes as few households as can be, and among those plans the cheapest; see
// [pairing.Replan]. Whoever leaves is put out of post in the transaction that stores the draft, so that undoing the draft
// brings them back; files are imported before it, as [App.Import] does, and undone apart. Pins are kept; one that cannot be,
// since its cadre left or its household no longer takes part, is dropped with a Finding that says why. A dry run
// computes all of it and stores nothing. Invalid: nothing is published to replan from, or a file has findings that stop.
func (a *App) Replan(ctx context.Context, p planner.Principal, req ReplanRequest) (rep ReplanReport, err error) {
	rep.DryRun = req.DryRun
	if err := mustPlan(p); err != nil {
		return rep, err
	}
	if len(req.Join) > 0 && !req.DryRun {
		got, fs, err := a.Import(ctx, p, ImportRequest{Sources: req.Join, Period: req.Period})
		rep.Import, rep.Findings = &got, fs
		if err != nil {
			return rep, err
		}
	}
	f, err := a.planFacts(ctx, p, req.Period)
	if err != nil {
		return rep, fmt.Errorf("replan %d: %w", req.Period, err)
	}
	if len(req.Join) > 0 && req.DryRun {
		if rep.Findings, err = a.joinDry(ctx, p, req, &f); err != nil {
			return rep, err
		}
	}
	villages, err := mergeVillages(f.roster, req.Merge, civil.YearSpan(req.Period).From)
	if err != nil {
		return rep, err
	}
	f.roster = villages.over(f.roster)
	rep.Findings = append(rep.Findings, villages.findings...)
	leaving, err := leavers(f.roster, req.Leave)
	if err != nil {
		return rep, err
	}
	sick, err := a.onSickLeave(f.roster, req)
	if err != nil {
		return rep, err
	}
	leaving = append(leaving, sick...)
	pins, dropped, err := f.pins(req.Period, withCadres(f.roster.Cadres, leaving), a.replanTerms(f))
	if err != nil {
		return rep, err
	}
	returning, err := a.returning(ctx, p, f, req)
	if err != nil {
		return rep, err
	}
	pins = overrule(pins, returning)
	rep.Findings = append(rep.Findings, dropped...)
	r := solveRequest{period: req.Period, terms: a.replanTerms(f), pins: pins, cadres: leaving, villages: villages, replan: true, status: planner.PlanDraft, progress: req.Progress, op: "replan"}
	d, err := a.draft(ctx, p, f, r)
	if err != nil {
		return rep, err
	}
	rep.Plan = d.sum
	for _, w := range d.plan.Watches {
		if w.Code == "unit-filled" {
			rep.Findings = append(rep.Findings, w)
		}
	}
	for _, t := range d.rep.Tiers {
		if t.Tier == planner.TierHousehold {
			rep.Changed, rep.Proved = t.Changed, t.ChangedBound
		}
	}
	f.roster.Cadres = withCadres(f.roster.Cadres, leaving)
	rep.Changes = changeViews(f.roster, d.moved)
	if d.sum.Unserved() > 0 {
		if rep.Infeasible, err = a.infeasibleOf(ctx, p, f, req.Period, r.terms, pins); err != nil {
			return rep, err
		}
		for n := range rep.Infeasible { // whom the conflict concerns may be left out in many ways; this plan leaves these out
			if x := &rep.Infeasible[n]; x.Tier == planner.TierHousehold && x.Unit == "" {
				x.Left = leftOut(f.roster, d.plan)
			}
		}
	}
	if req.DryRun {
		return rep, nil
	}
	return rep, a.storeDraft(ctx, p, f, r, d)
}

// leftOut are the codes of the households that agreed and have nobody in a plan.
func leftOut(r planner.Roster, plan planner.Plan) (codes []string) {
	has := map[planner.HouseholdID]bool{}
	for _, x := range plan.Pairings {
		has[x.Household] = true
	}
	for _, h := range r.Households {
		if h.Served() && !has[h.ID] {
			codes = append(codes, h.Code)
		}
	}
	slices.Sort(codes)
	return codes
}

// replanTerms are those of the open draft, else those of the plan in force if it is of this period, else the App's.
func (a *App) replanTerms(f planFacts) terms {
	switch {
	case f.open.ID != "":
		return termsOf(f.open)
	case f.inForce():
		return termsOf(*f.last)
	}
	return a.terms("")
}

// inForce reports whether the plan that a draft continues is an earlier revision of the same period.
func (f planFacts) inForce() bool { return f.last != nil && f.nextRev > 1 }

// pins are those that the next draft starts from: the open draft's, else those of the period's plan in force; and
// findings about those that cannot be kept with these cadres on these terms.
func (f planFacts) pins(period int, cs []planner.Cadre, t terms) (kept []planner.Pin, dropped []planner.Finding, err error) {
	q, err := f.question(period, t, nil)
	if err != nil {
		return nil, nil, err
	}
	serves := func(c planner.Cadre) bool {
		_, _, ok := q.Load(planner.TierHousehold, c)
		return c.Active && ok
	}
	pins := f.open.Pins
	if f.open.ID == "" && f.inForce() {
		pins = f.last.Pins
	}
	cadre := map[planner.CadreID]planner.Cadre{}
	for _, c := range cs {
		cadre[c.ID] = c
	}
	household := map[planner.HouseholdID]planner.Household{}
	for _, h := range f.roster.Households {
		household[h.ID] = h
	}
	for _, x := range pins {
		c, h := cadre[x.Cadre], household[x.Household]
		var why planner.Text
		switch {
		case !h.Served():
			why = planner.Text{ZH: "该户不再参加结对", EN: "the household no longer takes part"}
		case !serves(c):
			why = planner.Text{ZH: "该干部已调离或不再承担这项联系", EN: "the cadre has moved on or no longer serves this tier"}
		case slices.ContainsFunc(f.roster.Recusals, func(r planner.Recusal) bool {
			return r.Cadre == x.Cadre && (r.Household == x.Household || r.Household == "" && r.Village == h.Village)
		}):
			why = planner.Text{ZH: "按规定不安排", EN: "not arranged, by the rules"}
		default:
			kept = append(kept, x)
			continue
		}
		dropped = append(dropped, planner.Finding{Severity: planner.Warn, Code: "pin-dropped", Say: planner.Text{
			ZH: h.Code + "户锁定给" + c.Name + "（" + c.Code + "）的锁定不能保留：" + why.ZH + "。",
			EN: "the pin of household " + h.Code + " to " + c.Name + " (" + c.Code + ") cannot be kept: " + why.EN + "."}})
	}
	return kept, dropped, nil
}

// leavers are the cadres of the codes, out of post.
func leavers(r planner.Roster, codes []string) (out []planner.Cadre, err error) {
	for _, code := range codes {
		i := slices.IndexFunc(r.Cadres, func(c planner.Cadre) bool { return c.Code == code })
		if i < 0 {
			return nil, planner.Fail(planner.NotFound, "没有工号为“"+code+"”的干部，请核对。", "there is no cadre with code "+code+"; please check.")
		}
		c := r.Cadres[i]
		c.Active = false
		out = append(out, c)
	}
	return out, nil
}

// joinDry lays the files over the snapshot as an import would, and stores nothing.
func (a *App) joinDry(ctx context.Context, p planner.Principal, req ReplanRequest, f *planFacts) ([]planner.Finding, error) {
	batch, found, err := sheet.Read(ctx, req.Join)
	if err != nil {
		return found, fmt.Errorf("replan %d: %w", req.Period, err)
	}
	snap, err := a.importSnapshot(ctx, p, req.Period, &batch)
	if err != nil {
		return found, fmt.Errorf("replan %d: %w", req.Period, err)
	}
	check := checkBatch(batch, snap, req.Period)
	found = inFileOrder(req.Join, append(slices.Clone(found), check.All()...))
	if planner.Stops(found) {
		return found, stopped(found)
	}
	m := a.merge(batch, check, snap, civil.DateIn(a.Now(), a.Zone), req.Period)
	r := &f.roster
	r.Areas = overlay(r.Areas, m.areas, func(x planner.Area) planner.AreaCode { return x.Code })
	r.Units = overlay(r.Units, m.units, func(x planner.Unit) planner.UnitID { return x.ID })
	r.Cadres = overlay(r.Cadres, m.cadres, func(x planner.Cadre) planner.CadreID { return x.ID })
	r.Households = overlay(r.Households, slices.Collect(m.households), func(x planner.Household) planner.HouseholdID { return x.ID })
	r.Recusals = append(slices.Clone(r.Recusals), m.recusals...)
	r.Helpers = overlay(r.Helpers, m.helpers, func(x planner.Helper) planner.HelperID { return x.ID })
	r.Wishes = append(slices.Clone(r.Wishes), m.wishes...)
	return found, nil
}

// changeViews words what moved.
func changeViews(r planner.Roster, moved []pairing.Moved) []ChangeView {
	cadre := map[planner.CadreID]planner.Cadre{}
	for _, c := range r.Cadres {
		cadre[c.ID] = c
	}
	household := map[planner.HouseholdID]planner.Household{}
	for _, h := range r.Households {
		household[h.ID] = h
	}
	area := map[planner.AreaCode]string{}
	for _, x := range r.Areas {
		area[x.Code] = x.Name
	}
	out := make([]ChangeView, 0, len(moved))
	for _, m := range moved {
		from, to := cadre[m.From], cadre[m.To]
		v := ChangeView{Tier: m.Tier, Code: m.Code, From: from.Name, FromCode: from.Code, To: to.Name, ToCode: to.Code, Why: m.Why, Private: m.Private}
		at := m.Area
		if h, ok := household[m.Household]; ok {
			v.Head, at = h.Head, h.Village
			if h.Group != "" {
				at = h.Group
			}
		}
		if v.Area = area[at.Village()]; at.Village() != at {
			v.Area += area[at]
		}
		out = append(out, v)
	}
	return out
}

// UndoReport says which step was taken back.
type UndoReport struct {
	Op   string      `json:"op"`
	Rows int         `json:"rows"`
	Plan PlanSummary `json:"plan"` // as it is again; no ID: there was no draft before
}

// UndoPlan takes back the last step of the period's draft — solving, replanning, corrections, hand work — with all that was
// stored with it: pairs, pins, recusals and who was put out of post are as before. Up to 20 steps can be taken back,
// one after the other. NotFound if there is none; Conflict if the roster or the draft was changed since by something else.
func (a *App) UndoPlan(ctx context.Context, p planner.Principal, period int) (rep UndoReport, err error) {
	if err := mustPlan(p); err != nil {
		return rep, err
	}
	err = a.DB.Write(ctx, p, store.Op{Name: "undo-plan", Now: a.Now()}, func(tx *store.Tx) error {
		rep = UndoReport{}
		open, err := tx.PlanFor(period, planner.PlanDraft, planner.PlanReview)
		if err != nil {
			return err
		}
		steps, err := readSteps(tx, open.ID)
		if err != nil {
			return err
		}
		if len(steps.Steps) == 0 {
			return planner.Fail(planner.NotFound, "没有可以撤销的一步。", "there is no step to undo.")
		}
		last := steps.Steps[len(steps.Steps)-1]
		if rep.Rows, err = tx.UndoWrite(last.Batch); err != nil {
			return err
		}
		rep.Op = last.Op
		steps.Steps = steps.Steps[:len(steps.Steps)-1]
		if err := steps.put(tx, open.ID); err != nil {
			return err
		}
		plan, err := tx.Plan(open.ID)
		if planner.KindOf(err) == planner.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		rep.Plan = summarize(plan, verify.Report{}) // it was verified when it was made
		return putSummary(tx, rep.Plan)
	})
	if err != nil {
		return UndoReport{}, fmt.Errorf("undo plan %d: %w", period, err)
	}
	return rep, nil
}
