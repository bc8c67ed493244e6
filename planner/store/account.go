package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

type accountRow struct {
	ID           string                 `db:"id" json:"id"`
	Login        string                 `db:"login" json:"login"`
	Name         string                 `db:"name" json:"name"`
	PasswordHash secret                 `db:"password_hash" json:"password"`
	Roles        list[planner.Role]     `db:"roles" json:"roles"`
	Areas        list[planner.AreaCode] `db:"areas" json:"areas"`
	Units        list[planner.UnitID]   `db:"units" json:"units"`
	Cadre        nullable               `db:"cadre" json:"cadre"`
	ActsFor      list[planner.CadreID]  `db:"acts_for" json:"acts_for"`
	Lang         string                 `db:"lang" json:"lang"`
	Disabled     bool                   `db:"disabled" json:"disabled"`
}

// secret is a text of which the audit shows only that it changed.
type secret string

// MarshalJSON writes a short hash.
func (s secret) MarshalJSON() ([]byte, error) {
	if s == "" {
		return []byte(`""`), nil
	}
	sum := sha256.Sum256([]byte(s))
	return json.Marshal("sha256:" + hex.EncodeToString(sum[:6]))
}

func (r accountRow) rowID() string     { return r.ID }
func (r accountRow) household() string { return "" }
func (r accountRow) values() []any {
	return []any{r.ID, r.Login, r.Name, string(r.PasswordHash), r.Roles, r.Areas, r.Units, r.Cadre, r.ActsFor, r.Lang, r.Disabled}
}

func (r accountRow) noun() planner.Account {
	return planner.Account{ID: planner.AccountID(r.ID), Login: r.Login, Name: r.Name, PasswordHash: string(r.PasswordHash), Roles: r.Roles,
		Areas: r.Areas, Units: r.Units, Cadre: planner.CadreID(r.Cadre), ActsFor: r.ActsFor, Lang: r.Lang, Disabled: r.Disabled}
}

var accounts = &table[accountRow]{
	kind: "account",
	byID: query(`SELECT id, login, name, password_hash, roles, areas, units, cadre, acts_for, lang, disabled FROM accounts WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO accounts (id, login, name, password_hash, roles, areas, units, cadre, acts_for, lang, disabled)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET login = excluded.login, name = excluded.name, password_hash = excluded.password_hash,
			roles = excluded.roles, areas = excluded.areas, units = excluded.units, cadre = excluded.cadre,
			acts_for = excluded.acts_for, lang = excluded.lang, disabled = excluded.disabled`),
	drop: query(`DELETE FROM accounts WHERE id IN (:ids)`),
}

// visibleAccounts: all to administrators, planners and auditors, else the own one.
var visibleAccounts = query(`SELECT id, login, name, password_hash, roles, areas, units, cadre, acts_for, lang, disabled FROM accounts
	WHERE (:id = '' OR id = :id) AND (:login = '' OR login = :login) AND (:all = 1 OR id = :self)
	ORDER BY login`)

func (tx *Tx) accountsSeen(id planner.AccountID, login string) ([]planner.Account, error) {
	var rows []accountRow
	err := tx.all(&rows, visibleAccounts, args{"id": string(id), "login": login, "all": flag(tx.who.SeesAll()), "self": string(tx.who.Account)})
	return nouns(rows, accountRow.noun), err
}

func errNoAccount() error {
	return planner.Fail(planner.NotFound, "没有这个账号。", "there is no such account")
}

// Accounts returns the accounts that the reader may see, sorted by login: all to administrators, planners and auditors,
// else the own one.
func (tx *Tx) Accounts() ([]planner.Account, error) { return tx.accountsSeen("", "") }

// Account returns one account; NotFound if there is none or it is somebody else's.
func (tx *Tx) Account(id planner.AccountID) (planner.Account, error) {
	found, err := tx.accountsSeen(id, "")
	if err == nil && (len(found) == 0 || id == "") {
		err = errNoAccount()
	}
	if err != nil {
		return planner.Account{}, err
	}
	return found[0], nil
}

// AccountByLogin is [Tx.Account] by the name a person types. A sign-in asks as the system, since nobody is signed in yet.
func (tx *Tx) AccountByLogin(login string) (planner.Account, error) {
	found, err := tx.accountsSeen("", login)
	if err == nil && (len(found) == 0 || login == "") {
		err = errNoAccount()
	}
	if err != nil {
		return planner.Account{}, err
	}
	return found[0], nil
}

// PutAccounts adds accounts or replaces those of the same ID. Besides administrators and planners, people may change
// name, language and password of their own.
func (tx *Tx) PutAccounts(as []planner.Account) error {
	if err := tx.mayWrite(); err != nil || len(as) == 0 {
		return err
	}
	rows := make([]accountRow, len(as))
	for i, a := range as {
		rows[i] = accountRow{ID: string(a.ID), Login: a.Login, Name: a.Name, PasswordHash: secret(a.PasswordHash), Roles: a.Roles,
			Areas: a.Areas, Units: a.Units, Cadre: nullable(a.Cadre), ActsFor: a.ActsFor, Lang: a.Lang, Disabled: a.Disabled}
	}
	old, err := accounts.load(tx, idsOf(rows))
	if err != nil {
		return err
	}
	if tx.mayManage() != nil {
		for _, r := range rows {
			was, ok := old[r.ID]
			if !ok || r.ID != string(tx.who.Account) || !was.sameRights(r) {
				return errForbidden()
			}
		}
	}
	_, err = accounts.save(tx, old, rows)
	return err
}

// sameRights reports whether two states of an account differ only in name, language and password.
func (r accountRow) sameRights(o accountRow) bool {
	return r.Login == o.Login && r.Cadre == o.Cadre && r.Disabled == o.Disabled && slices.Equal(r.Roles, o.Roles) &&
		slices.Equal(r.Areas, o.Areas) && slices.Equal(r.Units, o.Units) && slices.Equal(r.ActsFor, o.ActsFor)
}

type invitationRow struct {
	CodeHash  string        `db:"code_hash" json:"code_hash"`
	Account   string        `db:"account" json:"account"`
	ExpiresAt civil.Instant `db:"expires_at" json:"expires_at"`
	UsedAt    civil.Instant `db:"used_at" json:"used_at"`
}

func (r invitationRow) rowID() string     { return r.CodeHash }
func (r invitationRow) household() string { return "" }
func (r invitationRow) values() []any {
	return []any{r.CodeHash, r.Account, r.ExpiresAt, r.UsedAt}
}

var invitations = &table[invitationRow]{
	kind: "invitation",
	byID: query(`SELECT code_hash, account, expires_at, used_at FROM invitations WHERE code_hash IN (:ids)`),
	put: inserts(`INSERT INTO invitations (code_hash, account, expires_at, used_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (code_hash) DO UPDATE SET account = excluded.account, expires_at = excluded.expires_at, used_at = excluded.used_at`),
	drop: query(`DELETE FROM invitations WHERE code_hash IN (:ids)`),
}

// PutInvitations adds invitations or replaces those of the same code. Administrators, planners and the system only.
func (tx *Tx) PutInvitations(is []planner.Invitation) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	rows := make([]invitationRow, len(is))
	for i, v := range is {
		rows[i] = invitationRow{v.CodeHash, string(v.Account), civil.At(v.ExpiresAt), civil.At(v.UsedAt)}
	}
	_, err := invitations.store(tx, rows)
	return err
}

// InvitationByHash returns an invitation by the hash of its code, used and expired ones too; whoever has the code may ask.
// NotFound if there is none.
func (tx *Tx) InvitationByHash(hash string) (planner.Invitation, error) {
	found, err := invitations.load(tx, []string{hash})
	if err != nil {
		return planner.Invitation{}, err
	}
	r, ok := found[hash]
	if !ok {
		return planner.Invitation{}, planner.Fail(planner.NotFound, "邀请码不存在，请核对或向管理员重新索取。",
			"there is no such invitation; check the code or ask the administrator for a new one")
	}
	return planner.Invitation{Account: planner.AccountID(r.Account), CodeHash: r.CodeHash, ExpiresAt: r.ExpiresAt.Time, UsedAt: r.UsedAt.Time}, nil
}

var (
	insertSession = query(`INSERT INTO sessions (token_hash, account, expires_at) VALUES (:hash, :account, :expires)
		ON CONFLICT (token_hash) DO UPDATE SET expires_at = excluded.expires_at`)
	sessionAccount = query(`SELECT a.id, a.login, a.name, a.password_hash, a.roles, a.areas, a.units, a.cadre, a.acts_for, a.lang, a.disabled
		FROM sessions s JOIN accounts a ON a.id = s.account
		WHERE s.token_hash = :hash AND s.expires_at > :now AND NOT a.disabled`)
	deleteSession    = query(`DELETE FROM sessions WHERE token_hash = :hash`)
	deleteSessionsOf = query(`DELETE FROM sessions WHERE account = :account`)
	dropOldSessions  = query(`DELETE FROM sessions WHERE expires_at <= :now`)
	insertSignIn     = query(`INSERT INTO sign_ins (login, at, ok) VALUES (:login, :at, :ok)`)
	countFailures    = query(`SELECT count(*) FROM sign_ins s WHERE s.login = :login AND s.at >= :since AND NOT s.ok
		AND NOT EXISTS (SELECT 1 FROM sign_ins l WHERE l.login = s.login AND l.ok AND l.seq > s.seq)`)
)

// PutSession opens a session under the hash of its token, or prolongs it. Expired sessions are swept on the way.
func (tx *Tx) PutSession(tokenHash string, id planner.AccountID, expires time.Time) error {
	if err := tx.mayWrite(); err != nil {
		return err
	}
	if _, err := tx.exec(dropOldSessions, args{"now": civil.At(tx.op.Now)}); err != nil {
		return err
	}
	if err := tx.noteEvent(actAdd, "session", string(id), map[string]any{"expires_at": civil.At(expires)}); err != nil {
		return err
	}
	_, err := tx.exec(insertSession, args{"hash": tokenHash, "account": string(id), "expires": civil.At(expires)})
	return err
}

// SessionAccount returns whose session a token's hash opens. NotFound if there is none, it has expired by now, or the
// account is disabled. Whoever has the token may ask.
func (tx *Tx) SessionAccount(tokenHash string, now time.Time) (planner.Account, error) {
	var r accountRow
	err := tx.one(&r, sessionAccount, args{"hash": tokenHash, "now": civil.At(now)})
	if err != nil {
		return planner.Account{}, notFound(err, "登录已过期，请重新登录。", "the session has ended; sign in again")
	}
	return r.noun(), nil
}

// DeleteSession ends a session; one that is not there is ignored.
func (tx *Tx) DeleteSession(tokenHash string) error {
	if err := tx.mayWrite(); err != nil {
		return err
	}
	n, err := tx.exec(deleteSession, args{"hash": tokenHash})
	if err != nil || n == 0 {
		return err
	}
	return tx.noteEvent(actDelete, "session", string(tx.who.Account), nil)
}

// DeleteSessionsOf ends all sessions of an account, at a hand-on or a new password. Administrators, planners, the system
// and the person only.
func (tx *Tx) DeleteSessionsOf(id planner.AccountID) error {
	if err := tx.mayManage(); err != nil && (!tx.write || id == "" || id != tx.who.Account) {
		return err
	}
	n, err := tx.exec(deleteSessionsOf, args{"account": string(id)})
	if err != nil || n == 0 {
		return err
	}
	return tx.noteEvent(actDelete, "session", string(id), map[string]any{"sessions": n})
}

// SignInFailures counts the failed sign-ins of a login from since on, those before the last success left out.
func (tx *Tx) SignInFailures(login string, since time.Time) (n int, err error) {
	err = tx.one(&n, countFailures, args{"login": login, "since": civil.At(since)})
	return n, err
}

// NoteSignIn records that somebody tried to sign in.
func (tx *Tx) NoteSignIn(login string, at time.Time, ok bool) error {
	if err := tx.mayWrite(); err != nil {
		return err
	}
	if err := tx.noteEvent(actAdd, "sign-in", login, map[string]any{"ok": ok}); err != nil {
		return err
	}
	_, err := tx.exec(insertSignIn, args{"login": login, "at": civil.At(at), "ok": ok})
	return err
}

// noteEvent audits a write that has no row image of its own.
func (tx *Tx) noteEvent(action, kind, id string, after map[string]any) error {
	var b []byte
	if after != nil {
		var err error
		if b, err = json.Marshal(after); err != nil { // map keys come out sorted
			return err
		}
	}
	return tx.note(action, kind, id, "", nil, b)
}
