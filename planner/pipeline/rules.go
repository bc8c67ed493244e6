package pipeline

import (
	"context"
	"fmt"

	"lianxin/planner"
	"lianxin/planner/rule"
	"lianxin/planner/store"
)

// RuleBook is the rules that the next plan is made with, printed from the book that the solver reads, so that words and
// behaviour cannot part.
type RuleBook struct {
	Preset   string           `json:"preset"`
	Practice planner.Text     `json:"practice"`         // what the preset says
	Source   planner.Text     `json:"source"`           // where it is described
	Policy   string           `json:"policy,omitempty"` // the office's, in its canonical form; empty: the preset alone
	Book     string           `json:"book"`             // hash, as plans keep it
	Unserved rule.Minutes     `json:"unserved"`         // leaving a household without a cadre
	Limits   rule.Limits      `json:"limits"`
	Changed  int              `json:"changed"` // rules with another price than usual, or off
	Rules    []rule.Line      `json:"rules"`
	Plan     *RuleBookOfPlan  `json:"plan,omitempty"` // the newest plan that the reader may see, if it was made with other rules
	Presets  []RuleBookPreset `json:"presets"`

	worded string // the hash as plans of before kept it, see [rule.Book.HashWithWords]
}

// RuleBookOfPlan is a plan that was made with other rules than those shown.
type RuleBookOfPlan struct {
	Period int                `json:"period"`
	Status planner.PlanStatus `json:"status"`
	Preset string             `json:"preset"`
}

// RuleBookPreset is a practice that could be chosen.
type RuleBookPreset struct {
	ID     string       `json:"id"`
	Say    planner.Text `json:"say"`
	Source planner.Text `json:"source"`
}

// RulesOf is the rule book of a preset under a policy. NotFound: no such preset.
func RulesOf(preset string, p rule.Policy) (RuleBook, error) {
	ps, book, err := terms{preset, p.String()}.book()
	if err != nil {
		return RuleBook{}, err
	}
	b := RuleBook{Preset: ps.ID, Practice: ps.Say, Source: ps.Source, Policy: p.String(), Book: book.Hash(), Unserved: book.Unserved, Limits: book.Limits, Rules: book.Lines(), worded: book.HashWithWords()}
	for _, l := range b.Rules {
		if l.Off || l.Usual != "" {
			b.Changed++
		}
	}
	for _, x := range rule.Presets() {
		b.Presets = append(b.Presets, RuleBookPreset{x.ID, x.Say, x.Source})
	}
	return b, nil
}

// Rules is the rule book in force, for planners, administrators and auditors. Forbidden to others.
func (a *App) Rules(ctx context.Context, p planner.Principal) (RuleBook, error) {
	if !p.Signed() {
		return RuleBook{}, mustSignIn()
	}
	if !p.SeesAll() {
		return RuleBook{}, planner.Fail(planner.Forbidden, "规则手册由组织部门经办人和审计查看。", "the rule book is for planners and auditors.")
	}
	b, err := RulesOf(a.Preset, a.Policy)
	if err != nil {
		return RuleBook{}, err
	}
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		b.Plan = nil
		heads, err := tx.PlanHeads()
		if err != nil {
			return err
		}
		for _, h := range heads { // newest first; last year's as imported has no rules
			if len(h.Certificates) == 0 || h.Status == planner.PlanWithdrawn {
				continue
			}
			if h.Book != b.Book && h.Book != b.worded || h.Preset != b.Preset {
				b.Plan = &RuleBookOfPlan{h.Period, h.Status, h.Preset}
			}
			break
		}
		return nil
	})
	if err != nil {
		return RuleBook{}, fmt.Errorf("rules: %w", err)
	}
	return b, nil
}
