package followup

import (
	"slices"
	"strconv"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// Reasons of a cancelled task. There are no others, and no free text.
const (
	Dismissed = "dismissed"         // the household does not want it any more, or it was no task
	Duplicate = "duplicate"         // another live task is about the same thing
	Resolved  = "resolved-upstream" // what it was for is gone or done elsewhere
)

// Reasons lists the reasons of a cancelled task in the order of the forms.
var Reasons = []string{Dismissed, Duplicate, Resolved}

// ReasonText words the reasons.
var ReasonText = map[string]planner.Text{
	Dismissed: {ZH: "不再需要", EN: "no longer wanted"},
	Duplicate: {ZH: "重复事项", EN: "a duplicate"},
	Resolved:  {ZH: "已另行办结", EN: "settled elsewhere"},
}

// StateText words the states as pages do.
var StateText = map[planner.TaskState]planner.Text{
	planner.TaskDraft: {ZH: "未到时间", EN: "not yet due to begin"}, planner.TaskReady: {ZH: "待办", EN: "to do"},
	planner.TaskInProgress: {ZH: "办理中", EN: "in progress"}, planner.TaskCompleted: {ZH: "已办结", EN: "completed"},
	planner.TaskCancelled: {ZH: "已取消", EN: "cancelled"}, planner.TaskFailed: {ZH: "逾期未办结", EN: "not done in time"},
}

// StateOn returns the state of a task on a day, as the package comment tables it. Both ends of the window belong to it.
func StateOn(t planner.Task, today civil.Date) planner.TaskState {
	switch {
	case t.State.Terminal():
		return t.State
	case today.After(t.EndOn):
		return planner.TaskFailed
	case today.Before(t.StartOn):
		return planner.TaskDraft
	case t.State == planner.TaskInProgress:
		return planner.TaskInProgress
	}
	return planner.TaskReady
}

// Overdue reports whether a live task is past its due day.
func Overdue(t planner.Task, today civil.Date) bool {
	return !t.State.Terminal() && today.After(t.DueOn)
}

// Allowed reports whether a person may move a task from one state to the other. Failed is the calendar's alone.
func Allowed(from, to planner.TaskState) bool {
	switch to {
	case planner.TaskReady:
		return from == planner.TaskInProgress
	case planner.TaskInProgress:
		return from == planner.TaskReady
	case planner.TaskCompleted, planner.TaskCancelled:
		return !from.Terminal()
	}
	return false
}

// Advance moves a task by hand. The task is first brought to the state of today, so that a
// page left open past midnight cannot complete what failed yesterday.
//
// Errors: Conflict if the task is terminal; Invalid if the step is not [Allowed], or if a cancellation gives none of the
// [Reasons]. A reason given with another state is ignored.
func Advance(t planner.Task, to planner.TaskState, reason string, today civil.Date) (planner.Task, error) {
	from := StateOn(t, today)
	if from.Terminal() {
		return t, planner.Fail(planner.Conflict,
			"该事项"+StateText[from].ZH+"，不能再改；如有新的情况，请新建一个事项。",
			"the task is already closed ("+StateText[from].EN+"); make a new one if something new came up")
	}
	if !Allowed(from, to) {
		zh, en := StateText[to].ZH, StateText[to].EN
		if zh == "" {
			zh, en = string(to), string(to)
		}
		return t, planner.Fail(planner.Invalid,
			"事项现为“"+StateText[from].ZH+"”，不能改为“"+zh+"”。",
			"the task is "+StateText[from].EN+" and cannot become "+en)
	}
	if to == planner.TaskCancelled {
		if !slices.Contains(Reasons, reason) {
			return t, planner.Fail(planner.Invalid,
				"取消事项须选一个原因：不再需要（dismissed）、重复事项（duplicate）或已另行办结（resolved-upstream）。",
				"a cancelled task needs one of the reasons dismissed, duplicate, resolved-upstream; got "+strconv.Quote(reason))
		}
		t.Reason = reason
	}
	t.State = to
	return t, nil
}

// Check reports whether a new task is sound: it has a key, an owner, both texts, and start ≤ due ≤ end.
func Check(t planner.Task) error {
	switch {
	case t.Key == "" || t.Owner == "" || t.Say.ZH == "" || t.Say.EN == "":
		return planner.Fail(planner.Invalid, "事项缺少编号、承办人或内容，请补全。", "the task lacks its key, owner or text; fill it in")
	case t.StartOn.IsZero() || t.DueOn.IsZero() || t.EndOn.IsZero():
		return planner.Fail(planner.Invalid, "事项缺少开始日期、办结期限或截止日期，请补全。", "the task lacks its start, due or end day; fill it in")
	case t.DueOn.Before(t.StartOn) || t.EndOn.Before(t.DueOn):
		return planner.Fail(planner.Invalid,
			"事项的日期顺序应为：开始 "+t.StartOn.String()+" ≤ 办结期限 "+t.DueOn.String()+" ≤ 截止 "+t.EndOn.String()+"，请改正。",
			"the days of a task run start "+t.StartOn.String()+" ≤ due "+t.DueOn.String()+" ≤ end "+t.EndOn.String()+"; put them in order")
	}
	return nil
}
