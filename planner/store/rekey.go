package store

import (
	"context"
	"fmt"
	"time"

	"lianxin/planner"
)

var (
	sealedCadres     = query(`SELECT id FROM cadres WHERE (mobile IS NOT NULL OR mail IS NOT NULL) AND id > :after ORDER BY id LIMIT :limit`)
	sealedHouseholds = query(`SELECT id FROM households WHERE contact IS NOT NULL AND id > :after ORDER BY id LIMIT :limit`)
	wrappedKeys      = query(`SELECT household, wrapped, destroyed_at FROM household_keys
		WHERE wrapped IS NOT NULL AND household > :after ORDER BY household LIMIT :limit`)
	rewrapKeys = inserts(`INSERT INTO household_keys (household, wrapped) VALUES (?, ?)
		ON CONFLICT (household) DO UPDATE SET wrapped = excluded.wrapped`)
	everyFeedToken = query(`SELECT token_hash, token, kind, ref, created_at, revoked_at
		FROM feed_tokens WHERE token_hash > :after ORDER BY token_hash LIMIT :limit`)
	resealTokens = inserts(`INSERT INTO feed_tokens (token_hash, token, kind, ref, created_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (token_hash) DO UPDATE SET token = excluded.token`)
)

// Rekey encrypts everything anew that is not under the ring's current key, in short transactions, and returns how many
// rows that was. It may be stopped and run again; progress (may be nil) hears how many rows are done. Older keys must stay
// in the key file as long as imports from before may still be undone and backups restored.
func (db *DB) Rekey(ctx context.Context, p planner.Principal, now time.Time, progress func(rows int)) (rows int, err error) {
	steps := []func(*Tx, string) (int, string, error){
		(*Tx).rekeyCadres,
		(*Tx).rekeyHouseholds,
		(*Tx).rekeyKeys,
		(*Tx).rekeyTokens,
		(*Tx).rekeyMatters,
		(*Tx).rekeyActs,
		(*Tx).rekeyComplaints,
		(*Tx).rekeyAddresses,
	}
	for _, step := range steps {
		for after := ""; ; {
			var n int
			var last string
			err := db.Write(ctx, p, Op{Name: "rekey", Now: now}, func(tx *Tx) (err error) {
				if err := tx.mayManage(); err != nil {
					return err
				}
				n, last, err = step(tx, after)
				return err
			})
			if err != nil {
				return rows, fmt.Errorf("rekey after %d rows: %w", rows, err)
			}
			rows += n
			if progress != nil {
				progress(rows)
			}
			if last == "" {
				break
			}
			after = last
		}
	}
	return rows, nil
}

// reseal opens a text and seals it under the current key; one that is sealed so already stays.
func (tx *Tx) reseal(place, text string) (string, error) {
	if text == "" || tx.db.keys.current(text) {
		return text, nil
	}
	plain, err := tx.db.keys.open(place, text)
	if err != nil {
		return "", err
	}
	return tx.db.keys.seal(place, plain)
}

// lastOf is where the next page begins, "" after the last one.
func lastOf(ids []string) string {
	if len(ids) < chunk {
		return ""
	}
	return ids[len(ids)-1]
}

func (tx *Tx) rekeyCadres(after string) (int, string, error) {
	var ids []string
	if err := tx.all(&ids, sealedCadres, args{"after": after, "limit": chunk}); err != nil {
		return 0, "", err
	}
	old, err := cadres.load(tx, ids)
	if err != nil {
		return 0, "", err
	}
	rows := make([]cadreRow, 0, len(ids))
	for _, id := range ids {
		r := old[id]
		mobile, err := tx.reseal(mobilePlace(planner.CadreID(id)), string(r.Mobile))
		if err != nil {
			return 0, "", err
		}
		mail, err := tx.reseal(mailPlace(planner.CadreID(id)), string(r.Mail))
		if err != nil {
			return 0, "", err
		}
		r.Mobile, r.Mail = nullable(mobile), nullable(mail)
		rows = append(rows, r)
	}
	n, err := cadres.save(tx, old, rows)
	return n, lastOf(ids), err
}

func (tx *Tx) rekeyHouseholds(after string) (int, string, error) {
	var ids []string
	if err := tx.all(&ids, sealedHouseholds, args{"after": after, "limit": chunk}); err != nil {
		return 0, "", err
	}
	old, err := households.load(tx, ids)
	if err != nil {
		return 0, "", err
	}
	rows := make([]householdRow, 0, len(ids))
	for _, id := range ids {
		r := old[id]
		contact, err := tx.reseal(contactPlace(planner.HouseholdID(id)), string(r.Contact))
		if err != nil {
			return 0, "", err
		}
		r.Contact = nullable(contact)
		rows = append(rows, r)
	}
	n, err := households.save(tx, old, rows)
	return n, lastOf(ids), err
}

func (tx *Tx) rekeyKeys(after string) (int, string, error) {
	var rows []householdKeyRow
	if err := tx.all(&rows, wrappedKeys, args{"after": after, "limit": chunk}); err != nil {
		return 0, "", err
	}
	var ids []string
	var fresh []householdKeyRow
	for _, r := range rows {
		ids = append(ids, r.Household)
		text, err := tx.reseal(keyPlace(r.Household), string(r.Wrapped))
		if err != nil {
			return 0, "", err
		}
		if text != string(r.Wrapped) {
			fresh = append(fresh, householdKeyRow{Household: r.Household, Wrapped: nullable(text)})
			if err := tx.noteEvent(actChange, "household-key", r.Household, nil); err != nil {
				return 0, "", err
			}
		}
	}
	err := tx.insert(rewrapKeys, len(fresh), func(i int) []any { return []any{fresh[i].Household, fresh[i].Wrapped} })
	return len(fresh), lastOf(ids), err
}

func (tx *Tx) rekeyTokens(after string) (int, string, error) {
	var rows []feedRow
	if err := tx.all(&rows, everyFeedToken, args{"after": after, "limit": chunk}); err != nil {
		return 0, "", err
	}
	var ids []string
	var fresh []feedRow
	for _, r := range rows {
		ids = append(ids, r.TokenHash)
		text, err := tx.reseal(feedPlace(r.TokenHash), r.Token)
		if err != nil {
			return 0, "", err
		}
		if text != r.Token {
			r.Token = text
			fresh = append(fresh, r)
			if err := tx.noteEvent(actChange, "feed-token", r.TokenHash, nil); err != nil {
				return 0, "", err
			}
		}
	}
	err := tx.insert(resealTokens, len(fresh), func(i int) []any {
		r := fresh[i]
		return []any{r.TokenHash, r.Token, r.Kind, r.Ref, r.CreatedAt}
	})
	return len(fresh), lastOf(ids), err
}
