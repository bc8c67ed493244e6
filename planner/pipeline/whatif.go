package pipeline

import (
	"context"
	"fmt"
	"slices"

	"lianxin/planner"
	"lianxin/planner/pairing"
	"lianxin/planner/rule"
)

// WhatIfRequest asks for plans side by side. Nothing of it is ever stored.
type WhatIfRequest struct {
	Period   int
	Leave    []string // 工号 of those who would leave
	Presets  []string // practices to try beside the present one
	Progress func(tier planner.Tier, done, total int)
}

// WhatIfPlan is one of the plans, in figures. Loads are of cadres in post who may have households; nobody is named.
type WhatIfPlan struct {
	Key        string          `json:"key"` // in-force, replan, solve or preset:ID
	Say        planner.Text    `json:"say"`
	Price      planner.Seconds `json:"price"`
	Gap        planner.Seconds `json:"gap"`
	TravelMean planner.Seconds `json:"travel_mean"` // of a household
	Households int             `json:"households"`
	Unserved   int             `json:"unserved"`
	Changed    int             `json:"changed"` // households with another cadre than in the plan in force
	LoadMin    int             `json:"load_min"`
	LoadMean   float64         `json:"load_mean"`
	LoadMax    int             `json:"load_max"`
	Loads      []int           `json:"loads"` // how many cadres have 0, 1, 2, … households
}

// WhatIfReport is plans side by side.
type WhatIfReport struct {
	Period int          `json:"period"`
	Leave  []string     `json:"leave"`
	Plans  []WhatIfPlan `json:"plans"` // the plan in force first, if there is one
}

// WhatIf computes plans side by side: the one in force as it would go on if nobody left, the least departure from it, the
// cheapest of all, and the cheapest under other practices. All are priced alike, with a change from the plan in force at
// the price of a change. NotFound: an unknown preset or code.
func (a *App) WhatIf(ctx context.Context, p planner.Principal, req WhatIfRequest) (rep WhatIfReport, err error) {
	rep.Period, rep.Leave = req.Period, slices.Clone(req.Leave)
	if err := mustPlan(p); err != nil {
		return rep, err
	}
	f, err := a.planFacts(ctx, p, req.Period)
	if err != nil {
		return rep, fmt.Errorf("what if %d: %w", req.Period, err)
	}
	leaving, err := leavers(f.roster, req.Leave)
	if err != nil {
		return rep, err
	}
	pinsOf := f.pins // of the open draft, whose IDs do not matter here
	t := a.replanTerms(f)
	r := solveRequest{period: req.Period, terms: t, status: planner.PlanDraft, progress: req.Progress}
	f.open = planner.Plan{}
	add := func(key string, say planner.Text) error {
		d, err := a.draft(ctx, p, f, r)
		if err != nil {
			return err
		}
		rep.Plans = append(rep.Plans, f.figures(key, say, d.plan, f.roster.Cadres))
		return nil
	}
	if r.pins, _, err = pinsOf(req.Period, f.roster.Cadres, t); err != nil {
		return rep, err
	}
	if f.last != nil {
		r.replan = true
		if err := add("in-force", planner.Text{ZH: "现行方案照旧", EN: "the plan in force, nobody leaving"}); err != nil {
			return rep, err
		}
	}
	f.roster.Cadres = withCadres(f.roster.Cadres, leaving)
	if r.pins, _, err = pinsOf(req.Period, f.roster.Cadres, t); err != nil {
		return rep, err
	}
	if f.last != nil {
		if err := add("replan", planner.Text{ZH: "最少变动", EN: "fewest changes"}); err != nil {
			return rep, err
		}
		r.replan = false
	}
	if err := add("solve", planner.Text{ZH: "代价最小", EN: "least price"}); err != nil {
		return rep, err
	}
	for _, id := range req.Presets {
		ps, err := pairing.PresetByID(id)
		if err != nil {
			return rep, err
		}
		r.terms.preset = id
		if err := add("preset:"+id, ps.Say); err != nil {
			return rep, err
		}
	}
	return rep, nil
}

// figures are what is compared of a plan.
func (f planFacts) figures(key string, say planner.Text, plan planner.Plan, cadres []planner.Cadre) WhatIfPlan {
	w := WhatIfPlan{Key: key, Say: say, Price: plan.Price(), Gap: plan.Price() - plan.Bound()}
	load := map[planner.CadreID]int{}
	var travel planner.Seconds
	for _, x := range plan.Pairings {
		if x.Tier != planner.TierHousehold {
			continue
		}
		w.Households++
		load[x.Cadre]++
		for _, r := range x.Reasons {
			if r.Rule == rule.Travel.ID {
				travel += r.Price
			}
		}
	}
	for _, c := range plan.Certificates {
		if c.Tier == planner.TierHousehold {
			w.Unserved = c.Unserved
		}
	}
	if w.Households > 0 {
		w.TravelMean = travel / planner.Seconds(w.Households)
	}
	if f.last != nil && f.last.ID != plan.ID {
		for _, c := range pairing.Diff(*f.last, plan) {
			if c.From != "" && c.To != "" {
				w.Changed++
			}
		}
	}
	var tier []planner.CadreID // who may have households, under this practice
	for _, c := range plan.Certificates {
		if c.Tier == planner.TierHousehold {
			tier = c.Cadres
		}
	}
	people, first := 0, true
	for _, c := range cadres {
		if !slices.Contains(tier, c.ID) || !c.Active || c.LongLeaveIn(plan.Valid) {
			continue
		}
		n := load[c.ID]
		people++
		if first || n < w.LoadMin {
			w.LoadMin, first = n, false
		}
		w.LoadMax = max(w.LoadMax, n)
		for len(w.Loads) <= n {
			w.Loads = append(w.Loads, 0)
		}
		w.Loads[n]++
	}
	if people > 0 {
		w.LoadMean = float64(w.Households) / float64(people)
	}
	return w
}
