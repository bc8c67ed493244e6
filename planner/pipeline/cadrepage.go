package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// How much of what is to come a cadre's page shows.
const (
	pageVisitDays = 3
	pageEvents    = 10
	pageHorizon   = 200 // days ahead that are looked at
)

// CadrePage gathers a cadre's own page: households, next visits, events, tasks, and for the person (or who acts for them)
// the subscription. NotFound for a cadre outside p's scope.
func (a *App) CadrePage(ctx context.Context, p planner.Principal, id planner.CadreID) (CadreView, error) {
	if !p.Signed() {
		return CadreView{}, mustSignIn()
	}
	var v CadreView
	today := a.Today()
	err := a.DB.Read(ctx, p, func(tx *store.Tx) error {
		c, err := tx.Cadre(id)
		if err != nil {
			return err
		}
		v = CadreView{Cadre: c.ID, Name: c.Name, Code: c.Code, Title: c.Title, Rank: c.Rank}
		names, err := areaNames(tx)
		if err != nil {
			return err
		}
		units, err := tx.Units()
		if err != nil {
			return err
		}
		for _, u := range units {
			if u.ID == c.Unit {
				v.Unit = u.Name
			}
		}
		homes, err := v.pairings(tx, names, today)
		if err != nil {
			return err
		}
		if err := v.visits(tx, names, homes, today); err != nil {
			return err
		}
		return v.duties(tx, names, homes, today)
	})
	if err != nil {
		return CadreView{}, fmt.Errorf("page of cadre %s: %w", id, err)
	}
	if p.Speaks(id) || p.IsSystem() {
		var fetches []store.Fetch
		if v.FeedURL, v.WebcalURL, fetches, err = a.FeedURL(ctx, p, id); err != nil && planner.KindOf(err) != planner.NotFound {
			return CadreView{}, err
		}
		for _, f := range fetches {
			v.Fetches = append(v.Fetches, FetchView{f.Product, f.On})
		}
		if v.Wish, err = a.CalendarWish(ctx, p, id); err != nil {
			return CadreView{}, err
		}
	}
	return v, nil
}

// areaNames maps codes to names; a group's name stands behind its village's.
func areaNames(tx *store.Tx) (map[planner.AreaCode]string, error) {
	areas, err := tx.Areas()
	if err != nil {
		return nil, err
	}
	names := make(map[planner.AreaCode]string, len(areas))
	for _, ar := range areas {
		names[ar.Code] = ar.Name
	}
	for _, ar := range areas {
		if ar.Level == planner.LevelGroup {
			names[ar.Code] = names[ar.Parent] + " " + ar.Name
		}
	}
	return names, nil
}

// pairings fills what the cadre looks after in the published plan of the year, and returns the households.
func (v *CadreView) pairings(tx *store.Tx, names map[planner.AreaCode]string, today civil.Date) (map[planner.HouseholdID]planner.Household, error) {
	plan, err := tx.PlanFor(today.Year, planner.PlanPublished)
	if planner.KindOf(err) == planner.NotFound {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	rows, _, err := tx.PairingsOf(plan.ID, store.PairingFilter{Cadre: v.Cadre, Limit: 500})
	if err != nil {
		return nil, err
	}
	homes := map[planner.HouseholdID]planner.Household{}
	for _, r := range rows {
		if r.Household == "" {
			v.Areas = append(v.Areas, names[r.Area])
			continue
		}
		h, err := tx.Household(r.Household)
		if err != nil {
			return nil, err
		}
		homes[h.ID] = h
		v.Households = append(v.Households, householdRow(h, names, today))
	}
	links, err := tx.Links(plan.ID, store.LinkFilter{Tier: planner.TierSecond, Cadre: v.Cadre})
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		h, err := tx.Household(l.Household)
		if err != nil {
			return nil, err
		}
		homes[h.ID] = h
		v.Seconds = append(v.Seconds, householdRow(h, names, today))
	}
	return homes, nil
}

// householdRow is a household as its cadre sees it.
func householdRow(h planner.Household, names map[planner.AreaCode]string, today civil.Date) HouseholdRow {
	area := names[h.Group]
	if area == "" {
		area = names[h.Village]
	}
	return HouseholdRow{ID: h.ID, Code: h.Code, Head: h.Head, Area: area, Hours: h.Hours, Needs: h.Needs, Muted: h.Muted(today)}
}

// visits fills the next visiting days and each household's next day.
func (v *CadreView) visits(tx *store.Tx, names map[planner.AreaCode]string, homes map[planner.HouseholdID]planner.Household, today civil.Date) error {
	visits, err := tx.Visits(store.VisitFilter{Span: civil.Span{From: today, Until: today.AddDays(pageHorizon)}, Cadre: v.Cadre})
	if err != nil {
		return err
	}
	slices.SortStableFunc(visits, func(x, y planner.Visit) int {
		if c := x.On.Compare(y.On); c != 0 {
			return c
		}
		return x.Stop - y.Stop
	})
	next := map[planner.HouseholdID]civil.Date{}
	for _, vi := range visits {
		if vi.State != planner.VisitPlanned {
			continue
		}
		if _, seen := next[vi.Household]; !seen {
			next[vi.Household] = vi.On
		}
		if n := len(v.NextVisits); n == 0 || v.NextVisits[n-1].On != vi.On {
			if n == pageVisitDays {
				continue
			}
			v.NextVisits = append(v.NextVisits, VisitDayView{On: vi.On, Day: eventWords[planner.EventVisit], Status: planner.StatusConfirmed})
		}
		if day := &v.NextVisits[len(v.NextVisits)-1]; day.On == vi.On {
			if h, known := homes[vi.Household]; known {
				day.Stops = append(day.Stops, householdRow(h, names, today))
				day.place(names[h.Village])
			}
		}
	}
	for i, h := range v.Households {
		v.Households[i].NextOn = next[h.ID]
	}
	return nil
}

// place adds a village to the day's places, once.
func (d *VisitDayView) place(village string) {
	for _, known := range strings.Split(d.Place, "、") {
		if known == village {
			return
		}
	}
	if d.Place != "" {
		d.Place += "、"
	}
	d.Place += village
}

// duties fills the person's next events and open tasks.
func (v *CadreView) duties(tx *store.Tx, names map[planner.AreaCode]string, homes map[planner.HouseholdID]planner.Household, today civil.Date) error {
	events, err := tx.Events(store.EventFilter{Span: civil.Span{From: today, Until: today.AddDays(pageHorizon)}, Cadre: v.Cadre})
	if err != nil {
		return err
	}
	invites, err := tx.Invites(v.Cadre)
	if err != nil {
		return err
	}
	answers := map[planner.EventID]string{}
	for _, in := range invites {
		if in.Method == "request" {
			answers[in.Event] = in.PartStat
		}
	}
	office, err := officeDaysOf(tx)
	if err != nil {
		return err
	}
	for _, e := range events {
		if len(v.Events) < pageEvents {
			view := eventView(e, names[e.Village])
			view.Answer = answers[e.ID]
			if note := office.note(e.Village, e.On); !note.IsZero() {
				view.Why = joinText(view.Why, note)
			}
			v.Events = append(v.Events, view)
		}
		for i := range v.NextVisits {
			if v.NextVisits[i].On == e.On && (e.Kind == planner.EventMassWorkDay || e.Kind == planner.EventVisit) {
				v.NextVisits[i].Status, v.NextVisits[i].Day = e.Status, eventInSentence(e)
			}
		}
	}
	tasks, err := tx.Tasks(store.TaskFilter{Owner: v.Cadre, Open: true})
	if err != nil {
		return err
	}
	for _, t := range tasks {
		v.Tasks = append(v.Tasks, TaskView{ID: t.ID, Say: t.Say, DueOn: t.DueOn, State: t.State, Code: homes[t.Household].Code, Owner: v.Name, Overdue: t.DueOn.Before(today)})
	}
	return nil
}
