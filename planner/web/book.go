package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

// bookPage 重点约访. What a person writes travels in forms alone, as does the code; the address holds at most the subject.
type bookPage struct {
	pipeline.BookSlots
	Subject string              `json:"-"`
	Open    []pipeline.OpenSlot `json:"-"` // that take the subject and have a seat
	Wish    pipeline.BookWish   `json:"-"` // as it was written, if it was refused
	Offers  []pipeline.OpenSlot `json:"-"` // the nearest to a seat that was lost
	Message string              `json:"-"`
	Mine    *pipeline.Booking   `json:"-"` // what a code opened, or was just booked
	Code    string              `json:"-"`
	Did     string              `json:"-"` // booked, moved, cancelled
}

// StandsChoices are the answers about how far the matter has come.
func (bookPage) StandsChoices() []string { return pipeline.Stands }

// PersonsChoices are how many may come.
func (bookPage) PersonsChoices() []int { return []int{1, 2, 3, 4, planner.MostRepresentatives} }

var book = view{"book", func(s *Server, r *request) (any, error) {
	return s.bookForm(r, bookPage{Subject: r.URL.Query().Get("subject")})
}}

// bookForm fills in what can be booked.
func (s *Server) bookForm(r *request, v bookPage) (bookPage, error) {
	open, err := s.App.BookSlots(r.Context())
	v.BookSlots = open
	if !slices.Contains(open.Subjects, v.Subject) { // an address of somebody's own making, or a portfolio that changed since
		v.Subject = ""
	}
	subject := v.Subject
	if v.Mine != nil {
		subject = v.Mine.Subject
	}
	for _, o := range open.Slots {
		if subject != "" && o.Free > 0 && o.Takes(subject) && (v.Mine == nil || o.On != v.Mine.On) {
			v.Open = append(v.Open, o)
		}
	}
	return v, err
}

func (s *Server) showBook(r *request, status int, v bookPage) error {
	v, err := s.bookForm(r, v)
	if err != nil {
		return err
	}
	p := s.page(r, "book")
	p.V = v
	s.render(r, status, p)
	return nil
}

// refused puts an error into words beside the form; only our own mistakes become an error page.
func (s *Server) refusedBook(r *request, v bookPage, err error) error {
	var full *pipeline.Full
	status := http.StatusUnprocessableEntity
	switch {
	case planner.KindOf(err) == planner.Internal:
		return err
	case errors.As(err, &full):
		v.Offers, status = full.Offers, http.StatusConflict
		if len(v.Offers) > 0 && v.Mine == nil {
			v.Wish.On = v.Offers[0].On // chosen for the person already, who has but to press again
		}
	case planner.KindOf(err) == planner.NotFound:
		status = http.StatusNotFound
	}
	v.Message = lang.Sentence(r.lang, err)
	return s.showBook(r, status, v)
}

// bookSeat books.
func (s *Server) bookSeat(r *request) error {
	persons, _ := strconv.Atoi(r.PostFormValue("persons"))
	w := pipeline.BookWish{Subject: r.PostFormValue("subject"), Persons: persons, Stands: r.PostFormValue("stands"), Matter: r.PostFormValue("matter"), Name: r.PostFormValue("name"),
		Contact: r.PostFormValue("contact"), Words: r.PostFormValue("words")}
	w.On, _ = civil.ParseDate(r.PostFormValue("on")) // a day that is none is refused in words
	v := bookPage{Subject: w.Subject, Wish: w}
	b, err := s.App.Book(r.Context(), w)
	if err != nil {
		return s.refusedBook(r, v, err)
	}
	return s.showBook(r, http.StatusOK, bookPage{Mine: &b, Code: b.Code, Did: "booked"})
}

// bookMine shows, moves or cancels by code.
func (s *Server) bookMine(r *request) error {
	code := r.PostFormValue("code")
	v := bookPage{Code: code}
	var err error
	switch r.PostFormValue("do") {
	case "cancel":
		err, v.Did = s.App.CancelBooking(r.Context(), code), "cancelled"
	case "move":
		var on civil.Date
		if on, err = civil.ParseDate(r.PostFormValue("on")); err != nil {
			err = planner.Fail(planner.Invalid, "请选一个接待日。", "choose a day")
		} else {
			_, err = s.App.MoveBooking(r.Context(), code, on)
			v.Did = "moved"
		}
	}
	b, look := s.App.BookingByCode(r.Context(), code)
	if look != nil {
		v.Did, v.Code = "", ""
		return s.refusedBook(r, v, look)
	}
	v.Mine = &b
	if err != nil {
		v.Did = ""
		return s.refusedBook(r, v, err)
	}
	return s.showBook(r, http.StatusOK, v)
}

// apiBook is booking, moving and cancelling for programs.
func (s *Server) apiBook(r *request) error {
	var in struct {
		pipeline.BookWish
		Code string `json:"code"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return planner.Fail(planner.Invalid, "请求不是合格的 JSON。", "the request is no JSON that fits")
	}
	var out any
	var err error
	switch do := r.PathValue("do"); do {
	case "make":
		out, err = s.App.Book(r.Context(), in.BookWish)
		var full *pipeline.Full
		if errors.As(err, &full) {
			r.w.Header().Set("Content-Type", "application/json; charset=utf-8")
			r.w.WriteHeader(http.StatusConflict)
			return json.NewEncoder(r.w).Encode(map[string]any{"error": full.Err.Say, "offers": full.Offers})
		}
	case "look":
		out, err = s.App.BookingByCode(r.Context(), in.Code)
	case "move":
		out, err = s.App.MoveBooking(r.Context(), in.Code, in.On)
	case "cancel":
		out, err = map[string]bool{"cancelled": true}, s.App.CancelBooking(r.Context(), in.Code)
	default:
		err = planner.Fail(planner.NotFound, "没有这种操作。", "there is no such operation")
	}
	if err != nil {
		return err
	}
	r.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	return json.NewEncoder(r.w).Encode(out)
}

// counterPage 接待窗口.
type counterPage struct {
	pipeline.Counter
	Past bool `json:"-"` // the day is today or gone: what became of it can be recorded
	Now  bool `json:"-"` // it is today
}

// RefusalChoices are the reasons for which an appointment is refused.
func (counterPage) RefusalChoices() []planner.Refusal { return planner.Refusals }

var counter = view{"counter", func(s *Server, r *request) (any, error) {
	var on civil.Date
	if v := r.URL.Query().Get("day"); v != "" {
		var err error
		if on, err = civil.ParseDate(v); err != nil || !on.Valid() {
			return nil, planner.Fail(planner.Invalid, "日期请写成2026-03-02的样子。", "write the day like 2026-03-02")
		}
	}
	c, err := s.App.Counter(r.Context(), r.p, on)
	return counterPage{Counter: c, Past: !c.On.After(s.today()), Now: c.On == s.today()}, err
}}

// counterDo is what a clerk presses.
func (s *Server) counterDo(r *request) error {
	on, err := civil.ParseDate(r.PostFormValue("on"))
	if err != nil {
		return planner.Fail(planner.Invalid, "请写明哪一天。", "say which day")
	}
	id := r.PostFormValue("id")
	switch do := r.PostFormValue("do"); do {
	case "walk-in":
		n, bad := strconv.Atoi(r.PostFormValue("persons"))
		if bad != nil {
			n = 0 // refused in words
		}
		_, err = s.App.WalkIn(r.Context(), r.p, n, r.PostFormValue("subject"))
	case "walk-received":
		err = s.App.SettleWalkIn(r.Context(), r.p, on, planner.WalkInID(id), planner.WalkInReceived)
	case "walk-left":
		err = s.App.SettleWalkIn(r.Context(), r.p, on, planner.WalkInID(id), planner.WalkInLeft)
	case "accept":
		err = s.App.Answer(r.Context(), r.p, on, planner.AppointmentID(id), "")
	case "refuse":
		why := planner.Refusal(r.PostFormValue("why"))
		if why == "" {
			why = "none" // refused in words
		}
		err = s.App.Answer(r.Context(), r.p, on, planner.AppointmentID(id), why)
	case "cancel":
		err = s.App.CancelAtCounter(r.Context(), r.p, on, planner.AppointmentID(id))
	case "matter":
		var made pipeline.MadeMatter
		if made, err = s.App.MakeMatter(r.Context(), r.p, on, planner.AppointmentID(id)); err == nil {
			p := s.page(r, "matter-slip")
			p.V, p.Other = slipSheet{made.Registered, made.Title, s.App.BaseURL + "/slip", s.today()}, "/counter"
			s.render(r, http.StatusOK, p)
			return nil
		}
	default:
		err = s.App.Attend(r.Context(), r.p, on, planner.AppointmentID(id), planner.AppointmentState(do))
	}
	if err != nil {
		return err
	}
	http.Redirect(r.w, r.Request, fmt.Sprintf("/counter?day=%s&done=counter", on), http.StatusSeeOther)
	return nil
}
