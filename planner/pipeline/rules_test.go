package pipeline_test

import (
	"context"
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/pipeline"
	"lianxin/planner/rule"
)

// officePolicy reads a policy that is sound.
func officePolicy(t *testing.T, text string) rule.Policy {
	t.Helper()
	p, fs := rule.ParsePolicy("policy.yaml", []byte(text))
	if len(fs) > 0 {
		t.Fatal(fs[0].Sentence().EN)
	}
	return p
}

func TestAPlanKeepsThePolicyThatItWasMadeWithOnBothEngines(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		ctx := context.Background()
		w := newPlanTown(t, url)
		w.Policy = officePolicy(t, "rules: {continuity: 90, contiguity: off}\nloads: {staff: 6}\ncaps: {units: {D1: 22}, villages: {every: 4}}\n")
		s := w.plan()
		if s.LoadMax > 6 {
			t.Errorf("somebody has %d households, the policy allows 6", s.LoadMax)
		}
		page, err := w.Pairings(ctx, thePlanner, pipeline.PairingFilter{Tier: planner.TierHousehold, Limit: 100})
		if err != nil || len(page.Rows) == 0 {
			t.Fatalf("%d pairs, %v", len(page.Rows), err)
		}
		there := map[string]map[planner.CadreID]bool{}
		for _, r := range page.Rows {
			if there[r.Area] == nil {
				there[r.Area] = map[planner.CadreID]bool{}
			}
			there[r.Area][r.Cadre] = true
		}
		for area, cadres := range there {
			if len(cadres) > 4 {
				t.Errorf("%s has %d cadres, the policy allows 4", area, len(cadres))
			}
		}
		e, err := w.Explain(ctx, thePlanner, page.Rows[0].Household, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range e.Reasons {
			if r.Rule == "contiguity" || r.Rule == "continuity" && r.Price != 90*60 {
				t.Errorf("reason %s at %d s, want continuity at 90 minutes and no contiguity", r.Rule, r.Price)
			}
		}
		want := w.Policy.String()
		w.Policy = officePolicy(t, "rules: {continuity: 1}") // the office changes its mind; the draft stays what it was
		if _, err := w.VerifyPlan(ctx, thePlanner, 2026); err != nil {
			t.Errorf("verify under a newer policy: %v", err)
		}
		b, err := w.Rules(ctx, thePlanner)
		if err != nil || b.Plan == nil || b.Plan.Period != 2026 || b.Changed != 1 {
			t.Errorf("the rule book does not say that the plan was made with other rules: %+v, %v", b.Plan, err)
		}
		if _, fs, err := w.Publish(ctx, thePlanner, 2026, true); err != nil {
			t.Fatalf("publish under a newer policy: %v %v", err, fs)
		}
		if _, err := w.VerifyPlan(ctx, thePlanner, 2026); err != nil {
			t.Errorf("verify the published plan: %v", err)
		}
		if got := w.canonicalPolicy(); !strings.Contains(got, strings.ReplaceAll(want, `"`, `\"`)) {
			t.Errorf("the plan does not keep the policy %s", want)
		}
	})
}

// canonicalPolicy is the canonical export, which holds each plan's policy.
func (w *planTown) canonicalPolicy() string { return canonical(w.t, w.App) }

func TestAUnitsCapHoldsInThePlan(t *testing.T) {
	w := newPlanTown(t, dbtest.SQLite(t))
	w.Policy = officePolicy(t, "caps: {units: {D1: 9}}\n") // its four staff would have some twenty of 39
	w.plan()
	page, err := w.Pairings(context.Background(), thePlanner, pipeline.PairingFilter{Tier: planner.TierHousehold, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	n := map[string]int{}
	for _, r := range page.Rows {
		n[r.Unit]++
	}
	if n["示例局"] != 9 || n["示例办"] != 30 {
		t.Errorf("got %v, want 9 households with 示例局 and 30 with 示例办", n)
	}
	w.Policy = officePolicy(t, "caps: {units: {D404: 9}}\n")
	if _, err := w.Plan(context.Background(), thePlanner, pipeline.PlanRequest{Period: 2026}); planner.KindOf(err) != planner.Invalid || !strings.Contains(err.Error(), "D404") {
		t.Errorf("a cap on an unknown unit: got %v, want Invalid naming it", err)
	}
}

func TestTheRuleBookIsForPlannersAndAuditors(t *testing.T) {
	w := newPlanTown(t, dbtest.SQLite(t))
	for _, p := range []planner.Principal{thePlanner, theAuditor} {
		if b, err := w.Rules(context.Background(), p); err != nil || len(b.Rules) == 0 || b.Book == "" || b.Plan != nil {
			t.Errorf("%s: %d rules, %v", p.Name, len(b.Rules), err)
		}
	}
	for _, p := range []planner.Principal{{}, {Account: "c", Roles: []planner.Role{planner.RoleCadre}, Cadre: "c07"}, {Account: "l", Roles: []planner.Role{planner.RoleLiaison}, Units: []planner.UnitID{"u1"}}} {
		if _, err := w.Rules(context.Background(), p); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("%v: got %v, want Forbidden", p.Roles, err)
		}
	}
}
