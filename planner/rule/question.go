package rule

import (
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

// RankOf is the rank whose cadres serve a tier; under a preset by grade, cadres of other ranks have households too: see
// [Question.Load].
func RankOf(t planner.Tier) planner.Rank {
	switch t {
	case planner.TierVillage:
		return planner.RankLeader
	case planner.TierGroup:
		return planner.RankSection
	}
	return planner.RankStaff
}
