package followup

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"lianxin/planner"
)

func TestPassesGroupHouseholdsByTheTwoCadres(t *testing.T) {
	got := Passes([]Move{
		{"h3", "03", "a", "b"}, {"h1", "01", "a", "b"}, {"h2", "02", "a", "c"},
		{"h4", "04", "", "b"}, {"h5", "05", "a", ""}, {"h6", "06", "b", "b"},
	})
	want := []Pass{
		{"a", "b", []Move{{"h1", "01", "a", "b"}, {"h3", "03", "a", "b"}}},
		{"a", "c", []Move{{"h2", "02", "a", "c"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want − got +:\n%s", diff)
	}
}

func TestAHandoverIsTheSuccessorsAndNamesCodesOnly(t *testing.T) {
	passes := Passes([]Move{{"h1", "01", "a", "b"}, {"h3", "03", "a", "b"}})
	name := func(id planner.CadreID) string { return "王宁（示例站）" }
	got := Handovers(2026, 1, passes, day("2026-01-05"), name)
	want := []planner.Task{{
		Key: "handover/2026.1/a/b", Kind: planner.TaskHandover, Owner: "b",
		Say: planner.Text{ZH: "与王宁（示例站）交接2户：一起上门走访，核对未办结事项，双方在交接清单上签字。户编号：01、03",
			EN: "Take over 2 household(s) from 王宁（示例站）: visit them together, go through what is still promised, both sign the list. Codes: 01, 03"},
		StartOn: day("2026-01-05"), DueOn: day("2026-02-04"), EndOn: day("2026-03-06"), State: planner.TaskReady,
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want − got +:\n%s", diff)
	}
	if err := Check(got[0]); err != nil {
		t.Errorf("the handover is unsound: %v", err)
	}
}

func TestAHandoverKeyIsReadBack(t *testing.T) {
	period, revision, from, to, ok := HandoverOf(HandoverKey(2026, 2, "A", "B"))
	if !ok || period != 2026 || revision != 2 || from != "A" || to != "B" {
		t.Errorf("got %d.%d %s %s %v, want 2026.2 A B true", period, revision, from, to, ok)
	}
	for _, key := range []string{"", "promise/1", "handover/2026/a/b", "handover/x.1/a/b", "handover/2026.1/a"} {
		if _, _, _, _, ok := HandoverOf(key); ok {
			t.Errorf("%q was read as a handover", key)
		}
	}
}

func TestANewRevisionKeepsTheHandoversThatStillSayTheSame(t *testing.T) {
	task := func(key, say string, state planner.TaskState) planner.Task {
		return planner.Task{Key: key, Kind: planner.TaskHandover, Say: planner.Both(say), State: state}
	}
	tasks := []planner.Task{
		task("handover/2026.1/a/b", "h1", planner.TaskInProgress), // says the same: it stays
		task("handover/2026.1/a/c", "h2", planner.TaskReady),      // now more households: cancelled, made anew
		task("handover/2026.1/a/d", "h3", planner.TaskReady),      // not wanted any more: cancelled
		task("handover/2026.1/a/f", "h5", planner.TaskFailed),     // closed: made anew
		task("handover/2026.2/a/e", "h4", planner.TaskCompleted),  // made by this revision: never again
		task("handover/2025.1/a/d", "h3", planner.TaskReady),      // another period
		{Key: "promise/1", Kind: planner.TaskPromise, State: planner.TaskReady},
	}
	want := []planner.Task{
		task("handover/2026.2/a/f", "h5", planner.TaskReady), task("handover/2026.2/a/b", "h1", planner.TaskReady),
		task("handover/2026.2/a/c", "h2、h6", planner.TaskReady), task("handover/2026.2/a/e", "h4", planner.TaskReady),
	}
	fresh, stale := Renew(tasks, want, 2026, 2)
	keys := func(ts []planner.Task) (out []string) {
		for _, t := range ts {
			out = append(out, t.Key)
		}
		return out
	}
	if diff := cmp.Diff([]string{"handover/2026.2/a/c", "handover/2026.2/a/f"}, keys(fresh)); diff != "" {
		t.Errorf("made, want − got +:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"handover/2026.1/a/c", "handover/2026.1/a/d"}, keys(stale)); diff != "" {
		t.Errorf("cancelled, want − got +:\n%s", diff)
	}
	for _, s := range stale {
		if s.State != planner.TaskCancelled || s.Reason != Resolved {
			t.Errorf("%s: got %s for %q, want cancelled for %s", s.Key, s.State, s.Reason, Resolved)
		}
	}
}

func TestAPromiseFollowsItsHouseholdOnlyWhenTheHandoverIsDone(t *testing.T) {
	today := day("2026-01-13")
	holder := map[planner.HouseholdID]planner.CadreID{"h1": "guan"}
	for _, c := range []struct {
		name   string
		change func(*planner.Roster)
		done   bool
		spoil  func(*planner.Task)
		want   planner.CadreID
	}{
		{name: "while the two have not visited together it stays with who made it", want: "liu"},
		{name: "when they have it is the successor's", done: true, want: "guan"},
		{name: "a week's holiday moves nothing", change: cadre("liu", onLeave("2026-01-12", "2026-01-19")), want: "liu"},
		{name: "a long leave moves it at once", change: cadre("liu", onLeave("2026-01-01", "2026-09-01")), want: "guan"},
		{name: "an open leave moves it at once", change: cadre("liu", func(c *planner.Cadre) {
			c.Leaves = []planner.Leave{{}}
			c.Leaves[0].Span.From = day("2026-01-01")
		}), want: "guan"},
		{name: "a transfer moves it at once", change: cadre("liu", func(c *planner.Cadre) { c.Active = false }), want: "guan"},
		{name: "what is closed is never edited", done: true, spoil: func(t *planner.Task) { t.State = planner.TaskCompleted }, want: "liu"},
		{name: "a handover itself is not handed over", done: true, spoil: func(t *planner.Task) { t.Kind = planner.TaskHandover }, want: "liu"},
		{name: "a household without a cadre keeps who promised", done: true, spoil: func(t *planner.Task) { t.Household = "h9" }, want: "liu"},
	} {
		t.Run(c.name, func(t *testing.T) {
			task := promise(planner.TaskReady)
			if c.spoil != nil {
				c.spoil(&task)
			}
			done := func(from, to planner.CadreID) bool { return c.done && from == "liu" && to == "guan" }
			got := planner.CadreID("liu")
			if moved := Inherit([]planner.Task{task}, holder, done, today, office(c.change)); len(moved) == 1 {
				got = moved[0].Owner
			}
			if got != c.want {
				t.Errorf("got the owner %s, want %s", got, c.want)
			}
		})
	}
}
