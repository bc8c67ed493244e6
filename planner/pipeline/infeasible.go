package pipeline

import (
	"context"
	"fmt"
	"slices"

	"lianxin/planner"
	"lianxin/planner/pairing"
)

// Infeasible says of one tier why not everybody can be served and what would help.
type Infeasible struct {
	Tier     planner.Tier      `json:"tier"`
	Unit     string            `json:"unit,omitempty"` // a unit that cannot have the fewest of the policy; wanted and most are its
	Wanted   int               `json:"wanted"`
	Most     int               `json:"most"`            // how many can be served at once, proved
	Left     []string          `json:"left"`            // codes of those whom the plan that serves the most leaves out
	Say      planner.Text      `json:"say"`             // the conflict in a sentence
	Conflict []ConflictElement `json:"conflict"`        // minimal: these contradict each other, and without any one of them they do not
	Ways     []WayOut          `json:"ways"`            // cheapest first, those that leave somebody out last; at most three
	Found    bool              `json:"found,omitempty"` // most is the most found, not proved: cadres of capped villages are a choice
}

// ConflictElement is one of the things that cannot all hold.
type ConflictElement struct {
	Kind   pairing.ElementKind `json:"kind"`
	Target string              `json:"target,omitempty"` // code
	Cadre  string              `json:"cadre,omitempty"`  // 工号
	Cap    int                 `json:"cap,omitempty"`
	Say    planner.Text        `json:"say"`
}

// WayOut is what a planner could do; planned again with it, all have a cadre, or all but those it leaves out.
type WayOut struct {
	Kind  pairing.WayKind `json:"kind"`
	Price planner.Seconds `json:"price"` // of the tier's best plan with it; a target left out counts as in the rule book
	Say   planner.Text    `json:"say"`
}

// Infeasible looks at what a plan of the period is made from, as it stands now, and says why not everybody can be served;
// empty if they can. The terms are those of the period's draft or review, pins always;
// a preset given by name, or there being no draft, means the terms of a new plan. Planners
// read it whole, administrators and auditors without private reasons and without the ways that name them.
func (a *App) Infeasible(ctx context.Context, p planner.Principal, period int, preset string) ([]Infeasible, error) {
	if err := mayAsk(p); err != nil {
		return nil, err
	}
	f, err := a.planFacts(ctx, p, period)
	if err != nil {
		return nil, fmt.Errorf("infeasible %d: %w", period, err)
	}
	t := a.terms(preset)
	if preset == "" && f.open.ID != "" {
		t = termsOf(f.open)
	}
	return a.infeasibleOf(ctx, p, f, period, t, f.open.Pins)
}

// infeasibleOf is [App.Infeasible] of given facts, terms and pins.
func (a *App) infeasibleOf(ctx context.Context, p planner.Principal, f planFacts, period int, t terms, pins []planner.Pin) ([]Infeasible, error) {
	in, err := a.inputOf(f, period, t, pins)
	if err != nil {
		return nil, err
	}
	xs, err := pairing.Conflicts(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("infeasible %d: %w", period, err)
	}
	code := map[planner.CadreID]string{}
	for _, c := range f.roster.Cadres {
		code[c.ID] = c.Code
	}
	var out []Infeasible
	for _, x := range xs {
		out = append(out, infeasible(p, x, code))
	}
	return out, nil
}

// infeasible cuts one tier's answer to what p may read.
func infeasible(p planner.Principal, x pairing.Infeasible, code map[planner.CadreID]string) Infeasible {
	v := Infeasible{Tier: x.Tier, Unit: x.Unit, Found: x.Found, Wanted: x.Wanted, Most: x.Most, Left: []string{}, Say: x.Say, Ways: []WayOut{}}
	if !p.SeesPrivate() {
		v.Say = x.Public
	}
	for _, l := range x.Left {
		v.Left = append(v.Left, l.Code)
	}
	for _, e := range x.Conflict {
		c := ConflictElement{Kind: e.Kind, Target: e.Code, Cadre: code[e.Cadre], Cap: e.Cap, Say: e.Say}
		if e.Private && !p.SeesPrivate() {
			if c = (ConflictElement{Kind: pairing.ElementRule, Say: sayForbidden}); slices.Contains(v.Conflict, c) {
				continue
			}
		}
		v.Conflict = append(v.Conflict, c)
	}
	for _, w := range x.Ways {
		if !w.Private() || p.SeesPrivate() {
			v.Ways = append(v.Ways, WayOut{Kind: w.Kind, Price: w.Price, Say: w.Say})
		}
	}
	return v
}

// Unserved is how many targets of all tiers the plan leaves without a cadre.
func (s PlanSummary) Unserved() (n int) {
	for _, t := range s.Tiers {
		n += t.Unserved
	}
	return n
}
