package pipeline

import (
	"context"
	"strconv"

	"lianxin/planner"
	"lianxin/planner/feed"
	"lianxin/planner/store"
)

// HorizonReport says what a sweep of the horizon did.
type HorizonReport struct {
	Laid []int `json:"laid"` // years whose calendar was laid because feeds reach into them now
}

// EnsureHorizon keeps the days laid as far ahead as feeds reach: a year that the window enters is laid as soon as the year
// before it is. A year that has its days already is left alone, since planners change it by their own commands. It gives
// every feed its address and forgets who fetched longer ago than a feed reaches. It may run at any time and as often as one
// likes.
func (a *App) EnsureHorizon(ctx context.Context) (rep HorizonReport, err error) {
	today := a.Today()
	sys := planner.System("keep the horizon of calendars")
	laid := map[int]bool{}
	last := today.AddDays(feed.DaysAhead).Year
	err = a.DB.Read(ctx, sys, func(tx *store.Tx) error {
		for year := today.Year - 1; year <= last; year++ {
			es, err := tx.Events(store.EventFilter{County: true, KeyPrefix: yearPrefix(year), WithCancelled: true})
			if err != nil {
				return err
			}
			laid[year] = len(es) > 0
		}
		return nil
	})
	if err != nil {
		return rep, err
	}
	for year := today.Year; year <= last; year++ {
		if laid[year] || !laid[year-1] {
			continue
		}
		if _, err := a.LayYear(ctx, sys, year, nil); err != nil {
			return rep, err
		}
		laid[year], rep.Laid = true, append(rep.Laid, year)
	}
	if err := a.EnsureFeedTokens(ctx); err != nil {
		return rep, err
	}
	return rep, a.DB.Write(ctx, sys, store.Op{Name: "horizon", Now: a.Now()}, func(tx *store.Tx) error {
		return tx.ForgetFetches(today.AddDays(-feed.DaysAhead))
	})
}

// yearPrefix begins the keys of a year's mass-work-days.
func yearPrefix(year int) string { return "mwd/" + strconv.Itoa(year) }
