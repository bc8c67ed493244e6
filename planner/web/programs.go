package web

import (
	"net/http"

	"lianxin/planner/pipeline"
)

// davRoot is where CalDAV lives.
const davRoot = "/dav/"

// programsPage is one's calendar account: its address and the passwords of programs.
type programsPage struct {
	Address   string                     `json:"address"`
	Login     string                     `json:"login"`
	Passwords []pipeline.AppPasswordView `json:"passwords"`
	Name      string                     `json:"-"` // of the password just made
	Secret    string                     `json:"-"` // it itself, shown once
}

var programs = view{"programs", func(s *Server, r *request) (any, error) {
	list, err := s.App.AppPasswords(r.Context(), r.p, r.p.Account)
	return programsPage{Address: s.App.BaseURL + davRoot, Login: r.account.Login, Passwords: list}, err
}}

// addProgram answers with the secret itself instead of a redirect: it exists in this one answer only.
func (s *Server) addProgram(r *request) error {
	name := r.PostFormValue("name")
	secret, err := s.App.AddAppPassword(r.Context(), r.p, r.p.Account, name)
	if err != nil {
		return err
	}
	v, err := programs.load(s, r)
	if err != nil {
		return err
	}
	made := v.(programsPage)
	made.Name, made.Secret = name, secret
	p := s.page(r, "programs")
	p.V = made
	s.render(r, http.StatusOK, p)
	return nil
}

func (s *Server) dropProgram(r *request) error {
	if err := s.App.RevokeAppPassword(r.Context(), r.p, r.p.Account, r.PostFormValue("id")); err != nil {
		return err
	}
	http.Redirect(r.w, r.Request, "/programs?done=program", http.StatusSeeOther)
	return nil
}
