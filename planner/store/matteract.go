package store

import (
	"fmt"

	"lianxin/planner"
	"lianxin/planner/civil"
)

type actRow struct {
	ID     string     `db:"id" json:"id"`
	Matter string     `db:"matter" json:"matter"`
	Place  int        `db:"place" json:"place"`
	Kind   string     `db:"kind" json:"kind"`
	HeldOn civil.Date `db:"held_on" json:"held_on"`
	Cadre  nullable   `db:"cadre" json:"cadre"`
	Unit   nullable   `db:"unit" json:"unit"`
	To     nullable   `db:"to_cadre" json:"to_cadre"`
	DueOn  civil.Date `db:"due_on" json:"due_on"`
	Number string     `db:"number" json:"number"`
	Say    nullable   `db:"say" json:"say"` // ciphertext
}

func (r actRow) rowID() string     { return r.ID }
func (r actRow) household() string { return "" }
func (r actRow) values() []any {
	return []any{r.ID, r.Matter, r.Place, r.Kind, r.HeldOn, r.Cadre, r.Unit, r.To, r.DueOn, r.Number, r.Say}
}

var matterActs = &table[actRow]{
	kind: "matter-act",
	byID: query(`SELECT id, matter, place, kind, held_on, cadre, unit, to_cadre, due_on, number, say FROM matter_acts WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO matter_acts (id, matter, place, kind, held_on, cadre, unit, to_cadre, due_on, number, say)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET say = excluded.say`),
	drop: query(`DELETE FROM matter_acts WHERE id IN (:ids)`),
}

var (
	actsOfMatter = query(`SELECT id, matter, place, kind, held_on, cadre, unit, to_cadre, due_on, number, say FROM matter_acts
		WHERE matter = :matter ORDER BY place`)
	lastPlace = query(`SELECT COALESCE(MAX(place), 0) FROM matter_acts WHERE matter = :matter`)
	everyAct  = query(`SELECT id, matter, place, kind, held_on, cadre, unit, to_cadre, due_on, number, say FROM matter_acts
		WHERE id > :after ORDER BY id LIMIT :limit`)
)

// AddAct adds a line to the file of a matter in the scope; Place is given here. Lines are never changed.
func (tx *Tx) AddAct(a planner.Act) error {
	if err := tx.mayWrite(); err != nil {
		return err
	}
	if _, err := tx.Matter(a.Matter); err != nil {
		return err
	}
	var last int
	if err := tx.one(&last, lastPlace, args{"matter": string(a.Matter)}); err != nil {
		return err
	}
	r := actRow{ID: string(a.ID), Matter: string(a.Matter), Place: last + 1, Kind: string(a.Kind), HeldOn: a.On, Cadre: nullable(a.By), Unit: nullable(a.Unit),
		To: nullable(a.To), DueOn: a.DueOn, Number: a.Number}
	var err error
	if r.Say, err = tx.sealContact(actPlace(a.ID), a.Say, ""); err != nil {
		return err
	}
	old, err := matterActs.load(tx, []string{r.ID})
	if err != nil {
		return err
	}
	if len(old) > 0 {
		return fmt.Errorf("store: the act %s is in the file already", r.ID)
	}
	_, err = matterActs.save(tx, old, []actRow{r})
	return err
}

// Acts returns the file of a matter in the scope in its order, without what was said; [Tx.ActsSaid] has that too.
func (tx *Tx) Acts(id planner.MatterID) ([]planner.Act, error) { return tx.actsOf(id, false) }

// ActsSaid is [Tx.Acts] with what was said, and records that it was read.
func (tx *Tx) ActsSaid(id planner.MatterID) ([]planner.Act, error) {
	out, err := tx.actsOf(id, true)
	if err == nil && !tx.who.IsSystem() {
		err = tx.noteRead("matter", string(id))
	}
	return out, err
}

func (tx *Tx) actsOf(id planner.MatterID, said bool) (out []planner.Act, err error) {
	if _, err := tx.Matter(id); err != nil {
		return nil, err
	}
	var rows []actRow
	if err := tx.all(&rows, actsOfMatter, args{"matter": string(id)}); err != nil {
		return nil, err
	}
	for _, r := range rows {
		a := planner.Act{ID: planner.ActID(r.ID), Matter: planner.MatterID(r.Matter), Place: r.Place, Kind: planner.ActKind(r.Kind), On: r.HeldOn,
			By: planner.CadreID(r.Cadre), Unit: planner.UnitID(r.Unit), To: planner.CadreID(r.To), DueOn: r.DueOn, Number: r.Number}
		if said {
			if a.Say, err = tx.openContact(actPlace(a.ID), r.Say); err != nil {
				return nil, err
			}
		}
		out = append(out, a)
	}
	return out, nil
}
