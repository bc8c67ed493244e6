package feed

import (
	"cmp"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-ical"
)

// Select is what of an object a client wants: a CALDAV:comp of calendar-data (RFC 4791 §9.6.1).
type Select struct {
	Name     string
	AllProps bool
	Props    []SelectProp
	AllComps bool
	Comps    []Select
}

// SelectProp is a CALDAV:prop; NoValue asks for its name alone.
type SelectProp struct {
	Name    string
	NoValue bool
}

// Cut returns the part of an object that is asked for. It shares no map with cal.
func (s Select) Cut(cal *ical.Calendar) *ical.Calendar {
	return &ical.Calendar{Component: s.cut(cal.Component)}
}

func (s Select) cut(c *ical.Component) *ical.Component {
	out := ical.NewComponent(c.Name)
	for name, props := range c.Props {
		i := slices.IndexFunc(s.Props, func(p SelectProp) bool { return strings.EqualFold(p.Name, name) })
		if i < 0 && !s.AllProps {
			continue
		}
		for _, p := range props {
			if i >= 0 && s.Props[i].NoValue {
				p.Value = ""
			}
			out.Props[name] = append(out.Props[name], p)
		}
	}
	for _, child := range c.Children {
		i := slices.IndexFunc(s.Comps, func(sub Select) bool { return strings.EqualFold(sub.Name, child.Name) })
		switch {
		case s.AllComps:
			out.Children = append(out.Children, child)
		case i >= 0:
			out.Children = append(out.Children, s.Comps[i].cut(child))
		}
	}
	return out
}

// Expand is an object as CALDAV:expand has it (§9.6.5): times in UTC and no VTIMEZONE, so that a client needs no zones; only
// what overlaps the range. There are no recurrences to expand.
func Expand(cal *ical.Calendar, r Range, zone *time.Location) *ical.Calendar {
	out := ical.NewComponent(cal.Name)
	out.Props = cal.Props
	for _, child := range cal.Children {
		if child.Name == ical.CompTimezone || !overlaps(child, cal.Component, r, zone) {
			continue
		}
		out.Children = append(out.Children, inUTC(child, zone))
	}
	return &ical.Calendar{Component: out}
}

func inUTC(c *ical.Component, zone *time.Location) *ical.Component {
	out := ical.NewComponent(c.Name)
	for name, props := range c.Props {
		for _, p := range props {
			if p.Params.Get(ical.ParamTimezoneID) != "" {
				if t, day, ok := instantOf(&p, zone); ok && !day {
					p = ical.Prop{Name: p.Name, Value: t.UTC().Format("20060102T150405Z"), Params: ical.Params{}}
				}
			}
			out.Props[name] = append(out.Props[name], p)
		}
	}
	for _, child := range c.Children {
		out.Children = append(out.Children, inUTC(child, zone))
	}
	return out
}

// Busy is a VFREEBUSY of the objects that make their reader busy in a range: opaque events that are not cancelled.
func Busy(list []*ical.Calendar, r Range, zone *time.Location) ([]byte, error) {
	w := &writer{out: []byte(objectHead)}
	w.raw("BEGIN", "VFREEBUSY")
	w.raw("UID", "busy-"+r.From.UTC().Format("20060102T150405Z")+"-"+r.Until.UTC().Format("20060102T150405Z"))
	w.instant("DTSTAMP", r.From)
	w.instant("DTSTART", r.From)
	w.instant("DTEND", r.Until)
	type span struct {
		from, until time.Time
		kind        string
	}
	var spans []span
	for _, cal := range list {
		for _, c := range cal.Children {
			if c.Name != ical.CompEvent || raw(c.Props, "TRANSP") == "TRANSPARENT" || raw(c.Props, "STATUS") == "CANCELLED" || !eventOverlaps(c, r, zone) {
				continue
			}
			if from, until := extent(c, zone); until.After(from) {
				kind := "FREEBUSY"
				if raw(c.Props, "STATUS") == "TENTATIVE" {
					kind = "FREEBUSY;FBTYPE=BUSY-TENTATIVE"
				}
				spans = append(spans, span{from, until, kind})
			}
		}
	}
	slices.SortFunc(spans, func(a, b span) int {
		return cmp.Or(a.from.Compare(b.from), a.until.Compare(b.until), cmp.Compare(a.kind, b.kind))
	})
	for _, s := range spans {
		w.raw(s.kind, s.from.UTC().Format("20060102T150405Z")+"/"+s.until.UTC().Format("20060102T150405Z"))
	}
	w.raw("END", "VFREEBUSY")
	w.out = append(w.out, objectTail...)
	return w.out, w.err
}

// extent is from when to when an event lasts, by its end, its length, or the whole day that it is on (RFC 5545 §3.6.1).
func extent(c *ical.Component, zone *time.Location) (from, until time.Time) {
	from, day, ok := instantOf(c.Props.Get("DTSTART"), zone)
	if !ok {
		return from, from
	}
	if until, _, ok = instantOf(c.Props.Get("DTEND"), zone); ok {
		return from, until
	}
	if d, ok := durationOf(c.Props.Get("DURATION")); ok {
		return from, from.Add(d)
	}
	if day {
		return from, from.AddDate(0, 0, 1)
	}
	return from, from
}

// EncodePart writes a part of an object that [Select.Cut] or [Expand] made: unlike [EncodeObject] it adds no VTIMEZONE that
// was cut away on purpose.
func EncodePart(out io.Writer, cal *ical.Calendar) error {
	w := &writer{}
	w.component(cal.Component, 1, false)
	if w.err != nil {
		return w.err
	}
	_, err := out.Write(w.out)
	return err
}
