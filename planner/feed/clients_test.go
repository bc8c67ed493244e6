package feed

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lianxin/planner"
)

// need fails the test if a program is not installed, with the Debian package that has it.
func need(t *testing.T, program, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("%s is not installed; run: apt-get install -y --no-install-recommends %s", program, pkg)
	}
	return path
}

// run runs a client without the user's own settings, in a zone that is not the feed's.
func run(t *testing.T, stdin string, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append([]string{"PATH=/usr/bin:/bin:" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "LANG=C.UTF-8", "TZ=America/New_York"}, env...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// clientSource is a small county with everything a feed can hold: cancelled, provisional and moved events, hostile names.
func clientSource() Source {
	src := source(3)
	src.Cadres[0].Name, src.Cadres[0].Title = hostile[1], hostile[8]+strings.Join(hostile, "")
	src.Office = hostile[7]
	for i := range src.Events {
		switch e := &src.Events[i]; e.Key {
		case "mwd/202602/C0":
			e.Status, e.Sequence = planner.StatusCancelled, 2
		case "mwd/202603/C0":
			e.Why, e.On = planner.Text{ZH: "原定3月15日，遇周日顺延", EN: "moved from 15 March, a Sunday"}, e.On.AddDays(1)
		case "mwd/202604/C0":
			e.Status = planner.StatusTentative
		}
	}
	return src
}

// checker compiles testdata/icalcheck.c against libical.
func checker(t *testing.T) string {
	t.Helper()
	gcc, pkgConfig := need(t, "gcc", "gcc"), need(t, "pkg-config", "pkg-config")
	flags, err := exec.Command(pkgConfig, "--cflags", "--libs", "libical").Output()
	if err != nil {
		t.Fatalf("libical is not installed; run: apt-get install -y --no-install-recommends libical-dev")
	}
	bin := filepath.Join(t.TempDir(), "icalcheck")
	args := append([]string{"-w", "-o", bin, "testdata/icalcheck.c"}, strings.Fields(string(flags))...)
	if out, err := exec.Command(gcc, args...).CombinedOutput(); err != nil {
		t.Fatalf("compile the checker: %v\n%s", err, out)
	}
	return bin
}

func TestLibicalFindsNoErrorInAnyFeed(t *testing.T) {
	bin := checker(t)
	dir := t.TempDir()
	src := clientSource()
	x := NewIndex(src)
	var files []string
	want := ""
	write := func(name string, b []byte) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Parse(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, path)
		want += fmt.Sprintf("%s: %d events\n", path, len(c.Events))
	}
	for _, who := range x.Feeds() {
		for _, lang := range []string{"zh", "en"} {
			c, err := x.Build(who.Kind, who.Ref, lang)
			if err != nil {
				t.Fatal(err)
			}
			b, err := Append(nil, c)
			if err != nil {
				t.Fatal(err)
			}
			write(lang+"-"+x.FileName(who.Kind, who.Ref), b)
		}
	}
	for i, name := range hostile {
		src.Cadres[0].Name, src.Cadres[0].Title, src.Office, src.County = name, name, name, name
		write(fmt.Sprintf("hostile%d.ics", i), render(t, NewIndex(src), KindPublic, ""))
	}
	src.Events, src.Tasks = nil, nil
	write("empty.ics", render(t, NewIndex(src), KindCadre, "C0"))
	if got := run(t, "", nil, bin, files...); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestTheCheckerFindsAnErrorWhereThereIsOne(t *testing.T) {
	bin := checker(t)
	path := filepath.Join(t.TempDir(), "bad.ics")
	b := render(t, NewIndex(source(1)), KindPublic, "")
	b = bytes.Replace(b, []byte("ORGANIZER;"), []byte("X-NOT-ORGANIZER;"), 1)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(bin, path).CombinedOutput(); err == nil {
		t.Errorf("a VEVENT without ORGANIZER passed: %s", out)
	}
}

// subscribe lets vdirsyncer fetch a feed over http into a folder, one file per event, twice, and returns the folder.
func subscribe(t *testing.T, name string, body *[]byte) string {
	t.Helper()
	vdirsyncer := need(t, "vdirsyncer", "vdirsyncer")
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
		w.Write(*body)
	}))
	t.Cleanup(srv.Close)
	dir := t.TempDir()
	local := filepath.Join(dir, "items", name)
	if err := os.MkdirAll(local, 0o700); err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf(`[general]
status_path = "%[1]s/status/"
[pair feed]
a = "feed_local"
b = "feed_http"
collections = null
[storage feed_local]
type = "filesystem"
path = "%[2]s/"
fileext = ".ics"
[storage feed_http]
type = "http"
url = "%[3]s/f/token.ics"
`, dir, local, srv.URL)
	if err := os.WriteFile(filepath.Join(dir, "config"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"VDIRSYNCER_CONFIG=" + filepath.Join(dir, "config")}
	run(t, strings.Repeat("y\n", 20), env, vdirsyncer, "discover", "feed")
	run(t, "", env, vdirsyncer, "sync", "feed")
	if out := run(t, "", env, vdirsyncer, "sync", "feed"); strings.Contains(out, "Copying") {
		t.Errorf("the second fetch of the same feed changed something:\n%s", out)
	}
	return local
}

// agenda lets khal list a folder of events, a line each: start, end, summary, location, status.
func agenda(t *testing.T, dir string) []string {
	t.Helper()
	khal := need(t, "khal", "khal")
	tmp := t.TempDir()
	config := filepath.Join(tmp, "khal.conf")
	err := os.WriteFile(config, []byte(fmt.Sprintf(`[calendars]
[[feed]]
path = %s
readonly = True
[locale]
local_timezone = Asia/Shanghai
default_timezone = Asia/Shanghai
timeformat = %%H:%%M
dateformat = %%Y-%%m-%%d
longdateformat = %%Y-%%m-%%d
datetimeformat = %%Y-%%m-%%d %%H:%%M
longdatetimeformat = %%Y-%%m-%%d %%H:%%M
[sqlite]
path = %s
`, dir, filepath.Join(tmp, "khal.db"))), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	out := run(t, "", nil, khal, "-c", config, "list", "-a", "feed", "--day-format", "", "--format", "{start-date} {start-end-time-style} {title} @{location} {status}", "2025-12-01", "500d")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return slices.DeleteFunc(lines, func(l string) bool { return strings.TrimSpace(l) == "" })
}

func TestKhalAndVdirsyncerReadTheRightCountsAndLocalTimes(t *testing.T) {
	x := NewIndex(clientSource())
	for _, c := range []struct {
		kind  Kind
		ref   string
		count int
		lines []string
	}{
		{KindCadre, "C0", 37, []string{
			"2026-01-05 08:30-11:30 我的接访日 @义马市群众来访接待中心 CONFIRMED",
			"2026-01-15 08:30-17:30 群众工作日 @义马市千秋路街道甲社区 CONFIRMED",
			"2026-01-16 09:00-11:00 群众工作领导小组会议",
			"【已取消】群众工作日", "2026-03-16 08:30-17:30 群众工作日", "群众工作日（暂定）", "【跟进】411281001001-00001",
		}},
		{KindVillage, "411281001002", 12, []string{"2026-05-15 08:30-17:30 群众工作日 @义马市千秋路街道乙社区 CONFIRMED"}},
		{KindHall, "", 12, []string{"领导接访：㛃𠮷𬭎龘喆（"}},
		{KindCounty, "", 27, []string{"春节", "补班"}},
	} {
		body := render(t, x, c.kind, c.ref)
		dir := subscribe(t, string(c.kind), &body)
		files, err := filepath.Glob(filepath.Join(dir, "*.ics"))
		if err != nil || len(files) != c.count {
			t.Errorf("%s: vdirsyncer stored %d events (%v), want %d", c.kind, len(files), err, c.count)
		}
		lines := agenda(t, dir)
		if len(lines) != c.count {
			t.Errorf("%s: khal lists %d events, want %d:\n%s", c.kind, len(lines), c.count, strings.Join(lines, "\n"))
		}
		all := strings.Join(lines, "\n")
		for _, want := range c.lines {
			if !strings.Contains(all, want) {
				t.Errorf("%s: khal does not list %q:\n%s", c.kind, want, all)
			}
		}
	}
}
