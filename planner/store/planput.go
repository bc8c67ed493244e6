package store

import (
	"database/sql"
	"iter"
	"slices"

	"lianxin/planner"
)

// PutPlan inserts a plan, or replaces the one of the same ID whole: pairings and links that are not in p are deleted.
// Conflict if the period has another published plan and p is published, or if a household stands in it twice.
func (tx *Tx) PutPlan(p planner.Plan) error {
	if err := tx.PutPlanRows(p, slices.Values(p.Pairings)); err != nil {
		return err
	}
	return tx.PutPlanLinks(p)
}

// PutPlanRows is [Tx.PutPlan] for more pairings than should be in memory as rows at once; p's own pairings and its links
// are left alone. Where the plan is stored already, the pairings are asked for twice and must come out the same.
func (tx *Tx) PutPlanRows(p planner.Plan, all iter.Seq[planner.Pairing]) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	row := planRow{ID: string(p.ID), Period: p.Period, Status: string(p.Status), Preset: p.Preset, Book: p.Book, Revision: p.Revision,
		FromOn: p.Valid.From, UntilOn: p.Valid.Until, Policy: p.Policy, Pins: p.Pins, Certificates: p.Certificates, Watches: p.Watches, Proofs: p.Proofs}
	old, err := plans.load(tx, []string{row.ID})
	if err != nil {
		return err
	}
	if _, err := plans.save(tx, old, []planRow{row}); err != nil {
		return err
	}
	var moving map[string]pairingRow
	if len(old) > 0 {
		if moving, err = tx.makeRoom(row.ID, all); err != nil {
			return err
		}
	}
	return batches(all, saveBatch, func(part []planner.Pairing) error {
		rows := make([]pairingRow, len(part))
		for i, x := range part {
			rows[i] = pairingRow{ID: string(x.ID), Plan: row.ID, Tier: string(x.Tier), Cadre: string(x.Cadre), Household: nullable(x.Household),
				Area: nullable(x.Area), Price: int64(x.Price), Reasons: x.Reasons, Origin: string(x.Origin), Was: nullable(x.Was)}
		}
		stored := map[string]pairingRow{}
		if len(old) > 0 {
			var err error
			if stored, err = pairings.load(tx, idsOf(rows)); err != nil {
				return err
			}
			for _, r := range rows {
				if was, ok := moving[r.ID]; ok {
					stored[r.ID] = was
				}
			}
		}
		_, err := pairings.save(tx, stored, rows)
		return err
	})
}

// placesOfPlan are a plan's pairings without what they cost and why.
var placesOfPlan = query(`SELECT id, tier, cadre, household, area FROM pairings WHERE plan = :plan`)

// makeRoom deletes the stored pairings of a plan that all has no more, and takes those out that stand elsewhere in it, lest
// a unique index sees two in one place. The latter come back as they were.
func (tx *Tx) makeRoom(plan string, all iter.Seq[planner.Pairing]) (moving map[string]pairingRow, err error) {
	places := map[string]string{}
	for x := range all {
		places[string(x.ID)] = pairingPlace(string(x.Tier), string(x.Cadre), string(x.Household), string(x.Area))
	}
	var gone, moved []string
	_, err = scanned(tx, placesOfPlan, args{"plan": plan}, func(rows *sql.Rows, _ *struct{}) error {
		var id, tier, cadre string
		var household, area nullable
		if err := rows.Scan(&id, &tier, &cadre, &household, &area); err != nil {
			return err
		}
		if to, ok := places[id]; !ok {
			gone = append(gone, id)
		} else if to != pairingPlace(tier, cadre, string(household), string(area)) {
			moved = append(moved, id)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for part := range slices.Chunk(gone, saveBatch) {
		if err := pairings.removeIDs(tx, part); err != nil {
			return nil, err
		}
	}
	if moving, err = pairings.load(tx, moved); err != nil {
		return nil, err
	}
	return moving, pairings.dropIDs(tx, moved)
}

// pairingPlace is what a plan has once: a household, or a cadre at an area.
func pairingPlace(tier, cadre, household, area string) string {
	if household != "" {
		return household
	}
	return tier + "/" + area + "/" + cadre
}

// batches hands on rows so many at a time. The slice is used again.
func batches[T any](rows iter.Seq[T], most int, put func(part []T) error) error {
	var part []T
	for x := range rows {
		if part = append(part, x); len(part) == most {
			if err := put(part); err != nil {
				return err
			}
			clear(part)
			part = part[:0]
		}
	}
	if len(part) == 0 {
		return nil
	}
	return put(part)
}
