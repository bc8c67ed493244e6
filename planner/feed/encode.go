package feed

import (
	"cmp"
	"io"
	"slices"
	"strconv"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// TZID of every clock time in a feed.
const TZID = "Asia/Shanghai"

// timezone is the whole VTIMEZONE: Shanghai has had +0800 without summer time since 1991. The summer times of 1986–1991
// stay out, since clients (ical4j) took their last rule for an open end. RFC 5545 §3.6.5.
const timezone = "BEGIN:VTIMEZONE\r\nTZID:Asia/Shanghai\r\nX-LIC-LOCATION:Asia/Shanghai\r\n" +
	"BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZNAME:CST\r\nTZOFFSETFROM:+0800\r\nTZOFFSETTO:+0800\r\nEND:STANDARD\r\n" +
	"END:VTIMEZONE\r\n"

// maxAlarms of an event: Outlook and iOS trouble with more.
const maxAlarms = 2

// Encode writes a feed. What [Append] refuses writes nothing.
func Encode(w io.Writer, c Calendar) error {
	b, err := Append(nil, c)
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

// Append appends a feed to b: the same calendar gives the same bytes on any machine, in any zone and in any order of
// c.Events, which it leaves as it is. The error is a [planner.Error] of kind Invalid: two events with one UID, an event
// without a day or that ends before it begins, or a UID, address or link that holds what it may not.
func Append(b []byte, c Calendar) ([]byte, error) {
	w := &writer{out: slices.Grow(b, 1024+1200*len(c.Events))}
	w.raw("BEGIN", "VCALENDAR")
	w.raw("VERSION", "2.0")
	w.text("PRODID", c.Product)
	w.raw("CALSCALE", "GREGORIAN")
	w.raw("METHOD", "PUBLISH")
	w.text("NAME", c.Name)
	w.text("X-WR-CALNAME", c.Name)
	w.text("DESCRIPTION", c.About)
	w.text("X-WR-CALDESC", c.About)
	w.raw("X-WR-TIMEZONE", TZID)
	w.token("X-WR-RELCALID", c.ID)
	if !c.Modified.IsZero() {
		w.instant("LAST-MODIFIED", c.Modified)
	}
	w.raw("REFRESH-INTERVAL;VALUE=DURATION", "PT1H") // P1H broke the import of MIUI
	w.raw("X-PUBLISHED-TTL", "PT1H")
	if c.Color.Name != "" {
		w.token("COLOR", c.Color.Name)
		w.token("X-APPLE-CALENDAR-COLOR", c.Color.Hex)
	}
	w.out = append(w.out, timezone...)
	events := c.Events
	if !slices.IsSortedFunc(events, compareEvents) {
		events = slices.SortedFunc(slices.Values(events), compareEvents)
	}
	seen := make(map[string]bool, len(events))
	for i := range events {
		e := &events[i]
		if seen[e.UID] {
			w.refuse("UID", e.UID)
		}
		seen[e.UID] = true
		w.event(e, false)
	}
	w.raw("END", "VCALENDAR")
	if w.err != nil {
		return b, w.err
	}
	return w.out, nil
}

func compareEvents(a, b Event) int {
	return cmp.Or(a.On.Compare(b.On), cmp.Compare(a.From, b.From), cmp.Compare(a.UID, b.UID))
}

// event writes one VEVENT. With bare the three properties that count changes are left out, for [Digest].
func (w *writer) event(e *Event, bare bool) {
	if !e.On.Valid() || e.From < 0 || e.Until > 24*60 || e.Until < e.From {
		w.refuse("DTSTART", e.UID+" "+e.On.String()+" "+e.From.String()+"–"+e.Until.String())
		return
	}
	w.raw("BEGIN", "VEVENT")
	w.token("UID", e.UID)
	if !bare {
		w.instant("DTSTAMP", e.Stamp)
	}
	w.instant("CREATED", e.Created)
	if !bare {
		w.instant("LAST-MODIFIED", e.Stamp)
		w.number("SEQUENCE", e.Sequence)
	}
	if e.AllDay() {
		w.day("DTSTART;VALUE=DATE", e.On)
		w.day("DTEND;VALUE=DATE", e.On.AddDays(1))
	} else {
		w.clock("DTSTART;TZID="+TZID, e.On, e.From)
		w.clock("DTEND;TZID="+TZID, e.On, e.Until)
	}
	w.text("SUMMARY", e.Summary)
	w.optional("DESCRIPTION", e.Description)
	w.optional("LOCATION", e.Location)
	w.texts("CATEGORIES", e.Categories)
	w.raw("STATUS", status(e.Status))
	w.raw("TRANSP", transp(e.Transparent))
	w.raw("CLASS", class(e.Class))
	if e.URL != "" {
		w.token("URL", e.URL)
	}
	if e.Organizer.Mail != "" {
		w.begin("ORGANIZER")
		w.param("CN", e.Organizer.Name)
		if w.quiet {
			w.out = append(w.out, ";SCHEDULE-AGENT=NONE"...)
		}
		if !plain(e.Organizer.Mail) {
			w.refuse("ORGANIZER", e.Organizer.Mail)
		}
		w.out = append(w.out, ":mailto:"...)
		w.out = append(w.out, e.Organizer.Mail...)
		w.end()
	}
	if w.attendee != nil {
		w.attend(*w.attendee, e.Status == planner.StatusCancelled)
	}
	w.optional("CONTACT", e.Contact)
	w.texts("RESOURCES", e.Resources)
	for _, r := range e.Related {
		name := "RELATED-TO"
		if r.Type != "" {
			name += ";RELTYPE=" + r.Type
		}
		w.token(name, r.UID)
	}
	for i, a := range e.Alarms[:min(len(e.Alarms), maxAlarms)] {
		w.alarm(e, i, a)
	}
	w.raw("END", "VEVENT")
}

// alarm writes one VALARM. Its UID is the event's with a number, so it is as stable as the event's.
func (w *writer) alarm(e *Event, i int, a Alarm) {
	say := a.Say
	if say == "" {
		say = e.Summary
	}
	w.out = append(w.out, "BEGIN:VALARM\r\nACTION:DISPLAY\r\n"...)
	w.text("DESCRIPTION", say)
	w.begin("TRIGGER:-")
	w.out = appendDuration(w.out, a.Before)
	w.end()
	w.begin("UID:alarm")
	w.out = append(w.out, byte('1'+i), '-')
	w.out = append(w.out, e.UID...) // the event's own line has refused a bad one
	w.end()
	w.out = append(w.out, "END:VALARM\r\n"...)
}

func (w *writer) optional(name, value string) {
	if value != "" {
		w.text(name, value)
	}
}

func (w *writer) number(name string, n int) {
	w.begin(name)
	w.out = append(w.out, ':')
	w.out = strconv.AppendInt(w.out, int64(n), 10)
	w.end()
}

// instant writes a UTC time of RFC 5545 §3.3.5, form 2, whatever zone t carries.
func (w *writer) instant(name string, t time.Time) {
	if w.atText == nil || w.at != t {
		w.at, w.atText = t, t.UTC().AppendFormat(w.atText[:0], "20060102T150405Z\r\n")
	}
	w.out = append(w.out, name...)
	w.out = append(w.out, ':')
	w.out = append(w.out, w.atText...)
}

func (w *writer) day(name string, d civil.Date) {
	w.out = append(w.out, name...)
	w.out = append(w.out, ':')
	w.out = appendDay(w.out, d)
	w.out = append(w.out, '\r', '\n')
}

// clock writes a local time; 24:00 is the next day's midnight.
func (w *writer) clock(name string, d civil.Date, c civil.Clock) {
	if c == 24*60 {
		d, c = d.AddDays(1), 0
	}
	w.out = append(w.out, name...)
	w.out = append(w.out, ':')
	w.out = appendDay(w.out, d)
	w.out = append(w.out, 'T', byte('0'+c/600), byte('0'+c/60%10), byte('0'+c%60/10), byte('0'+c%10), '0', '0', '\r', '\n')
}

func appendDay(b []byte, d civil.Date) []byte {
	y, m := d.Year, int(d.Month)
	return append(b, byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10),
		byte('0'+m/10), byte('0'+m%10), byte('0'+d.Day/10), byte('0'+d.Day%10))
}

// appendDuration writes whole days as P1D and all else in hours and minutes: P1D is the day before at the same time
// of day, which is what people mean.
func appendDuration(b []byte, d time.Duration) []byte {
	m := int64(d / time.Minute)
	b = append(b, 'P')
	if m > 0 && m%(24*60) == 0 {
		b = strconv.AppendInt(b, m/(24*60), 10)
		return append(b, 'D')
	}
	b = append(b, 'T')
	if m >= 60 {
		b = append(strconv.AppendInt(b, m/60, 10), 'H')
	}
	if m < 60 || m%60 > 0 {
		b = append(strconv.AppendInt(b, m%60, 10), 'M')
	}
	return b
}

func status(s planner.EventStatus) string {
	switch s {
	case planner.StatusTentative:
		return "TENTATIVE"
	case planner.StatusCancelled:
		return "CANCELLED"
	}
	return "CONFIRMED"
}

func transp(transparent bool) string {
	if transparent {
		return "TRANSPARENT"
	}
	return "OPAQUE"
}

func class(c Class) string {
	if c == Private {
		return "PRIVATE"
	}
	return "PUBLIC"
}

// refusal words what may not stand in a calendar. The value is shown cut and quoted, so that it can do no harm in turn.
func refusal(name, value string) error {
	if r := []rune(value); len(r) > 60 {
		value = string(r[:60]) + "…"
	}
	e := planner.Fail(planner.Invalid,
		"日历属性 "+name+" 的值 "+strconv.Quote(value)+" 不能写入订阅日历，请修改后重试。",
		"the value "+strconv.Quote(value)+" of "+name+" cannot stand in a calendar; change it and try again.")
	e.Where = name
	return e
}
