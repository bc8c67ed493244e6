package calendar

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// deputies names for each slot who steps in 补位: for a head another head if one is there, for others another leader; never
// somebody who receives that day or on the day before or after. A deputy named before stays if they can; else whoever stood by
// least often goes first, then the lower code.
func (r *Rota) deputies(heads, others []planner.Cadre, last []Slot) {
	before := map[civil.Date]planner.CadreID{}
	for _, s := range last {
		before[s.On] = s.Deputy
	}
	stood := map[planner.CadreID]int{}
	for i := range r.Slots {
		s := &r.Slots[i]
		near := []planner.CadreID{s.Cadre}
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

// minimaFindings names each minimum that is not met. Absence is excused: who was away on all slots of a stretch owes none, which a note
// says, and nobody owes more slots than they were there for. A head whose slot is one day a month could have taken any day of it.
func (in RotaInput) minimaFindings(r Rota, heads, others []planner.Cadre) (fs []planner.Finding) {
	for _, least := range in.Rules.Least {
		people := others
		if least.Heads {
			people = heads
		}
		terms := map[termOf]*stretch{}
		anyDay := least.Heads && in.Rules.Heads == HeadMonthly
		for _, s := range r.Slots {
			if s.Head != least.Heads && !anyDay {
				continue
			}
			t := termOf{least.Per, least.Per.of(s.On)}
			if terms[t] == nil {
				terms[t] = &stretch{took: map[planner.CadreID]int{}}
			}
			terms[t].days = append(terms[t].days, s.On)
			terms[t].took[s.Cadre]++
		}
		for n := range map[Term]int{TermMonth: 12, TermQuarter: 4, TermYear: 1}[least.Per] {
			t := terms[termOf{least.Per, n}]
			if t == nil {
				continue
			}
			var without, away []string
			for _, c := range people {
				there := 0
				for _, d := range t.days {
					if !c.OnLeave(d) {
						there++
					}
				}
				switch {
				case t.took[c.ID] < min(least.Times, there):
					without = append(without, c.Name)
				case there == 0 && t.took[c.ID] == 0:
					away = append(away, c.Name)
				}
			}
			if len(away) > 0 {
				fs = append(fs, planner.Finding{Severity: planner.Note, Code: "rota-excused", Say: planner.Text{
					ZH: "{名}在{期}的接访日都不在岗，这一期的“至少接访{次}次”免计。", EN: "{names} are away on all days of reception in {term}: their minimum of {times} does not count.",
				}.Fill("名", strings.Join(away, "、"), "期", least.Per.zh(n), "次", fmt.Sprint(least.Times), "names", strings.Join(away, ", "), "term", least.Per.en(n), "times", fmt.Sprint(least.Times))})
			}
			if len(without) == 0 {
				continue
			}
			why := planner.Text{ZH: "因请假和间隔所限", EN: "leave and gaps leave no room"}
			if !anyDay && len(t.days) < len(people)*least.Times {
				why = planner.Text{ZH: "只有{天}个接访日，少于{人}人各{次}次", EN: "there are {days} slots, fewer than {times} for each of {people}"}.
					Fill("天", fmt.Sprint(len(t.days)), "人", fmt.Sprint(len(people)), "次", fmt.Sprint(least.Times), "days", fmt.Sprint(len(t.days)),
						"times", fmt.Sprint(least.Times), "people", fmt.Sprint(len(people)))
			}
			fs = append(fs, planner.Finding{Severity: planner.Warn, Code: "rota-minimum", Say: planner.Text{
				ZH: "“{期}每人至少接访{次}次”没有满足：{名}（{因}）。", EN: "at least {times} in {term} is not met for {names}: {why}.",
			}.Fill("期", least.Per.zh(n), "次", fmt.Sprint(least.Times), "名", strings.Join(without, "、"), "因", why.ZH,
				"times", fmt.Sprint(least.Times), "term", least.Per.en(n), "names", strings.Join(without, ", "), "why", why.EN)})
		}
	}
	return fs
}

// termOf is one stretch of a year: its kind and number from 0.
type termOf struct {
	Per Term
	N   int
}

type stretch struct {
	days []civil.Date
	took map[planner.CadreID]int
}
