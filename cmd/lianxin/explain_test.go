package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// smallTown puts two cadres, one more who is away, and six households into the program's database.
func smallTown(p *program) {
	p.t.Helper()
	keys, err := store.LoadKeyring(filepath.Join(p.dir, "lianxin.key"))
	if err != nil {
		p.t.Fatal(err)
	}
	db, err := store.Open(p.t.Context(), store.Options{URL: "sqlite:" + filepath.Join(p.dir, "lianxin.db"), Keys: keys, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		p.t.Fatal(err)
	}
	defer db.Close()
	since := civil.Span{From: civil.Of(2020, 1, 1)}
	areas := []planner.Area{{Code: "411281", Name: "示例市", Level: planner.LevelCounty, Valid: since}, {Code: "411281001", Name: "示范街道", Level: planner.LevelTownship, Parent: "411281", Valid: since},
		{Code: "411281001001", Name: "示范社区", Level: planner.LevelVillage, Parent: "411281001", Valid: since}}
	units := []planner.Unit{{ID: "u1", Code: "D1", Name: "示例局", Network: planner.NetworkStation, Area: "411281", Villages: []planner.AreaCode{"411281001001"}}}
	var cadres []planner.Cadre
	for n := range 4 {
		c := planner.Cadre{ID: planner.CadreID(fmt.Sprint("c", n)), Code: fmt.Sprint("K", n), Name: fmt.Sprint("甲", n), Unit: "u1", Rank: planner.RankStaff, Capacity: 3, Active: true}
		switch n {
		case 0:
			c.Rank, c.Capacity = planner.RankLeader, 0
		case 3:
			c.Leaves = []planner.Leave{{Span: civil.Span{From: civil.Of(2025, 12, 1)}}}
		}
		cadres = append(cadres, c)
	}
	var houses []planner.Household
	for n := range 6 {
		houses = append(houses, planner.Household{ID: planner.HouseholdID(fmt.Sprint("h", n)), Code: fmt.Sprint("H", n), Village: "411281001001", Head: "张某某", Hours: planner.HoursAny, Consent: planner.ConsentGiven, Active: true})
	}
	err = db.Write(p.t.Context(), planner.System("test"), store.Op{Name: "test", Now: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)}, func(tx *store.Tx) error {
		for _, err := range []error{tx.PutAreas(areas), tx.PutUnits(units), tx.PutCadres(cadres), tx.PutHouseholds(houses)} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

func TestThePlannerAsksWhyWhyNotWhoElseAndWhatWouldHelp(t *testing.T) {
	p := newProgram(t, "").start()
	smallTown(p)
	p.run("plan", "--period", "2026")
	var e pipeline.Explanation
	if err := json.Unmarshal([]byte(p.run("explain", "H0", "--json")), &e); err != nil || len(e.Others) < 2 {
		t.Fatalf("explain: %v, %d others", err, len(e.Others))
	}
	var w pipeline.WhyNot
	if err := json.Unmarshal([]byte(p.run("explain", "H0", "--not", e.Others[0].CadreCode, "--json")), &w); err != nil || w.Answer != "dearer" || w.Extra != e.Others[0].Extra {
		t.Errorf("why not: %+v, %v", w, err)
	}
	for _, c := range []struct{ want, lang string }{{"合计 total", "zh"}, {"goes from", "en"}} {
		if out := p.run("explain", "H0", "--not", e.Others[0].CadreCode, "--lang", c.lang); !strings.Contains(out, c.want) {
			t.Errorf("why not in %s does not say %q:\n%s", c.lang, c.want, out)
		}
	}
	if out := p.run("explain", "H0", "--not", "K3"); !strings.Contains(out, "长期请假") {
		t.Errorf("why not one on leave: %s", out)
	}
	if out := p.run("recommend", "H0"); !strings.Contains(out, "多") || !strings.Contains(out, "换成") {
		t.Errorf("recommend: %s", out)
	}
	if out := p.run("explain", "--help-where"); !strings.Contains(out, "节省") {
		t.Errorf("help where: %s", out)
	}
	if out := p.run("explain", "--infeasible", "--json", "--period", "2026"); strings.TrimSpace(out) != "[]" {
		t.Errorf("all are served, but infeasible says %s", out)
	}
	for _, args := range [][]string{{"explain"}, {"explain", "H0", "--infeasible"}, {"explain", "--help-where", "--infeasible"}, {"explain", "H0", "--not", "K99"}} {
		if _, errs, code := p.try(args...); code != 3 || errs == "" {
			t.Errorf("%v: exit code %d, want 3 in words", args, code)
		}
	}
}

func TestAPlanThatLeavesSomebodyOutEndsWithExitCodeThreeAndSaysWhatHelps(t *testing.T) {
	p := newProgram(t, "").start()
	smallTown(p)
	policy := filepath.Join(p.dir, "policy.yaml")
	if err := os.WriteFile(policy, []byte("loads:\n  staff: 2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	p.env = append(p.env, "LIANXIN_POLICY="+policy)
	out, errs, code := p.try("plan", "--period", "2026")
	if code != 3 || !strings.Contains(out, "办法1") || !strings.Contains(out, "名额合计4个") || !strings.Contains(errs, "2个对象") {
		t.Fatalf("exit code %d, want 3 with the conflict and ways out\n%s%s", code, out, errs)
	}
	out, _, code = p.try("plan", "--period", "2026", "--json")
	var got struct {
		Households int                   `json:"households"`
		Infeasible []pipeline.Infeasible `json:"infeasible"`
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 3 || got.Households != 4 || len(got.Infeasible) != 1 || len(got.Infeasible[0].Ways) != 3 {
		t.Errorf("as JSON: exit code %d, %v, %+v", code, err, got)
	}
	if out, _, code := p.try("explain", "--infeasible", "--period", "2026"); code != 3 || !strings.Contains(out, "办法3") {
		t.Errorf("explain --infeasible: exit code %d\n%s", code, out)
	}
}
