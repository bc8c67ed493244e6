package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
)

func TestHelpTeaches(t *testing.T) {
	p := newProgram(t, "")
	out := p.run("--help")
	for _, want := range []string{"lianxin demo", "lianxin init", "--dry-run", "plan", "undo", "doctor"} {
		if !strings.Contains(out, want) {
			t.Errorf("--help does not say %s", want)
		}
	}
	if out := p.run("import", "--help"); !strings.Contains(out, "只核对") || !strings.Contains(out, "Check only") {
		t.Errorf("import --help is not in both languages:\n%s", out)
	}
}

func TestExitCodesSayWhatWentWrong(t *testing.T) {
	p := newProgram(t, "")
	for _, c := range []struct {
		says string
		args []string
		code int
	}{
		{"a wrong flag is wrong usage", []string{"plan", "--no-such-flag"}, 2},
		{"a file that is not there is wrong usage", []string{"import", "nothing.xlsx"}, 2},
		{"no key file", []string{"plan"}, 3},
		{"a strange zone", []string{"rules", "--zone", "Mars/Olympus"}, 3},
		{"a strange time", []string{"rules", "--now", "soon"}, 3},
	} {
		if _, errs, code := p.try(c.args...); code != c.code {
			t.Errorf("%s: got exit code %d, want %d\n%s", c.says, code, c.code, errs)
		} else if !strings.ContainsFunc(errs, func(r rune) bool { return r > 0x4e00 }) {
			t.Errorf("%s: no Chinese sentence in %q", c.says, errs)
		}
	}
	p.start()
	if _, errs, code := p.try("explain", "H-404"); code != 3 {
		t.Errorf("an unknown household: got exit code %d, want 3\n%s", code, errs)
	}
	p.env = append(p.env, "LIANXIN_DATABASE_URL=postgres://nobody@127.0.0.1:1/none?sslmode=disable")
	if _, errs, code := p.try("plan"); code != 4 {
		t.Errorf("no server: got exit code %d, want 4\n%s", code, errs)
	}
}

func TestSettingsComeFromFlagVariableFileDefaultInThisOrder(t *testing.T) {
	p := newProgram(t, "").start()
	if v, from := origin(t, p, "county"); v != "义马市" || from != "lianxin.yaml" {
		t.Errorf("county: got %s from %s, want what init wrote", v, from)
	}
	write := func(s string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(p.dir, "lianxin.yaml"), []byte(s), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("county: 示例县\nhost: file.example\n")
	if v, from := origin(t, p, "county"); v != "示例县" || from != "lianxin.yaml" {
		t.Errorf("county: got %s from %s, want 示例县 from the file", v, from)
	}
	p.env = append(p.env, "LIANXIN_HOST=env.example")
	if v, from := origin(t, p, "host"); v != "env.example" || from != "LIANXIN_HOST" {
		t.Errorf("host: got %s from %s, want the variable's", v, from)
	}
	if v, from := origin(t, p, "host", "--host", "flag.example"); v != "flag.example" || from != "--host" {
		t.Errorf("host: got %s from %s, want the flag's", v, from)
	}
	write("contry: 示例县\n")
	if _, errs, code := p.try("doctor"); code != 3 || !strings.Contains(errs, "contry") || !strings.Contains(errs, "county") {
		t.Errorf("an unknown setting: got exit code %d and %q, want 3 and the known names", code, errs)
	}
}

// origin asks doctor for a setting and where it came from.
func origin(t *testing.T, p *program, name string, args ...string) (value, from string) {
	t.Helper()
	var rows [][]string
	if err := json.Unmarshal([]byte(p.run(append([]string{"doctor", "--json"}, args...)...)), &rows); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r[0] == name {
			return r[1], r[2]
		}
	}
	t.Fatalf("doctor does not print %s", name)
	return "", ""
}

func TestABrokenRosterIsListedAndChangesNothingOnBothEngines(t *testing.T) {
	broken, err := filepath.Glob("../../planner/sheet/testdata/broken/*.csv")
	if err != nil || len(broken) != 5 {
		t.Fatalf("got %d broken files (%v), want 5", len(broken), err)
	}
	for i, f := range broken {
		if broken[i], err = filepath.Abs(f); err != nil {
			t.Fatal(err)
		}
	}
	dbtest.Each(t, func(t *testing.T, url string) {
		p := newProgram(t, url).start()
		before := p.canonical()
		out, errs, code := p.try(append([]string{"import", "--json"}, broken...)...)
		if code != 3 {
			t.Fatalf("got exit code %d, want 3\n%s", code, errs)
		}
		var got struct{ Findings []planner.Finding }
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Findings) < 20 {
			t.Errorf("got %d findings, want at least the 20 faults", len(got.Findings))
		}
		for _, f := range got.Findings {
			if f.Place.File == "" || f.Place.Sheet == "" || f.Place.Row == 0 || f.Place.Column == "" || f.Say.ZH == "" || f.Say.EN == "" {
				t.Errorf("got a finding without its place or a language: %+v", f)
			}
		}
		if p.canonical() != before {
			t.Error("a refused import changed the canonical export")
		}
	})
}

func TestTemplatesAndRulesArePrinted(t *testing.T) {
	p := newProgram(t, "")
	p.run("template", "--out", "空白表")
	files, err := filepath.Glob(filepath.Join(p.dir, "空白表", "*.xlsx"))
	if err != nil || len(files) != 11 {
		t.Errorf("got %d workbooks (%v), want 10 kinds and one of all", len(files), err)
	}
	for _, want := range []string{"recusal", "continuity", "fair-share"} {
		if out := p.run("rules"); !strings.Contains(out, want) {
			t.Errorf("lianxin rules does not print %s", want)
		}
	}
}
