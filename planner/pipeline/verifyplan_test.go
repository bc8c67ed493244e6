package pipeline_test

import (
	"slices"
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/rule"
	"lianxin/planner/store"
)

// A plan of before a sentence was mended passes on both engines and says which rule's, of how many pairs; one that was tampered with does not.
func TestAStoredPlanInEarlierWordsPassesWithARemark(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newPlanTown(t, url)
		w.write(func(tx *store.Tx) error {
			return tx.PutPairWishes([]planner.Wish{{Household: w.house["H07"]}, {Household: w.house["H08"]}})
		})
		w.plan()
		spoil := func(change func(r *planner.Reason) bool) (n int) {
			w.write(func(tx *store.Tx) error {
				plan, err := tx.PlanFor(2026, planner.PlanDraft)
				if err != nil {
					return err
				}
				for k := range plan.Pairings {
					p := &plan.Pairings[k]
					p.Reasons = slices.Clone(p.Reasons)
					for m := range p.Reasons {
						if change(&p.Reasons[m]) {
							n++
						}
					}
				}
				return tx.PutPlan(plan)
			})
			return n
		}
		n := spoil(func(r *planner.Reason) bool {
			if r.Rule != rule.AnotherPlease.ID {
				return false
			}
			name, _ := strings.CutSuffix(r.Say.ZH, "希望换一名干部")
			r.Say.EN = name + " would like another cadre"
			return true
		})
		c, err := w.VerifyPlan(t.Context(), thePlanner, 2026)
		if err != nil || n != 2 || len(c.Reworded) != 1 || c.Reworded[0].Pairs != 2 || c.Reworded[0].Name != rule.AnotherPlease.Name || c.HardBroken != 0 {
			t.Fatalf("%d pairs in the words of before: %+v, %v", n, c, err)
		}
		spoil(func(r *planner.Reason) bool {
			if r.Rule != rule.AnotherPlease.ID {
				return false
			}
			r.Say.EN = strings.Replace(r.Say.EN, "H07", "H17", 1)
			return true
		})
		if _, err := w.VerifyPlan(t.Context(), thePlanner, 2026); planner.KindOf(err) != planner.Invalid {
			t.Errorf("a household's number changed in a sentence: got %v, want Invalid", err)
		}
	})
}
