package pipeline

import (
	"context"
	"maps"
	"slices"
	"sync"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/store"
)

// sweptMark is when this process last went through everything that a sweep reads.
type sweptMark struct {
	mu   sync.Mutex
	day  civil.Date
	mark store.Mark
}

// sweepSnapshot reads what a sweep needs. The first one of a day, and the first after the roster, a plan or an account changed or a
// task or event was added, goes through all promises, households and receptions; the others ask for what is due, by indexes, and for
// the people of the units who would hear of it. keep is called once what was found is written.
func (a *App) sweepSnapshot(ctx context.Context, who planner.Principal, today civil.Date) (s taskSnapshot, keep func(), err error) {
	a.swept.mu.Lock()
	day, mark := a.swept.day, a.swept.mark
	a.swept.mu.Unlock()
	keep = func() {}
	err = a.DB.Read(ctx, who, func(tx *store.Tx) error {
		changed, now, err := tx.SinceSweep(mark)
		if err != nil {
			return err
		}
		if !changed && day == today {
			s, err = a.readDue(tx, today)
			return err
		}
		keep = func() {
			a.swept.mu.Lock()
			defer a.swept.mu.Unlock()
			a.swept.day, a.swept.mark = today, now
		}
		if s, err = readTasks(tx, today.Year); err != nil {
			return err
		}
		for _, t := range s.open {
			if followup.StateOn(t, today) != planner.TaskFailed && followup.Overdue(t, today) {
				s.overdue++
			}
		}
		return s.readChecks(tx, today)
	})
	return s, keep, err
}

// readDue reads the tasks that the day may change, and of the roster the units, the people of those that may hear of a task, and the
// codes of the households.
func (a *App) readDue(tx *store.Tx, today civil.Date) (s taskSnapshot, err error) {
	s.light = true
	days, err := officeDaysOf(tx)
	if err != nil {
		return s, err
	}
	s.work = days.work
	if s.roster.Units, err = tx.Units(); err != nil {
		return s, err
	}
	tree := followup.NewOffice(planner.Roster{Units: s.roster.Units})
	depth := 0
	for _, u := range s.roster.Units {
		depth = max(depth, len(tree.Above(u.ID)))
	}
	ladder := a.ladder(s)
	ladder.Paused = nil // a pause only makes it later
	lasts := make([]civil.Date, depth)
	for i := range lasts {
		lasts[i] = ladder.LastDue(i, today, s.work.Add)
	}
	if s.open, err = tx.TasksDue(today, lasts); err != nil {
		return s, err
	}
	if s.overdue, err = tx.OverdueTasks(today, depth); err != nil || len(s.open) == 0 {
		return s, err
	}
	if s.acting, err = tx.ActingHolders(); err != nil {
		return s, err
	}
	people := map[planner.CadreID]bool{}
	homes := map[planner.HouseholdID]bool{}
	for _, t := range s.open {
		people[t.Owner] = true
		if t.Household != "" {
			homes[t.Household] = true
		}
	}
	owners, err := tx.CadresOf(slices.Sorted(maps.Keys(people)))
	if err != nil {
		return s, err
	}
	units := map[planner.UnitID]bool{}
	for _, c := range owners {
		for _, u := range tree.Above(c.Unit) {
			units[u.ID] = true
		}
	}
	staff, err := tx.StaffOfUnits(slices.Sorted(maps.Keys(units)))
	if err != nil {
		return s, err
	}
	maps.Copy(staff, owners)
	var acting []planner.CadreID
	for _, h := range s.acting {
		if _, known := staff[h.Cadre]; !known {
			acting = append(acting, h.Cadre)
		}
	}
	others, err := tx.CadresOf(acting)
	if err != nil {
		return s, err
	}
	maps.Copy(staff, others)
	s.roster.Cadres = slices.Collect(maps.Values(staff))
	places, err := tx.HouseholdPlaces(slices.Sorted(maps.Keys(homes)))
	if err != nil {
		return s, err
	}
	for _, h := range places {
		s.roster.Households = append(s.roster.Households, planner.Household{ID: h.ID, Code: h.Code, Village: h.Village})
	}
	return s, s.readLadder(tx)
}
