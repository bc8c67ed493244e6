package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/feed"
	"lianxin/planner/store"
)

// bird is a Thunderbird with a profile of its own, without a window that anybody sees.
type bird struct {
	t       *testing.T
	profile string
}

// run starts Thunderbird; stop ends it.
func (b bird) run(more ...string) (stop func()) {
	b.t.Helper()
	cmd := exec.Command("xvfb-run", append([]string{"-a", "thunderbird", "--no-remote", "--profile", b.profile, "-calendar"}, more...)...)
	cmd.Env = append(os.Environ(), "HOME="+b.profile, "TZ=America/New_York")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		b.t.Fatalf("thunderbird does not start: %v; run: apt-get install -y thunderbird xvfb sqlite3", err)
	}
	return func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		time.Sleep(2 * time.Second)
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		cmd.Wait()
	}
}

// until runs Thunderbird until its cache answers a question as wanted, or fails.
func (b bird) until(question, want string) {
	b.t.Helper()
	defer b.run()()
	got := ""
	for range 120 {
		time.Sleep(2 * time.Second)
		if got = b.ask(question); got == want {
			return
		}
	}
	b.t.Fatalf("after four minutes Thunderbird has %q, want %q", got, want)
}

// ask puts a question to a copy of the cache of calendars: Thunderbird holds the file itself locked.
func (b bird) ask(question string) string {
	dir := b.t.TempDir()
	for _, name := range []string{"cache.sqlite", "cache.sqlite-wal"} {
		if content, err := os.ReadFile(filepath.Join(b.profile, "calendar-data", name)); err == nil {
			script(b.t, dir, name, string(content))
		}
	}
	out, err := exec.Command("sqlite3", filepath.Join(dir, "cache.sqlite"), question).CombinedOutput()
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(out))
}

// A window has to be there for Thunderbird to work, so this test runs by `make thunderbird` alone: with LIANXIN_THUNDERBIRD set.
func TestThunderbirdFollowsEveryChange(t *testing.T) {
	if os.Getenv("LIANXIN_THUNDERBIRD") == "" {
		return
	}
	town, sign := davTown(t)
	d := sign("cadre")
	// Thunderbird asks for passwords in a window; here somebody else says it.
	inner := town.server.Handler()
	open := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, davRoot) {
			r.SetBasicAuth(d.login, d.password)
		}
		inner.ServeHTTP(w, r)
	}))
	defer open.Close()
	var token store.FeedToken
	err := town.DB.Read(t.Context(), planner.System("test"), func(tx *store.Tx) (err error) {
		token, err = tx.FeedTokenOf(string(feed.KindCadre), "S1")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	b := bird{t, t.TempDir()}
	prefs := `user_pref("calendar.timezone.local","Asia/Shanghai"); user_pref("calendar.timezone.useSystemTimezone",false);
user_pref("app.update.enabled",false); user_pref("mail.provider.suppress_dialog_on_startup",true);
user_pref("datareporting.policy.dataSubmissionEnabled",false); user_pref("mailnews.start_page.enabled",false);
`
	for i, c := range [][2]string{{"caldav", open.URL + d.home + "cadre-S1/"}, {"caldav", open.URL + d.home + "tasks-S1/"}, {"ics", open.URL + "/f/" + token.Token + ".ics"}} {
		id := fmt.Sprintf("calendar.registry.aaaaaaaa-0000-4000-8000-00000000000%d", i+1)
		prefs += fmt.Sprintf("user_pref(%q,%q);\nuser_pref(%q,%q);\nuser_pref(%q,%q);\nuser_pref(%q,true);\nuser_pref(%q,\"1\");\n", id+".type", c[0], id+".uri", c[1], id+".name", c[0], id+".cache.enabled", id+".refreshInterval")
	}
	port := freePort(t)
	prefs += fmt.Sprintf("user_pref(\"marionette.port\",%d);\n", port)
	script(t, b.profile, "user.js", prefs)
	count := func() (events, all int) {
		t.Helper()
		events = strings.Count(d.do("GET", d.home+"cadre-S1/", "").body, "BEGIN:VEVENT")
		f, err := town.FeedFile(t.Context(), token.Token, "test/1")
		if err != nil {
			t.Fatal(err)
		}
		return events, strings.Count(string(f.Plain()), "BEGIN:VEVENT")
	}
	const counts = `select (select count(*) from cal_events where cal_id like '%0001') || ' ' || (select count(distinct id) from cal_events where cal_id like '%0001') || ' ' || (select count(*) from cal_todos) || ' ' || (select count(*) from cal_events where cal_id like '%0003')`
	events, all := count()
	b.until(counts, fmt.Sprintf("%d %d 1 %d", events, events, all))

	// The person ticks the task off in Thunderbird, and Lianxin completes it.
	if said := b.tick(port); said != "ticked" {
		t.Fatalf("Thunderbird says %q", said)
	}
	done := func() bool {
		ts, err := town.Tasks(t.Context(), planner.System("test"))
		return err == nil && len(ts) == 1 && ts[0].State == planner.TaskCompleted
	}
	if !done() {
		t.Error("the task was ticked off in Thunderbird and is open in Lianxin")
	}
	if body := d.do("GET", d.home+"tasks-S1/", "").body; strings.Count(body, "BEGIN:VTODO") != 1 || !strings.Contains(body, "STATUS:COMPLETED") {
		t.Errorf("the collection of tasks reads\n%s", body)
	}

	// One is moved, one cancelled, one removed and one added.
	now := town.Now()
	var moved, off planner.Event
	err = town.DB.Write(t.Context(), planner.System("test"), store.Op{Name: "test", Now: now}, func(tx *store.Tx) error {
		es, err := tx.Events(store.EventFilter{Cadre: "S1"})
		if err != nil {
			return err
		}
		moved, off = es[2], es[3]
		gone, added := es[4], es[5]
		moved.On, moved.Sequence, moved.ChangedAt = moved.On.AddDays(1), moved.Sequence+1, now
		off.Status, off.Sequence, off.ChangedAt = planner.StatusCancelled, off.Sequence+1, now
		gone.On = civil.Of(2020, 1, 1)
		added.ID, added.Key, added.UID = "NEW", "mwd/202612/S1-NEW", "NEW@lianxin.example"
		return tx.PutEvents([]planner.Event{moved, off, gone, added})
	})
	if err != nil {
		t.Fatal(err)
	}
	events, all = count()
	uid := func(e planner.Event) string { return e.UID }
	b.until(counts+fmt.Sprintf(` || ' ' || (select ical_status from cal_events where cal_id like '%%0001' and id = '%s') || ' ' || (select event_start from cal_events where cal_id like '%%0001' and id = '%s') || ' ' || (select ical_status from cal_todos)`, uid(off), uid(moved)),
		fmt.Sprintf("%d %d 1 %d CANCELLED %d COMPLETED", events, events, all, moved.On.At(moved.From, shanghai).UnixMicro()))
}
