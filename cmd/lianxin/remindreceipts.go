package main

import (
	"context"

	"lianxin/planner/pipeline"
)

type remindReceiptsCmd struct{}

// Run asks the providers once; the service asks every minute.
func (remindReceiptsCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "receipts", func(app *pipeline.App) error {
		got, err := app.LookUpReceipts(ctx)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(got)
		}
		s.say("查询回执 %d 条：已送达 %d，未送达 %d（改走下一渠道），尚无结果 %d。", "%d receipts asked for: %d arrived, %d did not (the next channel follows), %d pending.", got.Asked, got.Arrived, got.Failed, got.Pending)
		return nil
	})
}
