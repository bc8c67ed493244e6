package store

import (
	"database/sql"
	"fmt"
	"slices"
	"strconv"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// scanned reads rows straight into nouns: a year's visits of a county are too many to be copied from row structs.
func scanned[T any](tx *Tx, s *statement, a args, scan func(*sql.Rows, *T) error) ([]T, error) {
	return scannedMany(tx, s, a, 0, scan)
}

// scannedMany is scanned where it is known how many rows will come, about: a million of them are not copied while the list
// grows, nor is half of it left empty.
func scannedMany[T any](tx *Tx, s *statement, a args, many int, scan func(*sql.Rows, *T) error) (out []T, err error) {
	text, list, err := tx.bind(s, a)
	if err != nil {
		return nil, err
	}
	rows, err := tx.sql.QueryContext(tx.ctx, text, list...)
	if err != nil {
		return nil, fmt.Errorf("query %.60q: %w", s.text, err)
	}
	defer rows.Close()
	if many > 0 {
		out = make([]T, 0, many)
	}
	for rows.Next() {
		var one T
		if err := scan(rows, &one); err != nil {
			return nil, fmt.Errorf("scan %.60q: %w", s.text, err)
		}
		if len(out) == cap(out) {
			out = slices.Grow(out, max(64, len(out))) // a year's visits: by a quarter each time they would be copied five times over
		}
		out = append(out, one)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("query %.60q: %w", s.text, err)
	}
	return out, nil
}

// scanVisit reads the columns of visibleVisits.
func scanVisit(rows *sql.Rows, v *planner.Visit) error {
	var event, stands, companion nullable
	err := rows.Scan((*string)(&v.ID), &event, (*string)(&v.Cadre), (*string)(&v.Household), &v.On, &v.Stop, (*string)(&v.Hours), (*string)(&v.State), &stands, &companion)
	v.Event, v.StandsFor, v.Companion = planner.EventID(event), planner.CadreID(stands), planner.CadreID(companion)
	return err
}

// unpackVisit reads the rows of packedVisits, which come by day. What a visit says lies in the one text of its row.
func unpackVisit() func(*sql.Rows, *planner.Visit) error {
	parts := make([]string, 10)
	var day string
	var on civil.Date
	return func(rows *sql.Rows, v *planner.Visit) (err error) {
		var row string
		if err := rows.Scan(&row); err != nil {
			return err
		}
		if err := unpack(row, parts); err != nil {
			return err
		}
		if parts[4] != day {
			if err := on.Scan(parts[4]); err != nil {
				return err
			}
			day = parts[4]
		}
		*v = planner.Visit{ID: planner.VisitID(parts[0]), Event: planner.EventID(parts[1]), Cadre: planner.CadreID(parts[2]), Household: planner.HouseholdID(parts[3]),
			On: on, Hours: planner.Hours(parts[6]), State: planner.VisitState(parts[7]), StandsFor: planner.CadreID(parts[8]), Companion: planner.CadreID(parts[9])}
		v.Stop, err = strconv.Atoi(parts[5])
		return err
	}
}

// scanEvent reads the columns of visibleEvents.
func scanEvent(rows *sql.Rows, e *planner.Event) error {
	var cadre, village nullable
	var created, changed civil.Instant
	err := rows.Scan((*string)(&e.ID), &e.Key, &e.UID, (*string)(&e.Kind), &e.On, (*int)(&e.From), (*int)(&e.Until), &e.NominalOn, &e.Why.ZH, &e.Why.EN,
		&cadre, &village, &e.Place, (*string)(&e.Status), &e.Sequence, &e.Digest, &created, &changed, &e.About.ZH, &e.About.EN)
	e.Cadre, e.Village, e.CreatedAt, e.ChangedAt = planner.CadreID(cadre), planner.AreaCode(village), created.Time, changed.Time
	return err
}

// whoGoesWhere are a plan's pairings without price and reasons.
var whoGoesWhere = query(`SELECT id, tier, cadre, household, area FROM pairings WHERE plan = :plan ORDER BY id`)

// PlanPlaces is [Tx.PlanFor] for those who lay the calendar: of the pairings it has who goes where, and nothing else. Forbidden to all
// who may not see the whole plan.
func (tx *Tx) PlanPlaces(period int, statuses ...planner.PlanStatus) (planner.Plan, error) {
	s, err := tx.scope()
	if err != nil {
		return planner.Plan{}, err
	}
	if !s.all {
		return planner.Plan{}, errForbidden()
	}
	heads, err := tx.plansSeen("", period, statuses)
	if err != nil {
		return planner.Plan{}, err
	}
	if len(heads) == 0 || period == 0 {
		return planner.Plan{}, errNoPlan()
	}
	p := heads[0]
	p.Pairings, err = scanned(tx, whoGoesWhere, args{"plan": string(p.ID)}, func(rows *sql.Rows, x *planner.Pairing) error {
		var household, area nullable
		err := rows.Scan((*string)(&x.ID), (*string)(&x.Tier), (*string)(&x.Cadre), &household, &area)
		x.Household, x.Area = planner.HouseholdID(household), planner.AreaCode(area)
		return err
	})
	return p, err
}
