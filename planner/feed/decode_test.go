package feed

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"
	"github.com/google/go-cmp/cmp"

	"lianxin/planner"
)

// wrap puts lines into a calendar with one event.
func wrap(lines ...string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260105T000000Z\r\n" +
		strings.Join(append(lines, "END:VEVENT\r\nEND:VCALENDAR\r\n"), "\r\n")
}

// attacks are objects that stopped or slowed go-ical, and their kin.
func attacks() map[string]string {
	return map[string]string{
		"parameter without a value's end": wrap("DTSTART;TZID=foo"),
		"text after a quoted parameter":   wrap(`ORGANIZER;CN="a"b:x`),
		"value with a colon only in name": wrap("X;FOO:a=b"),
		"parameter of 400 KB":             wrap(`X;A="` + strings.Repeat("a", 400<<10) + `":1`),
		"many parameters of 4 KB":         wrap(strings.TrimSuffix(strings.Repeat(`X;A="`+strings.Repeat("a", 4000)+"\":1\r\n", 250), "\r\n")),
		"40 parameters on a line":         wrap("X" + strings.Repeat(";A=1", 40) + ":1"),
		"nesting of 100,000":              strings.Repeat("BEGIN:VCALENDAR\r\n", 60_000),
		"components without number":       "BEGIN:VCALENDAR\r\n" + strings.Repeat("BEGIN:A\r\nEND:A\r\n", 6_000) + "END:VCALENDAR\r\n",
		"lines without number":            wrap(strings.TrimSuffix(strings.Repeat("A:\r\n", 250_000), "\r\n")),
		"a line of 200 KB":                wrap("X:" + strings.Repeat("a", 200<<10)),
		"folds without number":            wrap("X:" + strings.Repeat("\r\n a", 200<<10)),
		"2 MB":                            strings.Repeat("A:1\r\n", 400_000),
		"control character":               wrap("SUMMARY:a\x00b"),
		"bare CR":                         wrap("SUMMARY:a\rX:b"),
		"invalid UTF-8":                   wrap("SUMMARY:\xff\xfe"),
		"end that does not match":         "BEGIN:VCALENDAR\r\nEND:VEVENT\r\n",
		"end before a beginning":          "END:VCALENDAR\r\n",
		"no end":                          "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n",
		"something after the end":         wrap() + "X:1\r\n",
		"two calendars":                   wrap() + wrap(),
		"empty name":                      wrap(":1"),
		"name of odd letters":             wrap("SUMMÄRY:1"),
		"no colon":                        wrap("SUMMARY"),
		"not a calendar":                  "<html>",
		"nothing":                         "",
		"a card":                          "BEGIN:VCARD\r\nEND:VCARD\r\n",
		"begins with a blank":             " BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
	}
}

// counting notes how much of an object was read.
type counting struct {
	r io.Reader
	n int
}

func (c *counting) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += n
	return n, err
}

// spent is the memory that do takes from the heap, all together, whether it gives it back or not. On a machine of any speed
// it says how much work there was.
func spent(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Work is counted and not timed, since the machine may be busy: octets read, and memory taken. The times are printed; see
// lianxin-bench feeds for them.
func TestHostileObjectsAreRefusedInWordsWithLittleWork(t *testing.T) {
	for name, object := range attacks() {
		r := &counting{r: strings.NewReader(object)}
		var err error
		start := time.Now()
		took := spent(func() { _, err = Decode(r) })
		t.Logf("%-32s %8v %6d KB read %6d KB taken", name, time.Since(start).Round(time.Microsecond), r.n>>10, took>>10)
		if planner.KindOf(err) != planner.Invalid {
			t.Errorf("%s: got error %v, want Invalid", name, err)
		}
		if r.n > maxObject+1 {
			t.Errorf("%s: %d octets were read, want at most one more than %d", name, r.n, maxObject)
		}
		if took > 16<<20 {
			t.Errorf("%s: took %d MB of memory, want at most 16", name, took>>20)
		}
	}
}

func TestTheDearestObjectThatPassesStaysCheap(t *testing.T) {
	param := wrap(strings.TrimSuffix(strings.Repeat(`X;A="`+strings.Repeat("a", 2800)+"\":1\r\n", 3), "\r\n"))
	lines := wrap(strings.TrimSuffix(strings.Repeat("ABCDEFGHIJ;K=L:MNOPQRSTUVWXYZ\r\n", 8_400), "\r\n"))
	for name, object := range map[string]string{"parameters": param, "lines": lines} {
		var cal *ical.Calendar
		var err error
		start := time.Now()
		took := spent(func() { cal, err = Decode(strings.NewReader(object)) })
		t.Logf("%s: %v, %d KB taken", name, time.Since(start), took>>10)
		if err != nil || cal == nil {
			t.Errorf("%s: %v", name, err)
		}
		if took > 16<<20 {
			t.Errorf("%s: took %d MB of memory, want at most 16", name, took>>20)
		}
	}
}

func TestWhatOtherProgramsWriteIsRead(t *testing.T) {
	for name, object := range map[string]string{
		"BOM":                       "\ufeff" + wrap("SUMMARY:会"),
		"LF only":                   strings.ReplaceAll(wrap("SUMMARY:会"), "\r\n", "\n"),
		"fold inside a character":   wrap("SUMMARY:\xe4\r\n \xbc\x9a"),
		"lower case":                wrap("summary:会"),
		"no line end at the end":    strings.TrimSuffix(wrap("SUMMARY:会"), "\r\n"),
		"empty lines":               wrap("", "SUMMARY:会", ""),
		"fold by a tab":             wrap("SUMMARY:\r\n\t会"),
		"parameter of several":      wrap(`X-P;A=1,"2;3":4`, "SUMMARY:会"),
		"empty parameter and value": wrap("X-P;A=:", "SUMMARY:会"),
	} {
		cal, err := Decode(strings.NewReader(object))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := cal.Children[0].Props.Get("SUMMARY").Value; got != "会" {
			t.Errorf("%s: got %q, want 会", name, got)
		}
	}
}

func TestAnObjectGoesThroughDecodeAndEncodeUnchanged(t *testing.T) {
	x := NewIndex(source(2))
	for _, who := range x.Feeds() {
		b := render(t, x, who.Kind, who.Ref)
		cal, err := Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := EncodeObject(&out, cal); err != nil {
			t.Fatal(err)
		}
		wellFormed(t, out.Bytes())
		want, _ := Parse(bytes.NewReader(b))
		got, err := Parse(&out)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s changed (-want +got):\n%s", who.Kind, d)
		}
	}
}

func TestAnObjectWithAForeignZoneOrAnInjectionIsNotWritten(t *testing.T) {
	for _, line := range []string{"DTSTART;TZID=Mars/Olympus:20260105T000000"} {
		cal, err := Decode(strings.NewReader(wrap(line)))
		if err != nil {
			t.Fatal(err)
		}
		if err := EncodeObject(&bytes.Buffer{}, cal); planner.KindOf(err) != planner.Invalid {
			t.Errorf("%s: got %v, want Invalid", line, err)
		}
	}
	cal, err := Decode(strings.NewReader(wrap("DTSTART;TZID=Asia/Shanghai:20260105T000000")))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := EncodeObject(&out, cal); err != nil || !strings.Contains(out.String(), timezone) {
		t.Errorf("got error %v and %q, want the VTIMEZONE added", err, out.String())
	}
	cal.Children[0].Props.Get("DTSTART").Value = "20260105T000000\r\nX-INJECT:1"
	if err := EncodeObject(&bytes.Buffer{}, cal); planner.KindOf(err) != planner.Invalid {
		t.Errorf("got %v for a value with CR LF, want Invalid", err)
	}
}

func TestParseRefusesWhatIsNoFeedOfOurs(t *testing.T) {
	times := []string{"DTSTART;TZID=Asia/Shanghai:20260105T083000", "DTEND;TZID=Asia/Shanghai:20260105T113000"}
	if _, err := Parse(strings.NewReader(wrap(times...))); err != nil {
		t.Errorf("got %v for the plain case, want none", err)
	}
	for _, lines := range [][]string{
		{"DTSTART:20260105T083000Z", times[1]}, {times[0]}, append([]string{"RRULE:FREQ=DAILY"}, times...),
		{"DTSTART;TZID=Asia/Shanghai:20261305T083000", times[1]}, {times[1], "DTEND;TZID=Asia/Shanghai:20260107T113000", "DTSTART;TZID=Asia/Shanghai:2"},
		append([]string{"SEQUENCE:x"}, times...), append([]string{"BEGIN:VALARM", "END:VALARM"}, times...),
	} {
		if _, err := Parse(strings.NewReader(wrap(lines...))); planner.KindOf(err) != planner.Invalid {
			t.Errorf("%v: got %v, want Invalid", lines, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, object := range attacks() {
		if len(object) < 4<<10 {
			f.Add([]byte(object))
		}
	}
	x := NewIndex(source(1))
	for _, who := range x.Feeds() {
		f.Add(render(f, x, who.Kind, who.Ref))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		Parse(bytes.NewReader(b)) // must not panic
		cal, err := Decode(bytes.NewReader(b))
		if err != nil {
			if planner.KindOf(err) != planner.Invalid {
				t.Errorf("got %v, want Invalid", err)
			}
			return
		}
		var out bytes.Buffer
		if err := EncodeObject(&out, cal); err != nil {
			return // a zone without its VTIMEZONE
		}
		checkOctets(t, out.Bytes())
		again, err := Decode(bytes.NewReader(out.Bytes()))
		if err != nil {
			t.Fatalf("what was written is not read: %v\n%q", err, out.Bytes())
		}
		var twice bytes.Buffer
		if err := EncodeObject(&twice, again); err != nil || !bytes.Equal(twice.Bytes(), out.Bytes()) {
			t.Errorf("not the same twice: %v\n%s", err, cmp.Diff(out.String(), twice.String()))
		}
	})
}

func ExampleClean() {
	fmt.Printf("%q\n", Clean("张三\r\nX-INJECT:1\x00"))
	// Output: "张三\nX-INJECT:1"
}
