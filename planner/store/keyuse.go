package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"lianxin/planner"
)

// KeyUse is a key of the ring and how many rows are sealed under it now: contacts of cadres and households, households'
// audit keys, feed tokens, matters and what was said of them, complaints. Whatever [DB.Rekey] seals anew must be counted here.
type KeyUse struct {
	ID      string `json:"id"`
	Current bool   `json:"current"`
	Rows    int    `json:"rows"`
}

var rowsUnderKey = query(`SELECT
	(SELECT count(*) FROM cadres WHERE substr(COALESCE(mobile, ''), 1, :n) = :key OR substr(COALESCE(mail, ''), 1, :n) = :key)
	+ (SELECT count(*) FROM households WHERE substr(COALESCE(contact, ''), 1, :n) = :key)
	+ (SELECT count(*) FROM household_keys WHERE substr(COALESCE(wrapped, ''), 1, :n) = :key)
	+ (SELECT count(*) FROM feed_tokens WHERE substr(token, 1, :n) = :key)
	+ (SELECT count(*) FROM matters WHERE substr(COALESCE(story, ''), 1, :n) = :key OR substr(COALESCE(contact, ''), 1, :n) = :key
		OR substr(COALESCE(reason, ''), 1, :n) = :key)
	+ (SELECT count(*) FROM channel_addresses WHERE substr(COALESCE(address, ''), 1, :n) = :key)
	+ (SELECT count(*) FROM complaints WHERE substr(words, 1, :n) = :key)
	+ (SELECT count(*) FROM matter_acts WHERE substr(COALESCE(say, ''), 1, :n) = :key) AS sealed`)

// KeyUses lists the keys of the ring, the oldest first. A row sealed under two keys, as it is while a rotation has come
// half-way through a cadre, counts under both. Planners and administrators only.
func (db *DB) KeyUses(ctx context.Context, p planner.Principal) (uses []KeyUse, err error) {
	if !p.Is(planner.RolePlanner, planner.RoleAdmin) {
		return nil, errForbidden()
	}
	if db.keys == nil {
		return nil, errNoKeyring()
	}
	err = db.Read(ctx, p, func(tx *Tx) error {
		uses = nil
		for i, k := range db.keys.keys {
			u := KeyUse{ID: k.id, Current: i == len(db.keys.keys)-1}
			if err := tx.one(&u.Rows, rowsUnderKey, args{"key": k.id + ".", "n": len(k.id) + 1}); err != nil {
				return err
			}
			uses = append(uses, u)
		}
		return nil
	})
	return uses, err
}

// RetireKeys takes all keys but the current one out of the key file. What was sealed under them — backups from before
// [DB.Rekey], and the contacts that the undo of an import from before would put back — can then be read by nobody who has
// not kept a copy of the file. The caller has made sure by [DB.KeyUses] that nothing in use is sealed so.
func RetireKeys(path string) (*Keyring, error) {
	k, err := LoadKeyring(path)
	if err != nil {
		return nil, err
	}
	k.keys = k.keys[len(k.keys)-1:]
	return k, k.replace(path)
}

// replace writes the ring over the file, whole or not at all.
func (k *Keyring) replace(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".keyring-") // 0600, and whole before it takes the name
	if err != nil {
		return unavailableFile(path, err)
	}
	if err := errors.Join(k.write(f), f.Close()); err != nil {
		os.Remove(f.Name())
		return unavailableFile(path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		os.Remove(f.Name())
		return unavailableFile(path, err)
	}
	return nil
}
