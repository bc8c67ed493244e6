package store

import (
	"lianxin/planner"
	"lianxin/planner/civil"
)

type actingRow struct {
	Unit    string     `db:"unit" json:"unit"`
	Cadre   string     `db:"cadre" json:"cadre"`
	FromOn  civil.Date `db:"from_on" json:"from_on"`
	UntilOn civil.Date `db:"until_on" json:"until_on"`
}

func (r actingRow) rowID() string     { return r.Unit }
func (r actingRow) household() string { return "" }
func (r actingRow) values() []any     { return []any{r.Unit, r.Cadre, r.FromOn, r.UntilOn} }
func (r actingRow) noun() planner.ActingHolder {
	return planner.ActingHolder{Unit: planner.UnitID(r.Unit), Cadre: planner.CadreID(r.Cadre), From: r.FromOn, Until: r.UntilOn}
}

var actingHolders = &table[actingRow]{
	kind: "acting-holder",
	byID: query(`SELECT unit, cadre, from_on, until_on FROM acting_holders WHERE unit IN (:ids)`),
	put: inserts(`INSERT INTO acting_holders (unit, cadre, from_on, until_on) VALUES (?, ?, ?, ?)
		ON CONFLICT (unit) DO UPDATE SET cadre = excluded.cadre, from_on = excluded.from_on, until_on = excluded.until_on`),
	drop: query(`DELETE FROM acting_holders WHERE unit IN (:ids)`),
}

var (
	everyActing = query(`SELECT unit, cadre, from_on, until_on FROM acting_holders WHERE unit > :after ORDER BY unit LIMIT :limit`)
	listActing  = query(`SELECT unit, cadre, from_on, until_on FROM acting_holders ORDER BY unit`)
)

// ActingHolders lists who acts for a unit, by unit. Whoever signed in may read it: it is on every unit's door.
func (tx *Tx) ActingHolders() ([]planner.ActingHolder, error) {
	if !tx.who.Signed() {
		return nil, errForbidden()
	}
	var rows []actingRow
	err := tx.all(&rows, listActing, args{})
	return nouns(rows, actingRow.noun), err
}

// PutActingHolder names who acts for a unit; an empty cadre takes it back. Planners, administrators and the system.
func (tx *Tx) PutActingHolder(h planner.ActingHolder) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	if h.Cadre == "" {
		return actingHolders.removeIDs(tx, []string{string(h.Unit)})
	}
	_, err := actingHolders.store(tx, []actingRow{{string(h.Unit), string(h.Cadre), h.From, h.Until}})
	return err
}

type ackRow struct {
	ID      string     `db:"id" json:"id"`
	Task    string     `db:"task" json:"task"`
	Cadre   string     `db:"cadre" json:"cadre"`
	Rung    int        `db:"rung" json:"rung"`
	NotedOn civil.Date `db:"noted_on" json:"noted_on"`
}

func (r ackRow) rowID() string     { return r.ID }
func (r ackRow) household() string { return "" }
func (r ackRow) values() []any     { return []any{r.ID, r.Task, r.Cadre, r.Rung, r.NotedOn} }
func (r ackRow) noun() planner.TaskAck {
	return planner.TaskAck{ID: r.ID, Task: planner.TaskID(r.Task), Cadre: planner.CadreID(r.Cadre), Rung: r.Rung, On: r.NotedOn}
}

var taskAcks = &table[ackRow]{
	kind: "task-ack",
	byID: query(`SELECT id, task, cadre, rung, noted_on FROM task_acks WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO task_acks (id, task, cadre, rung, noted_on) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET rung = excluded.rung, noted_on = excluded.noted_on`),
	drop: query(`DELETE FROM task_acks WHERE id IN (:ids)`),
}

var (
	everyAck = query(`SELECT id, task, cadre, rung, noted_on FROM task_acks WHERE id > :after ORDER BY id LIMIT :limit`)
	acksOf   = query(`SELECT id, task, cadre, rung, noted_on FROM task_acks WHERE task IN (:ids) ORDER BY task, noted_on, id`)
)

// TaskAcks returns who has taken note of the tasks, for the system; a page asks for tasks that the reader sees.
func (tx *Tx) TaskAcks(tasks []planner.TaskID) (out []planner.TaskAck, err error) {
	if !tx.who.IsSystem() {
		return nil, errForbidden()
	}
	err = chunks(tasks, func(part []planner.TaskID) error {
		var rows []ackRow
		err := tx.all(&rows, acksOf, args{"ids": plain(part)})
		out = append(out, nouns(rows, ackRow.noun)...)
		return err
	})
	return out, err
}

// PutTaskAck stores that somebody has taken note; once is enough. The system, for somebody whom the ladder told.
func (tx *Tx) PutTaskAck(k planner.TaskAck) error {
	if !tx.who.IsSystem() {
		return errForbidden()
	}
	if err := tx.mayWrite(); err != nil {
		return err
	}
	_, err := taskAcks.store(tx, []ackRow{{string(k.Task) + "/" + string(k.Cadre), string(k.Task), string(k.Cadre), k.Rung, k.On}})
	return err
}

type wayRow struct {
	Household string `db:"household" json:"household"`
	Way       string `db:"way" json:"way"`
}

func (r wayRow) rowID() string     { return r.Household }
func (r wayRow) household() string { return r.Household }
func (r wayRow) values() []any     { return []any{r.Household, r.Way} }

var householdWays = &table[wayRow]{
	kind: "household-way",
	byID: query(`SELECT household, way FROM household_ways WHERE household IN (:ids)`),
	put: inserts(`INSERT INTO household_ways (household, way) VALUES (?, ?)
		ON CONFLICT (household) DO UPDATE SET way = excluded.way`),
	drop: query(`DELETE FROM household_ways WHERE household IN (:ids)`),
}

var everyWay = query(`SELECT household, way FROM household_ways WHERE household > :after ORDER BY household LIMIT :limit`)

// HouseholdWays returns how households want to hear of their visits; who chose nothing is not in the map. The system only.
func (tx *Tx) HouseholdWays(ids []planner.HouseholdID) (map[planner.HouseholdID]string, error) {
	if !tx.who.IsSystem() {
		return nil, errForbidden()
	}
	found, err := householdWays.load(tx, plain(ids))
	out := make(map[planner.HouseholdID]string, len(found))
	for id, r := range found {
		out[planner.HouseholdID(id)] = r.Way
	}
	return out, err
}

// PutHouseholdWay stores what a household chose. The system, for the card or the counter.
func (tx *Tx) PutHouseholdWay(w planner.HouseholdWay) error {
	if !tx.who.IsSystem() {
		return errForbidden()
	}
	if err := tx.mayWrite(); err != nil {
		return err
	}
	_, err := householdWays.store(tx, []wayRow{{string(w.Household), w.Way}})
	return err
}

// NoteReminder records what a person does to a reminder by hand.
func (tx *Tx) NoteReminder(id, do string) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	return tx.noteEvent(actChange, "reminder", id, map[string]any{"by_hand": do})
}
