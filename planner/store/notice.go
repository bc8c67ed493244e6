package store

import (
	"lianxin/planner"
	"lianxin/planner/civil"
)

type receptionNoticeRow struct {
	ID       string                   `db:"id" json:"id"`
	Month    string                   `db:"held_month" json:"held_month"`
	Turn     int                      `db:"turn" json:"turn"`
	IssuedOn civil.Date               `db:"issued_on" json:"issued_on"`
	Late     string                   `db:"late" json:"late"`
	Lines    list[planner.NoticeLine] `db:"lines" json:"lines"`
}

func (r receptionNoticeRow) rowID() string     { return r.ID }
func (r receptionNoticeRow) household() string { return "" }
func (r receptionNoticeRow) values() []any {
	return []any{r.ID, r.Month, r.Turn, r.IssuedOn, r.Late, r.Lines}
}

func (r receptionNoticeRow) noun() planner.PublicNotice {
	return planner.PublicNotice{ID: planner.PublicNoticeID(r.ID), Month: r.Month, Turn: r.Turn, IssuedOn: r.IssuedOn, Late: planner.LateWhy(r.Late), Lines: r.Lines}
}

var receptionNotices = &table[receptionNoticeRow]{
	kind: "reception-notice",
	byID: query(`SELECT id, held_month, turn, issued_on, late, lines FROM reception_notices WHERE id IN (:ids)`),
	put:  inserts(`INSERT INTO reception_notices (id, held_month, turn, issued_on, late, lines) VALUES (?, ?, ?, ?, ?, ?)`),
	drop: query(`DELETE FROM reception_notices WHERE id IN (:ids)`),
}

var (
	noticesOfMonth = query(`SELECT id, held_month, turn, issued_on, late, lines FROM reception_notices WHERE held_month = :month ORDER BY turn`)

	everyReceptionNotice = query(`SELECT id, held_month, turn, issued_on, late, lines FROM reception_notices WHERE id > :after ORDER BY id LIMIT :limit`)
)

// ReceptionNotices returns what was published for a month (2026-03), the first turn first. It is open to all: it was hung up.
func (tx *Tx) ReceptionNotices(month string) ([]planner.PublicNotice, error) {
	var rows []receptionNoticeRow
	err := tx.all(&rows, noticesOfMonth, args{"month": month})
	return nouns(rows, receptionNoticeRow.noun), err
}

// AddReceptionNotice keeps what was published. It is never changed; Conflict if the turn is there. Planners.
func (tx *Tx) AddReceptionNotice(n planner.PublicNotice) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	_, err := receptionNotices.store(tx, []receptionNoticeRow{{ID: string(n.ID), Month: n.Month, Turn: n.Turn, IssuedOn: n.IssuedOn, Late: string(n.Late), Lines: n.Lines}})
	return err
}
