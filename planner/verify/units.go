package verify

import (
	"fmt"
	"slices"

	"lianxin/planner"
	"lianxin/planner/rule"
)

// units checks the tier of units: that each village's households are spread over its units' places, that no unit has more than its
// places, that the price is what the rules say, and that the bound holds. The bound needs no trust in how it was found: any
// potentials give one (weak duality), and the branches of the certificate leave no plan out, since each decides one link
// both ways. It may lie below the price; the difference is the stated gap.
func (c *checker) units() error {
	links, cert := c.plan.LinksOf(planner.TierUnit), c.proof(planner.TierUnit)
	if !c.q.Further(planner.TierUnit) {
		if len(links) > 0 || cert != nil {
			c.find("further", "方案里有本预设没有的层级：单位包村。", "the plan has a tier that its practice lacks: units and villages.")
		}
		return nil
	}
	inst, err := rule.Lay(c.q, planner.TierUnit, nil)
	if err != nil {
		return err
	}
	if cert == nil {
		if len(inst.Targets) > 0 {
			c.find("certificate", "单位包村没有下界证明。", "the tier of units has no proof of its bound.")
		}
		return nil
	}
	t := Tier{Tier: planner.TierUnit, Cadres: len(inst.Cadres), Targets: len(inst.Targets), Pairs: int64(len(inst.Cadres)) * int64(len(inst.Targets))}
	c.unitLinks(inst, links, &t)
	sound := len(cert.Units) == len(inst.Cadres) && len(cert.Potentials) == len(inst.Cadres)
	for j := 0; sound && j < len(inst.Cadres); j++ {
		sound = string(cert.Units[j]) == string(inst.Cadres[j].ID)
	}
	if !sound {
		c.find("certificate", "单位包村的证明与单位名单对不上。", "the proof of the tier of units does not match the units.")
		return nil
	}
	b := unitBound{inst: inst, tree: cert.Tree, out: map[[2]int]bool{}, in: map[[2]int]bool{}}
	if len(b.tree) == 0 {
		b.tree = []planner.Branch{{Leaf: true, Potentials: cert.Potentials}}
	}
	if t.Bound, sound = b.least(); !sound || len(b.tree) > 0 {
		c.find("branches", "单位包村的分支证明不完整。", "the branches that prove the bound of the tier of units are not complete.")
		return nil
	}
	for _, x := range []struct {
		code, zh  string
		got, want int64
	}{
		{"pairs", "组合数", cert.Pairs, t.Pairs}, {"unserved", "未安排户数", int64(cert.Unserved), int64(t.Unserved)},
		{"total", "总代价", int64(cert.Price), int64(t.Price)},
	} {
		if x.got != x.want {
			c.find(x.code, fmt.Sprintf("单位包村的%s是%d，应为%d。", x.zh, x.got, x.want), fmt.Sprintf("units: %s is %d, want %d.", x.code, x.got, x.want))
		}
	}
	if cert.Bound > t.Bound || t.Bound > t.Price {
		c.find("bound", fmt.Sprintf("单位包村写的下界是%d，证明得出的是%d，总代价是%d。", cert.Bound, t.Bound, t.Price),
			fmt.Sprintf("units: the bound is given as %d; the proof gives %d, the price is %d.", cert.Bound, t.Bound, t.Price))
	}
	t.Bound = cert.Bound
	if cert.Instance != inst.Hash() {
		c.find("instance", "单位包村的证明是对另一份名册的。", "the proof of the tier of units is about another roster.")
	}
	c.report.Further = append(c.report.Further, t)
	return nil
}

// unitLinks recomputes the links' prices and holds them against places and households.
func (c *checker) unitLinks(inst *rule.Instance, links []planner.Link, t *Tier) {
	column := map[planner.UnitID]int{}
	for j, x := range inst.Cadres {
		column[planner.UnitID(x.ID)] = j
	}
	load := make([]int, len(inst.Cadres))
	n, kept := 0, 0
	for i, v := range inst.Targets {
		for j := range inst.Cadres {
			if inst.Kept(i, j) {
				kept--
			}
		}
		left := v.Size
		last := -1
		for ; n < len(links) && links[n].Area == v.Area; n++ {
			l := links[n]
			j, ok := column[l.Unit]
			if !ok || j <= last || l.Count < 0 || l.Count == 0 && !inst.Kept(i, j) {
				c.report.HardBroken++
				c.find("unit", v.Code+"的单位不在册、次序不对或户数不对。", "a unit of "+v.Code+" is unknown, out of order or without households.")
				continue
			}
			last = j
			if inst.Kept(i, j) {
				kept++
			}
			if r, no := inst.Forbids(i, j); no {
				c.report.HardBroken++
				c.find("forbidden", v.Code+"："+r.Say.ZH+"。", v.Code+": "+r.Say.EN+".")
			}
			if left -= l.Count; left < 0 {
				c.find("households", v.Code+"安排的户数多于同意结对的户数。", "the units of "+v.Code+" are given more households than agreed.")
			}
			if load[j] == 0 && l.Count > 0 {
				t.Used++
			}
			if load[j]+l.Count > inst.Cadres[j].Cap {
				c.report.HardBroken++
				c.find("places", fmt.Sprintf("%s安排了%d户，干部的名额合计只有%d户。", inst.Cadres[j].Name, load[j]+l.Count, inst.Cadres[j].Cap),
					fmt.Sprintf("%s is given %d households; its cadres have %d places.", inst.Cadres[j].Name, load[j]+l.Count, inst.Cadres[j].Cap))
				load[j] += l.Count
				continue
			}
			want := inst.UnitReasons(i, j, l.Count, load[j])
			var price planner.Seconds
			for _, r := range want {
				price += r.Price
			}
			if !slices.Equal(want, l.Reasons) || price != l.Price || (l.Was != "") != inst.Served(i, j) {
				c.find("reasons", v.Code+"的理由与规则不符。", "the reasons of "+v.Code+" are not what the rules say.")
			}
			load[j] += l.Count
			t.LoadMax = max(t.LoadMax, load[j])
			t.Price += price
		}
		t.Unserved += max(0, left)
		t.Price += inst.Unserved(i) * planner.Seconds(max(0, left))
	}
	if kept != 0 {
		c.find("kept", "方案丢掉了原有的单位包村联系。", "the plan drops an existing link between a unit and a village.")
	}
	if n < len(links) {
		c.report.HardBroken++
		c.find("target", "单位包村里有不在册的、重复的或次序不对的村。", "the tier of units names a village twice, out of order, or unknown.")
	}
}

// unitBound walks the branches of a proof.
type unitBound struct {
	inst    *rule.Instance
	tree    []planner.Branch // what is left of it
	out, in map[[2]int]bool  // links decided above
}

// least is the bound of the next node and all below it; ok is false if the tree ends too early or is not sound.
func (b *unitBound) least() (planner.Seconds, bool) {
	if len(b.tree) == 0 {
		return 0, false
	}
	n := b.tree[0]
	b.tree = b.tree[1:]
	if n.Leaf {
		if len(n.Potentials) != len(b.inst.Cadres) {
			return 0, false
		}
		return b.leaf(n.Potentials), true
	}
	at := [2]int{n.Village, n.Unit}
	if n.Village < 0 || n.Unit < 0 || n.Village >= len(b.inst.Targets) || n.Unit >= len(b.inst.Cadres) || b.out[at] || b.in[at] {
		return 0, false
	}
	b.out[at] = true
	without, ok1 := b.least()
	delete(b.out, at)
	b.in[at] = true
	with, ok2 := b.least()
	delete(b.in, at)
	return min(without, with), ok1 && ok2
}

// leaf is the least price of any plan that agrees with the decisions, by pricing places at the potentials: each village then
// chooses for itself, and a unit's places are worth at most Σ max(0, potential − price).
func (b *unitBound) leaf(pi []planner.Seconds) (bound planner.Seconds) {
	for j := range b.inst.Cadres {
		for _, m := range b.inst.Marginals(j) {
			bound -= max(0, pi[j]-planner.Seconds(m))
		}
	}
	for i := range b.inst.Targets {
		bound += b.village(i, pi)
	}
	return bound
}

// village is the least that a village can pay for its households: best[a] for a of them with the units seen so far. A unit is taken for 1
// to its places' number of households; open is the least over them, brought along household by household.
func (b *unitBound) village(i int, pi []planner.Seconds) planner.Seconds {
	size := b.inst.Targets[i].Size
	best := make([]planner.Seconds, size+1)
	for a := range best {
		best[a] = b.inst.Unserved(i) * planner.Seconds(a)
	}
	var w window
	for j, u := range b.inst.Cadres {
		fixed, each, ok := b.inst.Fixed(i, j)
		if at := [2]int{i, j}; !ok || u.Cap == 0 || b.out[at] {
			continue
		} else {
			best = w.withUnit(best, fixed, each+pi[j], u.Cap, b.in[at])
		}
	}
	return best[size]
}

// window is the room that withUnit works in, used again for each unit of a village.
type window struct{ next, left, right []planner.Seconds }

// withUnit adds one unit to the choice. Of a must-link the fixed price is paid in any case. best is used up.
func (w *window) withUnit(best []planner.Seconds, fixed, each planner.Seconds, places int, must bool) []planner.Seconds {
	if len(w.next) != len(best) {
		w.next, w.left, w.right = make([]planner.Seconds, len(best)), make([]planner.Seconds, len(best)), make([]planner.Seconds, len(best))
	}
	next := w.next
	// Least of best[b] − each·b over the last `places` values of b, by blocks of that length: a window is the end of one
	// block and the beginning of the next.
	n := len(best)
	left, right := w.left, w.right
	level := func(b int) planner.Seconds { return best[b] - each*planner.Seconds(b) }
	for b := range n {
		if left[b] = level(b); b%places != 0 {
			left[b] = min(left[b], left[b-1])
		}
	}
	for b := n - 1; b >= 0; b-- {
		if right[b] = level(b); b+1 < n && (b+1)%places != 0 {
			right[b] = min(right[b], right[b+1])
		}
	}
	for a := range n {
		next[a] = best[a]
		if must {
			next[a] += fixed
		}
		if a == 0 {
			continue
		}
		from := max(0, a-places)
		low := left[a-1]
		if from/places != (a-1)/places {
			low = min(low, right[from])
		} else if from%places != 0 {
			low = level(from)
			for b := from; b < a; b++ {
				low = min(low, level(b))
			}
		}
		next[a] = min(next[a], fixed+each*planner.Seconds(a)+low)
	}
	w.next = best
	return next
}
