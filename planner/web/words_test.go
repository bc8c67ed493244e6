package web

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lianxin/planner"
	"lianxin/planner/lang"
)

// usedKeys collects the keys that templates and handlers name, and those of the families.
func usedKeys(t *testing.T) map[string]string {
	t.Helper()
	used := map[string]string{}
	inHTML := regexp.MustCompile(`[({ ]t "([^"]+)"`)
	inGo := regexp.MustCompile(`\bT\([a-zA-Z.]+, "([^"]+)"`)
	for pattern, re := range map[string]*regexp.Regexp{"html/*.html": inHTML, "offline/*.html": inHTML, "*.go": inGo, "../lang/*.go": inGo} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no files for %s: %v", pattern, err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range re.FindAllSubmatch(b, -1) {
				used[string(m[1])] = f
			}
		}
	}
	for family, values := range families {
		for _, v := range values {
			used[family+"."+v] = "words.go"
		}
	}
	for _, n := range pageNames {
		used[n+".title"] = "page.go"
	}
	return used
}

func TestEveryKeyOfAPageExistsAndNoneIsUnused(t *testing.T) {
	used := usedKeys(t)
	for k, f := range used {
		if !lang.Has(k) {
			t.Errorf("%s uses %q: got no such text, want one in both languages", f, k)
		}
	}
	for _, k := range lang.Keys() {
		if _, ok := used[k]; !ok {
			t.Errorf("text %q: got no page that uses it, want it used or gone", k)
		}
	}
}

func TestEveryValueOfTheNounsHasAWord(t *testing.T) {
	for family, values := range map[string][]string{
		"task":  {string(planner.TaskDraft), string(planner.TaskReady), string(planner.TaskInProgress), string(planner.TaskCompleted), string(planner.TaskCancelled), string(planner.TaskFailed)},
		"plan":  {string(planner.PlanDraft), string(planner.PlanReview), string(planner.PlanPublished), string(planner.PlanSuperseded), string(planner.PlanWithdrawn)},
		"event": {string(planner.EventMassWorkDay), string(planner.EventLeadersMeeting), string(planner.EventReception)},
		"tier": {string(planner.TierVillage), string(planner.TierGroup), string(planner.TierHousehold),
			string(planner.TierUnit), string(planner.TierSecond), string(planner.TierVolunteer), string(planner.TierTen)},
		"role": {string(planner.RoleAdmin), string(planner.RolePlanner), string(planner.RoleLiaison), string(planner.RoleCadre), string(planner.RoleLeader),
			string(planner.RoleSecretary), string(planner.RoleSupervisor), string(planner.RoleClerk), string(planner.RoleAuditor)},
	} {
		for _, v := range values {
			if !slices.Contains(families[family], v) {
				t.Errorf("family %s: got no %q, want a word for every value", family, v)
			}
		}
	}
}
