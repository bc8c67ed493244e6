package followup

import (
	"cmp"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// Workdays counts working days: it returns the day n working days after d. It is handed in, because holidays are data
// of another stage.
type Workdays func(d civil.Date, n int) civil.Date

// Call is one rung informed: who, of which unit, about which task.
type Call struct {
	Rung int // from 1
	Unit planner.UnitID
	To   planner.CadreID
}

// Change is what a sweep does to one task: the task as it shall be, its state before, and whom to inform.
type Change struct {
	Task  planner.Task // its revision is the one read, which the store checks and raises
	Was   planner.TaskState
	Calls []Call // lowest rung first; may be empty
}

// Sweep brings tasks to the state of today and climbs the ladder for those that are late.
//
// Only tasks that change come back, sorted by due day, then key. A second sweep on the same day changes nothing. Rungs
// that nobody holds are passed without a call, and so are those of somebody who has taken note. A paused task stays as it is.
func Sweep(tasks []planner.Task, today civil.Date, o *Office, l Ladder, workdays Workdays) []Change {
	var out []Change
	for _, t := range tasks {
		if t.State.Terminal() {
			continue
		}
		c := Change{Task: t, Was: t.State}
		c.Task.State = StateOn(t, today)
		paused := today.After(t.DueOn) && within(l.pauses(t), today)
		if paused && c.Task.State == planner.TaskFailed {
			c.Task.State = t.State // the calendar waits for the hearing
		}
		if today.After(t.DueOn) && !paused {
			climb(&c, today, o, l, workdays)
		}
		if c.Task.State != t.State || c.Task.Rung != t.Rung {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b Change) int {
		return cmp.Or(a.Task.DueOn.Compare(b.Task.DueOn), cmp.Compare(a.Task.Key, b.Task.Key))
	})
	return out
}

// climb informs every rung that has fallen due and was not informed before; all that remain if the task failed.
func climb(c *Change, today civil.Date, o *Office, l Ladder, workdays Workdays) {
	path := o.Path(c.Task.Owner)
	told := map[planner.CadreID]bool{}
	for i := c.Task.Rung; i < len(path); i++ {
		if c.Task.State != planner.TaskFailed && today.Before(l.RungOn(c.Task, i, workdays)) {
			return
		}
		// A rung without a holder falls through: the next one is informed now, not days later.
		at := i
		to, ok := o.Holder(path[at].ID, c.Task.Owner, today)
		for !ok && at+1 < len(path) {
			at++
			to, ok = o.Holder(path[at].ID, c.Task.Owner, today)
		}
		c.Task.Rung = at + 1
		if ok && !told[to] && !l.knows(c.Task.ID, to) {
			told[to] = true
			c.Calls = append(c.Calls, Call{Rung: at + 1, Unit: path[at].ID, To: to})
		}
		i = at
	}
}
