package store

import (
	"lianxin/planner"
	"lianxin/planner/civil"
)

type matterRow struct {
	ID              string               `db:"id" json:"id"`
	Number          string               `db:"number" json:"number"`
	National        string               `db:"national" json:"national"`
	Kind            string               `db:"kind" json:"kind"`
	State           string               `db:"state" json:"state"`
	Area            string               `db:"area" json:"area"`
	Topic           string               `db:"topic" json:"topic"`
	Title           string               `db:"title" json:"title"`
	Name            string               `db:"name" json:"name"`
	Story           nullable             `db:"story" json:"story"`     // ciphertext
	Contact         nullable             `db:"contact" json:"contact"` // ciphertext
	Persons         int                  `db:"persons" json:"persons"`
	Representatives int                  `db:"representatives" json:"representatives"`
	Rules           string               `db:"rules" json:"rules"`
	Roll            string               `db:"roll" json:"roll"`
	Receiver        nullable             `db:"receiver" json:"receiver"`
	ReceiverUnit    nullable             `db:"receiver_unit" json:"receiver_unit"`
	Unit            nullable             `db:"unit" json:"unit"`
	Officer         nullable             `db:"officer" json:"officer"`
	Partners        list[planner.UnitID] `db:"partners" json:"partners"`
	ReceivedOn      civil.Date           `db:"received_on" json:"received_on"`
	AcceptedOn      civil.Date           `db:"accepted_on" json:"accepted_on"`
	AssignedOn      civil.Date           `db:"assigned_on" json:"assigned_on"`
	ExtendedOn      civil.Date           `db:"extended_on" json:"extended_on"`
	ExtendDays      int                  `db:"extend_days" json:"extend_days"`
	PromisedOn      civil.Date           `db:"promised_on" json:"promised_on"`
	HearingFromOn   civil.Date           `db:"hearing_from_on" json:"hearing_from_on"`
	HearingUntilOn  civil.Date           `db:"hearing_until_on" json:"hearing_until_on"`
	AnsweredOn      civil.Date           `db:"answered_on" json:"answered_on"`
	ClosedOn        civil.Date           `db:"closed_on" json:"closed_on"`
	ReopenedOn      civil.Date           `db:"reopened_on" json:"reopened_on"`
	ReviewAskedOn   civil.Date           `db:"review_asked_on" json:"review_asked_on"`
	ReviewedOn      civil.Date           `db:"reviewed_on" json:"reviewed_on"`
	RecheckAskedOn  civil.Date           `db:"recheck_asked_on" json:"recheck_asked_on"`
	FinalOn         civil.Date           `db:"final_on" json:"final_on"`
	Outcome         string               `db:"outcome" json:"outcome"`
	Reason          nullable             `db:"reason" json:"reason"` // ciphertext
	Agreed          bool                 `db:"agreed" json:"agreed"`
	Rung            int                  `db:"rung" json:"rung"`
	Opinion         string               `db:"opinion" json:"opinion"`
	OpinionOn       civil.Date           `db:"opinion_on" json:"opinion_on"`
	CodeHash        nullable             `db:"code_hash" json:"code_hash"`
	LadderStep      int                  `db:"ladder_step" json:"ladder_step"`
	LadderDueOn     civil.Date           `db:"ladder_due_on" json:"ladder_due_on"`
	DueOn           civil.Date           `db:"due_on" json:"due_on"`
	DueStep         string               `db:"due_step" json:"due_step"`
	ActOn           civil.Date           `db:"act_on" json:"act_on"`
	Revision        int                  `db:"revision" json:"revision"`
}

func (r matterRow) rowID() string     { return r.ID }
func (r matterRow) household() string { return "" }
func (r matterRow) values() []any {
	return []any{r.ID, r.Number, r.National, r.Kind, r.State, r.Area, r.Topic, r.Title, r.Name, r.Story, r.Contact, r.Persons,
		r.Representatives, r.Rules, r.Roll, r.Receiver, r.ReceiverUnit, r.Unit, r.Officer, r.Partners, r.ReceivedOn,
		r.AcceptedOn, r.AssignedOn, r.ExtendedOn, r.ExtendDays, r.PromisedOn, r.HearingFromOn, r.HearingUntilOn, r.AnsweredOn,
		r.ClosedOn, r.ReopenedOn, r.ReviewAskedOn, r.ReviewedOn, r.RecheckAskedOn, r.FinalOn, r.Outcome, r.Reason, r.Agreed,
		r.Rung, r.Opinion, r.OpinionOn, r.CodeHash, r.LadderStep, r.LadderDueOn, r.DueOn, r.DueStep, r.ActOn, r.Revision}
}

func (r matterRow) noun() planner.Matter {
	return planner.Matter{ID: planner.MatterID(r.ID), Number: r.Number, National: r.National, Kind: planner.MatterKind(r.Kind), State: planner.MatterState(r.State), Area: planner.AreaCode(r.Area), Topic: planner.Need(r.Topic), Title: r.Title, Name: r.Name, Persons: r.Persons, Representatives: r.Representatives, Rules: r.Rules, Roll: r.Roll, Receiver: planner.CadreID(r.Receiver), ReceiverUnit: planner.UnitID(r.ReceiverUnit), Unit: planner.UnitID(r.Unit), Officer: planner.CadreID(r.Officer), Partners: r.Partners, ReceivedOn: r.ReceivedOn, AcceptedOn: r.AcceptedOn, AssignedOn: r.AssignedOn, ExtendedOn: r.ExtendedOn, ExtendDays: r.ExtendDays, PromisedOn: r.PromisedOn, HearingFromOn: r.HearingFromOn, HearingUntilOn: r.HearingUntilOn, AnsweredOn: r.AnsweredOn, ClosedOn: r.ClosedOn, ReopenedOn: r.ReopenedOn, ReviewAskedOn: r.ReviewAskedOn, ReviewedOn: r.ReviewedOn, RecheckAskedOn: r.RecheckAskedOn, FinalOn: r.FinalOn, Outcome: planner.Outcome(r.Outcome), Agreed: r.Agreed, Rung: r.Rung, Opinion: planner.Opinion(r.Opinion),
		OpinionOn: r.OpinionOn, CodeHash: string(r.CodeHash), LadderStep: r.LadderStep, LadderDueOn: r.LadderDueOn, DueOn: r.DueOn, DueStep: r.DueStep, ActOn: r.ActOn, Revision: r.Revision}
}

// rowOfMatter leaves out what is sealed.
func rowOfMatter(m planner.Matter) matterRow {
	return matterRow{ID: string(m.ID), Number: m.Number, National: m.National, Kind: string(m.Kind), State: string(m.State), Area: string(m.Area), Topic: string(m.Topic), Title: m.Title, Name: m.Name, Persons: m.Persons, Representatives: m.Representatives, Rules: m.Rules, Roll: m.Roll, Receiver: nullable(m.Receiver), ReceiverUnit: nullable(m.ReceiverUnit), Unit: nullable(m.Unit), Officer: nullable(m.Officer), Partners: m.Partners, ReceivedOn: m.ReceivedOn, AcceptedOn: m.AcceptedOn, AssignedOn: m.AssignedOn, ExtendedOn: m.ExtendedOn, ExtendDays: m.ExtendDays,
		PromisedOn: m.PromisedOn, HearingFromOn: m.HearingFromOn, HearingUntilOn: m.HearingUntilOn, AnsweredOn: m.AnsweredOn,
		ClosedOn: m.ClosedOn, ReopenedOn: m.ReopenedOn, ReviewAskedOn: m.ReviewAskedOn, ReviewedOn: m.ReviewedOn,
		RecheckAskedOn: m.RecheckAskedOn, FinalOn: m.FinalOn, Outcome: string(m.Outcome), Agreed: m.Agreed, Rung: m.Rung,
		Opinion: string(m.Opinion), OpinionOn: m.OpinionOn, CodeHash: nullable(m.CodeHash), LadderStep: m.LadderStep,
		LadderDueOn: m.LadderDueOn, DueOn: m.DueOn, DueStep: m.DueStep, ActOn: m.ActOn, Revision: m.Revision}
}

var matters = &table[matterRow]{
	kind: "matter",
	byID: query(`SELECT id, number, national, kind, state, area, topic, title, name, story, contact, persons, representatives, rules, roll,
		receiver, receiver_unit, unit, officer, partners, received_on, accepted_on, assigned_on, extended_on, extend_days,
		promised_on, hearing_from_on, hearing_until_on, answered_on, closed_on, reopened_on, review_asked_on, reviewed_on,
		recheck_asked_on, final_on, outcome, reason, agreed, rung, opinion, opinion_on, code_hash, ladder_step, ladder_due_on,
		due_on, due_step, act_on, revision
		FROM matters WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO matters (id, number, national, kind, state, area, topic, title, name, story, contact, persons, representatives, rules, roll,
		receiver, receiver_unit, unit, officer, partners, received_on, accepted_on, assigned_on, extended_on, extend_days,
		promised_on, hearing_from_on, hearing_until_on, answered_on, closed_on, reopened_on, review_asked_on, reviewed_on,
		recheck_asked_on, final_on, outcome, reason, agreed, rung, opinion, opinion_on, code_hash, ladder_step, ladder_due_on,
		due_on, due_step, act_on, revision)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
		?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET number = excluded.number, national = excluded.national, kind = excluded.kind, state = excluded.state, area =
		excluded.area, topic = excluded.topic, title = excluded.title, name = excluded.name, story = excluded.story, contact =
		excluded.contact, persons = excluded.persons, representatives = excluded.representatives, rules = excluded.rules, roll
		= excluded.roll, receiver = excluded.receiver, receiver_unit = excluded.receiver_unit, unit = excluded.unit, officer =
		excluded.officer, partners = excluded.partners, received_on = excluded.received_on, accepted_on =
		excluded.accepted_on, assigned_on = excluded.assigned_on, extended_on = excluded.extended_on, extend_days =
		excluded.extend_days, promised_on = excluded.promised_on, hearing_from_on = excluded.hearing_from_on, hearing_until_on
		= excluded.hearing_until_on, answered_on = excluded.answered_on, closed_on = excluded.closed_on, reopened_on =
		excluded.reopened_on, review_asked_on = excluded.review_asked_on, reviewed_on = excluded.reviewed_on, recheck_asked_on
		= excluded.recheck_asked_on, final_on = excluded.final_on, outcome = excluded.outcome, reason = excluded.reason,
		agreed = excluded.agreed, rung = excluded.rung, opinion = excluded.opinion, opinion_on = excluded.opinion_on,
		code_hash = excluded.code_hash, ladder_step = excluded.ladder_step, ladder_due_on = excluded.ladder_due_on, due_on =
		excluded.due_on, due_step = excluded.due_step, act_on = excluded.act_on, revision = excluded.revision`),
	drop: query(`DELETE FROM matters WHERE id IN (:ids)`),
}

var everyMatter = query(`SELECT id, number, national, kind, state, area, topic, title, name, story, contact, persons, representatives, rules, roll,
		receiver, receiver_unit, unit, officer, partners, received_on, accepted_on, assigned_on, extended_on, extend_days,
		promised_on, hearing_from_on, hearing_until_on, answered_on, closed_on, reopened_on, review_asked_on, reviewed_on,
		recheck_asked_on, final_on, outcome, reason, agreed, rung, opinion, opinion_on, code_hash, ladder_step, ladder_due_on,
		due_on, due_step, act_on, revision
		FROM matters WHERE id > :after ORDER BY id LIMIT :limit`)
