package rule

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"lianxin/planner"
)

// Minutes on the road: the unit in which prices are declared.
type Minutes int64

// Seconds converts to the unit in which prices are summed.
func (m Minutes) Seconds() planner.Seconds { return planner.Seconds(m) * 60 }

// Effect of a rule on a pair.
type Effect string

const (
	Forbid Effect = "forbid" // the pair is not made
	Prefer Effect = "prefer" // takes its price off
	Avoid  Effect = "avoid"  // adds its price
)

// Pair is one cadre and one target, as a rule sees them.
type Pair struct {
	Cadre  *Cadre
	Target *Target
}

// PairRule is one statement about a pair.
type PairRule struct {
	ID      string               // stable slug
	Name    string               // 规则的短名, which a policy file may use in place of the ID
	Effect  Effect               //
	Tiers   []planner.Tier       // where it applies; empty: in all
	When    func(Pair) bool      // whether it applies; pure
	Times   func(Pair) int64     // how often the price counts, ≥ 0; nil: once
	Price   Minutes              // per time, ≥ 0; of a Forbid always 0
	Say     planner.Text         // see Placeholders for what it may name
	Once    bool                 // of the tier of units: its price is for the link, not for each household
	Private bool                 // the planner's alone; others read 工作调整 or 按规定不安排
	Words   func(Pair) [2]string // value of {what}: Chinese, English; nil if Say has none
	Earlier []planner.Text       // sentences that said the same before, the oldest first: see earlier.go
	Match   Example              // a case that the rule is about
	Miss    Example              // and one that it is not
}

// LoadRule is the price of one more target for a cadre.
type LoadRule struct {
	ID    string
	Name  string
	Tiers []planner.Tier
	Price Minutes                                      // the unit that Next multiplies
	Next  func(price Minutes, c *Cadre, n int) Minutes // of the n-th target, n ≥ 1; never falls with n
	Say   planner.Text                                 // {cadre}, {unit}, {n}, {share}
	Match Example
	Miss  Example

	Earlier []planner.Text // as of a [PairRule]
}

// Book 规则 is the policy: rules in the order in which explanations name them.
type Book struct {
	Pairs    []PairRule
	Loads    []LoadRule
	Unserved Minutes // what leaving a target without a cadre would cost; above anything that rearranging could save
	Limits   Limits  // what the office's policy says about loads and caps
}

// Placeholders are the names that a rule's sentence may use in braces.
var Placeholders = []string{"cadre", "unit", "area", "target", "last", "pin", "times", "what", "n", "share"}

var placeholder = regexp.MustCompile(`\{([a-z]+)\}`)

// maxPriceMin bounds a declared price so that costs stay far inside int32 seconds.
const maxPriceMin = 10_000

// Check holds the laws of a book: unique IDs, words in both languages with known placeholders, prices in range, a price
// for all but a Forbid, load prices that never fall. The error is Invalid and names the rule.
func (b Book) Check() error {
	seen := map[string]bool{}
	bad := func(id, zh, en string) error {
		e := planner.Fail(planner.Invalid, "规则“"+id+"”"+zh, "rule "+id+": "+en)
		e.Where = "rules"
		return e
	}
	words := func(id string, say planner.Text) error {
		if id == "" || seen[id] {
			return bad(id, "没有编号或编号重复，请改用另一个编号。", "the ID is missing or used twice; choose another.")
		}
		seen[id] = true
		if say.ZH == "" || say.EN == "" {
			return bad(id, "缺中文或英文说明，请补上。", "the Chinese or English sentence is missing; add it.")
		}
		for _, s := range []string{say.ZH, say.EN} {
			for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
				if !slices.Contains(Placeholders, m[1]) {
					return bad(id, "的说明里有不认识的“{"+m[1]+"}”。", "the sentence names {"+m[1]+"}, which is not known.")
				}
			}
		}
		return nil
	}
	for _, r := range b.Pairs {
		if err := words(r.ID, r.Say); err != nil {
			return err
		}
		switch {
		case r.When == nil:
			return bad(r.ID, "没有条件。", "it has no condition.")
		case r.Effect != Forbid && r.Effect != Prefer && r.Effect != Avoid:
			return bad(r.ID, "的作用不是禁止、优先或避免。", "its effect is neither forbid, prefer nor avoid.")
		case r.Effect == Forbid && r.Price != 0:
			return bad(r.ID, "是禁止，不应有价。", "it forbids, so it must not have a price.")
		case r.Effect != Forbid && (r.Price < 0 || r.Price > maxPriceMin):
			return bad(r.ID, fmt.Sprintf("的价 %d 分钟超出 0 到 %d。", r.Price, maxPriceMin), fmt.Sprintf("its price of %d minutes is not within 0 to %d.", r.Price, maxPriceMin))
		case (r.Words != nil) != strings.Contains(r.Say.ZH+r.Say.EN, "{what}"):
			return bad(r.ID, "的说明与其{what}不符。", "its sentence and its {what} do not agree.")
		}
	}
	for _, r := range b.Loads {
		if err := words(r.ID, r.Say); err != nil {
			return err
		}
		if r.Next == nil || r.Price < 0 || r.Price > maxPriceMin {
			return bad(r.ID, "没有价或价超出范围。", "it has no price or one out of range.")
		}
		for share := range 60 {
			last := Minutes(0)
			c := &Cadre{Share: share, Cap: 200}
			for n := 1; n <= 200; n++ {
				m := r.Next(r.Price, c, n)
				if m < last {
					return bad(r.ID, fmt.Sprintf("在平均%d个时第%d个反而更便宜，求解要求不降。", share, n), fmt.Sprintf("with a share of %d, target %d is cheaper than the one before; load prices must not fall.", share, n))
				}
				last = m
			}
		}
	}
	if b.Unserved <= 0 || b.Unserved > maxPriceMin {
		return bad("unserved", "的价超出范围。", "the price of an unserved target is out of range.")
	}
	return nil
}

// Priced returns the book with other prices, by rule ID; "unserved" is the price of leaving a target out. NotFound names
// an ID that is not in the book. The result is not checked; see [Book.Check].
func (b Book) Priced(prices map[string]Minutes) (Book, error) {
	b.Pairs, b.Loads = slices.Clone(b.Pairs), slices.Clone(b.Loads)
	for _, id := range slices.Sorted(maps.Keys(prices)) {
		found := false
		for i := range b.Pairs {
			if b.Pairs[i].ID == id {
				b.Pairs[i].Price, found = prices[id], true
			}
		}
		for i := range b.Loads {
			if b.Loads[i].ID == id {
				b.Loads[i].Price, found = prices[id], true
			}
		}
		if id == "unserved" {
			b.Unserved, found = prices[id], true
		}
		if !found {
			return b, planner.Fail(planner.NotFound, "没有编号为“"+id+"”的规则。", "there is no rule "+id+".")
		}
	}
	return b, nil
}

// Hash is the SHA-256, in hex, of what the book decides: IDs, effects, tiers, prices and limits, and load prices by example. Words
// are not covered, so that a mended sentence leaves plans what they were; nor is code inside When: a rule with another condition
// gets a new ID.
func (b Book) Hash() string { return b.hash(false) }

// HashWithWords is the hash that plans of before kept, which covers the sentences of then as well.
func (b Book) HashWithWords() string { return b.hash(true) }

func (b Book) hash(words bool) string {
	h := sha256.New()
	said := func(now planner.Text, earlier []planner.Text) string {
		switch {
		case !words:
			return ""
		case len(earlier) > 0:
			now = earlier[0]
		}
		return now.ZH + "\x1f" + now.EN
	}
	for _, r := range b.Pairs {
		fmt.Fprintf(h, "pair\x1f%s\x1f%s\x1f%v\x1f%d\x1f%s\x1f%t\x1f%t\n", r.ID, r.Effect, r.Tiers, r.Price, said(r.Say, r.Earlier), r.Private, r.Once)
	}
	for _, r := range b.Loads {
		fmt.Fprintf(h, "load\x1f%s\x1f%v\x1f%d\x1f%s", r.ID, r.Tiers, r.Price, said(r.Say, r.Earlier))
		examples := make([]byte, 0, 20*40*4)
		for share := range 20 {
			c := &Cadre{Share: share, Cap: 40}
			for n := 1; n <= 40; n++ {
				examples = strconv.AppendInt(append(examples, '\x1f'), int64(r.Next(r.Price, c, n)), 10)
			}
		}
		h.Write(examples)
		io.WriteString(h, "\n")
	}
	fmt.Fprintf(h, "unserved\x1f%d\n", b.Unserved)
	if limits := b.Limits.canonical(); limits != "" {
		fmt.Fprintf(h, "limits\x1f%s\n", limits)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Words are the name and the sentence of a rule; empty if the book has no such rule.
func (b Book) Words(id string) (name string, say planner.Text) {
	for _, r := range b.Pairs {
		if r.ID == id {
			return r.Name, r.Say
		}
	}
	for _, r := range b.Loads {
		if r.ID == id {
			return r.Name, r.Say
		}
	}
	return "", planner.Text{}
}

// inTiers reports whether a rule declared for tiers applies in t.
func inTiers(tiers []planner.Tier, t planner.Tier) bool {
	return len(tiers) == 0 || slices.Contains(tiers, t)
}
