package rule_test

import (
	"slices"
	"testing"

	"lianxin/planner"
	"lianxin/planner/rule"
)

// TestAPolicySaysWhoTheSecondPersonIs: on and off, of which unit, how many households, over presets with and without.
func TestAPolicySaysWhoTheSecondPersonIs(t *testing.T) {
	staff := planner.Cadre{ID: "c", Rank: planner.RankStaff, Active: true}
	for _, c := range []struct {
		preset, policy string
		on             bool
		most           int
		rule           string // about the unit; empty: none
	}{
		{"laizhou", "", true, 5, "second-other-unit"},
		{"laizhou", "second: off", false, 0, "second-other-unit"},
		{"laizhou", "second: {unit: same}", true, 5, "second-same-unit"},
		{"laizhou", "second: {unit: any}", true, 5, ""},
		{"laizhou", "second: {most: 2}", true, 2, "second-other-unit"},
		{"yima", "", false, 0, "second-other-unit"},
		{"yima", "second: on", true, 5, "second-other-unit"},
		{"yima", "第二责任人: {单位: 同单位, 最多户数: 9}", true, 9, "second-same-unit"},
		{"yima", "第二责任人: {单位: 不限}", true, 5, ""},
	} {
		ps, err := rule.PresetByID(c.preset)
		if err != nil {
			t.Fatal(err)
		}
		book, err := rule.Terms(ps, policy(t, c.policy))
		if err != nil {
			t.Fatal(err)
		}
		q := rule.Question{Preset: ps, Book: book}
		_, most, ok := q.Load(planner.TierSecond, staff)
		if q.Further(planner.TierSecond) != c.on || ok != c.on || most != c.most {
			t.Errorf("%s, %q: on %t, most %d; want %t, %d", c.preset, c.policy, ok, most, c.on, c.most)
		}
		got := ""
		for _, id := range []string{"second-other-unit", "second-same-unit"} {
			if slices.ContainsFunc(book.Pairs, func(r rule.PairRule) bool { return r.ID == id }) {
				got += id
			}
		}
		if got != c.rule {
			t.Errorf("%s, %q: the book has %q, want %q", c.preset, c.policy, got, c.rule)
		}
	}
}
