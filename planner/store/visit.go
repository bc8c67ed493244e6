package store

import (
	"lianxin/planner"
	"lianxin/planner/civil"
)

type visitRow struct {
	ID        string     `db:"id" json:"id"`
	Event     nullable   `db:"event" json:"event"`
	Cadre     string     `db:"cadre" json:"cadre"`
	Household string     `db:"household" json:"household"`
	HeldOn    civil.Date `db:"held_on" json:"held_on"`
	Stop      int        `db:"stop" json:"stop"`
	Hours     string     `db:"hours" json:"hours"`
	State     string     `db:"state" json:"state"`
	StandsFor nullable   `db:"stands_for" json:"stands_for,omitempty"`
	Companion nullable   `db:"companion" json:"companion,omitempty"`
}

func (r visitRow) rowID() string     { return r.ID }
func (r visitRow) household() string { return r.Household }
func (r visitRow) values() []any {
	return []any{r.ID, r.Event, r.Cadre, r.Household, r.HeldOn, r.Stop, r.Hours, r.State, r.StandsFor, r.Companion}
}

func (r visitRow) noun() planner.Visit {
	return planner.Visit{ID: planner.VisitID(r.ID), Event: planner.EventID(r.Event), Cadre: planner.CadreID(r.Cadre),
		Household: planner.HouseholdID(r.Household), On: r.HeldOn, Stop: r.Stop, Hours: planner.Hours(r.Hours), State: planner.VisitState(r.State),
		StandsFor: planner.CadreID(r.StandsFor), Companion: planner.CadreID(r.Companion)}
}

var visits = &table[visitRow]{
	kind: "visit",
	byID: query(`SELECT id, event, cadre, household, held_on, stop, hours, state, stands_for, companion FROM visits WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO visits (id, event, cadre, household, held_on, stop, hours, state, stands_for, companion)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET event = excluded.event, cadre = excluded.cadre, household = excluded.household,
			held_on = excluded.held_on, stop = excluded.stop, hours = excluded.hours, state = excluded.state,
			stands_for = excluded.stands_for, companion = excluded.companion`),
	drop: query(`DELETE FROM visits WHERE id IN (:ids)`),
	// Two visits of a household may change days with each other.
	moves: func(before, after visitRow) bool {
		return before.Household != after.Household || before.HeldOn != after.HeldOn || before.State != after.State
	},
	slot: func(r visitRow) string {
		if r.State != string(planner.VisitPlanned) {
			return ""
		}
		return r.HeldOn.String() + r.Household
	},
	narrow: true,
	draw:   drawVisit,
}

// visitsSeen asks for columns of the visits of a scope.
func visitsSeen(columns string) string {
	return `SELECT ` + columns + `
		FROM visits v
		WHERE v.held_on >= :from AND v.held_on < :until
			AND (:cadre = '' OR v.cadre = :cadre)
			AND (:household = '' OR v.household = :household)
			AND (:event = '' OR v.event = :event)
			AND (:any = 1 OR v.cadre IN (:of_cadres) OR v.household IN (:of_households))
			AND (:all = 1 OR v.cadre IN (:cadres) OR v.stands_for IN (:cadres) OR v.companion IN (:cadres) OR :by_area = 1 AND EXISTS (SELECT 1 FROM households h JOIN areas a ON a.code IN (:areas)
				WHERE h.id = v.household AND substr(COALESCE(h.group_area, h.village), 1, length(a.code)) = a.code))
		ORDER BY v.held_on, v.cadre, v.stop, v.id`
}

var (
	// visibleVisits: those of the scope's cadres and those to the households of its areas.
	visibleVisits = query(visitsSeen("v.id, v.event, v.cadre, v.household, v.held_on, v.stop, v.hours, v.state, v.stands_for, v.companion"))
	packedVisits  = query(visitsSeen(packed("v.id", "COALESCE(v.event, '')", "v.cadre", "v.household", "v.held_on", "v.stop", "v.hours", "v.state",
		"COALESCE(v.stands_for, '')", "COALESCE(v.companion, '')")))

	// visibleVisitsOf is the same of one cadre, with those on which the cadre goes along. Apart, since only so SQLite finds them by the index.
	visibleVisitsOf = query(`SELECT v.id, v.event, v.cadre, v.household, v.held_on, v.stop, v.hours, v.state, v.stands_for, v.companion
		FROM visits v
		WHERE (v.cadre = :cadre OR v.companion = :cadre) AND v.held_on >= :from AND v.held_on < :until
			AND (:household = '' OR v.household = :household)
			AND (:event = '' OR v.event = :event)
			AND (:all = 1 OR v.cadre IN (:cadres) OR v.stands_for IN (:cadres) OR v.companion IN (:cadres) OR :by_area = 1 AND EXISTS (SELECT 1 FROM households h JOIN areas a ON a.code IN (:areas)
				WHERE h.id = v.household AND substr(COALESCE(h.group_area, h.village), 1, length(a.code)) = a.code))
		ORDER BY v.held_on, v.cadre, v.stop, v.id`)
)

// VisitFilter chooses visits. Empty fields choose all; a zero end of Span is open.
type VisitFilter struct {
	Span      civil.Span
	Cadre     planner.CadreID
	Household planner.HouseholdID
	Event     planner.EventID

	Cadres     []planner.CadreID     // with Households: those of any of the cadres or to any of the households
	Households []planner.HouseholdID // in the thousands at most
}

// Visits returns the chosen visits of the scope, sorted by day, cadre and stop.
func (tx *Tx) Visits(f VisitFilter) ([]planner.Visit, error) {
	s, err := tx.scope()
	if err != nil {
		return nil, err
	}
	from, until := bounds(f.Span)
	with := s.args().with(args{"from": from, "until": until, "cadre": string(f.Cadre),
		"household": string(f.Household), "event": string(f.Event), "any": flag(len(f.Cadres)+len(f.Households) == 0),
		"of_cadres": in(f.Cadres), "of_households": in(f.Households)})
	if f.Cadre != "" {
		return scanned(tx, visibleVisitsOf, with, scanVisit)
	}
	return orPlain(func() ([]planner.Visit, error) { return scanned(tx, packedVisits, with, unpackVisit()) },
		func() ([]planner.Visit, error) { return scanned(tx, visibleVisits, with, scanVisit) })
}

// PutVisits adds visits or replaces those of the same ID. Conflict if two planned visits would bring somebody to one
// household on one day. Besides planners, cadres may write their own.
func (tx *Tx) PutVisits(vs []planner.Visit) error {
	if err := tx.mayWrite(); err != nil || len(vs) == 0 {
		return err
	}
	rows := make([]visitRow, len(vs))
	for i, v := range vs {
		rows[i] = rowOfVisit(v)
	}
	old, err := visits.load(tx, idsOf(rows))
	if err != nil {
		return err
	}
	if tx.mayManage() != nil {
		for _, r := range rows {
			was, ok := old[r.ID]
			if !tx.who.Speaks(planner.CadreID(r.Cadre)) || ok && !tx.who.Speaks(planner.CadreID(was.Cadre)) {
				return errForbidden()
			}
		}
	}
	_, err = visits.save(tx, old, rows)
	return err
}

func rowOfVisit(v planner.Visit) visitRow {
	return visitRow{ID: string(v.ID), Event: nullable(v.Event), Cadre: string(v.Cadre), Household: string(v.Household), HeldOn: v.On,
		Stop: v.Stop, Hours: string(v.Hours), State: string(v.State), StandsFor: nullable(v.StandsFor), Companion: nullable(v.Companion)}
}

// DeleteVisits deletes visits; those that are not there are ignored. Planners and the system only.
func (tx *Tx) DeleteVisits(ids []planner.VisitID) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	return visits.removeIDs(tx, plain(ids))
}
