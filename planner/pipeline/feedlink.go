package pipeline

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/feed"
	"lianxin/planner/store"
)

// FeedFile gives the feed of a secret token and notes which program fetched it on which day (agent is the User-Agent).
// NotFound for a token that never was or was revoked, and for a cadre who has left: it does not say which. What was drawn
// once is kept until something changes.
func (a *App) FeedFile(ctx context.Context, token, agent string) (FeedFile, error) {
	revision, err := a.calendarRevision(ctx)
	if err != nil {
		return FeedFile{}, fmt.Errorf("find feed: %w", err)
	}
	today := a.Today()
	v, ok := a.calendars.feeds.Load(token)
	if !ok {
		t, err := a.feedToken(ctx, token) // only a real address gets a place in memory
		if err != nil {
			return FeedFile{}, err
		}
		v, _ = a.calendars.feeds.LoadOrStore(t.Token, new(keptFeed))
	}
	k := v.(*keptFeed)
	s := k.state.Load()
	if s == nil || s.revision < revision || s.today != today {
		if s, err = a.redraw(ctx, k, token, revision, today); err != nil {
			return FeedFile{}, err
		}
	}
	if last := k.known.Load(); last == nil || last.agent != agent || last.on != today {
		a.noteFetch(ctx, k, s.token, productOf(agent), today)
		k.known.Store(&knownAgent{strings.Clone(agent), today}) // not the request's memory with it
	}
	return s.file, nil
}

// redraw brings one place of the cache to a revision. Who comes at the same time waits and takes what was drawn.
func (a *App) redraw(ctx context.Context, k *keptFeed, token string, revision int64, today civil.Date) (*keptState, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if s := k.state.Load(); s != nil && s.revision >= revision && s.today == today {
		return s, nil
	}
	t, err := a.feedToken(ctx, token)
	if planner.KindOf(err) == planner.NotFound {
		a.calendars.feeds.Delete(token)
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	f, err := a.drawFeed(ctx, planner.System("draw a feed for its secret token"), feed.Kind(t.Kind), t.Ref)
	if err != nil {
		return nil, err
	}
	s := &keptState{revision: revision, today: today, file: f, token: t}
	a.calendars.keep(k, s)
	return s, nil
}

// feedToken finds what a secret token opens today.
func (a *App) feedToken(ctx context.Context, token string) (t store.FeedToken, err error) {
	err = a.DB.Read(ctx, planner.System("find a feed by its secret token"), func(tx *store.Tx) (err error) {
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
		return t, noFeed()
	}
	if err != nil {
		return t, fmt.Errorf("find feed: %w", err)
	}
	return t, nil
}

func noFeed() error {
	return planner.Fail(planner.NotFound, "这个订阅地址无效或已更换，请在“我的页面”重新复制。",
		"this subscription address is not valid or was replaced; copy it again from your own page.")
}

// productOf is the program's name and main version in a User-Agent (RFC 9110 §10.1.5): iOS/17.1 (21B74) dataaccessd/1.0 is
// iOS/17. What comes after it may tell a device or a person apart.
func productOf(agent string) string {
	words := strings.Fields(feed.Clean(agent))
	if len(words) == 0 {
		return ""
	}
	first, last := words[0], words[len(words)-1]
	if strings.HasPrefix(first, "Mozilla/") && strings.Contains(last, "/") { // browsers, and Thunderbird, name themselves last
		first = last
	}
	name, version, _ := strings.Cut(first, "/")
	version, _, _ = strings.Cut(version, ".")
	product := strings.TrimRight(name+"/"+version, "/")
	if r := []rune(product); len(r) > 40 {
		product = string(r[:40])
	}
	return product
}

// maxProducts is how many names one address takes note of a day: a program that calls itself anew each time fills no table.
const maxProducts = 20

// noteFetch keeps which program fetched a feed and on which day, once a day. A note that cannot be written is no reason to
// withhold the feed.
func (a *App) noteFetch(ctx context.Context, k *keptFeed, t store.FeedToken, product string, today civil.Date) {
	if on, ok := k.noted.Load(product); ok && on == today {
		return
	}
	known := 0
	k.noted.Range(func(name, on any) bool {
		if on != today {
			k.noted.Delete(name)
		} else {
			known++
		}
		return true
	})
	if known >= maxProducts {
		return
	}
	k.noted.Store(product, today)
	err := a.DB.Write(ctx, planner.System("note that a feed was fetched"), store.Op{Name: "feed-fetch", Now: a.Now()}, func(tx *store.Tx) error {
		return tx.NoteFetch(t.Token, product, today)
	})
	if err != nil && a.Log != nil {
		a.Log.WarnContext(ctx, "feed fetch not noted", "kind", t.Kind, "err", err)
	}
}

// EnsureFeedTokens gives a token to every active cadre, village, unit, the hall, the public, the county and the holidays that
// has none, or whose token was revoked. It is idempotent.
func (a *App) EnsureFeedTokens(ctx context.Context) error {
	sys := planner.System("give every feed its secret address")
	var missing []store.FeedToken
	err := a.DB.Read(ctx, sys, func(tx *store.Tx) error {
		r, err := tx.Roster()
		if err != nil {
			return err
		}
		for _, who := range feed.NewIndex(feed.Source{Cadres: r.Cadres, Areas: r.Areas, Units: r.Units, Zone: a.Zone, Today: a.Today()}).Feeds() {
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

// FeedURL gives the subscription links of a cadre and which programs fetched the feed on which day last. It goes to the
// person and to who acts for them, to nobody else: whoever has the address has the calendar. NotFound before
// EnsureFeedTokens.
func (a *App) FeedURL(ctx context.Context, p planner.Principal, cadre planner.CadreID) (https, webcal string, fetches []store.Fetch, err error) {
	if !p.Speaks(cadre) && !p.IsSystem() {
		return "", "", nil, planner.Fail(planner.Forbidden, "订阅地址只给本人和其联络员。", "the subscription address is for the person and who acts for them.")
	}
	var t store.FeedToken
	err = a.DB.Read(ctx, planner.System("show a cadre the address of their own feed"), func(tx *store.Tx) (err error) {
		if t, err = tx.FeedTokenOf(string(feed.KindCadre), string(cadre)); err != nil {
			return err
		}
		fetches, err = tx.Fetches(t.Token)
		return err
	})
	if err != nil {
		return "", "", nil, fmt.Errorf("feed address of %s: %w", cadre, err)
	}
	https = a.BaseURL + "/f/" + t.Token + ".ics"
	_, rest, _ := strings.Cut(https, "://")
	return https, "webcal://" + rest, fetches, nil
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
