package pipeline

import (
	"context"
	"fmt"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// overviewDays is how many of the county's next events the overview shows.
const overviewDays = 6

// Today is the civil date of the office's clock.
func (a *App) Today() civil.Date { return civil.DateIn(a.Now(), a.Zone) }

// Overview gathers the planner's first page. Counts are of p's scope.
func (a *App) Overview(ctx context.Context, p planner.Principal) (Overview, error) {
	if !p.Signed() {
		return Overview{}, mustSignIn()
	}
	today := a.Today()
	o := Overview{County: a.Office.County, Today: today, Cadres: map[planner.Rank]int{}}
	err := a.DB.Read(ctx, p, func(tx *store.Tx) error {
		r, err := tx.Roster()
		if err != nil {
			return err
		}
		o.count(r, today)
		events, err := tx.Events(store.EventFilter{Span: civil.Span{From: today, Until: today.AddDays(120)}, County: true})
		if err != nil {
			return err
		}
		for _, e := range events {
			if len(o.NextDays) < overviewDays {
				o.NextDays = append(o.NextDays, eventView(e, ""))
			}
		}
		tasks, err := tx.Tasks(store.TaskFilter{Open: true})
		if err != nil {
			return err
		}
		for _, t := range tasks {
			o.OpenTasks++
			if t.DueOn.Before(today) {
				o.OverdueTasks++
			}
		}
		return nil
	})
	if err != nil {
		return Overview{}, fmt.Errorf("overview: %w", err)
	}
	if err := a.overviewPlan(ctx, p, &o); err != nil {
		return Overview{}, err
	}
	year, err := a.Year(ctx, p, today.Year)
	if err != nil {
		return Overview{}, err
	}
	o.Collisions = year.Collisions
	if p.SeesAll() {
		if o.Reminders, err = a.ReminderCounts(ctx); err != nil {
			return Overview{}, err
		}
	}
	return o, nil
}

// count fills the figures of the roster.
func (o *Overview) count(r planner.Roster, today civil.Date) {
	for _, ar := range r.Areas {
		if ar.Level == planner.LevelVillage && ar.Valid.Contains(today) {
			o.Villages++
		}
	}
	o.Units = len(r.Units)
	for _, c := range r.Cadres {
		if c.Active {
			o.Cadres[c.Rank]++
		}
	}
	for _, h := range r.Households {
		if !h.Active {
			continue
		}
		o.Households++
		if h.Consent == planner.ConsentGiven {
			o.Consenting++
		} else {
			o.NotAsked++
		}
		if h.Muted(today) {
			o.Muted++
		}
	}
}

// overviewPlan adds the year's plan and what stands before its publication. No plan yet is no error.
func (a *App) overviewPlan(ctx context.Context, p planner.Principal, o *Overview) error {
	sum, err := a.PlanSummary(ctx, p, o.Today.Year)
	switch planner.KindOf(err) {
	case planner.NotFound:
		return nil
	case planner.Internal:
		if err != nil {
			return fmt.Errorf("overview: %w", err)
		}
	default:
		return err
	}
	o.Plan = &sum
	if p.SeesAll() && (sum.Status == planner.PlanDraft || sum.Status == planner.PlanReview) {
		if o.Before, err = a.BeforePublish(ctx, p, sum.Period); err != nil {
			return err
		}
	}
	return nil
}

// mustSignIn is what a visitor reads where a page needs a person.
func mustSignIn() error {
	return planner.Fail(planner.Forbidden, "请先登录。", "please sign in first.")
}
