package store

import (
	"lianxin/planner"
	"lianxin/planner/civil"
)

type planRow struct {
	ID           string                    `db:"id" json:"id"`
	Period       int                       `db:"period" json:"period"`
	Status       string                    `db:"status" json:"status"`
	Preset       string                    `db:"preset" json:"preset"`
	Book         string                    `db:"book" json:"book"`
	Revision     int                       `db:"revision" json:"revision"`
	FromOn       civil.Date                `db:"from_on" json:"from_on"`
	UntilOn      civil.Date                `db:"until_on" json:"until_on"`
	Policy       string                    `db:"policy" json:"policy"`
	Pins         list[planner.Pin]         `db:"pins" json:"pins"`
	Certificates list[planner.Certificate] `db:"certificates" json:"certificates"`
	Watches      list[planner.Finding]     `db:"watches" json:"watches"`
	Proofs       list[planner.Certificate] `db:"proofs" json:"proofs"`
}

func (r planRow) rowID() string     { return r.ID }
func (r planRow) household() string { return "" }
func (r planRow) values() []any {
	return []any{r.ID, r.Period, r.Status, r.Preset, r.Book, r.Revision, r.FromOn, r.UntilOn, r.Policy, r.Pins, r.Certificates, r.Watches, r.Proofs}
}

func (r planRow) noun() planner.Plan {
	return planner.Plan{ID: planner.PlanID(r.ID), Period: r.Period, Status: planner.PlanStatus(r.Status), Preset: r.Preset,
		Book: r.Book, Revision: r.Revision, Valid: civil.Span{From: r.FromOn, Until: r.UntilOn}, Policy: r.Policy, Pins: r.Pins,
		Certificates: r.Certificates, Watches: r.Watches, Proofs: r.Proofs}
}

var plans = &table[planRow]{
	kind: "plan",
	byID: query(`SELECT id, period, status, preset, book, revision, from_on, until_on, policy, pins, certificates, watches, proofs
		FROM plans WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO plans (id, period, status, preset, book, revision, from_on, until_on, policy, pins, certificates, watches, proofs)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET period = excluded.period, status = excluded.status, preset = excluded.preset,
			book = excluded.book, revision = excluded.revision, from_on = excluded.from_on, until_on = excluded.until_on,
			policy = excluded.policy, pins = excluded.pins, certificates = excluded.certificates, watches = excluded.watches, proofs = excluded.proofs`),
	drop: query(`DELETE FROM plans WHERE id IN (:ids)`),
}

// visiblePlans: a draft is the planners' alone, a plan under review also the liaisons', a published one everybody's who
// signed in.
var visiblePlans = query(`SELECT id, period, status, preset, book, revision, from_on, until_on, policy, pins, certificates, watches, proofs
	FROM plans
	WHERE (:id = '' OR id = :id) AND (:period = 0 OR period = :period) AND (:any_status = 1 OR status IN (:statuses))
		AND (:all = 1 OR :signed = 1 AND status IN ('published', 'superseded') OR :liaison = 1 AND status = 'review')
	ORDER BY period DESC, revision DESC, id DESC`)

func (tx *Tx) plansSeen(id planner.PlanID, period int, statuses []planner.PlanStatus) ([]planner.Plan, error) {
	s, err := tx.scope()
	if err != nil {
		return nil, err
	}
	var rows []planRow
	err = tx.all(&rows, visiblePlans, s.args().with(args{"id": string(id), "period": period,
		"any_status": flag(len(statuses) == 0), "statuses": in(statuses)}))
	if err != nil {
		return nil, err
	}
	heads := nouns(rows, planRow.noun)
	if !s.all {
		for i := range heads {
			heads[i].Pins = nil // a pin may say why somebody wishes something
		}
	}
	return heads, nil
}

func errNoPlan() error {
	return planner.Fail(planner.NotFound, "没有这份结对方案，或尚未对您公开。", "there is no such plan, or it is not open to you yet")
}

// Plan returns a plan with the pairings of the scope. NotFound if there is none, or it is not open to the reader yet.
func (tx *Tx) Plan(id planner.PlanID) (planner.Plan, error) {
	heads, err := tx.plansSeen(id, 0, nil)
	if err != nil {
		return planner.Plan{}, err
	}
	if len(heads) == 0 || id == "" {
		return planner.Plan{}, errNoPlan()
	}
	return tx.withPairings(heads[0])
}

// PlanFor returns the newest revision of a period that has one of the statuses (any, if none is given), with the pairings
// of the scope. NotFound if there is none.
func (tx *Tx) PlanFor(period int, statuses ...planner.PlanStatus) (planner.Plan, error) {
	heads, err := tx.plansSeen("", period, statuses)
	if err != nil {
		return planner.Plan{}, err
	}
	if len(heads) == 0 || period == 0 {
		return planner.Plan{}, errNoPlan()
	}
	return tx.withPairings(heads[0])
}

// PlanHeads returns the plans of the scope without their pairings, newest period and revision first.
func (tx *Tx) PlanHeads() ([]planner.Plan, error) { return tx.plansSeen("", 0, nil) }

// SetPlanStatus moves a plan from one status to another. Conflict if it is not in from any more. Publishing supersedes
// the period's earlier published plan in the same transaction.
func (tx *Tx) SetPlanStatus(id planner.PlanID, from, to planner.PlanStatus) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	found, err := plans.load(tx, []string{string(id)})
	if err != nil {
		return err
	}
	row, ok := found[string(id)]
	if !ok {
		return errNoPlan()
	}
	if row.Status != string(from) || from == planner.PlanSuperseded || from == planner.PlanWithdrawn {
		return planner.Fail(planner.Conflict, "方案状态已变为“"+planStatusText(row.Status).ZH+"”，请刷新后重试。",
			"the plan is "+planStatusText(row.Status).EN+" by now; reload and try again")
	}
	if to == planner.PlanPublished {
		if err := tx.supersede(row); err != nil {
			return err
		}
	}
	row.Status = string(to)
	_, err = plans.save(tx, found, []planRow{row})
	return err
}

var publishedOfPeriod = query(`SELECT id FROM plans WHERE period = :period AND status = 'published' AND id <> :id`)

func (tx *Tx) supersede(by planRow) error {
	var ids []string
	if err := tx.all(&ids, publishedOfPeriod, args{"period": by.Period, "id": by.ID}); err != nil {
		return err
	}
	old, err := plans.load(tx, ids)
	if err != nil {
		return err
	}
	var rows []planRow
	for _, id := range ids {
		r := old[id]
		r.Status = string(planner.PlanSuperseded)
		rows = append(rows, r)
	}
	_, err = plans.save(tx, old, rows)
	return err
}

func planStatusText(s string) planner.Text {
	switch planner.PlanStatus(s) {
	case planner.PlanDraft:
		return planner.Text{ZH: "草稿", EN: "a draft"}
	case planner.PlanReview:
		return planner.Text{ZH: "征求意见", EN: "under review"}
	case planner.PlanPublished:
		return planner.Text{ZH: "已发布", EN: "published"}
	case planner.PlanSuperseded:
		return planner.Text{ZH: "已被取代", EN: "superseded"}
	}
	return planner.Text{ZH: "已撤回", EN: "withdrawn"}
}
