package pipeline

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/feed"
	"lianxin/planner/store"
)

// fetchNoteEvery is how often a fetch by the same program is noted. Thunderbird polls every half hour, Apple every five
// minutes: the note says "still subscribed", and must not make a reader a writer each time.
const fetchNoteEvery = 15 * time.Minute

// FeedFile gives the feed of a secret token and notes who fetched it (agent is the User-Agent). NotFound for a token that
// never was or was revoked, and for a cadre who has left: it does not say which.
func (a *App) FeedFile(ctx context.Context, token, agent string) (FeedFile, error) {
	var t store.FeedToken
	err := a.DB.Read(ctx, planner.System("find a feed by its secret token"), func(tx *store.Tx) (err error) {
		if t, err = tx.FeedTokenBy(token); err != nil {
			return err
		}
		if feed.Kind(t.Kind) == feed.KindCadre {
			c, err := tx.Cadre(planner.CadreID(t.Ref))
			if err == nil && !c.Active {
				return noFeed()
			}
			return err
		}
		return nil
	})
	if planner.KindOf(err) == planner.NotFound {
		return FeedFile{}, noFeed()
	}
	if err != nil {
		return FeedFile{}, fmt.Errorf("find feed: %w", err)
	}
	f, err := a.drawFeed(ctx, planner.System("draw a feed for its secret token"), feed.Kind(t.Kind), t.Ref)
	if err != nil {
		return FeedFile{}, err
	}
	a.noteFetch(ctx, t, agent)
	return f, nil
}

func noFeed() error {
	return planner.Fail(planner.NotFound, "这个订阅地址无效或已更换，请在“我的页面”重新复制。",
		"this subscription address is not valid or was replaced; copy it again from your own page.")
}

// noteFetch keeps who fetched a feed and when. A note that cannot be written is no reason to withhold the feed.
func (a *App) noteFetch(ctx context.Context, t store.FeedToken, agent string) {
	if r := []rune(feed.Clean(agent)); len(r) > 200 {
		agent = string(r[:200])
	} else {
		agent = string(r)
	}
	now := a.Now()
	if t.LastFetchedBy == agent && now.Sub(t.LastFetchedAt) < fetchNoteEvery {
		return
	}
	err := a.DB.Write(ctx, planner.System("note that a feed was fetched"), store.Op{Name: "feed-fetch", Now: now}, func(tx *store.Tx) error {
		return tx.NoteFetch(t.Token, agent, now)
	})
	if err != nil && a.Log != nil {
		a.Log.WarnContext(ctx, "feed fetch not noted", "kind", t.Kind, "err", err)
	}
}

// EnsureFeedTokens gives a token to every active cadre, village, the hall, the public and the county that has none, or
// whose token was revoked. It is idempotent.
func (a *App) EnsureFeedTokens(ctx context.Context) error {
	sys := planner.System("give every feed its secret address")
	var missing []store.FeedToken
	err := a.DB.Read(ctx, sys, func(tx *store.Tx) error {
		r, err := tx.Roster()
		if err != nil {
			return err
		}
		for _, who := range feed.NewIndex(feed.Source{Cadres: r.Cadres, Areas: r.Areas, Zone: a.Zone, Today: a.Today()}).Feeds() {
			_, err := tx.FeedTokenOf(string(who.Kind), who.Ref)
			if planner.KindOf(err) == planner.NotFound {
				missing = append(missing, store.FeedToken{Kind: string(who.Kind), Ref: who.Ref})
			} else if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || len(missing) == 0 {
		return err
	}
	now := a.Now()
	for i := range missing {
		missing[i].Token, missing[i].CreatedAt = newToken(), now
	}
	return a.DB.Write(ctx, sys, store.Op{Name: "feed-tokens", Now: now}, func(tx *store.Tx) error { return tx.PutFeedTokens(missing) })
}

// newToken is 26 letters and digits in 130 random bits, in lower case because some calendar programs change the case
// of what a user types to that.
func newToken() string { return strings.ToLower(rand.Text()) }

// FeedURL gives the subscription links of a cadre and when the feed was last fetched (zero: never). It goes to the person
// and to who acts for them, to nobody else: whoever has the address has the calendar. NotFound before EnsureFeedTokens.
func (a *App) FeedURL(ctx context.Context, p planner.Principal, cadre planner.CadreID) (https, webcal string, last time.Time, err error) {
	if !p.Speaks(cadre) && !p.IsSystem() {
		return "", "", last, planner.Fail(planner.Forbidden, "订阅地址只给本人和其联络员。", "the subscription address is for the person and who acts for them.")
	}
	var t store.FeedToken
	err = a.DB.Read(ctx, planner.System("show a cadre the address of their own feed"), func(tx *store.Tx) (err error) {
		t, err = tx.FeedTokenOf(string(feed.KindCadre), string(cadre))
		return err
	})
	if err != nil {
		return "", "", last, fmt.Errorf("feed address of %s: %w", cadre, err)
	}
	https = a.BaseURL + "/f/" + t.Token + ".ics"
	_, rest, _ := strings.Cut(https, "://")
	return https, "webcal://" + rest, t.LastFetchedAt, nil
}

// RotateFeed revokes a cadre's address and gives a new one, after a loss of the telephone or at a transfer. The person,
// who acts for them, and the administrator may.
func (a *App) RotateFeed(ctx context.Context, p planner.Principal, cadre planner.CadreID) error {
	if !p.Speaks(cadre) && !p.Is(planner.RoleAdmin) {
		return planner.Fail(planner.Forbidden, "只有本人、其联络员或管理员能更换订阅地址。", "only the person, who acts for them, or the administrator may replace the address.")
	}
	now := a.Now()
	return a.DB.Write(ctx, p, store.Op{Name: "feed-rotate", Now: now}, func(tx *store.Tx) error {
		next := store.FeedToken{Token: newToken(), Kind: string(feed.KindCadre), Ref: string(cadre), CreatedAt: now}
		old, err := tx.FeedTokenOf(next.Kind, next.Ref)
		switch {
		case err == nil:
			old.RevokedAt = now
			return tx.PutFeedTokens([]store.FeedToken{old, next})
		case planner.KindOf(err) == planner.NotFound:
			return tx.PutFeedTokens([]store.FeedToken{next})
		}
		return fmt.Errorf("rotate feed of %s: %w", cadre, err)
	})
}
