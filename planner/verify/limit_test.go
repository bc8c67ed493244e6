package verify_test

import (
	"context"
	"slices"
	"testing"

	"lianxin/planner"
	"lianxin/planner/pairing"
	"lianxin/planner/verify"
)

func TestACapOnAUnitIsHeldAndAPlanThatBreaksItIsRefusedFromTheRawRows(t *testing.T) {
	in := made(1)
	free, err := pairing.Solve(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	in.Book.Limits.Units = map[string]int{"U1": 7}
	held, err := pairing.Solve(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		plan   planner.Plan
		broken bool
	}{{"a plan made under the cap", held, false}, {"a plan made without it", free, true}} {
		rep, err := verify.Check(context.Background(), in.Question(), c.plan)
		if err != nil {
			t.Fatal(err)
		}
		raw := slices.ContainsFunc(rep.Findings, func(f planner.Finding) bool { return f.Code == "raw-unit-cap" })
		if raw != c.broken || rep.OK() == c.broken {
			t.Errorf("%s: raw check finds %t, passes %t; want %t, %t", c.name, raw, rep.OK(), c.broken, !c.broken)
		}
	}
}

func TestAPracticeByGradeGivesHouseholdsToEveryRankAndVerifies(t *testing.T) {
	in := made(2)
	in.Preset, _ = pairing.PresetByID("fengshan")
	in.Book = in.Preset.Book()
	in.Pins = nil
	plan, err := pairing.Solve(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	rep, err := verify.Check(context.Background(), in.Question(), plan)
	if err != nil || !rep.OK() {
		t.Fatal(rep.Findings, err)
	}
	rank := map[planner.CadreID]planner.Rank{}
	for _, c := range in.Roster.Cadres {
		rank[c.ID] = c.Rank
	}
	has := map[planner.Rank]int{}
	for _, p := range plan.Pairings {
		if p.Tier == planner.TierHousehold {
			has[rank[p.Cadre]]++
		}
	}
	for _, r := range []planner.Rank{planner.RankLeader, planner.RankSection, planner.RankStaff} {
		if has[r] == 0 {
			t.Errorf("nobody of rank %s has a household", r)
		}
	}
	in.Preset, _ = pairing.PresetByID("five") // under which leaders have none
	if rep, err = verify.Check(context.Background(), in.Question(), plan); err != nil || rep.OK() {
		t.Errorf("the same plan passes under a practice in which leaders have no households (%v)", err)
	}
}
