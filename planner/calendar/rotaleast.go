package calendar

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// A rule that says how often somebody receives at least is a law's, fairness is an office's: of the rotas that meet every minimum that
// can be met the fairest is laid ([DutyLeast]), and what cannot be met is named with the reason. Days are chosen with the same care: a
// head's day of a month is one on which they are there, if the month has one.

// stretches are what a rule asks of a circle: of whom, within which of its slots. Who is away on all of them owes none, and nobody owes
// more than the slots they are there for.
func (c *circle) stretches(rule Least, slots []Slot, visit func(term, first, last int, who []int32)) {
	var who []int32
	for k, l := range c.who {
		if rule.Heads == l.Head || !rule.Heads && c.shared() {
			who = append(who, int32(k))
		}
	}
	if rule.Heads != c.heads && !c.shared() || len(who) == 0 {
		return
	}
	for first := 0; first < len(c.slots); {
		term := rule.Per.of(slots[c.slots[first]].On)
		last := first
		for last+1 < len(c.slots) && rule.Per.of(slots[c.slots[last+1]].On) == term {
			last++
		}
		visit(term, first, last, who)
		first = last + 1
	}
}

func (c *circle) shared() bool { return c.in.Rules.Heads == HeadShared }

// least are the minima of the circle's slots, the months before the quarters.
func (c *circle) least(slots []Slot) (ls []DutyLeast) {
	for _, rule := range c.in.Rules.Least {
		c.stretches(rule, slots, func(_, first, last int, who []int32) {
			by := map[int][]int32{} // how many are owed: by whom
			for _, k := range who {
				can := 0
				for _, s := range c.problem.Slots[first : last+1] {
					if has(s.Can, k) {
						can++
					}
				}
				n := min(rule.Times, can)
				by[n] = append(by[n], k)
			}
			for n := 1; n <= rule.Times; n++ {
				if len(by[n]) > 0 {
					ls = append(ls, DutyLeast{First: first, Last: last, Who: by[n], Times: n})
				}
			}
		})
	}
	return ls
}

// times is how many days of a month each head has of their own, or how many days of a quarter each other leader is given: what the rules
// ask for, at least one.
func (c *circle) times() int {
	n, per := 1, TermQuarter
	if c.heads {
		per = TermMonth
	}
	for _, l := range c.in.Rules.Least {
		if l.Heads == c.heads && l.Per == per {
			n = max(n, l.Times)
		}
	}
	return n
}

// ownDays gives each head their days of a month of n days of reception, as many as can be: such as they are there on, near to where even
// steps put them. By day, one after the other for all heads and then again: the place, -1 none.
func (c *circle) ownDays(n int, day func(n int) civil.Date) []int32 {
	can := make([][]int32, c.times()*len(c.who))
	for k := range can {
		h := c.who[k%len(c.who)]
		want := (2*k + 1) * n / (2 * len(can))
		for off := range n {
			for _, p := range []int{want + off, want - off} {
				if p >= 0 && p < n && (off > 0 || p == want) && !slices.Contains(can[k], int32(p)) && !h.OnLeave(day(p)) && !day(p).Before(c.since[k%len(c.who)]) {
					can[k] = append(can[k], int32(p))
				}
			}
		}
	}
	m := newMatching(can, n)
	for b := range m.room {
		m.room[b] = 1
	}
	for k := range can {
		m.place(int32(k))
	}
	return m.at
}

// neededDays spreads over each month as many days as the heads need, and a third of what the other leaders need in a quarter. Where somebody is there on none
// of the days of a month (of a quarter, if they are no head) and on some other workday, one that nobody needs gives way to it.
func neededDays(days []civil.Date, heads, others *circle) (out []civil.Date) {
	for q := range 4 {
		var quarter, chosen []civil.Date
		own := map[civil.Date]bool{} // of the heads
		for m := time.Month(3*q + 1); m <= time.Month(3*q+3); m++ {
			var month, spread []civil.Date
			for _, d := range days {
				if d.Month == m {
					month = append(month, d)
				}
			}
			third := int(m-1) % 3
			need := others.times() * len(others.who)
			n := min(len(month), heads.times()*len(heads.who)+(third+1)*need/3-third*need/3)
			for i := range n {
				spread = append(spread, month[(2*i+1)*len(month)/(2*n)])
			}
			spread = heads.reach(spread, month, nil)
			for _, p := range heads.ownDays(len(spread), func(n int) civil.Date { return spread[n] }) {
				if p >= 0 {
					own[spread[p]] = true
				}
			}
			quarter, chosen = append(quarter, month...), append(chosen, spread...)
		}
		out = append(out, others.reach(chosen, quarter, own)...)
	}
	return out
}

// reach changes the fewest of some chosen days so that as many of the circle as can be have one of their own on which they are there.
// Those of keep stay, and are nobody's.
func (c *circle) reach(chosen, all []civil.Date, keep map[civil.Date]bool) []civil.Date {
	spare := slices.DeleteFunc(slices.Clone(all), func(d civil.Date) bool { return keep[d] || slices.Contains(chosen, d) })
	both := append(slices.DeleteFunc(slices.Clone(chosen), func(d civil.Date) bool { return keep[d] }), spare...)
	wanted := len(both) - len(spare) // how many days there are to be
	can := make([][]int32, c.times()*len(c.who))
	for k := range can {
		for n, d := range both {
			if !c.who[k%len(c.who)].OnLeave(d) && !d.Before(c.since[k%len(c.who)]) {
				can[k] = append(can[k], int32(n)) // the chosen ones first
			}
		}
	}
	m := newMatching(can, len(both))
	for n := range wanted {
		m.room[n] = 1
	}
	left := []int32{}
	for k := range can {
		if !m.place(int32(k)) {
			left = append(left, int32(k))
		}
	}
	for n := wanted; n < len(both); n++ {
		m.room[n] = 1
	}
	days := map[civil.Date]bool{}
	for _, d := range chosen {
		days[d] = true
	}
	for _, k := range left {
		if !m.place(k) {
			continue
		}
		for n := range both {
			d := both[n]
			if len(m.in[n]) == 0 || days[d] {
				continue
			}
			// the nearest of the chosen days that nobody needs gives way
			free := -1
			for o := range wanted {
				if days[both[o]] && len(m.in[o]) == 0 && (free < 0 || abs(int64(both[o].Sub(d))) < abs(int64(both[free].Sub(d)))) {
					free = o
				}
			}
			if free < 0 {
				return sortedDays(days)
			}
			delete(days, both[free])
			m.room[free] = 0
			days[d] = true
		}
	}
	return sortedDays(days)
}

func sortedDays(days map[civil.Date]bool) (out []civil.Date) {
	for d := range days {
		out = append(out, d)
	}
	slices.SortFunc(out, civil.Date.Compare)
	return out
}

// makeUp gives a head who has not received in the running month, and whose day of it is over, one of those that are left: who took
// leave of late, say. At rest it stays where it was laid.
func (in RotaInput) makeUp(slots []Slot, heads *circle) []Slot {
	if in.Rules.Heads != HeadMonthly || len(in.Last) == 0 || in.Today.Year != in.Year {
		return slots
	}
	agreed := map[civil.Date]bool{}
	for _, s := range in.Agreed {
		agreed[s.On] = true
	}
	took := map[planner.CadreID]bool{}
	was := map[civil.Date]planner.CadreID{}
	for _, s := range in.Last {
		was[s.On] = s.Cadre
		if s.On.Month == in.Today.Month && (s.On.Before(in.Today) || agreed[s.On]) {
			took[s.Cadre] = true
		}
	}
	at := map[civil.Date]int{}
	for i, s := range slots {
		at[s.On] = i
		if s.Head && !s.On.Before(in.Today) && s.On.Month == in.Today.Month {
			took[s.Cadre] = true
		}
	}
	for k, h := range heads.who {
		if took[h.ID] {
			continue
		}
		on := civil.Date{}
		for _, d := range in.Days.Between(civil.YearSpan(in.Year)) {
			i, known := at[d]
			open := d.Month == in.Today.Month && !d.Before(in.Today) && !d.Before(heads.since[k]) && !h.OnLeave(d) && !agreed[d] && !(known && slots[i].Head)
			if !open || in.rest && was[d] != h.ID || !known && in.Rules.Days != RotaAsNeeded {
				continue
			}
			if on.IsZero() || was[d] == h.ID {
				on = d
			}
		}
		if on.IsZero() {
			continue
		}
		i, known := at[on]
		if !known {
			i = len(slots)
			slots = append(slots, Slot{On: on, Nominal: on})
			at[on] = i
		}
		slots[i].Head, slots[i].Cadre = true, h.ID
	}
	slices.SortFunc(slots, func(a, b Slot) int { return a.On.Compare(b.On) })
	return slots
}

// minimaFindings names each minimum that is not met, and why. Absence is excused: who was away on all slots of a stretch owes none, which
// a note says, and nobody owes more slots than they were there for.
func (in RotaInput) minimaFindings(slots []Slot, circles ...*circle) (fs []planner.Finding) {
	for _, rule := range in.Rules.Least {
		for _, c := range circles {
			c.stretches(rule, slots, func(term, first, last int, who []int32) {
				fs = append(fs, c.minimum(rule, slots, term, first, last, who)...)
			})
		}
	}
	return fs
}

// minimum looks at one stretch.
func (c *circle) minimum(rule Least, slots []Slot, term, first, last int, who []int32) (fs []planner.Finding) {
	fill := func(t planner.Text, names []string, more ...string) planner.Text {
		return t.Fill(append([]string{"名", strings.Join(names, "、"), "期", rule.Per.zh(term), "次", fmt.Sprint(rule.Times),
			"names", strings.Join(names, ", "), "term", rule.Per.en(term), "times", fmt.Sprint(rule.Times)}, more...)...)
	}
	var without, away []string
	var lacking []int32
	for _, k := range who {
		there, took := 0, 0
		for n := first; n <= last; n++ {
			if has(c.problem.Slots[n].Present, k) {
				there++
			}
			if c.answer.By[n] == k {
				took++
			}
		}
		switch name := c.who[k].Name; {
		case took < min(rule.Times, there):
			without, lacking = append(without, name), append(lacking, k)
		case there == 0 && !slots[c.slots[last]].On.Before(c.since[k]):
			away = append(away, name)
		}
	}
	if len(away) > 0 {
		fs = append(fs, planner.Finding{Severity: planner.Note, Code: "rota-excused", Say: fill(planner.Text{
			ZH: "{名}在{期}的接访日都不在岗，这一期的“至少接访{次}次”免计。", EN: "{names} are away on all days of reception in {term}: their minimum of {times} does not count.",
		}, away)})
	}
	if len(without) == 0 {
		return fs
	}
	why := c.whyUnmet(rule, slots, first, last, who, lacking)
	return append(fs, planner.Finding{Severity: planner.Warn, Code: "rota-minimum", Say: fill(planner.Text{
		ZH: "“{期}每人至少接访{次}次”没有满足：{名}（{因}）。", EN: "at least {times} in {term} is not met for {names}: {why}.",
	}, without, "因", why.ZH, "why", why.EN)})
}

// whyUnmet says why nobody could have met a minimum: too few days, days that are over, or days for which others are needed.
func (c *circle) whyUnmet(rule Least, slots []Slot, first, last int, who, lacking []int32) planner.Text {
	if n := last - first + 1; n < len(who)*rule.Times {
		return planner.Text{ZH: "只有{天}个接访日，少于{人}人各{次}次", EN: "there are {days} slots, fewer than {times} for each of {people}"}.
			Fill("天", fmt.Sprint(n), "人", fmt.Sprint(len(who)), "次", fmt.Sprint(rule.Times), "days", fmt.Sprint(n), "times", fmt.Sprint(rule.Times), "people", fmt.Sprint(len(who)))
	}
	for _, u := range c.answer.Unmeet {
		if !slices.Contains(lacking, u.Person) || u.First > last || u.Last < first {
			continue
		}
		var days []civil.Date
		var names []string
		for _, n := range u.Slots {
			days = append(days, slots[c.slots[n]].On)
		}
		for _, k := range u.With {
			names = append(names, c.who[k].Name)
		}
		return planner.Text{ZH: "{名}能接访的只有{日}，共{天}天，按规定却要{次}次", EN: "{names} can receive on {days} only, {n} days, and owe {times} slots"}.
			Fill("名", strings.Join(names, "、"), "日", list(days, "、"), "天", fmt.Sprint(len(days)), "次", fmt.Sprint(u.Need),
				"names", strings.Join(names, ", "), "days", list(days, ", "), "n", fmt.Sprint(len(days)), "times", fmt.Sprint(u.Need))
	}
	open := slices.ContainsFunc(c.problem.Slots[first:last+1], func(s DutySlot) bool {
		return !s.Fixed && slices.ContainsFunc(lacking, func(k int32) bool { return has(s.Can, k) })
	})
	if !open {
		return planner.Text{ZH: "在岗的接访日已经过去，或已商定由他人接访", EN: "the days on which they were there are over, or others agreed to take them"}
	}
	return planner.Text{ZH: "因请假和间隔所限", EN: "leave and gaps leave no room"}
}
