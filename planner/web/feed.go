package web

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/url"
	"strings"

	"lianxin/planner"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

// feed serves a calendar by its secret address /f/TOKEN.ics to calendar programs. An Authorization header is ignored:
// Outlook sends one even to public addresses and gives up if it is refused (calendar.md §6).
func (s *Server) feed(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Robots-Tag", "noindex, nofollow")
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
// neither.
func serveCalendar(w http.ResponseWriter, r *http.Request, f pipeline.FeedFile, disposition string) {
	h := w.Header()
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Disposition", disposition+`; filename="calendar.ics"; filename*=UTF-8''`+url.PathEscape(f.Name))
	h.Set("Cache-Control", "private, max-age=300, must-revalidate")
	h.Set("Vary", "Accept-Encoding")
	body, tag := f.Body, `"`+strings.Trim(f.ETag, `"`)
	if acceptsGzip(r) {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(f.Body) // into memory: cannot fail
		_ = z.Close()
		body, tag = b.Bytes(), tag+"-gzip"
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", tag+`"`)
	r.Header.Del("Range")
	http.ServeContent(w, r, "", f.Modified, bytes.NewReader(body))
}
