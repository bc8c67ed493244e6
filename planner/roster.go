package planner

// Roster 名册 is one snapshot of who and what there is. Slices are sorted by code, recusals by
// cadre, household and village.
type Roster struct {
	Areas      []Area
	Units      []Unit
	Cadres     []Cadre
	Households []Household
	Recusals   []Recusal
	Helpers    []Helper // by code
	Wishes     []Wish   // the planner's alone
}
