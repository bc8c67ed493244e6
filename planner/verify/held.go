package verify

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"lianxin/planner"
	"lianxin/planner/rule"
)

// held checks a plan whose villages have the cadres that they may have at most. That it is the cheapest with these teams was
// checked like any tier, the teams being a rule. Here is checked what it says about all teams: the bound that its prices of
// places and worths of households give without any team, for a village may choose so many cadres and no more:
//
//	Σ_{i not capped} min(unserved_i, min_j c_ij + p_j) + Σ_v (Σ_{i∈v} u_i − the sum of the most largest savings over j) − places(p)
//
// with u_i ≤ unserved_i, where cadre j saves the sum of max(0, u_i − c_ij − p_j) over as many households of v as they may have,
// or, of older plans, over all. Any p and u give a bound; a replanned tier's is that of the replan without caps.
func (c *checker) held(ctx context.Context, q rule.Question, tier planner.Tier, upper []planner.Pairing) error {
	cert := c.proof(tier)
	if cert == nil || cert.Held == nil {
		return nil
	}
	t := &c.report.Tiers[len(c.report.Tiers)-1]
	h := cert.Held
	inst, err := rule.Lay(q.Teamed(nil), tier, upper)
	if err != nil {
		return err
	}
	vs := inst.HeldVillages()
	bad := func(zh, en string) error {
		c.find("held", zh, en)
		return nil
	}
	last := planner.AreaCode("")
	for _, x := range h.Teams {
		k := slices.IndexFunc(vs, func(v rule.HeldVillage) bool { return v.Code == x.Village })
		if k < 0 || x.Village <= last || len(x.Cadres) > vs[k].Most {
			return bad("方案给没有上限的村选定了干部、选得太多或次序不对。", "a village without a cap has a team, or a team is too large or out of order.")
		}
		last = x.Village
	}
	if len(h.Potentials) != len(inst.Cadres) || slices.ContainsFunc(h.Potentials, func(p planner.Seconds) bool { return p > potentialAtMost || p < -potentialAtMost }) {
		return bad("每村干部数的下界证明与干部名单对不上。", "the proof about all teams does not match the cadres.")
	}
	if cert.Fewest != nil {
		return c.heldFewest(ctx, inst, t, *cert)
	}
	bound, ok, err := c.heldBound(ctx, inst, vs, h)
	if err != nil {
		return err
	}
	if !ok {
		return bad("每村干部数的下界证明里有不在册、重复或超出范围的户。", "the proof about all teams names a household that is unknown, twice, or worth too much.")
	}
	if t.Bound = bound; bound != cert.Bound || bound > t.Price {
		c.find("held-bound", fmt.Sprintf("每村干部数的下界写作%d，应为%d。", cert.Bound, bound), fmt.Sprintf("the bound over all teams is given as %d, it is %d.", cert.Bound, bound))
	}
	return nil
}

// heldFewest checks the bound of a replanned tier: triples over all pairs, without teams.
func (c *checker) heldFewest(ctx context.Context, inst *rule.Instance, t *Tier, cert planner.Certificate) error {
	inst.DealAsPresent()
	f := cert.Held.Fewest
	if f == nil || len(f.Potentials) != len(inst.Cadres) || slices.ContainsFunc(f.Potentials, func(p [2]int) bool {
		return max(p[0], -p[0], p[1], -p[1]) > potentialAtMost/1024
	}) {
		c.find("held", "每村干部数的下界证明与干部名单对不上。", "the proof about all teams does not match the cadres.")
		return nil
	}
	p := make([]threefold, len(inst.Cadres))
	for j := range p {
		p[j] = threefold{int64(f.Potentials[j][0]), int64(f.Potentials[j][1]), int64(cert.Held.Potentials[j])}
	}
	bound, err := dual3(ctx, inst, p)
	if err != nil {
		return err
	}
	if want := (threefold{int64(f.Unserved), int64(f.Changed), int64(cert.Held.Price)}); bound != want {
		c.find("held-bound", fmt.Sprintf("每村干部数的下界写作%v，应为%v。", want, bound), fmt.Sprintf("the bound over all teams is given as %v, it is %v.", want, bound))
	}
	t.ChangedBound = int(bound[1])
	return nil
}

// heldBound works the bound out from the rules, pair by pair.
func (c *checker) heldBound(ctx context.Context, inst *rule.Instance, vs []rule.HeldVillage, h *planner.Held) (bound planner.Seconds, ok bool, err error) {
	worth := map[planner.HouseholdID]planner.Seconds{}
	for _, r := range h.Rows {
		if _, twice := worth[r.Household]; twice || r.Worth < -potentialAtMost {
			return 0, false, nil
		}
		worth[r.Household] = r.Worth
	}
	village := make([]int, len(inst.Targets))
	for k, v := range vs {
		for _, i := range v.Targets {
			village[i] = k + 1
		}
	}
	least := make([]planner.Seconds, len(inst.Targets))
	inst.Each(func(i int) {
		least[i] = inst.Unserved(i)
		for j := range inst.Cadres {
			if x, ok := inst.Price(i, j); ok {
				least[i] = min(least[i], x+h.Potentials[j])
			}
		}
	})
	found := 0
	for i, t := range inst.Targets {
		u, ok := worth[t.Household.ID]
		if !ok {
			bound += least[i]
			continue
		}
		if found++; village[i] == 0 || u > inst.Unserved(i) {
			return 0, false, nil
		}
		least[i] = u
		bound += u
	}
	if found < len(worth) {
		return 0, false, nil
	}
	taken := make([]planner.Seconds, len(vs))
	workers := min(runtime.GOMAXPROCS(0), max(1, len(vs)))
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for k := w; k < len(vs) && ctx.Err() == nil; k += workers {
				each := make([][]planner.Seconds, len(inst.Cadres))
				for _, i := range vs[k].Targets {
					if _, given := worth[inst.Targets[i].Household.ID]; !given {
						continue // worth the least of all cadres: none saves anything
					}
					for j := range inst.Cadres {
						if x, ok := inst.Price(int(i), j); ok && x+h.Potentials[j] < least[i] {
							each[j] = append(each[j], least[i]-x-h.Potentials[j])
						}
					}
				}
				saves := make([]planner.Seconds, len(inst.Cadres))
				for j, xs := range each {
					if places := len(inst.Marginals(j)); h.ByPlaces && len(xs) > places {
						slices.Sort(xs)
						xs = xs[len(xs)-places:]
					}
					for _, x := range xs {
						saves[j] += x
					}
				}
				slices.Sort(saves)
				for _, s := range saves[max(0, len(saves)-vs[k].Most):] {
					taken[k] += s
				}
			}
		})
	}
	wg.Wait()
	for _, s := range taken {
		bound -= s
	}
	return bound - placesWorth(inst, h.Potentials), true, ctx.Err()
}
