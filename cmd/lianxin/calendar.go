package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/sheet"
)

// calendarCmd lays a year, prints days, lists presets.
type calendarCmd struct {
	Lay     calendarLayCmd     `cmd:"" default:"withargs" help:"排全年日历。 Lay the year's calendar."`
	Days    calendarDaysCmd    `cmd:"" help:"逐日核对：工作日、节假日、农历、节气。 Each day: workday or not, holiday, lunar date, solar term."`
	Village calendarVillageCmd `cmd:"" help:"村年历：每村一页A4，可打印张贴。 Villages' years, one page of A4 each."`
	Presets calendarPresetsCmd `cmd:"" help:"列出日历预设及其出处。 List the calendar presets and their sources."`
}

// calendarLayCmd lays a year.
type calendarLayCmd struct {
	Year     int `help:"哪一年；默认今年。 Which year."`
	Festival int `placeholder:"DAYS" default:"-1" help:"节前走访：春节、中秋前第几个工作日；0为不排；默认照旧。 Visits so many workdays before Spring Festival and Mid-Autumn; 0 lays none."`
}

// Help says what --preset does here.
func (calendarLayCmd) Help() string {
	return `--preset NAME 换用一种日历预设（见 lianxin calendar presets），记入数据库，以后都照它排；不写则照旧。
--preset NAME takes a calendar preset (lianxin calendar presets) and keeps it for later; without it the rules stay.`
}

// choose stores the rules that the command line asks for, if it asks for any.
func (c *calendarLayCmd) choose(ctx context.Context, s *Settings, app *pipeline.App) error {
	if !s.given("preset") && c.Festival < 0 {
		return nil
	}
	id, rules, err := app.CalendarRules(ctx)
	if err != nil {
		return err
	}
	festivals := rules.Festivals
	if s.given("preset") {
		id = s.Preset
	}
	if c.Festival >= 0 {
		festivals = nil
		if c.Festival > 0 {
			festivals = []calendar.Festival{{ID: calendar.Spring, Before: c.Festival}, {ID: calendar.MidAutumn, Before: c.Festival}}
		}
	}
	p, err := app.UsePreset(ctx, operator("calendar"), id, festivals)
	if err != nil {
		return err
	}
	s.say("日历规则：%s（%s）", "Calendar rules: %s (%s)", p.Say.In(s.Lang), p.Source.In(s.Lang))
	return nil
}

// Run lays the days, resolves the collisions, makes the rota and the visits, and says what moved. Running it again changes nothing.
func (c *calendarLayCmd) Run(ctx context.Context, s *Settings) error {
	defer fewerCollections()()
	return s.with(ctx, "calendar", func(app *pipeline.App) error {
		if err := c.choose(ctx, s, app); err != nil {
			return err
		}
		bar := s.progress("排日历 calendar")
		rep, err := app.LayYear(ctx, operator("calendar"), s.year(c.Year), bar.step)
		bar.end()
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(rep)
		}
		view, err := app.Year(ctx, operator("calendar"), rep.Year)
		if err != nil {
			return err
		}
		for _, d := range workDays(view) {
			fmt.Fprintf(s.out, "%s  %s  %s\n", d.On, d.Title.In(s.Lang), d.Why.In(s.Lang))
		}
		for _, x := range view.Collisions {
			fmt.Fprintf(s.out, "%s\n", x.Say.In(s.Lang))
		}
		s.findings(rep.Findings)
		s.say("接访 %d 场，其中主要负责人 %d 场；日程 %d 项，走访 %d 户次，变动 %d 项。", "%d reception slots, %d by heads; %d events, %d visits, %d changed.", rep.Slots, rep.HeadSlots, rep.Events, rep.Visits, rep.Changed)
		return nil
	})
}

// workDay is one mass-work-day as a summary names it.
type workDay struct {
	On      civil.Date   `json:"on"`
	Nominal civil.Date   `json:"nominal"`
	Title   planner.Text `json:"title"` // as the office calls it
	Why     planner.Text `json:"why"`
}

// workDays picks the county's days out of a year: mass-work-days, reception days by rule, festival visits.
func workDays(y pipeline.YearView) (days []workDay) {
	for _, month := range y.Months {
		for _, cell := range month {
			for _, e := range cell.Events {
				if e.Kind == planner.EventMassWorkDay || e.Kind == planner.EventReceptionDay || e.Kind == planner.EventFestivalVisit {
					days = append(days, workDay{e.On, e.Nominal, e.Title, e.Why})
				}
			}
		}
	}
	return days
}

// feedCmd writes calendar files.
type feedCmd struct {
	Who string `arg:"" optional:"" help:"工号、村代码、单位代码、hall、public、county 或 holidays；不写则写出全部。 Code of a cadre, village or unit, or hall, public, county, holidays; without it all are written."`
	Out string `default:"feeds" placeholder:"DIR" help:"全部写出时的目录。 Folder when all are written."`
}

// Run writes one calendar to standard output, or all to a folder.
func (c *feedCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "feed", func(app *pipeline.App) error {
		if c.Who == "" {
			bar := s.progress("日历文件 feeds")
			n, err := app.WriteFeeds(ctx, c.Out, bar.step)
			bar.end()
			if err == nil {
				s.say("写了 %d 个日历文件，在 %s。", "%d calendar files written to %s.", n, c.Out)
			}
			return err
		}
		kind, ref, err := app.FeedRef(ctx, operator("feed"), c.Who)
		if err != nil {
			return err
		}
		f, err := app.FeedOf(ctx, operator("feed"), kind, ref)
		if err != nil {
			return err
		}
		_, err = s.out.Write(f.Body)
		return err
	})
}

// exportCmd writes what leaves the house.
type exportCmd struct {
	Plan      exportPlanCmd      `cmd:"" help:"方案：plan.xlsx 和 plan.json。 The plan as workbook and JSON."`
	Canonical exportCanonicalCmd `cmd:"" help:"全部业务数据的规范文本（核对两库是否一致）。 All domain data as canonical text."`
}

type exportPlanCmd struct {
	Period int    `help:"年度。 The year."`
	Out    string `default:"." placeholder:"DIR" help:"写到哪个目录。 Where to write."`
}

// Run writes plan.xlsx and plan.json.
func (c *exportPlanCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "export", func(app *pipeline.App) error { return s.writePlan(ctx, app, s.year(c.Period), c.Out) })
}

func (s *Settings) writePlan(ctx context.Context, app *pipeline.App, period int, dir string) error {
	book, err := app.PlanBook(ctx, operator("export"), period)
	if err != nil {
		return err
	}
	if err := create(filepath.Join(dir, "plan.xlsx"), func(w io.Writer) error { return sheet.WritePlan(w, book) }); err != nil {
		return err
	}
	return create(filepath.Join(dir, "plan.json"), func(w io.Writer) error { return app.PlanJSON(ctx, operator("export"), period, w) })
}

type exportCanonicalCmd struct{}

// Run writes the canonical export to standard output.
func (exportCanonicalCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "export", func(app *pipeline.App) error { return app.DB.Canonical(ctx, s.out) })
}

// verifyCmd checks what is stored.
type verifyCmd struct {
	Period int `help:"年度。 The year."`
}

// Run recomputes the plan's price and bound over all pairs without the solver's code, seals and checks the audit chain.
func (c *verifyCmd) Run(ctx context.Context, s *Settings) error {
	defer spareMemory()()
	return s.with(ctx, "verify", func(app *pipeline.App) error {
		rep, err := app.VerifyPlan(ctx, operator("verify"), s.year(c.Period))
		if err != nil {
			return err
		}
		if _, err := app.DB.Seal(ctx, s.now()); err != nil {
			return err
		}
		n, err := app.DB.VerifyChain(ctx)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(map[string]any{"plan": rep, "audit_rows": n})
		}
		s.say("方案：总代价 %d 秒 = 证明的下界 %d 秒，核验了 %d 个组合，刚性规则冲突 %d。\n审计链：%d 条记录完整。",
			"Plan: price %d s = bound %d s over %d pairs, %d hard rules broken.\nAudit chain: %d rows intact.", int64(rep.Price), int64(rep.Bound), rep.Pairs, rep.HardBroken, n)
		for _, r := range rep.Reworded {
			s.say("备注：有 %d 对的说明用的是规则“%s”从前的句子；规则、价和句中的姓名、数字都核对无误。下次编制方案时换成现在的句子：“%s”。",
				"Remark: %d pairs keep the sentence that rule %s had before; rule, price, names and numbers in it are right. The next plan will say: “%s”.",
				r.Pairs, planner.Text{ZH: r.Name, EN: r.Rule}.In(s.Lang), r.Say.In(s.Lang))
		}
		return nil
	})
}

// doctorCmd looks around.
type doctorCmd struct{}

// Run prints each setting with its origin and whether database and key file answer.
func (doctorCmd) Run(ctx context.Context, s *Settings) error {
	values := s.values()
	ok := true
	check := func(name string, err error) {
		mark := "好 ok"
		if err != nil {
			mark, ok = "不好 "+err.Error(), false
		}
		values = append(values, []string{name, mark, ""})
	}
	_, keyErr := os.Stat(s.Keys)
	check("密钥文件 key file", keyErr)
	app, err := s.open(ctx, "doctor")
	check("数据库 database", err)
	if err == nil {
		defer app.DB.Close()
		_, chainErr := app.DB.VerifyChain(ctx)
		check("审计链 audit chain", chainErr)
	}
	if s.JSON {
		if err := s.writeJSON(values); err != nil {
			return err
		}
	} else {
		table(s.out, []string{"项目 setting", "值 value", "来自 from"}, values)
	}
	if !ok {
		return invalid("有一项不好，见上表。没有建库的话先运行 lianxin init。", "something above is wrong; without a database run lianxin init first.")
	}
	return nil
}
