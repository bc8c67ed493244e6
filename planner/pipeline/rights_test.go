package pipeline_test

import (
	"slices"
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

var asClerk = planner.Principal{Account: "clerk", Name: "clerk", Roles: []planner.Role{planner.RoleClerk}, Areas: []planner.AreaCode{"411281"}}

// cardOf gives the first household of the visiting day a card.
func cardOf(w *visitTown) (planner.HouseholdID, pipeline.HouseholdSlip) {
	w.t.Helper()
	id := w.sheet("2026-01-15").Stops[0].Household.ID
	cards, err := w.IssueCards(w.t.Context(), asClerk, "", id)
	if err != nil || len(cards) != 1 {
		w.t.Fatalf("got %v, %v, want one card", cards, err)
	}
	return id, cards[0]
}

func TestACardOpensOnesOwnRecordAndNothingElse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newVisitTown(t, url)
		id, card := cardOf(w)
		stop := w.sheet("2026-01-15").Stops[0]
		w.record(asCadre(w.who), w.edit(stop, "outcome", "done"), w.edit(stop, "note/opinions", "村口路灯坏了"), w.edit(stop, "promise/1", "errand 2026-02-10 帮问老年公交卡"))
		v, err := w.MyRecord(t.Context(), strings.ToLower(strings.ReplaceAll(card.Code, "-", " ")))
		if err != nil {
			t.Fatal(err)
		}
		if v.Code != card.Household || len(v.Promises) != 1 || !slices.ContainsFunc(v.Visits, func(m pipeline.MyVisit) bool {
			return m.State == planner.VisitDone && slices.Contains(m.Notes, planner.Both("村口路灯坏了"))
		}) {
			t.Errorf("got %+v, want what was noted and promised", v)
		}
		if len(v.Looks) == 0 || v.Cadre == "" {
			t.Errorf("got looks %v and cadre %q, want who saw the record and who comes", v.Looks, v.Cadre)
		}
		for _, code := range []string{card.Complaint, "ABCD-EFGH-JKLM-NPQR", ""} {
			if _, err := w.MyRecord(t.Context(), code); planner.KindOf(err) != planner.NotFound {
				t.Errorf("code %q: got %v, want NotFound", code, err)
			}
		}
		if _, err := w.IssueCards(t.Context(), asCadre(w.who), "", id); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("the visiting cadre: got %v, want Forbidden: the code is the household's", err)
		}
		again, err := w.IssueCards(t.Context(), asClerk, "", id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.MyRecord(t.Context(), card.Code); planner.KindOf(err) != planner.NotFound {
			t.Errorf("the lost card: got %v, want it void", err)
		}
		if _, err := w.MyRecord(t.Context(), again[0].Code); err != nil {
			t.Error(err)
		}
		if all := canonical(t, w.App); strings.Contains(all, card.Code) {
			t.Error("a code is stored")
		}
	})
}

func TestAMuteTakesVisitsAndRemindersAlongAndEnds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newVisitTown(t, url)
		w.today("2026-01-16")
		id, card := cardOf(w)
		stop := w.sheet("2026-01-15").Stops[0]
		w.record(asCadre(w.who), w.edit(stop, "outcome", "done"), w.edit(stop, "promise/1", "errand 2026-02-10 帮问老年公交卡"))
		planned := func() (n int) {
			_, visits := w.all()
			for _, v := range visits {
				if v.Household == id && v.State == planner.VisitPlanned {
					n++
				}
			}
			return n
		}
		before := planned()
		if before != 3 {
			t.Fatalf("got %d planned visits, want three more this year", before)
		}
		half := 180
		if err := w.ChooseByCard(t.Context(), card.Code, pipeline.Choices{MuteDays: &half}); err != nil {
			t.Fatal(err)
		}
		if got := planned(); got >= before {
			t.Errorf("got %d planned visits, want those of half a year gone", got)
		}
		v, err := w.MyRecord(t.Context(), card.Code)
		if err != nil || v.MuteUntil != civil.MustDate("2026-07-15") {
			t.Errorf("got mute until %s, %v", v.MuteUntil, err)
		}
		if len(v.Promises) != 1 || v.Promises[0].DueOn.Before(v.MuteUntil) {
			t.Errorf("got %+v, want the promise to wait until the mute is over", v.Promises)
		}
		c, err := w.Coverage(t.Context(), asPlanner, pipeline.CoverageFilter{Cadre: w.who})
		if err != nil || c.Apart != 1 {
			t.Errorf("got %d apart, %v, want the household out of the count", c.Apart, err)
		}
		cadre := asCadre(w.who)
		if err := w.Choose(t.Context(), cadre, id, pipeline.Choices{MuteDays: &half}); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("by the visiting cadre: got %v, want Forbidden", err)
		}
		long, none := 400, 0
		if err := w.Choose(t.Context(), asClerk, id, pipeline.Choices{MuteDays: &long}); planner.KindOf(err) != planner.Invalid {
			t.Errorf("400 days: got %v, want Invalid", err)
		}
		if err := w.Choose(t.Context(), asClerk, id, pipeline.Choices{MuteDays: &none}); err != nil {
			t.Fatal(err)
		}
		w.lay(2026)
		if got := planned(); got < before-1 {
			t.Errorf("mute lifted and laid again: got %d planned visits, want them back", got)
		}
	})
}

func TestWithdrawnConsentEndsEverything(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newVisitTown(t, url)
		w.today("2026-01-16")
		id, card := cardOf(w)
		stop := w.sheet("2026-01-15").Stops[0]
		w.record(asCadre(w.who), w.edit(stop, "outcome", "done"), w.edit(stop, "promise/1", "errand 2026-02-10 帮问老年公交卡"))
		no := planner.ConsentWithdrawn
		if err := w.ChooseByCard(t.Context(), card.Code, pipeline.Choices{Consent: &no}); err != nil {
			t.Fatal(err)
		}
		_, visits := w.all()
		for _, v := range visits {
			if v.Household == id && v.State == planner.VisitPlanned {
				t.Errorf("got %+v still planned", v)
			}
		}
		v, err := w.MyRecord(t.Context(), card.Code)
		if err != nil || len(v.Promises) != 0 {
			t.Errorf("got %+v, %v, want no open promise", v.Promises, err)
		}
	})
}

func TestRequestsAreAnsweredByDueDayAndErasureNeedsTheCounter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newVisitTown(t, url)
		id, card := cardOf(w)
		ask := func(kind planner.RequestKind, words string) error { return w.Ask(t.Context(), card.Code, kind, words) }
		for _, err := range []error{ask(planner.RequestCorrect, "户主应为李某某"), ask(planner.RequestErase, ""), ask(planner.RequestOtherCadre, "他说话难听")} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := ask(planner.RequestErase, ""); planner.KindOf(err) != planner.Conflict {
			t.Errorf("twice: got %v, want Conflict", err)
		}
		if err := ask(planner.RequestCorrect, ""); planner.KindOf(err) != planner.Invalid {
			t.Errorf("no words: got %v, want Invalid", err)
		}
		d, err := w.RightsDesk(t.Context(), asClerk)
		if err != nil || len(d.Requests) != 3 || d.Complaints != nil {
			t.Fatalf("got %+v, %v, want three requests and no complaints for the clerk", d, err)
		}
		of := func(kind planner.RequestKind) string {
			i := slices.IndexFunc(d.Requests, func(r pipeline.RequestView) bool { return r.Kind == kind })
			if r := d.Requests[i]; r.DueOn != civil.MustDate("2026-01-30") || kind == planner.RequestOtherCadre && r.Words != "" {
				t.Errorf("got %+v, want it due in 15 days, and no reason kept for another cadre", r)
			}
			return d.Requests[i].ID
		}
		err = w.DB.Read(t.Context(), planner.System("test"), func(tx *store.Tx) error {
			r, err := tx.Roster()
			if !slices.Contains(r.Recusals, planner.Recusal{Cadre: w.who, Household: id, Kind: planner.RecusalRequested}) {
				t.Errorf("got recusals %v, want the household's wish among them", r.Recusals)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.AnswerRequest(t.Context(), asClerk, of(planner.RequestCorrect), true, false, ""); planner.KindOf(err) != planner.Invalid {
			t.Errorf("a refusal without a reason: got %v, want Invalid", err)
		}
		if err := w.AnswerRequest(t.Context(), asClerk, of(planner.RequestCorrect), false, false, "已更正"); err != nil {
			t.Error(err)
		}
		if err := w.AnswerRequest(t.Context(), asClerk, of(planner.RequestErase), false, false, ""); planner.KindOf(err) != planner.Invalid {
			t.Errorf("erasing unchecked: got %v, want Invalid", err)
		}
		if err := w.AnswerRequest(t.Context(), asCadre(w.who), of(planner.RequestErase), false, true, ""); err == nil {
			t.Error("the visiting cadre erased, want it refused")
		}
		if err := w.AnswerRequest(t.Context(), asClerk, of(planner.RequestErase), false, true, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := w.MyRecord(t.Context(), card.Code); planner.KindOf(err) != planner.NotFound {
			t.Errorf("after erasing: got %v, want the card to open nothing", err)
		}
	})
}

func TestAComplaintNamesNoHousehold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newVisitTown(t, url)
		id, card := cardOf(w)
		if err := w.Complain(t.Context(), card.Complaint, "来得太勤"); err != nil {
			t.Fatal(err)
		}
		if err := w.Complain(t.Context(), "", "大厅门口太黑"); err != nil {
			t.Fatal(err)
		}
		if err := w.Complain(t.Context(), card.Code, "x"); planner.KindOf(err) != planner.NotFound {
			t.Errorf("by the other code: got %v, want NotFound", err)
		}
		d, err := w.RightsDesk(t.Context(), asPlanner)
		if err != nil || len(d.Complaints) != 2 || !slices.ContainsFunc(d.Complaints, func(c planner.Complaint) bool { return c.Village != "" }) {
			t.Errorf("got %+v, %v, want both, one with its village", d.Complaints, err)
		}
		for line := range strings.SplitSeq(canonical(t, w.App), "\n") {
			if strings.Contains(line, `"written_on"`) && (strings.Contains(line, string(id)) || strings.Contains(line, "来得太勤")) {
				t.Errorf("got %s, want no household and no plain words", line)
			}
		}
	})
}
