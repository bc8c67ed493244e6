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

	serving map[planner.UnitID][]planner.AreaCode // villages of units as a plan has them; nil: as the roster has them
	teams   []planner.Team                        // cadres of capped villages as a plan has them
	book    string                                // its hash, see Hashed
	share   int                                   // see Sharing
}

// Sharing is the question of a part of a roster whose cadres have the even share that was found for the whole; 0 says
// nothing. See [planner.BlockProof].
func (q Question) Sharing(share int) Question {
	q.share = share
	return q
}

// Hashed is the question with the book's hash worked out once, for all the tiers that are laid from it. The book must not
// change after it.
func (q Question) Hashed() Question {
	q.book = q.Book.Hash()
	return q
}

// HashedFor is the question with the hash of its book in the form that a plan keeps: plans of before hashed the sentences too.
func (q Question) HashedFor(plan planner.Plan) Question {
	if q = q.Hashed(); plan.Book != q.book {
		if h := q.Book.HashWithWords(); h == plan.Book {
			q.book = h
		}
	}
	return q
}

// BookHash is the hash that [Question.Hashed] or [Question.HashedFor] worked out.
func (q Question) BookHash() string { return q.bookHash() }

// bookHash is the hash of the book.
func (q Question) bookHash() string {
	if q.book != "" {
		return q.book
	}
	return q.Book.Hash()
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
