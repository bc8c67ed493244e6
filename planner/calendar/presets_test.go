package calendar_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
)

func preset(t *testing.T, id string) calendar.Rules {
	t.Helper()
	p, err := calendar.PresetOf(id)
	if err != nil {
		t.Fatal(err)
	}
	return p.Rules
}

// held writes the days of a month that are held.
func held(ds []calendar.Day, m time.Month) string {
	var out []string
	for _, d := range ds {
		if d.Month == m && !d.Skipped {
			out = append(out, d.On.String()[5:])
		}
	}
	return strings.Join(out, " ")
}

// The notice of 桐城 for February 2021 (domain.md §2.2): nothing from 11 to 17, Spring Festival.
func TestTongchengReceivesAsItsNoticeOf2021Says(t *testing.T) {
	r := preset(t, "tongcheng")
	y := lay(t, 2021, r)
	if got := held(y.Receptions, time.February); got != "02-02 02-04 02-09 02-18 02-23 02-25" {
		t.Errorf("got %s", got)
	}
	if from, until := r.Hours(); from.String() != "08:00" || until.String() != "11:00" || len(y.WorkDays) != 0 {
		t.Errorf("got %v to %v and %d mass-work-days, want 8 to 11 and none", from, until, len(y.WorkDays))
	}
}

func TestEveryPresetLaysEachYearInOrderOnWorkdays(t *testing.T) {
	w := calendar.Embedded()
	for _, p := range calendar.Presets() {
		if p.Say.ZH == "" || p.Say.EN == "" || p.Source.ZH == "" || p.Source.EN == "" {
			t.Errorf("%s: got no words or no source", p.ID)
		}
		for year := 2019; year <= 2030; year++ {
			y := lay(t, year, p.Rules)
			seen := map[string]bool{}
			for _, list := range [][]calendar.Day{y.WorkDays, y.Receptions, y.Meetings, y.Festivals} {
				for _, d := range list {
					if !d.Skipped && !w.Works(d.On) {
						t.Errorf("%s: %v is no workday", p.ID, d.On)
					}
					if d.Skipped != d.On.IsZero() || d.On != d.Nominal && d.Why.IsZero() {
						t.Errorf("%s: got %+v, want a day or a reason", p.ID, d)
					}
				}
			}
			main := y.WorkDays
			if p.Rules.Hall {
				main = y.Receptions
			}
			var last civil.Date
			for _, d := range main {
				if strings.HasSuffix(d.Stem, "-units") {
					continue
				}
				if seen[d.Stem] {
					t.Errorf("%s: two days are called %s", p.ID, d.Stem)
				}
				seen[d.Stem] = true
				if d.Skipped {
					continue
				}
				if !d.On.After(last) {
					t.Errorf("%s: %v follows %v", p.ID, d.On, last)
				}
				last = d.On
			}
		}
	}
}

func TestTheDaysOfThePresetsIn2026(t *testing.T) {
	for _, c := range []struct {
		id    string
		month time.Month
		want  string
	}{
		{"liling", 6, "06-22 06-23"},        // 20 and 21 are a weekend: both are postponed, one after the other
		{"liling", 2, "02-24 02-25"},        // in the Spring Festival
		{"liling", 4, "04-20 04-21"},        //
		{"mengjin", 2, "02-04 02-11 02-25"}, // 02-18 is Spring Festival
		{"shouchang", 1, "01-07 01-14 01-21 01-28"},
		{"yanma", 5, "05-12 05-19 05-26"},        // 05-05 is the Labour Day holiday
		{"ankang", 2, "02-02 02-11 02-24"},       // Sunday 1, Saturday 21 in the holiday
		{"county-2008", 2, "02-10 02-24"},        // units' own day and the leaders'
		{"township-10", 1, "01-05 01-15 01-26"},  // 25 is a Sunday
		{"township-15", 1, "01-05 01-20"},        //
		{"township-10", 10, "10-08 10-12 10-22"}, // 10-02 lies in the National Day holiday
	} {
		y := lay(t, 2026, preset(t, c.id))
		list := append(append([]calendar.Day{}, y.WorkDays...), y.Receptions...)
		got := strings.Fields(held(list, c.month))
		if c.id == "county-2008" { // two lists in one
			got = []string{got[1], got[0]}
			if got[0] > got[1] {
				got[0], got[1] = got[1], got[0]
			}
		}
		if d := cmp.Diff(strings.Fields(c.want), got); d != "" {
			t.Errorf("%s in %v (-want +got)\n%s", c.id, c.month, d)
		}
	}
}

func TestTheMeetingOfLilingIsHeldWithinTheMonthAfterBothDays(t *testing.T) {
	for year := 2019; year <= 2027; year++ {
		y := lay(t, year, preset(t, "liling"))
		if len(y.Meetings) != 12 || len(y.WorkDays) != 24 {
			t.Fatalf("%d: got %d meetings and %d days, want 12 and 24", year, len(y.Meetings), len(y.WorkDays))
		}
		for i, m := range y.Meetings {
			if last := y.WorkDays[2*i+1]; !m.On.After(last.On) || m.On.Month != last.Month {
				t.Errorf("%d-%d: got the meeting on %v after %v", year, i+1, m.On, last.On)
			}
		}
	}
}

func TestEachCollisionPolicyForFebruary2026(t *testing.T) {
	for policy, want := range map[calendar.CollisionPolicy]string{calendar.CollideAfter: "2026-02-25", calendar.CollideTogether: "2026-02-24",
		calendar.CollideSkip: "", calendar.CollideIgnore: "2026-02-24"} {
		r := calendar.Yima()
		r.Collision = policy
		y := lay(t, 2026, r)
		if got := y.Meetings[1]; got.On.String() != want || got.Skipped != (want == "") {
			t.Errorf("%s: got %+v, want %s", policy, got, want)
		}
		if found := len(y.Collisions); (found == 4) == (policy == calendar.CollideIgnore) {
			t.Errorf("%s: got %d collisions", policy, found)
		}
	}
}

func TestFestivalVisitsComeSoManyWorkdaysBefore(t *testing.T) {
	r := calendar.Yima()
	r.Festivals = []calendar.Festival{{ID: calendar.Spring, Before: 5}, {ID: calendar.MidAutumn, Before: 3}}
	for year, want := range map[int]string{
		2026: "2026-02-10 2026-09-22", // before 02-17: 14 (worked Saturday), 13, 12, 11, 10; before 09-25: 24, 23, 22
		2027: "2027-01-29 2027-09-10",
	} {
		y := lay(t, year, r)
		if got := y.Festivals[0].On.String() + " " + y.Festivals[1].On.String(); got != want {
			t.Errorf("%d: got %s, want %s", year, got, want)
		}
		if tentative := y.Festivals[0].Status == planner.StatusTentative; tentative != (year == 2027) {
			t.Errorf("%d: got %s", year, y.Festivals[0].Status)
		}
	}
}

func TestAnUnknownPresetNamesTheKnownOnes(t *testing.T) {
	_, err := calendar.PresetOf("mars")
	if planner.KindOf(err) != planner.NotFound || !strings.Contains(err.Error(), "liling") {
		t.Errorf("got %v", err)
	}
}
