package store

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// FeedToken is the secret by which a calendar is subscribed to. It is stored as a hash to find it by and encrypted to show
// it again to its owner.
type FeedToken struct {
	Token     string
	Kind      string // cadre, village, unit, hall, public, county or holidays
	Ref       string // cadre ID, village code or unit ID; empty for the rest
	CreatedAt time.Time
	RevokedAt time.Time // zero: live; one live token per Kind and Ref
}

type feedRow struct {
	TokenHash string        `db:"token_hash" json:"token_hash"`
	Token     string        `db:"token" json:"-"` // ciphertext
	Kind      string        `db:"kind" json:"kind"`
	Ref       string        `db:"ref" json:"ref"`
	CreatedAt civil.Instant `db:"created_at" json:"created_at"`
	RevokedAt civil.Instant `db:"revoked_at" json:"revoked_at"`
}

func (r feedRow) rowID() string     { return r.TokenHash }
func (r feedRow) household() string { return "" }
func (r feedRow) values() []any {
	return []any{r.TokenHash, r.Token, r.Kind, r.Ref, r.CreatedAt, r.RevokedAt}
}

var feedTokens = &table[feedRow]{
	kind: "feed-token",
	byID: query(`SELECT token_hash, token, kind, ref, created_at, revoked_at
		FROM feed_tokens WHERE token_hash IN (:ids)`),
	put: inserts(`INSERT INTO feed_tokens (token_hash, token, kind, ref, created_at, revoked_at)
		VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (token_hash) DO UPDATE SET kind = excluded.kind, ref = excluded.ref, created_at = excluded.created_at,
			revoked_at = excluded.revoked_at`),
	drop: query(`DELETE FROM feed_tokens WHERE token_hash IN (:ids)`),
}

var (
	liveFeedToken = query(`SELECT token_hash, token, kind, ref, created_at, revoked_at
		FROM feed_tokens WHERE kind = :kind AND ref = :ref AND revoked_at IS NULL`)
)

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func feedPlace(hash string) string { return "feed-token/" + hash }

// PutFeedTokens adds tokens or replaces those of the same Token. To rotate, put the old one
// with RevokedAt and the new one together. Conflict if a Kind and Ref would have two live tokens. Besides planners, people
// may put those of the cadres they speak for.
func (tx *Tx) PutFeedTokens(ts []FeedToken) error {
	if err := tx.mayWrite(); err != nil || len(ts) == 0 {
		return err
	}
	hashes := make([]string, len(ts))
	for i, t := range ts {
		if tx.mayManage() != nil && !(t.Kind == "cadre" && tx.who.Speaks(planner.CadreID(t.Ref))) {
			return errForbidden()
		}
		hashes[i] = hashToken(t.Token)
	}
	old, err := feedTokens.load(tx, hashes)
	if err != nil {
		return err
	}
	rows := make([]feedRow, len(ts))
	for i, t := range ts {
		rows[i] = feedRow{TokenHash: hashes[i], Kind: t.Kind, Ref: t.Ref, CreatedAt: civil.At(t.CreatedAt), RevokedAt: civil.At(t.RevokedAt)}
		if rows[i].Token = old[hashes[i]].Token; rows[i].Token == "" {
			if rows[i].Token, err = tx.db.keys.seal(feedPlace(hashes[i]), []byte(t.Token)); err != nil {
				return err
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b feedRow) int { return cmp.Compare(flag(a.RevokedAt.IsZero()), flag(b.RevokedAt.IsZero())) })
	_, err = feedTokens.save(tx, old, rows) // revoked ones first: of a kind and ref one may live
	return err
}

func errNoFeed() *planner.Error {
	return planner.Fail(planner.NotFound, "订阅地址不存在或已更换，请回到本人页面重新复制。",
		"there is no such feed, or its address was changed; copy it again from your page")
}

func (tx *Tx) feedToken(r feedRow) (FeedToken, error) {
	token, err := tx.db.keys.open(feedPlace(r.TokenHash), r.Token)
	return FeedToken{Token: string(token), Kind: r.Kind, Ref: r.Ref, CreatedAt: r.CreatedAt.Time, RevokedAt: r.RevokedAt.Time}, err
}

// FeedTokenBy returns what a token opens; whoever has it may ask. NotFound if there is none or it was revoked.
func (tx *Tx) FeedTokenBy(token string) (FeedToken, error) {
	hash := hashToken(token)
	found, err := feedTokens.load(tx, []string{hash})
	if err != nil {
		return FeedToken{}, err
	}
	r, ok := found[hash]
	if !ok || !r.RevokedAt.IsZero() {
		return FeedToken{}, errNoFeed()
	}
	return tx.feedToken(r)
}

// FeedTokenOf returns the live token of a kind and ref. NotFound if there is none, or it is another cadre's and the reader
// neither planner nor administrator.
func (tx *Tx) FeedTokenOf(kind, ref string) (FeedToken, error) {
	if !tx.who.Is(planner.RolePlanner, planner.RoleAdmin) && !(kind == "cadre" && tx.who.Speaks(planner.CadreID(ref))) && kind != "public" {
		return FeedToken{}, errNoFeed()
	}
	var r feedRow
	if err := tx.one(&r, liveFeedToken, args{"kind": kind, "ref": ref}); err != nil {
		return FeedToken{}, notFound(err, errNoFeed().Say.ZH, errNoFeed().Say.EN)
	}
	return tx.feedToken(r)
}
