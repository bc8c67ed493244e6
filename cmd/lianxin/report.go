package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/sheet"
)

// reportCmd makes forms and figures out of what was recorded once.
type reportCmd struct {
	Ledger reportLedgerCmd `cmd:"" help:"生成一种台账；不写名称则列出有哪些。 Make a ledger; without a name, list them."`
	Brief  reportBriefCmd  `cmd:"" help:"月度简报：数据截止后自动生成。 The monthly brief, made once the data are closed."`
	Stats  reportStatsCmd  `cmd:"" help:"统计：批次、人次、办结、满意度。 Cases, persons, closure, satisfaction."`
	Layout reportLayoutCmd `cmd:"" help:"台账改用本单位的栏目（改名、调次序、去掉）。 Use the office's own columns."`
}

type reportLedgerCmd struct {
	Name  string `arg:"" optional:"" help:"台账名称，如 visits；all 为全部；不写则列出。 Name of the ledger, such as visits; all of them; none lists them."`
	From  string `help:"起始日，默认本季度第一天。 First day; default the quarter's."`
	Until string `help:"截止日（含当天）。 Last day, included."`
	Area  string `help:"区划代码：村、乡镇或县。 Code of a village, township or county."`
	Out   string `short:"o" help:"写到这个 xlsx 文件；不写则显示。 Write this workbook; else print."`
}

// Run prints a ledger or writes it as a workbook.
func (c *reportLedgerCmd) Run(ctx context.Context, s *Settings) error {
	if c.Name == "" {
		var rows [][]string
		for _, l := range pipeline.Ledgers() {
			keys := ""
			for i, k := range l.Columns {
				if i > 0 {
					keys += " "
				}
				keys += k.Key
			}
			rows = append(rows, []string{l.Name, l.Title.In(s.Lang), keys})
		}
		table(s.out, []string{"名称 name", "台账 ledger", "栏目 columns"}, rows)
		return nil
	}
	return s.with(ctx, "report ledger", func(app *pipeline.App) error {
		w := pipeline.LedgerWish{Name: c.Name, Area: planner.AreaCode(c.Area)}
		var err error
		if w.Span, err = daysOf(c.From, c.Until); err != nil {
			return err
		}
		if c.Name == "all" {
			if c.Out == "" {
				return invalid("全部台账要写到一个文件，请加 --out。", "all ledgers go into one workbook; add --out.")
			}
			var all []sheet.Ledger
			for _, known := range pipeline.Ledgers() {
				w.Name = known.Name
				l, err := app.Ledger(ctx, operator("report ledger"), w)
				if err != nil {
					return err
				}
				all = append(all, l.Ledger)
			}
			return s.writeBook(c.Out, func(f io.Writer) error { return sheet.WriteLedger(f, all...) })
		}
		l, err := app.Ledger(ctx, operator("report ledger"), w)
		if err != nil {
			return err
		}
		switch {
		case c.Out != "":
			return s.writeBook(c.Out, func(f io.Writer) error { return sheet.WriteLedger(f, l.Ledger) })
		case s.JSON:
			return s.writeJSON(l)
		}
		var heads []string
		for _, k := range l.Columns {
			heads = append(heads, k.Head.In(s.Lang))
		}
		table(s.out, heads, l.Rows)
		return nil
	})
}

// writeBook writes a workbook and says so; a file half written does not stay.
func (s *Settings) writeBook(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return invalid("写不了文件“"+name+"”。", "the file "+name+" cannot be written.")
	}
	if err = errors.Join(write(f), f.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	s.say("已写入 %s", "written: %s", name)
	return nil
}

// daysOf reads a span of which the last day is given.
func daysOf(from, until string) (span civil.Span, err error) {
	if from != "" {
		if span.From, err = onDay(from); err != nil {
			return span, err
		}
	}
	if until != "" {
		if span.Until, err = onDay(until); err != nil {
			return span, err
		}
		span.Until = span.Until.AddDays(1)
	}
	return span, nil
}

type reportLayoutCmd struct {
	File  string `arg:"" help:"栏目文件，如 ledgers/visits.yaml；用 --reset 时写台账名称。 The layout; with --reset the name of the ledger."`
	Reset bool   `help:"恢复原来的栏目。 Back to the columns as delivered."`
}

// Run checks the file and keeps it for all.
func (c *reportLayoutCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "report layout", func(app *pipeline.App) error {
		if c.Reset {
			return app.DropLedgerLayout(ctx, operator("report layout"), c.File)
		}
		b, err := os.ReadFile(c.File)
		if err != nil {
			return invalid("读不到文件“"+c.File+"”。", "the file "+c.File+" cannot be read.")
		}
		l, err := app.SetLedgerLayout(ctx, operator("report layout"), c.File, b)
		if err == nil {
			s.say("%s 台账改用这个栏目。", "The ledger %s uses this layout now.", l.Ledger)
		}
		return err
	})
}

type reportBriefCmd struct {
	Month string `help:"如 2026-03；默认最近一个已截止的月。 Such as 2026-03; default the last closed month."`
	Out   string `short:"o" help:"写到这个 xlsx 文件。 Write this workbook."`
}

// Run prints the brief or writes it as a workbook.
func (c *reportBriefCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "report brief", func(app *pipeline.App) error {
		b, err := app.Brief(ctx, operator("report brief"), c.Month)
		if err != nil {
			return err
		}
		return s.sheets(b, c.Out, b.Sheets(app.Office.Name, app.Today()))
	})
}

type reportStatsCmd struct {
	From  string `help:"起始月里的一天。 A day of the first month."`
	Until string `help:"截止月里的一天。 A day of the last month."`
	Area  string `help:"乡镇（街道）代码，9位。 Code of a township."`
	By    string `default:"receiver" enum:"receiver,area,month" help:"receiver 接访人类别、area 乡镇、month 月。"`
	Out   string `short:"o" help:"写到这个 xlsx 文件。 Write this workbook."`
}

// Run prints the statistic or writes it as a workbook.
func (c *reportStatsCmd) Run(ctx context.Context, s *Settings) error {
	w := pipeline.StatsWish{Area: planner.AreaCode(c.Area), By: c.By}
	for text, into := range map[*string]*civil.Date{&c.From: &w.From, &c.Until: &w.Until} {
		if *text == "" {
			continue
		}
		d, err := onDay(*text)
		if err != nil {
			return err
		}
		*into = d
	}
	return s.with(ctx, "report stats", func(app *pipeline.App) error {
		st, err := app.Stats(ctx, operator("report stats"), w)
		if err != nil {
			return err
		}
		return s.sheets(st, c.Out, st.Sheets(app.Office.Name, app.Today()))
	})
}

// sheets writes tables to a workbook, or prints them, or what they were made of as JSON.
func (s *Settings) sheets(v any, out string, ls []sheet.Ledger) error {
	switch {
	case out != "":
		return s.writeBook(out, func(f io.Writer) error { return sheet.WriteLedger(f, ls...) })
	case s.JSON:
		return s.writeJSON(v)
	}
	for _, l := range ls {
		fmt.Fprintln(s.out, l.Title.In(s.Lang)+"　"+l.Subtitle())
		var heads []string
		for _, c := range l.Columns {
			heads = append(heads, c.Head.In(s.Lang))
		}
		table(s.out, heads, l.Rows)
		fmt.Fprintln(s.out)
	}
	return nil
}
