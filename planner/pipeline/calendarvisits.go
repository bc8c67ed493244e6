package pipeline

import (
	"lianxin/planner"
	"lianxin/planner/calendar"
)

// settled are the old visits that no laying touches, and the others. It leaves alone those of days gone by and of today, when people
// are on their way, those with an outcome, and what was arranged by hand: visits apart from the county's days, and stand-ins.
func (l *layout) settled() (past, last []planner.Visit) {
	n := 0
	for i := range l.oldVisit {
		if l.isSettled(&l.oldVisit[i]) {
			n++
		}
	}
	past, last = make([]planner.Visit, 0, n), make([]planner.Visit, 0, len(l.oldVisit)-n)
	for i := range l.oldVisit {
		if v := &l.oldVisit[i]; l.isSettled(v) {
			past = append(past, *v)
		} else {
			last = append(last, *v)
		}
	}
	return past, last
}

func (l *layout) isSettled(v *planner.Visit) bool {
	return !v.On.After(l.today) || v.State != planner.VisitPlanned || v.StandsFor != "" || l.byHand[v.Event]
}

// mergeVisits gives each wanted visit its identity and its event. A visit that stays keeps its ID; one that moves keeps it
// too; what remains of the old planned ones is taken away.
func (l *layout) mergeVisits(wanted []planner.Visit) {
	own := make(map[calendar.CadreDay]planner.EventID, len(l.events))
	for i := range l.events {
		if e := &l.events[i]; e.Kind == planner.EventMassWorkDay && e.Cadre != "" && e.Status != planner.StatusCancelled {
			own[calendar.CadreDay{Cadre: e.Cadre, On: e.On}] = e.ID
		}
	}
	l.visits = make([]planner.Visit, 0, max(len(wanted), len(l.oldVisit)))
	// The old visits of a household are a chain, in the order read: first[household], next[that], until -1.
	first := make(map[planner.HouseholdID]int32, len(l.roster.Households))
	next, gone := make([]int32, len(l.oldVisit)), make([]bool, len(l.oldVisit))
	for i := len(l.oldVisit) - 1; i >= 0; i-- {
		v := &l.oldVisit[i]
		next[i] = -1
		if n, ok := first[v.Household]; ok {
			next[i] = n
		}
		first[v.Household] = int32(i)
	}
	for i := range l.oldVisit {
		if gone[i] = l.isSettled(&l.oldVisit[i]); gone[i] {
			l.visits = append(l.visits, l.oldVisit[i])
		}
	}
	find := func(h planner.HouseholdID, which func(i int32, v *planner.Visit) bool) (int32, bool) {
		i, ok := first[h]
		for ; ok && i >= 0; i = next[i] {
			if which(i, &l.oldVisit[i]) {
				return i, true
			}
		}
		return 0, false
	}
	same := make([]bool, len(wanted))
	take := func(w *planner.Visit, onDay bool) bool {
		i, ok := find(w.Household, func(i int32, o *planner.Visit) bool {
			return !gone[i] && o.Cadre == w.Cadre && (!onDay || o.On == w.On)
		})
		if !ok {
			return false
		}
		o := &l.oldVisit[i]
		gone[i] = true
		w.ID, w.Companion = o.ID, o.Companion
		return *o == *w
	}
	for i := range wanted {
		w := &wanted[i]
		w.Event = own[calendar.CadreDay{Cadre: w.Cadre, On: w.On}]
		same[i] = take(w, true)
	}
	for i := range wanted {
		w := &wanted[i]
		if w.ID == "" {
			same[i] = take(w, false)
			if w.ID != "" {
				// out before it goes in again: until all are moved, another visit to this door may still stand on its new day
				if _, taken := find(w.Household, func(_ int32, o *planner.Visit) bool { return o.State == planner.VisitPlanned && o.On == w.On }); taken {
					l.dropped = append(l.dropped, w.ID)
				}
			}
		}
		if w.ID == "" {
			w.ID = planner.VisitID(l.app.NewID())
		}
		l.visits = append(l.visits, *w)
		if !same[i] {
			l.putVisit = append(l.putVisit, *w)
		}
	}
	for i := range l.oldVisit { // in the order read, never in the map's
		if !gone[i] {
			l.dropped = append(l.dropped, l.oldVisit[i].ID)
		}
	}
}
