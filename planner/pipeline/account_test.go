package pipeline_test

import (
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// accountOffice is a small office with an administrator, a leader, a section-level cadre, two of staff and one who has left.
type accountOffice struct {
	*pipeline.App
	t     *testing.T
	now   time.Time
	admin planner.Principal
}

const goodPassword = "十五日去付村社区看看"

func newAccountOffice(t *testing.T, url string) *accountOffice {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{URL: url, Keys: store.TestKeyring(1), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	o := &accountOffice{t: t, now: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)}
	o.App = &pipeline.App{DB: db, Now: func() time.Time { return o.now }, Zone: time.FixedZone("Asia/Shanghai", 8*3600), NewID: planner.SeededIDs(1, t.Name())}
	cadre := func(id planner.CadreID, code, name string, rank planner.Rank, active bool) planner.Cadre {
		return planner.Cadre{ID: id, Code: code, Name: name, Unit: "U1", Rank: rank, Active: active}
	}
	o.must(db.Write(t.Context(), planner.System("test"), store.Op{Name: "test", Now: o.now}, func(tx *store.Tx) error {
		if err := tx.PutAreas([]planner.Area{{Code: "411281", Name: "示例市", Level: planner.LevelCounty}}); err != nil {
			return err
		}
		if err := tx.PutUnits([]planner.Unit{{ID: "U1", Code: "D01", Name: "示例局", Network: planner.NetworkBureau, Area: "411281"}}); err != nil {
			return err
		}
		return tx.PutCadres([]planner.Cadre{cadre("C1", "G0001", "甲领导", planner.RankLeader, true), cadre("C2", "G0002", "乙科长", planner.RankSection, true),
			cadre("C3", "G0003", "丙干部", planner.RankStaff, true), cadre("C4", "G0004", "丁干部", planner.RankStaff, true), cadre("C5", "G0005", "戊离任", planner.RankStaff, false)})
	}))
	o.must(o.InitAdmin(t.Context(), "admin", goodPassword))
	_, acc, err := o.SignIn(t.Context(), "admin", goodPassword)
	o.must(err)
	o.admin = acc.Principal()
	return o
}

func (o *accountOffice) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *accountOffice) want(err error, kind planner.Kind) {
	o.t.Helper()
	if err == nil || planner.KindOf(err) != kind {
		o.t.Errorf("got error %v, want one of kind %d", err, kind)
	}
}

// open accepts the invitation of a login among the invites.
func (o *accountOffice) open(invites []pipeline.Invite, login string) (string, planner.Account) {
	o.t.Helper()
	i := slices.IndexFunc(invites, func(in pipeline.Invite) bool { return in.Login == login })
	if i < 0 {
		o.t.Fatalf("no invitation for %s among %d", login, len(invites))
	}
	token, acc, err := o.AcceptInvitation(o.t.Context(), invites[i].Code, goodPassword)
	o.must(err)
	return token, acc
}

func TestAnAdministratorIsMadeOnceAndSignsInAndOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		o, ctx := newAccountOffice(t, url), t.Context()
		o.want(o.InitAdmin(ctx, "second", goodPassword), planner.Conflict)
		token, _, err := o.SignIn(ctx, "admin", goodPassword)
		o.must(err)
		if acc, err := o.Session(ctx, token); err != nil || acc.Login != "admin" {
			t.Errorf("got %q, %v, want the administrator's session", acc.Login, err)
		}
		o.must(o.SignOut(ctx, token))
		_, err = o.Session(ctx, token)
		o.want(err, planner.NotFound)
		o.must(o.SignOut(ctx, token)) // twice is no error
		_, err = o.Session(ctx, "nonsense")
		o.want(err, planner.NotFound)
	})
}

func TestASessionEndsAfterTwelveHours(t *testing.T) {
	o := newAccountOffice(t, dbtest.SQLite(t))
	token, _, err := o.SignIn(t.Context(), "admin", goodPassword)
	o.must(err)
	o.now = o.now.Add(pipeline.SessionLife - time.Second)
	_, err = o.Session(t.Context(), token)
	o.must(err)
	o.now = o.now.Add(time.Second)
	_, err = o.Session(t.Context(), token)
	o.want(err, planner.NotFound)
}

func TestAWrongLoginAndAWrongPasswordReadAlike(t *testing.T) {
	o := newAccountOffice(t, dbtest.SQLite(t))
	_, _, one := o.SignIn(t.Context(), "admin", "wrong password")
	_, _, two := o.SignIn(t.Context(), "nobody", "wrong password")
	o.want(one, planner.Invalid)
	if one == nil || two == nil || one.Error() != two.Error() {
		t.Errorf("got %q and %q, want the same sentence", one, two)
	}
}

func TestEightFailuresLockALoginForAQuarterOfAnHourInTheDatabase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		o, ctx := newAccountOffice(t, url), t.Context()
		for range 8 {
			_, _, err := o.SignIn(ctx, "admin", "wrong password")
			o.want(err, planner.Invalid)
		}
		_, _, err := o.SignIn(ctx, "admin", goodPassword)
		o.want(err, planner.Forbidden)
		o.now = o.now.Add(16 * time.Minute)
		_, _, err = o.SignIn(ctx, "admin", goodPassword)
		o.must(err)
	})
}

func TestInvitationsComeInBulkFromTheRoster(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		o, ctx := newAccountOffice(t, url), t.Context()
		invites, err := o.InviteAll(ctx, o.admin)
		o.must(err)
		var logins []string
		for _, in := range invites {
			logins = append(logins, in.Login)
			if !regexp.MustCompile(`^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$`).MatchString(in.Code) || in.Unit != "示例局" {
				t.Errorf("got %+v, want a code in four groups and the unit's name", in)
			}
		}
		if got, want := strings.Join(logins, " "), "G0001 G0002 G0003 G0004"; got != want {
			t.Errorf("got invitations for %s, want %s: active cadres only", got, want)
		}
		_, leader := o.open(invites, "G0001")
		if !slices.Equal(leader.Roles, []planner.Role{planner.RoleLeader}) || leader.Cadre != "C1" {
			t.Errorf("got %+v, want the leader's account", leader)
		}
		again, err := o.InviteAll(ctx, o.admin)
		o.must(err)
		if len(again) != 3 {
			t.Errorf("got %d invitations the second time, want 3: whoever has a password needs none", len(again))
		}
		_, _, err = o.AcceptInvitation(ctx, invites[1].Code, goodPassword)
		o.want(err, planner.NotFound) // the first slip is void
		_, acc := o.open(again, "G0002")
		if acc.Login != "G0002" {
			t.Errorf("got %q, want G0002", acc.Login)
		}
	})
}

func TestAnInvitationIsGoodOnceForTwoWeeksHoweverItIsTyped(t *testing.T) {
	o, ctx := newAccountOffice(t, dbtest.SQLite(t)), t.Context()
	invites, err := o.InviteAll(ctx, o.admin)
	o.must(err)
	typed := " " + strings.ToLower(strings.ReplaceAll(invites[0].Code, "-", " ")) + " "
	acc, err := o.Invitation(ctx, typed)
	o.must(err)
	if acc.Login != invites[0].Login {
		t.Errorf("got %s, want %s", acc.Login, invites[0].Login)
	}
	for _, bad := range []string{"short", "G0001" + goodPassword, strings.Repeat("长", 129)} {
		_, _, err = o.AcceptInvitation(ctx, typed, bad)
		o.want(err, planner.Invalid)
	}
	_, _, err = o.AcceptInvitation(ctx, typed, goodPassword)
	o.must(err)
	_, _, err = o.AcceptInvitation(ctx, typed, goodPassword)
	o.want(err, planner.NotFound)
	o.now = o.now.Add(pipeline.InvitationLife)
	_, err = o.Invitation(ctx, invites[1].Code)
	o.want(err, planner.NotFound)
	_, err = o.Invitation(ctx, "")
	o.want(err, planner.NotFound)
}

func TestOnlyAnAdministratorKeepsAccounts(t *testing.T) {
	o, ctx := newAccountOffice(t, dbtest.SQLite(t)), t.Context()
	p := planner.Principal{Account: "someone", Roles: []planner.Role{planner.RolePlanner, planner.RoleCadre}}
	_, err := o.InviteAll(ctx, p)
	o.want(err, planner.Forbidden)
	_, err = o.Accounts(ctx, p)
	o.want(err, planner.Forbidden)
	o.want(o.ActFor(ctx, p, "x", "C1", true), planner.Forbidden)
	_, err = o.HandOn(ctx, p, "x", "C1")
	o.want(err, planner.Forbidden)
	o.want(o.SetPassword(ctx, p, "admin", goodPassword), planner.Forbidden)
	_, err = o.Appoint(ctx, p, planner.Account{Login: "x", Roles: []planner.Role{planner.RoleAdmin}})
	o.want(err, planner.Forbidden)
}

func TestASecretaryActsForALeaderAndOnlyForALeader(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		o, ctx := newAccountOffice(t, url), t.Context()
		invites, err := o.InviteAll(ctx, o.admin)
		o.must(err)
		token, acc := o.open(invites, "G0003")
		o.want(o.ActFor(ctx, o.admin, acc.ID, "C2", true), planner.Invalid)
		o.must(o.ActFor(ctx, o.admin, acc.ID, "C1", true))
		o.must(o.ActFor(ctx, o.admin, acc.ID, "C1", true)) // twice is once
		now, err := o.Session(ctx, token)
		o.must(err)
		if p := now.Principal(); !p.Speaks("C1") || !p.Is(planner.RoleSecretary) || len(p.ActsFor) != 1 {
			t.Errorf("got %+v, want a secretary of C1 at once", p)
		}
		o.must(o.ActFor(ctx, o.admin, acc.ID, "C1", false))
		now, err = o.Session(ctx, token)
		o.must(err)
		if p := now.Principal(); p.Speaks("C1") || p.Is(planner.RoleSecretary) {
			t.Errorf("got %+v, want nothing of it left", p)
		}
	})
}

func TestATransferHandsTheDutiesOnAndClosesTheOldAccount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		o, ctx := newAccountOffice(t, url), t.Context()
		invites, err := o.InviteAll(ctx, o.admin)
		o.must(err)
		tokenOld, old := o.open(invites, "G0003")
		tokenNew, _ := o.open(invites, "G0004")
		_, err = o.Appoint(ctx, o.admin, planner.Account{Login: "G0003", Roles: []planner.Role{planner.RoleCadre, planner.RoleLiaison}, Units: []planner.UnitID{"U1"}})
		o.must(err)
		o.must(o.ActFor(ctx, o.admin, old.ID, "C1", true))
		o.must(o.EnsureFeedTokens(ctx))
		link, _, _, err := o.FeedURL(ctx, old.Principal(), "C3")
		o.must(err)
		token := strings.TrimSuffix(link[strings.LastIndex(link, "/")+1:], ".ics")
		_, err = o.FeedFile(ctx, token, "test")
		o.must(err)

		invite, err := o.HandOn(ctx, o.admin, old.ID, "C4")
		o.must(err)
		for name, token := range map[string]string{"old holder": tokenOld, "new holder": tokenNew} {
			_, err := o.Session(ctx, token)
			if planner.KindOf(err) != planner.NotFound {
				t.Errorf("%s: got %v, want the session ended", name, err)
			}
		}
		for _, login := range []string{"G0003", "G0004"} {
			_, _, err := o.SignIn(ctx, login, goodPassword)
			o.want(err, planner.Invalid)
		}
		_, acc, err := o.AcceptInvitation(ctx, invite.Code, goodPassword+"二")
		o.must(err)
		p := acc.Principal()
		if acc.Login != "G0004" || !p.Is(planner.RoleLiaison) || !p.Is(planner.RoleSecretary) || !p.Speaks("C1") || !slices.Equal(p.Units, []planner.UnitID{"U1"}) || p.Cadre != "C4" {
			t.Errorf("got %+v, want the duties of the post on the account of C4", p)
		}
		_, err = o.FeedFile(ctx, token, "test")
		o.want(err, planner.NotFound) // the old subscription link is void
		_, err = o.HandOn(ctx, o.admin, old.ID, "C2")
		o.want(err, planner.Conflict) // it is closed
		_, err = o.HandOn(ctx, o.admin, acc.ID, "C5")
		o.want(err, planner.Invalid) // not on the roster any more
		_, err = o.HandOn(ctx, o.admin, o.admin.Account, "C2")
		o.want(err, planner.Conflict) // never one's own
	})
}

func TestTheListOfAccountsSaysWhoIsInvitedActiveOrClosed(t *testing.T) {
	o, ctx := newAccountOffice(t, dbtest.SQLite(t)), t.Context()
	invites, err := o.InviteAll(ctx, o.admin)
	o.must(err)
	_, acc := o.open(invites, "G0002")
	_, err = o.HandOn(ctx, o.admin, acc.ID, "C3")
	o.must(err)
	list, err := o.Accounts(ctx, o.admin)
	o.must(err)
	var got []string
	for _, a := range list {
		got = append(got, a.Login+":"+a.State)
	}
	if got, want := strings.Join(got, " "), "G0001:invited G0002:closed G0003:invited G0004:invited admin:active"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAnAdministratorCannotTakeTheirOwnRoleAway(t *testing.T) {
	o := newAccountOffice(t, dbtest.SQLite(t))
	_, err := o.Appoint(t.Context(), o.admin, planner.Account{Login: "admin", Roles: []planner.Role{planner.RolePlanner}})
	o.want(err, planner.Conflict)
	id, err := o.Appoint(t.Context(), o.admin, planner.Account{Login: "office", Name: "经办人", Roles: []planner.Role{planner.RolePlanner}})
	o.must(err)
	o.must(o.SetPassword(t.Context(), o.admin, "office", goodPassword))
	_, acc, err := o.SignIn(t.Context(), "office", goodPassword)
	o.must(err)
	if acc.ID != id || !acc.Principal().Is(planner.RolePlanner) {
		t.Errorf("got %+v, want the planner", acc)
	}
}
