package store

import (
	"slices"

	"lianxin/planner"
)

// scope is what the Principal of a transaction may read: the union of area subtrees, unit subtrees, the own record and
// those of the leaders a secretary acts for. It is resolved once per transaction and handed to the statements, so that
// a row outside it never leaves the database.
type scope struct {
	all     bool     // planner, administrator, auditor, system
	signed  bool     // false: the public, who see county events and receptions
	liaison bool     // has units: sees their part of a plan under review
	own     []string // cadres: the own record and those acted for
	units   []string // unit subtrees by ID
	cadres  []string // own and the members of units
	areas   []string // roots of subtrees by code; a code that is not in the database opens nothing
}

var (
	// unitSubtree goes down the three-level network. UNION, not UNION ALL, ends on a loop in the data.
	unitSubtree = query(`WITH RECURSIVE sub (id, code) AS (
			SELECT id, code FROM units WHERE id IN (:units)
			UNION
			SELECT u.id, u.code FROM units u JOIN sub ON u.parent = sub.code)
		SELECT id FROM sub`)
	cadresOfUnits = query(`SELECT id FROM cadres WHERE unit IN (:units)`)
)

// scope resolves the Principal's scope on first use.
func (tx *Tx) scope() (*scope, error) {
	if tx.seen != nil {
		return tx.seen, nil
	}
	s := &scope{all: tx.who.SeesAll(), signed: tx.who.Signed()}
	if s.all || !s.signed {
		tx.seen = s
		return s, nil
	}
	for _, id := range append([]planner.CadreID{tx.who.Cadre}, tx.who.ActsFor...) {
		if id != "" && !slices.Contains(s.own, string(id)) {
			s.own = append(s.own, string(id))
		}
	}
	s.cadres = slices.Clone(s.own)
	s.areas = plain(tx.who.Areas)
	if len(tx.who.Units) > 0 {
		s.liaison = true
		if err := tx.all(&s.units, unitSubtree, args{"units": in(tx.who.Units)}); err != nil {
			return nil, err
		}
		var members []string
		if err := tx.all(&members, cadresOfUnits, args{"units": in(s.units)}); err != nil {
			return nil, err
		}
		s.cadres = append(s.cadres, members...)
	}
	tx.seen = s
	return s, nil
}

// args are the scope's arguments of a statement, to which the caller adds its own. by_area stands before each look-up of
// areas, so that the many who have none do not pay for it.
func (s *scope) args() args {
	return args{"all": flag(s.all), "signed": flag(s.signed), "liaison": flag(s.liaison),
		"by_area": flag(len(s.areas) > 0), "own": in(s.own), "units": in(s.units), "cadres": in(s.cadres), "areas": in(s.areas)}
}

// with adds arguments.
func (a args) with(more args) args {
	for k, v := range more {
		a[k] = v
	}
	return a
}

// owns reports whether the cadre is the own record or one acted for.
func (s *scope) owns(id string) bool { return id != "" && slices.Contains(s.own, id) }
