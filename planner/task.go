package planner

import "lianxin/planner/civil"

// TaskState after FHIR Task (R5 §12.27): draft → ready → in-progress → completed | cancelled | failed. The last three are
// terminal: a terminal task is never edited, a new one is made.
type TaskState string

const (
	TaskDraft      TaskState = "draft"       // its window has not begun
	TaskReady      TaskState = "ready"       // in its window
	TaskInProgress TaskState = "in-progress" // taken up by its owner
	TaskCompleted  TaskState = "completed"
	TaskCancelled  TaskState = "cancelled" // with a reason: dismissed, duplicate, resolved upstream
	TaskFailed     TaskState = "failed"    // its window ended undone
)

// Terminal reports whether the state is final.
func (s TaskState) Terminal() bool {
	return s == TaskCompleted || s == TaskCancelled || s == TaskFailed
}

// TaskKind of a follow-up task 跟进事项.
type TaskKind string

const (
	TaskPromise  TaskKind = "promise"   // 答应的事: promised to a household with a date
	TaskHandover TaskKind = "handover"  // 清单式交接: old and new cadre visit together
	TaskNotice   TaskKind = "notice"    // check the 公示 before it is due
	TaskErrand   TaskKind = "errand"    // 代办: done for a household by the promised day
	TaskEscort   TaskKind = "escort"    // 陪办: going along with somebody by the promised day
	TaskCare     TaskKind = "care"      // 定期关心: comes round for a need that the household named
	TaskMatter   TaskKind = "matter"    // a deadline of a petition matter
	TaskFollow   TaskKind = "follow-up" // 回访 of a closed matter, by somebody who did not handle it
	TaskCommon   TaskKind = "common"    // 举一反三: one cause behind the same theme in several villages
	TaskRenewal  TaskKind = "renewal"   // 续签: an agreement of a volunteer or mediator ends within the plan
	TaskLead     TaskKind = "lead"      // 包案: the next date of a leader's plan
)

// Task 跟进事项. Start, Due and End are inclusive civil dates: start ≤ due ≤ end. Key is what makes it one: a second task
// with the key of a live one is a duplicate.
type Task struct {
	ID        TaskID      `json:"id"`
	Key       string      `json:"key"`
	Kind      TaskKind    `json:"kind"`
	Owner     CadreID     `json:"owner"`
	Household HouseholdID `json:"household,omitempty"`
	Say       Text        `json:"say"`
	StartOn   civil.Date  `json:"start_on"`
	DueOn     civil.Date  `json:"due_on"`
	EndOn     civil.Date  `json:"end_on"`
	State     TaskState   `json:"state"`
	Reason    string      `json:"reason,omitempty"` // of a cancelled task
	Priority  int         `json:"priority"`         // higher first; 0 ordinary
	Rung      int         `json:"rung"`             // rungs of the ladder already informed: 0 none
	Revision  int         `json:"revision"`
}
