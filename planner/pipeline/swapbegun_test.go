package pipeline_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// A morning that has begun is a fact: nobody swaps it, gives it in return or is absent from it any more, and what was asked before is not
// approved after. Until it begins the deputy steps in, and if the deputy cannot, whom the planner names.
func TestAReceptionThatHasBegunIsNobodysToSwap(t *testing.T) {
	w := newCalendarTown(t, dbtest.SQLite(t), 1)
	w.lay(2026)
	ctx := t.Context()
	days, who := w.receivers()
	on, later := days[12], days[40]
	at := func(d civil.Date, clock string) { w.now = d.At(civil.MustClock(clock), w.Zone) }
	refused := func(what string, err error, word string) {
		t.Helper()
		if planner.KindOf(err) != planner.Invalid || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: got %v, want a refusal that says %s", what, err, word)
		}
	}
	other := days[slices.IndexFunc(days[14:], func(d civil.Date) bool { return who[d] != who[on] && who[d] != who[later] })+14]
	s, err := w.AskSwap(ctx, as(who[on]), pipeline.SwapWish{On: on, Taker: who[other]})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.AnswerSwap(ctx, as(who[other]), s.ID, "accept"); err != nil {
		t.Fatal(err)
	}
	at(on, "08:30")
	_, err = w.AnswerSwap(ctx, asPlanner, s.ID, "approve")
	refused("approved when it has begun", err, "began")
	_, err = w.AskSwap(ctx, as(who[on]), pipeline.SwapWish{On: on, Absence: true})
	refused("absent when it has begun", err, "began")
	_, err = w.AskSwap(ctx, as(who[later]), pipeline.SwapWish{On: later, Taker: who[on], OtherOn: on})
	refused("given in return when it has begun", err, "began")
	at(on.AddDays(1), "07:00")
	_, err = w.AskSwap(ctx, as(who[later]), pipeline.SwapWish{On: later, Taker: who[on], OtherOn: on})
	refused("given in return a day after", err, "is over")
	_, err = w.AskSwap(ctx, as(who[later]), pipeline.SwapWish{On: later, Taker: who[on], OtherOn: other})
	refused("given in return by somebody else", err, w.cadres[who[other]].Name)

	// the same morning, before it begins
	now := days[slices.IndexFunc(days, func(d civil.Date) bool { return d.After(on.AddDays(1)) })]
	at(now, "08:29")
	var deputy planner.CadreID
	if err := w.DB.Read(ctx, planner.System("test"), func(tx *store.Tx) error {
		ds, err := tx.ReceptionDays(civil.Span{From: now, Until: now.AddDays(1)})
		deputy = ds[0].Deputy
		return err
	}); err != nil {
		t.Fatal(err)
	}
	away := w.cadres[deputy]
	away.Leaves = []planner.Leave{{Span: civil.Span{From: now, Until: now.AddDays(1)}}}
	w.write(func(tx *store.Tx) error { return tx.PutCadres([]planner.Cadre{away}) })
	_, err = w.AskSwap(ctx, as(who[now]), pipeline.SwapWish{On: now, Absence: true})
	refused("the deputy is away", err, "The planner can name another leader")
	s, err = w.AskSwap(ctx, asPlanner, pipeline.SwapWish{On: now, Absence: true, Taker: who[later]})
	if err != nil || s.State != planner.SwapApproved || s.Taker != who[later] {
		t.Fatalf("named by the planner: got %+v, %v", s, err)
	}
	if say, err := w.SaySwap(ctx, asPlanner, s); err != nil || !strings.Contains(say.Done.ZH, w.cadres[who[later]].Name) {
		t.Errorf("said %v, %v", say, err)
	}
	if rep := w.lay(2026); rep.Changed != 0 {
		t.Errorf("laid again: %d changes", rep.Changed)
	}
}

// A head's morning that another leader is to take is said to be one.
func TestAHeadsMorningGivenAwayIsSaidToBeOne(t *testing.T) {
	w := newCalendarTown(t, dbtest.SQLite(t), 1)
	w.lay(2026)
	ctx := t.Context()
	days, who := w.receivers()
	var head civil.Date
	for d, k := range who {
		if w.cadres[k].Head && d.Month == time.June && (head.IsZero() || d.Before(head)) {
			head = d
		}
	}
	for _, c := range []struct {
		on    civil.Date
		taker planner.CadreID
		said  bool
	}{{head, who[days[60]], true}, {days[70], who[days[60]], false}} {
		s, err := w.AskSwap(ctx, asPlanner, pipeline.SwapWish{On: c.on, Taker: c.taker})
		if err != nil {
			t.Fatal(err)
		}
		say, err := w.SaySwap(ctx, asPlanner, s)
		if err != nil || strings.Contains(say.Next.ZH, "由主要负责同志接访") != c.said {
			t.Errorf("%v: said %q, %v", c.on, say.Next.ZH, err)
		}
	}
}

// Who gave a day away cannot come on it, so they are not named as its deputy, whoever took it.
func TestWhoGaveADayAwayIsNotItsDeputy(t *testing.T) {
	w := newCalendarTown(t, dbtest.SQLite(t), 1)
	w.lay(2026)
	ctx := t.Context()
	days, who := w.receivers()
	gave := map[civil.Date]planner.CadreID{}
	for n := 2; n < 40; n += 3 {
		on := days[n]
		s, err := w.AskSwap(ctx, asPlanner, pipeline.SwapWish{On: on, Absence: true})
		if err != nil {
			t.Fatal(err)
		}
		gave[on] = who[on]
		if s.State.Open() {
			if _, err := w.AnswerSwap(ctx, as(s.Taker), s.ID, "accept"); err != nil {
				t.Fatal(err)
			}
			if _, err := w.AnswerSwap(ctx, asPlanner, s.ID, "approve"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.DB.Read(ctx, planner.System("test"), func(tx *store.Tx) error {
		ds, err := tx.ReceptionDays(civil.YearSpan(2026))
		for _, d := range ds {
			if giver, ok := gave[d.On]; ok && (d.Deputy == giver || d.Deputy == "") {
				t.Errorf("%v: %s gave it away, and its deputy is %q", d.On, giver, d.Deputy)
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
