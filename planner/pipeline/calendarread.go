package pipeline

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// nearDays is how far behind today a light reading goes. An event's key names its month or day, and no rule moves a day by more
// than a month: none of those left out has a key that is laid again.
const nearDays = 62

// read takes the snapshot.
func (l *layout) read(tx *store.Tx) (err error) {
	// a day may be moved over the year's border; its key still names the month it belongs to
	span := civil.Span{From: civil.Of(l.year, 1, 1).AddDays(-31), Until: civil.Of(l.year+1, 2, 1)}
	if _, l.mark, err = tx.SinceDays(store.Mark{}); err != nil {
		return err
	}
	var beside *besideRead
	if l.beside != nil && !l.hall {
		beside = l.beside(l.mark, store.VisitFilter{Span: span})
		defer beside.stop()
	}
	if l.roster.Cadres == nil { // else of the same snapshot, read for another year
		if l.roster, err = tx.Roster(); err != nil {
			return err
		}
	}
	if l.revision, err = tx.Setting(l.revisionKey()); err != nil {
		return err
	}
	office, err := officeDaysOf(tx)
	if err != nil {
		return err
	}
	l.know(office)
	if l.clerks, err = hallClerks(tx); err != nil {
		return err
	}
	l.plan, err = tx.PlanPlaces(l.year, planner.PlanPublished)
	if planner.KindOf(err) == planner.NotFound {
		err = nil
	}
	if err != nil {
		return err
	}
	recent := span
	if near := l.today.AddDays(-nearDays); l.light && near.After(recent.From) {
		recent.From = near
	}
	events, err := l.readEvents(tx, span, recent)
	if err != nil {
		return err
	}
	l.byHand = map[planner.EventID]bool{"": true} // "": arranged, and on its way to an event
	if err := l.duty.read(tx, l.year, events); err != nil {
		return err
	}
	l.old = slices.DeleteFunc(events, func(e planner.Event) bool { // what was set by hand is not the laying's to take away
		return keyYear(e.Key) != l.year || e.Kind.Occasion()
	})
	l.before = make(map[planner.EventID]*planner.Event, len(l.old))
	for i := range l.old {
		l.before[l.old[i].ID] = &l.old[i]
		if l.old[i].Kind == planner.EventVisit {
			l.byHand[l.old[i].ID] = true
		}
	}
	wish := store.VisitFilter{Span: span}
	if l.hall {
		wish.Cadres, wish.Households = l.ofTheHall()
	}
	var visits []planner.Visit
	read := false
	if beside != nil {
		visits, read = beside.take()
	}
	if !read {
		visits, err = tx.Visits(wish)
	}
	l.oldVisit = slices.DeleteFunc(visits, func(v planner.Visit) bool {
		return !(l.before[v.Event] != nil || (v.Event == "" || v.On.Before(recent.From)) && v.On.Year == l.year)
	})
	return err
}

// readEvents reads the events that a laying looks at. Of a light one's earlier months these are what the rota's fairness counts, and
// the county's few.
func (l *layout) readEvents(tx *store.Tx, span, recent civil.Span) (events []planner.Event, err error) {
	read := func(f store.EventFilter) {
		if err == nil {
			var more []planner.Event
			f.WithCancelled = true
			if more, err = tx.Events(f); events == nil {
				events = more // a year's: not copied
			} else {
				events = append(events, more...)
			}
		}
	}
	receptions := store.EventFilter{Span: civil.Span{From: span.From, Until: recent.From},
		Kinds: []planner.EventKind{planner.EventReception, planner.EventBeside, planner.EventHearing, planner.EventSquare, planner.EventCaseVisit, planner.EventJointReception}}
	county := store.EventFilter{Span: receptions.Span, County: true}
	switch {
	case l.hall:
		receptions.Span = span
		read(receptions)
		l.knowHall(events)
		county.Span = span
		read(county)
		for _, id := range slices.Sorted(maps.Keys(l.goers)) {
			read(store.EventFilter{Span: recent, Cadre: id})
		}
		seen := map[planner.EventID]bool{}
		events = slices.DeleteFunc(events, func(e planner.Event) bool {
			again := seen[e.ID]
			seen[e.ID] = true
			return again
		})
	case l.light:
		read(store.EventFilter{Span: recent})
		read(receptions)
		read(county)
	default:
		read(store.EventFilter{Span: recent})
	}
	return events, err
}

// knowHall notes who may be kept in the hall: the leaders, whoever received before, and the clerks. On whom else a rota has no bearing.
func (l *layout) knowHall(receptions []planner.Event) {
	l.goers = maps.Clone(l.clerks)
	for _, c := range l.roster.Cadres {
		if c.Rank == planner.RankLeader {
			l.goers[c.ID] = true
		}
	}
	for _, e := range receptions {
		if e.Kind == planner.EventReception && e.Cadre != "" {
			l.goers[e.Cadre] = true
		}
	}
}

// ofTheHall are those whom knowHall noted, and the households that they see.
func (l *layout) ofTheHall() (cadres []planner.CadreID, homes []planner.HouseholdID) {
	for _, p := range l.plan.Pairings {
		if p.Household != "" && l.goers[p.Cadre] {
			homes = append(homes, p.Household)
		}
	}
	return slices.Sorted(maps.Keys(l.goers)), homes
}

// know sets what the office knows of days.
func (l *layout) know(o officeDays) { l.office, l.days, l.rules = o, o.work, o.rules }

// hallClerks are the cadres who keep the reception hall open: the clerks' accounts say so.
func hallClerks(tx *store.Tx) (map[planner.CadreID]bool, error) {
	accounts, err := tx.Accounts()
	clerks := map[planner.CadreID]bool{}
	for _, acc := range accounts {
		if acc.Cadre != "" && !acc.Disabled && slices.Contains(acc.Roles, planner.RoleClerk) {
			clerks[acc.Cadre] = true
		}
	}
	return clerks, err
}

// keyYear returns the year that an event's key names: mwd/202601, rcp/2026-01-05/…; 0 if none.
func keyYear(key string) int {
	_, rest, ok := strings.Cut(key, "/")
	if !ok || len(rest) < 4 {
		return 0
	}
	year, err := strconv.Atoi(rest[:4])
	if err != nil {
		return 0
	}
	return year
}
