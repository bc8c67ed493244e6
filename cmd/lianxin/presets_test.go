package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lianxin/planner/pipeline"
)

// TestASampleOfAPracticeIsPlannedByTheProgramWithItsLoads: by grade and with units, with second persons, and the smallest. The tests of
// package sample plan all seven.
func TestASampleOfAPracticeIsPlannedByTheProgramWithItsLoads(t *testing.T) {
	for _, c := range []struct {
		preset  string
		most    int // of one person, as the practice says
		further string
	}{
		{"fengshan", 8, "单位包村"},
		{"laizhou", 1, "第二责任人420条"},
		{"one-to-one", 1, ""},
	} {
		t.Run(c.preset, func(t *testing.T) {
			p := newProgram(t, "", "LIANXIN_PRESET="+c.preset).start()
			p.run("sample", "--out", "roster", "--quiet")
			files, err := filepath.Glob(filepath.Join(p.dir, "roster", "*"))
			if err != nil {
				t.Fatal(err)
			}
			p.run(append([]string{"import", "--quiet"}, files...)...)
			var sum pipeline.PlanSummary
			if err := json.Unmarshal([]byte(p.run("plan", "--period", "2026", "--json", "--quiet")), &sum); err != nil {
				t.Fatal(err)
			}
			if sum.LoadMax != c.most || sum.Unserved() != 0 || sum.Gap != 0 || sum.HardBroken != 0 {
				t.Errorf("most %d, want %d; unserved %d, gap %d, hard rules broken %d", sum.LoadMax, c.most, sum.Unserved(), sum.Gap, sum.HardBroken)
			}
			if out := p.run("plan", "show", "--period", "2026"); !strings.Contains(out, c.further) {
				t.Errorf("the plan does not say %q:\n%s", c.further, out)
			}
		})
	}
}

func TestAReplanThatLeavesSomebodyOutSaysWhyAndWhatHelps(t *testing.T) {
	p := newProgram(t, "").start()
	smallTown(p)
	policy := filepath.Join(p.dir, "policy.yaml")
	if err := os.WriteFile(policy, []byte("loads:\n  staff: 3\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	p.env = append(p.env, "LIANXIN_POLICY="+policy)
	p.run("plan", "--period", "2026")
	p.run("publish", "--period", "2026", "--force")
	for _, c := range []struct{ lang, way, end string }{{"zh", "再增加3个名额", "3个对象不能都安排"}, {"en", "give 甲2 (K2) 3 more", "3 cannot be served"}} {
		out, errs, code := p.try("replan", "--period", "2026", "--leave", "K1", "--dry-run", "--lang", c.lang)
		if code != 3 || !strings.Contains(out, "干部联户 households：6 个对象最多能安排 3 个") || !strings.Contains(out, "办法3") || !strings.Contains(out, c.way) || !strings.Contains(errs, c.end) {
			t.Errorf("exit code %d, want 3 with the conflict and ways out in %s\n%s%s", code, c.lang, out, errs)
		}
	}
}
