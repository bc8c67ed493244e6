package pipeline

import (
	"context"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// ActingView 主持工作: who answers for a unit, and who else could.
type ActingView struct {
	Unit  planner.UnitID  `json:"unit"`
	Code  string          `json:"code"`
	Name  string          `json:"name"`
	Cadre planner.CadreID `json:"cadre"`
	Who   string          `json:"who"`
	From  civil.Date      `json:"from"`
	Until civil.Date      `json:"until,omitzero"` // the last day; zero: until it is taken back
	Now   bool            `json:"now"`            // acts today
}

// Acting lists who was named to act for a unit, by the unit's code. Whoever is signed in may see it.
func (a *App) Acting(ctx context.Context, p planner.Principal) ([]ActingView, error) {
	if !p.Signed() {
		return nil, mustSignIn()
	}
	out := []ActingView{}
	err := a.DB.Read(ctx, planner.System("show who acts for units"), func(tx *store.Tx) error {
		hs, err := tx.ActingHolders()
		if err != nil || len(hs) == 0 {
			return err
		}
		units, err := tx.Units()
		if err != nil {
			return err
		}
		ids := make([]planner.CadreID, len(hs))
		for i, h := range hs {
			ids[i] = h.Cadre
		}
		of, err := tx.CadresOf(ids)
		if err != nil {
			return err
		}
		name := map[planner.UnitID]planner.Unit{}
		for _, u := range units {
			name[u.ID] = u
		}
		for _, h := range hs {
			c := of[h.Cadre]
			v := ActingView{Unit: h.Unit, Code: name[h.Unit].Code, Name: name[h.Unit].Name, Cadre: h.Cadre, Who: c.Name + " " + c.Code + "（" + name[c.Unit].Name + "）", From: h.From, Now: h.Acts(a.Today())}
			if !h.Until.IsZero() {
				v.Until = h.Until.AddDays(-1)
			}
			out = append(out, v)
		}
		return nil
	})
	return out, err
}

// SetActing names by codes who answers for a unit from a day to a last day (zero: until it is taken back); an empty cadre takes it back.
// Overdue tasks of the unit are taken to them meanwhile, whoever else is on duty there.
//
// Errors: Forbidden but to planners and administrators; NotFound for an unknown unit or cadre; Invalid for somebody who has left, for
// days in the wrong order, and for a last day that is over.
func (a *App) SetActing(ctx context.Context, p planner.Principal, unit, cadre string, from, until civil.Date) error {
	if !p.Is(planner.RolePlanner, planner.RoleAdmin) {
		return planner.Fail(planner.Forbidden, "由组织部门经办人办理。", "this is done by the planner.")
	}
	today := a.Today()
	if from.IsZero() {
		from = today
	}
	if !until.IsZero() && (until.Before(from) || until.Before(today)) {
		return planner.Fail(planner.Invalid, "最后一天"+until.String()+"早于开始的一天或今天，请核对。", "the last day "+until.String()+" is before the first or before today; check the days")
	}
	var c planner.Cadre
	if cadre != "" {
		var err error
		if c, err = a.CadreByCode(ctx, p, cadre); err != nil {
			return err
		}
		if !c.Active {
			return planner.Fail(planner.Invalid, c.Name+"已不在岗，请另选一人。", c.Name+" has left; name somebody else.")
		}
	}
	return a.DB.Write(ctx, p, store.Op{Name: "acting-holder", Now: a.Now()}, func(tx *store.Tx) error {
		units, err := tx.Units()
		if err != nil {
			return err
		}
		h := planner.ActingHolder{From: from}
		for _, u := range units {
			if u.Code == unit {
				h.Unit = u.ID
			}
		}
		if h.Unit == "" {
			return planner.Fail(planner.NotFound, "没有编号为“"+unit+"”的单位。", "there is no unit "+unit+".")
		}
		if cadre == "" {
			return tx.PutActingHolder(h)
		}
		if !until.IsZero() {
			h.Until = until.AddDays(1)
		}
		h.Cadre = c.ID
		return tx.PutActingHolder(h)
	})
}
