package main

import (
	"context"
	"fmt"
	"strings"

	"lianxin/planner"
	"lianxin/planner/pipeline"
)

type taskOverdueCmd struct{}

// Run lists what is late with the rungs of the ladder, by due day.
func (taskOverdueCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "task", func(app *pipeline.App) error {
		list, err := app.Overdue(ctx, operator("task"))
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(list)
		}
		var rows [][]string
		for _, t := range list {
			next := t.Paused.In(s.Lang)
			if next == "" && !t.Next.IsZero() {
				next = t.Next.String() + " " + t.Ladder[t.Rung]
			}
			var known []string
			for _, k := range t.Known {
				known = append(known, k.Name)
			}
			rows = append(rows, []string{string(t.ID), t.DueOn.String(), fmt.Sprint(t.Days), t.Unit, t.Owner, t.Say.In(s.Lang), strings.Join(t.Ladder[:min(t.Rung, len(t.Ladder))], "→"), next, strings.Join(known, "、")})
		}
		table(s.out, []string{"编号 id", "期限 due", "逾期天数 late", "单位 unit", "承办 owner", "事项 what", "已告知 told", "下一级 next", "知悉 noted"}, rows)
		return nil
	})
}

type taskAckCmd struct {
	ID  string `arg:"" help:"事项编号，见 lianxin task overdue。 ID of the task."`
	Who string `arg:"" help:"谁知悉：工号。 Who knows: code of the cadre."`
}

// Run ends the reminders of one person about one task; the deadline and the other rungs stay.
func (c *taskAckCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "task-ack", func(app *pipeline.App) error {
		cadre, err := app.CadreByCode(ctx, operator("task"), c.Who)
		if err != nil {
			return err
		}
		if err := app.AckTask(ctx, operator("task"), planner.TaskID(c.ID), cadre.ID); err != nil {
			return err
		}
		s.say("已登记 %s 知悉，不再就此提醒；期限不变。", "%s has taken note and is not reminded again; the deadline stays.", cadre.Name)
		return nil
	})
}

type taskActingCmd struct {
	Unit  string `arg:"" optional:"" help:"单位编号；不写则列出现有的。 Code of the unit; none lists them."`
	Cadre string `arg:"" optional:"" help:"主持工作的干部工号。 Code of who acts."`
	From  string `placeholder:"DATE" help:"从哪天起；默认今天。 First day; default today."`
	Until string `placeholder:"DATE" help:"到哪天为止（含）；不写为另行通知。 Last day; none: until it is taken back."`
	Off   bool   `help:"撤销。 Take it back."`
}

// Run names who answers for a unit while its holder is away or the post is vacant.
func (c *taskActingCmd) Run(ctx context.Context, s *Settings) error {
	from, err := day("--from", c.From)
	if err != nil {
		return err
	}
	until, err := day("--until", c.Until)
	if err != nil {
		return err
	}
	if (c.Unit == "") != (c.Cadre == "" && !c.Off) || c.Off && c.Cadre != "" {
		return invalid("请写：lianxin task acting 单位编号 工号，或 lianxin task acting 单位编号 --off。", "write: lianxin task acting UNIT CADRE, or lianxin task acting UNIT --off.")
	}
	return s.with(ctx, "task-acting", func(app *pipeline.App) error {
		if c.Unit != "" {
			return app.SetActing(ctx, operator("task"), c.Unit, c.Cadre, from, until)
		}
		list, err := app.Acting(ctx, operator("task"))
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(list)
		}
		var rows [][]string
		for _, h := range list {
			last, now := "另行通知 open", ""
			if !h.Until.IsZero() {
				last = h.Until.String()
			}
			if h.Now {
				now = "现任 now"
			}
			rows = append(rows, []string{h.Code, h.Name, h.Who, h.From.String(), last, now})
		}
		table(s.out, []string{"单位编号 code", "单位 unit", "主持 who", "从 from", "到 until", ""}, rows)
		return nil
	})
}
