package pipeline

import (
	"context"

	"lianxin/planner"
	"lianxin/planner/store"
)

// The look-ups turn what people type (a code) into what the program holds. NotFound if there is none in p's scope.

// Cadres lists the cadres in p's scope, sorted by code, without contacts.
func (a *App) Cadres(ctx context.Context, p planner.Principal) (cs []planner.Cadre, err error) {
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		r, err := tx.RosterBarHouseholds()
		cs = r.Cadres
		return err
	})
	return cs, err
}

// CadreByCode finds a cadre by 工号.
func (a *App) CadreByCode(ctx context.Context, p planner.Principal, code string) (planner.Cadre, error) {
	cs, err := a.Cadres(ctx, p)
	if err != nil {
		return planner.Cadre{}, err
	}
	for _, c := range cs {
		if c.Code == code {
			return c, nil
		}
	}
	return planner.Cadre{}, planner.Fail(planner.NotFound, "没有工号为“"+code+"”的干部，请核对。", "there is no cadre with code "+code+"; please check.")
}

// HouseholdByCode finds a household by 户编号.
func (a *App) HouseholdByCode(ctx context.Context, p planner.Principal, code string) (id planner.HouseholdID, err error) {
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		h, err := tx.HouseholdCoded(code)
		id = h.ID
		return err
	})
	return id, err
}

// AccountByLogin finds an account, for the administrator.
func (a *App) AccountByLogin(ctx context.Context, p planner.Principal, login string) (acc planner.Account, err error) {
	if err := mustAdmin(p); err != nil {
		return acc, err
	}
	err = a.DB.Read(ctx, p, func(tx *store.Tx) (err error) {
		acc, err = tx.AccountByLogin(login)
		return err
	})
	return acc, err
}

// FeedRef turns the code of a cadre, village or unit, or the words hall, public, county and holidays, into the kind and reference of a feed.
func (a *App) FeedRef(ctx context.Context, p planner.Principal, who string) (kind, ref string, err error) {
	switch who {
	case "hall", "public", "county", "holidays":
		return who, "", nil
	}
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		r, err := tx.Roster()
		for _, c := range r.Cadres {
			if c.Code == who {
				kind, ref = "cadre", string(c.ID)
			}
		}
		for _, v := range r.Areas {
			if v.Level == planner.LevelVillage && string(v.Code) == who {
				kind, ref = "village", who
			}
		}
		for _, u := range r.Units {
			if u.Code == who {
				kind, ref = "unit", string(u.ID)
			}
		}
		return err
	})
	if err == nil && kind == "" {
		err = planner.Fail(planner.NotFound, "“"+who+"”不是工号、村代码、单位代码，也不是 hall、public、county、holidays。", who+" is neither the code of a cadre, village or unit nor hall, public, county or holidays.")
	}
	return kind, ref, err
}

// TaskCounts counts the tasks in p's scope by state.
func (a *App) TaskCounts(ctx context.Context, p planner.Principal) (map[planner.TaskState]int, error) {
	n := map[planner.TaskState]int{}
	err := a.DB.Read(ctx, p, func(tx *store.Tx) error {
		ts, err := tx.Tasks(store.TaskFilter{})
		for _, t := range ts {
			n[t.State]++
		}
		return err
	})
	return n, err
}
