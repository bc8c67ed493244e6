package web

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/store"
)

// The planner sends a test message from the page, which goes out over the channel at once; the page says what came of it, shows how a
// template reads there, and lets nobody else send.
func TestThePageOfChannelsSendsATestAndShowsATemplate(t *testing.T) {
	town := newTown(t)
	dir := t.TempDir()
	town.Channels = []notifier.Channel{notifier.File{Dir: dir}}
	srv := httptest.NewServer(town.server.Handler())
	defer srv.Close()
	signIn := func(login string) visitor {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		v := visitor{t, srv.URL, &http.Client{Jar: jar}}
		if status, _ := v.post("/sign-in", "login", login, "password", townPassword, "next", "/"); status != http.StatusOK {
			t.Fatalf("%s: got status %d, want to be signed in", login, status)
		}
		return v
	}
	office := signIn("office")
	office.want(http.StatusOK, "/channels", `action="/channels/test"`, `name="channel" value="file"`)
	if status, _ := office.post("/channels/test", "channel", "file", "who", ""); status != http.StatusUnprocessableEntity {
		t.Errorf("to nobody: got status %d, want 422", status)
	}
	if status, _ := office.post("/channels/test", "channel", "file", "who", "K404"); status != http.StatusNotFound {
		t.Errorf("to a stranger: got status %d, want 404", status)
	}
	if status, page := office.post("/channels/test", "channel", "pigeon", "who", code(t, town, "S1")); status != http.StatusOK || !strings.Contains(page, "pigeon") || !strings.Contains(page, `flash warn`) {
		t.Errorf("over a channel that is none: got status %d, want the page to say so", status)
	}
	before := files(t, dir)
	status, page := office.post("/channels/test", "channel", "file", "who", code(t, town, "S1"))
	if status != http.StatusOK || !strings.Contains(page, "测试消息已交给服务商") || strings.Contains(page, "flash warn") {
		t.Errorf("got status %d and %s, want the page to say that it went out", status, regexp.MustCompile(`<p class="flash[^\n]*`).FindString(page))
	}
	after := files(t, dir)
	if len(after) != len(before)+1 {
		t.Fatalf("got %d messages handed over, want one", len(after)-len(before))
	}
	body, err := os.ReadFile(after[len(after)-1])
	if err != nil {
		t.Fatal(err)
	}
	if digits := regexp.MustCompile(`\b\d{6}\b`).Find(body); digits == nil || strings.Contains(page, string(digits)) {
		t.Errorf("got the code %q, want it in the message and not on the page", digits)
	}
	office.want(http.StatusOK, "/channels?channel=file&template=work-day", "群众工作日：", "<pre")
	office.want(http.StatusOK, "/channels?channel=file&template=work-day&lang=en", "Mass-work-day: ", "<pre")
	cadre := signIn("cadre")
	cadre.want(http.StatusForbidden, "/channels")
	if status, _ := cadre.post("/channels/test", "channel", "file", "who", code(t, town, "S2")); status != http.StatusNotFound {
		t.Errorf("a cadre tests a channel to somebody else, whom they may not look up: got status %d, want 404", status)
	}
	if got := files(t, dir); len(got) != len(after) {
		t.Errorf("got %d messages more, want none", len(got)-len(after))
	}
}

// files lists what was written to a folder.
func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// code is the code of a cadre.
func code(t *testing.T, town *town, id planner.CadreID) (c string) {
	t.Helper()
	err := town.DB.Read(t.Context(), planner.System("test"), func(tx *store.Tx) error {
		x, err := tx.Cadre(id)
		c = x.Code
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
