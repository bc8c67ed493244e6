package pipeline

import (
	"context"
	"slices"
	"time"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/store"
)

// putEvents writes events and tells whose date it is that it moved or was called off, in the same transaction: nobody learns of a
// date that was not stored, and no stored change is left untold. What is known of earlier dates is cancelled by the next sweep.
func (a *App) putEvents(ctx context.Context, tx *store.Tx, now time.Time, es []planner.Event) error {
	if !slices.ContainsFunc(es, func(e planner.Event) bool { return e.Kind != planner.EventAppointment }) {
		return tx.PutEvents(es) // the leader's page of the day says who comes: a message for each would be a nuisance
	}
	ids := make([]planner.EventID, len(es))
	for i := range es {
		ids[i] = es[i].ID
	}
	before, err := tx.EventsOf(ids)
	if err != nil {
		return err
	}
	if err := a.tellMoved(ctx, tx, now, es, func(id planner.EventID) (planner.Event, bool) { e, ok := before[id]; return e, ok }); err != nil {
		return err
	}
	return tx.PutEvents(es)
}

// putEventsRead is putEvents for events that were worked out from an earlier snapshot.
func (a *App) putEventsRead(ctx context.Context, tx *store.Tx, now time.Time, es []planner.Event, was store.Read) error {
	before := func(id planner.EventID) (e planner.Event, known bool) {
		if p := was.Events[id]; p != nil {
			return *p, true
		}
		return e, false
	}
	if err := a.tellMoved(ctx, tx, now, es, before); err != nil {
		return err
	}
	return tx.PutEventsRead(was, es)
}

// tellMoved enqueues what is to be told of events about to be written.
func (a *App) tellMoved(ctx context.Context, tx *store.Tx, now time.Time, es []planner.Event, before func(planner.EventID) (planner.Event, bool)) error {
	var leaders []planner.CadreID
	var out []notifier.Notice
	for _, e := range es {
		was, known := before(e.ID)
		if !known || was.Status == planner.StatusCancelled && e.Status == planner.StatusCancelled || !e.On.At(e.From, a.Zone).After(now) && !was.On.At(was.From, a.Zone).After(now) {
			continue
		}
		rule := ""
		switch {
		case e.Status == planner.StatusCancelled:
			rule = RuleCalledOff
		case was.Status != planner.StatusCancelled && (was.On != e.On || was.From != e.From || was.Place != e.Place):
			rule = RuleMoved
		default:
			continue
		}
		to := []planner.CadreID{e.Cadre}
		if e.Cadre == "" {
			if e.Kind != planner.EventLeadersMeeting {
				continue // the county's entries stand beside those of its cadres
			}
			if leaders == nil {
				cs, err := tx.LeaderIDs()
				if err != nil {
					return err
				}
				leaders = cs
			}
			to = leaders
		}
		args := eventArgs(e)
		args["what_zh"], args["what_en"] = eventInSentence(e).ZH, eventInSentence(e).EN
		args["was"] = was.On.String()
		until := e.On.At(e.From, a.Zone)
		if w := was.On.At(was.From, a.Zone); w.After(until) || rule == RuleCalledOff {
			until = w
		}
		for _, c := range to {
			n := notifier.Notice{Recipient: string(c), Subject: e.Key, Revision: e.Sequence, Rule: rule, Template: rule, Args: args, DueAt: now, ExpiresAt: until,
				Urgent: until.Sub(now) < urgentBefore}
			if until.After(now) {
				out = append(out, n)
			}
		}
	}
	if len(out) == 0 {
		return nil
	}
	_, err := notifier.Enqueue(ctx, tx.SQL(), now, a.NewID, out...)
	return err
}

// urgentBefore is how near a date must be for its change to pass quiet hours and limits. [office practice]
const urgentBefore = 24 * time.Hour

// eventWords name the kinds of events in a sentence.
var eventWords = map[planner.EventKind]planner.Text{
	planner.EventMassWorkDay:    {ZH: "群众工作日", EN: "mass-work-day"},
	planner.EventLeadersMeeting: {ZH: "群众工作领导小组会议", EN: "leaders' meeting"},
	planner.EventReception:      {ZH: "接访", EN: "reception"},
	planner.EventVisit:          {ZH: "走访", EN: "visits"},
	planner.EventFestivalVisit:  {ZH: "节前走访", EN: "visits before the festival"},
	planner.EventReceptionDay:   {ZH: "接访日", EN: "reception day"},
}
