package pipeline

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/store"
)

// InvitationLife is how long an invitation can be accepted: two weeks, so that a slip handed out before a holiday is
// still good after it.
const InvitationLife = 14 * 24 * time.Hour

// Invite is one invitation as it is handed out on paper: the only time the code can be read.
type Invite struct {
	Login string `json:"login"`
	Name  string `json:"name"`
	Unit  string `json:"unit"`
	Code  string `json:"code"` // ABCD-EFGH-JKLM-NPQR; opens /invite/CODE
}

// roleOf is the role that a rank brings. Wider roles (planner, unit liaison, auditor, …) are appointed by hand.
func roleOf(r planner.Rank) planner.Role {
	if r == planner.RankLeader {
		return planner.RoleLeader
	}
	return planner.RoleCadre
}

// InviteAll gives each active cadre an account (login = 工号, role by rank) and each account without a password a new
// invitation; an older unused one of the same account is void from then on. Invites come back sorted by unit, then login.
// Accounts of cadres who are no longer active are left as they are: they are handed on or closed by hand.
func (a *App) InviteAll(ctx context.Context, p planner.Principal) ([]Invite, error) {
	if err := mustAdmin(p); err != nil {
		return nil, err
	}
	var out []Invite
	now := a.Now()
	err := a.DB.Write(ctx, p, store.Op{Name: "invite", Now: now}, func(tx *store.Tx) error {
		out = nil // the transaction may be retried
		roster, err := tx.Roster()
		if err != nil {
			return err
		}
		accs, err := tx.Accounts()
		if err != nil {
			return err
		}
		unit := map[planner.UnitID]string{}
		for _, u := range roster.Units {
			unit[u.ID] = u.Name
		}
		unitOf, has := map[planner.CadreID]string{}, map[planner.CadreID]bool{}
		for _, c := range roster.Cadres {
			unitOf[c.ID] = unit[c.Unit]
		}
		for _, acc := range accs {
			has[acc.Cadre] = true
		}
		var made []planner.Account
		for _, c := range roster.Cadres {
			if c.Active && !has[c.ID] {
				made = append(made, planner.Account{ID: planner.AccountID(a.NewID()), Login: c.Code, Name: c.Name,
					Roles: []planner.Role{roleOf(c.Rank)}, Cadre: c.ID, Lang: "zh"})
			}
		}
		if err := tx.PutAccounts(made); err != nil {
			return err
		}
		var invitations []planner.Invitation
		for _, acc := range append(accs, made...) {
			if acc.PasswordHash != "" || acc.Disabled {
				continue
			}
			in, inv := invite(acc, unitOf[acc.Cadre], now)
			invitations, out = append(invitations, inv), append(out, in)
		}
		return replaceInvitations(tx, now, invitations)
	})
	if err != nil {
		return nil, fmt.Errorf("invite: %w", err)
	}
	slices.SortFunc(out, func(x, y Invite) int {
		if c := strings.Compare(x.Unit, y.Unit); c != 0 {
			return c
		}
		return strings.Compare(x.Login, y.Login)
	})
	return out, nil
}

// invite makes the slip and the stored half of one invitation.
func invite(acc planner.Account, unit string, now time.Time) (Invite, planner.Invitation) {
	code := newCode()
	return Invite{Login: acc.Login, Name: acc.Name, Unit: unit, Code: code},
		planner.Invitation{Account: acc.ID, CodeHash: secretHash(plainCode(code)), ExpiresAt: now.Add(InvitationLife)}
}

// replaceInvitations stores new invitations and uses up the older ones of the same accounts: a slip that was lost must
// not open an account after a new one was asked for.
func replaceInvitations(tx *store.Tx, now time.Time, invitations []planner.Invitation) error {
	open, err := tx.OpenInvitations()
	if err != nil {
		return err
	}
	again := map[planner.AccountID]bool{}
	for _, inv := range invitations {
		again[inv.Account] = true
	}
	for _, inv := range open {
		if again[inv.Account] {
			inv.UsedAt = now
			invitations = append(invitations, inv)
		}
	}
	return tx.PutInvitations(invitations)
}

// badInvitation is what a void, used, expired or mistyped code reads like.
func badInvitation() error {
	return planner.Fail(planner.NotFound, "这个邀请码用过了、过期了或不完整，请核对，或请管理员重新发一个。",
		"This invitation has been used, has expired or is incomplete. Please check it, or ask the administrator for a new one.")
}

// Invitation returns the account that a code invites, without using the code. NotFound for every code that cannot be
// accepted.
func (a *App) Invitation(ctx context.Context, code string) (acc planner.Account, err error) {
	err = a.DB.Read(ctx, asInvitation, func(tx *store.Tx) error {
		_, acc, err = a.liveInvitation(tx, code)
		return err
	})
	return acc, err
}

// liveInvitation finds the invitation of a code and its account, or NotFound.
func (a *App) liveInvitation(tx *store.Tx, code string) (planner.Invitation, planner.Account, error) {
	inv, err := tx.InvitationByHash(secretHash(plainCode(code)))
	if planner.KindOf(err) == planner.NotFound {
		return inv, planner.Account{}, badInvitation()
	} else if err != nil {
		return inv, planner.Account{}, fmt.Errorf("invitation: %w", err)
	}
	if !inv.UsedAt.IsZero() || !a.Now().Before(inv.ExpiresAt) {
		return inv, planner.Account{}, badInvitation()
	}
	acc, err := tx.Account(inv.Account)
	if err != nil {
		return inv, acc, fmt.Errorf("invitation: %w", err)
	}
	if acc.Disabled || acc.PasswordHash != "" {
		return inv, planner.Account{}, badInvitation()
	}
	return inv, acc, nil
}

// AcceptInvitation sets the first password of an invited account, uses the code up and signs in.
func (a *App) AcceptInvitation(ctx context.Context, code, password string) (token string, acc planner.Account, err error) {
	invited, err := a.Invitation(ctx, code)
	if err != nil {
		return "", planner.Account{}, err
	}
	if err := checkPassword(invited.Login, password); err != nil {
		return "", planner.Account{}, err
	}
	hash, now := hashPassword(password), a.Now()
	err = a.DB.Write(ctx, asInvitation, store.Op{Name: "accept-invitation", Now: now}, func(tx *store.Tx) (err error) {
		var inv planner.Invitation
		if inv, acc, err = a.liveInvitation(tx, code); err != nil {
			return err
		}
		inv.UsedAt, acc.PasswordHash = now, hash
		if err := tx.PutInvitations([]planner.Invitation{inv}); err != nil {
			return err
		}
		if err := tx.PutAccounts([]planner.Account{acc}); err != nil {
			return err
		}
		token, err = openSession(tx, acc.ID, now)
		return err
	})
	if err != nil {
		return "", planner.Account{}, err
	}
	return token, acc, nil
}

// HandOn hands an account's duties on to another cadre at a transfer. Their roles, areas, units and the leaders acted for
// move to the new holder's account, which must accept a new invitation before anybody signs in to it again; the old
// account is closed; both persons' sessions end and both persons' feed links become void.
//
// An account is never renamed: audit rows name it, and what one person did must not read as another's doing.
func (a *App) HandOn(ctx context.Context, p planner.Principal, from planner.AccountID, to planner.CadreID) (Invite, error) {
	if err := mustAdmin(p); err != nil {
		return Invite{}, err
	}
	var out Invite
	now := a.Now()
	err := a.DB.Write(ctx, p, store.Op{Name: "hand-on", Now: now}, func(tx *store.Tx) error {
		old, err := tx.Account(from)
		if err != nil {
			return err
		}
		holder, err := tx.Cadre(to)
		if err != nil {
			return err
		}
		if err := mayHandOn(p, old, holder); err != nil {
			return err
		}
		next, err := a.accountOf(tx, holder)
		if err != nil {
			return err
		}
		if slices.Contains(next.Roles, planner.RoleAdmin) {
			return planner.Fail(planner.Conflict, holder.Name+"是管理员，请先由另一位管理员调整角色。",
				holder.Name+" is an administrator; let another administrator change the roles first.")
		}
		next.Roles = union(next.Roles, dutiesOf(old))
		next.Areas, next.Units, next.ActsFor = union(next.Areas, old.Areas), union(next.Units, old.Units), union(next.ActsFor, old.ActsFor)
		next.PasswordHash, next.Disabled = "", false
		old.Roles, old.Areas, old.Units, old.ActsFor = nil, nil, nil, nil
		old.PasswordHash, old.Disabled = "", true
		if err := tx.PutAccounts([]planner.Account{old, next}); err != nil {
			return err
		}
		for _, id := range []planner.AccountID{old.ID, next.ID} {
			if err := tx.DeleteSessionsOf(id); err != nil {
				return err
			}
		}
		for _, c := range []planner.CadreID{old.Cadre, to} {
			if err := rotateLink(tx, c, now); err != nil {
				return err
			}
		}
		in, inv := invite(next, "", now)
		out = in
		return replaceInvitations(tx, now, []planner.Invitation{inv})
	})
	if err != nil {
		return Invite{}, fmt.Errorf("hand on: %w", err)
	}
	return out, nil
}

// mayHandOn refuses what would leave nobody in charge or hand an account to its own holder.
func mayHandOn(p planner.Principal, old planner.Account, holder planner.Cadre) error {
	switch {
	case old.Disabled:
		return planner.Fail(planner.Conflict, "账号"+old.Login+"已停用，没有可移交的职责。", "Account "+old.Login+" is closed; it has no duties to hand on.")
	case old.ID == p.Account:
		return planner.Fail(planner.Conflict, "自己的账号请由另一位管理员移交。", "Ask another administrator to hand on your own account.")
	case !holder.Active:
		return planner.Fail(planner.Invalid, holder.Name+"不在册，请先导入名册。", holder.Name+" is not on the roster; import it first.")
	case old.Cadre == holder.ID:
		return planner.Fail(planner.Invalid, "移交双方是同一个人。", "Both sides of the handover are the same person.")
	}
	return nil
}

// dutiesOf are the roles that belong to the post: all but those that a person's own rank brings.
func dutiesOf(acc planner.Account) []planner.Role {
	return slices.DeleteFunc(slices.Clone(acc.Roles), func(r planner.Role) bool { return r == planner.RoleCadre || r == planner.RoleLeader })
}

// accountOf returns the cadre's account, a new one if there is none.
func (a *App) accountOf(tx *store.Tx, c planner.Cadre) (planner.Account, error) {
	accs, err := tx.Accounts()
	if err != nil {
		return planner.Account{}, err
	}
	for _, acc := range accs {
		if acc.Cadre == c.ID {
			return acc, nil
		}
	}
	return planner.Account{ID: planner.AccountID(a.NewID()), Login: c.Code, Name: c.Name,
		Roles: []planner.Role{roleOf(c.Rank)}, Cadre: c.ID, Lang: "zh"}, nil
}

// rotateLink voids a cadre's subscription link and stores a new one. A cadre without a link gets none here.
func rotateLink(tx *store.Tx, c planner.CadreID, now time.Time) error {
	if c == "" {
		return nil
	}
	old, err := tx.FeedTokenOf("cadre", string(c))
	if planner.KindOf(err) == planner.NotFound {
		return nil
	} else if err != nil {
		return err
	}
	old.RevokedAt = now
	return tx.PutFeedTokens([]store.FeedToken{old, {Token: rand.Text(), Kind: old.Kind, Ref: old.Ref, CreatedAt: now}})
}

// union is the sorted set of both slices.
func union[T ~string](x, y []T) []T {
	out := append(slices.Clone(x), y...)
	slices.Sort(out)
	return slices.Compact(out)
}
