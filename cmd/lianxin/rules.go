package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"lianxin/planner"
	"lianxin/planner/pipeline"
	"lianxin/planner/rule"
)

// rulesCmd prints the rule book, checks a policy file, lists the presets.
type rulesCmd struct {
	List    rulesListCmd    `cmd:"" default:"withargs" help:"列出规则：句子、价、举例。 Print the rules with prices and examples."`
	Check   rulesCheckCmd   `cmd:"" help:"核对政策文件，说明它改了什么。 Check a policy file and say what it changes."`
	Presets rulesPresetsCmd `cmd:"" help:"列出预设做法及其出处。 List the presets and where they come from."`
}

type rulesListCmd struct{}

// Run prints each rule with its sentence, price and examples, from the book that the solver would use.
func (rulesListCmd) Run(s *Settings) error {
	p, err := s.readPolicy(s.Policy)
	if err != nil {
		return err
	}
	b, err := pipeline.RulesOf(s.Preset, p)
	if err != nil {
		return err
	}
	if s.JSON {
		return s.writeJSON(b)
	}
	s.printRules(b)
	return nil
}

// printRules prints a book: one line a rule, its examples below.
func (s *Settings) printRules(b pipeline.RuleBook) {
	say := func(zh, en string) string { return planner.Text{ZH: zh, EN: en}.In(s.Lang) }
	var rows [][]string
	for _, l := range b.Rules {
		price := l.Price
		switch {
		case l.Off:
			price = say("已关闭", "off")
		case l.Usual != "":
			price += say("（原"+l.Usual+"）", " (usually "+l.Usual+")")
		}
		rows = append(rows, []string{l.ID, l.Name, l.Effect, price, l.Say.In(s.Lang)})
	}
	table(s.out, []string{"规则 rule", "", "作用 effect", "代价（分钟） price", "说法 words"}, rows)
	fmt.Fprintf(s.out, "\n%s\n", say("举例（同一名干部李敏、同一户101户）", "Examples (the same cadre 李敏, the same household 101)"))
	for _, l := range b.Rules {
		fmt.Fprintf(s.out, "%s（%s）\n  ✓ %s", l.ID, l.Name, l.Match.Say.In(s.Lang))
		if !l.Match.Words.IsZero() {
			fmt.Fprintf(s.out, " → %s", l.Match.Words.In(s.Lang))
		}
		if l.Match.Price != "" {
			fmt.Fprintf(s.out, " %s", l.Match.Price)
		}
		fmt.Fprintf(s.out, "\n  ✗ %s\n", l.Miss.Say.In(s.Lang))
	}
	fmt.Fprintf(s.out, "\n%s %d\n", say("一户无人联系的代价（分钟）", "leaving a household without a cadre, minutes"), b.Unserved)
}

type rulesCheckCmd struct {
	File string `arg:"" help:"政策文件。 The policy file."`
}

// Run reports every finding with line and column, or what the policy changes.
func (c *rulesCheckCmd) Run(_ context.Context, s *Settings) error {
	p, err := s.readPolicy(c.File)
	if err != nil {
		return err
	}
	b, err := pipeline.RulesOf(s.Preset, p)
	if err != nil {
		return err
	}
	if s.JSON {
		return s.writeJSON(b)
	}
	l := b.Limits
	bounds := len(l.Ranks) + len(l.Grades) + len(l.Units) + len(l.UnitLeast) + len(l.Villages)
	if l.EveryVillage > 0 {
		bounds++
	}
	s.say("政策文件没有问题：连同预设 %s 共改动 %d 条规则，定了 %d 个人数、上限或下限。", "The policy file is good: with preset %s it changes %d rules and sets %d loads, caps or least numbers.", b.Preset, b.Changed, bounds)
	fmt.Fprintln(s.out, p.String())
	return nil
}

type rulesPresetsCmd struct{}

// Run lists the presets.
func (rulesPresetsCmd) Run(s *Settings) error {
	type line struct {
		ID     string       `json:"id"`
		Say    planner.Text `json:"say"`
		Source planner.Text `json:"source"`
	}
	var ls []line
	var rows [][]string
	for _, p := range rule.Presets() {
		ls = append(ls, line{p.ID, p.Say, p.Source})
		rows = append(rows, []string{p.ID, p.Say.In(s.Lang), p.Source.In(s.Lang)})
	}
	if s.JSON {
		return s.writeJSON(ls)
	}
	table(s.out, []string{"预设 preset", "做法 practice", "出处 source"}, rows)
	return nil
}

// policyMost is the longest policy file that is read, in bytes.
const policyMost = 1 << 20

// readPolicy reads a policy file; an empty name is no policy. Its findings are printed, each with line and column.
func (s *Settings) readPolicy(name string) (rule.Policy, error) {
	if name == "" {
		return rule.Policy{}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		kind := planner.Unavailable
		if errors.Is(err, fs.ErrNotExist) {
			kind = planner.NotFound
		}
		return rule.Policy{}, &planner.Error{Kind: kind, Where: name, Err: err, Say: planner.Text{ZH: "读不到这个政策文件，请检查路径。", EN: "the policy file cannot be read; check the path."}}
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, policyMost+1))
	if err != nil {
		return rule.Policy{}, fmt.Errorf("policy file: %w", err)
	}
	if len(b) > policyMost {
		return rule.Policy{}, &planner.Error{Kind: planner.Invalid, Where: name, Say: planner.Text{ZH: "政策文件超过1MB，不像是政策文件。", EN: "the policy file is larger than 1 MB; it does not look like one."}}
	}
	p, found := rule.ParsePolicy(name, b)
	if len(found) == 0 {
		return p, nil
	}
	if s.JSON {
		if err := s.writeJSON(map[string]any{"findings": found}); err != nil {
			return rule.Policy{}, err
		}
	}
	s.findings(found)
	return rule.Policy{}, invalid("政策文件有上面这些问题："+strings.TrimSpace(name), "the policy file has the problems above: "+strings.TrimSpace(name))
}
