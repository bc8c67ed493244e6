package pipeline

import (
	"context"
	"fmt"
	"time"

	"lianxin/planner"
	"lianxin/planner/store"
)

// HandPrice is what a preview showed. Given with the wish, nothing is done at another price.
type HandPrice struct {
	Left    int
	Changed int
	Extra   planner.Seconds
}

// price of a report.
func (r HandReport) price() HandPrice { return HandPrice{r.Left, r.Changed, r.Extra} }

// HandWish is hand work by IDs, as a form sends it.
type HandWish struct {
	Period    int
	Op        string // pin, unpin, move or swap
	Household planner.HouseholdID
	Other     planner.HouseholdID // of a swap
	Cadre     planner.CadreID     // of a move
}

// HandRequestOf turns a wish into a request: of a pin the cadre is the present one, of a swap each has the other's.
// Invalid: no such operation, or a swap of two households of one cadre. NotFound: the plan does not have the household.
func (a *App) HandRequestOf(ctx context.Context, p planner.Principal, w HandWish) (HandRequest, error) {
	r := HandRequest{Period: w.Period, Op: w.Op}
	switch w.Op {
	case "unpin":
		r.Unpin = []planner.HouseholdID{w.Household}
		return r, nil
	case "move":
		r.Pins = []planner.Pin{{Household: w.Household, Cadre: w.Cadre}}
		return r, nil
	case "pin", "swap":
		present, err := a.presentCadres(ctx, p, w.Period)
		if err != nil {
			return r, err
		}
		x, y := present[w.Household], present[w.Other]
		switch {
		case x == "" || w.Op == "swap" && y == "":
			return r, planner.Fail(planner.NotFound, "方案里没有这一户。", "the household is not in the plan.")
		case w.Op == "pin":
			r.Pins = []planner.Pin{{Household: w.Household, Cadre: x}}
		case x == y:
			return r, planner.Fail(planner.Invalid, "这两户由同一名干部联系，无需调换。", "both households have the same cadre; there is nothing to swap.")
		default:
			r.Pins = []planner.Pin{{Household: w.Household, Cadre: y}, {Household: w.Other, Cadre: x}}
		}
		return r, nil
	}
	return r, planner.Fail(planner.Invalid, "没有这种操作；可用：锁定、取消锁定、改给、对调。", "there is no such operation; use pin, unpin, move or swap.")
}

// errPriceMoved: what was shown is not what it would cost now.
func errPriceMoved() error {
	return planner.Fail(planner.Conflict, "您看过之后，名册或方案有变化，代价与刚才显示的不同，没有执行；请再看一次。",
		"the roster or the plan changed since you looked, and the price is another; nothing was done. Please look again.")
}

// UndoStep is the last step of a draft, which [App.UndoPlan] would take back.
type UndoStep struct {
	Period int       `json:"period"`
	ID     string    `json:"id"`
	Op     string    `json:"op"` // plan, replan, correct, pin, unpin, move or swap
	At     time.Time `json:"at"`
	Left   int       `json:"left"` // steps that can be taken back after it
}

// LastStep tells the last step of the period's draft. NotFound if there is none.
func (a *App) LastStep(ctx context.Context, p planner.Principal, period int) (u UndoStep, err error) {
	if err := mustPlan(p); err != nil {
		return u, err
	}
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		open, err := tx.PlanFor(period, planner.PlanDraft, planner.PlanReview)
		if err != nil {
			return err
		}
		s, err := readSteps(tx, open.ID)
		if err != nil {
			return err
		}
		if len(s.Steps) == 0 {
			return planner.Fail(planner.NotFound, "没有可以撤销的一步。", "there is no step to undo.")
		}
		last := s.Steps[len(s.Steps)-1]
		u = UndoStep{Period: period, ID: string(last.Batch), Op: last.Op, At: last.At, Left: len(s.Steps) - 1}
		return nil
	})
	if err != nil {
		return UndoStep{}, fmt.Errorf("last step of %d: %w", period, err)
	}
	return u, nil
}
