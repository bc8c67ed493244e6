package web

import (
	"net/http"
	"net/url"
	"strings"

	"lianxin/planner"
	"lianxin/planner/lang"
)

const sessionCookie = "lianxin_session"

// signInForm is the sign-in page with the user's own words and what was wrong with them.
type signInForm struct {
	Login   string
	Next    string
	Message string
}

// escapeNext keeps where a visitor wanted to go; only a page that is read is worth coming back to.
func escapeNext(uri, method string) string {
	if method != http.MethodGet && method != http.MethodHead {
		return url.QueryEscape("/")
	}
	return url.QueryEscape(uri)
}

// localNext accepts only an address of this site, so that a crafted link cannot lead elsewhere after sign-in.
func localNext(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}

func (s *Server) signInPage(r *request) error {
	if r.account.ID != "" {
		http.Redirect(r.w, r.Request, "/", http.StatusSeeOther)
		return nil
	}
	p := s.page(r, "sign-in")
	p.V = signInForm{Next: localNext(r.URL.Query().Get("next"))}
	s.render(r, http.StatusOK, p)
	return nil
}

func (s *Server) signIn(r *request) error {
	login, next := r.PostFormValue("login"), localNext(r.PostFormValue("next"))
	token, _, err := s.App.SignIn(r.Context(), login, r.PostFormValue("password"))
	if k := planner.KindOf(err); k == planner.Invalid || k == planner.Forbidden {
		p := s.page(r, "sign-in")
		p.V = signInForm{Login: login, Next: next, Message: lang.Sentence(r.lang, err)}
		s.render(r, statusOf(err), p)
		return nil
	} else if err != nil {
		return err
	}
	s.setSession(r, token)
	http.Redirect(r.w, r.Request, next, http.StatusSeeOther)
	return nil
}

func (s *Server) signOut(r *request) error {
	if r.token != "" {
		if err := s.App.SignOut(r.Context(), r.token); err != nil {
			return err
		}
	}
	s.setSession(r, "")
	http.Redirect(r.w, r.Request, "/sign-in", http.StatusSeeOther)
	return nil
}

// setSession gives the browser a session that ends with it, or takes it away. Its true end stands in the database, so
// that a wrong clock on an office's computer ends nothing early.
func (s *Server) setSession(r *request, token string) {
	c := &http.Cookie{Name: sessionCookie, Value: token, Path: "/", HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode}
	if token == "" {
		c.MaxAge = -1
	}
	http.SetCookie(r.w, c)
}

// home sends everyone to the page they work on: the office to the overview, a cadre to their own page, a secretary to the
// leader's.
func (s *Server) home(r *request) error {
	to := "/pairings"
	switch {
	case r.p.SeesAll():
		to = "/overview"
	case r.p.Cadre != "":
		to = "/cadres/" + url.PathEscape(string(r.p.Cadre))
	case len(r.p.ActsFor) > 0:
		to = "/cadres/" + url.PathEscape(string(r.p.ActsFor[0]))
	}
	http.Redirect(r.w, r.Request, to, http.StatusSeeOther)
	return nil
}
