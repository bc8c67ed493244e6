package main

import (
	"context"
	"fmt"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

// remindCmd shows or sends reminders, and sets how people are told.
type remindCmd struct {
	Show      remindShowCmd      `cmd:"" default:"withargs" help:"看到某日为止会提醒谁、为什么；或立即发送。 What would be sent, to whom and why; or send it."`
	Ledger    remindLedgerCmd    `cmd:"" help:"台账：谁、为什么、何时、渠道、回执、状态。 The ledger with receipts and states."`
	Audit     remindAuditCmd     `cmd:"" help:"核对：应发的与实发的逐条比对，有问题退出码为 3。 Compare what was owed with what was sent."`
	Receipts  remindReceiptsCmd  `cmd:"" help:"向服务商查询回执：是否送达。 Ask the providers what arrived."`
	Hand      remindHandCmd      `cmd:"" help:"手工取消、再发，或核实结果不明的消息。 Cancel, send again, or settle by hand."`
	Health    remindHealthCmd    `cmd:"" help:"发送进程和各渠道在其中的状态。 Processes that send, and the channels in each."`
	Recover   remindRecoverCmd   `cmd:"" help:"恢复备份或切换到落后的备库之后，先运行它再启动服务。 After a restored backup or a standby that was behind, before the service."`
	Templates remindTemplatesCmd `cmd:"" help:"提醒的文字：打印、核对、预览。 Words of reminders: print, check, preview."`
	Wish      remindWishCmd      `cmd:"" help:"某人怎样被提醒：渠道、免打扰、汇总、暂停、语言。 How a person is told."`
}

// remindShowCmd lists or sends.
type remindShowCmd struct {
	Until string `placeholder:"DATE" help:"演算到这一天（含）；默认往后 14 天。 Dry run up to this day; default two weeks."`
	Send  bool   `help:"把已到时间的真的发出去。 Really send what is due now."`
	Limit int    `default:"40" help:"表格最多几行，0 为全部。 Most rows of the table, 0 for all."`
}

// Run shows who would be told what, when, why and by which channel. Nothing is written unless --send.
func (c *remindShowCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "remind", func(app *pipeline.App) error {
		if c.Send {
			if _, err := app.EnsureReminders(ctx, pipeline.ReminderHorizonDays); err != nil {
				return err
			}
			out, err := app.SendDue(ctx)
			if err != nil {
				return err
			}
			if s.JSON {
				return s.writeJSON(out)
			}
			s.say("已交出 %d 条消息。", "%d messages handed over.", out.Handed)
			return nil
		}
		until, err := day("--until", c.Until)
		if err != nil {
			return err
		}
		if until.IsZero() {
			until = civil.DateIn(s.now(), s.zone).AddDays(14)
		}
		list, err := app.Reminders(ctx, operator("remind"), until)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(list)
		}
		var rows [][]string
		for i, n := range list {
			if c.Limit > 0 && i == c.Limit {
				break
			}
			rows = append(rows, []string{n.DueAt.In(s.zone).Format("01-02 15:04"), n.Who, pipeline.ChannelWord(s.Lang, n.Channel), n.Title.In(s.Lang), n.Why.In(s.Lang), lang.T(s.Lang, "notice."+n.State)})
		}
		table(s.out, []string{"时间 due", "谁 who", "渠道 by", "事由 what", "为什么 why", "状态 state"}, rows)
		if len(rows) < len(list) {
			s.say("……共 %d 条，用 --limit 0 看全部。", "… %d in all; --limit 0 shows them.", len(list))
		}
		return nil
	})
}

// taskCmd handles follow-up tasks.
type taskCmd struct {
	List  taskListCmd  `cmd:"" default:"1" help:"未办结的事项。 Open tasks."`
	Sweep taskSweepCmd `cmd:"" help:"按日期更新状态并提级。 Move states by date and climb the ladder."`
	Set   taskSetCmd   `cmd:"" help:"办理、办结或取消一件事项。 Take up, complete or cancel a task."`

	Overdue taskOverdueCmd `cmd:"" help:"逾期清单：提到哪一级、下一级何时、谁知悉。 What is late, with the ladder."`
	Ack     taskAckCmd     `cmd:"" help:"登记某人知悉：不再就此提醒他，期限不变。 Somebody takes note: told no more, the deadline stays."`
	Acting  taskActingCmd  `cmd:"" help:"主持工作（代理）：列出、指定、撤销。 Who acts for a unit."`
}

type taskListCmd struct{}

// Run lists the open tasks by due date.
func (taskListCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "task", func(app *pipeline.App) error {
		list, err := app.Tasks(ctx, operator("task"))
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(t pipeline.TaskView) bool { return t.State.Terminal() })
		if s.JSON {
			return s.writeJSON(list)
		}
		var rows [][]string
		for _, t := range list {
			late := ""
			if t.Overdue {
				late = "逾期 overdue"
			}
			rows = append(rows, []string{string(t.ID), t.DueOn.String(), string(t.State), t.Code, t.Owner, t.Say.In(s.Lang), late})
		}
		table(s.out, []string{"编号 id", "期限 due", "状态 state", "户 household", "承办 owner", "事项 what", ""}, rows)
		return nil
	})
}

type taskSweepCmd struct{}

// Run may be repeated: each rung of the ladder is climbed once.
func (taskSweepCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "task", func(app *pipeline.App) error {
		rep, err := app.SweepTasks(ctx)
		if err != nil {
			return err
		}
		return s.writeJSON(rep)
	})
}

type taskSetCmd struct {
	ID     string `arg:"" help:"事项编号。 ID of the task."`
	State  string `arg:"" enum:"in-progress,completed,cancelled" help:"in-progress, completed 或 cancelled"`
	Reason string `help:"取消的原因（必填）：dismissed 撤回、duplicate 重复、resolved-upstream 上一级已办。 Reason of a cancellation."`
}

// Run refuses to edit a task that has ended.
func (c *taskSetCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "task", func(app *pipeline.App) error {
		return app.AdvanceTask(ctx, operator("task"), planner.TaskID(c.ID), planner.TaskState(c.State), c.Reason)
	})
}

// accountCmd handles accounts.
type accountCmd struct {
	List   accountListCmd   `cmd:"" default:"1" help:"账号清单。 Accounts."`
	Invite accountInviteCmd `cmd:"" help:"按名册批量邀请，每人一个一次性邀请码。 Invite everybody of the roster."`
	ActFor accountActForCmd `cmd:"" help:"联络员代领导办理。 Let a secretary act for a leader."`
	HandOn accountHandOnCmd `cmd:"" help:"人员调动时移交账号。 Hand an account on at a transfer."`
}

type accountListCmd struct{}

// Run lists logins and roles, never a contact.
func (accountListCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "account", func(app *pipeline.App) error {
		list, err := app.Accounts(ctx, operator("account"))
		if err != nil {
			return err
		}
		var rows [][]string
		for _, a := range list {
			rows = append(rows, []string{a.Login, a.Name, a.Unit, fmt.Sprint(a.Roles), a.State})
		}
		table(s.out, []string{"登录名 login", "姓名 name", "单位 unit", "角色 roles", "状态 state"}, rows)
		return nil
	})
}

type accountInviteCmd struct {
	Out string `default:"invitations.xlsx" placeholder:"FILE" help:"写到哪个文件；交各单位联络员分发。 Workbook to hand to the units."`
}

// Run makes accounts for those who have none and writes their codes once; codes are not kept.
func (c *accountInviteCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "invite", func(app *pipeline.App) error {
		n, err := s.invite(ctx, app, c.Out)
		if err == nil {
			s.say("邀请了 %d 人，邀请码在 %s。", "%d people invited; the codes are in %s.", n, c.Out)
		}
		return err
	})
}

type accountActForCmd struct {
	Login  string `arg:"" help:"联络员登录名。 Login of the secretary."`
	Leader string `arg:"" help:"领导工号。 Code of the leader."`
	Off    bool   `help:"收回。 Take it back."`
}

// Run gives or takes the right.
func (c *accountActForCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "account", func(app *pipeline.App) error {
		a, err := app.AccountByLogin(ctx, operator("account"), c.Login)
		if err != nil {
			return err
		}
		leader, err := app.CadreByCode(ctx, operator("account"), c.Leader)
		if err != nil {
			return err
		}
		return app.ActFor(ctx, operator("account"), a.ID, leader.ID, !c.Off)
	})
}

type accountHandOnCmd struct {
	Login string `arg:"" help:"原账号登录名。 Login to hand on."`
	To    string `arg:"" help:"接手干部的工号。 Code of the successor."`
}

// Run ends the old sessions; the successor gets an invitation of their own.
func (c *accountHandOnCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "account", func(app *pipeline.App) error {
		a, err := app.AccountByLogin(ctx, operator("account"), c.Login)
		if err != nil {
			return err
		}
		to, err := app.CadreByCode(ctx, operator("account"), c.To)
		if err != nil {
			return err
		}
		in, err := app.HandOn(ctx, operator("account"), a.ID, to.ID)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(in)
		}
		s.say("已移交。%s 的登录名是 %s，邀请码在下一行，请当面交给本人：", "Handed on. %s signs in as %s; the invitation is on the next line, hand it over in person:", in.Name, in.Login)
		fmt.Fprintln(s.out, in.Code)
		return nil
	})
}
