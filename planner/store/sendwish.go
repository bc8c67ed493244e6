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
	codesOf       = query(`SELECT id, code FROM households WHERE id IN (:ids)`)
)

// Leaders returns the active leaders by ID, without anybody else: a sweep runs every five minutes. The system only.
func (tx *Tx) Leaders() ([]planner.Cadre, error) {
	var ids []planner.CadreID
	if err := tx.all(&ids, activeLeaders, args{}); err != nil {
		return nil, err
	}
	of, err := tx.CadresOf(ids)
	out := make([]planner.Cadre, 0, len(ids))
	for _, id := range ids {
		out = append(out, of[id])
	}
	return out, err
}

// HouseholdCodes returns the codes of households, for the system: nothing else of them is read.
func (tx *Tx) HouseholdCodes(ids []planner.HouseholdID) (map[planner.HouseholdID]string, error) {
	if !tx.who.IsSystem() {
		return nil, errForbidden()
	}
	out := make(map[planner.HouseholdID]string, len(ids))
	err := chunks(ids, func(part []planner.HouseholdID) error {
		var rows []struct {
			ID   planner.HouseholdID `db:"id"`
			Code string              `db:"code"`
		}
		err := tx.all(&rows, codesOf, args{"ids": plain(part)})
		for _, r := range rows {
			out[r.ID] = r.Code
		}
		return err
	})
	return out, err
}
