package followup

import (
	"testing"

	"lianxin/planner"
	"lianxin/planner/civil"
)

func day(s string) civil.Date { return civil.MustDate(s) }

// promise is a task with the window 2026-01-05 … due 2026-01-12 … 2026-02-11.
func promise(state planner.TaskState) planner.Task {
	return planner.Task{ID: "t1", Key: "promise/1", Kind: planner.TaskPromise, Owner: "liu", Household: "h1", Say: planner.Text{ZH: "代办老年公交卡", EN: "get the bus pass"},
		StartOn: day("2026-01-05"), DueOn: day("2026-01-12"), EndOn: day("2026-02-11"), State: state, Revision: 1}
}

func TestTheDayDecidesTheState(t *testing.T) {
	for _, c := range []struct {
		name  string
		state planner.TaskState
		today string
		want  planner.TaskState
	}{
		{"before its start a task is a draft", planner.TaskReady, "2026-01-04", planner.TaskDraft},
		{"on its first day it is ready", planner.TaskDraft, "2026-01-05", planner.TaskReady},
		{"on its due day it is ready", planner.TaskReady, "2026-01-12", planner.TaskReady},
		{"past its due day it is ready and late", planner.TaskReady, "2026-01-13", planner.TaskReady},
		{"taken up it stays in progress", planner.TaskInProgress, "2026-01-13", planner.TaskInProgress},
		{"its last day belongs to it", planner.TaskInProgress, "2026-02-11", planner.TaskInProgress},
		{"after its last day it has failed", planner.TaskReady, "2026-02-12", planner.TaskFailed},
		{"in progress it fails all the same", planner.TaskInProgress, "2026-02-12", planner.TaskFailed},
		{"a draft that nobody swept fails too", planner.TaskDraft, "2026-02-12", planner.TaskFailed},
		{"what is completed stays so", planner.TaskCompleted, "2026-02-12", planner.TaskCompleted},
		{"what was cancelled stays so", planner.TaskCancelled, "2026-01-04", planner.TaskCancelled},
		{"what failed stays so when the clock goes back", planner.TaskFailed, "2026-01-06", planner.TaskFailed},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := StateOn(promise(c.state), day(c.today)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestAPersonMovesATaskAsTheTableSays(t *testing.T) {
	all := []planner.TaskState{planner.TaskDraft, planner.TaskReady, planner.TaskInProgress, planner.TaskCompleted, planner.TaskCancelled, planner.TaskFailed}
	want := map[[2]planner.TaskState]bool{
		{planner.TaskDraft, planner.TaskCompleted}: true, {planner.TaskDraft, planner.TaskCancelled}: true,
		{planner.TaskReady, planner.TaskInProgress}: true, {planner.TaskReady, planner.TaskCompleted}: true, {planner.TaskReady, planner.TaskCancelled}: true,
		{planner.TaskInProgress, planner.TaskReady}: true, {planner.TaskInProgress, planner.TaskCompleted}: true, {planner.TaskInProgress, planner.TaskCancelled}: true,
	}
	for _, from := range all {
		for _, to := range all {
			if got := Allowed(from, to); got != want[[2]planner.TaskState{from, to}] {
				t.Errorf("%s → %s: got allowed %v, want %v", from, to, got, !got)
			}
		}
	}
}

func TestAdvanceRefusesWhatIsClosedAndWhatHasNoReason(t *testing.T) {
	for _, c := range []struct {
		name   string
		state  planner.TaskState
		to     planner.TaskState
		reason string
		today  string
		want   planner.Kind
	}{
		{"completed twice", planner.TaskCompleted, planner.TaskCompleted, "", "2026-01-06", planner.Conflict},
		{"completed after it failed, though no sweep has said so", planner.TaskReady, planner.TaskCompleted, "", "2026-02-12", planner.Conflict},
		{"cancelled without a reason", planner.TaskReady, planner.TaskCancelled, "", "2026-01-06", planner.Invalid},
		{"cancelled with free text", planner.TaskReady, planner.TaskCancelled, "户主态度不好", "2026-01-06", planner.Invalid},
		{"failed by hand", planner.TaskReady, planner.TaskFailed, "", "2026-01-06", planner.Invalid},
		{"moved to a state that does not exist", planner.TaskReady, "done", "", "2026-01-06", planner.Invalid},
		{"taken up before its window", planner.TaskDraft, planner.TaskInProgress, "", "2026-01-04", planner.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			task := promise(c.state)
			got, err := Advance(task, c.to, c.reason, day(c.today))
			if planner.KindOf(err) != c.want {
				t.Errorf("got error %v, want kind %d", err, c.want)
			}
			if got != task {
				t.Errorf("the refused task changed to %+v", got)
			}
		})
	}
}

// The revision is what the store compares with its own; it raises it, nobody else does.
func TestAdvanceKeepsTheRevisionThatWasRead(t *testing.T) {
	got, err := Advance(promise(planner.TaskDraft), planner.TaskInProgress, "", day("2026-01-06")) // the sweep has not been by yet
	if err != nil || got.State != planner.TaskInProgress || got.Revision != 1 {
		t.Errorf("got %s, revision %d, %v; want in-progress, revision 1", got.State, got.Revision, err)
	}
	got, err = Advance(got, planner.TaskCancelled, Dismissed, day("2026-01-07"))
	if err != nil || got.State != planner.TaskCancelled || got.Reason != Dismissed || got.Revision != 1 {
		t.Errorf("got %s for %q, revision %d, %v; want cancelled for dismissed, revision 1", got.State, got.Reason, got.Revision, err)
	}
}

func TestAWindowRunsForward(t *testing.T) {
	if err := Check(promise(planner.TaskReady)); err != nil {
		t.Errorf("got %v for a sound task", err)
	}
	for name, spoil := range map[string]func(*planner.Task){
		"no owner": func(t *planner.Task) { t.Owner = "" }, "one language": func(t *planner.Task) { t.Say.EN = "" },
		"due before its start": func(t *planner.Task) { t.DueOn = day("2026-01-04") }, "no end": func(t *planner.Task) { t.EndOn = civil.Date{} },
	} {
		task := promise(planner.TaskReady)
		spoil(&task)
		if err := Check(task); planner.KindOf(err) != planner.Invalid {
			t.Errorf("%s: got %v, want an Invalid error", name, err)
		}
	}
}

func TestEveryStateAndReasonHasItsWords(t *testing.T) {
	for _, s := range []planner.TaskState{planner.TaskDraft, planner.TaskReady, planner.TaskInProgress, planner.TaskCompleted, planner.TaskCancelled, planner.TaskFailed} {
		if x := StateText[s]; x.ZH == "" || x.EN == "" {
			t.Errorf("state %s lacks words", s)
		}
	}
	for _, r := range Reasons {
		if x := ReasonText[r]; x.ZH == "" || x.EN == "" {
			t.Errorf("reason %s lacks words", r)
		}
	}
}
