package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"lianxin/planner"
	"lianxin/planner/pipeline"
)

func TestEveryAnswerCarriesTheGuardingHeaders(t *testing.T) {
	s := office()
	s.Secure = true
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/about", nil))
	csp := w.Header().Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "style-src 'self'", "frame-ancestors 'none'", "form-action 'self'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("Content-Security-Policy: got %q, want %q in it", csp, want)
		}
	}
	for _, bad := range []string{"unsafe", "script-src", "http:", "*"} {
		if strings.Contains(csp, bad) {
			t.Errorf("Content-Security-Policy: got %q, want no %q in it", csp, bad)
		}
	}
	for k, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store", "Strict-Transport-Security": "max-age=31536000"} {
		if got := w.Header().Get(k); got != want {
			t.Errorf("%s: got %q, want %q", k, got, want)
		}
	}
}

func TestAVisitorIsSentToSignInAndBack(t *testing.T) {
	h := office().Handler()
	for _, path := range []string{"/overview", "/pairings?tier=leader-village", "/pairings/H1", "/calendar", "/cadres/C1", "/cadres/C1/calendar.ics", "/tasks", "/reminders", "/rules", "/accounts", "/"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if got, want := w.Header().Get("Location"), "/sign-in?next="; w.Code != http.StatusSeeOther || !strings.HasPrefix(got, want) {
			t.Errorf("%s: got status %d to %q, want 303 to %s…", path, w.Code, got, want)
		}
	}
	for _, path := range []string{"/api/overview", "/api/pairings", "/api/accounts", "/api/cadres/C1"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "请先登录") {
			t.Errorf("%s: got status %d and %s, want 401 in words", path, w.Code, w.Body)
		}
	}
}

func TestAFormFromAnotherSiteIsRefusedInWords(t *testing.T) {
	r := httptest.NewRequest("POST", "/sign-in", strings.NewReader("login=a&password=b"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	office().Handler().ServeHTTP(w, r)
	if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "来自别的网站") {
		t.Errorf("got status %d, want 403 with the reason", w.Code)
	}
}

func TestAfterSignInNobodyIsLedElsewhere(t *testing.T) {
	for next, want := range map[string]string{
		"/calendar?year=2026": "/calendar?year=2026", "https://evil.example/": "/", "//evil.example": "/", "/\\evil.example": "/", "": "/", "javascript:alert(1)": "/", "/a\r\nSet-Cookie: x": "/",
	} {
		if got := localNext(next); got != want {
			t.Errorf("next %q: got %q, want %q", next, got, want)
		}
	}
}

func TestStaticFilesKeepForEverUnderTheirHash(t *testing.T) {
	h := office().Handler()
	for path, want := range map[string]int{staticURL("style.css"): 200, "/static/style.css": 200, "/favicon.ico": 200, "/static/none.css": 404, "/nowhere": 404} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != want {
			t.Errorf("%s: got status %d, want %d", path, w.Code, want)
		}
		if strings.Contains(path, "?v=") && !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: got Cache-Control %q, want immutable", path, w.Header().Get("Cache-Control"))
		}
	}
}

func TestTheLanguageComesFromTheAddressThenTheCookieThenTheBrowser(t *testing.T) {
	h := office().Handler()
	ask := func(path, cookie, accept string) (string, *http.Response) {
		r := httptest.NewRequest("GET", path, nil)
		if cookie != "" {
			r.AddCookie(&http.Cookie{Name: langCookie, Value: cookie})
		}
		r.Header.Set("Accept-Language", accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Header().Get("Content-Language"), w.Result()
	}
	for _, c := range []struct{ path, cookie, accept, want string }{
		{"/about", "", "", "zh-Hans"}, {"/about", "", "en-GB", "en"}, {"/about", "zh", "en-GB", "zh-Hans"}, {"/about?lang=en", "zh", "zh", "en"}, {"/about?lang=fr", "", "en", "zh-Hans"},
	} {
		if got, _ := ask(c.path, c.cookie, c.accept); got != c.want {
			t.Errorf("%+v: got %q", c, got)
		}
	}
	if _, res := ask("/about?lang=en", "", ""); len(res.Cookies()) != 1 || res.Cookies()[0].Value != "en" {
		t.Errorf("got cookies %v, want the language kept", res.Cookies())
	}
}

func TestEachKindOfErrorHasItsStatus(t *testing.T) {
	for kind, want := range map[planner.Kind]int{planner.Invalid: 422, planner.NotFound: 404, planner.Conflict: 409, planner.Forbidden: 403, planner.Unavailable: 503, planner.Internal: 500} {
		if got := statusOf(planner.Fail(kind, "一", "one")); got != want {
			t.Errorf("kind %d: got %d, want %d", kind, got, want)
		}
	}
}

func TestTheMenuShowsWhatOneMayOpen(t *testing.T) {
	names := func(p planner.Principal) string {
		var s []string
		for _, n := range navOf(p) {
			s = append(s, n.Name)
		}
		return strings.Join(s, " ")
	}
	for _, c := range []struct {
		p    planner.Principal
		want string
	}{
		{planner.Principal{}, "reception book slip my"},
		{planner.Principal{Account: "A", Roles: []planner.Role{planner.RoleCadre}, Cadre: "C"}, "cadre visits pairings calendar tasks matters ledgers reception"},
		{planner.Principal{Account: "A", Roles: []planner.Role{planner.RoleSecretary}, ActsFor: []planner.CadreID{"L"}}, "acting pairings calendar tasks matters ledgers brief-month stats leads duty meeting occasions reception"},
		{planner.Principal{Account: "A", Roles: []planner.Role{planner.RolePlanner}}, "overview pairings rules coverage rights counter calendar tasks matters ledgers brief-month stats leads duty meeting occasions reminders channels what-if reception"},
		{planner.Principal{Account: "A", Roles: []planner.Role{planner.RoleAdmin}}, "overview pairings rules coverage rights calendar tasks matters ledgers brief-month stats reminders channels reception accounts"},
	} {
		if got := names(c.p); got != c.want {
			t.Errorf("menu of %v: got %q, want %q", c.p.Roles, got, c.want)
		}
	}
}

func TestVillagesOfTheMapNeitherOverlapNorLeaveIt(t *testing.T) {
	many := places().Villages
	for n := range 200 { // a county of many: no labels, smaller circles
		v := pipeline.VillageView{Code: planner.AreaCode("4115" + string(rune('A'+n/26)) + string(rune('A'+n%26))), Name: "王楼村", TownshipCode: planner.AreaCode([]string{"x", "y", "z"}[n/80]), Township: "某镇", Groups: n % 9}
		many = append(many, v)
	}
	for name, vs := range map[string][]pipeline.VillageView{"35 villages": places().Villages, "235 villages": many} {
		m := drawMap(vs)
		var all []mapVillage
		for _, t := range m.Townships {
			all = append(all, t.Villages...)
		}
		if len(all) != len(vs) {
			t.Errorf("%s: got %d on the map, want %d", name, len(all), len(vs))
		}
		for i, a := range all {
			if a.X-a.R < 0 || a.X+a.R > float64(m.Width) || a.Y-a.R < 0 || a.Y+a.R > float64(m.Height) {
				t.Errorf("%s: %s stands at %v,%v outside %d×%d", name, a.Name, a.X, a.Y, m.Width, m.Height)
			}
			for _, b := range all[i+1:] {
				if dx, dy := a.X-b.X, a.Y-b.Y; dx*dx+dy*dy < (a.R+b.R)*(a.R+b.R) {
					t.Errorf("%s: %s and %s overlap", name, a.Code, b.Code)
				}
			}
		}
	}
}

func TestALabelKeepsTheNameAndDropsItsKind(t *testing.T) {
	for name, want := range map[string]string{"民安社区居委会": "民安", "王楼村委会": "王楼", "社区": "社区", "红土坡社区居委会": "红土坡", "五里店办事处中心社区居委会": "五里店办…"} {
		if got := shortName(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
