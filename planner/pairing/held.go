package pairing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"lianxin/planner"
	"lianxin/planner/flow"
	"lianxin/planner/rule"
)

// Caps on the cadres of a village. How many different cadres go to a village is a fixed charge, which no flow decides (choosing
// them at the least price is NP-hard). So the plan without these caps is made first; if it holds them, it is the cheapest.
// Else each village that has too many gets a team of as many as it may have, and the plan with these teams is solved
// exactly, teams are exchanged while that saves, and a Lagrangian bound over all teams is proved beside it: the gap.
const (
	heldPairs  = 1 << 25 // more pairs than this are not planned with caps of villages
	heldWork   = 50_000_000
	boundWork  = 700_000_000
	boundSmall = 1 << 17 // pairs up to which steps follow the relaxation
)

// holder chooses teams.
type holder struct {
	inst   *rule.Instance
	vs     []rule.HeldVillage
	at     []int32 // index of the village of each target; −1: not capped
	cost   []int32 // targets × cadres
	teams  [][]int32
	groups []flow.Group
	allot  []int // of each cadre: places that teams count on

	tell       func(tier planner.Tier, done, total int) // of progress; may be nil
	done, most int                                      // steps: exact plans and rounds of the relaxation
}

// step tells that one more plan of the tier was tried.
func (h *holder) step() {
	if h.done++; h.tell != nil {
		h.tell(Teams, min(h.done, h.most-1), h.most)
	}
}

// tries is how many exchanges are tried.
func (h *holder) tries() int { return min(300, max(4, heldWork/max(1, len(h.cost)))) }

// expect tells that so many steps are to come at most.
func (h *holder) expect(steps int) {
	if h.most = h.done + steps + 1; h.tell != nil {
		h.tell(Teams, h.done, h.most)
	}
}

// newHolder is nil if the book caps no village.
func newHolder(inst *rule.Instance) *holder {
	vs := inst.HeldVillages()
	if vs == nil {
		return nil
	}
	h := &holder{inst: inst, vs: vs, at: make([]int32, len(inst.Targets)), teams: make([][]int32, len(vs)), groups: groupsOf(inst), allot: make([]int, len(inst.Cadres))}
	for i := range h.at {
		h.at[i] = -1
	}
	for k, v := range vs {
		for _, i := range v.Targets {
			h.at[i] = int32(k)
		}
	}
	return h
}

// over lists the capped villages to which more cadres go than may.
func (h *holder) over(sink []int32) (ks []int) {
	for k, v := range h.vs {
		if len(h.goes(v, sink)) > v.Most {
			ks = append(ks, k)
		}
	}
	return ks
}

// goes counts a village's households by cadre.
func (h *holder) goes(v rule.HeldVillage, sink []int32) map[int32]int {
	n := map[int32]int{}
	for _, i := range v.Targets {
		if j := sink[i]; j >= 0 {
			n[j]++
		}
	}
	return n
}

// price reads all pairs, once.
func (h *holder) price(ctx context.Context) error {
	n, m := len(h.inst.Targets), len(h.inst.Cadres)
	if n*m > heldPairs {
		return planner.Fail(planner.Invalid, "一次求解全市时不能定每村干部数的上限，请按县做方案，或从政策文件里删去 caps 的 villages。",
			"a whole prefecture cannot be planned with caps on the cadres of a village; plan county by county, or drop villages from the caps of the policy.")
	}
	h.cost = make([]int32, n*m)
	row := h.inst.Rows(ctx)
	h.inst.Each(func(i int) { row(i, h.cost[i*m:(i+1)*m]) })
	return nil
}

// settle chooses the team of village k from who goes there now: those with most of its households there, changed where they
// have too few places left for all of them. Cadres to whom households are pinned come first.
func (h *holder) settle(k int, sink []int32) {
	v, m := h.vs[k], len(h.inst.Cadres)
	rank := h.goes(v, sink)
	pinned, may := h.pinned(v), make([]bool, m)
	for _, i := range v.Targets {
		for j, c := range h.cost[int(i)*m : (int(i)+1)*m] {
			may[j] = may[j] || c != rule.Forbidden
		}
	}
	for j := range pinned {
		rank[j] = 1 << 40
	}
	free := func(j int32) int { return h.inst.Cadres[j].Cap - h.allot[j] }
	var order []int32
	for j, c := range h.inst.Cadres {
		if may[j] && c.Cap > 0 {
			order = append(order, int32(j))
		}
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Or(cmp.Compare(rank[b], rank[a]), cmp.Compare(free(b), free(a))) })
	n := min(v.Most, len(order))
	team, rest := slices.Clone(order[:n]), slices.Clone(order[n:])
	slices.SortStableFunc(rest, func(a, b int32) int { return cmp.Or(cmp.Compare(free(b), free(a)), cmp.Compare(rank[b], rank[a])) })
	room := 0
	for _, j := range team {
		room += max(0, free(j))
	}
	for len(rest) > 0 && room < len(v.Targets) { // the least free member for the freest of the rest
		least := -1
		for x, j := range team {
			if !pinned[j] && (least < 0 || free(j) < free(team[least])) {
				least = x
			}
		}
		if least < 0 || free(rest[0]) <= free(team[least]) {
			break
		}
		room += max(0, free(rest[0])) - max(0, free(team[least]))
		team[least], rest = rest[0], rest[1:]
	}
	slices.SortStableFunc(team, func(a, b int32) int { return cmp.Compare(rank[b], rank[a]) })
	left := len(v.Targets)
	for _, j := range team {
		take := min(left, max(0, free(j)))
		h.allot[j] += take
		left -= take
	}
	slices.Sort(team)
	h.teams[k] = team
}

// pinned are the cadres to whom households of a village are pinned.
func (h *holder) pinned(v rule.HeldVillage) map[int32]bool {
	of := map[int32]bool{}
	for _, i := range v.Targets {
		if p := h.inst.Targets[i].Pin; p != nil {
			of[int32(slices.Index(h.inst.Cadres, p))] = true
		}
	}
	return of
}

// masked is the row of target i with the pairs that teams leave.
func (h *holder) masked(i int, row []int32) {
	m := len(h.inst.Cadres)
	k := h.at[i]
	if k < 0 || h.teams[k] == nil {
		copy(row, h.cost[i*m:(i+1)*m])
		return
	}
	for j := range row {
		row[j] = rule.Forbidden
	}
	for _, j := range h.teams[k] {
		row[j] = h.cost[i*m+int(j)]
	}
}

// solve places all with the teams as they are.
func (h *holder) solve(ctx context.Context) (*flow.Solution, error) {
	h.step()
	return flow.SolveGrouped(ctx, problemOf(h.inst, h.masked), h.groups, nil)
}

// repair gives every village that has too many a team, until none has.
func (h *holder) repair(ctx context.Context, sol *flow.Solution) (_ *flow.Solution, err error) {
	for {
		ks := h.over(sol.Sink)
		slices.SortStableFunc(ks, func(a, b int) int { // the tightest first
			return cmp.Compare(len(h.vs[b].Targets)*h.vs[a].Most, len(h.vs[a].Targets)*h.vs[b].Most)
		})
		for _, k := range ks {
			h.settle(k, sol.Sink)
		}
		if sol, err = h.solve(ctx); err != nil {
			return nil, err
		}
		if len(h.over(sol.Sink)) == 0 {
			return sol, nil
		}
	}
}

// roomier is the better of a plan that leaves somebody out whom a plan without caps would not, and one whose teams were chosen for
// their places alone; see [matching.leastTeam].
func (h *holder) roomier(ctx context.Context, free, got *flow.Solution) (*flow.Solution, error) {
	m := newMatching(ctx, h.inst)
	if m.fill(ctx); m.short() > 0 {
		return got, ctx.Err()
	}
	teams := make([][]int32, len(h.vs))
	for _, k := range h.over(free.Sink) {
		for _, j := range m.leastTeam(h.vs[k].Code, h.vs[k].Most).has {
			teams[k] = append(teams[k], int32(j))
		}
		if len(teams[k]) > h.vs[k].Most {
			return got, nil
		}
	}
	return h.better(ctx, got, teams)
}

// better is the better of a plan and one with given teams.
func (h *holder) better(ctx context.Context, got *flow.Solution, teams [][]int32) (*flow.Solution, error) {
	before := h.teams
	h.teams = teams
	sol, err := h.solve(ctx)
	if err == nil && len(h.over(sol.Sink)) > 0 {
		sol, err = h.repair(ctx, sol)
	}
	if few := (*flow.TooFewError)(nil); errors.As(err, &few) {
		h.teams = before
		return got, nil
	}
	if err != nil || sol.Price >= got.Price {
		h.teams = before
		return got, err
	}
	return sol, nil
}

// suggested is the better of a plan and one with the teams that the proof of its bound suggests.
func (h *holder) suggested(ctx context.Context, b *prover, free, got *flow.Solution) (*flow.Solution, error) {
	teams, err := b.relax(ctx, free, got)
	if err != nil || teams == nil {
		return got, err
	}
	return h.better(ctx, got, teams)
}

// settled are the teams as a plan keeps them.
func (h *holder) settled() (ts []planner.Team) {
	for k, team := range h.teams {
		if team == nil {
			continue
		}
		t := planner.Team{Village: h.vs[k].Code}
		for _, j := range team {
			t.Cadres = append(t.Cadres, h.inst.Cadres[j].ID)
		}
		ts = append(ts, t)
	}
	return ts
}

// hold makes the plan of a tier hold the caps of villages. The instance that comes back has the teams as a rule; held is nil
// and all is as it was if sol holds the caps. Without
// proved nothing is said about other teams.
func hold(ctx context.Context, q rule.Question, inst *rule.Instance, upper []planner.Pairing, sol *flow.Solution, proved bool, tell func(tier planner.Tier, done, total int)) (*rule.Instance, *flow.Solution, *planner.Held, error) {
	h := newHolder(inst)
	if h == nil || len(h.over(sol.Sink)) == 0 {
		return inst, sol, nil, nil
	}
	if err := h.price(ctx); err != nil {
		return inst, sol, nil, err
	}
	h.tell = tell
	h.expect(4 + relaxRounds + h.tries())
	var b *prover
	got, err := h.repair(ctx, sol)
	if err == nil && got.Left > sol.Left {
		got, err = h.roomier(ctx, sol, got)
	}
	if err == nil && proved {
		b = h.prover()
		got, err = h.suggested(ctx, b, sol, got)
	}
	if err == nil {
		got, err = h.improve(ctx, got)
	}
	if few := (*flow.TooFewError)(nil); errors.As(err, &few) {
		u := inst.UnitCaps[few.Group]
		unit := inst.Cadres[u.Cadres[0]].Unit
		return inst, sol, nil, planner.Fail(planner.Invalid, fmt.Sprintf("在每村干部数的上限之内，没有找到让%s（%s）至少联系%d户的安排，请放宽其中一项。", unit.Name, unit.Code, u.Least),
			fmt.Sprintf("within the caps on cadres of villages no plan was found in which %s (%s) has at least %d households; relax one of the two.", unit.Name, unit.Code, u.Least))
	}
	if err != nil {
		return inst, sol, nil, err
	}
	if tell != nil {
		tell(Teams, h.most, h.most)
	}
	held := &planner.Held{Teams: h.settled()}
	if proved {
		got.Bound = b.prove(ctx, got, held)
	}
	laid, err := rule.Lay(q.Teamed(held.Teams), inst.Tier, upper)
	if err != nil {
		return inst, sol, nil, err
	}
	return laid, got, held, ctx.Err()
}

// sayHeld words what a plan with teams claims.
func sayHeld(inst *rule.Instance, cert planner.Certificate) []planner.Finding {
	if cert.Held == nil {
		return nil
	}
	var full []string
	for _, t := range cert.Held.Teams {
		full = append(full, fmt.Sprintf("%s %d", t.Village, inst.Limits().MostCadres(t.Village)))
	}
	n := len(cert.Held.Teams)
	zh := fmt.Sprintf("有%d个村按政策限定了联系干部的人数（村 最多人数）：%s。按选定的干部，总代价最低（有证明）；", n, listed(full, "、", "等"))
	en := fmt.Sprintf("%d villages are held to the number of cadres that the policy allows (village, most): %s. With the cadres chosen the price is the least, proved; ", n, listed(full, ", ", " and more"))
	switch {
	case cert.Fewest != nil:
		f := cert.Held.Fewest
		zh += fmt.Sprintf("共变动%d户，无论怎样选干部至少变动%d户（有证明）。", cert.Fewest.Changed, f.Changed)
		en += fmt.Sprintf("%d households change, and at least %d change whoever is chosen, proved.", cert.Fewest.Changed, f.Changed)
	case cert.Gap() == 0:
		zh += "也没有更省的选法（有证明）。"
		en += "and no other choice is cheaper, proved."
	default:
		part := 100 * float64(cert.Gap()) / float64(max(1, cert.Price))
		zh += fmt.Sprintf("换一批干部最多还能省%d分钟，即总代价的%.2f%%（有证明的差距）。", cert.Gap().Minutes(), part)
		en += fmt.Sprintf("other cadres could save %d minutes at most, %.2f%% of the price (the proved gap).", cert.Gap().Minutes(), part)
	}
	return []planner.Finding{{Severity: planner.Note, Code: "village-cap", Say: planner.Text{ZH: zh, EN: en}}}
}
