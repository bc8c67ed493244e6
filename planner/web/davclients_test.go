package web

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lianxin/planner"
	"lianxin/planner/feed"
	"lianxin/planner/store"
)

// client runs a calendar program of the machine without the user's own settings, in a zone that is not the office's.
func client(t *testing.T, dir, stdin string, env []string, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not installed; run: sh .ci/need.sh", name)
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	cmd.Env = append([]string{"PATH=/usr/bin:/bin", "HOME=" + dir, "LANG=C.UTF-8", "TZ=America/New_York"}, env...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// script is a file in dir.
func script(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

var uidLine = regexp.MustCompile(`(?m)^UID:(.*?)\r?$`)

// uidsOf are the UIDs of a collection, sorted; what UIDs of alarms stand in it are left out.
func uidsOf(text string) (uids []string) {
	for _, m := range uidLine.FindAllStringSubmatch(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n ", ""), "\n ", ""), -1) {
		if !strings.HasPrefix(m[1], "alarm") {
			uids = append(uids, m[1])
		}
	}
	slices.Sort(uids)
	return uids
}

// filesOf joins the files of a folder.
func filesOf(t *testing.T, pattern string) (text string, n int) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		text += string(b)
	}
	return text, len(files)
}

func TestTheProgramsOfTheMachineSeeEveryDayAndTickATask(t *testing.T) {
	town, sign := davTown(t)
	d := sign("cadre")
	dir := t.TempDir()
	want := map[string][]string{}
	for _, name := range []string{"cadre-S1", "tasks-S1", "holidays"} {
		want[name] = uidsOf(d.want(200, "GET", d.home+name+"/", "", nil).body)
		if len(want[name]) == 0 {
			t.Fatalf("%s is empty", name)
		}
	}

	// vdirsyncer: everything, once; the second time nothing.
	script(t, dir, "vdirsyncer", fmt.Sprintf(`[general]
status_path = "%[1]s/status/"
[pair dav]
a = "dav_local"
b = "dav_remote"
collections = ["from b"]
[storage dav_local]
type = "filesystem"
path = "%[1]s/dav/"
fileext = ".ics"
[storage dav_remote]
type = "caldav"
url = "%[2]s/"
username = "%[3]s"
password = "%[4]s"
`, dir, d.base, d.login, d.password))
	env := []string{"VDIRSYNCER_CONFIG=" + filepath.Join(dir, "vdirsyncer")}
	client(t, dir, strings.Repeat("y\n", 20), env, "vdirsyncer", "discover", "dav")
	client(t, dir, "", env, "vdirsyncer", "sync", "dav")
	for _, name := range slices.Sorted(maps.Keys(want)) {
		text, n := filesOf(t, filepath.Join(dir, "dav", name, "*.ics"))
		if got := uidsOf(text); !slices.Equal(got, want[name]) || n != len(want[name]) {
			t.Errorf("vdirsyncer has %d of %d of %s", n, len(want[name]), name)
		}
	}
	if out := client(t, dir, "", env, "vdirsyncer", "sync", "dav"); strings.Contains(out, "Copying") || strings.Contains(out, "Deleting") {
		t.Errorf("the second synchronisation changed something:\n%s", out)
	}

	// khal reads the days at their hours of Shanghai.
	script(t, dir, "khal.conf", fmt.Sprintf("[calendars]\n[[dav]]\npath = %s/dav/cadre-S1\nreadonly = True\n[locale]\nlocal_timezone = Asia/Shanghai\ndefault_timezone = Asia/Shanghai\ntimeformat = %%H:%%M\ndateformat = %%Y-%%m-%%d\nlongdateformat = %%Y-%%m-%%d\ndatetimeformat = %%Y-%%m-%%d %%H:%%M\nlongdatetimeformat = %%Y-%%m-%%d %%H:%%M\n[sqlite]\npath = %s/khal.db\n", dir, dir))
	agenda := client(t, dir, "", nil, "khal", "-c", filepath.Join(dir, "khal.conf"), "list", "-a", "dav", "--day-format", "", "--format", "{start-date} {start-end-time-style} {title} {uid}", "2025-10-01", "600d")
	for _, uid := range want["cadre-S1"] {
		if !strings.Contains(agenda, uid) {
			t.Errorf("khal does not list %s", uid)
		}
	}
	if !strings.Contains(agenda, "2026-01-15 08:30-17:30 群众工作日") && !strings.Contains(agenda, "2026-01-15 08:00") {
		t.Errorf("khal's hours are not those of Shanghai:\n%.600s", agenda)
	}

	// python3-caldav searches by time and reads the task.
	script(t, dir, "probe.py", `
import caldav, sys, datetime
c = caldav.DAVClient(url=sys.argv[1] + "/dav/", username=sys.argv[2], password=sys.argv[3])
for cal in sorted(c.principal().calendars(), key=lambda x: str(x.url)):
    name = str(cal.url).rstrip("/").split("/")[-1]
    if name.startswith("tasks"):
        for t in cal.todos(): print(name, t.vobject_instance.vtodo.uid.value)
        continue
    for e in cal.events(): print(name, e.vobject_instance.vevent.uid.value)
    if name.startswith("cadre"):
        found = cal.date_search(start=datetime.datetime(2026,1,15,0,0), end=datetime.datetime(2026,1,16,0,0), expand=False)
        print("on-the-15th", len(found))
`)
	out := client(t, dir, "", nil, "/usr/bin/python3", "probe.py", d.base, d.login, d.password)
	for name, uids := range want {
		for _, uid := range uids {
			if !strings.Contains(out, name+" "+uid+"\n") {
				t.Errorf("python3-caldav does not see %s in %s", uid, name)
			}
		}
	}
	if !strings.Contains(out, "on-the-15th 1\n") {
		t.Errorf("python3-caldav's search by time:\n%s", out)
	}

	// calcurse, through its own synchroniser.
	cc := filepath.Join(dir, "calcurse")
	if err := os.MkdirAll(cc, 0o700); err != nil {
		t.Fatal(err)
	}
	script(t, cc, "apts", "")
	script(t, cc, "todo", "")
	for _, name := range []string{"cadre-S1", "tasks-S1"} {
		host := strings.TrimPrefix(d.base, "http://")
		script(t, cc, "config-"+name, fmt.Sprintf("[General]\nBinary = calcurse\nHostname = %s\nPath = %s%s/\nAuthMethod = basic\nInsecureSSL = No\nHTTPS = No\nSyncFilter = cal,todo\nDryRun = No\nVerbose = Yes\n[Auth]\nUsername = %s\nPassword = %s\n", host, d.home, name, d.login, d.password))
		out := client(t, dir, "", nil, "/usr/bin/python3", "/usr/bin/calcurse-caldav", "--config", filepath.Join(cc, "config-"+name), "--datadir", cc, "--lockfile", filepath.Join(cc, "lock"), "--syncdb", filepath.Join(cc, name+".db"), "--init", "keep-remote")
		if want := fmt.Sprintf("%d items imported", len(want[name])); !strings.Contains(out, want) {
			t.Errorf("calcurse-caldav on %s: want %s, got\n%s", name, want, out)
		}
	}

	// todoman ticks the task off, vdirsyncer carries it, and Lianxin has it done.
	script(t, dir, "todoman.py", fmt.Sprintf("path = %q\ndefault_list = \"tasks-S1\"\ndate_format = \"%%Y-%%m-%%d\"\ntime_format = \"%%H:%%M\"\n", filepath.Join(dir, "dav", "*")))
	todo := []string{"TODOMAN_CONFIG=" + filepath.Join(dir, "todoman.py")}
	if out := client(t, dir, "", todo, "todoman", "list"); !strings.Contains(out, "【跟进】281001-0001") {
		t.Errorf("todoman lists\n%s", out)
	}
	client(t, dir, "", todo, "todoman", "done", "1")
	client(t, dir, "", env, "vdirsyncer", "sync", "dav")
	all, err := town.Tasks(t.Context(), planner.System("test"))
	if err != nil || all[0].State != planner.TaskCompleted {
		t.Errorf("todoman ticked the task off, and it is %v (%v)", all, err)
	}
	client(t, dir, "", env, "vdirsyncer", "sync", "dav")
	if text, n := filesOf(t, filepath.Join(dir, "dav", "tasks-S1", "*.ics")); n != 1 || !strings.Contains(text, "STATUS:COMPLETED") {
		t.Errorf("after the tick the folder holds %d tasks:\n%s", n, text)
	}
}

// A feed over http, as calcurse reads it: every entry, none skipped.
func TestCalcurseImportsAWholeFeed(t *testing.T) {
	town := newTown(t)
	srv := httptest.NewServer(town.server.Handler())
	defer srv.Close()
	var token store.FeedToken
	err := town.DB.Read(t.Context(), planner.System("test"), func(tx *store.Tx) (err error) {
		token, err = tx.FeedTokenOf(string(feed.KindCadre), "L1")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := town.FeedFile(t.Context(), token.Token, "test/1")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	n := strings.Count(string(f.Plain()), "BEGIN:VEVENT")
	out := client(t, dir, "", nil, "calcurse", "-D", dir, "-i", script(t, dir, "feed.ics", string(f.Plain())))
	m := regexp.MustCompile(`(\d+) apps? / (\d+) events? / (\d+) todos? / (\d+) skipped`).FindStringSubmatch(out)
	if m == nil || m[4] != "0" {
		t.Fatalf("calcurse says\n%s", out)
	}
	var apps, events int
	fmt.Sscan(m[1], &apps)
	fmt.Sscan(m[2], &events)
	if apps+events != n {
		t.Errorf("calcurse has %d entries of %d:\n%s", apps+events, n, out)
	}
}
