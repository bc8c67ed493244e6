package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/pipeline"
)

// accountsPage is the administrator's page: the accounts, fifty at a time, and what can be done with them.
type accountsPage struct {
	Accounts []pipeline.AccountView `json:"accounts"`
	Total    int                    `json:"total"`
	State    string                 `json:"-"` // shown state, empty for all
	States   []string               `json:"-"`
	Leaders  []pipeline.AccountView `json:"-"` // who can be acted for
	Acting   []pipeline.AccountView `json:"-"` // who acts for somebody
	Waiting  int                    `json:"-"` // accounts without a password
	From, To int                    `json:"-"`
	Prev     string                 `json:"-"`
	Next     string                 `json:"-"`
}

var accounts = view{"accounts", func(s *Server, r *request) (any, error) {
	all, err := s.App.Accounts(r.Context(), r.p)
	if err != nil {
		return nil, err
	}
	offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
	return newAccounts(all, r.URL.Query().Get("state"), max(0, offset)), nil
}}

func newAccounts(all []pipeline.AccountView, state string, offset int) accountsPage {
	p := accountsPage{State: state, States: families["account"]}
	var shown []pipeline.AccountView
	for _, a := range all {
		if a.Leader != "" && a.State != "closed" {
			p.Leaders = append(p.Leaders, a)
		}
		if len(a.ActsFor) > 0 {
			p.Acting = append(p.Acting, a)
		}
		if a.State == "invited" {
			p.Waiting++
		}
		if state == "" || a.State == state {
			shown = append(shown, a)
		}
	}
	p.Total = len(shown)
	offset = min(offset, len(shown))
	end := min(offset+perPage, len(shown))
	p.Accounts = shown[offset:end]
	if len(p.Accounts) > 0 {
		p.From, p.To = offset+1, end
	}
	at := func(o int) string {
		return "/accounts?state=" + url.QueryEscape(state) + "&offset=" + strconv.Itoa(o)
	}
	if offset > 0 {
		p.Prev = at(max(0, offset-perPage))
	}
	if end < len(shown) {
		p.Next = at(end)
	}
	return p
}

// invitesPage is the sheet of slips to print and cut.
type invitesPage struct {
	Invites []pipeline.Invite
	Address string // where a code is typed in
}

// inviteAll makes the invitations and answers with the slips themselves instead of a redirect: the codes exist in this one
// answer only and are stored nowhere. A page loaded again makes new codes, and the old slips are void.
func (s *Server) inviteAll(r *request) error {
	invites, err := s.App.InviteAll(r.Context(), r.p)
	if err != nil {
		return err
	}
	s.slips(r, invites)
	return nil
}

func (s *Server) slips(r *request, invites []pipeline.Invite) {
	p := s.page(r, "invites")
	p.V = invitesPage{Invites: invites, Address: s.App.BaseURL + "/invite"}
	p.Other = "/accounts?lang=" + map[string]string{"zh": "en", "en": "zh"}[r.lang]
	s.render(r, http.StatusOK, p)
}

func (s *Server) actFor(r *request) error {
	acc, err := s.App.AccountByLogin(r.Context(), r.p, strings.TrimSpace(r.PostFormValue("login")))
	if err != nil {
		return err
	}
	on := r.PostFormValue("end") == ""
	if err := s.App.ActFor(r.Context(), r.p, acc.ID, planner.CadreID(r.PostFormValue("leader")), on); err != nil {
		return err
	}
	done := "act-for"
	if !on {
		done = "act-end"
	}
	http.Redirect(r.w, r.Request, "/accounts?done="+done, http.StatusSeeOther)
	return nil
}

// handOn answers with the new holder's slip, for the reason given at inviteAll.
func (s *Server) handOn(r *request) error {
	from, err := s.App.AccountByLogin(r.Context(), r.p, strings.TrimSpace(r.PostFormValue("from")))
	if err != nil {
		return err
	}
	to, err := s.App.CadreByCode(r.Context(), r.p, strings.TrimSpace(r.PostFormValue("to")))
	if err != nil {
		return err
	}
	invite, err := s.App.HandOn(r.Context(), r.p, from.ID, to.ID)
	if err != nil {
		return err
	}
	s.slips(r, []pipeline.Invite{invite})
	return nil
}
