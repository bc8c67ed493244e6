package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// asProgram makes the test binary behave as lianxin itself, so that tests can start, time and kill a real process.
const asProgram = "LIANXIN_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// program is lianxin in a folder of its own.
type program struct {
	t   *testing.T
	dir string
	env []string
}

// newProgram prepares a folder; database is a URL or "" for SQLite in the folder.
func newProgram(t *testing.T, database string, env ...string) *program {
	t.Helper()
	dir := t.TempDir()
	if database == "" {
		database = "sqlite:" + filepath.Join(dir, "lianxin.db")
	}
	return &program{t: t, dir: dir, env: append([]string{asProgram + "=1", "LIANXIN_DATABASE_URL=" + database, "LIANXIN_KEYS=" + filepath.Join(dir, "lianxin.key"),
		"LIANXIN_SLIPS=" + filepath.Join(dir, "slips"), "LIANXIN_SEED=1", "LIANXIN_NOW=" + demoNow}, env...)}
}

// cmd is a process of lianxin that has not started.
func (p *program) cmd(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Dir, c.Env = p.dir, append(os.Environ(), p.env...)
	return c
}

// try runs lianxin and returns its output, messages and exit code.
func (p *program) try(args ...string) (stdout, stderr string, code int) {
	p.t.Helper()
	var out, errs bytes.Buffer
	c := p.cmd(args...)
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	if err != nil && c.ProcessState == nil {
		p.t.Fatal(err)
	}
	return out.String(), errs.String(), c.ProcessState.ExitCode()
}

// run is try that must end well.
func (p *program) run(args ...string) string {
	p.t.Helper()
	out, errs, code := p.try(args...)
	if code != 0 {
		p.t.Fatalf("lianxin %s: exit code %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out
}

// start runs init.
func (p *program) start() *program {
	p.t.Helper()
	pw := filepath.Join(p.dir, "password")
	if err := os.WriteFile(pw, []byte("a long enough password\n"), 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.run("init", "--password-file", pw)
	return p
}
