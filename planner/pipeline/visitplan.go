package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/store"
)

// fit reports whether a moved visit may be planned on its new day, which the household itself asked for.
func (r *recording) fit(v planner.Visit, on civil.Date) (planner.VisitID, error) {
	h, err := r.tx.Household(v.Household)
	if err != nil {
		return "", err
	}
	c, err := r.tx.Cadre(v.Cadre)
	if err != nil {
		return "", err
	}
	return fitVisit(r.tx, followup.VisitWish{Household: h, Cadre: c, On: on, Hours: cmp.Or(h.Hours, planner.HoursAny), Instead: v.ID, Asked: true})
}

// fitVisit reads what the caps are about.
func fitVisit(tx *store.Tx, w followup.VisitWish) (planner.VisitID, error) {
	span := civil.Span{From: civil.Of(w.On.Year, 1, 1).AddDays(-31), Until: civil.Of(w.On.Year+1, 1, 1).AddDays(31)}
	ofHousehold, ofCadre, err := tx.VisitsAround(w.Household.ID, w.Cadre.ID, span)
	if err != nil {
		return "", err
	}
	return followup.FitVisit(w, ofHousehold, ofCadre, followup.DefaultCaps())
}

// move takes a visit's former new day back, if it still waits, and plans the present one.
func (r *recording) move(v planner.Visit, was, to civil.Date) error {
	span := civil.Span{From: v.On, Until: v.On.AddDays(367)} // a visit moves by a year at most
	ofHousehold, _, err := r.tx.VisitsAround(v.Household, v.Cadre, span)
	if err != nil {
		return err
	}
	var put []planner.Visit
	planned := false
	for _, o := range ofHousehold {
		if o.ID == v.ID || o.Cadre != v.Cadre || o.State != planner.VisitPlanned {
			continue
		}
		switch o.On {
		case was:
			o.State = planner.VisitCancelled
			put = append(put, o)
		case to:
			planned = true
		}
	}
	if !to.IsZero() && !planned {
		put = append(put, planner.Visit{ID: planner.VisitID(r.app.NewID()), Cadre: v.Cadre, Household: v.Household, On: to, Stop: 1, Hours: v.Hours,
			State: planner.VisitPlanned, StandsFor: v.StandsFor, Companion: v.Companion})
	}
	return r.tx.PutRecordedVisits(v, put)
}

// Planned says what became of a wish for a visit.
type Planned struct {
	Visit  planner.VisitID `json:"visit"`
	On     civil.Date      `json:"on"`
	Merged bool            `json:"merged"` // the cadre goes along with another who comes anyway
	Say    planner.Text    `json:"say"`
}

// PlanVisit plans one more visit of a cadre to a household, on a day apart from the county's. If another cadre comes within a week
// anyway, the two go together on that day. Dry leaves everything as it is and says what would happen.
//
// Errors: Conflict with the cap that stands in the way; NotFound outside p's scope; Forbidden for another's visits; Invalid for a
// day gone by.
func (a *App) PlanVisit(ctx context.Context, p planner.Principal, cadre planner.CadreID, household planner.HouseholdID, on civil.Date, hours planner.Hours, dry bool) (out Planned, err error) {
	if !p.Signed() {
		return out, mustSignIn()
	}
	if !p.Speaks(cadre) && !p.Is(planner.RolePlanner, planner.RoleAdmin) {
		return out, planner.Fail(planner.Forbidden, "走访由联系干部本人或组织部门安排。", "visits are planned by the cadre in charge or by the planner")
	}
	if on.Before(a.Today()) {
		return out, planner.Fail(planner.Invalid, on.String()+" 已经过去，请选今天或以后的日子。", on.String()+" has passed; choose today or a later day")
	}
	err = a.DB.Write(ctx, p, store.Op{Name: "plan-visit", Now: a.Now()}, func(tx *store.Tx) error {
		out = Planned{}
		h, err := tx.Household(household)
		if err != nil {
			return err
		}
		c, err := tx.Cadre(cadre)
		if err != nil {
			return err
		}
		w := followup.VisitWish{Household: h, Cadre: c, On: on, Hours: cmp.Or(hours, planner.HoursAny)}
		merge, err := fitVisit(tx, w)
		if err != nil {
			return err
		}
		v := planner.Visit{ID: planner.VisitID(a.NewID()), Cadre: cadre, Household: household, On: on, Stop: 1, Hours: w.Hours, State: planner.VisitPlanned}
		out = Planned{Visit: v.ID, On: on, Say: planner.Text{ZH: fmt.Sprintf("户 %s 安排在 %s。", h.Code, on), EN: fmt.Sprintf("Household %s is planned for %s.", h.Code, on)}}
		if merge == "" {
			if dry {
				return nil
			}
			return tx.PutRecordedVisits(v, []planner.Visit{v})
		}
		ofHousehold, _, err := tx.VisitsAround(household, cadre, civil.Span{From: on.AddDays(-31), Until: on.AddDays(31)})
		if err != nil {
			return err
		}
		i := slices.IndexFunc(ofHousehold, func(o planner.Visit) bool { return o.ID == merge })
		if i < 0 {
			return planner.Fail(planner.Conflict, "走访安排刚被改动，请重试。", "the visits were changed meanwhile; try again")
		}
		v = ofHousehold[i]
		v.Companion = cadre
		out = Planned{Visit: v.ID, On: v.On, Merged: true, Say: planner.Text{
			ZH: fmt.Sprintf("另有干部 %s 到户 %s，两家合并成一次，请同去。", v.On, h.Code),
			EN: fmt.Sprintf("Another cadre visits household %[2]s on %[1]s; the two become one visit, so please go along.", v.On, h.Code)}}
		if dry {
			return nil
		}
		return tx.PutCompanion(v)
	})
	if err != nil || dry {
		return out, err
	}
	return out, a.SettleVisits(ctx)
}

// StandIn 替访 lets another cadre go in a cadre's place for one day. The pairing stays as it is; what the stand-in promises is the
// stand-in's until it is kept. An empty other takes a stand-in back. It returns how many visits changed hands.
//
// Errors: NotFound if there is no planned visit of the cadre on that day; Conflict if the other is on leave or would pass the cap of a
// day; Forbidden unless p is one of the two (or acts for them), or plans.
func (a *App) StandIn(ctx context.Context, p planner.Principal, cadre planner.CadreID, on civil.Date, other planner.CadreID) (n int, err error) {
	if !p.Signed() {
		return 0, mustSignIn()
	}
	if !p.Speaks(cadre) && !p.Is(planner.RolePlanner, planner.RoleAdmin) {
		return 0, planner.Fail(planner.Forbidden, "替访由本人或组织部门安排。", "a stand-in is arranged by the cadre in charge or by the planner")
	}
	if on.Before(a.Today()) {
		return 0, planner.Fail(planner.Invalid, on.String()+" 已经过去，不能再换人。", on.String()+" has passed; nobody can stand in any more")
	}
	// In the office's name, since the visits pass to a calendar that p may not write; the check above is the permission.
	who := planner.System("stand-in arranged by " + p.Name)
	err = a.DB.Write(ctx, who, store.Op{Name: "stand-in", Now: a.Now()}, func(tx *store.Tx) error {
		visits, err := tx.Visits(store.VisitFilter{Span: civil.Span{From: on, Until: on.AddDays(1)}})
		if err != nil {
			return err
		}
		var put []planner.Visit
		load := 0
		for _, v := range visits {
			switch {
			case v.State != planner.VisitPlanned:
			case other != "" && v.Cadre == other:
				load++
			case v.Cadre == cadre && v.StandsFor == "" && other != "":
				v.Cadre, v.StandsFor, v.Event = other, cadre, ""
				put = append(put, v)
			case v.StandsFor == cadre && other == "":
				v.Cadre, v.StandsFor, v.Event = cadre, "", ""
				put = append(put, v)
			}
		}
		if n = len(put); n == 0 {
			return planner.Fail(planner.NotFound, "这一天没有可以换人的走访。", "there is no planned visit on that day that could change hands")
		}
		if other != "" {
			c, err := tx.Cadre(other)
			if err != nil {
				return err
			}
			if caps := followup.DefaultCaps(); load+n > caps.PerDay || c.OnLeave(on) || !c.Active {
				return planner.Fail(planner.Conflict, fmt.Sprintf("%s 那天请假，或加上这 %d 户超过一天 %d 户的上限，请另找一位。", c.Name, n, caps.PerDay),
					fmt.Sprintf("%s is on leave that day, or would pass the cap of %[3]d households a day with these %[2]d; ask somebody else", c.Name, n, caps.PerDay))
			}
		}
		return tx.PutVisits(put)
	})
	if err != nil {
		return 0, err
	}
	return n, a.SettleVisits(ctx)
}
