package followup

import (
	"fmt"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// Caps 走访上限 protect households from too many visits and cadres from too many evenings. They hold over all units. They bind what
// is planned by hand, moved or asked for; the mass-work-days are laid within the same numbers by planner/calendar.
type Caps struct {
	PerMonth   int // visits to a household in a calendar month, by whomever
	GapDays    int // between two visits to a household
	PerDay     int // visits of a cadre on one day
	PerEvening int // evenings of a cadre in a week from Monday
}

// DefaultCaps: twice a month, a week between, eight a day as in planner/calendar, two evenings a week. [domain.md §5.6–5.7 names
// the caps and no numbers: these are the project's]
func DefaultCaps() Caps { return Caps{PerMonth: 2, GapDays: 7, PerDay: 8, PerEvening: 2} }

// VisitWish is a visit that somebody would like to have planned.
type VisitWish struct {
	Household planner.Household
	Cadre     planner.Cadre
	On        civil.Date
	Hours     planner.Hours
	// Instead is the visit that this one replaces, if it is a moved one; it does not count against the caps.
	Instead planner.VisitID
	// Asked: the household itself asked for the day, so the distance to its other visits does not matter.
	Asked bool
}

// FitVisit reports whether a wish may be planned, given the other visits of the household and of the cadre in the same year. If
// another cadre comes within the gap anyway, the two go together: merge is that visit.
//
// Errors: Conflict, with the cap that stands in the way and what to do.
func FitVisit(w VisitWish, ofHousehold, ofCadre []planner.Visit, caps Caps) (merge planner.VisitID, err error) {
	refuse := func(zh, en string, args ...any) error {
		return planner.Fail(planner.Conflict, fmt.Sprintf(zh, args...), fmt.Sprintf(en, args...))
	}
	h := w.Household
	switch {
	case !h.Served():
		return "", refuse("户 %s 没有同意走访，不能安排。", "household %s has not agreed to visits", h.Code)
	case h.Muted(w.On):
		return "", refuse("户 %s 在 %s 以前不希望被打扰，请改到那天以后。", "household %s wishes not to be disturbed before %s; choose a day from then on", h.Code, h.MuteUntil)
	case w.Hours == planner.HoursEvening && h.Hours != planner.HoursEvening:
		return "", refuse("户 %s 没有要求晚上走访，请排在白天。", "household %s did not ask for the evening; plan it by day", h.Code)
	case w.Cadre.OnLeave(w.On):
		return "", refuse("%s 在 %s 请假，请换一天或请人替访。", "%s is on leave on %s; choose another day, or a stand-in", w.Cadre.Name, w.On)
	}
	month, year := 0, 0
	for _, v := range ofHousehold {
		if !v.State.Counts() || v.ID == w.Instead {
			continue
		}
		gap := v.On.Sub(w.On)
		if gap < 0 {
			gap = -gap
		}
		if gap < caps.GapDays {
			switch {
			case v.State == planner.VisitPlanned && v.Cadre != w.Cadre.ID && v.Companion == "" && !w.Asked:
				return v.ID, nil
			case v.State == planner.VisitPlanned && (v.Cadre == w.Cadre.ID || v.Companion == w.Cadre.ID) && gap == 0:
				return "", refuse("户 %s 在 %s 已经安排了走访。", "household %s is being visited on %s already", h.Code, v.On)
			case !w.Asked || gap == 0:
				return "", refuse("户 %s 在 %s 有走访，两次之间至少隔 %d 天，请换一天。", "household %s is visited on %s, and visits keep %d days apart; choose another day", h.Code, v.On, caps.GapDays)
			}
		}
		if v.On.Year == w.On.Year {
			year++
			if v.On.Month == w.On.Month {
				month++
			}
		}
	}
	if month >= caps.PerMonth {
		return "", refuse("户 %s 在 %d 月已有 %d 次走访（各单位合计），到了上限，请改到下月。", "household %s has %[3]d visits in month %[2]d, all units together, which is the cap; choose the next month", h.Code, int(w.On.Month), month)
	}
	if h.PerYear > 0 && year >= h.PerYear && !w.Asked {
		return "", refuse("户 %s 只同意一年走访 %d 次，今年已排满。", "household %s agreed to %d visits a year, and the year is full", h.Code, h.PerYear)
	}
	return "", w.fitsCadre(ofCadre, caps)
}

// fitsCadre checks the caps that protect the cadre.
func (w VisitWish) fitsCadre(of []planner.Visit, caps Caps) error {
	monday := w.On.AddDays(-((int(w.On.Weekday()) + 6) % 7))
	day, evenings := 0, map[civil.Date]bool{}
	for _, v := range of {
		if !v.State.Counts() || v.ID == w.Instead {
			continue
		}
		if v.On == w.On {
			day++
		}
		if v.Hours == planner.HoursEvening && v.On != w.On && !v.On.Before(monday) && v.On.Before(monday.AddDays(7)) {
			evenings[v.On] = true
		}
	}
	if day >= caps.PerDay {
		return planner.Fail(planner.Conflict, fmt.Sprintf("%s 在 %s 已有 %d 户，到了一天的上限，请换一天。", w.Cadre.Name, w.On, day),
			fmt.Sprintf("%s has %d households on %s, which is the cap of a day; choose another day", w.Cadre.Name, day, w.On))
	}
	if w.Hours == planner.HoursEvening && len(evenings) >= caps.PerEvening {
		return planner.Fail(planner.Conflict, fmt.Sprintf("%s 那一周已有 %d 个晚上走访，到了上限，请换一周。", w.Cadre.Name, len(evenings)),
			fmt.Sprintf("%s has %d evenings of visits in that week, which is the cap; choose another week", w.Cadre.Name, len(evenings)))
	}
	return nil
}
