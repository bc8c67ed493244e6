package notifier

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
)

var keysOfRecipient = query(`SELECT id, recipient, subject, revision, rule, state FROM notices WHERE recipient = ? ORDER BY subject, revision, rule`, onBoth)

// KeysOf returns the keys of everything that somebody was or will be told, by subject, revision and rule.
func KeysOf(ctx context.Context, db sqlx.ExtContext, recipient string) ([]Key, error) {
	rows, err := db.QueryxContext(ctx, db.Rebind(keysOfRecipient), recipient)
	if err != nil {
		return nil, fmt.Errorf("list what %s is told: %w", recipient, err)
	}
	defer rows.Close()
	var keys []Key
	for rows.Next() {
		var k Key
		if err := rows.Scan(&k.ID, &k.Recipient, &k.Subject, &k.Revision, &k.Rule, &k.State); err != nil {
			return nil, fmt.Errorf("list what %s is told: %w", recipient, err)
		}
		keys = append(keys, k)
	}
	return keys, rows.Err()
}
