package pipeline_test

import (
	"context"
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/pipeline"
)

func TestADraftOfTheFewestChangesIsExplainedInChangesAndMinutes(t *testing.T) {
	ctx := context.Background()
	dbtest.Each(t, func(t *testing.T, url string) {
		w := inForce(t, url)
		leaves := w.holder("H01")
		rep, err := w.Replan(ctx, thePlanner, pipeline.ReplanRequest{Period: 2026, Leave: []string{leaves}})
		if err != nil {
			t.Fatal(err)
		}
		h := w.house["H01"]
		list, err := w.Recommend(ctx, thePlanner, h, 20)
		if err != nil || len(list) == 0 {
			t.Fatalf("recommend: %d, %v", len(list), err)
		}
		dearer, changed := 0, 0
		for _, x := range list {
			v, err := w.WhyNot(ctx, thePlanner, h, x.CadreCode)
			if err != nil {
				t.Fatal(err)
			}
			if !x.Forbidden.IsZero() {
				continue
			}
			if !v.Fewest || v.Left != x.Left || v.Changed != x.Changed || v.Extra != x.Extra || len(v.Changes) != x.Moves+1 {
				t.Errorf("%s: recommended %+v, why not %+v", x.CadreName, x, v)
			}
			sum := planner.Seconds(0)
			for _, p := range v.Parts {
				sum += p.Price
			}
			if sum != v.Extra {
				t.Errorf("%s: parts of %d for %d", x.CadreName, sum, v.Extra)
			}
			// Moving by hand is a replan with a pin: what it says is what why-not said.
			hand, err := w.Pin(ctx, thePlanner, 2026, h, x.Cadre, false)
			if err != nil {
				t.Fatal(err)
			}
			if hand.Left != v.Left || hand.Changed != v.Changed || hand.Extra != v.Extra || !hand.Fewest {
				t.Errorf("%s: moved by hand %d, %d, %d; why not says %d, %d, %d", x.CadreName, hand.Left, hand.Changed, hand.Extra, v.Left, v.Changed, v.Extra)
			}
			if !strings.Contains(v.Say.ZH, fewestWords(v)) || strings.Contains(v.Say.ZH, "{") || strings.Contains(v.Say.EN, "{") {
				t.Errorf("%s: %s / %s", x.CadreName, v.Say.ZH, v.Say.EN)
			}
			if v.Changed > 0 {
				changed++
			} else {
				dearer++
			}
		}
		if dearer == 0 {
			t.Error("nobody else could have the household without one more change; the test says little")
		}
		stay := 0 // who has their old cadre: any other is a change more
		for _, id := range w.house {
			if list, err = w.Recommend(ctx, thePlanner, id, 3); err == nil && len(list) > 0 && list[0].Changed > 0 && strings.HasPrefix(list[0].More().ZH, "多换") {
				stay++
			}
		}
		if stay < 10 {
			t.Errorf("only %d households would need one more change for another cadre", stay)
		}
		e, err := w.Explain(ctx, thePlanner, h, 3)
		if err != nil || !e.Fewest || len(e.Others) == 0 || !e.NoOthers.IsZero() {
			t.Errorf("explain: %+v, %v", e, err)
		}
		help, err := w.HelpWhere(ctx, thePlanner, 5)
		if err != nil || !strings.Contains(help.Meaning.ZH, "换人最少") {
			t.Errorf("help: %+v, %v", help, err)
		}
		if _, err := w.WhyNot(ctx, theAuditor, h, "K13"); err != nil {
			t.Errorf("an auditor: %v", err)
		}
		t.Logf("%d changed by the replan; of the others %d need more changes, %d are dearer alone", rep.Changed, changed, dearer)
	})
}

// fewestWords is the heart of the sentence.
func fewestWords(v pipeline.WhyNot) string {
	switch {
	case v.Left == 0 && v.Changed == 0 && v.Extra == 0:
		return "都不变"
	case v.Changed > 0:
		return "多换"
	}
	return "代价"
}
