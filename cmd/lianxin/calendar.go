package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/sheet"
)

// calendarCmd lays a year.
type calendarCmd struct {
	Year int `help:"哪一年；默认今年。 Which year."`
}

// Run lays the days, resolves the collisions, makes the rota and the visits, and says what moved. Running it again changes nothing.
func (c *calendarCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "calendar", func(app *pipeline.App) error {
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
			fmt.Fprintf(s.out, "%s  %s\n", d.On, d.Why.In(s.Lang))
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
	Why     planner.Text `json:"why"`
}

// workDays picks the county's mass-work-days out of a year.
func workDays(y pipeline.YearView) (days []workDay) {
	for _, month := range y.Months {
		for _, cell := range month {
			for _, e := range cell.Events {
				if e.Kind == planner.EventMassWorkDay {
					days = append(days, workDay{e.On, e.Nominal, e.Why})
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
