package web

import (
	"net/http"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
)

// dutyPage is who receives in the coming months, and what is asked about it.
type dutyPage struct {
	Days   []pipeline.DutyDay  `json:"days"`
	Swaps  []pipeline.SwapView `json:"swaps"`
	Mine   []pipeline.DutyDay  `json:"-"` // days that the reader may give
	Others []pipeline.DutyDay  `json:"-"`
}

// nearDays is how far the list of days reaches before it folds.
const nearDays = 31

// near is how many of the days lie within nearDays of the first.
func (p dutyPage) near() int {
	n := slices.IndexFunc(p.Days, func(d pipeline.DutyDay) bool { return !d.On.Before(p.Days[0].On.AddDays(nearDays)) })
	if n < 0 {
		return len(p.Days)
	}
	return n
}

// Near are the days of the coming month, Later those after it.
func (p dutyPage) Near() []pipeline.DutyDay  { return p.Days[:p.near()] }
func (p dutyPage) Later() []pipeline.DutyDay { return p.Days[p.near():] }

// Besides reports whether somebody sits beside the leaders: the column is left out where the office's rule asks for nobody.
func (p dutyPage) Besides() bool {
	return slices.ContainsFunc(p.Days, func(d pipeline.DutyDay) bool { return d.Beside != "" })
}

// dutyList is days for the table of the page.
type dutyList struct {
	Rows    []pipeline.DutyDay
	Besides bool
}

// List is some of the page's days as a table.
func (p dutyPage) List(rows []pipeline.DutyDay) dutyList { return dutyList{rows, p.Besides()} }

var duty = view{"duty", func(s *Server, r *request) (any, error) {
	var p dutyPage
	var err error
	if p.Days, err = s.App.DutyDays(r.Context(), r.p); err != nil {
		return nil, err
	}
	if p.Swaps, err = s.App.Swaps(r.Context(), r.p); err != nil {
		return nil, err
	}
	for _, d := range p.Days {
		if d.Mine {
			p.Mine = append(p.Mine, d)
		}
		if !d.Mine || r.p.Is(planner.RolePlanner) {
			p.Others = append(p.Others, d)
		}
	}
	return p, nil
}}

// formDay reads a day of a form; an empty one is zero.
func formDay(v string) (civil.Date, error) {
	if v == "" {
		return civil.Date{}, nil
	}
	d, err := civil.ParseDate(v)
	if err != nil || !d.Valid() {
		return d, planner.Fail(planner.Invalid, "日期“"+v+"”请写成2026-01-05的样子。", "Write the day “"+v+"” like 2026-01-05.")
	}
	return d, nil
}

// askSwap enters a wish: an exchange of two days, or an absence.
func (s *Server) askSwap(r *request) error {
	w := pipeline.SwapWish{Reason: r.PostFormValue("reason"), Absence: r.PostFormValue("absence") != ""}
	var err error
	if w.On, err = formDay(r.PostFormValue("on")); err != nil {
		return err
	}
	if w.OtherOn, err = formDay(r.PostFormValue("other")); err != nil {
		return err
	}
	if !w.Absence {
		days, err := s.App.DutyDays(r.Context(), r.p)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(days, func(d pipeline.DutyDay) bool { return d.On == w.OtherOn })
		if at < 0 {
			return planner.Fail(planner.Invalid, "请选要换回的日期。", "Choose the day to take in return.")
		}
		w.Taker = days[at].Cadre
	}
	if _, err := s.App.AskSwap(r.Context(), r.p, w); err != nil {
		return err
	}
	http.Redirect(r.w, r.Request, "/duty?done=swap", http.StatusSeeOther)
	return nil
}

// answerSwap takes one step of a swap.
func (s *Server) answerSwap(r *request) error {
	if _, err := s.App.AnswerSwap(r.Context(), r.p, planner.SwapID(r.PathValue("id")), r.PostFormValue("step")); err != nil {
		return err
	}
	http.Redirect(r.w, r.Request, "/duty?done=swap", http.StatusSeeOther)
	return nil
}

// brief is a leader's page for one reception, to be printed on A4.
var brief = view{"brief", func(s *Server, r *request) (any, error) {
	on, err := formDay(r.PathValue("day"))
	if err != nil {
		return nil, err
	}
	return s.App.SlotBrief(r.Context(), r.p, on)
}}
