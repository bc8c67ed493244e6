package pairing

import (
	"context"
	"slices"

	"lianxin/planner"
	"lianxin/planner/rule"
)

// Infeasible says why a tier cannot give everybody a cadre, and what would.
type Infeasible struct {
	Tier   planner.Tier
	Unit   string // set where a unit cannot have the fewest households that the policy wants; Wanted and Most are then its
	Wanted int    // targets of the tier
	Most   int    // how many can be served at once, proved by the conflict
	Left   []Left
	// Conflict is a minimal set of what contradicts itself: taken alone these cannot all hold, and without any one of them
	// the others can. Where several stand in each other's way it is the smallest found, not the only one.
	Conflict []Element
	Say      planner.Text // the conflict in one sentence
	Public   planner.Text // the same without private reasons
	Ways     []Way        // out of it, cheapest first; at most three
	Found    bool         // Most is with the cadres chosen for capped villages; that no others serve more is not proved
}

var sayFound = planner.Text{ZH: "这些村的干部是程序选定的，没有找到能多安排的选法，但没有证明不存在。", EN: " The cadres of these villages are the program's choice: no better one was found, which is no proof that there is none."}

// Short is how many cannot be served.
func (x Infeasible) Short() int { return x.Wanted - x.Most }

// Left is a target that the plan which serves the most leaves without a cadre.
type Left struct {
	Household planner.HouseholdID
	Area      planner.AreaCode
	Code      string
}

// ElementKind says what an element of a conflict is.
type ElementKind string

const (
	ElementTarget  ElementKind = "target"  // must have a cadre
	ElementCap     ElementKind = "cap"     // a cadre may have no more than so many
	ElementRecusal ElementKind = "recusal" // a cadre is recused from a target or village
	ElementLeave   ElementKind = "leave"   // a cadre is on long leave
	ElementPin     ElementKind = "pin"     // a target is pinned to a cadre
	ElementRule    ElementKind = "rule"    // a rule of the book, as a whole
	ElementVillage ElementKind = "village" // a village may have no more than so many cadres
	ElementLeast   ElementKind = "least"   // a unit must have at least so many
)

// Element is one thing that would have to give way. Without a cap element a cadre of the conflict may have any number.
type Element struct {
	Kind      ElementKind
	Household planner.HouseholdID
	Area      planner.AreaCode // of a target that is an area
	Code      string           // of the target
	Cadre     planner.CadreID
	Village   planner.AreaCode // of a recusal from a village
	Cap       int
	Rule      string
	Say       planner.Text
	Private   bool // the planner's alone

	found bool // Cap of a village is the least found, not proved
}

// Conflicts looks at all tiers of a question and returns those that cannot be served, with the ways out; of a prefecture
// whose rules keep its counties apart, county by county. The plan need not
// exist: pins that contradict a rule are looked at like everything else. Its result is empty if all can be served.
func Conflicts(ctx context.Context, in Input) (out []Infeasible, err error) {
	if err := in.Book.Check(); err != nil {
		return nil, err
	}
	if in.links, _, _, err = solveUnits(ctx, in.quiet(), false); err != nil {
		return nil, err
	}
	var upper []planner.Pairing
	for _, tier := range planner.Tiers {
		inst, err := rule.Lay(in.Question(), tier, upper)
		if err != nil {
			return nil, err
		}
		if len(inst.Targets) == 0 {
			upper = nil
			continue
		}
		least, err := conflictsOfLeast(ctx, in, inst, upper)
		if err != nil {
			return nil, err
		}
		if out = append(out, least...); len(least) > 0 { // and whether all can be served, the units apart
			in.Book.Limits.UnitLeast = nil
			if inst, err = rule.Lay(in.Question(), tier, upper); err != nil {
				return nil, err
			}
		}
		if inst, in.teams, err = teamed(ctx, in, inst, upper); err != nil {
			return nil, err
		}
		if err := dealt(ctx, inst); err != nil {
			return nil, err
		}
		for _, b := range inst.Blocks() {
			x, err := conflictOf(ctx, in, restrict(inst, b), upper)
			if err != nil {
				return nil, err
			}
			if x.Short() > 0 {
				out = append(out, x)
			}
		}
		if tier == planner.TierHousehold {
			break
		}
		// The lower tier reads the upper one as it would be planned.
		if upper, _, err = solveTier(ctx, in.quiet(), inst); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// teamed is the instance with the cadres of villages that have too many settled, as a plan would have them.
func teamed(ctx context.Context, in Input, inst *rule.Instance, upper []planner.Pairing) (*rule.Instance, []planner.Team, error) {
	if inst.HeldVillages() == nil {
		return inst, nil, nil
	}
	sol, err := place(ctx, inst, nil)
	if err != nil {
		return nil, nil, err
	}
	laid, _, held, err := hold(ctx, in.Question(), inst, upper, sol, false, nil)
	if err != nil || held == nil {
		return inst, nil, err
	}
	return laid, held.Teams, nil
}

// mostHeld is what the caps of villages let be served at most, whichever cadres are chosen: of each village no more than the
// places of as many cadres as it may have, those with most places.
func mostHeld(inst *rule.Instance) (n int) {
	n = len(inst.Targets)
	for _, v := range inst.HeldVillages() {
		var caps []int
		for j, c := range inst.Cadres {
			if slices.ContainsFunc(v.Targets, func(i int32) bool {
				return !slices.ContainsFunc(inst.Facts(int(i), j), func(f rule.Fact) bool { return f.Rule != rule.VillageCap.ID })
			}) {
				caps = append(caps, c.Cap)
			}
		}
		slices.Sort(caps)
		room := 0
		for _, c := range caps[max(0, len(caps)-v.Most):] {
			room += c
		}
		n -= max(0, len(v.Targets)-room)
	}
	return n
}

// dealt deals the caps of units out to their cadres as the plan that serves the most does, so that whoever looks at places
// cadre by cadre finds the same number of them.
func dealt(ctx context.Context, inst *rule.Instance) error {
	if len(inst.UnitCaps) == 0 {
		return nil
	}
	sol, err := place(ctx, inst, nil)
	if err != nil {
		return err
	}
	load := make([]int, len(inst.Cadres))
	for _, j := range sol.Sink {
		if j >= 0 {
			load[j]++
		}
	}
	inst.Deal(load)
	return nil
}

// conflictOf looks at one block of a tier; Short is 0 if all of it can be served.
func conflictOf(ctx context.Context, in Input, inst *rule.Instance, upper []planner.Pairing) (x Infeasible, err error) {
	m := newMatching(ctx, inst)
	if m.fill(ctx); ctx.Err() != nil {
		return x, ctx.Err()
	}
	if m.short() == 0 {
		return x, nil
	}
	x = Infeasible{Tier: inst.Tier, Wanted: len(inst.Targets), Most: len(inst.Targets) - m.short()}
	targets, cadres := m.conflict()
	x.Conflict = elements(inst, targets, cadres)
	x.Say, x.Public = sayConflict(inst, targets, cadres, x.Conflict)
	if slices.ContainsFunc(x.Conflict, func(e Element) bool { return e.Kind == ElementVillage }) && x.Most < mostHeld(inst) {
		x.Found = true
		for _, t := range []*planner.Text{&x.Say, &x.Public} {
			t.ZH, t.EN = t.ZH+sayFound.ZH, t.EN+sayFound.EN
		}
	}
	return x, waysOut(ctx, in, m, upper, &x)
}

// quiet is the input with IDs that nobody keeps and without progress.
func (in Input) quiet() Input {
	in.NewID, in.Progress = planner.SeededIDs(1, "quiet"), nil
	return in
}
