package main

import (
	"bufio"
	"context"
	"os"
	"strings"

	"lianxin/planner/pipeline"
)

// remindRecoverCmd sets a ledger right that lost its last minutes.
type remindRecoverCmd struct {
	Keys string `name:"listed" placeholder:"FILE" help:"服务商列出的消息编号，每行一个；不给也行。 Keys of messages that providers list, one a line."`
}

// Run is for the time after a restored backup or a fail-over to a standby that was behind, before any worker is started.
func (c *remindRecoverCmd) Run(ctx context.Context, s *Settings) error {
	var keys []string
	if c.Keys != "" {
		f, err := os.Open(c.Keys)
		if err != nil {
			return err
		}
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if k := strings.TrimSpace(lines.Text()); k != "" {
				keys = append(keys, k)
			}
		}
	}
	return s.with(ctx, "remind", func(app *pipeline.App) error {
		rep, err := app.RecoverReminders(ctx, operator("remind"), keys)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(rep)
		}
		s.say("补登 %d 条提醒；%d 条服务商已收到，不再发；%d 条消息台账中没有；%d 条先核实再发（lianxin remind ledger --state uncertain）。",
			"%d reminders entered again; %d messages are at their provider and not sent again; %d messages have no row in the ledger; %d are looked into before they are sent (lianxin remind ledger --state uncertain).",
			rep.Entered, len(rep.Settled), len(rep.Unknown), len(rep.Doubtful))
		for _, k := range rep.Unknown {
			s.say("台账中没有：%s", "not in the ledger: %s", k)
		}
		return nil
	})
}
