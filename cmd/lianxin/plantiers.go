package main

import (
	"context"
	"fmt"
	"strconv"

	"lianxin/planner"
	"lianxin/planner/pipeline"
)

// planTiersCmd lists the further tiers of the plan.
type planTiersCmd struct {
	Tier      string `enum:"unit-village,second-household,volunteer-household,mediator-ten," default:"" help:"只看一个层级：unit-village 单位包村，second-household 第二责任人，volunteer-household 志愿者，mediator-ten 十户调解员。 One tier alone."`
	Household string `placeholder:"CODE" help:"某一户由谁联系（各层级）。 All that look after one household."`
	Why       bool   `help:"逐条列出理由。 List the reasons of each line."`
	Period    int    `help:"年度。 The year."`
}

// Run prints what is proved of each tier, then its lines.
func (c *planTiersCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "plan", func(app *pipeline.App) error {
		who := operator("plan tiers")
		f := pipeline.FurtherFilter{Tier: planner.Tier(c.Tier)}
		if c.Household != "" {
			id, err := app.HouseholdByCode(ctx, who, c.Household)
			if err != nil {
				return err
			}
			f.Household = id
		}
		sum, err := app.PlanSummary(ctx, who, s.year(c.Period))
		if err != nil {
			return err
		}
		lines, err := app.Further(ctx, who, s.year(c.Period), f)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(map[string]any{"tiers": sum.Further, "lines": lines})
		}
		s.further(sum)
		var rows [][]string
		for _, l := range lines {
			n := ""
			if l.Count > 0 {
				n = strconv.Itoa(l.Count)
			}
			rows = append(rows, []string{l.Name.In(s.Lang), person(l.Who, l.Code), l.Target, l.Head, l.Area, n, l.Until, strconv.FormatInt(l.Price.Minutes(), 10)})
			if c.Why {
				for _, r := range l.Reasons {
					rows = append(rows, []string{"", "", fmt.Sprintf("%+d", r.Price.Minutes()), "", r.Say.In(s.Lang), "", "", ""})
				}
			}
		}
		if len(rows) > 0 {
			table(s.out, []string{"层级 tier", "谁 who", "对象 target", "户主 head", "村组 area", "户数 households", "协议至 until", "分钟 minutes"}, rows)
		}
		return nil
	})
}

// further prints what is proved of the further tiers.
func (s *Settings) further(sum pipeline.PlanSummary) {
	for _, t := range sum.Further {
		fmt.Fprintf(s.out, "  %s\n", t.Say.In(s.Lang))
	}
}
