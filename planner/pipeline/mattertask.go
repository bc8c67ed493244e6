package pipeline

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/store"
)

// matterTaskDays is how long the task of a deadline stays open past its due day: a matter is never given up by the calendar, so it
// is long.
const matterTaskDays = 365

// matterKey is the key of a matter's task; the matter's own prefix is what the store allows.
func matterKey(m planner.Matter, rest string) string { return "matter/" + string(m.ID) + "/" + rest }

// matterOf is the matter of a task's key.
func matterOf(t planner.Task) planner.MatterID {
	parts := strings.Split(t.Key, "/")
	if len(parts) < 3 || parts[0] != "matter" {
		return ""
	}
	return planner.MatterID(parts[1])
}

// deadlineTasks brings the task of a matter's nearest deadline up to date: one open task a matter, of whoever must act. It is due
// on the working day up to the deadline, so that the ladder climbs from the earlier day.
func (a *App) deadlineTasks(old []planner.Task, m planner.Matter, words matterWords) (put []planner.Task) {
	want, has := a.deadlineTask(m, words)
	for _, t := range old {
		if t.Kind != planner.TaskMatter || t.State.Terminal() {
			continue
		}
		if has && t.Key == want.Key {
			if t.Owner != want.Owner || t.DueOn != want.DueOn {
				t.Owner, t.Say, t.DueOn, t.EndOn = want.Owner, want.Say, want.DueOn, want.EndOn
				if t.StartOn.After(t.DueOn) {
					t.StartOn = t.DueOn
				}
				put = append(put, t)
			}
			has = false
			continue
		}
		t.State = planner.TaskCompleted // its step is behind the matter
		put = append(put, t)
	}
	if has {
		put = append(put, want)
	}
	return put
}

// putMatterTasks writes tasks of a matter and cancels what still waits to be sent about those that changed.
func putMatterTasks(ctx context.Context, tx *store.Tx, now time.Time, id planner.MatterID, old, put []planner.Task) error {
	var quiet []string
	for _, t := range put {
		if i := slices.IndexFunc(old, func(o planner.Task) bool { return o.ID == t.ID }); i >= 0 {
			quiet = append(quiet, taskSubject(old[i]))
		}
	}
	if err := cancelSubjects(ctx, tx, now, quiet); err != nil {
		return err
	}
	return tx.PutMatterTasks(id, put)
}

// deadlineTask is the task of a matter's nearest deadline; none if nothing runs or nobody can be named.
func (a *App) deadlineTask(m planner.Matter, words matterWords) (t planner.Task, ok bool) {
	if m.DueOn.IsZero() {
		return t, false
	}
	owner := cmp.Or(m.Officer, m.Receiver)
	if m.DueStep == string(followup.StepTransfer) || m.DueStep == string(followup.StepReview) || m.DueStep == string(followup.StepRecheck) {
		owner = cmp.Or(m.Receiver, m.Officer)
	}
	if owner == "" {
		if owner, ok = words.office.Holder(m.Unit, "", a.Today()); !ok {
			return t, false
		}
	}
	step := followup.StepText[followup.Step(m.DueStep)]
	day := m.ActOn
	start := a.Today()
	if start.After(day) {
		start = day
	}
	say := planner.Text{ZH: "信访事项{number}：{step}，期限{due}", EN: "Matter {number}: {stepen}, due {due}"}.Fill("number", m.Number, "step", step.ZH, "stepen", step.EN, "due", m.DueOn.String())
	return planner.Task{ID: planner.TaskID(a.NewID()), Key: matterKey(m, m.DueStep+"/"+strconv.Itoa(m.Rung)), Kind: planner.TaskMatter, Owner: owner, Say: say,
		StartOn: start, DueOn: day, EndOn: m.DueOn.AddDays(matterTaskDays), State: planner.TaskReady, Priority: 1}, true
}

// askTasks are the follow-up tasks of a closed matter, if the person agreed: after 3, 15 and 30 days, by somebody who did
// not handle it.
func (a *App) askTasks(m planner.Matter, follower planner.CadreID, words matterWords) (ts []planner.Task, err error) {
	if !m.Agreed || !followup.MayReopen(m) {
		return nil, nil
	}
	if follower == "" {
		follower = m.Receiver
		for up := words.above(m.Unit); (follower == "" || words.assessed(m, follower)) && up != ""; up = words.above(up) {
			follower, _ = words.office.Holder(up, "", a.Today())
		}
	}
	if follower == "" || words.assessed(m, follower) || words.cadre[follower].ID == "" {
		return nil, planner.Fail(planner.Invalid, "信访人同意回访，请另指定一名没有参与办理的回访人（工号）。", "the person agreed to be asked; name somebody to ask who did not handle the matter")
	}
	for _, days := range followup.FollowDays {
		due := words.work.Next(m.ClosedOn.AddDays(days))
		ts = append(ts, planner.Task{ID: planner.TaskID(a.NewID()), Key: matterKey(m, "follow/"+strconv.Itoa(m.Rung)+"/"+strconv.Itoa(days)), Kind: planner.TaskFollow, Owner: follower,
			Say:     planner.Text{ZH: "回访信访事项{number}（办结后{days}日）", EN: "Ask about matter {number}, {days} days after it was closed"}.Fill("number", m.Number, "days", strconv.Itoa(days)),
			StartOn: laterOf(m.ClosedOn, due.AddDays(-2)), DueOn: due, EndOn: due.AddDays(30), State: planner.TaskDraft})
	}
	return ts, nil
}

func laterOf(x, y civil.Date) civil.Date {
	if x.Before(y) {
		return y
	}
	return x
}

// stopTasks ends the follow-up tasks once the person has said something, whatever it was: the earliest is done, the others are
// not needed. Nobody is asked twice.
func stopTasks(old []planner.Task) (put []planner.Task) {
	for _, t := range old {
		if t.Kind != planner.TaskFollow || t.State.Terminal() {
			continue
		}
		t.State = planner.TaskCompleted
		if len(put) > 0 {
			t.State, t.Reason = planner.TaskCancelled, followup.Resolved
		}
		put = append(put, t)
	}
	return put
}
