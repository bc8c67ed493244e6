package rule

import (
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// Question is all that a plan is an answer to. Solver and verifier take the same one. The order of the roster's slices
// does not matter; codes decide.
type Question struct {
	Period int
	Valid  civil.Span // of the plan
	Preset Preset
	Roster planner.Roster
	Book   Book
	Last   *planner.Plan // of the period before; nil if none
	Pins   []planner.Pin
}

// Preset is a named practice: how many targets a cadre of each rank takes.
type Preset struct {
	ID  string
	Say planner.Text
	// Load is {even share, most} by rank. A share of 0 is worked out from the numbers, which is the rule. The most of
	// leaders and section-level cadres gives way when there are too few of them for every village and group; that of
	// staff never does. A rank that is missing takes no part.
	Load map[planner.Rank][2]int
}

// presets, after the practices of domain.md §2.3.
var presets = []Preset{
	{"yima", planner.Text{ZH: "义马：市级领导每人联系1村，科级分包村组，干部每人不超过15户", EN: "Yima: a leader has one village, section-level cadres share the groups, staff have at most 15 households"},
		map[planner.Rank][2]int{planner.RankLeader: {0, 2}, planner.RankSection: {0, 4}, planner.RankStaff: {0, 15}}},
	{"five", planner.Text{ZH: "每人不超过5户", EN: "at most 5 households each"},
		map[planner.Rank][2]int{planner.RankLeader: {0, 2}, planner.RankSection: {0, 4}, planner.RankStaff: {0, 5}}},
	{"eight", planner.Text{ZH: "每人不超过8户", EN: "at most 8 households each"},
		map[planner.Rank][2]int{planner.RankLeader: {0, 2}, planner.RankSection: {0, 4}, planner.RankStaff: {0, 8}}},
	{"thirty", planner.Text{ZH: "每人不超过30户", EN: "at most 30 households each"},
		map[planner.Rank][2]int{planner.RankLeader: {0, 2}, planner.RankSection: {0, 4}, planner.RankStaff: {0, 30}}},
	{"xinyang", planner.Text{ZH: "信阳：干部每人不超过18户", EN: "Xinyang: staff have at most 18 households"},
		map[planner.Rank][2]int{planner.RankLeader: {0, 4}, planner.RankSection: {0, 6}, planner.RankStaff: {0, 18}}},
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

// RankOf is the rank whose cadres serve a tier.
func RankOf(t planner.Tier) planner.Rank {
	switch t {
	case planner.TierVillage:
		return planner.RankLeader
	case planner.TierGroup:
		return planner.RankSection
	}
	return planner.RankStaff
}
