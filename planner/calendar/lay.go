package calendar

import (
	"fmt"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// Day is one day that the rules lay.
type Day struct {
	Month   time.Month
	Title   planner.Text // its own name, where it has another than its series; empty mostly
	Stem    string       // what names it for ever: 202601 where the day comes once a month, else its nominal day 20260120
	Nominal civil.Date   // the day the rule names
	On      civil.Date   // where it is held; zero if Skipped
	Skipped bool
	Status  planner.EventStatus // tentative until the year's notice is official
	Why     planner.Text        // why it is not on its nominal day; empty if it is
}

// Collision is a month in which the meeting would not have come after the mass-work-day.
type Collision struct {
	Month   time.Month
	WorkDay civil.Date
	Meeting civil.Date // as resolved; zero: none is held
	Say     planner.Text
}

// Year is what [Lay] lays, days in order of their nominal day, skipped ones included.
type Year struct {
	Year       int
	Status     YearStatus
	WorkDays   []Day // mass-work-days; none if the rules' day is one of reception
	Receptions []Day // days of reception by the rules: the recurring day where it is one, and the units' own
	Meetings   []Day
	Festivals  []Day // 节前走访; Stem is 2026-spring
	Collisions []Collision
}

// Lay expands the rules over a year. Until the year's notice is official the days are tentative; where there is no notice at
// all they are laid on presumed workdays. The errors, of kind Invalid, are those of [Rules.Check] and a year outside the
// lunar table.
func Lay(year int, r Rules, w *Workdays) (Year, error) {
	if err := r.Check(); err != nil {
		return Year{}, err
	}
	if year < firstYear || year > lastLawYear {
		return Year{}, planner.Fail(planner.Invalid, fmt.Sprintf("%d年不在%d至%d年之间，请改正年份。", year, firstYear, lastLawYear),
			fmt.Sprintf("the year %d is not between %d and %d; correct it.", year, firstYear, lastLawYear))
	}
	y := Year{Year: year, Status: w.Year(year)}
	days := w.laySeries(year, r)
	if r.Hall {
		y.Receptions = days
	} else {
		y.WorkDays = days
	}
	for m := time.January; m <= time.December; m++ {
		if meet, ok := w.layMeeting(year, m, r, days, &y); ok {
			y.Meetings = append(y.Meetings, meet)
		}
		if r.UnitDay > 0 {
			d := w.layDay(monthDay(year, m, r.UnitDay), r.Policy)
			d.Stem += "-units"
			d.Title = r.UnitTitle
			y.Receptions = append(y.Receptions, d)
		}
	}
	for _, f := range r.Festivals {
		y.Festivals = append(y.Festivals, w.layFestival(year, f))
	}
	return y, nil
}

// monthDay is a day of the month, or its last.
func monthDay(year int, m time.Month, day int) civil.Date {
	return civil.Of(year, m, min(day, civil.DaysIn(year, m)))
}

// nominals lists the days of the year that the rules name.
func (r Rules) nominals(year int) (days []civil.Date) {
	if len(r.Days) > 0 {
		for m := time.January; m <= time.December; m++ {
			for _, d := range r.Days {
				if on := monthDay(year, m, d); len(days) == 0 || on.After(days[len(days)-1]) { // 30 and 31 are one day in a short month
					days = append(days, on)
				}
			}
		}
		return days
	}
	for d := civil.Of(year, 1, 1); d.Year == year; d = d.AddDays(1) {
		named := r.Every > 0 && d.Sub(r.Anchor)%r.Every == 0
		for _, wd := range r.Weekdays {
			named = named || d.Weekday() == wd
		}
		if named {
			days = append(days, d)
		}
	}
	return days
}

// laySeries lays the recurring day. No two of its days fall on one: one that is moved upon or over its neighbour goes on to the
// next workday if it belongs to a month, and is left out if it comes every week or every few days, since the next is near.
func (w *Workdays) laySeries(year int, r Rules) []Day {
	nominals := r.nominals(year)
	days := make([]Day, 0, len(nominals))
	var last civil.Date // of those held
	for i, on := range nominals {
		d := w.layDay(on, r.Policy)
		if !r.monthly() {
			d.Stem = on.Compact()
		}
		if !d.Skipped && r.Policy != Keep {
			short := len(r.Days) == 0
			switch {
			case short && r.Policy == Postpone && i+1 < len(nominals) && !d.On.Before(nominals[i+1]),
				!last.IsZero() && !d.On.After(last) && (short || r.Policy == Advance):
				d.On, d.Skipped = civil.Date{}, true
				d.Why = w.provisionally(year, w.why(on, "{日}{因}，与相邻一次靠在一起，本次不安排", "{day} is {why}; it would run into its neighbour and is left out", "", ""))
			case !last.IsZero() && !d.On.After(last):
				d.On = w.Add(last, 1)
				d.Why = w.provisionally(year, w.why(on, "前一天已顺延，{日}再顺延到{到}", "the day before it was postponed; {day} follows on {to}", dayZH(d.On), d.On.String()))
			}
		}
		if !d.Skipped {
			last = d.On
		}
		days = append(days, d)
	}
	return days
}

// layDay lays one day by its policy.
func (w *Workdays) layDay(on civil.Date, p Policy) Day {
	d := Day{Month: on.Month, Stem: on.Compact()[:6], Nominal: on, On: on, Status: w.status(on.Year)}
	if p == Keep || w.Works(on) {
		return d
	}
	zh, en := "{日}{因}，顺延到{到}", "{day} is {why}; the day is postponed to {to}"
	switch p {
	case Postpone:
		d.On = w.Next(on)
	case Advance:
		d.On = w.Prev(on)
		zh, en = "{日}{因}，提前到{到}", "{day} is {why}; the day is brought forward to {to}"
	case Skip:
		d.On, d.Skipped = civil.Date{}, true
		zh, en = "{日}{因}，按节假日除外的办法不安排", "{day} is {why}; it is left out"
	}
	d.Why = w.provisionally(on.Year, w.why(on, zh, en, dayZH(d.On), d.On.String()))
	return d
}

// why words the fate of a day that is not worked.
func (w *Workdays) why(on civil.Date, zh, en, toZH, toEN string) planner.Text {
	because := w.whyOff(on)
	return planner.Text{ZH: zh, EN: en}.Fill("日", dayZH(on), "因", because.ZH, "到", toZH, "day", on.String(), "why", because.EN, "to", toEN)
}

// layMeeting lays a month's meeting; days are the year's recurring ones.
func (w *Workdays) layMeeting(year int, m time.Month, r Rules, days []Day, y *Year) (Day, bool) {
	if r.Meeting == 0 && r.MeetingNext == 0 {
		return Day{}, false
	}
	var last *Day // the month's last one that is held
	for i := range days {
		if days[i].Month == m && !days[i].Skipped {
			last = &days[i]
		}
	}
	if r.MeetingNext > 0 {
		if last == nil {
			return Day{}, false
		}
		d := Day{Month: m, Stem: last.Nominal.Compact()[:6], Status: w.status(year), On: w.Add(last.On, r.MeetingNext)}
		if end := w.Prev(monthDay(year, m, 31)); d.On.After(end) && end.After(last.On) {
			d.On = end // within the month
		}
		d.Nominal = d.On
		return d, true
	}
	meet := w.layDay(monthDay(year, m, r.Meeting), r.meetingPolicy())
	if r.Collision != "" && r.Collision != CollideIgnore && last != nil && !meet.Skipped && !meet.On.After(last.On) {
		var c Collision
		meet, c = w.collide(*last, meet, r)
		y.Collisions = append(y.Collisions, c)
	}
	return meet, true
}

// collide resolves a meeting that would not come after the mass-work-day, and says how.
func (w *Workdays) collide(work, meet Day, r Rules) (Day, Collision) {
	day, name := r.DayName(), r.MeetingName()
	same := planner.Text{ZH: "与" + name.ZH + "同日", EN: "the day on which the " + name.EN + " would be"}
	if meet.On != work.On {
		same = planner.Text{ZH: name.ZH + "（" + dayZH(meet.On) + "）会早于" + day.ZH,
			EN: "and the " + name.EN + " on " + meet.On.String() + " would come before it"}
	}
	zh, en := "{月}月{名}为{工}，{同}；会议改到{会}，排在{名}之后",
		"in {month} the {name} is {work}, {same}; the meeting moves to {meet}, so that it comes after the {name}"
	switch r.Collision {
	case CollideTogether:
		meet.On = work.On
		zh, en = "{月}月{名}为{工}，{同}；会议与{名}同在{会}举行", "in {month} the {name} is {work}, {same}; both are held on {meet}"
	case CollideSkip:
		meet.On, meet.Skipped = civil.Date{}, true
		zh, en = "{月}月{名}为{工}，{同}；本月不开会", "in {month} the {name} is {work}, {same}; no meeting is held that month"
	default:
		meet.On = w.Add(work.On, 1)
	}
	say := planner.Text{ZH: zh, EN: en}.Fill("月", fmt.Sprint(int(work.Month)), "工", dayZH(work.On), "同", same.ZH, "会", dayZH(meet.On),
		"名", day.ZH, "name", day.EN, "month", work.Month.String(), "work", work.On.String(), "same", same.EN, "meet", meet.On.String())
	say = w.provisionally(work.Nominal.Year, say)
	meet.Why = say
	return meet, Collision{Month: work.Month, WorkDay: work.On, Meeting: meet.On, Say: say}
}

// layFestival lays the visit before a festival.
func (w *Workdays) layFestival(year int, f Festival) Day {
	lunar := civil.LunarDate{Year: year, Month: 1, Day: 1}
	if f.ID == MidAutumn {
		lunar.Month, lunar.Day = 8, 15
	}
	feast, _ := lunar.Solar() // Lay has checked the year
	on := w.Add(feast, -f.Before)
	name := festivalNames[f.ID]
	why := planner.Text{ZH: "{节}（{日}）前第{n}个工作日，节前走访慰问", EN: "visits before {festival} ({day}), {n} workdays ahead"}.
		Fill("节", name.ZH, "日", dayZH(feast), "n", fmt.Sprint(f.Before), "festival", name.EN, "day", feast.String())
	return Day{Month: on.Month, Stem: fmt.Sprintf("%d-%s", year, f.ID), Nominal: on, On: on, Status: w.status(year), Why: w.provisionally(year, why)}
}

// status is tentative until a year is official.
func (w *Workdays) status(year int) planner.EventStatus {
	if w.Year(year) == Official {
		return planner.StatusConfirmed
	}
	return planner.StatusTentative
}

// provisionally adds the mark of a year whose notice is not out, or not confirmed.
func (w *Workdays) provisionally(year int, t planner.Text) planner.Text {
	switch w.Year(year) {
	case Official:
		return t
	case Provisional:
		return planner.Text{ZH: t.ZH + "（节假日安排待确认，暂定）", EN: t.EN + " (holidays to be confirmed: provisional)"}
	}
	return planner.Text{ZH: t.ZH + "（节假日安排未公布，暂定）", EN: t.EN + " (holidays not yet announced: provisional)"}
}

// whyOff says why a day is not worked: 春节放假, 是周日.
func (w *Workdays) whyOff(d civil.Date) planner.Text {
	if name := w.Name(d); name != "" {
		return planner.Text{ZH: "逢" + name + "放假", EN: "in the " + HolidayEN(name) + " holiday"}
	}
	return planner.Text{ZH: "是" + weekdayZH[d.Weekday()], EN: "a " + d.Weekday().String()}
}

var weekdayZH = [...]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}

// dayZH words a day of the year at hand: 2月15日.
func dayZH(d civil.Date) string { return fmt.Sprintf("%d月%d日", int(d.Month), d.Day) }
