package store

import (
	"cmp"
	"fmt"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
)

type taskRow struct {
	ID        string     `db:"id" json:"id"`
	Key       string     `db:"key" json:"key"`
	Kind      string     `db:"kind" json:"kind"`
	Owner     string     `db:"owner" json:"owner"`
	Household nullable   `db:"household" json:"household"`
	SayZH     string     `db:"say_zh" json:"say_zh"`
	SayEN     string     `db:"say_en" json:"say_en"`
	StartOn   civil.Date `db:"start_on" json:"start_on"`
	DueOn     civil.Date `db:"due_on" json:"due_on"`
	EndOn     civil.Date `db:"end_on" json:"end_on"`
	State     string     `db:"state" json:"state"`
	Reason    string     `db:"reason" json:"reason"`
	Priority  int        `db:"priority" json:"priority"`
	Rung      int        `db:"rung" json:"rung"`
	Revision  int        `db:"revision" json:"revision"`
}

func (r taskRow) rowID() string     { return r.ID }
func (r taskRow) household() string { return string(r.Household) }
func (r taskRow) values() []any {
	return []any{r.ID, r.Key, r.Kind, r.Owner, r.Household, r.SayZH, r.SayEN, r.StartOn, r.DueOn, r.EndOn, r.State, r.Reason, r.Priority,
		r.Rung, r.Revision}
}

func (r taskRow) noun() planner.Task {
	return planner.Task{ID: planner.TaskID(r.ID), Key: r.Key, Kind: planner.TaskKind(r.Kind), Owner: planner.CadreID(r.Owner),
		Household: planner.HouseholdID(r.Household), Say: planner.Text{ZH: r.SayZH, EN: r.SayEN}, StartOn: r.StartOn, DueOn: r.DueOn,
		EndOn: r.EndOn, State: planner.TaskState(r.State), Reason: r.Reason, Priority: r.Priority, Rung: r.Rung, Revision: r.Revision}
}

var tasks = &table[taskRow]{
	kind: "task",
	byID: query(`SELECT id, key, kind, owner, household, say_zh, say_en, start_on, due_on, end_on, state, reason, priority, rung,
		revision FROM tasks WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO tasks (id, key, kind, owner, household, say_zh, say_en, start_on, due_on, end_on, state, reason,
			priority, rung, revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET key = excluded.key, kind = excluded.kind, owner = excluded.owner,
			household = excluded.household, say_zh = excluded.say_zh, say_en = excluded.say_en, start_on = excluded.start_on,
			due_on = excluded.due_on, end_on = excluded.end_on, state = excluded.state, reason = excluded.reason,
			priority = excluded.priority, rung = excluded.rung, revision = excluded.revision`),
	drop:  query(`DELETE FROM tasks WHERE id IN (:ids)`),
	moves: func(before, after taskRow) bool { return before.Key != after.Key },
}

// visibleTasks: those of the scope's cadres and those about households of its areas.
var visibleTasks = query(`SELECT id, key, kind, owner, household, say_zh, say_en, start_on, due_on, end_on, state, reason, priority,
		rung, revision
	FROM tasks t
	WHERE (:owner = '' OR t.owner = :owner)
		AND (:household = '' OR t.household = :household)
		AND (:open = 0 OR t.state IN ('draft', 'ready', 'in-progress'))
		AND (:any_key = 1 OR t.key IN (:keys))
		AND (:all = 1 OR t.owner IN (:cadres) OR :by_area = 1 AND EXISTS (SELECT 1 FROM households h JOIN areas a ON a.code IN (:areas)
			WHERE h.id = t.household AND substr(COALESCE(h.group_area, h.village), 1, length(a.code)) = a.code))
	ORDER BY t.due_on, t.key, t.id`)

// TaskFilter chooses tasks. Empty fields choose all.
type TaskFilter struct {
	Owner     planner.CadreID
	Household planner.HouseholdID
	Open      bool     // only those that are not terminal
	Keys      []string // any of these; empty: all
}

// Tasks returns the chosen tasks of the scope, sorted by due day, then key.
func (tx *Tx) Tasks(f TaskFilter) ([]planner.Task, error) {
	s, err := tx.scope()
	if err != nil {
		return nil, err
	}
	var rows []taskRow
	read := func(keys []string) error {
		var part []taskRow
		err := tx.all(&part, visibleTasks, s.args().with(args{"owner": string(f.Owner), "household": string(f.Household),
			"open": flag(f.Open), "any_key": flag(len(f.Keys) == 0), "keys": in(keys)}))
		rows = append(rows, part...)
		return err
	}
	if len(f.Keys) <= chunk {
		err = read(f.Keys)
	} else {
		err = chunks(f.Keys, read)
		sortTasks(rows)
	}
	return nouns(rows, taskRow.noun), err
}

// Task returns one task by its ID. Planners, administrators and the system; NotFound if there is none.
func (tx *Tx) Task(id planner.TaskID) (planner.Task, error) {
	if !tx.who.Is(planner.RolePlanner, planner.RoleAdmin) {
		return planner.Task{}, errForbidden()
	}
	found, err := tasks.load(tx, []string{string(id)})
	if err != nil {
		return planner.Task{}, err
	}
	r, ok := found[string(id)]
	if !ok {
		return planner.Task{}, planner.Fail(planner.NotFound, "没有编号为“"+string(id)+"”的事项。", "there is no task "+string(id)+".")
	}
	return r.noun(), nil
}

// PutTasks adds tasks or replaces those of the same ID. Revision is the one that was read (0 for a new task): the stored
// one becomes Revision+1, and stays if nothing differs. Conflict if the task was changed meanwhile, is terminal, or a live
// task has its Key. Besides planners, cadres may write their own.
func (tx *Tx) PutTasks(ts []planner.Task) error {
	if err := tx.mayWrite(); err != nil || len(ts) == 0 {
		return err
	}
	return tx.saveTasks(ts, tx.mayManage() == nil)
}

// saveTasks writes tasks; anybody: also those of others.
func (tx *Tx) saveTasks(ts []planner.Task, anybody bool) error {
	rows := make([]taskRow, len(ts))
	for i, t := range ts {
		rows[i] = taskRow{ID: string(t.ID), Key: t.Key, Kind: string(t.Kind), Owner: string(t.Owner), Household: nullable(t.Household),
			SayZH: t.Say.ZH, SayEN: t.Say.EN, StartOn: t.StartOn, DueOn: t.DueOn, EndOn: t.EndOn, State: string(t.State),
			Reason: t.Reason, Priority: t.Priority, Rung: t.Rung, Revision: t.Revision}
	}
	old, err := tasks.load(tx, idsOf(rows))
	if err != nil {
		return err
	}
	for i := range rows {
		was, ok := old[rows[i].ID]
		if !anybody && (!tx.who.Speaks(planner.CadreID(rows[i].Owner)) || ok && !tx.who.Speaks(planner.CadreID(was.Owner))) {
			return errForbidden()
		}
		if err := rows[i].follow(was, ok); err != nil {
			return err
		}
	}
	_, err = tasks.save(tx, old, rows)
	return err
}

// follow checks that r may replace was and gives it its revision.
func (r *taskRow) follow(was taskRow, exists bool) error {
	if !exists {
		r.Revision = max(1, r.Revision)
		return nil
	}
	if r.Revision != was.Revision {
		return planner.Fail(planner.Conflict, fmt.Sprintf("事项 %s 已被他人修改，请刷新后重试。", r.Key),
			fmt.Sprintf("the task %s was changed meanwhile; reload and try again", r.Key))
	}
	if *r == was {
		return nil
	}
	if planner.TaskState(was.State).Terminal() {
		return planner.Fail(planner.Conflict, fmt.Sprintf("事项 %s 已结束，不能再修改；如需继续请新建事项。", r.Key),
			fmt.Sprintf("the task %s has ended and is never edited; make a new one instead", r.Key))
	}
	r.Revision++
	return nil
}

func sortTasks(rows []taskRow) {
	slices.SortFunc(rows, func(a, b taskRow) int {
		return cmp.Or(a.DueOn.Compare(b.DueOn), cmp.Compare(a.Key, b.Key), cmp.Compare(a.ID, b.ID))
	})
}
