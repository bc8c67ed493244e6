package rule

import (
	"slices"

	"lianxin/planner"
)

var unitTier = []planner.Tier{planner.TierUnit}

// NewUnitLink 沿用包村: existing links between units and villages stay and cost nothing; a new one has its price, so that the
// plan adds few. 凤山2016: 保持原有单位与村的联系.
var NewUnitLink = PairRule{
	ID: "new-unit-link", Name: "沿用包村", Effect: Avoid, Price: 600, Once: true, Tiers: unitTier,
	When: func(p Pair) bool { return !p.Cadre.Unit.serves[p.Target.village] },
	Say:  planner.Text{ZH: "{unit}原来不包联{area}", EN: "{unit} did not serve {area} before"},
	Match: Example{Say: planner.Text{ZH: "农业农村局原来包联的是槐庄", EN: "农业农村局 served 槐庄 before"},
		Set: func(p Pair) { p.Cadre.Unit.serves = []bool{false} }},
	Miss: Example{Say: planner.Text{ZH: "农业农村局原来就包联柳庄", EN: "农业农村局 served 柳庄 before"}},
}

// EvenUnits 单位均摊: beyond a unit's part of all households, by its places, each household has a price.
var EvenUnits = LoadRule{
	ID: "even-units", Name: "单位均摊", Price: 10, Tiers: unitTier,
	Next: func(price Minutes, c *Cadre, n int) Minutes {
		if n > c.Share {
			return price
		}
		return 0
	},
	Say: planner.Text{ZH: "{unit}到第{n}户，均摊是{share}户", EN: "up to household {n} for {unit}; its even part is {share}"},
	Match: Example{N: 16, Say: planner.Text{ZH: "农业农村局均摊15户，给第16户", EN: "the even part of 农业农村局 is 15 households; this would be the 16th"},
		Set: func(p Pair) { p.Cadre.Share = 15 }},
	Miss: Example{N: 15, Say: planner.Text{ZH: "给农业农村局第15户", EN: "this would be the 15th household of 农业农村局"}},
}

var secondTier = []planner.Tier{planner.TierSecond}

// SecondNotFirst: the second responsible person is somebody else.
var SecondNotFirst = PairRule{
	ID: "second-not-first", Name: "第二责任人另选", Effect: Forbid, Tiers: secondTier,
	When: func(p Pair) bool { return p.Target.first != "" && p.Target.first == p.Cadre.ID },
	Say:  planner.Text{ZH: "{cadre}已是{target}的第一责任人", EN: "{cadre} is the first responsible person of {target} already"},
	Match: Example{Say: planner.Text{ZH: "李敏是101户的第一责任人", EN: "李敏 is the first responsible person of household 101"},
		Set: func(p Pair) { p.Cadre.ID, p.Target.first = "G00001", "G00001" }},
	Miss: Example{Say: planner.Text{ZH: "101户的第一责任人是王芳", EN: "王芳 is the first responsible person of household 101"},
		Set: func(p Pair) { p.Cadre.ID, p.Target.first = "G00001", "G00002" }},
}

// SecondOtherUnit: the two responsible persons are of different units. A practice may have it the other way round
// ([SecondSameUnit]) or leave it open.
var SecondOtherUnit = PairRule{
	ID: "second-other-unit", Name: "两人不同单位", Effect: Forbid, Tiers: secondTier,
	When: func(p Pair) bool { return p.Target.firstUnit != "" && p.Target.firstUnit == p.Cadre.Unit.ID },
	Say:  planner.Text{ZH: "{cadre}与{target}的第一责任人同在{unit}", EN: "{cadre} is of {unit}, as is the first responsible person of {target}"},
	Match: Example{Say: planner.Text{ZH: "101户的第一责任人也在农业农村局", EN: "the first responsible person of household 101 is of 农业农村局 too"},
		Set: func(p Pair) { p.Cadre.Unit.ID, p.Target.firstUnit = "D001", "D001" }},
	Miss: Example{Say: planner.Text{ZH: "101户的第一责任人在民政局", EN: "the first responsible person of household 101 is of 民政局"},
		Set: func(p Pair) { p.Cadre.Unit.ID, p.Target.firstUnit = "D001", "D002" }},
}

// SecondSameUnit: the two are of one unit. It stands in the book of a practice that has it so, in place of [SecondOtherUnit].
var SecondSameUnit = PairRule{
	ID: "second-same-unit", Name: "两人同一单位", Effect: Forbid, Tiers: secondTier,
	When: func(p Pair) bool { return p.Target.firstUnit != "" && p.Target.firstUnit != p.Cadre.Unit.ID },
	Say:  planner.Text{ZH: "{cadre}与{target}的第一责任人不在一个单位", EN: "{cadre} is not of the unit of {target}'s first responsible person"},
	Match: Example{Say: planner.Text{ZH: "101户的第一责任人在民政局", EN: "the first responsible person of household 101 is of 民政局"},
		Set: func(p Pair) { p.Cadre.Unit.ID, p.Target.firstUnit = "D001", "D002" }},
	Miss: Example{Say: planner.Text{ZH: "101户的第一责任人也在农业农村局", EN: "the first responsible person of household 101 is of 农业农村局 too"},
		Set: func(p Pair) { p.Cadre.Unit.ID, p.Target.firstUnit = "D001", "D001" }},
}

// VolunteerFits: a volunteer goes to a household only for something that it asked help with.
var VolunteerFits = PairRule{
	ID: "volunteer-fits", Name: "志愿对口", Effect: Forbid, Tiers: []planner.Tier{planner.TierVolunteer},
	When: func(p Pair) bool { return p.Cadre.skills&p.Target.needs == 0 },
	Say:  planner.Text{ZH: "{cadre}帮不上{target}选的需求", EN: "{cadre} cannot help with what {target} chose"},
	Match: Example{Say: planner.Text{ZH: "101户选了“农技”，志愿者李敏会的是法律咨询", EN: "household 101 chose farming; the volunteer 李敏 knows law"},
		Set: func(p Pair) {
			p.Cadre.skills, p.Target.needs = needBits([]planner.Need{planner.NeedLegal}), needBits([]planner.Need{planner.NeedFarming})
		}},
	Miss: Example{Say: planner.Text{ZH: "101户选了“农技”，志愿者李敏懂农技", EN: "household 101 chose farming, which the volunteer 李敏 knows"},
		Set: func(p Pair) {
			p.Cadre.skills, p.Target.needs = needBits([]planner.Need{planner.NeedFarming}), needBits([]planner.Need{planner.NeedFarming})
		}},
}

var tenTier = []planner.Tier{planner.TierTen}

// TenVillage: a mediator of ten households is of their village.
var TenVillage = PairRule{
	ID: "ten-village", Name: "本村调解员", Effect: Forbid, Tiers: tenTier,
	When: func(p Pair) bool { return p.Cadre.home != p.Target.village },
	Say:  planner.Text{ZH: "{cadre}不是{area}所在村的", EN: "{cadre} is not of the village of {area}"},
	Match: Example{Say: planner.Text{ZH: "李敏住在槐庄，这十户在柳庄", EN: "李敏 lives in 槐庄, the ten households in 柳庄"},
		Set: func(p Pair) { p.Cadre.home = p.Target.village + 1 }},
	Miss: Example{Say: planner.Text{ZH: "李敏也住在柳庄", EN: "李敏 lives in 柳庄 too"},
		Set: func(p Pair) { p.Cadre.home = p.Target.village }},
}

// TenGroup: and, if possible, of their group.
var TenGroup = PairRule{
	ID: "ten-group", Name: "同组调解员", Effect: Avoid, Price: 20, Tiers: tenTier,
	When: func(p Pair) bool { return p.Cadre.homeGroup != 0 && p.Cadre.homeGroup != p.Target.group },
	Say:  planner.Text{ZH: "{cadre}不住在{area}", EN: "{cadre} does not live in {area}"},
	Match: Example{Say: planner.Text{ZH: "李敏住在柳庄一组", EN: "李敏 lives in the first group of 柳庄"},
		Set: func(p Pair) { p.Cadre.homeGroup = p.Target.group + 1 }},
	Miss: Example{Say: planner.Text{ZH: "李敏就住在柳庄二组，或没有填组", EN: "李敏 lives in this group, or named none"}},
}

var homeTier = []planner.Tier{planner.TierHousehold}

// WishedCadre 户的意愿: the household named this cadre. Source: 淳安2014, 双向选择.
var WishedCadre = PairRule{
	ID: "wished-cadre", Name: "户的意愿", Effect: Prefer, Price: 20, Tiers: homeTier, Private: true,
	When: func(p Pair) bool { return slices.Contains(p.Target.wished, p.Cadre) },
	Say:  planner.Text{ZH: "{target}希望由{cadre}联系", EN: "{target} would like {cadre}"},
	Match: Example{Say: planner.Text{ZH: "101户说，想请李敏来", EN: "household 101 would like 李敏 to come"},
		Set: func(p Pair) { p.Target.wished = []*Cadre{p.Cadre} }},
	Miss: Example{Say: planner.Text{ZH: "101户没有提名", EN: "household 101 named nobody"}},
}

// AnotherPlease 想换一名: the household would like another cadre than it had; it need not say why.
var AnotherPlease = PairRule{
	ID: "another-please", Name: "想换一名", Effect: Avoid, Price: 240, Tiers: homeTier, Private: true,
	When: func(p Pair) bool { return p.Target.another != nil && p.Target.another == p.Cadre },
	Say:  planner.Text{ZH: "{target}希望换一名干部", EN: "{target} would like another cadre"},
	Match: Example{Say: planner.Text{ZH: "101户希望换一名干部，上期是李敏", EN: "household 101 would like another cadre than 李敏, whom it had"},
		Set: func(p Pair) { p.Target.another = p.Cadre }},
	Miss: Example{Say: planner.Text{ZH: "101户没有提过", EN: "household 101 said nothing"}},
}

// WishedPlace 干部意愿: the cadre would like to serve this village or group.
var WishedPlace = PairRule{
	ID: "wished-place", Name: "干部意愿", Effect: Prefer, Price: 10, Tiers: homeTier,
	When: func(p Pair) bool {
		return slices.Contains(p.Cadre.likes, p.Target.village) || p.Target.group != 0 && slices.Contains(p.Cadre.likesGroup, p.Target.group)
	},
	Say: planner.Text{ZH: "{cadre}愿意联系{area}", EN: "{cadre} would like to serve {area}"},
	Match: Example{Say: planner.Text{ZH: "李敏报名联系柳庄", EN: "李敏 put her name down for 柳庄"},
		Set: func(p Pair) { p.Cadre.likes = []int32{p.Target.village} }},
	Miss: Example{Say: planner.Text{ZH: "李敏没有报名，或报的是别的村", EN: "李敏 put her name down for no village, or for another"}},
}

// StayInUnit 单位内消化: households of a cadre on sick leave go to colleagues of the unit. Source: 凤山2016, whose preset has it
// as a condition.
var StayInUnit = PairRule{
	ID: "stay-in-unit", Name: "单位内消化", Effect: Avoid, Price: 90, Tiers: homeTier, Private: true,
	When: func(p Pair) bool { return p.Target.cover != "" && p.Target.cover != p.Cadre.Unit.ID },
	Say:  planner.Text{ZH: "{target}原来的干部请假，{cadre}不是其同单位同事", EN: "the cadre of {target} is on leave, and {cadre} is no colleague of the same unit"},
	Match: Example{Say: planner.Text{ZH: "101户原来由民政局请病假的同志联系，李敏在农业农村局", EN: "a cadre of 民政局, now on sick leave, had household 101; 李敏 is of 农业农村局"},
		Set: func(p Pair) { p.Cadre.Unit.ID, p.Target.cover = "D001", "D002" }},
	Miss: Example{Say: planner.Text{ZH: "请病假的同志也在农业农村局", EN: "the cadre on sick leave is of 农业农村局 too"},
		Set: func(p Pair) { p.Cadre.Unit.ID, p.Target.cover = "D001", "D001" }},
}
