package web

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"lianxin/planner/pipeline"
	"lianxin/planner/rule"
)

// rulesPage is the rule book as planners read it. Its JSON is the book.
type rulesPage struct {
	pipeline.RuleBook
	Loads []limitRow `json:"-"`
	Caps  []limitRow `json:"-"`
}

// limitRow is one load or cap of the policy.
type limitRow struct {
	Kind  string // rank, grade, unit-cap, unit-least or village-cap
	Name  string // the rank, grade, unit or village; empty: every village
	Value int
}

var rules = view{"rules", func(s *Server, r *request) (any, error) {
	b, err := s.App.Rules(r.Context(), r.p)
	if err != nil {
		return nil, err
	}
	return newRules(b), nil
}}

// newRules lists the policy's loads and caps in one order.
func newRules(b pipeline.RuleBook) rulesPage {
	return rulesPage{RuleBook: b, Loads: append(limitRows("rank", b.Limits.Ranks), limitRows("grade", b.Limits.Grades)...), Caps: capRows(b.Limits)}
}

func limitRows[K cmp.Ordered](kind string, m map[K]int) (rows []limitRow) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		rows = append(rows, limitRow{kind, slug(k), m[k]})
	}
	return rows
}

func capRows(l rule.Limits) []limitRow {
	rows := append(append(limitRows("unit-cap", l.Units), limitRows("unit-least", l.UnitLeast)...), limitRows("village-cap", l.Villages)...)
	if l.EveryVillage > 0 {
		rows = append(rows, limitRow{Kind: "village-cap", Value: l.EveryVillage})
	}
	return rows
}

// Minutes is the price of leaving a household without a cadre.
func (p rulesPage) Minutes() string { return strconv.FormatInt(int64(p.Unserved), 10) }
