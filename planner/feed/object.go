package feed

import (
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/emersion/go-ical"

	"lianxin/planner"
)

// EncodeObject writes a calendar in go-ical's object model: what [Decode] gave, or what a stage built for CalDAV or mail.
// Unlike go-ical's encoder it puts VERSION and PRODID first, folds, writes parameters by RFC 6868, adds the VTIMEZONE
// that a TZID=Asia/Shanghai needs, and lets nothing through that could end a line. Other properties come sorted by
// name, those of one name in their order, so the same object is the same bytes.
//
// The error is a [planner.Error] of kind Invalid: a name that is no token, a value with a control character or invalid
// UTF-8, a TZID without its VTIMEZONE, or a nesting that Decode would refuse.
func EncodeObject(out io.Writer, cal *ical.Calendar) error {
	w := &writer{}
	have, want := map[string]bool{}, map[string]bool{}
	zones(cal.Component, have, want)
	for _, id := range slices.Sorted(maps.Keys(want)) {
		if id != TZID && !have[id] {
			w.refuse("TZID", id)
		}
	}
	w.component(cal.Component, 1, want[TZID] && !have[TZID])
	if w.err != nil {
		return w.err
	}
	_, err := out.Write(w.out)
	return err
}

// zones notes which time zones an object defines and which it uses.
func zones(c *ical.Component, have, want map[string]bool) {
	if c.Name == ical.CompTimezone {
		if p := c.Props.Get(ical.PropTimezoneID); p != nil {
			have[p.Value] = true
		}
	}
	for _, props := range c.Props {
		for _, p := range props {
			if id := p.Params.Get(ical.ParamTimezoneID); id != "" {
				want[id] = true
			}
		}
	}
	for _, child := range c.Children {
		zones(child, have, want)
	}
}

// first are the properties that come before the sorted ones: parsers that read PRODID or VERSION to choose a dialect
// want them at once.
var first = []string{ical.PropVersion, ical.PropProductID}

func (w *writer) component(c *ical.Component, depth int, zone bool) {
	if !isToken(c.Name) || depth > maxDepth {
		w.refuse("BEGIN", c.Name)
		return
	}
	w.raw("BEGIN", c.Name)
	for _, name := range first {
		w.props(c.Props[name])
	}
	for _, name := range slices.Sorted(maps.Keys(c.Props)) {
		if !slices.Contains(first, name) {
			w.props(c.Props[name])
		}
	}
	if zone {
		w.out = append(w.out, timezone...)
	}
	for _, child := range c.Children {
		w.component(child, depth+1, false)
	}
	w.raw("END", c.Name)
}

func (w *writer) props(props []ical.Prop) {
	for _, p := range props {
		if !isToken(p.Name) || strings.EqualFold(p.Name, "BEGIN") || strings.EqualFold(p.Name, "END") || dirty(p.Value) || strings.Contains(p.Value, "\n") {
			w.refuse(p.Name, p.Value)
			continue
		}
		w.begin(p.Name)
		for _, name := range slices.Sorted(maps.Keys(p.Params)) {
			if !isToken(name) {
				w.refuse(p.Name, name)
				continue
			}
			for i, v := range p.Params[name] {
				if i == 0 {
					w.param(name, v)
					continue
				}
				w.out = append(w.out, ',')
				w.out = appendParam(w.out, v)
			}
		}
		w.out = append(w.out, ':')
		w.out = append(w.out, p.Value...)
		w.end()
	}
}

func isToken(s string) bool { return s != "" && tokenEnd([]byte(s), 0) == len(s) }

// Parse reads back a feed of ours: what [Encode] writes, and nothing else. A clock time in another zone, a recurrence or
// a VEVENT without one of UID, DTSTAMP and DTSTART is refused as Invalid.
func Parse(r io.Reader) (Calendar, error) {
	cal, err := Decode(r)
	if err != nil {
		return Calendar{}, err
	}
	p := cal.Props
	c := Calendar{
		ID: raw(p, "X-WR-RELCALID"), Product: text(p, "PRODID"), Name: text(p, "NAME"), About: text(p, "DESCRIPTION"),
		Color: Color{raw(p, "COLOR"), raw(p, "X-APPLE-CALENDAR-COLOR")},
	}
	if p.Get("LAST-MODIFIED") != nil {
		if c.Modified, err = p.DateTime("LAST-MODIFIED", nil); err != nil {
			return Calendar{}, unread("LAST-MODIFIED", err)
		}
	}
	for _, child := range cal.Children {
		if child.Name != ical.CompEvent {
			continue
		}
		e, err := parseEvent(child)
		if err != nil {
			return Calendar{}, err
		}
		c.Events = append(c.Events, e)
	}
	return c, nil
}

func unread(name string, err error) error {
	e := malformed(0, "的 "+name+" 读不出来", "its "+name+" cannot be read")
	e.Where, e.Err = name, err
	return e
}

func raw(p ical.Props, name string) string {
	if v := p.Get(name); v != nil {
		return v.Value
	}
	return ""
}

func text(p ical.Props, name string) string { return unText(raw(p, name)) }

func list(p ical.Props, name string) []string {
	if v := p.Get(name); v != nil {
		return unTexts(v.Value)
	}
	return nil
}

var statuses = map[string]planner.EventStatus{
	"TENTATIVE": planner.StatusTentative, "CONFIRMED": planner.StatusConfirmed, "CANCELLED": planner.StatusCancelled,
}
