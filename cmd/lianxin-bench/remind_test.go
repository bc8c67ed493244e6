package main

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
)

// reminders runs the command and returns its output and its last line.
func reminders(t *testing.T, args ...string) (all, last string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), append([]string{"reminders"}, args...), &stdout, &stderr)
	if code != 0 {
		t.Fatalf("exit %d: %s%s", code, stdout.String(), stderr.String())
	}
	lines := strings.Split(strings.TrimSpace(stdout.String()), "\n")
	return stdout.String(), lines[len(lines)-1]
}

// More than 200 SIGKILLs of real processes over real servers, counted by those servers. LIANXIN_TEST_KILLS makes it longer.
func TestKilledWorkersLoseAndDoubleNothingAtTheVendors(t *testing.T) {
	kills, n := "110", 4000
	if k := os.Getenv("LIANXIN_TEST_KILLS"); k != "" {
		kills = k
		fmt.Sscan(k, &n)
		n *= 50
	}
	for _, c := range []struct{ name, db, workers, takeovers string }{
		{"one process on SQLite", "sqlite", "1", "0"},
		{"three processes on PostgreSQL", "", "3", "8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.db == "" {
				c.db = dbtest.Postgres(t)
			}
			all, last := reminders(t, "--db", c.db, "--workers", c.workers, "--kills", kills, "--reminders", fmt.Sprint(n),
				"--takeovers", c.takeovers, "--timeout", "1000")
			t.Log(all)
			want := fmt.Sprintf(`^due %d handed %[1]d lost 0 doubled 0 uncertain \d+ takeover_p99 (-|\d+\.\ds)$`, n)
			if !regexp.MustCompile(want).MatchString(last) {
				t.Errorf("got %q, want %s", last, want)
			}
		})
	}
}

// The count must be able to fail: vendors that have two messages of one reminder, or none, are told of.
func TestTheVendorsCountLossAndDoubling(t *testing.T) {
	p, err := startProviders(4, 1, faults{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	p.take("plain", "k1", "r0000000\nr0000001\n")
	p.take("plain", "k2", "r0000001\n")
	p.take("keyed", "k3", "r0000002\n")
	p.take("keyed", "k3", "r0000002\n")
	got, missing := p.tally()
	if (got != tally{Handed: 3, Missing: 1, Doubled: 1}) || len(missing) != 1 || missing[0] != 3 {
		t.Errorf("got %+v, missing %v; want 3 handed, 1 doubled, and the last missing", got, missing)
	}
	if err := (soakReport{Due: 1, Lost: 1}).verdict(); err == nil {
		t.Error("a lost reminder passes")
	}
}
