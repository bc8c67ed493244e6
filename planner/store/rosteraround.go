package store

import (
	"database/sql"
	"slices"

	"lianxin/planner"
)

// What a question about one household of a prefecture reads: the counties of its block. In each statement the order of the tables is
// given, as databases without figures of their own think that a plan has few pairings.
var (
	cadresAround = query(`SELECT id, code, name, unit, title, rank, grade, head, portfolio, skills, office_phone, mobile, mail,
			native_village, capacity, active
		FROM cadres WHERE :all = 1 AND unit IN (:ids) ORDER BY code`)
	householdsOfCounty = query(`SELECT id, code, village, group_area, head, guide, contact, hours, consent, needs, mute_until_on,
			per_year, active
		FROM households WHERE :all = 1 AND village >= :from AND village < :to ORDER BY code`)
	householdsOfIDs = query(`SELECT id, code, village, group_area, head, guide, contact, hours, consent, needs, mute_until_on,
			per_year, active
		FROM households WHERE :all = 1 AND id IN (:ids) ORDER BY code`)
	whoHasWhomInCounty = query(`SELECT p.tier, p.cadre, p.household, p.area FROM households h CROSS JOIN pairings p
		WHERE h.village >= :from AND h.village < :to AND p.plan = :plan AND p.household = h.id`)
	whoHasWhomOfUnits = query(`SELECT p.tier, p.cadre, p.household, p.area FROM cadres c CROSS JOIN pairings p
		WHERE c.unit IN (:ids) AND p.cadre = c.id AND p.plan = :plan`)
	whoHasAreas = query(`SELECT tier, cadre, household, area FROM pairings WHERE plan = :plan AND household IS NULL`)
)

// Around is a part of the roster: counties with the units that sit in them or serve there.
type Around struct {
	Counties []planner.AreaCode
	Units    []planner.UnitID // that serve there without being of the counties, such as by a plan
}

// manyIDs is how many a statement is asked for at a time.
const manyIDs = 5000

// RosterAround is the part of [Tx.Roster] that the block of these counties depends on: their units with all their cadres, their
// households, and those that these cadres had in the plan last wherever they are. Areas, recusals, helpers and wishes are
// those of all. Of the plan last it returns who has whom as far as that concerns them. Forbidden to all who may not see everything.
func (tx *Tx) RosterAround(a Around, last planner.PlanID) (r planner.Roster, had []planner.Pairing, err error) {
	s, err := tx.scope()
	if err != nil {
		return r, nil, err
	}
	if !s.all {
		return r, nil, errForbidden()
	}
	if r.Areas, err = tx.Areas(); err != nil {
		return r, nil, err
	}
	units, err := tx.Units()
	if err != nil {
		return r, nil, err
	}
	var ids []string
	for _, u := range units {
		there := u.Area == "" || slices.Contains(a.Units, u.ID) || slices.Contains(a.Counties, u.Area.County())
		for _, v := range u.Villages {
			there = there || slices.Contains(a.Counties, v.County())
		}
		if there {
			r.Units, ids = append(r.Units, u), append(ids, string(u.ID))
		}
	}
	for part := range slices.Chunk(ids, manyIDs) {
		cs, err := tx.cadresSeen(cadresAround, args{"ids": part})
		if err != nil {
			return r, nil, err
		}
		r.Cadres = append(r.Cadres, cs...)
	}
	if r.Recusals, err = tx.recusalsSeen(); err != nil {
		return r, nil, err
	}
	if r.Helpers, err = tx.Helpers(); err != nil {
		return r, nil, err
	}
	if r.Wishes, err = tx.pairWishesSeen(); err != nil {
		return r, nil, err
	}
	here := map[planner.HouseholdID]bool{}
	for _, c := range a.Counties {
		hs, err := scanned(tx, householdsOfCounty, s.args().with(ofCodes(c)), scanHouseholds())
		if err != nil {
			return r, nil, err
		}
		for _, h := range hs {
			here[h.ID] = true
		}
		r.Households = append(r.Households, hs...)
	}
	if last != "" {
		if had, err = tx.hadAround(a, ids, last); err != nil {
			return r, nil, err
		}
		var away []string
		for _, p := range had {
			if p.Household != "" && !here[p.Household] {
				here[p.Household] = true
				away = append(away, string(p.Household))
			}
		}
		for part := range slices.Chunk(away, manyIDs) {
			hs, err := scanned(tx, householdsOfIDs, s.args().with(args{"ids": part}), scanHouseholds())
			if err != nil {
				return r, nil, err
			}
			r.Households = append(r.Households, hs...)
		}
	}
	if len(r.Households) > 0 && !tx.who.IsSystem() && !tx.write {
		err = tx.noteRead("household", "")
	}
	return r, had, err
}

// ofCodes are the bounds of the codes within an area: they are digits, which all databases sort before letters.
func ofCodes(c planner.AreaCode) args { return args{"from": string(c), "to": string(c) + "z"} }

// hadAround is who had whom in the plan last, of the counties' households and of the units' cadres, each once.
func (tx *Tx) hadAround(a Around, units []string, last planner.PlanID) ([]planner.Pairing, error) {
	had, err := tx.WhoAround(last, a.Counties)
	if err != nil {
		return nil, err
	}
	seen := make(map[planner.HouseholdID]bool, len(had))
	for _, p := range had {
		seen[p.Household] = true
	}
	scan := scanWho()
	for part := range slices.Chunk(units, manyIDs) {
		ps, err := scanned(tx, whoHasWhomOfUnits, args{"ids": part, "plan": string(last)}, scan)
		if err != nil {
			return nil, err
		}
		for _, p := range ps {
			if p.Household != "" && !seen[p.Household] {
				had = append(had, p)
			}
		}
	}
	return had, nil
}

// WhoAround is who has whom in a plan, as far as it is about villages, groups, or the households of these counties, in no order; see [Tx.PlanWho].
// Forbidden to all who may not see the whole plan.
func (tx *Tx) WhoAround(plan planner.PlanID, counties []planner.AreaCode) ([]planner.Pairing, error) {
	s, err := tx.scope()
	if err != nil {
		return nil, err
	}
	if !s.all {
		return nil, errForbidden()
	}
	scan := scanWho()
	all, err := scanned(tx, whoHasAreas, args{"plan": string(plan)}, scan)
	if err != nil {
		return nil, err
	}
	for _, c := range counties {
		ps, err := scanned(tx, whoHasWhomInCounty, args{"plan": string(plan)}.with(ofCodes(c)), scan)
		if err != nil {
			return nil, err
		}
		all = append(all, ps...)
	}
	return all, nil
}

// scanWho reads the columns of whoHasWhom.
func scanWho() func(*sql.Rows, *planner.Pairing) error {
	shared := sharer{}
	return func(rows *sql.Rows, x *planner.Pairing) error {
		var tier, cadre, household, area sql.RawBytes
		if err := rows.Scan(&tier, &cadre, &household, &area); err != nil {
			return err
		}
		x.Tier, x.Cadre, x.Area = planner.Tier(shared.bytes(tier)), planner.CadreID(shared.bytes(cadre)), planner.AreaCode(shared.bytes(area))
		x.Household = planner.HouseholdID(household)
		return nil
	}
}

// PlanProof is the head of a plan with its proofs. NotFound if there is none, or it is not open to the reader.
func (tx *Tx) PlanProof(id planner.PlanID) (planner.Plan, error) {
	heads, err := tx.plansSeen(id, 0, nil)
	if err != nil {
		return planner.Plan{}, err
	}
	if len(heads) == 0 || id == "" {
		return planner.Plan{}, errNoPlan()
	}
	return heads[0], nil
}
