package store

import "lianxin/planner"

// pairingOfHousehold is visiblePairings for one household, found by its index: the general statement reads the whole plan.
var pairingOfHousehold = query(`SELECT p.id, p.plan, p.tier, p.cadre, p.household, p.area, p.price, p.reasons, p.origin, p.was
	FROM pairings p
	JOIN plans pl ON pl.id = p.plan
	JOIN households h ON h.id = p.household
	WHERE p.household = :household AND p.plan = :plan AND p.tier = 'cadre-household'
		AND (:all = 1 OR (pl.status IN ('published', 'superseded') OR pl.status = 'review' AND :liaison = 1)
			AND (p.cadre IN (:cadres) OR :by_area = 1 AND EXISTS (SELECT 1 FROM areas a WHERE a.code IN (:areas)
				AND substr(COALESCE(h.group_area, h.village, p.area), 1, length(a.code)) = a.code)))`)

// PairingOf returns a household's pairing in a plan; NotFound if it has none or lies outside the scope.
func (tx *Tx) PairingOf(plan planner.PlanID, household planner.HouseholdID) (planner.Pairing, error) {
	a, err := tx.pairingArgs(plan, PairingFilter{Household: household})
	if err != nil {
		return planner.Pairing{}, err
	}
	var rows []pairingRow
	if err := tx.all(&rows, pairingOfHousehold, a); err != nil {
		return planner.Pairing{}, err
	}
	if len(rows) == 0 {
		return planner.Pairing{}, planner.Fail(planner.NotFound, "方案里没有这一户：可能未同意结对，或不在您的范围内。", "the household is not in the plan: it may not have agreed to be paired, or lies outside your scope.")
	}
	return rows[0].noun(), nil
}
