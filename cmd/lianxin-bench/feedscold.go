package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"runtime"
	"time"

	"lianxin/planner/feed"
	"lianxin/planner/pipeline"
)

// coldFigure is what a feed costs before it is kept.
type coldFigure struct {
	Name      string  `json:"name"`
	CPU       float64 `json:"cpu_ms"`
	Allocs    float64 `json:"allocs_per_event"`
	PerSecond float64 `json:"events_per_s,omitempty"` // on one core
}

// cold draws a leader's feed again and again: the encoder alone; from rows in memory to the digest and the gzip form; and
// the same from the database, which is what the first fetch after a change waits for.
func cold(ctx context.Context, app *pipeline.App, events int) ([]coldFigure, error) {
	f, err := app.FeedOf(ctx, benchSystem, "cadre", "C1")
	if err != nil {
		return nil, err
	}
	cal, err := feed.Parse(bytes.NewReader(f.Plain()))
	if err != nil {
		return nil, err
	}
	if len(cal.Events) != events {
		return nil, fmt.Errorf("the feed has %d events, want %d", len(cal.Events), events)
	}
	x := feed.NewIndex(benchSource(app, events))
	var buf []byte
	var list []coldFigure
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"encode", func() (err error) { buf, err = feed.Append(buf[:0], cal); return err }},
		{"draw … gzip", func() error {
			c, err := x.Build(feed.KindCadre, "C1", "zh")
			if err != nil {
				return err
			}
			b, err := feed.Append(nil, c)
			sha256.Sum256(b)
			pipeline.Squeeze(b)
			return err
		}},
		{"database … gzip", func() error {
			f, err := app.FeedOf(ctx, benchSystem, "cadre", "C1")
			if err == nil {
				pipeline.Squeeze(f.Body)
			}
			return err
		}},
	} {
		c, err := repeat(step.name, events, step.do)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", step.name, err)
		}
		list = append(list, c)
	}
	return list, nil
}

// repeat does a thing for a while, and once more to count its allocations. Processor time is that of the whole process, the
// collector's with it.
func repeat(name string, events int, do func() error) (c coldFigure, err error) {
	for range 20 {
		if err := do(); err != nil {
			return c, err
		}
	}
	c = coldFigure{Name: name, CPU: -1}
	for range 5 { // the least of five: what else the machine did only ever adds
		n, before := 0, cpuTime()
		for start := time.Now(); time.Since(start) < 100*time.Millisecond || n < 20; n++ {
			if err := do(); err != nil {
				return c, err
			}
		}
		if ms := (cpuTime() - before).Seconds() * 1000 / float64(n); c.CPU < 0 || ms < c.CPU {
			c.CPU = ms
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 20 {
		if err := do(); err != nil {
			return c, err
		}
	}
	runtime.ReadMemStats(&after)
	c.Allocs = float64(after.Mallocs-before.Mallocs) / 20 / float64(events)
	c.PerSecond = float64(events) / c.CPU * 1000
	return c, nil
}
