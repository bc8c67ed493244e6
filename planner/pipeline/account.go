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

// SessionLife is how long a sign-in lasts at most; the cookie itself ends with the browser.
const SessionLife = 12 * time.Hour

// A login that failed lockoutTries times within lockoutSpan is not tried again until the span is over. The count stands
// in the database, so that every replica and a restart know it.
const (
	lockoutTries = 8
	lockoutSpan  = 15 * time.Minute
)

// Accounts work as the system where nobody is signed in yet; the reason goes into the audit.
var (
	asSignIn     = planner.System("sign in")
	asInvitation = planner.System("invitation")
	asInit       = planner.System("init")
)

// SignIn checks a login and its password and opens a session; the token goes into the cookie and is stored as a hash.
// A wrong login and a wrong password read alike and take alike (Invalid); too many tries are Forbidden for a while.
func (a *App) SignIn(ctx context.Context, login, password string) (token string, _ planner.Account, err error) {
	login, now := strings.TrimSpace(login), a.Now()
	var acc planner.Account
	var failures int
	err = a.DB.Read(ctx, asSignIn, func(tx *store.Tx) (err error) {
		if failures, err = tx.SignInFailures(login, now.Add(-lockoutSpan)); err != nil {
			return err
		}
		acc, err = tx.AccountByLogin(login)
		if planner.KindOf(err) == planner.NotFound {
			acc, err = planner.Account{}, nil
		}
		return err
	})
	if err != nil {
		return "", planner.Account{}, fmt.Errorf("sign in: %w", err)
	}
	if failures >= lockoutTries {
		return "", planner.Account{}, planner.Fail(planner.Forbidden,
			"试错次数较多，请15分钟后再试，或请管理员重新发邀请码。",
			"There were too many tries. Please wait 15 minutes, or ask the administrator for a new invitation.")
	}
	hash := acc.PasswordHash
	if hash == "" {
		hash = nobodysHash
	}
	ok := passwordMatches(hash, password) && acc.PasswordHash != "" && !acc.Disabled
	err = a.DB.Write(ctx, asSignIn, store.Op{Name: "sign-in", Now: now}, func(tx *store.Tx) error {
		if err := tx.NoteSignIn(login, now, ok); err != nil || !ok {
			return err
		}
		token, err = openSession(tx, acc.ID, now)
		return err
	})
	if err != nil {
		return "", planner.Account{}, fmt.Errorf("sign in: %w", err)
	}
	if !ok {
		return "", planner.Account{}, planner.Fail(planner.Invalid, "登录名或密码不对，请核对后再试。",
			"The login name or the password is not right; please check both.")
	}
	return token, acc, nil
}

// openSession stores a new session and returns its token: 130 bits from crypto/rand, never from App.NewID, which the
// demo seeds.
func openSession(tx *store.Tx, id planner.AccountID, now time.Time) (string, error) {
	token := rand.Text()
	return token, tx.PutSession(secretHash(token), id, now.Add(SessionLife))
}

// SignOut ends a session; a token that is none is no error.
func (a *App) SignOut(ctx context.Context, token string) error {
	err := a.DB.Write(ctx, asSignIn, store.Op{Name: "sign-out", Now: a.Now()}, func(tx *store.Tx) error {
		return tx.DeleteSession(secretHash(token))
	})
	if err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	return nil
}

// Session returns the account of a live session, NotFound if there is none, it has expired, or the account was closed or
// handed on meanwhile.
func (a *App) Session(ctx context.Context, token string) (acc planner.Account, err error) {
	err = a.DB.Read(ctx, asSignIn, func(tx *store.Tx) (err error) {
		acc, err = tx.SessionAccount(secretHash(token), a.Now())
		return err
	})
	if err == nil && acc.PasswordHash == "" {
		err = planner.Fail(planner.NotFound, "登录已结束，请重新登录。", "The session has ended; please sign in again.")
	}
	if err != nil {
		return planner.Account{}, err
	}
	return acc, nil
}

// InitAdmin makes the first administrator. Conflict if there is one already: later ones are appointed by an
// administrator, see [App.Appoint].
func (a *App) InitAdmin(ctx context.Context, login, password string) error {
	login = strings.TrimSpace(login)
	if login == "" {
		return planner.Fail(planner.Invalid, "请写登录名。", "Please give a login name.")
	}
	if err := checkPassword(login, password); err != nil {
		return err
	}
	hash := hashPassword(password)
	return a.DB.Write(ctx, asInit, store.Op{Name: "init", Now: a.Now()}, func(tx *store.Tx) error {
		accs, err := tx.Accounts()
		if err != nil {
			return err
		}
		if slices.ContainsFunc(accs, func(b planner.Account) bool { return slices.Contains(b.Roles, planner.RoleAdmin) && !b.Disabled }) {
			return planner.Fail(planner.Conflict, "已经有管理员了；新的管理员由现任管理员指定。",
				"There is an administrator already; a further one is appointed by an administrator.")
		}
		return tx.PutAccounts([]planner.Account{{ID: planner.AccountID(a.NewID()), Login: login, Name: login,
			PasswordHash: hash, Roles: []planner.Role{planner.RoleAdmin}, Lang: "zh"}})
	})
}

// SetPassword sets the password of an existing account and opens it; for the administrator at the counter and the demo's
// personas. Sessions of the account end.
func (a *App) SetPassword(ctx context.Context, p planner.Principal, login, password string) error {
	if err := mustAdmin(p); err != nil {
		return err
	}
	if err := checkPassword(login, password); err != nil {
		return err
	}
	hash := hashPassword(password)
	err := a.DB.Write(ctx, p, store.Op{Name: "set-password", Now: a.Now()}, func(tx *store.Tx) error {
		acc, err := tx.AccountByLogin(login)
		if err != nil {
			return err
		}
		acc.PasswordHash = hash
		if err := tx.DeleteSessionsOf(acc.ID); err != nil {
			return err
		}
		return tx.PutAccounts([]planner.Account{acc})
	})
	if err != nil {
		return fmt.Errorf("set password of %s: %w", login, err)
	}
	return nil
}

// mustAdmin refuses whoever is not an administrator (or the system) with a Forbidden error.
func mustAdmin(p planner.Principal) error {
	if p.Is(planner.RoleAdmin) {
		return nil
	}
	return planner.Fail(planner.Forbidden, "账号由管理员管理。", "Accounts are kept by the administrator.")
}

// Appoint gives an account its roles and scope, and makes the account if the login is new (it then awaits an invitation).
// Areas and units are the subtrees it sees besides its own pairings. An administrator cannot take their own role away, so
// that one always remains.
func (a *App) Appoint(ctx context.Context, p planner.Principal, acc planner.Account) (planner.AccountID, error) {
	if err := mustAdmin(p); err != nil {
		return "", err
	}
	if strings.TrimSpace(acc.Login) == "" || len(acc.Roles) == 0 {
		return "", planner.Fail(planner.Invalid, "请写登录名并至少选一个角色。", "Please give a login name and at least one role.")
	}
	err := a.DB.Write(ctx, p, store.Op{Name: "appoint", Now: a.Now()}, func(tx *store.Tx) error {
		old, err := tx.AccountByLogin(acc.Login)
		switch {
		case planner.KindOf(err) == planner.NotFound:
			acc.ID = planner.AccountID(a.NewID())
			if acc.Lang == "" {
				acc.Lang = "zh"
			}
			if acc.Name == "" {
				acc.Name = acc.Login
			}
			acc.PasswordHash, acc.Disabled = "", false
			return tx.PutAccounts([]planner.Account{acc})
		case err != nil:
			return err
		}
		if old.ID == p.Account && !slices.Contains(acc.Roles, planner.RoleAdmin) {
			return planner.Fail(planner.Conflict, "不能取消自己的管理员角色，请由另一位管理员办理。",
				"You cannot take away your own role of administrator; ask another administrator.")
		}
		acc.ID = old.ID
		old.Roles, old.Areas, old.Units, old.ActsFor = acc.Roles, acc.Areas, acc.Units, acc.ActsFor
		if acc.Name != "" {
			old.Name = acc.Name
		}
		return tx.PutAccounts([]planner.Account{old})
	})
	if err != nil {
		return "", fmt.Errorf("appoint %s: %w", acc.Login, err)
	}
	return acc.ID, nil
}

// AccountView is an account as the administrator's page shows it; it holds no contact and no hash.
type AccountView struct {
	ID      planner.AccountID `json:"id"`
	Login   string            `json:"login"`
	Name    string            `json:"name"`
	Unit    string            `json:"unit,omitempty"`
	Roles   []planner.Role    `json:"roles"`
	ActsFor []string          `json:"acts_for,omitempty"` // names of the leaders
	Leader  planner.CadreID   `json:"leader,omitempty"`   // the person's own record, if a leader
	State   string            `json:"state"`              // active, invited (no password yet) or closed
}

// Accounts lists all accounts, sorted by login, for the administrator.
func (a *App) Accounts(ctx context.Context, p planner.Principal) ([]AccountView, error) {
	if err := mustAdmin(p); err != nil {
		return nil, err
	}
	var out []AccountView
	err := a.DB.Read(ctx, p, func(tx *store.Tx) error {
		accs, err := tx.Accounts()
		if err != nil {
			return err
		}
		roster, err := tx.Roster()
		if err != nil {
			return err
		}
		unit, cadre := map[planner.UnitID]string{}, map[planner.CadreID]planner.Cadre{}
		for _, u := range roster.Units {
			unit[u.ID] = u.Name
		}
		for _, c := range roster.Cadres {
			cadre[c.ID] = c
		}
		for _, acc := range accs {
			v := AccountView{ID: acc.ID, Login: acc.Login, Name: acc.Name, Roles: acc.Roles, State: "active"}
			if acc.Disabled {
				v.State = "closed"
			} else if acc.PasswordHash == "" {
				v.State = "invited"
			}
			if c, ok := cadre[acc.Cadre]; ok {
				v.Unit = unit[c.Unit]
				if c.Rank == planner.RankLeader {
					v.Leader = c.ID
				}
			}
			for _, l := range acc.ActsFor {
				v.ActsFor = append(v.ActsFor, cadre[l].Name)
			}
			out = append(out, v)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	slices.SortFunc(out, func(x, y AccountView) int { return strings.Compare(x.Login, y.Login) })
	return out, nil
}

// ActFor lets an account act for a leader, or ends it. Only leaders can be acted for; the account carries the role
// secretary as long as it acts for anybody.
func (a *App) ActFor(ctx context.Context, p planner.Principal, account planner.AccountID, leader planner.CadreID, on bool) error {
	if err := mustAdmin(p); err != nil {
		return err
	}
	err := a.DB.Write(ctx, p, store.Op{Name: "act-for", Now: a.Now()}, func(tx *store.Tx) error {
		acc, err := tx.Account(account)
		if err != nil {
			return err
		}
		if on {
			c, err := tx.Cadre(leader)
			if err != nil {
				return err
			}
			if c.Rank != planner.RankLeader {
				return planner.Fail(planner.Invalid, c.Name+"不是市级领导，不设代办联络员。", c.Name+" is not a leader; nobody acts for them.")
			}
			if acc.Disabled {
				return planner.Fail(planner.Conflict, "账号"+acc.Login+"已停用。", "Account "+acc.Login+" is closed.")
			}
			if !slices.Contains(acc.ActsFor, leader) {
				acc.ActsFor = append(acc.ActsFor, leader)
				slices.Sort(acc.ActsFor)
			}
			if !slices.Contains(acc.Roles, planner.RoleSecretary) {
				acc.Roles = append(acc.Roles, planner.RoleSecretary)
			}
		} else {
			acc.ActsFor = slices.DeleteFunc(acc.ActsFor, func(l planner.CadreID) bool { return l == leader })
			if len(acc.ActsFor) == 0 {
				acc.Roles = slices.DeleteFunc(acc.Roles, func(r planner.Role) bool { return r == planner.RoleSecretary })
			}
		}
		return tx.PutAccounts([]planner.Account{acc})
	})
	if err != nil {
		return fmt.Errorf("act for: %w", err)
	}
	return nil
}
