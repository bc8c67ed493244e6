package rule_test

import (
	"fmt"
	"strings"
	"testing"

	"lianxin/planner"
	"lianxin/planner/rule"
)

// everything is a policy that says all there is to say, in both languages.
const everything = `# 示例
rules:
  continuity: 45
  需求对口: off
  native-village: on
  within-county: 关
  unserved: 9000
人数:
  leader: 3
  正处级: 8
  ordinary: 4
caps:
  单位: {D81003: 60, D81004: 20-60, D81005: 5-}
  villages: {every: 60, "411281001001": 40}
第二责任人: {单位: 同单位, 最多户数: 3}
`

func policy(t *testing.T, text string) rule.Policy {
	t.Helper()
	p, fs := rule.ParsePolicy("policy.yaml", []byte(text))
	for _, f := range fs {
		t.Fatal(f.Sentence().EN)
	}
	return p
}

func TestAPolicyIsReadInBothLanguagesAndKeptInOneForm(t *testing.T) {
	p := policy(t, everything)
	const want = `{"caps":{"units":{"D81003":60,"D81004":"20-60","D81005":"5-"},"villages":{"411281001001":40,"every":60}},"loads":{"division":8,"leader":3,"ordinary":4},"rules":{"continuity":45,"need-skill":"off","unserved":9000,"within-county":"off"},"second":{"most":3,"unit":"same"}}`
	if got := p.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	again, err := rule.StoredPolicy(p.String())
	if err != nil || again.String() != p.String() {
		t.Errorf("the canonical form reads back as %s, %v", again, err)
	}
	for _, empty := range []string{"", "# 只有注释\n", "rules:\nloads:\ncaps:\n", "rules: {travel: on}\n"} {
		if p := policy(t, empty); !p.IsZero() || p.String() != "" {
			t.Errorf("%q: got %s, want a policy that changes nothing", empty, p)
		}
	}
}

func TestAPolicyThatCannotBeReadNamesLineColumnAndTheKnownNames(t *testing.T) {
	for _, c := range []struct {
		name, text string
		line, col  int
		code       string
		zh, en     string
	}{
		{"an unknown rule", "rules:\n  continuty: 45\n", 2, 3, "policy-name", "不认识的规则“continuty”；可用的有：recusal（回避）", "known are: recusal（回避）"},
		{"an unknown part", "rule:\n  continuity: 45\n", 1, 1, "policy-name", "rules（规则）、loads（人数）、caps（上限）", "unknown part rule"},
		{"a rule that protects", "rules:\n  travel: 1\n  回避: off\n", 3, 7, "policy-protected", "不能关闭", "cannot be switched off"},
		{"a price on consent", "rules: {consent: 3}\n", 1, 18, "policy-protected", "没有价", "has no price"},
		{"a price on what forbids", "rules: {within-county: 3}\n", 1, 24, "policy-price", "off（关）或 on（开）", "off (关) or on (开)"},
		{"a price below zero", "rules:\n  travel: -3\n", 2, 11, "policy-price", "“-3”应是0到10000的整数", "from 0 to 10000"},
		{"a price with a fraction", "rules:\n  travel: 1.5\n", 2, 11, "policy-price", "1.5", "1.5"},
		{"unserved for nothing", "rules: {unserved: 0}\n", 1, 19, "policy-price", "1到10000", "from 1"},
		{"unserved off", "rules: {unserved: off}\n", 1, 19, "policy-protected", "请写分钟数", "give minutes"},
		{"a rule twice", "rules:\n  travel: 1\n  travel: 2\n", 3, 3, "policy-twice", "第2行已经写过", "line 2 already"},
		{"a rule twice in two languages", "rules:\n  travel: 1\n  路程: 2\n", 3, 3, "policy-twice", "写了两次", "stands twice"},
		{"an unknown rank", "loads:\n  stuff: 3\n", 2, 3, "policy-name", "staff（一般干部）", "unknown rank or grade stuff"},
		{"a load of nobody", "loads:\n  staff: 0\n", 2, 10, "policy-number", "1到1000", "from 1 to 1000"},
		{"a strange village", "caps:\n  villages:\n    411281: 3\n", 3, 5, "policy-code", "12位村（社区）代码", "every（每村）"},
		{"a strange unit", "caps: {units: {\"D 1\": 3}}\n", 1, 16, "policy-code", "不是单位代码", "not the code"},
		{"a fewest above the most", "caps:\n  units:\n    D1: 60-20\n", 3, 9, "policy-number", "下限不能大于上限", "must not exceed"},
		{"a strange bound", "caps: {units: {D1: 3..5}}\n", 1, 20, "policy-number", "“下限-上限”如20-60", "fewest-most"},
		{"a strange second person", "second: sometimes\n", 1, 9, "policy-second", "off（关）、on（开）", "should be off"},
		{"a strange unit of the second", "second:\n  unit: other\n", 2, 9, "policy-name", "same（同单位）", "different（不同单位）"},
		{"a second with nobody", "第二责任人:\n  最多户数: 0\n", 2, 9, "policy-number", "1到1000", "from 1 to 1000"},
		{"an unknown part of second", "second: {units: same}\n", 1, 10, "policy-name", "most（最多户数）", "known are"},
		{"a list", "rules:\n  - travel\n", 2, 3, "policy-form", "一行行“名称: 值”", "lines of name: value"},
		{"a tab", "rules:\n\ttravel: 1\n", 2, 1, "policy-form", "不用制表符", "not tabs"},
		{"two policies", "rules: {travel: 1}\n---\nrules: {travel: 2}\n", 2, 1, "policy-form", "只能有一份政策", "one policy"},
	} {
		p, fs := rule.ParsePolicy("policy.yaml", []byte(c.text))
		if len(fs) != 1 || !p.IsZero() {
			t.Errorf("%s: got %d findings and policy %s, want one and none: %v", c.name, len(fs), p, fs)
			continue
		}
		f := fs[0]
		if want := fmt.Sprintf("policy.yaml:%d:%d", c.line, c.col); f.Place.File != want || f.Code != c.code || f.Severity != planner.Stop {
			t.Errorf("%s: at %s, %s; want %s, %s", c.name, f.Place.File, f.Code, want, c.code)
		}
		if !strings.Contains(f.Say.ZH, c.zh) || !strings.Contains(f.Say.EN, c.en) || !strings.Contains(f.Say.ZH, fmt.Sprintf("第%d行第%d列", c.line, c.col)) {
			t.Errorf("%s: says %q / %q", c.name, f.Say.ZH, f.Say.EN)
		}
	}
	if _, fs := rule.ParsePolicy("p", []byte("rules: {a: 1, b: 2}\nloads: {c: 3}\n")); len(fs) != 3 {
		t.Errorf("got %d findings, want all three", len(fs))
	}
}

func TestAPolicyChangesPricesSwitchesAndTheHash(t *testing.T) {
	yima, _ := rule.PresetByID("yima")
	plain, err := rule.Terms(yima, rule.Policy{})
	if err != nil || plain.Hash() != rule.Default().Hash() {
		t.Errorf("no policy changes the book: %v", err)
	}
	hashes := map[string]string{plain.Hash(): "none"}
	for _, text := range []string{"rules: {continuity: 45}", "rules: {need-skill: off}", "rules: {fair-share: off}", "rules: {unserved: 900}", "loads: {staff: 12}", "loads: {leader: 3}", "loads: {division: 8}",
		"caps: {units: {D1: 3}}", "caps: {units: {D1: 4}}", "caps: {units: {D1: 3-4}}", "caps: {units: {D1: 3-}}", "second: on", "second: off", "second: {unit: same}", "second: {unit: any}", "second: {most: 2}", "caps: {villages: {every: 3}}", "caps: {villages: {\"411281001001\": 3}}", everything} {
		b, err := rule.Terms(yima, policy(t, text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if other, ok := hashes[b.Hash()]; ok {
			t.Errorf("%s has the hash of %s", text, other)
		}
		hashes[b.Hash()] = text
	}
	if _, err := (rule.Policy{Off: []string{"recusal"}}).Apply(rule.Default()); planner.KindOf(err) != planner.Invalid {
		t.Errorf("recusal switched off: got %v, want Invalid", err)
	}
	if _, err := (rule.Policy{Off: []string{"nothing"}}).Apply(rule.Default()); planner.KindOf(err) != planner.Invalid {
		t.Errorf("an unknown rule switched off: got %v, want Invalid", err)
	}
}

func FuzzParsePolicy(f *testing.F) {
	f.Add([]byte(everything))
	f.Add([]byte("rules: *a\n"))
	f.Add([]byte("&a rules: {<<: *a}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, fs := rule.ParsePolicy("p", b)
		if len(fs) > 0 {
			return
		}
		if again, err := rule.StoredPolicy(p.String()); err != nil || again.String() != p.String() {
			t.Errorf("%q reads as %s, which reads as %s, %v", b, p, again, err)
		}
	})
}
