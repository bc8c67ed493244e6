package store

import "lianxin/planner"

// What one answer about a prefecture names is read by key: all areas, units and certificates would take a hundred times as
// long as the answer.

var (
	areaNames = query(`SELECT code AS id, code, name FROM areas WHERE code IN (:ids)`)
	unitNames = query(`SELECT id, code, name FROM units WHERE id IN (:ids)`)

	// titlesOfPlans are visiblePlans without what was worked out for them.
	titlesOfPlans = query(`SELECT id, period, status, preset, book, revision, from_on, until_on, policy, '[]' AS pins, '[]' AS certificates, '[]' AS watches, '[]' AS proofs
		FROM plans
		WHERE :all = 1 OR :signed = 1 AND status IN ('published', 'superseded') OR :liaison = 1 AND status = 'review'
		ORDER BY period DESC, revision DESC, id DESC`)
	provedPlans = query(`SELECT count(*) FROM plans WHERE id = :id AND certificates <> '[]'`)
)

// Named is the code and the name of something.
type Named struct {
	ID   string `db:"id"`
	Code string `db:"code"`
	Name string `db:"name"`
}

// AreaName names an area; the zero Named if there is none. Signed in only.
func (tx *Tx) AreaName(code planner.AreaCode) (Named, error) {
	s, err := tx.scope()
	if err != nil || !s.signed {
		return Named{}, err
	}
	return tx.named(areaNames, string(code))
}

// UnitName names a unit to those who see all; the zero Named if there is none.
func (tx *Tx) UnitName(id planner.UnitID) (Named, error) {
	s, err := tx.scope()
	if err != nil {
		return Named{}, err
	}
	if !s.all {
		return Named{}, errForbidden()
	}
	return tx.named(unitNames, string(id))
}

func (tx *Tx) named(s *statement, id string) (Named, error) {
	var rows []Named
	if err := tx.all(&rows, s, args{"ids": []string{id}}); err != nil || len(rows) == 0 {
		return Named{}, err
	}
	return rows[0], nil
}

// PlanTitles is [Tx.PlanHeads] without pins, certificates and findings.
func (tx *Tx) PlanTitles() ([]planner.Plan, error) {
	s, err := tx.scope()
	if err != nil {
		return nil, err
	}
	var rows []planRow
	err = tx.all(&rows, titlesOfPlans, s.args())
	return nouns(rows, planRow.noun), err
}

// Proved reports whether a plan has certificates: one that was imported has none.
func (tx *Tx) Proved(id planner.PlanID) (bool, error) {
	var n int
	err := tx.one(&n, provedPlans, args{"id": string(id)})
	return n > 0, err
}
