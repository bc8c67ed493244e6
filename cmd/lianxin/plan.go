package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"lianxin/planner"
	"lianxin/planner/pipeline"
	"lianxin/planner/sheet"
)

// planCmd makes and circulates the plan.
type planCmd struct {
	Solve       planSolveCmd       `cmd:"" default:"withargs" help:"求解，存为草案。 Solve and keep as draft."`
	Show        planShowCmd        `cmd:"" help:"看方案要点。 Show the plan's figures."`
	Review      planReviewCmd      `cmd:"" help:"转为征求意见稿，每个单位一个表。 Turn into a draft for comment, one workbook a unit."`
	Corrections planCorrectionsCmd `cmd:"" help:"收回单位意见，重新求解。 Take the units' corrections and solve again."`
	Tiers       planTiersCmd       `cmd:"" help:"看单位包村、第二责任人、志愿者、十户调解员，及各层级的下界与差距。 Show the further tiers with their bounds and gaps."`
	Undo        planUndoCmd        `cmd:"" help:"撤销草案的上一步。 Take back the draft's last step."`
}

type planSolveCmd struct {
	Period int `help:"年度；默认今年。 The year; default this year."`
}

// year is the period, or this year.
func (s *Settings) year(period int) int {
	if period != 0 {
		return period
	}
	return s.now().In(s.zone).Year()
}

// Run solves all tiers and stores the draft with its certificates.
func (c *planSolveCmd) Run(ctx context.Context, s *Settings) error {
	defer spareMemory()()
	return s.with(ctx, "plan", func(app *pipeline.App) error {
		bar, storing, took := s.progress("求解 solving"), s.progress("保存 storing"), newTierClock()
		sum, err := app.Plan(ctx, operator("plan"), pipeline.PlanRequest{Period: s.year(c.Period), Preset: s.Preset,
			Progress: func(t planner.Tier, done, total int) { took.step(t); bar.tier(t, done, total) }, Stored: storing.step})
		bar.end()
		storing.end()
		if err != nil {
			return s.refused(ctx, app, c.Period, err)
		}
		if !s.JSON {
			defer took.print(s.out)
		}
		return s.partial(ctx, app, sum)
	})
}

// partial prints a plan; if it leaves somebody out, also why and what would help, and the exit code is 3.
func (s *Settings) partial(ctx context.Context, app *pipeline.App, sum pipeline.PlanSummary) error {
	out := struct {
		pipeline.PlanSummary
		Infeasible []pipeline.Infeasible `json:"infeasible,omitempty"`
	}{PlanSummary: sum}
	if sum.Unserved() > 0 {
		var err error
		if out.Infeasible, err = app.Infeasible(ctx, operator("plan"), sum.Period, s.Preset); err != nil {
			return err
		}
	}
	if s.JSON {
		if err := s.writeJSON(out); err != nil {
			return err
		}
	} else if err := s.showPlan(sum); err != nil {
		return err
	}
	return s.cannotServe(out.Infeasible)
}

// refused explains a plan that could not be made because pins contradict rules or caps; the draft stays as it was.
func (s *Settings) refused(ctx context.Context, app *pipeline.App, period int, err error) error {
	if planner.KindOf(err) != planner.Invalid {
		return err
	}
	if xs, other := app.Infeasible(ctx, operator("plan"), s.year(period), s.Preset); other == nil && len(xs) > 0 {
		if s.JSON {
			if err := s.writeJSON(map[string]any{"infeasible": xs}); err != nil {
				return err
			}
		}
		_ = s.cannotServe(xs) // err says it in fewer words
	}
	return err
}

type planShowCmd struct {
	Period int `help:"年度。 The year."`
}

// Run prints the newest plan of the year.
func (c *planShowCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "plan", func(app *pipeline.App) error {
		sum, err := app.PlanSummary(ctx, operator("plan"), s.year(c.Period))
		if err != nil {
			return err
		}
		return s.showPlan(sum)
	})
}

func (s *Settings) showPlan(sum pipeline.PlanSummary) error {
	if s.JSON {
		return s.writeJSON(sum)
	}
	fmt.Fprintf(s.out, "%d 年结对方案 plan  %s\n", sum.Period, sum.Status)
	fmt.Fprintf(s.out, "  结对干部 cadres %d   联系户 households %d   每人最多 at most %d 户\n", sum.Cadres, sum.Households, sum.LoadMax)
	fmt.Fprintf(s.out, "  总代价 price %d 分钟   证明的下界 bound %d 分钟   差距 gap %d 秒   （核验了 %d 个组合 pairs）\n", sum.Price.Minutes(), sum.Bound.Minutes(), int64(sum.Gap), sum.Pairs)
	fmt.Fprintf(s.out, "  刚性规则冲突 hard rules broken %d   上年结对 paired before %d 户，其中延续 of these kept %d 户\n", sum.HardBroken, sum.HadCadre, sum.Kept)
	s.further(sum)
	return nil
}

type planReviewCmd struct {
	Period int    `help:"年度。 The year."`
	Out    string `default:"review" placeholder:"DIR" help:"写到哪个目录。 Where to write."`
}

// Run writes one workbook for each unit with a column for its wishes.
func (c *planReviewCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "review", func(app *pipeline.App) error {
		if _, err := app.Review(ctx, operator("review"), s.year(c.Period)); err != nil {
			return err
		}
		books, err := app.ReviewBooks(ctx, operator("review"), s.year(c.Period))
		if err != nil {
			return err
		}
		for _, b := range books {
			if err := create(filepath.Join(c.Out, b.File), func(w io.Writer) error { return sheet.WriteReview(w, b.ReviewBook) }); err != nil {
				return err
			}
		}
		s.say("征求意见稿：%d 个单位的表在 %s。收回后运行 lianxin plan corrections 文件…", "For comment: workbooks of %d units are in %s. Then run lianxin plan corrections FILE…", len(books), c.Out)
		return nil
	})
}

type planCorrectionsCmd struct {
	Files  []string `arg:"" type:"existingfile" help:"单位交回的表。 Workbooks that units sent back."`
	Period int      `help:"年度。 The year."`
}

// Run reads all corrections first; a finding that stops changes nothing.
func (c *planCorrectionsCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "corrections", func(app *pipeline.App) error {
		var all []sheet.Correction
		var fs []planner.Finding
		for _, f := range c.Files {
			cs, found, err := sheet.ReadCorrections(ctx, source(f))
			if err != nil {
				return err
			}
			all, fs = append(all, cs...), append(fs, found...)
		}
		if planner.Stops(fs) {
			s.findings(fs)
			return invalid("交回的表有上面这些问题，没有改动方案。", "the workbooks have the problems above; the plan is unchanged.")
		}
		sum, found, err := app.Correct(ctx, operator("corrections"), s.year(c.Period), all)
		s.findings(append(fs, found...))
		if err != nil {
			return err
		}
		return s.showPlan(sum)
	})
}

// publishCmd publishes the plan.
type publishCmd struct {
	Period int  `help:"年度。 The year."`
	Force  bool `help:"有干部没有联系渠道也发布。 Publish although somebody has no working channel."`
	DryRun bool `name:"dry-run" help:"只做发布前检查，不发布；有必须处理的问题时退出码为 3。 Pre-flight only."`
}

// Run does the pre-flight, verifies the certificate again, and publishes.
func (c *publishCmd) Run(ctx context.Context, s *Settings) error {
	defer fewerCollections()()
	return s.with(ctx, "publish", func(app *pipeline.App) error {
		period := s.year(c.Period)
		if c.DryRun {
			return s.preflight(ctx, app, period)
		}
		sum, fs, err := app.Publish(ctx, operator("publish"), period, c.Force)
		s.findings(fs)
		if planner.KindOf(err) == planner.NotFound {
			if out, have := app.PlanSummary(ctx, operator("publish"), period); have == nil && out.Status == planner.PlanPublished {
				s.say("方案此前已经发布。", "The plan had been published before.")
				sum = out
				_, err = app.HandoverTasks(ctx, period) // makes none but those that are missing
			}
		}
		if err != nil {
			return err
		}
		return s.showPlan(sum)
	})
}

// preflight prints what stands between a plan and its publication, and publishes nothing.
func (s *Settings) preflight(ctx context.Context, app *pipeline.App, period int) error {
	fs, err := app.BeforePublish(ctx, operator("publish"), period)
	if err != nil {
		return err
	}
	if s.JSON {
		err = s.writeJSON(fs)
	} else {
		s.findings(fs)
	}
	if err == nil && planner.Stops(fs) {
		return invalid("还不能发布，请先处理标 ✗ 的问题。", "it cannot be published yet; settle what is marked ✗.")
	}
	return err
}
