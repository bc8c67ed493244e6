package followup

import (
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// Limit is how long after the due day a rung of the ladder is informed.
type Limit struct {
	Days  int
	Civil bool // calendar days 日; else working days 工作日
}

// String is the limit as [ParseLadder] reads it: 3wd, 5d.
func (l Limit) String() string {
	if l.Civil {
		return strconv.Itoa(l.Days) + "d"
	}
	return strconv.Itoa(l.Days) + "wd"
}

// Words words the limit: 3个工作日, 5日.
func (l Limit) Words() planner.Text {
	n := strconv.Itoa(l.Days)
	if l.Civil {
		return planner.Text{ZH: n + "日", EN: n + " days"}
	}
	return planner.Text{ZH: n + "个工作日", EN: n + " working days"}
}

// Ladder 提级阶梯 says how long after the due day each rung is informed, what stops its clock, and who need not hear of a task again.
// A tree deeper than the ladder goes on with the last step's distance.
type Ladder struct {
	Limits []Limit

	// Paused are the days that do not count for a task, of a hearing as a rule; nil: none. While one of them is today nobody is
	// informed of the task and it does not fail.
	Paused func(planner.Task) []civil.Span

	// Knows reports whether somebody has taken note 知悉 of the task; nil: nobody has. Rungs that they hold are passed without a
	// word to them; the deadline and the other rungs stay.
	Knows func(planner.TaskID, planner.CadreID) bool
}

// Yima is the ladder 室 → 站 → 局: 1, 3 and 5 working days. [office practice; the articles name the three levels and give
// no days]
func Yima() Ladder { return Ladder{Limits: []Limit{{Days: 1}, {Days: 3}, {Days: 5}}} }

// pauseMost bounds a pause without an end.
const pauseMost = 3 * 366

const (
	ladderRungs = 8   // most limits of a ladder
	ladderDays  = 366 // most days of one
)

// limitUnits are the words of units in a ladder's text, the longer before those that end them.
var limitUnits = []struct {
	word  string
	civil bool
}{{"个工作日", false}, {"工作日", false}, {"wd", false}, {"日", true}, {"天", true}, {"d", true}}

// ParseLadder reads the limits of an office's own ladder, lowest rung first: "1wd,3wd,7d" or "1工作日、3工作日、7日". Invalid for
// another form, for limits that do not rise, and for more than eight; working and calendar days may be mixed.
func ParseLadder(text string) (Ladder, error) {
	var l Ladder
	bad := func(zh, en string) error {
		return planner.Fail(planner.Invalid, "提级阶梯“"+text+"”："+zh, "ladder "+strconv.Quote(text)+": "+en)
	}
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(",，、 ", r) }) {
		var limit Limit
		known := false
		for _, u := range limitUnits {
			if digits, ok := strings.CutSuffix(part, u.word); ok {
				n, err := strconv.Atoi(digits)
				limit, known = Limit{Days: n, Civil: u.civil}, err == nil && n >= 1 && n <= ladderDays
				break
			}
		}
		if !known {
			return Ladder{}, bad("“"+part+"”请写成 3工作日（3wd）或 7日（7d）。", "write "+strconv.Quote(part)+" like 3wd (working days) or 7d (calendar days)")
		}
		// A calendar day never lasts longer than a working day, so 3wd and then 3d do not rise. A higher rung that falls due before a
		// lower one, as 5wd and 6d over a weekend, is informed with it: rungs are climbed in order.
		if n := len(l.Limits); n > 0 && (limit.Days < l.Limits[n-1].Days || limit.Days == l.Limits[n-1].Days && (limit.Civil || !l.Limits[n-1].Civil)) {
			return Ladder{}, bad("每一级要比前一级晚。", "each rung is later than the one below it")
		}
		l.Limits = append(l.Limits, limit)
	}
	if len(l.Limits) == 0 || len(l.Limits) > ladderRungs {
		return Ladder{}, bad("写一到八级，如 1工作日,3工作日,5工作日。", "write one to eight rungs, such as 1wd,3wd,5wd")
	}
	return l, nil
}

// limit returns that of rung i, counted from 0.
func (l Ladder) limit(i int) Limit {
	n := len(l.Limits)
	if n == 0 {
		return Limit{Days: i + 1}
	}
	if i < n {
		return l.Limits[i]
	}
	last := l.Limits[n-1]
	step := last.Days
	if n > 1 && l.Limits[n-2].Civil == last.Civil {
		step -= l.Limits[n-2].Days
	}
	last.Days += max(1, step) * (i - n + 1)
	return last
}

// pauses of a task.
func (l Ladder) pauses(t planner.Task) []civil.Span {
	if l.Paused == nil {
		return nil
	}
	return l.Paused(t)
}

func within(spans []civil.Span, day civil.Date) bool {
	for _, s := range spans {
		if s.Contains(day) {
			return true
		}
	}
	return false
}

// RungOn is the day on which rung i of a task, counted from 0, is informed: its limit after the due day, days of a pause not counted.
func (l Ladder) RungOn(t planner.Task, i int, workdays Workdays) civil.Date {
	limit, pauses := l.limit(i), l.pauses(t)
	if len(pauses) == 0 {
		if limit.Civil {
			return t.DueOn.AddDays(limit.Days)
		}
		return workdays(t.DueOn, limit.Days)
	}
	day, far := t.DueOn, t.DueOn.AddDays(pauseMost)
	for n := 0; n < limit.Days && day.Before(far); {
		if limit.Civil {
			day = day.AddDays(1)
		} else {
			day = workdays(day, 1)
		}
		if !within(pauses, day) {
			n++
		}
	}
	return day
}

// knows reports whether somebody has taken note of a task.
func (l Ladder) knows(t planner.TaskID, c planner.CadreID) bool {
	return l.Knows != nil && l.Knows(t, c)
}

// LastDue is the latest due day of a task whose rung i, counted from 0, has its turn by today, if nothing pauses it.
func (l Ladder) LastDue(i int, today civil.Date, workdays Workdays) civil.Date {
	day := today
	for range pauseMost {
		if !today.Before(l.RungOn(planner.Task{DueOn: day}, i, workdays)) {
			break
		}
		day = day.AddDays(-1)
	}
	return day
}
