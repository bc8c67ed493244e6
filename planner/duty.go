package planner

import (
	"slices"
	"time"

	"lianxin/planner/civil"
)

// IDs of what belongs to receptions and meetings.
type (
	SwapID   string
	AgendaID string
)

// The other kinds of events of the practice (定点接访 and 例会 stand in event.go).
const (
	EventHearing        EventKind = "hearing"         // 听证会: the decision waits until it is heard
	EventSquare         EventKind = "square"          // 政务广场: departments answer in public
	EventCaseVisit      EventKind = "case-visit"      // 带案下访: a leader goes to a village about one matter
	EventJointReception EventKind = "joint-reception" // 联合接访: several departments, at most five representatives
	EventFestivalCall   EventKind = "festival-call"   // 节前慰问: a leader calls on a group, enterprise or institution before a festival
)

// Public reports whether an event of the kind is announced to everybody.
func (k EventKind) Public() bool { return k == EventReception || k == EventHearing || k == EventSquare }

// Occasion reports whether the kind is set by hand, one by one.
func (k EventKind) Occasion() bool { return slices.Contains(Occasions, k) }

// Occasions are the kinds that are set by hand, in the order in which lists offer them.
var Occasions = []EventKind{EventHearing, EventSquare, EventCaseVisit, EventJointReception, EventFestivalCall}

// Subject names a task or a matter by kind and ID, so that whoever takes it up need not know its table.
type Subject struct {
	Kind string `json:"kind"` // "task", "matter"; empty: none
	Ref  string `json:"ref"`
}

// SwapKind says why a slot changes hands.
type SwapKind string

const (
	SwapWish    SwapKind = "swap"    // 调换: two leaders agree
	SwapAbsence SwapKind = "absence" // 请假: told in time, somebody takes over
	SwapDeputy  SwapKind = "deputy"  // 补位: told too late, the deputy steps in
)

// SwapState: asked → accepted → approved; declined by the taker, refused by the planner, withdrawn by the giver.
type SwapState string

const (
	SwapAsked     SwapState = "asked"
	SwapAccepted  SwapState = "accepted"
	SwapApproved  SwapState = "approved"
	SwapDeclined  SwapState = "declined"
	SwapRefused   SwapState = "refused"
	SwapWithdrawn SwapState = "withdrawn"
)

// Open reports whether the wish still waits for somebody.
func (s SwapState) Open() bool { return s == SwapAsked || s == SwapAccepted }

// Swap 调换 gives the reception of one day to another leader, who may give a day in return.
type Swap struct {
	ID       SwapID     `json:"id"`
	Kind     SwapKind   `json:"kind"`
	On       civil.Date `json:"on"`
	Giver    CadreID    `json:"giver"`
	Taker    CadreID    `json:"taker"`
	OtherOn  civil.Date `json:"other_on,omitzero"` // the taker's day that the giver takes; zero: none
	State    SwapState  `json:"state"`
	Reason   string     `json:"-"` // the planner's alone: others read 工作调整
	AskedOn  civil.Date `json:"asked_on"`
	Settled  civil.Date `json:"settled_on,omitzero"`
	Revision int        `json:"revision"`
}

// DutyBalance is one leader's year in the ledger of fairness, see calendar.Duty.
type DutyBalance struct {
	Year    int
	Heads   bool
	Cadre   CadreID
	Slots   int
	Weight  int
	Share   int64      // thousandths of a slot
	Balance int64      // millionths of a slot
	Since   civil.Date // the day from which they count in the circle; zero: the first of the year
}

// ReceptionDay is what a reception day has besides its leader.
type ReceptionDay struct {
	On     civil.Date
	Deputy CadreID // 补位领导
	Theme  Text    // 专题
	Second CadreID // 陪同: sits beside the leader; empty unless the office's rule asks for it
}

// Occasion is what a hearing, session, case visit or joint reception has besides its event.
type Occasion struct {
	Event           EventID  `json:"event"`
	Units           []UnitID `json:"units,omitempty"`
	Representatives int      `json:"representatives,omitempty"` // a number, never a name
	About           Subject  `json:"about,omitzero"`
	DecisionWaits   bool     `json:"decision_waits,omitempty"` // 暂缓决策: nothing is decided before it is heard
	Heard           bool     `json:"heard,omitempty"`
}

// ItemOutcome is what became of an item.
type ItemOutcome string

const (
	OutcomeOnTheSpot ItemOutcome = "on-the-spot" // 当场答复
	OutcomeTask      ItemOutcome = "task"        // 限期答复、交办: became a task
	OutcomeNoted     ItemOutcome = "noted"       // 研究后不需另办
)

// AgendaItem is one thing that a meeting takes up, or one question asked at a session.
type AgendaItem struct {
	ID       AgendaID    `json:"id"`
	Event    EventID     `json:"event"`
	Place    int         `json:"place"`
	About    Subject     `json:"about,omitzero"`
	Title    string      `json:"title"`
	Outcome  ItemOutcome `json:"outcome,omitempty"`
	Decision string      `json:"decision,omitempty"`
	Task     TaskID      `json:"task,omitempty"`
}

// Cutoff is a meeting's data cut-off: figures as they stood at an instant between the mass-work-day and the meeting.
type Cutoff struct {
	Event   EventID
	At      time.Time
	Figures string // JSON of the brief
}

// TaskDecision 交办: decided by a meeting or promised at a session, with a due day.
const TaskDecision TaskKind = "decision"
