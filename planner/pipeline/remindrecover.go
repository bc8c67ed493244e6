package pipeline

import (
	"context"

	"lianxin/planner"
	"lianxin/planner/store"
)

// RecoverReport says what was found in a ledger of reminders that lost its last minutes.
type RecoverReport struct {
	Entered  int      `json:"entered"`  // reminders that were missing
	Settled  []string `json:"settled"`  // messages that a provider has; they are not sent again
	Unknown  []string `json:"unknown"`  // messages of a provider that no row of the ledger explains
	Doubtful []string `json:"doubtful"` // messages to be looked into before they are sent
}

// RecoverReminders sets the ledger right after a backup was restored, or a standby took over that was behind; no worker may run
// yet. What should be told is entered again, what providers have is not sent again, and what nobody can know waits as uncertain.
// keys are those of messages that providers list. For planners and administrators; who did it stands in the audit.
func (a *App) RecoverReminders(ctx context.Context, p planner.Principal, keys []string) (rep RecoverReport, err error) {
	if !p.Is(planner.RolePlanner, planner.RoleAdmin) {
		return rep, planner.Fail(planner.Forbidden, "由组织部门经办人办理。", "this is done by the planner.")
	}
	err = a.DB.Write(ctx, p, store.Op{Name: "recover-reminders", Now: a.Now()}, func(tx *store.Tx) error {
		return tx.NoteReminder("all", "recover")
	})
	if err != nil {
		return rep, err
	}
	if rep.Entered, err = a.EnsureReminders(ctx, ReminderHorizonDays); err != nil {
		return rep, err
	}
	swept, err := a.SweepTasks(ctx)
	if err != nil {
		return rep, err
	}
	rep.Entered += swept.Notices
	out, err := a.NotifierWorker("").Recover(ctx, keys)
	if err != nil {
		return rep, err
	}
	rep.Settled, rep.Unknown, rep.Doubtful = orEmpty(out.Settled), orEmpty(out.Unknown), orEmpty(out.Doubtful)
	return rep, nil
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
