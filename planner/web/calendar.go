package web

import (
	"strconv"
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

// calendarPage is the year as twelve grids of weeks.
type calendarPage struct {
	pipeline.YearView
	Grid       []monthGrid          `json:"-"`
	Moved      []pipeline.EventView `json:"-"` // county days that are not on their nominal day, in order
	Legend     []legendKey          `json:"-"` // of the kinds of days that the year has
	Prev, Next int                  `json:"-"`
	Official   bool                 `json:"-"`
	Answers    bool                 `json:"-"` // the reader settles answers to invitations
}

// legendKey says what a colour of the grids means.
type legendKey struct{ Class, Name string }

// dayClasses are the colours of the county's days; of two on one day the first in this order shows.
var dayClasses = []struct {
	kind  planner.EventKind
	class string
}{{planner.EventMassWorkDay, "mwd"}, {planner.EventReceptionDay, "rcd"}, {planner.EventFestivalVisit, "fst"}, {planner.EventLeadersMeeting, "mtg"}}

// monthGrid is one month, Monday first. Cells outside the month have Day 0.
type monthGrid struct {
	Name  string
	Weeks [][7]cell
}

// cell is one day of a grid.
type cell struct {
	Day    int
	Lunar  string
	Class  string
	Mark   string // 休 or 班
	Title  string // all that is known of the day, for pointers and screen readers
	Local  string // mark of what holds in a village: 集
	County bool   // a day on which the county's cadres go out
	Also   bool   // another of the county's days falls on it too
}

var calendar = view{"calendar", func(s *Server, r *request) (any, error) {
	year := s.today().Year
	if v := r.URL.Query().Get("year"); v != "" {
		var err error
		if year, err = calendarYear(v); err != nil {
			return nil, err
		}
	}
	y, err := s.App.Year(r.Context(), r.p, year)
	if err != nil {
		return nil, err
	}
	page := newCalendar(r.lang, y)
	page.Answers = pipeline.SettlesAnswers(r.p)
	return page, nil
}}

// calendarYear reads a year that calendars can be drawn of.
func calendarYear(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1902 || n > 2098 {
		return 0, planner.Fail(planner.Invalid, "年份“"+s+"”不在1902年到2098年之间。", "The year “"+s+"” is not between 1902 and 2098.")
	}
	return n, nil
}

// newCalendar lays the days out in weeks.
func newCalendar(l string, y pipeline.YearView) calendarPage {
	p := calendarPage{YearView: y, Prev: y.Year - 1, Next: y.Year + 1, Official: y.Status == "official"}
	feast, names := "", map[planner.EventKind]string{}
	for i, days := range y.Months {
		g := monthGrid{Name: lang.MonthName(l, time.Month(i+1))}
		for _, d := range days {
			col := (int(d.On.Weekday()) + 6) % 7
			if len(g.Weeks) == 0 || col == 0 {
				g.Weeks = append(g.Weeks, [7]cell{})
			}
			c := newCell(l, d)
			if d.State == "off" && d.Holiday != "" && d.Holiday != feast { // the first of its days names the feast instead of the lunar day
				c.Lunar = string([]rune(d.Holiday)[:min(3, len([]rune(d.Holiday)))])
			}
			feast = d.Holiday
			g.Weeks[len(g.Weeks)-1][col] = c
			for _, e := range d.Events {
				if names[e.Kind] == "" {
					names[e.Kind] = e.Title.In(l)
				}
				if !e.Nominal.IsZero() && e.Nominal != e.On {
					p.Moved = append(p.Moved, e)
				}
			}
		}
		p.Grid = append(p.Grid, g)
	}
	for _, c := range dayClasses {
		if names[c.kind] != "" {
			p.Legend = append(p.Legend, legendKey{c.class, names[c.kind]})
		}
	}
	return p
}

// newCell chooses what one day shows: at most a number, the lunar day, one mark and one colour; the rest is in the title.
func newCell(l string, d pipeline.DayCell) cell {
	c := cell{Day: d.On.Day, Lunar: d.Lunar}
	var class []string
	title := []string{lang.Date(l, d.On)}
	switch {
	case d.Makeup:
		c.Mark = lang.T(l, "calendar.makeup-mark")
		class = append(class, "makeup")
		title = append(title, lang.T(l, "calendar.makeup"))
	case d.Holiday != "" && d.State == "off":
		c.Mark = lang.T(l, "calendar.holiday-mark")
		class = append(class, "holiday")
		title = append(title, d.Holiday)
	case d.State == "off" || d.State == "unknown" && d.On.Weekend():
		class = append(class, "off")
	}
	has := map[planner.EventKind]bool{}
	for _, e := range d.Events {
		if e.Status == planner.StatusCancelled {
			continue
		}
		has[e.Kind] = true
		c.County = c.County || e.Kind == planner.EventMassWorkDay || e.Kind == planner.EventFestivalVisit
		title = append(title, e.Title.In(l))
		if why := e.Why.In(l); why != "" {
			title = append(title, why)
		}
		if e.Status == planner.StatusTentative {
			class = append(class, "tentative")
		}
		if !e.Nominal.IsZero() && e.Nominal != e.On {
			class = append(class, "moved")
		}
	}
	coloured := false
	for _, k := range dayClasses {
		if has[k.kind] && coloured {
			c.Also = true
		} else if has[k.kind] {
			class, coloured = append(class, k.class), true
		}
	}
	if d.Leader != "" {
		title = append(title, lang.T(l, "calendar.receives", "name", d.Leader))
	}
	c.Class, c.Title = strings.Join(class, " "), strings.Join(title, " · ")
	return c
}
