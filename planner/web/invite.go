package web

import (
	"net/http"
	"strings"

	"lianxin/planner"
	"lianxin/planner/lang"
)

// inviteForm asks for the code of a slip (Name empty) or for the first password of an invited account.
type inviteForm struct {
	Code    string
	Name    string
	Login   string
	Message string
}

func (s *Server) invitePage(r *request) error {
	f := inviteForm{Code: strings.TrimSpace(r.PathValue("code"))}
	if f.Code == "" {
		f.Code = strings.TrimSpace(r.URL.Query().Get("code"))
	}
	status := http.StatusOK
	if f.Code != "" {
		acc, err := s.App.Invitation(r.Context(), f.Code)
		switch {
		case err == nil:
			f.Name, f.Login = acc.Name, acc.Login
		case planner.KindOf(err) == planner.NotFound:
			f.Message, status = lang.Sentence(r.lang, err), http.StatusNotFound
		default:
			return err
		}
	}
	p := s.page(r, "invite")
	p.V = f
	s.render(r, status, p)
	return nil
}

func (s *Server) inviteAccept(r *request) error {
	code, password := r.PathValue("code"), r.PostFormValue("password")
	err := error(nil)
	if password != r.PostFormValue("again") {
		err = planner.Fail(planner.Invalid, "两次输入的密码不一样，请重新输入。", "The two passwords differ; please type them again.")
	}
	var token string
	if err == nil {
		token, _, err = s.App.AcceptInvitation(r.Context(), code, password)
	}
	switch planner.KindOf(err) {
	case planner.Invalid, planner.NotFound:
		f := inviteForm{Code: code, Message: lang.Sentence(r.lang, err)}
		if acc, e := s.App.Invitation(r.Context(), code); e == nil {
			f.Name, f.Login = acc.Name, acc.Login
		}
		p := s.page(r, "invite")
		p.V = f
		s.render(r, statusOf(err), p)
		return nil
	}
	if err != nil {
		return err
	}
	s.setSession(r, token)
	http.Redirect(r.w, r.Request, "/", http.StatusSeeOther)
	return nil
}
