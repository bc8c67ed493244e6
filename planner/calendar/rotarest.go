package calendar

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// The rota is at rest: laid again, nothing moves unless something new is known. A search that goes on from its own answer may find a
// better one, and a year that is half over leaves it other ways to go; neither is a reason to move anybody's morning. So the answer
// keeps a hash of its question ([Rota.Asked]), in which neither the answer nor today stands, and the same question keeps its answer.

// asked is the hash of what a rota depends on but for its former answer and the day on which it is laid.
func (in RotaInput) asked(slots []Slot, circles ...*circle) string {
	h := sha256.New()
	year := civil.YearSpan(in.Year)
	leaves := func(c planner.Cadre) {
		for _, l := range c.Leaves {
			if l.Span.From.Before(year.Until) && (l.Span.Until.IsZero() || l.Span.Until.After(year.From)) {
				fmt.Fprint(h, " away ", l.Span.From, l.Span.Until)
			}
		}
	}
	r := in.Rules
	fmt.Fprintln(h, "rota 1", in.Year, in.Gap, in.HeadGap, r.EveWeight, r.HeadWeight, r.Even, r.Second, r.Least, r.Heads)
	for _, t := range r.Themes {
		fmt.Fprintln(h, "theme", t.Weekday, t.Nth, t.Words)
	}
	positions := in.Days.Between(year)
	for _, s := range slots {
		at, _ := slices.BinarySearchFunc(positions, s.On, civil.Date.Compare)
		fmt.Fprintln(h, "slot", s.On, at, s.Head, s.Cadre, in.Days.eve(s.On))
	}
	for _, c := range circles {
		carried := c.carried()
		for k, l := range c.who {
			fmt.Fprint(h, "leader ", c.heads, " ", l.ID, " ", l.Code, " ", carried[k], " ", c.since[k])
			for i := range r.Themes {
				fmt.Fprint(h, " ", r.Themes[i].fits(l))
			}
			leaves(l)
			fmt.Fprintln(h)
		}
	}
	agreed := slices.Clone(in.Agreed)
	slices.SortFunc(agreed, func(a, b Slot) int {
		return cmp.Or(a.On.Compare(b.On), strings.Compare(string(a.Cadre), string(b.Cadre)))
	})
	for _, s := range agreed {
		fmt.Fprintln(h, "agreed", s.On, s.Cadre)
	}
	if r.Second {
		for _, c := range in.Seconds {
			fmt.Fprint(h, "second ", c.ID, " ", c.Code)
			leaves(c)
			fmt.Fprintln(h)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// held puts the days gone by as they were held into the place of those that the rules now name: who received on a day counts for
// it, and nobody owes anything for a day on which nobody received. A year that was never laid is taken as the rules have it.
func (in RotaInput) held(slots []Slot, heads *circle) []Slot {
	if len(in.Last) == 0 {
		return slots
	}
	past := map[civil.Date]planner.CadreID{}
	for _, s := range in.Last {
		if s.On.Year == in.Year && s.On.Before(in.Today) {
			past[s.On] = s.Cadre
		}
	}
	agreed := map[civil.Date]bool{}
	for _, s := range in.Agreed {
		agreed[s.On] = true
	}
	named := map[civil.Date]Slot{}
	for _, s := range slots {
		named[s.On] = s
	}
	out := make([]Slot, 0, len(slots))
	for _, on := range slices.SortedFunc(maps.Keys(past), civil.Date.Compare) {
		s, ok := named[on]
		if !ok {
			s = Slot{On: on, Nominal: on}
		}
		switch {
		case in.Rules.Heads == HeadMonthly && heads.has(past[on]):
			s.Head = true
		case s.Head && !heads.has(past[on]) && !agreed[on] && slices.ContainsFunc(heads.who, func(h planner.Cadre) bool { return !h.OnLeave(on) }):
			s.Head, s.Cadre = false, "" // no head's day by the rules of its time: nobody stood in for one
		}
		out = append(out, s)
	}
	for _, s := range slots {
		if !s.On.Before(in.Today) {
			out = append(out, s)
		}
	}
	return out
}
