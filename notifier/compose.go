package notifier

import (
	"time"

	"lianxin/planner/civil"
)

// letter is a delivery to be made: what one person gets in one message.
type letter struct {
	urgent  bool
	slot    int // 1 to 3; 0 for an urgent one
	notices []Notice
}

// hold puts a notice off.
type hold struct {
	notice string
	until  time.Time
	why    string
}

// waiting is a scheduled notice of one person. ripe: it is due and nothing keeps it; otherwise it is due later today.
type waiting struct {
	Notice
	ripe bool
}

// unreachablePause is how long an urgent notice waits for a person who cannot be reached; others wait for the next digest.
const unreachablePause = 10 * time.Minute

// compose decides what one person gets now. ns are the person's scheduled notices that are due today or earlier, used
// is how many of the day's messages are spent.
//
// Urgent notices go at once in one message. The day's first other message is the digest and takes along what is due
// later that day, so that a day has one message as a rule. A second or third goes only with what would be useless by
// the next digest. While the person is muted, before the hour that they chose, in quiet hours and on days off the rest waits; a day off lets through what would be useless after it.
func (l *Ledger) compose(now time.Time, p Person, ns []waiting, used int) (letters []letter, holds []hold) {
	today := civil.DateIn(now, l.Zone)
	clock := l.clock(now)
	next := l.nextDigest(p, today)
	var urgent, ripe, later []Notice
	for _, n := range ns {
		switch {
		case n.Urgent && n.ripe:
			urgent = append(urgent, n.Notice)
		case n.ripe:
			ripe = append(ripe, n.Notice)
		case !n.Urgent:
			later = append(later, n.Notice)
		}
	}
	if len(p.Addresses) == 0 {
		return nil, append(put(urgent, now.Add(unreachablePause), whyNoChannel), put(ripe, next, whyNoChannel)...)
	}
	if len(urgent) > 0 {
		letters = append(letters, letter{urgent: true, notices: urgent})
	}
	if len(ripe) == 0 {
		return letters, nil
	}
	if today.Before(p.MuteUntil) {
		return letters, put(ripe, l.nextDigest(p, p.MuteUntil.AddDays(-1)), whyMuted)
	}
	if p.quiet(clock) {
		return letters, put(ripe, l.endOfQuiet(p, today, clock), whyQuiet)
	}
	why := whyDailyLimit
	switch dayOff := !p.AnyDay && !l.workday(today); {
	case !dayOff && used == 0 && clock < p.DigestAt:
		ripe, holds = split(ripe, today.At(p.DigestAt, l.Zone), whyDigest)
	case dayOff:
		why = whyDayOff
		ripe, holds = split(ripe, next, why)
	case used == 0:
		ripe = append(ripe, later...)
	default:
		ripe, holds = split(ripe, next, why)
	}
	if used >= maxPerDay {
		return letters, append(holds, put(ripe, next, whyDailyLimit)...)
	}
	if len(ripe) > 0 {
		letters = append(letters, letter{slot: used + 1, notices: ripe})
	}
	return letters, holds
}

// split keeps what would be useless at next and puts the rest off until then.
func split(ns []Notice, next time.Time, why string) (keep []Notice, holds []hold) {
	for _, n := range ns {
		if !n.ExpiresAt.IsZero() && !n.ExpiresAt.After(next) {
			keep = append(keep, n)
		} else {
			holds = append(holds, hold{n.ID, next, why})
		}
	}
	return keep, holds
}

func put(ns []Notice, until time.Time, why string) (holds []hold) {
	for _, n := range ns {
		holds = append(holds, hold{n.ID, until, why})
	}
	return holds
}

// clock is the office's time of day at t, in whole minutes.
func (l *Ledger) clock(t time.Time) civil.Clock {
	local := t.In(l.Zone)
	return civil.Clock(local.Hour()*60 + local.Minute())
}

// endOfQuiet is when the quiet hours end in which clock of today lies.
func (l *Ledger) endOfQuiet(p Person, today civil.Date, clock civil.Clock) time.Time {
	if clock >= p.QuietUntil {
		today = today.AddDays(1)
	}
	return today.At(p.QuietUntil, l.Zone)
}

// longestHoliday bounds the search for a working day, so that a calendar without any cannot hang a sweep.
const longestHoliday = 30

// nextDigest is the first instant after today at which a digest may go to the person.
func (l *Ledger) nextDigest(p Person, today civil.Date) time.Time {
	day := today.AddDays(1)
	for range longestHoliday {
		if p.AnyDay || l.workday(day) {
			break
		}
		day = day.AddDays(1)
	}
	clock := max(l.digestAt(), p.DigestAt)
	if p.quiet(clock) {
		clock = p.QuietUntil
	}
	return day.At(clock, l.Zone)
}
