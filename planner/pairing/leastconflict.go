package pairing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/flow"
	"lianxin/planner/rule"
)

// fewest looks whether every unit can have the fewest households that the policy wants, prices aside: alternating paths from
// households to the places of bounded units. Each field may be changed to ask what if.
type fewest struct {
	inst  *rule.Instance
	units []int       // of inst.UnitCaps, those that must have some
	least map[int]int // of each
	cap   []int       // of each cadre
	unit  []int       // of each cadre: index into inst.UnitCaps; −1: not bounded
	gone  map[rule.Fact]bool
	may   map[int][]int // of each cadre: whom they may have; nil: not worked out
	sink  []int
	load  []int
	have  map[int]int
}

func newFewest(inst *rule.Instance) *fewest {
	f := &fewest{inst: inst, least: map[int]int{}, cap: make([]int, len(inst.Cadres)), unit: make([]int, len(inst.Cadres)), gone: map[rule.Fact]bool{}}
	for j, c := range inst.Cadres {
		f.cap[j], f.unit[j] = c.Cap, -1
	}
	for k, u := range inst.UnitCaps {
		if u.Least == 0 {
			continue
		}
		f.units, f.least[k] = append(f.units, k), u.Least
		for _, j := range u.Cadres {
			f.unit[j] = k
		}
	}
	return f
}

// allowed are the targets that cadre j may have, but for facts that are gone.
func (f *fewest) allowed(j int) []int {
	if is, ok := f.may[j]; ok {
		return is
	}
	is := []int{}
	for i := range f.inst.Targets {
		if f.inst.Allowed(i, j) || len(f.gone) > 0 && !slices.ContainsFunc(f.inst.Facts(i, j), func(x rule.Fact) bool { return !f.gone[x] }) {
			is = append(is, i)
		}
	}
	f.may[j] = is
	return is
}

// fill gives units their fewest as far as can be and returns the first that cannot have its own, −1 if all can, with the
// cadres that the search for it reached.
func (f *fewest) fill() (short int, reached map[int]bool) {
	f.sink, f.load, f.have = make([]int, len(f.inst.Targets)), make([]int, len(f.cap)), map[int]int{}
	if f.may == nil {
		f.may = map[int][]int{}
	}
	for i := range f.sink {
		f.sink[i] = -1
	}
	short = -1
	for _, k := range f.units {
		for f.have[k] < f.least[k] {
			if ok, seen := f.add(k); !ok {
				if short < 0 {
					short, reached = k, seen
				}
				break
			}
		}
	}
	return short, reached
}

// add gives unit k one more without taking one from another that needs it.
func (f *fewest) add(k int) (ok bool, seen map[int]bool) {
	seen = map[int]bool{} // cadres that could take one more
	via := map[int]int{}  // the target that would leave to make it so; −1: none
	met := map[int]bool{} // targets
	to := map[int]int{}   // of a target met: the cadre that it would go to
	units := map[int]bool{}
	var todo []int
	open := func(u, left int) { // unit u lost target left and needs another
		if units[u] {
			return
		}
		units[u] = true
		for _, j := range f.inst.UnitCaps[u].Cadres {
			if j := int(j); f.load[j] < f.cap[j] && !seen[j] {
				seen[j], via[j] = true, left
				todo = append(todo, j)
			}
		}
	}
	open(k, -1)
	for len(todo) > 0 {
		j := todo[0]
		todo = todo[1:]
		for _, i := range f.allowed(j) {
			if met[i] {
				continue
			}
			met[i], to[i] = true, j
			from := f.sink[i]
			if from < 0 {
				f.move(i, to, via)
				f.have[k]++
				return true, nil
			}
			if !seen[from] {
				seen[from], via[from] = true, i
				todo = append(todo, from)
			}
			open(f.unit[from], i)
		}
	}
	return false, seen
}

// move walks the path back: target i goes where it was met, who leaves there goes on.
func (f *fewest) move(i int, to, via map[int]int) {
	for i >= 0 {
		j := to[i]
		if from := f.sink[i]; from >= 0 {
			f.load[from]--
		}
		f.sink[i] = j
		f.load[j]++
		i = via[j]
	}
}

// conflictsOfLeast are the units that cannot have the fewest households of the policy.
func conflictsOfLeast(ctx context.Context, in Input, inst *rule.Instance, upper []planner.Pairing) (out []Infeasible, err error) {
	f := newFewest(inst)
	for {
		k, reached := f.fill()
		if k < 0 || ctx.Err() != nil {
			return out, ctx.Err()
		}
		x, err := f.infeasible(ctx, in, k, reached, upper)
		if err != nil {
			return out, err
		}
		out = append(out, x)
		f.least[k] = x.Most // the rest, as if this one were lowered
	}
}

// infeasible words one.
func (f *fewest) infeasible(ctx context.Context, in Input, k int, reached map[int]bool, upper []planner.Pairing) (Infeasible, error) {
	inst, u := f.inst, f.inst.UnitCaps[k]
	unit := inst.Cadres[u.Cadres[0]].Unit
	x := Infeasible{Tier: inst.Tier, Unit: unit.Name, Wanted: f.least[k], Most: f.have[k]}
	es := f.elements(k, reached)
	x.Conflict = es
	because := func(show bool) planner.Text {
		var zh, en []string
		hidden := false
		for _, e := range es {
			switch {
			case e.Kind == ElementLeast && e.Code == unit.Code:
			case e.Private && !show:
				hidden = true
			default:
				zh, en = append(zh, e.Say.ZH), append(en, e.Say.EN)
			}
		}
		if hidden {
			zh, en = append(zh, sayByRule.ZH), append(en, sayByRule.EN)
		}
		t := sayTooFew.Fill("unit", unit.Name, "code", unit.Code, "least", fmt.Sprint(x.Wanted), "most", fmt.Sprint(x.Most), "homes", fmt.Sprint(len(inst.Targets)))
		if len(zh) == 0 {
			return planner.Text{ZH: t.ZH + "：全部同意结对的只有" + fmt.Sprint(len(inst.Targets)) + "户。", EN: t.EN + ": " + plural(len(inst.Targets), "household") + " agreed in all."}
		}
		return planner.Text{ZH: t.ZH + "，因为：" + clauses(zh, "；", "等") + "。", EN: t.EN + ", because " + clauses(en, "; ", " and more") + "."}
	}
	x.Say, x.Public = because(true), because(false)
	return x, f.ways(ctx, in, k, upper, &x)
}

// elements is a minimal conflict: begin with what the search ran into and take out one after the other what the rest contradicts
// itself without.
func (f *fewest) elements(k int, reached map[int]bool) (es []Element) {
	inst := f.inst
	met, units := map[int]bool{}, map[int]bool{k: true}
	for j := range reached {
		units[f.unit[j]] = true
		for _, i := range f.allowed(j) {
			met[i] = true
		}
	}
	var apart, outside []int
	for i := range inst.Targets {
		if !met[i] {
			apart = append(apart, i)
		}
	}
	for j := range inst.Cadres {
		if !reached[j] {
			outside = append(outside, j)
		}
	}
	t := &fewest{inst: inst, least: map[int]int{}, cap: make([]int, len(f.cap)), unit: f.unit, gone: map[rule.Fact]bool{}}
	all := map[rule.Fact]bool{}
	for i := range inst.Targets { // nothing but the conflict's own facts holds
		for j := range inst.Cadres {
			if f.unit[j] >= 0 && units[f.unit[j]] && !inst.Allowed(i, j) {
				for _, x := range inst.Facts(i, j) {
					all[x] = true
				}
			}
		}
	}
	facts := needed(inst, apart, outside)
	for x := range all {
		t.gone[x] = !slices.Contains(facts, x)
	}
	for j := range t.cap {
		t.cap[j] = len(inst.Targets)
	}
	var caps []int
	for _, u := range f.units {
		if !units[u] {
			continue
		}
		t.units, t.least[u] = append(t.units, u), f.least[u]
		for _, j := range inst.UnitCaps[u].Cadres {
			if !reached[int(j)] {
				t.cap[j], caps = f.cap[j], append(caps, int(j))
			}
		}
	}
	still := func() bool {
		t.may = nil
		short, _ := t.fill()
		return short >= 0
	}
	for _, u := range slices.Clone(t.units) {
		if n := t.least[u]; u != k {
			if t.least[u] = 0; !still() {
				t.least[u] = n
			}
		}
		if n := t.least[u]; n > 0 {
			unit := inst.Cadres[inst.UnitCaps[u].Cadres[0]].Unit
			es = append(es, Element{Kind: ElementLeast, Code: unit.Code, Cap: n, Say: sayLeast.Fill("unit", unit.Name, "code", unit.Code, "n", fmt.Sprint(n))})
		}
	}
	for _, j := range caps {
		n := t.cap[j]
		if t.cap[j] = len(inst.Targets); !still() {
			t.cap[j] = n
			es = append(es, capElement(inst.Cadres[j]))
		}
	}
	for _, x := range facts {
		if t.gone[x] = true; !still() {
			t.gone[x] = false
			es = append(es, factElement(inst, x))
		}
	}
	return es
}

var (
	sayTooFew   = planner.Text{ZH: "政策规定{unit}（{code}）至少联系{least}户，最多只能安排到{most}户", EN: "the policy wants {unit} ({code}) to have at least {least} households, but {most} is the most it can have"}
	sayLeast    = planner.Text{ZH: "{unit}（{code}）至少{n}户", EN: "{unit} ({code}) must have at least {n}"}
	sayLower    = planner.Text{ZH: "把{unit}（{code}）的下限由{least}户降到{most}户", EN: "lower the fewest of {unit} ({code}) from {least} to {most}"}
	sayThenUnit = planner.Text{ZH: "，{unit}就能达到下限（总代价{mins}分钟）。", EN: "; then {unit} has its fewest (at {mins} minutes)."}
)

// ways are lowering the bound, more places at one cadre, and each thing taken back that is enough alone; checked by planning
// again, cheapest first.
func (f *fewest) ways(ctx context.Context, in Input, k int, upper []planner.Pairing, x *Infeasible) error {
	inst, u := f.inst, f.inst.UnitCaps[k]
	unit := inst.Cadres[u.Cadres[0]].Unit
	in = in.quiet()
	try := func(w Way, words planner.Text) error {
		laid, err := rule.Lay(w.Apply(in).Question(), inst.Tier, upper)
		if err != nil {
			return err
		}
		w.fit(laid)
		for n := range laid.UnitCaps { // others that are short have a way of their own
			if n != k {
				laid.UnitCaps[n].Least = min(laid.UnitCaps[n].Least, f.have[n])
			}
		}
		sol, err := place(ctx, laid, nil)
		if few := (*flow.TooFewError)(nil); errors.As(err, &few) {
			return nil // another unit is short still: no way by itself
		} else if err != nil {
			return err
		}
		w.Price = planner.Seconds(sol.Price)
		end := sayThenUnit.Fill("unit", unit.Name, "mins", fmt.Sprint(w.Price.Minutes()))
		w.Say = planner.Text{ZH: words.ZH + end.ZH, EN: words.EN + end.EN}
		x.Ways = append(x.Ways, w)
		return nil
	}
	fill := func(t planner.Text) planner.Text {
		return t.Fill("unit", unit.Name, "code", unit.Code, "least", fmt.Sprint(x.Wanted), "most", fmt.Sprint(x.Most))
	}
	if err := try(Way{Kind: WayLower, Unit: unit.Code, Lower: x.Most}, fill(sayLower)); err != nil {
		return err
	}
	for _, e := range x.Conflict {
		switch e.Kind {
		case ElementLeast:
			continue
		case ElementCap:
			j := slices.IndexFunc(inst.Cadres, func(c *rule.Cadre) bool { return c.ID == e.Cadre })
			c, more := inst.Cadres[j], x.Wanted-x.Most
			p := MorePlaces{Cadre: c.ID, Name: c.Name, Code: c.Code, More: more, Cap: c.Cap}
			if err := try(Way{Kind: WayPlaces, Places: []MorePlaces{p}}, sayPlaces.Fill("cadre", c.Name, "code", c.Code, "more", fmt.Sprint(more), "cap", fmt.Sprint(c.Cap), "n", fmt.Sprint(c.Cap+more))); err != nil {
				return err
			}
		default:
			if err := try(Way{Kind: WayLift, Lift: []Element{e}}, sayLifted(inst, e)); err != nil {
				return err
			}
		}
	}
	slices.SortStableFunc(x.Ways, func(a, b Way) int { return int(a.Price - b.Price) })
	x.Ways = x.Ways[:min(waysShown, len(x.Ways))]
	if len(x.Ways) == 0 {
		return fmt.Errorf("unit %s: no way out of %s", unit.Code, strings.TrimSpace(x.Say.EN))
	}
	return nil
}
