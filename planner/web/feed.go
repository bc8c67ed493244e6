package web

import (
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"lianxin/planner"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

// feedPath is where feeds are: /f/TOKEN.ics.
const feedPath = "/f/"

// feed serves a calendar by its secret address /f/TOKEN.ics to calendar programs. An Authorization header is ignored:
// Outlook sends one even to public addresses and gives up if it is refused (calendar.md §6).
func (s *Server) feed(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	token, ok := strings.CutSuffix(r.URL.Path[len(feedPath):], ".ics")
	if !ok || token == "" {
		s.guarded(h)
		h["X-Robots-Tag"] = noRobots
		http.Error(w, "no such calendar", http.StatusNotFound)
		return
	}
	f, err := s.App.FeedFile(r.Context(), token, agentOf(r))
	if err != nil {
		s.guarded(h)
		h["X-Robots-Tag"] = noRobots
		status := statusOf(err)
		if status >= 500 {
			s.Log.Error("feed", "err", err)
		}
		if planner.KindOf(err) == planner.Unavailable {
			w.Header().Set("Retry-After", "300")
		}
		http.Error(w, lang.Sentence(lang.ZH, err)+"\n"+lang.Sentence(lang.EN, err), status)
		return
	}
	s.serveCalendar(w, r, f, nil)
}

var noRobots = []string{"noindex, nofollow"}

// isFeed reports whether a request goes to a feed, by the methods that feeds have. These are answered before the pages'
// way of things, which makes most of the cost of so small an answer.
func isFeed(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		strings.HasPrefix(r.URL.Path, feedPath) && strings.IndexByte(r.URL.Path[len(feedPath):], '/') < 0
}

// maxAgent is how much of a program's name is looked at.
const maxAgent = 240

// agentOf is the calendar program's name as it gives it, short enough to keep.
func agentOf(r *http.Request) string {
	agent := r.UserAgent()
	if len(agent) <= maxAgent {
		return agent
	}
	n := maxAgent
	for n > maxAgent-utf8.UTFMax && !utf8.RuneStart(agent[n]) {
		n--
	}
	return agent[:n]
}

// serveCalendar answers GET and HEAD with a strong entity tag per encoding, Last-Modified and 304 (RFC 9110 §8.8.3, §13),
// and the headers of calendar.md §6. Ranges are not served: a calendar program that joins two states of a feed would show
// neither. It writes the conditional answers itself: most of all fetches end here.
//
// A calendar is no document: the headers that guard a page's doings (where it may go, which sensors it may use, who may hold
// its window) say nothing about it and are left out, as the 304 leaves out what came with the calendar (RFC 9110 §15.4.5).
// Each header costs on every fetch.
func (s *Server) serveCalendar(w http.ResponseWriter, r *http.Request, f pipeline.FeedFile, disposition []string) {
	zipped := acceptsGzip(r)
	if zipped && f.Gzip == nil {
		f.Gzip = pipeline.Squeeze(f.Body)
	}
	h, worded := w.Header(), f.Headers()
	form, body := worded.Plain, f.Gzip
	if zipped {
		form = worded.Gzip
	}
	h["X-Content-Type-Options"] = nosniff
	if s.Secure {
		h["Strict-Transport-Security"] = httpsOnly
	}
	h["Cache-Control"] = calendarCaching
	h["Vary"] = varyEncoding
	h["Last-Modified"] = worded.Modified
	h["Etag"] = form.ETag
	if notModified(r, form.ETag[0], f.Modified) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h["Content-Security-Policy"] = contentPolicy
	h["X-Robots-Tag"] = noRobots
	h["Content-Type"] = calendarType
	if disposition == nil {
		disposition = worded.Disposition
	}
	h["Content-Disposition"] = disposition
	if zipped {
		h["Content-Encoding"] = gzipEncoding
	}
	h["Content-Length"] = form.Length
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return
	}
	if !zipped {
		body = f.Plain()
	}
	_, _ = w.Write(body)
}

// Header values that never change.
var (
	calendarType    = []string{"text/calendar; charset=utf-8"}
	calendarCaching = []string{"private, max-age=300, must-revalidate"}
	varyEncoding    = []string{"Accept-Encoding"}
	gzipEncoding    = []string{"gzip"}
)

// notModified applies If-None-Match, and without it If-Modified-Since (RFC 9110 §13.2.2).
func notModified(r *http.Request, tag string, modified time.Time) bool {
	if list := headerOf(r, "If-None-Match"); list != "" {
		return hasTag(list, tag)
	}
	since := headerOf(r, "If-Modified-Since")
	if since == "" {
		return false
	}
	at, err := http.ParseTime(since)
	return err == nil && !modified.Truncate(time.Second).After(at)
}

// headerOf is r.Header.Get for a name in its canonical form.
func headerOf(r *http.Request, name string) string {
	if v := r.Header[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// hasTag reports whether a list of entity tags holds tag by the weak comparison, or is *.
func hasTag(list, tag string) bool {
	if list == tag {
		return true
	}
	for part := range strings.SplitSeq(list, ",") {
		if part = strings.TrimPrefix(strings.TrimSpace(part), "W/"); part == tag || part == "*" {
			return true
		}
	}
	return false
}
