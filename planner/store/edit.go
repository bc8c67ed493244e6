package store

import (
	"encoding/base64"
	"fmt"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
)

type editRow struct {
	ID        string               `db:"id" json:"id"`
	Visit     string               `db:"visit" json:"visit"`
	Household string               `db:"household" json:"household"`
	Field     string               `db:"field" json:"field"`
	Value     string               `db:"value" json:"value"` // sealed under the household's key
	Clock     int                  `db:"clock" json:"clock"`
	Overs     list[planner.EditID] `db:"overs" json:"overs"`
	RefusedZH string               `db:"refused_zh" json:"refused_zh"`
	RefusedEN string               `db:"refused_en" json:"refused_en"`
}

func (r editRow) rowID() string     { return r.ID }
func (r editRow) household() string { return r.Household }
func (r editRow) values() []any {
	return []any{r.ID, r.Visit, r.Household, r.Field, r.Value, r.Clock, r.Overs, r.RefusedZH, r.RefusedEN}
}

var edits = &table[editRow]{
	kind: "visit-edit",
	byID: query(`SELECT id, visit, household, field, value, clock, overs, refused_zh, refused_en FROM visit_edits WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO visit_edits (id, visit, household, field, value, clock, overs, refused_zh, refused_en)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`),
	drop: query(`DELETE FROM visit_edits WHERE id IN (:ids)`),
}

var (
	editsOfVisits       = query(`SELECT id, visit, household, field, value, clock, overs, refused_zh, refused_en FROM visit_edits WHERE visit IN (:visits) ORDER BY visit, id`)
	requestsOfHousehold = query(`SELECT id FROM household_requests WHERE household = :household ORDER BY id`)
	editsOfHousehold    = query(`SELECT id FROM visit_edits WHERE household = :household ORDER BY id`)
)

// StoredEdit is an edit with what became of it.
type StoredEdit struct {
	planner.Edit
	Refused planner.Text `json:"refused,omitzero"` // why it was not taken; zero: taken
}

// EditsOf returns the edits of visits, sorted by visit and ID. The visits must be of the scope: they are what [Tx.Visits] gave. What
// an erased household said reads empty.
func (tx *Tx) EditsOf(visits []planner.VisitID) ([]StoredEdit, error) {
	var rows []editRow
	err := chunks(visits, func(part []planner.VisitID) error {
		var some []editRow
		err := tx.all(&some, editsOfVisits, args{"visits": in(part)})
		rows = append(rows, some...)
		return err
	})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return tx.openEdits(rows)
}

func (tx *Tx) openEdits(rows []editRow) ([]StoredEdit, error) {
	var of []string
	for _, r := range rows {
		of = append(of, r.Household)
	}
	slices.Sort(of)
	if err := tx.unlock(slices.Compact(of), false); err != nil {
		return nil, err
	}
	out := make([]StoredEdit, len(rows))
	for i, r := range rows {
		value, err := tx.openValue(r)
		if err != nil {
			return nil, err
		}
		out[i] = StoredEdit{Edit: planner.Edit{ID: planner.EditID(r.ID), Visit: planner.VisitID(r.Visit), Field: planner.Field(r.Field), Value: value,
			Clock: r.Clock, Over: r.Overs}, Refused: planner.Text{ZH: r.RefusedZH, EN: r.RefusedEN}}
	}
	return out, nil
}

func (tx *Tx) openValue(r editRow) (string, error) {
	value, err := tx.openWords(edits.kind, r.ID, r.Household, r.Value)
	if err != nil {
		return "", fmt.Errorf("value of visit-edit %s: %w", r.ID, err)
	}
	return value, nil
}

// AddEdits adds edits to the record of a household's visit. One that is stored already is left as it is, and is no error: it
// arrived twice. Cadres may write to their own visits, also as stand-in or companion; clerks to those of their
// area (a paper sheet typed in), planners to all.
//
// Errors: Forbidden; Conflict if a stored edit of the same ID says something else, which only a copied device does.
func (tx *Tx) AddEdits(v planner.Visit, es []StoredEdit) error {
	if err := tx.mayRecord(v); err != nil || len(es) == 0 {
		return err
	}
	ids := make([]string, len(es))
	for i, e := range es {
		ids[i] = string(e.ID)
	}
	old, err := edits.load(tx, ids)
	if err != nil {
		return err
	}
	if err := tx.unlock([]string{string(v.Household)}, true); err != nil {
		return err
	}
	key := tx.vault[string(v.Household)]
	var rows []editRow
	for _, e := range es {
		if was, ok := old[string(e.ID)]; ok {
			value, err := tx.openValue(was)
			if err != nil {
				return err
			}
			if was.Visit != string(e.Visit) || was.Field != string(e.Field) || value != e.Value && was.RefusedZH == "" {
				return planner.Fail(planner.Conflict, "这台设备的记录编号与另一台重复，请在该设备上重新下载走访表。",
					"this device's numbers are also used by another; download the visit sheet anew on it")
			}
			continue
		}
		r := editRow{ID: string(e.ID), Visit: string(v.ID), Household: string(v.Household), Field: string(e.Field), Clock: e.Clock,
			Overs: e.Over, RefusedZH: e.Refused.ZH, RefusedEN: e.Refused.EN}
		if e.Value != "" {
			r.Value = base64.RawStdEncoding.EncodeToString(key.seal(edits.kind, r.ID, []byte(e.Value)))
		}
		rows = append(rows, r)
	}
	_, err = edits.save(tx, nil, rows)
	return err
}

// eraseRecords deletes what was noted about a household, its requests and its card; its visits stay as days.
func (tx *Tx) eraseRecords(id planner.HouseholdID) error {
	var ids []string
	if err := tx.all(&ids, editsOfHousehold, args{"household": string(id)}); err != nil {
		return err
	}
	if err := edits.removeIDs(tx, ids); err != nil {
		return err
	}
	var asked []string
	if err := tx.all(&asked, requestsOfHousehold, args{"household": string(id)}); err != nil {
		return err
	}
	if err := requests.removeIDs(tx, asked); err != nil {
		return err
	}
	if err := cards.removeIDs(tx, []string{string(id)}); err != nil {
		return err
	}
	if err := householdWays.removeIDs(tx, []string{string(id)}); err != nil {
		return err
	}
	_, err := tx.exec(blankTasks, args{"household": string(id)})
	return err
}

// blankTasks takes the words out of a household's tasks that people wrote; the days stay.
var blankTasks = query(`UPDATE tasks SET say_zh = '（已删除）', say_en = '(erased)' WHERE household = :household AND kind IN ('promise', 'errand', 'escort')`)

var (
	visibleVisitsByID = query(`SELECT v.id, v.event, v.cadre, v.household, v.held_on, v.stop, v.hours, v.state, v.stands_for, v.companion
		FROM visits v
		WHERE v.id IN (:ids)
			AND (:all = 1 OR v.cadre IN (:cadres) OR v.stands_for IN (:cadres) OR v.companion IN (:cadres) OR :by_area = 1 AND EXISTS (SELECT 1 FROM households h JOIN areas a ON a.code IN (:areas)
				WHERE h.id = v.household AND substr(COALESCE(h.group_area, h.village), 1, length(a.code)) = a.code))
		ORDER BY v.held_on, v.cadre, v.stop, v.id`)
	visitsOfHousehold = query(`SELECT id, event, cadre, household, held_on, stop, hours, state, stands_for, companion FROM visits
		WHERE household = :id AND held_on >= :from AND held_on < :until ORDER BY held_on, id`)
	visitsOfCadre = query(`SELECT id, event, cadre, household, held_on, stop, hours, state, stands_for, companion FROM visits
		WHERE cadre = :id AND held_on >= :from AND held_on < :until ORDER BY held_on, stop, id`)
	// looseVisits: arranged by people and without an entry in a calendar yet, or in somebody's place.
	looseVisits = query(`SELECT id, event, cadre, household, held_on, stop, hours, state, stands_for, companion FROM visits
		WHERE held_on >= :from AND held_on < :until AND (event IS NULL AND state = 'planned' OR stands_for IS NOT NULL)
		ORDER BY held_on, cadre, stop, id`)
	tasksByKey = query(`SELECT id, key, kind, owner, household, say_zh, say_en, start_on, due_on, end_on, state, reason, priority, rung,
		revision FROM tasks WHERE household = :household AND key IN (:keys) ORDER BY key, revision DESC`)
)

// VisitsByID returns the visits of the IDs that lie in the scope, sorted by day, cadre and stop.
func (tx *Tx) VisitsByID(ids []planner.VisitID) ([]planner.Visit, error) {
	s, err := tx.scope()
	if err != nil {
		return nil, err
	}
	var rows []visitRow
	err = chunks(ids, func(part []planner.VisitID) error {
		var some []visitRow
		err := tx.all(&some, visibleVisitsByID, s.args().with(args{"ids": in(part)}))
		rows = append(rows, some...)
		return err
	})
	return nouns(rows, visitRow.noun), err
}

// LooseVisits returns the planned visits that have no entry in a calendar yet and those with a stand-in. The system only.
func (tx *Tx) LooseVisits(span civil.Span) ([]planner.Visit, error) {
	if !tx.who.IsSystem() {
		return nil, errForbidden()
	}
	from, until := bounds(span)
	var rows []visitRow
	err := tx.all(&rows, looseVisits, args{"from": from, "until": until})
	return nouns(rows, visitRow.noun), err
}

// VisitsAround returns all visits to a household and all of a cadre in a span, whoever asks: the caps on visits hold over all units.
// They are for a decision and are not to be shown.
func (tx *Tx) VisitsAround(h planner.HouseholdID, c planner.CadreID, span civil.Span) (ofHousehold, ofCadre []planner.Visit, err error) {
	from, until := bounds(span)
	var rows []visitRow
	if err := tx.all(&rows, visitsOfHousehold, args{"id": string(h), "from": from, "until": until}); err != nil {
		return nil, nil, err
	}
	ofHousehold = nouns(rows, visitRow.noun)
	rows = nil
	err = tx.all(&rows, visitsOfCadre, args{"id": string(c), "from": from, "until": until})
	return ofHousehold, nouns(rows, visitRow.noun), err
}

// mayRecord allows writing to the record of a visit: those who go, clerks who type a paper sheet in (the visit is in their
// scope, or they could not have read it), and planners.
func (tx *Tx) mayRecord(v planner.Visit) error {
	if err := tx.mayWrite(); err != nil {
		return err
	}
	if tx.who.Speaks(v.Cadre) || tx.who.Speaks(v.Companion) || tx.who.Is(planner.RoleClerk, planner.RolePlanner, planner.RoleAdmin) {
		return nil
	}
	return errForbidden()
}

// PutRecordedVisits writes visits as their record says, for those who may write the record. A new visit is the new day of one that was
// moved: it must be of the same cadre and household as from.
func (tx *Tx) PutRecordedVisits(from planner.Visit, vs []planner.Visit) error {
	if err := tx.mayRecord(from); err != nil {
		return err
	}
	rows := make([]visitRow, len(vs))
	for i, v := range vs {
		if v.Household != from.Household || v.Cadre != from.Cadre {
			return errForbidden()
		}
		rows[i] = rowOfVisit(v)
	}
	_, err := visits.store(tx, rows)
	return err
}

// PutCompanion writes who goes along on a visit: nothing else of v may differ from what is stored. Whoever goes along may, and planners.
func (tx *Tx) PutCompanion(v planner.Visit) error {
	if err := tx.mayWrite(); err != nil {
		return err
	}
	if !tx.who.Speaks(v.Companion) && tx.mayManage() != nil {
		return errForbidden()
	}
	old, err := visits.load(tx, []string{string(v.ID)})
	if err != nil {
		return err
	}
	row := rowOfVisit(v)
	was := old[row.ID]
	was.Companion = row.Companion
	if was != row {
		return planner.Fail(planner.Conflict, "走访安排刚被改动，请重试。", "the visits were changed meanwhile; try again")
	}
	_, err = visits.save(tx, old, []visitRow{row})
	return err
}

// RecordedTasks returns the tasks of a visit's promises by key, whoever owns them now, newest first of each key.
func (tx *Tx) RecordedTasks(v planner.Visit, keys []string) ([]planner.Task, error) {
	var rows []taskRow
	err := tx.all(&rows, tasksByKey, args{"household": string(v.Household), "keys": in(keys)})
	return nouns(rows, taskRow.noun), err
}

// PutRecordedTasks writes the tasks of a visit's promises, for those who may write its record. Errors as [Tx.PutTasks].
func (tx *Tx) PutRecordedTasks(v planner.Visit, ts []planner.Task) error {
	if err := tx.mayRecord(v); err != nil || len(ts) == 0 {
		return err
	}
	for _, t := range ts {
		if t.Household != v.Household {
			return errForbidden()
		}
	}
	return tx.saveTasks(ts, true)
}

// ContactOnTheDay decrypts a household's contact for who goes there; the caller sees to it that it is the day. The call is
// recorded in the audit. Empty if the household gave none. Forbidden to everybody else, planners too.
func (tx *Tx) ContactOnTheDay(v planner.Visit) (string, error) {
	if !tx.who.Speaks(v.Cadre) && !tx.who.Speaks(v.Companion) {
		return "", errForbidden()
	}
	found, err := households.load(tx, []string{string(v.Household)})
	if err != nil {
		return "", err
	}
	r := found[string(v.Household)]
	contact, err := tx.openContact(contactPlace(v.Household), r.Contact)
	if err != nil || contact == "" {
		return "", err
	}
	return contact, tx.noteRead("household-contact", string(v.Household))
}

var cadreNames = query(`SELECT id, name FROM cadres WHERE id IN (:ids)`)

// CadreNames returns the names of cadres, whoever of the house asks: with whom one goes, or in whose place, is no secret among colleagues.
func (tx *Tx) CadreNames(ids []planner.CadreID) (map[planner.CadreID]string, error) {
	if !tx.who.Signed() {
		return nil, errForbidden()
	}
	names := map[planner.CadreID]string{}
	err := chunks(ids, func(part []planner.CadreID) error {
		var rows []struct {
			ID   planner.CadreID `db:"id"`
			Name string          `db:"name"`
		}
		if err := tx.all(&rows, cadreNames, args{"ids": in(part)}); err != nil {
			return err
		}
		for _, r := range rows {
			names[r.ID] = r.Name
		}
		return nil
	})
	return names, err
}
