package pipeline

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/feed"
	"lianxin/planner/store"
)

var (
	eveningFrom  = civil.MustClock("18:30")
	eveningUntil = civil.MustClock("20:30")
)

// SettleVisits gives every planned visit that people arranged its place in a calendar: the cadre's mass-work-day if it is on that day,
// else an entry of its own, which goes when its last visit goes. What subscribers see of a day is drawn anew and counts up if it
// differs. It looks at the days from today on and may run at any time.
func (a *App) SettleVisits(ctx context.Context) error {
	now := a.Now().UTC()
	return a.DB.Write(ctx, planner.System("settle visits that were arranged"), store.Op{Name: "settle-visits", Now: now}, func(tx *store.Tx) error {
		span := civil.Span{From: a.Today(), Until: a.Today().AddDays(400)}
		visits, err := tx.LooseVisits(span)
		if err != nil {
			return err
		}
		events, err := tx.Events(store.EventFilter{Span: span, Kinds: []planner.EventKind{planner.EventVisit}, WithCancelled: true})
		if err != nil {
			return err
		}
		touched := map[planner.CadreID]bool{}
		for _, v := range visits {
			touched[v.Cadre] = true
			if v.StandsFor != "" {
				touched[v.StandsFor] = true
			}
		}
		for _, e := range events {
			touched[e.Cadre] = true
		}
		for _, id := range slices.Sorted(maps.Keys(touched)) {
			s := settling{app: a, tx: tx, cadre: id}
			if err := s.run(ctx, span); err != nil {
				return err
			}
		}
		return nil
	})
}

// settling is the work on one cadre's days.
type settling struct {
	app    *App
	tx     *store.Tx
	cadre  planner.CadreID
	src    feed.Source
	events []*planner.Event // own, from today on
}

func (s *settling) run(ctx context.Context, span civil.Span) error {
	s.src = s.app.feedSource()
	if err := s.app.readCadreFeed(s.tx, &s.src, s.cadre); err != nil {
		return err
	}
	for i := range s.src.Events {
		if e := &s.src.Events[i]; e.Cadre == s.cadre && span.Contains(e.On) {
			s.events = append(s.events, e)
		}
	}
	var moved []planner.Visit
	for i := range s.src.Visits {
		v := &s.src.Visits[i]
		if v.Cadre != s.cadre || v.State != planner.VisitPlanned || !span.Contains(v.On) || v.Event != "" {
			continue
		}
		v.Event = s.eventOn(*v)
		moved = append(moved, *v)
	}
	for _, e := range s.events {
		alive := slices.ContainsFunc(s.src.Visits, func(v planner.Visit) bool { return v.Event == e.ID && v.State.Counts() })
		if e.Kind == planner.EventVisit && !alive {
			e.Status = planner.StatusCancelled
		}
	}
	put, err := s.stamp()
	if err != nil {
		return err
	}
	if err := s.app.putEvents(ctx, s.tx, s.app.Now(), put); err != nil {
		return err
	}
	return s.tx.PutVisits(moved)
}

// eventOn finds or makes the entry of a visit's day.
func (s *settling) eventOn(v planner.Visit) planner.EventID {
	key := "vis/" + v.On.String() + "/" + string(s.cadre)
	from, until := workDayFrom, workDayUntil
	if v.Hours == planner.HoursEvening {
		from, until = eveningFrom, eveningUntil
	}
	for _, e := range s.events {
		if e.On == v.On && (e.Kind == planner.EventMassWorkDay && e.Status != planner.StatusCancelled && v.Hours != planner.HoursEvening || e.Key == key) {
			if e.Key == key {
				if e.Status == planner.StatusCancelled {
					e.From, e.Until = from, until
				}
				e.Status, e.From, e.Until = planner.StatusConfirmed, min(e.From, from), max(e.Until, until)
			}
			return e.ID
		}
	}
	var village planner.AreaCode
	for _, h := range s.src.Households {
		if h.ID == v.Household {
			village = h.Village
		}
	}
	now := s.app.Now().UTC()
	e := &planner.Event{ID: planner.EventID(s.app.NewID()), Key: key, UID: s.app.NewID() + "@" + s.app.Host, Kind: planner.EventVisit, On: v.On, NominalOn: v.On,
		From: from, Until: until, Cadre: s.cadre, Village: village, Status: planner.StatusConfirmed, CreatedAt: now, ChangedAt: now}
	s.events = append(s.events, e)
	return e.ID
}

// stamp returns the entries that differ from what subscribers have.
func (s *settling) stamp() ([]planner.Event, error) {
	src := s.src
	src.Events = nil
	own := map[planner.EventID]bool{}
	for _, e := range s.events {
		own[e.ID] = true
		src.Events = append(src.Events, *e)
	}
	for _, e := range s.src.Events {
		if !own[e.ID] {
			src.Events = append(src.Events, e)
		}
	}
	x := feed.NewIndex(src)
	var put []planner.Event
	for _, e := range s.events {
		if e.Kind != planner.EventMassWorkDay && e.Kind != planner.EventVisit {
			continue
		}
		d, err := x.Digest(*e)
		if err != nil {
			return nil, err
		}
		if d == e.Digest {
			continue
		}
		if e.Digest != "" {
			e.Sequence++
			e.ChangedAt = s.app.Now().UTC()
		}
		e.Digest = d
		put = append(put, *e)
	}
	slices.SortFunc(put, func(a, b planner.Event) int { return cmp.Compare(a.Key, b.Key) })
	return put, nil
}
