package feed

import (
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// Calendar is one feed: the properties of its VCALENDAR and its events. The zero value with an ID and a Product encodes
// to a valid calendar without events.
type Calendar struct {
	ID       string // X-WR-RELCALID: names the calendar itself; whole, with host
	Product  string // PRODID
	Name     string
	About    string    // DESCRIPTION and X-WR-CALDESC
	Color    Color     // zero: no colour
	Modified time.Time // LAST-MODIFIED; zero: left out
	Events   []Event   // written sorted by day, From and UID
}

// Color is a colour by its CSS3 name, as COLOR wants it (RFC 7986 §5.9), and as #RRGGBB, as Apple's property does.
type Color struct{ Name, Hex string }

// Class of an event (RFC 5545 §3.8.1.3). The zero value is public.
type Class int

const (
	Public Class = iota
	Private
)

// Mailbox is a name and an address.
type Mailbox struct{ Name, Mail string }

// Relation is a RELATED-TO (RFC 5545 §3.8.4.5, RFC 9253 §4.1). An empty Type is PARENT.
type Relation struct{ Type, UID string }

// Event is one VEVENT, ready to write: every text is already in the feed's language. Times are wall-clock times of
// Asia/Shanghai; with From == Until the event lasts the whole of On.
type Event struct {
	UID         string    // whole, with host
	Stamp       time.Time // DTSTAMP and LAST-MODIFIED: when it last changed
	Created     time.Time
	Sequence    int
	On          civil.Date
	From, Until civil.Clock
	Summary     string
	Description string
	Location    string
	Categories  []string
	Status      planner.EventStatus
	Transparent bool // does not make its reader busy
	Class       Class
	URL         string
	Organizer   Mailbox // METHOD:PUBLISH wants one in every event (RFC 5546 §3.2.1)
	Contact     string
	Resources   []string
	Related     []Relation
	Alarms      []Alarm // at most two are written: clients drop or refuse more
}

// Alarm is a VALARM that shows Say some time before the event begins. Google and Outlook ignore the alarms of
// subscriptions, so an alarm is never the only reminder.
type Alarm struct {
	Before time.Duration // whole minutes, over zero
	Say    string
}

// AllDay reports whether the event has no clock times.
func (e Event) AllDay() bool { return e.From == e.Until }
