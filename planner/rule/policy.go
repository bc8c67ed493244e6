package rule

import (
	"encoding/json"
	"fmt"
	"slices"

	"lianxin/planner"
)

// Policy 政策 is what an office changes of a preset: prices, rules switched off, loads and caps. The zero Policy changes
// nothing. It is read from a file by [ParsePolicy]; a plan keeps it in its canonical form, which reads back the same.
//
//	rules:
//	  continuity: 45        # minutes of travel
//	  需求对口: off           # IDs or Chinese names
//	  unserved: 9000        # leaving somebody without a cadre
//	loads:                  # the most of one person
//	  leader: 2             # villages
//	  section: 4            # groups
//	  staff: 12             # households; or by grade: division, deputy-division, township, deputy-township, ordinary
//	caps:
//	  units: {D81003: 60, D81004: 20-60}  # most households of a unit; or fewest-most, or 20- for the fewest alone
//	  villages: {every: 60, 411281001001: 40}  # most cadres in a village
//	second: {unit: different, most: 5}  # second responsible persons: of the unit same, different or any; or off, on
//
// Recusal, consent, leave and pins protect people: they cannot be switched off. What forbids has no price.
type Policy struct {
	Prices map[string]Minutes // by rule ID; "unserved" is the price of leaving a target out
	Off    []string           // rule IDs, sorted
	Limits Limits
}

// protects reports whether a rule may never be switched off, because it protects somebody or keeps a promise.
func protects(id string) bool {
	return slices.Contains([]string{Recusal.ID, LongLeave.ID, Consent.ID, Pinned.ID}, id)
}

// unservedID stands for [Book.Unserved] among the prices.
const unservedID = "unserved"

// IsZero reports whether the policy changes nothing.
func (p Policy) IsZero() bool {
	return len(p.Prices) == 0 && len(p.Off) == 0 && p.Limits.canonical() == ""
}

// String is the canonical form: one line of JSON, which is YAML too, the same for the same policy. Empty if it changes
// nothing.
func (p Policy) String() string {
	if p.IsZero() {
		return ""
	}
	rules, caps := map[string]any{}, map[string]any{}
	loads := map[string]int{}
	for id, m := range p.Prices {
		rules[id] = m
	}
	for _, id := range p.Off {
		rules[id] = "off"
	}
	for r, n := range p.Limits.Ranks {
		loads[string(r)] = n
	}
	for g, n := range p.Limits.Grades {
		loads[string(g)] = n
	}
	if units := p.Limits.unitWords(); len(units) > 0 {
		caps["units"] = units
	}
	villages := map[string]int{}
	for v, n := range p.Limits.Villages {
		villages[string(v)] = n
	}
	if p.Limits.EveryVillage > 0 {
		villages["every"] = p.Limits.EveryVillage
	}
	if len(villages) > 0 {
		caps["villages"] = villages
	}
	all := map[string]any{}
	if len(rules) > 0 {
		all["rules"] = rules
	}
	if len(loads) > 0 {
		all["loads"] = loads
	}
	if len(caps) > 0 {
		all["caps"] = caps
	}
	if p.Limits.Second != nil {
		all["second"] = p.Limits.Second.value()
	}
	b, err := json.Marshal(all)
	if err != nil {
		panic(err) // maps of strings and numbers
	}
	return string(b)
}

// Apply changes a book. NotFound names a rule that is not in it.
func (p Policy) Apply(b Book) (Book, error) {
	b.Pairs = slices.Clone(b.Pairs)
	if p.Limits.capsVillages() {
		b.Pairs = append(b.Pairs, VillageCap)
	}
	p.Limits.Second.settle(&b)
	b, err := b.Priced(p.Prices)
	if err != nil {
		return b, err
	}
	for i := range b.Pairs { // a condition that the office gave a price is a preference again
		if b.Pairs[i].Effect == Forbid && b.Pairs[i].Price > 0 {
			b.Pairs[i].Effect = Avoid
		}
	}
	for _, id := range p.Off {
		n := len(b.Pairs) + len(b.Loads)
		b.Pairs = slices.DeleteFunc(b.Pairs, func(r PairRule) bool { return r.ID == id && !protects(id) })
		b.Loads = slices.DeleteFunc(b.Loads, func(r LoadRule) bool { return r.ID == id })
		if len(b.Pairs)+len(b.Loads) == n {
			return b, planner.Fail(planner.Invalid, "规则“"+id+"”不存在或不能关闭。", "rule "+id+" does not exist or cannot be switched off.")
		}
	}
	b.Limits = p.Limits
	return b, nil
}

// Terms is the book of a preset under a policy.
func Terms(ps Preset, p Policy) (Book, error) {
	b, err := p.Apply(ps.Book())
	if err != nil {
		return b, err
	}
	return b, b.Check()
}

// StoredPolicy reads the canonical form that a plan keeps.
func StoredPolicy(text string) (Policy, error) {
	p, fs := ParsePolicy("policy", []byte(text))
	if len(fs) > 0 {
		return Policy{}, fmt.Errorf("stored policy: %s", fs[0].Say.EN)
	}
	return p, nil
}
