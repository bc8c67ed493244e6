package pipeline_test

import (
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
)

func TestAMeetingDecidesATaskAndTheNextOneSeesItsProgress(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newCalendarTown(t, url, 1)
		w.lay(2026)
		ctx := t.Context()
		first, err := w.Meeting(ctx, asPlanner, "2026-01")
		if err != nil || first.Event.On != civil.MustDate("2026-01-16") {
			t.Fatalf("got %+v, %v", first.Event, err)
		}
		if _, err := w.AddItem(ctx, as("id-L05"), first.Event.ID, planner.Subject{}, "水渠"); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("a leader edits the agenda: got %v", err)
		}
		item, err := w.AddItem(ctx, asPlanner, first.Event.ID, planner.Subject{}, "东区水渠漏水")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.CloseData(ctx, asPlanner, "2026-01"); planner.KindOf(err) != planner.Invalid {
			t.Errorf("data closed ten days early: got %v", err)
		}
		w.today("2026-01-15")
		before, err := w.CloseData(ctx, asPlanner, "2026-01")
		if err != nil || before.VisitsAsked == 0 {
			t.Fatalf("got %+v, %v", before, err)
		}
		w.today("2026-01-16")
		if _, err := w.Decide(ctx, asPlanner, item.ID, pipeline.Decision{Outcome: planner.OutcomeTask}); planner.KindOf(err) != planner.Invalid {
			t.Errorf("an order without owner: got %v", err)
		}
		d := pipeline.Decision{Outcome: planner.OutcomeTask, Words: "两周内修好", Owner: "id-K01", DueOn: civil.MustDate("2026-02-02")}
		item, err = w.Decide(ctx, asPlanner, item.ID, d)
		if err != nil || item.Task == "" {
			t.Fatalf("got %+v, %v", item, err)
		}
		if _, err := w.Decide(ctx, asPlanner, item.ID, d); planner.KindOf(err) != planner.Conflict {
			t.Errorf("decided twice: got %v", err)
		}
		ts, err := w.Tasks(ctx, as("id-K01"))
		if err != nil || len(ts) != 1 || ts[0].Say.ZH != "东区水渠漏水：两周内修好" {
			t.Fatalf("the owner has %+v, %v", ts, err)
		}
		w.today("2026-02-04")
		next, err := w.Meeting(ctx, as("id-L05"), "2026-02")
		if err != nil || len(next.Earlier) != 1 || !next.Earlier[0].Late || next.Earlier[0].State.Terminal() {
			t.Fatalf("the next meeting sees %+v, %v; want the order overdue", next.Earlier, err)
		}
		if err := w.AdvanceTask(ctx, as("id-K01"), item.Task, planner.TaskCompleted, ""); err != nil {
			t.Fatal(err)
		}
		if next, _ = w.Meeting(ctx, asPlanner, "2026-02"); next.Earlier[0].State != planner.TaskCompleted {
			t.Errorf("got %v, want the progress", next.Earlier[0].State)
		}
		again, err := w.Meeting(ctx, asPlanner, "2026-01")
		if err != nil || again.Figures == nil || *again.Figures != before || again.Figures.OpenTasks != 0 {
			t.Errorf("got %+v, %v; want the figures as they stood at the cut-off", again.Figures, err)
		}
		if _, err := w.Meeting(ctx, planner.Principal{Account: "x", Roles: []planner.Role{planner.RoleCadre}, Cadre: "id-K01"}, "2026-02"); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("a cadre reads the agenda: got %v", err)
		}
	})
}

func TestOccasionsAreCheckedDrawnAndCancelled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newCalendarTown(t, url, 1)
		w.lay(2026)
		ctx := t.Context()
		days, who := w.receivers()
		busy := days[20]
		wish := pipeline.OccasionWish{Kind: planner.EventSquare, On: busy, From: civil.MustClock("09:00"), Until: civil.MustClock("11:00"), Leader: who[busy], Place: "人民广场",
			Units: []string{"D1"}, Title: planner.Text{ZH: "供热", EN: "heating"}}
		if _, err := w.SetOccasion(ctx, asPlanner, wish); planner.KindOf(err) != planner.Conflict {
			t.Errorf("on a leader who receives: got %v, want Conflict", err)
		}
		wish.From, wish.Until = civil.MustClock("15:00"), civil.MustClock("17:00")
		if _, err := w.SetOccasion(ctx, as(who[busy]), wish); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("set by a leader: got %v", err)
		}
		square, err := w.SetOccasion(ctx, asPlanner, wish)
		if err != nil {
			t.Fatal(err)
		}
		for name, bad := range map[string]pipeline.OccasionWish{
			"a hearing without subject":       {Kind: planner.EventHearing, On: busy, From: 600, Until: 660, Leader: "id-L09"},
			"a case visit without its matter": {Kind: planner.EventCaseVisit, On: busy, From: 900, Until: 960, Leader: "id-L09", Village: "411281001001"},
			"six representatives":             {Kind: planner.EventJointReception, On: busy, From: 900, Until: 960, Leader: "id-L09", Units: []string{"D1", "D1"}, Representatives: 6},
		} {
			if _, err := w.SetOccasion(ctx, asPlanner, bad); planner.KindOf(err) != planner.Invalid {
				t.Errorf("%s: got %v, want Invalid", name, err)
			}
		}
		spot, err := w.AddItem(ctx, asPlanner, square.ID, planner.Subject{}, "暖气几时来")
		if err != nil {
			t.Fatal(err)
		}
		late, err := w.AddItem(ctx, asPlanner, square.ID, planner.Subject{}, "管道几时换")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Decide(ctx, asPlanner, spot.ID, pipeline.Decision{Outcome: planner.OutcomeOnTheSpot, Words: "11月15日"}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Decide(ctx, asPlanner, late.ID, pipeline.Decision{Outcome: planner.OutcomeTask, Words: "答复", Owner: "id-K02", DueOn: civil.MustDate("2026-03-01")}); err != nil {
			t.Fatal(err)
		}
		list, err := w.Occasions(ctx, asPlanner)
		if err != nil || len(list) != 1 || list[0].OnTheSpot != 1 || list[0].WithDueDay != 1 || len(list[0].UnitNames) != 1 {
			t.Fatalf("got %+v, %v", list, err)
		}
		feedOf := func() string {
			f, err := w.FeedOf(ctx, planner.Principal{}, "public", "")
			if err != nil {
				t.Fatal(err)
			}
			return strings.ReplaceAll(string(f.Body), "\r\n ", "")
		}
		if f := feedOf(); !strings.Contains(f, "SUMMARY:政务广场：供热") || !strings.Contains(f, "UID:"+square.UID) {
			t.Errorf("the public feed lacks the session")
		}
		if rep := w.lay(2026); rep.Changed != 0 {
			t.Errorf("laid again: %d changes, want what was set by hand left alone", rep.Changed)
		}
		if err := w.CancelOccasion(ctx, asPlanner, square.ID); err != nil {
			t.Fatal(err)
		}
		if f := feedOf(); !strings.Contains(f, "SUMMARY:【已取消】政务广场：供热") {
			t.Errorf("the public feed does not say that the session is cancelled")
		}
	})
}

func TestASlotsBriefIsForItsLeaderAlone(t *testing.T) {
	w := newCalendarTown(t, dbtest.SQLite(t), 1)
	w.lay(2026)
	days, who := w.receivers()
	on := days[5]
	b, err := w.SlotBrief(t.Context(), as(who[on]), on)
	if err != nil || b.Leader != w.cadres[who[on]].Name || b.Deputy == "" || b.Deputy == b.Leader || b.From == b.Until {
		t.Errorf("got %+v, %v", b, err)
	}
	other := who[days[9]]
	if other == who[on] {
		other = who[days[10]]
	}
	if _, err := w.SlotBrief(t.Context(), as(other), on); planner.KindOf(err) != planner.Forbidden {
		t.Errorf("another leader reads it: got %v", err)
	}
}
