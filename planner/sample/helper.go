package sample

import (
	"fmt"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/sheet"
)

// helpersFile holds volunteers, mediators and what both sides wish.
const helpersFile = "06-志愿者与双向选择.xlsx"

// helpersUpTo is the size of sample, in households, up to which helpers and wishes are made.
const helpersUpTo = 20_000

// Per mille of the consenting households.
const (
	volunteersOf = 30 // volunteers
	wishCadres   = 12 // households that name a cadre
	wishAnothers = 4  // that would like another than last year's
)

// extras draws what the further tiers need, from streams of their own: households, cadres and pairs stay as they are.
type extras struct {
	helpers []sheet.HelperRow
	wishes  []sheet.WishRow
	homes   int
	inGroup map[planner.AreaCode]int
	groups  []planner.AreaCode
}

// home notes a consenting household of village i and what it wishes; last is its cadre of last year, -1 if none.
func (x *extras) home(m *muster, i int, h sheet.HouseholdRow, last int) {
	if m.p.households > helpersUpTo {
		return
	}
	x.homes++
	r := at(m.seed, "extras", x.homes)
	v := m.l.villages[i]
	group := v.code + planner.AreaCode("-"+h.Group)
	if x.inGroup == nil {
		x.inGroup = map[planner.AreaCode]int{}
	}
	if x.inGroup[group]++; x.inGroup[group] == 1 {
		x.groups = append(x.groups, group)
	}
	if r.chance(volunteersOf) {
		first := r.n(len(planner.Needs))
		z := sheet.HelperRow{Code: fmt.Sprintf("Z%05d", len(x.helpers)+1), Name: fullName(r), What: planner.HelperVolunteer, Area: v.code, Skills: []planner.Need{planner.Needs[first]},
			Agreement: civil.Span{From: yearStart}}
		if second := r.n(len(planner.Needs)); second > first {
			z.Skills = append(z.Skills, planner.Needs[second])
		}
		if r.chance(400) { // until the end of a month of the year
			z.Agreement.Until = civil.Of(planYear, time.Month(r.in(4, 12)), 1)
		}
		x.helpers = append(x.helpers, z)
	}
	if r.chance(wishCadres) {
		if c := m.server(r, i); c >= 0 && c != last {
			x.wishes = append(x.wishes, sheet.WishRow{What: sheet.WishCadre, Household: h.Code, Cadre: m.n.staff[c].code})
		}
	} else if last >= 0 && r.chance(wishAnothers) {
		x.wishes = append(x.wishes, sheet.WishRow{What: sheet.WishAnother, Household: h.Code})
	}
}

// rows are all helpers and wishes: besides those of the households, a mediator for nearly each ten of each group, and staff who
// put their names down for a village.
func (x *extras) rows(m *muster) (out []sheet.Row) {
	for _, z := range x.helpers {
		out = append(out, z)
	}
	n := 0
	for _, g := range x.groups {
		for range max(1, (x.inGroup[g]+5)/10) {
			n++
			r := at(m.seed, "mediator", n)
			t := sheet.HelperRow{Code: fmt.Sprintf("T%05d", n), Name: fullName(r), What: planner.HelperMediator, Area: g}
			if r.chance(30) { // lives there, in no particular group
				t.Area = g.Village()
			}
			if !r.chance(15) { // some tens have nobody yet
				out = append(out, t)
			}
		}
	}
	for _, w := range x.wishes {
		out = append(out, w)
	}
	if x.homes == 0 {
		return nil
	}
	for k := range len(m.n.staff) / 30 {
		r := at(m.seed, "wished village", k)
		c := m.n.staff[r.n(len(m.n.staff))]
		v := pick(r, m.l.counties[m.n.units[c.unit].county].villages)
		out = append(out, sheet.WishRow{What: sheet.WishPlace, Cadre: c.code, Area: m.l.villages[v].code})
	}
	return out
}
