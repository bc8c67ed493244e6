package verify

import (
	"lianxin/planner"
	"lianxin/planner/rule"
)

// raw checks the hard rules from the roster's own rows, without the rule book.
func (c *checker) raw() {
	cadres := map[planner.CadreID]planner.Cadre{}
	for _, x := range c.q.Roster.Cadres {
		cadres[x.ID] = x
	}
	households := make(map[planner.HouseholdID]*planner.Household, len(c.q.Roster.Households))
	for i := range c.q.Roster.Households {
		h := &c.q.Roster.Households[i]
		households[h.ID] = h
	}
	type pair struct {
		cadre     planner.CadreID
		household planner.HouseholdID
		village   planner.AreaCode
	}
	off := map[pair]bool{}
	for _, r := range c.q.Roster.Recusals {
		if r.Household != "" {
			off[pair{r.Cadre, r.Household, ""}] = true
		} else {
			off[pair{r.Cadre, "", r.Village}] = true
		}
	}
	pin := map[planner.HouseholdID]planner.CadreID{}
	for _, p := range c.q.Pins {
		pin[p.Household] = p.Cadre
	}
	broken := func(code, zh, en string) {
		c.report.HardBroken++
		c.find(code, zh, en)
	}
	unitCap, inUnit, unitName := map[planner.UnitID]int{}, map[planner.UnitID]int{}, map[planner.UnitID]string{}
	for _, u := range c.q.Roster.Units {
		if most, capped := c.q.Book.Limits.Units[u.Code]; capped {
			unitCap[u.ID], unitName[u.ID] = most, u.Name
		}
	}
	load := map[planner.CadreID]int{}
	going := map[planner.AreaCode]map[planner.CadreID]bool{}
	for _, p := range c.plan.Pairings {
		x, known := cadres[p.Cadre]
		village := p.Area.Village()
		if p.Tier == planner.TierHousehold {
			h, ok := households[p.Household]
			if village = ""; ok {
				village = h.Village
			}
			switch {
			case !ok || p.Area != "":
				broken("raw-household", "方案里有一户不在名册。", "a household of the plan is not in the roster.")
			case !h.Active || h.Consent != planner.ConsentGiven:
				broken("raw-consent", h.Code+"户未同意结对。", "household "+h.Code+" has not agreed to be paired.")
			case off[pair{p.Cadre, p.Household, ""}]:
				broken("raw-recusal", h.Code+"户与其干部有回避关系。", "the cadre of household "+h.Code+" is recused.")
			case pin[p.Household] != "" && pin[p.Household] != p.Cadre:
				broken("raw-pin", h.Code+"户没有按锁定安排。", "household "+h.Code+" is not with the cadre it is pinned to.")
			}
			load[p.Cadre]++
			if _, most, _ := c.q.Load(p.Tier, x); load[p.Cadre] > most || x.Capacity > 0 && load[p.Cadre] > x.Capacity {
				broken("raw-cap", x.Name+"的联系户超过上限。", x.Name+" has more households than allowed.")
			}
			if going[village] == nil {
				going[village] = map[planner.CadreID]bool{}
			}
			if going[village][p.Cadre] = true; c.overCap(village, len(going[village])) {
				broken("raw-village-cap", string(village)+"的联系干部超过政策规定的人数。", "more cadres go to village "+string(village)+" than the policy allows.")
			}
			inUnit[x.Unit]++
			if most, capped := unitCap[x.Unit]; capped && inUnit[x.Unit] > most {
				broken("raw-unit-cap", unitName[x.Unit]+"的联系户超过政策规定的上限。", unitName[x.Unit]+" has more households than the policy allows.")
			}
		}
		_, _, serves := c.q.Load(p.Tier, x)
		switch {
		case !known || !x.Active || !serves && x.Rank != rule.RankOf(p.Tier):
			broken("raw-cadre", "方案里有一名干部不在岗或职级不符。", "a cadre of the plan is not in post or of another rank.")
		case x.LongLeaveIn(c.q.Valid):
			broken("raw-leave", x.Name+"长期请假，却有安排。", x.Name+" is on long leave but has targets.")
		case off[pair{p.Cadre, "", village}]:
			broken("raw-recusal", x.Name+"回避"+string(village)+"，却安排在那里。", x.Name+" is recused from village "+string(village)+" but placed there.")
		}
	}
	for _, u := range c.q.Roster.Units {
		if least := c.q.Book.Limits.UnitLeast[u.Code]; inUnit[u.ID] < least {
			broken("raw-unit-least", u.Name+"的联系户少于政策规定的下限。", u.Name+" has fewer households than the policy wants.")
		}
	}
}

// overCap reports whether n cadres are more than a village may have.
func (c *checker) overCap(village planner.AreaCode, n int) bool {
	l := c.q.Book.Limits
	most, own := l.Villages[village]
	if !own {
		most = l.EveryVillage
	}
	return most > 0 && n > most
}

// order checks that IDs are given and unique, and pairings sorted by tier.
func (c *checker) order() {
	rank := map[planner.Tier]int{}
	for n, t := range planner.Tiers {
		rank[t] = n + 1
	}
	seen := make(map[planner.PairingID]bool, len(c.plan.Pairings))
	last := 0
	for _, p := range c.plan.Pairings {
		if p.ID == "" || seen[p.ID] {
			c.find("id", "方案里有一条结对没有编号或编号重复。", "a pairing has no ID or one used twice.")
		}
		seen[p.ID] = true
		if r := rank[p.Tier]; r < last || r == 0 {
			c.find("order", "结对没有按层级排列。", "pairings are not sorted by tier.")
		} else {
			last = r
		}
	}
}
