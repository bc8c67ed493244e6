package lang

import (
	"fmt"
	"strconv"
	"time"

	"lianxin/planner/civil"
)

var (
	weekdaysZH = [...]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}
	weekdaysEN = [...]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}
	monthsEN   = [...]string{"", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
)

// Date is a day with its weekday: 2026年1月15日 周四 / Thu 15 Jan 2026. The zero date is empty.
func Date(lang string, d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	if lang == EN {
		return fmt.Sprintf("%s %d %s %d", weekdaysEN[d.Weekday()], d.Day, monthsEN[d.Month], d.Year)
	}
	return fmt.Sprintf("%d年%d月%d日 %s", d.Year, d.Month, d.Day, weekdaysZH[d.Weekday()])
}

// PlainDate is a day without its weekday, as a notice is signed: 2026年1月15日 / 15 January 2026. The zero date is empty.
func PlainDate(lang string, d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	if lang == EN {
		return fmt.Sprintf("%d %s %d", d.Day, d.Month, d.Year)
	}
	return fmt.Sprintf("%d年%d月%d日", d.Year, d.Month, d.Day)
}

// ShortDate is Date without the year: 1月15日 周四 / Thu 15 Jan.
func ShortDate(lang string, d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	if lang == EN {
		return fmt.Sprintf("%s %d %s", weekdaysEN[d.Weekday()], d.Day, monthsEN[d.Month])
	}
	return fmt.Sprintf("%d月%d日 %s", d.Month, d.Day, weekdaysZH[d.Weekday()])
}

// DayMonth is a day without year and weekday: 1月15日 / 15 Jan.
func DayMonth(lang string, d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	if lang == EN {
		return fmt.Sprintf("%d %s", d.Day, monthsEN[d.Month])
	}
	return fmt.Sprintf("%d月%d日", d.Month, d.Day)
}

// Month is a month with its year: 2026年1月 / January 2026.
func Month(lang string, year int, m time.Month) string {
	if lang == EN {
		return fmt.Sprintf("%s %d", m, year)
	}
	return fmt.Sprintf("%d年%d月", year, m)
}

// MonthName is a month alone: 1月 / January.
func MonthName(lang string, m time.Month) string {
	if lang == EN {
		return m.String()
	}
	return strconv.Itoa(int(m)) + "月"
}

// Weekday is 周四 / Thu.
func Weekday(lang string, w time.Weekday) string {
	if lang == EN {
		return weekdaysEN[w]
	}
	return weekdaysZH[w]
}

// Hours is a span of clock times, 08:30–11:30; empty if the span lasts all day (from == until).
func Hours(from, until civil.Clock) string {
	if from == until {
		return ""
	}
	return from.String() + "–" + until.String()
}

// Instant is a moment as the office's clocks show it: 2026年1月15日 周四 08:00 / Thu 15 Jan 2026, 08:00. The zero time is
// empty. Zone is the office's, never the machine's.
func Instant(lang string, t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	l := t.In(zone)
	sep := " "
	if lang == EN {
		sep = ", "
	}
	return Date(lang, civil.DateIn(t, zone)) + sep + l.Format("15:04")
}

// Minutes is a length of time: 12 分钟 / 12 min.
func Minutes(lang string, n int64) string {
	s := Signless(n)
	if n < 0 {
		s = "−" + s
	}
	if lang == EN {
		return s + " min"
	}
	return s + " 分钟"
}

// Number groups digits by thousands, which both languages read: 15,000. A negative number has a true minus sign.
func Number(n int64) string {
	if n < 0 {
		return "−" + Signless(n)
	}
	return Signless(n)
}

// Signless is the absolute value of n with grouped digits.
func Signless(n int64) string {
	s := strconv.FormatUint(uint64(max(n, -n)), 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Exact is a length in seconds that can be added up by hand: 16 分钟, 16 分 30 秒 / 16 min, 16 min 30 s.
func Exact(lang string, seconds int64) string {
	sign := ""
	if seconds < 0 {
		sign, seconds = "−", -seconds
	}
	m, s := seconds/60, seconds%60
	switch {
	case s == 0:
		return sign + Minutes(lang, m)
	case lang == EN:
		return fmt.Sprintf("%s%s min %d s", sign, Signless(m), s)
	}
	return fmt.Sprintf("%s%s 分 %d 秒", sign, Signless(m), s)
}
