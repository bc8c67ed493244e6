package store

import (
	"database/sql"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// HouseholdStub is of a stored household what an import has to know: a prefecture's million of them fit where a tenth
// of the whole records would.
type HouseholdStub struct {
	ID        planner.HouseholdID
	Code      string
	Consent   planner.Consent
	MuteUntil civil.Date
}

var householdStubs = query(`SELECT id, code, consent, mute_until_on FROM households WHERE :all = 1 ORDER BY code`)

// HouseholdStubs returns all households, sorted by code, to those who see everything; to others none.
func (tx *Tx) HouseholdStubs() ([]HouseholdStub, error) {
	s, err := tx.scope()
	if err != nil || !s.all {
		return nil, err
	}
	shared := sharer{}
	out, err := scanned(tx, householdStubs, args{"all": flag(s.all)}, func(rows *sql.Rows, h *HouseholdStub) error {
		err := rows.Scan((*string)(&h.ID), &h.Code, (*string)(&h.Consent), &h.MuteUntil)
		h.Consent = planner.Consent(shared.one(string(h.Consent)))
		return err
	})
	if err == nil && len(out) > 0 && !tx.who.IsSystem() && !tx.write {
		err = tx.noteRead("household", "")
	}
	return out, err
}
