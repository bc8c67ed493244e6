// Package civil holds the plain values of time that an office thinks in: days,
// clock times and spans without a zone, the lunar calendar, and the one typed
// path by which days and instants reach a database.
//
// A day is a [Date], never a time.Time at some midnight: a midnight in Shanghai
// stored as an instant is the day before in UTC, and an office that moved a visit
// would find it on another day. An instant is a time.Time in UTC and goes to SQL
// through [Instant] alone. No function here reads the clock or time.Local.
//
// Decision: own Date instead of time.Time or a civil-date module. Both database
// engines compare the stored text YYYY-MM-DD correctly, and no zone can slip in.
package civil

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"
)

// Date is a day of the proleptic Gregorian calendar. The zero value is "no
// date": it prints as the empty string and is NULL in SQL.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// Of returns the date of the given numbers. It panics if they name no day, since
// it serves constants; use [ParseDate] for input.
func Of(year int, month time.Month, day int) Date {
	d := Date{year, month, day}
	if !d.Valid() {
		panic(fmt.Sprintf("civil: no such day %d-%d-%d", year, month, day))
	}
	return d
}

// ParseDate reads YYYY-MM-DD. The empty string is the zero Date.
func ParseDate(s string) (Date, error) {
	if s == "" {
		return Date{}, nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("date %q is not YYYY-MM-DD", s)
	}
	return Date{t.Year(), t.Month(), t.Day()}, nil
}

// MustDate is [ParseDate] for tests and package variables; it panics on bad text.
func MustDate(s string) Date {
	d, err := ParseDate(s)
	if err != nil || d.IsZero() {
		panic(fmt.Sprintf("civil: bad date %q", s))
	}
	return d
}

// DateIn returns the day that the instant t falls on in zone.
func DateIn(t time.Time, zone *time.Location) Date {
	y, m, d := t.In(zone).Date()
	return Date{y, m, d}
}

// IsZero reports whether d is "no date".
func (d Date) IsZero() bool { return d == Date{} }

// Valid reports whether d names a real day between the years 1 and 9999.
func (d Date) Valid() bool {
	if d.Year < 1 || d.Year > 9999 {
		return false
	}
	t := d.utc()
	return t.Year() == d.Year && t.Month() == d.Month && t.Day() == d.Day
}

func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// String returns YYYY-MM-DD, or "" for the zero Date.
func (d Date) String() string {
	var b [len(time.DateOnly)]byte
	return string(d.Append(b[:0]))
}

// Append appends String to b.
func (d Date) Append(b []byte) []byte {
	switch {
	case d.IsZero():
		return b
	case d.Year < 0 || d.Year > 9999 || d.Month < 0 || d.Month > 99 || d.Day < 0 || d.Day > 99: // no day at all
		return fmt.Appendf(b, "%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
	}
	y, m := d.Year, int(d.Month)
	return append(b, digit(y/1000), digit(y/100), digit(y/10), digit(y), '-', digit(m/10), digit(m), '-', digit(d.Day/10), digit(d.Day))
}

// digit is the last one of n.
func digit(n int) byte { return byte('0' + n%10) }

// Compact returns YYYYMMDD, the form of RFC 5545 §3.3.4.
func (d Date) Compact() string {
	var room [len(time.DateOnly)]byte
	b := d.Append(room[:0])
	if len(b) != len(room) { // no day at all
		return fmt.Sprintf("%04d%02d%02d", d.Year, int(d.Month), d.Day)
	}
	return string(append(append(b[:4:4], b[5:7]...), b[8:]...))
}

// AddDays returns the day n days after d (before it if n is negative).
func (d Date) AddDays(n int) Date {
	t := d.utc().AddDate(0, 0, n)
	return Date{t.Year(), t.Month(), t.Day()}
}

// Sub returns the number of days from other to d.
func (d Date) Sub(other Date) int { return int(d.utc().Sub(other.utc()) / (24 * time.Hour)) }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// Weekend reports whether d is a Saturday or Sunday.
func (d Date) Weekend() bool {
	w := d.Weekday()
	return w == time.Saturday || w == time.Sunday
}

// Before reports whether d is earlier than other.
func (d Date) Before(other Date) bool { return d.Compare(other) < 0 }

// After reports whether d is later than other.
func (d Date) After(other Date) bool { return d.Compare(other) > 0 }

// Compare returns -1, 0 or +1 as d is earlier than, equal to or later than
// other. The zero Date sorts first.
func (d Date) Compare(other Date) int {
	switch {
	case d == other:
		return 0
	case d.Year < other.Year,
		d.Year == other.Year && d.Month < other.Month,
		d.Year == other.Year && d.Month == other.Month && d.Day < other.Day:
		return -1
	}
	return 1
}

// At returns the instant at which clock c stands on day d in zone, in UTC.
func (d Date) At(c Clock, zone *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, int(c)/60, int(c)%60, 0, 0, zone).UTC()
}

// MonthStart returns the first day of d's month.
func (d Date) MonthStart() Date { return Date{d.Year, d.Month, 1} }

// DaysIn returns the number of days of the month.
func DaysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// MarshalText writes String, so that a Date is "YYYY-MM-DD" in JSON.
func (d Date) MarshalText() ([]byte, error) {
	return d.Append(make([]byte, 0, len(time.DateOnly))), nil
}

// UnmarshalText reads what MarshalText writes.
func (d *Date) UnmarshalText(b []byte) (err error) { *d, err = ParseDate(string(b)); return err }

// Value stores the day as YYYY-MM-DD text (SQLite TEXT, PostgreSQL DATE); the zero
// Date is NULL.
func (d Date) Value() (driver.Value, error) {
	if d.IsZero() {
		return nil, nil
	}
	return d.String(), nil
}

// Scan reads a DATE or TEXT column. A driver that hands over a time.Time (lib/pq
// does for DATE) is trusted for its year, month and day alone.
func (d *Date) Scan(v any) (err error) {
	switch v := v.(type) {
	case nil:
		*d = Date{}
	case string:
		if len(v) > 10 { // "2026-01-05T00:00:00Z" from a column that lost its type
			v = v[:10]
		}
		*d, err = ParseDate(v)
	case []byte:
		return d.Scan(string(v))
	case time.Time:
		*d = Date{v.Year(), v.Month(), v.Day()}
	default:
		err = fmt.Errorf("civil.Date: cannot scan %T", v)
	}
	return err
}

// Span is a run of days: From is in it, Until is not. A zero Until means "open
// end", a zero From "since ever".
type Span struct {
	From  Date `json:"from"`
	Until Date `json:"until"`
}

// Contains reports whether d lies in the span.
func (s Span) Contains(d Date) bool {
	return (s.From.IsZero() || !d.Before(s.From)) && (s.Until.IsZero() || d.Before(s.Until))
}

// Days returns the length of a closed span, 0 for an open one.
func (s Span) Days() int {
	if s.From.IsZero() || s.Until.IsZero() {
		return 0
	}
	return s.Until.Sub(s.From)
}

// YearSpan returns the span of a whole year.
func YearSpan(year int) Span { return Span{Of(year, 1, 1), Of(year+1, 1, 1)} }

// Clock is a time of day in minutes after midnight, 0 to 1440.
type Clock int

// ParseClock reads HH:MM (24 hours); 24:00 is allowed as an end.
func ParseClock(s string) (Clock, error) {
	var h, m int
	if n, err := fmt.Sscanf(s, "%d:%02d", &h, &m); n != 2 || err != nil || h < 0 || m < 0 || m > 59 || h*60+m > 1440 {
		return 0, fmt.Errorf("clock time %q is not HH:MM", s)
	}
	return Clock(h*60 + m), nil
}

// MustClock is [ParseClock] for tests and package variables.
func MustClock(s string) Clock {
	c, err := ParseClock(s)
	if err != nil {
		panic(err)
	}
	return c
}

// String returns HH:MM.
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", int(c)/60, int(c)%60) }

// MarshalText writes HH:MM.
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads HH:MM.
func (c *Clock) UnmarshalText(b []byte) (err error) { *c, err = ParseClock(string(b)); return err }

// Instant carries a time.Time to and from SQL as fixed-width UTC text on SQLite and
// TIMESTAMPTZ on PostgreSQL, so that the stored values sort as time does on both.
// The zero Instant is NULL. It keeps microseconds, which is what both engines keep.
type Instant struct{ time.Time }

// instantLayout has a fixed width, so text order is time order.
const instantLayout = "2006-01-02T15:04:05.000000Z"

// At wraps t for SQL.
func At(t time.Time) Instant { return Instant{t.UTC().Truncate(time.Microsecond)} }

// Value stores fixed-width UTC text, which PostgreSQL reads as TIMESTAMPTZ.
func (i Instant) Value() (driver.Value, error) {
	if i.IsZero() {
		return nil, nil
	}
	return i.UTC().Format(instantLayout), nil
}

// Scan reads text or a time.Time.
func (i *Instant) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		i.Time = time.Time{}
	case time.Time:
		i.Time = v.UTC()
	case []byte:
		return i.Scan(string(v))
	case string:
		if v == "" {
			i.Time = time.Time{}
			return nil
		}
		for _, layout := range []string{instantLayout, time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999-07"} {
			if t, err := time.Parse(layout, v); err == nil {
				i.Time = t.UTC()
				return nil
			}
		}
		return fmt.Errorf("civil.Instant: cannot read %q", v)
	default:
		return fmt.Errorf("civil.Instant: cannot scan %T", v)
	}
	return nil
}

// MarshalJSON writes RFC 3339 in UTC, null for the zero Instant.
func (i Instant) MarshalJSON() ([]byte, error) {
	if i.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(i.UTC().Format(time.RFC3339Nano))
}
