package pipeline

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/feed"
	"lianxin/planner/store"
)

// tokenOf is the secret of a feed.
func tokenOf(t testing.TB, a *App, kind feed.Kind, ref string) string {
	t.Helper()
	var token store.FeedToken
	err := a.DB.Read(context.Background(), planner.System("test"), func(tx *store.Tx) (err error) {
		token, err = tx.FeedTokenOf(string(kind), ref)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return token.Token
}

// moveEvent gives the first own event of a cadre another day, as a replanning would.
func moveEvent(t testing.TB, db *store.DB, cadre planner.CadreID, to civil.Date, now time.Time) planner.Event {
	t.Helper()
	var e planner.Event
	err := db.Write(context.Background(), planner.System("test"), store.Op{Name: "move", Now: now}, func(tx *store.Tx) error {
		es, err := tx.Events(store.EventFilter{Cadre: cadre})
		if err != nil {
			return err
		}
		e = es[0]
		e.On, e.Sequence, e.ChangedAt = to, e.Sequence+1, now
		return tx.PutEvents([]planner.Event{e})
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestAChangeShowsInAFeedWithinASecondInEveryProcess(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		ctx := t.Context()
		a := feedCounty(t, url, 2, 1)
		if err := a.EnsureFeedTokens(ctx); err != nil {
			t.Fatal(err)
		}
		c := a.testCadre(t, "G0001").ID
		token := tokenOf(t, a, feed.KindCadre, string(c))
		first, err := a.FeedFile(ctx, token, "x/1")
		if err != nil {
			t.Fatal(err)
		}
		again, err := a.FeedFile(ctx, token, "x/1")
		if err != nil || &again.Gzip[0] != &first.Gzip[0] {
			t.Errorf("an unchanged feed was drawn anew (%v)", err)
		}
		moveEvent(t, a.DB, c, civil.Of(2026, 1, 20), a.Now())
		own, err := a.FeedFile(ctx, token, "x/1")
		if err != nil || own.ETag == first.ETag || !bytes.Contains(own.Plain(), []byte("20260120T083000")) {
			t.Errorf("the change of this process is not in the next fetch (%v)", err)
		}
		other, err := store.Open(ctx, store.Options{URL: url, Keys: store.TestKeyring(1)})
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		moveEvent(t, other, c, civil.Of(2026, 1, 21), a.Now())
		for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
			f, err := a.FeedFile(ctx, token, "x/1")
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(f.Plain(), []byte("20260121T083000")) {
				break
			}
			if time.Since(start) > time.Second {
				t.Fatal("the change of another process is not seen after a second")
			}
		}
	})
}

func TestACachedFeedIsTheSameAfterTheNightTheWishAndTheRestart(t *testing.T) {
	ctx := t.Context()
	a := feedCounty(t, dbtest.SQLite(t), 2, 1)
	now := a.Now()
	a.Now = func() time.Time { return now }
	if err := a.EnsureFeedTokens(ctx); err != nil {
		t.Fatal(err)
	}
	c := a.testCadre(t, "G0001").ID
	token := tokenOf(t, a, feed.KindCadre, string(c))
	get := func(a *App) FeedFile {
		t.Helper()
		f, err := a.FeedFile(ctx, token, "x/1")
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	monday := get(a)
	restarted := &App{DB: a.DB, Now: a.Now, Zone: a.Zone, NewID: a.NewID, Host: a.Host, BaseURL: a.BaseURL, Office: a.Office}
	if f := get(restarted); f.ETag != monday.ETag || !bytes.Equal(f.Gzip, monday.Gzip) {
		t.Error("another process serves other bytes")
	}
	now = now.AddDate(0, 0, 300) // the window moves by the day, and nothing was written
	if later := get(a); later.ETag == monday.ETag || !later.Modified.After(monday.Modified) {
		t.Error("the window did not move with the day")
	}
	self := planner.Principal{Account: "A1", Cadre: c}
	if err := a.SetCalendarWish(ctx, self, c, WishView{"en", store.WayFeed}); err != nil {
		t.Fatal(err)
	}
	if english := get(a); !strings.Contains(string(english.Plain()), "SUMMARY:Mass-work-day") || strings.Contains(string(english.Plain()), "SUMMARY:群众工作日") {
		t.Error("the feed is not in the language that the person chose")
	}
	for _, w := range []WishView{{"fr", store.WayFeed}, {"zh", "pigeon"}, {"zh", store.WayMail}} {
		if err := a.SetCalendarWish(ctx, self, c, w); planner.KindOf(err) != planner.Invalid {
			t.Errorf("%v: got %v, want Invalid", w, err)
		}
	}
	if err := a.SetCalendarWish(ctx, planner.Principal{Account: "A2", Cadre: "other"}, c, WishView{"zh", "feed"}); planner.KindOf(err) != planner.Forbidden {
		t.Errorf("somebody else's wish: got %v, want Forbidden", err)
	}
}

func TestACachedFeedOfSixtyEventsTakesAtMost64KB(t *testing.T) {
	a := feedCounty(t, dbtest.SQLite(t), 1, 36) // 12 days, 12 meetings, 36 slots, a task
	if err := a.EnsureFeedTokens(t.Context()); err != nil {
		t.Fatal(err)
	}
	token := tokenOf(t, a, feed.KindCadre, string(a.testCadre(t, "G0000").ID))
	f, err := a.FeedFile(t.Context(), token, "x/1")
	if err != nil {
		t.Fatal(err)
	}
	n := bytes.Count(f.Plain(), []byte("BEGIN:VEVENT"))
	if n < 60 || len(f.Body)+len(f.Gzip) > 64<<10 {
		t.Errorf("%d events are kept in %d+%d octets, want at most 65536", n, len(f.Body), len(f.Gzip))
	}
}

func TestAFetchIsNotedByProductAndDayAlone(t *testing.T) {
	for agent, want := range map[string]string{
		"iOS/17.1 (21B74) dataaccessd/1.0": "iOS/17", "DAVx5/4.3.14-ose (2024/03/12; dav4jvm; okhttp/4.12.0) Android/14": "DAVx5/4",
		"Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Thunderbird/153.7.0": "Thunderbird/153", "Google-Calendar-Importer": "Google-Calendar-Importer",
		"": "", "a\r\nb": "a", strings.Repeat("x", 300): strings.Repeat("x", 40),
	} {
		if got := productOf(agent); got != want {
			t.Errorf("%q: got %q, want %q", agent, got, want)
		}
	}
	ctx := t.Context()
	a := feedCounty(t, dbtest.SQLite(t), 1, 0)
	if err := a.EnsureFeedTokens(ctx); err != nil {
		t.Fatal(err)
	}
	c := a.testCadre(t, "G0000").ID
	token := tokenOf(t, a, feed.KindCadre, string(c))
	before := a.DB.Commits()
	for i := range 100 {
		if _, err := a.FeedFile(ctx, token, strings.Repeat("y", i%50)); err != nil {
			t.Fatal(err)
		}
	}
	if n := a.DB.Commits() - before; n > maxProducts {
		t.Errorf("a hundred fetches under made-up names wrote %d times, want at most %d", n, maxProducts)
	}
	_, _, fetches, err := a.FeedURL(ctx, planner.Principal{Account: "A1", Cadre: c}, c)
	if err != nil || len(fetches) != maxProducts || fetches[0].On != a.Today() {
		t.Errorf("got %d fetchers, %v", len(fetches), err)
	}
}

func TestUnitAndHolidaysHaveFeedsOfTheirOwn(t *testing.T) {
	ctx := t.Context()
	a := feedCounty(t, dbtest.SQLite(t), 3, 1)
	sys := planner.System("test")
	f, err := a.FeedOf(ctx, sys, "unit", "U1")
	if err != nil {
		t.Fatal(err)
	}
	c, err := feed.Parse(bytes.NewReader(f.Body))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Events) != 12 || !strings.Contains(c.Events[0].Description, "某某1：义马市千秋路街道乙社区") || strings.Contains(string(f.Body), "411281001001-") {
		t.Errorf("got %d events and %q", len(c.Events), c.Events[0].Description)
	}
	liaison := planner.Principal{Account: "L", Roles: []planner.Role{planner.RoleLiaison}, Units: []planner.UnitID{"U1"}}
	if _, err := a.FeedOf(ctx, liaison, "unit", "U1"); err != nil {
		t.Errorf("its liaison: %v", err)
	}
	if _, err := a.FeedOf(ctx, planner.Principal{Account: "X", Units: []planner.UnitID{"U2"}}, "unit", "U1"); planner.KindOf(err) != planner.Forbidden {
		t.Errorf("another unit: got %v, want Forbidden", err)
	}
	if f, err = a.FeedOf(ctx, planner.Principal{}, "holidays", ""); err != nil {
		t.Fatal(err)
	}
	if c, err = feed.Parse(bytes.NewReader(f.Body)); err != nil || len(c.Events) < 30 {
		t.Errorf("got %d holidays, %v", len(c.Events), err)
	}
	for _, e := range c.Events {
		if !e.AllDay() || strings.Contains(e.Summary, "群众工作日") {
			t.Errorf("%s is no holiday", e.Summary)
		}
	}
}

func TestTheHorizonLaysTheYearThatTheWindowEntersOnce(t *testing.T) {
	ctx := t.Context()
	a := feedCounty(t, dbtest.SQLite(t), 1, 0)
	for i, want := range []int{1, 0} {
		rep, err := a.EnsureHorizon(ctx)
		if err != nil || len(rep.Laid) != want || want == 1 && rep.Laid[0] != 2027 {
			t.Errorf("run %d: laid %v, %v; want %d years", i, rep.Laid, err, want)
		}
	}
	f, err := a.FeedOf(ctx, planner.System("test"), "county", "")
	if err != nil || !bytes.Contains(f.Body, []byte("DTSTART;TZID=Asia/Shanghai:202701")) {
		t.Errorf("January 2027 is not in the county's feed (%v)", err)
	}
	empty := &App{DB: a.DB, Now: func() time.Time { return time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC) }, Zone: a.Zone, NewID: a.NewID, Host: a.Host}
	if rep, err := empty.EnsureHorizon(ctx); err != nil || len(rep.Laid) > 0 {
		t.Errorf("nobody laid 2034, yet %v was laid (%v)", rep.Laid, err)
	}
}

func TestMarketDaysStandInTheFeedOfHolidaysByDate(t *testing.T) {
	ctx := t.Context()
	a := feedCounty(t, dbtest.SQLite(t), 1, 0)
	if err := a.PutAreaDays(ctx, planner.System("test"), []planner.AreaDay{{Area: "411281001", Kind: planner.DayMarket, Rule: "lunar:3,8"}}, false); err != nil {
		t.Fatal(err)
	}
	f, err := a.FeedOf(ctx, planner.Principal{}, "holidays", "")
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(f.Body, []byte("SUMMARY:逢集：千秋路街道")); n < 18 || n > 22 || !bytes.Contains(f.Body, []byte("UID:mkt-411281001-20260126@lianxin.example")) {
		t.Errorf("got %d market days in 99 days, want some 20 in the coming quarter", n)
	}
	county, err := a.FeedOf(ctx, planner.System("test"), "county", "")
	if err != nil || bytes.Contains(county.Body, []byte("逢集：")) {
		t.Errorf("markets stand in the county's feed too (%v)", err)
	}
}
