package rule

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"lianxin/planner"
)

// word is a name that a policy file may use, with its Chinese.
type word struct{ en, zh string }

func (w word) String() string { return w.en + "（" + w.zh + "）" }

var (
	fileParts = []word{{"rules", "规则"}, {"loads", "人数"}, {"caps", "上限"}, {"second", "第二责任人"}}
	capParts  = []word{{"units", "单位"}, {"villages", "村"}}
	loadWords = []word{{"leader", "市级领导"}, {"section", "科级"}, {"staff", "一般干部"}, {"division", "正处级"}, {"deputy-division", "副处级"},
		{"township", "正科级"}, {"deputy-township", "副科级"}, {"ordinary", "一般"}}
	everyWord = word{"every", "每村"}
)

const (
	loadMost = 1_000 // of one person
	capMost  = 1_000_000
)

var (
	unitCode    = regexp.MustCompile(`^[\p{L}\p{N}_-]{1,40}$`)
	villageCode = regexp.MustCompile(`^[0-9]{12}$`)
	yamlLine    = regexp.MustCompile(`line (\d+)`)
)

// ruleWords are the rules that a policy may name, in the order of the book.
func ruleWords() (ws []word) {
	b := Default()
	for _, r := range b.Pairs {
		ws = append(ws, word{r.ID, r.Name})
	}
	for _, r := range b.Loads {
		ws = append(ws, word{r.ID, r.Name})
	}
	return append(ws, word{unservedID, "无人联系"})
}

// ParsePolicy reads a policy file. Every finding is a Stop that names line and column, what was seen and the names that
// are known in both languages; with any of them the policy is zero.
func ParsePolicy(file string, b []byte) (Policy, []planner.Finding) {
	f := policyFile{name: file}
	var root yaml.Node
	dec := yaml.NewDecoder(strings.NewReader(strings.TrimPrefix(string(b), "\ufeff")))
	err := dec.Decode(&root)
	if errors.Is(err, io.EOF) {
		return Policy{}, nil
	}
	if err != nil {
		line := 1
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			line, _ = strconv.Atoi(m[1])
		}
		f.find(&yaml.Node{Line: line, Column: 1}, "policy-form", "这一行看不懂，应写成“名称: 值”，用空格缩进、不用制表符。", "this line cannot be read; write name: value, and indent with spaces, not tabs.")
		return Policy{}, f.fs
	}
	var more yaml.Node
	if err := dec.Decode(&more); err == nil {
		f.find(&more, "policy-form", "一个文件只能有一份政策，请删去“---”之后的部分。", "a file holds one policy; delete what follows the ---.")
	}
	p := f.policy(root.Content[0])
	if len(f.fs) > 0 {
		return Policy{}, f.fs
	}
	return p, nil
}

// policyFile reads nodes and gathers findings.
type policyFile struct {
	name string
	fs   []planner.Finding
}

// find notes what is wrong at a node.
func (f *policyFile) find(n *yaml.Node, code, zh, en string) {
	f.fs = append(f.fs, planner.Finding{Severity: planner.Stop, Code: code, Place: planner.Place{File: fmt.Sprintf("%s:%d:%d", f.name, n.Line, n.Column)},
		Say: planner.Text{ZH: fmt.Sprintf("第%d行第%d列：", n.Line, n.Column) + zh, EN: fmt.Sprintf("line %d, column %d: ", n.Line, n.Column) + en}})
}

// pairs calls fn for each key of a mapping, each once. What names the mapping for people.
func (f *policyFile) pairs(n *yaml.Node, what word, fn func(key, value *yaml.Node)) {
	if n.Kind == yaml.ScalarNode && (n.Tag == "!!null" || n.Value == "") {
		return
	}
	if n.Kind != yaml.MappingNode {
		f.find(n, "policy-form", "“"+what.zh+"”下面应是一行行“名称: 值”。", what.en+" should hold lines of name: value.")
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode || k.Value == "<<" {
			f.find(k, "policy-form", "这里应是一个名称。", "a name should stand here.")
			continue
		}
		if first := seen[k.Value]; first > 0 {
			f.find(k, "policy-twice", fmt.Sprintf("“%s”在第%d行已经写过，请只留一处。", k.Value, first), fmt.Sprintf("%s stands in line %d already; keep one.", k.Value, first))
			continue
		}
		seen[k.Value] = k.Line
		fn(k, v)
	}
}

// known finds which word a key is, in either language.
func (f *policyFile) known(k *yaml.Node, kind word, ws []word) string {
	for _, w := range ws {
		if k.Value == w.en || k.Value == w.zh {
			return w.en
		}
	}
	var names []string
	for _, w := range ws {
		names = append(names, w.String())
	}
	all := strings.Join(names, "、")
	f.find(k, "policy-name", "不认识的"+kind.zh+"“"+k.Value+"”；可用的有："+all+"。", "unknown "+kind.en+" "+k.Value+"; known are: "+strings.Join(names, ", ")+".")
	return ""
}

// number reads a whole number in a range.
func (f *policyFile) number(v *yaml.Node, least, most int) (int, bool) {
	n, err := strconv.Atoi(v.Value)
	if v.Kind != yaml.ScalarNode || err != nil || n < least || n > most {
		seen := v.Value
		if v.Kind != yaml.ScalarNode {
			seen = "…"
		}
		f.find(v, "policy-number", fmt.Sprintf("“%s”应是%d到%d的整数。", seen, least, most), fmt.Sprintf("%q should be a whole number from %d to %d.", seen, least, most))
		return 0, false
	}
	return n, true
}

func (f *policyFile) policy(root *yaml.Node) (p Policy) {
	f.pairs(root, word{"the file", "文件"}, func(k, v *yaml.Node) {
		switch f.known(k, word{"part", "部分"}, fileParts) {
		case "rules":
			f.rules(v, &p)
		case "loads":
			f.loads(v, &p.Limits)
		case "caps":
			f.caps(v, &p.Limits)
		case "second":
			f.second(v, &p.Limits)
		}
	})
	slices.Sort(p.Off)
	return p
}

// rules reads prices and switches.
func (f *policyFile) rules(n *yaml.Node, p *Policy) {
	book := Default()
	done := map[string]bool{}
	f.pairs(n, fileParts[0], func(k, v *yaml.Node) {
		id := f.known(k, word{"rule", "规则"}, ruleWords())
		if id == "" {
			return
		}
		if done[id] {
			f.find(k, "policy-twice", "规则“"+id+"”写了两次，请只留一处。", "rule "+id+" stands twice; keep one.")
			return
		}
		done[id] = true
		forbids := slices.ContainsFunc(book.Pairs, func(r PairRule) bool { return r.ID == id && r.Effect == Forbid })
		switch off, on := isOff(v), isOn(v); {
		case on: // it is on
		case protects(id):
			f.find(v, "policy-protected", "规则“"+k.Value+"”保护群众和干部，不能关闭，也没有价；请删去这一行。", "rule "+k.Value+" protects people: it cannot be switched off and has no price; delete this line.")
		case off && id == unservedID:
			f.find(v, "policy-protected", "“"+k.Value+"”不能关闭，请写分钟数。", k.Value+" cannot be switched off; give minutes.")
		case off:
			p.Off = append(p.Off, id)
		case forbids:
			f.find(v, "policy-price", "规则“"+k.Value+"”是禁止，没有价，只能写 off（关）或 on（开）。", "rule "+k.Value+" forbids and has no price; write off (关) or on (开).")
		default:
			least := 0
			if id == unservedID {
				least = 1
			}
			if m, ok := f.price(v, least); ok {
				if p.Prices == nil {
					p.Prices = map[string]Minutes{}
				}
				p.Prices[id] = m
			}
		}
	})
}

func isOff(v *yaml.Node) bool {
	return v.Kind == yaml.ScalarNode && slices.Contains([]string{"off", "关", "false", "no"}, strings.ToLower(v.Value))
}

func isOn(v *yaml.Node) bool {
	return v.Kind == yaml.ScalarNode && slices.Contains([]string{"on", "开", "true", "yes"}, strings.ToLower(v.Value))
}

// price reads minutes.
func (f *policyFile) price(v *yaml.Node, least int) (Minutes, bool) {
	n, err := strconv.Atoi(v.Value)
	if v.Kind == yaml.ScalarNode && err == nil && n >= least && n <= maxPriceMin {
		return Minutes(n), true
	}
	f.find(v, "policy-price", fmt.Sprintf("“%s”应是%d到%d的整数（分钟），或 off（关）、on（开）。", v.Value, least, maxPriceMin),
		fmt.Sprintf("%q should be a whole number of minutes from %d to %d, or off (关), on (开).", v.Value, least, maxPriceMin))
	return 0, false
}

// loads reads the most of one person by rank or grade.
func (f *policyFile) loads(n *yaml.Node, l *Limits) {
	f.pairs(n, fileParts[1], func(k, v *yaml.Node) {
		name := f.known(k, word{"rank or grade", "职级"}, loadWords)
		if name == "" {
			return
		}
		least := 1
		grade := slices.Contains(planner.Grades, planner.Grade(name))
		if grade {
			least = 0 // takes a grade out of the households
		}
		most, ok := f.number(v, least, loadMost)
		switch {
		case !ok:
		case grade:
			if l.Grades == nil {
				l.Grades = map[planner.Grade]int{}
			}
			l.Grades[planner.Grade(name)] = most
		default:
			if l.Ranks == nil {
				l.Ranks = map[planner.Rank]int{}
			}
			l.Ranks[planner.Rank(name)] = most
		}
	})
}

// caps reads the bounds of a unit and the most of a village.
func (f *policyFile) caps(n *yaml.Node, l *Limits) {
	f.pairs(n, fileParts[2], func(k, v *yaml.Node) {
		switch f.known(k, word{"cap", "上限"}, capParts) {
		case "units":
			f.pairs(v, capParts[0], func(k, v *yaml.Node) {
				if !unitCode.MatchString(k.Value) {
					f.find(k, "policy-code", "“"+k.Value+"”不是单位代码。", k.Value+" is not the code of a unit.")
				} else {
					f.unit(k.Value, v, l)
				}
			})
		case "villages":
			f.pairs(v, capParts[1], func(k, v *yaml.Node) {
				every := k.Value == everyWord.en || k.Value == everyWord.zh
				if !every && !villageCode.MatchString(k.Value) {
					f.find(k, "policy-code", "“"+k.Value+"”应是12位村（社区）代码，或 "+everyWord.String()+"。", k.Value+" should be the 12-digit code of a village, or "+everyWord.String()+".")
					return
				}
				most, ok := f.number(v, 1, capMost)
				switch {
				case !ok:
				case every:
					l.EveryVillage = most
				default:
					if l.Villages == nil {
						l.Villages = map[planner.AreaCode]int{}
					}
					l.Villages[planner.AreaCode(k.Value)] = most
				}
			})
		}
	})
}
