package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"lianxin/planner/pipeline"
)

func fetch(t *testing.T, method string, header map[string]string) *http.Response {
	t.Helper()
	f := pipeline.FeedFile{Name: "陈可-走访.ics", Body: []byte("BEGIN:VCALENDAR\r\n" + strings.Repeat("X-TEST:付村社区\r\n", 200) + "END:VCALENDAR\r\n"), ETag: `"abc"`,
		Modified: time.Date(2026, 1, 4, 12, 0, 0, 0, time.UTC)}
	r := httptest.NewRequest(method, "/f/TOKEN.ics", nil)
	for k, v := range header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	new(Server).serveCalendar(w, r, f, nil)
	return w.Result()
}

func TestACalendarProgramGetsTheHeadersItNeeds(t *testing.T) {
	res := fetch(t, "GET", nil)
	body, _ := io.ReadAll(res.Body)
	for k, want := range map[string]string{
		"Content-Type": "text/calendar; charset=utf-8", "ETag": `"abc"`, "Last-Modified": "Sun, 04 Jan 2026 12:00:00 GMT",
		"Cache-Control": "private, max-age=300, must-revalidate", "Vary": "Accept-Encoding", "Content-Encoding": "",
		"Content-Disposition": `inline; filename="calendar.ics"; filename*=UTF-8''%E9%99%88%E5%8F%AF-%E8%B5%B0%E8%AE%BF.ics`,
	} {
		if got := res.Header.Get(k); got != want {
			t.Errorf("%s: got %q, want %q", k, got, want)
		}
	}
	if res.StatusCode != 200 || !strings.HasPrefix(string(body), "BEGIN:VCALENDAR\r\n") {
		t.Errorf("got status %d and %q, want the calendar", res.StatusCode, body[:20])
	}
}

func TestGzipHasItsOwnTagAndTheSameContent(t *testing.T) {
	plain, _ := io.ReadAll(fetch(t, "GET", nil).Body)
	res := fetch(t, "GET", map[string]string{"Accept-Encoding": "br, gzip;q=0.8"})
	if got, want := res.Header.Get("ETag"), `"abc-gzip"`; got != want {
		t.Errorf("ETag: got %q, want %q", got, want)
	}
	z, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(z); string(got) != string(plain) {
		t.Error("got another content under gzip, want the same")
	}
	if got := fetch(t, "GET", map[string]string{"Accept-Encoding": "gzip;q=0"}).Header.Get("Content-Encoding"); got != "" {
		t.Errorf("gzip;q=0: got encoding %q, want none", got)
	}
}

func TestAnUnchangedFeedIsAnsweredWith304(t *testing.T) {
	for name, h := range map[string]map[string]string{
		"the tag":                     {"If-None-Match": `"abc"`},
		"the tag of gzip under gzip":  {"If-None-Match": `"abc-gzip"`, "Accept-Encoding": "gzip"},
		"one of several tags":         {"If-None-Match": `"old", W/"abc"`},
		"the date":                    {"If-Modified-Since": "Sun, 04 Jan 2026 12:00:00 GMT"},
		"the tag, whatever else":      {"If-None-Match": `"abc"`, "Authorization": "Bearer x", "Range": "bytes=0-3"},
		"the tag, though an old date": {"If-None-Match": `"abc"`, "If-Modified-Since": "Thu, 01 Jan 2026 12:00:00 GMT"},
	} {
		res := fetch(t, "GET", h)
		if body, _ := io.ReadAll(res.Body); res.StatusCode != 304 || len(body) != 0 {
			t.Errorf("%s: got status %d with %d octets, want 304 and none", name, res.StatusCode, len(body))
		}
	}
	for name, h := range map[string]map[string]string{
		"an old tag":                {"If-None-Match": `"old"`},
		"the plain tag under gzip":  {"If-None-Match": `"abc"`, "Accept-Encoding": "gzip"},
		"an old tag, a recent date": {"If-None-Match": `"old"`, "If-Modified-Since": "Mon, 05 Jan 2026 12:00:00 GMT"},
		"a range":                   {"Range": "bytes=0-3"},
	} {
		if got := fetch(t, "GET", h).StatusCode; got != 200 {
			t.Errorf("%s: got status %d, want 200", name, got)
		}
	}
}

func TestHEADIsGETWithoutTheBody(t *testing.T) {
	get, head := fetch(t, "GET", nil), fetch(t, "HEAD", nil)
	if body, _ := io.ReadAll(head.Body); len(body) != 0 {
		t.Errorf("HEAD: got %d octets, want none", len(body))
	}
	for _, k := range []string{"ETag", "Last-Modified", "Content-Type", "Content-Length", "Content-Disposition"} {
		if got, want := head.Header.Get(k), get.Header.Get(k); got != want {
			t.Errorf("HEAD %s: got %q, want %q as GET", k, got, want)
		}
	}
}

func TestAnAgentIsKeptShort(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("User-Agent", strings.Repeat("a", maxAgent-1)+"历"+strings.Repeat("a", 300))
	if got, want := agentOf(r), strings.Repeat("a", maxAgent-1); got != want {
		t.Errorf("got %q with %d octets, want it cut before the character that does not fit", got, len(got))
	}
}
