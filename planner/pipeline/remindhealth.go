package pipeline

import (
	"context"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/store"
)

// SendingHealth says how the processes do that send, each with its own view of the channels. It names no person. For planners,
// administrators and auditors.
func (a *App) SendingHealth(ctx context.Context, p planner.Principal) (out []notifier.WorkerHealth, err error) {
	if !p.SeesAll() {
		return nil, mustPlan(p)
	}
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		out, err = notifier.Workers(ctx, tx.SQL())
		return err
	})
	return out, err
}

// BreakerText words the states of a channel in one process.
var BreakerText = map[notifier.BreakerState]planner.Text{
	notifier.BreakerClosed:   {ZH: "正常", EN: "in order"},
	notifier.BreakerOpen:     {ZH: "连续失败，暂停中", EN: "failing, on hold"},
	notifier.BreakerHalfOpen: {ZH: "试发一条", EN: "trying one message"},
	notifier.BreakerResting:  {ZH: "服务商要求稍候", EN: "the provider asked for a pause"},
}
