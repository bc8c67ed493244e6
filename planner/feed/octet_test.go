package feed

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// checkOctets holds: CRLF only, lines of at most 75 octets, valid UTF-8 in each line by itself, no control characters.
func checkOctets(t testing.TB, b []byte) {
	t.Helper()
	if len(b) > 0 && !bytes.HasSuffix(b, []byte("\r\n")) {
		t.Errorf("the last line has no CRLF")
	}
	for i, line := range bytes.Split(bytes.TrimSuffix(b, []byte("\r\n")), []byte("\r\n")) {
		if len(line) > 75 {
			t.Errorf("line %d has %d octets, want at most 75: %q", i+1, len(line), line)
		}
		if !utf8.Valid(line) {
			t.Errorf("line %d is not UTF-8: %q", i+1, line)
		}
		if n := bytes.IndexFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || 0x7f <= r && r < 0xa0 || r == 0x2028 || r == 0x2029 }); n >= 0 {
			t.Errorf("line %d has control character %#x", i+1, line[n])
		}
	}
}

func TestEveryFeedKeepsTheOctetRules(t *testing.T) {
	src := source(4)
	for i, c := range src.Cadres {
		src.Cadres[i].Name = hostile[3+i]
		src.Cadres[i].Title = strings.Join(hostile, "")
		src.Cadres[i].Portfolio = hostile
		_ = c
	}
	src.Hall, src.County, src.Office = hostile[3], hostile[6], hostile[7]
	x := NewIndex(src)
	for _, who := range x.Feeds() {
		wellFormed(t, render(t, x, who.Kind, who.Ref))
	}
}

func TestAFeedWithoutEventsIsWholeAndHasItsTimeZone(t *testing.T) {
	src := source(1)
	src.Events, src.Tasks = nil, nil
	b := render(t, NewIndex(src), KindCadre, "C0")
	wellFormed(t, b)
	c, err := Parse(bytes.NewReader(b))
	if err != nil || len(c.Events) != 0 {
		t.Errorf("got %d events and error %v, want an empty calendar", len(c.Events), err)
	}
}

func TestHostileNamesComeBackAsCleanLeavesThem(t *testing.T) {
	for _, name := range hostile {
		want := Calendar{
			ID: "feed@lianxin.example", Product: "-//x//y//ZH", Name: Clean(name), About: Clean(name), Modified: laidAt,
			Events: []Event{{
				UID: "e@lianxin.example", Stamp: laidAt, Created: laidAt, Sequence: 3, On: today, From: 510, Until: 1440, Status: planner.StatusTentative,
				Summary: name, Description: name + "\n" + name, Location: name, Categories: []string{name, "a,b;c"}, Class: Private,
				Organizer: Mailbox{name, "a@lianxin.example"}, Contact: name, Resources: []string{name}, URL: "https://lianxin.example/户",
				Related: []Relation{{"", "s@lianxin.example"}, {"DEPENDS-ON", "p@lianxin.example"}},
				Alarms:  []Alarm{{Before: 24 * 60 * 60e9, Say: name + "1"}, {Before: 90 * 60e9, Say: "2"}},
			}},
		}
		b, err := Append(nil, want)
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		wellFormed(t, b)
		if n := bytes.Count(b, []byte("\r\nX-INJECT")) + bytes.Count(b, []byte("\r\nEND:VEVENT")) - 1; n != 0 {
			t.Errorf("%q: %d properties came in through a name", name, n)
		}
		got, err := Parse(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		e := &want.Events[0]
		for _, s := range []*string{&e.Summary, &e.Description, &e.Location, &e.Contact, &e.Categories[0], &e.Resources[0], &e.Organizer.Name, &e.Alarms[0].Say} {
			*s = Clean(*s)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q changed on its way (-want +got):\n%s", name, d)
		}
	}
}

func TestWhatIsNoTextIsRefusedWhenItCouldEndALine(t *testing.T) {
	for what, spoil := range map[string]func(*Calendar){
		"uid":            func(c *Calendar) { c.Events[0].UID = "a\r\nX:1" },
		"empty uid":      func(c *Calendar) { c.Events[0].UID = "" },
		"calendar id":    func(c *Calendar) { c.ID = "a b" },
		"url":            func(c *Calendar) { c.Events[0].URL = "https://x/\n" },
		"mail":           func(c *Calendar) { c.Events[0].Organizer.Mail = "a@b\r\nX:1" },
		"invalid utf-8":  func(c *Calendar) { c.Events[0].URL = "https://x/\xff" },
		"related":        func(c *Calendar) { c.Events[0].Related = []Relation{{UID: "\x00"}} },
		"no day":         func(c *Calendar) { c.Events[0].On = civil.Date{} },
		"ends too early": func(c *Calendar) { c.Events[0].From, c.Events[0].Until = 600, 500 },
		"ends too late":  func(c *Calendar) { c.Events[0].Until = 1441 },
		"two of one uid": func(c *Calendar) { c.Events = append(c.Events, c.Events[0]) },
	} {
		c, err := NewIndex(source(1)).Build(KindCadre, "C0", "zh")
		if err != nil {
			t.Fatal(err)
		}
		spoil(&c)
		var out bytes.Buffer
		if err := Encode(&out, c); planner.KindOf(err) != planner.Invalid || out.Len() > 0 {
			t.Errorf("%s: got error %v and %d octets, want Invalid and nothing written", what, err, out.Len())
		}
	}
}

func TestTheOrderOfEventsHasNoEffect(t *testing.T) {
	src := source(3)
	want := render(t, NewIndex(src), KindCadre, "C0")
	for _, reverse := range []func(){
		func() { slices.Reverse(src.Events) }, func() { slices.Reverse(src.Visits) }, func() { slices.Reverse(src.Cadres) },
		func() { slices.Reverse(src.Areas) }, func() { slices.Reverse(src.Households) },
	} {
		reverse()
		x := NewIndex(src)
		if got := render(t, x, KindCadre, "C0"); !bytes.Equal(got, want) {
			t.Errorf("the bytes differ: %s", cmp.Diff(string(want), string(got)))
		}
		if got, first := render(t, x, KindVillage, "411281001001"), render(t, NewIndex(source(3)), KindVillage, "411281001001"); !bytes.Equal(got, first) {
			t.Errorf("the village's bytes differ: %s", cmp.Diff(string(first), string(got)))
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range hostile {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		if bytes.ContainsAny(line, "\r\n") {
			return // a line has none; appendText sees to it
		}
		b := appendFolded(nil, line)
		for i, l := range bytes.Split(bytes.TrimSuffix(b, []byte("\r\n")), []byte("\r\n")) {
			if len(l) > 75 {
				t.Errorf("line %d has %d octets", i, len(l))
			}
			if utf8.Valid(line) && !utf8.Valid(l) {
				t.Errorf("line %d was cut inside a character: %q", i, l)
			}
		}
		if got := bytes.ReplaceAll(bytes.TrimSuffix(b, []byte("\r\n")), []byte("\r\n "), nil); !bytes.Equal(got, line) {
			t.Errorf("got %q after unfolding, want %q", got, line)
		}
	})
}

func FuzzEscape(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		clean := Clean(s)
		if Clean(clean) != clean {
			t.Errorf("Clean(%q) is not clean", s)
		}
		text := string(appendText(nil, s))
		if got := unText(text); got != clean {
			t.Errorf("got %q from TEXT %q, want %q", got, text, clean)
		}
		if got := unTexts(text); len(got) != 1 || got[0] != clean {
			t.Errorf("got %q from a list of one, want %q", got, clean)
		}
		param := string(appendParam(nil, s))
		if strings.ContainsAny(param, "\r\n") || strings.Count(param, `"`)%2 != 0 {
			t.Errorf("got parameter %q, which can end its line or its quotes", param)
		}
		if got := unParam(strings.Trim(param, `"`)); got != clean {
			t.Errorf("got %q from parameter %q, want %q", got, param, clean)
		}
	})
}

// writeTemp writes a numbered .ics file.
func writeTemp(t *testing.T, dir string, n int, b []byte) string {
	t.Helper()
	path := filepath.Join(dir, fmt.Sprintf("%d.ics", n))
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
