package main

import (
	"context"

	"lianxin/planner"
)

type matterAskCmd struct{ deedFlags }

// Run does the act.
func (c *matterAskCmd) Run(ctx context.Context, s *Settings) error {
	return c.do(ctx, s, planner.ActAsk)
}

type matterAcceptCmd struct{ deedFlags }

// Run does the act.
func (c *matterAcceptCmd) Run(ctx context.Context, s *Settings) error {
	return c.do(ctx, s, planner.ActAccept)
}

type matterRefuseCmd struct{ deedFlags }

// Run does the act.
func (c *matterRefuseCmd) Run(ctx context.Context, s *Settings) error {
	return c.do(ctx, s, planner.ActRefuse)
}

type matterTransferCmd struct{ deedFlags }

// Run does the act.
func (c *matterTransferCmd) Run(ctx context.Context, s *Settings) error {
	return c.do(ctx, s, planner.ActTransfer)
}

type matterAssignCmd struct{ deedFlags }

// Run does the act.
func (c *matterAssignCmd) Run(ctx context.Context, s *Settings) error {
	return c.do(ctx, s, planner.ActAssign)
}

type matterObjectCmd struct{ deedFlags }

// Run does the act.
func (c *matterObjectCmd) Run(ctx context.Context, s *Settings) error {
	return c.do(ctx, s, planner.ActObject)
}

type matterSuperviseCmd struct{ deedFlags }

// Run does the act.
func (c *matterSuperviseCmd) Run(ctx context.Context, s *Settings) error {
	return c.do(ctx, s, planner.ActSupervise)
}

type matterExtendCmd struct{ deedFlags }

// Run does the act.
func (c *matterExtendCmd) Run(ctx context.Context, s *Settings) error {
	return c.do(ctx, s, planner.ActExtend)
}

type matterHearingCmd struct{ deedFlags }

// Run does the act.
func (c *matterHearingCmd) Run(ctx context.Context, s *Settings) error {
	return c.do(ctx, s, planner.ActHearing)
}

type matterStepCmd struct{ deedFlags }

// Run does the act.
func (c *matterStepCmd) Run(ctx context.Context, s *Settings) error {
	return c.do(ctx, s, planner.ActStep)
}

type matterAnswerCmd struct{ deedFlags }

// Run does the act.
func (c *matterAnswerCmd) Run(ctx context.Context, s *Settings) error {
	return c.do(ctx, s, planner.ActAnswer)
}

type matterCloseCmd struct{ deedFlags }

// Run does the act.
func (c *matterCloseCmd) Run(ctx context.Context, s *Settings) error {
	return c.do(ctx, s, planner.ActClose)
}

type matterFollowUpCmd struct{ deedFlags }

// Run does the act.
func (c *matterFollowUpCmd) Run(ctx context.Context, s *Settings) error {
	return c.do(ctx, s, planner.ActFollow)
}

type matterReviewAskCmd struct{ deedFlags }

// Run does the act.
func (c *matterReviewAskCmd) Run(ctx context.Context, s *Settings) error {
	return c.do(ctx, s, planner.ActReviewAsk)
}

type matterReviewCmd struct{ deedFlags }

// Run does the act.
func (c *matterReviewCmd) Run(ctx context.Context, s *Settings) error {
	return c.do(ctx, s, planner.ActReview)
}

type matterRecheckAskCmd struct{ deedFlags }

// Run does the act.
func (c *matterRecheckAskCmd) Run(ctx context.Context, s *Settings) error {
	return c.do(ctx, s, planner.ActRecheckAsk)
}

type matterRecheckCmd struct{ deedFlags }

// Run does the act.
func (c *matterRecheckCmd) Run(ctx context.Context, s *Settings) error {
	return c.do(ctx, s, planner.ActRecheck)
}

type matterComfortCmd struct{ deedFlags }

// Run does the act.
func (c *matterComfortCmd) Run(ctx context.Context, s *Settings) error {
	return c.do(ctx, s, planner.ActComfort)
}
