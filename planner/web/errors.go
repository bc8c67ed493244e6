package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"lianxin/planner"
	"lianxin/planner/lang"
)

// unsigned is the answer to a JSON request without a session; a page is redirected instead.
type unsigned struct{}

// Error is for the log.
func (*unsigned) Error() string { return "not signed in" }

// statusOf maps the kinds of error once for all pages and JSON.
func statusOf(err error) int {
	if _, ok := err.(*unsigned); ok {
		return http.StatusUnauthorized
	}
	switch planner.KindOf(err) {
	case planner.Invalid:
		return http.StatusUnprocessableEntity
	case planner.NotFound:
		return http.StatusNotFound
	case planner.Conflict:
		return http.StatusConflict
	case planner.Forbidden:
		return http.StatusForbidden
	case planner.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// sayOf is the sentence of an error in both languages; the cause stays in the log.
func sayOf(err error) planner.Text {
	if _, ok := err.(*unsigned); ok {
		return planner.Text{ZH: lang.T(lang.ZH, "error.unsigned"), EN: lang.T(lang.EN, "error.unsigned")}
	}
	return planner.Text{ZH: lang.Sentence(lang.ZH, err), EN: lang.Sentence(lang.EN, err)}
}

// problem is an error as JSON (RFC 9457): status and sentence, no cause.
type problem struct {
	Status int          `json:"status"`
	Title  string       `json:"title"`
	Say    planner.Text `json:"say"`
}

// errorPage says what did not work, and the way back.
type errorPage struct {
	Status int
	Say    string
	Back   string // the page before, on this site; may be empty
}

// fail shows an error as a page or as JSON and logs what is ours to mend.
func (s *Server) fail(r *request, err error) {
	status := statusOf(err)
	if status >= 500 {
		s.Log.Error("request failed", "method", r.Method, "route", r.Pattern, "err", err)
	}
	if isAPI(r) {
		r.w.Header().Set("Content-Type", "application/problem+json; charset=utf-8")
		r.w.WriteHeader(status)
		_ = json.NewEncoder(r.w).Encode(problem{status, http.StatusText(status), sayOf(err)})
		return
	}
	p := s.page(r, "error")
	p.V = errorPage{status, sayOf(err).In(r.lang), cameFrom(r)}
	s.render(r, status, p)
}

// cameFrom is the page of this site that sent the request, mostly the one with the form; empty if there is none.
func cameFrom(r *request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host == "" || u.Host != r.Host || strings.HasPrefix(u.Path, "//") || r.Method == http.MethodGet && u.RequestURI() == r.URL.RequestURI() {
		return ""
	}
	return u.RequestURI()
}
