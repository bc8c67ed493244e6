package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"lianxin/planner/civil"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

// channelCmd shows and proves the channels of reminders.
type channelCmd struct {
	List  channelListCmd    `cmd:"" default:"1" help:"各渠道的状况：上次成功和失败、等待、存疑、限速。 How each channel fares."`
	Set   channelSetCmd     `cmd:"" help:"登记一名干部在某渠道的成员账号。 Enter a cadre's member ID on a channel."`
	Test  channelTestCmd    `cmd:"" help:"向一名干部发一条测试消息，内有验证码。 Send a cadre a test message with a code."`
	Show  channelPreviewCmd `cmd:"" name:"preview" help:"用真实的提醒看它在某渠道上的样子。 A real reminder as a channel would show it."`
	Prove channelProveCmd   `cmd:"" help:"填写测试消息里的验证码。 Enter the code of a test message."`
}

type channelListCmd struct{}

// Run shows neither addresses nor secrets.
func (channelListCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "channel", func(app *pipeline.App) error {
		list, err := app.ChannelList(ctx, operator("channel"))
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(list)
		}
		when := func(t time.Time) string {
			if t.IsZero() {
				return "—"
			}
			return t.In(s.zone).Format("01-02 15:04")
		}
		var rows [][]string
		for _, c := range list {
			rows = append(rows, []string{c.Name, pipeline.ChannelWord(s.Lang, c.Name), lang.T(s.Lang, "channel-state."+c.State), when(c.TakenAt), when(c.FailAt), fmt.Sprint(c.Waiting), fmt.Sprint(c.Doubts), fmt.Sprint(c.Proven), strings.Join(c.Limits, " "), string(c.Wants), c.Why})
		}
		table(s.out, []string{"渠道 channel", "名称 name", "状况 state", "上次成功 taken", "上次失败 failed", "等待 waiting", "存疑 doubt", "已验证 proved", "限速 budget", "地址 address", "原因 why"}, rows)
		return nil
	})
}

type channelPreviewCmd struct {
	Channel  string `arg:"" help:"渠道名，如 wecom。 Name of the channel."`
	Template string `help:"提醒的模板名，见 lianxin remind templates；默认最近的一条。 Name of a template; default the nearest reminder."`
}

// Run sends nothing.
func (c *channelPreviewCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "channel", func(app *pipeline.App) error {
		out, err := app.PreviewChannel(ctx, operator("channel"), c.Channel, c.Template, civil.DateIn(s.now(), s.zone).AddDays(pipeline.ReminderHorizonDays))
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(out)
		}
		fmt.Fprintln(s.out, out[s.Lang])
		return nil
	})
}

type channelSetCmd struct {
	Channel string `arg:"" help:"渠道名，如 wecom。 Name of the channel."`
	Cadre   string `arg:"" help:"干部工号。 Code of the cadre."`
	Member  string `arg:"" optional:"" help:"成员账号；不写则删除。 Member ID; none takes it away."`
}

// Run stores the ID sealed; it counts once a test message has proved it.
func (c *channelSetCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "channel-set", func(app *pipeline.App) error {
		cadre, err := app.CadreByCode(ctx, operator("channel"), c.Cadre)
		if err != nil {
			return err
		}
		if err := app.SetMember(ctx, operator("channel"), cadre.ID, c.Channel, c.Member); err != nil {
			return err
		}
		s.say("已登记，发测试消息验证后生效。", "Entered; it counts once a test message has proved it.")
		return nil
	})
}

type channelTestCmd struct {
	Channel string `arg:"" help:"渠道名。 Name of the channel."`
	Cadre   string `arg:"" help:"干部工号。 Code of the cadre."`
}

// Run sends at once, beside the ledger.
func (c *channelTestCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "channel-test", func(app *pipeline.App) error {
		cadre, err := app.CadreByCode(ctx, operator("channel"), c.Cadre)
		if err != nil {
			return err
		}
		if err := app.TestChannel(ctx, operator("channel"), cadre.ID, c.Channel); err != nil {
			return err
		}
		s.say("测试消息已发出。收到后：lianxin channel prove %s %s 验证码", "The test message went. When it is there: lianxin channel prove %s %s CODE", c.Channel, c.Cadre)
		return nil
	})
}

type channelProveCmd struct {
	Channel string `arg:"" help:"渠道名。 Name of the channel."`
	Cadre   string `arg:"" help:"干部工号。 Code of the cadre."`
	Code    string `arg:"" help:"验证码。 The code."`
}

// Run proves the address that the code went to.
func (c *channelProveCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "channel-prove", func(app *pipeline.App) error {
		cadre, err := app.CadreByCode(ctx, operator("channel"), c.Cadre)
		if err != nil {
			return err
		}
		if err := app.ProveChannel(ctx, operator("channel"), cadre.ID, c.Channel, c.Code); err != nil {
			return err
		}
		s.say("已验证。", "Proved.")
		return nil
	})
}
