package planner

import "lianxin/planner/civil"

// SendWish 接收设置 is how a person wants to be told. Urgent notices pass all of it but the channels.
type SendWish struct {
	Cadre      CadreID
	Channels   []string    // names, the preferred one first; the others are not used, except the printed slip; empty: the office's order
	QuietFrom  civil.Clock // quiet hours begin; may be later than QuietUntil, then they span midnight
	QuietUntil civil.Clock // quiet hours end (exclusive)
	DigestAt   civil.Clock // when the day's digest goes; 0: as soon as there is something to say
	AnyDay     bool        // also on days off
	MuteUntil  civil.Date  // nothing but urgent notices before this day; zero: not muted
	Lang       string      // "zh" or "en"
}

// ActingHolder 主持工作 answers for a unit in its holder's place: told by the ladder whatever the unit's own people are.
type ActingHolder struct {
	Unit  UnitID
	Cadre CadreID
	From  civil.Date
	Until civil.Date // exclusive; zero: until it is taken back
}

// Acts reports whether the holder acts on a day.
func (h ActingHolder) Acts(on civil.Date) bool {
	return !on.Before(h.From) && (h.Until.IsZero() || on.Before(h.Until))
}

// TaskAck 知悉: somebody whom the ladder told of an overdue task says that they know. It closes nothing.
type TaskAck struct {
	ID    string
	Task  TaskID
	Cadre CadreID
	Rung  int
	On    civil.Date
}

// The ways in which a household hears that its visit is planned or moved.
const (
	HouseholdByRoom  = "room"  // the contact of its room brings the slip
	HouseholdByPhone = "phone" // a message to the number that it left
	HouseholdByNone  = "none"  // it wants no notice
)

// HouseholdWay is what a household chose.
type HouseholdWay struct {
	Household HouseholdID
	Way       string
}
