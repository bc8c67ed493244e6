package store

import (
	"slices"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// ChannelProof is what is known of a person's address on a channel. The address itself is not in it.
type ChannelProof struct {
	Cadre      planner.CadreID
	Channel    string
	Own        bool       // the vendor's ID of a member was given; else the roster's contact counts
	AskedAt    time.Time  // when the last test message with a code went; zero: never
	VerifiedOn civil.Date // when its code came back; zero: not yet, or the address has changed since
}

type addressRow struct {
	ID         string        `db:"id" json:"id"`
	Cadre      string        `db:"cadre" json:"cadre"`
	Channel    string        `db:"channel" json:"channel"`
	Address    nullable      `db:"address" json:"address,omitempty"`
	Mark       string        `db:"mark" json:"mark,omitempty"`
	CodeHash   string        `db:"code_hash" json:"code_hash,omitempty"`
	AskedAt    civil.Instant `db:"asked_at" json:"asked_at,omitzero"`
	Tries      int           `db:"tries" json:"tries"`
	VerifiedOn civil.Date    `db:"verified_on" json:"verified_on,omitzero"`
}

func (r addressRow) rowID() string     { return r.ID }
func (r addressRow) household() string { return "" }
func (r addressRow) values() []any {
	return []any{r.ID, r.Cadre, r.Channel, r.Address, r.Mark, r.CodeHash, r.AskedAt, r.Tries, r.VerifiedOn}
}
func (r addressRow) noun() ChannelProof {
	return ChannelProof{planner.CadreID(r.Cadre), r.Channel, r.Address != "", r.AskedAt.Time, r.VerifiedOn}
}

var channelAddresses = &table[addressRow]{
	kind: "channel-address",
	byID: query(`SELECT id, cadre, channel, address, mark, code_hash, asked_at, tries, verified_on FROM channel_addresses WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO channel_addresses (id, cadre, channel, address, mark, code_hash, asked_at, tries, verified_on)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET address = excluded.address, mark = excluded.mark, code_hash = excluded.code_hash,
			asked_at = excluded.asked_at, tries = excluded.tries, verified_on = excluded.verified_on`),
	drop: query(`DELETE FROM channel_addresses WHERE id IN (:ids)`),
}

var (
	everyAddress = query(`SELECT id, cadre, channel, address, mark, code_hash, asked_at, tries, verified_on FROM channel_addresses
		WHERE id > :after ORDER BY id LIMIT :limit`)
	provenMembers = query(`SELECT cadre, channel FROM channel_addresses
		WHERE address IS NOT NULL AND verified_on IS NOT NULL AND cadre IN (:ids) ORDER BY cadre, channel`)
	addressesOf = query(`SELECT id, cadre, channel, address, mark, code_hash, asked_at, tries, verified_on FROM channel_addresses
		WHERE cadre = :cadre ORDER BY channel`)
)

// addressID is the row of a person on a channel: there is one.
func addressID(c planner.CadreID, channel string) string { return string(c) + "/" + channel }

func addressPlace(id string) string { return "channel-address/" + id }

// mayAddress: the person, who acts for them, planners and the system.
func (tx *Tx) mayAddress(c planner.CadreID) error {
	if err := tx.mayWrite(); err != nil {
		return err
	}
	if tx.mayManage() != nil && !tx.who.Speaks(c) {
		return errForbidden()
	}
	return nil
}

// ProvenMembers lists on which channels each cadre's own member ID has been proved. The system and planners only.
func (tx *Tx) ProvenMembers(ids []planner.CadreID) (map[planner.CadreID][]string, error) {
	if !tx.who.SeesAll() {
		return nil, errForbidden()
	}
	out := map[planner.CadreID][]string{}
	err := chunks(plain(ids), func(part []string) error {
		var rows []struct {
			Cadre   planner.CadreID `db:"cadre"`
			Channel string          `db:"channel"`
		}
		if err := tx.all(&rows, provenMembers, args{"ids": part}); err != nil {
			return err
		}
		for _, r := range rows {
			out[r.Cadre] = append(out[r.Cadre], r.Channel)
		}
		return nil
	})
	return out, err
}

// ChannelProofs lists what is known of a cadre's addresses, by channel. Whoever may change them may see this.
func (tx *Tx) ChannelProofs(c planner.CadreID) ([]ChannelProof, error) {
	if !tx.who.SeesAll() && !tx.who.Speaks(c) {
		return nil, errForbidden()
	}
	var rows []addressRow
	err := tx.all(&rows, addressesOf, args{"cadre": string(c)})
	return nouns(rows, addressRow.noun), err
}

// MemberIDs decrypts the member IDs of cadres on a channel, proved or not. The system only; it is recorded in the audit.
func (tx *Tx) MemberIDs(channel string, ids []planner.CadreID) (map[planner.CadreID]string, error) {
	if !tx.who.IsSystem() {
		return nil, errForbidden()
	}
	want := make([]string, len(ids))
	for i, id := range ids {
		want[i] = addressID(id, channel)
	}
	found, err := channelAddresses.load(tx, want)
	if err != nil {
		return nil, err
	}
	out := map[planner.CadreID]string{}
	for _, id := range sortedKeys(found) {
		r := found[id]
		if r.Address == "" {
			continue
		}
		if out[planner.CadreID(r.Cadre)], err = tx.openContact(addressPlace(id), r.Address); err != nil {
			return nil, err
		}
		if err := tx.noteRead("channel-address", id); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// PutMemberID stores a cadre's member ID on a channel; an empty one takes it away. What was proved of another is void.
func (tx *Tx) PutMemberID(c planner.CadreID, channel, member string) error {
	if err := tx.mayAddress(c); err != nil {
		return err
	}
	id := addressID(c, channel)
	found, err := channelAddresses.load(tx, []string{id})
	if err != nil {
		return err
	}
	r, known := found[id]
	if member == "" {
		if !known {
			return nil
		}
		return channelAddresses.remove(tx, []addressRow{r})
	}
	sealed, err := tx.sealContact(addressPlace(id), member, r.Address)
	if err != nil || r.ID != "" && sealed == r.Address {
		return err
	}
	_, err = channelAddresses.store(tx, []addressRow{{ID: id, Cadre: string(c), Channel: channel, Address: sealed}})
	return err
}

// ProofTries is how often a code may be guessed before another test message is needed; a code has six digits.
const ProofTries = 5

// AskProof notes that a test message with a code went to an address.
func (tx *Tx) AskProof(c planner.CadreID, channel, address, code string, now time.Time) error {
	if err := tx.mayAddress(c); err != nil {
		return err
	}
	id := addressID(c, channel)
	found, err := channelAddresses.load(tx, []string{id})
	if err != nil {
		return err
	}
	r := found[id]
	r.ID, r.Cadre, r.Channel, r.AskedAt, r.Tries = id, string(c), channel, civil.At(now), 0
	mark, err := tx.db.keys.fingerprint(addressPlace(id), []byte(address))
	if err != nil {
		return err
	}
	if r.Mark != mark {
		r.Mark, r.VerifiedOn = mark, civil.Date{}
	}
	if r.CodeHash, err = tx.db.keys.fingerprint(addressPlace(id)+"/code", []byte(code)); err != nil {
		return err
	}
	_, err = channelAddresses.store(tx, []addressRow{r})
	return err
}

// Prove takes the code of the last test message. ok is false if it is wrong, older than life, guessed too often, or went
// to another address than the one given; each try counts, so the caller must let the transaction end well.
func (tx *Tx) Prove(c planner.CadreID, channel, address, code string, now time.Time, today civil.Date, life time.Duration) (ok bool, err error) {
	if err := tx.mayAddress(c); err != nil {
		return false, err
	}
	id := addressID(c, channel)
	found, err := channelAddresses.load(tx, []string{id})
	if err != nil {
		return false, err
	}
	r := found[id]
	if r.ID == "" || r.CodeHash == "" || r.Tries >= ProofTries {
		return false, nil
	}
	mark, err := tx.db.keys.fingerprint(addressPlace(id), []byte(address))
	if err != nil {
		return false, err
	}
	hash, err := tx.db.keys.fingerprint(addressPlace(id)+"/code", []byte(code))
	if err != nil {
		return false, err
	}
	r.Tries++
	if ok = mark == r.Mark && hash == r.CodeHash && now.Sub(r.AskedAt.Time) <= life; ok {
		r.VerifiedOn, r.CodeHash = today, ""
	}
	_, err = channelAddresses.store(tx, []addressRow{r})
	return ok, err
}

// StillProved reports whether an address is the one that was proved.
func (tx *Tx) StillProved(c planner.CadreID, channel, address string) (bool, error) {
	id := addressID(c, channel)
	found, err := channelAddresses.load(tx, []string{id})
	if err != nil || found[id].VerifiedOn.IsZero() {
		return false, err
	}
	mark, err := tx.db.keys.fingerprint(addressPlace(id), []byte(address))
	return mark == found[id].Mark, err
}

var sealedAddresses = query(`SELECT id FROM channel_addresses WHERE address IS NOT NULL AND id > :after ORDER BY id LIMIT :limit`)

func (tx *Tx) rekeyAddresses(after string) (int, string, error) {
	var ids []string
	if err := tx.all(&ids, sealedAddresses, args{"after": after, "limit": chunk}); err != nil {
		return 0, "", err
	}
	old, err := channelAddresses.load(tx, ids)
	if err != nil {
		return 0, "", err
	}
	rows := make([]addressRow, 0, len(ids))
	for _, id := range slices.Sorted(slices.Values(ids)) {
		r := old[id]
		text, err := tx.reseal(addressPlace(id), string(r.Address))
		if err != nil {
			return 0, "", err
		}
		r.Address = nullable(text)
		rows = append(rows, r)
	}
	n, err := channelAddresses.save(tx, old, rows)
	return n, lastOf(ids), err
}
