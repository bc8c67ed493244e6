package pairing

import (
	"lianxin/planner/flow"
	"lianxin/planner/rule"
)

// pinnedOnly answers a tier in which every target is pinned without a search: where each has one cadre, each cadre's price
// is that of their last place. ok is false if something is free, or if a pin would be dearer than leaving its target
// out, which is the solver's to say. The pins were checked before: none is forbidden, none is beyond a cap.
func pinnedOnly(inst *rule.Instance) (*flow.Solution, bool) {
	column := map[*rule.Cadre]int{}
	for j, c := range inst.Cadres {
		column[c] = j
	}
	s := &flow.Solution{Sink: make([]int32, len(inst.Targets)), Potentials: make([]int64, len(inst.Cadres))}
	load := make([]int, len(inst.Cadres))
	for i, t := range inst.Targets {
		if t.Pin == nil {
			return nil, false
		}
		j := column[t.Pin]
		s.Sink[i] = int32(j)
		load[j]++
	}
	for j, n := range load {
		ms := inst.Marginals(j)
		if n == 0 {
			continue
		}
		last := int64(ms[n-1])
		s.Potentials[j] = max(0, last)
		for l, m := range ms {
			if l < n {
				s.Price += int64(m)
			}
			s.Bound -= max(0, s.Potentials[j]-int64(m))
		}
	}
	for i, j := range s.Sink {
		c, ok := inst.Price(i, int(j))
		if !ok {
			return nil, false
		}
		s.Price += int64(c)
		s.Bound += min(int64(c)+s.Potentials[j], int64(inst.Unserved(i)))
	}
	return s, s.Price == s.Bound
}
