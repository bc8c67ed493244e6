package main

import (
	"context"
	"encoding/csv"
	"os"
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
)

// calendarDaysCmd prints what is known of each day.
type calendarDaysCmd struct {
	From  string `required:"" placeholder:"DATE" help:"第一天（含），如 2026-01-01。 First day, included."`
	Until string `required:"" placeholder:"DATE" help:"最后一天（含）。 Last day, included."`
	CSV   bool   `name:"csv" help:"逗号分隔，供程序核对；不加则排成表。 Comma-separated, for checking; without it a table."`
}

// daysHeader is the header of the CSV; offices and tests compare it by these names.
var daysHeader = []string{"date", "state", "year_status", "name", "lunar_year", "lunar_month", "lunar_day", "leap_month", "solar_term"}

// Help explains each column.
func (calendarDaysCmd) Help() string {
	return `逐日打印，每天一行；不建库也能用（用随程序附带的2018至2026年国务院办公厅通知），建库以后以导入的通知为准。
可查1901-03-01至2099-12-31，没有通知的年份也能查。

  date         日期
  state        workday 上班（含补班的周末）；off 放假或周末；unknown 该年没有通知，法律也没有把这一天定为节假日
  year_status  official 已公布；provisional 已录入、待确认；unpublished 没有通知
  name         放假日是节日名（两节同日用“、”连接）；因该节调休上班的周末也写节日名（state 为 workday）；其余（含普通周末）为空
  lunar_year, lunar_month, lunar_day, leap_month  农历年、月（1至12）、日；闰月 leap_month 为1，否则为0
  solar_term   当天交节气的名称，否则为空

One line a day; needs no database (the notices of 2018 to 2026 come with the program), and follows imported notices
where there is one. Any day from 1901-03-01 to 2099-12-31, years without a notice included.

  state        workday (make-up weekends included); off: a holiday or weekend; unknown: no notice is held for the
               year, and the law alone does not make the day a holiday
  year_status  official, provisional (a notice is held but not confirmed), unpublished (none is held)
  name         of the holiday on days off (two on one day are joined by 、), and on weekend days worked in exchange
               for it (state workday); else empty, on ordinary weekends too
  lunar_*      lunar year, month 1 to 12, day; leap_month is 1 in a leap month, else 0
  solar_term   the solar term that begins on the day, else empty`
}

// Run prints the days. A day outside the lunar table and an end before its start are refused.
func (c *calendarDaysCmd) Run(ctx context.Context, s *Settings) error {
	from, err := dayOf("--from", c.From)
	if err != nil {
		return err
	}
	until, err := dayOf("--until", c.Until)
	if err != nil {
		return err
	}
	for _, d := range []civil.Date{from, until} {
		if _, ok := civil.Lunar(d); !ok {
			return invalid("只能查1901-03-01至2099-12-31之间的日子，"+d.String()+"不在其中。", "only days from 1901-03-01 to 2099-12-31 are known; "+d.String()+" is not one of them.")
		}
	}
	if until.Before(from) {
		return invalid("最后一天（"+until.String()+"）早于第一天（"+from.String()+"），请对调。", "the last day ("+until.String()+") comes before the first ("+from.String()+"); swap them.")
	}
	w, err := s.workdays(ctx)
	if err != nil {
		return err
	}
	var rows [][]string
	for d := from; !d.After(until); d = d.AddDays(1) {
		rows = append(rows, dayRow(w, d))
	}
	switch {
	case s.JSON:
		out := make([]map[string]string, len(rows))
		for i, r := range rows {
			out[i] = map[string]string{}
			for k, name := range daysHeader {
				out[i][name] = r[k]
			}
		}
		return s.writeJSON(out)
	case c.CSV:
		out := csv.NewWriter(s.out)
		return out.WriteAll(append([][]string{daysHeader}, rows...))
	}
	table(s.out, daysHeader, rows)
	return nil
}

// dayRow is one line of the list; d lies in the lunar table.
func dayRow(w *calendar.Workdays, d civil.Date) []string {
	l, _ := civil.Lunar(d)
	leap := "0"
	if l.Leap {
		leap = "1"
	}
	return []string{d.String(), string(w.State(d)), string(w.Year(d.Year)), w.Label(d),
		strconv.Itoa(l.Year), strconv.Itoa(l.Month), strconv.Itoa(l.Day), leap, d.SolarTerm()}
}

// dayOf reads a date of the command line.
func dayOf(flag, text string) (civil.Date, error) {
	d, err := civil.ParseDate(text)
	if err != nil || d.IsZero() {
		return civil.Date{}, invalid(flag+" 的“"+text+"”不是日期，请写成 2026-01-05。", flag+" "+text+" is not a date; write it as 2026-01-05.")
	}
	return d, nil
}

// workdays are those of the database, or without one those that come with the program.
func (s *Settings) workdays(ctx context.Context) (w *calendar.Workdays, err error) {
	if !s.hasDatabase() {
		return calendar.Embedded(), nil
	}
	err = s.with(ctx, "calendar", func(app *pipeline.App) error {
		w, err = app.Workdays(ctx)
		return err
	})
	return w, err
}

// hasDatabase reports whether there is a database to ask: a server is named, or the SQLite file exists.
func (s *Settings) hasDatabase() bool {
	path, file := strings.CutPrefix(s.Database, "sqlite:")
	if !file {
		return true
	}
	path, _, _ = strings.Cut(strings.TrimPrefix(path, "//"), "?")
	_, err := os.Stat(path)
	return !os.IsNotExist(err)
}

// calendarPresetsCmd lists the calendars of real offices.
type calendarPresetsCmd struct{}

// Run lists them with their source.
func (calendarPresetsCmd) Run(s *Settings) error {
	type line struct {
		ID     string         `json:"id"`
		Say    planner.Text   `json:"say"`
		Source planner.Text   `json:"source"`
		Rules  calendar.Rules `json:"rules"`
	}
	var ls []line
	var rows [][]string
	for _, p := range calendar.Presets() {
		ls = append(ls, line{p.ID, p.Say, p.Source, p.Rules})
		rows = append(rows, []string{p.ID, p.Say.In(s.Lang), p.Source.In(s.Lang)})
	}
	if s.JSON {
		return s.writeJSON(ls)
	}
	table(s.out, []string{"预设 preset", "做法 practice", "出处 source"}, rows)
	return nil
}
