package rule

import (
	"slices"
	"strconv"

	"lianxin/planner"
)

// Line is one rule as a table shows it.
type Line struct {
	ID      string         `json:"id"`
	Name    string         `json:"name"`            // 短名
	Effect  string         `json:"effect"`          // forbid, prefer, avoid, or load
	Price   string         `json:"price"`           // minutes with sign, per time; empty of a Forbid and of a rule that is off
	Usual   string         `json:"usual,omitempty"` // the default book's price, where this book has another
	Off     bool           `json:"off,omitempty"`   // the default book has it, this one does not
	Say     planner.Text   `json:"say"`             // with its placeholders in words
	Private bool           `json:"private,omitempty"`
	Tiers   []planner.Tier `json:"tiers,omitempty"` // where it applies; empty: in all
	Match   Case           `json:"match,omitzero"`  // an example that the rule is about, at this book's price
	Miss    Case           `json:"miss,omitzero"`
}

// shown are placeholders as a reader of the rule book sees them.
var shown = [...][3]string{{"cadre", "干部", "the cadre"}, {"unit", "单位", "the unit"}, {"area", "某村组", "the area"}, {"target", "对象", "the target"},
	{"last", "上期干部", "last period's cadre"}, {"pin", "锁定的干部", "the pinned cadre"}, {"times", "若干", "some"}, {"what", "对口的需求", "the needs met"},
	{"n", "几", "n"}, {"share", "若干", "some"}}

// plainly words a sentence without a case.
func plainly(t planner.Text) planner.Text {
	var zh, en []string
	for _, s := range shown {
		zh, en = append(zh, s[0], s[1]), append(en, s[0], s[2])
	}
	return planner.Text{ZH: t.Fill(zh...).ZH, EN: t.Fill(en...).EN}
}

// line is a pair rule as a table shows it.
func (r *PairRule) line() Line {
	l := Line{ID: r.ID, Name: r.Name, Effect: string(r.Effect), Say: plainly(r.Say), Private: r.Private, Tiers: r.Tiers, Match: r.match(r.Match), Miss: r.match(r.Miss)}
	switch r.Effect {
	case Avoid:
		l.Price = "+" + strconv.FormatInt(int64(r.Price), 10)
	case Prefer:
		l.Price = "-" + strconv.FormatInt(int64(r.Price), 10)
	}
	return l
}

// line is a load rule as a table shows it.
func (r *LoadRule) line() Line {
	return Line{ID: r.ID, Name: r.Name, Effect: "load", Price: "+" + strconv.FormatInt(int64(r.Price), 10), Say: plainly(r.Say), Tiers: r.Tiers,
		Match: r.match(r.Match), Miss: r.match(r.Miss)}
}

// Lines is the book in the order of explanations, for the page and the command that print the rules. Rules of the default
// book that this one has switched off come last.
func (b Book) Lines() (ls []Line) {
	usual := map[string]Line{}
	d := Default()
	var order []string
	for i := range d.Pairs {
		usual[d.Pairs[i].ID] = d.Pairs[i].line()
		order = append(order, d.Pairs[i].ID)
	}
	for i := range d.Loads {
		usual[d.Loads[i].ID] = d.Loads[i].line()
		order = append(order, d.Loads[i].ID)
	}
	add := func(l Line) {
		if u, ok := usual[l.ID]; ok && u.Price != l.Price {
			l.Usual = u.Price
		}
		ls = append(ls, l)
	}
	for i := range b.Pairs {
		add(b.Pairs[i].line())
	}
	for i := range b.Loads {
		add(b.Loads[i].line())
	}
	for _, id := range order {
		if !slices.ContainsFunc(ls, func(l Line) bool { return l.ID == id }) {
			l := usual[id]
			l.Usual, l.Price, l.Off, l.Match.Price, l.Miss.Price = l.Price, "", true, "", ""
			ls = append(ls, l)
		}
	}
	return ls
}
