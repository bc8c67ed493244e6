package rule

import (
	"math/bits"
	"strings"

	"lianxin/planner"
)

// Default is the first book of rules. The order is that of explanations.
func Default() Book {
	return Book{
		Pairs: []PairRule{
			Recusal, LongLeave, Consent, Pinned,
			Travel, UnitVillage, UpperTier, Continuity, Contiguity, NeedSkill, NativeVillage,
		},
		Loads:    []LoadRule{OneVillage, EvenGroups, FairShare},
		Unserved: 10_000,
	}
}

// Recusal 回避: declared by the cadre, asked for by the household, or ordered. Source: 公务员法 Art. 76–77, 信访工作条例 Art. 28.
var Recusal = PairRule{
	ID: "recusal", Effect: Forbid, Private: true,
	When: func(p Pair) bool { return p.Target.recuses(p.Cadre) },
	Say:  planner.Text{ZH: "{cadre}与{target}有回避关系", EN: "{cadre} is recused from {target}"},
}

// LongLeave 长期请假 takes a cadre out of the period's pairing; see [planner.LongLeaveDays].
var LongLeave = PairRule{
	ID: "long-leave", Effect: Forbid, Private: true,
	When: func(p Pair) bool { return p.Cadre.Away },
	Say:  planner.Text{ZH: "{cadre}本周期长期请假", EN: "{cadre} is on long leave in this period"},
}

// Consent 同意: nobody is paired who has not agreed. PIPL Art. 13–15.
var Consent = PairRule{
	ID: "consent", Effect: Forbid, Private: true, Tiers: []planner.Tier{planner.TierHousehold},
	When: func(p Pair) bool { return !p.Target.Household.Served() },
	Say:  planner.Text{ZH: "{target}未同意结对", EN: "{target} has not agreed to be paired"},
}

// Pinned 锁定 keeps a target for the cadre it is pinned to.
var Pinned = PairRule{
	ID: "pin", Effect: Forbid, Tiers: []planner.Tier{planner.TierHousehold},
	When: func(p Pair) bool { return p.Target.Pin != nil && p.Target.Pin != p.Cadre },
	Say:  planner.Text{ZH: "{target}已锁定由{pin}联系", EN: "{target} is pinned to {pin}"},
}

// Travel 路程 is the road from the unit to the target, read off codes: contiguity 相对连片 between unit and village.
var Travel = PairRule{
	ID: "travel", Effect: Avoid, Price: 1,
	When:  func(Pair) bool { return true },
	Times: func(p Pair) int64 { return int64(p.Cadre.Unit.travel[p.Target.village]) },
	Say:   planner.Text{ZH: "{unit}到{area}约{times}分钟", EN: "{unit} to {area}: about {times} minutes"},
}

// UnitVillage 单位包村: a unit's cadres serve the villages that the unit serves, unless capacity forces them out.
var UnitVillage = PairRule{
	ID: "unit-village", Effect: Avoid, Price: 15,
	When: func(p Pair) bool { return p.Cadre.Unit.linked && !p.Cadre.Unit.serves[p.Target.village] },
	Say:  planner.Text{ZH: "{area}不在{unit}的包联村内", EN: "{area} is not among the villages that {unit} serves"},
}

// UpperTier 上下衔接: where a unit's leader has villages or its section-level cadres have groups, its other cadres follow.
var UpperTier = PairRule{
	ID: "upper-tier", Effect: Avoid, Price: 10, Tiers: []planner.Tier{planner.TierGroup, planner.TierHousehold},
	When: func(p Pair) bool { return p.Cadre.Unit.follows && !p.Cadre.Unit.upper[p.Target.upper] },
	Say:  planner.Text{ZH: "{unit}的上一级干部不联系{area}", EN: "no cadre of {unit} one tier above looks after {area}"},
}

// Continuity 延续: a change from a cadre who could go on has its price.
var Continuity = PairRule{
	ID: "continuity", Effect: Avoid, Price: 30,
	When: func(p Pair) bool { return p.Target.Last != nil && p.Target.Last != p.Cadre },
	Say:  planner.Text{ZH: "上期由{last}联系，换人要重新熟悉", EN: "{last} looked after {target} last period; a change costs acquaintance"},
}

// Contiguity 成片: the households of a cadre who had some last period lie in the same groups as those.
var Contiguity = PairRule{
	ID: "contiguity", Effect: Avoid, Price: 5, Tiers: []planner.Tier{planner.TierHousehold},
	When: func(p Pair) bool { return p.Cadre.ground != nil && !p.Cadre.ground[p.Target.group] },
	Say:  planner.Text{ZH: "{cadre}上期在{area}没有联系户", EN: "{cadre} had no household in {area} last period"},
}

// NeedSkill 需求对口: tags the household chose meet what the cadre can help with. Tags match skills and nothing else.
var NeedSkill = PairRule{
	ID: "need-skill", Effect: Prefer, Price: 6, Tiers: []planner.Tier{planner.TierHousehold},
	When:  func(p Pair) bool { return p.Cadre.skills&p.Target.needs != 0 },
	Times: func(p Pair) int64 { return int64(bits.OnesCount8(p.Cadre.skills & p.Target.needs)) },
	Say:   planner.Text{ZH: "{cadre}能帮上：{what}", EN: "{cadre} can help with: {what}"},
	Words: func(p Pair) [2]string {
		var zh, en []string
		for i, n := range planner.Needs {
			if p.Cadre.skills&p.Target.needs&(1<<i) != 0 {
				zh, en = append(zh, planner.NeedText[n].ZH), append(en, planner.NeedText[n].EN)
			}
		}
		return [2]string{strings.Join(zh, "、"), strings.Join(en, ", ")}
	},
}

// NativeVillage 原籍: softly avoided. No statutory source for pairing [office practice].
var NativeVillage = PairRule{
	ID: "native-village", Effect: Avoid, Price: 40,
	When: func(p Pair) bool { return p.Cadre.native == p.Target.village },
	Say:  planner.Text{ZH: "{area}是{cadre}的原籍村", EN: "{area} is {cadre}'s native village"},
}

// OneVillage 一人一村: 市级干部每人联系1个行政村 (the practice of Yima); a second one is dear, and comes about only where leaders
// are fewer than villages or rules forbid.
var OneVillage = LoadRule{
	ID: "one-village", Price: 120, Tiers: []planner.Tier{planner.TierVillage},
	Next: beyondShare,
	Say:  planner.Text{ZH: "{cadre}联系的第{n}个村，平均每人{share}个", EN: "village number {n} for {cadre}; an even share is {share}"},
}

// EvenGroups 分包均衡: section-level cadres share the groups evenly.
var EvenGroups = LoadRule{
	ID: "even-groups", Price: 30, Tiers: []planner.Tier{planner.TierGroup},
	Next: beyondShare,
	Say:  planner.Text{ZH: "{cadre}分包的第{n}个组，平均每人{share}个", EN: "group number {n} for {cadre}; an even share is {share}"},
}

func beyondShare(price Minutes, c *Cadre, n int) Minutes { return price * Minutes(max(0, n-c.Share)) }

// FairShare 均衡: each household is dearer than the one before, gently up to the even share, steeply beyond it. The gentle
// slope, a quarter of the steep one, keeps loads even where a unit has fewer households than its share.
var FairShare = LoadRule{
	ID: "fair-share", Price: 4, Tiers: []planner.Tier{planner.TierHousehold},
	Next: func(price Minutes, c *Cadre, n int) Minutes {
		return (price+3)/4*Minutes(max(0, min(n, c.Share)-1)) + beyondShare(price, c, n)
	},
	Say: planner.Text{ZH: "{cadre}的第{n}户，平均每人{share}户", EN: "household number {n} for {cadre}; an even share is {share}"},
}
