package rule

import (
	"slices"

	"lianxin/planner"
)

// VillageCap 每村干部数: no more cadres look after the households of a village than the policy says. It stands in the book of a
// policy with such caps. How many different cadres a village has is a fixed charge, so which they are is settled before the
// flow (see package pairing); the rule then keeps all others away, in the plan as in every question about it.
var VillageCap = PairRule{
	ID: "village-cap", Name: "每村干部数", Effect: Forbid, Tiers: homeTier,
	When:  func(p Pair) bool { return p.Target.team > 0 && !slices.Contains(p.Cadre.teams, p.Target.village) },
	Times: func(p Pair) int64 { return int64(p.Target.team) },
	Say:   planner.Text{ZH: "{area}所在的村按政策最多由{times}名干部联系，{cadre}不在其中", EN: "by the policy at most {times} cadres go to the village of {area}, and {cadre} is not one of them"},
	Match: Example{Say: planner.Text{ZH: "柳庄最多3名干部，已定下另外3名", EN: "柳庄 may have 3 cadres, and three others are settled"},
		Set: func(p Pair) { p.Target.team = 3 }},
	Miss: Example{Say: planner.Text{ZH: "李敏是柳庄的3名干部之一", EN: "李敏 is one of the three cadres of 柳庄"},
		Set: func(p Pair) { p.Target.team, p.Cadre.teams = 3, []int32{p.Target.village} }},
}

// capsVillages reports whether any village is capped.
func (l Limits) capsVillages() bool { return l.EveryVillage > 0 || len(l.Villages) > 0 }

// Teamed is the question with the cadres of capped villages settled.
func (q Question) Teamed(teams []planner.Team) Question {
	q.teams = teams
	return q
}

// Of is the question as a plan answers it: with the villages of its units and the cadres of its capped villages.
func (q Question) Of(plan planner.Plan) Question {
	return q.HashedFor(plan).Serving(plan.Links).Teamed(plan.Teams())
}

// joinTeams ties cadres and targets of settled villages.
func (l *layer) joinTeams(in *Instance) {
	if l.tier != planner.TierHousehold {
		return
	}
	for _, t := range l.q.teams {
		v, ok := l.villages[t.Village]
		most := l.q.Book.Limits.MostCadres(t.Village)
		if !ok || most == 0 {
			continue
		}
		for _, id := range t.Cadres {
			if c := l.byID[id]; c != nil && !slices.Contains(c.teams, v) {
				c.teams = append(c.teams, v)
			}
		}
		for _, x := range in.Targets {
			if x.village == v {
				x.team = most
			}
		}
	}
	for _, c := range in.Cadres {
		slices.Sort(c.teams)
	}
}

// HeldVillage is a village with a cap on its cadres.
type HeldVillage struct {
	Code    planner.AreaCode
	Most    int
	Targets []int32 // ascending
}

// HeldVillages lists the villages of the tier of households whose cadres the policy caps, by code; nil if the book has no
// such rule.
func (in *Instance) HeldVillages() (vs []HeldVillage) {
	if in.Tier != planner.TierHousehold || !slices.ContainsFunc(in.forbids, func(r PairRule) bool { return r.ID == VillageCap.ID }) {
		return nil
	}
	at := map[planner.AreaCode]int{}
	for i, t := range in.Targets {
		v := t.Household.Village
		most := in.q.Book.Limits.MostCadres(v)
		if most == 0 {
			continue
		}
		k, ok := at[v]
		if !ok {
			k = len(vs)
			at[v] = k
			vs = append(vs, HeldVillage{Code: v, Most: most})
		}
		vs[k].Targets = append(vs[k].Targets, int32(i))
	}
	slices.SortFunc(vs, func(a, b HeldVillage) int {
		if a.Code < b.Code {
			return -1
		}
		return 1
	})
	return vs
}
