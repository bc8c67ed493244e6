package pipeline

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/store"
)

// TaskReport says what a sweep or a handover did.
type TaskReport struct {
	Looked    int                       `json:"looked"`    // live tasks that the sweep read: all of them at first, then those that the day may change
	Moved     map[planner.TaskState]int `json:"moved"`     // changes of state, by the new state
	Climbed   int                       `json:"climbed"`   // rungs of the ladder passed
	Notices   int                       `json:"notices"`   // put into the ledger
	Overdue   int                       `json:"overdue"`   // live tasks past their due day
	Handover  int                       `json:"handover"`  // handover tasks made
	Cancelled int                       `json:"cancelled"` // handover tasks that a newer plan overtook
	Inherited int                       `json:"inherited"` // promises that went to a successor
	Care      int                       `json:"care"`      // tasks of care whose turn has come
	Checks    int                       `json:"checks"`    // checks of a public notice made
	Restamped int                       `json:"restamped"` // matters whose deadline moved with the workdays
}

// sweepTries is how often a sweep begins anew when somebody changes a task meanwhile.
const sweepTries = 3

// closedShownDays is how long after its due day a closed task is still listed (the timely window of CHT's tasks).
const closedShownDays = 60

// SweepTasks gives promises to successors, moves every live task to the state of today and climbs the ladder for those
// that are late; care that comes round gets its tasks, and visits that people arranged their place in the calendars. Each rung is informed once, by a notice in the transaction that raises the task; what still waited to
// be sent about a task that failed is cancelled. It may run at any time and as often as one likes.
// Errors: Conflict if somebody changed the tasks each of three times it tried.
func (a *App) SweepTasks(ctx context.Context) (rep TaskReport, err error) {
	for range sweepTries {
		if rep, err = a.sweepOnce(ctx); planner.KindOf(err) != planner.Conflict {
			break
		}
	}
	if err != nil {
		return rep, err
	}
	if rep.Restamped, err = a.RestampMatters(ctx); err != nil {
		return rep, err
	}
	if err := a.SettleVisits(ctx); err != nil {
		return rep, err
	}
	return rep, a.SettleAppointments(ctx)
}

// taskSnapshot is what a sweep or a handover reads.
type taskSnapshot struct {
	all    []planner.Task
	open   []planner.Task // of all, the live ones
	roster planner.Roster
	work   *calendar.Workdays
	plan   planner.Plan                // the period's published one; no ID if there is none
	handed map[[2]planner.CadreID]bool // completed handovers of the period: from, to
	acting []planner.ActingHolder
	slots  []planner.Event // receptions of the next weeks
	checks planner.CadreID // who plans and has a record: checks public notices

	light   bool // only what the day may change was read: no plan, no receptions
	overdue int  // live tasks past their due day

	hearings map[planner.MatterID]civil.Span // that stop the ladder
	knows    map[taskReader]bool
}

func (a *App) taskSnapshot(ctx context.Context, p planner.Principal, period int) (s taskSnapshot, err error) {
	err = a.DB.Read(ctx, p, func(tx *store.Tx) (err error) {
		if s, err = readTasks(tx, period); err != nil {
			return err
		}
		return s.readChecks(tx, a.Today())
	})
	return s, err
}

func readTasks(tx *store.Tx, period int) (s taskSnapshot, err error) {
	if s.all, err = tx.Tasks(store.TaskFilter{}); err != nil {
		return s, err
	}
	s.handed = map[[2]planner.CadreID]bool{}
	for _, t := range s.all {
		if !t.State.Terminal() {
			s.open = append(s.open, t)
			continue
		}
		if of, _, from, to, ok := followup.HandoverOf(t.Key); ok && of == period && t.State == planner.TaskCompleted {
			s.handed[[2]planner.CadreID{from, to}] = true
		}
	}
	office, err := officeDaysOf(tx)
	if err != nil {
		return s, err
	}
	s.work = office.work
	if s.roster, err = tx.Roster(); err != nil {
		return s, err
	}
	if s.plan, err = tx.PlanFor(period, planner.PlanPublished); planner.KindOf(err) == planner.NotFound {
		err = nil
	}
	return s, err
}

func (a *App) sweepOnce(ctx context.Context) (rep TaskReport, err error) {
	now, today := a.Now(), a.Today()
	who := planner.System("sweep of tasks")
	s, keep, err := a.sweepSnapshot(ctx, who, today)
	if err != nil {
		return rep, err
	}
	office, names := followup.NewOffice(s.roster).Acting(s.acting), wordsOf(s.roster)
	put := map[planner.TaskID]planner.Task{}
	var quiet []string // subjects about which nobody needs to hear what still waits to be sent
	if !s.light {
		for _, t := range s.heirs(today, office) {
			put[t.ID] = t
			quiet = append(quiet, taskSubject(t))
		}
	}
	rep = TaskReport{Looked: len(s.open), Moved: map[planner.TaskState]int{}, Inherited: len(put), Overdue: s.overdue}
	rungs := map[planner.TaskID]int{}
	for i, t := range s.open {
		rungs[t.ID] = t.Rung
		if heir, ok := put[t.ID]; ok {
			s.open[i] = heir
		}
	}
	var notices []notifier.Notice
	for _, c := range followup.Sweep(s.open, today, office, a.ladder(s), s.work.Add) {
		put[c.Task.ID] = c.Task
		if c.Task.State != c.Was {
			rep.Moved[c.Task.State]++
		}
		if c.Task.State.Terminal() {
			quiet = append(quiet, taskSubject(c.Task))
		}
		rep.Climbed += c.Task.Rung - rungs[c.Task.ID]
		for _, call := range c.Calls {
			notices = append(notices, RungNotice(c.Task, call.Rung, call.To, names.cadre[c.Task.Owner].Name, names.household[c.Task.Household], today, now))
		}
	}
	for _, t := range a.careDue(s, today) {
		put[t.ID] = t
		rep.Care++
	}
	if !s.light {
		for _, t := range a.checksDue(s, today, office) {
			put[t.ID] = t
			rep.Checks++
		}
	}
	if len(put) == 0 {
		keep()
		return rep, nil
	}
	err = a.DB.Write(ctx, who, store.Op{Name: "sweep-tasks", Now: now}, func(tx *store.Tx) (err error) {
		if err = putQuietly(ctx, tx, now, byKey(put), quiet); err != nil {
			return err
		}
		rep.Notices, err = notifier.Enqueue(ctx, tx.SQL(), now, a.NewID, notices...) // after the old ones were cancelled
		return err
	})
	if err == nil {
		keep()
	}
	return rep, err
}

// careDue returns the tasks of care whose turn has come and that are not there yet.
func (a *App) careDue(s taskSnapshot, today civil.Date) []planner.Task {
	if len(a.Care) == 0 || s.plan.ID == "" {
		return nil
	}
	had := make(map[string]bool, len(s.all))
	for _, t := range s.all {
		had[t.Key] = true
	}
	cadre := make(map[planner.HouseholdID]planner.CadreID, len(s.plan.Pairings))
	for _, p := range s.plan.Pairings {
		if p.Tier == planner.TierHousehold {
			cadre[p.Household] = p.Cadre
		}
	}
	due := followup.CareTasks(a.Care, s.roster.Households, cadre, today, a.NewID)
	return slices.DeleteFunc(due, func(t planner.Task) bool { return had[t.Key] })
}

// putQuietly writes tasks and cancels what still waits to be sent about the subjects.
func putQuietly(ctx context.Context, tx *store.Tx, now time.Time, tasks []planner.Task, subjects []string) error {
	if err := cancelSubjects(ctx, tx, now, subjects); err != nil {
		return err
	}
	return tx.PutTasks(tasks)
}

// cancelSubjects cancels what still waits to be sent about the subjects.
func cancelSubjects(ctx context.Context, tx *store.Tx, now time.Time, subjects []string) error {
	for _, s := range subjects {
		if _, err := notifier.CancelSubject(ctx, tx.SQL(), now, s, math.MaxInt32); err != nil {
			return err
		}
	}
	return nil
}

// byKey sorts tasks, so that the audit has one order.
func byKey(m map[planner.TaskID]planner.Task) []planner.Task {
	return slices.SortedFunc(maps.Values(m), func(a, b planner.Task) int { return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.ID, b.ID)) })
}

// Tasks lists the tasks in p's scope: live ones first, the more urgent priority and the earlier due day before, then what
// was closed and fell due in the last 60 days. Forbidden to visitors.
func (a *App) Tasks(ctx context.Context, p planner.Principal) (out []TaskView, err error) {
	if !p.Signed() {
		return nil, mustSignIn()
	}
	today := a.Today()
	var ts []planner.Task
	var names rosterWords
	err = a.DB.Read(ctx, p, func(tx *store.Tx) (err error) {
		if ts, err = tx.Tasks(store.TaskFilter{}); err != nil {
			return err
		}
		r, err := tx.Roster()
		names = wordsOf(r)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(ts, func(a, b planner.Task) int {
		return cmp.Or(order(a.State.Terminal(), b.State.Terminal()), cmp.Compare(b.Priority, a.Priority), a.DueOn.Compare(b.DueOn), cmp.Compare(a.Key, b.Key))
	})
	for _, t := range ts {
		if t.State.Terminal() && today.Sub(t.DueOn) > closedShownDays {
			continue
		}
		out = append(out, TaskView{ID: t.ID, Say: t.Say, DueOn: t.DueOn, State: followup.StateOn(t, today), Code: names.household[t.Household],
			Owner: names.cadre[t.Owner].Name, Overdue: followup.Overdue(t, today), Matter: matterOf(t)})
	}
	return out, nil
}

// order sorts false before true.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// AdvanceTask moves a task by hand: its owner, who acts for them, or a planner may. A completed handover brings the
// promises to its households along. Reason is one of [followup.Reasons] when a task is cancelled.
//
// Errors: NotFound if there is no such task in p's scope, Forbidden if it is somebody else's, Conflict if it is closed or
// was changed meanwhile, Invalid for a step that is not allowed.
func (a *App) AdvanceTask(ctx context.Context, p planner.Principal, id planner.TaskID, to planner.TaskState, reason string) error {
	if !p.Signed() {
		return mustSignIn()
	}
	now, today := a.Now(), a.Today()
	var next planner.Task
	err := a.DB.Write(ctx, p, store.Op{Name: "advance-task", Now: now}, func(tx *store.Tx) error {
		ts, err := tx.Tasks(store.TaskFilter{})
		if err != nil {
			return err
		}
		i := slices.IndexFunc(ts, func(t planner.Task) bool { return t.ID == id })
		if i < 0 {
			return planner.Fail(planner.NotFound, "没有这个事项，或者它不在您的范围内。", "there is no such task, or not within your scope")
		}
		if !p.Speaks(ts[i].Owner) && !p.Is(planner.RolePlanner) {
			return planner.Fail(planner.Forbidden, "这是别人承办的事项，只有承办人和经办人可以更改。", "the task is somebody else's; only its owner and the planner may change it")
		}
		if m := matterOf(ts[i]); m != "" && to.Terminal() {
			return planner.Fail(planner.Conflict, "这是信访事项的期限，请在事项页面办理，办完它自己结束。", "this is the deadline of a matter; handle it on the matter's page, and it ends by itself")
		}
		if next, err = followup.Advance(ts[i], to, reason, today); err != nil {
			return err
		}
		var quiet []string
		if next.State.Terminal() {
			quiet = []string{taskSubject(next)}
		}
		if err := putQuietly(ctx, tx, now, []planner.Task{next}, quiet); err != nil || next.State != planner.TaskCompleted {
			return err
		}
		return tx.NoteTaskEnd(next.ID, now)
	})
	if err == nil && next.Kind == planner.TaskHandover && next.State == planner.TaskCompleted {
		// On its own: the promises may lie outside p's scope. If it is cut off here, the next sweep does it.
		err = a.inherit(ctx)
	}
	return err
}

// rosterWords finds the words for IDs.
type rosterWords struct {
	cadre     map[planner.CadreID]planner.Cadre
	unit      map[planner.UnitID]string
	household map[planner.HouseholdID]string // code
}

func wordsOf(r planner.Roster) rosterWords {
	w := rosterWords{map[planner.CadreID]planner.Cadre{}, map[planner.UnitID]string{}, map[planner.HouseholdID]string{}}
	for _, c := range r.Cadres {
		w.cadre[c.ID] = c
	}
	for _, u := range r.Units {
		w.unit[u.ID] = u.Name
	}
	for _, h := range r.Households {
		w.household[h.ID] = h.Code
	}
	return w
}

// who words a cadre with the unit: 王宁（示例市司法局）.
func (w rosterWords) who(id planner.CadreID) string {
	c := w.cadre[id]
	return c.Name + "（" + w.unit[c.Unit] + "）"
}
