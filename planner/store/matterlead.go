package store

import (
	"lianxin/planner"
	"lianxin/planner/civil"
)

type leadRow struct {
	ID         string             `db:"id" json:"id"`
	Matter     string             `db:"matter" json:"matter"`
	Leader     string             `db:"leader" json:"leader"`
	SinceOn    civil.Date         `db:"since_on" json:"since_on"`
	DueOn      civil.Date         `db:"due_on" json:"due_on"`
	NextOn     civil.Date         `db:"next_on" json:"next_on"`
	Plan       string             `db:"plan" json:"plan"`
	Duties     list[planner.Duty] `db:"duties" json:"duties"`
	ExtendedOn civil.Date         `db:"extended_on" json:"extended_on"`
	ExtendedBy nullable           `db:"extended_by" json:"extended_by"`
	Reason     string             `db:"reason" json:"reason"`
	ClosedOn   civil.Date         `db:"closed_on" json:"closed_on"`
	FiledOn    civil.Date         `db:"filed_on" json:"filed_on"`
	Revision   int                `db:"revision" json:"revision"`
}

func (r leadRow) rowID() string     { return r.ID }
func (r leadRow) household() string { return "" }
func (r leadRow) values() []any {
	return []any{r.ID, r.Matter, r.Leader, r.SinceOn, r.DueOn, r.NextOn, r.Plan, r.Duties, r.ExtendedOn, r.ExtendedBy, r.Reason, r.ClosedOn, r.FiledOn, r.Revision}
}

func (r leadRow) noun() planner.Lead {
	return planner.Lead{ID: planner.LeadID(r.ID), Matter: planner.MatterID(r.Matter), Leader: planner.CadreID(r.Leader), SinceOn: r.SinceOn, DueOn: r.DueOn,
		NextOn: r.NextOn, Plan: r.Plan, Duties: r.Duties, ExtendedOn: r.ExtendedOn, ExtendedBy: planner.CadreID(r.ExtendedBy), Reason: r.Reason,
		ClosedOn: r.ClosedOn, FiledOn: r.FiledOn, Revision: r.Revision}
}

var leads = &table[leadRow]{
	kind: "matter-lead",
	byID: query(`SELECT id, matter, leader, since_on, due_on, next_on, plan, duties, extended_on, extended_by, reason, closed_on, filed_on, revision
		FROM matter_leads WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO matter_leads (id, matter, leader, since_on, due_on, next_on, plan, duties, extended_on, extended_by, reason, closed_on,
			filed_on, revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET due_on = excluded.due_on, next_on = excluded.next_on, plan = excluded.plan, duties = excluded.duties,
			extended_on = excluded.extended_on, extended_by = excluded.extended_by, reason = excluded.reason, closed_on = excluded.closed_on,
			filed_on = excluded.filed_on, revision = excluded.revision`),
	drop: query(`DELETE FROM matter_leads WHERE id IN (:ids)`),
}

var (
	// visibleLeads: a leader's own, those of whom one acts for, a head's all, and all for who sees all or supervises the area.
	visibleLeads = query(`SELECT l.id, l.matter, l.leader, l.since_on, l.due_on, l.next_on, l.plan, l.duties, l.extended_on, l.extended_by, l.reason,
			l.closed_on, l.filed_on, l.revision
		FROM matter_leads l JOIN matters m ON m.id = l.matter
		WHERE (:matter = '' OR l.matter = :matter) AND (:open = 0 OR l.closed_on IS NULL)
			AND (:all = 1 OR l.leader IN (:own) OR m.unit IN (:units) OR EXISTS (SELECT 1 FROM cadres c WHERE c.id IN (:own) AND c.head)
				OR :by_area = 1 AND EXISTS (SELECT 1 FROM areas a WHERE a.code IN (:areas) AND substr(m.area, 1, length(a.code)) = a.code))
		ORDER BY COALESCE(l.next_on, l.due_on), l.due_on, l.id`)
	leadsOfLeader = query(`SELECT count(*) FROM matter_leads WHERE leader = :leader AND closed_on IS NULL`)
	everyLead     = query(`SELECT id, matter, leader, since_on, due_on, next_on, plan, duties, extended_on, extended_by, reason, closed_on, filed_on, revision
		FROM matter_leads WHERE id > :after ORDER BY id LIMIT :limit`)
)

// Leads returns the case leads of the scope by next date; of one matter if it is named.
func (tx *Tx) Leads(matter planner.MatterID, open bool) ([]planner.Lead, error) {
	s, err := tx.scope()
	if err != nil || !s.signed {
		return nil, err
	}
	var rows []leadRow
	err = tx.all(&rows, visibleLeads, s.args().with(args{"matter": string(matter), "open": flag(open)}))
	return nouns(rows, leadRow.noun), err
}

// OpenLeads counts the open cases of a leader, for the cap; it is read in the transaction that adds one.
func (tx *Tx) OpenLeads(leader planner.CadreID) (n int, err error) {
	err = tx.one(&n, leadsOfLeader, args{"leader": string(leader)})
	return n, err
}

// PutLead adds a case lead or replaces that of the same ID. Planners, and the leader (or who acts for them) of an existing one.
// Conflict if it was changed meanwhile, or the matter has another leader.
func (tx *Tx) PutLead(l planner.Lead) error {
	if err := tx.mayWrite(); err != nil {
		return err
	}
	old, err := leads.load(tx, []string{string(l.ID)})
	if err != nil {
		return err
	}
	was, exists := old[string(l.ID)]
	if tx.mayManage() != nil && !(exists && (tx.who.Speaks(planner.CadreID(was.Leader)) || tx.who.Speaks(l.ExtendedBy))) {
		return errForbidden()
	}
	if exists && l.Revision != was.Revision {
		return planner.Fail(planner.Conflict, "这件包案已被他人修改，请刷新后重试。", "the case lead was changed meanwhile; reload and try again")
	}
	r := leadRow{ID: string(l.ID), Matter: string(l.Matter), Leader: string(l.Leader), SinceOn: l.SinceOn, DueOn: l.DueOn, NextOn: l.NextOn, Plan: l.Plan,
		Duties: l.Duties, ExtendedOn: l.ExtendedOn, ExtendedBy: nullable(l.ExtendedBy), Reason: l.Reason, ClosedOn: l.ClosedOn, FiledOn: l.FiledOn, Revision: l.Revision + 1}
	_, err = leads.save(tx, old, []leadRow{r})
	return err
}
