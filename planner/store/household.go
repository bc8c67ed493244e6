package store

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
)

type householdRow struct {
	ID        string             `db:"id" json:"id"`
	Code      string             `db:"code" json:"code"`
	Village   string             `db:"village" json:"village"`
	Group     nullable           `db:"group_area" json:"group"`
	Head      string             `db:"head" json:"head"`
	Guide     string             `db:"guide" json:"guide"`
	Contact   nullable           `db:"contact" json:"contact"` // ciphertext
	Hours     string             `db:"hours" json:"hours"`
	Consent   string             `db:"consent" json:"consent"`
	Needs     list[planner.Need] `db:"needs" json:"needs"`
	MuteUntil civil.Date         `db:"mute_until_on" json:"mute_until_on"`
	PerYear   int                `db:"per_year" json:"per_year"`
	Active    bool               `db:"active" json:"active"`
}

func (r householdRow) rowID() string     { return r.ID }
func (r householdRow) household() string { return r.ID }
func (r householdRow) values() []any {
	return []any{r.ID, r.Code, r.Village, r.Group, r.Head, r.Guide, r.Contact, r.Hours, r.Consent, r.Needs, r.MuteUntil, r.PerYear, r.Active}
}

var households = &table[householdRow]{
	kind: "household",
	byID: query(`SELECT id, code, village, group_area, head, guide, contact, hours, consent, needs, mute_until_on, per_year, active
		FROM households WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO households (id, code, village, group_area, head, guide, contact, hours, consent, needs,
			mute_until_on, per_year, active) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET code = excluded.code, village = excluded.village, group_area = excluded.group_area,
			head = excluded.head, guide = excluded.guide, contact = excluded.contact, hours = excluded.hours,
			consent = excluded.consent, needs = excluded.needs, mute_until_on = excluded.mute_until_on,
			per_year = excluded.per_year, active = excluded.active`),
	drop: query(`DELETE FROM households WHERE id IN (:ids)`),
}

var (
	// visibleHouseholds: those of the scope's areas, and those its cadres look after in the newest published plan, as second
	// persons too (a liaison also in one under review), will visit, or have an open task for.
	visibleHouseholds = query(`SELECT id, code, village, group_area, head, guide, contact, hours, consent, needs, mute_until_on,
			per_year, active
		FROM households h
		WHERE :all = 1
			OR :by_area = 1 AND EXISTS (SELECT 1 FROM areas a
				WHERE a.code IN (:areas) AND substr(COALESCE(h.group_area, h.village), 1, length(a.code)) = a.code)
			OR h.id IN (
				SELECT p.household FROM pairings p JOIN plans pl ON pl.id = p.plan
				WHERE p.cadre IN (:cadres) AND p.household IS NOT NULL
					AND (pl.status = 'published' AND pl.period = (SELECT max(period) FROM plans WHERE status = 'published')
						OR pl.status = 'review' AND :liaison = 1)
				UNION SELECT l.household FROM plan_links l JOIN plans pl ON pl.id = l.plan
					WHERE l.cadre IN (:cadres) AND l.household IS NOT NULL
						AND pl.status = 'published' AND pl.period = (SELECT max(period) FROM plans WHERE status = 'published')
				UNION SELECT household FROM visits WHERE (cadre IN (:cadres) OR companion IN (:cadres)) AND state = 'planned'
				UNION SELECT household FROM tasks
					WHERE owner IN (:cadres) AND household IS NOT NULL AND state IN ('draft', 'ready', 'in-progress'))
		ORDER BY code`)

	// visibleHousehold is the same for one of them, found by its key, and visibleHouseholdCoded by its code.
	visibleHousehold      = query(oneHousehold + "h.id" + ofScope)
	visibleHouseholdCoded = query(oneHousehold + "h.code" + ofScope)
	visibleHouseholdsOf   = query(oneHousehold + "h.id IN (:ids)" + strings.TrimPrefix(ofScope, " = :id"))
)

// The statement of one household, but for the column that it is found by.
const (
	oneHousehold = `SELECT id, code, village, group_area, head, guide, contact, hours, consent, needs, mute_until_on,
			per_year, active
		FROM households h
		WHERE `
	ofScope = ` = :id AND (:all = 1
			OR :by_area = 1 AND EXISTS (SELECT 1 FROM areas a
				WHERE a.code IN (:areas) AND substr(COALESCE(h.group_area, h.village), 1, length(a.code)) = a.code)
			OR EXISTS (
				SELECT 1 FROM pairings p JOIN plans pl ON pl.id = p.plan
				WHERE p.household = h.id AND p.cadre IN (:cadres)
					AND (pl.status = 'published' AND pl.period = (SELECT max(period) FROM plans WHERE status = 'published')
						OR pl.status = 'review' AND :liaison = 1))
			OR EXISTS (
				SELECT 1 FROM plan_links l JOIN plans pl ON pl.id = l.plan
				WHERE l.household = h.id AND l.cadre IN (:cadres)
					AND pl.status = 'published' AND pl.period = (SELECT max(period) FROM plans WHERE status = 'published'))
			OR EXISTS (SELECT 1 FROM visits v WHERE v.household = h.id AND (v.cadre IN (:cadres) OR v.companion IN (:cadres)) AND v.state = 'planned')
			OR EXISTS (SELECT 1 FROM tasks t
				WHERE t.household = h.id AND t.owner IN (:cadres) AND t.state IN ('draft', 'ready', 'in-progress')))`
)

var howManyHouseholds = query(`SELECT count(*) FROM households`)

// householdsSeen returns the households that a statement finds within the scope, and records that a person read what.
func (tx *Tx) householdsSeen(q *statement, what planner.HouseholdID) ([]planner.Household, error) {
	s, err := tx.scope()
	if err != nil || !s.signed {
		return nil, err
	}
	many := 0
	if s.all && q == visibleHouseholds {
		if err := tx.one(&many, howManyHouseholds, args{}); err != nil {
			return nil, err
		}
	}
	rows, err := scannedMany(tx, q, s.args().with(args{"id": string(what)}), many, scanHouseholds())
	if err != nil {
		return nil, err
	}
	if len(rows) > 0 && !tx.who.IsSystem() && !tx.write {
		if err := tx.noteRead("household", string(what)); err != nil { // "" = the list of the reader's scope
			return nil, err
		}
	}
	return rows, nil
}

// Household returns one household without its contact. NotFound if there is none, or it lies outside the scope.
func (tx *Tx) Household(id planner.HouseholdID) (planner.Household, error) {
	found, err := tx.householdsSeen(visibleHousehold, id)
	if err == nil && len(found) == 0 {
		err = planner.Fail(planner.NotFound, "没有这户，或不在您的范围内。", "there is no such household, or none within your scope")
	}
	if err != nil {
		return planner.Household{}, err
	}
	return found[0], nil
}

// HouseholdsNamed are the households of the IDs that lie within the scope, without their contacts, in one question.
func (tx *Tx) HouseholdsNamed(ids []planner.HouseholdID) (hs []planner.Household, err error) {
	s, err := tx.scope()
	if err != nil || !s.signed && !s.all {
		return nil, err
	}
	err = chunks(ids, func(part []planner.HouseholdID) error {
		found, err := scanned(tx, visibleHouseholdsOf, s.args().with(args{"ids": plain(part)}), scanHouseholds())
		if err != nil {
			return err
		}
		hs = append(hs, found...)
		if tx.who.IsSystem() || tx.write {
			return nil
		}
		for i := range found {
			if err := tx.noteRead("household", string(found[i].ID)); err != nil {
				return err
			}
		}
		return nil
	})
	return hs, err
}

// HouseholdCoded is [Tx.Household] by 户编号.
func (tx *Tx) HouseholdCoded(code string) (planner.Household, error) {
	s, err := tx.scope()
	if err != nil {
		return planner.Household{}, err
	}
	var found []planner.Household
	if s.signed {
		if found, err = scanned(tx, visibleHouseholdCoded, s.args().with(args{"id": code}), scanHouseholds()); err != nil {
			return planner.Household{}, err
		}
	}
	if len(found) == 0 {
		return planner.Household{}, planner.Fail(planner.NotFound, "没有编号为“"+code+"”的户，请核对。", "there is no household with code "+code+"; please check.")
	}
	if !tx.who.IsSystem() && !tx.write {
		if err := tx.noteRead("household", string(found[0].ID)); err != nil {
			return planner.Household{}, err
		}
	}
	return found[0], nil
}

// PutHouseholds adds households or replaces those of the same ID. An empty Contact keeps what is stored; "-" deletes it.
func (tx *Tx) PutHouseholds(hs []planner.Household) error {
	return tx.PutHouseholdRows(slices.Values(hs))
}

// PutHouseholdRows is [Tx.PutHouseholds] for more of them than should be in memory at once.
func (tx *Tx) PutHouseholdRows(hs iter.Seq[planner.Household]) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	return batches(hs, saveBatch, tx.putHouseholds)
}

func (tx *Tx) putHouseholds(hs []planner.Household) error {
	ids := make([]string, len(hs))
	for i, h := range hs {
		ids[i] = string(h.ID)
	}
	old, err := households.load(tx, ids)
	if err != nil {
		return err
	}
	rows := make([]householdRow, len(hs))
	for i, h := range hs {
		rows[i] = householdRow{ID: string(h.ID), Code: h.Code, Village: string(h.Village), Group: nullable(h.Group), Head: h.Head,
			Guide: h.Guide, Hours: string(h.Hours), Consent: string(h.Consent), Needs: h.Needs, MuteUntil: h.MuteUntil,
			PerYear: h.PerYear, Active: h.Active}
		if rows[i].Contact, err = tx.sealContact(contactPlace(h.ID), h.Contact, old[rows[i].ID].Contact); err != nil {
			return fmt.Errorf("contact of household %s: %w", h.ID, err)
		}
	}
	_, err = households.save(tx, old, rows)
	return err
}

// EraseHousehold blanks what is personal of a household, deletes what was noted at its visits, takes the words out of what was
// promised to it, and destroys its key, so that nothing of it can be read from the audit any more, while the chain still holds. The code stays for the records; the household leaves all later plans.
// Planners and administrators only. It cannot be undone.
func (tx *Tx) EraseHousehold(id planner.HouseholdID) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	return tx.erase(id)
}

func (tx *Tx) erase(id planner.HouseholdID) error {
	found, err := households.load(tx, []string{string(id)})
	if err != nil {
		return err
	}
	r, ok := found[string(id)]
	if !ok {
		return planner.Fail(planner.NotFound, "没有这户。", "there is no such household")
	}
	r.Head, r.Guide, r.Contact, r.Needs, r.Hours = "", "", "", nil, string(planner.HoursAny)
	r.Consent, r.Active, r.MuteUntil, r.PerYear = string(planner.ConsentWithdrawn), false, civil.Date{}, 0
	if _, err := households.save(tx, found, []householdRow{r}); err != nil {
		return err
	}
	if err := tx.eraseRecords(id); err != nil {
		return err
	}
	_, err = tx.exec(destroyHouseholdKey, args{"id": string(id), "at": civil.At(tx.op.Now)})
	return err
}
