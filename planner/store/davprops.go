package store

import (
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

var (
	davPropsOf = query(`SELECT collection, name, value FROM dav_props WHERE account = :account ORDER BY collection, name`)
	davPropPut = query(`INSERT INTO dav_props (account, collection, name, value) VALUES (:account, :collection, :name, :value)
		ON CONFLICT (account, collection, name) DO UPDATE SET value = excluded.value`)
	davPropDrop = query(`DELETE FROM dav_props WHERE account = :account AND collection = :collection AND name = :name`)
	taskEnd     = query(`INSERT INTO task_ends (task, ended_at) VALUES (:task, :at) ON CONFLICT (task) DO UPDATE SET ended_at = excluded.ended_at`)
	taskEndsOf  = query(`SELECT e.task, e.ended_at FROM task_ends e JOIN tasks t ON t.id = e.task WHERE t.owner = :owner`)
)

// DavProps returns how an account's programs show collections: collection → displayname, calendar-color, calendar-order.
func (tx *Tx) DavProps(account planner.AccountID) (map[string]map[string]string, error) {
	if err := tx.mayKeep(account); err != nil {
		return nil, err
	}
	var rows []struct {
		Collection string `db:"collection"`
		Name       string `db:"name"`
		Value      string `db:"value"`
	}
	if err := tx.all(&rows, davPropsOf, args{"account": string(account)}); err != nil {
		return nil, err
	}
	out := map[string]map[string]string{}
	for _, r := range rows {
		if out[r.Collection] == nil {
			out[r.Collection] = map[string]string{}
		}
		out[r.Collection][r.Name] = r.Value
	}
	return out, nil
}

// PutDavProp stores how an account's programs show a collection; an empty value goes back to ours. A matter of taste, it
// is audited as a change of the account's own settings.
func (tx *Tx) PutDavProp(account planner.AccountID, collection, name, value string) error {
	if err := tx.mayWrite(); err != nil {
		return err
	}
	if err := tx.mayKeep(account); err != nil {
		return err
	}
	statement, a := davPropPut, args{"account": string(account), "collection": collection, "name": name}
	if value == "" {
		statement = davPropDrop
	} else {
		a["value"] = value
	}
	if _, err := tx.exec(statement, a); err != nil {
		return err
	}
	return tx.noteEvent(actChange, "dav-prop", string(account), map[string]any{"collection": collection, "name": name, "value": value})
}

// NoteTaskEnd keeps when a task was completed. It follows the task's own change, which is audited.
func (tx *Tx) NoteTaskEnd(id planner.TaskID, at time.Time) error {
	if err := tx.mayWrite(); err != nil {
		return err
	}
	_, err := tx.exec(taskEnd, args{"task": string(id), "at": civil.At(at)})
	return err
}

// TaskEnds returns when a cadre's tasks were completed, as far as it was kept. The system only.
func (tx *Tx) TaskEnds(owner planner.CadreID) (map[planner.TaskID]time.Time, error) {
	if !tx.who.IsSystem() {
		return nil, errForbidden()
	}
	var rows []struct {
		Task string        `db:"task"`
		At   civil.Instant `db:"ended_at"`
	}
	err := tx.all(&rows, taskEndsOf, args{"owner": string(owner)})
	out := map[planner.TaskID]time.Time{}
	for _, r := range rows {
		out[planner.TaskID(r.Task)] = r.At.Time
	}
	return out, err
}
