package web

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"lianxin/planner"
	"lianxin/planner/pipeline"
)

func litMy() myPage {
	return myPage{Code: "ABCD-EFGH-JKLM-NPQR", Looks: []myLook{{"2026年1月4日 周日 20:00", "陈可"}}, Record: &pipeline.MyRecord{Code: "281006-0132", Head: "张某某", Area: "付村社区 第二网格",
		Guide: "村委会东边第三户", Contact: "199****0001", Hours: planner.HoursAny, Consent: planner.ConsentGiven, Needs: []planner.Need{planner.NeedFarming}, MuteUntil: day("2026-06-01"), PerYear: 4,
		Cadre: "陈可（市水利局）", Phone: "0398-0000000", Why: []planner.Text{text("往返路程", "the way there and back")},
		Visits:   []pipeline.MyVisit{{On: day("2026-01-15"), State: planner.VisitDone, Who: "陈可", Notes: []planner.Text{text("道路、出行", "roads")}}},
		Promises: todo[:1], Requests: []planner.Request{{Kind: planner.RequestCorrect, Words: "户主应为李某某", DueOn: day("2026-01-30"), State: "open"}, {Kind: planner.RequestErase, DueOn: day("2026-01-30"), State: "refused", Answer: "请到窗口核对"}}}}
}

func litRights() rightsPage {
	return rightsPage{Issues: true, Places: places(), Desk: pipeline.Desk{Requests: []pipeline.RequestView{{Request: planner.Request{ID: "Q1", Kind: planner.RequestErase, DueOn: day("2026-01-02"), State: "open"}, Code: "281006-0132", Village: "付村社区", Overdue: true}},
		Complaints: []planner.Complaint{{Words: "来得太勤", WrittenOn: day("2026-01-03")}}}}
}

func TestAHouseholdDecidesWithItsCard(t *testing.T) {
	town := newTown(t)
	now := day("2026-01-20").At(9*60, shanghai)
	town.Now = func() time.Time { return now }
	srv := httptest.NewServer(town.server.Handler())
	defer srv.Close()
	visit := func() visitor {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		return visitor{t, srv.URL, &http.Client{Jar: jar}}
	}
	office, home := visit(), visit()
	office.post("/sign-in", "login", "office", "password", townPassword, "next", "/")
	_, printed := office.post("/cards", "household", "281001-0001")
	codes := regexp.MustCompile(`[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}`).FindAllString(printed, -1)
	if len(codes) != 2 {
		t.Fatalf("got codes %v, want two on one card", codes)
	}
	home.want(200, "/my", "查询码")
	if status, body := home.post("/my", "code", "AAAA-BBBB-CCCC-DDDD"); status != 404 || !strings.Contains(body, "没有这个码") {
		t.Errorf("a wrong code: got status %d, want 404 in words", status)
	}
	if status, body := home.post("/my", "code", codes[0]); status != 200 || !strings.Contains(body, "281001-0001") || !strings.Contains(body, "谁看过") {
		t.Errorf("got status %d, want the record", status)
	}
	if _, body := home.post("/my/choose", "code", codes[0], "what", "mute", "days", "90"); !strings.Contains(body, "已办好") || !strings.Contains(body, "现在可以来了") {
		t.Error("mute: got no word of it")
	}
	if status, body := home.post("/my/choose", "code", codes[0], "what", "mute", "days", "9999"); status != 422 || !strings.Contains(body, "最长一年") {
		t.Errorf("too long: got status %d, want 422 in words", status)
	}
	if status, _ := home.do("POST", "/my/choose", url.Values{"code": {codes[0]}, "hours": {"morning"}, "need": {"legal", "care"}, "per-year": {"2"}}); status != 200 {
		t.Errorf("choices: got status %d", status)
	}
	if _, body := home.post("/my/ask", "code", codes[0], "kind", "correct", "words", "户主应为李某某"); !strings.Contains(body, "办理中") {
		t.Error("a request: got no word of it")
	}
	if _, body := home.post("/complain", "code", codes[1], "words", "来得太勤"); !strings.Contains(body, "已收到") {
		t.Error("a complaint: got no word of it")
	}
	page := office.want(200, "/rights", "户主应为李某某", "来得太勤")
	id := regexp.MustCompile(`action="/rights/([^"]+)"`).FindStringSubmatch(page)
	if id == nil {
		t.Fatal("got no request to answer")
	}
	if _, body := office.post("/rights/"+id[1], "do", "done", "answer", "已更正"); !strings.Contains(body, "已答复") {
		t.Error("an answer: got no word of it")
	}
}
