package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
)

// runDemo runs the demo on a database under a zone and returns its folder.
func runDemo(t *testing.T, database, zone string) string {
	t.Helper()
	p := newProgram(t, database, "TZ="+zone)
	out := filepath.Join(p.dir, "out")
	p.run("demo", "--out", out, "--no-serve")
	return out
}

// hashes of plan.json and all calendar files.
func hashes(t *testing.T, dir string) map[string]string {
	t.Helper()
	sums := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, ".ics") && d.Name() != "plan.json" {
			return err
		}
		b, err := os.ReadFile(p)
		name, _ := filepath.Rel(dir, p)
		sums[name] = fmt.Sprintf("%x", sha256.Sum256(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sums
}

func TestTheDemoShowsOneCountyEndToEndAndIsTheSameEverywhere(t *testing.T) {
	first := runDemo(t, "", "Asia/Shanghai")
	want := hashes(t, first)
	if len(want) < 1000 {
		t.Fatalf("got %d files, want plan.json and a calendar for everybody", len(want))
	}
	t.Run("the summary has the numbers of the county", func(t *testing.T) { checkSummary(t, first) })
	t.Run("no file that leaves the house holds a phone or an ID", func(t *testing.T) { checkNoNumbers(t, first) })
	t.Run("libical finds nothing wrong with any calendar", func(t *testing.T) { checkCalendars(t, filepath.Join(first, "feeds")) })
	for _, other := range []struct{ name, zone, engine string }{
		{"again on SQLite in New York", "America/New_York", ""},
		{"on PostgreSQL in Shanghai", "Asia/Shanghai", "postgres"},
		{"again on PostgreSQL in New York", "America/New_York", "postgres"},
	} {
		t.Run(other.name, func(t *testing.T) {
			t.Parallel() // the demo keeps one processor busy
			database := ""
			if other.engine != "" {
				database = dbtest.Postgres(t)
			}
			got := hashes(t, runDemo(t, database, other.zone))
			differ := 0
			for name, sum := range want {
				if got[name] != sum {
					if differ++; differ <= 5 {
						t.Errorf("%s differs", name)
					}
				}
			}
			if len(got) != len(want) || differ > 0 {
				t.Errorf("got %d files of which %d differ, want %d the same", len(got), differ, len(want))
			}
		})
	}
}

// checkCalendars reads every calendar of the county with libical's strict parser and restriction check.
func checkCalendars(t *testing.T, dir string) {
	flags, err := exec.Command("pkg-config", "--cflags", "--libs", "libical").Output()
	if err != nil {
		t.Fatalf("libical is not installed; run: apt-get install -y --no-install-recommends libical-dev pkg-config (%v)", err)
	}
	checker := filepath.Join(t.TempDir(), "icalcheck")
	if out, err := exec.Command("gcc", append([]string{"-w", "-o", checker, "../../planner/feed/testdata/icalcheck.c"}, strings.Fields(string(flags))...)...).CombinedOutput(); err != nil {
		t.Fatalf("compile the checker: %v\n%s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.ics"))
	if err != nil || len(files) < 1000 {
		t.Fatalf("got %d calendars (%v)", len(files), err)
	}
	out, err := exec.Command(checker, files...).CombinedOutput()
	if good := strings.Count(string(out), " events\n"); err != nil || good != len(files) {
		t.Errorf("got %d of %d calendars without an error (%v)\n%.2000s", good, len(files), err, out)
	}
}

func checkSummary(t *testing.T, dir string) {
	b, err := os.ReadFile(filepath.Join(dir, "summary.json"))
	if err != nil {
		t.Fatal(err)
	}
	var s demoSummary
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	equal := func(what string, got, want any) {
		t.Helper()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: got %v, want %v", what, got, want)
		}
	}
	equal("villages", s.Villages, 35)
	equal("section-level cadres", s.Cadres[planner.RankSection], 110)
	if s.Cadres[planner.RankStaff] < 1150 {
		t.Errorf("staff: got %d, want at least 1150", s.Cadres[planner.RankStaff])
	}
	equal("consenting households", s.Consenting, 15000)
	equal("assigned households", s.Assigned, 15000)
	if s.Households <= s.Consenting {
		t.Errorf("households: got %d, want more than the %d that consent", s.Households, s.Consenting)
	}
	if s.LoadMax < 1 || s.LoadMax > 15 {
		t.Errorf("largest load: got %d, want at most 15", s.LoadMax)
	}
	equal("gap", s.Gap, 0)
	equal("price − bound", s.Price-s.Bound, 0)
	equal("hard rules broken", s.HardBroken, 0)
	equal("reception slots", s.Slots, 248)
	equal("slots by heads", s.HeadSlots, 51)
	equal("mass-work-days", len(s.WorkDays), 12)
	var months []string
	for _, c := range s.Collisions {
		months = append(months, c.Month)
		if !c.Meeting.After(c.WorkDay) {
			t.Errorf("%s: the meeting on %s is not after the work day on %s", c.Month, c.Meeting, c.WorkDay)
		}
	}
	equal("collisions", months, []string{"2026-02", "2026-03", "2026-08", "2026-11"})
	equal("2027", s.Provisional["2027"], "unpublished")
	if s.VisitsPerHome < 3.5 || s.VisitsPerHome > 4.5 {
		t.Errorf("visits per household and year: got %.2f, want about 4", s.VisitsPerHome)
	}
	if len(s.Planned) == 0 || len(s.Reminders) == 0 {
		t.Errorf("reminders by channel: got %v planned, %v in the ledger", s.Planned, s.Reminders)
	}
	var names []string
	for _, st := range s.Stages {
		names = append(names, st.Stage)
	}
	for _, want := range []string{"import", "plan", "publish", "calendar", "reminders", "tasks", "feeds"} {
		if !slices.Contains(names, want) {
			t.Errorf("stages: %s is missing from %v", want, names)
		}
	}
}
