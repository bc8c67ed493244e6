package store

import (
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

var tasksMade = query(`SELECT r.row_id AS task, MIN(w.at) AS made_at FROM audit_rows r JOIN audit_writes w ON w.seq = r.write_seq
	WHERE r.action = 'add' AND r.kind = 'task' AND r.row_id IN (:ids) GROUP BY r.row_id`)

// TasksMadeAt tells when tasks were entered, by the audit trail, for the system. A task that the trail does not know is left out.
func (tx *Tx) TasksMadeAt(ids []planner.TaskID) (map[planner.TaskID]time.Time, error) {
	if !tx.who.IsSystem() {
		return nil, errForbidden()
	}
	out := map[planner.TaskID]time.Time{}
	err := chunks(plain(ids), func(part []string) error {
		var rows []struct {
			Task   planner.TaskID `db:"task"`
			MadeAt civil.Instant  `db:"made_at"`
		}
		err := tx.all(&rows, tasksMade, args{"ids": part})
		for _, r := range rows {
			out[r.Task] = r.MadeAt.Time
		}
		return err
	})
	return out, err
}
