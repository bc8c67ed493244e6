package pipeline

import (
	"context"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/store"
)

// HandoverTasks makes one task 清单式交接 for each pair of old and new cadre of the period's published plan, owned by the
// new one and due within 30 days. Old is who knows the household: who had it last period, or by an earlier revision of
// this one if that handover was completed. A second call makes nothing, and
// [App.Publish] does the same in its own transaction; handovers of an earlier revision that no longer
// apply are cancelled as resolved-upstream. NotFound if nothing is published.
func (a *App) HandoverTasks(ctx context.Context, period int) (rep TaskReport, err error) {
	now, today := a.Now(), a.Today()
	who := planner.System("handover after publishing")
	var before planner.Plan // no ID: this is the first revision
	var s taskSnapshot
	err = a.DB.Read(ctx, who, func(tx *store.Tx) (err error) {
		if _, err = tx.PlanFor(period, planner.PlanPublished); err != nil {
			return err
		}
		if s, err = readTasks(tx, period); err != nil {
			return err
		}
		if before, err = tx.PlanFor(period, planner.PlanSuperseded); planner.KindOf(err) == planner.NotFound {
			err = nil
		}
		return err
	})
	if err != nil {
		return rep, err
	}
	h := a.handover(s, before, period, today)
	err = a.DB.Write(ctx, who, store.Op{Name: "handover", Now: now}, func(tx *store.Tx) error {
		return putQuietly(ctx, tx, now, h.tasks, h.quiet)
	})
	return h.rep, err
}

// handover is what a published plan asks to be written: new handover tasks and cancelled ones.
type handover struct {
	tasks []planner.Task
	quiet []string // subjects about which nobody needs to hear what still waits to be sent
	rep   TaskReport
}

// handover works out the handovers of s.plan, given the plan that it replaces, and the agreements that end within it.
func (a *App) handover(s taskSnapshot, before planner.Plan, period int, today civil.Date) (h handover) {
	names := wordsOf(s.roster)
	passes := followup.Passes(movesOf(s, before, names))
	fresh, stale := followup.Renew(s.all, followup.Handovers(period, s.plan.Revision, passes, today, names.who), period, s.plan.Revision)
	more, over := followup.Renewals(s.all, s.plan, s.roster, today)
	fresh, stale = append(fresh, more...), append(stale, over...)
	for i := range fresh {
		fresh[i].ID = planner.TaskID(a.NewID())
	}
	for _, t := range stale {
		h.quiet = append(h.quiet, taskSubject(t))
	}
	h.tasks = slices.Concat(stale, fresh)
	h.rep = TaskReport{Looked: len(s.open), Moved: map[planner.TaskState]int{}, Handover: len(fresh) - len(more), Cancelled: len(stale)}
	return h
}

// movesOf lists the households of the plan with who knows them and who looks after them from now on.
func movesOf(s taskSnapshot, before planner.Plan, names rosterWords) []followup.Move {
	had := map[planner.HouseholdID]planner.CadreID{}
	for _, p := range before.Pairings {
		had[p.Household] = p.Cadre
	}
	var moves []followup.Move
	for _, p := range s.plan.Pairings {
		if p.Tier != planner.TierHousehold {
			continue
		}
		from := p.Was
		if c := had[p.Household]; c != "" && (from == "" || s.handed[[2]planner.CadreID{from, c}]) {
			from = c
		}
		moves = append(moves, followup.Move{Household: p.Household, Code: names.household[p.Household], From: from, To: p.Cadre})
	}
	return moves
}

// heirs are the live promises that go to the cadres who look after their households now, where [followup.Inherit] says so.
func (s taskSnapshot) heirs(today civil.Date, office *followup.Office) []planner.Task {
	holder := map[planner.HouseholdID]planner.CadreID{}
	for _, p := range s.plan.Pairings {
		if p.Tier == planner.TierHousehold {
			holder[p.Household] = p.Cadre
		}
	}
	done := func(from, to planner.CadreID) bool { return s.handed[[2]planner.CadreID{from, to}] }
	return followup.Inherit(s.open, holder, done, today, office)
}

// inherit gives promises to their heirs at once, after a handover. What still waited to be sent to the old owner is
// cancelled; the successor is reminded in their own digest.
func (a *App) inherit(ctx context.Context) error {
	now := a.Now()
	who := planner.System("promises follow the handover")
	s, err := a.taskSnapshot(ctx, who, a.Today().Year)
	if err != nil {
		return err
	}
	moved := s.heirs(a.Today(), followup.NewOffice(s.roster))
	if len(moved) == 0 {
		return nil
	}
	var quiet []string
	for _, t := range moved {
		quiet = append(quiet, taskSubject(t))
	}
	return a.DB.Write(ctx, who, store.Op{Name: "inherit-promises", Now: now}, func(tx *store.Tx) error {
		return putQuietly(ctx, tx, now, moved, quiet)
	})
}
