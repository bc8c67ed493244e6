package pipeline

import (
	"log/slog"
	"sync"
	"time"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/followup"
	"lianxin/planner/rule"
	"lianxin/planner/store"
)

// App joins the stages with their database. Its methods are the use cases; each takes the Principal who asks.
type App struct {
	DB      *store.DB
	Now     func() time.Time // the only clock
	Zone    *time.Location   // of the office; Asia/Shanghai by default
	NewID   planner.NewID
	Series  func() planner.NewID // a source for the many records of one import or plan; nil: NewID
	Host    string               // right-hand side of every UID, for ever: lianxin.example
	BaseURL string               // of links in mails and feeds, without a final slash
	Office  Office
	Preset  string      // of the planning rules; "yima"
	Policy  rule.Policy // what the office changes of the preset in new plans; zero: nothing

	Care []followup.Care // what comes round for households' needs; empty: nothing

	Ladder followup.Ladder // when each rung hears of an overdue task; no limits: 1, 3 and 5 working days

	Templates Templates // the office's own words of reminders; empty: those of the program

	// Channels carry reminders, the preferred one first. "mail" and "sms" take people with a contact; every other channel
	// reaches anybody by name. [SlipChannel], the print-out that a liaison hands over, should come last: then nobody is
	// out of reach.
	Channels []notifier.Channel
	Authserv string // the mail server whose Authentication-Results are trusted (RFC 8601); empty: answers' senders are taken at their word
	Log      *slog.Logger

	explained explained
	swept     sweptMark
	calendars calendarCache
	davProps  sync.Map // account → how its programs show collections
	programs  sync.Map // login and hash of a program's password → program
}

// series is a source of IDs for records that are made and stored together.
func (a *App) series() planner.NewID {
	if a.Series == nil {
		return a.NewID
	}
	return a.Series()
}

// Office is what notices and feeds say of the office itself. Its phone is the only phone that any page shows.
type Office struct {
	County string // 义马市
	Name   string // 义马市信访局
	Hall   string // 义马市群众来访接待中心
	Phone  string
	Mail   string // ORGANIZER of feeds, sender of mails
}
