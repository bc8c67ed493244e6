package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/sheet"
	"lianxin/planner/store"
)

// HandoverFile is one handover as a workbook and a name for its file.
type HandoverFile struct {
	sheet.HandoverBook
	File string
}

// nextShown is how many coming visits a handover names for a household.
const nextShown = 3

// HandoverBooks are the packages 清单式交接 of the period's published plan, one for each pair of old and new cadre whose
// handover is not done yet, sorted by their codes: the households with their mute status, coming visits and open promises.
// They hold no contact and no reason. The tasks that go with them are made by [App.Publish]. NotFound if nothing is
// published; planners only.
func (a *App) HandoverBooks(ctx context.Context, p planner.Principal, period int) (out []HandoverFile, err error) {
	if err := mustPlan(p); err != nil {
		return nil, err
	}
	var s taskSnapshot
	var before planner.Plan
	next := map[planner.HouseholdID][]civil.Date{}
	err = a.DB.Read(ctx, p, func(tx *store.Tx) (err error) {
		if _, err = tx.PlanFor(period, planner.PlanPublished); err != nil {
			return err
		}
		if s, err = readTasks(tx, period); err != nil {
			return err
		}
		visits, err := tx.Visits(store.VisitFilter{Span: civil.Span{From: a.Today()}})
		if err != nil {
			return err
		}
		for _, v := range visits {
			if v.State == planner.VisitPlanned && len(next[v.Household]) < nextShown {
				next[v.Household] = append(next[v.Household], v.On)
			}
		}
		if before, err = tx.PlanFor(period, planner.PlanSuperseded); planner.KindOf(err) == planner.NotFound {
			err = nil
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("handover %d: %w", period, err)
	}
	names := wordsOf(s.roster)
	w := handoverWords{next: next, household: map[planner.HouseholdID]planner.Household{}, area: map[planner.AreaCode]string{},
		promises: map[planner.HouseholdID][]sheet.HandoverPromise{}, today: a.Today()}
	for _, h := range s.roster.Households {
		w.household[h.ID] = h
	}
	for _, x := range s.roster.Areas {
		w.area[x.Code] = x.Name
	}
	due := map[[2]planner.CadreID]civil.Date{}
	for _, t := range s.open {
		if t.Kind.Promised() && t.Household != "" {
			w.promises[t.Household] = append(w.promises[t.Household], sheet.HandoverPromise{Say: t.Say.ZH, DueOn: t.DueOn})
		}
		if of, _, from, to, ok := followup.HandoverOf(t.Key); ok && of == period {
			due[[2]planner.CadreID{from, to}] = t.DueOn
		}
	}
	for _, pass := range followup.Passes(movesOf(s, before, names)) {
		key := [2]planner.CadreID{pass.From, pass.To}
		if s.handed[key] {
			continue
		}
		from, to := names.cadre[pass.From], names.cadre[pass.To]
		b := sheet.HandoverBook{County: a.Office.County, Period: period, MadeOn: a.Today(), From: from.Name, FromCode: from.Code, FromUnit: names.unit[from.Unit],
			To: to.Name, ToCode: to.Code, ToUnit: names.unit[to.Unit], VisitBy: due[key]}
		for _, m := range pass.Moves {
			b.Households = append(b.Households, w.row(m.Household))
		}
		out = append(out, HandoverFile{HandoverBook: b, File: fileName(from.Code+"-"+from.Name+"-"+to.Code+"-"+to.Name) + ".xlsx"})
	}
	slices.SortFunc(out, func(x, y HandoverFile) int {
		return cmp.Or(cmp.Compare(x.FromCode, y.FromCode), cmp.Compare(x.ToCode, y.ToCode))
	})
	return out, nil
}

// handoverWords is what rows of a handover are made from.
type handoverWords struct {
	household map[planner.HouseholdID]planner.Household
	area      map[planner.AreaCode]string
	next      map[planner.HouseholdID][]civil.Date
	promises  map[planner.HouseholdID][]sheet.HandoverPromise
	today     civil.Date
}

func (w handoverWords) row(id planner.HouseholdID) sheet.HandoverHousehold {
	h := w.household[id]
	r := sheet.HandoverHousehold{Code: h.Code, Head: h.Head, Area: w.area[h.Village] + w.area[h.Group], Hours: h.Hours, NextOn: w.next[id], Promises: w.promises[id]}
	if h.Muted(w.today) {
		r.MuteUntil = h.MuteUntil
	}
	return r
}
