package calendar_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
)

// noticed reads from the notices themselves, not by way of the house, which days they take off and which weekend days are worked.
func noticed(t *testing.T, years ...int) (off, worked map[string]bool) {
	t.Helper()
	off, worked = map[string]bool{}, map[string]bool{}
	for _, year := range years {
		text, err := os.ReadFile(fmt.Sprintf("holidays/%d.json", year))
		if err != nil {
			t.Fatal(err)
		}
		var notice struct {
			Days []struct {
				Date     string
				IsOffDay bool
			}
		}
		if err := json.Unmarshal(text, &notice); err != nil {
			t.Fatal(err)
		}
		for _, d := range notice.Days {
			if d.IsOffDay {
				off[d.Date] = true
			} else {
				worked[d.Date] = true
			}
		}
	}
	return off, worked
}

// Henan 2024: a leader each workday, and a head on Monday. Where Monday is a holiday or swapped for a weekend day, the head receives on
// the first workday of that week, a worked Saturday or Sunday of it included; a week without a workday has none, which a note says. Each
// year with a notice is counted from the notice alone.
func TestAHeadReceivesOnTheFirstWorkdayOfEachWeek(t *testing.T) {
	moved, empty := 0, 0
	for year := 2019; year <= 2026; year++ {
		off, worked := noticed(t, year-1, year)
		rota, err := calendar.LayRota(t.Context(), calendar.RotaInput{Year: year, Days: calendar.Embedded(), Leaders: bench(35, 2)})
		if err != nil {
			t.Fatal(err)
		}
		at := map[civil.Date]calendar.Slot{}
		for _, s := range rota.Slots {
			at[s.On] = s
		}
		var want, got []civil.Date
		for d, found := civil.Of(year-1, 12, 25), true; d.Year <= year; d = d.AddDays(1) {
			if d.Weekday() == time.Monday {
				found = false
			}
			weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
			works := worked[d.String()] || !weekend && !off[d.String()]
			if works && d.Year == year && at[d].Cadre == "" {
				t.Errorf("%v is a workday on which nobody receives", d)
			}
			if !works && at[d].Cadre != "" {
				t.Errorf("%v is no workday and %s receives", d, at[d].Cadre)
			}
			if works && !found {
				if found = true; d.Year == year {
					want = append(want, d)
				}
			}
			if d.Weekday() == time.Sunday && !found && d.AddDays(-6).Year == year {
				empty++
				monday := d.AddDays(-6).String()
				if !slices.ContainsFunc(rota.Findings, func(f planner.Finding) bool {
					return f.Code == "rota-week-without-head" && strings.Contains(f.Say.EN, monday)
				}) {
					t.Errorf("no note says that no head receives in the week of %s", monday)
				}
			}
		}
		for _, s := range rota.Slots {
			if !s.Head {
				if s.Cadre == "L01" || s.Cadre == "L02" {
					t.Errorf("%v: the head %s receives on a day of the others", s.On, s.Cadre)
				}
				continue
			}
			got = append(got, s.On)
			if s.Cadre != "L01" && s.Cadre != "L02" {
				t.Errorf("%v: %s receives on the heads' day", s.On, s.Cadre)
			}
			monday := s.On.AddDays(-(int(s.On.Weekday()) + 6) % 7)
			if s.Nominal != monday || s.Why.IsZero() != (s.On == monday) {
				t.Errorf("%v belongs to Monday %v, want %v; it says %q", s.On, s.Nominal, monday, s.Why.ZH)
			}
			if s.On != monday {
				moved++
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d: heads receive on\n%v, want\n%v", year, got, want)
		}
	}
	if moved < 25 || empty < 3 {
		t.Errorf("got %d moved Mondays and %d weeks without a workday; the notices have more", moved, empty)
	}
}

// In 2027, whose notice is not out, the law's own holidays move a head's day, marked 暂定; its notice, once read, moves it as it says, to a
// worked Sunday if that is all that the week has.
func TestAHeadsMondayIsProvisionalUntilTheNoticeIsOut(t *testing.T) {
	days := func(w *calendar.Workdays) map[string]calendar.Slot {
		rota, err := calendar.LayRota(t.Context(), calendar.RotaInput{Year: 2027, Days: w, Leaders: bench(35, 2)})
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]calendar.Slot{}
		for _, s := range rota.Slots {
			if s.Head {
				out[s.Nominal.String()] = s
			}
		}
		return out
	}
	law := days(calendar.Embedded())
	for monday, want := range map[string]string{"2027-02-08": "2027-02-09", "2027-04-05": "2027-04-06", "2027-05-03": "2027-05-03"} {
		s := law[monday]
		if s.On.String() != want || s.On.String() != monday && !strings.Contains(s.Why.ZH, "暂定") {
			t.Errorf("by the law alone %s falls on %v (%s), want %s, marked 暂定 if moved", monday, s.On, s.Why.ZH, want)
		}
	}
	notice := calendar.Notice{Year: 2027}
	for _, d := range []struct {
		on  string
		off bool
	}{{"2027-02-05", true}, {"2027-02-06", true}, {"2027-02-07", true}, {"2027-02-08", true}, {"2027-02-09", true}, {"2027-02-10", true}, {"2027-02-11", true}, {"2027-02-12", true}, {"2027-02-14", false},
		{"2027-05-01", true}, {"2027-05-02", true}, {"2027-05-03", true}, {"2027-05-04", true}, {"2027-05-05", true}} {
		notice.Days = append(notice.Days, calendar.NoticeDay{Name: "节日", On: civil.MustDate(d.on), Off: d.off})
	}
	w, err := calendar.NewWorkdays(notice)
	if err != nil {
		t.Fatal(err)
	}
	// of the week of 02-08 the worked Sunday 02-14 alone is left
	said := days(w)
	for monday, want := range map[string]string{"2027-02-08": "2027-02-14", "2027-05-03": "2027-05-06", "2027-04-05": "2027-04-05"} {
		if s := said[monday]; s.On.String() != want || strings.Contains(s.Why.ZH, "暂定") {
			t.Errorf("by the notice %s falls on %v (%s), want %s, not 暂定", monday, s.On, s.Why.ZH, want)
		}
	}
}
