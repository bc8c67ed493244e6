package rule_test

import (
	"strings"
	"testing"

	"lianxin/planner"
	"lianxin/planner/rule"
)

// check holds an example's words.
func wordsOf(t *testing.T, id string, e rule.Example) {
	t.Helper()
	if e.Say.ZH == "" || e.Say.EN == "" || strings.ContainsAny(e.Say.ZH+e.Say.EN, "{}") {
		t.Errorf("rule %s: an example without both languages: %q", id, e.Say)
	}
}

func TestEveryRuleCarriesAnExampleThatMatchesAndOneThatDoesNot(t *testing.T) {
	b := rule.Default()
	for _, r := range b.Pairs {
		wordsOf(t, r.ID, r.Match)
		wordsOf(t, r.ID, r.Miss)
		if !r.When(r.Match.Pair()) {
			t.Errorf("rule %s does not match its example %q", r.ID, r.Match.Say.EN)
		}
		if r.When(r.Miss.Pair()) {
			t.Errorf("rule %s matches its counterexample %q", r.ID, r.Miss.Say.EN)
		}
		if r.Name == "" {
			t.Errorf("rule %s has no Chinese name", r.ID)
		}
	}
	for _, r := range b.Loads {
		wordsOf(t, r.ID, r.Match)
		wordsOf(t, r.ID, r.Miss)
		if m := r.Next(r.Price, r.Match.Pair().Cadre, r.Match.N); m <= 0 {
			t.Errorf("rule %s asks %d for its example, want a price", r.ID, m)
		}
		if m := r.Next(r.Price, r.Miss.Pair().Cadre, r.Miss.N); m != 0 {
			t.Errorf("rule %s asks %d for its counterexample, want nothing", r.ID, m)
		}
	}
}

func TestABookIsPrintedWithItsExamplesAndWhatAPolicyChanged(t *testing.T) {
	p, fs := rule.ParsePolicy("policy.yaml", []byte("rules:\n  continuity: 45\n  成片: off\n"))
	if len(fs) > 0 {
		t.Fatal(fs)
	}
	yima, _ := rule.PresetByID("yima")
	b, err := rule.Terms(yima, p)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]rule.Line{}
	for _, l := range b.Lines() {
		seen[l.ID] = l
		if l.Match.Words.ZH == "" || l.Match.Words.EN == "" || l.Miss.Say.IsZero() || !l.Miss.Words.IsZero() {
			t.Errorf("line %s: examples %+v, %+v", l.ID, l.Match, l.Miss)
		}
		if strings.ContainsAny(l.Match.Words.ZH+l.Match.Words.EN, "{}") {
			t.Errorf("line %s says %q", l.ID, l.Match.Words)
		}
	}
	if l := seen["continuity"]; l.Price != "+45" || l.Usual != "+30" || l.Match.Price != "+45" || l.Match.Words.ZH != "上期由王芳联系，换人要重新熟悉" {
		t.Errorf("continuity reads %+v", l)
	}
	if l := seen["contiguity"]; !l.Off || l.Price != "" || l.Usual != "+5" {
		t.Errorf("contiguity, switched off, reads %+v", l)
	}
	if l := seen["travel"]; l.Usual != "" || l.Match.Price != "+35" {
		t.Errorf("travel reads %+v", l)
	}
	if l := seen["recusal"]; !l.Private || l.Effect != string(rule.Forbid) || l.Match.Words != (planner.Text{ZH: "李敏与101户有回避关系", EN: "李敏 is recused from household 101"}) {
		t.Errorf("recusal reads %+v", l)
	}
}
