package main

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/feed"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
	"lianxin/planner/web"
)

// feedsCmd measures feeds and CalDAV against Radicale: the same events, the same requests, one after the other in turns, by
// wrk over loopback, whose own time counts.
type feedsCmd struct {
	Seconds int    `default:"3" help:"每项每轮几秒。 Seconds of each measurement."`
	Rounds  int    `default:"3" help:"轮数，取中位数。 Rounds; medians are printed."`
	Conns   int    `default:"16" help:"并发连接。 Connections."`
	Events  int    `default:"60" help:"日程数。 Events."`
	Alone   bool   `help:"不与 Radicale 比。 Without Radicale."`
	Hostile int    `default:"100" help:"每种恶意请求问几次；0 不问。 Times of each hostile request; 0: none."`
	Gate    bool   `help:"恶意请求超过 50 毫秒（p99）或 16 MB 就失败。 Fail if a hostile request takes over 50 ms (p99) or 16 MB."`
	Profile string `help:"把服务器的 CPU 剖析写到这个目录，每项一个文件。 Folder for CPU profiles of the server, one for each kind of request."`
}

// load is one kind of request.
type load struct {
	Name   string
	url    func(ours calServer) string
	theirs bool // Radicale answers it too
	bare   bool // so does a handler that does nothing but write the same answer: what net/http and the kernel cost
}

// calServer is a server that holds the events.
type calServer struct {
	Base string
	Feed string // secret address, ours alone
	Home string // path of the collection
	Auth string // Basic
	objs []string
	ours bool
}

// figure is what was measured.
type figure struct {
	Name    string  `json:"name"`
	Ours    float64 `json:"ours_per_s"`
	P99     string  `json:"ours_p99"`
	Theirs  float64 `json:"radicale_per_s,omitempty"`
	TheirsP string  `json:"radicale_p99,omitempty"`
	Ratio   float64 `json:"ratio,omitempty"`
	Errors  int     `json:"errors"`

	CPU       float64 `json:"ours_cpu_us"`   // processor time of the server for one answer, in microseconds: steady on a busy machine
	ClientCPU float64 `json:"client_cpu_us"` // of wrk for one request
	Bare      float64 `json:"bare_per_s,omitempty"`
	BareCPU   float64 `json:"bare_cpu_us,omitempty"`
}

// Run prints requests per second, the 99th percentile, and the ratio to Radicale in the same run.
func (c *feedsCmd) Run(ctx context.Context, s *settings) error {
	dir, err := os.MkdirTemp("", "lianxin-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	app, ours, objects, stop, err := serveCounty(ctx, dir, c.Events)
	if err != nil {
		return err
	}
	defer stop()
	var theirs calServer
	if !c.Alone {
		var halt func()
		if theirs, halt, err = serveRadicale(ctx, dir, objects); err != nil {
			return err
		}
		defer halt()
	}
	nothing, shut, err := serveBare(ctx, ours)
	if err != nil {
		return err
	}
	defer shut()
	var list []figure
	for _, l := range feedLoads {
		f := figure{Name: l.Name}
		var mine, other, bare []measured
		for range c.Rounds {
			m, err := c.wrk(ctx, dir, l, ours)
			if err != nil {
				return err
			}
			mine = append(mine, m)
			if l.theirs && !c.Alone {
				if m, err = c.wrk(ctx, dir, l, theirs); err != nil {
					return err
				}
				other = append(other, m)
			}
			if l.bare {
				if m, err = c.wrk(ctx, dir, l, nothing); err != nil {
					return err
				}
				bare = append(bare, m)
			}
		}
		m := middle(mine)
		f.Ours, f.P99, f.Errors = m.perSecond, m.p99, m.errors
		f.CPU, f.ClientCPU = least(mine)
		if bare != nil {
			f.Bare = middle(bare).perSecond
			f.BareCPU, _ = least(bare)
		}
		if other != nil {
			o := middle(other)
			f.Theirs, f.TheirsP, f.Ratio = o.perSecond, o.p99, m.perSecond/o.perSecond
		}
		list = append(list, f)
		if !s.JSON {
			if len(list) == 1 {
				fmt.Fprintf(s.out, "%-18s %10s %9s %10s %10s %10s %10s %10s %9s %6s\n", "请求 request", "连心/s", "p99", "cpu µs", "wrk µs", "bare/s", "bare µs", "Radicale/s", "p99", "倍")
			}
			fmt.Fprintf(s.out, "%-20s %10.0f %9s %10.1f %10.1f %10s %10s %10s %9s %6s\n", f.Name, f.Ours, f.P99, f.CPU, f.ClientCPU, orDash(f.Bare), fmt.Sprintf("%.1f", f.BareCPU), orDash(f.Theirs), dash(f.TheirsP), orDash(f.Ratio))
			if f.Errors > 0 {
				return fmt.Errorf("%s: %d answers were errors", f.Name, f.Errors)
			}
		}
	}
	colds, err := cold(ctx, app, c.Events)
	if err != nil {
		return err
	}
	var attacked []hostileFigure
	if c.Hostile > 0 {
		if attacked, err = hostile(ctx, app, ours, c.Hostile); err != nil {
			return err
		}
	}
	if s.JSON {
		err := s.writeJSON(struct {
			Served  []figure        `json:"served"`
			Cold    []coldFigure    `json:"cold"`
			Hostile []hostileFigure `json:"hostile,omitempty"`
		}{list, colds, attacked})
		return cmp.Or(err, c.gate(attacked))
	}
	fmt.Fprintf(s.out, "\n%-18s %10s %16s %14s\n", "生成一份 cold feed", "cpu ms", "allocs/event", "events/s")
	for _, f := range colds {
		fmt.Fprintf(s.out, "%-20s %10.3f %16.1f %14.0f\n", f.Name, f.CPU, f.Allocs, f.PerSecond)
	}
	if len(attacked) > 0 {
		fmt.Fprintf(s.out, "\n%-22s %6s %10s %10s %10s %10s\n", "恶意请求 hostile", "status", "p99 ms", "cpu ms", "heap MB", "answer KB")
	}
	for _, f := range attacked {
		fmt.Fprintf(s.out, "%-26s %6d %10.2f %10.2f %10.2f %10d\n", f.Name, f.Status, f.P99, f.CPU, f.Taken, f.Answer)
	}
	return c.gate(attacked)
}

// gate fails if it is to and a hostile request went beyond the targets.
func (c *feedsCmd) gate(list []hostileFigure) error {
	for _, f := range list {
		if c.Gate && f.over() {
			took := fmt.Sprintf("%s: %.1f ms (p99), %.1f MB; ", f.Name, f.P99, f.Taken)
			return planner.Fail(planner.Conflict, took+fmt.Sprintf("应不超过 %d 毫秒、%d MB。", hostileMost, hostileMemory), took+fmt.Sprintf("want at most %d ms and %d MB.", hostileMost, hostileMemory))
		}
	}
	return nil
}

func orDash(v float64) string {
	if v == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f", v)
}

func dash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

const benchPropfind = `<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop><D:getetag/><D:getcontenttype/><D:resourcetype/></D:prop></D:propfind>`

var feedLoads = []load{
	{Name: "304", bare: true, url: func(s calServer) string { return s.Base + s.Feed }},
	{Name: "200 gzip", bare: true, url: func(s calServer) string { return s.Base + s.Feed }},
	{Name: "200 plain", url: func(s calServer) string { return s.Base + s.Feed }},
	{Name: "GET collection", theirs: true, url: func(s calServer) string { return s.Base + s.Home }},
	{Name: "PROPFIND depth 1", theirs: true, url: func(s calServer) string { return s.Base + s.Home }},
	{Name: "multiget", theirs: true, url: func(s calServer) string { return s.Base + s.Home }},
}

// serveCounty serves one leader's days over a database of its own, on a port of this process.
func serveCounty(ctx context.Context, dir string, n int) (app *pipeline.App, s calServer, objects map[string][]byte, stop func(), err error) {
	url := "sqlite:" + filepath.Join(dir, "bench.db")
	if _, err = store.Migrate(ctx, url); err != nil {
		return nil, s, nil, nil, err
	}
	db, err := store.Open(ctx, store.Options{URL: url, Keys: store.TestKeyring(1)})
	if err != nil {
		return nil, s, nil, nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, s, nil, nil, err
	}
	s.Base, s.ours = "http://"+l.Addr().String(), true
	app = &pipeline.App{DB: db, Now: time.Now, Zone: time.FixedZone("CST", 8*3600), NewID: planner.SeededIDs(1, "bench"), Host: "lianxin.example", BaseURL: s.Base,
		Office: pipeline.Office{County: "义马市", Name: "义马市信访局", Hall: "义马市群众来访接待中心", Mail: "rili@lianxin.example"}}
	srv := (&web.Server{App: app}).HTTP()
	go srv.Serve(l)
	stop = func() { srv.Close(); db.Close() }
	sys := benchSystem
	acc := planner.Account{ID: "A1", Login: "G0001", Name: "某某", Roles: []planner.Role{planner.RoleLeader}, Cadre: "C1", Lang: "zh"}
	err = db.Write(ctx, sys, store.Op{Name: "bench", Now: time.Now()}, func(tx *store.Tx) error {
		for _, put := range []func() error{
			func() error { return tx.PutAreas(benchAreas) },
			func() error { return tx.PutUnits(benchUnits) },
			func() error { return tx.PutCadres(benchCadres) },
			func() error { return tx.PutAccounts([]planner.Account{acc}) },
			func() error { return tx.PutEvents(benchEvents(app, n)) },
		} {
			if err := put(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, s, nil, stop, err
	}
	if err := app.EnsureFeedTokens(ctx); err != nil {
		return nil, s, nil, stop, err
	}
	feedURL, _, _, err := app.FeedURL(ctx, acc.Principal(), "C1")
	if err != nil {
		return nil, s, nil, stop, err
	}
	secret, err := app.AddAppPassword(ctx, acc.Principal(), acc.ID, "bench")
	if err != nil {
		return nil, s, nil, stop, err
	}
	s.Feed, s.Home, s.Auth = strings.TrimPrefix(feedURL, s.Base), "/dav/calendars/A1/cadre-C1/", basic(acc.Login, secret)
	c, err := app.DavCollection(ctx, acc.Principal(), "cadre-C1")
	if err != nil {
		return nil, s, nil, stop, err
	}
	objects = map[string][]byte{}
	for _, o := range c.Objects {
		objects[o.Name] = o.Data
		s.objs = append(s.objs, s.Home+o.Name)
	}
	if len(objects) != n {
		return nil, s, nil, stop, fmt.Errorf("got %d events, want %d", len(objects), n)
	}
	return app, s, objects, stop, nil
}

// The county of the benchmark: one leader.
var (
	benchSystem = planner.System("bench")
	benchAreas  = []planner.Area{{Code: "411281", Name: "义马市", Level: planner.LevelCounty}}
	benchUnits  = []planner.Unit{{ID: "U1", Code: "D01", Name: "市政府", Network: planner.NetworkBureau, Area: "411281"}}
	benchCadres = []planner.Cadre{{ID: "C1", Code: "G0001", Name: "某某", Unit: "U1", Title: "市长", Rank: planner.RankLeader, Head: true, Portfolio: []string{"全面工作"}, Active: true}}
)

// benchSource is what the database holds, without the database.
func benchSource(app *pipeline.App, n int) feed.Source {
	return feed.Source{Host: app.Host, BaseURL: app.BaseURL, County: app.Office.County, Office: app.Office.Name, Mail: app.Office.Mail, Hall: app.Office.Hall,
		Zone: app.Zone, Today: app.Today(), Areas: benchAreas, Units: benchUnits, Cadres: benchCadres, Events: benchEvents(app, n)}
}

// benchEvents is a leader's slots, one a day from today on.
func benchEvents(app *pipeline.App, n int) (es []planner.Event) {
	now := app.Now()
	for i := range n {
		on, id := app.Today().AddDays(i), app.NewID()
		es = append(es, planner.Event{ID: planner.EventID(id), Key: fmt.Sprintf("rcp/%s/C1", on), UID: id + "@" + app.Host, Kind: planner.EventReception, On: on,
			From: civil.MustClock("08:30"), Until: civil.MustClock("11:30"), NominalOn: on, Cadre: "C1", Status: planner.StatusConfirmed, Digest: strings.Repeat("0", 64), CreatedAt: now, ChangedAt: now})
	}
	return es
}
