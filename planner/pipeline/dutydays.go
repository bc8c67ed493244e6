package pipeline

import (
	"context"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// Fairness states how even the rota is, as a whole: the ledger of single people is the planner's.
func (a *App) Fairness(ctx context.Context, p planner.Principal, year int) (out []planner.DutyBalance, err error) {
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		all, err := tx.DutyBalances(year)
		out = slices.DeleteFunc(all, func(b planner.DutyBalance) bool { return b.Year != year })
		return err
	})
	return out, err
}

// DutyDay is one coming reception as the page of swaps lists it.
type DutyDay struct {
	On     civil.Date      `json:"on"`
	Cadre  planner.CadreID `json:"cadre"`
	Leader string          `json:"leader"`
	Deputy string          `json:"deputy,omitempty"`
	Beside string          `json:"beside,omitempty"` // 陪同接访
	Theme  planner.Text    `json:"theme,omitzero"`
	Mine   bool            `json:"mine"` // p may give it
}

// dutyDaysAhead is how far the list of coming receptions goes.
const dutyDaysAhead = 120

// DutyDays lists the coming receptions with their deputies and themes. They are officials' public duties; for those signed in.
func (a *App) DutyDays(ctx context.Context, p planner.Principal) (out []DutyDay, err error) {
	if !p.Signed() {
		return nil, mustSignIn()
	}
	span := civil.Span{From: a.Today(), Until: a.Today().AddDays(dutyDaysAhead)}
	err = a.DB.Read(ctx, planner.System("coming receptions: officials only"), func(tx *store.Tx) error {
		out = nil
		es, leaders, err := receptionsIn(tx, span, false)
		if err != nil {
			return err
		}
		more, err := besidesOf(tx, span, leaders)
		if err != nil {
			return err
		}
		for _, e := range es {
			out = append(out, DutyDay{On: e.On, Cadre: e.Cadre, Leader: leaders[e.Cadre].Name, Deputy: leaders[more[e.On].Deputy].Name, Theme: more[e.On].Theme, Beside: leaders[more[e.On].Second].Name,
				Mine: p.Speaks(e.Cadre) || p.Is(planner.RolePlanner)})
		}
		return nil
	})
	return out, err
}
