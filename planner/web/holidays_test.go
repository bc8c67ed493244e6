package web

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
)

func litHolidays() holidaysPage {
	return holidaysPage{File: `{"year":2027}`, HolidayDesk: pipeline.HolidayDesk{May: true, Years: []pipeline.HolidayYear{{Year: 2026, Status: "official", Source: "embedded", Papers: []string{"国办发明电〔2025〕7号"}, DaysOff: 33, Makeups: 6}, {Year: 2027, Status: "provisional", Source: "imported", DaysOff: 29, Makeups: 5}},
		Form: pipeline.HolidayForm{Year: 2027, Provisional: true, Lines: []pipeline.HolidayRow{{Name: "元旦", From: day("2027-01-01"), Until: day("2027-01-03")}, {Name: "春节", From: day("2027-02-05"), Until: day("2027-02-11"), Worked: []civil.Date{day("2027-02-14")}}, {Name: "清明节"}}}},
		Change: &pipeline.HolidayChange{Year: 2027, Was: "unpublished", Now: "official", Stamped: 1234, Days: []pipeline.DayChange{{On: day("2027-02-14"), Was: "off", Now: "workday", NowName: "春节"}},
			Events:   []pipeline.EventChange{{Kind: planner.EventMassWorkDay, Title: text("群众工作日", "Mass-work-day"), Nominal: day("2027-02-15"), Was: day("2027-02-15"), Now: day("2027-02-16"), Cadres: 60, Why: text("顺延", "postponed"), Market: true}, {Title: text("领导接访", "Reception"), Was: day("2027-02-08")}},
			Visits:   []pipeline.VisitChange{{Was: day("2027-02-15"), Now: day("2027-02-16"), Visits: 120}},
			Findings: []planner.Finding{{Severity: planner.Warn, Say: text("没有写明通知的文号或网址。", "No number of the notice is given.")}}}}
}

func litLocal() localPage {
	return localPage{May: true, Places: places(), County: "义马市", Code: "411281", Days: []pipeline.AreaDayView{{AreaDay: planner.AreaDay{Area: "411281001", Kind: planner.DayMarket, Rule: "lunar:3,6,9", Name: "西关集", Wish: planner.WishAvoid}, Place: "东一街", Word: text("逢集", "market day"), Say: text("农历逢三、六、九", "lunar days ending in 3, 6, 9")}},
		Message: "没有代码为“4”的区划。"}
}

// A planner types the notice of 2027, sees what moves, confirms, and takes it back; nothing is written before the confirmation.
func TestAPlannerEntersANoticeOnThePage(t *testing.T) {
	town := newTown(t)
	now := day("2026-11-20").At(9*60, shanghai)
	town.Now = func() time.Time { return now }
	srv := httptest.NewServer(town.server.Handler())
	defer srv.Close()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	office := visitor{t, srv.URL, &http.Client{Jar: jar}}
	office.post("/sign-in", "login", "office", "password", townPassword, "next", "/")
	office.want(200, "/calendar?year=2027", "/holidays?year=2027", "/local")
	office.want(200, "/holidays?year=2027", "未公布", "春节", `value="2027-02-05"`)
	state := func() string {
		years, err := town.Holidays(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, y := range years {
			if y.Year == 2027 {
				return y.Status + " " + y.Source
			}
		}
		return ""
	}
	typed := []string{"year", "2027", "paper", "测试用通知", "name0", "元旦", "from0", "2027-01-01", "until0", "2027-01-03", "name1", "春节", "from1", "2027-02-05", "until1", "2027-02-11", "worked1", "2027-02-14",
		"name2", "清明节", "from2", "2027-04-05", "name3", "劳动节", "from3", "2027-05-01", "until3", "2027-05-05", "worked3", "2027-05-15", "also3", "2027-04-25",
		"name4", "端午节", "from4", "2027-06-09", "name5", "中秋节", "from5", "2027-09-15", "name6", "国庆节", "from6", "2027-10-01", "until6", "2027-10-07"}
	status, body := office.post("/holidays", typed...)
	if status != 200 || !strings.Contains(body, "还没有写入") || !strings.Contains(body, "2月14日") || !strings.Contains(body, "群众工作日") {
		t.Fatalf("got status %d, want what moves:\n%.600s", status, body)
	}
	if got := state(); got != "unpublished law" {
		t.Errorf("after looking: got %s, want nothing written", got)
	}
	file := regexp.MustCompile(`name="text" value="([^"]+)"`).FindStringSubmatch(body)
	if file == nil {
		t.Fatal("got no confirmation")
	}
	sure := []string{"year", "2027", "sure", "1", "text", strings.ReplaceAll(file[1], "&#34;", `"`)}
	if _, body = office.post("/holidays", sure...); !strings.Contains(body, "放假安排已更新") {
		t.Errorf("got no word of it:\n%.600s", body)
	}
	if got := state(); got != "official imported" {
		t.Errorf("got %s, want the year official", got)
	}
	if _, body = office.post("/holidays", sure...); !strings.Contains(body, "已经在用") {
		t.Error("twice: got no word that it is in use already")
	}
	if _, body = office.post("/holidays", "year", "2027", "undo", "1"); !strings.Contains(body, "确认撤销") || state() != "official imported" {
		t.Error("undo: got it done unasked, or no question")
	}
	if _, body = office.post("/holidays", "year", "2027", "undo", "1", "sure", "1"); !strings.Contains(body, "放假安排已更新") || state() != "unpublished law" {
		t.Errorf("undo: got %s, want the law alone", state())
	}
	for say, fields := range map[string][]string{"早于第一天": {"year", "2027", "name0", "元旦", "from0", "2027-01-03", "until0", "2027-01-01"}, "不是日期": {"year", "2027", "name0", "元旦", "from0", "soon"},
		"不用导入": {"year", "2027"}, "第1行第1列": {"year", "2027", "text", "x"}, "超过15天": {"year", "2027", "name0", "元旦", "from0", "2027-01-01", "until0", "2027-11-01"}} {
		if status, body := office.post("/holidays", fields...); status != 422 || !strings.Contains(body, say) {
			t.Errorf("%v: got status %d, want 422 and %s", fields, status, say)
		}
	}
	village := town.village(t)
	if _, body := office.post("/local", "area", village, "kind", "market", "rule", "lunar:9,3,6", "name", "西关集", "wish", "avoid"); !strings.Contains(body, "已记下") || !strings.Contains(body, "农历逢三、六、九") {
		t.Errorf("a market: got no word of it:\n%.600s", body)
	}
	if status, body := office.post("/local", "area", village, "kind", "market", "rule", "each monday"); status != 422 || !strings.Contains(body, `value="each monday"`) {
		t.Errorf("a wrong rule: got status %d, want 422 and the rule to correct", status)
	}
	if status, body := office.post("/local", "do", "remove", "area", village, "kind", "market", "rule", "lunar:3,6,9"); status != 200 || strings.Contains(body, "西关集") {
		t.Errorf("removed: got status %d, want it out of the list:\n%.2500s", status, body)
	}
}

// village is the code of the town's first village.
func (town *town) village(t *testing.T) string {
	t.Helper()
	p, err := town.Places(t.Context(), planner.System("test"))
	if err != nil || len(p.Villages) == 0 {
		t.Fatal(err)
	}
	return string(p.Villages[0].Code)
}

func TestOnlyPlannersChangeHolidays(t *testing.T) {
	town := newTown(t)
	srv := httptest.NewServer(town.server.Handler())
	defer srv.Close()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	cadre := visitor{t, srv.URL, &http.Client{Jar: jar}}
	cadre.post("/sign-in", "login", "cadre", "password", townPassword, "next", "/")
	if body := cadre.want(200, "/holidays", "各年状态"); strings.Contains(body, "先看变动") {
		t.Error("a cadre sees the form")
	}
	for _, to := range []string{"/holidays", "/local"} {
		if status, _ := cadre.post(to, "year", "2027", "name0", "元旦", "from0", "2027-01-01", "area", "411281", "kind", "market", "rule", "lunar:3"); status != 403 {
			t.Errorf("%s: got status %d, want 403", to, status)
		}
	}
}
