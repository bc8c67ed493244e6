package notifier

import (
	"context"
	"fmt"

	"lianxin/planner/civil"
)

// What waits for a channel that takes no key may have been handed over in the minutes that the ledger lost. It is looked into
// before it is sent: by asking the provider, by the rule's policy, or by a person. Worker and epoch stay: a worker that lived on
// may still bring the answer.
var doubtDeliveries = query(`
UPDATE deliveries SET state = 'uncertain', why = 'unknown-outcome', next_at = ?, changed_at = ?
WHERE channel = ? AND (state = 'ready' OR state IN ('leased', 'uncertain') AND state = 'leased') AND created_at <= ?
RETURNING id`, onBoth)

// Whoever had a lease in the ledger's last minutes has handed its messages over since, or died: the lease is good for nothing, even
// if its worker lives on under the same name. Without this such a worker would keep leases that it knows nothing of.
var buryAll = query(`UPDATE notifier_workers SET alive = FALSE WHERE alive = TRUE`, onBoth)

// Recovered says what became of a ledger that lost its last minutes.
type Recovered struct {
	Swept Swept
	Reconciled
	Doubtful []string // deliveries that are looked into before they are sent
}

// Recover sets a ledger right that lost its last minutes: a restored backup, or a standby that was behind when it took over. The
// caller first enters again what must be told (that is idempotent), and calls it before any worker works on the ledger. taken
// are keys of messages that providers have, as far as they can list them; it may be empty.
//
// What is due is made into deliveries again, under the keys of before, and every lease ends. Those that a provider has are handed. Over channels that
// honour keys the rest is simply sent: the provider drops what it knows. Over the others it becomes uncertain, and is looked up,
// sent again by its rule's policy, or listed for a person.
func (w *Worker) Recover(ctx context.Context, taken []string) (out Recovered, err error) {
	if err := w.check(); err != nil {
		return out, err
	}
	l := w.Ledger
	if out.Swept, err = l.Sweep(ctx); err != nil {
		return out, err
	}
	if _, err := execCount(ctx, l.DB, buryAll); err != nil {
		return out, fmt.Errorf("end the leases of before: %w", err)
	}
	if out.Reconciled, err = l.Reconcile(ctx, taken); err != nil {
		return out, err
	}
	now := l.Now()
	for _, c := range w.Channels {
		if c.TakesKey() {
			continue
		}
		var ids []string
		if err := l.DB.SelectContext(ctx, &ids, l.DB.Rebind(doubtDeliveries), civil.At(now), civil.At(now.Add(-w.settleAfter())), c.Name(), civil.At(now)); err != nil {
			return out, fmt.Errorf("doubt what waits for %s: %w", c.Name(), err)
		}
		out.Doubtful = append(out.Doubtful, ids...)
	}
	return out, w.freeOrphans(ctx)
}
