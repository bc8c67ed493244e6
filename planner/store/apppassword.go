package store

import (
	"lianxin/planner"
	"lianxin/planner/civil"
)

// AppPassword 应用专用密码 lets one calendar program in, in the name of an account and for calendars alone. The secret is
// shown once; its hash is stored.
type AppPassword struct {
	ID        string
	Account   planner.AccountID
	Name      string // what it is for, in its owner's words
	Hash      string // hex SHA-256 of the secret
	CreatedOn civil.Date
	RevokedOn civil.Date // zero: live
}

type appPasswordRow struct {
	ID        string     `db:"id" json:"id"`
	Account   string     `db:"account" json:"account"`
	Name      string     `db:"name" json:"name"`
	Hash      secret     `db:"secret_hash" json:"secret_hash"`
	CreatedOn civil.Date `db:"created_on" json:"created_on"`
	RevokedOn civil.Date `db:"revoked_on" json:"revoked_on"`
}

func (r appPasswordRow) rowID() string     { return r.ID }
func (r appPasswordRow) household() string { return "" }
func (r appPasswordRow) values() []any {
	return []any{r.ID, r.Account, r.Name, r.Hash, r.CreatedOn, r.RevokedOn}
}
func (r appPasswordRow) noun() AppPassword {
	return AppPassword{ID: r.ID, Account: planner.AccountID(r.Account), Name: r.Name, Hash: string(r.Hash), CreatedOn: r.CreatedOn, RevokedOn: r.RevokedOn}
}

var appPasswords = &table[appPasswordRow]{
	kind: "app-password",
	byID: query(`SELECT id, account, name, secret_hash, created_on, revoked_on FROM app_passwords WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO app_passwords (id, account, name, secret_hash, created_on, revoked_on) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, revoked_on = excluded.revoked_on`),
	drop: query(`DELETE FROM app_passwords WHERE id IN (:ids)`),
}

var (
	appPasswordsOf = query(`SELECT id, account, name, secret_hash, created_on, revoked_on FROM app_passwords
		WHERE account = :account AND revoked_on IS NULL ORDER BY created_on, id`)
	appPasswordBy = query(`SELECT p.id, p.account, p.name, p.secret_hash, p.created_on, p.revoked_on FROM app_passwords p
		JOIN accounts a ON a.id = p.account WHERE p.secret_hash = :hash AND p.revoked_on IS NULL AND NOT a.disabled`)
)

// mayKeep allows to handle an account's own passwords of programs: the person, administrators and the system.
func (tx *Tx) mayKeep(id planner.AccountID) error {
	if tx.who.Is(planner.RoleAdmin) || id != "" && id == tx.who.Account {
		return nil
	}
	return errForbidden()
}

// AppPasswords lists the live passwords of an account, the oldest first.
func (tx *Tx) AppPasswords(account planner.AccountID) ([]AppPassword, error) {
	if err := tx.mayKeep(account); err != nil {
		return nil, err
	}
	var rows []appPasswordRow
	err := tx.all(&rows, appPasswordsOf, args{"account": string(account)})
	return nouns(rows, appPasswordRow.noun), err
}

// AppPasswordBy returns the live password of a hash. NotFound if there is none or its account is closed; whoever knows the
// secret may ask.
func (tx *Tx) AppPasswordBy(hash string) (AppPassword, error) {
	var r appPasswordRow
	err := tx.one(&r, appPasswordBy, args{"hash": hash})
	if err != nil {
		return AppPassword{}, notFound(err, "密码不对或已停用。", "the password is wrong or was revoked")
	}
	return r.noun(), nil
}

// PutAppPassword adds a password or replaces name and revocation of the one with its ID.
func (tx *Tx) PutAppPassword(p AppPassword) error {
	if err := tx.mayWrite(); err != nil {
		return err
	}
	if err := tx.mayKeep(p.Account); err != nil {
		return err
	}
	_, err := appPasswords.store(tx, []appPasswordRow{{p.ID, string(p.Account), p.Name, secret(p.Hash), p.CreatedOn, p.RevokedOn}})
	return err
}
