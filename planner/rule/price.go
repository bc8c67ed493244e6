package rule

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"lianxin/planner"
)

// Forbidden is what [Instance.Row] holds for a pair that must not be made.
const Forbidden int32 = math.MaxInt32

// forbidden returns the rule that forbids the pair, nil if none. Of several it is the first in the book, a pin last.
func (in *Instance) forbidden(p Pair) (found *PairRule) {
	for i := range in.forbids {
		if r := &in.forbids[i]; r.When(p) {
			if r.ID != Pinned.ID {
				return r
			}
			found = r
		}
	}
	return found
}

// price is the sum of the pair's prices in seconds.
func (in *Instance) price(p Pair) (s planner.Seconds) {
	for i := range in.prices {
		r := &in.prices[i]
		if r.When(p) {
			s += r.cost(p)
		}
	}
	return s
}

// cost is what the rule adds to the price of a pair that it matches.
func (r *PairRule) cost(p Pair) planner.Seconds {
	s := r.Price.Seconds()
	if r.Times != nil {
		s *= planner.Seconds(r.Times(p))
	}
	if r.Effect == Prefer {
		return -s
	}
	return s
}

// Price is the price of target i for cadre j without load, and whether the pair may be made at all.
func (in *Instance) Price(i, j int) (planner.Seconds, bool) {
	p := Pair{in.Cadres[j], in.Targets[i]}
	if in.forbidden(p) != nil {
		return 0, false
	}
	return in.price(p), true
}

// Row fills row with target i's price in seconds for every cadre, [Forbidden] where none may be made. Safe for
// concurrent use.
func (in *Instance) Row(i int, row []int32) {
	for j := range in.Cadres {
		row[j] = Forbidden
		if s, ok := in.Price(i, j); ok {
			row[j] = int32(s)
		}
	}
}

// Forbids names the rule that forbids target i for cadre j, with its sentence; ok is false if none does.
func (in *Instance) Forbids(i, j int) (r planner.Reason, ok bool) {
	p := Pair{in.Cadres[j], in.Targets[i]}
	if f := in.forbidden(p); f != nil {
		return in.reason(f, p), true
	}
	return planner.Reason{}, false
}

// Reasons are the parts of the pair's price in the order of the book, those of price 0 left out. They add up to
// [Instance.Price].
func (in *Instance) Reasons(i, j int) []planner.Reason { return in.appendReasons(nil, i, j) }

func (in *Instance) appendReasons(rs []planner.Reason, i, j int) []planner.Reason {
	p := Pair{in.Cadres[j], in.Targets[i]}
	for k := range in.prices {
		if r := &in.prices[k]; r.When(p) && r.cost(p) != 0 {
			rs = append(rs, in.reason(r, p))
		}
	}
	return rs
}

// reason words a rule for a pair.
func (in *Instance) reason(r *PairRule, p Pair) planner.Reason {
	out := planner.Reason{Rule: r.ID, Private: r.Private, Say: r.said(r.Say, p)}
	if r.Effect != Forbid {
		out.Price = r.cost(p)
	}
	return out
}

// said fills a sentence of the rule for a pair.
func (r *PairRule) said(sentence planner.Text, p Pair) planner.Text {
	name := func(c *Cadre) string {
		if c == nil {
			return ""
		}
		return c.Name
	}
	times := ""
	if r.Times != nil {
		times = strconv.FormatInt(r.Times(p), 10)
	}
	var target planner.Text
	if strings.Contains(sentence.ZH, "{target}") || strings.Contains(sentence.EN, "{target}") {
		target = p.Target.Name()
	}
	var what [2]string
	if r.Words != nil {
		what = r.Words(p)
	}
	say := func(s, target, what string) string {
		return planner.Fill(s, "cadre", p.Cadre.Name, "unit", p.Cadre.Unit.Name, "area", p.Target.Place, "target", target,
			"last", name(p.Target.Last), "pin", name(p.Target.Pin), "times", times, "what", what)
	}
	return planner.Text{ZH: say(sentence.ZH, target.ZH, what[0]), EN: say(sentence.EN, target.EN, what[1])}
}

// MustPrice is what a place counts below its price where a lower bound is dealt out to its cadre: whatever would leave it
// empty is dearer than anything else, and so said to be impossible.
const MustPrice = 1 << 25

// Marginals are the prices in seconds of cadre j's first, second, … target, as many as j may have. They never fall.
func (in *Instance) Marginals(j int) []int32 {
	c := in.Cadres[j]
	ms := make([]int32, c.Cap)
	for n := range ms {
		for i := range in.loads {
			r := &in.loads[i]
			ms[n] += int32(r.Next(r.Price, c, n+1).Seconds())
		}
		if n < c.Least {
			ms[n] -= MustPrice
		}
	}
	return ms
}

// LoadReasons are the parts of the price of cadre j's n-th target (n ≥ 1), those of price 0 left out. They add up to
// Marginals(j)[n-1].
func (in *Instance) LoadReasons(j, n int) []planner.Reason { return in.appendLoadReasons(nil, j, n) }

func (in *Instance) appendLoadReasons(rs []planner.Reason, j, n int) []planner.Reason {
	c := in.Cadres[j]
	for i := range in.loads {
		r := &in.loads[i]
		if s := r.Next(r.Price, c, n).Seconds(); s != 0 {
			rs = append(rs, planner.Reason{Rule: r.ID, Price: s,
				Say: r.words(c, n)})
		}
	}
	return rs
}

// Unserved is the price of leaving target i without a cadre. A pinned one is dearer than any other, so that a pin gives
// way last.
func (in *Instance) Unserved(i int) planner.Seconds {
	if in.Targets[i].Pin != nil {
		return 3 * in.unserved
	}
	return in.unserved
}

// Hash is the SHA-256, in hex, of all that the tier's answer depends on: the book, and each cadre's and target's facts by
// their codes. IDs do not enter.
func (in *Instance) Hash() string {
	h := sha256.New()
	code := func(c *Cadre) string {
		if c == nil {
			return ""
		}
		return c.Code
	}
	fmt.Fprintf(h, "lianxin tier 1\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\n", in.Tier, in.q.Valid.From, in.q.Valid.Until, in.q.bookHash(), in.q.Preset.ID)
	seen := map[*Unit]bool{}
	for _, c := range in.Cadres {
		if !seen[c.Unit] {
			seen[c.Unit] = true
			fmt.Fprintf(h, "unit\x1f%s\x1f%s\x1f%v\x1f%v\x1f%v\x1f%v\n", c.Unit.Code, c.Unit.Area, c.Unit.linked, c.Unit.travel, set(c.Unit.serves), set(c.Unit.upper))
		}
		fmt.Fprintf(h, "cadre\x1f%s\x1f%s\x1f%t\x1f%d\x1f%d\x1f%d\x1f%d\x1f%v\x1f%v\n", c.Code, c.Unit.Code, c.Away, c.Share, c.Cap, c.skills, c.native, c.off, c.ground)
	}
	for _, u := range in.UnitCaps {
		fmt.Fprintf(h, "cap\x1f%s\x1f%d\n", in.Cadres[u.Cadres[0]].Unit.Code, u.Most)
		if u.Least > 0 {
			fmt.Fprintf(h, "least\x1f%s\x1f%d\n", in.Cadres[u.Cadres[0]].Unit.Code, u.Least)
		}
	}
	for _, c := range in.Cadres {
		if c.teams != nil {
			fmt.Fprintf(h, "team\x1f%s\x1f%v\n", c.Code, c.teams)
		}
	}
	for _, c := range in.Cadres {
		if c.home > 0 || c.homeGroup > 0 || c.likes != nil || c.likesGroup != nil {
			fmt.Fprintf(h, "more\x1f%s\x1f%d\x1f%d\x1f%v\x1f%v\n", c.Code, c.home, c.homeGroup, c.likes, c.likesGroup)
		}
	}
	for _, t := range in.Targets {
		fmt.Fprintf(h, "target\x1f%s\x1f%s\x1f%d\x1f%s\x1f%s", t.Code, t.Area, t.needs, code(t.Last), code(t.Pin))
		for _, c := range t.recused {
			fmt.Fprintf(h, "\x1f%s", c.Code)
		}
		t.hashFurther(h, code)
		fmt.Fprintln(h)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// hashFurther writes what further tiers and wishes add to a target, if anything.
func (t *Target) hashFurther(w io.Writer, code func(*Cadre) string) {
	for _, c := range t.wished {
		fmt.Fprintf(w, "\x1fwish %s", code(c))
	}
	if t.another != nil {
		fmt.Fprintf(w, "\x1fnot %s", t.another.Code)
	}
	if t.cover != "" {
		fmt.Fprint(w, "\x1fcover")
	}
	if t.first != "" {
		fmt.Fprintf(w, "\x1ffirst %s %s", t.first, t.firstUnit)
	}
	if t.Size > 0 {
		fmt.Fprintf(w, "\x1fsize %d", t.Size)
	}
}

// set lists the set positions.
func set(bs []bool) (on []int) {
	for i, b := range bs {
		if b {
			on = append(on, i)
		}
	}
	return on
}

// Explain is the whole of what a pairing says for itself: the pair's reasons, those of being cadre j's n-th target, and, at
// price 0, why last period's cadre could not go on.
func (in *Instance) Explain(i, j, n int) []planner.Reason {
	var room [8]planner.Reason // most pairs have three or four; what is kept of them is as long as they are
	rs := in.appendLoadReasons(in.appendReasons(room[:0], i, j), j, n)
	if f := in.Targets[i].Former; f != nil && in.Cadres[j].ID != in.Targets[i].Was {
		rs = append(rs, *f)
	}
	if len(rs) == 0 {
		return nil
	}
	return slices.Clone(rs)
}
