package feed

import (
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-ical"

	"lianxin/planner"
)

// Duty is a day on which somebody has to be somewhere, with its wording.
type Duty struct {
	Event planner.Event
	Drawn Event
}

// Duties lists what a cadre's feed shows besides tasks, each with the event it was drawn from, whoever it is mailed to.
func (x *Index) Duties(id planner.CadreID, lang string) []Duty {
	c, ok := x.cadres[id]
	if !ok {
		return nil
	}
	return x.duties(c, lang)
}

// Draw words one event as its owner's feed would.
func (x *Index) Draw(e planner.Event, lang string) Event { return x.draw(e, true, lang) }

// The methods of an invitation by mail (RFC 5546 §3.2).
const (
	Request = "REQUEST"
	Cancel  = "CANCEL"
)

// Invitation writes an iTIP message about one event to one person: a REQUEST, also for a change, or a CANCEL. The sequence
// is the message's own; see [planner.Event] for how it grows.
func Invitation(e Event, method string, to Mailbox, sequence int) ([]byte, error) {
	w := &writer{out: make([]byte, 0, 2048)}
	w.raw("BEGIN", "VCALENDAR")
	w.raw("VERSION", "2.0")
	w.raw("PRODID", "-//Lianxin//Lianxin//ZH")
	w.raw("CALSCALE", "GREGORIAN")
	w.raw("METHOD", method)
	w.out = append(w.out, timezone...)
	e.Sequence = sequence
	if method == Cancel {
		e.Status, e.Alarms = planner.StatusCancelled, nil
	}
	w.attendee = &to
	w.event(&e, false)
	w.raw("END", "VCALENDAR")
	return w.out, w.err
}

// attend writes the one ATTENDEE of a message.
func (w *writer) attend(to Mailbox, cancelled bool) {
	if !plain(to.Mail) {
		w.refuse("ATTENDEE", to.Mail)
		return
	}
	w.begin("ATTENDEE")
	w.param("CN", to.Name)
	w.out = append(w.out, ";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION"...)
	if !cancelled {
		w.out = append(w.out, ";RSVP=TRUE"...)
	}
	w.out = append(w.out, ":mailto:"...)
	w.out = append(w.out, to.Mail...)
	w.end()
}

// Reply is what somebody answered to an invitation.
type Reply struct {
	UID      string
	From     string // the attendee's address, in lower case
	SentBy   string // who answered for them, in lower case; empty: they themselves
	PartStat string // accepted, declined, tentative
	Sequence int    // of the REQUEST that was answered; -1: not said
	Stamp    time.Time
}

// ParseReply reads a METHOD:REPLY. An ORGANIZER is not asked for: Exchange strips it. The error is Invalid for anything else
// than one answer of one person to one event.
func ParseReply(cal *ical.Calendar, zone *time.Location) (r Reply, err error) {
	if !strings.EqualFold(raw(cal.Props, "METHOD"), "REPLY") {
		return r, noReply("不是对邀请的答复", "it is no answer to an invitation")
	}
	var event *ical.Component
	for _, c := range cal.Children {
		if c.Name == ical.CompEvent {
			if event != nil {
				return r, noReply("答复了不止一个日程", "it answers more than one event")
			}
			event = c
		}
	}
	if event == nil || len(event.Props["ATTENDEE"]) != 1 || raw(event.Props, "UID") == "" {
		return r, noReply("缺少日程或参加人", "it lacks its event or its one attendee")
	}
	who := event.Props["ATTENDEE"][0]
	r = Reply{UID: raw(event.Props, "UID"), From: mailOf(who.Value), SentBy: mailOf(who.Params.Get("SENT-BY")), PartStat: strings.ToLower(who.Params.Get("PARTSTAT")), Sequence: -1}
	if n, err := strconv.Atoi(raw(event.Props, "SEQUENCE")); err == nil && n >= 0 {
		r.Sequence = n
	}
	switch r.PartStat {
	case "accepted", "declined", "tentative":
	default:
		return r, noReply("没有说参加、不参加或待定", "it says neither accepted nor declined nor tentative")
	}
	stamp, _, ok := instantOf(event.Props.Get("DTSTAMP"), zone)
	if !ok {
		return r, noReply("没有时间", "it has no DTSTAMP")
	}
	r.Stamp = stamp
	return r, nil
}

func mailOf(uri string) string {
	if len(uri) > 7 && strings.EqualFold(uri[:7], "mailto:") {
		uri = uri[7:]
	}
	return strings.ToLower(strings.TrimSpace(uri))
}

func noReply(zh, en string) error {
	return planner.Fail(planner.Invalid, "这封邮件"+zh+"。", "this mail is of no use: "+en+".")
}
