package calendar

import (
	"cmp"
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// deputies names for each slot who steps in 补位: for a head another head if one is there, for others another leader; never
// somebody who receives that day or on the day before or after, nor who gave the day away. A deputy named before stays if they can; else whoever stood by
// least often goes first, then the lower code.
func (r *Rota) deputies(heads, others []planner.Cadre, in RotaInput) {
	before, gave := map[civil.Date]planner.CadreID{}, map[civil.Date][]planner.CadreID{}
	for _, s := range in.Last {
		before[s.On] = s.Deputy
	}
	for _, s := range in.Gave {
		gave[s.On] = append(gave[s.On], s.Cadre)
	}
	stood := map[planner.CadreID]int{}
	for i := range r.Slots {
		s := &r.Slots[i]
		near := append([]planner.CadreID{s.Cadre}, gave[s.On]...)
		if i > 0 {
			near = append(near, r.Slots[i-1].Cadre)
		}
		if i+1 < len(r.Slots) {
			near = append(near, r.Slots[i+1].Cadre)
		}
		circles := [][]planner.Cadre{others, heads}
		if s.Head {
			circles = [][]planner.Cadre{heads, others}
		}
		for _, circle := range circles {
			free := slices.DeleteFunc(slices.Clone(circle), func(c planner.Cadre) bool { return c.OnLeave(s.On) || slices.Contains(near, c.ID) })
			if at := slices.IndexFunc(free, func(c planner.Cadre) bool { return c.ID == before[s.On] }); at >= 0 {
				s.Deputy = free[at].ID
				stood[s.Deputy]++
				break
			}
			if len(free) > 0 {
				s.Deputy = slices.MinFunc(free, func(a, b planner.Cadre) int {
					return cmp.Or(cmp.Compare(stood[a.ID], stood[b.ID]), strings.Compare(a.Code, b.Code))
				}).ID
				stood[s.Deputy]++
				break
			}
		}
	}
}
