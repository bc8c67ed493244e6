package store

import (
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// Invite is an event to which a person was invited by mail: the last message and the last answer (RFC 5546).
type Invite struct {
	ID        string
	Event     planner.EventID
	Cadre     planner.CadreID
	Method    string // "request" or "cancel": what was sent last
	Sequence  int    // of what was sent last
	PartStat  string // needs-action, accepted, declined, tentative
	SentAt    time.Time
	RepliedAt time.Time // by the answer's own DTSTAMP; zero: none

	Held    string    // an answer that waits for somebody to ask the person: accepted, declined, tentative; empty: none
	HeldWhy string    // see [HeldSender] and [HeldUnproved]
	HeldAt  time.Time // by the answer's own DTSTAMP
}

// Why an answer waits.
const (
	HeldSender   = "sender"   // it came from another address than the person's
	HeldUnproved = "unproved" // the office's mail server did not prove that it came from the person's domain
)

// Released is v without the answer that waited.
func (v Invite) Released() Invite {
	v.Held, v.HeldWhy, v.HeldAt = "", "", time.Time{}
	return v
}

type inviteRow struct {
	ID        string        `db:"id" json:"id"`
	Event     string        `db:"event" json:"event"`
	Cadre     string        `db:"cadre" json:"cadre"`
	Method    string        `db:"method" json:"method"`
	Sequence  int           `db:"sequence" json:"sequence"`
	PartStat  string        `db:"partstat" json:"partstat"`
	SentAt    civil.Instant `db:"sent_at" json:"sent_at,omitzero"`
	RepliedAt civil.Instant `db:"replied_at" json:"replied_at,omitzero"`
	Held      string        `db:"held_partstat" json:"held_partstat,omitempty"`
	HeldWhy   string        `db:"held_why" json:"held_why,omitempty"`
	HeldAt    civil.Instant `db:"held_at" json:"held_at,omitzero"`
	Settled   string        `db:"-" json:"settled,omitempty"` // how it was found out what the person meant: of one write, for the audit alone
}

func (r inviteRow) rowID() string     { return r.ID }
func (r inviteRow) household() string { return "" }
func (r inviteRow) values() []any {
	return []any{r.ID, r.Event, r.Cadre, r.Method, r.Sequence, r.PartStat, r.SentAt, r.RepliedAt, r.Held, r.HeldWhy, r.HeldAt}
}
func (r inviteRow) noun() Invite {
	return Invite{ID: r.ID, Event: planner.EventID(r.Event), Cadre: planner.CadreID(r.Cadre), Method: r.Method, Sequence: r.Sequence,
		PartStat: r.PartStat, SentAt: r.SentAt.Time, RepliedAt: r.RepliedAt.Time, Held: r.Held, HeldWhy: r.HeldWhy, HeldAt: r.HeldAt.Time}
}

func rowOfInvite(v Invite) inviteRow {
	return inviteRow{ID: v.ID, Event: string(v.Event), Cadre: string(v.Cadre), Method: v.Method, Sequence: v.Sequence, PartStat: v.PartStat, SentAt: civil.At(v.SentAt),
		RepliedAt: civil.At(v.RepliedAt), Held: v.Held, HeldWhy: v.HeldWhy, HeldAt: civil.At(v.HeldAt)}
}

var invites = &table[inviteRow]{
	kind: "invite",
	byID: query(`SELECT id, event, cadre, method, sequence, partstat, sent_at, replied_at, held_partstat, held_why, held_at FROM event_invites WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO event_invites (id, event, cadre, method, sequence, partstat, sent_at, replied_at, held_partstat, held_why, held_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET method = excluded.method, sequence = excluded.sequence, partstat = excluded.partstat,
			sent_at = excluded.sent_at, replied_at = excluded.replied_at,
			held_partstat = excluded.held_partstat, held_why = excluded.held_why, held_at = excluded.held_at`),
	drop: query(`DELETE FROM event_invites WHERE id IN (:ids)`),
}

var (
	// visibleInvites: the person's own and those of the cadres in scope.
	visibleInvites = query(`SELECT id, event, cadre, method, sequence, partstat, sent_at, replied_at, held_partstat, held_why, held_at FROM event_invites i
		WHERE (:cadre = '' OR i.cadre = :cadre) AND (:all = 1 OR i.cadre IN (:cadres)) ORDER BY i.cadre, i.event`)
	heldInvites = query(`SELECT id, event, cadre, method, sequence, partstat, sent_at, replied_at, held_partstat, held_why, held_at FROM event_invites
		WHERE held_partstat <> '' AND (:id = '' OR id = :id) ORDER BY id`)
	eventByUID = query(`SELECT id, key, uid, kind, held_on, from_min, until_min, nominal_on, why_zh, why_en, cadre, village, place, status,
		sequence, digest, created_at, changed_at FROM events WHERE uid = :uid`)
)

// Invites lists the invitations of a cadre, or with an empty one all in scope.
func (tx *Tx) Invites(cadre planner.CadreID) ([]Invite, error) {
	s, err := tx.scope()
	if err != nil {
		return nil, err
	}
	var rows []inviteRow
	err = tx.all(&rows, visibleInvites, args{"cadre": string(cadre), "all": flag(s.all), "cadres": in(s.cadres)})
	return nouns(rows, inviteRow.noun), err
}

// PutInvites adds invitations or replaces those of the same ID. Planners and the system only.
func (tx *Tx) PutInvites(list []Invite) error {
	if err := tx.mayManage(); err != nil || len(list) == 0 {
		return err
	}
	rows := make([]inviteRow, len(list))
	for i, v := range list {
		rows[i] = rowOfInvite(v)
	}
	_, err := invites.store(tx, rows)
	return err
}

// Held is an invitation whose answer waits, with its event.
type Held struct {
	Invite
	Of planner.Event
}

// HeldInvites lists the invitations whose answer waits, or the one of an ID. The system, planners and the counter only.
func (tx *Tx) HeldInvites(id string) (list []Held, err error) {
	if !tx.who.Is(planner.RoleClerk, planner.RolePlanner, planner.RoleAdmin) {
		return nil, errForbidden()
	}
	var rows []inviteRow
	if err := tx.all(&rows, heldInvites, args{"id": id}); err != nil || len(rows) == 0 {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.Event
	}
	of, err := events.load(tx, ids)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if e, ok := of[r.Event]; ok {
			list = append(list, Held{r.noun(), e.noun()})
		}
	}
	return list, nil
}

// SettleInvite takes the answer that waits or drops it. Why goes into the audit. The system, planners and the counter only.
func (tx *Tx) SettleInvite(v Invite, accept bool, why string) error {
	if err := tx.mayCounter(); err != nil {
		return err
	}
	if accept {
		v.PartStat, v.RepliedAt = v.Held, v.HeldAt
	}
	row := rowOfInvite(v.Released())
	row.Settled = why
	_, err := invites.store(tx, []inviteRow{row})
	return err
}

// EventByUID returns the event of a UID, for answers from outside. NotFound if there is none. The system only.
func (tx *Tx) EventByUID(uid string) (planner.Event, error) {
	if !tx.who.IsSystem() {
		return planner.Event{}, errForbidden()
	}
	var r eventRow
	if err := tx.one(&r, eventByUID, args{"uid": uid}); err != nil {
		return planner.Event{}, notFound(err, "没有这个日程。", "there is no such event")
	}
	return r.noun(), nil
}
