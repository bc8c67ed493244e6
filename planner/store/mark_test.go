package store

import (
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
)

func TestAMarkMovesWhenRosterOrPlansAreWrittenAndOtherwiseStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fill(t, db)
		var m Mark
		since := func(says string, want bool) {
			t.Helper()
			as(t, db, office, func(tx *Tx) error {
				changed, now, err := tx.Since(m)
				if err != nil || changed != want {
					t.Errorf("%s: changed %t, %v; want %t", says, changed, err, want)
				}
				m = now
				return nil
			})
		}
		since("the zero mark", true)
		since("nothing", false)
		inWrite(t, db, func(tx *Tx) error { return tx.PutSetting("colour", "green") })
		since("a setting", false)
		inWrite(t, db, func(tx *Tx) error {
			return tx.PutRecusals([]planner.Recusal{{Cadre: "C1", Household: "H2", Kind: planner.RecusalOrdered}})
		})
		since("a recusal", true)
		since("nothing more", false)
		inWrite(t, db, func(tx *Tx) error { p := smallPlan(); p.Revision++; return tx.PutPlan(p) })
		since("a plan", true)
	})
}
