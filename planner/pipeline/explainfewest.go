package pipeline

import (
	"fmt"

	"lianxin/planner"
	"lianxin/planner/pairing"
)

// Of a plan made by the fewest changes an extra price has three parts, compared in this order: more households without a
// cadre, more that change theirs, and only then minutes, which may be fewer.
var (
	sayFewestDearer = planner.Text{ZH: "如果改由{cadre}联系，换人最少的安排要比现在{more}；照此办理，与现在的方案相比共有{n}户换人。",
		EN: "with {cadre} the plan of the fewest changes would have {more}; {n} households would change cadre against this plan."}
	sayFewestSame = planner.Text{ZH: "也可以改由{cadre}联系：换人户数和代价都不变，与现在的方案相比共有{n}户换人。",
		EN: "{cadre} could as well: no more changes and the same price; {n} households would change cadre against this plan."}
	sayFewestHelp = planner.Text{
		ZH: "本方案是按“换人最少”做的，所以“节省”按三步比：先比少几户没有干部，再比少换几户，最后比代价。只给表中这名干部增加1个名额（按其超出上限后下一户的代价计），其他都不变，重新求得的最少变动方案比现在少多少，都是准数。单位一栏的名额可由任何户使用；村一栏的名额只给该村的户使用。没有列出的单位和村，增加1个名额没有用处。",
		EN: "This plan was made by the fewest changes, so saves is compared in three steps: fewer households without a cadre, then fewer changes, then the price. It is how much less the plan of the fewest changes would have, exactly, if the cadre named here alone had one more place (at the price that the load rules give their next household beyond the cap) and all else stayed as it is. A unit's place may be taken by any household; a village's only by one of its own. Where nothing is listed one more place is of no use."}
)

// signedly is [exactly] with a sign.
func signedly(s planner.Seconds) planner.Text {
	sign := "+"
	if s < 0 {
		sign, s = "−", -s
	}
	t := exactly(s)
	return planner.Text{ZH: sign + t.ZH, EN: sign + t.EN}
}

// fewestMore words the three parts: 多换 1 户，代价 +12分钟.
func fewestMore(left, changed int, secs planner.Seconds) (t planner.Text) {
	count := func(n int, zhMore, zhLess, enMore, enLess string) {
		if n > 0 {
			t.ZH += fmt.Sprintf(zhMore, n) + "，"
			t.EN += fmt.Sprintf(enMore, n) + ", "
		} else if n < 0 {
			t.ZH += fmt.Sprintf(zhLess, -n) + "，"
			t.EN += fmt.Sprintf(enLess, -n) + ", "
		}
	}
	count(left, "多%d户没有干部（锁定的一户按两户计）", "少%d户没有干部（锁定的一户按两户计）", "%d more without a cadre (a pinned one counts twice)", "%d fewer without a cadre (a pinned one counts twice)")
	count(changed, "多换%d户", "少换%d户", "%d more changes", "%d fewer changes")
	s := signedly(secs)
	t.ZH += "代价" + s.ZH
	t.EN += s.EN
	return t
}

// More words what the best plan with this cadre has more. It is empty where the pair is forbidden.
func (a Alternative) More() planner.Text {
	if !a.Forbidden.IsZero() {
		return planner.Text{}
	}
	if !a.Fewest {
		s := signedly(a.Extra)
		return planner.Text{ZH: "代价" + s.ZH, EN: s.EN}
	}
	return fewestMore(a.Left, a.Changed, a.Extra)
}

// saidFewest is the sentence of an answer about a plan made by the fewest changes.
func saidFewest(w pairing.WhyNot) (say, more planner.Text) {
	if w.Left == 0 && w.Changed == 0 && w.Extra == 0 {
		return sayFewestSame, more
	}
	return sayFewestDearer, fewestMore(w.Left, w.Changed, w.Extra)
}

// Spare words what the place saves.
func (h HelpRow) Spare() planner.Text {
	if !h.Fewest {
		return exactly(h.Saves)
	}
	return fewestMore(-h.Left, -h.Changed, -h.Saves)
}
