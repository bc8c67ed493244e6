package pipeline_test

import (
	"slices"
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// Before Spring Festival and Mid-Autumn everybody of the plan goes out, and the leaders without village or household too: where, the
// office arranges one by one. Each has it in the calendar, hears of it, and the hall is never left.
func TestLeadersWithoutHouseholdsGoOutBeforeAFestivalToo(t *testing.T) {
	w := newCalendarTown(t, dbtest.SQLite(t), 1)
	w.write(func(tx *store.Tx) error {
		return tx.PutCadres([]planner.Cadre{{ID: "id-N1", Code: "N1", Name: "某N1", Title: "副市长", Unit: "unit", Rank: planner.RankLeader, Active: true},
			{ID: "id-N2", Code: "N2", Name: "某N2", Title: "科员", Unit: "unit", Rank: planner.RankStaff, Active: true}})
	})
	if _, err := w.UsePreset(t.Context(), asPlanner, "yima", []calendar.Festival{{ID: calendar.Spring, Before: 5}, {ID: calendar.MidAutumn, Before: 3}}); err != nil {
		t.Fatal(err)
	}
	w.lay(2026)
	events, _ := w.all()
	spring := events["fst/2026-spring"]
	if spring.On != civil.MustDate("2026-02-10") {
		t.Fatalf("got the county's day on %v, want 2026-02-10, the fifth working day before 2026-02-17", spring.On)
	}
	own := map[planner.CadreID]planner.Event{}
	receives := map[planner.CadreID][]civil.Date{}
	for key, e := range events {
		switch {
		case strings.HasPrefix(key, "fst/2026-spring/"):
			own[e.Cadre] = e
		case e.Kind == planner.EventReception && e.Status != planner.StatusCancelled:
			receives[e.Cadre] = append(receives[e.Cadre], e.On)
		}
	}
	if len(own) != 35+5+1+1 {
		t.Errorf("got %d people who go out, want 36 leaders, 5 of section level and one of staff", len(own))
	}
	if e := own["id-N1"]; e.Status != planner.StatusConfirmed || e.Village != "" {
		t.Errorf("the leader without pairs has %+v, want the day without a village", e)
	}
	if _, ok := own["id-N2"]; ok {
		t.Error("a cadre without pairs has a day of their own, want the county's alone")
	}
	moved := 0
	for id, e := range own {
		if slices.Contains(receives[id], e.On) {
			t.Errorf("%s receives and goes out on %v", id, e.On)
		}
		if e.On != spring.On {
			moved++
			if !strings.Contains(e.Why.ZH, "在接待大厅接访") || !e.On.Before(spring.On) {
				t.Errorf("%s goes on %v for %q, want an earlier day for the hall's sake", id, e.On, e.Why.ZH)
			}
		}
	}
	if moved != 1 {
		t.Errorf("got %d on another day, want the one who receives on %v", moved, spring.On)
	}

	call := pipeline.OccasionWish{Kind: planner.EventFestivalCall, On: own["id-N1"].On, From: civil.MustClock("09:00"), Until: civil.MustClock("11:30"), Leader: "id-N1"}
	if _, err := w.SetOccasion(t.Context(), asPlanner, call); planner.KindOf(err) != planner.Invalid {
		t.Errorf("a call nowhere: got %v, want Invalid", err)
	}
	call.Place = "示例市社会福利院"
	set, err := w.SetOccasion(t.Context(), asPlanner, call)
	if err != nil {
		t.Fatal(err)
	}
	call.From = civil.MustClock("10:00")
	if _, err := w.SetOccasion(t.Context(), asPlanner, call); planner.KindOf(err) != planner.Conflict {
		t.Errorf("two calls at once: got %v, want Conflict", err)
	}
	file, err := w.FeedOf(t.Context(), planner.System("test"), "cadre", "id-N1")
	if err != nil {
		t.Fatal(err)
	}
	body := strings.ReplaceAll(string(file.Body), "\r\n ", "")
	for _, want := range []string{"SUMMARY:节前走访\r\n", "SUMMARY:节前慰问\r\n", "LOCATION:示例市社会福利院", "UID:" + set.UID} {
		if !strings.Contains(body, want) {
			t.Errorf("the leader's calendar lacks %q", want)
		}
	}
	public, err := w.FeedOf(t.Context(), planner.Principal{}, "public", "")
	if err != nil || strings.Contains(string(public.Body), "福利院") {
		t.Errorf("the public calendar names the call (%v)", err)
	}
	sent, err := w.Reminders(t.Context(), asPlanner, spring.On)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range sent {
		if strings.Contains(r.Who, "某N1") && strings.HasPrefix(r.Title.ZH, "节前") {
			got = append(got, r.DueAt.In(w.Zone).Format("01-02 ")+r.Title.ZH)
		}
	}
	if all := strings.Join(got, "; "); !strings.Contains(all, "节前走访：2月10日") || !strings.Contains(all, "节前慰问：2月10日 周二 09:00–11:30") {
		t.Errorf("got %q, want both reminded", all)
	}
	if rep := w.lay(2026); rep.Changed != 0 {
		t.Errorf("laid again: %d changes, want none", rep.Changed)
	}
}
