package store

import "lianxin/planner"

// Roster returns the scope's part of the roster, without contacts: all of it to the planner, to a cadre the own record,
// households and unit. Areas are there for all who signed in.
func (tx *Tx) Roster() (r planner.Roster, err error) {
	if r, err = tx.RosterBarHouseholds(); err != nil {
		return r, err
	}
	r.Households, err = tx.householdsSeen(visibleHouseholds, "")
	return r, err
}

// RosterBarHouseholds is [Tx.Roster] without the households, which are by far the most.
func (tx *Tx) RosterBarHouseholds() (r planner.Roster, err error) {
	if r.Areas, err = tx.Areas(); err != nil {
		return r, err
	}
	if r.Units, err = tx.Units(); err != nil {
		return r, err
	}
	if r.Cadres, err = tx.cadresSeen(visibleCadres, nil); err != nil {
		return r, err
	}
	if r.Recusals, err = tx.recusalsSeen(); err != nil {
		return r, err
	}
	if r.Helpers, err = tx.Helpers(); err != nil {
		return r, err
	}
	r.Wishes, err = tx.pairWishesSeen()
	return r, err
}
