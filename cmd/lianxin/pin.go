package main

import (
	"context"
	"fmt"

	"lianxin/planner"
	"lianxin/planner/pipeline"
)

// handFlags are common to hand work: without --yes the price is shown and nothing is done.
type handFlags struct {
	Yes    bool `xor:"do" help:"执行；不写只显示代价。 Do it; without this only the price is shown."`
	DryRun bool `xor:"do" help:"只显示代价（默认）。 Only show the price, which is the default."`
	Period int  `help:"年度。 The year."`
}

// hand looks up codes, asks for the price, prints it, and does it with --yes.
func (s *Settings) hand(ctx context.Context, f handFlags, households []string, cadre string,
	do func(*pipeline.App, planner.Principal, []planner.HouseholdID, planner.CadreID) (pipeline.HandReport, error)) error {
	return s.with(ctx, "hand", func(app *pipeline.App) error {
		p := operator("hand")
		var ids []planner.HouseholdID
		for _, code := range households {
			id, err := app.HouseholdByCode(ctx, p, code)
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		var to planner.CadreID
		if cadre != "" {
			c, err := app.CadreByCode(ctx, p, cadre)
			if err != nil {
				return err
			}
			to = c.ID
		}
		rep, err := do(app, p, ids, to)
		if s.JSON {
			if werr := s.writeJSON(rep); werr != nil {
				return werr
			}
			return err
		}
		for _, b := range rep.Broken {
			fmt.Fprintf(s.err, "✗ %s\n    %s\n", b.ZH, b.EN)
		}
		if err != nil {
			return err
		}
		s.changes(rep.Changes, false)
		more := planner.Text{ZH: "多" + minutes(rep.Extra).ZH, EN: minutes(rep.Extra).EN + " more"}
		switch {
		case rep.Extra == 0:
			more = planner.Text{ZH: "不变", EN: "the same"}
		case rep.Extra < 0:
			more = planner.Text{ZH: "省" + minutes(-rep.Extra).ZH, EN: minutes(-rep.Extra).EN + " less"}
		}
		if rep.Fewest {
			more = rep.More()
		}
		fmt.Fprintln(s.out, s.in(fmt.Sprintf("总代价由%s变为%s：%s；换人的共%d户。", minutes(rep.Before).ZH, minutes(rep.After).ZH, more.ZH, len(rep.Changes)),
			fmt.Sprintf("The price goes from %s to %s: %s. Households that change cadre: %d.", minutes(rep.Before).EN, minutes(rep.After).EN, more.EN, len(rep.Changes))))
		if rep.Done {
			s.say("已执行。要撤销：lianxin plan undo", "Done. To undo: lianxin plan undo")
		} else {
			s.say("还没有执行；确认请加 --yes。", "Not done yet; add --yes to do it.")
		}
		return nil
	})
}

// pinCmd holds a household to its cadre.
type pinCmd struct {
	handFlags `embed:""`
	Household string `arg:"" help:"户编号。 Code of the household."`
	Cadre     string `arg:"" optional:"" help:"工号；不写则锁定现在的干部。 Code of the cadre; without it the present one."`
}

// Run shows the price and pins.
func (c *pinCmd) Run(ctx context.Context, s *Settings) error {
	defer spareMemory()()
	return s.hand(ctx, c.handFlags, []string{c.Household}, c.Cadre, func(app *pipeline.App, p planner.Principal, h []planner.HouseholdID, to planner.CadreID) (pipeline.HandReport, error) {
		return app.Pin(ctx, p, s.year(c.Period), h[0], to, c.Yes)
	})
}

// unpinCmd lifts a pin.
type unpinCmd struct {
	handFlags `embed:""`
	Household string `arg:"" help:"户编号。 Code of the household."`
}

// Run shows what is won and lifts the pin.
func (c *unpinCmd) Run(ctx context.Context, s *Settings) error {
	defer spareMemory()()
	return s.hand(ctx, c.handFlags, []string{c.Household}, "", func(app *pipeline.App, p planner.Principal, h []planner.HouseholdID, _ planner.CadreID) (pipeline.HandReport, error) {
		return app.Unpin(ctx, p, s.year(c.Period), h[0], c.Yes)
	})
}

// moveCmd gives a household to another cadre.
type moveCmd struct {
	handFlags `embed:""`
	Household string `arg:"" help:"户编号。 Code of the household."`
	Cadre     string `arg:"" help:"改由谁联系（工号）。 Code of the cadre to have it."`
}

// Run shows the price and moves.
func (c *moveCmd) Run(ctx context.Context, s *Settings) error {
	defer spareMemory()()
	return s.hand(ctx, c.handFlags, []string{c.Household}, c.Cadre, func(app *pipeline.App, p planner.Principal, h []planner.HouseholdID, to planner.CadreID) (pipeline.HandReport, error) {
		return app.Pin(ctx, p, s.year(c.Period), h[0], to, c.Yes)
	})
}

// swapCmd exchanges the cadres of two households.
type swapCmd struct {
	handFlags `embed:""`
	First     string `arg:"" help:"户编号。 Code of a household."`
	Second    string `arg:"" help:"另一户编号。 Code of the other."`
}

// Run shows the price and swaps.
func (c *swapCmd) Run(ctx context.Context, s *Settings) error {
	defer spareMemory()()
	return s.hand(ctx, c.handFlags, []string{c.First, c.Second}, "", func(app *pipeline.App, p planner.Principal, h []planner.HouseholdID, _ planner.CadreID) (pipeline.HandReport, error) {
		return app.Swap(ctx, p, s.year(c.Period), h[0], h[1], c.Yes)
	})
}
