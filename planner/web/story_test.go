package web

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"lianxin/planner/pipeline"
)

// visitor is a person with a browser's cookies but without its window.
type visitor struct {
	t    *testing.T
	base string
	c    *http.Client
}

func (v visitor) do(method, path string, form url.Values) (int, string) {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := v.c.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func (v visitor) get(path string) (int, string) { v.t.Helper(); return v.do("GET", path, nil) }

func (v visitor) post(path string, pairs ...string) (int, string) {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return v.do("POST", path, form)
}

// want opens a page and fails unless it has the status and says the words.
func (v visitor) want(status int, path string, words ...string) string {
	v.t.Helper()
	got, body := v.get(path)
	if got != status {
		v.t.Errorf("%s: got status %d, want %d", path, got, status)
	}
	for _, w := range words {
		if !strings.Contains(body, w) {
			v.t.Errorf("%s: got no %q, want it", path, w)
		}
	}
	return body
}

func TestThePagesOfATownFromTheFirstVisitToTheHandover(t *testing.T) {
	town := newTown(t)
	srv := httptest.NewServer(town.server.Handler())
	defer srv.Close()
	visit := func() visitor {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		return visitor{t, srv.URL, &http.Client{Jar: jar}}
	}
	signIn := func(login string) visitor {
		v := visit()
		if status, body := v.post("/sign-in", "login", login, "password", townPassword, "next", "/"); status != 200 || strings.Contains(body, `name="password"`) {
			t.Fatalf("%s: got status %d, want to be signed in", login, status)
		}
		return v
	}

	anybody := visit()
	anybody.want(200, "/reception?month=2026-01", "领导干部接待群众来访日程公示", "市委书记", "0398-0000000")
	anybody.want(422, "/reception?month=January", "请写成 2026-01 的样子")
	anybody.want(200, "/about", "投诉建议", "Apache-2.0")
	anybody.want(200, "/healthz", "ok")
	anybody.want(401, "/api/tasks", "请先登录")
	anybody.want(404, "/f/none.ics")
	anybody.want(404, "/f/none")
	if status, body := anybody.post("/sign-in", "login", "office", "password", "wrong password"); status != 422 || !strings.Contains(body, "登录名或密码不对") || !strings.Contains(body, `value="office"`) {
		t.Errorf("a wrong password: got status %d, want 422 with the form and the words kept", status)
	}

	office := signIn("office")
	office.want(200, "/overview", "证明没有更省的安排", "付村")
	office.want(403, "/accounts", "账号由管理员管理")
	office.want(404, "/cadres/nobody")
	office.want(404, "/pairings/nobody")
	office.want(200, "/pairings/H001?not=G0202", "为什么不是", "换成别人？")
	office.want(404, "/pairings/H001?not=nobody", "没有工号")
	office.want(422, "/calendar?year=99999")
	for path, into := range map[string]any{"/api/overview": &pipeline.Overview{}, "/api/pairings": &pipeline.PairingPage{}, "/api/pairings/H001": &pipeline.Explanation{},
		"/api/calendar?year=2026": &pipeline.YearView{}, "/api/cadres/S1": &pipeline.CadreView{}, "/api/tasks": &tasksPage{}, "/api/reminders": &remindersPage{}, "/api/reception?month=2026-01": &pipeline.ScheduleView{}} {
		if err := json.Unmarshal([]byte(office.want(200, path)), into); err != nil {
			t.Errorf("%s: got %v, want the page's view as JSON", path, err)
		}
	}

	cadre := signIn("cadre")
	page := cadre.want(200, "/", "丙一", "下一个群众工作日", "webcal://lianxin.example/f/")
	cadre.want(404, "/cadres/S2") // nobody else's page
	token := regexp.MustCompile(`/f/([a-zA-Z0-9]+)\.ics`).FindStringSubmatch(page)[1]
	anybody.want(200, "/f/"+token+".ics", "BEGIN:VCALENDAR", "TZID:Asia/Shanghai")
	cadre.want(200, "/cadres/S1/calendar.ics", "BEGIN:VCALENDAR")
	cadre.want(200, "/", "来取过的日历软件")
	if _, body := cadre.post("/cadres/S1/rotate"); !strings.Contains(body, "订阅链接已更换") {
		t.Error("rotate: got no word of it, want the page to say so")
	}
	anybody.want(404, "/f/"+token+".ics")
	if status, _ := cadre.post("/tasks/T1", "to", "completed"); status != 200 {
		t.Errorf("task: got status %d, want it done", status)
	}
	if status, _ := cadre.post("/tasks/T1", "to", "ready"); status < 400 {
		t.Errorf("a closed task: got status %d, want it to stay closed", status)
	}

	admin := signIn("admin")
	admin.want(200, "/accounts", "生成邀请单", "秘书（secretary）代办：甲领导")
	_, slips := admin.post("/accounts/invite")
	codes := regexp.MustCompile(`[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}`).FindAllString(slips, -1)
	if len(codes) != 11 { // 13 cadres, two of whom have accounts already
		t.Fatalf("got %d slips, want 11", len(codes))
	}
	newcomer := visit()
	newcomer.want(200, "/invite/"+codes[0], "请设置密码")
	if status, body := newcomer.post("/invite/"+codes[0], "password", townPassword, "again", "another one here"); status != 422 || !strings.Contains(body, "两次输入的密码不一样") {
		t.Errorf("two passwords: got status %d, want 422 in words", status)
	}
	if _, body := newcomer.post("/invite/"+codes[0], "password", townPassword, "again", townPassword); !strings.Contains(body, "放进手机日历") {
		t.Error("accepted invitation: got no page of one's own, want it at once")
	}
	visit().want(404, "/invite/"+codes[0], "用过了")
	if _, body := admin.post("/accounts/hand-on", "from", "cadre", "to", "G0202"); !regexp.MustCompile(`[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}`).MatchString(body) {
		t.Error("hand on: got no slip for the successor, want one")
	}
	if _, body := cadre.get("/tasks"); !strings.Contains(body, `name="password"`) {
		t.Error("after the handover: got a page with the old session, want the sign-in page")
	}
	if _, body := admin.post("/sign-out"); !strings.Contains(body, `name="password"`) {
		t.Error("sign out: got no sign-in page, want it")
	}
	if _, body := admin.get("/accounts"); !strings.Contains(body, `name="password"`) {
		t.Error("after signing out: got the accounts, want the sign-in page")
	}
}
