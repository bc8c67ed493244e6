package main

import (
	"context"
	"fmt"
	"strconv"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// matterCmd handles petition matters. It acts as the office's operator; satisfaction still needs the one who asked.
type matterCmd struct {
	List       matterListCmd       `cmd:"" default:"1" help:"按期限列出事项。 Matters by deadline."`
	Show       matterShowCmd       `cmd:"" help:"一件事项的办理记录。 The file of a matter."`
	Register   matterRegisterCmd   `cmd:"" help:"登记。 Register."`
	Ask        matterAskCmd        `cmd:"" help:"群众要求按事项办理。 The person asks for it."`
	Accept     matterAcceptCmd     `cmd:"" help:"受理。 Accept."`
	Refuse     matterRefuseCmd     `cmd:"" help:"不予受理。 Do not accept."`
	Transfer   matterTransferCmd   `cmd:"" help:"转送有权处理的机关。 Pass on."`
	Assign     matterAssignCmd     `cmd:"" help:"交办。 Assign."`
	Object     matterObjectCmd     `cmd:"" help:"退回（异议）。 Return as misdirected."`
	Supervise  matterSuperviseCmd  `cmd:"" help:"督办。 Supervise."`
	Extend     matterExtendCmd     `cmd:"" help:"延期。 Extend."`
	Hearing    matterHearingCmd    `cmd:"" help:"听证。 Hearing."`
	Step       matterStepCmd       `cmd:"" help:"四步一站的下一步。 Next of the four steps."`
	Answer     matterAnswerCmd     `cmd:"" help:"答复。 Answer."`
	Close      matterCloseCmd      `cmd:"" help:"办结。 Close."`
	FollowUp   matterFollowUpCmd   `cmd:"" help:"登记回访意见（由未参与办理的人）。 What the person said."`
	ReviewAsk  matterReviewAskCmd  `cmd:"" help:"请求复查。 A review is asked for."`
	Review     matterReviewCmd     `cmd:"" help:"复查意见。 Review."`
	RecheckAsk matterRecheckAskCmd `cmd:"" help:"请求复核。 A recheck is asked for."`
	Recheck    matterRecheckCmd    `cmd:"" help:"复核意见。 Recheck."`
	Comfort    matterComfortCmd    `cmd:"" help:"复核后的疏导帮扶。 Counsel and help."`
	Lead       matterLeadCmd       `cmd:"" help:"领导包案。 Put a leader on a matter, or move the case."`
	Settings   matterSettingsCmd   `cmd:"" help:"适用规则、顺延、包案上限和职责。 Rules, rolling, cap and duties of case leads."`
	Deadlines  matterDeadlinesCmd  `cmd:"" help:"按法规核算一张期限表，不需要数据库。 Reckon a table of statutory deadlines; needs no database."`
}

type matterListCmd struct {
	All bool `help:"包括已办结的。 Closed ones too."`
}

// Run lists by deadline, never by person.
func (c *matterListCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "matter", func(app *pipeline.App) error {
		list, err := app.Matters(ctx, operator("matter"), store.MatterFilter{Open: !c.All})
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(list)
		}
		var rows [][]string
		for _, m := range list {
			rows = append(rows, []string{m.Number, m.National, m.KindText.In(s.Lang), m.StateText.In(s.Lang), m.Area, m.Title, m.Unit, m.DueOn.String(), m.StepText.In(s.Lang), m.Article.In(s.Lang)})
		}
		table(s.out, []string{"编号 number", "国家系统号 national", "来源 from", "状态 state", "区划 area", "事由 title", "承办 unit", "期限 due", "步骤 step", "依据 article"}, rows)
		return nil
	})
}

type matterShowCmd struct {
	Number string `arg:"" help:"编号，如 2026-0001。 Number."`
}

// Run prints the file as JSON; the reading is recorded.
func (c *matterShowCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "matter", func(app *pipeline.App) error {
		id, err := app.MatterByNumber(ctx, operator("matter"), c.Number)
		if err != nil {
			return err
		}
		v, err := app.Matter(ctx, operator("matter"), id)
		if err != nil {
			return err
		}
		return s.writeJSON(v)
	})
}

type matterRegisterCmd struct {
	Kind            string `arg:"" enum:"letter,reception,online,square,remark" help:"letter 来信、reception 来访、online 网上、square 政务广场、remark 民情问题"`
	Title           string `arg:"" help:"事由，几个字，不写姓名。 A few words, no names."`
	Story           string `help:"内容；加密保存。 Details, kept encrypted."`
	Name            string `help:"姓名，只保留姓氏；匿名不填。 Name, only the surname is kept; empty is anonymous."`
	Contact         string `help:"联系方式，加密保存。 Contact, kept encrypted."`
	Area            string `help:"事项所在村（社区）代码；默认全县。 Code of the village."`
	Topic           string `help:"类别：policy、farming、jobs、study、care、legal、errands。"`
	Persons         int    `help:"来访人数。 How many came."`
	Representatives int    `help:"代表人数，不超过5。 Representatives, at most 5."`
	On              string `help:"收到日，默认今天。 Day of receipt."`
	Receiver        string `help:"首接人工号。 Code of the first receiver."`
	Unit            string `help:"首接单位代码。 Code of the first unit."`
	National        string `help:"国家信访信息系统编号。 Number in the national system."`
	Agreed          bool   `help:"本人同意办结后回访。 Agreed to be asked afterwards."`
	Asked           bool   `help:"民情问题：本人要求按事项办理。 Of a remark: the resident asks for it."`
	PromisedOn      string `help:"政务广场：限期答复的日期。 Promised day of a square item."`
	Answer          string `help:"政务广场：当场答复。 Answer given on the spot."`
	ComplaintTo     string `help:"检举控告：转给哪个机关；除此以外什么都不保存。 Complaint about a person: the body it goes to; nothing else is kept."`
}

// Run prints the number and the code for the slip, which is shown once.
func (c *matterRegisterCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, fmt.Sprint("matter register ", *c), func(app *pipeline.App) error {
		w := pipeline.MatterWish{Kind: planner.MatterKind(c.Kind), Title: c.Title, Story: c.Story, Name: c.Name, Contact: c.Contact, Area: planner.AreaCode(c.Area), Topic: planner.Need(c.Topic),
			Persons: c.Persons, Representatives: c.Representatives, National: c.National, Agreed: c.Agreed, Asked: c.Asked, Answer: c.Answer, ComplaintTo: c.ComplaintTo}
		err := matterDates(map[string]*civil.Date{c.On: &w.ReceivedOn})
		if err == nil {
			err = matterDates(map[string]*civil.Date{c.PromisedOn: &w.PromisedOn})
		}
		if err == nil {
			w.Receiver, err = cadreOf(ctx, app, c.Receiver)
		}
		if err == nil && c.Unit != "" {
			w.Unit, err = app.UnitByCode(ctx, operator("matter"), c.Unit)
		}
		if err != nil {
			return err
		}
		out, err := app.RegisterMatter(ctx, operator("matter"), w)
		if err != nil {
			return err
		}
		return s.writeJSON(out)
	})
}

// matterDates reads days of flags; an empty one stays zero.
func matterDates(flags map[string]*civil.Date) error {
	for text, into := range flags {
		if text == "" {
			continue
		}
		d, err := civil.ParseDate(text)
		if err != nil {
			return invalid("“"+text+"”不是日期，请写成 2026-03-02。", text+" is not a date; write 2026-03-02.")
		}
		*into = d
	}
	return nil
}

// cadreOf finds a cadre by code; none for an empty one.
func cadreOf(ctx context.Context, app *pipeline.App, code string) (planner.CadreID, error) {
	if code == "" {
		return "", nil
	}
	c, err := app.CadreByCode(ctx, operator("matter"), code)
	return c.ID, err
}

// With a seed (rehearsals, tests) the IDs of a command come from its purpose, so what acts on a matter names itself in full.

// deedFlags are what an act may need; which of them it does need, it says.
type deedFlags struct {
	Matter   string   `arg:"" name:"number" help:"编号，如 2026-0001。 Number."`
	On       string   `help:"日期，默认今天。 Day."`
	By       string   `help:"批准人或回访人工号。 Code of who approved or asked."`
	Unit     string   `help:"承办单位代码。 Code of the unit."`
	Officer  string   `help:"承办人工号；默认单位的第一人。 Code of the officer."`
	Partners []string `help:"协办单位代码。 Codes of partners."`
	Outcome  string   `enum:",solved,explained" default:"" help:"solved 已解决，explained 无政策依据、已解释"`
	Opinion  string   `enum:",satisfied,basically,unsatisfied,declined" default:"" help:"satisfied、basically、unsatisfied、declined"`
	Reason   string   `help:"书面理由或答复内容。 Written reason, or the answer."`
	From     string   `help:"听证第一天。 First day of a hearing."`
	Until    string   `help:"听证最后一天，或督办要求的日期。 Last day of a hearing; day given."`
	Days     int      `help:"延长几日。 Days of an extension."`
	Noticed  string   `help:"告知信访人延期理由的日期。 Day the person was told why."`
	Paper    string   `help:"文号。 Number of the paper."`
	Follower string   `help:"回访人工号。 Code of who will ask afterwards."`
}

func (c *deedFlags) do(ctx context.Context, s *Settings, kind planner.ActKind) error {
	return s.with(ctx, fmt.Sprint("matter ", kind, *c), func(app *pipeline.App) error {
		p := operator("matter")
		id, err := app.MatterByNumber(ctx, p, c.Matter)
		if err != nil {
			return err
		}
		d := pipeline.MatterDeed{Kind: kind, Outcome: planner.Outcome(c.Outcome), Opinion: planner.Opinion(c.Opinion), Reason: c.Reason, Days: c.Days, Number: c.Paper}
		for _, f := range []struct {
			text string
			into *civil.Date
		}{{c.On, &d.On}, {c.From, &d.From}, {c.Until, &d.Until}, {c.Noticed, &d.NoticeOn}} {
			if err := matterDates(map[string]*civil.Date{f.text: f.into}); err != nil {
				return err
			}
		}
		for code, into := range map[*string]*planner.CadreID{&c.By: &d.By, &c.Officer: &d.Officer, &c.Follower: &d.Follower} {
			if *into, err = cadreOf(ctx, app, *code); err != nil {
				return err
			}
		}
		if c.Unit != "" {
			if d.Unit, err = app.UnitByCode(ctx, p, c.Unit); err != nil {
				return err
			}
		}
		for _, code := range c.Partners {
			u, err := app.UnitByCode(ctx, p, code)
			if err != nil {
				return err
			}
			d.Partners = append(d.Partners, u)
		}
		row, err := app.MoveMatter(ctx, p, id, d)
		if err != nil {
			return err
		}
		return s.writeJSON(row)
	})
}

type matterLeadCmd struct {
	Number string `arg:"" help:"编号。 Number."`
	Op     string `arg:"" enum:"new,plan,duty,extend,close,file" help:"new 包案、plan 下次时间、duty 一项职责已办、extend 延期、close 结束、file 归档"`
	Leader string `help:"包案领导工号。 Code of the leader."`
	Due    string `help:"化解期限。 End of the case."`
	Next   string `help:"下次时间。 Next date."`
	Plan   string `help:"一案一策：方案。 The plan."`
	Duty   string `help:"哪一项职责。 Which duty."`
	Until  string `help:"延到哪天。 New end."`
	By     string `help:"批准延期的党政主要负责人工号。 Code of the head who extends."`
	Reason string `help:"延期理由。 Reason of the extension."`
}

// Run does what op says.
func (c *matterLeadCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, fmt.Sprint("matter lead ", *c), func(app *pipeline.App) error {
		p := operator("matter")
		id, err := app.MatterByNumber(ctx, p, c.Number)
		if err != nil {
			return err
		}
		w := pipeline.LeadWish{Plan: c.Plan, Duty: c.Duty, Reason: c.Reason}
		for _, f := range []struct {
			text string
			into *civil.Date
		}{{c.Due, &w.DueOn}, {c.Next, &w.NextOn}, {c.Until, &w.Until}} {
			if err := matterDates(map[string]*civil.Date{f.text: f.into}); err != nil {
				return err
			}
		}
		if w.Leader, err = cadreOf(ctx, app, c.Leader); err != nil {
			return err
		}
		if w.By, err = cadreOf(ctx, app, c.By); err != nil {
			return err
		}
		if c.Op == "new" {
			return app.LeadMatter(ctx, p, id, w)
		}
		return app.MoveLead(ctx, p, id, c.Op, w)
	})
}

type matterSettingsCmd struct {
	Rules   string   `enum:",national-2022,henan-2012" default:"" help:"新登记事项适用的规则。 Rules for new matters."`
	Roll    string   `enum:",none,next_workday" default:"" help:"末日不上班是否顺延。 Whether a term rolls over."`
	LeadCap int      `help:"每位领导最多包案几件。 Most open cases of a leader."`
	Duties  []string `help:"包案职责清单。 Duties of a case lead."`
}

// Run stores what is given; running matters keep theirs.
func (c *matterSettingsCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "matter", func(app *pipeline.App) error {
		if c.LeadCap < 0 {
			return invalid("包案上限应是正数，不是 "+strconv.Itoa(c.LeadCap)+"。", "the cap is a positive number.")
		}
		return app.SetMatters(ctx, operator("matter"), pipeline.MatterSettings{Rules: followup.RulesID(c.Rules), Roll: followup.Roll(c.Roll), LeadCap: c.LeadCap, Duties: c.Duties})
	})
}
