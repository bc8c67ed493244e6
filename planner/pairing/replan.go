package pairing

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/rule"
)

// Moved is a target whose cadre a replan changes.
type Moved struct {
	Tier      planner.Tier
	Household planner.HouseholdID // of the household tier
	Area      planner.AreaCode    // of the others
	Code      string
	From, To  planner.CadreID // empty: nobody
	Why       planner.Text
	Private   bool // Why is the planner's alone; others read [Adjusted]
}

// Replan makes a plan that departs from in.Last, the plan in force, as little as the roster allows: tier by tier as few
// targets without a cadre as can be, then the fewest changed targets, then the least price. Both phases are proved by the
// tier's certificate; see [planner.Fewest]. A plan that still holds comes back pair by pair. New cadres take over
// from nobody who could go on, only what is free. A unit that would have fewer households than the policy wants gets some
// more, see [keepLeast].
//
// Moved lists the changed targets in the order of the plan, then the households of in.Last that are no longer to be paired,
// each with its reason: what keeps the present cadre away, or for whom place was made. Invalid: as [Solve], or in.Last is
// nil.
func Replan(ctx context.Context, in Input) (planner.Plan, []Moved, error) {
	if in.Last == nil {
		return planner.Plan{}, nil, planner.Fail(planner.Invalid, "还没有已发布的方案，无从微调；请先求解并发布一份方案。",
			"there is no published plan to replan from; solve and publish one first.")
	}
	if err := in.Book.Check(); err != nil {
		return planner.Plan{}, nil, err
	}
	plan := planner.Plan{ID: planner.PlanID(in.NewID()), Period: in.Period, Status: planner.PlanDraft, Preset: in.Preset.ID, Book: in.Book.Hash(),
		Revision: 1, Valid: in.Valid, Pins: sortedPins(in)}
	var moved []Moved
	var upper []planner.Pairing
	links, proof, short, err := solveUnits(ctx, in, true)
	if err != nil {
		return planner.Plan{}, nil, err
	}
	if proof != nil {
		plan.Links, plan.Proofs, plan.Watches = links, append(plan.Proofs, *proof), short
	}
	q := in.Question().Serving(plan.Links).Hashed()
	for _, tier := range planner.Tiers {
		inst, err := rule.Lay(q, tier, upper)
		if err != nil {
			return planner.Plan{}, nil, err
		}
		above := upper
		upper = nil
		inst.DealAsPresent()
		if len(inst.Targets) > 0 {
			if err := checkPins(inst); err != nil {
				return planner.Plan{}, nil, err
			}
			inst, rows, cert, k, pins, err := keepLeast(ctx, in, q, inst, above)
			if err != nil {
				return planner.Plan{}, nil, fmt.Errorf("replan %d, tier %s: %w", in.Period, tier, err)
			}
			plan.Pairings = append(plan.Pairings, rows...)
			plan.Certificates = append(plan.Certificates, cert)
			plan.Watches = append(append(plan.Watches, watch(inst, rows)...), sayHeld(inst, cert)...)
			here := movedOf(inst, k)
			if len(pins) > 0 {
				plan.Watches = append(plan.Watches, filledUnits(inst, pins, here)...)
				in.Pins = append(slices.Clone(in.Pins), pins...)
				plan.Pins = sortedPins(in)
			}
			moved = append(moved, here...)
			upper = rows
		}
		if in.Progress != nil {
			in.Progress(tier, len(inst.Targets), len(inst.Targets))
		}
	}
	if err := in.further(ctx, &plan, true); err != nil {
		return planner.Plan{}, nil, fmt.Errorf("replan %d: %w", in.Period, err)
	}
	return plan, append(moved, gone(*in.Last, in.Roster, in.Valid.From)...), nil
}

// Replanned reports whether a plan was made by [Replan].
func Replanned(p planner.Plan) bool {
	for _, c := range p.Certificates {
		if c.Fewest != nil {
			return true
		}
	}
	return false
}

// keepingOf is a tier as a problem with a present placement.
func keepingOf(ctx context.Context, inst *rule.Instance) keeping {
	n, m := len(inst.Targets), len(inst.Cadres)
	column := map[planner.CadreID]int32{}
	for j, c := range inst.Cadres {
		column[c.ID] = int32(j)
	}
	q := keeping{sources: n, sinks: m, row: inst.Rows(ctx), present: make([]int32, n), had: make([]bool, n), only: make([]int32, n),
		pair: func(i, j int) (int64, bool) { s, ok := inst.Price(i, j); return int64(s), ok },
		leave: func(i int) (int64, int64) {
			w := int64(1)
			if inst.Targets[i].Pin != nil {
				w = 2
			}
			return w, int64(inst.Unserved(i))
		}}
	for i, t := range inst.Targets {
		q.present[i], q.only[i], q.had[i] = -1, -1, t.Was != ""
		if j, ok := column[t.Was]; ok && t.Was != "" {
			q.present[i] = j
		}
		if t.Pin != nil {
			q.only[i] = column[t.Pin.ID]
		}
	}
	for j := range inst.Cadres {
		q.marginals = append(q.marginals, inst.Marginals(j))
	}
	return q
}

// keepTier replans one tier and words its pairs.
func keepTier(ctx context.Context, in Input, inst *rule.Instance) ([]planner.Pairing, planner.Certificate, *kept, error) {
	q := keepingOf(ctx, inst)
	k, err := keep(ctx, q)
	if err != nil {
		return nil, planner.Certificate{}, nil, err
	}
	cert := planner.Certificate{Tier: inst.Tier, Instance: inst.Hash(), Pairs: int64(q.sources) * int64(q.sinks), Price: planner.Seconds(k.price.secs),
		Bound: planner.Seconds(k.price.secs), Fewest: &planner.Fewest{Unserved: int(k.price.left), Changed: int(k.price.changed)}}
	cert.Blocks = inst.BlockProofs()
	for j, c := range inst.Cadres {
		p := k.potentials[j]
		cert.Cadres = append(cert.Cadres, c.ID)
		cert.Potentials = append(cert.Potentials, planner.Seconds(p.secs))
		cert.Fewest.Potentials = append(cert.Fewest.Potentials, [2]int{int(p.left), int(p.changed)})
	}
	for _, j := range k.sink {
		if j < 0 {
			cert.Unserved++
		}
	}
	rows, total := word(in, inst, k.sink)
	if total != cert.Price {
		return nil, cert, nil, fmt.Errorf("the reasons add up to %d, the plan to %d", total, cert.Price)
	}
	return rows, cert, k, nil
}

// word makes the pairings of a placement and sums up what they and the unserved cost.
func word(in Input, inst *rule.Instance, sink []int32) (rows []planner.Pairing, total planner.Seconds) {
	rows = make([]planner.Pairing, 0, len(inst.Targets))
	load := make([]int, len(inst.Cadres))
	said := sayings{}
	for i, t := range inst.Targets {
		j := int(sink[i])
		if j < 0 {
			total += inst.Unserved(i)
			continue
		}
		load[j]++
		row := planner.Pairing{ID: planner.PairingID(in.NewID()), Tier: inst.Tier, Cadre: inst.Cadres[j].ID, Reasons: inst.Explain(i, j, load[j]), Origin: planner.OriginSolver, Was: t.Was}
		if t.Pin != nil {
			row.Origin = planner.OriginPin
		}
		if t.Household != nil {
			row.Household = t.Household.ID
		} else {
			row.Area = t.Area
		}
		for k := range row.Reasons {
			row.Price += row.Reasons[k].Price
			said.share(&row.Reasons[k].Say)
		}
		total += row.Price
		rows = append(rows, row)
	}
	return rows, total
}

// movedOf says of each changed target why: what keeps its cadre away, its pin, or that others who had nowhere else to go
// took the place, or that the cadre may have fewer than before.
func movedOf(inst *rule.Instance, k *kept) (out []Moved) {
	came := map[planner.CadreID][]string{} // who is new at a cadre
	for i, t := range inst.Targets {
		if j := k.sink[i]; j >= 0 && inst.Cadres[j].ID != t.Was {
			came[inst.Cadres[j].ID] = append(came[inst.Cadres[j].ID], t.Code)
		}
	}
	for i, t := range inst.Targets {
		m := Moved{Tier: inst.Tier, Area: t.Area, Code: t.Code, From: t.Was}
		if t.Household != nil {
			m.Household, m.Area = t.Household.ID, ""
		}
		if j := k.sink[i]; j >= 0 {
			m.To = inst.Cadres[j].ID
		}
		if m.From == m.To {
			continue
		}
		switch {
		case m.From == "":
			m.Why = whyNew
		case t.Pin != nil:
			m.Why = whyPin
		case t.Last == nil:
			m.Why, m.Private = t.Former.Say, true
		case len(came[m.From]) > 0:
			codes := came[m.From]
			m.Private = true // it names other households
			m.Why = whyRoom.Fill("cadre", t.Last.Name, "codes", listed(codes[:min(3, len(codes))], "、", ""), "codes_en", strings.Join(codes[:min(3, len(codes))], ", "))
		default:
			m.Why = whyCap.Fill("cadre", t.Last.Name, "cap", fmt.Sprint(t.Last.Cap))
		}
		out = append(out, m)
	}
	return out
}

var (
	whyRoom = planner.Text{ZH: "{cadre}的名额让给了{codes}", EN: "{cadre}'s place went to {codes_en}"}
	whyCap  = planner.Text{ZH: "{cadre}最多联系{cap}户", EN: "{cadre} may have {cap} at most"}
)

// gone are the households that had a cadre and are not to be paired any more, and the villages and groups that had one and have ended
// by the day, as one that is merged into another does.
func gone(last planner.Plan, r planner.Roster, day civil.Date) (out []Moved) {
	ended := map[planner.AreaCode]bool{}
	for _, a := range r.Areas {
		ended[a.Code] = !a.Valid.Contains(day)
	}
	code := map[planner.HouseholdID]string{}
	served := map[planner.HouseholdID]bool{}
	for _, h := range r.Households {
		code[h.ID], served[h.ID] = h.Code, h.Served()
	}
	for _, p := range last.Pairings {
		if p.Tier == planner.TierHousehold && !served[p.Household] {
			out = append(out, Moved{Tier: p.Tier, Household: p.Household, Code: code[p.Household], From: p.Cadre, Why: whyGone, Private: true})
		}
		if (p.Tier == planner.TierVillage || p.Tier == planner.TierGroup) && ended[p.Area] {
			out = append(out, Moved{Tier: p.Tier, Area: p.Area, Code: string(p.Area), From: p.Cadre, Why: whyEnded})
		}
	}
	return out
}
