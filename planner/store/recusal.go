package store

import (
	"lianxin/planner"
)

// recusalRow has an ID made of what it says: a recusal is never changed, only added or deleted.
type recusalRow struct {
	ID        string   `db:"id" json:"id"`
	Cadre     string   `db:"cadre" json:"cadre"`
	Household nullable `db:"household" json:"household"`
	Village   nullable `db:"village" json:"village"`
	Kind      string   `db:"kind" json:"kind"`
}

func (r recusalRow) rowID() string     { return r.ID }
func (r recusalRow) household() string { return string(r.Household) }
func (r recusalRow) values() []any {
	return []any{r.ID, r.Cadre, r.Household, r.Village, r.Kind}
}

func (r recusalRow) noun() planner.Recusal {
	return planner.Recusal{Cadre: planner.CadreID(r.Cadre), Household: planner.HouseholdID(r.Household),
		Village: planner.AreaCode(r.Village), Kind: planner.RecusalKind(r.Kind)}
}

var recusals = &table[recusalRow]{
	kind: "recusal",
	byID: query(`SELECT id, cadre, household, village, kind FROM recusals WHERE id IN (:ids)`),
	put:  inserts(`INSERT INTO recusals (id, cadre, household, village, kind) VALUES (?, ?, ?, ?, ?)`),
	drop: query(`DELETE FROM recusals WHERE id IN (:ids)`),
}

// visibleRecusals: who keeps away from whom is the planner's alone, but everybody sees what they declared themselves.
var visibleRecusals = query(`SELECT id, cadre, household, village, kind FROM recusals
	WHERE :private = 1 OR cadre IN (:own) AND kind = 'declared'
	ORDER BY cadre, COALESCE(household, ''), COALESCE(village, ''), kind`)

// recusalsSeen returns recusals sorted by cadre, household, village and kind.
func (tx *Tx) recusalsSeen() ([]planner.Recusal, error) {
	s, err := tx.scope()
	if err != nil {
		return nil, err
	}
	var rows []recusalRow
	if err := tx.all(&rows, visibleRecusals, args{"private": flag(tx.who.SeesPrivate()), "own": in(s.own)}); err != nil {
		return nil, err
	}
	return nouns(rows, recusalRow.noun), nil
}

// PutRecusals adds recusals; those that are there already are left alone.
func (tx *Tx) PutRecusals(rs []planner.Recusal) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	rows := make([]recusalRow, 0, len(rs))
	given := map[string]bool{}
	for _, r := range rs {
		id := string(r.Cadre) + "/" + string(r.Household) + string(r.Village) + "/" + string(r.Kind)
		if given[id] {
			continue
		}
		given[id] = true
		rows = append(rows, recusalRow{ID: id, Cadre: string(r.Cadre), Household: nullable(r.Household), Village: nullable(r.Village), Kind: string(r.Kind)})
	}
	_, err := recusals.store(tx, rows)
	return err
}
