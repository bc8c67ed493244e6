package pipeline_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// visitTown is a laid year on its first mass-work-day, and the first cadre with visits on it.
type visitTown struct {
	*calendarTown
	who planner.CadreID
	n   int
}

func newVisitTown(t *testing.T, url string) *visitTown {
	w := &visitTown{calendarTown: newCalendarTown(t, url, 3)}
	w.lay(2026)
	w.today("2026-01-15")
	_, visits := w.all()
	for _, v := range visits {
		if v.On == civil.MustDate("2026-01-15") {
			w.who = v.Cadre
			break
		}
	}
	return w
}

func (w *visitTown) sheet(day string) pipeline.VisitSheet {
	w.t.Helper()
	s, err := w.VisitSheetOf(w.t.Context(), asCadre(w.who), w.who, civil.MustDate(day))
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// edit is a new edit over whatever the sheet of the day shows.
func (w *visitTown) edit(stop pipeline.VisitStop, f planner.Field, value string) planner.Edit {
	w.n++
	return planner.Edit{ID: planner.EditID(fmt.Sprintf("phone-%d", w.n)), Visit: stop.Visit, Field: f, Value: value, Clock: w.n, Over: stop.Record.Heads[f]}
}

func (w *visitTown) record(p planner.Principal, es ...planner.Edit) pipeline.Synced {
	w.t.Helper()
	got, err := w.RecordVisits(w.t.Context(), p, es)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

func refusals(s pipeline.Synced) (out []string) {
	for _, r := range s.Receipts {
		if !r.Taken {
			out = append(out, r.Refused.EN)
		}
	}
	return out
}

func TestAVisitIsNotedOnceAndItsPromiseBecomesATask(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newVisitTown(t, url)
		me := asCadre(w.who)
		s := w.sheet("2026-01-15")
		if len(s.Stops) != 5 {
			t.Fatalf("got %d stops, want five of fifteen", len(s.Stops))
		}
		es := []planner.Edit{
			w.edit(s.Stops[0], "outcome", "done"), w.edit(s.Stops[0], "tick/theme.road", "yes"), w.edit(s.Stops[0], "note/opinions", "村口路灯坏了"),
			w.edit(s.Stops[0], "promise/1", "errand 2026-02-10 帮问老年公交卡"),
			w.edit(s.Stops[1], "outcome", "not-home"),
		}
		if got := refusals(w.record(me, es...)); got != nil {
			t.Fatalf("got refusals %v, want none", got)
		}
		first := canonical(t, w.App)
		w.record(me, append(es, es...)...) // the answer was lost, and the device sends again
		if d := cmp.Diff(first, canonical(t, w.App)); d != "" {
			t.Errorf("sent again (-once +twice)\n%s", d)
		}
		s = w.sheet("2026-01-15")
		if got := []planner.VisitState{s.Stops[0].State, s.Stops[1].State, s.Stops[2].State}; !slices.Equal(got, []planner.VisitState{"done", "not-home", "planned"}) {
			t.Errorf("got states %v", got)
		}
		open := s.Stops[0].Open
		if len(open) != 1 || open[0].Say.ZH != "帮问老年公交卡" || open[0].DueOn != civil.MustDate("2026-02-10") {
			t.Errorf("got open promises %+v, want the one promised", open)
		}
		// Its words are changed, then it is taken back.
		w.record(me, w.edit(s.Stops[0], "promise/1", "errand 2026-02-12 帮办老年公交卡"))
		s = w.sheet("2026-01-15")
		if open := s.Stops[0].Open; len(open) != 1 || open[0].DueOn != civil.MustDate("2026-02-12") {
			t.Errorf("got %+v, want the promise of the 12th and no second one", open)
		}
		w.record(me, w.edit(s.Stops[0], "promise/1", ""))
		if s = w.sheet("2026-01-15"); len(s.Stops[0].Open) != 0 {
			t.Errorf("got %+v, want nothing open once it is taken back", s.Stops[0].Open)
		}
	})
}

func TestWhatCannotBeNotedIsRefusedAndKeptButNeverANumber(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newVisitTown(t, url)
		me := asCadre(w.who)
		s := w.sheet("2026-01-15")
		later := w.sheet("2026-02-24")
		secret := "电话 1990000" + "1234 找他"
		es := []planner.Edit{
			w.edit(s.Stops[0], "outcome", "done"),
			w.edit(s.Stops[0], "note/opinions", secret),
			w.edit(s.Stops[0], "tick/score.high", "yes"),
			w.edit(later.Stops[0], "outcome", "done"),
			{ID: "phone-x", Visit: "no-such-visit", Field: "outcome", Value: "done", Clock: 99},
		}
		got := refusals(w.record(me, es...))
		want := []string{"mobile number", "no such item", "2026-02-24", "no such visit"}
		for i, g := range got {
			if i >= len(want) || !strings.Contains(g, want[i]) {
				t.Errorf("refusal %d: got %q", i, g)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("got %d refusals %v, want %d", len(got), got, len(want))
		}
		s = w.sheet("2026-01-15")
		if n := len(s.Stops[0].Refused); n != 2 {
			t.Errorf("got %d refused edits shown, want two", n)
		}
		for _, r := range s.Stops[0].Refused {
			if strings.Contains(r.Value, "1990000") {
				t.Errorf("got the number kept: %+v", r)
			}
		}
		if _, err := w.RecordVisits(t.Context(), planner.Principal{}, es); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("a visitor: got %v, want Forbidden", err)
		}
		other := planner.CadreID("id-S0001")
		if other == w.who {
			other = "id-S0002"
		}
		if got := refusals(w.record(asCadre(other), w.edit(s.Stops[2], "outcome", "done"))); len(got) != 1 {
			t.Errorf("somebody else's visit: got %v, want it refused", got)
		}
	})
}

func TestTwoDevicesThatDisagreeBothShow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newVisitTown(t, url)
		me := asCadre(w.who)
		stop := w.sheet("2026-01-15").Stops[0]
		phone, paper := w.edit(stop, "outcome", "done"), w.edit(stop, "outcome", "not-home")
		w.record(me, paper)
		got := w.record(me, phone)
		if len(got.Edits) != 2 {
			t.Errorf("got %d edits back, want both, so that the device comes to the same", len(got.Edits))
		}
		r := w.sheet("2026-01-15").Stops[0].Record
		if r.Outcome() != planner.VisitNotHome || len(r.Both[planner.FieldOutcome]) != 1 {
			t.Errorf("got %+v, want not-home and done beside it", r)
		}
	})
}

func TestAHouseholdThatAsksForAnotherDayGetsIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newVisitTown(t, url)
		me := asCadre(w.who)
		stop := w.sheet("2026-01-15").Stops[0]
		before, _ := w.all()
		if got := refusals(w.record(me, w.edit(stop, "outcome", "moved 2026-01-22"))); got != nil {
			t.Fatal(got)
		}
		next := w.sheet("2026-01-22")
		if len(next.Stops) != 1 || next.Stops[0].Household.Code != stop.Household.Code {
			t.Fatalf("got %+v on the new day, want the household", next.Stops)
		}
		events, _ := w.all()
		e, ok := events["vis/2026-01-22/"+string(w.who)]
		if !ok || e.Kind != planner.EventVisit || e.Status != planner.StatusConfirmed || e.Digest == "" {
			t.Errorf("got %+v (%v), want an entry of the new day", e, ok)
		}
		changed := 0
		for key, was := range before {
			if now := events[key]; now.Sequence != was.Sequence {
				changed++
				if now.Sequence != was.Sequence+1 || key != "mwd/202601/"+string(w.who) {
					t.Errorf("%s: got sequence %d after %d", key, now.Sequence, was.Sequence)
				}
			}
		}
		// Laying the year again leaves it where it is.
		if rep := w.lay(2026); rep.Changed != 0 {
			t.Errorf("laid again: got %d changes, want none", rep.Changed)
		}
		// Settling again changes nothing.
		first := canonical(t, w.App)
		if err := w.SettleVisits(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(first, canonical(t, w.App)); d != "" {
			t.Errorf("settled again (-once +twice)\n%s", d)
		}
		// The household thinks better of it: the new day goes, and its entry with it.
		stop = w.sheet("2026-01-15").Stops[0]
		w.record(me, w.edit(stop, "outcome", "done"))
		if events, _ = w.all(); events[e.Key].Status != planner.StatusCancelled {
			t.Errorf("got %+v, want the entry cancelled", events[e.Key])
		}
	})
}

func TestTwoUnitsGoTogether(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newVisitTown(t, url)
		w.today("2026-02-01")
		_, visits := w.all()
		var planned planner.Visit
		for _, v := range visits {
			if v.State == planner.VisitPlanned && v.On == civil.MustDate("2026-02-24") {
				planned = v
			}
		}
		other := planner.CadreID("id-K01")
		if planned.Cadre == other {
			t.Fatal("the test needs two cadres")
		}
		out, err := w.PlanVisit(t.Context(), asPlanner, other, planned.Household, civil.MustDate("2026-02-20"), planner.HoursMorning, true)
		if err != nil || !out.Merged || out.On != planned.On {
			t.Fatalf("dry: got %+v, %v, want the two merged on %s", out, err, planned.On)
		}
		if _, now := w.all(); !cmp.Equal(now, visits) {
			t.Error("a dry run changed something")
		}
		if _, err = w.PlanVisit(t.Context(), asPlanner, other, planned.Household, civil.MustDate("2026-02-20"), planner.HoursMorning, false); err != nil {
			t.Fatal(err)
		}
		s, err := w.VisitSheetOf(t.Context(), asCadre(other), other, planned.On)
		if err != nil || len(s.Stops) != 1 || s.Stops[0].Companion == "" {
			t.Errorf("got %+v, %v, want the companion to see the visit and with whom", s.Stops, err)
		}
		if _, err = w.PlanVisit(t.Context(), asPlanner, other, planned.Household, civil.MustDate("2026-02-20"), planner.HoursEvening, false); planner.KindOf(err) != planner.Conflict {
			t.Errorf("an evening nobody asked for: got %v, want Conflict", err)
		}
		if _, err = w.PlanVisit(t.Context(), asCadre("id-S0001"), other, planned.Household, civil.MustDate("2026-04-20"), "", false); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("for somebody else: got %v, want Forbidden", err)
		}
	})
}

func TestAStandInGoesForADay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newVisitTown(t, url)
		day := civil.MustDate("2026-01-15")
		before := canonical(t, w.App)
		n, err := w.StandIn(t.Context(), asCadre(w.who), w.who, day, "id-K01")
		if err != nil || n != 5 {
			t.Fatalf("got %d, %v, want five visits", n, err)
		}
		s, err := w.VisitSheetOf(t.Context(), asCadre("id-K01"), "id-K01", day)
		if err != nil || len(s.Stops) != 5 || s.Stops[0].StandsFor == "" {
			t.Errorf("got %d stops, %v, want the five, in whose place", len(s.Stops), err)
		}
		if rep := w.lay(2026); rep.Changed != 0 {
			t.Errorf("laid again: got %d changes, want the stand-in left alone", rep.Changed)
		}
		if _, err := w.StandIn(t.Context(), asCadre("id-K02"), w.who, day, "id-K02"); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("taking another's day: got %v, want Forbidden", err)
		}
		if n, err := w.StandIn(t.Context(), asCadre(w.who), w.who, day, ""); err != nil || n != 5 {
			t.Fatalf("back: got %d, %v", n, err)
		}
		visitsOnly := func(s string) (out []string) {
			for line := range strings.SplitSeq(s, "\n") {
				if strings.Contains(line, `"held_on":"2026-01-15"`) && strings.Contains(line, `"stop"`) {
					out = append(out, line)
				}
			}
			return out
		}
		if d := cmp.Diff(visitsOnly(before), visitsOnly(canonical(t, w.App))); d != "" {
			t.Errorf("given back (-before +after)\n%s", d)
		}
	})
}

func TestCoverageCountsOnlyThoseWhoWishToBeVisited(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newVisitTown(t, url)
		s := w.sheet("2026-01-15")
		w.record(asCadre(w.who), w.edit(s.Stops[0], "outcome", "done"), w.edit(s.Stops[1], "outcome", "not-home"))
		w.write(func(tx *store.Tx) error {
			h, err := tx.Household(s.Stops[2].Household.ID)
			h.MuteUntil = civil.MustDate("2026-06-01")
			if err != nil {
				return err
			}
			return tx.PutHouseholds([]planner.Household{h})
		})
		c, err := w.Coverage(t.Context(), asPlanner, pipeline.CoverageFilter{Cadre: w.who})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := []int{c.Of, c.Seen, c.Apart, c.Total}, []int{14, 1, 1, 15}; !slices.Equal(got, want) {
			t.Errorf("got of, seen, apart, rows %v, want %v", got, want)
		}
		missing, err := w.Coverage(t.Context(), asPlanner, pipeline.CoverageFilter{Cadre: w.who, Missing: true})
		if err != nil || missing.Total != 13 {
			t.Errorf("got %d missing, %v, want 13", missing.Total, err)
		}
		if !slices.ContainsFunc(missing.Rows, func(r pipeline.CoverageRow) bool { return r.Why == planner.VisitNotHome }) {
			t.Errorf("got %+v, want the one not at home with its reason", missing.Rows)
		}
	})
}

func TestAnErasedHouseholdLeavesNoWordOfItsVisits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newVisitTown(t, url)
		s := w.sheet("2026-01-15")
		w.record(asCadre(w.who), w.edit(s.Stops[0], "outcome", "done"), w.edit(s.Stops[0], "note/opinions", "村口路灯坏了"),
			w.edit(s.Stops[0], "promise/1", "errand 2026-02-10 帮问老年公交卡"))
		w.write(func(tx *store.Tx) error { return tx.EraseHousehold(s.Stops[0].Household.ID) })
		if all := canonical(t, w.App); strings.Contains(all, "公交卡") || strings.Contains(all, string(s.Stops[0].Visit)+`","household`) {
			t.Error("something said at the visit is still there")
		}
		var edits []store.StoredEdit
		err := w.DB.Read(t.Context(), planner.System("test"), func(tx *store.Tx) (err error) {
			edits, err = tx.EditsOf([]planner.VisitID{s.Stops[0].Visit})
			return err
		})
		if err != nil || len(edits) != 0 {
			t.Errorf("got %v, %v, want no edits", edits, err)
		}
	})
}
