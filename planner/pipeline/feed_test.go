package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/feed"
	"lianxin/planner/store"
)

// feedCounty opens a database with two villages and n cadres, whose year 2026 has twelve mass-work-days with five
// households each; the first is a leader with `slots` receptions. The clock stands at 2026-01-05 08:00 in Shanghai.
func feedCounty(t testing.TB, url string, n, slots int) *App {
	t.Helper()
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{URL: url, Keys: store.TestKeyring(1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	now := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	a := &App{
		DB: db, Now: func() time.Time { return now }, Zone: time.FixedZone("CST", 8*3600), NewID: planner.SeededIDs(1, "feed"),
		Host: "lianxin.example", BaseURL: "https://lianxin.example",
		Office: Office{County: "义马市", Name: "义马市信访局", Hall: "义马市群众来访接待中心", Phone: "0398-5550000", Mail: "rili@lianxin.example"},
	}
	areas := []planner.Area{
		{Code: "411281", Name: "义马市", Level: planner.LevelCounty},
		{Code: "411281001", Name: "千秋路街道", Level: planner.LevelTownship, Parent: "411281"},
		{Code: "411281001001", Name: "甲社区", Level: planner.LevelVillage, Parent: "411281001"},
		{Code: "411281001002", Name: "乙社区", Level: planner.LevelVillage, Parent: "411281001"},
	}
	unit := planner.Unit{ID: "U1", Code: "D01", Name: "市住建局", Network: planner.NetworkBureau, Area: "411281"}
	var cadres []planner.Cadre
	var homes []planner.Household
	var events []planner.Event
	var visits []planner.Visit
	event := func(key string, kind planner.EventKind, on civil.Date, c planner.CadreID, village planner.AreaCode) planner.EventID {
		id := a.NewID()
		events = append(events, planner.Event{
			ID: planner.EventID(id), Key: key, UID: id + "@" + a.Host, Kind: kind, On: on, From: 510, Until: 690, NominalOn: on,
			Cadre: c, Village: village, Status: planner.StatusConfirmed, Digest: strings.Repeat("0", 64), CreatedAt: now, ChangedAt: now,
		})
		return planner.EventID(id)
	}
	for m := time.January; m <= time.December; m++ {
		event(fmt.Sprintf("mwd/2026%02d", m), planner.EventMassWorkDay, civil.Of(2026, m, 15), "", "")
		event(fmt.Sprintf("mtg/2026%02d", m), planner.EventLeadersMeeting, civil.Of(2026, m, 16), "", "")
	}
	for i := range n {
		c := planner.Cadre{
			ID: planner.CadreID(a.NewID()), Code: fmt.Sprintf("G%04d", i), Name: fmt.Sprintf("某某%d", i), Unit: "U1", Title: "科员", Rank: planner.RankStaff,
			Mobile: "19900000000", Active: true,
		}
		if i == 0 {
			c.Name, c.Rank, c.Head, c.Title, c.Portfolio = "㛃𠮷\n𬭎", planner.RankLeader, true, "市长", []string{"全面工作"}
		}
		cadres = append(cadres, c)
		village := areas[2+i%2].Code
		for s := range 15 {
			homes = append(homes, planner.Household{
				ID: planner.HouseholdID(a.NewID()), Code: fmt.Sprintf("%s-%04d%02d", village, i, s), Village: village, Head: "张某某", Contact: "19900001111",
				Hours: planner.HoursAny, Consent: planner.ConsentGiven, Needs: []planner.Need{planner.NeedCare}, Active: true,
			})
		}
		for m := time.January; m <= time.December; m++ {
			on := civil.Of(2026, m, 15)
			e := event(fmt.Sprintf("mwd/2026%02d/%s", m, c.ID), planner.EventMassWorkDay, on, c.ID, village)
			for s := range 5 {
				visits = append(visits, planner.Visit{
					ID: planner.VisitID(a.NewID()), Event: e, Cadre: c.ID, Household: homes[i*15+(int(m)*5+s)%15].ID, On: on, Stop: s + 1,
					Hours: planner.HoursAny, State: planner.VisitPlanned,
				})
			}
		}
		if i == 0 {
			for d := range slots {
				on := civil.Of(2026, 1, 5).AddDays(d)
				event(fmt.Sprintf("rcp/%s/%s", on, c.ID), planner.EventReception, on, c.ID, "")
			}
		}
	}
	task := planner.Task{
		ID: planner.TaskID(a.NewID()), Key: "promise/1", Kind: planner.TaskPromise, Owner: cadres[0].ID, Household: homes[1].ID, Say: planner.Both("给张某某送药"),
		StartOn: civil.Of(2026, 1, 1), DueOn: civil.Of(2026, 1, 20), EndOn: civil.Of(2026, 2, 20), State: planner.TaskReady, Revision: 1,
	}
	err = db.Write(ctx, planner.System("seed a test"), store.Op{Name: "seed", Now: now}, func(tx *store.Tx) error {
		for _, put := range []func() error{
			func() error { return tx.PutAreas(areas) }, func() error { return tx.PutUnits([]planner.Unit{unit}) },
			func() error { return tx.PutCadres(cadres) }, func() error { return tx.PutHouseholds(homes) },
			func() error { return tx.PutEvents(events) }, func() error { return tx.PutVisits(visits) },
			func() error { return tx.PutTasks([]planner.Task{task}) },
		} {
			if err := put(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *App) testCadre(t testing.TB, code string) planner.Cadre {
	t.Helper()
	c, err := a.CadreByCode(context.Background(), planner.System("test"), code)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFeedsAreTheSameHoweverTheyAreAskedForOnBothEngines(t *testing.T) {
	var engines []map[string]string
	dbtest.Each(t, func(t *testing.T, url string) {
		ctx := context.Background()
		a := feedCounty(t, url, 3, 10)
		dir := filepath.Join(t.TempDir(), "feeds")
		var last int
		n, err := a.WriteFeeds(ctx, dir, func(done, total int) { last = done; _ = total })
		if want := 3 + 2 + 1 + 4; err != nil || n != want || last != want {
			t.Fatalf("got %d feeds, progress %d and error %v, want %d", n, last, err, want)
		}
		files := map[string]string{}
		names, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files[filepath.Base(name)] = string(b)
		}
		engines = append(engines, files)
		for _, who := range []struct{ kind, ref, file string }{
			{"cadre", string(a.testCadre(t, "G0000").ID), "leader-G0000.ics"}, {"cadre", string(a.testCadre(t, "G0001").ID), "cadre-G0001.ics"},
			{"village", "411281001002", "village-411281001002.ics"}, {"hall", "", "hall.ics"}, {"public", "", "public.ics"}, {"county", "", "county.ics"},
		} {
			f, err := a.FeedOf(ctx, planner.System("test"), who.kind, who.ref)
			if err != nil {
				t.Fatalf("%s: %v", who.kind, err)
			}
			if f.Name != who.file || string(f.Body) != files[who.file] {
				t.Errorf("%s %s: the feed asked for differs from the file %s", who.kind, f.Name, who.file)
			}
			if !f.Modified.Equal(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)) || len(f.ETag) != 34 || f.ETag[0] != '"' {
				t.Errorf("%s: got ETag %s, Modified %v", who.kind, f.ETag, f.Modified)
			}
		}
		if n, err := a.WriteFeeds(ctx, dir, nil); err != nil || n != 10 {
			t.Errorf("a second run: got %d, %v", n, err)
		}
	})
	if len(engines) == 2 {
		for name, body := range engines[0] {
			if engines[1][name] != body {
				t.Errorf("%s differs between the engines", name)
			}
		}
		if len(engines[0]) != 10 || len(engines[1]) != 10 {
			t.Errorf("got %d and %d files, want 10: no leavings", len(engines[0]), len(engines[1]))
		}
	}
}

func TestALeadersFeedHoldsWhatTheYearBringsAndNoContact(t *testing.T) {
	a := feedCounty(t, dbtest.SQLite(t), 2, 10)
	f, err := a.FeedOf(context.Background(), planner.System("test"), "cadre", string(a.testCadre(t, "G0000").ID))
	if err != nil {
		t.Fatal(err)
	}
	c, err := feed.Parse(bytes.NewReader(f.Body))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(c.Events), 12+12+10+1; got != want {
		t.Errorf("got %d events, want %d", got, want)
	}
	all := fmt.Sprint(c)
	if !strings.Contains(all, "1. 411281001001-000005\n2. 411281001001-000006\n") {
		t.Errorf("the first visits are not listed by code in order: %.2000s", all)
	}
	for _, secret := range []string{"张某某", "139", "送药", "0398"} {
		if strings.Contains(all, secret) {
			t.Errorf("the feed holds %q", secret)
		}
	}
}

func TestTheCountysFeedHasTheHolidays(t *testing.T) {
	a := feedCounty(t, dbtest.SQLite(t), 1, 0)
	f, err := a.FeedOf(context.Background(), planner.System("test"), "county", "")
	if err != nil {
		t.Fatal(err)
	}
	c, err := feed.Parse(bytes.NewReader(f.Body))
	if err != nil {
		t.Fatal(err)
	}
	has := func(on civil.Date, summary string) bool {
		return slices.ContainsFunc(c.Events, func(e feed.Event) bool { return e.On == on && strings.Contains(e.Summary, summary) && e.AllDay() })
	}
	for on, summary := range map[string]string{"2026-02-17": "春节", "2026-02-14": "补班", "2027-02-06": "（暂定）"} {
		if !has(civil.MustDate(on), summary) {
			t.Errorf("%s is not marked %s", on, summary)
		}
	}
}

func TestASubscriptionWorksUntilItsAddressIsReplaced(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		ctx := context.Background()
		a := feedCounty(t, url, 2, 1)
		c := a.testCadre(t, "G0001")
		self := planner.Principal{Account: "A1", Name: "某某1", Roles: []planner.Role{planner.RoleCadre}, Cadre: c.ID}
		if _, _, _, err := a.FeedURL(ctx, self, c.ID); planner.KindOf(err) != planner.NotFound {
			t.Errorf("got %v before there is an address, want NotFound", err)
		}
		for range 2 { // the second run adds nothing
			if err := a.EnsureFeedTokens(ctx); err != nil {
				t.Fatal(err)
			}
		}
		https, webcal, last, err := a.FeedURL(ctx, self, c.ID)
		if err != nil || !strings.HasPrefix(https, "https://lianxin.example/f/") || webcal != "webcal"+strings.TrimPrefix(https, "https") || len(last) > 0 {
			t.Fatalf("got %q, %q, %v, %v", https, webcal, last, err)
		}
		token := strings.TrimSuffix(strings.TrimPrefix(https, "https://lianxin.example/f/"), ".ics")
		f, err := a.FeedFile(ctx, token, "Thunderbird/153.7.1 (X11; Linux)")
		if err != nil {
			t.Fatal(err)
		}
		want, err := a.FeedOf(ctx, self, "cadre", string(c.ID))
		if err != nil || !bytes.Equal(f.Plain(), want.Body) || f.ETag != want.ETag {
			t.Errorf("the subscription differs from the download (%v)", err)
		}
		if _, _, last, err := a.FeedURL(ctx, self, c.ID); err != nil || len(last) != 1 || last[0] != (store.Fetch{Product: "Thunderbird/153", On: a.Today()}) {
			t.Errorf("got fetches %v (%v), want one today", last, err)
		}
		if err := a.RotateFeed(ctx, self, c.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := a.FeedFile(ctx, token, ""); planner.KindOf(err) != planner.NotFound {
			t.Errorf("the old address: got %v, want NotFound", err)
		}
		next, _, _, err := a.FeedURL(ctx, self, c.ID)
		if err != nil || next == https {
			t.Errorf("got %q, %v after the change", next, err)
		}
		if err := a.EnsureFeedTokens(ctx); err != nil {
			t.Error(err)
		}
		if again, _, _, err := a.FeedURL(ctx, self, c.ID); again != next {
			t.Errorf("got %q, %v, want the address to stay", again, err)
		}
	})
}

func TestFeedsGoToThoseTheyConcern(t *testing.T) {
	ctx := context.Background()
	a := feedCounty(t, dbtest.SQLite(t), 2, 3)
	leader, staff := a.testCadre(t, "G0000").ID, a.testCadre(t, "G0001").ID
	visitor := planner.Principal{}
	self := planner.Principal{Account: "A1", Roles: []planner.Role{planner.RoleCadre}, Cadre: staff}
	secretary := planner.Principal{Account: "A2", Roles: []planner.Role{planner.RoleSecretary}, ActsFor: []planner.CadreID{leader}}
	office := planner.Principal{Account: "A3", Roles: []planner.Role{planner.RolePlanner}}
	village := planner.Principal{Account: "A4", Roles: []planner.Role{planner.RoleClerk}, Areas: []planner.AreaCode{"411281001"}}
	for _, c := range []struct {
		name, kind, ref string
		p               planner.Principal
		want            bool
	}{
		{"visitor, public", "public", "", visitor, true}, {"visitor, hall", "hall", "", visitor, true},
		{"visitor, county", "county", "", visitor, false}, {"visitor, cadre", "cadre", string(staff), visitor, false},
		{"visitor, village", "village", "411281001001", visitor, false}, {"self, own", "cadre", string(staff), self, true},
		{"self, leader", "cadre", string(leader), self, false}, {"self, county", "county", "", self, true},
		{"self, village", "village", "411281001001", self, false}, {"secretary, leader", "cadre", string(leader), secretary, true},
		{"secretary, staff", "cadre", string(staff), secretary, false}, {"office, cadre", "cadre", string(staff), office, true},
		{"office, village", "village", "411281001001", office, true}, {"village, its own", "village", "411281001002", village, true},
		{"office, nobody", "cadre", "nobody", office, false}, {"office, no kind", "market", "", office, false},
	} {
		_, err := a.FeedOf(ctx, c.p, c.kind, c.ref)
		if kind := planner.KindOf(err); (err == nil) != c.want || err != nil && kind != planner.Forbidden && kind != planner.NotFound {
			t.Errorf("%s: got %v, want allowed %v", c.name, err, c.want)
		}
	}
	if _, _, _, err := a.FeedURL(ctx, office, staff); planner.KindOf(err) != planner.Forbidden {
		t.Errorf("the office asks for a secret address: got %v, want Forbidden", err)
	}
	if err := a.RotateFeed(ctx, self, leader); planner.KindOf(err) != planner.Forbidden {
		t.Errorf("a cadre replaces another's address: got %v, want Forbidden", err)
	}
	for _, token := range []string{"", "nosuchtoken", strings.Repeat("x", 1000)} {
		if _, err := a.FeedFile(ctx, token, ""); planner.KindOf(err) != planner.NotFound {
			t.Errorf("token %.20q: got %v, want NotFound", token, err)
		}
	}
}

func TestTheDigestOfALaidEventFollowsWhatItsFeedShows(t *testing.T) {
	ctx := context.Background()
	a := feedCounty(t, dbtest.SQLite(t), 1, 1)
	var r planner.Roster
	var events []planner.Event
	var visits []planner.Visit
	err := a.DB.Read(ctx, planner.System("test"), func(tx *store.Tx) (err error) {
		if r, err = tx.Roster(); err != nil {
			return err
		}
		if events, err = tx.Events(store.EventFilter{}); err != nil {
			return err
		}
		visits, err = tx.Visits(store.VisitFilter{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	before, after := a.digester(r, events, visits, officeDays{}), a.digester(r, events, visits[:len(visits)-1], officeDays{})
	changed := 0
	for _, e := range events {
		x, err := before(e)
		if err != nil || len(x) != 64 {
			t.Fatalf("%s: got digest %q, %v", e.Key, x, err)
		}
		if y, err := after(e); err != nil || x != y {
			changed++
			if e.ID != visits[len(visits)-1].Event {
				t.Errorf("%s changed (%v) though the visit was another's", e.Key, err)
			}
		}
	}
	if changed != 1 {
		t.Errorf("got %d changed events, want 1", changed)
	}
}

// BenchmarkWriteFeeds reads a county of 1,300 cadres from SQLite and writes its feeds: about 13 events each, 330 for the
// leader.
func BenchmarkWriteFeeds(b *testing.B) {
	a := feedCounty(b, dbtest.SQLite(b), 1300, 300)
	dir := b.TempDir()
	for i := 0; b.Loop(); i++ {
		if _, err := a.WriteFeeds(context.Background(), filepath.Join(dir, fmt.Sprint(i)), nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFeedFile is one fetch by a subscriber, from token to bytes, without any cache.
func BenchmarkFeedFile(b *testing.B) {
	ctx := context.Background()
	a := feedCounty(b, dbtest.SQLite(b), 300, 300)
	if err := a.EnsureFeedTokens(ctx); err != nil {
		b.Fatal(err)
	}
	for kind, ref := range map[string]string{"cadre": string(a.testCadre(b, "G0001").ID), "village": "411281001001", "public": ""} {
		var t store.FeedToken
		err := a.DB.Read(ctx, planner.System("benchmark"), func(tx *store.Tx) (err error) { t, err = tx.FeedTokenOf(kind, ref); return err })
		if err != nil {
			b.Fatal(err)
		}
		b.Run(kind, func(b *testing.B) {
			for b.Loop() {
				if _, err := a.FeedFile(ctx, t.Token, "bench"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
