package rule

import (
	"slices"
	"strings"

	"lianxin/planner"
)

// Preset is a named practice: how many targets a cadre takes, and which prices go with it.
type Preset struct {
	ID     string
	Say    planner.Text
	Source planner.Text // the practice that it follows, with its numbers
	// Load is {even share, most} by rank. A share of 0 is worked out from the numbers, which is the rule. The most of
	// leaders and section-level cadres gives way when there are too few of them for every village and group; that of
	// households never does. A rank that is missing takes no part, and its tier is not planned.
	Load map[planner.Rank][2]int
	// Grades is the most households by grade. If it is set, cadres of every rank that it names have households, and the
	// even share of each is in proportion to it; Load then only speaks of villages and groups.
	Grades map[planner.Grade]int
	// Units has whole villages planned for units first, by the places of their cadres; otherwise the villages that the
	// roster names are theirs.
	Units bool
	// Second has a second responsible person for each household.
	Second Second
	// Hard are rules, by ID, that forbid where the default book has a price.
	Hard []string
	// Prices differ from the default book's, by rule ID.
	Prices map[string]Minutes
}

// staffOnly are the loads of a practice that has households alone.
func staffOnly(most int) map[planner.Rank][2]int {
	return map[planner.Rank][2]int{planner.RankStaff: {0, most}}
}

// threeTiers are the loads of a practice in which leaders have villages and section-level cadres groups.
func threeTiers(leader, section, staff int) map[planner.Rank][2]int {
	return map[planner.Rank][2]int{planner.RankLeader: {0, leader}, planner.RankSection: {0, section}, planner.RankStaff: {0, staff}}
}

// byGrade are the most households from 正处 to 一般.
func byGrade(most ...int) map[planner.Grade]int {
	m := map[planner.Grade]int{}
	for i, g := range planner.Grades {
		m[g] = most[i]
	}
	return m
}

// presets, after the practices of domain.md §2.3.
var presets = []Preset{
	{ID: "yima", Source: planner.Text{ZH: "义马：1000多名机关干部每人交友结对15户", EN: "Yima: more than 1,000 cadres, 15 households each"},
		Say:  planner.Text{ZH: "义马：市级领导每人联系1村，科级分包村组，干部每人不超过15户", EN: "Yima: a leader has one village, section-level cadres share the groups, staff have at most 15 households"},
		Load: threeTiers(2, 4, 15), Units: true},
	{ID: "fengshan", Source: planner.Text{ZH: "凤山2016年：县直单位8-7-6-5-4，3,134名干部联系11,785户", EN: "Fengshan 2016: county units 8-7-6-5-4, 3,134 cadres for 11,785 households"},
		Say: planner.Text{ZH: "凤山：正处、副处、正科、副科、一般各不超过8、7、6、5、4户，相对连片，保持单位与村的联系",
			EN: "Fengshan: at most 8, 7, 6, 5 and 4 households from division head to ordinary cadre, close together, unit–village links kept"},
		Load: threeTiers(10, 20, 4), Grades: byGrade(8, 7, 6, 5, 4), Units: true, Hard: []string{StayInUnit.ID},
		Prices: map[string]Minutes{"unit-village": 45, "contiguity": 15}},
	{ID: "wufeng", Source: planner.Text{ZH: "五峰2016年：5-4-3-2-1", EN: "Wufeng 2016: 5-4-3-2-1"},
		Say:  planner.Text{ZH: "五峰：正处、副处、正科、副科、一般各不超过5、4、3、2、1户", EN: "Wufeng: at most 5, 4, 3, 2 and 1 households from division head to ordinary cadre"},
		Load: threeTiers(10, 20, 1), Grades: byGrade(5, 4, 3, 2, 1)},
	{ID: "laizhou", Source: planner.Text{ZH: "莱州2018年：第一责任人一对一，第二责任人每人不超过5户", EN: "Laizhou 2018: first responsible persons one to one, second ones at most 5 households"},
		Say:  planner.Text{ZH: "莱州：第一责任人每人1户，第二责任人在另一单位、每人不超过5户", EN: "Laizhou: the first responsible person has one household; the second, of another unit, at most 5"},
		Load: staffOnly(1), Second: Second{Most: 5, Unit: SecondDifferent}},
	{ID: "liangshan", Source: planner.Text{ZH: "梁山：每名干部30户", EN: "Liangshan: 30 households a cadre"},
		Say:  planner.Text{ZH: "梁山：干部每人不超过30户", EN: "Liangshan: staff have at most 30 households"},
		Load: staffOnly(30)},
	{ID: "shouchang", Source: planner.Text{ZH: "建德寿昌2012年：92名干部联系15,755户，人均171.25户", EN: "Shouchang 2012: 92 cadres for 15,755 households, 171.25 each"},
		Say:  planner.Text{ZH: "寿昌：92名干部联系15,755户，每人不超过172户", EN: "Shouchang: 92 cadres for 15,755 households, at most 172 each"},
		Load: staffOnly(172)},
	{ID: "one-to-one", Source: planner.Text{ZH: "长安区2017年：2,789名干部联系2,789户", EN: "Chang'an 2017: 2,789 cadres for 2,789 households"},
		Say:  planner.Text{ZH: "一对一：干部每人1户", EN: "One to one: each cadre has one household"},
		Load: staffOnly(1)},
	{ID: "five", Source: planner.Text{ZH: "多地做法：每人不超过5户", EN: "several places: at most 5 households each"},
		Say:  planner.Text{ZH: "每人不超过5户", EN: "at most 5 households each"},
		Load: threeTiers(2, 4, 5)},
	{ID: "eight", Source: planner.Text{ZH: "在5户与15户之间的一档", EN: "a step between 5 and 15"},
		Say:  planner.Text{ZH: "每人不超过8户", EN: "at most 8 households each"},
		Load: threeTiers(2, 4, 8)},
	{ID: "xinyang", Source: planner.Text{ZH: "按67,000名干部、100万户设定", EN: "made for 67,000 cadres and 1,000,000 households"},
		Say:  planner.Text{ZH: "信阳：干部每人不超过18户", EN: "Xinyang: staff have at most 18 households"},
		Load: threeTiers(4, 6, 18)},
}

// Presets lists the practices that come with the program, in the order to offer.
func Presets() []Preset { return presets }

// PresetByID finds a preset; NotFound names those that exist.
func PresetByID(id string) (Preset, error) {
	var ids []string
	for _, p := range presets {
		if p.ID == id {
			return p, nil
		}
		ids = append(ids, p.ID)
	}
	all := strings.Join(ids, ", ")
	return Preset{}, planner.Fail(planner.NotFound, "没有预设“"+id+"”，可用："+all+"。", "there is no preset "+id+"; choose one of: "+all+".")
}

// Book is the default book with the preset's prices.
func (p Preset) Book() Book {
	b, err := Default().Priced(p.Prices)
	if err != nil {
		panic(err) // the presets are ours; a test prices each
	}
	for i := range b.Pairs {
		r := &b.Pairs[i]
		if slices.Contains(p.Hard, r.ID) {
			r.Effect, r.Price = Forbid, 0
		}
	}
	if p.Second.Most > 0 {
		secondUnit(&b, p.Second.Unit)
	}
	return b
}
