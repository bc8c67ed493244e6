package rule

import (
	"math/bits"
	"slices"
	"strings"

	"lianxin/planner"
)

// Default is the first book of rules. The order is that of explanations.
func Default() Book {
	return Book{
		Pairs: []PairRule{
			Recusal, LongLeave, Consent, WithinCounty, Pinned,
			Travel, UnitVillage, UpperTier, Continuity, Contiguity, NeedSkill, NativeVillage,
			WishedCadre, AnotherPlease, WishedPlace, StayInUnit,
			NewUnitLink, SecondNotFirst, SecondOtherUnit, VolunteerFits, TenVillage, TenGroup,
		},
		Loads:    []LoadRule{OneVillage, EvenGroups, FairShare, EvenUnits},
		Unserved: 10_000,
	}
}

// Recusal 回避: declared by the cadre, asked for by the household, or ordered. Source: 公务员法 Art. 76–77, 信访工作条例 Art. 28.
var Recusal = PairRule{
	ID: "recusal", Name: "回避", Effect: Forbid, Private: true,
	When: func(p Pair) bool { return p.Target.recuses(p.Cadre) },
	Say:  planner.Text{ZH: "{cadre}与{target}有回避关系", EN: "{cadre} is recused from {target}"},
	Match: Example{Say: planner.Text{ZH: "101户提出换一名干部（不用说理由）", EN: "household 101 asked for another cadre (it need not say why)"},
		Set: func(p Pair) { p.Target.recused = []*Cadre{p.Cadre} }},
	Miss: Example{Say: planner.Text{ZH: "没有人申报、要求或决定回避", EN: "nobody declared, asked for or ordered a recusal"}},
}

// LongLeave 长期请假 takes a cadre out of the period's pairing; see [planner.LongLeaveDays].
var LongLeave = PairRule{
	ID: "long-leave", Name: "长期请假", Effect: Forbid, Private: true,
	When:  func(p Pair) bool { return p.Cadre.Away },
	Say:   planner.Text{ZH: "{cadre}本周期长期请假", EN: "{cadre} is on long leave in this period"},
	Match: Example{Say: planner.Text{ZH: "李敏从2月起外出挂职一年", EN: "李敏 is posted elsewhere for a year from February"}, Set: func(p Pair) { p.Cadre.Away = true }},
	Miss:  Example{Say: planner.Text{ZH: "李敏只请了十天年休假", EN: "李敏 takes ten days of holiday"}},
}

// Consent 同意: nobody is paired who has not agreed. PIPL Art. 13–15.
var Consent = PairRule{
	ID: "consent", Name: "同意", Effect: Forbid, Private: true, Tiers: []planner.Tier{planner.TierHousehold, planner.TierSecond, planner.TierVolunteer},
	When: func(p Pair) bool { return !p.Target.Household.Served() },
	Say:  planner.Text{ZH: "{target}未同意结对", EN: "{target} has not agreed to be paired"},
	Match: Example{Say: planner.Text{ZH: "101户撤回了同意", EN: "household 101 withdrew its consent"},
		Set: func(p Pair) { p.Target.Household.Consent = planner.ConsentWithdrawn }},
	Miss: Example{Say: planner.Text{ZH: "101户同意结对", EN: "household 101 agreed"}},
}

// Pinned 锁定 keeps a target for the cadre it is pinned to.
var Pinned = PairRule{
	ID: "pin", Name: "锁定", Effect: Forbid, Tiers: []planner.Tier{planner.TierHousehold},
	When: func(p Pair) bool { return p.Target.Pin != nil && p.Target.Pin != p.Cadre },
	Say:  planner.Text{ZH: "{target}已锁定由{pin}联系", EN: "{target} is pinned to {pin}"},
	Match: Example{Say: planner.Text{ZH: "经办人已把101户锁定给王芳", EN: "the planner pinned household 101 to 王芳"},
		Set: func(p Pair) { p.Target.Pin = another(p) }},
	Miss: Example{Say: planner.Text{ZH: "101户锁定给了李敏本人", EN: "household 101 is pinned to 李敏 herself"},
		Set: func(p Pair) { p.Target.Pin = p.Cadre }},
}

// Travel 路程 is the road from the unit to the target, read off codes: contiguity 相对连片 between unit and village.
var Travel = PairRule{
	ID: "travel", Name: "路程", Effect: Avoid, Price: 1,
	Tiers: []planner.Tier{planner.TierVillage, planner.TierGroup, planner.TierHousehold, planner.TierUnit, planner.TierSecond, planner.TierVolunteer},
	When:  func(p Pair) bool { return p.Cadre.Unit.travel[p.Target.village] > 0 },
	Times: func(p Pair) int64 { return int64(p.Cadre.Unit.travel[p.Target.village]) },
	Say:   planner.Text{ZH: "{unit}到{area}约{times}分钟", EN: "{unit} to {area}: about {times} minutes"},
	Match: Example{Say: planner.Text{ZH: "101户在同一县的另一个乡镇", EN: "household 101 lies in another township of the county"},
		Set: func(p Pair) { p.Cadre.Unit.travel = []int32{withinCountyMin} }},
	Miss: Example{Say: planner.Text{ZH: "路程为0分钟；除此之外每一对都按路程计", EN: "a road of 0 minutes; every other pair pays its road"},
		Set: func(p Pair) { p.Cadre.Unit.travel = []int32{0} }},
}

// UnitVillage 单位包村: a unit's cadres serve the villages that the unit serves, unless capacity forces them out.
var UnitVillage = PairRule{
	ID: "unit-village", Name: "单位包村", Effect: Avoid, Price: 15, Tiers: []planner.Tier{planner.TierVillage, planner.TierGroup, planner.TierHousehold, planner.TierSecond},
	When: func(p Pair) bool { return p.Cadre.Unit.linked && !p.Cadre.Unit.serves[p.Target.village] },
	Say:  planner.Text{ZH: "{area}不在{unit}的包联村内", EN: "{area} is not among the villages that {unit} serves"},
	Match: Example{Say: planner.Text{ZH: "农业农村局包联的是槐庄，不是柳庄", EN: "农业农村局 serves 槐庄, not 柳庄"},
		Set: func(p Pair) { p.Cadre.Unit.serves = []bool{false} }},
	Miss: Example{Say: planner.Text{ZH: "农业农村局包联柳庄", EN: "农业农村局 serves 柳庄"}},
}

// UpperTier 上下衔接: where a unit's leader has villages or its section-level cadres have groups, its other cadres follow.
var UpperTier = PairRule{
	ID: "upper-tier", Name: "上下衔接", Effect: Avoid, Price: 10, Tiers: []planner.Tier{planner.TierGroup, planner.TierHousehold},
	When: func(p Pair) bool { return p.Cadre.Unit.follows && !p.Cadre.Unit.upper[p.Target.upper] },
	Say:  planner.Text{ZH: "{unit}的上一级干部不联系{area}", EN: "no cadre of {unit} one tier above looks after {area}"},
	Match: Example{Say: planner.Text{ZH: "农业农村局的科级干部分包的是槐庄一组", EN: "the section-level cadre of 农业农村局 has a group of 槐庄"},
		Set: func(p Pair) { p.Cadre.Unit.upper = []bool{false} }},
	Miss: Example{Say: planner.Text{ZH: "农业农村局的科级干部分包柳庄二组", EN: "the section-level cadre of 农业农村局 has this very group"}},
}

// Continuity 延续: a change from a cadre who could go on has its price.
var Continuity = PairRule{
	ID: "continuity", Name: "延续", Effect: Avoid, Price: 30,
	When: func(p Pair) bool { return p.Target.Last != nil && p.Target.Last != p.Cadre },
	Say:  planner.Text{ZH: "上期由{last}联系，换人要重新熟悉", EN: "{last} looked after {target} last period; a change costs acquaintance"},
	Match: Example{Say: planner.Text{ZH: "101户上年由王芳联系，王芳仍在岗", EN: "王芳 had household 101 last year and is still in post"},
		Set: func(p Pair) { p.Target.Last = another(p) }},
	Miss: Example{Say: planner.Text{ZH: "101户上年就由李敏联系", EN: "李敏 had household 101 last year"},
		Set: func(p Pair) { p.Target.Last = p.Cadre }},
}

// Contiguity 成片: the households of a cadre who had some last period lie in the same groups as those.
var Contiguity = PairRule{
	ID: "contiguity", Name: "成片", Effect: Avoid, Price: 5, Tiers: []planner.Tier{planner.TierHousehold},
	When: func(p Pair) bool { return p.Cadre.ground != nil && !slices.Contains(p.Cadre.ground, p.Target.group) },
	Say:  planner.Text{ZH: "{cadre}上期在{area}没有联系户", EN: "{cadre} had no household in {area} last period"},
	Match: Example{Say: planner.Text{ZH: "李敏上年的联系户都在柳庄一组", EN: "last year all of 李敏's households were in another group"},
		Set: func(p Pair) { p.Cadre.ground = []int32{p.Target.group + 1} }},
	Miss: Example{Say: planner.Text{ZH: "李敏上年在柳庄二组有联系户", EN: "last year 李敏 had households in this group"},
		Set: func(p Pair) { p.Cadre.ground = []int32{p.Target.group} }},
}

// NeedSkill 需求对口: tags the household chose meet what the cadre can help with. Tags match skills and nothing else.
var NeedSkill = PairRule{
	ID: "need-skill", Name: "需求对口", Effect: Prefer, Price: 6, Tiers: []planner.Tier{planner.TierHousehold, planner.TierSecond, planner.TierVolunteer},
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
	Match: Example{Say: planner.Text{ZH: "101户选了“农技”“就业”，李敏两样都会", EN: "household 101 chose farming and jobs; 李敏 knows both"},
		Set: func(p Pair) {
			p.Cadre.skills = needBits([]planner.Need{planner.NeedFarming, planner.NeedJobs})
			p.Target.needs = p.Cadre.skills
		}},
	Miss: Example{Say: planner.Text{ZH: "101户没有选需求标签", EN: "household 101 chose no need tag"},
		Set: func(p Pair) { p.Cadre.skills = needBits([]planner.Need{planner.NeedFarming}) }},
}

// NativeVillage 原籍: softly avoided. No statutory source for pairing [office practice].
var NativeVillage = PairRule{
	ID: "native-village", Name: "原籍村", Effect: Avoid, Price: 40,
	When: func(p Pair) bool { return p.Cadre.native == p.Target.village },
	Say:  planner.Text{ZH: "{area}是{cadre}的原籍村", EN: "{area} is {cadre}'s native village"},
	Match: Example{Say: planner.Text{ZH: "李敏是柳庄人", EN: "李敏 comes from 柳庄"},
		Set: func(p Pair) { p.Cadre.native = p.Target.village }},
	Miss: Example{Say: planner.Text{ZH: "李敏没有填籍贯村，或不是柳庄人", EN: "李敏 named no native village, or another"}},
}

// OneVillage 一人一村: 市级干部每人联系1个行政村 (the practice of Yima); a second one is dear, and comes about only where leaders
// are fewer than villages or rules forbid.
var OneVillage = LoadRule{
	ID: "one-village", Name: "一人一村", Price: 120, Tiers: []planner.Tier{planner.TierVillage},
	Next: beyondShare,
	Say:  planner.Text{ZH: "{cadre}联系的第{n}个村，平均每人{share}个", EN: "village number {n} for {cadre}; an even share is {share}"},
	Match: Example{N: 2, Say: planner.Text{ZH: "平均每名领导1个村，给李敏第2个", EN: "an even share is one village; this would be her second"},
		Set: func(p Pair) { p.Cadre.Share = 1 }},
	Miss: Example{N: 1, Say: planner.Text{ZH: "给李敏第1个村", EN: "this would be her first village"}, Set: func(p Pair) { p.Cadre.Share = 1 }},
}

// EvenGroups 分包均衡: section-level cadres share the groups evenly.
var EvenGroups = LoadRule{
	ID: "even-groups", Name: "分包均衡", Price: 30, Tiers: []planner.Tier{planner.TierGroup},
	Next: beyondShare,
	Say:  planner.Text{ZH: "{cadre}分包的第{n}个组，平均每人{share}个", EN: "group number {n} for {cadre}; an even share is {share}"},
	Match: Example{N: 3, Say: planner.Text{ZH: "平均每人2个组，给李敏第3个", EN: "an even share is two groups; this would be her third"},
		Set: func(p Pair) { p.Cadre.Share = 2 }},
	Miss: Example{N: 2, Say: planner.Text{ZH: "给李敏第2个组", EN: "this would be her second group"}, Set: func(p Pair) { p.Cadre.Share = 2 }},
}

func beyondShare(price Minutes, c *Cadre, n int) Minutes { return price * Minutes(max(0, n-c.Share)) }

// FairShare 均衡: each household is dearer than the one before, gently up to the even share, steeply beyond it. The gentle
// slope, a quarter of the steep one, keeps loads even where a unit has fewer households than its share.
var FairShare = LoadRule{
	ID: "fair-share", Name: "均衡", Price: 4, Tiers: []planner.Tier{planner.TierHousehold, planner.TierSecond, planner.TierVolunteer},
	Next: func(price Minutes, c *Cadre, n int) Minutes {
		return (price+3)/4*Minutes(max(0, min(n, c.Share)-1)) + beyondShare(price, c, n)
	},
	Say:   planner.Text{ZH: "{cadre}的第{n}户，平均每人{share}户", EN: "household number {n} for {cadre}; an even share is {share}"},
	Match: Example{N: 17, Say: planner.Text{ZH: "平均每人15户，给李敏第17户", EN: "an even share is 15 households; this would be her 17th"}},
	Miss:  Example{N: 1, Say: planner.Text{ZH: "给李敏第1户", EN: "this would be her first household"}},
}
