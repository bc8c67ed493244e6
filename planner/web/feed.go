package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

// feed serves a calendar by its secret address /f/TOKEN.ics to calendar programs. An Authorization header is ignored:
// Outlook sends one even to public addresses and gives up if it is refused (calendar.md §6).
func (s *Server) feed(w http.ResponseWriter, r *http.Request) {
	w.Header()["X-Robots-Tag"] = noRobots
	token, ok := strings.CutSuffix(r.PathValue("file"), ".ics")
	if !ok || token == "" {
		http.Error(w, "no such calendar", http.StatusNotFound)
		return
	}
	f, err := s.App.FeedFile(r.Context(), token, agentOf(r))
	if err != nil {
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
	serveCalendar(w, r, f, "inline")
}

var noRobots = []string{"noindex, nofollow"}

// agentOf is the calendar program's name as it gives it, short enough to keep.
func agentOf(r *http.Request) string {
	agent := strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return -1
		}
		return c
	}, r.UserAgent())
	return string([]rune(agent)[:min(120, len([]rune(agent)))])
}

// serveCalendar answers GET and HEAD with a strong entity tag per encoding, Last-Modified and 304 (RFC 9110 §8.8.3, §13),
// and the headers of calendar.md §6. Ranges are not served: a calendar program that joins two states of a feed would show
// neither. It writes the conditional answers itself: most of all fetches end here.
func serveCalendar(w http.ResponseWriter, r *http.Request, f pipeline.FeedFile, disposition string) {
	h := w.Header()
	h["Content-Type"] = calendarType
	h["Content-Disposition"] = []string{disposition + `; filename="calendar.ics"; filename*=UTF-8''` + url.PathEscape(f.Name)}
	h["Cache-Control"] = calendarCaching
	h["Vary"] = varyEncoding
	h["Last-Modified"] = []string{f.Modified.UTC().Format(http.TimeFormat)}
	zipped := acceptsGzip(r)
	tag := `"` + strings.Trim(f.ETag, `"`) + `"`
	if zipped {
		tag = tag[:len(tag)-1] + `-gzip"`
	}
	h["Etag"] = []string{tag}
	if notModified(r, tag, f.Modified) {
		delete(h, "Content-Type")
		delete(h, "Content-Disposition")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.Gzip
	switch {
	case !zipped:
		body = f.Plain()
	case body == nil:
		body = pipeline.Squeeze(f.Body)
	}
	if zipped {
		h["Content-Encoding"] = gzipEncoding
	}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
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
	if list := r.Header.Get("If-None-Match"); list != "" {
		return hasTag(list, tag)
	}
	since, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	return err == nil && !modified.Truncate(time.Second).After(since)
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
