package main

import (
	"context"
	"fmt"
	"time"

	"lianxin/notifier"
)

// morningVendors are six vendors of the product with the budgets that it keeps at them: three groups' bots, an SMS vendor, an
// app's messages, and one that is dead.
var morningVendors = [6]struct {
	name   string
	limits []notifier.Limit
}{
	{"WeCom bot", notifier.WeComBot{}.Limits()},
	{"DingTalk bot", notifier.DingTalkBot{}.Limits()},
	{"Feishu bot", notifier.FeishuBot{}.Limits()},
	{"Aliyun SMS", notifier.AliyunSMS{}.Limits()},
	{"Feishu app", notifier.FeishuApp{}.Limits()},
	{"dead", nil},
}

const morningLook = 150 * time.Second // how long the run with the vendors' budgets is watched

// morning sends the reminders of one instant over six vendors, the last of which is dead.
func (c *remindCmd) morning(ctx context.Context, s *settings) error {
	url, cleanup, err := c.database(ctx)
	if err != nil {
		return err
	}
	defer cleanup()
	p, err := startProviders(c.Reminders, c.Seed, faults{})
	if err != nil {
		return err
	}
	defer p.close()
	db, err := openLedger(url, c.Full)
	if err != nil {
		return err
	}
	defer db.Close()
	dead := "keyed6"
	p.dead[dead], p.keep = true, true
	p.due = time.Now().Add(20 * time.Second)
	var lines []lineSpec
	for i, v := range morningVendors {
		line := lineSpec{Name: fmt.Sprintf("keyed%d", i+1)}
		if c.Morning == "vendor" {
			line.Limits = v.limits
		}
		lines = append(lines, line)
	}
	ns := make([]notifier.Notice, c.Reminders)
	for i := range ns {
		ns[i] = notifier.Notice{Recipient: fmt.Sprintf("%s-%07d", lines[i%6].Name, i), Subject: fmt.Sprintf("r%07d", i), Rule: "bench", DueAt: p.due}
	}
	for from := 0; from < len(ns); from += 2000 {
		if err := enter(ctx, db, time.Now(), ns[from:min(from+2000, len(ns))]); err != nil {
			return err
		}
	}
	crew := c.crew(p, url)
	crew.kills, crew.order.Lines = 0, lines
	working, finish := context.WithCancel(ctx)
	crewed := make(chan error, 1)
	go func() { crewed <- crew.run(working, c.Workers) }()
	alive := c.Reminders - c.Reminders/6
	deadline := p.due.Add(10 * time.Minute)
	if c.Morning == "vendor" {
		deadline = p.due.Add(morningLook)
	}
	for p.count() < alive && time.Now().Before(deadline) && ctx.Err() == nil {
		time.Sleep(50 * time.Millisecond)
	}
	took := time.Since(p.due)
	finish()
	if err := <-crewed; err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p99 := quantile(p.late, 0.99)
	s.note("%d of %d reminders over five live vendors %.1f s after they were due, p99 of lateness %.1f s; the sixth is dead", p.handed, alive, took.Seconds(), p99.Seconds())
	s.note("%.0f a minute: %.0f times GoAlert's ceiling of 60 a minute and channel, %.0f times CHT's 25 a minute", float64(p.handed)/took.Minutes(),
		float64(p.handed)/took.Minutes()/60, float64(p.handed)/took.Minutes()/25)
	if c.Morning != "vendor" {
		if p.handed < alive || took > time.Minute || p99 > 30*time.Second {
			return fmt.Errorf("%d of %d in %v, p99 %v: want all within 60 s, p99 within 30 s", p.handed, alive, took, p99)
		}
		return nil
	}
	for i, line := range lines {
		for _, l := range line.Limits {
			n := densest(p.came[line.Name], l.Per)
			all := time.Duration(float64(c.Reminders/6) / float64(l.N) * float64(l.Per))
			s.note("%s: at most %d in any %v (budget %d); all %d of it take %v by that budget", morningVendors[i].name, n, l.Per, l.N, c.Reminders/6, all.Round(time.Second))
			if n > l.N {
				return fmt.Errorf("%s: %d messages in %v, budget %d", morningVendors[i].name, n, l.Per, l.N)
			}
		}
	}
	return nil
}

// densest is the largest number of messages in any window of the length.
func densest(at []time.Time, per time.Duration) (most int) {
	from := 0
	for i := range at { // as they came
		for at[i].Sub(at[from]) >= per {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}
