package pipeline

import (
	"iter"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/sheet"
	"lianxin/planner/store"
)

// taskEndDays is how long after its due day an imported promise stays open before it counts as failed.
const taskEndDays = 30

// merged is what an import writes: whole records, the stored ones with the files laid over them.
type merged struct {
	areas      []planner.Area
	days       []planner.AreaDay // of areas, new or changed
	gone       []planner.AreaDay // of areas, to be taken away
	newDays    int
	units      []planner.Unit
	cadres     []planner.Cadre
	households iter.Seq[planner.Household] // made as they are asked for; a prefecture has a million
	recusals   []planner.Recusal
	plan       *planner.Plan             // last year's, without its pairs; nil: nothing to write
	lastPairs  iter.Seq[planner.Pairing] // all of them
	tasks      []planner.Task
	helpers    []planner.Helper
	wishes     []planner.Wish
	added      map[sheet.Kind]int // records that are new
	homes      int                // households
	pairs      int                // of the plan that are new or differ
	rows       int                // records in all that go to the store
	same       int                // records found equal here, before the store looks
}

// part is one step of the writing.
type part struct {
	rows   int
	added  int
	oneRow bool // the store counts it as one row
	put    func() error
}

// parts are the steps in the order in which records refer to each other. The long ones tell halfway how far they are.
func (m merged) parts(tx *store.Tx, progress func(rows int)) []part {
	ps := []part{
		{len(m.areas), m.added[sheet.Areas], false, func() error { return tx.PutAreas(m.areas) }},
		{len(m.gone), 0, false, func() error { return tx.DeleteAreaDays(m.gone) }},
		{len(m.days), m.newDays, false, func() error { return tx.PutAreaDays(m.days) }},
		{len(m.units), m.added[sheet.Units], false, func() error { return tx.PutUnits(m.units) }},
		{len(m.cadres), m.added[sheet.Cadres], false, func() error { return tx.PutCadres(m.cadres) }},
		{m.homes, m.added[sheet.Households], false, func() error { return tx.PutHouseholdRows(tolling(m.households, m.homes, progress)) }},
		{len(m.recusals), len(m.recusals), false, func() error { return tx.PutRecusals(m.recusals) }},
	}
	if m.plan != nil {
		ps = append(ps, part{m.pairs, m.added[sheet.Pairings], true, func() error { return tx.PutPlanRows(*m.plan, tolling(m.lastPairs, m.pairs, progress)) }})
	}
	return append(ps, part{len(m.tasks), m.added[sheet.Tasks], false, func() error { return tx.PutTasks(m.tasks) }},
		part{len(m.helpers), m.added[sheet.Helpers], false, func() error { return tx.PutHelpers(m.helpers) }},
		part{len(m.wishes), len(m.wishes), false, func() error { return tx.PutPairWishes(m.wishes) }})
}

// tolling tells every few thousand rows how many were asked for, at most so many as it says.
func tolling[T any](rows iter.Seq[T], most int, progress func(rows int)) iter.Seq[T] {
	return func(yield func(T) bool) {
		n := 0
		for x := range rows {
			if n++; n%5000 == 0 {
				progress(min(n, most))
			}
			if !yield(x) {
				return
			}
		}
	}
}

// merge lays the batch over the snapshot. IDs of new records are drawn in the order of the files, so that the same files
// and the same source of IDs give the same records.
func (a *App) merge(b sheet.Batch, check *importCheck, snap importSnapshot, today civil.Date, period int) merged {
	m := merged{added: map[sheet.Kind]int{}}
	newID := a.series()
	m.mergeAreas(b, snap.roster)
	m.mergeAreaDays(b, snap.days)
	units := m.mergeUnits(b, snap.roster, newID)
	cadres := m.mergeCadres(b, check, snap.roster, units, newID)
	households := m.mergeHouseholds(b, check, snap.households, newID)
	for _, r := range b.Recusals {
		rec := planner.Recusal{Cadre: cadres[r.Cadre], Household: households(r.Household), Village: r.Village, Kind: r.Mode}
		if slices.Contains(snap.roster.Recusals, rec) {
			m.same++
		} else if !slices.Contains(m.recusals, rec) {
			m.recusals = append(m.recusals, rec)
		}
	}
	m.mergeLastPlan(b, check, snap, cadres, households, period, newID)
	m.mergeTasks(b, snap.tasks, cadres, households, today, newID)
	m.mergeHelpers(b, snap.roster, newID)
	m.mergeWishes(b, snap.roster, cadres, households)
	m.rows = len(m.areas) + len(m.gone) + len(m.days) + len(m.units) + len(m.cadres) + m.homes + len(m.recusals) + m.pairs + len(m.tasks) + len(m.helpers) + len(m.wishes)
	return m
}

func (m *merged) mergeAreas(b sheet.Batch, old planner.Roster) {
	stored := map[planner.AreaCode]planner.Area{}
	for _, a := range old.Areas {
		stored[a.Code] = a
	}
	for _, r := range b.Areas {
		a, ok := stored[r.Code]
		if !ok {
			m.added[sheet.Areas]++
		}
		a.Code, a.Name, a.Level, a.Parent = r.Code, r.Name, r.Level, parentOf(r)
		m.areas = append(m.areas, a)
	}
	byCode(m.areas, func(a planner.Area) string { return string(a.Code) })
}

func (m *merged) mergeUnits(b sheet.Batch, old planner.Roster, newID planner.NewID) map[string]planner.UnitID {
	ids := map[string]planner.UnitID{}
	for _, u := range old.Units {
		ids[u.Code] = u.ID
	}
	for _, r := range b.Units {
		if ids[r.Code] == "" {
			ids[r.Code] = planner.UnitID(newID())
			m.added[sheet.Units]++
		}
		m.units = append(m.units, planner.Unit{ID: ids[r.Code], Code: r.Code, Name: r.Name, Network: r.Network, Area: r.Area, Parent: r.Parent, Villages: r.Villages})
	}
	byCode(m.units, func(u planner.Unit) string { return u.Code })
	return ids
}

// mergeCadres lays cadre rows and leaves over the stored cadres. A leave with the first day of a stored one replaces it.
func (m *merged) mergeCadres(b sheet.Batch, check *importCheck, old planner.Roster, units map[string]planner.UnitID, newID planner.NewID) map[string]planner.CadreID {
	ids := map[string]planner.CadreID{}
	touched := map[string]*planner.Cadre{}
	stored := map[string]planner.Cadre{}
	for _, c := range old.Cadres {
		ids[c.Code], stored[c.Code] = c.ID, c
	}
	touch := func(code string) *planner.Cadre {
		if touched[code] == nil {
			c := stored[code]
			c.Leaves = slices.Clone(c.Leaves)
			touched[code] = &c
		}
		return touched[code]
	}
	for i, r := range b.Cadres {
		if ids[r.Code] == "" {
			ids[r.Code] = planner.CadreID(newID())
			m.added[sheet.Cadres]++
		}
		c := touch(r.Code)
		c.ID, c.Code, c.Name, c.Unit, c.Title, c.Rank, c.Head = ids[r.Code], r.Code, r.Name, units[r.Unit], r.Title, r.Rank, r.Head
		c.Grade = r.Grade
		c.Portfolio, c.Skills, c.OfficePhone, c.Mobile, c.Mail = r.Portfolio, r.Skills, r.OfficePhone, r.Mobile, r.Mail
		if c.NativeVillage = r.NativeVillage; check.foreign[i] {
			c.NativeVillage = ""
		}
		c.Capacity, c.Active = r.Capacity, true
	}
	for _, r := range b.Leaves {
		c := touch(r.Cadre)
		leave := planner.Leave{Span: r.Span, Reason: r.Reason}
		at := slices.IndexFunc(c.Leaves, func(l planner.Leave) bool { return l.Span.From == r.Span.From })
		if at >= 0 {
			c.Leaves[at] = leave
			continue
		}
		c.Leaves = append(c.Leaves, leave)
		slices.SortStableFunc(c.Leaves, func(x, y planner.Leave) int { return x.Span.From.Compare(y.Span.From) })
	}
	for _, c := range touched {
		m.cadres = append(m.cadres, *c)
	}
	byCode(m.cadres, func(c planner.Cadre) string { return c.Code })
	return ids
}

// mergeTasks makes promises. One that the office has worked on since (a state beyond ready, or a successor) keeps its
// state and owner; a closed one is never touched.
func (m *merged) mergeTasks(b sheet.Batch, old []planner.Task, cadres map[string]planner.CadreID, households householdIDs, today civil.Date, newID planner.NewID) {
	stored := map[string]planner.Task{}
	for _, t := range old {
		stored[t.Key] = t
	}
	for _, r := range b.Tasks {
		key := "promise/" + r.Code
		t, ok := stored[key]
		if ok && t.State.Terminal() {
			m.same++
			continue
		}
		next := t
		next.Household, next.Say, next.StartOn, next.DueOn, next.EndOn = households(r.Household), planner.Both(r.Say), r.PromisedOn, r.DueOn, r.DueOn.AddDays(taskEndDays)
		switch {
		case !ok:
			next.ID, next.Key, next.Kind, next.Owner, next.State = planner.TaskID(newID()), key, planner.TaskPromise, cadres[r.Cadre], planner.TaskReady
			if today.Before(r.PromisedOn) {
				next.State = planner.TaskDraft
			}
			m.added[sheet.Tasks]++
		case t.Revision <= 1:
			next.Owner = cadres[r.Cadre]
		}
		if next == t {
			m.same++
			continue
		}
		m.tasks = append(m.tasks, next)
	}
}
