package pipeline

import (
	"slices"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
)

// wantFestivals wants the day before each festival (节前走访) of everybody who goes out: those of the plan, in the village they look
// after, and the leaders without village or household too, who call on groups, enterprises and institutions; where, the office
// arranges as occasions. Who keeps the hall that day goes on the nearest workday before.
func (l *layout) wantFestivals(out []planner.Cadre, paired map[planner.CadreID]bool, area map[planner.CadreID]planner.AreaCode) {
	if len(l.laid.Festivals) == 0 {
		return
	}
	goes := slices.Clone(out)
	for _, c := range l.roster.Cadres {
		if c.Active && !paired[c.ID] && c.Rank == planner.RankLeader {
			goes = append(goes, c)
		}
	}
	receives := map[calendar.CadreDay]bool{}
	for _, s := range l.rota.Slots {
		receives[calendar.CadreDay{Cadre: s.Cadre, On: s.On}] = true
	}
	for _, d := range l.laid.Festivals {
		for _, c := range goes {
			on, why := d.On, d.Why
			if !l.rules.HallGoes && (receives[calendar.CadreDay{Cadre: c.ID, On: on}] || l.clerks[c.ID]) {
				if on = l.earlier(c, d.On, receives); on.IsZero() {
					continue
				}
				why = joinText(why, excusedWhy(eventWords[planner.EventFestivalVisit], d, on, l.clerks[c.ID]))
			}
			if !on.Before(l.today) && !c.OnLeave(on) {
				l.wanted = append(l.wanted, planner.Event{Key: dayKey("fst", d) + "/" + string(c.ID), Kind: planner.EventFestivalVisit, On: on,
					NominalOn: d.Nominal, From: workDayFrom, Until: workDayUntil, Why: why, Cadre: c.ID, Village: area[c.ID], Status: d.Status})
			}
		}
	}
}

// earlier is the nearest workday before a day on which somebody neither receives nor is on leave; zero if there is none near.
func (l *layout) earlier(c planner.Cadre, on civil.Date, receives map[calendar.CadreDay]bool) civil.Date {
	for n := 1; n <= visitSearch; n++ {
		day := l.days.Add(on, -n)
		if !receives[calendar.CadreDay{Cadre: c.ID, On: day}] && !c.OnLeave(day) {
			return day
		}
	}
	return civil.Date{}
}
