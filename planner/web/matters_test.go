package web

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"lianxin/planner"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

var litChoices = pipeline.MatterChoices{Units: []pipeline.Choice{{Value: "U1", Text: "市水利局"}}, Officers: []pipeline.Choice{{Value: "C2", Text: "陈可（市水利局）"}},
	Leaders: []pipeline.Choice{{Value: "L1", Text: "甲某 副市长"}}, Areas: []pipeline.Choice{{Value: "411281001001", Text: "付村社区"}}}

func litRow() pipeline.MatterRow {
	return pipeline.MatterRow{ID: "M1", Number: "2026-0001", National: "XF-TEST-0001", Kind: planner.MatterReception, State: planner.MatterAssigned, Area: "付村社区", Title: "门前排水沟堵塞", Persons: 8, Group: true,
		Unit: "市水利局", Officer: "陈可", Received: day("2026-03-02"), DueOn: day("2026-05-01"), Step: "answer", StepText: text("办结答复", "answer"), Article: text("《信访工作条例》第三十四条", "Regulations on Petition Work (2022), Art. 34"),
		Light: "red", Rung: 1, KindText: text("来访", "reception"), StateText: text("已交办", "assigned"), Outcome: planner.OutcomeSolved, OutcomeText: text("已解决", "solved")}
}

func litMatters() mattersPage {
	rows := []pipeline.MatterRow{litRow()}
	for range 3 * perPage {
		rows = append(rows, litRow())
	}
	return newMatters(rows, true, perPage)
}

func litMatter() matterPage {
	v := pipeline.MatterView{MatterRow: litRow(), Name: "张某某", Story: "雨天水进院子。", Contact: "0398-1234567", Reason: "已疏通", Receiver: "市信访局", Partners: []string{"市住建局"}, Final: true,
		Clocks: []pipeline.ClockView{{Text: text("办结答复", "answer"), DueOn: day("2026-05-01"), ActOn: day("2026-04-30"), Article: text("《信访工作条例》第三十四条", "Art. 34"), Say: text("自受理之日起60日内办结", "settle within 60 days of acceptance"), Light: "red"},
			{Text: text("退回异议", "object"), DueOn: day("2026-03-09"), ActOn: day("2026-03-09"), Article: text("第二十三条", "Art. 23"), Say: text("5个工作日", "5 working days"), Light: "green", Right: true}},
		Acts:  []pipeline.ActView{{On: day("2026-03-02"), Kind: planner.ActAssign, Text: text("交办", "assigned"), Unit: "市水利局", By: "陈可", DueOn: day("2026-05-01"), Number: "信交〔2026〕1号", Say: "请办理"}},
		Steps: []pipeline.StepView{{Text: text("十户调解员", "ten-household mediator"), Days: 3, Working: true, Now: true, DueOn: day("2026-03-10")}, {Text: text("专业律师", "lawyer"), Days: 7}}}
	for k := range actFields {
		v.Can = append(v.Can, pipeline.ActChoice{Kind: k, Text: text("办理", "do it")})
	}
	return newMatter(v, litChoices, true)
}

func litPaper(l string) paperPage {
	return newPaper(l, pipeline.PaperView{Kind: planner.ActSupervise, Number: "信督〔2026〕1号", Matter: "2026-0001", National: "XF-TEST-0001", Source: text("来访", "reception"), Title: "门前排水沟堵塞", Story: "雨天水进院子。",
		Received: day("2026-03-02"), On: day("2026-05-06"), From: "市信访局", To: "市水利局", Officer: "陈可", Say: "请三日内答复", Outcome: text("已解决", "solved"), DueOn: day("2026-05-09"), ObjectBy: day("2026-03-09"),
		AskBy: day("2026-06-01"), Extended: day("2026-04-20"), Answered: day("2026-05-08")}, "市信访局")
}

func litLeads() leadsPage {
	row := pipeline.LeadRow{ID: "P1", Matter: "M1", Number: "2026-0001", Title: "门前排水沟堵塞", Unit: "市水利局", Leader: "甲某", LeaderOf: "副市长", Plan: "先看现场", NextOn: day("2026-03-12"), DueOn: day("2026-04-30"), Late: true,
		ExtendedOn: day("2026-03-20"), Duties: []planner.Duty{{Name: "包掌握情况", DoneOn: day("2026-03-05")}, {Name: "包答复告知"}}}
	closed := row
	closed.ClosedOn = day("2026-05-01")
	filed := closed
	filed.FiledOn = day("2026-05-03")
	return leadsPage{Rows: []pipeline.LeadRow{row, closed, filed}}
}

func litSlip() slipPage {
	return slipPage{Code: "ABCD-EFGH-JKLM-NPQR", Message: "没有这个查询码", View: &pipeline.SlipView{Number: "2026-0001", StateText: text("已办结", "closed"), KindText: text("来信", "letter"), Received: day("2026-03-02"), Unit: "市水利局",
		Steps: []pipeline.ActView{{On: day("2026-03-02"), Text: text("登记", "registered"), Unit: "市水利局"}}, DueOn: day("2026-05-01"), StepText: text("办结答复", "answer"), Article: text("第三十四条", "Art. 34"),
		Outcome: planner.OutcomeSolved, OutcomeText: text("已解决", "solved"), Reason: "已疏通", Opinion: planner.OpinionBasically, OpinionText: text("基本满意", "on the whole satisfied"), MayRate: true, AskBy: day("2026-06-01"), AskWhy: text("第三十五条", "Art. 35")}}
}

// matterTown is the town with a station and a room below the bureau, a clerk at the counter, and a clock that goes on.
func matterTown(t *testing.T) (*town, *time.Time) {
	town := newTown(t)
	now := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	town.App.Now = func() time.Time { return now }
	sys := planner.System("test")
	if err := town.DB.Write(t.Context(), sys, store.Op{Name: "test", Now: now}, func(tx *store.Tx) error {
		if err := tx.PutUnits([]planner.Unit{{ID: "U2", Code: "D02", Name: "东街道工作站", Network: planner.NetworkStation, Area: "411281001", Parent: "D01"},
			{ID: "U3", Code: "D03", Name: "付村工作室", Network: planner.NetworkRoom, Area: "411281001001", Parent: "D02"}}); err != nil {
			return err
		}
		return tx.PutCadres([]planner.Cadre{{ID: "Z1", Code: "G0301", Name: "站甲", Unit: "U2", Rank: planner.RankSection, Active: true}, {ID: "S9", Code: "G0302", Name: "室甲", Unit: "U3", Rank: planner.RankStaff, Active: true}})
	}); err != nil {
		t.Fatal(err)
	}
	for _, a := range []planner.Account{{Login: "clerk", Name: "窗口", Roles: []planner.Role{planner.RoleClerk}, Areas: []planner.AreaCode{"411281"}},
		{Login: "room", Name: "室甲", Roles: []planner.Role{planner.RoleCadre}, Cadre: "S9"}, {Login: "station", Name: "站甲", Roles: []planner.Role{planner.RoleCadre}, Cadre: "Z1"}} {
		if _, err := town.Appoint(t.Context(), sys, a); err != nil {
			t.Fatal(err)
		}
		if err := town.SetPassword(t.Context(), sys, a.Login, townPassword); err != nil {
			t.Fatal(err)
		}
	}
	return town, &now
}

func TestTheStoryOfALetterOnThePages(t *testing.T) {
	town, now := matterTown(t)
	srv := httptest.NewServer(town.server.Handler())
	defer srv.Close()
	visit := func(login string) visitor {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		v := visitor{t, srv.URL, &http.Client{Jar: jar}}
		if login != "" {
			v.post("/sign-in", "login", login, "password", townPassword, "next", "/")
		}
		return v
	}
	at := func(local string) {
		d, err := time.ParseInLocation("2006-01-02 15:04", local, shanghai)
		if err != nil {
			t.Fatal(err)
		}
		*now = d.UTC()
	}
	says := func(v visitor, words string, path string, pairs ...string) string {
		t.Helper()
		_, body := v.post(path, pairs...)
		if !strings.Contains(body, words) {
			t.Errorf("%s %v: got no %q", path, pairs, words)
		}
		return body
	}
	clerk, room, person := visit("clerk"), visit("room"), visit("")

	// 窗口登记一封来信，把回执和查询码交给本人。
	clerk.want(200, "/matters/new", "谁首接、谁负责")
	body := says(clerk, "信访事项登记回执", "/matters", "kind", "letter", "title", "门前排水沟堵塞", "story", "雨天水进院子。", "name", "张三丰", "contact", "0398-1234567", "area", "411281001001", "national", "XF-TEST-0001", "agreed", "1")
	code := regexp.MustCompile(`[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}`).FindString(body)
	page := regexp.MustCompile(`/matters/[A-Z2-7]{26}`).FindString(body)
	if code == "" || page == "" {
		t.Fatalf("got code %q and page %q, want both", code, page)
	}
	clerk.want(200, "/matters", "2026-0001", "XF-TEST-0001", "门前排水沟堵塞", "第二十二条")
	room.want(404, page, "不在您的范围内") // not theirs yet
	person.want(200, "/slip", "查询码")
	says(person, "已登记", "/slip", "code", code)
	says(person, "没有这个查询码", "/slip", "code", "AAAA-BBBB-CCCC-DDDD")
	// 受理，交办。
	says(clerk, "已办好", page+"/accept", "number", "信受〔2026〕1号")
	says(clerk, "付村工作室", page+"/assign", "unit", "U3", "number", "信交〔2026〕1号")
	clerk.want(200, page+"/paper/accept", "受理告知书", "信受〔2026〕1号", "2026年5月1日", "（印章）")
	clerk.want(200, page+"/paper/assign", "交办单", "付村工作室", "异议截止")
	clerk.want(404, page+"/paper/answer", "还没有这种文书")
	// 逾期，提级，督办。
	at("2026-05-06 08:00")
	clerk, room = visit("clerk"), visit("room") // sessions do not live for two months
	if rep, err := town.SweepTasks(t.Context()); err != nil || rep.Climbed == 0 {
		t.Errorf("got %+v, %v; want the ladder climbed", rep, err)
	}
	room.want(200, page, "逾期", "0398-1234567")
	room.want(200, "/tasks", "信访事项2026-0001", page)
	if status, _ := room.post(page+"/supervise", "reason", "x"); status != 403 {
		t.Errorf("the officer supervises the own matter: got status %d, want 403", status)
	}
	says(clerk, "督办", page+"/supervise", "reason", "请三日内答复", "until", "2026-05-09")
	// 答复、办结，由站里回访：不满意，提到站里重办。
	says(room, "已答复", page+"/answer", "reason", "已疏通排水沟。")
	if status, body := room.post(page+"/answer", "reason", "再答复"); status != 409 || !strings.Contains(body, "已答复") {
		t.Errorf("answered twice: got status %d, want 409", status)
	}
	says(room, "已解决", page+"/close", "outcome", "solved", "reason", "排水沟已疏通。")
	if status, _ := room.post(page+"/follow-up", "opinion", "satisfied"); status != 403 {
		t.Errorf("the officer enters satisfaction: got status %d, want 403", status)
	}
	at("2026-05-09 09:00")
	station := visit("station")
	station.want(200, "/tasks", "回访信访事项2026-0001")
	station.post(page+"/follow-up", "opinion", "unsatisfied")
	station.want(200, page, "提级重办", "东街道工作站")
	visit("room").want(404, page)
	// 站里办结；本人凭查询码评价，工作人员不能代评。
	at("2026-06-01 09:00")
	station = visit("station")
	says(station, "已答复", page+"/answer", "reason", "已加装盖板并改道。", "number", "东街信复〔2026〕1号")
	says(station, "已解决", page+"/close", "outcome", "solved", "reason", "试水不再进院。")
	station.want(200, page+"/paper/answer", "信访事项答复意见书", "2026年7月1日前请求复查", "东街信复〔2026〕1号")
	if status, body := station.post("/slip", "code", code, "opinion", "satisfied"); status != 403 || !strings.Contains(body, "不能代评") {
		t.Errorf("rated by somebody signed in: got status %d, want 403", status)
	}
	says(person, "您的评价：满意", "/slip", "code", code, "opinion", "satisfied")
	clerk = visit("clerk")
	body = clerk.want(200, "/api/matters?all=1", `"national_number": "XF-TEST-0001"`, `"number": "2026-0001"`)
	if strings.Contains(body, "张") || strings.Contains(body, "0398-1234567") || strings.Contains(body, "satisfied") {
		t.Error("the list holds a name, a contact or an opinion, want none")
	}
	// The same by JSON.
	if status, body := clerk.raw("/api/matters", `{"kind":"online","title":"路灯不亮","area":"411281001001"}`); status != 200 || !strings.Contains(body, `"number":"2026-0002"`) {
		t.Errorf("register by JSON: got %d %s", status, body)
	}
	if status, body := clerk.raw("/api/matters", `{"kind":"online","idcard":"x"}`); status != 422 {
		t.Errorf("an unknown field: got %d %s, want 422", status, body)
	}
	if status, body := clerk.raw("/api"+page+"/close", `{"outcome":"solved","reason":"x"}`); status != 409 {
		t.Errorf("closed twice: got %d %s, want 409", status, body)
	}
	person.want(401, "/api/matters")
	// 领导包案：看板按下次时间。
	office := visit("office")
	office.post(page+"/lead/new", "leader", "L3", "plan", "看现场", "due_on", "2026-06-30")
	list := office.want(200, "/api/matters", `"number": "2026-0002"`)
	second := regexp.MustCompile(`"id": "([A-Z2-7]{26})"`).FindStringSubmatch(list)[1]
	if status, body := office.post("/matters/"+second+"/lead/new", "leader", "L3", "plan", "先看现场，再定方案", "due_on", "2026-06-30", "next_on", "2026-06-10"); status != 200 || !strings.Contains(body, "丁领导") || !strings.Contains(body, "包跟踪回访") {
		t.Errorf("case lead: got status %d, want the board with the leader and five duties", status)
	}
	if status, body := office.post("/matters/"+second+"/lead/extend", "until", "2026-07-30", "reason", "等汛期"); status != 403 || !strings.Contains(body, "主要负责人") {
		t.Errorf("extended by the planner: got status %d, want 403", status)
	}
}

// raw posts a body of JSON.
func (v visitor) raw(path, body string) (int, string) {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), "POST", v.base+path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
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

func TestMattersInARealBrowser(t *testing.T) {
	town, _ := matterTown(t)
	srv := httptest.NewServer(town.server.Handler())
	defer srv.Close()
	b := newBrowser(t, srv.URL)
	b.signIn("clerk")
	var at string
	b.run(chromedp.Navigate(b.base+"/matters/new"), chromedp.SetValue(`input[name=title]`, "门前排水沟堵塞"), chromedp.SetValue(`textarea[name=story]`, "雨天水进院子。"), chromedp.SetValue(`select[name=area]`, "411281001001"),
		chromedp.Click(`form.card > button.btn`), chromedp.WaitVisible(`.slipcode`), chromedp.Click(`.sheet a.btn`), chromedp.WaitVisible(`details.card`), chromedp.Location(&at))
	b.quiet("register")
	at = strings.TrimPrefix(at, b.base)
	b.run(chromedp.Click(`details:has(form[action$="/accept"]) summary`), chromedp.Click(`form[action$="/accept"] button`), chromedp.WaitVisible(".flash"))
	b.quiet("accept")
	for path, want := range map[string]string{at: "已受理", "/matters": "第三十四条", "/slip": "查询码"} {
		if text := b.look(path, "matters"+strings.ReplaceAll(path, "/", "-")); !strings.Contains(text, want) || redLines.MatchString(text) {
			t.Errorf("%s: got no %q, or a word that no page may say", path, want)
		}
	}
	var pdf []byte
	b.run(chromedp.Navigate(b.base+at+"/paper/accept?lang=zh"), chromedp.ActionFunc(func(ctx context.Context) (err error) {
		pdf, _, err = cdppage.PrintToPDF().WithPreferCSSPageSize(true).WithPrintBackground(true).Do(ctx)
		return err
	}))
	if err := os.WriteFile(filepath.Join(b.shots, "matter-paper.pdf"), pdf, 0o644); err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`/MediaBox \[0 0 59[45][.0-9]* 84[12][.0-9]*\]`).Match(pdf) || len(regexp.MustCompile(`/Type /Page\b`).FindAll(pdf, -1)) != 1 {
		t.Error("the notice of acceptance does not print on one sheet of A4")
	}
	b.quiet("paper")
}
