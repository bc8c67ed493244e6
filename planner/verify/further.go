package verify

import (
	"context"
	"fmt"
	"slices"

	"lianxin/planner"
	"lianxin/planner/rule"
)

// proof finds a tier's certificate, nil if there is none.
func (c *checker) proof(t planner.Tier) *planner.Certificate {
	for _, list := range [][]planner.Certificate{c.plan.Certificates, c.plan.Proofs} {
		for k := range list {
			if list[k].Tier == t {
				return &list[k]
			}
		}
	}
	return nil
}

// placesWorth is the most that potentials can be worth above the prices of the places, Σ_j Σ_l max(0, p_j − m_j(l)); of a bounded
// unit only the best of them, as many as it may have, and at least as many as it must have.
func placesWorth(inst *rule.Instance, p []planner.Seconds) (sum planner.Seconds) {
	group := make([]int, len(inst.Cadres))
	worth := make([][]planner.Seconds, len(inst.UnitCaps))
	for k, u := range inst.UnitCaps {
		for _, j := range u.Cadres {
			group[j] = k + 1
		}
	}
	for j := range inst.Cadres {
		for _, m := range inst.Marginals(j) {
			x := p[j] - planner.Seconds(m)
			if k := group[j]; k > 0 {
				worth[k-1] = append(worth[k-1], x)
			} else {
				sum += max(0, x)
			}
		}
	}
	for k, xs := range worth {
		slices.Sort(xs)
		for n := range min(len(xs), inst.UnitCaps[k].Most) {
			if x := xs[len(xs)-1-n]; x > 0 || n < inst.UnitCaps[k].Least {
				sum += x
			}
		}
	}
	return sum
}

// further checks the tiers after the households', homes being the latter's pairings. Each is recomputed like the others; what protects
// people is checked from the roster's own rows besides.
func (c *checker) further(ctx context.Context, q rule.Question, homes []planner.Pairing) error {
	c.rawLinks(homes)
	for _, tier := range planner.FurtherTiers[1:] {
		links := c.plan.LinksOf(tier)
		if !q.Further(tier) {
			if len(links) > 0 || c.proof(tier) != nil {
				c.find("further", "方案里有本预设没有的层级"+string(tier)+"。", "the plan has a tier that its practice lacks: "+string(tier)+".")
			}
			continue
		}
		inst, err := rule.Lay(q, tier, homes)
		if err != nil {
			return err
		}
		rows := make([]planner.Pairing, len(links))
		for n, l := range links {
			rows[n] = planner.Pairing{ID: l.ID, Tier: tier, Cadre: planner.CadreID(l.Who()), Household: l.Household, Area: l.Area, Price: l.Price, Reasons: l.Reasons,
				Origin: planner.OriginSolver, Was: planner.CadreID(l.Was)}
			if tier == planner.TierTen {
				rows[n].Area = planner.AreaCode(fmt.Sprintf("%s#%02d", l.Area, l.No))
				k := slices.IndexFunc(inst.Targets, func(t *rule.Target) bool { return t.Area == rows[n].Area })
				if k < 0 || !slices.Equal(inst.Targets[k].Members, l.Members) {
					c.find("ten", string(rows[n].Area)+"的十户与名册不符。", "the households of "+string(rows[n].Area)+" are not those of the roster.")
				}
			}
		}
		if err := c.tier(ctx, inst, rows); err != nil {
			return err
		}
	}
	return nil
}

// rawLinks checks from the roster's own rows: consent, agreements, and that the second person is another than the first.
func (c *checker) rawLinks(homes []planner.Pairing) {
	agreed, needs := map[planner.HouseholdID]bool{}, map[planner.HouseholdID][]planner.Need{}
	for _, h := range c.q.Roster.Households {
		agreed[h.ID], needs[h.ID] = h.Active && h.Consent == planner.ConsentGiven, h.Needs
	}
	helpers := map[planner.HelperID]planner.Helper{}
	for _, h := range c.q.Roster.Helpers {
		helpers[h.ID] = h
	}
	first := map[planner.HouseholdID]planner.CadreID{}
	for _, p := range homes {
		first[p.Household] = p.Cadre
	}
	broken := func(code, zh, en string) {
		c.report.HardBroken++
		c.find(code, zh, en)
	}
	seen := map[planner.PairingID]bool{}
	load := map[planner.HelperID]int{}
	for _, l := range c.plan.Links {
		if l.ID == "" || seen[l.ID] {
			c.find("id", "方案里有一条联系没有编号或编号重复。", "a link has no ID or one used twice.")
		}
		seen[l.ID] = true
		for _, h := range append(slices.Clone(l.Members), l.Household) {
			if h != "" && !agreed[h] {
				broken("raw-consent", "有一户没有同意结对，却有人联系。", "a household that has not agreed is looked after.")
			}
		}
		if l.Tier == planner.TierSecond && first[l.Household] == l.Cadre {
			broken("raw-second", "有一户的第二责任人就是第一责任人。", "the second responsible person of a household is the first.")
		}
		if l.Tier != planner.TierVolunteer && l.Tier != planner.TierTen {
			continue
		}
		h, ok := helpers[l.Helper]
		if load[l.Helper]++; !ok || !h.Serves(c.q.Valid.From) || load[l.Helper] > max(1, h.Capacity) {
			broken("raw-helper", "有一名志愿者或调解员不在册、协议已到期，或超过约定的户数。", "a helper is not in the roster, out of their agreement, or has more than agreed.")
		}
		if !h.Agreement.Until.IsZero() && h.Agreement.Until.Before(c.q.Valid.Until) && l.Until != h.Agreement.Until {
			broken("raw-agreement", h.Name+"的协议到期日没有写进联系。", "the end of "+h.Name+"'s agreement is not that of the link.")
		}
		if l.Tier == planner.TierVolunteer && !slices.ContainsFunc(h.Skills, func(n planner.Need) bool { return slices.Contains(needs[l.Household], n) }) {
			broken("raw-needs", h.Name+"帮不上这一户选的需求。", h.Name+" cannot help with what the household chose.")
		}
	}
}
