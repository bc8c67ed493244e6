package followup_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
)

var update = flag.Bool("update", false, "write testdata/deadlines.csv anew, by the reckoning in this file")

const deadlineTable = "testdata/deadlines.csv"

func openDays(d civil.Date) (works, known bool) {
	w := calendar.Embedded()
	return w.Works(d), w.State(d) != calendar.Unknown
}

// The reckoning below is a jurist's with a wall calendar: Julian day numbers, a list of open days read straight from the notices, and
// the statute's numbers typed in again. It shares nothing with the code under test.

// jdn is the Julian day number of a Gregorian date (Fliegel and Van Flandern 1968).
func jdn(y, m, d int) int {
	a := (m - 14) / 12
	return 1461*(y+4800+a)/4 + 367*(m-2-12*a)/12 - 3*((y+4900+a)/100)/4 + d - 32075
}

// dateOf is its inverse, as text.
func dateOf(n int) string {
	l := n + 68569
	c := 4 * l / 146097
	l -= (146097*c + 3) / 4
	i := 4000 * (l + 1) / 1461001
	l += 31 - 1461*i/4
	j := 80 * l / 2447
	return fmt.Sprintf("%04d-%02d-%02d", 100*(c-49)+i+j/11, j+2-12*(j/11), l-2447*j/80)
}

func dayNumber(s string) int {
	var y, m, d int
	if s == "" {
		return 0
	}
	if _, err := fmt.Sscanf(s, "%d-%d-%d", &y, &m, &d); err != nil {
		panic(err)
	}
	return jdn(y, m, d)
}

// wall is the wall calendar: open days in order, and the first day that no notice covers.
type wall struct {
	open    []int
	unknown func(n int) bool
}

func newWall(t *testing.T) wall {
	t.Helper()
	files, err := filepath.Glob("../calendar/holidays/2*.json")
	if err != nil || len(files) < 9 {
		t.Fatalf("got %d notices (%v)", len(files), err)
	}
	off := map[string]bool{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var notice struct {
			Days []struct {
				Date     string
				IsOffDay bool
			}
		}
		if err := json.Unmarshal(b, &notice); err != nil {
			t.Fatal(err)
		}
		for _, d := range notice.Days {
			off[d.Date] = d.IsOffDay
		}
	}
	for _, d := range []string{"2027-01-01", "2027-02-05", "2027-02-06", "2027-02-07", "2027-02-08", "2027-04-05", "2027-05-01", "2027-05-02", "2027-06-09"} {
		off[d] = true // 全国年节及纪念日放假办法, which no notice can take back
	}
	w := wall{unknown: func(n int) bool { _, said := off[dateOf(n)]; return n >= jdn(2027, 1, 1) && !said }}
	for n := jdn(2022, 5, 1); n < jdn(2027, 12, 31); n++ {
		closed, said := off[dateOf(n)]
		if weekend := n%7 >= 5; said && !closed || !said && !weekend { // JDN 0 was a Monday
			w.open = append(w.open, n)
		}
	}
	return w
}

// after is the n-th open day after a day; since is whether a day between them is not known for sure.
func (w wall) after(day, n int) (due int, unsure bool) {
	i, found := slices.BinarySearch(w.open, day)
	if found {
		i++
	}
	due = w.open[i+n-1]
	for d := day + 1; d <= due; d++ {
		unsure = unsure || w.unknown(d)
	}
	return due, unsure
}

type statute struct {
	days    int
	article string
}

var statutes = map[string]map[string]statute{
	"national-2022": {"transfer": {15, "第二十二条"}, "notify": {15, "第二十三条"}, "object": {5, "第二十三条"}, "answer": {60, "第三十四条"}, "extend": {90, "第三十四条"},
		"review-ask": {30, "第三十五条"}, "review": {30, "第三十五条"}, "recheck-ask": {30, "第三十六条"}, "recheck": {30, "第三十六条"}},
	"henan-2012": {"transfer": {5, "转送条款"}, "notify": {5, "转送条款"}, "object": {5, "退回条款"}, "answer": {30, "直接办理条款"}, "extend": {90, "直接办理条款"},
		"review-ask": {30, "复查条款"}, "review": {30, "复查条款"}, "recheck-ask": {30, "第三十六条"}, "recheck": {30, "第三十六条"}},
}

// byHand reckons one row: the due day, the article, and whether it is provisional.
func (w wall) byHand(r []string) (due, article string, unsure bool) {
	received, accepted, answered, rules, step := dayNumber(r[0]), dayNumber(r[1]), dayNumber(r[2]), r[3], r[4]
	s := statutes[rules][step]
	roll := func(n int) int {
		if r[8] != "next_workday" {
			return n
		}
		to, _ := slices.BinarySearch(w.open, n)
		for d := n; d <= w.open[to]; d++ {
			unsure = unsure || w.unknown(d)
		}
		return w.open[to]
	}
	var n int
	switch step {
	case "transfer", "notify":
		n = received + s.days
	case "object":
		n = received + 5
		if rules == "national-2022" {
			n, unsure = w.after(received, 5)
		}
	case "answer", "extend":
		n = accepted + s.days
		if r[5] != "" {
			n = accepted + 90
		}
	case "review-ask", "recheck-ask":
		n = answered + 30
	case "review", "recheck":
		asked := received
		if asked == 0 || asked < answered {
			asked = roll(answered + 30)
		}
		n = asked + 30
		if step == "recheck" && r[6] != "" { // push the end out until the days of hearing before it are all made up for
			for from, until := dayNumber(r[6]), dayNumber(r[7]); ; {
				lost := max(0, min(until, n)-max(from, asked+1)+1)
				if asked+30+lost == n {
					break
				}
				n = asked + 30 + lost
			}
		}
	}
	return dateOf(roll(n)), s.article, unsure
}

// tableOfCases crosses accept dates, rules, steps, extension, hearing and rolling.
func tableOfCases() (rows [][]string) {
	i := 0
	for _, day := range []string{"2024-01-31", "2025-01-20", "2025-12-31", "2026-01-05", "2026-02-13", "2026-03-02", "2026-04-03", "2026-07-31", "2026-09-17", "2026-09-30", "2026-12-25"} {
		n := dayNumber(day)
		for _, rules := range []string{"national-2022", "henan-2012"} {
			add := func(received, accepted, answered, step, extended, from, until string) {
				roll := []string{"none", "next_workday"}
				i++
				rows = append(rows, []string{received, accepted, answered, rules, step, extended, from, until, roll[i%2]})
			}
			for _, step := range []string{"transfer", "notify", "object"} {
				add(day, "", "", step, "", "", "")
			}
			for range 2 { // both ways of rolling
				add(day, day, "", "answer", "", "", "")
			}
			add(dateOf(n-9), day, "", "answer", dateOf(n+25), "", "")
			add("", day, "", "extend", dateOf(n+25), "", "")
			add("", day, "", "extend", "", "", "")
			add("", day, "", "answer", "", dateOf(n+10), dateOf(n+14)) // a hearing does not stop this clock
			add("", "", day, "review-ask", "", "", "")
			add(dateOf(n+12), "", day, "review", "", "", "")
			add("", "", day, "review", "", "", "")
			add(day, "", "", "review", "", dateOf(n+3), dateOf(n+5)) // nor this
			add("", "", day, "recheck-ask", "", "", "")
			add(day, "", "", "recheck", "", "", "")
			add(day, "", "", "recheck", "", dateOf(n+10), dateOf(n+14))
			add(day, "", "", "recheck", "", dateOf(n-2), dateOf(n+3))
			add(day, "", "", "recheck", "", dateOf(n+30), dateOf(n+30))
			add(day, "", "", "recheck", "", dateOf(n+31), dateOf(n+40)) // too late to matter
			add("", "", day, "recheck", "", dateOf(n+50), dateOf(n+66))
		}
	}
	return rows
}

var tableHeader = []string{"received_on", "accepted_on", "answered_on", "rules", "step", "extended_on", "hearing_from", "hearing_until", "roll", "due_on", "article"}

func TestATableOfDeadlinesAgreesWithAReckoningByHand(t *testing.T) {
	w := newWall(t)
	if *update {
		var b bytes.Buffer
		out := csv.NewWriter(&b)
		rows := [][]string{tableHeader}
		for _, r := range tableOfCases() {
			due, article, _ := w.byHand(r)
			rows = append(rows, append(r, due, article))
		}
		if err := out.WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(deadlineTable, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Open(deadlineTable)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(rows[0], tableHeader) {
		t.Fatalf("got the header %v", rows[0])
	}
	rows = rows[1:]
	if len(rows) < 200 {
		t.Fatalf("got %d cases, want at least 200", len(rows))
	}
	seen := map[string]int{}
	for i, r := range rows {
		due, article, unsure := w.byHand(r)
		if due != r[9] || article != r[10] {
			t.Errorf("row %d %v: the reckoning by hand gives %s %s", i+2, r, due, article)
		}
		rules, err := followup.FindRules(followup.RulesID(r[3]))
		if err != nil {
			t.Fatal(err)
		}
		date := func(s string) civil.Date {
			d, err := civil.ParseDate(s)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		got, err := rules.Of(followup.Step(r[4]), followup.Case{ReceivedOn: date(r[0]), AcceptedOn: date(r[1]), AnsweredOn: date(r[2]), ExtendedOn: date(r[5]),
			HearingFrom: date(r[6]), HearingUntil: date(r[7]), Roll: followup.Roll(r[8])}, openDays)
		if err != nil {
			t.Errorf("row %d %v: %v", i+2, r, err)
			continue
		}
		if got.DueOn.String() != r[9] || !strings.Contains(got.Article.ZH, r[10]) || got.Provisional != unsure {
			t.Errorf("row %d %v: got %s %s, provisional %v; want provisional %v", i+2, r, got.DueOn, got.Article.ZH, got.Provisional, unsure)
		}
		if cite := got.Cite().ZH; strings.Contains(cite, "暂定") != unsure || strings.Contains(cite, "听证") != (got.Paused > 0) || strings.Contains(cite, "顺延") != (got.DueOn != got.NominalOn) {
			t.Errorf("row %d: the citation %s does not say what decided the day", i+2, cite)
		}
		if works, _ := openDays(got.ActOn); !works || got.ActOn.After(got.DueOn) || got.ActOn.After(got.NominalOn) {
			t.Errorf("row %d: to be done by %s, want a working day up to %s", i+2, got.ActOn, got.NominalOn)
		}
		for name, hit := range map[string]bool{"paused": got.Paused > 0, "rolled": got.DueOn != got.NominalOn, "provisional": unsure, "extended": r[5] != "", "assumed": !got.AskedOn.IsZero()} {
			if hit {
				seen[name]++
			}
		}
	}
	for _, name := range []string{"paused", "rolled", "provisional", "extended", "assumed"} {
		if seen[name] < 10 {
			t.Errorf("got %d cases that are %s, want at least 10", seen[name], name)
		}
	}
	t.Logf("%d cases: %v", len(rows), seen)
}

func TestDeadlinesThatWereReadOffACalendar(t *testing.T) {
	national, _ := followup.FindRules(followup.National2022)
	henan, _ := followup.FindRules(followup.Henan2012)
	d := civil.MustDate
	for _, c := range []struct {
		says  string
		rules followup.Rules
		step  followup.Step
		on    followup.Case
		want  string
	}{
		{"received on 2 March 2026: passed on by the 17th", national, followup.StepTransfer, followup.Case{ReceivedOn: d("2026-03-02")}, "2026-03-17"},
		{"accepted on 2 March: answered by Labour Day", national, followup.StepAnswer, followup.Case{AcceptedOn: d("2026-03-02")}, "2026-05-01"},
		{"rolled over Labour Day's holiday", national, followup.StepAnswer, followup.Case{AcceptedOn: d("2026-03-02"), Roll: followup.RollNext}, "2026-05-06"},
		{"extended: 31 May, a Sunday", national, followup.StepAnswer, followup.Case{AcceptedOn: d("2026-03-02"), ExtendedOn: d("2026-04-20")}, "2026-05-31"},
		{"extended and rolled: Monday", national, followup.StepAnswer, followup.Case{AcceptedOn: d("2026-03-02"), ExtendedOn: d("2026-04-20"), Roll: followup.RollNext}, "2026-06-01"},
		{"before the Spring Festival: the Saturday is worked, nine days are not", national, followup.StepObject, followup.Case{ReceivedOn: d("2026-02-13")}, "2026-02-27"},
		{"Henan 2012: five days to return it", henan, followup.StepObject, followup.Case{ReceivedOn: d("2026-02-13")}, "2026-02-18"},
		{"Henan 2012: thirty days", henan, followup.StepAnswer, followup.Case{AcceptedOn: d("2026-03-02")}, "2026-04-01"},
		{"Henan 2012: ninety at the most", henan, followup.StepExtend, followup.Case{AcceptedOn: d("2026-03-02")}, "2026-05-31"},
		{"three days of hearing in a recheck", national, followup.StepRecheck, followup.Case{ReceivedOn: d("2026-06-01"), HearingFrom: d("2026-06-10"), HearingUntil: d("2026-06-12")}, "2026-07-04"},
	} {
		got, err := c.rules.Of(c.step, c.on, openDays)
		if err != nil || got.DueOn.String() != c.want {
			t.Errorf("%s: got %s (%v), want %s", c.says, got.DueOn, err, c.want)
		}
	}
	// The longest way, each step on its last day: 15+60+30+30+30+30+30 = 225.
	at := d("2026-03-02")
	start := at
	for _, step := range []followup.Step{followup.StepNotify, followup.StepExtend, followup.StepReviewAsk, followup.StepReview, followup.StepRecheckAsk, followup.StepRecheck} {
		got, err := national.Of(step, followup.Case{ReceivedOn: at, AcceptedOn: at, AnsweredOn: at}, openDays)
		if err != nil {
			t.Fatal(err)
		}
		at = got.DueOn
	}
	if got := at.Sub(start); got != 225 {
		t.Errorf("the longest way takes %d days, want 225", got)
	}
}

func TestACaseThatCannotBeReckonedSaysWhy(t *testing.T) {
	national, _ := followup.FindRules(followup.National2022)
	d := civil.MustDate
	for _, c := range []struct {
		step   followup.Step
		on     followup.Case
		column string
	}{
		{"settle", followup.Case{}, "step"},
		{followup.StepTransfer, followup.Case{AcceptedOn: d("2026-03-02")}, "received_on"},
		{followup.StepAnswer, followup.Case{ReceivedOn: d("2026-03-02")}, "accepted_on"},
		{followup.StepReviewAsk, followup.Case{}, "answered_on"},
		{followup.StepReview, followup.Case{}, "received_on"},
		{followup.StepTransfer, followup.Case{ReceivedOn: d("2022-04-30")}, "rules"},
		{followup.StepAnswer, followup.Case{ReceivedOn: d("2026-03-03"), AcceptedOn: d("2026-03-02")}, "accepted_on"},
		{followup.StepAnswer, followup.Case{AcceptedOn: d("2026-03-02"), ExtendedOn: d("2026-05-02")}, "extended_on"},
		{followup.StepAnswer, followup.Case{AcceptedOn: d("2026-03-02"), ExtendedOn: d("2026-03-01")}, "extended_on"},
		{followup.StepRecheck, followup.Case{ReceivedOn: d("2026-03-02"), HearingFrom: d("2026-03-10")}, "hearing_until"},
		{followup.StepRecheck, followup.Case{ReceivedOn: d("2026-03-02"), HearingFrom: d("2026-03-10"), HearingUntil: d("2026-03-09")}, "hearing_until"},
		{followup.StepTransfer, followup.Case{ReceivedOn: d("2026-03-02"), Roll: "forward"}, "roll"},
	} {
		_, err := national.Of(c.step, c.on, openDays)
		e, ok := errors.AsType[*planner.Error](err)
		if !ok || e.Kind != planner.Invalid || e.Where != c.column || e.Say.ZH == "" || e.Say.EN == "" {
			t.Errorf("%s %+v: got %v, want an invalid %s in both languages", c.step, c.on, err, c.column)
		}
	}
}

func TestRulesAreChosenByPlaceAndDay(t *testing.T) {
	names := func(area planner.AreaCode, on string) (s []string) {
		for _, r := range followup.RulesIn(area, civil.MustDate(on)) {
			s = append(s, string(r.ID))
		}
		return s
	}
	for _, c := range []struct {
		area planner.AreaCode
		on   string
		want []string
	}{{"411281", "2026-03-02", []string{"national-2022", "henan-2012"}}, {"130281", "2026-03-02", []string{"national-2022"}}, {"411281", "2021-03-02", []string{"henan-2012"}}} {
		if got := names(c.area, c.on); !slices.Equal(got, c.want) {
			t.Errorf("%s on %s: got %v, want %v", c.area, c.on, got, c.want)
		}
	}
}

func TestTheLightTurnsAmberFiveWorkingDaysBeforeAndRedTheDayAfter(t *testing.T) {
	national, _ := followup.FindRules(followup.National2022)
	due, err := national.Of(followup.StepAnswer, followup.Case{AcceptedOn: civil.MustDate("2026-03-02")}, openDays) // 05-01; last working day 04-30
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]followup.Light{"2026-04-22": followup.LightGreen, "2026-04-23": followup.LightAmber, "2026-05-01": followup.LightAmber, "2026-05-02": followup.LightRed} {
		if got := due.LightOn(civil.MustDate(day), calendar.Embedded().Add); got != want {
			t.Errorf("%s: got %s, want %s", day, got, want)
		}
	}
	if !followup.RatingOpen(civil.MustDate("2026-05-01"), civil.MustDate("2026-05-31")) || followup.RatingOpen(civil.MustDate("2026-05-01"), civil.MustDate("2026-06-01")) {
		t.Error("a matter may be rated within 30 days of its answer, and not after")
	}
}
