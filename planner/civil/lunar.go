package civil

import "time"

// LunarDate is a day of the Chinese lunar calendar 农历. Month counts 1 to 12 and Day 1 to 30; Leap marks the second of two
// months of the same number 闰月. The lunar year begins at 正月初一, so early January belongs to the year before.
type LunarDate struct {
	Year, Month, Day int
	Leap             bool
}

// The first and last day of the table.
var (
	lunarFirst = Date{1901, 3, 1}
	lunarLast  = Date{2099, 12, 31}
)

// newYear returns 正月初一 of a lunar year of the table.
func newYear(year int) Date { return Date{year, 1, 20}.AddDays(int(lunarYears[year-1901] >> 17)) }

// Lunar returns the lunar date of d, and false outside 1901-03-01…2099-12-31.
func Lunar(d Date) (LunarDate, bool) {
	if d.Before(lunarFirst) || d.After(lunarLast) {
		return LunarDate{}, false
	}
	year := d.Year
	first := newYear(year)
	if d.Before(first) {
		year--
		first = newYear(year)
	}
	rest := d.Sub(first)
	l := LunarDate{Year: year, Month: 1}
	for n := 0; ; n++ {
		length := monthDays(year, n)
		if rest < length {
			l.Day = rest + 1
			return l, true
		}
		rest -= length
		l.Month, l.Leap = nextMonth(year, l.Month, l.Leap)
	}
}

// Solar returns the day of a lunar date, and false if the table has no such day.
func (l LunarDate) Solar() (Date, bool) {
	if l.Year < 1901 || l.Year > 2099 || l.Month < 1 || l.Month > 12 || l.Day < 1 {
		return Date{}, false
	}
	days, month, leap := 0, 1, false
	for n := 0; ; n++ {
		length := monthDays(l.Year, n)
		if month == l.Month && leap == l.Leap {
			d := newYear(l.Year).AddDays(days + l.Day - 1)
			return d, l.Day <= length && !d.Before(lunarFirst) && !d.After(lunarLast)
		}
		if month == 12 && (leap || lunarYears[l.Year-1901]&15 != 12) {
			return Date{}, false
		}
		days += length
		month, leap = nextMonth(l.Year, month, leap)
	}
}

// LeapMonth returns the number of the lunar year's leap month, 0 if it has none or lies outside 1901…2099.
func LeapMonth(year int) int {
	if year < 1901 || year > 2099 {
		return 0
	}
	return int(lunarYears[year-1901] & 15)
}

// monthDays returns the length of the n-th month of the year, counted from 0 with the leap month.
func monthDays(year, n int) int { return 29 + int(lunarYears[year-1901]>>(4+n)&1) }

func nextMonth(year, month int, leap bool) (int, bool) {
	if !leap && int(lunarYears[year-1901]&15) == month {
		return month, true
	}
	return month + 1, false
}

var (
	lunarMonthNames = [...]string{"正月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "冬月", "腊月"}
	lunarDigits     = [...]string{"十", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
)

// MonthName returns 正月 … 腊月, 闰六月 for a leap month, "" for a month that does not exist.
func (l LunarDate) MonthName() string {
	if l.Month < 1 || l.Month > 12 {
		return ""
	}
	if l.Leap {
		return "闰" + lunarMonthNames[l.Month-1]
	}
	return lunarMonthNames[l.Month-1]
}

// DayName returns 初一 … 三十, "" for a day that does not exist.
func (l LunarDate) DayName() string {
	switch {
	case l.Day < 1 || l.Day > 30:
		return ""
	case l.Day <= 10:
		return "初" + lunarDigits[l.Day%10]
	case l.Day == 20:
		return "二十"
	case l.Day == 30:
		return "三十"
	case l.Day < 20:
		return "十" + lunarDigits[l.Day%10]
	}
	return "廿" + lunarDigits[l.Day%10]
}

// String returns 正月初一, 闰六月十五: the short form without the year.
func (l LunarDate) String() string { return l.MonthName() + l.DayName() }

var termNames = [24]string{
	"小寒", "大寒", "立春", "雨水", "惊蛰", "春分", "清明", "谷雨", "立夏", "小满", "芒种", "夏至",
	"小暑", "大暑", "立秋", "处暑", "白露", "秋分", "寒露", "霜降", "立冬", "小雪", "大雪", "冬至",
}

// SolarTerm returns the 节气 that begins on d, "" on all other days and outside 1901…2099.
func (d Date) SolarTerm() string {
	if d.Year < 1901 || d.Year > 2099 || !d.Valid() {
		return ""
	}
	for i := 2*int(d.Month) - 2; i < 2*int(d.Month); i++ {
		if d.Day == termDay(d.Year, i) {
			return termNames[i]
		}
	}
	return ""
}

// termDay returns the day of its month of the i-th solar term from 小寒.
func termDay(year, i int) int { return termBase[i] + int(termOffsets[year-1901]>>(2*i)&3) }

// Qingming returns the day of 清明, 4 to 6 April, zero outside 1901…2099.
func Qingming(year int) Date {
	if year < 1901 || year > 2099 {
		return Date{}
	}
	return Date{year, 4, termDay(year, 6)}
}

// SolarTerms lists the names of the 24 solar terms from 小寒 on.
func SolarTerms() []string { return termNames[:] }

// TermDay returns the day of a year on which the i-th solar term from 小寒 begins, and false outside the table.
func TermDay(year, i int) (Date, bool) {
	if year < 1901 || year > 2099 || i < 0 || i >= len(termNames) {
		return Date{}, false
	}
	return Date{year, time.Month(i/2 + 1), termDay(year, i)}, true
}

// Branch returns the earthly branch 地支 of the day, 0 for 子 to 11 for 亥. 2000-01-01 was a 戊午 day.
func (d Date) Branch() int { return ((d.Sub(Date{2000, 1, 1})+6)%12 + 12) % 12 }
