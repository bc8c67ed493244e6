package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

// visitCmd handles visits: a day's sheet, one more visit, a stand-in, what was noted, who was seen.
type visitCmd struct {
	Sheet    visitSheetCmd    `cmd:"" help:"一名干部一天的走访表。 One cadre's day."`
	Plan     visitPlanCmd     `cmd:"" help:"加排一次走访；不写 --yes 只试排。 Plan one more visit; without --yes only tries."`
	StandIn  visitStandInCmd  `cmd:"" help:"替访：一天由别人去；结对不变。 Let another go for one day."`
	Offline  visitOfflineCmd  `cmd:"" help:"离线走访表：一个网页文件，没有网也能记。 A sheet to note visits without a network: one HTML file."`
	Record   visitRecordCmd   `cmd:"" help:"导入离线走访表存下的记录，逐条给回执；重复导入不会重记。 Take in what an offline sheet saved; each entry gets a receipt."`
	Coverage visitCoverageCmd `cmd:"" help:"走访覆盖：哪些户去过、哪天、没走成的原因。 Who was seen, when, and why not."`
}

// readCare reads the setting of care that comes round: empty for none, "default", or a file.
func readCare(file string) ([]followup.Care, error) {
	switch file {
	case "":
		return nil, nil
	case "default":
		return followup.DefaultCare(), nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, invalid("读不到定期关心的文件 "+file+"。", "the file of care "+file+" cannot be read.")
	}
	return followup.ReadCare(file, b)
}

// day reads a date of the command line; the zero date if none is given.
func day(flag, v string) (civil.Date, error) {
	if v == "" {
		return civil.Date{}, nil
	}
	d, err := civil.ParseDate(v)
	if err != nil {
		return d, invalid(flag+" 的“"+v+"”不是日期，请写成 2026-02-20。", flag+" "+v+" is not a date; write 2026-02-20.")
	}
	return d, nil
}

type visitSheetCmd struct {
	Cadre string `arg:"" help:"工号。 Code of the cadre."`
	On    string `placeholder:"DATE" help:"哪天；默认下一个走访日。 The day; default the next one."`
}

// Run prints the stops in order with their state. Contacts are never printed.
func (c *visitSheetCmd) Run(ctx context.Context, s *Settings) error {
	on, err := day("--on", c.On)
	if err != nil {
		return err
	}
	return s.with(ctx, "visit", func(app *pipeline.App) error {
		p := operator("visit")
		who, err := app.CadreByCode(ctx, p, c.Cadre)
		if err != nil {
			return err
		}
		v, err := app.VisitSheetOf(ctx, p, who.ID, on)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(v)
		}
		fmt.Fprintf(s.out, "%s  %s  %s\n", v.On, v.Name, v.Unit)
		var rows [][]string
		for _, st := range v.Stops {
			rows = append(rows, []string{fmt.Sprint(st.Stop), st.Household.Code, st.Household.Head, st.Household.Area, lang.T(s.Lang, "hours."+string(st.Household.Hours)), lang.T(s.Lang, "visit."+string(st.State)), st.Companion})
		}
		table(s.out, []string{"顺序 stop", "户 household", "户主 head", "住处 where", "时段 hours", "结果 outcome", "同去 with"}, rows)
		return nil
	})
}

type visitPlanCmd struct {
	Household string `arg:"" help:"户编号。 Code of the household."`
	Cadre     string `arg:"" help:"工号。 Code of the cadre."`
	On        string `arg:"" help:"哪天。 The day."`
	Hours     string `enum:"any,morning,afternoon,evening" default:"any" help:"时段；晚上只在群众要求时排。 Part of day; evenings only by the household's wish."`
	Yes       bool   `help:"执行；不写只试排。 Do it; without this only tries."`
}

// Run says what would happen, and does it with --yes.
func (c *visitPlanCmd) Run(ctx context.Context, s *Settings) error {
	on, err := day("DATE", c.On)
	if err != nil {
		return err
	}
	return s.with(ctx, "visit", func(app *pipeline.App) error {
		p := operator("visit")
		household, err := app.HouseholdByCode(ctx, p, c.Household)
		if err != nil {
			return err
		}
		who, err := app.CadreByCode(ctx, p, c.Cadre)
		if err != nil {
			return err
		}
		out, err := app.PlanVisit(ctx, p, who.ID, household, on, planner.Hours(c.Hours), !c.Yes)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(out)
		}
		fmt.Fprintln(s.out, out.Say.In(s.Lang))
		if !c.Yes {
			s.say("还没有执行；确认请加 --yes。", "Not done yet; add --yes to do it.")
		}
		return nil
	})
}

type visitStandInCmd struct {
	Cadre string `arg:"" help:"原定干部的工号。 Code of the cadre whose day it is."`
	On    string `arg:"" help:"哪天。 The day."`
	Other string `arg:"" optional:"" help:"替访干部的工号；不写则收回。 Code of the stand-in; without it the stand-in is taken back."`
}

// Run hands a day's planned visits to another cadre, or back.
func (c *visitStandInCmd) Run(ctx context.Context, s *Settings) error {
	on, err := day("DATE", c.On)
	if err != nil {
		return err
	}
	return s.with(ctx, "visit", func(app *pipeline.App) error {
		p := operator("visit")
		who, err := app.CadreByCode(ctx, p, c.Cadre)
		if err != nil {
			return err
		}
		var other planner.CadreID
		if c.Other != "" {
			o, err := app.CadreByCode(ctx, p, c.Other)
			if err != nil {
				return err
			}
			other = o.ID
		}
		n, err := app.StandIn(ctx, p, who.ID, on, other)
		if err != nil {
			return err
		}
		if other == "" {
			s.say("%d 户走访回到本人。", "%d visits are the cadre's own again.", n)
		} else {
			s.say("%d 户走访已换人；两人的日历会更新。", "%d visits changed hands; both calendars follow.", n)
		}
		return nil
	})
}

type visitRecordCmd struct {
	File string `arg:"" type:"existingfile" help:"离线走访表导出的 JSON 文件。 JSON file that an offline sheet exported."`
}

// Run takes the entries in as many parts as needed and prints what was refused.
func (c *visitRecordCmd) Run(ctx context.Context, s *Settings) error {
	b, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	var file struct {
		Edits []planner.Edit `json:"edits"`
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	if err := d.Decode(&file); err != nil {
		return invalid(c.File+" 不是离线走访表导出的文件："+err.Error(), c.File+" is not an export of an offline sheet: "+err.Error())
	}
	return s.with(ctx, "visit", func(app *pipeline.App) error {
		var receipts []pipeline.Receipt
		bar := s.progress("记录 entries")
		for from := 0; from < len(file.Edits); from += pipeline.MaxEdits {
			part := file.Edits[from:min(len(file.Edits), from+pipeline.MaxEdits)]
			got, err := app.RecordVisits(ctx, operator("visit"), part)
			if err != nil {
				return err
			}
			receipts = append(receipts, got.Receipts...)
			bar.step(from+len(part), len(file.Edits))
		}
		if s.JSON {
			return s.writeJSON(receipts)
		}
		taken := 0
		for _, r := range receipts {
			if r.Taken {
				taken++
			} else {
				fmt.Fprintf(s.out, "%s: %s\n", r.ID, r.Refused.In(s.Lang))
			}
		}
		s.say("共 %d 条，记下 %d 条。", "%d entries, %d taken.", len(receipts), taken)
		return nil
	})
}

type visitCoverageCmd struct {
	Village string `placeholder:"CODE" help:"只看这个村（12 位编码）。 Only this village."`
	From    string `placeholder:"DATE" help:"从哪天起；默认今年。 From; default this year."`
	Until   string `placeholder:"DATE" help:"到哪天（不含）。 Until, exclusive."`
	Missing bool   `help:"只看应走访而还没走访的。 Only those not seen yet."`
	Limit   int    `default:"50" help:"最多几行，500 以内。 Most rows, up to 500."`
}

// Run prints the counts and the list, by place.
func (c *visitCoverageCmd) Run(ctx context.Context, s *Settings) error {
	from, err := day("--from", c.From)
	if err != nil {
		return err
	}
	until, err := day("--until", c.Until)
	if err != nil {
		return err
	}
	return s.with(ctx, "visit", func(app *pipeline.App) error {
		v, err := app.Coverage(ctx, operator("visit"), pipeline.CoverageFilter{Village: planner.AreaCode(c.Village), Span: civil.Span{From: from, Until: until},
			Missing: c.Missing, Limit: c.Limit})
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(v)
		}
		var rows [][]string
		for _, r := range v.Rows {
			rows = append(rows, []string{r.Village, r.Code, r.Cadre, r.LastOn.String(), r.NextOn.String(), r.Apart + string(r.Why)})
		}
		table(s.out, []string{"村 village", "户 household", "联系干部 cadre", "最近 last", "下次 next", "原因 why"}, rows)
		s.say("应走访 %d 户，已走访 %d 户；另有 %d 户不计入（暂不打扰或未同意）。", "%d to be visited, %d visited; %d stand apart (left alone or not agreed).", v.Of, v.Seen, v.Apart)
		return nil
	})
}
