package web

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"lianxin/planner"
	"lianxin/planner/pipeline"
)

// litWhatIf is the page with two plans.
func litWhatIf() whatIfPage {
	p := whatIfPage{Codes: "K07", Asked: true, WhatIfReport: pipeline.WhatIfReport{Period: 2026, Plans: []pipeline.WhatIfPlan{
		{Key: "in-force", Say: planner.Text{ZH: "现行方案", EN: "the plan in force"}, Price: 6000, Households: 20, LoadMin: 0, LoadMean: 5, LoadMax: 8, Loads: []int{1, 0, 0, 0, 2, 0, 0, 0, 1}},
		{Key: "replan", Say: planner.Text{ZH: "最少变动", EN: "fewest changes"}, Price: 6600, Changed: 3, Households: 20, LoadMin: 4, LoadMean: 6.7, LoadMax: 8, Loads: []int{0, 0, 0, 0, 1, 0, 0, 0, 2}}}}}
	p.Measures, p.Pictures = drawMeasures("zh", p.Plans), drawLoads(p.Plans)
	return p
}

func TestPicturesOfLoadsShareOneScaleAndStayInside(t *testing.T) {
	p := litWhatIf()
	if len(p.Pictures) != 2 || len(p.Pictures[0].Bars) != 9 {
		t.Fatalf("got %d pictures", len(p.Pictures))
	}
	for _, pic := range p.Pictures {
		for i, b := range pic.Bars {
			if b.X < 0 || b.X+b.W > pictureWide || b.Y < 0 || b.Y+b.H > pictureBase+0.2 || b.X != p.Pictures[0].Bars[i].X {
				t.Errorf("bar %d lies outside or on another scale: %+v", i, b)
			}
		}
	}
}

// Each measure has a bar a plan, from nought and on one scale; the load is a span with its mean inside; equal bars have no least.
func TestMeasuresLayPlansSideBySide(t *testing.T) {
	charts := drawMeasures("zh", litWhatIf().Plans)
	if len(charts) != 4 {
		t.Fatalf("got %d charts, want price, travel, changes and load", len(charts))
	}
	price, travel, changed, load := charts[0].Bars, charts[1].Bars, charts[2].Bars, charts[3].Bars
	if price[1].To != chartBar || price[0].To != round1(6000.0/6600*chartBar) || !price[0].Least || price[1].Least {
		t.Errorf("price: got %+v, want 6000 and 6600 on one scale and the first the least", price)
	}
	if travel[0].Least || travel[1].Least || travel[0].To != 0 {
		t.Errorf("travel: got %+v, want neither of two equal ones the least", travel)
	}
	if changed[0].To != 0 || changed[1].Value != "3" {
		t.Errorf("changes: got %+v, want none and 3", changed)
	}
	plans := litWhatIf().Plans
	plans[0].Unserved = 4
	if b := drawMeasures("zh", plans)[0].Bars; !b[0].None || b[0].Least || b[1].Least || !strings.Contains(b[0].Value, "4") {
		t.Errorf("price of a plan that leaves four out: got %+v, want no bar and the reason", b)
	}
	for i, b := range load {
		if b.From > b.Mean || b.Mean > b.To || b.To > chartBar {
			t.Errorf("load of plan %d: got %+v, want the mean within the span", i, b)
		}
	}
}

func TestHandWorkAsJSONShowsThePriceAndThenDoesIt(t *testing.T) {
	town := newTown(t)
	srv := httptest.NewServer(town.server.Handler())
	defer srv.Close()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := visitor{t, srv.URL, &http.Client{Jar: jar}}
	ask := func(op string, body string, status int, into any) string {
		t.Helper()
		resp, err := v.c.Post(srv.URL+"/api/plan/"+op, "application/json", bytes.NewReader([]byte(body)))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != status {
			t.Errorf("%s %s: got status %d, want %d: %s", op, body, resp.StatusCode, status, b)
		}
		if into != nil {
			if err := json.Unmarshal(b, into); err != nil {
				t.Errorf("%s: %v: %s", op, err, b)
			}
		}
		return string(b)
	}
	ask("pin", "{}", 401, nil)
	v.post("/sign-in", "login", "office", "password", townPassword, "next", "/")
	var page pipeline.PairingPage
	if err := json.Unmarshal([]byte(v.want(200, "/api/pairings?tier=cadre-household")), &page); err != nil {
		t.Fatal(err)
	}
	one := page.Rows[0]
	var other pipeline.PairingRow
	for _, r := range page.Rows {
		if r.Cadre != one.Cadre {
			other = r
		}
	}
	var rep pipeline.HandReport
	ask("move", `{"household":"`+one.Code+`","cadre":"`+other.CadreCode+`"}`, 200, &rep)
	if rep.Done || rep.Extra < 0 || rep.Extra != rep.After-rep.Before || len(rep.Changes) == 0 || rep.Changes[0].Code != one.Code {
		t.Errorf("the preview: %+v", rep)
	}
	price := rep.Extra
	ask("swap", `{"household":"`+one.Code+`","other":"`+other.Code+`"}`, 200, &rep)
	ask("move", `{"household":"`+one.Code+`","cadre":"`+other.CadreCode+`","do":true}`, 200, &rep)
	if !rep.Done || rep.Extra != price {
		t.Errorf("done at %d, shown %d", rep.Extra, price)
	}
	ask("unpin", `{"household":"`+one.Code+`"}`, 200, &rep)
	if rep.Done || rep.Extra != -price {
		t.Errorf("lifting the pin is worth %d, it cost %d", rep.Extra, price)
	}
	var undone pipeline.UndoReport
	ask("undo", `{}`, 200, &undone)
	if undone.Op != "move" {
		t.Errorf("undone %q", undone.Op)
	}
	ask("undo", `{}`, 404, nil)
	ask("replan", `{"leave":["`+one.CadreCode+`"]}`, 200, nil)
	ask("nonsense", `{"household":"`+one.Code+`"}`, 404, nil)
	ask("pin", `{"house":1}`, 422, nil)
	ask("pin", `{"household":"nobody"}`, 404, nil)
	v.want(200, "/what-if", "试算")
	if body := v.want(200, "/what-if?leave="+url.QueryEscape(one.CadreCode), "最少变动", "代价最小", "<svg"); strings.Contains(body, one.CadreName) {
		t.Error("the comparison names a cadre")
	}
}

// A page that computes is answered however long it takes: here the server's limit is over before the handler begins.
func TestAComputingPageOutlastsTheLimitOfAnswers(t *testing.T) {
	town := newTown(t)
	calm := httptest.NewServer(town.server.Handler())
	defer calm.Close()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := visitor{t, calm.URL, &http.Client{Jar: jar}}
	v.post("/sign-in", "login", "office", "password", townPassword, "next", "/")
	hasty := httptest.NewUnstartedServer(town.server.Handler())
	hasty.Config.WriteTimeout = time.Nanosecond
	hasty.Start()
	defer hasty.Close()
	v.base = hasty.URL
	if _, err := v.c.Get(hasty.URL + "/rules"); err == nil {
		t.Fatal("a page that computes nothing was answered after the limit: the test would hold anything")
	}
	v.want(200, "/what-if?leave=", "现行方案照旧")
}
