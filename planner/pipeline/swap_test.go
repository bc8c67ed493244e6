package pipeline_test

import (
	"slices"
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

func as(c planner.CadreID) planner.Principal {
	return planner.Principal{Account: planner.AccountID("acc-" + c), Name: string(c), Roles: []planner.Role{planner.RoleLeader}, Cadre: c}
}

// receivers are the leaders on duty by day, the heads left aside.
func (w *calendarTown) receivers() (days []civil.Date, who map[civil.Date]planner.CadreID) {
	w.t.Helper()
	events, _ := w.all()
	who = map[civil.Date]planner.CadreID{}
	for _, e := range events {
		if e.Kind == planner.EventReception && e.Status != planner.StatusCancelled {
			who[e.On] = e.Cadre
			if !w.cadres[e.Cadre].Head {
				days = append(days, e.On)
			}
		}
	}
	slices.SortFunc(days, civil.Date.Compare)
	return days, who
}

func TestASwapGoesByAskAcceptApproveAndStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newCalendarTown(t, url, 2)
		w.lay(2026)
		days, who := w.receivers()
		on := days[60]
		at := slices.IndexFunc(days[63:], func(d civil.Date) bool { return who[d] != who[on] })
		other := days[63+at]
		giver, taker := who[on], who[other]
		ctx := t.Context()
		wish := pipeline.SwapWish{On: on, Taker: taker, OtherOn: other, Reason: "住院"}
		if _, err := w.AskSwap(ctx, as(taker), wish); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("a stranger asks: got %v, want Forbidden", err)
		}
		s, err := w.AskSwap(ctx, as(giver), wish)
		if err != nil {
			t.Fatal(err)
		}
		if told := w.noticesOf(pipeline.RuleReceptionAsked); !slices.Equal(told, []string{string(taker) + " reception-asked"}) {
			t.Errorf("asked: told %v, want the taker", told)
		}
		if say, err := w.SaySwap(ctx, asPlanner, s); err != nil || !strings.Contains(say.Done.ZH, "某"+string(giver)[3:]+"的接访请某"+string(taker)[3:]+"承担，某"+string(giver)[3:]+"换回") ||
			!strings.Contains(say.Next.EN, "swap accept "+string(s.ID)) {
			t.Errorf("asked: said %v, %v", say, err)
		}
		if _, err := w.SaySwap(ctx, as(giver), s); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("a leader reads the office's words: got %v", err)
		}
		if _, err := w.AskSwap(ctx, as(giver), wish); planner.KindOf(err) != planner.Conflict {
			t.Errorf("asked twice: got %v, want Conflict", err)
		}
		if _, err := w.AnswerSwap(ctx, asPlanner, s.ID, "approve"); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("approved before it is accepted: got %v", err)
		}
		list, err := w.Swaps(ctx, as(taker))
		if err != nil || len(list) != 1 || list[0].Why.ZH != "工作调整" || list[0].Reason != "" {
			t.Fatalf("the taker sees %+v, %v; want the reason hidden", list, err)
		}
		if _, err := w.AnswerSwap(ctx, as(taker), s.ID, "accept"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.AnswerSwap(ctx, as(taker), s.ID, "approve"); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("a leader approves: got %v, want Forbidden", err)
		}
		if list, _ := w.Swaps(ctx, asPlanner); len(list) != 1 || list[0].Why.ZH != "住院" {
			t.Errorf("the planner sees %+v, want the reason kept through the taker's step", list)
		}
		before, _ := w.all()
		if s, err = w.AnswerSwap(ctx, asPlanner, s.ID, "approve"); err != nil || s.State != planner.SwapApproved {
			t.Fatalf("got %+v, %v", s, err)
		}
		if say, err := w.SaySwap(ctx, asPlanner, s); err != nil || !strings.Contains(say.Done.ZH, "改为某"+string(taker)[3:]) || !strings.Contains(say.Next.ZH, "都会收到提醒") || strings.Contains(say.Next.ZH, "公示") {
			t.Errorf("approved: said %v, %v", say, err)
		}
		after, _ := w.all()
		oldKey, newKey := "rcp/"+on.String()+"/"+string(giver), "rcp/"+on.String()+"/"+string(taker)
		if o := after[oldKey]; o.Status != planner.StatusCancelled || o.Sequence != before[oldKey].Sequence+1 || o.UID != before[oldKey].UID {
			t.Errorf("the old assignment is %+v", o)
		}
		if n := after[newKey]; n.Status != planner.StatusConfirmed || n.Sequence != 0 || n.UID == before[oldKey].UID {
			t.Errorf("the new assignment is %+v", n)
		}
		_, now := w.receivers()
		if now[on] != taker || now[other] != giver {
			t.Errorf("got %s and %s, want the two exchanged", now[on], now[other])
		}
		told := w.noticesOf(pipeline.RuleReceptionChange)
		if len(told) != 4 {
			t.Errorf("told %v, want both leaders of both days", told)
		}
		if rep := w.lay(2026); rep.Changed != 0 {
			t.Errorf("laid again: %d changes, want the exchange to stay", rep.Changed)
		}
		if _, err := w.AnswerSwap(ctx, asPlanner, s.ID, "refuse"); planner.KindOf(err) != planner.Conflict {
			t.Errorf("refused after approval: got %v, want Conflict", err)
		}
	})
}

// noticesOf are the recipients and templates of a rule's notices, sorted.
func (w *calendarTown) noticesOf(rule string) (told []string) {
	w.t.Helper()
	if err := w.DB.Read(w.t.Context(), planner.System("test"), func(tx *store.Tx) error {
		ns, err := notifier.Notices(w.t.Context(), tx.SQL(), notifier.Filter{Limit: 1000})
		for _, n := range ns {
			if n.Rule == rule {
				told = append(told, n.Recipient+" "+n.Template)
			}
		}
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(told)
	return told
}

func TestAnAbsenceToldLateHasTheDeputyStepIn(t *testing.T) {
	w := newCalendarTown(t, dbtest.SQLite(t), 1)
	w.lay(2026)
	days, who := w.receivers()
	ctx := t.Context()
	deputies := map[civil.Date]planner.CadreID{}
	if err := w.DB.Read(ctx, planner.System("test"), func(tx *store.Tx) error {
		ds, err := tx.ReceptionDays(civil.YearSpan(2026))
		for _, d := range ds {
			deputies[d.On] = d.Deputy
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	early, late := days[40], days[2]
	s, err := w.AskSwap(ctx, as(who[early]), pipeline.SwapWish{On: early, Absence: true})
	if err != nil || s.State != planner.SwapAsked || s.Taker != deputies[early] {
		t.Fatalf("told early: got %+v, %v; want the deputy asked", s, err)
	}
	s, err = w.AskSwap(ctx, as(who[late]), pipeline.SwapWish{On: late, Absence: true})
	if err != nil || s.Kind != planner.SwapDeputy {
		t.Fatalf("told late: got %+v, %v", s, err)
	}
	if _, now := w.receivers(); now[late] != deputies[late] || now[early] != who[early] {
		t.Errorf("got %s and %s, want the deputy on the near day only", now[late], now[early])
	}
	if say, err := w.SaySwap(ctx, asPlanner, s); err != nil || !strings.Contains(say.Done.ZH, "来不及") || !strings.Contains(say.Done.EN, "the deputy") {
		t.Errorf("told late: said %v, %v", say, err)
	}
	open, err := w.Swaps(ctx, asPlanner)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range open {
		if o.State == planner.SwapAsked {
			no, err := w.AnswerSwap(ctx, asPlanner, o.ID, "refuse")
			if err != nil {
				t.Fatal(err)
			}
			if say, err := w.SaySwap(ctx, asPlanner, no); err != nil || !strings.Contains(say.Done.ZH, "没有办成") || !strings.Contains(say.Next.EN, "absent "+early.String()) {
				t.Errorf("refused: said %v, %v", say, err)
			}
		}
	}
	if told := w.noticesOf(pipeline.RuleReceptionAsked); len(told) != 2 || !slices.Contains(told, string(who[early])+" reception-stays") {
		t.Errorf("told %v, want the deputy who was asked and the leader to whom it stays", told)
	}
	v, err := w.Schedule(ctx, "2026-01")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range v.Slots {
		if x.On == late && x.Change.ZH != "原定"+w.cadres[who[late]].Name+"接访，因工作调整改由"+w.cadres[deputies[late]].Name+"接访" {
			t.Errorf("the schedule says %q", x.Change.ZH)
		}
	}
}
