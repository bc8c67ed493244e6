package pipeline

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// Coverage 走访覆盖 says which households were seen in a stretch of days and why others were not. Those who do not wish to be visited are
// no part of the count and stand apart. It is sorted by place and has no figure per cadre (domain.md §6.2a.9).
type Coverage struct {
	From    civil.Date    `json:"from"`
	Until   civil.Date    `json:"until"` // exclusive
	Of      int           `json:"of"`    // households that agreed to visits and are not left alone
	Seen    int           `json:"seen"`  // of these
	Planned int           `json:"planned"`
	Apart   int           `json:"apart"` // muted, or without consent: they stand outside the count
	Rows    []CoverageRow `json:"rows"`
	Total   int           `json:"total"` // rows in all
}

// CoverageRow is one household.
type CoverageRow struct {
	Village string             `json:"village"`
	Code    string             `json:"code"`
	Cadre   string             `json:"cadre"`
	LastOn  civil.Date         `json:"last_on,omitzero"` // seen on
	NextOn  civil.Date         `json:"next_on,omitzero"`
	Why     planner.VisitState `json:"why,omitempty"`   // of the last visit in the stretch that did not come about: not-home, declined, moved
	Apart   string             `json:"apart,omitempty"` // muted or not-asked
}

// CoverageFilter chooses households. Empty fields choose all.
type CoverageFilter struct {
	Village planner.AreaCode
	Cadre   planner.CadreID // those that the published plan gives to this cadre
	Span    civil.Span      // zero: this year
	Missing bool            // only those in the count that were not seen
	Offset  int
	Limit   int // 0 = 50, at most 500
}

// Coverage lists the households of p's scope and when they were seen. Forbidden to visitors.
func (a *App) Coverage(ctx context.Context, p planner.Principal, f CoverageFilter) (out Coverage, err error) {
	if !p.Signed() {
		return out, mustSignIn()
	}
	today := a.Today()
	if f.Span.From.IsZero() || f.Span.Until.IsZero() {
		f.Span = civil.Span{From: civil.Of(today.Year, 1, 1), Until: civil.Of(today.Year+1, 1, 1)}
	}
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		out = Coverage{From: f.Span.From, Until: f.Span.Until}
		r, err := tx.Roster()
		if err != nil {
			return err
		}
		visits, err := tx.Visits(store.VisitFilter{Span: f.Span})
		if err != nil {
			return err
		}
		of, err := cadreOf(tx, r, today.Year)
		if err != nil {
			return err
		}
		names, err := areaNames(tx)
		if err != nil {
			return err
		}
		byHome := map[planner.HouseholdID][]planner.Visit{}
		for _, v := range visits {
			byHome[v.Household] = append(byHome[v.Household], v)
		}
		var rows []CoverageRow
		for _, h := range r.Households {
			if !h.Active || f.Village != "" && h.Village != f.Village || f.Cadre != "" && of[h.ID].ID != f.Cadre {
				continue
			}
			row := coverageRow(h, byHome[h.ID], names, today)
			row.Cadre = of[h.ID].Name
			switch {
			case row.Apart != "":
				out.Apart++
			default:
				out.Of++
				if !row.LastOn.IsZero() {
					out.Seen++
				} else if !row.NextOn.IsZero() {
					out.Planned++
				}
			}
			if !f.Missing || row.Apart == "" && row.LastOn.IsZero() {
				rows = append(rows, row)
			}
		}
		slices.SortFunc(rows, func(x, y CoverageRow) int {
			return cmp.Or(strings.Compare(x.Village, y.Village), strings.Compare(x.Code, y.Code))
		})
		out.Total = len(rows)
		from := min(max(0, f.Offset), len(rows))
		out.Rows = rows[from:min(len(rows), from+min(cmp.Or(f.Limit, 50), 500))]
		return nil
	})
	return out, err
}

// coverageRow says when a household was seen, and why not.
func coverageRow(h planner.Household, visits []planner.Visit, names map[planner.AreaCode]string, today civil.Date) CoverageRow {
	row := CoverageRow{Village: names[h.Village], Code: h.Code}
	switch {
	case !h.Served():
		row.Apart = "not-asked"
	case h.Muted(today):
		row.Apart = "muted"
	}
	for _, v := range visits { // sorted by day
		switch v.State {
		case planner.VisitDone:
			row.LastOn, row.Why = v.On, ""
		case planner.VisitPlanned:
			if row.NextOn.IsZero() && !v.On.Before(today) {
				row.NextOn = v.On
			}
		case planner.VisitNotHome, planner.VisitDeclined, planner.VisitMoved:
			row.Why = v.State
		}
	}
	return row
}

// cadreOf maps households to their cadres in the year's published plan.
func cadreOf(tx *store.Tx, r planner.Roster, year int) (map[planner.HouseholdID]planner.Cadre, error) {
	plan, err := tx.PlanFor(year, planner.PlanPublished)
	if planner.KindOf(err) == planner.NotFound {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	byID := make(map[planner.CadreID]planner.Cadre, len(r.Cadres))
	for _, c := range r.Cadres {
		byID[c.ID] = c
	}
	out := make(map[planner.HouseholdID]planner.Cadre, len(plan.Pairings))
	for _, p := range plan.Pairings {
		if p.Household != "" && p.Tier == planner.TierHousehold {
			out[p.Household] = byID[p.Cadre]
		}
	}
	return out, nil
}
