package store

import (
	"lianxin/planner"
)

// Read are events and visits as an earlier snapshot held them, by which a long piece of work found what is to be written.
type Read struct {
	Mark   Mark // of the same snapshot, from [Tx.SinceDays]
	Events map[planner.EventID]*planner.Event
	Visits map[planner.VisitID]*planner.Visit
}

// PutEventsRead is [Tx.PutEvents] for events that were worked out from an earlier snapshot: Conflict if another hand changed one of
// them meanwhile, rather than undo what it did. While nothing at all was written to events and visits since, what is stored is not
// read once more.
func (tx *Tx) PutEventsRead(was Read, es []planner.Event) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	rows := rowsOfEvents(es)
	known := func(id string) (eventRow, bool) {
		if e := was.Events[planner.EventID(id)]; e != nil {
			return rowOfEvent(e), true
		}
		return eventRow{}, false
	}
	return saveRead(tx, events, was.Mark, known, rows)
}

// PutVisitsRead is PutEventsRead for visits. Planners and the system only.
func (tx *Tx) PutVisitsRead(was Read, vs []planner.Visit) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	rows := make([]visitRow, len(vs))
	for i, v := range vs {
		rows[i] = rowOfVisit(v)
	}
	known := func(id string) (visitRow, bool) {
		if v := was.Visits[planner.VisitID(id)]; v != nil {
			return rowOfVisit(*v), true
		}
		return visitRow{}, false
	}
	return saveRead(tx, visits, was.Mark, known, rows)
}

// saveRead saves rows over what was known of them, if that still holds.
func saveRead[R interface {
	stored
	comparable
}](tx *Tx, t *table[R], m Mark, known func(id string) (R, bool), rows []R) error {
	if len(rows) == 0 {
		return nil
	}
	changed, err := tx.daysChanged(m)
	if err != nil {
		return err
	}
	if changed {
		now, err := t.load(tx, idsOf(rows))
		if err != nil {
			return err
		}
		for _, r := range rows {
			was, had := known(r.rowID())
			if is, has := now[r.rowID()]; has != had || is != was {
				return planner.Fail(planner.Conflict, "日历刚被他人改动，请重新排一次。", "the calendar was changed by someone else just now; lay it again.")
			}
		}
	}
	_, err = t.saveOver(tx, known, true, rows)
	return err
}

// daysChanged answers once for a mark, before this transaction's own rows are among those counted. PostgreSQL is not asked: there the
// transaction would depend on every other that writes meanwhile, whatever it writes, and be run again and again.
func (tx *Tx) daysChanged(m Mark) (bool, error) {
	if tx.db.dialect == "postgres" {
		return true, nil
	}
	if tx.days.asked == m && m.started {
		return tx.days.changed, nil
	}
	changed, _, err := tx.since(m, dayWrites)
	tx.days.asked, tx.days.changed = m, changed
	return changed, err
}
