package pipeline

import (
	"context"
	"fmt"
	"slices"

	"lianxin/planner"
	"lianxin/planner/pairing"
	"lianxin/planner/rule"
	"lianxin/planner/store"
)

// HandRequest is hand work on the period's draft: who is to have whom. Without a draft it begins one from the plan in force.
type HandRequest struct {
	Period int
	Op     string // pin, unpin, move or swap; how the audit and the undo name it
	Pins   []planner.Pin
	Unpin  []planner.HouseholdID
	Do     bool       // false: show what it would cost, store nothing
	Shown  *HandPrice // with Do: what was shown; at another price nothing is stored and the error is Conflict. nil: whatever it costs
}

// HandReport is the price of hand work. The draft after it is proved again, with the pins as rules, so the price is
// exact: what the best plan with the wish costs more than the best one without. Of a draft made by [App.Replan] the best
// plan is that of the fewest changes from the plan in force: Changed says how many more there are, and Extra comes after it.
type HandReport struct {
	Done    bool            `json:"done"`
	Op      string          `json:"op"`
	Before  planner.Seconds `json:"before"`
	After   planner.Seconds `json:"after"`
	Extra   planner.Seconds `json:"extra"` // After − Before; below 0 where a pin is lifted
	Fewest  bool            `json:"fewest,omitempty"`
	Left    int             `json:"left,omitempty"`    // more without a cadre, a pinned one counts twice
	Changed int             `json:"changed,omitempty"` // more that have another cadre than in the plan in force
	Changes []ChangeView    `json:"changes"`           // against the draft as it is: the wish first of all, and who moves with it
	Broken  []planner.Text  `json:"broken"`            // rules that the wish breaks; then it is refused
	Plan    PlanSummary     `json:"plan"`
}

// Hand shows the exact price of hand work and who else would move, and stores it if asked to. A wish that breaks a rule or
// a cap comes back with the sentences in Broken and the error is Invalid. The pins stay with the draft until they are
// lifted: the next plan keeps them or says why it cannot. A draft made by [App.Replan] stays one.
func (a *App) Hand(ctx context.Context, p planner.Principal, req HandRequest) (rep HandReport, err error) {
	rep.Op = req.Op
	if err := mustPlan(p); err != nil {
		return rep, err
	}
	f, err := a.planFacts(ctx, p, req.Period)
	if err != nil {
		return rep, fmt.Errorf("%s: %w", req.Op, err)
	}
	before, r, err := a.handBase(ctx, p, f, req)
	if err != nil {
		return rep, err
	}
	old := slices.Clone(r.pins)
	for _, h := range req.Unpin {
		if !slices.ContainsFunc(old, func(x planner.Pin) bool { return x.Household == h }) {
			return rep, planner.Fail(planner.NotFound, "这一户没有锁定。", "this household is not pinned.")
		}
	}
	r.pins = overrule(slices.DeleteFunc(old, func(x planner.Pin) bool { return slices.Contains(req.Unpin, x.Household) }), req.Pins)
	if rep.Broken, err = f.broken(r, before.plan); err != nil {
		return rep, err
	}
	if len(rep.Broken) > 0 {
		return rep, planner.Fail(planner.Invalid, "这样安排违反规则，没有执行："+rep.Broken[0].ZH+"。", "this breaks a rule and was not done: "+rep.Broken[0].EN+".")
	}
	r.near = &before.plan
	d, err := a.draft(ctx, p, f, r)
	if err != nil {
		return rep, err
	}
	rep.Before, rep.After, rep.Plan = before.plan.Price(), d.plan.Price(), d.sum
	rep.Extra = rep.After - rep.Before
	if rep.Fewest = pairing.Replanned(before.plan) && pairing.Replanned(d.plan); rep.Fewest {
		left, changed := fewestOf(d.plan)
		wasLeft, wasChanged := fewestOf(before.plan)
		rep.Left, rep.Changed = left-wasLeft, changed-wasChanged
	}
	rep.Changes = changeViews(f.roster, handMoves(f.roster, before.plan, d.plan, req.Pins))
	if !req.Do {
		return rep, nil
	}
	if req.Shown != nil && *req.Shown != rep.price() {
		return rep, errPriceMoved()
	}
	if err := a.storeDraft(ctx, p, f, r, d); err != nil {
		return rep, err
	}
	rep.Done = true
	return rep, nil
}

// fewestOf sums up what a replanned plan's certificates prove of all tiers.
func fewestOf(p planner.Plan) (left, changed int) {
	for _, c := range p.Certificates {
		if c.Fewest != nil {
			left, changed = left+c.Fewest.Unserved, changed+c.Fewest.Changed
		}
	}
	return left, changed
}

// More words what the plan has more with the wish.
func (r HandReport) More() planner.Text {
	if r.Fewest {
		return fewestMore(r.Left, r.Changed, r.Extra)
	}
	s := signedly(r.Extra)
	return planner.Text{ZH: "代价" + s.ZH, EN: s.EN}
}

// handBase is the draft that hand work starts from and how the next one is made: the open draft if it still holds, else
// what it would be today; without one the least departure from the plan in force.
func (a *App) handBase(ctx context.Context, p planner.Principal, f planFacts, req HandRequest) (d draft, r solveRequest, err error) {
	if f.open.ID == "" && f.last == nil {
		return d, r, planner.Fail(planner.NotFound, fmt.Sprintf("%d年还没有结对方案，请先求解。", req.Period), fmt.Sprintf("there is no plan of %d yet; solve first.", req.Period))
	}
	pins, _, err := f.pins(req.Period, f.roster.Cadres, a.replanTerms(f))
	if err != nil {
		return d, r, err
	}
	r = solveRequest{period: req.Period, terms: a.replanTerms(f), pins: pins, replan: f.open.ID == "" || pairing.Replanned(f.open), status: planner.PlanDraft, op: req.Op}
	if f.open.ID != "" {
		r.status = f.open.Status
		q, err := f.question(r.period, r.terms, f.open.Pins)
		if err != nil {
			return d, r, err
		}
		if err = a.DB.Read(ctx, p, func(tx *store.Tx) (err error) {
			d.plan, err = tx.Plan(f.open.ID)
			return err
		}); err != nil {
			return d, r, err
		}
		if len(pins) == len(f.open.Pins) {
			if holds, err := stillHolds(q, d.plan); err != nil || holds {
				return d, r, err
			}
		}
	}
	d, err = a.draft(ctx, p, f, r)
	return d, r, err
}

// broken lists the rules that the pins of a request break: what forbids the pair, and caps.
func (f planFacts) broken(r solveRequest, plan planner.Plan) (out []planner.Text, err error) {
	q, err := f.question(r.period, r.terms, nil)
	if err != nil {
		return nil, err
	}
	inst, err := rule.Lay(q.Of(plan), planner.TierHousehold, upperOf(plan))
	if err != nil {
		return nil, err
	}
	row, column := map[planner.HouseholdID]int{}, map[planner.CadreID]int{}
	for i, t := range inst.Targets {
		row[t.Household.ID] = i
	}
	for j, c := range inst.Cadres {
		column[c.ID] = j
	}
	load := map[int]int{}
	for _, x := range r.pins {
		i, ok := row[x.Household]
		j, known := column[x.Cadre]
		switch {
		case !ok:
			out = append(out, planner.Text{ZH: "该户不在册或未同意结对", EN: "the household is not in the roster or has not agreed"})
		case !known:
			out = append(out, planner.Text{ZH: "该干部不在岗或不是一般干部", EN: "the cadre is not in post or not of staff rank"})
		default:
			if why, no := inst.Forbids(i, j); no {
				out = append(out, why.Say)
			}
			c := inst.Cadres[j]
			if load[j]++; load[j] == c.Cap+1 {
				out = append(out, planner.Text{ZH: fmt.Sprintf("锁定给%s的户超过其上限%d户", c.Name, c.Cap), EN: fmt.Sprintf("more households are pinned to %s than the %d they may have", c.Name, c.Cap)})
			}
		}
	}
	for _, u := range inst.UnitCaps {
		sum := 0
		for _, j := range u.Cadres {
			sum += load[int(j)]
		}
		if unit := inst.Cadres[u.Cadres[0]].Unit.Name; sum > u.Most {
			out = append(out, planner.Text{ZH: fmt.Sprintf("锁定给%s的户超过该单位的上限%d户", unit, u.Most), EN: fmt.Sprintf("more households are pinned to %s than the %d that the unit may have", unit, u.Most)})
		}
	}
	return out, nil
}

// handMoves lists who has another cadre after hand work than before it.
func handMoves(r planner.Roster, before, after planner.Plan, pins []planner.Pin) (out []pairing.Moved) {
	code := map[planner.HouseholdID]string{}
	for _, h := range r.Households {
		code[h.ID] = h.Code
	}
	for _, c := range pairing.Diff(before, after) {
		m := pairing.Moved{Tier: planner.TierHousehold, Household: c.Household, Code: code[c.Household], From: c.From, To: c.To,
			Why: planner.Text{ZH: "随之调整，使总代价最小", EN: "moves with it, for the least price"}}
		if slices.ContainsFunc(pins, func(x planner.Pin) bool { return x.Household == c.Household }) {
			m.Why = planner.Text{ZH: "按您的安排", EN: "as you wish"}
		}
		out = append(out, m)
	}
	slices.SortStableFunc(out, func(x, y pairing.Moved) int {
		wished := func(m pairing.Moved) int {
			if slices.ContainsFunc(pins, func(p planner.Pin) bool { return p.Household == m.Household }) {
				return 0
			}
			return 1
		}
		return wished(x) - wished(y)
	})
	return out
}

// Pin holds a household to a cadre; cadre "" takes the one it has in the draft.
func (a *App) Pin(ctx context.Context, p planner.Principal, period int, h planner.HouseholdID, c planner.CadreID, do bool) (HandReport, error) {
	op := "move"
	if c == "" {
		op = "pin"
		present, err := a.presentCadres(ctx, p, period)
		if err != nil {
			return HandReport{}, err
		}
		if c = present[h]; c == "" {
			return HandReport{}, planner.Fail(planner.NotFound, "方案里没有这一户。", "the household is not in the plan.")
		}
	}
	return a.Hand(ctx, p, HandRequest{Period: period, Op: op, Pins: []planner.Pin{{Household: h, Cadre: c}}, Do: do})
}

// Unpin lifts a household's pin.
func (a *App) Unpin(ctx context.Context, p planner.Principal, period int, h planner.HouseholdID, do bool) (HandReport, error) {
	return a.Hand(ctx, p, HandRequest{Period: period, Op: "unpin", Unpin: []planner.HouseholdID{h}, Do: do})
}

// Swap gives two households each the other's cadre.
func (a *App) Swap(ctx context.Context, p planner.Principal, period int, x, y planner.HouseholdID, do bool) (HandReport, error) {
	present, err := a.presentCadres(ctx, p, period)
	if err != nil {
		return HandReport{}, err
	}
	if present[x] == "" || present[y] == "" {
		return HandReport{}, planner.Fail(planner.NotFound, "方案里没有这两户。", "the plan does not have both households.")
	}
	if present[x] == present[y] {
		return HandReport{}, planner.Fail(planner.Invalid, "这两户由同一名干部联系，无需调换。", "both households have the same cadre; there is nothing to swap.")
	}
	return a.Hand(ctx, p, HandRequest{Period: period, Op: "swap", Do: do, Pins: []planner.Pin{{Household: x, Cadre: present[y]}, {Household: y, Cadre: present[x]}}})
}

// presentCadres is who has whom in the period's draft, or in the plan in force if there is none.
func (a *App) presentCadres(ctx context.Context, p planner.Principal, period int) (map[planner.HouseholdID]planner.CadreID, error) {
	if err := mustPlan(p); err != nil {
		return nil, err
	}
	f, err := a.planFacts(ctx, p, period)
	if err != nil {
		return nil, err
	}
	switch {
	case f.open.ID != "":
		return a.cadreOfEach(ctx, p, f.open.ID)
	case f.last != nil:
		return a.cadreOfEach(ctx, p, f.last.ID)
	}
	return nil, planner.Fail(planner.NotFound, fmt.Sprintf("%d年还没有结对方案，请先求解。", period), fmt.Sprintf("there is no plan of %d yet; solve first.", period))
}
