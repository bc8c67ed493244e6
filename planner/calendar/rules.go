package calendar

import (
	"fmt"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// Policy says what becomes of a day that is not worked. Offices use all four (domain.md §2.2).
type Policy string

const (
	Keep     Policy = "keep"     // 照常: it stays
	Postpone Policy = "postpone" // 顺延: to the next workday
	Advance  Policy = "advance"  // 提前: to the workday before
	Skip     Policy = "skip"     // 节假日除外: not this time
)

var policyTexts = map[Policy]planner.Text{
	Keep:     {ZH: "照常", EN: "keep the day"},
	Postpone: {ZH: "顺延", EN: "move to the next workday"},
	Advance:  {ZH: "提前", EN: "move to the workday before"},
	Skip:     {ZH: "节假日除外", EN: "leave it out"},
}

// Text words the policy.
func (p Policy) Text() planner.Text { return policyTexts[p] }

// Collision policies say what becomes of a meeting that would not come after its month's mass-work-day.
type CollisionPolicy string

const (
	CollideAfter    CollisionPolicy = "after"    // the meeting moves to the workday after; the default
	CollideTogether CollisionPolicy = "together" // both are held on the mass-work-day, never before it
	CollideSkip     CollisionPolicy = "skip"     // no meeting in that month
	CollideIgnore   CollisionPolicy = "ignore"   // the two days know nothing of each other
)

// Rules are a county's rules of the month, as values. The day that recurs is given by Days, Weekdays or Every, exactly one
// of them.
type Rules struct {
	Days     []int          `json:"days,omitempty"`      // days of the month, 1 to 31, rising; a shorter month takes its last day
	Weekdays []time.Weekday `json:"weekdays,omitempty"`  // every week
	Every    int            `json:"every,omitempty"`     // every so many days, counted from Anchor
	Anchor   civil.Date     `json:"anchor,omitzero"`     // a day of the series of Every
	Policy   Policy         `json:"policy"`              // of that day
	Hall     bool           `json:"hall,omitempty"`      // the day is one of reception in the hall (接访日), not one of visits to homes
	From     civil.Clock    `json:"from_min,omitempty"`  // its hours; 0: 08:30
	Until    civil.Clock    `json:"until_min,omitempty"` // 0: 17:30

	Meeting       int             `json:"meeting,omitempty"`        // day of the month of the leaders' meeting; 0: none, or MeetingNext
	MeetingNext   int             `json:"meeting_next,omitempty"`   // the meeting is so many workdays after the month's last day, and within the month
	MeetingPolicy Policy          `json:"meeting_policy,omitempty"` // of Meeting; empty: as Policy
	Collision     CollisionPolicy `json:"collision,omitempty"`      // empty: CollideIgnore

	UnitDay   int        `json:"unit_day,omitempty"`  // day of the month on which the units receive themselves; 0: none
	Festivals []Festival `json:"festivals,omitempty"` // 节前走访

	Title        planner.Text `json:"title,omitzero"`         // the office's own name of the recurring day (帮扶走访日); empty: the usual one
	MeetingTitle planner.Text `json:"meeting_title,omitzero"` // of the meeting (会商交班会)
	UnitTitle    planner.Text `json:"unit_title,omitzero"`    // of the units' day

	HallGoes bool `json:"hall_goes,omitempty"` // who receives in the hall goes out on the mass-work-day all the same; false: excused, and visits on another day
}

// Festival is a visit before a festival (节前走访): so many workdays before its first day.
type Festival struct {
	ID     string `json:"id"`     // spring or mid-autumn
	Before int    `json:"before"` // workdays, 1 to 30
}

// The festivals before which offices visit.
const (
	Spring    = "spring"     // 正月初一
	MidAutumn = "mid-autumn" // 八月十五
)

var festivalNames = map[string]planner.Text{Spring: {ZH: "春节", EN: "Spring Festival"}, MidAutumn: {ZH: "中秋节", EN: "Mid-Autumn Festival"}}

// Yima returns the rules of 义马: mass-work-day on the 15th, the leading group hears about it on the 16th, both postponed
// from holidays (顺延).
func Yima() Rules {
	return Rules{Days: []int{15}, Meeting: 16, Policy: Postpone, Collision: CollideAfter}
}

// Check says what is wrong with the rules, as a planner.Error of kind Invalid.
func (r Rules) Check() error {
	ways := 0
	for _, given := range []bool{len(r.Days) > 0, len(r.Weekdays) > 0, r.Every != 0} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		return planner.Fail(planner.Invalid, "日历规则要在“每月几日”“每周几”“每隔几天”里恰好选一种，请改正。",
			"the rules need exactly one of days of the month, days of the week, or a number of days; correct them.")
	}
	last := 0
	for _, d := range append(r.Days, r.Meeting, r.UnitDay) {
		if d < 0 || d > 31 {
			return planner.Fail(planner.Invalid, fmt.Sprintf("每月%d日不在1至31日之间，请改正。", d), fmt.Sprintf("day %d of the month is not between 1 and 31; correct it.", d))
		}
	}
	for _, d := range r.Days {
		if d <= last {
			return planner.Fail(planner.Invalid, fmt.Sprintf("每月的日子要从小到大，%d日排在%d日之后了。", d, last), fmt.Sprintf("the days of the month must rise, from 1 on; day %d follows %d.", d, last))
		}
		last = d
	}
	for _, d := range r.Weekdays {
		if d < time.Sunday || d > time.Saturday {
			return planner.Fail(planner.Invalid, fmt.Sprintf("星期%d不存在，星期用0（周日）至6表示。", d), fmt.Sprintf("there is no weekday %d; use 0 (Sunday) to 6.", d))
		}
	}
	if r.Every != 0 && (r.Every < 2 || r.Every > 60 || !r.Anchor.Valid()) {
		return planner.Fail(planner.Invalid, "“每隔几天”应在2至60天之间，并写明从哪一天数起。", "the number of days must be 2 to 60, with the day from which it counts.")
	}
	for _, p := range []Policy{r.Policy, r.meetingPolicy()} {
		if _, ok := policyTexts[p]; !ok {
			return planner.Fail(planner.Invalid, fmt.Sprintf("节假日办法“%s”不认识，请选照常、顺延、提前或节假日除外。", p),
				fmt.Sprintf("the holiday policy %q is unknown; choose keep, postpone, advance or skip.", p))
		}
	}
	switch r.Collision {
	case "", CollideAfter, CollideTogether, CollideSkip, CollideIgnore:
	default:
		return planner.Fail(planner.Invalid, fmt.Sprintf("同日办法“%s”不认识，请选 after、together、skip 或 ignore。", r.Collision),
			fmt.Sprintf("the collision policy %q is unknown; choose after, together, skip or ignore.", r.Collision))
	}
	if r.Meeting > 0 && r.MeetingNext > 0 || r.MeetingNext < 0 || r.MeetingNext > 20 {
		return planner.Fail(planner.Invalid, "会议要么定在每月几日，要么定在群众工作日后第几个工作日（1至20），不能都定。",
			"the meeting is either on a day of the month or so many workdays (1 to 20) after the mass-work-day, not both.")
	}
	if r.From < 0 || r.Until > 1440 || r.From > r.Until {
		return planner.Fail(planner.Invalid, "开始时间应早于结束时间，请改正。", "the day must begin before it ends; correct the hours.")
	}
	seen := map[string]bool{}
	for _, f := range r.Festivals {
		if _, ok := festivalNames[f.ID]; !ok || seen[f.ID] || f.Before < 1 || f.Before > 30 {
			return planner.Fail(planner.Invalid, fmt.Sprintf("节前走访“%s，提前%d个工作日”不成立：节日为 spring 或 mid-autumn，各一次，提前1至30个工作日。", f.ID, f.Before),
				fmt.Sprintf("the festival visit %s, %d workdays before, makes no sense: give spring or mid-autumn once each, 1 to 30 workdays before.", f.ID, f.Before))
		}
		seen[f.ID] = true
	}
	return nil
}

func (r Rules) meetingPolicy() Policy {
	if r.MeetingPolicy == "" {
		return r.Policy
	}
	return r.MeetingPolicy
}

// The usual names of the days that rules lay.
var (
	usualWorkDay   = planner.Text{ZH: "群众工作日", EN: "mass-work-day"}
	usualReception = planner.Text{ZH: "接访日", EN: "reception day"}
	usualMeeting   = planner.Text{ZH: "领导小组会议", EN: "leaders' meeting"}
)

// DayName is what the recurring day is called inside a sentence.
func (r Rules) DayName() planner.Text {
	if r.Hall {
		return r.Title.Or(usualReception)
	}
	return r.Title.Or(usualWorkDay)
}

// MeetingName is what the meeting is called inside a sentence.
func (r Rules) MeetingName() planner.Text { return r.MeetingTitle.Or(usualMeeting) }

// monthly reports whether the day comes once a month, so that its month names it.
func (r Rules) monthly() bool { return len(r.Days) == 1 }

// Hours are those of the recurring day.
func (r Rules) Hours() (from, until civil.Clock) {
	from, until = civil.Clock(8*60+30), civil.Clock(17*60+30)
	if r.From > 0 {
		from = r.From
	}
	if r.Until > 0 {
		until = r.Until
	}
	return from, until
}
