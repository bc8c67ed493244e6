package notifier

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jmoiron/sqlx"

	"lianxin/planner/civil"
)

// What a provider has under a key was handed over, whatever a ledger restored from an older state says.
var (
	takenAfterAllPostgres = query(`
UPDATE deliveries SET state = 'handed', handed_at = ?, why = 'by-receipt', changed_at = ?, worker = NULL, epoch = NULL, started_at = NULL
WHERE state || '' IN ('ready', 'leased', 'uncertain') AND id = ANY (ARRAY(SELECT r.delivery FROM json_to_recordset(CAST(? AS json)) AS r(delivery text)))
RETURNING id`, onPostgres)
	takenAfterAllSQLite = query(`
UPDATE deliveries SET state = 'handed', handed_at = ?, why = 'by-receipt', changed_at = ?, worker = NULL, epoch = NULL, started_at = NULL
WHERE state || '' IN ('ready', 'leased', 'uncertain') AND id IN (SELECT r.value ->> 'delivery' FROM json_each(?) AS r)
RETURNING id`, onSQLite)

	knownDeliveries = query(`SELECT id FROM deliveries WHERE id IN (?)`, onBoth)
)

// Reconciled says what providers had that the ledger did not know.
type Reconciled struct {
	Settled []string // deliveries that the ledger would have sent again; they are handed now
	Unknown []string // keys of messages without a delivery in the ledger: what they carried may be sent once more
}

// Reconcile brings a ledger that lost its last minutes (a restored backup, a fail-over to a standby that was behind) in
// line with the keys of messages that providers took. Run it before any worker starts.
func (l *Ledger) Reconcile(ctx context.Context, keys []string) (out Reconciled, err error) {
	for len(keys) > 0 {
		chunk := keys[:min(len(keys), enqueueChunk)]
		keys = keys[len(chunk):]
		if err := l.reconcile(ctx, chunk, &out); err != nil {
			return out, fmt.Errorf("reconcile: %w", err)
		}
	}
	return out, nil
}

func (l *Ledger) reconcile(ctx context.Context, keys []string, out *Reconciled) error {
	rows := make([]linkRow, len(keys))
	for i, k := range keys {
		rows[i].Delivery = k
	}
	body, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	now := civil.At(l.Now())
	var settled, known []string
	err = l.inTx(ctx, func(tx *sqlx.Tx) error {
		settled, known = nil, nil
		if err := tx.SelectContext(ctx, &settled, tx.Rebind(pick(tx.DriverName(), takenAfterAllPostgres, takenAfterAllSQLite)), now, now, string(body)); err != nil {
			return err
		}
		for _, id := range settled {
			if _, err := execCount(ctx, tx, doneLinked, now, id); err != nil {
				return err
			}
		}
		statement, args, err := sqlx.In(knownDeliveries, keys)
		if err != nil {
			return err
		}
		return tx.SelectContext(ctx, &known, tx.Rebind(statement), args...)
	})
	if err != nil {
		return err
	}
	there := make(map[string]bool, len(known))
	for _, id := range known {
		there[id] = true
	}
	out.Settled = append(out.Settled, settled...)
	for _, k := range keys {
		if !there[k] {
			out.Unknown = append(out.Unknown, k)
		}
	}
	return nil
}
