package main

import (
	"context"
	"fmt"
	"slices"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
)

// receptionCmd handles the leaders' receptions.
type receptionCmd struct {
	List     receptionListCmd     `cmd:"" default:"1" help:"某月接访安排。 The schedule of a month."`
	Rules    receptionRulesCmd    `cmd:"" help:"接访规则：查看，或换成某个预设。 Reception rules: show, or take a preset."`
	Fairness receptionFairnessCmd `cmd:"" help:"公平账：某年加权接访量和结余。 The ledger of fairness of a year."`
	Swap     receptionSwapCmd     `cmd:"" help:"调换：列出、提出、答复、批准。 Swaps: list, ask, answer, approve."`
	Absent   receptionAbsentCmd   `cmd:"" help:"请假：提前告知的请人接替，来不及的由补位领导顶上。 Absence: told in time somebody takes over, else the deputy."`
	Notice   receptionNoticeCmd   `cmd:"" help:"公示：html、pdf、媒体文稿、xlsx。 The public notice as a file."`
	Publish  receptionPublishCmd  `cmd:"" help:"公布某月公示，记下日期；先做提前两天的检查。 Publish a month's notice, after its pre-flight."`
	Brief    receptionBriefCmd    `cmd:"" help:"某天接访的一页资料。 One-page brief of a reception."`
}

type receptionListCmd struct {
	Month string `help:"如 2026-03；默认本月。 Such as 2026-03."`
}

// Run prints the schedule that the hall hangs up.
func (c *receptionListCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "reception", func(app *pipeline.App) error {
		v, err := app.Schedule(ctx, c.Month)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(v)
		}
		var rows [][]string
		heads := []string{"日期 day", "时间 hours", "领导 leader", "职务 post", "补位 deputy", "变动 change"}
		beside := slices.ContainsFunc(v.Slots, func(x pipeline.SlotView) bool { return x.Beside != "" })
		themes := slices.ContainsFunc(v.Slots, func(x pipeline.SlotView) bool { return !x.Theme.IsZero() })
		if beside {
			heads = slices.Insert(heads, 5, "陪同 beside")
		}
		if themes {
			heads = slices.Insert(heads, 2, "专题 theme")
		}
		for _, x := range v.Slots {
			row := []string{x.On.String(), x.From.String() + "–" + x.Until.String(), x.Leader, x.Title, x.Deputy, x.Change.In(s.Lang)}
			if beside {
				row = slices.Insert(row, 5, x.Beside)
			}
			if themes {
				row = slices.Insert(row, 2, x.Theme.In(s.Lang))
			}
			rows = append(rows, row)
		}
		table(s.out, heads, rows)
		return nil
	})
}

type receptionRulesCmd struct {
	Set string `arg:"" optional:"" help:"预设名，或 JSON，如 {\"Preset\":\"henan-2024\",\"Gap\":12}：间隔改为12个工作日；可改的名称见 lianxin reception rules --json。 A preset, or JSON of what differs; lianxin reception rules --json prints the names."`
}

// Run shows the rules in force and the presets, or sets others.
func (c *receptionRulesCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "reception", func(app *pipeline.App) error {
		r, err := app.RotaRules(ctx, operator("reception"))
		if c.Set != "" {
			r, err = app.SetRotaRules(ctx, operator("reception"), c.Set)
		}
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(r)
		}
		var rows [][]string
		for _, p := range calendar.RotaPresets() {
			mark := ""
			if p.Name == r.Name {
				mark = "●"
			}
			rows = append(rows, []string{mark, p.Name, p.Title.In(s.Lang), p.Source})
		}
		table(s.out, []string{"", "预设 preset", "规则 rule", "来源 source"}, rows)
		fmt.Fprintln(s.out)
		for _, t := range r.Spoken() {
			fmt.Fprintln(s.out, t.In(s.Lang))
		}
		if c.Set != "" {
			s.say("已改用“%s”，下次排日历起生效：lianxin calendar。", "%s is in force from the next laying on: lianxin calendar.", r.Name)
		}
		return nil
	})
}

type receptionFairnessCmd struct {
	Year int `help:"哪一年；默认今年。 Which year."`
}

// Run prints the ledger in the order of codes: it is an account, no ranking.
func (c *receptionFairnessCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "reception", func(app *pipeline.App) error {
		bs, err := app.Fairness(ctx, operator("reception"), s.year(c.Year))
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(bs)
		}
		cs, err := app.Cadres(ctx, operator("reception"))
		if err != nil {
			return err
		}
		var rows [][]string
		for _, l := range cs {
			for _, b := range bs {
				if b.Cadre == l.ID {
					rows = append(rows, []string{l.Code, l.Name, fmt.Sprint(b.Slots), fmt.Sprint(b.Weight), fmt.Sprintf("%.3f", float64(b.Share)/1000), fmt.Sprintf("%+.3f", float64(b.Balance)/1e6)})
				}
			}
		}
		table(s.out, []string{"工号 code", "姓名 name", "次数 slots", "加权 weighted", "应担 share", "结余 balance"}, rows)
		return nil
	})
}

type receptionSwapCmd struct {
	List    swapListCmd `cmd:"" default:"1" help:"调换清单。 Swaps."`
	Ask     swapAskCmd  `cmd:"" help:"提出调换。 Ask for one."`
	Accept  swapStepCmd `cmd:"" help:"对方同意。 The other leader accepts."`
	Decline swapStepCmd `cmd:"" help:"对方不同意。 The other leader declines."`
	Approve swapStepCmd `cmd:"" help:"批准，日历立即更新，两位领导收到通知。 Approve: calendars change at once, both are told."`
	Refuse  swapStepCmd `cmd:"" help:"不批准。 Refuse."`
}

type swapListCmd struct{}

// Run lists wishes that are open or were settled lately.
func (swapListCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "reception", func(app *pipeline.App) error {
		ss, err := app.Swaps(ctx, operator("reception"))
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(ss)
		}
		var rows [][]string
		for _, x := range ss {
			other := ""
			if !x.OtherOn.IsZero() {
				other = x.OtherOn.String()
			}
			rows = append(rows, []string{string(x.ID), x.On.String(), x.GiverName, x.TakerName, other, string(x.State), x.Why.In(s.Lang)})
		}
		table(s.out, []string{"编号 ID", "日期 day", "原定 from", "改由 to", "换回 in return", "状态 state", "原因 reason"}, rows)
		return nil
	})
}

type swapAskCmd struct {
	Day    string `arg:"" help:"要换出的日期。 The day to give."`
	With   string `arg:"" help:"对方工号，见 lianxin reception fairness。 Code of the other leader, as lianxin reception fairness lists them."`
	Return string `placeholder:"DAY" help:"换回对方的哪一天。 The day taken in return."`
	Reason string `help:"原因，只有经办人看得到。 Seen by the planner alone."`
}

// Run enters the wish; the other leader accepts, then the planner approves.
func (c *swapAskCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "reception", func(app *pipeline.App) error {
		on, err := onDay(c.Day)
		if err != nil {
			return err
		}
		w := pipeline.SwapWish{On: on, Reason: c.Reason}
		if c.Return != "" {
			if w.OtherOn, err = onDay(c.Return); err != nil {
				return err
			}
		}
		to, err := app.CadreByCode(ctx, operator("reception"), c.With)
		if err != nil {
			return err
		}
		w.Taker = to.ID
		x, err := app.AskSwap(ctx, operator("reception"), w)
		if err != nil {
			return err
		}
		return s.told(ctx, app, x)
	})
}

// told says what a step did, what comes next and who hears of it; the swap's ID stands last, for the next command.
func (s *Settings) told(ctx context.Context, app *pipeline.App, x planner.Swap) error {
	said, err := app.SaySwap(ctx, operator("reception"), x)
	if err != nil {
		return err
	}
	if s.JSON {
		return s.writeJSON(struct {
			planner.Swap
			pipeline.SwapSaid
		}{x, said})
	}
	fmt.Fprintln(s.out, said.Done.In(s.Lang))
	fmt.Fprintln(s.out, said.Next.In(s.Lang))
	fmt.Fprintln(s.out, "编号 ID:", x.ID)
	return nil
}

// onDay reads a day of the command line.
func onDay(v string) (civil.Date, error) {
	d, err := civil.ParseDate(v)
	if err != nil || !d.Valid() {
		return d, invalid("日期“"+v+"”请写成2026-01-05的样子。", "write the day "+v+" like 2026-01-05.")
	}
	return d, nil
}

type swapStepCmd struct {
	ID string `arg:"" help:"调换编号。 ID of the swap."`
}

// Run takes the step that the command's name says.
func (c *swapStepCmd) Run(ctx context.Context, s *Settings) error {
	step := ""
	for i, a := range s.args {
		if a == "swap" && i+1 < len(s.args) {
			step = s.args[i+1]
		}
	}
	return s.with(ctx, "reception", func(app *pipeline.App) error {
		x, err := app.AnswerSwap(ctx, operator("reception"), planner.SwapID(c.ID), step)
		if err != nil {
			return err
		}
		return s.told(ctx, app, x)
	})
}

type receptionAbsentCmd struct {
	Day    string `arg:"" help:"不能到场的日期。 The day."`
	With   string `help:"由谁接替（工号）；默认当天的补位领导。 Who takes over; default the deputy of the day."`
	Reason string `help:"原因，只有经办人看得到。 Seen by the planner alone."`
}

// Run asks somebody to take over, or has the deputy step in.
func (c *receptionAbsentCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "reception", func(app *pipeline.App) error {
		on, err := onDay(c.Day)
		if err != nil {
			return err
		}
		w := pipeline.SwapWish{On: on, Reason: c.Reason, Absence: true}
		if c.With != "" {
			to, err := app.CadreByCode(ctx, operator("reception"), c.With)
			if err != nil {
				return err
			}
			w.Taker = to.ID
		}
		x, err := app.AskSwap(ctx, operator("reception"), w)
		if err != nil {
			return err
		}
		return s.told(ctx, app, x)
	})
}

type receptionBriefCmd struct {
	Day string `arg:"" help:"接访日期。 The day."`
}

// Run prints the brief; the page /brief/DAY is the one to print on A4.
func (c *receptionBriefCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "reception", func(app *pipeline.App) error {
		on, err := onDay(c.Day)
		if err != nil {
			return err
		}
		b, err := app.SlotBrief(ctx, operator("reception"), on)
		if err != nil || s.JSON {
			if err == nil {
				err = s.writeJSON(b)
			}
			return err
		}
		s.printBrief(b)
		return nil
	})
}
