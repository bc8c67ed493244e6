package pairing

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/flow"
	"lianxin/planner/rule"
)

// Input is what a plan is made from. The order of the roster's slices does not matter.
type Input struct {
	Period   int
	Valid    civil.Span
	Preset   Preset
	Roster   planner.Roster
	Book     rule.Book
	Last     *planner.Plan // of the period before; nil if none
	Pins     []planner.Pin
	Near     *planner.Plan // of plans that cost the same, the one that departs least from this is made; nil: any
	NewID    planner.NewID
	Progress func(tier planner.Tier, done, total int) // may be nil

	links []planner.Link // of units, where a question is asked again under the same ones
	teams []planner.Team // of capped villages, likewise
}

// Teams stands in [Input].Progress for the stage of the tier of households in which the cadres of villages under caps are chosen.
const Teams planner.Tier = "village-cap"

// Question is the part of the input that the answer depends on.
func (in Input) Question() rule.Question {
	return rule.Question{Period: in.Period, Valid: in.Valid, Preset: in.Preset, Roster: in.Roster, Book: in.Book, Last: in.Last, Pins: in.Pins}.Serving(in.links).Teamed(in.teams)
}

// Solve makes a draft plan of all tiers, each proved optimal. Invalid: a bad rule book, a cadre without a unit, a pin that
// a rule or a cap does not allow, a roster too large.
func Solve(ctx context.Context, in Input) (planner.Plan, error) {
	if err := in.Book.Check(); err != nil {
		return planner.Plan{}, err
	}
	plan := planner.Plan{ID: planner.PlanID(in.NewID()), Period: in.Period, Status: planner.PlanDraft, Preset: in.Preset.ID, Book: in.Book.Hash(),
		Revision: 1, Valid: in.Valid, Pins: sortedPins(in)}
	if in.Progress != nil {
		in.Progress(planner.TierUnit, 0, 1)
	}
	links, proof, short, err := solveUnits(ctx, in, false)
	if err != nil {
		return planner.Plan{}, err
	}
	in.done(planner.TierUnit)
	if proof != nil {
		plan.Links, plan.Proofs, plan.Watches = links, append(plan.Proofs, *proof), short
	}
	q := in.Question().Serving(plan.Links).Hashed()
	var upper []planner.Pairing
	for _, tier := range planner.Tiers {
		inst, err := rule.Lay(q, tier, upper)
		if err != nil {
			return planner.Plan{}, err
		}
		if len(inst.Targets) == 0 {
			upper = nil
			continue
		}
		if err := checkPins(inst); err != nil {
			return planner.Plan{}, err
		}
		sol, err := answer(ctx, in, inst)
		if err != nil {
			return planner.Plan{}, fmt.Errorf("plan %d, tier %s: %w", in.Period, tier, err)
		}
		inst, sol, held, err := hold(ctx, q, inst, upper, sol, true, in.Progress)
		if err != nil {
			return planner.Plan{}, fmt.Errorf("plan %d, tier %s: %w", in.Period, tier, refuseFew(inst, err))
		}
		if sol, err = nearest(ctx, inst, sol, in.Near); err != nil {
			return planner.Plan{}, fmt.Errorf("plan %d, tier %s: %w", in.Period, tier, err)
		}
		rows, cert, err := certified(in, inst, sol)
		if err != nil {
			return planner.Plan{}, fmt.Errorf("plan %d, tier %s: %w", in.Period, tier, err)
		}
		cert.Held = held
		in.done(tier)
		plan.Pairings = append(plan.Pairings, rows...)
		plan.Certificates = append(plan.Certificates, cert)
		plan.Watches = append(append(plan.Watches, watch(inst, rows)...), sayHeld(inst, cert)...)
		upper = rows
	}
	if err := in.further(ctx, &plan, false); err != nil {
		return planner.Plan{}, fmt.Errorf("plan %d: %w", in.Period, err)
	}
	return plan, nil
}

// done tells that a tier is planned.
func (in Input) done(t planner.Tier) {
	if in.Progress != nil {
		in.Progress(t, 1, 1)
	}
}

// problem hands an instance to the solver.
func problem(ctx context.Context, inst *rule.Instance) flow.Problem {
	return problemOf(inst, inst.Rows(ctx))
}

// problemOf is the instance's problem with given rows.
func problemOf(inst *rule.Instance, row func(i int, row []int32)) flow.Problem {
	p := flow.Problem{Sources: len(inst.Targets), Sinks: len(inst.Cadres), Row: row, Leave: func(i int) int32 { return int32(inst.Unserved(i)) }}
	for j := range inst.Cadres {
		p.Marginals = append(p.Marginals, inst.Marginals(j))
	}
	return p
}

// solveTier solves one tier and words its pairs.
func solveTier(ctx context.Context, in Input, inst *rule.Instance) ([]planner.Pairing, planner.Certificate, error) {
	sol, err := answer(ctx, in, inst)
	if err != nil {
		return nil, planner.Certificate{}, err
	}
	return certified(in, inst, sol)
}

// answer solves one tier.
func answer(ctx context.Context, in Input, inst *rule.Instance) (*flow.Solution, error) {
	var progress func(done, total int)
	if in.Progress != nil {
		progress = func(done, total int) { in.Progress(inst.Tier, done, total) }
	}
	var err error
	sol, pinned := pinnedOnly(inst)
	if !pinned || len(inst.UnitCaps) > 0 {
		sol, err = place(ctx, inst, progress)
	}
	if errors.Is(err, flow.ErrTooLarge) {
		e := planner.Fail(planner.Invalid, fmt.Sprintf("%d 名干部与 %d 个对象一次求解太大，请按县分别做方案。", len(inst.Cadres), len(inst.Targets)),
			fmt.Sprintf("%d cadres and %d targets are too many for one plan; make one plan a county.", len(inst.Cadres), len(inst.Targets)))
		e.Err = err
		return nil, e
	}
	return sol, refuseFew(inst, err)
}

// certified words a solved tier.
func certified(in Input, inst *rule.Instance, sol *flow.Solution) ([]planner.Pairing, planner.Certificate, error) {
	cert := planner.Certificate{Tier: inst.Tier, Instance: inst.Hash(), Pairs: int64(len(inst.Cadres)) * int64(len(inst.Targets)),
		Price: planner.Seconds(sol.Price), Bound: planner.Seconds(sol.Bound), Unserved: sol.Left}
	cert.Blocks = inst.BlockProofs()
	for j, c := range inst.Cadres {
		cert.Cadres = append(cert.Cadres, c.ID)
		cert.Potentials = append(cert.Potentials, planner.Seconds(sol.Potentials[j]))
	}
	rows, total := word(in, inst, sol.Sink)
	if total != cert.Price {
		return nil, cert, fmt.Errorf("the reasons add up to %d, the plan to %d", total, cert.Price)
	}
	return rows, cert, nil
}

// checkPins refuses pins that a rule forbids or that are more than their cadre may have.
func checkPins(inst *rule.Instance) error {
	at := map[*rule.Cadre]int{}
	for j, c := range inst.Cadres {
		at[c] = j
	}
	pinned := make([]int, len(inst.Cadres))
	for i, t := range inst.Targets {
		if t.Pin == nil {
			continue
		}
		j := at[t.Pin]
		if r, ok := inst.Forbids(i, j); ok {
			return planner.Fail(planner.Invalid, "不能把"+t.Code+"户锁定给"+t.Pin.Name+"："+r.Say.ZH+"。请取消该锁定。",
				"household "+t.Code+" cannot be pinned to "+t.Pin.Name+": "+r.Say.EN+". Drop the pin.")
		}
		if pinned[j]++; pinned[j] > t.Pin.Cap {
			return planner.Fail(planner.Invalid, fmt.Sprintf("锁定给%s的户超过其上限%d户，请取消多出的锁定。", t.Pin.Name, t.Pin.Cap),
				fmt.Sprintf("more households are pinned to %s than the %d they may have; drop some pins.", t.Pin.Name, t.Pin.Cap))
		}
	}
	if err := checkVillagePins(inst); err != nil {
		return err
	}
	for _, u := range inst.UnitCaps {
		sum := 0
		for _, j := range u.Cadres {
			sum += pinned[j]
		}
		if unit := inst.Cadres[u.Cadres[0]].Unit.Name; sum > u.Most {
			return planner.Fail(planner.Invalid, fmt.Sprintf("锁定给%s的户共%d户，超过政策给该单位定的上限%d户，请取消多出的锁定。", unit, sum, u.Most),
				fmt.Sprintf("%d households are pinned to cadres of %s, more than the %d that the policy allows the unit; drop some pins.", sum, unit, u.Most))
		}
	}
	return nil
}

// sortedPins puts pins in the order of household codes, so that a plan does not depend on how they came.
func sortedPins(in Input) []planner.Pin {
	if len(in.Pins) == 0 {
		return nil
	}
	code := map[planner.HouseholdID]string{}
	for _, h := range in.Roster.Households {
		code[h.ID] = h.Code
	}
	pins := slices.Clone(in.Pins)
	slices.SortStableFunc(pins, func(a, b planner.Pin) int {
		if a, b := code[a.Household], code[b.Household]; a != b {
			if a < b {
				return -1
			}
			return 1
		}
		return 0
	})
	return slices.CompactFunc(pins, func(a, b planner.Pin) bool { return a.Household == b.Household && a.Cadre == b.Cadre })
}
