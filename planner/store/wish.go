package store

import "lianxin/planner"

// The ways in which a person gets calendar entries: one or the other, so that nothing comes twice.
const (
	WayFeed = "feed" // by subscription and CalDAV
	WayMail = "mail" // by invitations in the mail
)

// Wish is what a person chose for their calendar.
type Wish struct {
	Cadre planner.CadreID
	Lang  string // "zh" or "en"
	Way   string // WayFeed or WayMail
}

type wishRow struct {
	Cadre string `db:"cadre" json:"cadre"`
	Lang  string `db:"lang" json:"lang"`
	Way   string `db:"way" json:"way"`
}

func (r wishRow) rowID() string     { return r.Cadre }
func (r wishRow) household() string { return "" }
func (r wishRow) values() []any     { return []any{r.Cadre, r.Lang, r.Way} }
func (r wishRow) noun() Wish {
	return Wish{Cadre: planner.CadreID(r.Cadre), Lang: r.Lang, Way: r.Way}
}

var wishes = &table[wishRow]{
	kind: "wish",
	byID: query(`SELECT cadre, lang, way FROM calendar_wishes WHERE cadre IN (:ids)`),
	put: inserts(`INSERT INTO calendar_wishes (cadre, lang, way) VALUES (?, ?, ?)
		ON CONFLICT (cadre) DO UPDATE SET lang = excluded.lang, way = excluded.way`),
	drop: query(`DELETE FROM calendar_wishes WHERE cadre IN (:ids)`),
}

var wishesByWay = query(`SELECT cadre, lang, way FROM calendar_wishes WHERE way = :way ORDER BY cadre`)

// Wish returns what a cadre chose: Chinese by subscription if nothing.
func (tx *Tx) Wish(cadre planner.CadreID) (Wish, error) {
	found, err := wishes.load(tx, []string{string(cadre)})
	if r, ok := found[string(cadre)]; ok {
		return r.noun(), err
	}
	return Wish{Cadre: cadre, Lang: "zh", Way: WayFeed}, err
}

// WishesFor lists who chose a way, by cadre. Planners, administrators and the system only.
func (tx *Tx) WishesFor(way string) ([]Wish, error) {
	if !tx.who.Is(planner.RolePlanner, planner.RoleAdmin) {
		return nil, errForbidden()
	}
	var rows []wishRow
	err := tx.all(&rows, wishesByWay, args{"way": way})
	return nouns(rows, wishRow.noun), err
}

// PutWish stores what a cadre chose. The person, who acts for them, planners and the system may.
func (tx *Tx) PutWish(w Wish) error {
	if err := tx.mayWrite(); err != nil {
		return err
	}
	if tx.mayManage() != nil && !tx.who.Speaks(w.Cadre) {
		return errForbidden()
	}
	_, err := wishes.store(tx, []wishRow{{string(w.Cadre), w.Lang, w.Way}})
	return err
}
