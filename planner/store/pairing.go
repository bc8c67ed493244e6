package store

import (
	"database/sql"

	"lianxin/planner"
)

type pairingRow struct {
	ID        string               `db:"id" json:"id"`
	Plan      string               `db:"plan" json:"plan"`
	Tier      string               `db:"tier" json:"tier"`
	Cadre     string               `db:"cadre" json:"cadre"`
	Household nullable             `db:"household" json:"household"`
	Area      nullable             `db:"area" json:"area"`
	Price     int64                `db:"price" json:"price"`
	Reasons   list[planner.Reason] `db:"reasons" json:"reasons"`
	Origin    string               `db:"origin" json:"origin"`
	Was       nullable             `db:"was" json:"was"`
}

func (r pairingRow) rowID() string     { return r.ID }
func (r pairingRow) household() string { return string(r.Household) }
func (r pairingRow) values() []any {
	return []any{r.ID, r.Plan, r.Tier, r.Cadre, r.Household, r.Area, r.Price, string(appendReasons(nil, r.Reasons)), r.Origin, r.Was}
}

func (r pairingRow) noun() planner.Pairing {
	return planner.Pairing{ID: planner.PairingID(r.ID), Tier: planner.Tier(r.Tier), Cadre: planner.CadreID(r.Cadre),
		Household: planner.HouseholdID(r.Household), Area: planner.AreaCode(r.Area), Price: planner.Seconds(r.Price),
		Reasons: r.Reasons, Origin: planner.Origin(r.Origin), Was: planner.CadreID(r.Was)}
}

var pairings = &table[pairingRow]{
	kind: "pairing",
	byID: query(`SELECT id, plan, tier, cadre, household, area, price, reasons, origin, was FROM pairings WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO pairings (id, plan, tier, cadre, household, area, price, reasons, origin, was)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET plan = excluded.plan, tier = excluded.tier, cadre = excluded.cadre,
			household = excluded.household, area = excluded.area, price = excluded.price, reasons = excluded.reasons,
			origin = excluded.origin, was = excluded.was`),
	drop: query(`DELETE FROM pairings WHERE id IN (:ids)`),
	draw: drawPairing,
	moves: func(before, after pairingRow) bool {
		return before.Household != after.Household || before.Area != after.Area || before.Cadre != after.Cadre
	},
}

var (
	// visiblePairings: those of the scope's cadres, and those whose household or area lies in the scope's areas. Sorted by
	// tier as it is solved, then by code.
	visiblePairings = query(`SELECT p.id, p.plan, p.tier, p.cadre, p.household, p.area, p.price, p.reasons, p.origin, p.was
		FROM pairings p
		JOIN plans pl ON pl.id = p.plan
		JOIN cadres c ON c.id = p.cadre
		LEFT JOIN households h ON h.id = p.household
		WHERE p.plan = :plan
			AND (:tier = '' OR p.tier = :tier)
			AND (:village = '' OR COALESCE(h.village, substr(p.area, 1, 12)) = :village)
			AND (:unit = '' OR c.unit = :unit)
			AND (:cadre = '' OR p.cadre = :cadre)
			AND (:household = '' OR p.household = :household)
			AND (:changed = 0 OR p.was IS NULL OR p.was <> p.cadre)
			AND (:all = 1 OR (pl.status IN ('published', 'superseded') OR pl.status = 'review' AND :liaison = 1)
				AND (p.cadre IN (:cadres) OR :by_area = 1 AND EXISTS (SELECT 1 FROM areas a WHERE a.code IN (:areas)
					AND substr(COALESCE(h.group_area, h.village, p.area), 1, length(a.code)) = a.code)))
		ORDER BY CASE p.tier WHEN 'leader-village' THEN 1 WHEN 'section-group' THEN 2 ELSE 3 END,
			COALESCE(h.code, p.area), c.code, p.id
		LIMIT :limit OFFSET :offset`)
	countPairings = query(`SELECT count(*)
		FROM pairings p
		JOIN plans pl ON pl.id = p.plan
		JOIN cadres c ON c.id = p.cadre
		LEFT JOIN households h ON h.id = p.household
		WHERE p.plan = :plan
			AND (:tier = '' OR p.tier = :tier)
			AND (:village = '' OR COALESCE(h.village, substr(p.area, 1, 12)) = :village)
			AND (:unit = '' OR c.unit = :unit)
			AND (:cadre = '' OR p.cadre = :cadre)
			AND (:household = '' OR p.household = :household)
			AND (:changed = 0 OR p.was IS NULL OR p.was <> p.cadre)
			AND (:all = 1 OR (pl.status IN ('published', 'superseded') OR pl.status = 'review' AND :liaison = 1)
				AND (p.cadre IN (:cadres) OR :by_area = 1 AND EXISTS (SELECT 1 FROM areas a WHERE a.code IN (:areas)
					AND substr(COALESCE(h.group_area, h.village, p.area), 1, length(a.code)) = a.code)))`)
)

// PairingFilter chooses pairings of a plan. Empty fields choose all.
type PairingFilter struct {
	Tier      planner.Tier
	Village   planner.AreaCode // 12 digits: its households, its groups and itself
	Unit      planner.UnitID
	Cadre     planner.CadreID
	Household planner.HouseholdID
	Changed   bool // only those that differ from last period, new ones included
	Offset    int
	Limit     int // 0: no limit
}

// PairingsOf returns the chosen pairings of a plan within the scope, sorted by tier (as solved), then code of household or
// area, and how many there are without Offset and Limit. A plan that is not open to the reader has none.
// Reasons that are private are there too: who shows them cuts them to what the reader may see.
func (tx *Tx) PairingsOf(plan planner.PlanID, f PairingFilter) (rows []planner.Pairing, total int, err error) {
	limit := f.Limit
	if limit <= 0 {
		limit = -1
	}
	found, err := tx.pairingRows(plan, f, limit)
	if err != nil {
		return nil, 0, err
	}
	if limit < 0 && f.Offset == 0 {
		return found, len(found), nil
	}
	a, err := tx.pairingArgs(plan, f)
	if err != nil {
		return nil, 0, err
	}
	if err := tx.one(&total, countPairings, a); err != nil {
		return nil, 0, err
	}
	return found, total, nil
}

func (tx *Tx) pairingArgs(plan planner.PlanID, f PairingFilter) (args, error) {
	s, err := tx.scope()
	if err != nil {
		return nil, err
	}
	return s.args().with(args{"plan": string(plan), "tier": string(f.Tier), "village": string(f.Village), "unit": string(f.Unit),
		"cadre": string(f.Cadre), "household": string(f.Household), "changed": flag(f.Changed)}), nil
}

// maxRows stands for "no limit": both engines take a number, only SQLite takes −1.
const maxRows = 1 << 40

func (tx *Tx) pairingRows(plan planner.PlanID, f PairingFilter, limit int) ([]planner.Pairing, error) {
	a, err := tx.pairingArgs(plan, f)
	if err != nil {
		return nil, err
	}
	if limit < 0 {
		limit = maxRows
	}
	scan := scanPairings()
	return scanned(tx, visiblePairings, a.with(args{"limit": limit, "offset": f.Offset}), func(rows *sql.Rows, p *planner.Pairing) error { return scan(rows, p) })
}
