package main

import (
	"context"
	"fmt"
	"io"

	"lianxin/planner"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
	"lianxin/planner/web"
)

// calendarVillageCmd writes the years of villages to hang up.
type calendarVillageCmd struct {
	Code   string `arg:"" optional:"" help:"村（社区）代码；乡镇代码为其全部村，不写为全县（市）。 Code of a village; of a township: all its villages; without it all."`
	Year   int    `help:"哪一年；默认今年。 Which year."`
	Format string `enum:"html,pdf" default:"html" help:"html（自带样式，可打印A4）、pdf（需装有Chromium）。"`
	Out    string `short:"o" placeholder:"FILE" help:"写到文件；默认 html 到屏幕，pdf 到“村年历-年份.pdf”。 File; html goes to standard output."`
}

// Run writes one file with a page for each village, in the order of their codes.
func (c *calendarVillageCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "calendar village", func(app *pipeline.App) error {
		year, area := s.year(c.Year), planner.AreaCode(c.Code)
		if s.JSON {
			years, err := app.VillageYears(ctx, operator("calendar village"), area, year)
			if err != nil {
				return err
			}
			return s.writeJSON(years)
		}
		page, err := (&web.Server{App: app, Version: version}).VillagePages(ctx, operator("calendar village"), lang.Choose(s.Lang), area, year)
		if err != nil {
			return err
		}
		name := c.Out
		if c.Format == "pdf" {
			if page, err = printPDF(ctx, page); err != nil {
				return err
			}
			if name == "" {
				name = fmt.Sprintf("村年历-%d.pdf", year)
			}
		}
		write := func(w io.Writer) error { _, err := w.Write(page); return err }
		if name == "" {
			return write(s.out)
		}
		if err := create(name, write); err != nil {
			return err
		}
		s.say("已写入 %s", "Written to %s", name)
		return nil
	})
}
