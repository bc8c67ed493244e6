package rule

import (
	"fmt"
	"regexp"
	"strconv"

	"gopkg.in/yaml.v3"
)

var span = regexp.MustCompile(`^([0-9]{1,7})-([0-9]{0,7})$`)

// unit reads the bounds of a unit: 60, 20-60 or 20-.
func (f *policyFile) unit(code string, v *yaml.Node, l *Limits) {
	least, most := 0, -1
	if m := span.FindStringSubmatch(v.Value); v.Kind == yaml.ScalarNode && m != nil {
		least, _ = strconv.Atoi(m[1])
		if m[2] != "" {
			most, _ = strconv.Atoi(m[2])
		}
		if least > capMost || most > capMost || most >= 0 && most < least {
			f.find(v, "policy-number", fmt.Sprintf("“%s”的下限不能大于上限，两者都不超过%d。", v.Value, capMost), fmt.Sprintf("%q: the fewest must not exceed the most, and neither %d.", v.Value, capMost))
			return
		}
	} else if n, err := strconv.Atoi(v.Value); v.Kind == yaml.ScalarNode && err == nil && n >= 0 && n <= capMost {
		most = n
	} else {
		seen := v.Value
		if v.Kind != yaml.ScalarNode {
			seen = "…"
		}
		f.find(v, "policy-number", fmt.Sprintf("“%s”应是0到%d的整数（最多几户），或“下限-上限”如20-60，或“20-”（至少20户）。", seen, capMost),
			fmt.Sprintf("%q should be a whole number from 0 to %d (the most), or fewest-most such as 20-60, or 20- (at least 20).", seen, capMost))
		return
	}
	if most >= 0 {
		if l.Units == nil {
			l.Units = map[string]int{}
		}
		l.Units[code] = most
	}
	if least > 0 {
		if l.UnitLeast == nil {
			l.UnitLeast = map[string]int{}
		}
		l.UnitLeast[code] = least
	}
}

// unitWords are the bounds of units as a policy file writes them.
func (l Limits) unitWords() map[string]any {
	m := map[string]any{}
	for code, n := range l.Units {
		m[code] = n
	}
	for code, least := range l.UnitLeast {
		most := ""
		if n, ok := l.Units[code]; ok {
			most = strconv.Itoa(n)
		}
		m[code] = strconv.Itoa(least) + "-" + most
	}
	return m
}

var secondParts = []word{{"unit", "单位"}, {"most", "最多户数"}}

// second reads what is said about second responsible persons.
func (f *policyFile) second(v *yaml.Node, l *Limits) {
	switch {
	case isOff(v):
		l.Second = &SecondLimit{Off: true}
		return
	case isOn(v):
		l.Second = &SecondLimit{}
		return
	case v.Kind == yaml.ScalarNode:
		f.find(v, "policy-second", "“"+v.Value+"”应是 off（关）、on（开），或 unit（单位）、most（最多户数）两项。", fmt.Sprintf("%q should be off (关), on (开), or hold unit (单位) and most (最多户数).", v.Value))
		return
	}
	s := &SecondLimit{}
	f.pairs(v, fileParts[3], func(k, v *yaml.Node) {
		switch f.known(k, word{"part of second", "第二责任人的项目"}, secondParts) {
		case "unit":
			s.Unit = SecondWord(f.known(v, word{"unit of the second person", "第二责任人的单位"}, secondWords))
		case "most":
			s.Most, _ = f.number(v, 1, loadMost)
		}
	})
	l.Second = s
}
