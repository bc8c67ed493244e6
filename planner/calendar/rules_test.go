package calendar_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
)

func lay(t *testing.T, year int, r calendar.Rules) calendar.Year {
	t.Helper()
	y, err := calendar.Lay(year, r, calendar.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	return y
}

func days(ds []calendar.Day) (out []string) {
	for _, d := range ds {
		out = append(out, d.On.String())
	}
	return out
}

func TestTheTwelveMassWorkDaysOf2026(t *testing.T) {
	y := lay(t, 2026, calendar.Yima())
	want := []string{"2026-01-15", "2026-02-24", "2026-03-16", "2026-04-15", "2026-05-15", "2026-06-15", "2026-07-15", "2026-08-17",
		"2026-09-15", "2026-10-15", "2026-11-16", "2026-12-15"}
	if d := cmp.Diff(want, days(y.WorkDays)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	want = []string{"2026-01-16", "2026-02-25", "2026-03-17", "2026-04-16", "2026-05-18", "2026-06-16", "2026-07-16", "2026-08-18",
		"2026-09-16", "2026-10-16", "2026-11-17", "2026-12-16"}
	if d := cmp.Diff(want, days(y.Meetings)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	for i, d := range y.WorkDays {
		if moved := d.On != d.Nominal; moved == d.Why.IsZero() || d.Nominal.Day != 15 || d.Status != planner.StatusConfirmed {
			t.Errorf("month %d: got %+v, want the 15th, confirmed, with a reason if moved", i+1, d)
		}
		if !y.Meetings[i].On.After(d.On) {
			t.Errorf("month %d: the meeting on %v is not after the mass-work-day on %v", i+1, y.Meetings[i].On, d.On)
		}
	}
}

// The years and months in which 顺延 brings both days together are those of domain.md §0.2.
func TestTheCollisionsOfThreeYearsAreFoundAndWorded(t *testing.T) {
	for year, want := range map[int]string{2024: "[2 6 9 12]", 2025: "[2 3 6 11]", 2026: "[2 3 8 11]"} {
		y := lay(t, year, calendar.Yima())
		var months []int
		for _, c := range y.Collisions {
			months = append(months, int(c.Month))
		}
		if got := fmt.Sprint(months); got != want {
			t.Errorf("%d: got %s, want %s", year, got, want)
		}
	}
	c := lay(t, 2026, calendar.Yima()).Collisions[0]
	want := planner.Text{
		ZH: "2月群众工作日为2月24日，与领导小组会议同日；会议改到2月25日，排在群众工作日之后",
		EN: "in February the mass-work-day is 2026-02-24, the day on which the leaders' meeting would be; the meeting moves to 2026-02-25, so that it comes after the mass-work-day",
	}
	if c.Say != want || c.WorkDay.String() != "2026-02-24" || c.Meeting.String() != "2026-02-25" {
		t.Errorf("got %+v, want %+v", c, want)
	}
}

func TestEachPolicyForTheFifteenthInSpringFestival2026(t *testing.T) {
	for policy, want := range map[calendar.Policy]string{calendar.Keep: "2026-02-15", calendar.Postpone: "2026-02-24",
		calendar.Advance: "2026-02-14", calendar.Skip: ""} {
		r := calendar.Yima()
		r.Policy = policy
		y := lay(t, 2026, r)
		d := y.WorkDays[1]
		if d.On.String() != want || d.Skipped != (want == "") {
			t.Errorf("%s: got %v skipped %v, want %q", policy, d.On, d.Skipped, want)
		}
		if policy != calendar.Keep && (!strings.Contains(d.Why.ZH, "2月15日逢春节放假") || !strings.Contains(d.Why.EN, "Spring Festival")) {
			t.Errorf("%s: got reason %q / %q", policy, d.Why.ZH, d.Why.EN)
		}
	}
	r := calendar.Yima()
	r.Policy = calendar.Advance // both would be held on 02-14: the meeting goes after the holiday
	y := lay(t, 2026, r)
	if got := y.Meetings[1].On.String(); got != "2026-02-24" {
		t.Errorf("advance: got the meeting on %s, want 2026-02-24", got)
	}
}

func TestAMeetingWithItsOwnPolicyNeverComesBeforeTheMassWorkDay(t *testing.T) {
	r := calendar.Rules{Days: []int{15}, Meeting: 16, Policy: calendar.Postpone, MeetingPolicy: calendar.Advance, Collision: calendar.CollideAfter}
	y := lay(t, 2026, r)
	for i, d := range y.WorkDays {
		if !y.Meetings[i].On.After(d.On) {
			t.Errorf("month %d: meeting %v, mass-work-day %v", i+1, y.Meetings[i].On, d.On)
		}
	}
	if got := y.Collisions[0].Say.ZH; !strings.Contains(got, "会早于群众工作日") {
		t.Errorf("got %q, want that it would come before", got)
	}
}

func TestTheDaysOf2027AreTentativeAndSayWhy(t *testing.T) {
	y := lay(t, 2027, calendar.Yima())
	if y.Status != calendar.Unpublished {
		t.Errorf("got %s, want unpublished", y.Status)
	}
	for _, d := range append(y.WorkDays, y.Meetings...) {
		if d.Status != planner.StatusTentative {
			t.Errorf("%v: got %s, want tentative", d.On, d.Status)
		}
		if !d.Why.IsZero() && (!strings.Contains(d.Why.ZH, "暂定") || !strings.Contains(d.Why.EN, "provisional")) {
			t.Errorf("%v: got %q, want the mark of a provisional year", d.On, d.Why.ZH)
		}
	}
	if got := y.WorkDays[8]; got.On.String() != "2027-09-16" || !strings.Contains(got.Why.ZH, "中秋节") {
		t.Errorf("got %+v, want 09-15 (Mid-Autumn) postponed to 09-16", got)
	}
	if got := y.Meetings[8].On.String(); got != "2027-09-17" {
		t.Errorf("got the meeting on %s, want 2027-09-17", got)
	}
}

func TestTheThirtyFirstFallsOnTheLastDayOfShortMonths(t *testing.T) {
	y := lay(t, 2026, calendar.Rules{Days: []int{31}, Policy: calendar.Keep})
	if got := y.WorkDays[1].On.String(); got != "2026-02-28" || len(y.Meetings) != 0 {
		t.Errorf("got %s and %d meetings, want 2026-02-28 and none", got, len(y.Meetings))
	}
}

func TestRulesThatMakeNoSenseAreRefusedInWords(t *testing.T) {
	for _, r := range []calendar.Rules{{}, {Days: []int{32}, Policy: calendar.Keep}, {Days: []int{15}}, {Days: []int{15}, Meeting: -1, Policy: calendar.Keep},
		{Days: []int{15}, Meeting: 16, Policy: calendar.Keep, MeetingPolicy: "maybe"}, {Days: []int{15, 15}, Policy: calendar.Keep},
		{Days: []int{15}, Weekdays: []time.Weekday{1}, Policy: calendar.Keep}, {Weekdays: []time.Weekday{9}, Policy: calendar.Keep},
		{Every: 10, Policy: calendar.Keep}, {Every: 1, Anchor: civil.Of(2026, 1, 5), Policy: calendar.Keep},
		{Days: []int{15}, Meeting: 16, MeetingNext: 2, Policy: calendar.Keep}, {Days: []int{15}, Policy: calendar.Keep, Collision: "fight"},
		{Days: []int{15}, Policy: calendar.Keep, From: 600, Until: 540},
		{Days: []int{15}, Policy: calendar.Keep, Festivals: []calendar.Festival{{ID: "christmas", Before: 3}}},
		{Days: []int{15}, Policy: calendar.Keep, Festivals: []calendar.Festival{{ID: calendar.Spring}}}} {
		if _, err := calendar.Lay(2026, r, calendar.Embedded()); planner.KindOf(err) != planner.Invalid {
			t.Errorf("%+v: got %v, want an Invalid error", r, err)
		}
	}
	for _, year := range []int{0, 1901, 2100, 99999} {
		if _, err := calendar.Lay(year, calendar.Yima(), calendar.Embedded()); planner.KindOf(err) != planner.Invalid {
			t.Errorf("%d: got %v, want an Invalid error", year, err)
		}
	}
}
