package store

import (
	"encoding/base64"
	"fmt"

	"lianxin/planner"
	"lianxin/planner/civil"
)

type seatRow struct {
	ID     string     `db:"id" json:"id"`
	Slot   string     `db:"slot" json:"slot"`
	HeldOn civil.Date `db:"held_on" json:"held_on"`
	Seat   int        `db:"seat" json:"seat"`
}

func (r seatRow) rowID() string     { return r.ID }
func (r seatRow) household() string { return "" }
func (r seatRow) values() []any     { return []any{r.ID, r.Slot, r.HeldOn, r.Seat} }

var seats = &table[seatRow]{
	kind: "reception-seat",
	byID: query(`SELECT id, slot, held_on, seat FROM reception_seats WHERE id IN (:ids)`),
	put:  inserts(`INSERT INTO reception_seats (id, slot, held_on, seat) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`),
	drop: query(`DELETE FROM reception_seats WHERE id IN (:ids)`),
}

type appointmentRow struct {
	ID       string     `db:"id" json:"id"`
	Slot     string     `db:"slot" json:"slot"`
	HeldOn   civil.Date `db:"held_on" json:"held_on"`
	Seat     *int       `db:"seat" json:"seat"` // nil: cancelled or refused
	State    string     `db:"state" json:"state"`
	Subject  string     `db:"subject" json:"subject"`
	Persons  int        `db:"persons" json:"persons"`
	Name     string     `db:"name" json:"name"` // with contact and words sealed under the appointment's key
	Contact  string     `db:"contact" json:"contact"`
	Words    string     `db:"words" json:"words"`
	CodeHash string     `db:"code_hash" json:"code_hash"`
	Matter   nullable   `db:"matter" json:"matter"`
	BookedOn civil.Date `db:"booked_on" json:"booked_on"`
	PurgedOn civil.Date `db:"purged_on" json:"purged_on"`
	Revision int        `db:"revision" json:"revision"`
	Refusal  string     `db:"refusal" json:"refusal,omitempty"`
}

// appointmentKey names the key of an appointment's own, beside those of households, which live in the same vault.
func appointmentKey(id string) string { return "appointment/" + id }

func (r appointmentRow) rowID() string     { return r.ID }
func (r appointmentRow) household() string { return appointmentKey(r.ID) }
func (r appointmentRow) values() []any {
	return []any{r.ID, r.Slot, r.HeldOn, r.Seat, r.State, r.Subject, r.Persons, r.Name, r.Contact, r.Words, r.CodeHash, r.Matter, r.BookedOn, r.PurgedOn, r.Revision, r.Refusal}
}

// noun leaves name, contact and words out.
func (r appointmentRow) noun() planner.Appointment {
	a := planner.Appointment{ID: planner.AppointmentID(r.ID), Seat: planner.Seat{Slot: r.Slot, On: r.HeldOn}, State: planner.AppointmentState(r.State), Subject: r.Subject,
		Persons: r.Persons, CodeHash: r.CodeHash, Matter: planner.MatterID(r.Matter), BookedOn: r.BookedOn, PurgedOn: r.PurgedOn, Revision: r.Revision, Refusal: planner.Refusal(r.Refusal)}
	if r.Seat != nil {
		a.Seat.Seat = *r.Seat
	}
	return a
}

var appointments = &table[appointmentRow]{
	kind: "appointment",
	byID: query(`SELECT id, slot, held_on, seat, state, subject, persons, name, contact, words, code_hash, matter, booked_on, purged_on, revision, refusal
		FROM appointments WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO appointments (id, slot, held_on, seat, state, subject, persons, name, contact, words, code_hash, matter, booked_on, purged_on, revision, refusal)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET slot = excluded.slot, held_on = excluded.held_on, seat = excluded.seat, state = excluded.state,
			subject = excluded.subject, persons = excluded.persons, name = excluded.name, contact = excluded.contact, words = excluded.words,
			code_hash = excluded.code_hash, matter = excluded.matter, purged_on = excluded.purged_on,
			revision = excluded.revision, refusal = excluded.refusal`),
	drop: query(`DELETE FROM appointments WHERE id IN (:ids)`),
}

type walkInRow struct {
	ID      string     `db:"id" json:"id"`
	Slot    string     `db:"slot" json:"slot"`
	HeldOn  civil.Date `db:"held_on" json:"held_on"`
	Number  int        `db:"number" json:"number"`
	State   string     `db:"state" json:"state"`
	Subject string     `db:"subject" json:"subject"`
	Persons int        `db:"persons" json:"persons"`
}

func (r walkInRow) rowID() string     { return r.ID }
func (r walkInRow) household() string { return "" }
func (r walkInRow) values() []any {
	return []any{r.ID, r.Slot, r.HeldOn, r.Number, r.State, r.Subject, r.Persons}
}

func (r walkInRow) noun() planner.WalkIn {
	return planner.WalkIn{ID: planner.WalkInID(r.ID), On: r.HeldOn, Number: r.Number, State: planner.WalkInState(r.State), Subject: r.Subject, Persons: r.Persons}
}

var walkIns = &table[walkInRow]{
	kind: "walk-in",
	byID: query(`SELECT id, slot, held_on, number, state, subject, persons FROM walk_ins WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO walk_ins (id, slot, held_on, number, state, subject, persons) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, subject = excluded.subject, persons = excluded.persons`),
	drop: query(`DELETE FROM walk_ins WHERE id IN (:ids)`),
}

var (
	seatsOfSlot = query(`SELECT s.seat FROM reception_seats s WHERE s.slot = :slot AND s.seat <= :most AND NOT EXISTS (
			SELECT 1 FROM appointments a WHERE a.slot = s.slot AND a.seat = s.seat)
		ORDER BY s.seat`)
	takenSeats = query(`SELECT slot, count(*) AS n FROM appointments WHERE held_on >= :from AND held_on < :until AND seat IS NOT NULL GROUP BY slot`)
	heldSeats  = query(`SELECT id, slot, held_on, seat, state, subject, persons, name, contact, words, code_hash, matter, booked_on, purged_on, revision, refusal
		FROM appointments WHERE held_on >= :from AND held_on < :until AND seat IS NOT NULL ORDER BY held_on, slot, seat`)
	appointmentByCode = query(`SELECT id, slot, held_on, seat, state, subject, persons, name, contact, words, code_hash, matter, booked_on, purged_on, revision, refusal
		FROM appointments WHERE code_hash = :hash`)
	unpurged = query(`SELECT id, slot, held_on, seat, state, subject, persons, name, contact, words, code_hash, matter, booked_on, purged_on, revision, refusal
		FROM appointments WHERE purged_on IS NULL AND (held_on < :before OR seat IS NULL) ORDER BY held_on, id`)
	keysOfPurged = query(`SELECT count(*) FROM appointments a JOIN household_keys k ON k.household = :prefix || a.id
		WHERE a.purged_on IS NOT NULL AND k.wrapped IS NOT NULL`)
	walkInsOf  = query(`SELECT id, slot, held_on, number, state, subject, persons FROM walk_ins WHERE held_on >= :from AND held_on < :until ORDER BY held_on, slot, number`)
	lastWalkIn = query(`SELECT COALESCE(max(number), 0) FROM walk_ins WHERE slot = :slot`)

	appointmentEvents = query(`SELECT id, key, uid, kind, held_on, from_min, until_min, nominal_on, why_zh, why_en, cadre, village, place,
			status, sequence, digest, created_at, changed_at, about_zh, about_en
		FROM events WHERE key >= :low AND key < :high AND held_on >= :from ORDER BY key`)

	everySeat        = query(`SELECT id, slot, held_on, seat FROM reception_seats WHERE id > :after ORDER BY id LIMIT :limit`)
	everyAppointment = query(`SELECT id, slot, held_on, seat, state, subject, persons, name, contact, words, code_hash, matter, booked_on, purged_on, revision, refusal
		FROM appointments WHERE id > :after ORDER BY id LIMIT :limit`)
	everyWalkIn = query(`SELECT id, slot, held_on, number, state, subject, persons FROM walk_ins WHERE id > :after ORDER BY id LIMIT :limit`)
)

// FreeSeats makes the seats 1 to most of a day's slot, if they are not there, and returns those that nobody holds, in order. The
// counter and the system.
func (tx *Tx) FreeSeats(on civil.Date, most int) (free []int, err error) {
	if err := tx.mayCounter(); err != nil {
		return nil, err
	}
	slot := planner.SlotKey(on)
	rows := make([]seatRow, most)
	for i := range rows {
		rows[i] = seatRow{ID: fmt.Sprintf("%s/%02d", slot, i+1), Slot: slot, HeldOn: on, Seat: i + 1}
	}
	if _, err := seats.store(tx, rows); err != nil {
		return nil, err
	}
	err = tx.all(&free, seatsOfSlot, args{"slot": slot, "most": most})
	return free, err
}

// SeatsTaken counts the seats held per slot of a span. It names nobody and is open to all.
func (tx *Tx) SeatsTaken(s civil.Span) (map[string]int, error) {
	var rows []struct {
		Slot string `db:"slot"`
		N    int    `db:"n"`
	}
	from, until := bounds(s)
	if err := tx.all(&rows, takenSeats, args{"from": from, "until": until}); err != nil {
		return nil, err
	}
	taken := make(map[string]int, len(rows))
	for _, r := range rows {
		taken[r.Slot] = r.N
	}
	return taken, nil
}

// PutAppointment adds an appointment or changes one. Its words are sealed when it is added; later they stay as they are.
//
// Errors: Conflict if somebody holds the seat, or if it was changed since it was read.
func (tx *Tx) PutAppointment(a planner.Appointment) error {
	if err := tx.mayCounter(); err != nil {
		return err
	}
	old, err := appointments.load(tx, []string{string(a.ID)})
	if err != nil {
		return err
	}
	was, exists := old[string(a.ID)]
	r := appointmentRow{ID: string(a.ID), Slot: a.Slot, HeldOn: a.On, State: string(a.State), Subject: a.Subject, Persons: a.Persons, CodeHash: a.CodeHash,
		Matter: nullable(a.Matter), BookedOn: a.BookedOn, PurgedOn: a.PurgedOn, Revision: a.Revision + 1, Refusal: string(a.Refusal)}
	if a.Seat.Seat > 0 {
		r.Seat = &a.Seat.Seat
	}
	if exists {
		if a.Revision != was.Revision {
			return planner.Fail(planner.Conflict, "这份预约刚有变动，请刷新后重试。", "the appointment was changed meanwhile; reload and try again")
		}
		r.Name, r.Contact, r.Words = was.Name, was.Contact, was.Words
	} else {
		if err := tx.unlock([]string{r.household()}, true); err != nil {
			return err
		}
		for what, of := range map[string]struct {
			into *string
			text string
		}{"name": {&r.Name, a.Name}, "contact": {&r.Contact, a.Contact}, "words": {&r.Words, a.Words}} {
			if of.text != "" {
				*of.into = base64.RawStdEncoding.EncodeToString(tx.vault[r.household()].seal(appointments.kind+"-"+what, r.ID, []byte(of.text)))
			}
		}
	}
	_, err = appointments.save(tx, old, []appointmentRow{r})
	return err
}

// openAppointment opens what a person wrote; empty once it is purged.
func (tx *Tx) openAppointment(r appointmentRow) (name, contact, words string, err error) {
	if err = tx.unlock([]string{r.household()}, false); err != nil {
		return "", "", "", err
	}
	for what, of := range map[string]struct {
		into   *string
		sealed string
	}{"name": {&name, r.Name}, "contact": {&contact, r.Contact}, "words": {&words, r.Words}} {
		if *of.into, err = tx.openWords(appointments.kind+"-"+what, r.ID, r.household(), of.sealed); err != nil {
			return "", "", "", err
		}
	}
	return name, contact, words, nil
}

// Appointments returns those of a span that hold a seat, by day and seat, opened. The counter and the system.
func (tx *Tx) Appointments(s civil.Span) ([]planner.Appointment, error) {
	if !tx.who.Is(planner.RoleClerk, planner.RolePlanner, planner.RoleAdmin) {
		return nil, errForbidden()
	}
	from, until := bounds(s)
	var rows []appointmentRow
	if err := tx.all(&rows, heldSeats, args{"from": from, "until": until}); err != nil {
		return nil, err
	}
	return tx.opened(rows)
}

// SeatsHeld returns the appointments of a span that hold a seat, by day and seat, without what the person wrote. The counter and the
// system.
func (tx *Tx) SeatsHeld(s civil.Span) ([]planner.Appointment, error) {
	if !tx.who.Is(planner.RoleClerk, planner.RolePlanner, planner.RoleAdmin) {
		return nil, errForbidden()
	}
	from, until := bounds(s)
	var rows []appointmentRow
	err := tx.all(&rows, heldSeats, args{"from": from, "until": until})
	return nouns(rows, appointmentRow.noun), err
}

// Officials returns name, post and portfolio of leaders whose names stand in the public notice, whatever the reader's scope, and nothing
// else of them. The counter and the system.
func (tx *Tx) Officials(ids []planner.CadreID) (map[planner.CadreID]planner.Cadre, error) {
	if !tx.who.Is(planner.RoleClerk, planner.RolePlanner, planner.RoleAdmin) {
		return nil, errForbidden()
	}
	found, err := cadres.load(tx, plain(ids))
	out := make(map[planner.CadreID]planner.Cadre, len(found))
	for id, r := range found {
		c := r.noun(false)
		out[planner.CadreID(id)] = planner.Cadre{ID: c.ID, Code: c.Code, Name: c.Name, Title: c.Title, Rank: c.Rank, Head: c.Head, Portfolio: c.Portfolio}
	}
	return out, err
}

// AppointmentEvents returns the calendar entries of one appointment, or with an empty ID of all, from a day on; cancelled ones too.
// The counter and the system.
func (tx *Tx) AppointmentEvents(id planner.AppointmentID, from civil.Date) ([]planner.Event, error) {
	if !tx.who.Is(planner.RoleClerk, planner.RolePlanner, planner.RoleAdmin) {
		return nil, errForbidden()
	}
	low, high := "apt/", "apt0"
	if id != "" {
		low, high = low+string(id)+"/", low+string(id)+"0"
	}
	if from.IsZero() {
		from = civil.Of(1, 1, 1)
	}
	return scanned(tx, appointmentEvents, args{"low": low, "high": high, "from": from}, scanEvent)
}

func (tx *Tx) opened(rows []appointmentRow) ([]planner.Appointment, error) {
	out := make([]planner.Appointment, len(rows))
	for i, r := range rows {
		var err error
		out[i] = r.noun()
		if out[i].Name, out[i].Contact, out[i].Words, err = tx.openAppointment(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// AppointmentByCode finds one by the hash of its slip's code, opened. NotFound if there is none. The system only: whoever holds
// the code asks in no name.
func (tx *Tx) AppointmentByCode(hash string) (a planner.Appointment, err error) {
	if !tx.who.IsSystem() {
		return a, errForbidden()
	}
	var rows []appointmentRow
	if err := tx.all(&rows, appointmentByCode, args{"hash": hash}); err != nil {
		return a, err
	}
	if len(rows) == 0 {
		return a, planner.Fail(planner.NotFound, "没有这个预约码，请对照预约单核对。", "there is no appointment with this code; compare it with the slip")
	}
	out, err := tx.opened(rows)
	if err != nil {
		return a, err
	}
	return out[0], nil
}

// PurgeAppointments takes name, contact and words out of appointments of days before a day, and of cancelled ones, and destroys their
// keys, so that they cannot be read from the audit either. It returns how many. Planners and the system.
func (tx *Tx) PurgeAppointments(before, today civil.Date) (int, error) {
	if err := tx.mayManage(); err != nil {
		return 0, err
	}
	var rows []appointmentRow
	if err := tx.all(&rows, unpurged, args{"before": before}); err != nil {
		return 0, err
	}
	old := make(map[string]appointmentRow, len(rows))
	for i, r := range rows {
		old[r.ID] = r
		rows[i].Name, rows[i].Contact, rows[i].Words, rows[i].PurgedOn = "", "", "", today
		rows[i].Revision++
	}
	n, err := appointments.save(tx, old, rows)
	if err != nil {
		return 0, err
	}
	for _, r := range rows {
		if _, err := tx.exec(destroyHouseholdKey, args{"id": r.household(), "at": civil.At(tx.op.Now)}); err != nil {
			return 0, err
		}
		delete(tx.vault, r.household())
	}
	return n, nil
}

// PurgeProof counts what a purge must leave none of: appointments of days before a day that still hold something, and keys of
// purged ones that still open something.
func (tx *Tx) PurgeProof(before civil.Date) (held, keys int, err error) {
	var rows []appointmentRow
	if err := tx.all(&rows, unpurged, args{"before": before}); err != nil {
		return 0, 0, err
	}
	err = tx.one(&keys, keysOfPurged, args{"prefix": appointmentKey("")})
	return len(rows), keys, err
}

// AddWalkIn gives somebody who came without an appointment the day's next number. The counter.
func (tx *Tx) AddWalkIn(w planner.WalkIn) (planner.WalkIn, error) {
	if err := tx.mayCounter(); err != nil {
		return w, err
	}
	slot := planner.SlotKey(w.On)
	if err := tx.one(&w.Number, lastWalkIn, args{"slot": slot}); err != nil {
		return w, err
	}
	w.Number++
	return w, tx.PutWalkIn(w)
}

// PutWalkIn changes a walk-in's state. The counter.
func (tx *Tx) PutWalkIn(w planner.WalkIn) error {
	if err := tx.mayCounter(); err != nil {
		return err
	}
	_, err := walkIns.store(tx, []walkInRow{{ID: string(w.ID), Slot: planner.SlotKey(w.On), HeldOn: w.On, Number: w.Number, State: string(w.State), Subject: w.Subject, Persons: w.Persons}})
	return err
}

// WalkIns returns those of a span by day and number. They name nobody; for whoever is signed in.
func (tx *Tx) WalkIns(s civil.Span) ([]planner.WalkIn, error) {
	if !tx.who.Signed() {
		return nil, errForbidden()
	}
	from, until := bounds(s)
	var rows []walkInRow
	err := tx.all(&rows, walkInsOf, args{"from": from, "until": until})
	return nouns(rows, walkInRow.noun), err
}
