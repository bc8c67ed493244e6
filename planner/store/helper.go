package store

import (
	"lianxin/planner"
	"lianxin/planner/civil"
)

type helperRow struct {
	ID       string             `db:"id" json:"id"`
	Code     string             `db:"code" json:"code"`
	Name     string             `db:"name" json:"name"`
	Kind     string             `db:"kind" json:"kind"`
	Area     string             `db:"area" json:"area"`
	Skills   list[planner.Need] `db:"skills" json:"skills"`
	Capacity int                `db:"capacity" json:"capacity"`
	FromOn   civil.Date         `db:"from_on" json:"from_on"`
	UntilOn  civil.Date         `db:"until_on" json:"until_on"`
	Active   bool               `db:"active" json:"active"`
}

func (r helperRow) rowID() string     { return r.ID }
func (r helperRow) household() string { return "" }
func (r helperRow) values() []any {
	return []any{r.ID, r.Code, r.Name, r.Kind, r.Area, r.Skills, r.Capacity, r.FromOn, r.UntilOn, r.Active}
}

func (r helperRow) noun() planner.Helper {
	return planner.Helper{ID: planner.HelperID(r.ID), Code: r.Code, Name: r.Name, Kind: planner.HelperKind(r.Kind), Area: planner.AreaCode(r.Area), Skills: r.Skills,
		Capacity: r.Capacity, Agreement: civil.Span{From: r.FromOn, Until: r.UntilOn}, Active: r.Active}
}

var helpers = &table[helperRow]{
	kind: "helper",
	byID: query(`SELECT id, code, name, kind, area, skills, capacity, from_on, until_on, active FROM helpers WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO helpers (id, code, name, kind, area, skills, capacity, from_on, until_on, active) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET code = excluded.code, name = excluded.name, kind = excluded.kind, area = excluded.area, skills = excluded.skills,
			capacity = excluded.capacity, from_on = excluded.from_on, until_on = excluded.until_on, active = excluded.active`),
	drop: query(`DELETE FROM helpers WHERE id IN (:ids)`),
}

// visibleHelpers: whoever sees the whole county, and for areas those of the area. Cadres meet their households' helpers by the
// links that they may see.
var visibleHelpers = query(`SELECT id, code, name, kind, area, skills, capacity, from_on, until_on, active FROM helpers h
	WHERE :all = 1
		OR :by_area = 1 AND EXISTS (SELECT 1 FROM areas a WHERE a.code IN (:areas) AND substr(h.area, 1, length(a.code)) = a.code)
		OR :signed = 1 AND h.id IN (SELECT l.helper FROM plan_links l JOIN plans pl ON pl.id = l.plan
			JOIN pairings p ON p.plan = l.plan AND p.household = l.household
			WHERE pl.status = 'published' AND p.cadre IN (:cadres))
	ORDER BY code`)

// Helpers returns the scope's helpers by code.
func (tx *Tx) Helpers() ([]planner.Helper, error) {
	s, err := tx.scope()
	if err != nil {
		return nil, err
	}
	var rows []helperRow
	if err := tx.all(&rows, visibleHelpers, s.args()); err != nil {
		return nil, err
	}
	return nouns(rows, helperRow.noun), nil
}

// PutHelpers writes the helpers that are new or differ.
func (tx *Tx) PutHelpers(hs []planner.Helper) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	rows := make([]helperRow, len(hs))
	for i, h := range hs {
		rows[i] = helperRow{ID: string(h.ID), Code: h.Code, Name: h.Name, Kind: string(h.Kind), Area: string(h.Area), Skills: h.Skills, Capacity: h.Capacity,
			FromOn: h.Agreement.From, UntilOn: h.Agreement.Until, Active: h.Active}
	}
	_, err := helpers.store(tx, rows)
	return err
}

// pairWishRow has an ID made of what it says, like a recusal.
type pairWishRow struct {
	ID        string   `db:"id" json:"id"`
	Household nullable `db:"household" json:"household"`
	Cadre     nullable `db:"cadre" json:"cadre"`
	Area      nullable `db:"area" json:"area"`
}

func (r pairWishRow) rowID() string     { return r.ID }
func (r pairWishRow) household() string { return string(r.Household) }
func (r pairWishRow) values() []any     { return []any{r.ID, r.Household, r.Cadre, r.Area} }

func (r pairWishRow) noun() planner.Wish {
	return planner.Wish{Household: planner.HouseholdID(r.Household), Cadre: planner.CadreID(r.Cadre), Area: planner.AreaCode(r.Area)}
}

var pairWishes = &table[pairWishRow]{
	kind: "pair-wish",
	byID: query(`SELECT id, household, cadre, area FROM pair_wishes WHERE id IN (:ids)`),
	put:  inserts(`INSERT INTO pair_wishes (id, household, cadre, area) VALUES (?, ?, ?, ?)`),
	drop: query(`DELETE FROM pair_wishes WHERE id IN (:ids)`),
}

// visiblePairWishes: the planner's alone, but everybody sees their own.
var visiblePairWishes = query(`SELECT id, household, cadre, area FROM pair_wishes
	WHERE :private = 1 OR household IS NULL AND cadre IN (:own)
	ORDER BY COALESCE(household, ''), COALESCE(cadre, ''), COALESCE(area, '')`)

// pairWishesSeen returns wishes sorted by household, cadre and area.
func (tx *Tx) pairWishesSeen() ([]planner.Wish, error) {
	s, err := tx.scope()
	if err != nil {
		return nil, err
	}
	var rows []pairWishRow
	if err := tx.all(&rows, visiblePairWishes, args{"private": flag(tx.who.SeesPrivate()), "own": in(s.own)}); err != nil {
		return nil, err
	}
	return nouns(rows, pairWishRow.noun), nil
}

// PutPairWishes adds wishes; those that are there already are left alone.
func (tx *Tx) PutPairWishes(ws []planner.Wish) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	rows := make([]pairWishRow, 0, len(ws))
	given := map[string]bool{}
	for _, w := range ws {
		id := string(w.Household) + "/" + string(w.Cadre) + "/" + string(w.Area)
		if !given[id] {
			given[id] = true
			rows = append(rows, pairWishRow{ID: id, Household: nullable(w.Household), Cadre: nullable(w.Cadre), Area: nullable(w.Area)})
		}
	}
	_, err := pairWishes.store(tx, rows)
	return err
}
