package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/sheet"
)

// replanCmd adapts the plan in force to what changed.
type replanCmd struct {
	Leave  []string `placeholder:"CODE" help:"调离、退休的干部工号，可多次写。 Codes of cadres who leave."`
	Join   []string `type:"existingfile" placeholder:"FILE" help:"新增干部等名册文件。 Rosters of who comes, or of what else changed."`
	Sick   []string `placeholder:"CODE" help:"请病假的干部工号：其联系户由同单位同事优先代管，别人看到的原因是“工作调整”。 Codes of cadres on sick leave: colleagues of the unit take over first."`
	Until  string   `placeholder:"DATE" help:"病假最后一天，如 2026-06-30；未定可不写。 Last day of the sick leave."`
	Back   []string `placeholder:"CODE" help:"病假结束、回来的干部工号：原来的户还给他们，存为草案供审定。 Codes of those who are back: their households return, as a draft."`
	Merge  []string `placeholder:"OLD=NEW" help:"并村：原村代码=并入的村代码（12位），可多次写；户、组、包联单位随村转入。 A village merged into another, by their codes: households, groups and units go along."`
	DryRun bool     `help:"只预览，不写入。 Show, write nothing."`
	Period int      `help:"年度。 The year."`
	All    bool     `help:"列出全部变动，不只前 40 条。 List all changes, not only the first 40."`
}

// changesShown is how many changes a preview lists unless asked for all.
const changesShown = 40

// Run shows old → new with the reason of each change, and stores the new draft revision unless it is a dry run.
func (c *replanCmd) Run(ctx context.Context, s *Settings) error {
	defer spareMemory()()
	return s.with(ctx, "replan", func(app *pipeline.App) error {
		req := pipeline.ReplanRequest{Period: s.year(c.Period), Leave: c.Leave, Sick: c.Sick, Back: c.Back, DryRun: c.DryRun}
		if c.Until != "" {
			last, err := civil.ParseDate(c.Until)
			if err != nil {
				return invalid("“"+c.Until+"”不是日期，请写成 2026-06-30。", c.Until+" is not a date; write 2026-06-30.")
			}
			req.Until = last.AddDays(1)
		}
		for _, m := range c.Merge {
			from, into, ok := strings.Cut(m, "=")
			if !ok || from == "" || into == "" {
				return invalid("“"+m+"”请写成 原村代码=并入的村代码，如 411281001001=411281001002。", m+": write OLD=NEW, such as 411281001001=411281001002.")
			}
			req.Merge = append(req.Merge, pipeline.VillageMerge{From: planner.AreaCode(from), Into: planner.AreaCode(into)})
		}
		for _, f := range c.Join {
			req.Join = append(req.Join, source(f))
		}
		bar := s.progress("微调 replanning")
		req.Progress = bar.tier
		rep, err := app.Replan(ctx, operator("replan"), req)
		bar.end()
		s.findings(rep.Findings)
		if err != nil {
			return err
		}
		if s.JSON {
			if err := s.writeJSON(rep); err != nil {
				return err
			}
			return s.cannotServe(rep.Infeasible)
		}
		s.changes(rep.Changes, c.All)
		fmt.Fprintf(s.out, "换人 changed %d 户   证明的最少 proved fewest %d 户   总代价 price %d 分钟\n", rep.Changed, rep.Proved, rep.Plan.Price.Minutes())
		short := s.cannotServe(rep.Infeasible)
		if c.DryRun {
			s.say("以上只是预览，没有写入任何数据。", "This is a preview; nothing was written.")
		} else {
			s.say("已存为新的草案。看交接：lianxin publish 之后 lianxin handover；要撤销：lianxin plan undo", "Kept as a new draft. Handover packages: lianxin publish, then lianxin handover. To undo: lianxin plan undo")
		}
		return short
	})
}

// changes prints old → new.
func (s *Settings) changes(cs []pipeline.ChangeView, all bool) {
	var rows [][]string
	for i, c := range cs {
		if i == changesShown && !all {
			break
		}
		rows = append(rows, []string{c.Code, c.Head, c.Area, person(c.From, c.FromCode), "→", person(c.To, c.ToCode), c.Why.In(s.Lang)})
	}
	if len(rows) > 0 {
		table(s.out, []string{"对象 target", "户主 head", "村组 area", "原 from", "", "现 to", "原因 reason"}, rows)
	}
	if n := len(cs) - len(rows); n > 0 {
		fmt.Fprintf(s.out, "…… 另有 %d 条，加 --all 全部列出 and %d more, see --all\n", n, n)
	}
}

// person names a cadre with their code.
func person(name, code string) string {
	if code == "" {
		return "（无 nobody）"
	}
	return name + "（" + code + "）"
}

// planUndoCmd takes back the last step of the draft.
type planUndoCmd struct {
	Period int `help:"年度。 The year."`
}

// Run restores the draft as it was before its last step.
func (c *planUndoCmd) Run(ctx context.Context, s *Settings) error {
	defer spareMemory()()
	return s.with(ctx, "plan-undo", func(app *pipeline.App) error {
		rep, err := app.UndoPlan(ctx, operator("plan undo"), s.year(c.Period))
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(rep)
		}
		s.say("已撤销一步（%s），恢复 %d 行。", "One step (%s) was taken back, %d rows restored.", stepName(rep.Op).In(s.Lang), rep.Rows)
		if rep.Plan.ID == "" {
			s.say("此前没有草案。", "There was no draft before it.")
			return nil
		}
		return s.showPlan(rep.Plan)
	})
}

// stepName is what a step of a draft is called.
func stepName(op string) planner.Text {
	if t, ok := stepNames[op]; ok {
		return t
	}
	return planner.Both(op)
}

var stepNames = map[string]planner.Text{
	"plan":    {ZH: "求解", EN: "solving"},
	"replan":  {ZH: "人员变动后的微调", EN: "the replan"},
	"correct": {ZH: "采纳单位意见", EN: "the units' corrections"},
	"pin":     {ZH: "锁定", EN: "a pin"},
	"move":    {ZH: "锁定给另一名干部", EN: "a move"},
	"swap":    {ZH: "对调", EN: "a swap"},
	"unpin":   {ZH: "取消锁定", EN: "an unpin"},
}

// handoverCmd writes the packages of 清单式交接.
type handoverCmd struct {
	Period int    `help:"年度。 The year."`
	Out    string `default:"handover" placeholder:"DIR" help:"写到哪个目录。 Where to write."`
}

// Run writes one workbook for each pair of old and new cadre.
func (c *handoverCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "handover", func(app *pipeline.App) error {
		books, err := app.HandoverBooks(ctx, operator("handover"), s.year(c.Period))
		if err != nil {
			return err
		}
		n := 0
		for _, b := range books {
			n += len(b.Households)
			if err := create(filepath.Join(c.Out, b.File), func(w io.Writer) error { return sheet.WriteHandover(w, b.HandoverBook) }); err != nil {
				return err
			}
		}
		if s.JSON {
			return s.writeJSON(map[string]any{"packages": len(books), "households": n, "dir": c.Out})
		}
		s.say("交接包：%d 份，%d 户，在 %s。", "Handover packages: %d, households %d, in %s.", len(books), n, c.Out)
		return nil
	})
}

// whatIfCmd lays plans side by side.
type whatIfCmd struct {
	Leave   []string `placeholder:"CODE" help:"假设调离的干部工号。 Codes of cadres who would leave."`
	Presets []string `name:"try" placeholder:"PRESET" help:"另外试算的预设。 Practices to try beside the present one."`
	Period  int      `help:"年度。 The year."`
}

// Run prints one line a plan. Nothing is stored.
func (c *whatIfCmd) Run(ctx context.Context, s *Settings) error {
	defer spareMemory()()
	return s.with(ctx, "what-if", func(app *pipeline.App) error {
		bar := s.progress("试算 what if")
		rep, err := app.WhatIf(ctx, operator("what-if"), pipeline.WhatIfRequest{Period: s.year(c.Period), Leave: c.Leave, Presets: c.Presets,
			Progress: bar.tier})
		bar.end()
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(rep)
		}
		var rows [][]string
		for _, w := range rep.Plans {
			rows = append(rows, []string{w.Say.In(s.Lang), strconv.FormatInt(w.Price.Minutes(), 10), strconv.FormatInt(w.TravelMean.Minutes(), 10),
				strconv.Itoa(w.Changed), strconv.Itoa(w.Unserved), fmt.Sprintf("%d–%.1f–%d", w.LoadMin, w.LoadMean, w.LoadMax), strconv.FormatInt(int64(w.Gap), 10)})
		}
		table(s.out, []string{"方案 plan", "总代价（分钟） price", "平均路程 travel", "换人 changed", "未安排 unserved", "每人户数 load min–mean–max", "差距 gap"}, rows)
		s.say("只是试算，没有写入任何数据。", "Only computed; nothing was written.")
		return nil
	})
}
