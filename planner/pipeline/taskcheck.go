package pipeline

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/store"
)

const (
	checkAhead = 21 // days of receptions looked at
	checkDays  = 2  // working days before the first reception of a week on which its notice must hang: the public T-2
	checkOpen  = 7  // days after which the check is too late to matter
)

// readChecks reads what the checks of public notices and the ladder need, and who acts for whom.
func (s *taskSnapshot) readChecks(tx *store.Tx, today civil.Date) (err error) {
	if s.acting, err = tx.ActingHolders(); err != nil {
		return err
	}
	if err = s.readLadder(tx); err != nil {
		return err
	}
	if s.slots, err = tx.Events(store.EventFilter{Span: civil.Span{From: today, Until: today.AddDays(checkAhead)}, Kinds: []planner.EventKind{planner.EventReception}}); err != nil {
		return err
	}
	accounts, err := tx.Accounts()
	if err != nil {
		return err
	}
	slices.SortFunc(accounts, func(a, b planner.Account) int { return cmp.Compare(a.Login, b.Login) })
	for _, a := range accounts {
		if a.Cadre != "" && !a.Disabled && slices.Contains(a.Roles, planner.RolePlanner) {
			s.checks = a.Cadre
			return nil
		}
	}
	return nil
}

// checksDue makes the checks of the public reception notice, one for each week with receptions, for who plans (an account of the
// planner with a record in the roster, else who answers for the bureau): due two working days before the first of them.
func (a *App) checksDue(s taskSnapshot, today civil.Date, office *followup.Office) (out []planner.Task) {
	owner := s.checks
	for _, u := range s.roster.Units {
		if owner == "" && u.Network == planner.NetworkBureau {
			owner, _ = office.Holder(u.ID, "", today)
		}
	}
	if owner == "" {
		return nil
	}
	had := make(map[string]bool, len(s.all))
	for _, t := range s.all {
		had[t.Key] = true
	}
	first, last := map[string]civil.Date{}, map[string]civil.Date{}
	for _, e := range s.slots { // sorted by day
		year, week := e.On.At(12*60, a.Zone).In(a.Zone).ISOWeek()
		key := fmt.Sprintf("notice/%d-W%02d", year, week)
		if _, seen := first[key]; !seen {
			first[key] = e.On
		}
		last[key] = e.On
	}
	for _, key := range slices.Sorted(maps.Keys(first)) {
		due := s.work.Add(first[key], -checkDays)
		if had[key] || due.Before(today) {
			continue
		}
		out = append(out, planner.Task{ID: planner.TaskID(a.NewID()), Key: key, Kind: planner.TaskNotice, Owner: owner, StartOn: today, DueOn: due, EndOn: first[key].AddDays(checkOpen), State: planner.TaskReady,
			Say: planner.Text{ZH: "核对接访日程公示（{from}至{until}）", EN: "Check the public reception notice ({from} to {until})"}.Fill("from", first[key].String(), "until", last[key].String())})
	}
	return out
}
