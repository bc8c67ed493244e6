package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lianxin/planner"
	"lianxin/planner/pipeline"
)

func TestAPolicyFileIsCheckedAndAWrongOneStopsEveryCommandThatNeedsIt(t *testing.T) {
	p := newProgram(t, "").start()
	write := func(name, text string) string {
		t.Helper()
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return name
	}
	good := write("policy.yaml", "rules:\n  延续: 45\n  need-skill: off\nloads:\n  staff: 12\n")
	bad := write("wrong.yaml", "rules:\n  continuty: 45\n  回避: off\n")
	out, errs, code := p.try("rules", "check", good)
	if code != 0 || !strings.Contains(out, `{"loads":{"staff":12},"rules":{"continuity":45,"need-skill":"off"}}`) || !strings.Contains(errs, "改动 2 条规则") {
		t.Errorf("a good file: exit code %d\n%s%s", code, out, errs)
	}
	for _, args := range [][]string{{"rules", "check", bad}, {"rules", "--policy", bad}, {"plan", "--policy", bad}} {
		_, errs, code := p.try(args...)
		if code != 3 {
			t.Errorf("%v: got exit code %d, want 3", args, code)
		}
		for _, want := range []string{"wrong.yaml:2:3", "第2行第3列", "line 2, column 3", "continuity（延续）", "wrong.yaml:3:7", "不能关闭", "cannot be switched off"} {
			if !strings.Contains(errs, want) {
				t.Errorf("%v does not say %q:\n%s", args, want, errs)
			}
		}
	}
	out, _, code = p.try("rules", "check", bad, "--json")
	var found struct{ Findings []planner.Finding }
	if err := json.Unmarshal([]byte(out), &found); code != 3 || err != nil || len(found.Findings) != 2 {
		t.Errorf("as JSON: exit code %d, %v, %d findings", code, err, len(found.Findings))
	}
	if _, _, code := p.try("rules", "check", "nothing.yaml"); code != 3 {
		t.Errorf("a file that is not there: got exit code %d, want 3", code)
	}
	var book pipeline.RuleBook
	p.env = append(p.env, "LIANXIN_POLICY="+good)
	if err := json.Unmarshal([]byte(p.run("rules", "--json")), &book); err != nil || book.Changed != 2 || book.Policy == "" || len(book.Presets) < 7 {
		t.Errorf("the book under LIANXIN_POLICY: %v, %d changed, policy %s", err, book.Changed, book.Policy)
	}
	text := p.run("rules", "--lang", "en")
	for _, want := range []string{"+45 (usually +30)", "off", "a change costs acquaintance", "✓", "✗"} {
		if !strings.Contains(text, want) {
			t.Errorf("lianxin rules does not print %q:\n%s", want, text)
		}
	}
	for _, want := range []string{"yima", "fengshan", "wufeng", "laizhou", "liangshan", "shouchang", "one-to-one"} {
		if !strings.Contains(p.run("rules", "presets"), want) {
			t.Errorf("lianxin rules presets does not name %s", want)
		}
	}
}
