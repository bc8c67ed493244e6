package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

// meetingPage is one leaders' meeting.
type meetingPage struct {
	pipeline.MeetingView
	Closed string `json:"-"` // when its data were closed, in words; empty: not yet
	Prev   string `json:"-"` // month before
	Next   string `json:"-"` // month after
}

var leadersMeeting = view{"meeting", func(s *Server, r *request) (any, error) {
	v, err := s.App.Meeting(r.Context(), r.p, r.URL.Query().Get("month"))
	if err != nil {
		return nil, err
	}
	p := meetingPage{MeetingView: v, Closed: lang.Instant(r.lang, v.CutoffAt, s.App.Zone)}
	if m, err := time.Parse("2006-01", v.Month); err == nil {
		p.Prev, p.Next = m.AddDate(0, -1, 0).Format("2006-01"), m.AddDate(0, 1, 0).Format("2006-01")
	}
	return p, nil
}}

// addItem puts something on an agenda, or a question to a session.
func (s *Server) addItem(r *request) error {
	about := planner.Subject{}
	if id := strings.TrimSpace(r.PostFormValue("task")); id != "" {
		about = planner.Subject{Kind: "task", Ref: id}
	}
	if _, err := s.App.AddItem(r.Context(), r.p, planner.EventID(r.PostFormValue("event")), about, r.PostFormValue("title")); err != nil {
		return err
	}
	return s.backTo(r)
}

// backTo sends the browser back to the page of the form: a meeting's, or the list of occasions.
func (s *Server) backTo(r *request) error {
	to := "/occasions?done=agenda"
	if month := r.PostFormValue("month"); month != "" {
		to = "/meeting?month=" + url.QueryEscape(month) + "&done=agenda"
	}
	http.Redirect(r.w, r.Request, to, http.StatusSeeOther)
	return nil
}

// decide writes down what became of an item.
func (s *Server) decide(r *request) error {
	d := pipeline.Decision{Outcome: planner.ItemOutcome(r.PostFormValue("outcome")), Words: r.PostFormValue("words")}
	var err error
	if d.DueOn, err = formDay(r.PostFormValue("due")); err != nil {
		return err
	}
	if code := strings.TrimSpace(r.PostFormValue("owner")); code != "" {
		c, err := s.App.CadreByCode(r.Context(), r.p, code)
		if err != nil {
			return err
		}
		d.Owner = c.ID
	}
	if _, err := s.App.Decide(r.Context(), r.p, planner.AgendaID(r.PathValue("id")), d); err != nil {
		return err
	}
	return s.backTo(r)
}

// closeData stores the figures of a meeting.
func (s *Server) closeData(r *request) error {
	if _, err := s.App.CloseData(r.Context(), r.p, r.PostFormValue("month")); err != nil {
		return err
	}
	return s.backTo(r)
}

// occasionsPage lists hearings, sessions, case visits and joint receptions.
type occasionsPage struct {
	List    []pipeline.OccasionView `json:"occasions"`
	Kinds   []planner.EventKind     `json:"-"`
	MayEdit bool                    `json:"-"`
}

var occasions = view{"occasions", func(s *Server, r *request) (any, error) {
	list, err := s.App.Occasions(r.Context(), r.p)
	if err != nil {
		return nil, err
	}
	return occasionsPage{List: list, MayEdit: r.p.Is(planner.RolePlanner),
		Kinds: planner.Occasions}, nil
}}

// setOccasion sets one.
func (s *Server) setOccasion(r *request) error {
	w := pipeline.OccasionWish{Kind: planner.EventKind(r.PostFormValue("kind")), Place: r.PostFormValue("place"), Village: planner.AreaCode(strings.TrimSpace(r.PostFormValue("village"))),
		Units: strings.Fields(strings.NewReplacer(",", " ", "，", " ", "、", " ").Replace(r.PostFormValue("units"))), Title: planner.Both(strings.TrimSpace(r.PostFormValue("title")))}
	if id := strings.TrimSpace(r.PostFormValue("task")); id != "" {
		w.About = planner.Subject{Kind: "task", Ref: id}
	}
	if n := strings.TrimSpace(r.PostFormValue("people")); len(n) == 1 && n >= "0" && n <= "9" {
		w.Representatives = int(n[0] - '0')
	} else if n != "" {
		w.Representatives = planner.MostRepresentatives + 1
	}
	var err error
	if w.On, err = formDay(r.PostFormValue("on")); err != nil {
		return err
	}
	for field, to := range map[string]*civil.Clock{"from": &w.From, "until": &w.Until} {
		if *to, err = civil.ParseClock(r.PostFormValue(field)); err != nil {
			return planner.Fail(planner.Invalid, "时间请写成09:00的样子。", "Write the time like 09:00.")
		}
	}
	c, err := s.App.CadreByCode(r.Context(), r.p, strings.TrimSpace(r.PostFormValue("leader")))
	if err != nil {
		return err
	}
	w.Leader = c.ID
	if _, err := s.App.SetOccasion(r.Context(), r.p, w); err != nil {
		return err
	}
	http.Redirect(r.w, r.Request, "/occasions?done=occasion", http.StatusSeeOther)
	return nil
}

// cancelOccasion calls one off.
func (s *Server) cancelOccasion(r *request) error {
	if err := s.App.CancelOccasion(r.Context(), r.p, planner.EventID(r.PathValue("id"))); err != nil {
		return err
	}
	http.Redirect(r.w, r.Request, "/occasions?done=occasion", http.StatusSeeOther)
	return nil
}
