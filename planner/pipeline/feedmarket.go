package pipeline

import (
	"cmp"
	"slices"

	"lianxin/planner"
	"lianxin/planner/feed"
	"lianxin/planner/store"
)

// feedMarkets puts the market days of all places into a source, each by its date: no client knows a rule of lunar days.
func (a *App) feedMarkets(tx *store.Tx, src *feed.Source) error {
	o, err := officeDaysOf(tx)
	if err != nil {
		return err
	}
	names, err := areaNames(tx)
	if err != nil {
		return err
	}
	for code, days := range o.areas {
		for d := src.Today.AddDays(-feed.DaysBack); !d.After(src.Today.AddDays(feed.DaysAhead)); d = d.AddDays(1) {
			if slices.ContainsFunc(days, func(a areaDay) bool { return a.Kind == planner.DayMarket && a.rule.Has(d) }) {
				src.Days = append(src.Days, feed.Day{On: d, Name: names[code], Market: string(code)})
			}
		}
	}
	slices.SortStableFunc(src.Days, func(a, b feed.Day) int { return cmp.Or(a.On.Compare(b.On), cmp.Compare(a.Market, b.Market)) })
	return nil
}
