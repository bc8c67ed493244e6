package store

import "lianxin/planner"

var openInvitations = query(`SELECT code_hash, account, expires_at, used_at FROM invitations WHERE used_at IS NULL
	ORDER BY account, code_hash`)

// OpenInvitations returns the invitations that nobody has used yet, expired ones too, sorted by account. Administrators,
// planners and the system only.
func (tx *Tx) OpenInvitations() ([]planner.Invitation, error) {
	if !tx.who.Is(planner.RolePlanner, planner.RoleAdmin) {
		return nil, errForbidden()
	}
	var rows []invitationRow
	err := tx.all(&rows, openInvitations, args{})
	return nouns(rows, func(r invitationRow) planner.Invitation {
		return planner.Invitation{Account: planner.AccountID(r.Account), CodeHash: r.CodeHash, ExpiresAt: r.ExpiresAt.Time, UsedAt: r.UsedAt.Time}
	}), err
}
