package pipeline

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"lianxin/planner"
	"lianxin/planner/store"
	"lianxin/planner/verify"
)

// pageSize of a table, and its most.
const (
	pageSize    = 50
	pageSizeMax = 500
)

// PlanSummary is the head of the period's newest plan that p may see: planners see drafts, unit liaisons what is out for
// comment, everyone else what is published. NotFound if there is none.
func (a *App) PlanSummary(ctx context.Context, p planner.Principal, period int) (s PlanSummary, err error) {
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		head, err := headFor(tx, p, period)
		if err != nil {
			return err
		}
		s, err = readSummary(tx, head)
		return err
	})
	if err != nil {
		return PlanSummary{}, fmt.Errorf("plan %d: %w", period, err)
	}
	return s, nil
}

// headFor finds the newest live plan that p may see, of the period or, if it is 0, of any: its title, without certificates.
func headFor(tx *store.Tx, p planner.Principal, period int) (planner.Plan, error) {
	heads, err := tx.PlanTitles()
	if err != nil {
		return planner.Plan{}, err
	}
	sees := []planner.PlanStatus{planner.PlanPublished}
	if p.Is(planner.RoleLiaison) {
		sees = append(sees, planner.PlanReview)
	}
	if p.SeesAll() {
		sees = append(sees, planner.PlanReview, planner.PlanDraft)
	}
	var best planner.Plan
	for _, h := range heads {
		if (period == 0 || h.Period == period) && slices.Contains(sees, h.Status) &&
			(best.ID == "" || h.Period > best.Period || h.Period == best.Period && h.Revision > best.Revision) {
			best = h
		}
	}
	if best.ID == "" {
		if period == 0 {
			return best, planner.Fail(planner.NotFound, "还没有结对方案。", "there is no plan yet.")
		}
		return best, planner.Fail(planner.NotFound, fmt.Sprintf("%d年还没有结对方案。", period), fmt.Sprintf("there is no plan of %d yet.", period))
	}
	return best, nil
}

// readSummary returns the figures stored with a plan. A plan that came by import has none; they are counted.
func readSummary(tx *store.Tx, head planner.Plan) (s PlanSummary, err error) {
	stored, err := tx.Setting(summaryKey(head.ID))
	if err != nil {
		return s, err
	}
	if stored == "" {
		plan, err := tx.Plan(head.ID)
		return summarize(plan, verify.Report{}), err
	}
	if err := json.Unmarshal([]byte(stored), &s); err != nil {
		return s, fmt.Errorf("figures of plan %s: %w", head.ID, err)
	}
	s.Status = head.Status
	return s, nil
}

// cadreOfEach reads who has each household in a plan.
func (a *App) cadreOfEach(ctx context.Context, p planner.Principal, id planner.PlanID) (map[planner.HouseholdID]planner.CadreID, error) {
	out := map[planner.HouseholdID]planner.CadreID{}
	err := a.DB.Read(ctx, p, func(tx *store.Tx) error {
		plan, err := tx.Plan(id)
		for _, x := range plan.Pairings {
			if x.Tier == planner.TierHousehold {
				out[x.Household] = x.Cadre
			}
		}
		return err
	})
	return out, err
}

// Pairings is one page of the newest plan that p may see, narrowed to what lies in p's scope.
func (a *App) Pairings(ctx context.Context, p planner.Principal, f PairingFilter) (page PairingPage, err error) {
	if !p.Signed() {
		return page, mustSignIn()
	}
	if f.Limit <= 0 {
		f.Limit = pageSize
	}
	f.Limit, f.Offset = min(f.Limit, pageSizeMax), max(f.Offset, 0)
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		page = PairingPage{}
		head, err := headFor(tx, p, 0)
		if err != nil {
			return err
		}
		if page.Plan, err = readSummary(tx, head); err != nil {
			return err
		}
		rows, total, err := tx.PairingsOf(head.ID, store.PairingFilter{Tier: f.Tier, Village: f.Village, Unit: f.Unit, Cadre: f.Cadre, Changed: f.Changed, Offset: f.Offset, Limit: f.Limit})
		if err != nil {
			return err
		}
		page.Total = total
		w, err := newRowWords(tx)
		if err != nil {
			return err
		}
		for _, r := range rows {
			row, err := w.row(r)
			if err != nil {
				return err
			}
			page.Rows = append(page.Rows, row)
		}
		return nil
	})
	if err != nil {
		return PairingPage{}, fmt.Errorf("pairings: %w", err)
	}
	return page, nil
}

// rowWords names what pairings refer to, reading each person and household once.
type rowWords struct {
	tx     *store.Tx
	few    bool // areas and units are read when they are asked for
	code   map[planner.UnitID]string
	area   map[planner.AreaCode]string
	unit   map[planner.UnitID]string
	cadres map[planner.CadreID]planner.Cadre
}

// fewRowWords are words for one answer, of somebody who sees all: they read what they are asked for.
func fewRowWords(tx *store.Tx, p planner.Principal) (*rowWords, error) {
	if !p.SeesAll() {
		return newRowWords(tx)
	}
	return &rowWords{tx: tx, few: true, area: map[planner.AreaCode]string{}, unit: map[planner.UnitID]string{}, code: map[planner.UnitID]string{}, cadres: map[planner.CadreID]planner.Cadre{}}, nil
}

// want reads the names of a unit and of areas, if they are not there yet.
func (w *rowWords) want(u planner.UnitID, areas ...planner.AreaCode) error {
	if _, known := w.unit[u]; w.few && u != "" && !known {
		n, err := w.tx.UnitName(u)
		if err != nil {
			return err
		}
		w.unit[u], w.code[u] = n.Name, n.Code
	}
	for _, a := range areas {
		for _, code := range []planner.AreaCode{a, a.Village()} {
			if _, known := w.area[code]; w.few && code != "" && !known {
				n, err := w.tx.AreaName(code)
				if err != nil {
					return err
				}
				w.area[code] = n.Name
			}
		}
	}
	return nil
}

func newRowWords(tx *store.Tx) (*rowWords, error) {
	w := &rowWords{tx: tx, code: map[planner.UnitID]string{}, area: map[planner.AreaCode]string{}, unit: map[planner.UnitID]string{}, cadres: map[planner.CadreID]planner.Cadre{}}
	areas, err := tx.Areas()
	if err != nil {
		return nil, err
	}
	for _, x := range areas {
		w.area[x.Code] = x.Name
	}
	units, err := tx.Units()
	if err != nil {
		return nil, err
	}
	for _, u := range units {
		w.unit[u.ID], w.code[u.ID] = u.Name, u.Code
	}
	return w, nil
}

// place names a village or a group with its village.
func (w *rowWords) place(code planner.AreaCode) string {
	v := code.Village()
	if v == code {
		return cmp.Or(w.area[code], string(code))
	}
	return cmp.Or(w.area[v], string(v)) + cmp.Or(w.area[code], string(code))
}

// cadre reads a cadre; one outside the reader's scope has no name.
func (w *rowWords) cadre(id planner.CadreID) (planner.Cadre, error) {
	if c, ok := w.cadres[id]; ok {
		return c, nil
	}
	c, err := w.tx.Cadre(id)
	if err != nil && planner.KindOf(err) != planner.NotFound {
		return c, err
	}
	w.cadres[id] = c
	return c, nil
}

// row words one pairing.
func (w *rowWords) row(r planner.Pairing) (PairingRow, error) {
	c, err := w.cadre(r.Cadre)
	if err != nil {
		return PairingRow{}, err
	}
	if err := w.want(c.Unit, r.Area); err != nil {
		return PairingRow{}, err
	}
	row := PairingRow{ID: r.ID, Tier: r.Tier, Household: r.Household, Cadre: r.Cadre, CadreName: c.Name, CadreCode: c.Code, Unit: w.unit[c.Unit],
		Price: r.Price, Kept: r.Kept(), New: r.Was == "", Origin: r.Origin}
	if r.Tier != planner.TierHousehold {
		row.Code, row.Area = string(r.Area), w.place(r.Area)
		return row, nil
	}
	h, err := w.tx.Household(r.Household)
	if err != nil && planner.KindOf(err) != planner.NotFound {
		return PairingRow{}, err
	}
	row.Code, row.Head = h.Code, h.Head
	if err := w.want("", h.Group, h.Village); err != nil {
		return PairingRow{}, err
	}
	if area := cmp.Or(string(h.Group), string(h.Village)); area != "" {
		row.Area = w.place(planner.AreaCode(area))
	}
	return row, nil
}
