package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// HolidayForm is a year's notice as somebody types it from the paper: a line for each holiday. Whoever has the file gives its text
// instead.
type HolidayForm struct {
	Year        int          `json:"year"`
	Paper       string       `json:"paper"`
	Provisional bool         `json:"provisional"`
	Lines       []HolidayRow `json:"lines"`
	File        string       `json:"-"` // JSON in the shape of holiday-cn; if given, the lines do not count
}

// HolidayRow is a holiday with its days off in a row and the weekend days that are worked for it.
type HolidayRow struct {
	Name   string       `json:"name"`
	From   civil.Date   `json:"from,omitzero"` // zero: not in this notice
	Until  civil.Date   `json:"until,omitzero"`
	Worked []civil.Date `json:"worked,omitempty"`
}

// HolidayDesk is what the page of holidays shows: what is held of the years, and the form of one.
type HolidayDesk struct {
	Years []HolidayYear `json:"years"`
	Form  HolidayForm   `json:"form"`
	May   bool          `json:"may"` // take a notice in
}

// festivalsOfTheYear are the seven of the 办法, in the order of the year, and room for one more.
var festivalsOfTheYear = []string{"元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节", ""}

// HolidayDesk fills the form of a year with what is held of it; year 0 is the first that has no official notice.
func (a *App) HolidayDesk(ctx context.Context, p planner.Principal, year int) (d HolidayDesk, err error) {
	if !p.Signed() {
		return d, mustSignIn()
	}
	var o officeDays
	err = a.DB.Read(ctx, planner.System("holidays: public"), func(tx *store.Tx) (err error) {
		o, err = officeDaysOf(tx)
		return err
	})
	if err != nil {
		return d, fmt.Errorf("holidays: %w", err)
	}
	today := a.Today().Year
	all := HolidaysOf(o.taken, max(today+2, year))
	for _, y := range all {
		if year == 0 && y.Year >= today && y.Status != string(calendar.Official) {
			year = y.Year
		}
		if y.Year >= today-1 {
			d.Years = append(d.Years, y)
		}
	}
	d.May = mayLay(p) == nil
	d.Form = formOf(year, o.work)
	for _, y := range all {
		if y.Year == year {
			d.Form.Paper = strings.Join(y.Papers, " ")
		}
	}
	return d, nil
}

// formOf are the lines of a year as it is known.
func formOf(year int, w *calendar.Workdays) HolidayForm {
	f := HolidayForm{Year: year}
	for _, name := range festivalsOfTheYear {
		f.Lines = append(f.Lines, HolidayRow{Name: name})
	}
	line := func(name string) *HolidayRow {
		for i := range f.Lines {
			if f.Lines[i].Name == name || f.Lines[i].Name == "" {
				f.Lines[i].Name = name
				return &f.Lines[i]
			}
		}
		f.Lines = append(f.Lines, HolidayRow{Name: name})
		return &f.Lines[len(f.Lines)-1]
	}
	for d := civil.Of(year-1, 12, 1); d.Year <= year; d = d.AddDays(1) {
		late := d.Year < year
		switch name := w.Name(d); {
		case w.Makeup(d):
			if l := w.Label(d); l != "" && (!late || l == "元旦") {
				r := line(l)
				r.Worked = append(r.Worked, d)
			}
		case name != "" && (!late || name == "元旦" && d.Day > 25):
			r := line(name)
			if r.From.IsZero() {
				r.From = d
			}
			r.Until = d
		}
	}
	return f
}

// ReadHolidayForm makes a notice of a form. What is wrong with it comes as an Invalid error that names the line.
func ReadHolidayForm(f HolidayForm) (calendar.Notice, error) {
	if text := strings.TrimSpace(f.File); text != "" {
		n, err := calendar.ReadNotice(strings.NewReader(text))
		if err != nil {
			return n, err
		}
		if f.Paper != "" && len(n.Papers) == 0 {
			n.Papers = []string{f.Paper}
		}
		n.Provisional = f.Provisional
		return n, nil
	}
	n := calendar.Notice{Year: f.Year, Provisional: f.Provisional}
	if paper := strings.TrimSpace(f.Paper); paper != "" {
		n.Papers = strings.Fields(paper)
	}
	for i, r := range f.Lines {
		name := strings.TrimSpace(r.Name)
		if r.From.IsZero() && r.Until.IsZero() && len(r.Worked) == 0 {
			continue
		}
		bad := func(zh, en string) error {
			return planner.Fail(planner.Invalid, fmt.Sprintf("第%d行（%s）%s，请改正。", i+1, name, zh), fmt.Sprintf("line %d (%s) %s; correct it.", i+1, name, en))
		}
		from, until := r.From, r.Until
		if until.IsZero() {
			until = from
		}
		switch {
		case name == "":
			return n, bad("没有节日名称", "has no name")
		case from.IsZero():
			return n, bad("没有写放假的第一天", "does not say on which day the holiday begins")
		case until.Before(from):
			return n, bad("放假的最后一天早于第一天", "ends before it begins")
		case from.AddDays(maxHoliday).Before(until):
			return n, bad(fmt.Sprintf("放假超过%d天", maxHoliday), fmt.Sprintf("is longer than %d days", maxHoliday))
		}
		for d := from; !d.After(until); d = d.AddDays(1) {
			n.Days = append(n.Days, calendar.NoticeDay{Name: name, On: d, Off: true})
		}
		for _, d := range r.Worked {
			n.Days = append(n.Days, calendar.NoticeDay{Name: name, On: d})
		}
	}
	return n, n.Check()
}

// maxHoliday is longer than any holiday has been; a slip of the pen in the year or month is longer still.
const maxHoliday = 15

// HolidayFile is a notice in the shape in which ReadHolidayForm takes it back.
func HolidayFile(n calendar.Notice) string {
	b, err := json.Marshal(n)
	if err != nil {
		panic(err) // strings, dates and booleans
	}
	return string(b)
}

// TakeHolidayForm is [App.ImportHolidays] of a form; it also gives the notice as a file, by which the same can be asked again.
func (a *App) TakeHolidayForm(ctx context.Context, p planner.Principal, f HolidayForm, dry bool) (c HolidayChange, file string, err error) {
	if err := mayLay(p); err != nil {
		return c, "", err
	}
	n, err := ReadHolidayForm(f)
	if err != nil {
		return c, "", err
	}
	c, err = a.ImportHolidays(ctx, p, n, dry)
	return c, HolidayFile(n), err
}
