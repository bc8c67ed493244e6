package store

import (
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
)

type eventRow struct {
	ID        string        `db:"id" json:"id"`
	Key       string        `db:"key" json:"key"`
	UID       string        `db:"uid" json:"uid"`
	Kind      string        `db:"kind" json:"kind"`
	HeldOn    civil.Date    `db:"held_on" json:"held_on"`
	From      int           `db:"from_min" json:"from_min"` // minutes after midnight
	Until     int           `db:"until_min" json:"until_min"`
	NominalOn civil.Date    `db:"nominal_on" json:"nominal_on"`
	WhyZH     string        `db:"why_zh" json:"why_zh"`
	WhyEN     string        `db:"why_en" json:"why_en"`
	Cadre     nullable      `db:"cadre" json:"cadre"`
	Village   nullable      `db:"village" json:"village"`
	Place     string        `db:"place" json:"place"`
	Status    string        `db:"status" json:"status"`
	Sequence  int           `db:"sequence" json:"sequence"`
	Digest    string        `db:"digest" json:"digest"`
	CreatedAt civil.Instant `db:"created_at" json:"created_at,omitzero"`
	ChangedAt civil.Instant `db:"changed_at" json:"changed_at,omitzero"`
	AboutZH   string        `db:"about_zh" json:"about_zh"`
	AboutEN   string        `db:"about_en" json:"about_en"`
}

func (r eventRow) rowID() string     { return r.ID }
func (r eventRow) household() string { return "" }
func (r eventRow) values() []any {
	return []any{r.ID, r.Key, r.UID, r.Kind, r.HeldOn, r.From, r.Until, r.NominalOn, r.WhyZH, r.WhyEN, r.Cadre, r.Village, r.Place,
		r.Status, r.Sequence, r.Digest, r.CreatedAt, r.ChangedAt, r.AboutZH, r.AboutEN}
}

func (r eventRow) noun() planner.Event {
	return planner.Event{ID: planner.EventID(r.ID), Key: r.Key, UID: r.UID, Kind: planner.EventKind(r.Kind), On: r.HeldOn,
		From: civil.Clock(r.From), Until: civil.Clock(r.Until), NominalOn: r.NominalOn, Why: planner.Text{ZH: r.WhyZH, EN: r.WhyEN},
		Cadre: planner.CadreID(r.Cadre), Village: planner.AreaCode(r.Village), Place: r.Place, Status: planner.EventStatus(r.Status),
		Sequence: r.Sequence, Digest: r.Digest, CreatedAt: r.CreatedAt.Time, ChangedAt: r.ChangedAt.Time,
		About: planner.Text{ZH: r.AboutZH, EN: r.AboutEN}}
}

var events = &table[eventRow]{
	kind: "event",
	byID: query(`SELECT id, key, uid, kind, held_on, from_min, until_min, nominal_on, why_zh, why_en, cadre, village, place, status,
		sequence, digest, created_at, changed_at, about_zh, about_en FROM events WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO events (id, key, uid, kind, held_on, from_min, until_min, nominal_on, why_zh, why_en, cadre, village,
			place, status, sequence, digest, created_at, changed_at, about_zh, about_en)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET key = excluded.key, uid = excluded.uid, kind = excluded.kind, held_on = excluded.held_on,
			from_min = excluded.from_min, until_min = excluded.until_min, nominal_on = excluded.nominal_on,
			why_zh = excluded.why_zh, why_en = excluded.why_en, cadre = excluded.cadre, village = excluded.village,
			place = excluded.place, status = excluded.status, sequence = excluded.sequence, digest = excluded.digest,
			created_at = excluded.created_at, changed_at = excluded.changed_at,
			about_zh = excluded.about_zh, about_en = excluded.about_en`),
	drop:   query(`DELETE FROM events WHERE id IN (:ids)`),
	narrow: true,
	draw:   drawEvent,
}

var (
	// visibleEvents: the county's events, receptions, hearings and sessions are public; a cadre's mass-work-day is seen by the scopes of
	// the cadre and of the village.
	visibleEvents = query(`SELECT id, key, uid, kind, held_on, from_min, until_min, nominal_on, why_zh, why_en, cadre, village, place,
			status, sequence, digest, created_at, changed_at, about_zh, about_en
		FROM events e
		WHERE e.held_on >= :from AND e.held_on < :until
			AND (:any_kind = 1 OR e.kind IN (:kinds))
			AND (:cadre = '' OR e.cadre = :cadre)
			AND (:county = 0 OR e.cadre IS NULL)
			AND (:village = '' OR e.village = :village)
			AND substr(e.key, 1, length(:prefix)) = :prefix
			AND (:cancelled = 1 OR e.status <> 'cancelled')
			AND (:all = 1 OR e.cadre IS NULL OR e.kind IN ('reception', 'hearing', 'square') OR e.cadre IN (:cadres)
				OR :by_area = 1 AND EXISTS (SELECT 1 FROM areas a WHERE a.code IN (:areas) AND substr(e.village, 1, length(a.code)) = a.code))
		ORDER BY e.held_on, e.from_min, e.key`)

	// visibleEventsOf is the same of one cadre, and countyEvents of the county. Apart, since only so SQLite finds them by the index.
	visibleEventsOf = query(eventsFound("e.cadre = :cadre"))
	countyEvents    = query(eventsFound("e.cadre IS NULL AND (:cadre = '' OR e.cadre = :cadre)"))
)

// eventsFound asks for the events that a condition finds.
func eventsFound(by string) string {
	return `SELECT id, key, uid, kind, held_on, from_min, until_min, nominal_on, why_zh, why_en, cadre, village, place,
			status, sequence, digest, created_at, changed_at, about_zh, about_en
		FROM events e
		WHERE ` + by + ` AND e.held_on >= :from AND e.held_on < :until
			AND (:any_kind = 1 OR e.kind IN (:kinds))
			AND (:village = '' OR e.village = :village)
			AND substr(e.key, 1, length(:prefix)) = :prefix
			AND (:cancelled = 1 OR e.status <> 'cancelled')
			AND (:all = 1 OR e.cadre IS NULL OR e.kind IN ('reception', 'hearing', 'square') OR e.cadre IN (:cadres)
				OR :by_area = 1 AND EXISTS (SELECT 1 FROM areas a WHERE a.code IN (:areas) AND substr(e.village, 1, length(a.code)) = a.code))
		ORDER BY e.held_on, e.from_min, e.key`
}

// EventFilter chooses events. Empty fields choose all; a zero end of Span is open.
type EventFilter struct {
	Span          civil.Span
	Kinds         []planner.EventKind
	Cadre         planner.CadreID
	County        bool   // only the county's own: events without a cadre
	KeyPrefix     string // such as mwd/2026
	Village       planner.AreaCode
	WithCancelled bool
}

// Events returns the chosen events of the scope, sorted by day, start and key. The county's events and those of public kinds are
// visible to everybody, the public included.
func (tx *Tx) Events(f EventFilter) ([]planner.Event, error) {
	s, err := tx.scope()
	if err != nil {
		return nil, err
	}
	from, until := bounds(f.Span)
	statement := visibleEvents
	switch {
	case f.County:
		statement = countyEvents
	case f.Cadre != "":
		statement = visibleEventsOf
	}
	return scanned(tx, statement, s.args().with(args{"from": from, "until": until, "any_kind": flag(len(f.Kinds) == 0),
		"kinds": in(f.Kinds), "cadre": string(f.Cadre), "county": flag(f.County), "village": string(f.Village),
		"prefix": f.KeyPrefix, "cancelled": flag(f.WithCancelled)}), scanEvent)
}

// bounds turns open ends into days beyond all others: PostgreSQL cannot guess the type of a lone NULL argument.
func bounds(s civil.Span) (from, until civil.Date) {
	from, until = s.From, s.Until
	if from.IsZero() {
		from = civil.Of(1, 1, 1)
	}
	if until.IsZero() {
		until = civil.Of(9999, 12, 31)
	}
	return from, until
}

// PutEvents adds events or replaces those of the same ID. Conflict if another event has the Key or UID: both are given
// once and stand for one thing for ever.
//
// The counter writes those of appointments; all others are the planner's and the system's.
func (tx *Tx) PutEvents(es []planner.Event) error {
	may := tx.mayManage
	if !slices.ContainsFunc(es, func(e planner.Event) bool { return e.Kind != planner.EventAppointment }) {
		may = tx.mayCounter
	}
	if err := may(); err != nil {
		return err
	}
	_, err := events.store(tx, rowsOfEvents(es))
	return err
}

func rowsOfEvents(es []planner.Event) []eventRow {
	rows := make([]eventRow, len(es))
	for i := range es {
		rows[i] = rowOfEvent(&es[i])
	}
	return rows
}

func rowOfEvent(e *planner.Event) eventRow {
	return eventRow{ID: string(e.ID), Key: e.Key, UID: e.UID, Kind: string(e.Kind), HeldOn: e.On, From: int(e.From), Until: int(e.Until),
		NominalOn: e.NominalOn, WhyZH: e.Why.ZH, WhyEN: e.Why.EN, Cadre: nullable(e.Cadre), Village: nullable(e.Village),
		Place: e.Place, Status: string(e.Status), Sequence: e.Sequence, Digest: e.Digest,
		CreatedAt: civil.At(e.CreatedAt), ChangedAt: civil.At(e.ChangedAt), AboutZH: e.About.ZH, AboutEN: e.About.EN}
}
