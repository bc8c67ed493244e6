package main

import (
	"context"
	"fmt"
	"time"

	"lianxin/notifier"
	"lianxin/planner/pipeline"
)

// remindHealthCmd shows how the processes do that send.
type remindHealthCmd struct{}

// Run writes nothing.
func (remindHealthCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "remind", func(app *pipeline.App) error {
		list, err := app.SendingHealth(ctx, operator("remind"))
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(list)
		}
		var rows [][]string
		for _, w := range list {
			alive := "否 no"
			if w.Alive {
				alive = "是 yes"
			}
			rows = append(rows, []string{w.Name, alive, w.BeatAt.In(s.zone).Format("01-02 15:04:05"), fmt.Sprint(w.Leased), "", "", ""})
			for _, h := range w.Channels {
				rows = append(rows, []string{"", "", "", "", h.Channel, pipeline.BreakerText[h.State].In(s.Lang), failures(h)})
			}
		}
		table(s.out, []string{"进程 process", "在岗 alive", "最近心跳 last beat", "在手 in hand", "渠道 channel", "状态 state", "连续失败 failures"}, rows)
		return nil
	})
}

// failures words how often a channel failed in a row and when it is tried next.
func failures(h notifier.Health) string {
	if h.PauseMS == 0 {
		return fmt.Sprint(h.Failures)
	}
	return fmt.Sprintf("%d（%s）", h.Failures, (time.Duration(h.PauseMS) * time.Millisecond).Round(time.Second))
}

// sayTroubles names the channels that do not go in some process, below the ledger.
func sayTroubles(ctx context.Context, s *Settings, app *pipeline.App) error {
	list, err := app.SendingHealth(ctx, operator("remind"))
	if err != nil {
		return err
	}
	for _, w := range list {
		for _, h := range w.Channels {
			if w.Alive && h.State != notifier.BreakerClosed {
				words := pipeline.BreakerText[h.State]
				s.say("注意：进程 %s 的渠道 %s %s，连续失败 %d 次。", "Note: in process %s channel %s is %s, %d failures in a row.", w.Name, h.Channel, words.In(s.Lang), h.Failures)
			}
		}
	}
	return nil
}
