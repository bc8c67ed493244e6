package web

import (
	"net/http"
	"slices"
	"strconv"

	"lianxin/planner"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

// myPage 我家的记录. The code travels in forms alone, never in an address.
type myPage struct {
	Code    string             `json:"-"`
	Record  *pipeline.MyRecord `json:"record,omitempty"` // nil: ask for the code
	Looks   []myLook           `json:"-"`
	Message string             `json:"-"` // what could not be done
	Did     bool               `json:"-"`
}

type myLook struct{ When, Who string }

// MuteChoices are the days that the page offers.
func (myPage) MuteChoices() []int            { return []int{30, 90, 180, 365} }
func (myPage) NeedChoices() []planner.Need   { return planner.Needs }
func (myPage) WayChoices() []string          { return householdWays }
func (myPage) HoursChoices() []planner.Hours { return hoursChoices }
func (p myPage) Wants(n planner.Need) bool   { return slices.Contains(p.Record.Needs, n) }
func (p myPage) Visited() bool               { return p.Record.Consent == planner.ConsentGiven }

var hoursChoices = []planner.Hours{planner.HoursAny, planner.HoursMorning, planner.HoursAfternoon, planner.HoursEvening}

// my asks for the code.
func (s *Server) my(r *request) error { return s.showMy(r, http.StatusOK, myPage{}) }

func (s *Server) showMy(r *request, status int, v myPage) error {
	if v.Record != nil {
		for _, look := range v.Record.Looks {
			v.Looks = append(v.Looks, myLook{lang.Instant(r.lang, look.At, s.App.Zone), look.Who})
		}
	}
	p := s.page(r, "my")
	p.V = v
	s.render(r, status, p)
	return nil
}

// myOpen shows what the code opens.
func (s *Server) myOpen(r *request) error { return s.myAgain(r, nil, false) }

// myAgain shows the record again, with what could not be done.
func (s *Server) myAgain(r *request, failed error, did bool) error {
	v := myPage{Code: r.PostFormValue("code"), Did: did}
	status := http.StatusOK
	if failed != nil {
		if planner.KindOf(failed) == planner.Internal {
			return failed
		}
		v.Message, status = lang.Sentence(r.lang, failed), http.StatusUnprocessableEntity
	}
	rec, err := s.App.MyRecord(r.Context(), v.Code)
	switch planner.KindOf(err) {
	case planner.NotFound:
		v.Message, status = lang.Sentence(r.lang, err), http.StatusNotFound
	default:
		if err != nil {
			return err
		}
		v.Record = &rec
	}
	return s.showMy(r, status, v)
}

// myChoose carries out what the household decides.
func (s *Server) myChoose(r *request) error {
	var c pipeline.Choices
	number := func(name string) *int {
		n, err := strconv.Atoi(r.PostFormValue(name))
		if err != nil {
			n = -1 // refused in words
		}
		return &n
	}
	switch r.PostFormValue("what") {
	case "mute":
		c.MuteDays = number("days")
	case "unmute":
		c.MuteDays = new(int)
	case "withdraw":
		no := planner.ConsentWithdrawn
		c.Consent = &no
	case "agree":
		yes := planner.ConsentGiven
		c.Consent = &yes
	default:
		hours := planner.Hours(r.PostFormValue("hours"))
		needs := []planner.Need{}
		for _, n := range r.PostForm["need"] {
			needs = append(needs, planner.Need(n))
		}
		c.Hours, c.Needs, c.PerYear = &hours, &needs, number("per-year")
		if way := r.PostFormValue("way"); way != "" {
			c.Way = &way
		}
	}
	err := s.App.ChooseByCard(r.Context(), r.PostFormValue("code"), c)
	return s.myAgain(r, err, err == nil)
}

// myAsk files a request.
func (s *Server) myAsk(r *request) error {
	err := s.App.Ask(r.Context(), r.PostFormValue("code"), planner.RequestKind(r.PostFormValue("kind")), r.PostFormValue("words"))
	return s.myAgain(r, err, err == nil)
}

// complainPage is 投诉建议; a code is welcome, not needed.
type complainPage struct {
	Words   string
	Message string
	Done    bool
}

func (s *Server) complainForm(r *request) error {
	return s.showComplain(r, http.StatusOK, complainPage{})
}

func (s *Server) showComplain(r *request, status int, v complainPage) error {
	p := s.page(r, "complain")
	p.V = v
	s.render(r, status, p)
	return nil
}

func (s *Server) complain(r *request) error {
	err := s.App.Complain(r.Context(), r.PostFormValue("code"), r.PostFormValue("words"))
	if err != nil {
		if planner.KindOf(err) == planner.Internal {
			return err
		}
		return s.showComplain(r, http.StatusUnprocessableEntity, complainPage{Words: r.PostFormValue("words"), Message: lang.Sentence(r.lang, err)})
	}
	return s.showComplain(r, http.StatusOK, complainPage{Done: true})
}

// rightsPage 权利台 is what the counter works off.
type rightsPage struct {
	pipeline.Desk
	Places pipeline.Places `json:"-"`
	Issues bool            `json:"-"` // may make cards
}

var rights = view{"rights", func(s *Server, r *request) (any, error) {
	d, err := s.App.RightsDesk(r.Context(), r.p)
	if err != nil {
		return nil, err
	}
	places, err := s.App.Places(r.Context(), r.p)
	return rightsPage{Desk: d, Places: places, Issues: r.p.Is(planner.RoleClerk, planner.RolePlanner, planner.RoleAdmin)}, err
}}

// answerRequest closes a request.
func (s *Server) answerRequest(r *request) error {
	err := s.App.AnswerRequest(r.Context(), r.p, r.PathValue("id"), r.PostFormValue("do") == "refuse", r.PostFormValue("checked") != "", r.PostFormValue("answer"))
	if err != nil {
		return err
	}
	http.Redirect(r.w, r.Request, "/rights?done=request", http.StatusSeeOther)
	return nil
}

// cardsPage prints cards once, two codes each, to be cut and sealed.
type cardsPage struct {
	Cards   []pipeline.HouseholdSlip
	Address string
}

func (s *Server) issueCards(r *request) error {
	var id planner.HouseholdID
	var err error
	if code := r.PostFormValue("household"); code != "" {
		if id, err = s.App.HouseholdByCode(r.Context(), r.p, code); err != nil {
			return err
		}
	}
	cards, err := s.App.IssueCards(r.Context(), r.p, planner.AreaCode(r.PostFormValue("village")), id)
	if err != nil {
		return err
	}
	p := s.page(r, "cards")
	p.V = cardsPage{Cards: cards, Address: s.App.BaseURL}
	s.render(r, http.StatusOK, p)
	return nil
}

// householdWays are the ways in which a household may hear of its visits.
var householdWays = []string{planner.HouseholdByRoom, planner.HouseholdByPhone, planner.HouseholdByNone}
