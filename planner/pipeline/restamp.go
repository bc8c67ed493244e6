package pipeline

import (
	"context"

	"lianxin/planner"
	"lianxin/planner/followup"
	"lianxin/planner/store"
)

// RestampMatters brings the stored deadlines of open matters in line with the workdays as they are known now: a holiday notice
// that came after a matter moves the last working day before its deadline, and with it the task and what is reminded. It returns
// how many changed, and may run at any time.
func (a *App) RestampMatters(ctx context.Context) (changed int, err error) {
	who := planner.System("restamp the deadlines of matters")
	var open []planner.Matter
	err = a.DB.Read(ctx, who, func(tx *store.Tx) (err error) {
		open, err = tx.Matters(store.MatterFilter{})
		return err
	})
	if err != nil || len(open) == 0 {
		return 0, err
	}
	words, err := a.matterWords(ctx)
	if err != nil {
		return 0, err
	}
	for _, m := range open {
		next, err := followup.Stamp(m, words.open)
		if err != nil || next.DueOn == m.DueOn && next.ActOn == m.ActOn && next.DueStep == m.DueStep {
			continue // a matter whose deadline cannot be reckoned keeps what it has; its page says why
		}
		err = a.DB.Write(ctx, who, store.Op{Name: "restamp-matter", Now: a.Now()}, func(tx *store.Tx) error {
			m, err := tx.Matter(m.ID) // as it is now
			if err != nil {
				return err
			}
			if next, err = followup.Stamp(m, words.open); err != nil {
				return err
			}
			ts, err := tx.MatterTasks(m.ID)
			if err != nil {
				return err
			}
			if err := putMatterTasks(ctx, tx, a.Now(), m.ID, ts, a.deadlineTasks(ts, next, words)); err != nil {
				return err
			}
			return tx.PutMatter(next)
		})
		if err != nil {
			return changed, err
		}
		changed++
	}
	return changed, nil
}
