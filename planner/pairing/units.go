package pairing

import (
	"context"
	"fmt"
	"slices"

	"lianxin/planner"
	"lianxin/planner/rule"
)

// solveUnits plans which units serve which villages, as a whole plan's first tier: near the least price, with a proved bound.
// With keep, the links of the period before stay whatever they cost and only villages without one get a new one.
func solveUnits(ctx context.Context, in Input, keep bool) ([]planner.Link, *planner.Certificate, []planner.Finding, error) {
	q := in.Question()
	if !q.Further(planner.TierUnit) {
		return nil, nil, nil, nil
	}
	inst, err := rule.Lay(q, planner.TierUnit, nil)
	if err != nil || len(inst.Targets) == 0 {
		return nil, nil, nil, err
	}
	p := newUnitProblem(inst)
	if in.Progress != nil {
		p.tell = func(done, total int) { in.Progress(planner.TierUnit, done, total) }
	}
	old, had := presentLinks(inst, in.Last)
	if keep = keep && had; keep {
		s := unitSearch{filler: newFiller(p)}
		old = s.mended(old)
	}
	plan, root, err := p.solve(ctx, old, keep)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("units: %w", err)
	}
	cert := &planner.Certificate{Tier: planner.TierUnit, Instance: inst.Hash(), Pairs: int64(len(inst.Cadres)) * int64(len(inst.Targets)),
		Price: planner.Seconds(plan.price), Bound: planner.Seconds(root.lowest())}
	for _, n := range plan.left {
		cert.Unserved += n
	}
	for j, c := range inst.Cadres {
		cert.Units = append(cert.Units, planner.UnitID(c.ID))
		cert.Potentials = append(cert.Potentials, planner.Seconds(root.pi[j]))
	}
	if tree := root.branches(); len(tree) > 1 {
		cert.Tree = tree
	}
	links, total := wordUnits(in, inst, plan)
	if total != cert.Price || cert.Bound > cert.Price {
		return nil, nil, nil, fmt.Errorf("units: the reasons add up to %d, the plan to %d, the bound to %d", total, cert.Price, cert.Bound)
	}
	return links, cert, watchUnits(inst, plan), nil
}

// presentLinks are the links to begin with: those of last period's plan, else those of the roster. Had tells which.
func presentLinks(inst *rule.Instance, last *planner.Plan) (links [][]int, had bool) {
	links = make([][]int, len(inst.Targets))
	unit, village := map[planner.UnitID]int{}, map[planner.AreaCode]int{}
	for j, c := range inst.Cadres {
		unit[planner.UnitID(c.ID)] = j
	}
	for i, t := range inst.Targets {
		village[t.Area] = i
	}
	if last != nil {
		for _, l := range last.LinksOf(planner.TierUnit) {
			had = true
			if i, ok := village[l.Area]; ok {
				if j, ok := unit[l.Unit]; ok {
					links[i] = append(links[i], j)
				}
			}
		}
	}
	if had {
		return links, true
	}
	for j, c := range inst.Cadres {
		for i := range inst.Targets {
			if f, _, ok := inst.Fixed(i, j); ok && inst.Served(i, j) && f >= 0 && c.Cap > 0 {
				links[i] = append(links[i], j)
			}
		}
	}
	return links, false
}

// wordUnits makes the links, by village and unit, and sums up what they and the households left out cost. A unit's places
// count in the order of its villages' codes. An existing link stays though no household is meant for it.
func wordUnits(in Input, inst *rule.Instance, plan served) (links []planner.Link, total planner.Seconds) {
	load := make([]int, len(inst.Cadres))
	for i, t := range inst.Targets {
		total += inst.Unserved(i) * planner.Seconds(plan.left[i])
		take := map[int]int{}
		for k, j := range plan.units[i] {
			take[j] = plan.take[i][k]
		}
		for j := range inst.Cadres {
			n := take[j]
			if n == 0 && !inst.Kept(i, j) {
				continue
			}
			l := planner.Link{ID: planner.PairingID(in.NewID()), Tier: planner.TierUnit, Unit: planner.UnitID(inst.Cadres[j].ID), Area: t.Area, Count: n, Reasons: inst.UnitReasons(i, j, n, load[j])}
			load[j] += n
			if inst.Served(i, j) {
				l.Was = string(l.Unit)
			}
			for _, r := range l.Reasons {
				l.Price += r.Price
			}
			total += l.Price
			links = append(links, l)
		}
	}
	return links, total
}

// watchUnits says which villages have too few places.
func watchUnits(inst *rule.Instance, plan served) []planner.Finding {
	var short []string
	for i, n := range plan.left {
		if n > 0 {
			short = append(short, fmt.Sprintf("%s %d", inst.Targets[i].Code, n))
		}
	}
	if len(short) == 0 {
		return nil
	}
	slices.Sort(short)
	return []planner.Finding{{Severity: planner.Warn, Code: "unit-places", Say: planner.Text{
		ZH: fmt.Sprintf("各单位的名额不够，有%d个村还有户没有单位能安排（村 户数）：%s。", len(short), listed(short, "、", "等")),
		EN: fmt.Sprintf("the units have too few places; %d villages have households left over (village, households): %s.", len(short), listed(short, ", ", " and more"))}}}
}
