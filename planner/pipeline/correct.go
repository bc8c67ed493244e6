package pipeline

import (
	"context"
	"fmt"
	"slices"

	"lianxin/planner"
	"lianxin/planner/pairing"
	"lianxin/planner/sheet"
)

// Correct takes the units' corrections of the period's plan and solves again in status review: 保持 pins the pair, 更换
// with a name pins the other cadre, 更换 without one and 回避 become requested recusals. Findings name each correction that
// cannot be taken; if any stops, nothing is changed and the error is Invalid.
func (a *App) Correct(ctx context.Context, p planner.Principal, period int, cs []sheet.Correction) (PlanSummary, []planner.Finding, error) {
	if err := mustPlan(p); err != nil {
		return PlanSummary{}, nil, err
	}
	f, err := a.planFacts(ctx, p, period)
	if err != nil {
		return PlanSummary{}, nil, fmt.Errorf("correct %d: %w", period, err)
	}
	if f.open.ID == "" {
		return PlanSummary{}, nil, planner.Fail(planner.NotFound, fmt.Sprintf("%d年没有征求意见的方案。", period), fmt.Sprintf("no plan of %d is out for comment.", period))
	}
	present, err := a.cadreOfEach(ctx, p, f.open.ID)
	if err != nil {
		return PlanSummary{}, nil, fmt.Errorf("correct %d: %w", period, err)
	}
	w := newWishes(f.roster, present)
	for _, c := range cs {
		w.take(c)
	}
	if planner.Stops(w.findings) {
		return PlanSummary{}, w.findings, planner.Fail(planner.Invalid, "交回的意见有问题，方案没有改动。", "some corrections cannot be taken; the plan is unchanged.")
	}
	pins := overrule(f.open.Pins, w.pins)
	pins = slices.DeleteFunc(pins, func(p planner.Pin) bool {
		return slices.ContainsFunc(w.recusals, func(r planner.Recusal) bool { return r.Household == p.Household && r.Cadre == p.Cadre })
	})
	sum, err := a.solve(ctx, p, f, solveRequest{period: period, terms: termsOf(f.open), pins: pins, recusals: w.recusals, replan: pairing.Replanned(f.open), status: planner.PlanReview, op: "correct"})
	return sum, w.findings, err
}

// wishes turns corrections into pins and recusals.
type wishes struct {
	cadres     map[string]planner.Cadre
	households map[string]planner.Household
	present    map[planner.HouseholdID]planner.CadreID
	name       map[planner.CadreID]string
	asked      map[string]sheet.Correction
	pins       []planner.Pin
	recusals   []planner.Recusal
	findings   []planner.Finding
}

func newWishes(r planner.Roster, present map[planner.HouseholdID]planner.CadreID) *wishes {
	w := &wishes{cadres: map[string]planner.Cadre{}, households: map[string]planner.Household{}, present: present, name: map[planner.CadreID]string{}, asked: map[string]sheet.Correction{}}
	for _, c := range r.Cadres {
		w.cadres[c.Code] = c
		w.name[c.ID] = c.Name + "（" + c.Code + "）"
	}
	for _, h := range r.Households {
		w.households[h.Code] = h
	}
	return w
}

// take reads one correction.
func (w *wishes) take(c sheet.Correction) {
	stop := func(code, zh, en string) {
		w.findings = append(w.findings, planner.Finding{Severity: planner.Stop, Code: code, Place: c.Place, Say: planner.Text{ZH: zh, EN: en}})
	}
	h, ok := w.households[c.Household]
	if !ok {
		stop("unknown-household", "户编号“"+c.Household+"”不在名册，请核对。", "household "+c.Household+" is not in the roster; please check.")
		return
	}
	from, ok := w.cadres[c.From]
	if !ok {
		stop("unknown-cadre", "工号“"+c.From+"”不在名册，请核对。", "cadre "+c.From+" is not in the roster; please check.")
		return
	}
	if now := w.present[h.ID]; now != from.ID {
		stop("other-cadre", "方案里"+c.Household+"户现由"+w.name[now]+"联系，不是"+w.name[from.ID]+"，请按最新的征求意见稿填写。",
			"household "+c.Household+" is with "+w.name[now]+" in the plan, not "+w.name[from.ID]+"; please use the latest draft.")
		return
	}
	if old, twice := w.asked[c.Household]; twice {
		if old.Want != c.Want || old.To != c.To {
			stop("two-wishes", "对"+c.Household+"户有两条不同的意见，请只留一条。", "there are two different wishes for household "+c.Household+"; keep one.")
		}
		return
	}
	w.asked[c.Household] = c
	pin := func(to planner.Cadre) {
		w.pins = append(w.pins, planner.Pin{Household: h.ID, Cadre: to.ID, Why: c.Why})
	}
	switch {
	case c.Want == sheet.WantKeep:
		pin(from)
	case c.Want == sheet.WantChange && c.To != "":
		to, ok := w.cadres[c.To]
		if !ok {
			stop("unknown-cadre", "工号“"+c.To+"”不在名册，请核对。", "cadre "+c.To+" is not in the roster; please check.")
			return
		}
		pin(to)
	case c.Want == sheet.WantChange, c.Want == sheet.WantRecuse:
		w.recusals = append(w.recusals, planner.Recusal{Cadre: from.ID, Household: h.ID, Kind: planner.RecusalRequested})
	default:
		stop("unknown-wish", "意见“"+c.Want+"”不认识，请填保持、更换或回避。", "the wish "+c.Want+" is not known; write 保持, 更换 or 回避.")
	}
}
