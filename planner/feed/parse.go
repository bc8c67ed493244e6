package feed

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-ical"

	"lianxin/planner/civil"
)

// parseEvent reads one VEVENT that [Encode] wrote.
func parseEvent(c *ical.Component) (Event, error) {
	p := c.Props
	for _, name := range []string{"UID", "DTSTAMP", "DTSTART", "DTEND"} {
		if len(p[name]) != 1 {
			return Event{}, unread(name, fmt.Errorf("%d of it in one event", len(p[name])))
		}
	}
	for _, name := range []string{"RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"} {
		if len(p[name]) > 0 {
			return Event{}, unread(name, errors.New("a feed of ours has no recurrence"))
		}
	}
	e := Event{
		UID: raw(p, "UID"), Summary: text(p, "SUMMARY"), Description: text(p, "DESCRIPTION"), Location: text(p, "LOCATION"),
		Categories: list(p, "CATEGORIES"), Status: statuses[raw(p, "STATUS")], Transparent: raw(p, "TRANSP") == "TRANSPARENT",
		URL: raw(p, "URL"), Contact: text(p, "CONTACT"), Resources: list(p, "RESOURCES"),
	}
	if raw(p, "CLASS") == "PRIVATE" {
		e.Class = Private
	}
	if o := p.Get("ORGANIZER"); o != nil {
		e.Organizer = Mailbox{o.Params.Get("CN"), strings.TrimPrefix(o.Value, "mailto:")}
	}
	for _, r := range p["RELATED-TO"] {
		e.Related = append(e.Related, Relation{r.Params.Get("RELTYPE"), r.Value})
	}
	var err error
	if e.Stamp, err = p.DateTime("DTSTAMP", nil); err != nil {
		return Event{}, unread("DTSTAMP", err)
	}
	if p.Get("CREATED") != nil {
		if e.Created, err = p.DateTime("CREATED", nil); err != nil {
			return Event{}, unread("CREATED", err)
		}
	}
	if s := raw(p, "SEQUENCE"); s != "" {
		if e.Sequence, err = strconv.Atoi(s); err != nil {
			return Event{}, unread("SEQUENCE", err)
		}
	}
	if err := e.parseTimes(p.Get("DTSTART"), p.Get("DTEND")); err != nil {
		return Event{}, err
	}
	for _, child := range c.Children {
		if child.Name != ical.CompAlarm {
			continue
		}
		a, err := parseAlarm(child)
		if err != nil {
			return Event{}, err
		}
		e.Alarms = append(e.Alarms, a)
	}
	return e, nil
}

func (e *Event) parseTimes(start, end *ical.Prop) error {
	from, at, err := parseTime(start)
	if err != nil {
		return unread("DTSTART", err)
	}
	until, to, err := parseTime(end)
	if err != nil {
		return unread("DTEND", err)
	}
	e.On, e.From, e.Until = from, at, to+civil.Clock(24*60*until.Sub(from))
	if day := start.ValueType() == ical.ValueDate; day {
		e.Until -= 24 * 60 // the end is exclusive: one whole day has From == Until
	}
	if e.Until < e.From || e.Until > 24*60 {
		return unread("DTEND", errors.New("the event does not end on its day"))
	}
	return nil
}

// parseTime reads a day, or a clock time of Asia/Shanghai.
func parseTime(p *ical.Prop) (civil.Date, civil.Clock, error) {
	layout := "20060102"
	if p.ValueType() != ical.ValueDate {
		if layout = "20060102T150405"; p.Params.Get("TZID") != TZID {
			return civil.Date{}, 0, fmt.Errorf("TZID %q is not %s", p.Params.Get("TZID"), TZID)
		}
	}
	t, err := time.Parse(layout, p.Value)
	if err != nil {
		return civil.Date{}, 0, err
	}
	return civil.DateIn(t, time.UTC), civil.Clock(t.Hour()*60 + t.Minute()), nil
}

func parseAlarm(c *ical.Component) (Alarm, error) {
	p := c.Props.Get("TRIGGER")
	if p == nil {
		return Alarm{}, unread("TRIGGER", errors.New("an alarm without it"))
	}
	d, err := p.Duration()
	if err != nil {
		return Alarm{}, unread("TRIGGER", err)
	}
	return Alarm{-d, text(c.Props, "DESCRIPTION")}, nil
}
