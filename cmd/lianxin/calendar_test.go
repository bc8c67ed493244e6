package main

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"
)

// days runs `lianxin calendar days` and returns its rows by date.
func (p *program) days(from, until string) map[string][]string {
	p.t.Helper()
	rows, err := csv.NewReader(strings.NewReader(p.run("calendar", "days", "--from", from, "--until", until, "--csv"))).ReadAll()
	if err != nil {
		p.t.Fatal(err)
	}
	if got := strings.Join(rows[0], ","); got != "date,state,year_status,name,lunar_year,lunar_month,lunar_day,leap_month,solar_term" {
		p.t.Fatalf("got the header %s", got)
	}
	out := map[string][]string{}
	for _, r := range rows[1:] {
		out[r[0]] = r
	}
	return out
}

func TestCalendarDaysNeedsNoDatabaseAndKnowsEveryDay(t *testing.T) {
	p := newProgram(t, "")
	all := p.days("1901-03-01", "2099-12-31")
	if len(all) != 72625 {
		t.Errorf("got %d days, want 72625", len(all))
	}
	for _, want := range []string{
		"2026-02-14,workday,official,春节,2025,12,27,0,",
		"2026-02-17,off,official,春节,2026,1,1,0,",
		"2026-05-16,off,official,,2026,3,30,0,",
		"2026-05-15,workday,official,,2026,3,29,0,",
		"2025-07-25,workday,official,,2025,6,1,1,",
		"2027-02-06,off,unpublished,春节,2027,1,1,0,",
		"2027-04-05,off,unpublished,清明节,2027,2,29,0,清明",
		"2027-02-09,unknown,unpublished,,2027,1,4,0,",
		"2027-05-15,unknown,unpublished,,2027,4,10,0,",
		"2028-10-03,off,unpublished,国庆节、中秋节,2028,8,15,0,",
		"2018-12-29,workday,official,元旦,2018,11,23,0,",
		"1901-03-01,unknown,unpublished,,1901,1,11,0,",
		"2099-12-31,unknown,unpublished,,2099,11,20,0,",
	} {
		date, _, _ := strings.Cut(want, ",")
		if got := strings.Join(all[date], ","); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if _, err := os.Stat(p.dir + "/lianxin.db"); !os.IsNotExist(err) {
		t.Errorf("got a database (%v), want none", err)
	}
}

func TestCalendarDaysRefusesInSentences(t *testing.T) {
	p := newProgram(t, "")
	for _, c := range []struct{ from, until, say string }{
		{"1901-02-28", "1901-03-05", "1901-03-01至2099-12-31"}, {"2099-12-31", "2100-01-01", "1901-03-01至2099-12-31"},
		{"2026-02-02", "2026-02-01", "请对调"}, {"tomorrow", "2026-02-01", "不是日期"}, {"2026-02-30", "2026-03-01", "不是日期"},
	} {
		out, errs, code := p.try("calendar", "days", "--from", c.from, "--until", c.until, "--csv")
		if code != 3 || !strings.Contains(errs, c.say) || out != "" {
			t.Errorf("%s to %s: got exit code %d, %q and %q; want 3 and %s", c.from, c.until, code, out, errs, c.say)
		}
	}
	if _, _, code := p.try("calendar", "days", "--csv"); code != 2 {
		t.Errorf("without days: got exit code %d, want 2", code)
	}
}

func TestAPresetIsChosenKeptAndShown(t *testing.T) {
	p := newProgram(t, "", "LIANXIN_SEED=0").start() // a seed would give later runs the IDs of the first
	if out := p.run("calendar", "presets"); !strings.Contains(out, "liling") || !strings.Contains(out, "醴陵2014年") {
		t.Errorf("got %s, want 醴陵 with its source", out)
	}
	p.run("calendar", "--year", "2026", "--preset", "liling")
	out := p.run("calendar", "--year", "2026")
	for _, want := range []string{"2026-02-24", "2026-02-25", "2026-06-22", "2026-06-23"} {
		if !strings.Contains(out, want) {
			t.Errorf("got %s, want %s of 醴陵", out, want)
		}
	}
	if out := p.run("calendar", "--year", "2026", "--preset", "yima", "--festival", "5"); !strings.Contains(out, "2026-02-10") || !strings.Contains(out, "2026-09-20") {
		t.Errorf("got %s, want the festival visits of 02-10 and 09-20", out)
	}
	if out := p.run("calendar", "--year", "2026"); !strings.Contains(out, "2026-02-10") || strings.Contains(out, "2026-06-22") {
		t.Errorf("got %s, want the festival visits kept and 醴陵 gone", out)
	}
	if _, errs, code := p.try("calendar", "--preset", "mars"); code != 3 || !strings.Contains(errs, "tongcheng") {
		t.Errorf("got exit code %d and %q, want 3 and the known presets", code, errs)
	}
}
