package notifier

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"lianxin/planner/civil"
)

// Schedule is an office schedule that runs something of the caller's, such as finding new obligations, and wakes the
// ledger's sweep afterwards. Its next instant is stored, so a program that was away knows what it has missed, and replicas
// share it.
//
// Do must be idempotent, as [Enqueue] is: an instant may be served twice, by two replicas or after a clock was set back,
// but none is left out.
type Schedule struct {
	Name string // under which its next instant is stored; empty: Spec
	Spec string // see [ParseTimes]
	Each bool   // Do runs for every instant that was missed, in order; otherwise for the last one alone, and at the start
	Do   func(ctx context.Context, due time.Time) error
}

// ParseSpec reads a cron specification of five fields ("30 7 * * 1-5") or a descriptor ("@hourly", "@every 30s"),
// optionally after "CRON_TZ=Asia/Shanghai ". It refuses what robfig/cron v3.0.1 panics on (a zone without a
// specification; its issues 470 and 554) and what it accepts though it never comes (30 February). A day of the month
// together with a weekday means either of them.
func ParseSpec(spec string) (times cron.Schedule, err error) {
	spec = strings.TrimSpace(spec)
	defer func() {
		if r := recover(); r != nil { // whatever else it panics on
			times, err = nil, fmt.Errorf("schedule %q cannot be read: %v", spec, r)
		}
	}()
	if (strings.HasPrefix(spec, "TZ=") || strings.HasPrefix(spec, "CRON_TZ=")) && !strings.Contains(spec, " ") {
		return nil, fmt.Errorf("schedule %q: a time zone and no times after it", spec)
	}
	times, err = cron.ParseStandard(spec)
	if err != nil {
		return nil, fmt.Errorf("schedule %q: %w", spec, err)
	}
	// Any fixed instant will do if 29 February lies ahead of it: cron looks five years ahead.
	if times.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, fmt.Errorf("schedule %q: that day never comes", spec)
	}
	return times, nil
}

const (
	scheduleCheck = 30 * time.Second // longest sleep of a schedule, so that it sees a clock that was set
	scheduleRetry = 2 * time.Second  // after an error of the caller's
	missedMost    = 5000             // instants of one schedule served in one go
)

var (
	readSchedule = query(`SELECT spec, next_at, changed_at FROM notifier_schedules WHERE name = ?`, onBoth)

	setSchedule = query(`
INSERT INTO notifier_schedules (name, spec, next_at, changed_at) VALUES (?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET spec = excluded.spec, next_at = excluded.next_at, changed_at = excluded.changed_at`, onBoth)

	advanceSchedule = query(`
UPDATE notifier_schedules SET next_at = ?, changed_at = ? WHERE name = ? AND spec = ? AND next_at = ?`, onBoth)
)

// serveSchedule serves the instants of s that are due, and returns how long until the next.
func (l *Ledger) serveSchedule(ctx context.Context, s Schedule, times cron.Schedule, started bool) (wait time.Duration, err error) {
	name := s.Name
	if name == "" {
		name = s.Spec
	}
	now := l.Now()
	next, err := l.nextOf(ctx, name, s.Spec, times)
	if err != nil {
		return 0, fmt.Errorf("schedule %s: %w", name, err)
	}
	if !started && !s.Each && next.After(now) {
		if err := guarded(ctx, now, s.Do); err != nil {
			return scheduleRetry, fmt.Errorf("schedule %s: %w", name, err)
		}
	}
	for served := 0; !next.After(now) && served < missedMost && ctx.Err() == nil; served++ {
		due := next
		after := l.following(times, due)
		for !s.Each && !after.After(now) {
			due, after = after, l.following(times, after)
		}
		if err := guarded(ctx, due, s.Do); err != nil {
			return scheduleRetry, fmt.Errorf("schedule %s of %s: %w", name, instantText(due), err)
		}
		n, err := execCount(ctx, l.DB, advanceSchedule, civil.At(after), civil.At(now), name, s.Spec, civil.At(next))
		if err != nil {
			return 0, fmt.Errorf("schedule %s: %w", name, err)
		}
		if n == 0 { // another replica has served it too
			return time.Millisecond, nil
		}
		next = after
	}
	return min(max(next.Sub(l.Now()), time.Millisecond), scheduleCheck), ctx.Err()
}

// following is the instant after one; a schedule that has come to its end stays silent.
func (l *Ledger) following(times cron.Schedule, due time.Time) time.Time {
	next := times.Next(due.In(l.Zone))
	if next.IsZero() {
		return farFuture
	}
	return next
}

// nextOf returns the first instant of the schedule that was not served, storing it if it is new or reads differently now.
func (l *Ledger) nextOf(ctx context.Context, name, spec string, times cron.Schedule) (time.Time, error) {
	now := l.Now()
	var row struct {
		Spec      string
		NextAt    civil.Instant `db:"next_at"`
		ChangedAt civil.Instant `db:"changed_at"`
	}
	err := l.DB.GetContext(ctx, &row, l.DB.Rebind(readSchedule), name)
	switch {
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return time.Time{}, err
	case err == nil && row.Spec == spec && !row.ChangedAt.After(now.Add(clockSkew)):
		return row.NextAt.Time, nil
	}
	next := l.following(times, now)
	if err == nil && row.Spec == spec && row.NextAt.Before(next) {
		return row.NextAt.Time, nil
	}
	_, err = execCount(ctx, l.DB, setSchedule, name, spec, civil.At(next), civil.At(now))
	return next, err
}

// serveSchedules serves all schedules once.
func (w *Worker) serveSchedules(ctx context.Context) error {
	for _, s := range w.Schedules {
		times, err := ParseTimes(s.Spec, w.Ledger.Zone, w.Ledger.workday)
		if err != nil {
			return err
		}
		if _, err := w.Ledger.serveSchedule(ctx, s, times, true); err != nil {
			return err
		}
	}
	return nil
}

// guarded runs do and turns a panic into an error: one sweep's mistake must not stop the messages.
func guarded(ctx context.Context, due time.Time, do func(context.Context, time.Time) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return do(ctx, due)
}
