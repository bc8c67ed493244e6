package store

import (
	"crypto/cipher"
	"fmt"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// householdKey encrypts the audit payloads of one household. Its secret is stored wrapped under the key file.
type householdKey struct{ aead cipher.AEAD } // nil: destroyed by an erasure

// seal encrypts a payload; nothing stays nothing, and under a destroyed key everything becomes nothing.
func (k householdKey) seal(kind, id string, payload []byte) []byte {
	if payload == nil || k.aead == nil {
		return nil
	}
	return sealWith(k.aead, kind+"/"+id, payload)
}

func (k householdKey) open(kind, id string, payload []byte) ([]byte, error) {
	if payload == nil || k.aead == nil {
		return nil, nil
	}
	return openWith(k.aead, kind+"/"+id, payload)
}

var (
	householdKeysOf     = query(`SELECT household, wrapped, destroyed_at FROM household_keys WHERE household IN (:ids)`)
	insertHouseholdKeys = inserts(`INSERT INTO household_keys (household, wrapped) VALUES (?, ?)`)
	destroyHouseholdKey = query(`UPDATE household_keys SET wrapped = NULL, destroyed_at = :at WHERE household = :id AND wrapped IS NOT NULL`)
)

type householdKeyRow struct {
	Household   string        `db:"household"`
	Wrapped     nullable      `db:"wrapped"`
	DestroyedAt civil.Instant `db:"destroyed_at"`
}

// vaultMost is how many keys a transaction keeps in memory beyond what it works on: half a kilobyte each.
const vaultMost = 20_000

// unlock fetches the keys of households into the vault and, if make is set, makes those that do not exist.
func (tx *Tx) unlock(ids []string, make bool) error {
	if len(tx.vault) > vaultMost { // they can be fetched again
		clear(tx.vault)
	}
	var want []string
	asked := map[string]bool{"": true}
	for _, id := range ids {
		if _, ok := tx.vault[id]; !ok && !asked[id] {
			asked[id] = true
			want = append(want, id)
		}
	}
	err := chunks(want, func(part []string) error {
		var rows []householdKeyRow
		if err := tx.all(&rows, householdKeysOf, args{"ids": part}); err != nil {
			return err
		}
		for _, r := range rows {
			key, err := tx.unwrap(r)
			if err != nil {
				return err
			}
			tx.vault[r.Household] = key
		}
		return nil
	})
	if err != nil || !make {
		return err
	}
	var fresh []householdKeyRow
	for _, id := range want {
		if _, ok := tx.vault[id]; ok {
			continue
		}
		secret := random(32)
		wrapped, err := tx.db.keys.seal(keyPlace(id), secret)
		if err != nil {
			return err
		}
		aead, err := newAEAD(secret)
		if err != nil {
			return err
		}
		tx.vault[id] = householdKey{aead}
		fresh = append(fresh, householdKeyRow{Household: id, Wrapped: nullable(wrapped)})
	}
	return tx.insert(insertHouseholdKeys, len(fresh), func(i int) []any { return []any{fresh[i].Household, fresh[i].Wrapped} })
}

func (tx *Tx) unwrap(r householdKeyRow) (householdKey, error) {
	if r.Wrapped == "" {
		return householdKey{}, nil
	}
	secret, err := tx.db.keys.open(keyPlace(r.Household), string(r.Wrapped))
	if err != nil {
		return householdKey{}, fmt.Errorf("key of household %s: %w", r.Household, err)
	}
	aead, err := newAEAD(secret)
	return householdKey{aead}, err
}

func keyPlace(household string) string { return "household-key/" + household }

// sealContact encrypts a contact for its place, keeping the stored ciphertext if it holds the same text. An empty contact
// keeps what is stored, "-" deletes it.
func (tx *Tx) sealContact(place, contact string, stored nullable) (nullable, error) {
	switch contact {
	case "":
		return stored, nil
	case "-":
		return "", nil
	}
	if stored != "" {
		plain, err := tx.db.keys.open(place, string(stored))
		if err != nil {
			return "", err
		}
		if string(plain) == contact {
			return stored, nil
		}
	}
	text, err := tx.db.keys.seal(place, []byte(contact))
	return nullable(text), err
}

func (tx *Tx) openContact(place string, stored nullable) (string, error) {
	if stored == "" {
		return "", nil
	}
	plain, err := tx.db.keys.open(place, string(stored))
	return string(plain), err
}

// Places of ciphertexts: noun, ID, column.
func mobilePlace(id planner.CadreID) string      { return "cadre/" + string(id) + "/mobile" }
func mailPlace(id planner.CadreID) string        { return "cadre/" + string(id) + "/mail" }
func contactPlace(id planner.HouseholdID) string { return "household/" + string(id) + "/contact" }
