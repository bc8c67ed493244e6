package notifier

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// Tokens keeps the access tokens of apps in the database, so that all processes share one: WeCom, DingTalk and Feishu count
// how often a token is asked for, and WeCom may void an app's older one. Whoever finds a token missing or nearly over takes
// the row for refreshTime and asks the vendor; the others wait for it. Only the database's clock is asked.
//
// A token is sealed under a key made of the app's own secret. Who cannot ask the vendor for a token cannot read ours
// either, and a changed secret makes the old token unreadable, which counts as none.
type Tokens struct{ DB *sqlx.DB }

const (
	refreshTime = 20 * time.Second // for which one process has the right to refresh
	tokenMargin = 5 * time.Minute  // a token is renewed this long before it ends
	tokenPoll   = 50 * time.Millisecond
)

var (
	addToken = query(`INSERT INTO notifier_tokens (app, token, ends_ms, taken_ms, holder) VALUES (?, '', 0, 0, '') ON CONFLICT (app) DO NOTHING`, onBoth)

	findTokenPostgres = query(`SELECT token, ends_ms - `+nowPostgres+` AS left_ms FROM notifier_tokens WHERE app = ?`, onPostgres)
	findTokenSQLite   = query(`SELECT token, ends_ms - `+nowSQLite+` AS left_ms FROM notifier_tokens WHERE app = ?`, onSQLite)

	// The row is free if nobody has taken it, if the taker's time is over, or if a clock set back since put it too far ahead.
	takeTokenPostgres = query(`UPDATE notifier_tokens SET taken_ms = `+nowPostgres+` + ?, holder = ?
WHERE app = ? AND token = ? AND (taken_ms <= `+nowPostgres+` OR taken_ms > `+nowPostgres+` + ?)`, onPostgres)
	takeTokenSQLite = query(`UPDATE notifier_tokens SET taken_ms = `+nowSQLite+` + ?, holder = ?
WHERE app = ? AND token = ? AND (taken_ms <= `+nowSQLite+` OR taken_ms > `+nowSQLite+` + ?)`, onSQLite)

	putTokenPostgres = query(`UPDATE notifier_tokens SET token = ?, ends_ms = `+nowPostgres+` + ?, taken_ms = 0, holder = '' WHERE app = ? AND holder = ?`, onPostgres)
	putTokenSQLite   = query(`UPDATE notifier_tokens SET token = ?, ends_ms = `+nowSQLite+` + ?, taken_ms = 0, holder = '' WHERE app = ? AND holder = ?`, onSQLite)

	freeToken = query(`UPDATE notifier_tokens SET taken_ms = 0, holder = '' WHERE app = ? AND holder = ?`, onBoth)
	dropToken = query(`UPDATE notifier_tokens SET ends_ms = 0 WHERE app = ? AND token = ?`, onBoth)
)

// storedToken is the row of an app.
type storedToken struct {
	Token  string `db:"token"`
	LeftMS int64  `db:"left_ms"`
}

// fetchToken asks the vendor. life is how long the token holds.
type fetchToken func(ctx context.Context) (token Secret, life time.Duration, err error)

// with runs send with the app's token, once more with a fresh one if the vendor says that the token is stale. Without a
// token nothing was sent: such an error is [Down], unless the vendor asked for a pause.
func (t *Tokens) with(ctx context.Context, app string, secret Secret, fetch fetchToken, send func(Secret) error) error {
	for try := 0; ; try++ {
		token, sealed, err := t.find(ctx, app, secret, fetch)
		if err != nil {
			if _, limited := errors.AsType[*RateLimited](err); limited {
				return err
			}
			return &Down{fmt.Errorf("no access token: %w", err)}
		}
		err = send(token)
		stale, ok := errors.AsType[*staleToken](err)
		if !ok {
			return err
		}
		if _, err := t.DB.ExecContext(ctx, t.DB.Rebind(dropToken), app, sealed); err != nil {
			return &Down{fmt.Errorf("drop a stale token: %w", err)}
		}
		if try == 1 {
			return &Down{stale.err}
		}
	}
}

// find returns a token that holds for a while, and how it is stored.
func (t *Tokens) find(ctx context.Context, app string, secret Secret, fetch fetchToken) (Secret, string, error) {
	if t == nil || t.DB == nil {
		return "", "", errors.New("the channel has no place for its tokens")
	}
	holder := rand.Text()
	for first := true; ; first = false {
		var row storedToken
		err := t.DB.GetContext(ctx, &row, t.DB.Rebind(pick(t.DB.DriverName(), findTokenPostgres, findTokenSQLite)), app)
		switch {
		case errors.Is(err, sql.ErrNoRows) && first:
			if _, err := t.DB.ExecContext(ctx, t.DB.Rebind(addToken), app); err != nil {
				return "", "", fmt.Errorf("make the row of a token: %w", err)
			}
			continue
		case err != nil:
			return "", "", fmt.Errorf("find a token: %w", err)
		}
		if row.LeftMS > 0 {
			if token, err := openToken(app, secret, row.Token); err == nil {
				return token, row.Token, nil
			}
		}
		n, err := execCount(ctx, t.DB, pick(t.DB.DriverName(), takeTokenPostgres, takeTokenSQLite), refreshTime.Milliseconds(), holder, app, row.Token, refreshTime.Milliseconds())
		if err != nil {
			return "", "", fmt.Errorf("take a token's row: %w", err)
		}
		if n == 1 {
			return t.refresh(ctx, app, holder, secret, fetch)
		}
		select { // another process is asking
		case <-ctx.Done():
			return "", "", ctx.Err()
		case <-time.After(tokenPoll):
		}
	}
}

func (t *Tokens) refresh(ctx context.Context, app, holder string, secret Secret, fetch fetchToken) (Secret, string, error) {
	asking, cancel := context.WithTimeout(ctx, refreshTime)
	defer cancel()
	token, life, err := fetch(asking)
	if err == nil && token == "" {
		err = errors.New("the provider gave an empty token")
	}
	var sealed string
	if err == nil {
		sealed, err = sealToken(app, secret, token)
	}
	if err != nil {
		_, freeing := t.DB.ExecContext(context.WithoutCancel(ctx), t.DB.Rebind(freeToken), app, holder)
		return "", "", errors.Join(err, freeing)
	}
	life = max(life-tokenMargin, life/2)
	_, err = execCount(context.WithoutCancel(ctx), t.DB, pick(t.DB.DriverName(), putTokenPostgres, putTokenSQLite), sealed, life.Milliseconds(), app, holder)
	if err != nil { // it is good all the same; the next one asks again
		return token, "", nil
	}
	return token, sealed, nil
}

func tokenSeal(app string, secret Secret) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "lianxin access token of "+app, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func sealToken(app string, secret, token Secret) (string, error) {
	aead, err := tokenSeal(app, secret)
	if err != nil {
		return "", err
	}
	return base64.RawStdEncoding.EncodeToString(aead.Seal(nil, nil, []byte(token), []byte(app))), nil
}

func openToken(app string, secret Secret, sealed string) (Secret, error) {
	b, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil {
		return "", err
	}
	aead, err := tokenSeal(app, secret)
	if err != nil {
		return "", err
	}
	plain, err := aead.Open(nil, nil, b, []byte(app))
	return Secret(plain), err
}
