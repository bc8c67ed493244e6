package planner

import (
	"strings"

	"lianxin/planner/civil"
)

// IDs of what the counter keeps.
type (
	AppointmentID  string
	WalkInID       string
	PublicNoticeID string // of a published notice of receptions
)

// AppointmentState of an appointment: booked → confirmed | refused; booked | confirmed → received | absent | cancelled. Moving one
// asks anew.
type AppointmentState string

const (
	AppointmentBooked    AppointmentState = "booked"    // asked for; the seat is held
	AppointmentConfirmed AppointmentState = "confirmed" // the counter accepted it, or said nothing until bookings closed
	AppointmentRefused   AppointmentState = "refused"   // by the counter, with its reason; the seat is free again
	AppointmentReceived  AppointmentState = "received"
	AppointmentAbsent    AppointmentState = "absent"    // nobody came; it is counted nowhere
	AppointmentCancelled AppointmentState = "cancelled" // its seat is free again
)

// Stands reports whether somebody is expected.
func (s AppointmentState) Stands() bool { return s == AppointmentBooked || s == AppointmentConfirmed }

// Refusal is why the counter refuses an appointment. The list is closed: the person reads a sentence of the rules, and nothing
// that a clerk thinks of them. [domain.md §2.2, 乐清 2016]
type Refusal string

const (
	RefusalScope   Refusal = "scope"   // outside the leader's portfolio
	RefusalProcess Refusal = "process" // in process for less than two months
	RefusalFinal   Refusal = "final"   // concluded: 已有复核意见
	RefusalLaw     Refusal = "law"     // 诉访分离: a court, an arbitration or the like decides it
)

// Refusals in the order of the forms.
var Refusals = []Refusal{RefusalScope, RefusalProcess, RefusalFinal, RefusalLaw}

// AppointmentRef is by what calendars, the counter and the leader's page name an appointment: a few letters of its ID, which tell
// nothing of anybody. It is no code that opens anything.
func AppointmentRef(id AppointmentID) string {
	return strings.ToUpper(string(id[max(0, len(id)-5):]))
}

// Seat is one place in the queue of a reception slot. It exists before anybody books it.
type Seat struct {
	Slot string // rcp/2026-03-02, whoever receives that day
	On   civil.Date
	Seat int // from 1, in the order in which people are received
}

// SlotKey is the slot of a day's reception, whoever receives.
func SlotKey(on civil.Date) string { return "rcp/" + on.String() }

// Appointment 约访 holds one seat. The name is masked or empty (anonymous); name, contact and words are sealed at rest and are
// gone once PurgedOn is set.
type Appointment struct {
	ID       AppointmentID
	Seat     // Seat.Seat is 0 once it is cancelled or refused
	State    AppointmentState
	Refusal  Refusal // set if and only if it was refused
	Subject  string  // what it is about, of the leader's portfolio 分管
	Persons  int     // who come: at most [MostRepresentatives]
	Name     string
	Contact  string
	Words    string
	CodeHash string   // of the slip's code, which is kept nowhere
	Matter   MatterID // made of it at the counter; may be empty
	BookedOn civil.Date
	PurgedOn civil.Date
	Revision int
}

// WalkInState of somebody who came without an appointment.
type WalkInState string

const (
	WalkInWaiting  WalkInState = "waiting"
	WalkInReceived WalkInState = "received"
	WalkInLeft     WalkInState = "left"
)

// WalkIn 现场来访 is a running number of the day and nothing about who came.
type WalkIn struct {
	ID      WalkInID    `json:"id"`
	On      civil.Date  `json:"on"`
	Number  int         `json:"number"`
	State   WalkInState `json:"state"`
	Subject string      `json:"subject,omitempty"`
	Persons int         `json:"persons"`
}

// LateWhy is why a notice, or a change of it, was published less than [NoticeDays] before. The list is closed: a free text would
// tell of somebody's illness.
type LateWhy string

const (
	LateDuty    LateWhy = "duty"    // 工作调整
	LateHoliday LateWhy = "holiday" // the holidays were announced late
	LateFirst   LateWhy = "first"   // the first notice from this system
	LateUrgent  LateWhy = "urgent"  // 临时公务
)

// LateWhys in the order of the forms.
var LateWhys = []LateWhy{LateDuty, LateUrgent, LateHoliday, LateFirst}

// NoticeDays is how long before a reception its notice is published at the latest. [domain.md §2.2: 区局制度, publish ≥2 days before]
const NoticeDays = 2

// NoticeLine is one reception as a published notice names it.
type NoticeLine struct {
	On     civil.Date  `json:"on"`
	From   civil.Clock `json:"from"`
	Until  civil.Clock `json:"until"`
	Leader string      `json:"leader"`
	Title  string      `json:"title"`
	Place  string      `json:"place"`
	Scope  string      `json:"scope,omitempty"` // 分管工作; notices from before it was kept have none
}

// Same reports whether two lines say the same. A scope that was not kept is taken as the same.
func (l NoticeLine) Same(o NoticeLine) bool {
	if l.Scope == "" || o.Scope == "" {
		l.Scope, o.Scope = "", ""
	}
	return l == o
}

// PublicNotice 公示 is what was published for a month on a day. A later turn of the month replaces the ones before.
type PublicNotice struct {
	ID       PublicNoticeID `json:"id"`
	Month    string         `json:"month"` // 2026-03
	Turn     int            `json:"turn"`  // from 1
	IssuedOn civil.Date     `json:"issued_on"`
	Late     LateWhy        `json:"late,omitempty"` // empty: in time
	Lines    []NoticeLine   `json:"lines"`
}
