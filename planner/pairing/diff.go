package pairing

import (
	"lianxin/planner"
)

// Change is a household whose cadre differs between two plans.
type Change struct {
	Household planner.HouseholdID
	From      planner.CadreID // empty: had nobody
	To        planner.CadreID // empty: has nobody now
	Why       planner.Text
	Private   bool // Why is the planner's alone; others read [Adjusted]
}

// Adjusted is what others read in place of a private reason.
var Adjusted = planner.Text{ZH: "工作调整", EN: "work adjustment"}

var (
	whyNew   = planner.Text{ZH: "新结对", EN: "newly paired"}
	whyEnded = planner.Text{ZH: "该村（组）已撤并", EN: "the village or group has been merged"}
	whyGone  = planner.Text{ZH: "不再列入本期结对", EN: "no longer among those to be paired"}
	whyMoved = planner.Text{ZH: "按就近、对口和均衡调整", EN: "moved for nearness, matching skills and even loads"}
	whyPin   = planner.Text{ZH: "按锁定调整", EN: "moved by a pin"}
)

// Diff lists the households whose cadre changed, in the order of next, then those of last that next does not have, in the
// order of last. A nil-like empty last gives all as new.
func Diff(last, next planner.Plan) (cs []Change) {
	was := map[planner.HouseholdID]planner.CadreID{}
	for _, p := range last.Pairings {
		if p.Tier == planner.TierHousehold {
			was[p.Household] = p.Cadre
		}
	}
	now := map[planner.HouseholdID]bool{}
	for _, p := range next.Pairings {
		if p.Tier != planner.TierHousehold {
			continue
		}
		now[p.Household] = true
		from := was[p.Household]
		if from == p.Cadre {
			continue
		}
		c := Change{Household: p.Household, From: from, To: p.Cadre, Why: whyNew}
		if from != "" {
			c.Why, c.Private = why(p)
		}
		cs = append(cs, c)
	}
	for _, p := range last.Pairings {
		if p.Tier == planner.TierHousehold && !now[p.Household] {
			cs = append(cs, Change{Household: p.Household, From: p.Cadre, Why: whyGone, Private: true})
		}
	}
	return cs
}

// why says what moved a household: its pin, the reason that kept last period's cadre away (a forbidding rule, at price
// 0), or the balance of all.
func why(p planner.Pairing) (planner.Text, bool) {
	if p.Origin == planner.OriginPin {
		return whyPin, false
	}
	for _, r := range p.Reasons {
		if r.Price == 0 {
			return r.Say, r.Private
		}
	}
	return whyMoved, false
}
