package calendar_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
)

func dayRule(t *testing.T, text string) calendar.DayRule {
	t.Helper()
	r, err := calendar.ParseDayRule(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func on(r calendar.DayRule, from, until string) (days []string) {
	for d := civil.MustDate(from); d.String() <= until; d = d.AddDays(1) {
		if r.Has(d) {
			days = append(days, d.String())
		}
	}
	return days
}

// The dates are those of calendar.md §5.2, worked out with lunar-go: lunar days with day%5 == 3, that is 逢三八.
func TestMarketDaysOfThreeAndEight(t *testing.T) {
	r := dayRule(t, "lunar:3,8")
	want := "[2026-11-11 2026-11-16 2026-11-21 2026-11-26 2026-12-01 2026-12-06 2026-12-11 2026-12-16]"
	if got := fmt.Sprint(on(r, "2026-11-11", "2026-12-16")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for year, want := range map[int]int{2026: 75, 2027: 74, 2028: 74} {
		if got := len(on(r, fmt.Sprint(year, "-01-01"), fmt.Sprint(year, "-12-31"))); got != want {
			t.Errorf("%d: got %d market days, want %d", year, got, want)
		}
	}
	want = "[2027-02-08 2027-02-13]" // libical's RSCALE says 9 and 14
	if got := fmt.Sprint(on(r, "2027-02-06", "2027-02-15")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	both := ""
	for d := civil.MustDate("2026-01-15"); d.Year < 2028; d = d.AddDays(31).MonthStart().AddDays(14) {
		if r.Has(d) {
			both += " " + d.String()[:7]
		}
	}
	if want := " 2026-02 2026-04 2026-08 2027-01 2027-03 2027-11 2027-12"; both != want {
		t.Errorf("got the 15th a market day in%s, want%s", both, want)
	}
}

// With 农历逢三六九 the raw 15th of 2026-05, 08 and 10 is a market day (domain.md §7); the days that 义马 really holds, shifted
// out of weekends and holidays, are other ones.
func TestTheFifteenthOnMarketDaysOfThreeSixNineRawAndShifted(t *testing.T) {
	r := dayRule(t, "lunar:3,6,9")
	var raw, shifted []int
	for _, d := range lay(t, 2026, calendar.Yima()).WorkDays {
		if r.Has(d.Nominal) {
			raw = append(raw, int(d.Month))
		}
		if r.Has(d.On) {
			shifted = append(shifted, int(d.Month))
		}
	}
	if got := fmt.Sprint(raw); got != "[5 8 10]" {
		t.Errorf("raw: got %s, want [5 8 10]", got)
	}
	if got := fmt.Sprint(shifted); got != "[5 10]" {
		t.Errorf("shifted: got %s, want [5 10]", got)
	}
}

func TestRulesHoldOnTheirDays(t *testing.T) {
	for _, c := range []struct{ rule, from, until, want string }{
		{"solar:1,4,7", "2026-01-28", "2026-02-08", "[2026-01-31 2026-02-01 2026-02-04 2026-02-07]"},
		{"solar:10", "2026-01-01", "2026-01-31", "[2026-01-10 2026-01-20 2026-01-30]"},
		{"weekday:3,6", "2026-01-05", "2026-01-11", "[2026-01-07 2026-01-10]"},
		{"weekday:7", "2026-01-05", "2026-01-11", "[2026-01-11]"},
		{"branch:子,午", "2026-06-01", "2026-06-08", "[2026-06-01 2026-06-07]"}, // 06-01 is 丙午
		{"lunar-date:2-2..2-4", "2026-01-01", "2026-12-31", "[2026-03-20 2026-03-21 2026-03-22]"},
		{"lunar-date:12-23..1-1", "2027-01-01", "2027-03-01", "[2027-01-30 2027-01-31 2027-02-01 2027-02-02 2027-02-03 2027-02-04 2027-02-05 2027-02-06]"},
		{"lunar-date:6-6", "2025-01-01", "2025-12-31", "[2025-06-30]"}, // 2025 has a leap sixth month, without a fair of its own
		{"solar-date:6-7..6-10", "2026-06-01", "2026-06-30", "[2026-06-07 2026-06-08 2026-06-09 2026-06-10]"},
		{"solar-date:12-30..1-2", "2026-12-01", "2027-01-31", "[2026-12-30 2026-12-31 2027-01-01 2027-01-02]"},
		{"term:芒种", "2026-01-01", "2026-12-31", "[2026-06-05]"},
		{"term:大雪..小寒", "2026-12-01", "2026-12-10", "[2026-12-07 2026-12-08 2026-12-09 2026-12-10]"},
		{"date:2026-06-07..2026-06-09", "2026-06-01", "2027-06-30", "[2026-06-07 2026-06-08 2026-06-09]"},
	} {
		if got := fmt.Sprint(on(dayRule(t, c.rule), c.from, c.until)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.rule, got, c.want)
		}
	}
	if got := on(dayRule(t, "term:芒种..夏至"), "2026-01-01", "2026-12-31"); len(got) != 17 || got[0] != "2026-06-05" || got[16] != "2026-06-21" {
		t.Errorf("got %v, want 芒种 to 夏至", got)
	}
}

func TestARuleSaysItselfInWords(t *testing.T) {
	for rule, want := range map[string]string{
		"lunar:3,6,9": "农历逢三、六、九", "solar:10,5": "公历逢五、十", "weekday:3,6": "每周三、六", "branch:子,午": "逢子、午日",
		"lunar-date:2-2..2-4": "农历二月初二至二月初四", "solar-date:6-7": "每年6月7日", "term:芒种..夏至": "芒种至夏至", "date:2026-06-07": "2026-06-07",
	} {
		if got := dayRule(t, rule).Say(); got.ZH != want || got.EN == "" {
			t.Errorf("%s: got %+v, want %s", rule, got, want)
		}
	}
}

func TestARuleThatMakesNoSenseIsRefusedAndNamed(t *testing.T) {
	for _, rule := range []string{"", "lunar", "lunar:", "lunar:11", "lunar:x", "weekday:0", "weekday:8", "branch:猫", "moon:3", "term:立志", "date:2026-02-31",
		"date:2026-02-03..2026-02-01", "solar-date:2-30", "lunar-date:13-1", "lunar:003"} {
		_, err := calendar.ParseDayRule(rule)
		if planner.KindOf(err) != planner.Invalid || !strings.Contains(err.Error(), "write lunar:3,6,9") {
			t.Errorf("%q: got %v, want an Invalid error with examples", rule, err)
		}
	}
}

func TestARuleAsStoredMeansTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]string{"lunar", "solar", "weekday"}).Draw(t, "kind")
		digits := rapid.SliceOfNDistinct(rapid.IntRange(1, 7), 1, 4, rapid.ID[int]).Draw(t, "digits")
		text := kind + "： " + strings.ReplaceAll(strings.Trim(fmt.Sprint(digits), "[]"), " ", "、")
		a, err := calendar.ParseDayRule(text)
		if err != nil {
			t.Fatal(err)
		}
		b, err := calendar.ParseDayRule(a.Text())
		if err != nil || a != b {
			t.Fatalf("got %v %v, want the rule of %q", b, err, text)
		}
	})
}
