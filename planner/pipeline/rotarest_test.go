package pipeline_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// still lays years again, a minute later, and fails if anything at all was written: events, visits, ledger, deputies.
func (w *calendarTown) still(after string, years ...int) {
	w.t.Helper()
	ledger := func() (out []planner.DutyBalance) {
		if err := w.DB.Read(w.t.Context(), planner.System("test"), func(tx *store.Tx) (err error) {
			out, err = tx.DutyBalances(2030)
			return err
		}); err != nil {
			w.t.Fatal(err)
		}
		return out
	}
	events, visits := w.all()
	duties := ledger()
	w.now = w.now.Add(time.Minute)
	for _, year := range years {
		if rep := w.lay(year); rep.Changed != 0 {
			w.t.Errorf("%s: %d was laid again and %d rows changed", after, year, rep.Changed)
		}
	}
	eventsNow, visitsNow := w.all()
	if d := cmp.Diff(events, eventsNow) + cmp.Diff(visits, visitsNow) + cmp.Diff(duties, ledger()); d != "" {
		w.t.Errorf("%s: (-laid +laid again)\n%s", after, d)
	}
}

// Laid again, a year changes nothing: after whatever happened, and with part of it over. The gap is long and leaders are on leave, so
// that the search for the rota has no proof at which to stop. LIANXIN_ROTA=1 goes through every preset.
func TestALaidYearIsAtRest(t *testing.T) {
	rest := func(t *testing.T, url, preset string) {
		w := newCalendarTown(t, url, 2)
		w.planOf(2027)
		if _, err := w.SetRotaRules(t.Context(), asPlanner, fmt.Sprintf(`{"Preset":%q,"Gap":31}`, preset)); err != nil {
			t.Fatal(err)
		}
		var away []planner.Cadre
		for i := range 12 {
			c := w.cadres[planner.CadreID(fmt.Sprintf("id-L%02d", 2*i+1))]
			from := civil.Of(2026, 1, 12).AddDays(29 * i)
			c.Leaves = []planner.Leave{{Span: civil.Span{From: from, Until: from.AddDays(4 + 3*i)}}}
			away = append(away, c)
		}
		w.write(func(tx *store.Tx) error { return tx.PutCadres(away) })
		w.lay(2026)
		w.lay(2027)
		w.still("laid", 2026, 2027)

		days, who := w.receivers()
		on := days[len(days)/2]
		taker := planner.CadreID("id-L34")
		if who[on] == taker {
			taker = "id-L35"
		}
		s, err := w.AskSwap(t.Context(), asPlanner, pipeline.SwapWish{On: on, Taker: taker})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []string{"accept", "approve"} {
			if _, err := w.AnswerSwap(t.Context(), asPlanner, s.ID, step); err != nil {
				t.Fatal(err)
			}
		}
		w.lay(2027) // its leaders start from what they did in 2026
		w.still("after a swap", 2026, 2027)

		w.today("2026-05-20")
		w.still("with months gone by", 2026, 2027)
		w.today("2026-07-01")
		days, _ = w.receivers()
		for _, d := range days {
			if d.After(civil.MustDate("2026-07-02")) {
				if _, err := w.AskSwap(t.Context(), asPlanner, pipeline.SwapWish{On: d, Taker: "id-L33", Absence: true}); err != nil {
					t.Fatal(err)
				}
				break
			}
		}
		w.lay(2027)
		w.still("after an absence", 2026, 2027)

		c := planner.Cadre{ID: "id-L99", Code: "L99", Name: "某L99", Title: "职务", Unit: "unit", Rank: planner.RankLeader, Active: true}
		gone := w.cadres["id-L20"]
		gone.Active = false
		w.write(func(tx *store.Tx) error { return tx.PutCadres([]planner.Cadre{c, gone}) })
		w.lay(2026)
		w.lay(2027)
		w.still("after somebody came and somebody went", 2026, 2027)
		w.today("2026-09-01")
		w.still("two months later", 2026, 2027)

		if _, err := w.ImportHolidays(t.Context(), asPlanner, notice2027(t), false); err != nil {
			t.Fatal(err)
		}
		w.still("after a holiday notice", 2026, 2027)
		w.today("2026-12-28")
		w.still("at the year's end", 2026, 2027)
	}
	if os.Getenv("LIANXIN_ROTA") != "" {
		for _, p := range calendar.RotaPresets() {
			t.Run(p.Name, func(t *testing.T) { rest(t, dbtest.SQLite(t), p.Name) })
		}
		return
	}
	dbtest.Each(t, func(t *testing.T, url string) { rest(t, url, "linze-2020") })
	if smallTest() {
		return
	}
	t.Run("county-2008", func(t *testing.T) { rest(t, dbtest.SQLite(t), "county-2008") })
}
