package feed

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"

	"lianxin/planner"
)

// yearSource is a year of some 12 events a cadre, in which every seventeenth day is called off, every thirteenth is not sure
// and every eleventh was moved; some have tasks, some have names from bad imports.
func yearSource(cadres int) Source {
	src := source(cadres)
	for i, name := range hostile[:min(len(hostile), cadres)] {
		src.Cadres[i].Name, src.Cadres[i].Title = name, name
	}
	for i := range src.Events {
		switch e := &src.Events[i]; {
		case i%17 == 0:
			e.Status, e.Sequence = planner.StatusCancelled, 1
		case i%13 == 0:
			e.Status = planner.StatusTentative
		case i%11 == 0 && e.Cadre != "":
			e.On, e.Sequence, e.Why = e.On.AddDays(1), 2, planner.Text{ZH: "顺延，见通知", EN: "moved; see the notice"}
		}
	}
	states := []planner.TaskState{planner.TaskReady, planner.TaskInProgress, planner.TaskCompleted, planner.TaskCancelled}
	for i := 1; i < cadres; i += 7 {
		src.Tasks = append(src.Tasks, planner.Task{ID: planner.TaskID(fmt.Sprintf("T-%d", i)), Key: fmt.Sprintf("promise/%d", i), Kind: planner.TaskPromise, Owner: src.Cadres[i].ID,
			Household: planner.HouseholdID(fmt.Sprintf("H%d-1", i)), Say: planner.Both("某事"), StartOn: today, DueOn: today.AddDays(i % 90), EndOn: today.AddDays(i%90 + 30), State: states[i/7%len(states)]})
	}
	return src
}

// yearFile is what goes out in one way, in a file: a feed, the objects of a collection, or somebody's invitations.
type yearFile struct {
	path  string
	parts [][]byte // calendars one after the other
}

// writeYear writes every feed, every object of CalDAV and every mail of a year, and counts the components of each way.
func writeYear(t *testing.T, src Source) (files []yearFile, feeds, objects, mails int) {
	t.Helper()
	x, dir := NewIndex(src), t.TempDir()
	add := func(name string, parts ...[]byte) {
		t.Helper()
		if len(parts) == 0 {
			return
		}
		f := yearFile{filepath.Join(dir, fmt.Sprintf("%05d-%s.ics", len(files), name)), parts}
		if err := os.WriteFile(f.path, bytes.Join(parts, nil), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, p := range parts {
			checkOctets(t, p)
		}
		files = append(files, f)
	}
	data := func(list []Object, err error) (parts [][]byte) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range list {
			parts = append(parts, o.Data)
		}
		objects += len(list)
		return parts
	}
	for i, who := range x.Feeds() {
		b := render(t, x, who.Kind, who.Ref)
		feeds += bytes.Count(b, []byte("\r\nBEGIN:VEVENT\r\n"))
		add("feed", b)
		_, list, err := x.Objects(who.Kind, who.Ref, "zh")
		add("objects", data(list, err)...)
		if who.Kind != KindCadre {
			continue
		}
		_, list, err = x.Todos(planner.CadreID(who.Ref), map[planner.TaskID]time.Time{}, "en")
		add("todos", data(list, err)...)
		var letters [][]byte
		for n, d := range x.Duties(planner.CadreID(who.Ref), "zh") {
			method := Request
			if d.Drawn.Status == planner.StatusCancelled {
				method = Cancel
			}
			b, err := Invitation(d.Drawn, method, Mailbox{hostile[(i+n)%len(hostile)], fmt.Sprintf("g%d@lianxin.example", i)}, d.Drawn.Sequence)
			if err != nil {
				t.Fatal(err)
			}
			letters = append(letters, b)
		}
		mails += len(letters)
		add("mails", letters...)
	}
	return files, feeds, objects, mails
}

// goStarts is what go-ical reads, behind Decode, in the words of the other readers.
func goStarts(t *testing.T, files []yearFile) (lines []string) {
	t.Helper()
	for _, f := range files {
		for _, part := range f.parts {
			cal, err := Decode(bytes.NewReader(part))
			if err != nil {
				t.Fatalf("%s: %v\n%.300s", f.path, err, part)
			}
			for _, c := range cal.Children {
				if c.Name != ical.CompEvent && c.Name != ical.CompToDo {
					continue
				}
				p := c.Props.Get(ical.PropDateTimeStart)
				if p == nil {
					p = c.Props.Get(ical.PropDue)
				}
				at, day, ok := instantOf(p, shanghai)
				start := at.UTC().Format("20060102T150405Z")
				if day {
					start = at.In(shanghai).Format("20060102")
				}
				if !ok {
					start = "?"
				}
				lines = append(lines, f.path+"\t"+raw(c.Props, "UID")+"\t"+start)
			}
		}
	}
	return lines
}

// agree fails unless a reader's lines are those of go-ical.
func agree(t *testing.T, reader string, want []string, out string) {
	t.Helper()
	got := strings.Split(strings.TrimSpace(out), "\n")
	slices.Sort(got)
	if slices.Equal(got, want) {
		t.Logf("%s: %d components, the same UIDs and starts", reader, len(got))
		return
	}
	t.Errorf("%s reads %d components, go-ical %d, or they differ", reader, len(got), len(want))
	in := map[string]bool{}
	for _, l := range want {
		in[l] = true
	}
	shown := 0
	for _, l := range got {
		if !in[l] && shown < 5 {
			shown++
			t.Logf("only %s: %.300s", reader, l)
		}
	}
}

// A generated year: what libical's restriction check says to every feed, object and mail, and whether the readers agree on
// how many there are, on UIDs and on starts in UTC. libical, python icalendar, vobject and go-ical read a sample in every run
// of the suite; with LIANXIN_YEAR set (`make clients`) they read 10,000 events each, and ical.js and node-ical with them. A
// number over 1 in it is that of the cadres.
func TestReadersAgreeOnEveryFeedObjectAndMailOfAYear(t *testing.T) {
	cadres, whole := 24, os.Getenv("LIANXIN_YEAR") != ""
	if whole {
		cadres = 830
		if n, err := strconv.Atoi(os.Getenv("LIANXIN_YEAR")); err == nil && n > 1 {
			cadres = n
		}
	}
	files, feeds, objects, mails := writeYear(t, yearSource(cadres))
	want := goStarts(t, files)
	slices.Sort(want)
	t.Logf("%d events in feeds, %d objects of CalDAV, %d mails in %d files", feeds, objects, mails, len(files))
	if n := 12 * cadres; feeds < n || objects < n || mails < n-n/10 || len(want) != feeds+objects+mails {
		t.Errorf("got %d components", len(want))
	}
	var paths []string
	for _, f := range files {
		paths = append(paths, f.path)
	}
	bin, out := checker(t), ""
	for part := range slices.Chunk(paths, 200) {
		out += run(t, "", nil, bin, append([]string{"-u"}, part...)...)
	}
	agree(t, "libical", want, out)
	python, list := need(t, "/usr/bin/python3", "python3-icalendar python3-vobject"), strings.Join(paths, "\n")
	for _, reader := range []string{"icalendar", "vobject"} {
		agree(t, "python "+reader, want, run(t, list, nil, python, "testdata/starts.py", reader))
	}
	if !whole {
		return
	}
	dir := t.TempDir()
	script, err := os.ReadFile("testdata/starts.mjs")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "starts.mjs"), script, 0o600); err != nil {
		t.Fatal(err)
	}
	npm := exec.Command("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "ical.js@2.2.1", "node-ical@0.26.1")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("npm: %v\n%s", err, out)
	}
	for _, reader := range []string{"ical.js", "node-ical"} {
		agree(t, reader, want, run(t, list, nil, "node", filepath.Join(dir, "starts.mjs"), reader))
	}
}
