package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"lianxin/planner/rule"
)

// Each example of --help is a line that the program understands, each policy that it shows is one that an office may use, and a command's
// help names its own flags and not thirty settings.
func TestExamplesOfHelpWork(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, f := range []string{"名册/*.xlsx", "新来的干部.xlsx", "policy.yaml"} {
		if err := os.MkdirAll(filepath.Dir(f), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range examples {
		var cli commands
		k, err := kong.New(&cli, kong.Exit(func(int) {}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Parse(strings.Fields(x.line)); err != nil {
			t.Errorf("lianxin %s: %v", x.line, err)
		}
		if x.zh == "" || x.en == "" {
			t.Errorf("lianxin %s is not explained in both languages", x.line)
		}
	}
	var policy []string
	for _, line := range strings.Split(rulesCheckCmd{}.Help(), "\n") {
		if own, ok := strings.CutPrefix(line, "    "); ok {
			policy = append(policy, own)
		}
	}
	p, fs := rule.ParsePolicy("policy.yaml", []byte(strings.Join(policy, "\n")))
	if len(fs) > 0 || len(p.Prices) != 2 || len(p.Off) != 1 || len(p.Limits.Villages) != 1 {
		t.Errorf("the policy that the help shows: %v, %s", fs, p.String())
	}
}

func TestACommandsHelpIsAboutTheCommand(t *testing.T) {
	p := newProgram(t, "")
	for _, c := range []struct {
		args     []string
		has, not string
	}{
		{[]string{"replan"}, "--merge=OLD=NEW", "--smtp"},
		{[]string{"plan", "solve"}, "lianxin plan --policy", "--smtp"},
		{[]string{"rules"}, "--policy=FILE", "--database=URL"},
		{[]string{"rules", "check"}, "continuity: 45", "--zone"},
		{[]string{"task", "list"}, "lianxin --help", "--county"},
		{[]string{"serve"}, "--smtp-host", "Examples"},
		{nil, "--smtp-host", "Examples"},
	} {
		out := p.run(append(c.args, "--help")...)
		if !strings.Contains(out, c.has) || regexp.MustCompile(`(?m)^ +.*`+regexp.QuoteMeta(c.not)).MatchString(out) || !strings.Contains(out, "说明。") {
			t.Errorf("%v --help: has no %s, or has %s\n%s", c.args, c.has, c.not, out)
		}
	}
}
