package store

import (
	"slices"

	"lianxin/planner"
)

type unitRow struct {
	ID       string                 `db:"id" json:"id"`
	Code     string                 `db:"code" json:"code"`
	Name     string                 `db:"name" json:"name"`
	Network  string                 `db:"network" json:"network"`
	Area     nullable               `db:"area" json:"area"`
	Parent   nullable               `db:"parent" json:"parent"`
	Villages list[planner.AreaCode] `db:"-" json:"villages"` // sorted; in a table of their own, so that each is a real area
}

func (r unitRow) rowID() string     { return r.ID }
func (r unitRow) household() string { return "" }
func (r unitRow) values() []any {
	return []any{r.ID, r.Code, r.Name, r.Network, r.Area, r.Parent}
}

func (r unitRow) noun() planner.Unit {
	return planner.Unit{ID: planner.UnitID(r.ID), Code: r.Code, Name: r.Name, Network: planner.Network(r.Network),
		Area: planner.AreaCode(r.Area), Parent: string(r.Parent), Villages: r.Villages}
}

var units = &table[unitRow]{
	kind: "unit",
	byID: query(`SELECT id, code, name, network, area, parent FROM units WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO units (id, code, name, network, area, parent) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET code = excluded.code, name = excluded.name, network = excluded.network,
			area = excluded.area, parent = excluded.parent`),
	drop:     query(`DELETE FROM units WHERE id IN (:ids)`),
	children: (*Tx).readUnitVillages,
	rewrite:  (*Tx).writeUnitVillages,
}

var (
	// visibleUnits: the units of the scope, those of its cadres, and those that sit in its areas.
	visibleUnits = query(`SELECT id, code, name, network, area, parent FROM units u
		WHERE :all = 1 OR u.id IN (:units) OR u.id IN (SELECT unit FROM cadres WHERE id IN (:cadres))
			OR :by_area = 1 AND EXISTS (SELECT 1 FROM areas a WHERE a.code IN (:areas) AND substr(u.area, 1, length(a.code)) = a.code)
		ORDER BY code`)
	unitVillagesOf     = query(`SELECT unit, village FROM unit_villages WHERE unit IN (:ids) ORDER BY unit, village`)
	dropUnitVillages   = query(`DELETE FROM unit_villages WHERE unit IN (:ids)`)
	insertUnitVillages = inserts(`INSERT INTO unit_villages (unit, village) VALUES (?, ?)`)
)

type unitVillageRow struct {
	Unit    string           `db:"unit"`
	Village planner.AreaCode `db:"village"`
}

func (tx *Tx) readUnitVillages(rows []unitRow) error {
	of := make(map[string][]planner.AreaCode, len(rows))
	err := chunks(idsOf(rows), func(part []string) error {
		var found []unitVillageRow
		if err := tx.all(&found, unitVillagesOf, args{"ids": part}); err != nil {
			return err
		}
		for _, v := range found {
			of[v.Unit] = append(of[v.Unit], v.Village)
		}
		return nil
	})
	for i := range rows {
		rows[i].Villages = of[rows[i].ID]
	}
	return err
}

func (tx *Tx) writeUnitVillages(rows []unitRow) error {
	if err := chunks(idsOf(rows), func(part []string) error {
		_, err := tx.exec(dropUnitVillages, args{"ids": part})
		return err
	}); err != nil {
		return err
	}
	var links []unitVillageRow
	for _, r := range rows {
		for _, v := range r.Villages {
			links = append(links, unitVillageRow{r.ID, v})
		}
	}
	return tx.insert(insertUnitVillages, len(links), func(i int) []any { return []any{links[i].Unit, string(links[i].Village)} })
}

// Units returns the units of the scope, sorted by code: a cadre sees the own one, a liaison theirs with what lies below.
func (tx *Tx) Units() ([]planner.Unit, error) {
	s, err := tx.scope()
	if err != nil {
		return nil, err
	}
	var rows []unitRow
	if err := tx.all(&rows, visibleUnits, s.args()); err != nil {
		return nil, err
	}
	if err := tx.readUnitVillages(rows); err != nil {
		return nil, err
	}
	return nouns(rows, unitRow.noun), nil
}

// PutUnits adds units or replaces those of the same ID. Villages are a set: they come back sorted.
func (tx *Tx) PutUnits(us []planner.Unit) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	rows := make([]unitRow, len(us))
	for i, u := range us {
		villages := slices.Clone(u.Villages)
		slices.Sort(villages)
		rows[i] = unitRow{ID: string(u.ID), Code: u.Code, Name: u.Name, Network: string(u.Network), Area: nullable(u.Area),
			Parent: nullable(u.Parent), Villages: slices.Compact(villages)}
	}
	_, err := units.store(tx, rows)
	return err
}
