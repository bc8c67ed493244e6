package calendar

import (
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// DayState says whether offices are open on a day.
type DayState string

const (
	Workday DayState = "workday" // open: Monday to Friday, or a weekend day worked instead (补班)
	Off     DayState = "off"     // a weekend, a holiday, or a day swapped for a worked weekend
	Unknown DayState = "unknown" // the year's notice is not out, and the law alone does not make it a holiday
)

// YearStatus says how much is known of a year's workdays: unpublished → provisional → official.
type YearStatus string

const (
	Unpublished YearStatus = "unpublished" // no notice is held: from 2025 on the statutory days are known by law, every other day is open
	Provisional YearStatus = "provisional" // 待确认: a notice is held that nobody has confirmed yet
	Official    YearStatus = "official"    // the State Council's notice is held
)

// The statutory days are those of 全国年节及纪念日放假办法 as amended on 2024-11-10, in force from 2025 on; the lunar ones
// among them are known as far as the lunar table reaches.
const firstLawYear, lastLawYear = 2025, 2099

// firstYear is the first whole year of the lunar table, before which nothing is laid.
const firstYear = 1902

//go:embed holidays/*.json
var embedded embed.FS

// Workdays answers which days offices work. The zero value knows no year; use [Embedded] or [NewWorkdays]. It is never
// changed once made and safe for concurrent use.
type Workdays struct {
	years  map[int]YearStatus // with a notice
	days   map[civil.Date]special
	closed []Closed
}

// Closed is a day on which the whole county's offices are closed, by the county's own order: a local holiday.
type Closed struct {
	Rule DayRule
	Name string
}

// special is a day that is not what its weekday says.
type special struct {
	off  bool
	name string
}

// Embedded returns the workdays of the notices that come with the program: 2018 to 2026 (see holidays/SOURCE.md).
var Embedded = sync.OnceValue(func() *Workdays {
	ns, err := embeddedNotices()
	if err == nil {
		var w *Workdays
		if w, err = NewWorkdays(ns...); err == nil {
			return w
		}
	}
	panic("calendar: embedded holidays: " + err.Error()) // a test reads them all
})

// Current returns the workdays of an office: the notices that come with the program, each year overridden by what the
// office took in, and the county's own closed days.
func Current(taken []planner.HolidayNotice, closed []Closed) (*Workdays, error) {
	base, err := embeddedNotices()
	if err != nil {
		return nil, err
	}
	for _, t := range taken {
		if t.Live {
			base = slices.DeleteFunc(base, func(n Notice) bool { return n.Year == t.Year })
			base = append(base, Notice{Year: t.Year, Papers: t.Papers, Days: t.Days, Provisional: !t.Official})
		}
	}
	w, err := NewWorkdays(base...)
	if err != nil {
		return nil, err
	}
	w.closed = closed
	return w, nil
}

// EmbeddedNotices returns the notices that come with the program, by year.
func EmbeddedNotices() []Notice {
	ns, err := embeddedNotices()
	if err != nil {
		panic("calendar: embedded holidays: " + err.Error()) // a test reads them all
	}
	return ns
}

// EmbeddedSHA256 is the hash of the file that a year's notice comes in, as holidays/SOURCE.md lists it; "" if none does.
func EmbeddedSHA256(year int) string {
	b, err := embedded.ReadFile(fmt.Sprintf("holidays/%d.json", year))
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

var embeddedNotices = sync.OnceValues(readEmbedded)

func readEmbedded() (ns []Notice, err error) {
	files, err := embedded.ReadDir("holidays")
	if err != nil {
		return nil, err
	}
	for _, e := range files { // in order of name, so of year
		f, err := embedded.Open("holidays/" + e.Name())
		if err != nil {
			return nil, err
		}
		n, err := ReadNotice(f)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		ns = append(ns, n)
	}
	return ns, nil
}

// NewWorkdays makes the workdays of the given notices. A notice names its year by its title, yet may order days of the
// December before (2018-12-29 was worked by the notice of 2019), so all notices are read as one table; where two name the
// same day, the later year's holds. A notice without days says that its year is not published.
func NewWorkdays(notices ...Notice) (*Workdays, error) {
	w := &Workdays{years: map[int]YearStatus{}, days: map[civil.Date]special{}}
	notices = slices.Clone(notices)
	slices.SortStableFunc(notices, func(a, b Notice) int { return cmp.Compare(a.Year, b.Year) })
	for _, n := range notices {
		if err := n.Check(); err != nil {
			return nil, err
		}
		if len(n.Days) > 0 {
			w.years[n.Year] = Official
			if n.Provisional {
				w.years[n.Year] = Provisional
			}
		}
		for _, d := range n.Days {
			w.days[d.On] = special{off: d.Off, name: d.Name}
		}
	}
	for year := firstLawYear; year <= lastLawYear; year++ {
		if w.years[year] != "" {
			continue
		}
		for _, s := range statutory(year) {
			if _, ok := w.days[s.On]; !ok {
				w.days[s.On] = special{off: true, name: s.Name}
			}
		}
	}
	return w, nil
}

// State says whether d is worked.
func (w *Workdays) State(d civil.Date) DayState {
	if w.closure(d) != nil {
		return Off
	}
	if s, ok := w.days[d]; ok {
		if s.off {
			return Off
		}
		return Workday
	}
	switch {
	case w.years[d.Year] == "":
		return Unknown
	case d.Weekend():
		return Off
	}
	return Workday
}

// Works reports whether d is a workday or, where that is unknown, would be one as things stand: Monday to Friday. It
// serves to lay a provisional year; what is laid so is tentative.
func (w *Workdays) Works(d civil.Date) bool {
	s := w.State(d)
	return s == Workday || s == Unknown && !d.Weekend()
}

// Name returns the holiday that d belongs to: 春节, 国庆节、中秋节. It is "" on ordinary days, weekends and make-up days.
func (w *Workdays) Name(d civil.Date) string {
	if s := w.days[d]; s.off {
		return s.name
	}
	if c := w.closure(d); c != nil {
		return c.Name
	}
	return ""
}

// closure is the county's own closed day that d is, nil if none.
func (w *Workdays) closure(d civil.Date) *Closed {
	for i := range w.closed {
		if w.closed[i].Rule.Has(d) {
			return &w.closed[i]
		}
	}
	return nil
}

// Label names a day for a list: the holiday it is off for or, on a make-up day, the holiday it is worked for; "" on all
// others.
func (w *Workdays) Label(d civil.Date) string { return cmp.Or(w.Name(d), w.days[d].name) }

// Makeup reports whether d is a weekend day worked in exchange for a holiday (补班).
func (w *Workdays) Makeup(d civil.Date) bool {
	s, ok := w.days[d]
	return ok && !s.off && d.Weekend() && w.closure(d) == nil
}

// Year says how much is known of a year.
func (w *Workdays) Year(year int) YearStatus { return cmp.Or(w.years[year], Unpublished) }

// Next returns the first day from d on that [Workdays.Works]; d itself if it does.
func (w *Workdays) Next(d civil.Date) civil.Date { return w.seek(d, 1) }

// Prev returns the last day up to d that [Workdays.Works]; d itself if it does.
func (w *Workdays) Prev(d civil.Date) civil.Date { return w.seek(d, -1) }

func (w *Workdays) seek(d civil.Date, step int) civil.Date {
	for !w.Works(d) {
		d = d.AddDays(step)
	}
	return d
}

// Add returns the n-th workday after d, or before d if n is negative; d itself for 0, worked or not.
func (w *Workdays) Add(d civil.Date, n int) civil.Date {
	for ; n > 0; n-- {
		d = w.Next(d.AddDays(1))
	}
	for ; n < 0; n++ {
		d = w.Prev(d.AddDays(-1))
	}
	return d
}

// Between returns the workdays of a closed span in order.
func (w *Workdays) Between(s civil.Span) (days []civil.Date) {
	for d := s.From; d.Before(s.Until); d = d.AddDays(1) {
		if w.Works(d) {
			days = append(days, d)
		}
	}
	return days
}

// statutory lists the days off that the law itself fixes (Art. 2): 元旦 1, 春节 4 (除夕 to 初三), 清明 1, 劳动节 2, 端午 1, 中秋 1,
// 国庆 3. In order; a day of two holidays comes once, with both names.
func statutory(year int) []NoticeDay {
	var days []NoticeDay
	add := func(name string, from civil.Date, n int) {
		for ; n > 0; n-- {
			if i := slices.IndexFunc(days, func(o NoticeDay) bool { return o.On == from }); i >= 0 {
				days[i].Name += "、" + name
			} else {
				days = append(days, NoticeDay{Name: name, On: from, Off: true})
			}
			from = from.AddDays(1)
		}
	}
	lunar := func(month, day int) civil.Date {
		d, _ := civil.LunarDate{Year: year, Month: month, Day: day}.Solar()
		return d
	}
	add("元旦", civil.Of(year, 1, 1), 1)
	add("春节", lunar(1, 1).AddDays(-1), 4)
	add("清明节", civil.Qingming(year), 1)
	add("劳动节", civil.Of(year, 5, 1), 2)
	add("端午节", lunar(5, 5), 1)
	add("国庆节", civil.Of(year, 10, 1), 3)
	add("中秋节", lunar(8, 15), 1)
	slices.SortFunc(days, func(a, b NoticeDay) int { return a.On.Compare(b.On) })
	return days
}

var holidayEN = map[string]string{
	"元旦": "New Year's Day", "春节": "Spring Festival", "清明节": "Qingming", "劳动节": "Labour Day", "端午节": "Dragon Boat Festival",
	"中秋节": "Mid-Autumn Festival", "国庆节": "National Day",
}

// HolidayEN words the name of a holiday in English; an unknown name stays as it is.
func HolidayEN(name string) string {
	parts := strings.Split(name, "、")
	for i, p := range parts {
		if en, ok := holidayEN[p]; ok {
			parts[i] = en
		}
	}
	return strings.Join(parts, " and ")
}
