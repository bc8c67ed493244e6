package calendar

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// seconds names for each slot of an ordinary leader who sits beside them, where the rules ask for it: everybody of the bureau who is
// there in turn, shared out as evenly as presence allows, with the same proof as the leaders' own slots. Heads receive alone: the rule
// speaks of the other workdays [临泽 2020]. Who was named before stays unless the evenness asks for another.
func (r *Rota) seconds(ctx context.Context, in RotaInput) error {
	if !in.Rules.Second {
		return nil
	}
	people := slices.Clone(in.Seconds)
	slices.SortFunc(people, func(a, b planner.Cadre) int { return strings.Compare(a.Code, b.Code) })
	before := map[civil.Date]planner.CadreID{}
	for _, s := range in.Last {
		before[s.On] = s.Second
	}
	p := DutyProblem{People: len(people), Gap: 2, Rest: in.rest}
	var slots []int
	var empty []civil.Date
	for i := range r.Slots {
		s := &r.Slots[i]
		if s.Head {
			continue
		}
		if s.On.Before(in.Today) && len(in.Last) > 0 {
			s.Second = before[s.On] // it was held with them, or with nobody
			continue
		}
		var can []int32
		by := int32(-1)
		for k, c := range people {
			if c.ID == s.Cadre || c.OnLeave(s.On) {
				continue
			}
			can = append(can, int32(k))
			if c.ID == before[s.On] {
				by = int32(k)
			}
		}
		if len(can) == 0 {
			empty = append(empty, s.On)
			continue
		}
		slots = append(slots, i)
		p.Slots = append(p.Slots, DutySlot{At: i, Can: can, Weight: 1, By: by})
	}
	if len(empty) > 0 {
		r.Findings = append(r.Findings, planner.Finding{Severity: planner.Warn, Code: "rota-second", Say: planner.Text{
			ZH: "有{n}个接访日没有信访局干部可以陪同：{日}。请在名册里核对局本级的干部和请假。",
			EN: "on {n} days nobody of the bureau can sit beside the leader: {days}. Check the bureau's cadres and their leave in the roster.",
		}.Fill("n", fmt.Sprint(len(empty)), "日", list(empty, "、"), "days", list(empty, ", "))})
	}
	if len(slots) == 0 {
		return nil
	}
	a, err := SolveDuty(ctx, p)
	if err != nil {
		return err
	}
	pool := Pool{Spread: thousandths(a.Spread), Bound: thousandths(a.Bound), Fair: a.Fair, Gap: p.Gap, Short: len(a.Short), Forced: a.Forced, Exact: a.Exact}
	took := make([]int, len(people))
	for k, i := range slots {
		r.Slots[i].Second = people[a.By[k]].ID
		took[a.By[k]]++
	}
	for k, c := range people {
		pool.Duties = append(pool.Duties, Duty{Cadre: c.ID, Slots: took[k], Weight: took[k], Share: thousandths(a.Share[k]), Balance: a.Excess[k]})
	}
	r.Beside = &pool
	return nil
}
