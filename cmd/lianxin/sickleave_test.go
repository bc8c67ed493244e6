package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// twoOffices is a village with twelve households and two units of three cadres, four households each at most.
func twoOffices(p *program, url string) {
	p.t.Helper()
	keys, err := store.LoadKeyring(filepath.Join(p.dir, "lianxin.key"))
	if err != nil {
		p.t.Fatal(err)
	}
	db, err := store.Open(p.t.Context(), store.Options{URL: url, Keys: keys, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		p.t.Fatal(err)
	}
	defer db.Close()
	since := civil.Span{From: civil.Of(2020, 1, 1)}
	areas := []planner.Area{{Code: "411281", Name: "示例市", Level: planner.LevelCounty, Valid: since}, {Code: "411281001", Name: "示范街道", Level: planner.LevelTownship, Parent: "411281", Valid: since},
		{Code: "411281001001", Name: "示范社区", Level: planner.LevelVillage, Parent: "411281001", Valid: since}}
	var units []planner.Unit
	var cadres []planner.Cadre
	for u := range 2 {
		id := planner.UnitID(fmt.Sprint("u", u))
		units = append(units, planner.Unit{ID: id, Code: fmt.Sprint("D", u), Name: fmt.Sprintf("示例%d局", u), Network: planner.NetworkStation, Area: "411281", Villages: []planner.AreaCode{"411281001001"}})
		for n := range 3 {
			code := fmt.Sprintf("K%d%d", u, n)
			cadres = append(cadres, planner.Cadre{ID: planner.CadreID(code), Code: code, Name: "甲" + code, Unit: id, Rank: planner.RankStaff, Capacity: 4, Active: true})
		}
	}
	cadres = append(cadres, planner.Cadre{ID: "K90", Code: "K90", Name: "甲K90", Unit: "u0", Rank: planner.RankLeader, Active: true})
	var houses []planner.Household
	for n := range 12 {
		houses = append(houses, planner.Household{ID: planner.HouseholdID(fmt.Sprint("h", n)), Code: fmt.Sprintf("H%02d", n), Village: "411281001001", Head: "张某某", Hours: planner.HoursAny, Consent: planner.ConsentGiven, Active: true})
	}
	if err := db.Write(p.t.Context(), planner.System("test"), store.Op{Name: "test", Now: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)}, func(tx *store.Tx) error {
		for _, err := range []error{tx.PutAreas(areas), tx.PutUnits(units), tx.PutCadres(cadres), tx.PutHouseholds(houses)} {
			if err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		p.t.Fatal(err)
	}
}

// holders are the cadres of all households in the newest plan.
func (p *program) holders() map[string]string {
	p.t.Helper()
	m := map[string]string{}
	for n := range 12 {
		var e pipeline.Explanation
		code := fmt.Sprintf("H%02d", n)
		if err := json.Unmarshal([]byte(p.run("explain", code, "--json")), &e); err != nil {
			p.t.Fatal(err)
		}
		m[code] = e.Row.CadreCode
	}
	return m
}

// TestSickLeaveIsCoveredWithinTheUnitAndEndsWhereItBegan: over the command line, on both engines: colleagues of the unit take over, nobody
// else changes, and whoever comes back has their households back.
func TestSickLeaveIsCoveredWithinTheUnitAndEndsWhereItBegan(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		p := newProgram(t, url, "LIANXIN_SEED=0").start() // IDs of three plans in three processes must differ
		twoOffices(p, url)
		p.run("plan", "--period", "2026")
		p.run("publish", "--period", "2026", "--force")
		before := p.holders()
		mine := 0
		for _, c := range before {
			if c == "K00" {
				mine++
			}
		}
		if mine == 0 {
			t.Fatalf("K00 has no household: %v", before)
		}
		if _, errs, code := p.try("replan", "--period", "2026", "--sick", "K00", "--until", "2026-13-01"); code != 3 || !strings.Contains(errs, "不是日期") {
			t.Errorf("a date that is none: exit code %d, %s", code, errs)
		}
		if _, errs, code := p.try("replan", "--period", "2026", "--sick", "K00", "--until", "2025-12-31"); code != 3 || !strings.Contains(errs, "已经过去") {
			t.Errorf("a leave that is over: exit code %d, %s", code, errs)
		}
		if _, errs, code := p.try("replan", "--period", "2026", "--back", "K00"); code != 3 || !strings.Contains(errs, "没有由同事代管的请假") {
			t.Errorf("back from no leave: exit code %d, %s", code, errs)
		}
		preview := p.run("replan", "--period", "2026", "--sick", "K00", "--until", "2026-06-30", "--dry-run")
		if !strings.Contains(preview, fmt.Sprintf("换人 changed %d 户", mine)) {
			t.Errorf("the preview: %s", preview)
		}
		if after := p.holders(); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Error("a dry run changed the plan")
		}
		p.run("replan", "--period", "2026", "--sick", "K00", "--until", "2026-06-30")
		covered := p.holders()
		for h, was := range before {
			switch now := covered[h]; {
			case was != "K00" && now != was:
				t.Errorf("%s of %s went to %s", h, was, now)
			case was == "K00" && now != "K01" && now != "K02":
				t.Errorf("%s went to %s, who is no colleague of the unit", h, now)
			}
		}
		p.run("publish", "--period", "2026", "--force")
		p.env = append(p.env, "LIANXIN_NOW=2026-07-01T08:00")
		p.run("replan", "--period", "2026", "--back", "K00")
		if after := p.holders(); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("back at work:\n%v\nwant what was before:\n%v", after, before)
		}
		p.run("publish", "--period", "2026", "--force")
		p.run("verify")
	})
}
