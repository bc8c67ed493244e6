package pipeline

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/feed"
	"lianxin/planner/store"
)

// AppPasswordView is a password of a program as its owner sees it: never the secret.
type AppPasswordView struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	CreatedOn civil.Date `json:"created_on"`
}

// maxAppPasswords of one account.
const maxAppPasswords = 20

// AppPasswords lists the live passwords of programs of an account. The person and administrators may.
func (a *App) AppPasswords(ctx context.Context, p planner.Principal, account planner.AccountID) (list []AppPasswordView, err error) {
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		found, err := tx.AppPasswords(account)
		for _, w := range found {
			list = append(list, AppPasswordView{w.ID, w.Name, w.CreatedOn})
		}
		return err
	})
	return list, err
}

// AddAppPassword makes a password for one calendar program of an account and returns it, in groups of four, the only time it
// can be read. It is 130 random bits, so its stored SHA-256 needs no salt and no slow hash. Invalid without a name.
func (a *App) AddAppPassword(ctx context.Context, p planner.Principal, account planner.AccountID, name string) (string, error) {
	name = strings.TrimSpace(feed.Clean(name))
	if n := utf8.RuneCountInString(name); n == 0 || n > 40 || strings.Contains(name, "\n") {
		return "", planner.Fail(planner.Invalid, "请写上给哪个软件用，40 个字以内。", "say which program it is for, in at most 40 characters.")
	}
	secret := newToken()
	err := a.DB.Write(ctx, p, store.Op{Name: "app-password", Now: a.Now()}, func(tx *store.Tx) error {
		live, err := tx.AppPasswords(account)
		if err != nil {
			return err
		}
		if len(live) >= maxAppPasswords {
			return planner.Fail(planner.Conflict, fmt.Sprintf("已有 %d 个密码，请先停用不用的。", len(live)),
				fmt.Sprintf("there are %d passwords already; revoke one that is not used first.", len(live)))
		}
		return tx.PutAppPassword(store.AppPassword{ID: rand.Text(), Account: account, Name: name, Hash: secretHash(secret), CreatedOn: a.Today()})
	})
	if err != nil {
		return "", err
	}
	var groups []string
	for part := range slices.Chunk([]byte(secret), 4) {
		groups = append(groups, string(part))
	}
	return strings.Join(groups, "-"), nil
}

// RevokeAppPassword ends a password at once. NotFound if the account has no such live one.
func (a *App) RevokeAppPassword(ctx context.Context, p planner.Principal, account planner.AccountID, id string) error {
	return a.DB.Write(ctx, p, store.Op{Name: "app-password", Now: a.Now()}, func(tx *store.Tx) error {
		live, err := tx.AppPasswords(account)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(live, func(w store.AppPassword) bool { return w.ID == id || w.Name == id })
		if i < 0 {
			return planner.Fail(planner.NotFound, "没有这个密码，或已经停用。", "there is no such password, or it was revoked already.")
		}
		live[i].RevokedOn = a.Today()
		return tx.PutAppPassword(live[i])
	})
}

// programLogin stands before a login where tries of programs are counted: a telephone that still has a revoked password asks
// every few minutes, and must not lock its owner out of the pages.
const programLogin = "program "

// asProgram reads who a program signs in as.
var asProgram = planner.System("sign in of a calendar program")

// program is a sign-in of a calendar program that was right, kept for as long as no account and no password changes.
type program struct {
	revision int64
	p        planner.Principal
}

// Program returns as whom a calendar program acts that signs in by an account's login and a program's password: the person
// with their own rights and those they act for, without the roles of their office. A lost telephone must not open more than
// its owner's calendar.
//
// Programs send both with every
// request, so what was right is kept in memory until something changes. Too many wrong tries of one login are Forbidden for
// a while, as on the page; wrong ones are Invalid.
func (a *App) Program(ctx context.Context, login, password string) (planner.Principal, error) {
	revision, err := a.calendarRevision(ctx)
	if err != nil {
		return planner.Principal{}, err
	}
	hash := secretHash(strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(password)))
	key := login + "\x00" + hash
	if v, ok := a.programs.Load(key); ok && v.(program).revision == revision {
		return v.(program).p, nil
	}
	acc, failures := planner.Account{}, 0
	now := a.Now()
	err = a.DB.Read(ctx, asProgram, func(tx *store.Tx) error {
		var err error
		if failures, err = tx.SignInFailures(programLogin+login, now.Add(-lockoutSpan)); err != nil {
			return err
		}
		w, err := tx.AppPasswordBy(hash)
		if err != nil {
			return err
		}
		acc, err = tx.Account(w.Account)
		return err
	})
	if err != nil && planner.KindOf(err) != planner.NotFound {
		return planner.Principal{}, fmt.Errorf("sign in of a program: %w", err)
	}
	if failures >= lockoutTries {
		return planner.Principal{}, planner.Fail(planner.Forbidden, "试错次数较多，请15分钟后再试。", "there were too many tries; wait 15 minutes.")
	}
	if err != nil || acc.Login != login || acc.Disabled {
		err := a.DB.Write(ctx, asProgram, store.Op{Name: "sign-in", Now: now}, func(tx *store.Tx) error { return tx.NoteSignIn(programLogin+login, now, false) })
		if err != nil {
			return planner.Principal{}, fmt.Errorf("sign in of a program: %w", err)
		}
		return planner.Principal{}, planner.Fail(planner.Invalid, "用户名或应用专用密码不对。", "the user name or the program's password is not right.")
	}
	p := planner.Principal{Account: acc.ID, Name: acc.Name, Areas: acc.Areas, Cadre: acc.Cadre, ActsFor: acc.ActsFor}
	a.programs.Store(key, program{revision, p})
	return p, nil
}
