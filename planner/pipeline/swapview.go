package pipeline

import (
	"context"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// SwapView is a swap as lists show it. Reason reads 工作调整 for all but the planner and whose wish it is.
type SwapView struct {
	planner.Swap
	GiverName string       `json:"giver_name"`
	TakerName string       `json:"taker_name"`
	Why       planner.Text `json:"why"`
	May       []string     `json:"may,omitempty"` // what the reader may do: accept, decline, approve, refuse, withdraw
}

// Swaps lists the swaps of p's scope about today and later days, and what was settled in the last 60 days. Forbidden to visitors.
func (a *App) Swaps(ctx context.Context, p planner.Principal) (out []SwapView, err error) {
	if !p.Signed() {
		return nil, mustSignIn()
	}
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		out = nil
		ss, err := tx.Swaps(civil.Span{From: a.Today().AddDays(-shownDays)})
		if err != nil {
			return err
		}
		for _, s := range ss {
			v := SwapView{Swap: s, Why: planner.Text{ZH: "工作调整", EN: "change of duties"}, May: maySwap(p, s)}
			if s.Reason != "" {
				v.Why = planner.Both(s.Reason)
			}
			for id, name := range map[planner.CadreID]*string{s.Giver: &v.GiverName, s.Taker: &v.TakerName} {
				c, err := a.official(ctx, id)
				if err != nil {
					return err
				}
				*name = c.Name
			}
			out = append(out, v)
		}
		return nil
	})
	return out, err
}

// official reads a leader whose name stands in a public schedule anyway, whatever the reader's scope.
func (a *App) official(ctx context.Context, id planner.CadreID) (c planner.Cadre, err error) {
	err = a.DB.Read(ctx, planner.System("name of an official on duty"), func(tx *store.Tx) (err error) {
		c, err = tx.Cadre(id)
		return err
	})
	return c, err
}

// maySwap lists the steps open to p.
func maySwap(p planner.Principal, s planner.Swap) (may []string) {
	plans := p.Is(planner.RolePlanner)
	if s.State == planner.SwapAsked && (p.Speaks(s.Taker) || plans) {
		may = append(may, "accept", "decline")
	}
	if s.State == planner.SwapAccepted && plans {
		may = append(may, "approve")
	}
	if s.State.Open() && plans {
		may = append(may, "refuse")
	}
	if s.State.Open() && p.Speaks(s.Giver) {
		may = append(may, "withdraw")
	}
	return may
}
