package store

import (
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// linkRow is a line of a further tier of a plan.
type linkRow struct {
	ID      string                    `db:"id" json:"id"`
	Plan    string                    `db:"plan" json:"plan"`
	Tier    string                    `db:"tier" json:"tier"`
	Seq     int                       `db:"seq" json:"seq"`
	Unit    nullable                  `db:"unit" json:"unit"`
	Cadre   nullable                  `db:"cadre" json:"cadre"`
	Helper  nullable                  `db:"helper" json:"helper"`
	Home    nullable                  `db:"household" json:"household"`
	Area    nullable                  `db:"area" json:"area"`
	Ten     int                       `db:"ten" json:"ten"`
	Members list[planner.HouseholdID] `db:"members" json:"members"`
	Homes   int                       `db:"homes" json:"homes"`
	Price   int64                     `db:"price" json:"price"`
	Reasons list[planner.Reason]      `db:"reasons" json:"reasons"`
	Was     string                    `db:"was" json:"was"`
	UntilOn civil.Date                `db:"until_on" json:"until_on"`
}

func (r linkRow) rowID() string     { return r.ID }
func (r linkRow) household() string { return string(r.Home) }
func (r linkRow) values() []any {
	return []any{r.ID, r.Plan, r.Tier, r.Seq, r.Unit, r.Cadre, r.Helper, r.Home, r.Area, r.Ten, r.Members, r.Homes, r.Price, r.Reasons, r.Was, r.UntilOn}
}

func (r linkRow) noun() planner.Link {
	return planner.Link{ID: planner.PairingID(r.ID), Tier: planner.Tier(r.Tier), Unit: planner.UnitID(r.Unit), Cadre: planner.CadreID(r.Cadre), Helper: planner.HelperID(r.Helper),
		Household: planner.HouseholdID(r.Home), Area: planner.AreaCode(r.Area), No: r.Ten, Members: r.Members, Count: r.Homes, Price: planner.Seconds(r.Price),
		Reasons: r.Reasons, Was: r.Was, Until: r.UntilOn}
}

var planLinks = &table[linkRow]{
	kind: "link",
	byID: query(`SELECT id, plan, tier, seq, unit, cadre, helper, household, area, ten, members, homes, price, reasons, was, until_on FROM plan_links WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO plan_links (id, plan, tier, seq, unit, cadre, helper, household, area, ten, members, homes, price, reasons, was, until_on)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET plan = excluded.plan, tier = excluded.tier, seq = excluded.seq, unit = excluded.unit, cadre = excluded.cadre,
			helper = excluded.helper, household = excluded.household, area = excluded.area, ten = excluded.ten, members = excluded.members,
			homes = excluded.homes, price = excluded.price, reasons = excluded.reasons, was = excluded.was, until_on = excluded.until_on`),
	drop: query(`DELETE FROM plan_links WHERE id IN (:ids)`),
	moves: func(before, after linkRow) bool {
		return before.Home != after.Home || before.Area != after.Area || before.Ten != after.Ten || before.Unit != after.Unit
	},
}

var (
	linksOfPlan = query(`SELECT id, plan, tier, seq, unit, cadre, helper, household, area, ten, members, homes, price, reasons, was, until_on FROM plan_links WHERE plan = :plan`)

	visibleLinks = query(`SELECT l.id, l.plan, l.tier, l.seq, l.unit, l.cadre, l.helper, l.household, l.area, l.ten, l.members, l.homes, l.price, l.reasons, l.was, l.until_on
		FROM plan_links l
		JOIN plans pl ON pl.id = l.plan
		LEFT JOIN cadres c ON c.id = l.cadre
		LEFT JOIN households h ON h.id = l.household
		WHERE l.plan = :plan
			AND (:tier = '' OR l.tier = :tier)
			AND (:household = '' OR l.household = :household)
			AND (:village = '' OR COALESCE(h.village, substr(l.area, 1, 12)) = :village)
			AND (:unit = '' OR COALESCE(l.unit, c.unit) = :unit)
			AND (:cadre = '' OR l.cadre = :cadre)` + linksOfScope)

	// linksAround are those of one household, and those of the places of its village, found by keys: a prefecture has ten thousand units with villages.
	linksAround = query(`SELECT l.id, l.plan, l.tier, l.seq, l.unit, l.cadre, l.helper, l.household, l.area, l.ten, l.members, l.homes, l.price, l.reasons, l.was, l.until_on
		FROM plan_links l
		JOIN plans pl ON pl.id = l.plan
		LEFT JOIN cadres c ON c.id = l.cadre
		LEFT JOIN households h ON h.id = l.household
		WHERE l.id IN (SELECT k.id FROM plan_links k WHERE k.plan = :plan AND k.household = :household
				UNION ALL SELECT k.id FROM plan_links k WHERE k.plan = :plan AND k.tier IN (:places) AND k.area >= :from AND k.area < :to)
			AND (:tier = '' OR l.tier = :tier)` + linksOfScope)
)

// linksOfScope: like the pairings of the plan; besides, who looks after a household sees who else does.
const linksOfScope = `
			AND (:all = 1 OR (pl.status IN ('published', 'superseded') OR pl.status = 'review' AND :liaison = 1)
				AND (l.cadre IN (:cadres)
					OR l.household IN (SELECT p.household FROM pairings p WHERE p.plan = l.plan AND p.cadre IN (:cadres))
					OR l.unit IN (SELECT k.unit FROM cadres k WHERE k.id IN (:cadres))
					OR :by_area = 1 AND EXISTS (SELECT 1 FROM areas a WHERE a.code IN (:areas)
						AND substr(COALESCE(h.group_area, h.village, l.area), 1, length(a.code)) = a.code)))
		ORDER BY l.seq, l.id`

// LinkFilter chooses links of a plan. Empty fields choose all.
type LinkFilter struct {
	Tier      planner.Tier
	Household planner.HouseholdID
	Village   planner.AreaCode
	Unit      planner.UnitID
	Cadre     planner.CadreID
}

// Links returns the chosen links of a plan within the scope, in the plan's order.
func (tx *Tx) Links(plan planner.PlanID, f LinkFilter) ([]planner.Link, error) {
	return tx.linksSeen(plan, f)
}

func (tx *Tx) linksSeen(plan planner.PlanID, f LinkFilter) ([]planner.Link, error) {
	s, err := tx.scope()
	if err != nil {
		return nil, err
	}
	var rows []linkRow
	err = tx.all(&rows, visibleLinks, s.args().with(args{"plan": string(plan), "tier": string(f.Tier), "household": string(f.Household), "village": string(f.Village),
		"unit": string(f.Unit), "cadre": string(f.Cadre)}))
	return nouns(rows, linkRow.noun), err
}

// LinksAround returns those links of a plan that concern one household of a village: its own, the units of the village, and the tens that
// it is a member of; tier "" chooses all. Scope and order are those of [Tx.Links].
func (tx *Tx) LinksAround(plan planner.PlanID, h planner.Household, tier planner.Tier) ([]planner.Link, error) {
	s, err := tx.scope()
	if err != nil {
		return nil, err
	}
	var rows []linkRow
	err = tx.all(&rows, linksAround, s.args().with(ofCodes(h.Village)).with(args{"plan": string(plan), "tier": string(tier), "household": string(h.ID),
		"places": []string{string(planner.TierUnit), string(planner.TierTen)}}))
	links := nouns(rows, linkRow.noun)
	return slices.DeleteFunc(links, func(l planner.Link) bool {
		return l.Household != h.ID && l.Tier != planner.TierUnit && !slices.Contains(l.Members, h.ID)
	}), err
}

// PutPlanLinks replaces the links of a stored plan with those of p.
func (tx *Tx) PutPlanLinks(p planner.Plan) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	var kept []linkRow
	if err := tx.all(&kept, linksOfPlan, args{"plan": string(p.ID)}); err != nil {
		return err
	}
	old := make(map[string]linkRow, len(kept))
	for _, r := range kept {
		old[r.ID] = r
	}
	rows := make([]linkRow, len(p.Links))
	stays := make(map[string]bool, len(rows))
	for i, l := range p.Links {
		rows[i] = linkRow{ID: string(l.ID), Plan: string(p.ID), Tier: string(l.Tier), Seq: i, Unit: nullable(l.Unit), Cadre: nullable(l.Cadre), Helper: nullable(l.Helper),
			Home: nullable(l.Household), Area: nullable(l.Area), Ten: l.No, Members: l.Members, Homes: l.Count, Price: int64(l.Price), Reasons: l.Reasons, Was: l.Was, UntilOn: l.Until}
		stays[rows[i].ID] = true
	}
	gone := slices.DeleteFunc(kept, func(r linkRow) bool { return stays[r.ID] })
	if err := planLinks.remove(tx, gone); err != nil {
		return err
	}
	_, err := planLinks.save(tx, old, rows)
	return err
}
