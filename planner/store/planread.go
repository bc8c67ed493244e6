package store

import (
	"cmp"
	"database/sql"
	"slices"

	"lianxin/planner"
)

// withPairings adds the pairings and links of the scope to the head of a plan.
func (tx *Tx) withPairings(p planner.Plan) (planner.Plan, error) {
	s, err := tx.scope()
	if err != nil {
		return p, err
	}
	if s.all {
		p.Pairings, err = tx.wholePlan(p.ID)
	} else {
		p.Pairings, err = tx.pairingRows(p.ID, PairingFilter{}, -1)
	}
	if err != nil {
		return p, err
	}
	p.Links, err = tx.linksSeen(p.ID, LinkFilter{})
	return p, err
}

// pairingsWithCodes are a plan's pairings in no order. To sort a million in the database, reasons and all, takes it longer than
// to read them, and they mostly lie as they were stored: sorted.
var pairingsWithCodes = query(`SELECT p.id, p.plan, p.tier, p.cadre, p.household, p.area, p.price, p.reasons, p.origin, p.was,
		COALESCE(h.code, p.area) AS code, c.code AS cadre_code
	FROM pairings p
	JOIN cadres c ON c.id = p.cadre
	LEFT JOIN households h ON h.id = p.household
	WHERE p.plan = :plan`)

// wholePlan is pairingRows without a filter, for those who see everything.
func (tx *Tx) wholePlan(plan planner.PlanID) ([]planner.Pairing, error) {
	type place struct{ code, cadre string }
	var places []place
	shared, scan := sharer{}, scanPairings()
	rows, err := scanned(tx, pairingsWithCodes, args{"plan": string(plan)}, func(rows *sql.Rows, p *planner.Pairing) error {
		var at place
		var cadre sql.RawBytes
		if err := scan(rows, p, &at.code, &cadre); err != nil {
			return err
		}
		at.cadre = shared.bytes(cadre)
		places = append(places, at)
		return nil
	})
	if err != nil {
		return nil, err
	}
	order := make([]int32, len(rows))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(i, j int32) int {
		return cmp.Or(cmp.Compare(slices.Index(planner.Tiers, rows[i].Tier), slices.Index(planner.Tiers, rows[j].Tier)), cmp.Compare(places[i].code, places[j].code),
			cmp.Compare(places[i].cadre, places[j].cadre), cmp.Compare(rows[i].ID, rows[j].ID))
	})
	arrange(rows, order)
	return rows, nil
}

// arrange puts rows[order[i]] at i, for every i, without a second list. order is used up.
func arrange[T any](rows []T, order []int32) {
	for i := range order {
		if order[i] < 0 {
			continue
		}
		first, at := rows[i], i
		for {
			from := int(order[at])
			order[at] = -1
			if from == i {
				rows[at] = first
				break
			}
			rows[at] = rows[from]
			at = from
		}
	}
}
