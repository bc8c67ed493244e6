package feed

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/emersion/go-ical"
)

// Range is a span of instants [From, Until); a zero end is open (RFC 4791 §9.9).
type Range struct{ From, Until time.Time }

// CompFilter is a CALDAV:comp-filter (RFC 4791 §9.7.1).
type CompFilter struct {
	Name       string
	NotDefined bool
	Range      *Range
	Props      []PropFilter
	Comps      []CompFilter
}

// PropFilter is a CALDAV:prop-filter (§9.7.2).
type PropFilter struct {
	Name       string
	NotDefined bool
	Range      *Range
	Text       *TextMatch
	Params     []ParamFilter
}

// ParamFilter is a CALDAV:param-filter (§9.7.3).
type ParamFilter struct {
	Name       string
	NotDefined bool
	Text       *TextMatch
}

// TextMatch is a CALDAV:text-match (§9.7.5).
type TextMatch struct {
	Text      string
	Collation string // one of Collations; empty: the first
	Negate    bool
}

// Collations are those a text-match may name (RFC 4790, RFC 5051). The first is the default.
var Collations = []string{"i;ascii-casemap", "i;octet", "i;unicode-casemap"}

// Match reports whether a calendar object passes the filter, whose name must be VCALENDAR. Times without a zone are zone's.
func (f CompFilter) Match(cal *ical.Calendar, zone *time.Location) bool {
	return f.Name == ical.CompCalendar && f.within(cal.Component, nil, zone)
}

// within applies the filter to one component of its name.
func (f CompFilter) within(c, parent *ical.Component, zone *time.Location) bool {
	if f.Range != nil && !overlaps(c, parent, *f.Range, zone) {
		return false
	}
	for _, p := range f.Props {
		if !p.match(c, zone) {
			return false
		}
	}
	for _, sub := range f.Comps {
		some := slices.ContainsFunc(c.Children, func(child *ical.Component) bool {
			return strings.EqualFold(child.Name, sub.Name) && (sub.NotDefined || sub.within(child, c, zone))
		})
		if some == sub.NotDefined {
			return false
		}
	}
	return true
}

func (f PropFilter) match(c *ical.Component, zone *time.Location) bool {
	props := c.Props[strings.ToUpper(f.Name)]
	if f.NotDefined {
		return len(props) == 0
	}
	return slices.ContainsFunc(props, func(p ical.Prop) bool {
		if f.Range != nil {
			t, _, ok := instantOf(&p, zone)
			if !ok || !f.Range.holds(t) {
				return false
			}
		}
		if f.Text != nil && !f.Text.match(unText(p.Value)) {
			return false
		}
		for _, param := range f.Params {
			values := p.Params[strings.ToUpper(param.Name)]
			switch {
			case param.NotDefined:
				if len(values) > 0 {
					return false
				}
			case len(values) == 0:
				return false
			case param.Text != nil && !slices.ContainsFunc(values, param.Text.match):
				return false
			}
		}
		return true
	})
}

func (m TextMatch) match(s string) bool {
	text := m.Text
	switch m.Collation {
	case "i;octet":
	case "i;unicode-casemap":
		s, text = titleCase(s), titleCase(text)
	default:
		s, text = asciiUpper(s), asciiUpper(text)
	}
	return strings.Contains(s, text) != m.Negate
}

func asciiUpper(s string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, s)
}

func titleCase(s string) string { return strings.Map(unicode.ToTitle, s) }

// holds is the rule for an instant: start <= t AND end > t.
func (r Range) holds(t time.Time) bool { return r.startsBy(t) && r.endsAfter(t) }

// The four comparisons of §9.9, each true where its end is open.
func (r Range) startsBefore(t time.Time) bool { return r.From.IsZero() || r.From.Before(t) }
func (r Range) startsBy(t time.Time) bool     { return r.From.IsZero() || !r.From.After(t) }
func (r Range) endsAfter(t time.Time) bool    { return r.Until.IsZero() || r.Until.After(t) }
func (r Range) endsFrom(t time.Time) bool     { return r.Until.IsZero() || !r.Until.Before(t) }

// overlaps is the table of §9.9. Recurrences do not occur: Lianxin expands them before they are stored.
func overlaps(c, parent *ical.Component, r Range, zone *time.Location) bool {
	switch c.Name {
	case ical.CompEvent:
		return eventOverlaps(c, r, zone)
	case ical.CompToDo:
		return todoOverlaps(c, r, zone)
	case ical.CompJournal:
		start, day, ok := instantOf(c.Props.Get("DTSTART"), zone)
		if ok && day {
			return r.startsBefore(start.AddDate(0, 0, 1)) && r.endsAfter(start)
		}
		return ok && r.holds(start)
	case ical.CompFreeBusy:
		start, _, ok := instantOf(c.Props.Get("DTSTART"), zone)
		end, _, okEnd := instantOf(c.Props.Get("DTEND"), zone)
		return ok && okEnd && r.startsBy(end) && r.endsAfter(start)
	case ical.CompAlarm:
		return alarmOverlaps(c, parent, r, zone)
	}
	return true
}

func eventOverlaps(c *ical.Component, r Range, zone *time.Location) bool {
	start, day, ok := instantOf(c.Props.Get("DTSTART"), zone)
	if !ok {
		return false
	}
	if end, _, ok := instantOf(c.Props.Get("DTEND"), zone); ok {
		if !end.After(start) { // some programs write an event without length so
			return r.holds(start)
		}
		return r.startsBefore(end) && r.endsAfter(start)
	}
	if d, ok := durationOf(c.Props.Get("DURATION")); ok {
		if d <= 0 {
			return r.holds(start)
		}
		return r.startsBefore(start.Add(d)) && r.endsAfter(start)
	}
	if day {
		return r.startsBefore(start.AddDate(0, 0, 1)) && r.endsAfter(start)
	}
	return r.holds(start)
}

// todoOverlaps has the eight rows of the table in their order.
func todoOverlaps(c *ical.Component, r Range, zone *time.Location) bool {
	start, _, hasStart := instantOf(c.Props.Get("DTSTART"), zone)
	due, _, hasDue := instantOf(c.Props.Get("DUE"), zone)
	length, hasLength := durationOf(c.Props.Get("DURATION"))
	completed, _, hasCompleted := instantOf(c.Props.Get("COMPLETED"), zone)
	created, _, hasCreated := instantOf(c.Props.Get("CREATED"), zone)
	switch {
	case hasStart && hasLength:
		end := start.Add(length)
		return r.startsBy(end) && (r.endsAfter(start) || r.endsFrom(end))
	case hasStart && hasDue:
		return (r.startsBefore(due) || r.startsBy(start)) && (r.endsAfter(start) || r.endsFrom(due))
	case hasStart:
		return r.startsBy(start) && r.endsAfter(start)
	case hasDue:
		return r.startsBefore(due) && r.endsFrom(due)
	case hasCompleted && hasCreated:
		return (r.startsBy(created) || r.startsBy(completed)) && (r.endsFrom(created) || r.endsFrom(completed))
	case hasCompleted:
		return r.startsBy(completed) && r.endsFrom(completed)
	case hasCreated:
		return r.endsAfter(created)
	}
	return true
}

// alarmOverlaps: an alarm rings at its trigger, and again REPEAT times.
func alarmOverlaps(c, parent *ical.Component, r Range, zone *time.Location) bool {
	at, ok := triggerOf(c, parent, zone)
	if !ok {
		return false
	}
	if r.holds(at) {
		return true
	}
	pause, ok := durationOf(c.Props.Get("DURATION"))
	repeat := c.Props.Get("REPEAT")
	if !ok || repeat == nil || pause <= 0 {
		return false
	}
	n, err := repeat.Int()
	for i := 1; err == nil && i <= min(n, maxRepeats); i++ {
		if r.holds(at.Add(time.Duration(i) * pause)) {
			return true
		}
	}
	return false
}

// maxRepeats of an alarm that are looked at.
const maxRepeats = 1000

func triggerOf(c, parent *ical.Component, zone *time.Location) (time.Time, bool) {
	p := c.Props.Get("TRIGGER")
	if p == nil {
		return time.Time{}, false
	}
	if strings.EqualFold(p.Params.Get("VALUE"), "DATE-TIME") {
		t, _, ok := instantOf(p, zone)
		return t, ok
	}
	d, ok := durationOf(p)
	if !ok || parent == nil {
		return time.Time{}, false
	}
	start, startDay, hasStart := instantOf(parent.Props.Get("DTSTART"), zone)
	if !strings.EqualFold(p.Params.Get("RELATED"), "END") {
		return start.Add(d), hasStart
	}
	for _, name := range []string{"DTEND", "DUE"} {
		if end, _, ok := instantOf(parent.Props.Get(name), zone); ok {
			return end.Add(d), true
		}
	}
	if length, ok := durationOf(parent.Props.Get("DURATION")); ok && hasStart {
		return start.Add(length + d), true
	}
	if startDay {
		start = start.AddDate(0, 0, 1)
	}
	return start.Add(d), hasStart
}

// instantOf reads a date or date-time; day says which. A TZID other than Shanghai's is looked up by name; one that is not
// known counts as zone, as a floating time does.
func instantOf(p *ical.Prop, zone *time.Location) (t time.Time, day, ok bool) {
	if p == nil {
		return t, false, false
	}
	v := p.Value
	var err error
	switch {
	case len(v) == 8:
		t, err = time.ParseInLocation("20060102", v, zone)
		return t, true, err == nil
	case len(v) == 16 && v[15] == 'Z':
		t, err = time.Parse("20060102T150405Z", v)
		return t, false, err == nil
	}
	if id := p.Params.Get(ical.ParamTimezoneID); id != "" && id != TZID && id != "Local" {
		if known, err := time.LoadLocation(id); err == nil && !strings.ContainsAny(id, ".\\") {
			zone = known
		}
	}
	t, err = time.ParseInLocation("20060102T150405", v, zone)
	return t, false, err == nil
}

func durationOf(p *ical.Prop) (d time.Duration, ok bool) {
	if p == nil || len(p.Value) > 40 || !utf8.ValidString(p.Value) {
		return 0, false
	}
	d, err := p.Duration()
	return d, err == nil
}
