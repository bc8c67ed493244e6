package rule_test

import (
	"fmt"
	"slices"
	"testing"

	"lianxin/planner"
	"lianxin/planner/rule"
)

// crowd gives the town more households than it needs.
func crowd(q *rule.Question, households int) {
	h := q.Roster.Households[0]
	q.Roster.Households = nil
	for n := range households {
		h.ID, h.Code = planner.HouseholdID(rune(1000+n)), string(rune(1000+n))
		q.Roster.Households = append(q.Roster.Households, h)
	}
}

// caps lays the household tier and lists each cadre's share and cap.
func caps(t *testing.T, q rule.Question) (out []string) {
	t.Helper()
	in, err := rule.Lay(q, planner.TierHousehold, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range in.Cadres {
		out = append(out, fmt.Sprintf("%s %d/%d", c.Code, c.Share, c.Cap))
	}
	return out
}

func TestLoadsGoByGradeWhereThePracticeDoes(t *testing.T) {
	q := town()
	q.Preset, _ = rule.PresetByID("fengshan")
	q.Roster.Cadres[0].Grade = planner.GradeDivision // A1; A2's is not known
	crowd(&q, 60)
	if got, want := caps(t, q), []string{"A1 8/8", "A2 7/7", "B1 5/5", "B2 5/5", "C1 4/4", "C2 4/4", "C3 4/4"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	crowd(&q, 18) // half of the 37 places: half of each, rounded down
	if got, want := caps(t, q), []string{"A1 3/8", "A2 3/7", "B1 2/5", "B2 2/5", "C1 1/4", "C2 1/4", "C3 1/4"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	q.Book.Limits = policy(t, "loads: {division: 6, deputy-township: 0, staff: 2}").Limits
	crowd(&q, 60)
	if got, want := caps(t, q), []string{"A1 6/6", "A2 7/7", "C1 2/2", "C2 2/2", "C3 2/2"}; !slices.Equal(got, want) {
		t.Errorf("with a policy: got %v, want %v", got, want)
	}
}

func TestAUnitsCapBoundsItsCadresTogetherAndTheirSharesFollow(t *testing.T) {
	for _, c := range []struct {
		policy string
		want   []string
	}{
		{"caps: {units: {\"1\": 20}}", []string{"C1 10/15", "C2 10/15", "C3 15/15"}},
		{"caps: {units: {\"1\": 7}}", []string{"C1 4/15", "C2 3/15", "C3 15/15"}},
		{"caps: {units: {\"1\": 0}}", []string{"C1 0/15", "C2 0/15", "C3 15/15"}},
		{"caps: {units: {\"1\": 500}}", []string{"C1 15/15", "C2 15/15", "C3 15/15"}},
		{"loads: {staff: 5}\ncaps: {units: {\"1\": 9}}", []string{"C1 5/5", "C2 4/5", "C3 5/5"}},
	} {
		q := town()
		q.Book.Limits = policy(t, c.policy).Limits
		crowd(&q, 300)
		got := caps(t, q)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.policy, got, c.want)
		}
	}
	q := town()
	q.Book.Limits = policy(t, "caps: {units: {D404: 3}}").Limits
	if _, err := rule.Lay(q, planner.TierHousehold, nil); planner.KindOf(err) != planner.Invalid {
		t.Errorf("an unknown unit: got %v, want Invalid", err)
	}
}

func TestATierThatThePracticeLacksIsNotPlanned(t *testing.T) {
	q := town()
	q.Preset, _ = rule.PresetByID("shouchang")
	for _, tier := range []planner.Tier{planner.TierVillage, planner.TierGroup} {
		in, err := rule.Lay(q, tier, nil)
		if err != nil || len(in.Targets) > 0 {
			t.Errorf("%s: %d targets, %v; want none", tier, len(in.Targets), err)
		}
	}
}

func TestEveryPresetHasASourceAndPricesThatTheBookKnows(t *testing.T) {
	for _, p := range rule.Presets() {
		if p.Source.ZH == "" || p.Source.EN == "" {
			t.Errorf("preset %s has no source", p.ID)
		}
		if err := p.Book().Check(); err != nil {
			t.Errorf("preset %s: %v", p.ID, err)
		}
	}
}
