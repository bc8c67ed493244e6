package sample_test

import (
	"log/slog"
	"testing"
	"time"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/pipeline"
	"lianxin/planner/rule"
	"lianxin/planner/sample"
	"lianxin/planner/store"
)

// Each practice runs on the county made for it, from the files that an office would send to a published plan, and its
// loads are the practice's own numbers.
func TestEachPresetPlansItsSampleEndToEndWithItsNumbers(t *testing.T) {
	for _, c := range []struct {
		preset     string
		cadres     int                   // who look after households
		households int                   // all that consent
		least      int                   // of a cadre who is neither on leave nor reduced; 0: not asked
		most       int                   // of anybody
		grades     map[planner.Grade]int // exactly
	}{
		{"yima", 0, 15_000, 0, 15, nil},
		{"fengshan", 322, 1_348, 4, 8, map[planner.Grade]int{planner.GradeDivision: 8, planner.GradeDeputyDivision: 7, planner.GradeTownship: 6, planner.GradeDeputyTownship: 5, planner.GradeOrdinary: 4}},
		{"wufeng", 285, 335, 1, 5, map[planner.Grade]int{planner.GradeDivision: 5, planner.GradeDeputyDivision: 4, planner.GradeTownship: 3, planner.GradeDeputyTownship: 2, planner.GradeOrdinary: 1}},
		{"laizhou", 420, 420, 1, 1, nil},
		{"liangshan", 90, 2_700, 30, 30, nil},
		{"shouchang", 92, 15_755, 1, 172, nil},
		{"one-to-one", 279, 279, 1, 1, nil},
	} {
		t.Run(c.preset, func(t *testing.T) {
			dir := t.TempDir()
			made, err := sample.Write(t.Context(), sample.Options{Preset: c.preset, Seed: 1, Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			db, err := store.Open(t.Context(), store.Options{URL: dbtest.SQLite(t), Keys: store.TestKeyring(1), Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			now := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
			app := &pipeline.App{DB: db, Now: func() time.Time { return now }, Zone: time.FixedZone("Asia/Shanghai", 8*3600), NewID: planner.SeededIDs(1, "presets"),
				Preset: c.preset, Log: slog.New(slog.DiscardHandler)}
			office := planner.System("test")
			if _, fs, err := app.Import(t.Context(), office, pipeline.ImportRequest{Sources: made.Sources(dir), Period: 2026}); err != nil {
				t.Fatal(err, fs)
			}
			sum, err := app.Plan(t.Context(), office, pipeline.PlanRequest{Period: 2026})
			if err != nil {
				t.Fatal(err)
			}
			if sum.Gap != 0 || sum.HardBroken != 0 || sum.Households != c.households || sum.LoadMax > c.most || made.Consenting != c.households {
				t.Errorf("gap %d, hard rules broken %d, %d households, at most %d; want 0, 0, %d, %d", sum.Gap, sum.HardBroken, sum.Households, sum.LoadMax, c.households, c.most)
			}
			if c.cadres > 0 && sum.Cadres != c.cadres {
				t.Errorf("%d cadres have households, want %d", sum.Cadres, c.cadres)
			}
			if _, fs, err := app.Publish(t.Context(), office, 2026, true); err != nil {
				t.Errorf("publish: %v %v", err, fs)
			}
			ps, _ := rule.PresetByID(c.preset)
			err = db.Read(t.Context(), office, func(tx *store.Tx) error {
				plan, err := tx.PlanFor(2026, planner.PlanPublished)
				if err != nil {
					return err
				}
				roster, err := tx.Roster()
				if err != nil {
					return err
				}
				load := map[planner.CadreID]int{}
				for _, p := range plan.Pairings {
					if p.Tier == planner.TierHousehold {
						load[p.Cadre]++
					}
				}
				q := rule.Question{Preset: ps}
				for _, x := range roster.Cadres {
					_, most, ok := q.Load(planner.TierHousehold, x)
					n := load[x.ID]
					if n > most || !ok && n > 0 || ok && n < c.least {
						t.Errorf("%s (%s %s) has %d households, want %d to %d", x.Code, x.Rank, x.Grade, n, c.least, most)
					}
					if want, exact := c.grades[x.Grade.Or(x.Rank)]; exact && n != want {
						t.Errorf("%s of grade %s has %d households, want %d", x.Code, x.Grade.Or(x.Rank), n, want)
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}
