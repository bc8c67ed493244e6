package pipeline_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/sheet"
)

// A notice that was hung up shows a later swap as old → new with a reason that exposes nobody, and on which day it was published.
func TestAPublishedNoticeShowsOldAndNew(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newCalendarTown(t, url, 1)
		w.lay(2026)
		w.today("2026-03-20")
		days, who := w.receivers()
		on := days[slices.IndexFunc(days, func(d civil.Date) bool { return !d.Before(civil.MustDate("2026-04-08")) })]
		giver := who[on]
		month := on.String()[:7]
		v, err := w.PublicNotice(t.Context(), month)
		if err != nil || v.Turn != 0 || !v.Pending || len(v.LateDays) != 0 {
			t.Fatalf("got turn %d, pending %v, late %v, %v; want a draft in time", v.Turn, v.Pending, v.LateDays, err)
		}
		if _, err := w.PublishNotice(t.Context(), as(giver), month, ""); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("a leader publishes: got %v, want Forbidden", err)
		}
		n, err := w.PublishNotice(t.Context(), asPlanner, month, planner.LateDuty)
		if err != nil || n.Turn != 1 || n.Late != "" || len(n.Lines) != len(v.Slots) {
			t.Fatalf("got %+v, %v, want a first turn in time", n, err)
		}
		if _, err := w.PublishNotice(t.Context(), asPlanner, month, ""); planner.KindOf(err) != planner.Conflict {
			t.Errorf("published twice: got %v, want Conflict", err)
		}
		s, err := w.AskSwap(t.Context(), as(giver), pipeline.SwapWish{On: on, Reason: "住院", Absence: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []string{"accept", "approve"} {
			if _, err := w.AnswerSwap(t.Context(), asPlanner, s.ID, step); err != nil {
				t.Fatal(err)
			}
		}
		change := func() (pipeline.PublicNotice, string) {
			v, err := w.PublicNotice(t.Context(), month)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(v.Slots, func(x pipeline.SlotView) bool { return x.On == on })
			return v, v.Slots[i].Change.ZH
		}
		v, say := change()
		old, now := w.cadres[giver].Name, w.cadres[s.Taker].Name
		if want := "原定" + old + "（职务）接访，因工作调整改由" + now + "（职务）接访（待公布）"; say != want || !v.Pending {
			t.Errorf("got %q, pending %v, want %q", say, v.Pending, want)
		}
		w.now = on.AddDays(-1).At(8*60, w.Zone) // a day before: too late for the rule
		if _, err := w.PublishNotice(t.Context(), asPlanner, month, ""); planner.KindOf(err) != planner.Invalid {
			t.Errorf("a day before, without a reason: got %v, want Invalid", err)
		}
		if n, err = w.PublishNotice(t.Context(), asPlanner, month, planner.LateUrgent); err != nil || n.Turn != 2 || n.Late != planner.LateUrgent {
			t.Fatalf("got %+v, %v, want a second turn that says why", n, err)
		}
		v, say = change()
		if !strings.HasSuffix(say, "公布）") || strings.Contains(say, "待公布") || v.Pending || v.Late.ZH != "临时公务" {
			t.Errorf("got %q, pending %v, late %v, want it published with its day and reason", say, v.Pending, v.Late)
		}
		text := w.NoticeText(v, "zh")
		for _, want := range []string{"领导干部接待群众来访日程公示", "接待范围：", "地点：", "形式：定点接访", "预约截止：", "变更及原因：原定" + old, "不足两天的原因：临时公务", w.Office.Name} {
			if !strings.Contains(text, want) {
				t.Errorf("the text for the media has no %q", want)
			}
		}
		var book bytes.Buffer
		if err := sheet.WriteNotice(&book, w.NoticeBook(v)); err != nil || book.Len() == 0 {
			t.Errorf("workbook: %d bytes, %v", book.Len(), err)
		}
		for what, s := range map[string]string{"text": text, "change": say, "late": v.Late.ZH} {
			if strings.Contains(s, "住院") {
				t.Errorf("%s tells why a leader was absent", what)
			}
		}
	})
}

// A month whose days are partly over is summed up in one sentence: runs by first and last, each part with its reason.
func TestTheDaysThatComeTooLateAreSummedUp(t *testing.T) {
	w := newCalendarTown(t, dbtest.SQLite(t), 1)
	w.lay(2026)
	for day, want := range map[string]planner.Text{
		"2026-02-25": {ZH: "2月2日至2月24日共12场已经过去，2月25日、2月26日共2场离今天不足两天", EN: "2 Feb to 24 Feb (12 in all): over already; 25 Feb, 26 Feb (2 in all): less than two days away"},
		"2026-02-01": {ZH: "2月2日共1场离今天不足两天", EN: "2 Feb (1 in all): less than two days away"},
		"2026-01-20": {},
	} {
		w.today(day)
		v, err := w.PublicNotice(t.Context(), "2026-02")
		if err != nil {
			t.Fatal(err)
		}
		if got := w.SayLate(v); got != want {
			t.Errorf("%s: got %q, want %q", day, got, want)
		}
	}
}
