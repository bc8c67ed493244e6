package feed

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"

	"lianxin/planner"
)

func parsedObject(t *testing.T, kind string, lines ...string) *ical.Calendar {
	t.Helper()
	text := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:" + kind + "\r\nUID:1\r\nDTSTAMP:20260105T000000Z\r\n" + strings.Join(append(lines, "END:"+kind+"\r\nEND:VCALENDAR\r\n"), "\r\n")
	cal, err := Decode(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return cal
}

// at reads an instant; the empty one is open.
func at(t *testing.T, s string) time.Time {
	t.Helper()
	if s == "" {
		return time.Time{}
	}
	v, err := time.Parse("20060102T150405Z", s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// rangeCase: an object, a range, and whether it is in. The range is half open.
type rangeCase struct {
	name       string
	kind       string
	lines      []string
	start, end string
	want       bool
}

// The instants below are on 10 January 2026 unless they say otherwise: 8 is 08:00 UTC.
func TestTheTableOfTimeRanges(t *testing.T) {
	ev, td := "VEVENT", "VTODO"
	span := []string{"DTSTART:20260110T080000Z", "DTEND:20260110T100000Z"}
	dur := []string{"DTSTART:20260110T080000Z", "DURATION:PT2H"}
	zero := []string{"DTSTART:20260110T080000Z", "DURATION:PT0S"}
	bare := []string{"DTSTART:20260110T080000Z"}
	day := []string{"DTSTART;VALUE=DATE:20260110"} // in Shanghai: 9 Jan 16:00Z to 10 Jan 16:00Z
	days := []string{"DTSTART;VALUE=DATE:20260110", "DTEND;VALUE=DATE:20260112"}
	local := []string{"DTSTART;TZID=Asia/Shanghai:20260110T160000", "DTEND;TZID=Asia/Shanghai:20260110T180000"}
	floating := []string{"DTSTART:20260110T160000", "DTEND:20260110T180000"}
	started, due := "DTSTART:20260110T080000Z", "DUE:20260112T080000Z"
	completed, created := "COMPLETED:20260111T080000Z", "CREATED:20260109T080000Z"
	for _, c := range []rangeCase{
		// VEVENT: DTEND. start < DTEND AND end > DTSTART
		{"before", ev, span, "20260110T060000Z", "20260110T080000Z", false}, {"touches its start", ev, span, "20260110T060000Z", "20260110T080001Z", true},
		{"after", ev, span, "20260110T100000Z", "20260110T120000Z", false}, {"touches its end", ev, span, "20260110T095959Z", "20260110T120000Z", true},
		{"within", ev, span, "20260110T083000Z", "20260110T084000Z", true}, {"around", ev, span, "20260101T000000Z", "20260201T000000Z", true},
		{"open end", ev, span, "20260110T095959Z", "", true}, {"open end, over", ev, span, "20260110T100000Z", "", false},
		{"open start", ev, span, "", "20260110T080001Z", true}, {"open start, not begun", ev, span, "", "20260110T080000Z", false},
		// DURATION
		{"duration, after", ev, dur, "20260110T100000Z", "20260110T120000Z", false}, {"duration, in", ev, dur, "20260110T095959Z", "20260110T120000Z", true},
		{"no duration at start", ev, zero, "20260110T080000Z", "20260110T090000Z", true}, {"no duration at end", ev, zero, "20260110T070000Z", "20260110T080000Z", false},
		{"no duration, after", ev, zero, "20260110T080001Z", "20260110T090000Z", false}, {"bare start", ev, bare, "20260110T080000Z", "20260110T090000Z", true},
		{"bare, after", ev, bare, "20260110T080001Z", "", false}, {"an end that is its start", ev, []string{bare[0], "DTEND:20260110T080000Z"}, "20260110T080000Z", "20260110T090000Z", true},
		// whole days
		{"exactly its own day", ev, day, "20260109T160000Z", "20260110T160000Z", true}, {"the day before", ev, day, "20260108T160000Z", "20260109T160000Z", false},
		{"the day after", ev, day, "20260110T160000Z", "20260111T160000Z", false}, {"its last second", ev, day, "20260110T155959Z", "20260110T160000Z", true},
		{"two days, second", ev, days, "20260110T160000Z", "20260111T160000Z", true}, {"two days, third", ev, days, "20260111T160000Z", "20260112T160000Z", false},
		{"Shanghai", ev, local, "20260110T080000Z", "20260110T080001Z", true}, {"Shanghai, before", ev, local, "20260110T070000Z", "20260110T080000Z", false},
		{"floating is Shanghai", ev, floating, "20260110T095959Z", "20260110T100000Z", true}, {"no start", ev, nil, "20260110T000000Z", "", false},
		// VTODO, row 1: DTSTART and DURATION
		{"todo 1, around", td, dur, "20260110T000000Z", "20260111T000000Z", true}, {"todo 1, begins at its end", td, dur, "20260110T100000Z", "20260110T110000Z", true},
		{"todo 1, after", td, dur, "20260110T100001Z", "20260110T110000Z", false}, {"todo 1, before", td, dur, "20260110T000000Z", "20260110T080000Z", false},
		// row 2: DTSTART and DUE
		{"todo 2, within", td, []string{started, due}, "20260111T000000Z", "20260111T010000Z", true}, {"todo 2, before", td, []string{started, due}, "20260109T000000Z", "20260110T080000Z", false},
		{"todo 2, at due", td, []string{started, due}, "20260112T080000Z", "20260113T080000Z", false}, {"todo 2, until due", td, []string{started, due}, "20260112T075959Z", "20260112T080000Z", true},
		// row 3: DTSTART
		{"todo 3, at", td, []string{started}, "20260110T080000Z", "20260110T090000Z", true}, {"todo 3, after", td, []string{started}, "20260110T080001Z", "20260111T080000Z", false},
		{"todo 3, before", td, []string{started}, "20260109T080000Z", "20260110T080000Z", false},
		// row 4: DUE
		{"todo 4, until", td, []string{due}, "20260112T000000Z", "20260112T080000Z", true}, {"todo 4, from", td, []string{due}, "20260112T080000Z", "20260113T000000Z", false},
		{"todo 4, short before", td, []string{due}, "20260111T000000Z", "20260112T075959Z", false},
		// row 5: COMPLETED and CREATED
		{"todo 5, between", td, []string{completed, created}, "20260110T000000Z", "20260110T010000Z", true}, {"todo 5, after", td, []string{completed, created}, "20260111T080001Z", "20260112T000000Z", false},
		{"todo 5, before", td, []string{completed, created}, "20260108T000000Z", "20260109T075959Z", false}, {"todo 5, at", td, []string{completed, created}, "20260111T080000Z", "20260112T000000Z", true},
		// row 6: COMPLETED
		{"todo 6, until", td, []string{completed}, "20260110T000000Z", "20260111T080000Z", true}, {"todo 6, from", td, []string{completed}, "20260111T080000Z", "20260112T000000Z", true},
		{"todo 6, before", td, []string{completed}, "20260110T000000Z", "20260111T075959Z", false}, {"todo 6, after", td, []string{completed}, "20260111T080001Z", "20260112T000000Z", false},
		// row 7: CREATED
		{"todo 7, later", td, []string{created}, "20270101T000000Z", "20270201T000000Z", true}, {"todo 7, before", td, []string{created}, "20260101T000000Z", "20260109T080000Z", false},
		{"todo 7, open end", td, []string{created}, "20260101T000000Z", "", true},
		// row 8: nothing
		{"todo 8", td, nil, "19700101T000000Z", "19700102T000000Z", true},
		{"journal", "VJOURNAL", bare, "20260110T080000Z", "20260110T080001Z", true}, {"journal, day", "VJOURNAL", day, "20260110T155959Z", "", true}, {"journal, none", "VJOURNAL", nil, "20260110T080000Z", "", false},
		{"busy", "VFREEBUSY", span, "20260110T100000Z", "20260110T110000Z", true}, {"busy, after", "VFREEBUSY", span, "20260110T100001Z", "20260110T110000Z", false},
	} {
		cal := parsedObject(t, c.kind, c.lines...)
		f := CompFilter{Name: "VCALENDAR", Comps: []CompFilter{{Name: c.kind, Range: &Range{at(t, c.start), at(t, c.end)}}}}
		if got := f.Match(cal, shanghai); got != c.want {
			t.Errorf("%s: got %v for [%s, %s)", c.name, got, c.start, c.end)
		}
	}
}

func TestAlarmsAreFoundByWhenTheyRing(t *testing.T) {
	alarm := func(lines ...string) []string {
		return append(append([]string{"DTSTART:20260110T080000Z", "DTEND:20260110T100000Z", "BEGIN:VALARM", "ACTION:DISPLAY"}, lines...), "END:VALARM")
	}
	for name, c := range map[string]struct {
		lines      []string
		start, end string
		want       bool
	}{
		"at":                    {alarm("TRIGGER:-PT30M"), "20260110T073000Z", "20260110T073001Z", true},
		"before":                {alarm("TRIGGER:-PT30M"), "20260110T070000Z", "20260110T073000Z", false},
		"after":                 {alarm("TRIGGER:-PT30M"), "20260110T073001Z", "20260110T080000Z", false},
		"related to the end":    {alarm("TRIGGER;RELATED=END:PT5M"), "20260110T100500Z", "20260110T100501Z", true},
		"at an instant":         {alarm("TRIGGER;VALUE=DATE-TIME:20260109T000000Z"), "20260109T000000Z", "20260109T000001Z", true},
		"the second ring":       {alarm("TRIGGER:-PT30M", "REPEAT:2", "DURATION:PT10M"), "20260110T075000Z", "20260110T075001Z", true},
		"one ring too many":     {alarm("TRIGGER:-PT30M", "REPEAT:2", "DURATION:PT10M"), "20260110T080000Z", "20260110T080001Z", false},
		"an alarm without time": {alarm(), "20260110T000000Z", "", false},
	} {
		f := CompFilter{Name: "VCALENDAR", Comps: []CompFilter{{Name: "VEVENT", Comps: []CompFilter{{Name: "VALARM", Range: &Range{at(t, c.start), at(t, c.end)}}}}}}
		if got := f.Match(parsedObject(t, "VEVENT", c.lines...), shanghai); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func TestFiltersOfPropertiesAndTexts(t *testing.T) {
	cal := parsedObject(t, "VEVENT", "DTSTART:20260110T080000Z", `SUMMARY:Weekly\, Report ÄÖ`, `ORGANIZER;CN=张三:mailto:a@b.c`, "LAST-MODIFIED:20260101T000000Z")
	text := func(s, collation string, negate bool) *TextMatch { return &TextMatch{s, collation, negate} }
	for name, c := range map[string]struct {
		p    PropFilter
		want bool
	}{
		"defined":                     {PropFilter{Name: "SUMMARY"}, true},
		"not there":                   {PropFilter{Name: "LOCATION"}, false},
		"is-not-defined, absent":      {PropFilter{Name: "LOCATION", NotDefined: true}, true},
		"is-not-defined, there":       {PropFilter{Name: "SUMMARY", NotDefined: true}, false},
		"casemap by default":          {PropFilter{Name: "SUMMARY", Text: text("wEEKLY, rep", "", false)}, true},
		"ascii leaves umlauts":        {PropFilter{Name: "SUMMARY", Text: text("äö", "i;ascii-casemap", false)}, false},
		"unicode folds them":          {PropFilter{Name: "SUMMARY", Text: text("äö", "i;unicode-casemap", false)}, true},
		"octet is exact":              {PropFilter{Name: "SUMMARY", Text: text("weekly", "i;octet", false)}, false},
		"octet, exact":                {PropFilter{Name: "SUMMARY", Text: text("Weekly", "i;octet", false)}, true},
		"negate":                      {PropFilter{Name: "SUMMARY", Text: text("weekly", "", true)}, false},
		"negate what is not":          {PropFilter{Name: "SUMMARY", Text: text("daily", "", true)}, true},
		"negate needs the property":   {PropFilter{Name: "LOCATION", Text: text("daily", "", true)}, false},
		"a parameter":                 {PropFilter{Name: "ORGANIZER", Params: []ParamFilter{{Name: "CN", Text: text("张", "", false)}}}, true},
		"another parameter":           {PropFilter{Name: "ORGANIZER", Params: []ParamFilter{{Name: "ROLE"}}}, false},
		"a parameter not defined":     {PropFilter{Name: "ORGANIZER", Params: []ParamFilter{{Name: "ROLE", NotDefined: true}}}, true},
		"a parameter that is defined": {PropFilter{Name: "ORGANIZER", Params: []ParamFilter{{Name: "CN", NotDefined: true}}}, false},
		"a time":                      {PropFilter{Name: "LAST-MODIFIED", Range: &Range{at(t, "20260101T000000Z"), at(t, "20260101T000001Z")}}, true},
		"another time":                {PropFilter{Name: "LAST-MODIFIED", Range: &Range{at(t, "20260101T000001Z"), time.Time{}}}, false},
		"lower case name":             {PropFilter{Name: "summary"}, true},
	} {
		f := CompFilter{Name: "VCALENDAR", Comps: []CompFilter{{Name: "VEVENT", Props: []PropFilter{c.p}}}}
		if got := f.Match(cal, shanghai); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
	for name, c := range map[string]struct {
		f    CompFilter
		want bool
	}{
		"no todo":               {CompFilter{Name: "VCALENDAR", Comps: []CompFilter{{Name: "VTODO"}}}, false},
		"todo not defined":      {CompFilter{Name: "VCALENDAR", Comps: []CompFilter{{Name: "VTODO", NotDefined: true}}}, true},
		"event not defined":     {CompFilter{Name: "VCALENDAR", Comps: []CompFilter{{Name: "VEVENT", NotDefined: true}}}, false},
		"event without alarms":  {CompFilter{Name: "VCALENDAR", Comps: []CompFilter{{Name: "VEVENT", Comps: []CompFilter{{Name: "VALARM", NotDefined: true}}}}}, true},
		"everything":            {CompFilter{Name: "VCALENDAR"}, true},
		"not the outermost one": {CompFilter{Name: "VEVENT"}, false},
	} {
		if got := c.f.Match(cal, shanghai); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func TestPartsAndExpansion(t *testing.T) {
	cal := parsedObject(t, "VEVENT", "DTSTART;TZID=Asia/Shanghai:20260110T160000", "DTEND;TZID=Asia/Shanghai:20260110T180000", "SUMMARY:会", "BEGIN:VALARM", "TRIGGER:-PT1H", "ACTION:DISPLAY", "END:VALARM")
	write := func(cal *ical.Calendar) string {
		t.Helper()
		var b bytes.Buffer
		if err := EncodePart(&b, cal); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	part := Select{Name: "VCALENDAR", Props: []SelectProp{{Name: "VERSION"}}, Comps: []Select{{Name: "VEVENT", Props: []SelectProp{{Name: "UID"}, {Name: "SUMMARY", NoValue: true}}}}}
	if got, want := write(part.Cut(cal)), "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nSUMMARY:\r\nUID:1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	all := Select{Name: "VCALENDAR", AllProps: true, AllComps: true}
	if got, want := write(all.Cut(cal)), write(cal); got != want {
		t.Errorf("all of it: got %q, want %q", got, want)
	}
	in := Range{at(t, "20260101T000000Z"), at(t, "20260201T000000Z")}
	if got := write(Expand(cal, in, shanghai)); !strings.Contains(got, "DTSTART:20260110T080000Z\r\n") || strings.Contains(got, "TZID") || !strings.Contains(got, "VALARM") {
		t.Errorf("expanded: got %q", got)
	}
	if got := write(Expand(cal, Range{at(t, "20270101T000000Z"), at(t, "20280101T000000Z")}, shanghai)); strings.Contains(got, "VEVENT") {
		t.Errorf("out of the range: got %q", got)
	}
	if cal.Children[0].Props.Get("DTSTART").Params.Get("TZID") == "" {
		t.Error("the object itself was changed")
	}
}

func TestEveryObjectOfCalDAVIsWellFormedAndMailsNobody(t *testing.T) {
	bin := checker(t)
	dir := t.TempDir()
	src := clientSource()
	for i, name := range hostile {
		src.Tasks = append(src.Tasks, planner.Task{ID: planner.TaskID("X" + strings.Repeat("x", i)), Kind: planner.TaskPromise, Owner: "C0", Say: planner.Both(name),
			StartOn: today, DueOn: today.AddDays(i), EndOn: today.AddDays(30), State: []planner.TaskState{planner.TaskReady, planner.TaskCompleted, planner.TaskInProgress, planner.TaskCancelled}[i%4]})
	}
	x := NewIndex(src)
	var all []Object
	for _, who := range x.Feeds() {
		_, list, err := x.Objects(who.Kind, who.Ref, "zh")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, list...)
	}
	_, todos, err := x.Todos("C0", map[planner.TaskID]time.Time{"Xx": laidAt}, "zh")
	if err != nil {
		t.Fatal(err)
	}
	if len(todos) != len(hostile)+1 {
		t.Errorf("got %d tasks, want %d", len(todos), len(hostile)+1)
	}
	all = append(all, todos...)
	var files []string
	for i, o := range all {
		checkOctets(t, o.Data)
		if bytes.Contains(o.Data, []byte("METHOD")) || bytes.Contains(o.Data, []byte("ORGANIZER")) && !bytes.Contains(o.Data, []byte("SCHEDULE-AGENT=NONE")) {
			t.Errorf("%s would be mailed:\n%s", o.Name, o.Data)
		}
		if i%7 == 0 || i >= len(all)-len(todos) {
			files = append(files, writeTemp(t, dir, i, o.Data))
		}
	}
	files = append(files, writeTemp(t, dir, -1, Join(todos)), writeTemp(t, dir, -2, Join(nil)))
	run(t, "", nil, bin, files...)
}

func TestATickIsReadAndAnEditIsNot(t *testing.T) {
	_, todos, err := NewIndex(source(1)).Todos("C0", nil, "zh")
	if err != nil {
		t.Fatal(err)
	}
	stored, err := Decode(bytes.NewReader(todos[0].Data))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		from, to string
		want     planner.TaskState
		kind     planner.Kind
	}{
		"as it was":            {"x", "x", planner.TaskReady, 0},
		"STATUS":               {"STATUS:NEEDS-ACTION", "STATUS:COMPLETED", planner.TaskCompleted, 0},
		"COMPLETED alone":      {"STATUS:NEEDS-ACTION", "COMPLETED:20260105T000000Z", planner.TaskCompleted, 0},
		"percent alone":        {"STATUS:NEEDS-ACTION", "PERCENT-COMPLETE:100", planner.TaskCompleted, 0},
		"taken up":             {"STATUS:NEEDS-ACTION", "STATUS:IN-PROCESS\r\nPERCENT-COMPLETE:30", planner.TaskInProgress, 0},
		"a zone for a day":     {"DUE;VALUE=DATE:20260114", "DUE;TZID=Asia/Shanghai:20260114T000000", planner.TaskReady, 0},
		"dropped description":  {"CLASS:PRIVATE\r\n", "", planner.TaskReady, 0},
		"another summary":      {"SUMMARY:【跟进】", "SUMMARY:别的", "", planner.Forbidden},
		"another day":          {"DUE;VALUE=DATE:20260114", "DUE;VALUE=DATE:20260115", "", planner.Forbidden},
		"two todos":            {"END:VTODO\r\n", "END:VTODO\r\nBEGIN:VTODO\r\nUID:2\r\nDTSTAMP:20260105T000000Z\r\nEND:VTODO\r\n", "", planner.Invalid},
		"an event besides":     {"END:VTODO\r\n", "END:VTODO\r\nBEGIN:VEVENT\r\nUID:2\r\nDTSTAMP:20260105T000000Z\r\nEND:VEVENT\r\n", "", planner.Invalid},
		"a repetition is more": {"CLASS:PRIVATE", "RRULE:FREQ=DAILY", "", planner.Forbidden},
	} {
		sent, err := Decode(strings.NewReader(strings.Replace(string(todos[0].Data), c.from, c.to, 1)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := TickOf(stored, sent, shanghai)
		if got != c.want || c.kind != 0 && planner.KindOf(err) != c.kind || c.kind == 0 && err != nil {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

func TestLibicalAcceptsEveryInvitation(t *testing.T) {
	bin := checker(t)
	dir := t.TempDir()
	var files []string
	src := clientSource()
	for _, d := range NewIndex(src).Duties("C0", "zh") {
		for i, method := range []string{Request, Cancel} {
			if method == Request && d.Event.Status == planner.StatusCancelled {
				continue // nobody is asked to what is off
			}
			b, err := Invitation(d.Drawn, method, Mailbox{hostile[i+1], "mou@example.org"}, 3)
			if err != nil {
				t.Fatal(err)
			}
			checkOctets(t, b)
			files = append(files, writeTemp(t, dir, len(files), b))
		}
	}
	if len(files) < 60 {
		t.Errorf("got %d messages", len(files))
	}
	run(t, "", nil, bin, files...)
	if _, err := Invitation(Event{UID: "1", On: today}, Request, Mailbox{"x", "a@b.c\r\nX-INJECT:1"}, 0); planner.KindOf(err) != planner.Invalid {
		t.Errorf("an address that ends its line: got %v, want Invalid", err)
	}
}
