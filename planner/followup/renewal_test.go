package followup_test

import (
	"strings"
	"testing"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
)

func TestAnAgreementThatEndsWithinThePlanIsAskedAboutOnceAndCancelledWhenRenewed(t *testing.T) {
	end := civil.Of(2026, 7, 1) // the last day is 06-30
	r := planner.Roster{Households: []planner.Household{{ID: "h1", Code: "H1"}, {ID: "h2", Code: "H2"}, {ID: "h3", Code: "H3"}},
		Helpers: []planner.Helper{{ID: "v", Code: "V1", Name: "志愿者甲", Kind: planner.HelperVolunteer}, {ID: "m", Code: "M1", Name: "调解员乙", Kind: planner.HelperMediator}}}
	plan := planner.Plan{Period: 2026, Pairings: []planner.Pairing{{Tier: planner.TierHousehold, Household: "h2", Cadre: "c2"}, {Tier: planner.TierHousehold, Household: "h1", Cadre: "c1"}},
		Links: []planner.Link{{Tier: planner.TierVolunteer, Helper: "v", Household: "h2", Until: end}, {Tier: planner.TierVolunteer, Helper: "v", Household: "h1", Until: end},
			{Tier: planner.TierTen, Helper: "m", Members: []planner.HouseholdID{"h3", "h2"}}}}
	fresh, stale := followup.Renewals(nil, plan, r, civil.Of(2026, 1, 5))
	if len(fresh) != 1 || len(stale) != 0 {
		t.Fatalf("made %+v, cancelled %+v; want one for the volunteer", fresh, stale)
	}
	got := fresh[0]
	if got.Owner != "c1" || got.StartOn != civil.Of(2026, 5, 1) || got.DueOn != civil.Of(2026, 5, 31) || got.EndOn != civil.Of(2026, 6, 30) || got.Kind != planner.TaskRenewal {
		t.Errorf("task %+v", got)
	}
	if !strings.Contains(got.Say.ZH, "到2026-06-30为止") || !strings.HasSuffix(got.Say.EN, "Codes: H1, H2") || strings.Contains(got.Say.ZH+got.Say.EN, "{") {
		t.Errorf("says %+v", got.Say)
	}
	if again, _ := followup.Renewals(fresh, plan, r, civil.Of(2026, 5, 2)); len(again) != 0 {
		t.Errorf("made again: %+v", again)
	}
	if late, _ := followup.Renewals(nil, plan, r, civil.Of(2026, 6, 20)); len(late) != 1 || late[0].DueOn != civil.Of(2026, 6, 20) {
		t.Errorf("ten days before the end: %+v", late)
	}
	if past, _ := followup.Renewals(nil, plan, r, civil.Of(2026, 7, 1)); len(past) != 0 {
		t.Errorf("after the end: %+v", past)
	}
	for k := range plan.Links { // renewed: the new plan has no end
		plan.Links[k].Until = civil.Date{}
	}
	if more, stale := followup.Renewals(fresh, plan, r, civil.Of(2026, 5, 2)); len(more) != 0 || len(stale) != 1 || stale[0].State != planner.TaskCancelled {
		t.Errorf("after renewal: %+v, %+v", more, stale)
	}
}
