package pairing

import (
	"context"
	"math/bits"
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
	laid, _, held, err := hold(ctx, in.Question(), inst, upper, sol, false)
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

// matching serves as many targets as can be, without prices: augmenting paths over the allowed pairs.
type matching struct {
	inst    *rule.Instance
	may     [][]uint64 // by target, bit j: cadre j is allowed
	sink    []int
	members [][]int
	dead    []uint64 // cadres reached by a search that failed: no later one leads anywhere from them
	parent  []int    // by cadre: the target through which a search came
}

func newMatching(ctx context.Context, inst *rule.Instance) *matching {
	n, m := len(inst.Targets), len(inst.Cadres)
	x := &matching{inst: inst, may: make([][]uint64, n), sink: make([]int, n), members: make([][]int, m), dead: make([]uint64, (m+63)/64), parent: make([]int, m)}
	price := inst.Rows(ctx)
	inst.Each(func(i int) {
		x.sink[i], x.may[i] = -1, make([]uint64, (m+63)/64)
		row := make([]int32, m)
		price(i, row)
		for j, c := range row {
			if c != rule.Forbidden {
				x.may[i][j/64] |= 1 << (j % 64)
			}
		}
	})
	return x
}

// clear forgets the placement.
func (x *matching) clear() {
	for i := range x.sink {
		x.sink[i] = -1
	}
	for j := range x.members {
		x.members[j] = nil
	}
	clear(x.dead)
}

// fill places all targets that can be.
func (x *matching) fill(ctx context.Context) {
	for i := range x.sink {
		if i%256 == 0 && ctx.Err() != nil {
			return
		}
		x.search(i, x.dead, true)
	}
}

func (x *matching) short() (n int) {
	for _, j := range x.sink {
		if j < 0 {
			n++
		}
	}
	return n
}

// search looks for a free place reachable from target i past the cadres in closed, takes it if place is set, and otherwise
// returns the cadres that it reached, all full. With place set, those of a search that failed are added to closed.
func (x *matching) search(i int, closed []uint64, place bool) (reached []int) {
	seen := slices.Clone(closed)
	todo := []int{i}
	for len(todo) > 0 {
		k := todo[0]
		todo = todo[1:]
		for word, may := range x.may[k] {
			for fresh := may &^ seen[word]; fresh != 0; fresh &= fresh - 1 {
				j := word*64 + bits.TrailingZeros64(fresh)
				seen[word] |= 1 << (j % 64)
				x.parent[j] = k
				if len(x.members[j]) < x.inst.Cadres[j].Cap {
					if place {
						x.take(j)
					}
					return nil
				}
				reached = append(reached, j)
				todo = append(todo, x.members[j]...)
			}
		}
	}
	if place {
		copy(closed, seen)
	}
	return reached
}

// take walks the path to cadre j back and moves everybody on it.
func (x *matching) take(j int) {
	for {
		i := x.parent[j]
		from := x.sink[i]
		x.sink[i] = j
		x.members[j] = append(x.members[j], i)
		if from < 0 {
			return
		}
		x.members[from] = slices.DeleteFunc(x.members[from], func(k int) bool { return k == i })
		j = from
	}
}

// conflict is the smallest tight set: for each unserved target, the cadres that a search from it reaches are all full, and
// the targets that it meets are those cadres' and itself: one more than the cadres may have (Hall's theorem).
func (x *matching) conflict() (targets, cadres []int) {
	for i, j := range x.sink {
		if j >= 0 {
			continue
		}
		reached := x.search(i, make([]uint64, len(x.dead)), false)
		met := []int{i}
		for _, j := range reached {
			met = append(met, x.members[j]...)
		}
		if targets == nil || len(met)+len(reached) < len(targets)+len(cadres) {
			targets, cadres = met, reached
		}
	}
	slices.Sort(targets)
	slices.Sort(cadres)
	return targets, cadres
}

// elements lists the minimal conflict: the targets, the caps of the cadres they may go to, and just so many facts that keep
// them from everybody else. Targets and caps are minimal by construction, since the search reaches each of them and a place
// anywhere on its way would serve all; facts that others make superfluous are taken out.
func elements(inst *rule.Instance, targets, cadres []int) (es []Element) {
	for _, i := range targets {
		t := inst.Targets[i]
		e := Element{Kind: ElementTarget, Code: t.Code, Say: fill(sayMust, "target", t.Name())}
		if t.Household != nil {
			e.Household = t.Household.ID
		} else {
			e.Area = t.Area
		}
		es = append(es, e)
	}
	for _, j := range cadres {
		es = append(es, capElement(inst.Cadres[j]))
	}
	for _, f := range needed(inst, targets, cadres) {
		es = append(es, factElement(inst, f))
	}
	return es
}

// needed is a set of facts that forbids every pair of the targets with the other cadres, and no proper part of it does.
func needed(inst *rule.Instance, targets, cadres []int) (out []rule.Fact) {
	inside := make([]bool, len(inst.Cadres))
	for _, j := range cadres {
		inside[j] = true
	}
	order, sole := map[rule.Fact]int{}, map[rule.Fact]bool{}
	var facts []rule.Fact
	var several [][]rule.Fact // pairs that more than one fact forbids
	for _, i := range targets {
		for j := range inst.Cadres {
			if inside[j] {
				continue
			}
			fs := inst.Facts(i, j)
			for _, f := range fs {
				if _, ok := order[f]; !ok {
					order[f] = len(facts)
					facts = append(facts, f)
				}
			}
			if len(fs) == 1 {
				sole[fs[0]] = true
			} else {
				several = append(several, fs)
			}
		}
	}
	// Of those that only serve where others do as well, drop what can be dropped; the broad ones, met in most pairs, last.
	several = slices.DeleteFunc(several, func(fs []rule.Fact) bool { return slices.ContainsFunc(fs, func(f rule.Fact) bool { return sole[f] }) })
	pairs := map[rule.Fact][]int{}
	cover := make([]int, len(several))
	for n, fs := range several {
		cover[n] = len(fs)
		for _, f := range fs {
			pairs[f] = append(pairs[f], n)
		}
	}
	rest := slices.DeleteFunc(slices.Clone(facts), func(f rule.Fact) bool { return sole[f] || pairs[f] == nil })
	slices.SortStableFunc(rest, func(a, b rule.Fact) int { return len(pairs[a]) - len(pairs[b]) })
	for _, f := range rest {
		if slices.ContainsFunc(pairs[f], func(n int) bool { return cover[n] == 1 }) {
			sole[f] = true
			continue
		}
		for _, n := range pairs[f] {
			cover[n]--
		}
	}
	for _, f := range facts {
		if sole[f] {
			out = append(out, f)
		}
	}
	return out
}
