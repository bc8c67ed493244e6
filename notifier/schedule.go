package notifier

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Schedule is an office schedule that wakes a sweep of the caller's, such as finding new obligations, and afterwards
// the ledger's own. It says when to look, never what to do: Do asks what is due by now, so that a wake missed or made
// twice changes nothing. Do runs once at the start and never twice at a time.
type Schedule struct {
	Spec string // see [ParseSpec]
	Do   func(ctx context.Context) error
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

// clockwork nudges the channels at the times of their schedules until stop is called, which waits for the end.
type clockwork struct{ cron *cron.Cron }

func newClockwork(zone *time.Location) clockwork {
	return clockwork{cron.New(cron.WithLocation(zone), cron.WithLogger(cron.DiscardLogger))}
}

func (c clockwork) add(times cron.Schedule, wake chan<- struct{}) {
	c.cron.Schedule(times, cron.FuncJob(func() { nudge(wake) }))
}

func (c clockwork) start() { c.cron.Start() }
func (c clockwork) stop()  { <-c.cron.Stop().Done() }

// guarded runs do and turns a panic into an error: one sweep's mistake must not stop the messages.
func guarded(ctx context.Context, do func(context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return do(ctx)
}
