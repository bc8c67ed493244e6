package calendar

import (
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// ownQuarters gives each leader a day of each quarter where the rules ask for one and name no more days than that takes [中办国办 2009]:
// the minimum is the law's, fairness an office's, so the law's share is dealt out first. As many leaders as can be have their day, by
// augmenting paths; who holds one already keeps it, the others come in the order of codes at the same place of each quarter, so that
// gaps keep themselves. It returns by slot whose it is; stays tells of a slot that is no longer free, and who has it.
func (in RotaInput) ownQuarters(slots []Slot, others *circle, last map[civil.Date]planner.CadreID, stays func(*Slot) (planner.CadreID, bool)) map[int]planner.CadreID {
	if in.Rules.Days != RotaAsNeeded || !slices.ContainsFunc(in.Rules.Least, func(l Least) bool { return !l.Heads && l.Per == TermQuarter }) {
		return nil
	}
	own := map[int]planner.CadreID{}
	for q := range 4 {
		var free []int // places among the slots
		served := map[planner.CadreID]bool{}
		for i := range slots {
			s := &slots[i]
			if s.Head || TermQuarter.of(s.On) != q {
				continue
			}
			if who, held := stays(s); held {
				served[who] = true
				continue
			}
			free = append(free, i)
		}
		var who []planner.Cadre
		var can [][]int32
		held := map[int32]int32{} // by person: the slot that they keep
		taken := map[int32]bool{}
		for k, c := range others.who {
			if served[c.ID] {
				continue
			}
			want := int32(k * len(free) / max(1, len(others.who)))
			var on []int32
			for n, i := range free {
				if c.OnLeave(slots[i].On) || slots[i].On.Before(others.since[k]) {
					continue
				}
				on = append(on, int32(n))
				if _, has := held[int32(len(who))]; !has && last[slots[i].On] == c.ID && !taken[int32(n)] {
					held[int32(len(who))], taken[int32(n)] = int32(n), true
				}
			}
			slices.SortStableFunc(on, func(a, b int32) int { return int(abs(int64(a-want)) - abs(int64(b-want))) })
			who, can = append(who, c), append(can, on)
		}
		m := newMatching(can, len(free))
		for b := range m.room {
			m.room[b] = 1
		}
		for j := range who {
			if n, ok := held[int32(j)]; ok {
				m.put(int32(j), n)
			}
		}
		for j := range who {
			if m.at[j] < 0 {
				m.place(int32(j))
			}
		}
		for j, n := range m.at {
			if n >= 0 {
				own[free[n]] = who[j].ID
			}
		}
	}
	return own
}
