package web

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
)

func litDuty() dutyPage {
	d := pipeline.DutyDay{On: day("2026-01-07"), Cadre: "L1", Leader: "甲某某", Deputy: "乙某某", Theme: text("土地", "land"), Mine: true}
	o := pipeline.DutyDay{On: day("2026-01-08"), Cadre: "L2", Leader: "乙某某", Deputy: "甲某某"}
	return dutyPage{Days: []pipeline.DutyDay{d, o}, Mine: []pipeline.DutyDay{d}, Others: []pipeline.DutyDay{o}, Swaps: []pipeline.SwapView{{
		Swap: planner.Swap{ID: "W1", Kind: planner.SwapWish, On: d.On, OtherOn: o.On, Giver: "L1", Taker: "L2", State: planner.SwapAsked}, GiverName: "甲某某", TakerName: "乙某某",
		Why: text("工作调整", "change of duties"), May: []string{"accept", "decline"}}}}
}

func litItem() pipeline.ItemView {
	return pipeline.ItemView{AgendaItem: planner.AgendaItem{ID: "I1", Event: "E1", Place: 1, Title: "水渠漏水", Outcome: planner.OutcomeTask, Decision: "两周内修好", Task: "T1"},
		On: day("2026-01-16"), Owner: "庚科（市水利局）", DueOn: day("2026-02-02"), State: planner.TaskReady, Late: true}
}

func litBrief() pipeline.SlotBrief {
	return pipeline.SlotBrief{On: day("2026-01-07"), From: 510, Until: 690, Place: "一楼", Leader: "甲某某", Title: "副市长", Portfolio: []string{"教育", "卫生"}, Booked: []pipeline.BriefAppointment{{Seat: 1, About: 510, Subject: "教育", Persons: 2, Name: "王某某", Words: "就近入学"}, {Seat: 2, About: 540, Subject: "卫生", Persons: 1}}, Theme: text("土地", "land"),
		Deputy: "乙某某", Tasks: todo[:2], Decided: []pipeline.ItemView{litItem()}}
}

func litMeeting() meetingPage {
	open := litItem()
	open.Outcome, open.Decision, open.Task, open.State, open.DueOn = "", "", "", "", civil.Date{}
	return meetingPage{Closed: "2026-01-15 18:00", MeetingView: pipeline.MeetingView{Month: "2026-01", MayEdit: true, Event: pipeline.EventView{ID: "E1", On: day("2026-01-16"), From: 540, Until: 660},
		Items: []pipeline.ItemView{litItem(), open}, Earlier: []pipeline.ItemView{litItem()}, Figures: &pipeline.MeetingFigures{OpenTasks: 20, OverdueTasks: 3, ClosedTasks: 12, VisitsAsked: 5000, VisitsDone: 4200}}}
}

func litOccasions() occasionsPage {
	return occasionsPage{MayEdit: true, Kinds: []planner.EventKind{planner.EventHearing}, List: []pipeline.OccasionView{{
		EventView: pipeline.EventView{ID: "E2", Kind: planner.EventSquare, On: day("2026-03-12"), From: 540, Until: 690, Place: "人民广场", Status: planner.StatusConfirmed},
		Occasion:  planner.Occasion{Representatives: 3, DecisionWaits: true}, Subject: text("供热", "heating"), Leader: "甲某某", UnitNames: []string{"市水利局"}, OnTheSpot: 1,
		Items: []planner.AgendaItem{{ID: "I2", Place: 1, Title: "暖气几时来", Outcome: planner.OutcomeOnTheSpot, Decision: "11月15日"}, {ID: "I3", Place: 2, Title: "管道几时换"}}}}}
}

// signedIn is a visitor of a running site who has signed in.
func signedIn(t *testing.T, base, login string) visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := visitor{t, base, &http.Client{Jar: jar}}
	if status, _ := v.post("/sign-in", "login", login, "password", townPassword); status != http.StatusOK {
		t.Fatalf("%s signs in: got %d", login, status)
	}
	return v
}

func TestASwapAMeetingAndAHearingGoThroughThePages(t *testing.T) {
	town := newTown(t)
	srv := httptest.NewServer(town.server.Handler())
	defer srv.Close()
	office, leader, cadre := signedIn(t, srv.URL, "office"), signedIn(t, srv.URL, "leader"), signedIn(t, srv.URL, "cadre")

	days, err := town.DutyDays(t.Context(), planner.System("test"))
	if err != nil {
		t.Fatal(err)
	}
	var mine, other civil.Date
	for _, d := range days[20:] {
		if d.Cadre == "L1" && mine.IsZero() {
			mine = d.On
		} else if d.Cadre == "L2" && other.IsZero() && !mine.IsZero() {
			other = d.On
		}
	}
	leader.want(http.StatusOK, "/duty", "补位领导", "提出调换")
	leader.want(http.StatusOK, "/brief/"+mine.String(), "甲领导接访资料", "A4")
	cadre.want(http.StatusForbidden, "/brief/"+mine.String())
	if status, body := leader.post("/duty/swap", "on", mine.String(), "other", other.String(), "reason", "看病"); status != http.StatusOK || !strings.Contains(body, "等对方同意") {
		t.Fatalf("asking: got %d", status)
	}
	step := regexp.MustCompile(`/duty/swap/[^"]+`)
	body := office.want(http.StatusOK, "/duty", "看病", ">同意<")
	path := step.FindString(strings.ReplaceAll(body, `action="/duty/swap"`, ""))
	if path == "" {
		t.Fatal("the page has no form for the swap")
	}
	if status, _ := cadre.post(path, "step", "accept"); status != http.StatusNotFound {
		t.Errorf("a stranger accepts: got %d", status)
	}
	for _, s := range []string{"accept", "approve"} {
		if status, body := office.post(path, "step", s); status != http.StatusOK {
			t.Fatalf("%s: got %d: %s", s, status, body)
		}
	}
	public := signedIn(t, srv.URL, "cadre").want(http.StatusOK, "/reception?month="+mine.String()[:7], "因工作调整改由乙领导接访")
	if strings.Contains(public, "看病") {
		t.Error("the public page tells the reason")
	}

	office.want(http.StatusOK, "/meeting?month=2026-01", "议程", "列入议程")
	cadre.want(http.StatusForbidden, "/meeting?month=2026-01")
	event := regexp.MustCompile(`name="event" value="([^"]+)"`).FindStringSubmatch(office.want(http.StatusOK, "/meeting?month=2026-01"))
	if status, _ := office.post("/agenda", "month", "2026-01", "event", event[1], "title", "水渠漏水"); status != http.StatusOK {
		t.Fatalf("adding an item: got %d", status)
	}
	item := regexp.MustCompile(`action="(/agenda/[^"]+)"`).FindStringSubmatch(office.want(http.StatusOK, "/meeting?month=2026-01", "水渠漏水"))
	if status, _ := office.post(item[1], "month", "2026-01", "outcome", "task", "words", "修好", "owner", "G0101", "due", "2026-02-10"); status != http.StatusOK {
		t.Fatalf("deciding: got %d", status)
	}
	leader.want(http.StatusOK, "/meeting?month=2026-02", "以前交办的进展", "水渠漏水")

	if status, _ := leader.post("/occasions", "kind", "hearing"); status == http.StatusOK {
		t.Error("a leader sets a hearing")
	}
	form := url.Values{"kind": {"hearing"}, "on": {"2026-03-12"}, "from": {"15:00"}, "until": {"17:00"}, "leader": {"G0003"}, "title": {"三轮车管理"}, "place": {"会议室"}}
	if status, body := office.do("POST", "/occasions", form); status != http.StatusOK || !strings.Contains(body, "听证之前不作决定") {
		t.Fatalf("a hearing: got %d", status)
	}
	if status, _ := office.do("POST", "/occasions", form); status != http.StatusConflict {
		t.Errorf("twice at once: got %d, want 409", status)
	}
	cancel := regexp.MustCompile(`action="(/occasions/[^"]+/cancel)"`).FindStringSubmatch(office.want(http.StatusOK, "/occasions", "三轮车管理"))
	if status, body := office.post(cancel[1]); status != http.StatusOK || !strings.Contains(body, "已取消") {
		t.Errorf("cancelling: got %d", status)
	}
	for _, p := range []string{"/duty", "/meeting", "/occasions", "/brief/" + other.String()} {
		office.want(http.StatusOK, p+"?lang=en")
	}
}
