package store

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
)

func TestAccountsComeBackAndOnlyOwnOnesAreSeen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fill(t, db)
		want := []planner.Account{
			{ID: "A1", Login: "admin", Name: "管理员", PasswordHash: "$argon2id$x", Roles: []planner.Role{planner.RoleAdmin}, Lang: "zh"},
			{ID: "A2", Login: "g002", Name: "喆静样", Roles: []planner.Role{planner.RoleCadre, planner.RoleSecretary}, Areas: []planner.AreaCode{"411281002"},
				Units: []planner.UnitID{"U2"}, Cadre: "C2", ActsFor: []planner.CadreID{"C1"}, Lang: "en", Disabled: true},
		}
		inWrite(t, db, func(tx *Tx) error { return tx.PutAccounts(want) })
		as(t, db, planner.System("sign in"), func(tx *Tx) error {
			got, err := tx.Accounts()
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("got other accounts, %v (-want +got):\n%s", err, diff)
			}
			if a, err := tx.AccountByLogin("g002"); err != nil || a.ID != "A2" {
				t.Errorf("got %v, %v; want A2", a, err)
			}
			_, err = tx.AccountByLogin("nobody")
			wantKind(t, err, planner.NotFound)
			return nil
		})
		self := want[1].Principal()
		as(t, db, self, func(tx *Tx) error {
			if a, err := tx.Account("A2"); err != nil || a.Login != "g002" {
				t.Errorf("got %v, %v; want the own account", a, err)
			}
			_, err := tx.Account("A1")
			wantKind(t, err, planner.NotFound)
			return nil
		})
		own := want[1]
		own.PasswordHash, own.Lang = "$argon2id$new", "zh"
		if err := db.Write(t.Context(), self, Op{Name: "password", Now: today}, func(tx *Tx) error { return tx.PutAccounts([]planner.Account{own}) }); err != nil {
			t.Errorf("got %v, want people to change their own password", err)
		}
		if _, rows := auditOf(t, db); len(rows) != 1 || strings.Contains(string(rows[0].After), "argon2id") {
			t.Errorf("got %s, want the change without the hash itself", rows[0].After)
		}
		own.Roles = append(own.Roles, planner.RoleAdmin)
		err := db.Write(t.Context(), self, Op{Name: "rights", Now: today}, func(tx *Tx) error { return tx.PutAccounts([]planner.Account{own}) })
		wantKind(t, err, planner.Forbidden)
		err = db.Write(t.Context(), office, Op{Name: "twin", Now: today}, func(tx *Tx) error {
			return tx.PutAccounts([]planner.Account{{ID: "A3", Login: "g002"}})
		})
		wantKind(t, err, planner.Conflict)
	})
}

func TestASessionOpensTheAccountUntilItEnds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		signIn := planner.System("sign in")
		write := func(fn func(tx *Tx) error) {
			t.Helper()
			if err := db.Write(t.Context(), signIn, Op{Name: "sign in", Now: today}, fn); err != nil {
				t.Fatal(err)
			}
		}
		opens := func(hash string, now time.Time) bool {
			t.Helper()
			var ok bool
			as(t, db, planner.Principal{}, func(tx *Tx) error {
				a, err := tx.SessionAccount(hash, now)
				if err != nil && planner.KindOf(err) != planner.NotFound {
					return err
				}
				ok = err == nil && a.ID == "A1"
				return nil
			})
			return ok
		}
		account := planner.Account{ID: "A1", Login: "admin"}
		write(func(tx *Tx) error {
			if err := tx.PutAccounts([]planner.Account{account}); err != nil {
				return err
			}
			return tx.PutSession("hash-1", "A1", today.Add(time.Hour))
		})
		for _, c := range []struct {
			hash string
			at   time.Duration
			want bool
		}{{"hash-1", 0, true}, {"hash-1", 59 * time.Minute, true}, {"hash-1", time.Hour, false}, {"hash-2", 0, false}} {
			if got := opens(c.hash, today.Add(c.at)); got != c.want {
				t.Errorf("got %v for %s after %s, want %v", got, c.hash, c.at, c.want)
			}
		}
		account.Disabled = true
		write(func(tx *Tx) error { return tx.PutAccounts([]planner.Account{account}) })
		if opens("hash-1", today) {
			t.Error("got a disabled account in")
		}
		account.Disabled = false
		write(func(tx *Tx) error {
			if err := tx.PutAccounts([]planner.Account{account}); err != nil {
				return err
			}
			return tx.DeleteSession("hash-1")
		})
		if opens("hash-1", today) {
			t.Error("got an ended session in")
		}
		write(func(tx *Tx) error { return tx.PutSession("hash-3", "A1", today.Add(time.Hour)) })
		write(func(tx *Tx) error { return tx.DeleteSessionsOf("A1") })
		if opens("hash-3", today) {
			t.Error("got a session in after all were ended")
		}
	})
}

func TestFailedSignInsCountUntilOneSucceeds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		note := func(minute int, ok bool) {
			t.Helper()
			at := today.Add(time.Duration(minute) * time.Minute)
			if err := db.Write(t.Context(), planner.System("sign in"), Op{Name: "sign in", Now: at}, func(tx *Tx) error { return tx.NoteSignIn("g002", at, ok) }); err != nil {
				t.Fatal(err)
			}
		}
		want := func(since, n int) {
			t.Helper()
			as(t, db, planner.System("sign in"), func(tx *Tx) error {
				got, err := tx.SignInFailures("g002", today.Add(time.Duration(since)*time.Minute))
				if err != nil || got != n {
					t.Errorf("got %d, %v; want %d failures since minute %d", got, err, n, since)
				}
				return nil
			})
		}
		note(0, false)
		note(1, false)
		note(2, false)
		want(0, 3)
		want(1, 2)
		note(3, true)
		want(0, 0)
		note(4, false)
		want(0, 1)
	})
}

func TestInvitationsAreFoundByTheHashOfTheirCode(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		want := planner.Invitation{Account: "A1", CodeHash: hashToken("code"), ExpiresAt: today.Add(time.Hour)}
		inWrite(t, db, func(tx *Tx) error {
			if err := tx.PutAccounts([]planner.Account{{ID: "A1", Login: "x"}}); err != nil {
				return err
			}
			return tx.PutInvitations([]planner.Invitation{want})
		})
		want.UsedAt = today.Add(time.Minute)
		inWrite(t, db, func(tx *Tx) error { return tx.PutInvitations([]planner.Invitation{want}) })
		as(t, db, planner.Principal{}, func(tx *Tx) error {
			got, err := tx.InvitationByHash(want.CodeHash)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("got another invitation, %v:\n%s", err, diff)
			}
			_, err = tx.InvitationByHash(hashToken("other"))
			wantKind(t, err, planner.NotFound)
			return nil
		})
	})
}

func TestAFeedTokenIsFoundShownAgainMarkedAndRotated(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fill(t, db)
		old := FeedToken{Token: "secret-token-1", Kind: "cadre", Ref: "C2", CreatedAt: today}
		inWrite(t, db, func(tx *Tx) error {
			return tx.PutFeedTokens([]FeedToken{old, {Token: "p", Kind: "public", CreatedAt: today}})
		})
		owner := planner.Principal{Account: "a", Cadre: "C2"}
		as(t, db, owner, func(tx *Tx) error {
			got, err := tx.FeedTokenOf("cadre", "C2")
			if diff := cmp.Diff(old, got); err != nil || diff != "" {
				t.Errorf("got another token, %v:\n%s", err, diff)
			}
			_, err = tx.FeedTokenOf("cadre", "C3")
			wantKind(t, err, planner.NotFound)
			return nil
		})
		head, _ := auditOf(t, db)
		inWrite(t, db, func(tx *Tx) error { return tx.NoteFetch("secret-token-1", "iOS/19", civil.Of(2026, 1, 5)) })
		if after, _ := auditOf(t, db); after.Seq != head.Seq {
			t.Error("got an audit row for a fetch, want none")
		}
		as(t, db, planner.Principal{}, func(tx *Tx) error {
			got, err := tx.Fetches("secret-token-1")
			if err != nil || len(got) != 1 || got[0] != (Fetch{"iOS/19", civil.Of(2026, 1, 5)}) {
				t.Errorf("got %+v, %v; want the mark of the fetch", got, err)
			}
			_, err = tx.FeedTokenOf("cadre", "C2")
			wantKind(t, err, planner.NotFound)
			return nil
		})
		twin := FeedToken{Token: "secret-token-2", Kind: "cadre", Ref: "C2", CreatedAt: today}
		err := db.Write(t.Context(), owner, Op{Name: "rotate", Now: today}, func(tx *Tx) error { return tx.PutFeedTokens([]FeedToken{twin}) })
		wantKind(t, err, planner.Conflict)
		old.RevokedAt = today
		err = db.Write(t.Context(), owner, Op{Name: "rotate", Now: today}, func(tx *Tx) error { return tx.PutFeedTokens([]FeedToken{twin, old}) })
		if err != nil {
			t.Fatal(err)
		}
		as(t, db, owner, func(tx *Tx) error {
			if got, err := tx.FeedTokenOf("cadre", "C2"); err != nil || got.Token != "secret-token-2" {
				t.Errorf("got %v, %v; want the new token", got, err)
			}
			_, err := tx.FeedTokenBy("secret-token-1")
			wantKind(t, err, planner.NotFound)
			return nil
		})
		if strings.Contains(canonical(t, db), "secret") {
			t.Error("got a token in the canonical export")
		}
	})
}

func TestASettingIsEmptyUntilItIsPut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		for _, want := range []string{"", "一", "二"} {
			inWrite(t, db, func(tx *Tx) error {
				if want == "" {
					return nil
				}
				return tx.PutSetting("k", want)
			})
			as(t, db, planner.Principal{}, func(tx *Tx) error {
				if got, err := tx.Setting("k"); err != nil || got != want {
					t.Errorf("got %q, %v; want %q", got, err, want)
				}
				return nil
			})
		}
	})
}
