package store

import (
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
)

const taskColumns = `id, key, kind, owner, household, say_zh, say_en, start_on, due_on, end_on, state, reason, priority, rung, revision`

// A sweep runs every five minutes over all live tasks of years. These find what it could change, each by an index of its own.
var (
	tasksToStart = query(`SELECT ` + taskColumns + ` FROM tasks WHERE state = 'draft' AND start_on <= :today`)
	tasksTooSoon = query(`SELECT ` + taskColumns + ` FROM tasks WHERE state IN ('ready', 'in-progress') AND start_on > :today`)
	tasksToEnd   = query(`SELECT ` + taskColumns + ` FROM tasks WHERE state IN ('draft', 'ready', 'in-progress') AND end_on < :today`)
	tasksToClimb = query(`SELECT ` + taskColumns + ` FROM tasks WHERE state IN ('draft', 'ready', 'in-progress') AND rung = :rung AND due_on <= :last`)

	countOverdue = query(`SELECT COUNT(*) FROM tasks WHERE state IN ('draft', 'ready', 'in-progress') AND rung = :rung AND due_on < :today AND end_on >= :today`)

	staffOfUnits = query(`SELECT id FROM cadres WHERE unit IN (:units) ORDER BY id`)

	// sweepWrites are those after which promises may have other heirs, care or checks other tasks.
	sweepWrites = query(`SELECT COUNT(*) AS writes, COALESCE(MAX(w.seq), 0) AS newest FROM audit_writes w
		WHERE w.seq > :from AND EXISTS (SELECT 1 FROM audit_rows r WHERE r.write_seq = w.seq AND r.action <> 'read'
			AND (r.kind IN ('unit', 'cadre', 'household', 'plan', 'pairing', 'link', 'account') OR r.kind IN ('task', 'event') AND r.action = 'add'))`)
)

// SinceSweep is Since for what a sweep of tasks reads besides the tasks that are due.
func (tx *Tx) SinceSweep(m Mark) (changed bool, now Mark, err error) { return tx.since(m, sweepWrites) }

// TasksDue returns the live tasks that the day may change, sorted by due day, then key: those that begin or end, and those whose next
// rung may have its turn. lasts are the latest due days of a task that has climbed none, one, two … rungs so far. For the system.
func (tx *Tx) TasksDue(today civil.Date, lasts []civil.Date) ([]planner.Task, error) {
	if !tx.who.IsSystem() {
		return nil, errForbidden()
	}
	var rows []taskRow
	read := func(q *statement, a args) error {
		var part []taskRow
		err := tx.all(&part, q, a)
		rows = append(rows, part...)
		return err
	}
	for _, q := range []*statement{tasksToStart, tasksTooSoon, tasksToEnd} {
		if err := read(q, args{"today": today}); err != nil {
			return nil, err
		}
	}
	for rung, last := range lasts {
		if err := read(tasksToClimb, args{"rung": rung, "last": last}); err != nil {
			return nil, err
		}
	}
	sortTasks(rows)
	rows = slices.CompactFunc(rows, func(a, b taskRow) bool { return a.ID == b.ID })
	return nouns(rows, taskRow.noun), nil
}

// OverdueTasks counts live tasks past their due day that have not failed; they have climbed at most rungs rungs.
func (tx *Tx) OverdueTasks(today civil.Date, rungs int) (n int, err error) {
	for rung := range rungs + 1 {
		var some int
		if err := tx.one(&some, countOverdue, args{"rung": rung, "today": today}); err != nil {
			return 0, err
		}
		n += some
	}
	return n, nil
}

// StaffOfUnits returns the cadres of the units, by ID. For the system.
func (tx *Tx) StaffOfUnits(units []planner.UnitID) (map[planner.CadreID]planner.Cadre, error) {
	var ids []planner.CadreID
	err := chunks(units, func(part []planner.UnitID) error {
		var some []planner.CadreID
		err := tx.all(&some, staffOfUnits, args{"units": plain(part)})
		ids = append(ids, some...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return tx.CadresOf(ids)
}
