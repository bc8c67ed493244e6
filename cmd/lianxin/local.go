package main

import (
	"bytes"
	"context"
	"io"
	"os"

	"lianxin/planner"
	"lianxin/planner/pipeline"
)

// localCmd keeps the days of areas: markets, fairs, farm seasons, no-go days, local holidays.
type localCmd struct {
	List   localListCmd   `cmd:"" default:"withargs" help:"列出。 List them."`
	Add    localAddCmd    `cmd:"" help:"加一条。 Add one."`
	Remove localRemoveCmd `cmd:"" help:"删一条。 Take one away."`
	Sheet  localSheetCmd  `cmd:"" help:"导出《村组》表，带逢集、庙会、农忙、不入户各列，改好后用 lianxin import 导回。 Write the sheet 村组 with its columns of days, to be edited and imported."`
	Import localImportCmd `cmd:"" help:"从CSV导入：区划代码、类别、规则、名称、走访。 Import a CSV file."`
}

// localDay is one day of an area on the command line.
type localDay struct {
	Area string `arg:"" help:"区划代码：县6位、乡镇9位、村12位。 Code of the area."`
	Kind string `arg:"" enum:"market,fair,farm,no-go,closed" help:"market 逢集、fair 庙会、farm 农忙、no-go 不入户、closed 本地放假（县为不办公，乡镇和村为不走访）。"`
	Rule string `arg:"" help:"lunar:3,6,9 农历逢三六九；solar:1,4,7；weekday:3,6（1为周一）；branch:子,午；lunar-date:2-2..2-4；solar-date:6-7..6-10；term:芒种..夏至；date:2026-06-07..2026-06-09。"`
}

func (d localDay) noun() planner.AreaDay {
	return planner.AreaDay{Area: planner.AreaCode(d.Area), Kind: planner.AreaDayKind(d.Kind), Rule: d.Rule}
}

type localSheetCmd struct {
	Out string `arg:"" optional:"" default:"村组.xlsx" help:"写到哪个文件。 File to write."`
}

// Run writes the sheet.
func (c *localSheetCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "local", func(app *pipeline.App) error {
		if err := create(c.Out, func(w io.Writer) error { return app.AreaSheet(ctx, operator("local sheet"), w) }); err != nil {
			return err
		}
		s.say("已写入 %s", "Written to %s", c.Out)
		return nil
	})
}

type localListCmd struct{}

// Run lists the days of all areas.
func (localListCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "local", func(app *pipeline.App) error {
		days, err := app.AreaDays(ctx, operator("local"))
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(days)
		}
		wish := map[planner.DayWish]planner.Text{planner.WishAvoid: {ZH: "避开", EN: "avoid"}, planner.WishPrefer: {ZH: "优先", EN: "prefer"}}
		var rows [][]string
		for _, d := range days {
			rows = append(rows, []string{string(d.Area), d.Place, d.Word.In(s.Lang), d.Say.In(s.Lang), d.Name, wish[d.Wish].In(s.Lang), d.Rule})
		}
		table(s.out, []string{"区划 area", "", "类别 kind", "日子 days", "名称 name", "走访 visits", "规则 rule"}, rows)
		return nil
	})
}

type localAddCmd struct {
	localDay
	Name string `help:"集会或地方的名称，不写人名。 Name of the fair or place, of no person."`
	Wish string `enum:"avoid,prefer,none" default:"none" help:"走访避开(avoid)或优先(prefer)这些日子。 Whether visits keep off or seek these days."`
}

// Run adds one.
func (c *localAddCmd) Run(ctx context.Context, s *Settings) error {
	d := c.noun()
	d.Name = c.Name
	if c.Wish != "none" {
		d.Wish = planner.DayWish(c.Wish)
	}
	return s.with(ctx, "local", func(app *pipeline.App) error { return s.putLocal(ctx, app, []planner.AreaDay{d}, false) })
}

type localRemoveCmd struct{ localDay }

// Run takes one away.
func (c *localRemoveCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "local", func(app *pipeline.App) error { return s.putLocal(ctx, app, []planner.AreaDay{c.noun()}, true) })
}

type localImportCmd struct {
	File string `arg:"" type:"existingfile" help:"CSV（UTF-8）。表头：区划代码,类别,规则,名称,走访；类别：逢集、庙会、农忙、不入户、本地放假；走访：避开、优先或不填。"`
}

// Run reports every finding; one leaves all as it was.
func (c *localImportCmd) Run(ctx context.Context, s *Settings) error {
	b, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	days, fs := pipeline.ReadAreaDays(c.File, bytes.NewReader(b))
	s.findings(fs)
	if len(fs) > 0 {
		return invalid("有上面这些问题，没有导入。", "there are the problems above; nothing was imported.")
	}
	return s.with(ctx, "local", func(app *pipeline.App) error { return s.putLocal(ctx, app, days, false) })
}

func (s *Settings) putLocal(ctx context.Context, app *pipeline.App, days []planner.AreaDay, remove bool) error {
	if err := app.PutAreaDays(ctx, operator("local"), days, remove); err != nil {
		return err
	}
	s.say("已记下 %d 条。再运行 lianxin calendar，日历和走访日照此调整。", "%d noted. Run lianxin calendar again: the calendar and the visiting days follow.", len(days))
	return nil
}
