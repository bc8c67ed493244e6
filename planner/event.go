package planner

import (
	"time"

	"lianxin/planner/civil"
)

// EventKind of a calendar event.
type EventKind string

const (
	EventMassWorkDay    EventKind = "mass-work-day"    // 群众工作日
	EventLeadersMeeting EventKind = "leaders-meeting"  // 群众工作领导小组会议
	EventReception      EventKind = "reception"        // 领导接访 (定点接访)
	EventVisit          EventKind = "visit"            // 走访 arranged apart from the county's days: moved, asked for
	EventReceptionDay   EventKind = "reception-day"    // 接访日: a day of reception by rule, before anybody is named
	EventFestivalVisit  EventKind = "festival-visit"   // 节前走访
	EventBeside         EventKind = "reception-beside" // 陪同接访: a cadre of the bureau sits beside the leader
	EventAppointment    EventKind = "appointment"      // 重点约访 in the calendars of its leader and of the hall: of the person, nothing
)

// EventStatus after RFC 5545 §3.8.1.11.
type EventStatus string

const (
	StatusTentative EventStatus = "tentative" // the year's holidays are not official yet: 暂定
	StatusConfirmed EventStatus = "confirmed"
	StatusCancelled EventStatus = "cancelled"
)

// Event is one entry of somebody's calendar. Key says what one UID stands for and is unique for ever:
//
//	mwd/202601             the county's mass-work-day of January
//	mwd/202601/CADREID     the same for one cadre, with the households to see
//	mtg/202601             the leaders' meeting of January
//	vis/2026-02-03/CADREID a cadre's visits of a day that is no mass-work-day of theirs
//	mwd/20260120           the same where the day comes more than once a month, by its nominal day
//	rcd/20260106           a day of reception by rule; rcd/202601-units that of the units
//	fst/2026-spring        the visits before Spring Festival; fst/2026-mid-autumn
//	rcp/2026-01-05/CADREID the assignment of a leader to a slot; a swap cancels one and makes another
//	rc2/2026-01-05/CADREID who sits beside the leader of that day
//	apt/ID/CADREID         an appointment of a leader's slot; another leader, another event
//	hrg|sqr|cvs|jnt/2026-01-05/ID  a hearing, session, case visit or joint reception
//
// UID is given once and stored whole with its host. A visible change adds one to Sequence and moves ChangedAt
// (RFC 5545 §3.8.7.4); Digest is the SHA-256 of what is visible, by which a change is known.
type Event struct {
	ID        EventID
	Key       string
	UID       string
	Kind      EventKind
	On        civil.Date
	From      civil.Clock // with Until == From the event lasts all day
	Until     civil.Clock
	NominalOn civil.Date // the day the rule names (the 15th); differs from On after 顺延
	Why       Text       // why it is not on the nominal day; empty if it is
	Cadre     CadreID    // whose event; empty: the county's
	Village   AreaCode   // where a mass-work-day is spent; may be empty
	Place     string     // hall or room; may be empty
	Status    EventStatus
	Sequence  int
	Digest    string
	CreatedAt time.Time
	ChangedAt time.Time // LAST-MODIFIED and DTSTAMP
	About     Text      // what an occasion is about; of a day by rule the office's own name of it; empty for all that needs no words
}

// Name is the office's own name of a day that a rule lays, as inside a sentence (帮扶走访日); empty if it goes by the usual one.
func (e Event) Name() Text {
	switch e.Kind {
	case EventMassWorkDay, EventLeadersMeeting, EventReceptionDay:
		return e.About
	}
	return Text{}
}

// AllDay reports whether the event has no clock times.
func (e Event) AllDay() bool { return e.From == e.Until }

// VisitState of a visit: planned → done | not-home | declined | moved | cancelled.
type VisitState string

const (
	VisitPlanned   VisitState = "planned"
	VisitDone      VisitState = "done"
	VisitNotHome   VisitState = "not-home"
	VisitDeclined  VisitState = "declined"
	VisitMoved     VisitState = "moved"
	VisitCancelled VisitState = "cancelled"
)

// Counts reports whether a visit in this state is one that the household has had or is to have: not one that was moved or
// cancelled, nor one that it declined at the door.
func (s VisitState) Counts() bool {
	return s == VisitPlanned || s == VisitDone || s == VisitNotHome
}

// Visit 走访 is one household seen on one day by one cadre. It holds a civil date, never a time of arrival or a place.
type Visit struct {
	ID        VisitID
	Event     EventID // the cadre's mass-work-day
	Cadre     CadreID
	Household HouseholdID
	On        civil.Date
	Stop      int // order of stops on the day, from 1
	Hours     Hours
	State     VisitState
	StandsFor CadreID // 替访: whose visit this is, while Cadre goes in their place; empty: Cadre's own
	Companion CadreID // 合并走访: whom another unit sends along instead of coming on a day of its own; may be empty
}
