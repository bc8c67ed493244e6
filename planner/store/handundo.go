package store

import "lianxin/planner"

// UndoWrite puts back every row that was written with Op.Batch == batch to what it was before, settings left out, and
// returns how many rows that is. It is the undo of hand work on a plan; an import's is [Tx.UndoImport]. NotFound if
// nothing was written with the batch; Conflict, and nothing is changed, if a later write changed one of the rows or something
// needs a row that would go. Planners and administrators only.
func (tx *Tx) UndoWrite(batch planner.ImportID) (rows int, err error) {
	if err := tx.mayManage(); err != nil {
		return 0, err
	}
	t, err := tx.trailOf(batch)
	if err != nil {
		return 0, err
	}
	t.drop(settings.kind)
	if err := t.check(); planner.KindOf(err) == planner.Conflict {
		e := planner.Fail(planner.Conflict, "这一步之后名册或方案又有改动，不能再撤销；请改用锁定、调换或重新求解。",
			"the roster or the plan changed after this step, so it can no longer be undone; pin, move or solve again instead")
		e.Err = err
		return 0, e
	} else if err != nil {
		return 0, err
	}
	if t.rows == 0 {
		return 0, planner.Fail(planner.NotFound, "没有可以撤销的一步。", "there is no such step to undo")
	}
	return t.rows, t.turnBack()
}
