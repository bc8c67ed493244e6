package store

import (
	"lianxin/planner"
	"lianxin/planner/civil"
)

type areaRow struct {
	Code    string     `db:"code" json:"code"`
	Name    string     `db:"name" json:"name"`
	Level   string     `db:"level" json:"level"`
	Parent  nullable   `db:"parent" json:"parent"`
	FromOn  civil.Date `db:"from_on" json:"from_on"`
	UntilOn civil.Date `db:"until_on" json:"until_on"`
}

func (r areaRow) rowID() string     { return r.Code }
func (r areaRow) household() string { return "" }
func (r areaRow) values() []any {
	return []any{r.Code, r.Name, r.Level, r.Parent, r.FromOn, r.UntilOn}
}

func (r areaRow) noun() planner.Area {
	return planner.Area{Code: planner.AreaCode(r.Code), Name: r.Name, Level: planner.AreaLevel(r.Level),
		Parent: planner.AreaCode(r.Parent), Valid: civil.Span{From: r.FromOn, Until: r.UntilOn}}
}

var areas = &table[areaRow]{
	kind: "area",
	byID: query(`SELECT code, name, level, parent, from_on, until_on FROM areas WHERE code IN (:ids)`),
	put: inserts(`INSERT INTO areas (code, name, level, parent, from_on, until_on) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (code) DO UPDATE SET name = excluded.name, level = excluded.level, parent = excluded.parent,
			from_on = excluded.from_on, until_on = excluded.until_on`),
	drop: query(`DELETE FROM areas WHERE code IN (:ids)`),
}

// allAreas: names of places are public knowledge, but this database is not for visitors.
var allAreas = query(`SELECT code, name, level, parent, from_on, until_on FROM areas WHERE :signed = 1 ORDER BY code`)

// Areas returns all areas, past ones too, sorted by code. Whoever signed in sees them all; the public none.
func (tx *Tx) Areas() ([]planner.Area, error) {
	s, err := tx.scope()
	if err != nil {
		return nil, err
	}
	var rows []areaRow
	if err := tx.all(&rows, allAreas, args{"signed": flag(s.signed)}); err != nil {
		return nil, err
	}
	return nouns(rows, areaRow.noun), nil
}

// PutAreas adds areas or replaces those of the same code, in any order: a parent may follow its children.
func (tx *Tx) PutAreas(as []planner.Area) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	rows := make([]areaRow, len(as))
	for i, a := range as {
		rows[i] = areaRow{Code: string(a.Code), Name: a.Name, Level: string(a.Level), Parent: nullable(a.Parent),
			FromOn: a.Valid.From, UntilOn: a.Valid.Until}
	}
	_, err := areas.store(tx, rows)
	return err
}

// nouns turns rows into nouns, in their order; none is nil.
func nouns[R, N any](rows []R, noun func(R) N) []N {
	if len(rows) == 0 {
		return nil
	}
	out := make([]N, len(rows))
	for i, r := range rows {
		out[i] = noun(r)
	}
	return out
}
