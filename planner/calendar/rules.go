package calendar

import (
	"fmt"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// Policy says what becomes of a day of the month that is not worked. Offices use all four (domain.md §2.2).
type Policy string

const (
	Keep     Policy = "keep"     // 照常: it stays
	Postpone Policy = "postpone" // 顺延: to the next workday
	Advance  Policy = "advance"  // 提前: to the workday before
	Skip     Policy = "skip"     // 节假日除外: not in this month
)

// Text words the policy.
func (p Policy) Text() planner.Text {
	switch p {
	case Keep:
		return planner.Text{ZH: "照常", EN: "keep the day"}
	case Postpone:
		return planner.Text{ZH: "顺延", EN: "move to the next workday"}
	case Advance:
		return planner.Text{ZH: "提前", EN: "move to the workday before"}
	}
	return planner.Text{ZH: "节假日除外", EN: "leave the month out"}
}

// Rules are a county's rules of the month, as values.
type Rules struct {
	WorkDay       int    // day of the month of the 群众工作日, 1 to 31; a shorter month takes its last day
	Meeting       int    // day of the month of the leaders' meeting; 0: there is none
	Policy        Policy // of the mass-work-day
	MeetingPolicy Policy // of the meeting; empty: as Policy
	MeetingAfter  bool   // the meeting is never on or before its month's mass-work-day: it moves to the workday after it
}

// Yima returns the rules of 义马: mass-work-day on the 15th, the leading group hears about it on the 16th, both postponed
// from holidays (顺延).
func Yima() Rules { return Rules{WorkDay: 15, Meeting: 16, Policy: Postpone, MeetingAfter: true} }

// Check says what is wrong with the rules, as a planner.Error of kind Invalid.
func (r Rules) Check() error {
	if r.WorkDay < 1 || r.WorkDay > 31 || r.Meeting < 0 || r.Meeting > 31 {
		return planner.Fail(planner.Invalid, fmt.Sprintf("群众工作日为每月%d日、会议为每月%d日，日期应在1至31之间，请改正。", r.WorkDay, r.Meeting),
			fmt.Sprintf("the mass-work-day is day %d and the meeting day %d of the month; give days from 1 to 31.", r.WorkDay, r.Meeting))
	}
	for _, p := range []Policy{r.Policy, r.meetingPolicy()} {
		if p != Keep && p != Postpone && p != Advance && p != Skip {
			return planner.Fail(planner.Invalid, fmt.Sprintf("节假日办法“%s”不认识，请选照常、顺延、提前或节假日除外。", p),
				fmt.Sprintf("the holiday policy %q is unknown; choose keep, postpone, advance or skip.", p))
		}
	}
	return nil
}

func (r Rules) meetingPolicy() Policy {
	if r.MeetingPolicy == "" {
		return r.Policy
	}
	return r.MeetingPolicy
}

// Day is one month's mass-work-day or meeting.
type Day struct {
	Month   time.Month
	Nominal civil.Date // the day the rule names
	On      civil.Date // where it is held; zero if Skipped
	Skipped bool
	Status  planner.EventStatus // tentative while the year has no notice
	Why     planner.Text        // why it is not on its nominal day; empty if it is
}

// Collision is a month in which the meeting would not have come after the mass-work-day.
type Collision struct {
	Month   time.Month
	WorkDay civil.Date
	Meeting civil.Date // as resolved
	Say     planner.Text
}

// Year is what [Lay] lays: up to twelve days of each kind in order of month, skipped ones included.
type Year struct {
	Year       int
	Status     YearStatus
	WorkDays   []Day
	Meetings   []Day // none if the rules have none
	Collisions []Collision
}

// Lay expands the rules over a year. In a year without a notice the days are laid on presumed workdays and marked
// tentative. The errors, of kind Invalid, are those of [Rules.Check] and a year outside the lunar table.
func Lay(year int, r Rules, w *Workdays) (Year, error) {
	if err := r.Check(); err != nil {
		return Year{}, err
	}
	if year < firstYear || year > lastLawYear {
		return Year{}, planner.Fail(planner.Invalid, fmt.Sprintf("%d年不在%d至%d年之间，请改正年份。", year, firstYear, lastLawYear),
			fmt.Sprintf("the year %d is not between %d and %d; correct it.", year, firstYear, lastLawYear))
	}
	y := Year{Year: year, Status: w.Year(year)}
	for m := time.January; m <= time.December; m++ {
		work := w.layDay(year, m, r.WorkDay, r.Policy)
		y.WorkDays = append(y.WorkDays, work)
		if r.Meeting == 0 {
			continue
		}
		meet := w.layDay(year, m, r.Meeting, r.meetingPolicy())
		if r.MeetingAfter && !work.Skipped && !meet.Skipped && !meet.On.After(work.On) {
			var c Collision
			meet, c = w.meetAfter(work, meet)
			y.Collisions = append(y.Collisions, c)
		}
		y.Meetings = append(y.Meetings, meet)
	}
	return y, nil
}

// layDay lays one day of the month by its policy.
func (w *Workdays) layDay(year int, m time.Month, day int, p Policy) Day {
	on := civil.Of(year, m, min(day, civil.DaysIn(year, m)))
	d := Day{Month: m, Nominal: on, On: on, Status: w.status(year)}
	if p == Keep || w.Works(on) {
		return d
	}
	switch p {
	case Postpone:
		d.On = w.Next(on)
	case Advance:
		d.On = w.Prev(on)
	case Skip:
		d.On, d.Skipped = civil.Date{}, true
	}
	zh, en := "{日}{因}，{办法}到{到}", "{day} is {why}; the day is {how} to {to}"
	if d.Skipped {
		zh, en = "{日}{因}，按节假日除外的办法，本月不安排", "{day} is {why}; the month is left out"
	}
	why := w.whyOff(on)
	verb := map[Policy]planner.Text{Postpone: {ZH: "顺延", EN: "postponed"}, Advance: {ZH: "提前", EN: "brought forward"}}[p]
	d.Why = planner.Text{ZH: zh, EN: en}.Fill("日", dayZH(on), "因", why.ZH, "办法", verb.ZH, "到", dayZH(d.On),
		"day", on.String(), "why", why.EN, "how", verb.EN, "to", d.On.String())
	d.Why = w.provisionally(year, d.Why)
	return d
}

// meetAfter moves a meeting to the workday after the mass-work-day and says so.
func (w *Workdays) meetAfter(work, meet Day) (Day, Collision) {
	was := meet.On
	meet.On = w.Add(work.On, 1)
	same := planner.Text{ZH: "与领导小组会议同日", EN: "the day on which the leaders' meeting would be"}
	if was != work.On {
		same = planner.Text{ZH: "领导小组会议（" + dayZH(was) + "）会早于群众工作日",
			EN: "and the leaders' meeting on " + was.String() + " would come before it"}
	}
	say := planner.Text{
		ZH: "{月}月群众工作日为{工}，{同}；会议改到{会}，排在群众工作日之后",
		EN: "in {month} the mass-work-day is {work}, {same}; the meeting moves to {meet}, so that it comes after the mass-work-day",
	}.Fill("月", fmt.Sprint(int(work.Month)), "工", dayZH(work.On), "同", same.ZH, "会", dayZH(meet.On),
		"month", work.Month.String(), "work", work.On.String(), "same", same.EN, "meet", meet.On.String())
	say = w.provisionally(work.Nominal.Year, say)
	meet.Why = say
	return meet, Collision{Month: work.Month, WorkDay: work.On, Meeting: meet.On, Say: say}
}

// status is tentative until a year is official.
func (w *Workdays) status(year int) planner.EventStatus {
	if w.Year(year) == Official {
		return planner.StatusConfirmed
	}
	return planner.StatusTentative
}

// provisionally adds the mark of a year without a notice.
func (w *Workdays) provisionally(year int, t planner.Text) planner.Text {
	if w.Year(year) == Official {
		return t
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
