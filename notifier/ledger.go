package notifier

import (
	"log/slog"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/planner/civil"
)

// Ledger 台账 is the one place where it stands who must be told what and what became of it. The functions make it
// independent of who people are and how texts read. It is safe for concurrent use if its functions are.
type Ledger struct {
	DB        *sqlx.DB               // the writer: on SQLite a pool of one connection
	Zone      *time.Location         // of the office: days, quiet hours and digests are its
	Now       func() time.Time       // the clock of due instants; heartbeats do not use it
	Find      FindFunc               // never called inside a transaction of the ledger
	Reveal    RevealFunc             // nil: addresses come with Find
	Render    RenderFunc             //
	IsWorkday func(civil.Date) bool  // on other days only urgent notices go out; nil: every day is one
	SendAgain func(rule string) bool // policy for uncertain deliveries without look-up; nil: show them to a person
	DigestAt  civil.Clock            // from when on a day's digest may go if something was put off to it; zero: 08:00
	Log       *slog.Logger           // nil: no log
}

// Swept says what a sweep did.
type Swept struct {
	Due       int // notices that are now carried by a delivery
	Messages  int // deliveries made
	Held      int // notices put off: quiet hours, day off, daily limit, no channel
	Expired   int // notices that became useless, each with a note
	Withdrawn int // deliveries with nothing left to say
}

// cutNote splits "quiet-hours; rest" into its first note and the rest.
func cutNote(why string) (head, tail string, found bool) { return strings.Cut(why, "; ") }

func (l *Ledger) logger() *slog.Logger {
	if l.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return l.Log
}

func (l *Ledger) digestAt() civil.Clock {
	if l.DigestAt == 0 {
		return civil.MustClock("08:00")
	}
	return l.DigestAt
}

func (l *Ledger) workday(d civil.Date) bool { return l.IsWorkday == nil || l.IsWorkday(d) }
