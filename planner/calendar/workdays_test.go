package calendar_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
)

// TestEveryDayFrom2019To2026IsAsHolidayCnSays reads the files afresh, by its own few lines.
func TestEveryDayFrom2019To2026IsAsHolidayCnSays(t *testing.T) {
	off := map[string]bool{} // by day: in a file, and off
	for year := 2019; year <= 2026; year++ {
		b, err := os.ReadFile(fmt.Sprintf("holidays/%d.json", year))
		if err != nil {
			t.Fatal(err)
		}
		var f struct {
			Days []struct {
				Date     string `json:"date"`
				IsOffDay bool   `json:"isOffDay"`
			} `json:"days"`
		}
		if err := json.Unmarshal(b, &f); err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Days {
			off[d.Date] = d.IsOffDay
		}
	}
	w, days := calendar.Embedded(), 0
	for d := civil.Of(2019, 1, 1); d.Year <= 2026; d = d.AddDays(1) {
		want := calendar.Workday
		if isOff, named := off[d.String()]; isOff || !named && d.Weekend() {
			want = calendar.Off
		}
		if got := w.State(d); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
		if got := w.Works(d); got != (want == calendar.Workday) {
			t.Errorf("%v: got works %v, want the state's answer", d, got)
		}
		days++
	}
	if days != 2922 {
		t.Errorf("got %d days, want 2922", days)
	}
}

func TestTheWeekendWorkdaysOf2026(t *testing.T) {
	var got []string
	for d := civil.Of(2026, 1, 1); d.Year == 2026; d = d.AddDays(1) {
		if calendar.Embedded().Makeup(d) {
			got = append(got, d.String())
		}
	}
	want := []string{"2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if n := len(calendar.Embedded().Between(civil.YearSpan(2026))); n != 248 {
		t.Errorf("got %d workdays in 2026, want 248", n)
	}
}

func TestAYearWithoutNoticeKnowsItsStatutoryDaysAndNothingElse(t *testing.T) {
	w := calendar.Embedded()
	statutory2027 := map[string]string{"2027-01-01": "元旦", "2027-02-05": "春节", "2027-02-06": "春节", "2027-02-07": "春节", "2027-02-08": "春节",
		"2027-04-05": "清明节", "2027-05-01": "劳动节", "2027-05-02": "劳动节", "2027-06-09": "端午节", "2027-09-15": "中秋节",
		"2027-10-01": "国庆节", "2027-10-02": "国庆节", "2027-10-03": "国庆节"}
	got := map[string]string{}
	for d := civil.Of(2027, 1, 1); d.Year == 2027; d = d.AddDays(1) {
		if w.State(d) == calendar.Off {
			got[d.String()] = w.Name(d)
		}
	}
	if d := cmp.Diff(statutory2027, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if got := w.Year(2027); got != calendar.Unpublished {
		t.Errorf("2027: got %s, want unpublished", got)
	}
	if got := w.Name(civil.Of(2028, 10, 3)); got != "国庆节、中秋节" {
		t.Errorf("2028-10-03: got %s, want both holidays", got)
	}
}

func TestNoDayOfAnUnpublishedYearIsEverCalledAWorkday(t *testing.T) {
	w := calendar.Embedded()
	rapid.Check(t, func(t *rapid.T) {
		year := rapid.IntRange(2027, 2099).Draw(t, "year")
		d := civil.Of(year, 1, 1).AddDays(rapid.IntRange(0, 364).Draw(t, "day"))
		statutory := d.Month == 1 && d.Day == 1 || d.Month == 5 && d.Day <= 2 || d.Month == 10 && d.Day <= 3 || d.SolarTerm() == "清明"
		if l, ok := civil.Lunar(d); ok && !l.Leap {
			statutory = statutory || l.Month == 1 && l.Day <= 3 || l.Month == 5 && l.Day == 5 || l.Month == 8 && l.Day == 15
		}
		if l, ok := civil.Lunar(d.AddDays(1)); ok && !l.Leap && l.Month == 1 && l.Day == 1 {
			statutory = true // 除夕
		}
		want := calendar.Unknown
		if statutory {
			want = calendar.Off
		}
		if got := w.State(d); got != want {
			t.Fatalf("%v: got %s, want %s", d, got, want)
		}
		if w.Works(d) && (d.Weekend() || statutory) {
			t.Fatalf("%v is presumed worked", d)
		}
	})
}

func TestEachYearWithoutNoticeHasThirteenStatutoryDaysOrFewerWhereTwoMeet(t *testing.T) {
	for year := 2027; year <= 2099; year++ {
		n := 0
		for d := civil.Of(year, 1, 1); d.Year == year; d = d.AddDays(1) {
			if calendar.Embedded().State(d) == calendar.Off {
				n++
				n += strings.Count(calendar.Embedded().Name(d), "、")
			}
		}
		if n != 13 {
			t.Errorf("%d: got %d, want 13", year, n)
		}
	}
}

func TestBeforeTheLawAndBeyondTheLunarTableNothingIsKnown(t *testing.T) {
	w := calendar.Embedded()
	for _, year := range []int{1999, 2017, 2100} {
		if got := w.Year(year); got != calendar.Unpublished {
			t.Errorf("%d: got %s, want unpublished", year, got)
		}
		if got := w.State(civil.Of(year, 10, 1)); got != calendar.Unknown {
			t.Errorf("%d-10-01: got %s, want unknown", year, got)
		}
	}
}

func TestWorkdaysAcrossTheBordersOfYears(t *testing.T) {
	w := calendar.Embedded()
	for _, c := range []struct {
		what, from string
		got        func(civil.Date) civil.Date
		want       string
	}{
		{"the Saturday before New Year 2019 was worked by the notice of 2019", "2018-12-29", w.Next, "2018-12-29"},
		{"New Year's Eve 2018 was off", "2018-12-30", w.Next, "2019-01-02"},
		{"back over the same holiday", "2019-01-01", w.Prev, "2018-12-29"},
		{"New Year's Eve 2022 was a day of the notice of 2023", "2022-12-31", w.Next, "2023-01-03"},
		{"the last workday of 2025", "2026-01-01", w.Prev, "2025-12-31"},
		{"the first workday of 2026 is a Sunday", "2026-01-01", w.Next, "2026-01-04"},
		{"into a provisional year: Monday is presumed", "2027-01-01", w.Next, "2027-01-04"},
		{"out of a provisional year", "2027-01-03", w.Prev, "2026-12-31"},
	} {
		if got := c.got(civil.MustDate(c.from)); got.String() != c.want {
			t.Errorf("%s: got %v, want %s", c.what, got, c.want)
		}
	}
	for _, c := range []struct {
		from string
		n    int
		want string
	}{{"2025-12-31", 1, "2026-01-04"}, {"2026-01-04", -1, "2025-12-31"}, {"2026-12-31", 1, "2027-01-04"}, {"2027-01-04", -2, "2026-12-30"},
		{"2026-02-13", 2, "2026-02-24"}, {"2026-02-24", -2, "2026-02-13"}, {"2026-02-17", 0, "2026-02-17"}, {"2026-01-01", 248, "2026-12-31"}} {
		if got := w.Add(civil.MustDate(c.from), c.n); got.String() != c.want {
			t.Errorf("%s %+d: got %v, want %s", c.from, c.n, got, c.want)
		}
	}
}

func TestTheNextYearsNoticeMakesItOfficialAndMayOrderThisDecember(t *testing.T) {
	file := `{"year": 2027, "papers": ["测试"], "days": [
		{"name": "元旦", "date": "2026-12-27", "isOffDay": false}, {"name": "元旦", "date": "2027-01-01", "isOffDay": true}]}`
	n, err := calendar.ReadNotice(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	w, err := calendar.NewWorkdays(n)
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]calendar.DayState{"2026-12-27": calendar.Workday, "2026-12-26": calendar.Unknown,
		"2027-01-01": calendar.Off, "2027-02-06": calendar.Off, "2027-02-05": calendar.Workday} {
		if got := w.State(civil.MustDate(day)); got != want {
			t.Errorf("%s: got %s, want %s", day, got, want)
		}
	}
	empty, err := calendar.NewWorkdays(calendar.Notice{Year: 2027})
	if err != nil || empty.Year(2027) != calendar.Unpublished {
		t.Errorf("a notice without days: got %s %v, want unpublished", empty.Year(2027), err)
	}
}

func TestABadNoticeIsRefusedInWords(t *testing.T) {
	for name, file := range map[string]string{
		"no JSON":           "节假日",
		"no date":           `{"year": 2027, "days": [{"name": "元旦", "date": "元旦", "isOffDay": true}]}`,
		"another year":      `{"year": 2027, "days": [{"name": "元旦", "date": "2026-01-01", "isOffDay": true}]}`,
		"no name":           `{"year": 2027, "days": [{"date": "2027-01-01", "isOffDay": true}]}`,
		"twice the day":     `{"year": 2027, "days": [{"name":"元旦","date":"2027-01-01"},{"name":"元旦","date":"2027-01-01"}]}`,
		"year out of range": `{"year": 20270, "days": []}`,
	} {
		_, err := calendar.ReadNotice(strings.NewReader(file))
		if planner.KindOf(err) != planner.Invalid {
			t.Errorf("%s: got %v, want an Invalid error", name, err)
		}
	}
}
