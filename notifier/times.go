package notifier

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"lianxin/planner/civil"
)

// dayTimes comes at a time of day on the days that match.
type dayTimes struct {
	zone  *time.Location
	clock civil.Clock
	match func(civil.Date) bool
}

const searchDays = 5 * 366 // how far ahead a day is looked for

// Next returns the first instant after t, or the zero time if none comes within five years.
func (d dayTimes) Next(t time.Time) time.Time {
	day := civil.DateIn(t, d.zone)
	for range searchDays {
		if at := day.At(d.clock, d.zone); at.After(t) && d.match(day) {
			return at
		}
		day = day.AddDays(1)
	}
	return time.Time{}
}

var (
	everyDay     = regexp.MustCompile(`^(?:每天|每日|daily) (\d\d:\d\d)$`)
	everyWorkday = regexp.MustCompile(`^(?:每个)?(?:工作日|workdays) (\d\d:\d\d)$`)
	everyWeekday = regexp.MustCompile(`^每?周([一二三四五六日]) (\d\d:\d\d)$`)
	dayOfMonth   = regexp.MustCompile(`^(?:每月(\d\d?)日|monthly (\d\d?)) (\d\d:\d\d)$`)
	workdayOf    = regexp.MustCompile(`^(?:每月)?(?:第(\d\d?)个工作日|(首个|最后)工作日|(first|last) workday) (\d\d:\d\d)$`)
	leadWords    = regexp.MustCompile(`^(?:T([+-]\d\d?)(天|d)?|(当天)) (\d\d:\d\d)$`)
)

// ParseTimes reads the times of an office: what [ParseSpec] reads, in the zone unless it names its own, and these words,
// whose working days are the caller's:
//
//	每天 08:00           daily 08:00            每周一 08:00
//	工作日 08:00         workdays 08:00         a working day, make-up days among them
//	每月16日 09:00       monthly 16 09:00       a month without that day is left out
//	每月首个工作日 09:00  first workday 09:00    第3个工作日、最后工作日 likewise, last workday 09:00
//
// What never comes is refused.
func ParseTimes(spec string, zone *time.Location, isWorkday func(civil.Date) bool) (cron.Schedule, error) {
	spec = strings.Join(strings.Fields(spec), " ")
	var match func(civil.Date) bool
	var at string
	if m := everyDay.FindStringSubmatch(spec); m != nil {
		at, match = m[1], func(civil.Date) bool { return true }
	} else if m := everyWorkday.FindStringSubmatch(spec); m != nil {
		at, match = m[1], isWorkday
	} else if m := everyWeekday.FindStringSubmatch(spec); m != nil {
		week := time.Weekday((strings.Index("一二三四五六日", m[1])/len("一") + 1) % 7)
		at, match = m[2], func(d civil.Date) bool { return d.Weekday() == week }
	} else if m := dayOfMonth.FindStringSubmatch(spec); m != nil {
		n, _ := strconv.Atoi(m[1] + m[2])
		at, match = m[3], func(d civil.Date) bool { return d.Day == n }
	} else if m := workdayOf.FindStringSubmatch(spec); m != nil {
		n := 1
		if m[1] != "" {
			n, _ = strconv.Atoi(m[1])
		}
		if m[2] == "最后" || m[3] == "last" {
			n = -1
		}
		at, match = m[4], func(d civil.Date) bool { return isNth(d, n, isWorkday) }
	} else {
		times, err := ParseSpec(spec)
		if err != nil {
			return nil, err
		}
		return inZone{times, zone}, nil
	}
	clock, err := civil.ParseClock(at)
	if err != nil {
		return nil, fmt.Errorf("schedule %q: %w", spec, err)
	}
	times := dayTimes{zone, clock, match}
	if times.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, zone)).IsZero() {
		return nil, fmt.Errorf("schedule %q: that day never comes", spec)
	}
	return times, nil
}

// inZone reads a cron specification on the office's clocks.
type inZone struct {
	times cron.Schedule
	zone  *time.Location
}

// Next returns the first instant after t.
func (z inZone) Next(t time.Time) time.Time { return z.times.Next(t.In(z.zone)) }

// isNth reports whether d is its month's nth working day, or its last for n = -1.
func isNth(d civil.Date, n int, isWorkday func(civil.Date) bool) bool {
	if !isWorkday(d) {
		return false
	}
	step, count := -1, 1
	if n < 0 {
		step = 1
	}
	for day := d.AddDays(step); ; day = day.AddDays(step) {
		if day.Month != d.Month {
			break
		}
		if isWorkday(day) {
			count++
		}
	}
	return count == max(n, 1)
}

// Lead is a time before or after a day that something is about: T-5 08:00 is eight o'clock five working days before.
type Lead struct {
	Days  int  // negative: before
	Civil bool // days of the calendar and not working days
	Clock civil.Clock
}

// ParseLead reads "T-5 08:00" (working days), "T-3天 08:00" or "T-3d 08:00" (calendar days), "T+1 09:00" and "当天 07:30".
func ParseLead(s string) (Lead, error) {
	s = strings.Join(strings.Fields(s), " ")
	m := leadWords.FindStringSubmatch(s)
	if m == nil {
		return Lead{}, fmt.Errorf("lead %q: want such as T-5 08:00, T-3天 08:00 or 当天 07:30", s)
	}
	clock, err := civil.ParseClock(m[4])
	if err != nil {
		return Lead{}, fmt.Errorf("lead %q: %w", s, err)
	}
	days := 0
	if m[1] != "" {
		days, _ = strconv.Atoi(m[1])
	}
	return Lead{Days: days, Civil: m[2] != "", Clock: clock}, nil
}

// Of returns the instant for a day. Working days are counted from the day itself, which need not be one.
func (l Lead) Of(day civil.Date, zone *time.Location, isWorkday func(civil.Date) bool) time.Time {
	if l.Civil || l.Days == 0 {
		return day.AddDays(l.Days).At(l.Clock, zone)
	}
	step, left := 1, l.Days
	if l.Days < 0 {
		step, left = -1, -l.Days
	}
	for range longestHoliday * (left + 1) {
		day = day.AddDays(step)
		if isWorkday(day) {
			if left--; left == 0 {
				break
			}
		}
	}
	return day.At(l.Clock, zone)
}
