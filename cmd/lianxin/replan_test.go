package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lianxin/planner/pipeline"
)

func TestAPlannerReplansMovesUndoesAndHandsOver(t *testing.T) {
	p := newProgram(t, "").start()
	smallTown(p)
	if _, errs, code := p.try("replan", "--period", "2026"); code != 3 || !strings.Contains(errs, "还没有已发布的方案") {
		t.Errorf("nothing to replan from: exit code %d, %s", code, errs)
	}
	p.run("plan", "--period", "2026")
	var rep pipeline.HandReport
	hand := func(args ...string) {
		t.Helper()
		rep = pipeline.HandReport{}
		if err := json.Unmarshal([]byte(p.run(append(args, "--period", "2026", "--json")...)), &rep); err != nil {
			t.Fatal(err)
		}
	}
	var e pipeline.Explanation
	if err := json.Unmarshal([]byte(p.run("explain", "H0", "--json")), &e); err != nil {
		t.Fatal(err)
	}
	other := map[string]string{"K1": "K2", "K2": "K1"}[e.Row.CadreCode]
	hand("move", "H0", other)
	if rep.Done || len(rep.Changes) != 2 || rep.Changes[0].Code != "H0" || rep.Extra != rep.After-rep.Before {
		t.Errorf("the price of a move where all is full: %+v", rep)
	}
	price := rep.Extra
	hand("move", "H0", other, "--yes")
	if !rep.Done || rep.Extra != price {
		t.Errorf("done at %d, shown %d", rep.Extra, price)
	}
	hand("pin", "H1", "--yes")
	if out := p.run("unpin", "H1", "--period", "2026"); !strings.Contains(out, "总代价由") {
		t.Errorf("unpin does not show the price: %s", out)
	}
	if _, errs, code := p.try("move", "H2", "K3", "--period", "2026"); code != 3 || !strings.Contains(errs, "长期请假") {
		t.Errorf("a move against a rule: exit code %d, %s", code, errs)
	}
	if _, _, code := p.try("pin", "H1", "--yes", "--dry-run"); code != 2 {
		t.Errorf("--yes and --dry-run together: exit code %d, want 2", code)
	}
	if out := p.run("plan", "undo", "--period", "2026"); !strings.Contains(out, "draft") {
		t.Errorf("undo: %s", out)
	}
	p.run("publish", "--period", "2026", "--force")

	join := filepath.Join(p.dir, "新干部.csv")
	if err := os.WriteFile(join, []byte("工号,姓名,单位代码,职级\nK9,新来,D1,一般干部\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out := p.run("replan", "--period", "2026", "--leave", "K1", "--join", join, "--dry-run")
	for _, want := range []string{"换人 changed 3 户", "proved fewest 3 户", "新来（K9）", "甲1（K1）", "已调离"} {
		if !strings.Contains(out, want) {
			t.Errorf("the preview does not say %q:\n%s", want, out)
		}
	}
	if out := p.run("what-if", "--period", "2026", "--try", "five"); !strings.Contains(out, "最少变动") || !strings.Contains(out, "现行方案") {
		t.Errorf("what-if: %s", out)
	}
	p.run("replan", "--period", "2026", "--leave", "K1", "--join", join)
	asksAfterReplan(p)
	p.run("publish", "--period", "2026", "--force")
	p.run("handover", "--period", "2026", "--out", "交接")
	books, err := filepath.Glob(filepath.Join(p.dir, "交接", "K1-*-K9-*.xlsx"))
	if err != nil || len(books) != 1 {
		t.Errorf("packages from K1 to K9: %v, %v", books, err)
	}
	p.run("verify")
}

// asksAfterReplan asks about a draft that replan made: extra prices have changes before minutes.
func asksAfterReplan(p *program) {
	p.t.Helper()
	var list []pipeline.Alternative
	house := ""
	for _, h := range []string{"H2", "H3", "H4", "H5"} {
		list = nil
		if err := json.Unmarshal([]byte(p.run("recommend", h, "--json")), &list); err != nil {
			p.t.Fatal(err)
		}
		if list[0].Changed > 0 {
			house = h
			break
		}
	}
	if house == "" || !list[0].Fewest {
		p.t.Fatalf("no household would need one more change: %+v", list)
	}
	var w pipeline.WhyNot
	if err := json.Unmarshal([]byte(p.run("explain", house, "--not", list[0].CadreCode, "--json")), &w); err != nil || !w.Fewest || w.Changed != list[0].Changed || w.Extra != list[0].Extra {
		p.t.Errorf("why not after a replan: %+v, %v; recommended %+v", w, err, list[0])
	}
	for _, args := range [][]string{{"explain", house, "--not", list[0].CadreCode}, {"recommend", house}} {
		if out := p.run(args...); !strings.Contains(out, "多换") || !strings.Contains(out, "代价") {
			p.t.Errorf("%v after a replan:\n%s", args, out)
		}
	}
	if out := p.run("explain", "--help-where"); !strings.Contains(out, "换人最少") {
		p.t.Errorf("help where after a replan: %s", out)
	}
}
