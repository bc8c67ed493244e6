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

// howManyPairings a plan has.
var howManyPairings = query(`SELECT count(*) FROM pairings WHERE plan = :plan`)

// wholePlan is pairingRows without a filter, for those who see everything.
func (tx *Tx) wholePlan(plan planner.PlanID) ([]planner.Pairing, error) {
	type place struct{ code, cadre string }
	var places []place
	var many int
	if err := tx.one(&many, howManyPairings, args{"plan": string(plan)}); err != nil {
		return nil, err
	}
	places = make([]place, 0, many)
	shared, scan := sharer{}, scanPairings()
	rows, err := scannedMany(tx, pairingsWithCodes, args{"plan": string(plan)}, many, func(rows *sql.Rows, p *planner.Pairing) error {
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

// whoHasWhom are a plan's pairings without ID, price and reasons, in no order.
var whoHasWhom = query(`SELECT tier, cadre, household, area FROM pairings WHERE plan = :plan`)

// PlanWho is [Tx.Plan] for those who ask who has whom and nothing else: of the pairings it has tier, cadre and target, in no
// order. A prefecture's reasons take ten times as long to read. Forbidden to all who may not see the whole plan.
func (tx *Tx) PlanWho(id planner.PlanID) (planner.Plan, error) {
	s, err := tx.scope()
	if err != nil {
		return planner.Plan{}, err
	}
	if !s.all {
		return planner.Plan{}, errForbidden()
	}
	heads, err := tx.plansSeen(id, 0, nil)
	if err != nil {
		return planner.Plan{}, err
	}
	if len(heads) == 0 || id == "" {
		return planner.Plan{}, errNoPlan()
	}
	p, many := heads[0], 0
	if err := tx.one(&many, howManyPairings, args{"plan": string(id)}); err != nil {
		return p, err
	}
	p.Pairings, err = scannedMany(tx, whoHasWhom, args{"plan": string(id)}, many, scanWho())
	if err != nil {
		return p, err
	}
	p.Links, err = tx.linksSeen(p.ID, LinkFilter{})
	return p, err
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
