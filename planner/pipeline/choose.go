package pipeline

import (
	"context"
	"math"
	"slices"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/store"
)

// Choices are what a household decides itself. A nil field stays as it is.
type Choices struct {
	MuteDays *int             // left alone for so many days from today; 0 ends it
	Consent  *planner.Consent // given or withdrawn
	Hours    *planner.Hours
	Needs    *[]planner.Need
	PerYear  *int
	Way      *string // how it hears of visits: one of planner.HouseholdBy…
}

// MaxMuteDays is the longest that one mute lasts; it can be set again. Whoever wishes no visits at all withdraws consent.
const MaxMuteDays = 366

// ChooseByCard carries out what a household decides with its card.
func (a *App) ChooseByCard(ctx context.Context, code string, c Choices) error {
	var id planner.HouseholdID
	err := a.DB.Read(ctx, asHousehold(), func(tx *store.Tx) error {
		h, err := householdOf(tx, code)
		id = h.ID
		return err
	})
	if err != nil {
		return err
	}
	return a.Choose(ctx, asHousehold(), id, c)
}

// Choose carries out what a household decides, at the counter or by its card, in one transaction: its planned visits within a mute, or all
// of them once consent is withdrawn, are cancelled, what waits to be sent about them too; promises wait until the mute is over, and are
// cancelled with the consent. The visiting cadre cannot do it (domain.md §6.2a.2).
//
// Errors: Forbidden but for clerks, planners and the card; NotFound; Invalid for a mute of more than [MaxMuteDays] or an unknown word.
func (a *App) Choose(ctx context.Context, p planner.Principal, id planner.HouseholdID, c Choices) error {
	if !p.Is(planner.RoleClerk, planner.RolePlanner, planner.RoleAdmin) {
		return planner.Fail(planner.Forbidden, "由本户凭户卡、窗口或组织部门办理。", "this is done by the household with its card, at the counter, or by the planner")
	}
	now, today := a.Now(), a.Today()
	err := a.DB.Write(ctx, p, store.Op{Name: "household-choice", Now: now}, func(tx *store.Tx) error {
		h, err := tx.Household(id)
		if err != nil {
			return err
		}
		if err := c.apply(&h, today); err != nil {
			return err
		}
		return tx.PutChoices(h)
	})
	if err != nil {
		return err
	}
	if c.Way != nil {
		err := a.DB.Write(ctx, planner.System("a household's choice"), store.Op{Name: "household-choice", Now: now}, func(tx *store.Tx) error {
			return tx.PutHouseholdWay(planner.HouseholdWay{Household: id, Way: *c.Way})
		})
		if err != nil {
			return err
		}
	}
	return a.cascade(ctx, id)
}

// apply checks and sets.
func (c Choices) apply(h *planner.Household, today civil.Date) error {
	bad := planner.Fail(planner.Invalid, "有一项选择不认识，请刷新后重试。", "one of the choices is not known; reload and try again")
	if c.MuteDays != nil {
		if *c.MuteDays < 0 || *c.MuteDays > MaxMuteDays {
			return planner.Fail(planner.Invalid, "暂不打扰一次最长一年，到期可以再设。", "being left alone lasts a year at most at a time, and can be set again")
		}
		h.MuteUntil = civil.Date{}
		if *c.MuteDays > 0 {
			h.MuteUntil = today.AddDays(*c.MuteDays)
		}
	}
	if c.Consent != nil {
		if *c.Consent != planner.ConsentGiven && *c.Consent != planner.ConsentWithdrawn {
			return bad
		}
		h.Consent = *c.Consent
	}
	if c.Hours != nil {
		if !slices.Contains([]planner.Hours{planner.HoursAny, planner.HoursMorning, planner.HoursAfternoon, planner.HoursEvening}, *c.Hours) {
			return bad
		}
		h.Hours = *c.Hours
	}
	if c.Needs != nil {
		for _, n := range *c.Needs {
			if !slices.Contains(planner.Needs, n) {
				return bad
			}
		}
		h.Needs = *c.Needs
	}
	if c.Way != nil && !slices.Contains([]string{planner.HouseholdByRoom, planner.HouseholdByPhone, planner.HouseholdByNone}, *c.Way) {
		return bad
	}
	if c.PerYear != nil {
		if *c.PerYear < 0 || *c.PerYear > 24 {
			return planner.Fail(planner.Invalid, "一年走访次数请在 0 到 24 之间，0 为按常规。", "visits a year are 0 to 24; 0 is the usual number")
		}
		h.PerYear = *c.PerYear
	}
	return nil
}

// cascade brings visits, tasks and reminders of a household in line with what it decided. It may run at any time.
func (a *App) cascade(ctx context.Context, id planner.HouseholdID) error {
	now, today := a.Now(), a.Today()
	err := a.DB.Write(ctx, planner.System("a household's choice"), store.Op{Name: "household-choice", Now: now}, func(tx *store.Tx) error {
		h, err := tx.Household(id)
		if err != nil {
			return err
		}
		visits, err := tx.Visits(store.VisitFilter{Household: id, Span: civil.Span{From: today, Until: today.AddDays(800)}})
		if err != nil {
			return err
		}
		var put []planner.Visit
		for _, v := range visits {
			if v.State == planner.VisitPlanned && (!h.Served() || h.Muted(v.On)) {
				v.State = planner.VisitCancelled
				put = append(put, v)
			}
		}
		if err := tx.PutVisits(put); err != nil {
			return err
		}
		tasks, err := tx.Tasks(store.TaskFilter{Household: id, Open: true})
		if err != nil {
			return err
		}
		var changed []planner.Task
		for _, t := range tasks {
			switch {
			case !h.Served():
				t.State, t.Reason = planner.TaskCancelled, followup.Dismissed
			case t.Kind == planner.TaskCare && h.Muted(t.DueOn):
				t.State, t.Reason = planner.TaskCancelled, followup.Dismissed
			case h.Muted(today) && h.Muted(t.StartOn):
				wait := h.MuteUntil.Sub(t.StartOn)
				t.StartOn, t.DueOn, t.EndOn = h.MuteUntil, t.DueOn.AddDays(wait), t.EndOn.AddDays(wait)
				t.State = followup.StateOn(t, today)
			default:
				continue
			}
			if _, err := notifier.CancelSubject(ctx, tx.SQL(), now, taskSubject(t), math.MaxInt32); err != nil {
				return err
			}
			changed = append(changed, t)
		}
		return tx.PutTasks(changed)
	})
	if err != nil {
		return err
	}
	return a.SettleVisits(ctx)
}
