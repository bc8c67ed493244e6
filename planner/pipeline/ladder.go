package pipeline

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/store"
)

// readLadder reads what stops the ladder for some tasks and for some people: hearings of their matters, and who has taken note.
func (s *taskSnapshot) readLadder(tx *store.Tx) error {
	var ids []planner.TaskID
	matters := false
	for _, t := range s.open {
		ids = append(ids, t.ID)
		matters = matters || matterOf(t) != ""
	}
	acks, err := tx.TaskAcks(ids)
	if err != nil {
		return err
	}
	s.knows = make(map[taskReader]bool, len(acks))
	for _, k := range acks {
		s.knows[taskReader{k.Task, k.Cadre}] = true
	}
	if !matters {
		return nil
	}
	open, err := tx.Matters(store.MatterFilter{}) // closed ones too: a recheck may hold a hearing
	s.hearings = map[planner.MatterID]civil.Span{}
	for _, m := range open {
		if !m.HearingFromOn.IsZero() && !m.HearingUntilOn.IsZero() {
			s.hearings[m.ID] = civil.Span{From: m.HearingFromOn, Until: m.HearingUntilOn.AddDays(1)}
		}
	}
	return err
}

// taskReader is somebody who has taken note of a task.
type taskReader struct {
	task  planner.TaskID
	cadre planner.CadreID
}

// ladder is the office's ladder over what the snapshot holds.
func (a *App) ladder(s taskSnapshot) followup.Ladder {
	l := a.Ladder
	if len(l.Limits) == 0 {
		l = followup.Yima()
	}
	l.Paused = func(t planner.Task) []civil.Span {
		if h, ok := s.hearings[matterOf(t)]; ok {
			return []civil.Span{h}
		}
		return nil
	}
	l.Knows = func(t planner.TaskID, c planner.CadreID) bool { return s.knows[taskReader{t, c}] }
	return l
}

// AckView is somebody who has taken note of a task.
type AckView struct {
	Cadre planner.CadreID `json:"cadre"`
	Name  string          `json:"name"`
	On    civil.Date      `json:"on"`
}

// OverdueTask is a task past its due day as its supervisors see it.
type OverdueTask struct {
	TaskView
	Unit   string       `json:"unit"`             // of the owner
	Days   int          `json:"days"`             // past the due day
	Rung   int          `json:"rung"`             // rungs informed so far; 0: none
	Next   civil.Date   `json:"next,omitzero"`    // when the next rung is informed; zero: none is left
	Paused planner.Text `json:"paused,omitzero"`  // why the ladder stands still
	Ladder []string     `json:"ladder,omitempty"` // units from the owner's own up
}

// Overdue lists the tasks past their due day that p sees or was told of, in one list instead of a message each: the earliest due day
// first, then the owner's unit. It counts nobody. Forbidden to visitors.
func (a *App) Overdue(ctx context.Context, p planner.Principal) ([]OverdueTask, error) {
	if !p.Signed() {
		return nil, mustSignIn()
	}
	today := a.Today()
	var s taskSnapshot
	var told map[string]bool
	seen := map[planner.TaskID]bool{}
	err := a.DB.Read(ctx, p, func(tx *store.Tx) error {
		ts, err := tx.Tasks(store.TaskFilter{Open: true})
		for _, t := range ts {
			seen[t.ID] = true
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	err = a.DB.Read(ctx, planner.System("list what is overdue for "+p.Name), func(tx *store.Tx) (err error) {
		if s, err = readTasks(tx, today.Year); err != nil {
			return err
		}
		if s.acting, err = tx.ActingHolders(); err != nil {
			return err
		}
		if told, err = toldOf(ctx, tx, p); err != nil {
			return err
		}
		return s.readLadder(tx)
	})
	if err != nil {
		return nil, err
	}
	office, names, ladder := followup.NewOffice(s.roster).Acting(s.acting), wordsOf(s.roster), a.ladder(s)
	acks, err := a.acksOf(ctx, s.open, names)
	if err != nil {
		return nil, err
	}
	out := []OverdueTask{}
	for _, t := range s.open {
		if !followup.Overdue(t, today) || !seen[t.ID] && !told[taskSubject(t)] {
			continue
		}
		v := OverdueTask{TaskView: TaskView{ID: t.ID, Say: t.Say, DueOn: t.DueOn, State: followup.StateOn(t, today), Code: names.household[t.Household],
			Owner: names.cadre[t.Owner].Name, Overdue: true, Matter: matterOf(t), Known: acks[t.ID]}, Unit: names.unit[names.cadre[t.Owner].Unit], Days: today.Sub(t.DueOn), Rung: t.Rung}
		for _, u := range office.Path(t.Owner) {
			v.Ladder = append(v.Ladder, u.Name)
		}
		if t.Rung < len(v.Ladder) {
			v.Next = ladder.RungOn(t, t.Rung, s.work.Add)
		}
		if h := s.hearings[matterOf(t)]; !h.Until.IsZero() && h.Contains(today) {
			v.Paused = planner.Text{ZH: "听证到{day}，期间不提级", EN: "a hearing runs until {day}; the ladder waits"}.Fill("day", h.Until.AddDays(-1).String())
		}
		v.Mine = (told[taskSubject(t)] || p.Speaks(t.Owner)) && !slices.ContainsFunc(v.Known, func(k AckView) bool { return p.Speaks(k.Cadre) })
		out = append(out, v)
	}
	slices.SortStableFunc(out, func(x, y OverdueTask) int {
		return cmp.Or(x.DueOn.Compare(y.DueOn), strings.Compare(x.Unit, y.Unit), strings.Compare(string(x.ID), string(y.ID)))
	})
	return out, nil
}

// toldOf are the subjects of the tasks of which the ladder told p or who p acts for.
func toldOf(ctx context.Context, tx *store.Tx, p planner.Principal) (map[string]bool, error) {
	told := map[string]bool{}
	for _, id := range append([]planner.CadreID{p.Cadre}, p.ActsFor...) {
		if id == "" {
			continue
		}
		keys, err := notifier.KeysOf(ctx, tx.SQL(), string(id))
		if err != nil {
			return nil, err
		}
		for _, k := range keys {
			if strings.HasPrefix(k.Rule, ruleTaskRung) {
				told[k.Subject] = true
			}
		}
	}
	return told, nil
}

// acksOf are those who have taken note of the tasks, by task, the earliest first.
func (a *App) acksOf(ctx context.Context, ts []planner.Task, names rosterWords) (map[planner.TaskID][]AckView, error) {
	ids := make([]planner.TaskID, len(ts))
	for i, t := range ts {
		ids[i] = t.ID
	}
	out := map[planner.TaskID][]AckView{}
	err := a.DB.Read(ctx, planner.System("show who has taken note of tasks"), func(tx *store.Tx) error {
		acks, err := tx.TaskAcks(ids)
		for _, k := range acks {
			out[k.Task] = append(out[k.Task], AckView{k.Cadre, names.who(k.Cadre), k.On})
		}
		return err
	})
	return out, err
}

// AckTask notes 知悉: the owner of an overdue task, or somebody whom the ladder told of it, says that they know. What still waits to be
// sent to them about it is withdrawn, and no later rung tells them again. The task stays open, its deadline and the reminders of a
// statutory one stay, and the other rungs are told in their time. Cadre is who knows; empty is p. The person, who acts for them, and a
// planner whom they told.
//
// Errors: NotFound if there is no such task, Forbidden for who was not told of it, Conflict if it is not overdue or is closed.
func (a *App) AckTask(ctx context.Context, p planner.Principal, id planner.TaskID, cadre planner.CadreID) error {
	if !p.Signed() {
		return mustSignIn()
	}
	cadre = cmp.Or(cadre, p.Cadre)
	if cadre == "" || !p.Speaks(cadre) && !p.Is(planner.RolePlanner) {
		return planner.Fail(planner.Forbidden, "只能由本人、代办人或经办人登记知悉，请写明是谁。", "the person, who acts for them or the planner takes note; say who it is")
	}
	now, today := a.Now(), a.Today()
	return a.DB.Write(ctx, planner.System("take note of a task, by "+p.Name), store.Op{Name: "ack-task", Now: now}, func(tx *store.Tx) error {
		t, err := tx.Task(id)
		if err != nil {
			return err
		}
		if !followup.Overdue(t, today) {
			return planner.Fail(planner.Conflict, "事项没有逾期或已了结，不用登记知悉。", "the task is not overdue or is closed; there is nothing to take note of")
		}
		keys, err := notifier.KeysOf(ctx, tx.SQL(), string(cadre))
		if err != nil {
			return err
		}
		rung, told := 0, t.Owner == cadre
		var quiet []string
		for _, k := range keys {
			n, isRung := strings.CutPrefix(k.Rule, ruleTaskRung)
			if k.Subject != taskSubject(t) || !isRung && k.Rule != RuleTaskOverdue {
				continue
			}
			if k.State == notifier.NoticeScheduled || k.State == notifier.NoticeDue {
				quiet = append(quiet, k.ID)
			}
			if isRung {
				told = true
				if at, err := strconv.Atoi(n); err == nil {
					rung = max(rung, at)
				}
			}
		}
		if !told {
			return planner.Fail(planner.Forbidden, "这个事项还没有提级到他这里。", "the ladder has not told them of this task")
		}
		if err := notifier.CancelNotices(ctx, tx.SQL(), now, quiet); err != nil {
			return err
		}
		return tx.PutTaskAck(planner.TaskAck{Task: t.ID, Cadre: cadre, Rung: rung, On: today})
	})
}
