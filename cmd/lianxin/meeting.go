package main

import (
	"context"
	"fmt"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
)

// meetingCmd handles the leaders' meeting.
type meetingCmd struct {
	Show   meetingShowCmd   `cmd:"" default:"1" help:"议程、以前交办的进展、截止数字。 Agenda, progress, figures."`
	Add    meetingAddCmd    `cmd:"" help:"列入议题。 Put something on the agenda."`
	Decide meetingDecideCmd `cmd:"" help:"写下结果；交办即成为跟进事项。 Write down the outcome; an order becomes a task."`
	Close  meetingCloseCmd  `cmd:"" help:"数据截止：存下此刻的数字。 Data cut-off: store the figures."`
}

type meetingShowCmd struct {
	Month string `help:"如 2026-03；默认下一次。 Such as 2026-03; default the next."`
}

// Run prints one meeting.
func (c *meetingShowCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "meeting", func(app *pipeline.App) error {
		v, err := app.Meeting(ctx, operator("meeting"), c.Month)
		if err != nil || s.JSON {
			if err == nil {
				err = s.writeJSON(v)
			}
			return err
		}
		fmt.Fprintf(s.out, "%s %s–%s\n", v.Event.On, v.Event.From, v.Event.Until)
		var rows [][]string
		for _, i := range v.Items {
			rows = append(rows, []string{string(i.ID), i.Title, string(i.Outcome), i.Decision, i.Owner, string(i.State)})
		}
		for _, i := range v.Earlier {
			rows = append(rows, []string{i.On.String(), i.Title, string(i.Outcome), i.Decision, i.Owner, string(i.State)})
		}
		if len(rows) == 0 {
			s.figures(v.Figures)
			s.say("还没有议题：lianxin meeting add %s 议题。", "Nothing is on the agenda yet: lianxin meeting add %s TITLE.", v.Event.On.String()[:7])
			return nil
		}
		table(s.out, []string{"编号 ID", "议题 item", "结果 outcome", "决定 decision", "承办 owner", "状态 state"}, rows)
		s.figures(v.Figures)
		return nil
	})
}

type meetingAddCmd struct {
	Month string `arg:"" help:"哪个月的会议。 Month of the meeting."`
	Title string `arg:"" optional:"" help:"议题。 What it is about."`
	Task  string `help:"所议的跟进事项编号。 ID of the task at hand."`
}

// Run prints the item's ID.
func (c *meetingAddCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "meeting", func(app *pipeline.App) error {
		v, err := app.Meeting(ctx, operator("meeting"), c.Month)
		if err != nil {
			return err
		}
		i, err := app.AddItem(ctx, operator("meeting"), v.Event.ID, taskSubject(c.Task), c.Title)
		if err == nil {
			s.say("已列入%s会议的议程，会上的结果用 lianxin meeting decide 写下。编号：", "It is on the agenda of %s; write the outcome down by lianxin meeting decide. ID:", v.Event.On)
			fmt.Fprintln(s.out, i.ID)
		}
		return err
	})
}

func taskSubject(id string) planner.Subject {
	if id == "" {
		return planner.Subject{}
	}
	return planner.Subject{Kind: "task", Ref: id}
}

type meetingDecideCmd struct {
	ID      string `arg:"" help:"议题编号。 ID of the item."`
	Outcome string `arg:"" enum:"task,noted,on-the-spot" help:"task 交办、noted 已研究、on-the-spot 当场答复"`
	Words   string `help:"决定或答复的内容。 What was decided or answered."`
	Owner   string `help:"承办人工号。 Code of who does it."`
	Due     string `help:"办结期限。 Due day."`
}

// Run makes the task in the same transaction.
func (c *meetingDecideCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "meeting", func(app *pipeline.App) error {
		d := pipeline.Decision{Outcome: planner.ItemOutcome(c.Outcome), Words: c.Words}
		var err error
		if c.Due != "" {
			if d.DueOn, err = onDay(c.Due); err != nil {
				return err
			}
		}
		if c.Owner != "" {
			who, err := app.CadreByCode(ctx, operator("meeting"), c.Owner)
			if err != nil {
				return err
			}
			d.Owner = who.ID
		}
		i, err := app.Decide(ctx, operator("meeting"), planner.AgendaID(c.ID), d)
		if err != nil {
			return err
		}
		if i.Task == "" {
			s.say("结果已写下。", "The outcome is written down.")
			return nil
		}
		s.say("已交办，成为%s前办结的跟进事项，承办人会收到提醒。事项编号：", "It is a task now, due by %s, and its owner is told. ID of the task:", d.DueOn)
		fmt.Fprintln(s.out, i.Task)
		return nil
	})
}

type meetingCloseCmd struct {
	Month string `arg:"" help:"哪个月的会议。 Month of the meeting."`
}

// Run stores the figures once.
func (c *meetingCloseCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "meeting", func(app *pipeline.App) error {
		f, err := app.CloseData(ctx, operator("meeting"), c.Month)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(f)
		}
		s.figures(&f)
		return nil
	})
}

// figures prints the numbers of the cut-off, if there was one.
func (s *Settings) figures(f *pipeline.MeetingFigures) {
	if f == nil {
		return
	}
	fmt.Fprintln(s.out, planner.Text{ZH: "截止数字：未办结事项{开}件，其中逾期{逾}件；上月到期已办结{结}件；群众工作日应走访{应}户次，已走访{已}户次。",
		EN: "Figures at the cut-off: {开} tasks open, {逾} of them late; {结} that fell due in the last month are done; {已} of {应} visits of the mass-work-day are made."}.
		Fill("开", fmt.Sprint(f.OpenTasks), "逾", fmt.Sprint(f.OverdueTasks), "结", fmt.Sprint(f.ClosedTasks), "应", fmt.Sprint(f.VisitsAsked), "已", fmt.Sprint(f.VisitsDone)).In(s.Lang))
}

// occasionCmd handles hearings, public-square sessions, case visits and joint receptions.
type occasionCmd struct {
	List   occasionListCmd   `cmd:"" default:"1" help:"听证会、政务广场、带案下访、联合接访、节前慰问清单。 Hearings, sessions, case visits, joint receptions, festival calls."`
	Set    occasionSetCmd    `cmd:"" help:"安排一次。 Set one."`
	Cancel occasionCancelCmd `cmd:"" help:"取消一次。 Call one off."`
	Ask    occasionAskCmd    `cmd:"" help:"记下政务广场上的一个问题；用 meeting decide 写答复。 Note a question; answer it by meeting decide."`
}

type occasionListCmd struct{}

// Run lists those of the last thirty days and to come.
func (occasionListCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "occasion", func(app *pipeline.App) error {
		os, err := app.Occasions(ctx, operator("occasion"))
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(os)
		}
		var rows [][]string
		for _, o := range os {
			rows = append(rows, []string{string(o.EventView.ID), o.On.String(), o.From.String() + "–" + o.Until.String(), o.EventView.Title.In(s.Lang), o.Subject.In(s.Lang), o.Leader,
				fmt.Sprintf("%d + %d", o.OnTheSpot, o.WithDueDay), string(o.Status)})
		}
		table(s.out, []string{"编号 ID", "日期 day", "时间 hours", "活动 kind", "议题 subject", "主持 leader", "当场+限期 answers", "状态 status"}, rows)
		return nil
	})
}

type occasionSetCmd struct {
	Kind    string   `arg:"" enum:"hearing,square,case-visit,joint-reception,festival-call" help:"hearing 听证会、square 政务广场、case-visit 带案下访、joint-reception 联合接访、festival-call 节前慰问"`
	Day     string   `arg:"" help:"日期。 The day."`
	Leader  string   `required:"" help:"主持领导工号。 Code of the leader."`
	From    string   `default:"09:00" help:"开始。 Begin."`
	Until   string   `default:"11:30" help:"结束。 End."`
	Place   string   `help:"地点。 Where."`
	Village string   `help:"村（社区）代码，带案下访、节前慰问用。 Code of the village of a case visit or festival call."`
	Units   []string `help:"到场单位代码。 Codes of the departments."`
	People  int      `help:"群众代表人数，联合接访用，最多5人。 Representatives of a joint reception."`
	Task    string   `help:"所带事项的编号。 ID of the task at hand."`
	Title   string   `help:"议题（中文），不写人名。 Subject in Chinese, no names."`
	TitleEN string   `name:"title-en" help:"议题（英文）；默认同中文。 The same in English."`
}

// Run prints the event's ID.
func (c *occasionSetCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "occasion", func(app *pipeline.App) error {
		w := pipeline.OccasionWish{Kind: planner.EventKind(c.Kind), Place: c.Place, Village: planner.AreaCode(c.Village), Units: c.Units, Representatives: c.People,
			About: taskSubject(c.Task), Title: planner.Text{ZH: c.Title, EN: c.TitleEN}}
		if w.Title.EN == "" {
			w.Title.EN = c.Title
		}
		var err error
		if w.On, err = onDay(c.Day); err != nil {
			return err
		}
		if w.From, err = civil.ParseClock(c.From); err != nil {
			return invalid("时间请写成09:00的样子。", "write the time like 09:00.")
		}
		if w.Until, err = civil.ParseClock(c.Until); err != nil {
			return invalid("时间请写成09:00的样子。", "write the time like 09:00.")
		}
		who, err := app.CadreByCode(ctx, operator("occasion"), c.Leader)
		if err != nil {
			return err
		}
		w.Leader = who.ID
		e, err := app.SetOccasion(ctx, operator("occasion"), w)
		if err == nil {
			s.say("已安排在%s %s–%s，主持领导的日历已更新。编号：", "Set for %s, %s–%s; the leader's calendar shows it. ID:", e.On, e.From, e.Until)
			fmt.Fprintln(s.out, e.ID)
		}
		return err
	})
}

type occasionCancelCmd struct {
	ID string `arg:"" help:"编号。 ID."`
}

// Run keeps the event as cancelled, so that calendars say so.
func (c *occasionCancelCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "occasion", func(app *pipeline.App) error {
		return app.CancelOccasion(ctx, operator("occasion"), planner.EventID(c.ID))
	})
}

type occasionAskCmd struct {
	ID    string `arg:"" help:"政务广场的编号。 ID of the session."`
	Title string `arg:"" help:"问的是什么，不写人名。 What was asked, no names."`
}

// Run prints the item's ID.
func (c *occasionAskCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "occasion", func(app *pipeline.App) error {
		i, err := app.AddItem(ctx, operator("occasion"), planner.EventID(c.ID), planner.Subject{}, c.Title)
		if err == nil {
			fmt.Fprintln(s.out, i.ID)
		}
		return err
	})
}
