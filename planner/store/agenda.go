package store

import (
	"lianxin/planner"
	"lianxin/planner/civil"
)

type occasionRow struct {
	Event           string       `db:"event" json:"event"`
	Units           list[string] `db:"units" json:"units"`
	Representatives int          `db:"representatives" json:"representatives"`
	AboutKind       string       `db:"about_kind" json:"about_kind"`
	AboutRef        string       `db:"about_ref" json:"about_ref"`
	DecisionWaits   bool         `db:"decision_waits" json:"decision_waits"`
	Heard           bool         `db:"heard" json:"heard"`
}

func (r occasionRow) rowID() string     { return r.Event }
func (r occasionRow) household() string { return "" }
func (r occasionRow) values() []any {
	return []any{r.Event, r.Units, r.Representatives, r.AboutKind, r.AboutRef, r.DecisionWaits, r.Heard}
}

func (r occasionRow) noun() planner.Occasion {
	o := planner.Occasion{Event: planner.EventID(r.Event), Representatives: r.Representatives, About: planner.Subject{Kind: r.AboutKind, Ref: r.AboutRef},
		DecisionWaits: r.DecisionWaits, Heard: r.Heard}
	for _, u := range r.Units {
		o.Units = append(o.Units, planner.UnitID(u))
	}
	return o
}

var occasions = &table[occasionRow]{
	kind: "occasion",
	byID: query(`SELECT event, units, representatives, about_kind, about_ref, decision_waits, heard FROM occasions WHERE event IN (:ids)`),
	put: inserts(`INSERT INTO occasions (event, units, representatives, about_kind, about_ref, decision_waits, heard) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (event) DO UPDATE SET units = excluded.units, representatives = excluded.representatives,
			about_kind = excluded.about_kind, about_ref = excluded.about_ref, decision_waits = excluded.decision_waits, heard = excluded.heard`),
	drop: query(`DELETE FROM occasions WHERE event IN (:ids)`),
}

// Occasions returns what the events have besides, by event. What one is about is shown to those who plan and whose event it is.
func (tx *Tx) Occasions(es []planner.Event) (map[planner.EventID]planner.Occasion, error) {
	out := map[planner.EventID]planner.Occasion{}
	if len(es) == 0 {
		return out, nil
	}
	ids := make([]string, len(es))
	for i, e := range es {
		ids[i] = string(e.ID)
	}
	found, err := occasions.load(tx, ids)
	for _, e := range es {
		if r, ok := found[string(e.ID)]; ok {
			o := r.noun()
			if !tx.who.SeesAll() && !tx.who.Speaks(e.Cadre) {
				o.About = planner.Subject{}
			}
			out[e.ID] = o
		}
	}
	return out, err
}

// PutOccasion writes what an event has besides. Those who run the planning only.
func (tx *Tx) PutOccasion(o planner.Occasion) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	_, err := occasions.store(tx, []occasionRow{{Event: string(o.Event), Units: plain(o.Units), Representatives: o.Representatives, AboutKind: o.About.Kind,
		AboutRef: o.About.Ref, DecisionWaits: o.DecisionWaits, Heard: o.Heard}})
	return err
}

type agendaRow struct {
	ID        string   `db:"id" json:"id"`
	Event     string   `db:"event" json:"event"`
	Place     int      `db:"place" json:"place"`
	AboutKind string   `db:"about_kind" json:"about_kind"`
	AboutRef  string   `db:"about_ref" json:"about_ref"`
	Title     string   `db:"title" json:"title"`
	Outcome   string   `db:"outcome" json:"outcome"`
	Decision  string   `db:"decision" json:"decision"`
	Task      nullable `db:"task" json:"task"`
}

func (r agendaRow) rowID() string     { return r.ID }
func (r agendaRow) household() string { return "" }
func (r agendaRow) values() []any {
	return []any{r.ID, r.Event, r.Place, r.AboutKind, r.AboutRef, r.Title, r.Outcome, r.Decision, r.Task}
}

func (r agendaRow) noun() planner.AgendaItem {
	return planner.AgendaItem{ID: planner.AgendaID(r.ID), Event: planner.EventID(r.Event), Place: r.Place, About: planner.Subject{Kind: r.AboutKind, Ref: r.AboutRef},
		Title: r.Title, Outcome: planner.ItemOutcome(r.Outcome), Decision: r.Decision, Task: planner.TaskID(r.Task)}
}

var agendaItems = &table[agendaRow]{
	kind: "agenda-item",
	byID: query(`SELECT id, event, place, about_kind, about_ref, title, outcome, decision, task FROM agenda_items WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO agenda_items (id, event, place, about_kind, about_ref, title, outcome, decision, task) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET event = excluded.event, place = excluded.place, about_kind = excluded.about_kind,
			about_ref = excluded.about_ref, title = excluded.title, outcome = excluded.outcome, decision = excluded.decision, task = excluded.task`),
	drop: query(`DELETE FROM agenda_items WHERE id IN (:ids)`),
}

var agendaOf = query(`SELECT i.id, i.event, i.place, i.about_kind, i.about_ref, i.title, i.outcome, i.decision, i.task
	FROM agenda_items i JOIN events e ON e.id = i.event
	WHERE e.held_on >= :from AND e.held_on < :until AND (:event = '' OR i.event = :event)
	ORDER BY e.held_on, i.event, i.place`)

// AgendaItems returns what the meetings and sessions of a span take up, or one event's. For those who plan and for leaders.
func (tx *Tx) AgendaItems(span civil.Span, event planner.EventID) ([]planner.AgendaItem, error) {
	if !tx.who.SeesAll() && !tx.who.Is(planner.RoleLeader, planner.RoleSecretary) {
		return nil, errForbidden()
	}
	from, until := bounds(span)
	var rows []agendaRow
	err := tx.all(&rows, agendaOf, args{"from": from, "until": until, "event": string(event)})
	return nouns(rows, agendaRow.noun), err
}

// PutAgendaItem adds an item or replaces the one of its ID. Those who run the planning only.
func (tx *Tx) PutAgendaItem(i planner.AgendaItem) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	_, err := agendaItems.store(tx, []agendaRow{{ID: string(i.ID), Event: string(i.Event), Place: i.Place, AboutKind: i.About.Kind, AboutRef: i.About.Ref,
		Title: i.Title, Outcome: string(i.Outcome), Decision: i.Decision, Task: nullable(i.Task)}})
	return err
}

type cutoffRow struct {
	Event    string        `db:"event" json:"event"`
	CutoffAt civil.Instant `db:"cutoff_at" json:"cutoff_at,omitzero"`
	Figures  string        `db:"figures" json:"figures"`
}

func (r cutoffRow) rowID() string     { return r.Event }
func (r cutoffRow) household() string { return "" }
func (r cutoffRow) values() []any     { return []any{r.Event, r.CutoffAt, r.Figures} }

var cutoffs = &table[cutoffRow]{
	kind: "meeting-cutoff",
	byID: query(`SELECT event, cutoff_at, figures FROM meeting_cutoffs WHERE event IN (:ids)`),
	put: inserts(`INSERT INTO meeting_cutoffs (event, cutoff_at, figures) VALUES (?, ?, ?)
		ON CONFLICT (event) DO UPDATE SET cutoff_at = excluded.cutoff_at, figures = excluded.figures`),
	drop: query(`DELETE FROM meeting_cutoffs WHERE event IN (:ids)`),
}

// Cutoff returns a meeting's data cut-off; its At is zero if there is none yet.
func (tx *Tx) Cutoff(event planner.EventID) (planner.Cutoff, error) {
	found, err := cutoffs.load(tx, []string{string(event)})
	r := found[string(event)]
	return planner.Cutoff{Event: event, At: r.CutoffAt.Time, Figures: r.Figures}, err
}

// PutCutoff stores a meeting's data cut-off, once: Conflict if it has one. Those who run the planning only.
func (tx *Tx) PutCutoff(c planner.Cutoff) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	was, err := tx.Cutoff(c.Event)
	if err != nil {
		return err
	}
	if !was.At.IsZero() {
		return planner.Fail(planner.Conflict, "这次会议的数据已经截止，数字不再改动。", "the data of this meeting are closed; its figures stay as they are")
	}
	_, err = cutoffs.store(tx, []cutoffRow{{Event: string(c.Event), CutoffAt: civil.At(c.At), Figures: c.Figures}})
	return err
}
