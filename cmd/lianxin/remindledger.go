package main

import (
	"context"

	"lianxin/planner/pipeline"
)

// remindLedgerCmd lists the ledger.
type remindLedgerCmd struct {
	Day   string `placeholder:"DATE" help:"只看这天到时间的；默认前后三十天。 Due on this day; default thirty days back and ahead."`
	State string `placeholder:"STATE" help:"scheduled、due、done、expired、cancelled，或消息的 uncertain、failed……"`
	Rule  string `placeholder:"RULE" help:"规则名，如 work-day-1。 Name of a rule."`
}

// Run writes nothing.
func (c *remindLedgerCmd) Run(ctx context.Context, s *Settings) error {
	f := pipeline.ReminderFilter{State: c.State, Rule: c.Rule}
	var err error
	if f.Day, err = day("--day", c.Day); err != nil {
		return err
	}
	return s.with(ctx, "remind", func(app *pipeline.App) error {
		list, err := app.ReminderLedger(ctx, operator("remind"), f)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(list)
		}
		var rows [][]string
		for _, n := range list {
			id := n.ID
			if n.Message == "uncertain" {
				id = n.Delivery
			}
			rows = append(rows, []string{n.DueAt.In(s.zone).Format("01-02 15:04"), n.Who, n.Title.In(s.Lang), n.Rule, pipeline.ChannelWord(s.Lang, n.By), n.Receipt, n.State, n.Message, n.Note.In(s.Lang), id})
		}
		table(s.out, []string{"时间 due", "谁 who", "事由 what", "规则 rule", "渠道 by", "回执 receipt", "状态 state", "消息 message", "说明 note", "编号 id"}, rows)
		return sayTroubles(ctx, s, app)
	})
}

// remindHandCmd acts on one row.
type remindHandCmd struct {
	ID string `arg:"" help:"编号，见 lianxin remind ledger。 ID from the ledger."`
	Do string `arg:"" enum:"cancel,again,arrived,resend" help:"cancel 不发、again 再发；结果不明的：arrived 已收到、resend 重发。"`
}

// Run leaves who did it in the audit.
func (c *remindHandCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "remind", func(app *pipeline.App) error {
		return app.ReminderByHand(ctx, operator("remind"), c.ID, pipeline.ByHand(c.Do))
	})
}
