package pipeline_test

import (
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
)

// An office that calls its day 帮扶走访日 reads that name everywhere: in the stored event, the year, calendars of cadre, village and
// county, the visits' sheet and the reminders; in one that changes its preset, what was held keeps the name it had.
func TestADayIsCalledAsTheOfficeCallsIt(t *testing.T) {
	w := newCalendarTown(t, dbtest.SQLite(t), 1)
	w.lay(2026) // first as 义马
	w.today("2026-03-02")
	if _, err := w.UsePreset(t.Context(), asPlanner, "mengjin", nil); err != nil {
		t.Fatal(err)
	}
	w.lay(2026)
	events, visits := w.all()
	if e := events["mwd/202601/id-S0001"]; e.Status != planner.StatusConfirmed || !e.Name().IsZero() {
		t.Errorf("got %v called %q, want January's day as it was held", e.Status, e.Name().ZH)
	}
	e := events["mwd/20260304/id-S0001"]
	if e.Name().ZH != "帮扶走访日" || e.On != civil.MustDate("2026-03-04") {
		t.Fatalf("got %q on %v, want 帮扶走访日 on Wednesday the 4th", e.Name().ZH, e.On)
	}
	for _, f := range [][2]string{{"cadre", "id-S0001"}, {"village", "411281001001"}, {"unit", "unit"}, {"county", ""}} {
		file, err := w.FeedOf(t.Context(), planner.System("test"), f[0], f[1])
		if err != nil {
			t.Fatal(err)
		}
		body := strings.ReplaceAll(string(file.Body), "\r\n ", "")
		if !strings.Contains(body, "SUMMARY:帮扶走访日\r\n") {
			t.Errorf("calendar of %s: got no 帮扶走访日", f)
		}
		if f[0] == "village" && !strings.Contains(body, "X-WR-CALNAME:帮扶走访日 · 示例1社区") {
			t.Errorf("the village's calendar is not called by the day's name:\n%s", body[:600])
		}
	}
	year, err := w.Year(t.Context(), asPlanner, 2026)
	if err != nil {
		t.Fatal(err)
	}
	if got := year.Months[2][3].Events; len(got) != 1 || got[0].Title.ZH != "帮扶走访日" || got[0].Title.EN != "Day of help and visits" {
		t.Errorf("got %+v on 4 March, want the office's name", got)
	}
	sheet, err := w.VisitSheetOf(t.Context(), asPlanner, "id-S0001", visits[len(visits)-1].On)
	if err != nil || sheet.Day.ZH != "帮扶走访日" {
		t.Errorf("the sheet of visits is of %q (%v), want the office's name", sheet.Day.ZH, err)
	}
	until := civil.MustDate("2026-03-05")
	sent, err := w.Reminders(t.Context(), asPlanner, until)
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	for _, r := range sent {
		titles = append(titles, r.Title.ZH)
	}
	if all := strings.Join(titles, "\n"); !strings.Contains(all, "帮扶走访日：3月4日 周三") {
		t.Errorf("got the reminders\n%s\nwant them to name the day as the office does", all)
	}
}

// Each preset's names are those of its source; whatever has none goes by the usual ones.
func TestPresetsNameTheirDays(t *testing.T) {
	w := newCalendarTown(t, dbtest.SQLite(t), 1)
	for id, want := range map[string]string{"county-2008": "2026-01-12 各单位接访日 2026-01-15 领导接访日", "liling": "2026-01-20 群众工作日 2026-01-21 群众工作日 2026-01-23 会商交班会",
		"ankang": "2026-01-04 领导接话日 2026-01-12 领导接话日 2026-01-21 领导接话日", "yima": "2026-01-15 群众工作日 2026-01-16 群众工作领导小组会议"} {
		if _, err := w.UsePreset(t.Context(), asPlanner, id, nil); err != nil {
			t.Fatal(err)
		}
		year, err := w.Year(t.Context(), asPlanner, 2026) // never laid: as the rules would
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range year.Months[0] {
			for _, e := range d.Events {
				got = append(got, e.On.String()+" "+e.Title.ZH)
			}
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: got %s, want %s", id, s, want)
		}
	}
	if calendar.Yima().DayName().ZH != "群众工作日" {
		t.Error("义马 has its usual name")
	}
}
