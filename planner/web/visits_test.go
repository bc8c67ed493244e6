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
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/pipeline"
)

// litSheet is a day with one stop noted on two devices and one to be visited.
func litSheet() pipeline.VisitSheet {
	rec := followup.Merge("V1", []planner.Edit{
		{ID: "a-1", Visit: "V1", Field: planner.FieldOutcome, Value: "done", Clock: 1}, {ID: "b-1", Visit: "V1", Field: planner.FieldOutcome, Value: "not-home", Clock: 1},
		{ID: "a-2", Visit: "V1", Field: "tick/theme.road", Value: "yes", Clock: 2}, {ID: "a-3", Visit: "V1", Field: "promise/1", Value: "errand 2026-02-10 帮问老年公交卡", Clock: 3}})
	return pipeline.VisitSheet{Cadre: "C2", Name: "陈可", Unit: "市水利局", On: day("2026-01-15"), Days: []civil.Date{day("2026-01-15"), day("2026-02-24")},
		Checklist: followup.VisitChecklist(), Stops: []pipeline.VisitStop{
			{Visit: "V1", Stop: 1, State: planner.VisitNotHome, Household: homes[0], Guide: "村委会东边第三户", Companion: "林致远", Record: rec, Open: todo[:1],
				Refused: []pipeline.RefusedEdit{{Edit: planner.Edit{Field: "outcome", Value: "done"}, Say: text("走访日还没到。", "It is too early.")}}},
			{Visit: "V2", Stop: 2, State: planner.VisitPlanned, Household: homes[1], StandsFor: "王芳", Record: followup.Merge("V2", nil)},
		}}
}

func litCoverage() coveragePage {
	return newCoverage(pipeline.Coverage{From: day("2026-01-01"), Until: day("2027-01-01"), Of: 14, Seen: 3, Planned: 9, Apart: 1, Total: 60, Rows: []pipeline.CoverageRow{
		{Village: "付村社区", Code: "281006-0132", Cadre: "陈可", LastOn: day("2026-01-15"), NextOn: day("2026-04-15")},
		{Village: "付村社区", Code: "281006-0133", Cadre: "陈可", NextOn: day("2026-02-24"), Why: planner.VisitNotHome},
		{Village: "付村社区", Code: "281006-0137", Cadre: "陈可", Apart: "muted"}}}, places(), pipeline.CoverageFilter{Offset: 50}, url.Values{})
}

var input = regexp.MustCompile(`<input[^>]*name="([^"]*)"[^>]*>`)

// formOf returns the fields that a browser would send from the form of a visit.
func formOf(t *testing.T, html, action string) url.Values {
	t.Helper()
	at := strings.Index(html, `action="`+action+`"`)
	if at < 0 {
		t.Fatalf("no form to %s", action)
	}
	html = html[at:]
	html = html[:strings.Index(html, "</form>")]
	form := url.Values{}
	for _, m := range input.FindAllStringSubmatch(html, -1) {
		value := ""
		if v := regexp.MustCompile(`value="([^"]*)"`).FindStringSubmatch(m[0]); v != nil {
			value = strings.NewReplacer("&#34;", `"`, "&amp;", "&").Replace(v[1])
		}
		if (strings.Contains(m[0], "radio") || strings.Contains(m[0], "checkbox")) && !strings.Contains(m[0], " checked") {
			continue
		}
		form.Set(m[1], value)
	}
	form.Set("promise-kind/1", "errand")
	return form
}

func TestACadreNotesADayWithoutScript(t *testing.T) {
	town := newTown(t)
	now := day("2026-01-15").At(19*60, shanghai)
	town.Now = func() time.Time { return now }
	srv := httptest.NewServer(town.server.Handler())
	defer srv.Close()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	me := visitor{t, srv.URL, &http.Client{Jar: jar}}
	if status, _ := me.post("/sign-in", "login", "cadre", "password", townPassword, "next", "/"); status != 200 {
		t.Fatalf("got status %d, want to be signed in", status)
	}
	html := me.want(200, "/visits", "2026年1月15日", "当场办好")
	id := regexp.MustCompile(`action="/visits/([^"]+)"`).FindStringSubmatch(html)
	if id == nil {
		t.Fatal("got no stop on the day")
	}
	action := "/visits/" + id[1]
	form := formOf(t, html, action)
	form.Set("outcome", "done")
	form.Set("codes", "21 42")
	form.Set("note/opinions", "路灯坏了")
	form.Set("promise-say/1", "报修路灯")
	form.Set("promise-due/1", "2026-01-25")
	if status, body := me.do("POST", action, form); status != 200 || !strings.Contains(body, "已记下") {
		t.Fatalf("got status %d, want it noted", status)
	}
	html = me.want(200, "/visits?on=2026-01-15", "已走访", "路灯坏了", "报修路灯")
	form = formOf(t, html, action)
	if form.Get("tick/theme.road") != "yes" || form.Get("tick/errands.errand") != "yes" {
		t.Errorf("got %v, want the two codes ticked", form)
	}
	me.want(200, "/tasks", "报修路灯")
	form.Set("note/opinions", "电话 1990000"+"4321")
	form.Set("note/policy", "讲了医保")
	if status, body := me.do("POST", action, form); status != 422 || !strings.Contains(body, "像有手机号") || !strings.Contains(body, "讲了医保") {
		t.Errorf("got status %d, want 422 with the reason and the other words kept", status)
	}
	form.Set("codes", "99")
	if status, body := me.do("POST", action, form); status != 422 || !strings.Contains(body, "没有编号 99") {
		t.Errorf("got status %d, want the unknown code named", status)
	}
	me.want(200, "/visits/paper?on=2026-01-15", "入户走访表", "邻里间的事")
	me.want(422, "/visits?on=yesterday", "请写成")
	me.want(200, "/coverage?missing=1", "走访覆盖")
}
