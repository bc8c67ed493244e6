package sample_test

import (
	"log/slog"
	"testing"
	"time"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/pipeline"
	"lianxin/planner/sample"
	"lianxin/planner/sheet"
	"lianxin/planner/store"
)

// What the sample writes an import takes in with the two remarks that are meant, and a second time it finds nothing new.
func TestTheSampleIsImportedWithARemarkOnNamesakesOnly(t *testing.T) {
	dir := t.TempDir()
	made, err := sample.Write(t.Context(), sample.Options{Preset: "yima", Seed: 1, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Options{URL: dbtest.SQLite(t), Keys: store.TestKeyring(1), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC) // 08:00 in Shanghai
	app := &pipeline.App{DB: db, Now: func() time.Time { return now }, Zone: time.FixedZone("Asia/Shanghai", 8*3600), NewID: planner.SeededIDs(1, "sample import"),
		Log: slog.New(slog.DiscardHandler)}
	office := planner.Principal{Account: "office", Name: "office", Roles: []planner.Role{planner.RolePlanner}}
	for round, wantAdded := range []bool{true, false} {
		rep, findings, err := app.Import(t.Context(), office, pipeline.ImportRequest{Sources: made.Sources(dir), Period: 2026})
		for _, f := range findings {
			if f.Severity == planner.Stop || f.Code != "homonym" {
				t.Errorf("round %d: %s: %s", round+1, f.Code, f.Sentence().EN)
			}
		}
		if len(findings) != 2 {
			t.Errorf("round %d: got %d findings, want two pairs of namesakes", round+1, len(findings))
		}
		if err != nil {
			t.Fatalf("round %d: %v", round+1, err)
		}
		if (rep.Added > 0) != wantAdded || rep.Changed != 0 {
			t.Errorf("round %d: got %d added and %d changed, want added: %v, changed: none", round+1, rep.Added, rep.Changed, wantAdded)
		}
		for kind, n := range made.Counts {
			if rep.Counts[kind] != n {
				t.Errorf("round %d: got %d rows of %s, want %d", round+1, rep.Counts[kind], kind, n)
			}
		}
	}
	err = db.Read(t.Context(), planner.System("test"), func(tx *store.Tx) error {
		r, err := tx.Roster()
		if err != nil {
			return err
		}
		if len(r.Cadres) != made.Counts[sheet.Cadres] || len(r.Households) != made.Households || len(r.Units) != made.Units {
			t.Errorf("got %d cadres, %d households, %d units; want %d, %d, %d", len(r.Cadres), len(r.Households), len(r.Units),
				made.Counts[sheet.Cadres], made.Households, made.Units)
		}
		last, err := tx.PlanFor(2025, planner.PlanPublished)
		if err == nil && len(last.Pairings) != made.LastYear {
			t.Errorf("got %d of last year's pairings, want %d", len(last.Pairings), made.LastYear)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
