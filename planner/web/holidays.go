package web

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

// holidaysPage 放假安排 shows what is held of the years; planners type or paste a year's notice and see every date that shifts before they
// confirm it.
type holidaysPage struct {
	pipeline.HolidayDesk
	Change  *pipeline.HolidayChange `json:"change,omitempty"` // nil: nothing asked yet
	File    string                  `json:"-"`                // the notice that was looked at, for the confirmation
	Undo    bool                    `json:"-"`                // what was looked at is the way back
	Message string                  `json:"-"`                // what could not be done
}

// maxShifts is how many shifted dates the page names one by one; the rest it counts.
const maxShifts = 120

// Shifts are the first of the shifted dates.
func (p holidaysPage) Shifts() []pipeline.EventChange {
	return p.Change.Events[:min(maxShifts, len(p.Change.Events))]
}

// More counts the others.
func (p holidaysPage) More() int { return max(0, len(p.Change.Events)-maxShifts) }

// Worked is the n-th worked weekend of a line as a field shows it.
func (holidaysPage) Worked(r pipeline.HolidayRow, n int) string {
	if n >= len(r.Worked) {
		return ""
	}
	return r.Worked[n].String()
}

var holidays = view{"holidays", func(s *Server, r *request) (any, error) {
	year, err := strconv.Atoi(r.URL.Query().Get("year"))
	if err != nil || year < 2018 || year > 2098 {
		year = 0
	}
	d, err := s.App.HolidayDesk(r.Context(), r.p, year)
	return holidaysPage{HolidayDesk: d}, err
}}

// changeHolidays shows what a notice, or taking one back, would move, and does it when it was confirmed.
func (s *Server) changeHolidays(r *request) error {
	r.unhurried()
	year, err := strconv.Atoi(r.PostFormValue("year"))
	if err != nil {
		return planner.Fail(planner.Invalid, "请写明是哪一年。", "say which year.")
	}
	v := holidaysPage{Undo: r.PostFormValue("undo") != ""}
	sure := r.PostFormValue("sure") != ""
	var c pipeline.HolidayChange
	form := pipeline.HolidayForm{Year: year}
	if v.Undo {
		c, err = s.App.UndoHolidays(r.Context(), r.p, year, !sure)
	} else {
		if form, err = holidayForm(r, year); err == nil {
			c, v.File, err = s.App.TakeHolidayForm(r.Context(), r.p, form, !sure)
		}
	}
	var e *planner.Error
	if errors.As(err, &e) && planner.KindOf(err) == planner.Forbidden {
		return err
	}
	if err == nil && (c.Done || c.Same) {
		http.Redirect(r.w, r.Request, "/holidays?"+url.Values{"year": {strconv.Itoa(c.Year)}, "done": {map[bool]string{true: "holidays-same", false: "holidays"}[c.Same]}}.Encode(), http.StatusSeeOther)
		return nil
	}
	status := http.StatusOK
	if err != nil {
		if planner.KindOf(err) == planner.Internal {
			return err
		}
		v.Message, status = lang.Sentence(r.lang, err), http.StatusUnprocessableEntity
	} else {
		v.Change = &c
	}
	if v.HolidayDesk, err = s.App.HolidayDesk(r.Context(), r.p, year); err != nil {
		return err
	}
	if len(form.Lines) > 0 {
		v.Form = form // as it was typed
	}
	v.Form.Provisional = form.Provisional
	p := s.page(r, "holidays")
	p.V = v
	s.render(r, status, p)
	return nil
}

// holidayForm reads the fields: the lines, or the text of a file.
func holidayForm(r *request, year int) (f pipeline.HolidayForm, err error) {
	f = pipeline.HolidayForm{Year: year, Paper: r.PostFormValue("paper"), Provisional: r.PostFormValue("provisional") != "", File: r.PostFormValue("text")}
	if file, _, err := r.FormFile("file"); err == nil {
		defer file.Close()
		b, err := io.ReadAll(file)
		if err != nil {
			return f, err
		}
		if len(b) > 0 {
			f.File = string(b)
		}
	}
	day := func(name string) (d civil.Date) {
		text := r.PostFormValue(name)
		if text == "" || err != nil {
			return d
		}
		var wrong error
		if d, wrong = civil.ParseDate(text); wrong != nil || !d.Valid() {
			err = planner.Fail(planner.Invalid, "“"+text+"”不是日期，请写成 2027-01-01。", text+" is not a date; write it as 2027-01-01.")
		}
		return d
	}
	for i := range 12 {
		n := strconv.Itoa(i)
		if _, ok := r.PostForm["name"+n]; !ok {
			break
		}
		l := pipeline.HolidayRow{Name: r.PostFormValue("name" + n), From: day("from" + n), Until: day("until" + n)}
		for _, w := range []string{"worked" + n, "also" + n} {
			if d := day(w); !d.IsZero() {
				l.Worked = append(l.Worked, d)
			}
		}
		f.Lines = append(f.Lines, l)
	}
	return f, err
}

// localPage 当地的日子 lists the days of areas; planners add and take away.
type localPage struct {
	Days      []pipeline.AreaDayView `json:"days"`
	Places    pipeline.Places        `json:"-"`
	County    string                 `json:"-"`
	Code      planner.AreaCode       `json:"-"` // of the county
	May       bool                   `json:"-"`
	Message   string                 `json:"-"`
	Day       planner.AreaDay        `json:"-"` // as it was typed
	Townships []township             `json:"-"`
}

type township struct {
	Code planner.AreaCode
	Name string
}

// Kinds and Wishes are what the form offers.
func (localPage) Kinds() []planner.AreaDayKind {
	return []planner.AreaDayKind{planner.DayMarket, planner.DayFair, planner.DayFarm, planner.DayNoGo, planner.DayClosed}
}

func (s *Server) localPage(r *request) (v localPage, err error) {
	if v.Days, err = s.App.AreaDays(r.Context(), r.p); err != nil {
		return v, err
	}
	v.May = r.p.Is(planner.RolePlanner, planner.RoleAdmin)
	if v.May {
		v.Places, err = s.App.Places(r.Context(), r.p)
	}
	v.County = s.App.Office.County
	seen := map[planner.AreaCode]bool{}
	for _, x := range v.Places.Villages {
		v.Code = x.Code.County()
		if !seen[x.TownshipCode] {
			seen[x.TownshipCode] = true
			v.Townships = append(v.Townships, township{x.TownshipCode, x.Township})
		}
	}
	return v, err
}

var local = view{"local", func(s *Server, r *request) (any, error) { return s.localPage(r) }}

// changeLocal adds a day of an area, or takes one away.
func (s *Server) changeLocal(r *request) error {
	d := planner.AreaDay{Area: planner.AreaCode(r.PostFormValue("area")), Kind: planner.AreaDayKind(r.PostFormValue("kind")), Rule: r.PostFormValue("rule"),
		Name: r.PostFormValue("name"), Wish: planner.DayWish(r.PostFormValue("wish"))}
	err := s.App.PutAreaDays(r.Context(), r.p, []planner.AreaDay{d}, r.PostFormValue("do") == "remove")
	switch planner.KindOf(err) {
	case planner.Invalid, planner.NotFound:
	default:
		if err != nil {
			return err
		}
		http.Redirect(r.w, r.Request, "/local?done=local", http.StatusSeeOther)
		return nil
	}
	v, failed := s.localPage(r)
	if failed != nil {
		return failed
	}
	v.Message, v.Day = lang.Sentence(r.lang, err), d
	p := s.page(r, "local")
	p.V = v
	s.render(r, http.StatusUnprocessableEntity, p)
	return nil
}
