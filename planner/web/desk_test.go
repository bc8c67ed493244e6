package web

import (
	"html"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"lianxin/planner"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// hidden are the fields that a preview's form carries.
func hidden(body string) (f url.Values) {
	f = url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([a-z]+)" value="([^"]*)">`).FindAllStringSubmatch(body, -1) {
		f.Set(m[1], html.UnescapeString(m[2]))
	}
	return f
}

// paired finds a household and a cadre who does not have it, as the list shows them.
func paired(t *testing.T, app *pipeline.App) (one, other pipeline.PairingRow) {
	t.Helper()
	rows := mustRows(t, app)
	one = rows[0]
	for _, r := range rows {
		if r.Cadre != one.Cadre {
			return one, r
		}
	}
	t.Fatal("everybody has one cadre")
	return one, other
}

func TestWorkOnThePlanIsShownWithItsPriceThenDoneThenTakenBack(t *testing.T) {
	town := newTown(t)
	srv := httptest.NewServer(town.server.Handler())
	defer srv.Close()
	person := func(login string) visitor {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		v := visitor{t, srv.URL, &http.Client{Jar: jar}}
		v.post("/sign-in", "login", login, "password", townPassword, "next", "/")
		return v
	}
	office := person("office")
	one, other := paired(t, town.App)
	door := "/pairings/" + string(one.Household)
	office.want(200, door, `action="/desk"`, "改给别人", "锁定")
	office.want(404, "/desk?op=nonsense")
	office.want(404, "/desk?op=pin&household=nobody")
	office.want(404, "/desk?op=undo")

	// A look changes nothing.
	ask := "/desk?op=move&household=" + url.QueryEscape(one.Code) + "&cadre=" + other.CadreCode
	body := office.want(200, ask, "要换人的户", one.Code, other.CadreName, "确认改给别人")
	form := hidden(body)
	if again := hidden(office.want(200, ask)); again.Encode() != form.Encode() {
		t.Errorf("a look changed the price: %v, then %v", form, again)
	}
	if extra := form.Get("extra") + form.Get("changed"); extra == "00" || form.Get("op") != "move" {
		t.Errorf("the form carries %v", form)
	}
	// At another price nothing is done.
	wrong := url.Values{}
	for k := range form {
		wrong.Set(k, form.Get(k))
	}
	wrong.Set("extra", "-12345")
	if status, body := office.do("POST", "/desk", wrong); status != 409 || !strings.Contains(body, "没有执行") || strings.Contains(body, "确认改给别人") {
		t.Errorf("at another price: status %d, want 409 in words and no button", status)
	}
	wrong.Del("extra")
	if status, _ := office.do("POST", "/desk", wrong); status != 422 {
		t.Errorf("without a price: status %d, want 422", status)
	}
	office.want(404, "/desk?op=undo")
	if status, body := office.do("POST", "/desk", form); status != 200 || !strings.Contains(body, "已办理。") || !strings.Contains(body, other.CadreName) {
		t.Errorf("done: status %d, want the household's page with its new cadre", status)
	}
	office.want(200, door, "取消锁定")
	body = office.want(200, "/desk?op=unpin&household="+url.QueryEscape(one.Code), "确认取消锁定")

	// A rule that stands against it leaves no button.
	cadre, err := town.App.CadreByCode(t.Context(), thePlanner, other.CadreCode)
	if err != nil {
		t.Fatal(err)
	}
	third := one.Code
	for _, r := range mustRows(t, town.App) {
		if r.Cadre != cadre.ID {
			third = r.Code
		}
	}
	recuse(t, town, cadre.ID, third)
	if body := office.want(200, "/desk?op=move&household="+url.QueryEscape(third)+"&cadre="+other.CadreCode, "违反下列规则", "回避"); strings.Contains(body, "确认改给别人") {
		t.Error("a move against a rule has a button")
	}

	// Undo asks first and takes back only what it showed.
	if f := hidden(body); f.Get("op") != "unpin" {
		t.Errorf("unpin carries %v", f)
	}
	body = office.want(200, "/desk?op=undo", "改给别人", "确认撤销上一步")
	f := hidden(body)
	f.Set("step", "another")
	if status, _ := office.do("POST", "/desk", f); status != 409 {
		t.Errorf("undo of another step: status %d, want 409", status)
	}
	office.want(200, "/overview", `value="publish"`, `value="undo"`)
	if status, body := office.do("POST", "/desk", hidden(office.want(200, "/desk?op=review", "征求意见稿"))); status != 200 || !strings.Contains(body, "已办理。") {
		t.Errorf("review: status %d", status)
	}
	publish := hidden(office.want(200, "/desk?op=publish", "重新核验", `name="force"`))
	if status, body := office.do("POST", "/desk", publish); status != 422 || !strings.Contains(body, `role="alert"`) {
		t.Errorf("publishing without a word about those whom nobody reaches: status %d, want 422 with the findings", status)
	}

	for _, login := range []string{"cadre", "admin", "liaison"} {
		v := person(login)
		v.want(403, ask)
		if status, _ := v.do("POST", "/desk", form); status != 403 {
			t.Errorf("%s posts: status %d, want 403", login, status)
		}
		if body := v.want(200, "/pairings"); strings.Contains(body, "/desk") {
			t.Errorf("%s is offered the desk", login)
		}
	}
}

func TestAPlannerMovesAHouseholdAndUndoesItInARealBrowser(t *testing.T) {
	town := newTown(t)
	srv := httptest.NewServer(town.server.Handler())
	defer srv.Close()
	one, other := paired(t, town.App)
	b := newBrowser(t, srv.URL)
	b.signIn("office")
	var shown, flash, at string
	b.run(chromedp.Navigate(b.base+"/pairings/"+string(one.Household)), chromedp.SetValue(`input[name=cadre]`, other.CadreCode), chromedp.Click(`button[value=move]`),
		chromedp.WaitVisible(`form[action="/desk"][method=post]`), chromedp.Text("main", &shown))
	b.quiet("/desk")
	if !strings.Contains(shown, "代价") || !strings.Contains(shown, other.CadreName) || redLines.MatchString(shown) {
		t.Errorf("the preview says %q", shown)
	}
	b.run(chromedp.Click(`form[action="/desk"][method=post] button`), chromedp.Text(".flash", &flash), chromedp.Text("h1", &at))
	if flash != "已办理。" || !strings.Contains(at, other.CadreName) {
		t.Errorf("after the move: %q, %q", flash, at)
	}
	b.run(chromedp.Navigate(b.base+"/overview"), chromedp.Click(`button[value=undo]`), chromedp.WaitVisible(`form[action="/desk"][method=post]`), chromedp.Click(`form[action="/desk"][method=post] button`), chromedp.Text(".flash", &flash))
	if flash != "已办理。" {
		t.Errorf("after the undo: %q", flash)
	}
	b.run(chromedp.Navigate(b.base+"/pairings/"+string(one.Household)), chromedp.Text("h1", &at))
	if !strings.Contains(at, one.CadreName) {
		t.Errorf("undone, but the page says %q; it was %s before", at, one.CadreName)
	}
	b.quiet("undone")
}

var thePlanner = planner.Principal{Account: "p", Name: "经办人", Roles: []planner.Role{planner.RolePlanner}}

func mustRows(t *testing.T, app *pipeline.App) []pipeline.PairingRow {
	t.Helper()
	page, err := app.Pairings(t.Context(), thePlanner, pipeline.PairingFilter{Tier: "cadre-household", Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return page.Rows
}

// recuse stores a recusal as the counter would.
func recuse(t *testing.T, town *town, c planner.CadreID, household string) {
	t.Helper()
	h, err := town.App.HouseholdByCode(t.Context(), thePlanner, household)
	if err != nil {
		t.Fatal(err)
	}
	err = town.App.DB.Write(t.Context(), planner.System("test"), store.Op{Name: "test", Now: town.App.Now()}, func(tx *store.Tx) error {
		return tx.PutRecusals([]planner.Recusal{{Cadre: c, Household: h, Kind: planner.RecusalRequested}})
	})
	if err != nil {
		t.Fatal(err)
	}
}
