package pipeline

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/pairing"
	"lianxin/planner/sheet"
	"lianxin/planner/store"
)

// planOut is a plan with what its IDs stand for.
type planOut struct {
	plan       planner.Plan
	last       *planner.Plan
	areas      map[planner.AreaCode]planner.Area
	units      map[planner.UnitID]planner.Unit
	cadres     map[planner.CadreID]planner.Cadre
	households map[planner.HouseholdID]planner.Household
	helpers    map[planner.HelperID]planner.Helper
}

// planOut reads the period's newest plan that p may see.
func (a *App) planOut(ctx context.Context, p planner.Principal, period int) (o planOut, err error) {
	if !p.SeesAll() {
		return o, mustPlan(p)
	}
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		head, err := headFor(tx, p, period)
		if err != nil {
			return err
		}
		if o.plan, err = tx.Plan(head.ID); err != nil {
			return err
		}
		heads, err := tx.PlanHeads()
		if err != nil {
			return err
		}
		if o.last, err = lastOf(tx, heads, o.plan.Period, o.plan.Revision, nil); err != nil {
			return err
		}
		r, err := tx.Roster()
		if err != nil {
			return err
		}
		o.areas, o.units, o.cadres, o.households = map[planner.AreaCode]planner.Area{}, map[planner.UnitID]planner.Unit{}, map[planner.CadreID]planner.Cadre{}, map[planner.HouseholdID]planner.Household{}
		for _, x := range r.Areas {
			o.areas[x.Code] = x
		}
		for _, x := range r.Units {
			o.units[x.ID] = x
		}
		for _, x := range r.Cadres {
			o.cadres[x.ID] = x
		}
		for _, x := range r.Households {
			o.households[x.ID] = x
		}
		o.helpers = map[planner.HelperID]planner.Helper{}
		for _, x := range r.Helpers {
			o.helpers[x.ID] = x
		}
		return nil
	})
	if err != nil {
		return o, fmt.Errorf("plan %d: %w", period, err)
	}
	return o, nil
}

// planHead is the first part of plan.json.
type planHead struct {
	Period   int                `json:"period"`
	Status   planner.PlanStatus `json:"status"`
	ID       planner.PlanID     `json:"id"`
	Revision int                `json:"revision"`
	Preset   string             `json:"preset"`
	Policy   string             `json:"policy,omitempty"` // the office's, in its canonical form
	Book     string             `json:"book"`
	From     string             `json:"from"`
	Until    string             `json:"until"`
	Price    planner.Seconds    `json:"price"`
	Bound    planner.Seconds    `json:"bound"`
	Gap      planner.Seconds    `json:"gap"`
}

// planLine is one pairing of plan.json: codes, with IDs beside them.
type planLine struct {
	Tier    planner.Tier      `json:"tier"`
	Target  string            `json:"target"` // household or area code
	Cadre   string            `json:"cadre"`  // 工号
	Unit    string            `json:"unit"`   // unit code
	Was     string            `json:"was,omitempty"`
	Origin  planner.Origin    `json:"origin"`
	Price   planner.Seconds   `json:"price"`
	Reasons []planner.Reason  `json:"reasons"`
	ID      planner.PairingID `json:"id"`
	CadreID planner.CadreID   `json:"cadre_id"`
}

// planPin is a pin of plan.json.
type planPin struct {
	Household string `json:"household"`
	Cadre     string `json:"cadre"`
}

// planProof is a certificate of plan.json with cadres by code.
type planProof struct {
	Tier       planner.Tier      `json:"tier"`
	Instance   string            `json:"instance"`
	Pairs      int64             `json:"pairs"`
	Price      planner.Seconds   `json:"price"`
	Bound      planner.Seconds   `json:"bound"`
	Unserved   int               `json:"unserved"`
	Cadres     []string          `json:"cadres"`
	Potentials []planner.Seconds `json:"potentials"`
	Fewest     *planner.Fewest   `json:"fewest,omitempty"` // of a replanned tier
	Units      []string          `json:"units,omitempty"`  // of the tier of units
	Tree       []planner.Branch  `json:"tree,omitempty"`
	Held       *planner.Held     `json:"held,omitempty"` // teams of capped villages, by ID
}

// planLink is a line of a further tier of plan.json.
type planLink struct {
	Tier    planner.Tier      `json:"tier"`
	Who     string            `json:"who"`    // code of a unit, cadre or helper
	Target  string            `json:"target"` // code of a household or area
	No      int               `json:"no,omitempty"`
	Members []string          `json:"members,omitempty"`
	Count   int               `json:"count,omitempty"`
	Until   string            `json:"until,omitempty"` // exclusive
	Price   planner.Seconds   `json:"price"`
	Reasons []planner.Reason  `json:"reasons"`
	ID      planner.PairingID `json:"id"`
}

// PlanJSON writes the period's newest plan as plan.json: one pairing a line, in the plan's order, no timings. The same plan
// gives the same bytes on both engines. Reasons are cut to what p may read.
func (a *App) PlanJSON(ctx context.Context, p planner.Principal, period int, w io.Writer) error {
	o, err := a.planOut(ctx, p, period)
	if err != nil {
		return err
	}
	plan := o.plan
	out := &lineWriter{w: bufio.NewWriter(w)}
	out.text("{\n\"plan\": ")
	out.json(planHead{Period: plan.Period, Status: plan.Status, ID: plan.ID, Revision: plan.Revision, Preset: plan.Preset, Policy: plan.Policy, Book: plan.Book,
		From: plan.Valid.From.String(), Until: plan.Valid.Until.String(), Price: plan.Price(), Bound: plan.Bound(), Gap: plan.Price() - plan.Bound()})
	out.text(",\n\"certificates\": [")
	for n, c := range plan.Certificates {
		proof := planProof{Tier: c.Tier, Instance: c.Instance, Pairs: c.Pairs, Price: c.Price, Bound: c.Bound, Unserved: c.Unserved, Potentials: c.Potentials, Fewest: c.Fewest, Held: c.Held}
		for _, id := range c.Cadres {
			proof.Cadres = append(proof.Cadres, o.cadres[id].Code)
		}
		out.item(n, proof)
	}
	out.text("\n],\n\"proofs\": [")
	for n, c := range plan.Proofs {
		proof := planProof{Tier: c.Tier, Instance: c.Instance, Pairs: c.Pairs, Price: c.Price, Bound: c.Bound, Unserved: c.Unserved, Potentials: c.Potentials, Fewest: c.Fewest, Tree: c.Tree}
		for _, id := range c.Cadres {
			if h, ok := o.helpers[planner.HelperID(id)]; ok {
				proof.Cadres = append(proof.Cadres, h.Code)
			} else {
				proof.Cadres = append(proof.Cadres, o.cadres[id].Code)
			}
		}
		for _, id := range c.Units {
			proof.Units = append(proof.Units, o.units[id].Code)
		}
		out.item(n, proof)
	}
	out.text("\n],\n\"links\": [")
	for n, l := range plan.Links {
		x := planLink{Tier: l.Tier, Who: cmp.Or(o.units[l.Unit].Code, o.helpers[l.Helper].Code, o.cadres[l.Cadre].Code), Target: cmp.Or(o.households[l.Household].Code, string(l.Area)),
			No: l.No, Count: l.Count, Price: l.Price, ID: l.ID}
		for _, m := range l.Members {
			x.Members = append(x.Members, o.households[m].Code)
		}
		if !l.Until.IsZero() {
			x.Until = l.Until.String()
		}
		x.Reasons, _ = shownReasons(p, l.Reasons)
		out.item(n, x)
	}
	out.text("\n],\n\"pins\": [")
	for n, x := range plan.Pins {
		out.item(n, planPin{o.households[x.Household].Code, o.cadres[x.Cadre].Code})
	}
	out.text("\n],\n\"watches\": [")
	for n, x := range plan.Watches {
		out.item(n, x)
	}
	out.text("\n],\n\"pairings\": [")
	for n, x := range plan.Pairings {
		c := o.cadres[x.Cadre]
		line := planLine{Tier: x.Tier, Target: cmp.Or(o.households[x.Household].Code, string(x.Area)), Cadre: c.Code, Unit: o.units[c.Unit].Code,
			Was: o.cadres[x.Was].Code, Origin: x.Origin, Price: x.Price, ID: x.ID, CadreID: x.Cadre}
		line.Reasons, _ = shownReasons(p, x.Reasons)
		out.item(n, line)
	}
	out.text("\n]\n}\n")
	if out.err == nil {
		out.err = out.w.Flush()
	}
	if out.err != nil {
		return fmt.Errorf("write plan.json: %w", out.err)
	}
	return nil
}

// lineWriter writes JSON with one item a line and keeps the first error.
type lineWriter struct {
	w   *bufio.Writer
	err error
}

func (l *lineWriter) text(s string) {
	if l.err == nil {
		_, l.err = l.w.WriteString(s)
	}
}

func (l *lineWriter) json(v any) {
	b, err := json.Marshal(v)
	if err != nil && l.err == nil {
		l.err = err
	}
	l.text(string(b))
}

func (l *lineWriter) item(n int, v any) {
	if n > 0 {
		l.text(",")
	}
	l.text("\n")
	l.json(v)
}

// PlanBook is the data of plan.xlsx for the period's newest plan.
func (a *App) PlanBook(ctx context.Context, p planner.Principal, period int) (sheet.PlanBook, error) {
	o, err := a.planOut(ctx, p, period)
	if err != nil {
		return sheet.PlanBook{}, err
	}
	b := sheet.PlanBook{County: a.Office.County, Office: a.Office.Name, Period: o.plan.Period, Status: o.plan.Status, Preset: o.plan.Preset, Hash: o.plan.Book, Pairs: o.pairs()}
	if ps, err := pairing.PresetByID(o.plan.Preset); err == nil {
		b.Preset = ps.Say.ZH
	}
	if o.plan.Policy != "" {
		b.Preset += "；单位政策：" + o.plan.Policy
	}
	used := map[planner.Tier]map[planner.CadreID]bool{}
	served := map[planner.Tier]int{}
	for _, x := range o.plan.Pairings {
		if used[x.Tier] == nil {
			used[x.Tier] = map[planner.CadreID]bool{}
		}
		used[x.Tier][x.Cadre] = true
		served[x.Tier]++
	}
	for _, c := range o.plan.Certificates {
		b.Summaries = append(b.Summaries, sheet.TierLine{Tier: c.Tier, Cadres: len(used[c.Tier]), Targets: served[c.Tier] + c.Unserved, Unserved: c.Unserved, Price: c.Price, Bound: c.Bound})
	}
	for _, t := range furtherOf(o.plan) {
		b.FurtherSay = append(b.FurtherSay, t.Say)
	}
	b.Further = o.furtherLines()
	if o.last != nil {
		b.Changes = o.changes(pairing.Diff(*o.last, o.plan))
	}
	return b, nil
}

// pairs words all pairings.
func (o planOut) pairs() []sheet.PlanPair {
	out := make([]sheet.PlanPair, 0, len(o.plan.Pairings))
	for _, x := range o.plan.Pairings {
		c, h := o.cadres[x.Cadre], o.households[x.Household]
		u := o.units[c.Unit]
		r := sheet.PlanPair{Tier: x.Tier, UnitCode: u.Code, Unit: u.Name, CadreCode: c.Code, Cadre: c.Name, Title: c.Title, Rank: c.Rank,
			Household: h.Code, Head: h.Head, Kept: x.Kept(), New: x.Was == ""}
		place := cmp.Or(x.Area, h.Group, h.Village)
		r.VillageCode = place.Village()
		r.Village, r.Township = o.areas[r.VillageCode].Name, o.areas[place.Township()].Name
		if place != r.VillageCode {
			r.GroupCode, r.Group = place, o.areas[place].Name
		}
		out = append(out, r)
	}
	return out
}

// changes words a diff for everyone: private reasons are left out.
func (o planOut) changes(cs []pairing.Change) []sheet.PlanChange {
	var out []sheet.PlanChange
	for _, c := range cs {
		h, from, to := o.households[c.Household], o.cadres[c.From], o.cadres[c.To]
		why := c.Why
		if c.Private {
			why = sayAdjusted
		}
		out = append(out, sheet.PlanChange{Household: h.Code, Head: h.Head, Village: o.areas[h.Village].Name, Group: o.areas[h.Group].Name,
			FromCode: from.Code, From: from.Name, FromUnit: o.units[from.Unit].Name, ToCode: to.Code, To: to.Name, ToUnit: o.units[to.Unit].Name, Why: why})
	}
	slices.SortStableFunc(out, func(a, b sheet.PlanChange) int { return cmp.Compare(a.Household, b.Household) })
	return out
}

// ReviewFile is one unit's workbook of the reviewed plan and a name for its file.
type ReviewFile struct {
	sheet.ReviewBook
	File string
}

// reviewDays is how long units have to answer, in calendar days. Office practice, no statutory source.
const reviewDays = 7

// ReviewBooks are the workbooks that go to the units that have households in the period's newest plan, by unit code.
func (a *App) ReviewBooks(ctx context.Context, p planner.Principal, period int) ([]ReviewFile, error) {
	o, err := a.planOut(ctx, p, period)
	if err != nil {
		return nil, err
	}
	byUnit := map[string][]sheet.PlanPair{}
	for _, x := range o.pairs() {
		if x.Tier == planner.TierHousehold {
			byUnit[x.UnitCode] = append(byUnit[x.UnitCode], x)
		}
	}
	var out []ReviewFile
	for _, u := range o.units {
		if pairs := byUnit[u.Code]; len(pairs) > 0 {
			out = append(out, ReviewFile{File: fileName(u.Code+"-"+u.Name) + ".xlsx",
				ReviewBook: sheet.ReviewBook{County: a.Office.County, Office: a.Office.Name, Unit: u.Name, Period: o.plan.Period, DueOn: a.Today().AddDays(reviewDays), Pairs: pairs}})
		}
	}
	slices.SortFunc(out, func(a, b ReviewFile) int { return cmp.Compare(a.File, b.File) })
	return out, nil
}

// fileName keeps letters, digits and Chinese of a name; what a file system may not take becomes a hyphen.
func fileName(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '-'
		}
		return r
	}, s)
}
