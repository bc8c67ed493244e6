package notifier

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"
)

// The key of a delivery follows from what it carries: the same notices, carried for the same time over the same channel, have
// the same key in a ledger that lost its last minutes and makes them anew. A provider that honours keys then drops the second
// message, and one that can be asked knows it. A notice that is sent once more, by hand or since all channels failed, was
// carried before and has another key.

var (
	carriagesPostgres = query(`
SELECT notice, COUNT(*) FROM delivery_notices
WHERE notice = ANY (ARRAY(SELECT r.notice FROM json_to_recordset(CAST(? AS json)) AS r(notice text))) GROUP BY notice`, onPostgres)
	carriagesSQLite = query(`
SELECT notice, COUNT(*) FROM delivery_notices WHERE notice IN (SELECT r.value ->> 'notice' FROM json_each(?) AS r) GROUP BY notice`, onSQLite)
)

// carriages counts how many deliveries have carried each of the notices so far.
func (l *Ledger) carriages(ctx context.Context, tx *sqlx.Tx, links []linkRow) (map[string]int, error) {
	if len(links) == 0 {
		return nil, nil
	}
	body, err := jsonText(links)
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryxContext(ctx, tx.Rebind(pick(tx.DriverName(), carriagesPostgres, carriagesSQLite)), body)
	if err != nil {
		return nil, fmt.Errorf("count how often notices were carried: %w", err)
	}
	defer rows.Close()
	times := map[string]int{}
	for rows.Next() {
		var id string
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			return nil, err
		}
		times[id] = n
	}
	return times, rows.Err()
}

// keyOf is the key of the first delivery that carries the notices over a channel; times counts their deliveries before.
func keyOf(channel string, ns []Notice, times map[string]int) string {
	ns = slices.Clone(ns)
	slices.SortFunc(ns, func(a, b Notice) int {
		return cmp.Or(cmp.Compare(a.Recipient, b.Recipient), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Revision, b.Revision))
	})
	sum := sha256.New()
	fmt.Fprintf(sum, "%q", channel)
	for _, n := range ns {
		fmt.Fprintf(sum, "%q %q %q %d %d\n", n.Recipient, n.Subject, n.Rule, n.Revision, times[n.ID])
	}
	return keyText(sum.Sum(nil))
}

// keyAfter is the key of the delivery that follows a failed one.
func keyAfter(failed string, place int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "after %q at %d", failed, place))
	return keyText(sum[:])
}

// keyText has 26 letters and digits, 130 bits.
func keyText(sum []byte) string { return base32.StdEncoding.EncodeToString(sum)[:26] }
