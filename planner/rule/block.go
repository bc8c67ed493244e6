package rule

import (
	"slices"

	"lianxin/planner"
)

// WithinCounty 县内结对: each county pairs its own. The road beyond it is [beyondCountyMin] for every unit that neither lies
// in the county nor serves a village of it; a unit of the prefecture is at home in all. It makes the counties of a
// prefecture plans of their own, which together are the plan of the prefecture: see [Instance.Blocks].
var WithinCounty = PairRule{
	ID: "within-county", Name: "县内结对", Effect: Forbid,
	When: func(p Pair) bool {
		return p.Cadre.Unit.Area != "" && p.Cadre.Unit.travel[p.Target.village] >= beyondCountyMin
	},
	Say: planner.Text{ZH: "{area}在县外，{unit}既不在那里也不包联那里的村", EN: "{area} lies in another county, where {unit} neither is nor serves a village"},
	Match: Example{Say: planner.Text{ZH: "101户在邻县，农业农村局在那里没有包联村", EN: "household 101 lies in the next county, where 农业农村局 serves no village"},
		Set: func(p Pair) { p.Cadre.Unit.Area, p.Cadre.Unit.travel = "411281", []int32{beyondCountyMin} }},
	Miss: Example{Say: planner.Text{ZH: "101户在本县，再远也可以", EN: "household 101 lies in the same county, however far"},
		Set: func(p Pair) { p.Cadre.Unit.Area, p.Cadre.Unit.travel = "411281", []int32{withinCountyMin} }},
}

// Block is a part of an instance that no allowed pair leaves: indices of its cadres and targets, ascending.
type Block struct {
	Cadres, Targets []int32
}

// Blocks splits the instance into the parts between which [WithinCounty] forbids every pair, by asking it of each unit and
// village. An instance without the rule, or with a unit at home everywhere, is one block. To solve the blocks apart is
// exact: a placement of the whole is one of each, and potentials of all blocks together prove it.
func (in *Instance) Blocks() []Block {
	if !slices.ContainsFunc(in.forbids, func(r PairRule) bool { return r.ID == WithinCounty.ID }) {
		return []Block{in.whole()}
	}
	// Villages are joined where one unit may serve both; what is joined has one root.
	root := map[int32]int32{}
	var find func(v int32) int32
	find = func(v int32) int32 {
		if r := root[v]; r != v {
			r = find(r)
			root[v] = r
			return r
		}
		return v
	}
	one := map[int32]*Target{} // a target of each village
	var villages []int32
	for _, t := range in.Targets {
		if one[t.village] == nil {
			one[t.village], root[t.village] = t, t.village
			villages = append(villages, t.village)
		}
	}
	home := map[*Unit]int32{} // a village that the unit may serve
	for _, c := range in.Cadres {
		if _, ok := home[c.Unit]; ok {
			continue
		}
		home[c.Unit] = -1
		for _, v := range villages {
			if WithinCounty.When(Pair{c, one[v]}) {
				continue
			}
			if h := home[c.Unit]; h >= 0 {
				root[find(v)] = find(h)
			} else {
				home[c.Unit] = v
			}
		}
	}
	at := map[int32]int{}
	var blocks []Block
	block := func(v int32) *Block {
		k, ok := at[v]
		if !ok {
			k = len(blocks)
			at[v] = k
			blocks = append(blocks, Block{})
		}
		return &blocks[k]
	}
	for i, t := range in.Targets {
		b := block(find(t.village))
		b.Targets = append(b.Targets, int32(i))
	}
	for j, c := range in.Cadres {
		h := home[c.Unit]
		if h >= 0 {
			h = find(h)
		}
		b := block(h) // −1: may serve nobody
		b.Cadres = append(b.Cadres, int32(j))
	}
	return blocks
}

func (in *Instance) whole() Block {
	b := Block{Cadres: make([]int32, len(in.Cadres)), Targets: make([]int32, len(in.Targets))}
	for j := range b.Cadres {
		b.Cadres[j] = int32(j)
	}
	for i := range b.Targets {
		b.Targets[i] = int32(i)
	}
	return b
}
