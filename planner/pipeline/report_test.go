package pipeline_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// 从走访到简报：一句答应的话怎样成为事项、逾期、提级、办成；一封来信怎样被说“不满意”、提级重办、办结；16日的简报怎样写这些。
func TestFromTheVisitToTheBrief(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newMatterTown(t, url)
		w.at("2026-01-15 18:00")
		var visits []planner.Visit
		w.write(func(tx *store.Tx) error {
			areas, houses := []planner.Area{}, []planner.Household{}
			for i := range 6 {
				village := planner.AreaCode(fmt.Sprintf("41128100100%d", i%3+1))
				if i > 0 && i < 3 {
					areas = append(areas, planner.Area{Code: village, Name: fmt.Sprintf("示例%d村", i+1), Level: planner.LevelVillage, Parent: "411281001"})
				}
				h := planner.HouseholdID(fmt.Sprintf("g%d", i))
				houses = append(houses, planner.Household{ID: h, Code: fmt.Sprintf("01001-g%d", i), Village: village, Head: "某某某", Hours: planner.HoursAny, Consent: planner.ConsentGiven, Active: true})
				visits = append(visits, planner.Visit{ID: planner.VisitID(fmt.Sprintf("v%d", i)), Cadre: "liu", Household: h, On: civil.MustDate("2026-01-15"), Stop: i + 1, Hours: planner.HoursAny, State: planner.VisitPlanned})
			}
			for _, put := range []func() error{func() error { return tx.PutAreas(areas) }, func() error { return tx.PutHouseholds(houses) }, func() error { return tx.PutVisits(visits) }} {
				if err := put(); err != nil {
					return err
				}
			}
			return nil
		})
		// 群众工作日，丁一走了六户，三个村都说路不好走；在第一户答应问公交卡，2月10日前回话。
		var es []planner.Edit
		for i, v := range visits {
			es = append(es, planner.Edit{ID: planner.EditID(fmt.Sprint("a", i)), Visit: v.ID, Field: "outcome", Value: "done", Clock: 1}, planner.Edit{ID: planner.EditID(fmt.Sprint("b", i)), Visit: v.ID, Field: "tick/theme.road", Value: "yes", Clock: 2})
		}
		es = append(es, planner.Edit{ID: "c", Visit: "v0", Field: "promise/1", Value: "errand 2026-02-10 帮问老年公交卡", Clock: 3}, planner.Edit{ID: "d", Visit: "v0", Field: "tick/theme.water", Value: "yes", Clock: 4})
		if got, err := w.RecordVisits(t.Context(), asCadre("liu"), es); err != nil || refusals(got) != nil {
			t.Fatalf("recorded: %v, %v", refusals(got), err)
		}
		const promise = "promise/v0/1"
		// 到期没办：提级，站里知道了；再过几天，办成了。
		w.at("2026-02-11 09:00")
		for _, day := range []string{"2026-02-11 09:00", "2026-02-14 09:00", "2026-02-24 09:00"} {
			w.at(day)
			w.sweep()
		}
		task := w.tasks()[promise]
		if task.Rung == 0 || task.DueOn != civil.MustDate("2026-02-10") {
			t.Errorf("the promise: got %+v, want it overdue and a rung up", task)
		}
		if err := w.AdvanceTask(t.Context(), asCadre("liu"), task.ID, planner.TaskCompleted, ""); err != nil {
			t.Fatal(err)
		}
		// 3月2日收到七封来信；其中一封答复后本人不满意，提级重办，后来满意。
		w.at("2026-03-02 09:00")
		var ids []planner.MatterID
		for range 7 {
			ids = append(ids, w.register(atCounter, letter).Matter)
		}
		for _, id := range ids {
			w.do(atCounter, id, pipeline.MatterDeed{Kind: planner.ActAccept})
			w.do(atCounter, id, pipeline.MatterDeed{Kind: planner.ActAssign, Unit: "room"})
			w.do(asCadre("guan"), id, pipeline.MatterDeed{Kind: planner.ActAnswer, Reason: "已疏通。"})
			w.do(asCadre("guan"), id, pipeline.MatterDeed{Kind: planner.ActClose, Outcome: planner.OutcomeSolved, Reason: "已疏通。", Follower: "zhan"})
		}
		w.at("2026-03-05 09:00")
		for i, id := range ids {
			o := planner.OpinionSatisfied
			if i == 0 {
				o = planner.OpinionUnsatisfied
			}
			w.do(asCadre("zhan"), id, pipeline.MatterDeed{Kind: planner.ActFollow, Opinion: o})
		}
		if v := w.matter(asPlanner, ids[0]); v.State != planner.MatterAssigned || v.Rung != 1 {
			t.Errorf("not satisfied: got %s, rung %d; want it opened again one rung up", v.State, v.Rung)
		}
		w.at("2026-03-12 09:00")
		w.do(asCadre("zhan"), ids[0], pipeline.MatterDeed{Kind: planner.ActAnswer, Reason: "已改道。"})
		w.do(asCadre("zhan"), ids[0], pipeline.MatterDeed{Kind: planner.ActClose, Outcome: planner.OutcomeSolved, Reason: "已改道。", Follower: "ju"})

		// 数据没有截止，没有简报；截止后自动有了，之后不再变。
		if _, err := w.Brief(t.Context(), asPlanner, "2026-03"); planner.KindOf(err) != planner.NotFound || !strings.Contains(sentence(err), "数据截止后自动生成") {
			t.Errorf("before the data are closed: got %v", err)
		}
		w.at("2026-03-16 09:00")
		b, err := w.Brief(t.Context(), asPlanner, "2026-03")
		if err != nil {
			t.Fatal(err)
		}
		if m, c := b.Matters[0].Total, b.Closed[0].Total; m.N != 7 || m.Persons != 7 || c.N != 7 {
			t.Errorf("March: got %+v registered, %+v closed; want 7 and 7", m, c)
		}
		if got := b.Opinions[0]; got.Total.N != 6 || got.Rows[0].N != 0 || !got.Rows[0].Hidden {
			t.Errorf("opinions: got %+v, want six in all and no single one to be told", got)
		}
		before, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		w.register(atCounter, pipeline.MatterWish{Kind: planner.MatterLetter, Area: "411281001001", Title: "迟到的信", ReceivedOn: civil.MustDate("2026-03-10")})
		again, err := w.Brief(t.Context(), asPlanner, "2026-03")
		if after, _ := json.Marshal(again); err != nil || string(after) != string(before) {
			t.Errorf("what came late changed a closed month (%v)", err)
		}
		// 一月的简报：六户走访、路的意见来自三个村，一按成为一件统一排查的事；饮水只有一户提到，不显示。
		jan, err := w.Brief(t.Context(), asPlanner, "2026-01")
		if err != nil {
			t.Fatal(err)
		}
		for _, th := range jan.Themes {
			switch {
			case th.Key == "theme.road" && (th.N != 6 || !th.Common), th.Key == "theme.water" && (!th.Hidden || th.N != 0 || th.Common):
				t.Errorf("theme: got %+v", th)
			}
		}
		due := civil.MustDate("2026-04-15")
		task, err = w.CommonCause(t.Context(), asPlanner, "2026-01", "theme.road", "station", due)
		if err != nil || task.Owner != "zhan" || strings.Contains(task.Say.ZH, "示例") || !strings.Contains(task.Say.ZH, "举一反三") {
			t.Errorf("common cause: got %+v, %v; want one task of the station that names nobody and no village", task, err)
		}
		if _, err := w.CommonCause(t.Context(), asPlanner, "2026-01", "theme.road", "station", due); planner.KindOf(err) != planner.Conflict {
			t.Errorf("pressed again: got %v, want no second task", err)
		}
		if _, err := w.CommonCause(t.Context(), asPlanner, "2026-01", "theme.water", "station", due); planner.KindOf(err) != planner.Invalid {
			t.Errorf("one household's theme: got %v, want it refused", err)
		}
		if _, err := w.Brief(t.Context(), asCadre("liu"), ""); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("a cadre reads the brief: got %v, want it forbidden", err)
		}
		checkStats(t, w)
	})
}

func checkStats(t *testing.T, w *taskTown) {
	t.Helper()
	for _, c := range []struct {
		wish pipeline.StatsWish
		kind planner.Kind
	}{{pipeline.StatsWish{By: "receiver", Area: "411281001"}, planner.Invalid}, {pipeline.StatsWish{By: "area", Area: "411281001001"}, planner.Invalid}, {pipeline.StatsWish{By: "cadre"}, planner.Invalid}} {
		if _, err := w.Stats(t.Context(), asPlanner, c.wish); planner.KindOf(err) != c.kind {
			t.Errorf("%+v: got %v, want it refused", c.wish, err)
		}
	}
	for _, wish := range []pipeline.StatsWish{{By: "receiver"}, {By: "area"}, {By: "month"}, {By: "month", Area: "411281001"}, {By: "area", Area: "411281001"}} {
		st, err := w.Stats(t.Context(), asPlanner, wish)
		if err != nil {
			t.Fatalf("%+v: %v", wish, err)
		}
		// One day more or less asks for the same months or for a whole one more: 1 March and 31 March are one question.
		wish.From, wish.Until = civil.MustDate("2026-01-01"), civil.MustDate("2026-03-01")
		first, err := w.Stats(t.Context(), asPlanner, wish)
		if err != nil {
			t.Fatal(err)
		}
		wish.Until = civil.MustDate("2026-03-31")
		last, _ := w.Stats(t.Context(), asPlanner, wish)
		a, _ := json.Marshal(first)
		b, _ := json.Marshal(last)
		if string(a) != string(b) {
			t.Errorf("%+v: got two answers for one month", wish)
		}
		for _, r := range append(st.Registered.Rows, st.Closed.Rows...) {
			if r.N != 0 && r.N < 5 || r.Persons != 0 && r.Persons < 5 {
				t.Errorf("%+v: shows %+v", wish, r)
			}
		}
		if wish.Area == "" && st.Registered.Total.N != 7 {
			t.Errorf("%+v: got %d registered, want 7", wish, st.Registered.Total.N)
		}
	}
}
