package pipeline_test

import (
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/store"
)

func TestASecondPersonSeesTheHouseholdsThatTheyWouldTakeOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newCalendarTown(t, url, 1)
		second := asCadre("id-K01")
		sees := func() error {
			return w.DB.Read(t.Context(), second, func(tx *store.Tx) error { _, err := tx.Household("h000000"); return err })
		}
		if err := sees(); planner.KindOf(err) != planner.NotFound {
			t.Errorf("before: got %v, want NotFound", err)
		}
		p := w.plan
		p.Links = []planner.Link{{ID: "link-1", Tier: planner.TierSecond, Cadre: "id-K01", Household: "h000000"}}
		w.write(func(tx *store.Tx) error { return tx.PutPlan(p) })
		if err := sees(); err != nil {
			t.Error(err)
		}
		v, err := w.CadrePage(t.Context(), second, "id-K01")
		if err != nil || len(v.Seconds) != 1 || v.Seconds[0].ID != "h000000" || len(v.Households) != 0 {
			t.Errorf("got %+v, %v, want the one household, as second", v.Seconds, err)
		}
	})
}
