package rule

import (
	"strconv"

	"lianxin/planner"
)

// Example is one case of a rule: data on the rule's declaration, checked by a test and printed with the rule. It begins
// from one invented pair — 李敏 of 农业农村局, whose unit serves 柳庄, and household 101 in the second group of 柳庄, ten
// minutes away — and changes what the case needs.
type Example struct {
	Say planner.Text // the case, without what the rule makes of it
	Set func(Pair)   // changes the invented pair; nil: as it is
	N   int          // of a load rule: which target of the cadre it would be; their even share is 15
}

// Pair is the case.
func (e Example) Pair() Pair {
	p := Pair{
		Cadre: &Cadre{Cadre: planner.Cadre{Code: "G00001", Name: "李敏", Rank: planner.RankStaff, Active: true}, Share: 15, Cap: 30, native: -1,
			Unit: &Unit{Unit: planner.Unit{Code: "D001", Name: "农业农村局"}, linked: true, serves: []bool{true}, travel: []int32{withinVillageMin}, follows: true, upper: []bool{true}}},
		Target: &Target{Code: "101", Area: "411281001001-02", Place: "柳庄二组",
			Household: &planner.Household{Code: "101", Active: true, Consent: planner.ConsentGiven}},
	}
	if e.Set != nil {
		e.Set(p)
	}
	return p
}

// another is a second invented cadre of the same unit.
func another(p Pair) *Cadre {
	return &Cadre{Cadre: planner.Cadre{Code: "G00002", Name: "王芳", Rank: planner.RankStaff, Active: true}, Unit: p.Cadre.Unit, Share: 15, Cap: 30, native: -1}
}

// Case is an example as a table shows it: the case, what the rule says of it, and the price.
type Case struct {
	Say   planner.Text `json:"say"`
	Words planner.Text `json:"words,omitzero"` // the rule's own sentence; zero of a case that does not match
	Price string       `json:"price,omitempty"`
}

// match words a pair rule's example with what the rule itself answers.
func (r *PairRule) match(e Example) Case {
	if e.Say.IsZero() {
		return Case{}
	}
	c := Case{Say: e.Say}
	if p := e.Pair(); r.When != nil && r.When(p) {
		reason := new(Instance).reason(r, p)
		if c.Words = reason.Say; r.Effect != Forbid {
			c.Price = signedMin(reason.Price)
		}
	}
	return c
}

// match words a load rule's example.
func (r *LoadRule) match(e Example) Case {
	if e.Say.IsZero() {
		return Case{}
	}
	c := Case{Say: e.Say}
	p := e.Pair()
	if m := r.Next(r.Price, p.Cadre, e.N); m != 0 {
		c.Words, c.Price = r.words(p.Cadre, e.N), signedMin(m.Seconds())
	}
	return c
}

// words fills a load rule's sentence.
func (r *LoadRule) words(c *Cadre, n int) planner.Text { return r.filled(r.Say, c, n) }

func (r *LoadRule) filled(sentence planner.Text, c *Cadre, n int) planner.Text {
	return sentence.Fill("cadre", c.Name, "unit", c.Unit.Name, "n", strconv.Itoa(n), "share", strconv.Itoa(c.Share))
}

// signedMin is a price in minutes with its sign.
func signedMin(s planner.Seconds) string {
	m := strconv.FormatInt(s.Minutes(), 10)
	if s > 0 {
		return "+" + m
	}
	return m
}
