package pipeline_test

import (
	"slices"
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// Before a publication the planner reads which receptions of the next month have no deputy, and which leaders are away on a day of
// their own; neither stops it, and once settled both are gone.
func TestThePreFlightNamesEmptyDeputiesAndLeadersWhoAreAway(t *testing.T) {
	w := newCalendarTown(t, dbtest.SQLite(t), 1)
	w.lay(2026)
	draft := w.plan
	draft.ID, draft.Status, draft.Pairings = "plan-2", planner.PlanDraft, slices.Clone(w.plan.Pairings)
	for i := range draft.Pairings {
		draft.Pairings[i].ID = "d" + draft.Pairings[i].ID
	}
	w.write(func(tx *store.Tx) error { return tx.PutPlan(draft) })
	found := func(code string) (says []planner.Finding) {
		t.Helper()
		fs, err := w.BeforePublish(t.Context(), asPlanner, 2026)
		if err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(fs, func(f planner.Finding) bool { return f.Code != code })
	}
	if got := append(found("no-deputy"), found("leader-away")...); len(got) != 0 {
		t.Fatalf("got %+v of a rota with deputies and nobody away, want nothing", got)
	}
	days, who := w.receivers()
	on := days[2]
	w.write(func(tx *store.Tx) error {
		list, err := tx.ReceptionDays(civil.Span{From: on, Until: on.AddDays(1)})
		if err != nil || len(list) != 1 {
			t.Fatalf("got %d days, %v", len(list), err)
		}
		list[0].Deputy = ""
		if err := tx.PutReceptionDays(list); err != nil {
			return err
		}
		c := w.cadres[who[on]]
		c.Leaves = []planner.Leave{{Span: civil.Span{From: on, Until: on.AddDays(1)}}}
		return tx.PutCadres([]planner.Cadre{c})
	})
	bare, away := found("no-deputy"), found("leader-away")
	if len(bare) != 1 || bare[0].Severity != planner.Warn || !strings.Contains(bare[0].Say.ZH, "有1个接访日没有补位领导："+on.String()) || !strings.Contains(bare[0].Say.EN, on.String()) {
		t.Errorf("got %+v, want the day without a deputy", bare)
	}
	if len(away) != 1 || away[0].Severity != planner.Warn || !strings.Contains(away[0].Say.ZH, w.cadres[who[on]].Name) || !strings.Contains(away[0].Say.ZH, "接访") {
		t.Errorf("got %+v, want the leader who is away", away)
	}
	w.today(on.AddDays(1).String()) // what is past is nobody's worry
	if got := append(found("no-deputy"), found("leader-away")...); len(got) != 0 {
		t.Errorf("got %+v the day after, want nothing", got)
	}
}
