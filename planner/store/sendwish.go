package store

import (
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
)

type sendWishRow struct {
	Cadre      string       `db:"cadre" json:"cadre"`
	Channels   list[string] `db:"channels" json:"channels"`
	QuietFrom  int          `db:"quiet_from" json:"quiet_from"`
	QuietUntil int          `db:"quiet_until" json:"quiet_until"`
	DigestAt   int          `db:"digest_at" json:"digest_at"`
	AnyDay     bool         `db:"any_day" json:"any_day"`
	MuteUntil  civil.Date   `db:"mute_until_on" json:"mute_until_on"`
	Lang       string       `db:"lang" json:"lang"`
}

func (r sendWishRow) rowID() string     { return r.Cadre }
func (r sendWishRow) household() string { return "" }
func (r sendWishRow) values() []any {
	return []any{r.Cadre, r.Channels, r.QuietFrom, r.QuietUntil, r.DigestAt, r.AnyDay, r.MuteUntil, r.Lang}
}

func (r sendWishRow) noun() planner.SendWish {
	return planner.SendWish{Cadre: planner.CadreID(r.Cadre), Channels: r.Channels, QuietFrom: civil.Clock(r.QuietFrom), QuietUntil: civil.Clock(r.QuietUntil),
		DigestAt: civil.Clock(r.DigestAt), AnyDay: r.AnyDay, MuteUntil: r.MuteUntil, Lang: r.Lang}
}

var sendWishes = &table[sendWishRow]{
	kind: "send-wish",
	byID: query(`SELECT cadre, channels, quiet_from, quiet_until, digest_at, any_day, mute_until_on, lang FROM send_wishes WHERE cadre IN (:ids)`),
	put: inserts(`INSERT INTO send_wishes (cadre, channels, quiet_from, quiet_until, digest_at, any_day, mute_until_on, lang) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (cadre) DO UPDATE SET channels = excluded.channels, quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until,
			digest_at = excluded.digest_at, any_day = excluded.any_day, mute_until_on = excluded.mute_until_on, lang = excluded.lang`),
	drop: query(`DELETE FROM send_wishes WHERE cadre IN (:ids)`),
}

var everySendWish = query(`SELECT cadre, channels, quiet_from, quiet_until, digest_at, any_day, mute_until_on, lang FROM send_wishes
	WHERE cadre > :after ORDER BY cadre LIMIT :limit`)

// SendWishes returns what the cadres chose; who chose nothing is not in the map. The person, who acts for them, planners and the
// system may ask; others are left out.
func (tx *Tx) SendWishes(ids []planner.CadreID) (map[planner.CadreID]planner.SendWish, error) {
	if !tx.who.Is(planner.RolePlanner, planner.RoleAdmin) {
		ids = slices.DeleteFunc(slices.Clone(ids), func(id planner.CadreID) bool { return !tx.who.Speaks(id) })
	}
	found, err := sendWishes.load(tx, plain(ids))
	out := make(map[planner.CadreID]planner.SendWish, len(found))
	for id, r := range found {
		out[planner.CadreID(id)] = r.noun()
	}
	return out, err
}

// PutSendWish stores what a cadre chose. The person, who acts for them, planners and the system may.
func (tx *Tx) PutSendWish(w planner.SendWish) error {
	if err := tx.mayWrite(); err != nil {
		return err
	}
	if tx.mayManage() != nil && !tx.who.Speaks(w.Cadre) {
		return errForbidden()
	}
	_, err := sendWishes.store(tx, []sendWishRow{{string(w.Cadre), w.Channels, int(w.QuietFrom), int(w.QuietUntil), int(w.DigestAt), w.AnyDay, w.MuteUntil, w.Lang}})
	return err
}

// CadresOf returns the cadres of the IDs that exist, for the system, which does not pay for a query each.
func (tx *Tx) CadresOf(ids []planner.CadreID) (map[planner.CadreID]planner.Cadre, error) {
	if !tx.who.IsSystem() {
		return nil, errForbidden()
	}
	found, err := cadres.load(tx, plain(ids))
	out := make(map[planner.CadreID]planner.Cadre, len(found))
	for id, r := range found {
		out[planner.CadreID(id)] = r.noun(false)
	}
	return out, err
}

var (
	activeLeaders = query(`SELECT id FROM cadres WHERE active AND rank = 'leader' ORDER BY id`)
	placesOf      = query(`SELECT id, code, village FROM households WHERE id IN (:ids)`)

	staffOfNetwork = query(`SELECT id FROM cadres WHERE active AND rank <> 'leader' AND unit IN (SELECT id FROM units WHERE network IN (:networks)) ORDER BY id`)
)

// LeaderIDs returns the active leaders in order. Planners, administrators and the system.
func (tx *Tx) LeaderIDs() (ids []planner.CadreID, err error) {
	if !tx.who.Is(planner.RolePlanner, planner.RoleAdmin) {
		return nil, errForbidden()
	}
	err = tx.all(&ids, activeLeaders, args{})
	return ids, err
}

// EventsOf returns the events of the IDs that exist, as they are stored. Planners, administrators and the system.
func (tx *Tx) EventsOf(ids []planner.EventID) (map[planner.EventID]planner.Event, error) {
	if !tx.who.Is(planner.RolePlanner, planner.RoleAdmin) {
		return nil, errForbidden()
	}
	found, err := events.load(tx, plain(ids))
	out := make(map[planner.EventID]planner.Event, len(found))
	for id, r := range found {
		out[planner.EventID(id)] = r.noun()
	}
	return out, err
}

// Leaders returns the active leaders by ID, without anybody else: a sweep runs every five minutes. The system only.
func (tx *Tx) Leaders() ([]planner.Cadre, error) {
	ids, err := tx.LeaderIDs()
	if err != nil {
		return nil, err
	}
	of, err := tx.CadresOf(ids)
	out := make([]planner.Cadre, 0, len(ids))
	for _, id := range ids {
		out = append(out, of[id])
	}
	return out, err
}

// HouseholdPlace is where a household is, by codes alone.
type HouseholdPlace struct {
	ID      planner.HouseholdID `db:"id"`
	Code    string              `db:"code"`
	Village planner.AreaCode    `db:"village"`
}

// HouseholdPlaces returns codes and villages of households, for the system: nothing else of them is read.
func (tx *Tx) HouseholdPlaces(ids []planner.HouseholdID) (out []HouseholdPlace, err error) {
	if !tx.who.IsSystem() {
		return nil, errForbidden()
	}
	err = chunks(ids, func(part []planner.HouseholdID) error {
		var rows []HouseholdPlace
		err := tx.all(&rows, placesOf, args{"ids": plain(part)})
		out = append(out, rows...)
		return err
	})
	return out, err
}

// StaffOf returns the active cadres below leader of the units at the places of the network, for the system.
func (tx *Tx) StaffOf(networks ...planner.Network) ([]planner.Cadre, error) {
	var ids []planner.CadreID
	if err := tx.all(&ids, staffOfNetwork, args{"networks": in(networks)}); err != nil {
		return nil, err
	}
	of, err := tx.CadresOf(ids)
	out := make([]planner.Cadre, 0, len(ids))
	for _, id := range ids {
		out = append(out, of[id])
	}
	return out, err
}

// HouseholdPhone decrypts what a household left, for a message to itself, and records it. The system only.
func (tx *Tx) HouseholdPhone(id planner.HouseholdID) (string, error) {
	contact, err := tx.ContactOfCard(id)
	if err != nil || contact == "" {
		return "", err
	}
	return contact, tx.noteRead("household-contact", string(id))
}
