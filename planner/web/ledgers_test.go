package web

import (
	"archive/zip"
	"bytes"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/report"
)

func litLedgers() ledgersPage {
	l := pipeline.LedgerPage{Ledger: pipeline.Ledgers()[0], From: day("2026-01-01"), Until: day("2026-04-01"), Saved: pipeline.Saved{Visits: 2, Lines: 10, Most: 6}}
	l.Office, l.MadeOn, l.Span = "义马市信访局", day("2026-02-01"), civil.Span{From: l.From, Until: l.Until}
	l.Add("2026-01-15", "陈可", "市水利局", "281006-0132", "张某某", "付村社区 第1网格", "讲政策：医保、养老保险\n听意见：道路、出行", "村口路灯坏了", "帮问老年公交卡（2026-02-10前）")
	return newLedgers(l, pipeline.Places{Villages: []pipeline.VillageView{{Code: "411281001001", Name: "付村社区", Township: "东街道"}}}, "411281001001")
}

func TestLedgersAreSeenAndTakenHome(t *testing.T) {
	town := newTown(t)
	srv := httptest.NewServer(town.server.Handler())
	defer srv.Close()
	office, cadre := signedIn(t, srv.URL, "office"), signedIn(t, srv.URL, "cadre")
	body := office.want(200, "/ledgers", "走访台账", "民情日记", "包案台账", "下载 xlsx")
	if strings.Contains(body, "稳控") {
		t.Error("got a column that was dropped")
	}
	office.want(200, "/ledgers?name=cards&until=2026-06-30", "您可以拒绝或改约")
	office.want(404, "/ledgers?name=nothing", "没有台账")
	office.want(422, "/ledgers?from=2026-05-01&until=2026-04-01", "结束日期")
	office.want(404, "/ledgers/visits.csv")
	book := office.want(200, "/ledgers/cards.xlsx?from=2026-01-01&until=2026-12-31")
	if _, err := zip.NewReader(bytes.NewReader([]byte(book)), int64(len(book))); err != nil {
		t.Errorf("cards.xlsx: got %v, want a workbook", err)
	}
	// A cadre's ledger ends where the cadre's own households end.
	whole, err := town.Ledger(t.Context(), planner.System("test"), pipeline.LedgerWish{Name: "cards"})
	if err != nil {
		t.Fatal(err)
	}
	mine, err := town.Ledger(t.Context(), planner.Principal{Account: "c", Name: "丙一", Roles: []planner.Role{planner.RoleCadre}, Cadre: "S1"}, pipeline.LedgerWish{Name: "cards"})
	if err != nil || len(mine.Rows) == 0 || len(mine.Rows) >= len(whole.Rows) {
		t.Errorf("got %d of %d rows and %v, want the cadre's own", len(mine.Rows), len(whole.Rows), err)
	}
	cadre.want(200, "/ledgers?name=diary", "民情日记")
	if _, err := town.Ledger(t.Context(), planner.Principal{}, pipeline.LedgerWish{Name: "cards"}); planner.KindOf(err) != planner.Forbidden {
		t.Errorf("a visitor: got %v, want it forbidden", err)
	}
}

func litBriefMonth(l string) briefMonthPage {
	cells := func(ns ...int) (cs []report.Cell) {
		for i, n := range ns {
			cs = append(cs, report.Cell{Key: string(rune('a' + i)), Count: report.Count{N: n, Persons: 2 * n}})
		}
		return cs
	}
	two := func(keys []string, ns ...int) (out [2]pipeline.BriefTable) {
		for i := range out {
			out[i].Table = report.Sum(keys, []report.Published{report.Publish(cells(ns...))})
			for _, k := range keys {
				out[i].Names = append(out[i].Names, text("项目"+k, "row "+k))
			}
		}
		return out
	}
	ab, abc := []string{"a", "b"}, []string{"a", "b", "c"}
	return newBriefMonth(l, pipeline.BriefView{Month: "2026-03", From: day("2026-02-16"), Last: day("2026-03-15"), Visits: two(ab, 40, 9), Promises: two(ab, 12, 6), Matters: two(abc, 96, 1924, 3), Closed: two(abc, 90, 1900, 2),
		Opinions: two(abc, 50, 8, 7), Themes: []pipeline.ThemeRow{{Key: "theme.road", Name: text("道路、出行", "roads"), N: 17, Common: true}, {Key: "theme.water", Name: text("饮水、灌溉", "water"), Hidden: true}, {Key: "theme.power", Name: text("用电", "power"), N: 6, Common: true, Task: "市供电公司"}},
		Sections: []pipeline.ThemeRow{{Key: "policy", Name: text("政策法规宣传员", "policy"), N: 31}}, Note: text("不足5的数不单列。", "Counts under five are merged."), Earlier: []string{"2026-02"}, MayEdit: true, Units: []pipeline.Choice{{Value: "U1", Text: "市交通局"}}})
}

func litStats(l string) statsPage {
	t := report.Sum([]string{"a", "b"}, []report.Published{report.Publish([]report.Cell{{Key: "a", Count: report.Count{N: 96, Persons: 672}}, {Key: "b", Count: report.Count{N: 1924, Persons: 6847}}})})
	rate := 952
	return newStats(l, pipeline.Stats{By: "receiver", Months: []string{"2026-01", "2026-02"}, From: day("2025-12-16"), Last: day("2026-02-15"), Registered: t, Closed: t, Opinions: &t, Names: []planner.Text{text("市级领导", "leaders"), text("县市区党政一把手", "heads")},
		Rate: &rate, OpinionsOf: []planner.Text{text("满意", "satisfied"), text("未评价", "not rated")}, Note: text("不足5的数不单列。", "Counts under five are merged.")}, url.Values{"by": {"receiver"}})
}

func TestTheBriefAndTheStatisticsAreSeenAndTakenHome(t *testing.T) {
	town := newTown(t)
	srv := httptest.NewServer(town.server.Handler())
	defer srv.Close()
	office := signedIn(t, srv.URL, "office")
	office.want(404, "/brief-month?month=2026-01", "数据截止后自动生成")
	office.want(404, "/brief-month/2026-01.xlsx")
	later := time.Date(2026, 1, 20, 1, 0, 0, 0, time.UTC)
	town.Now = func() time.Time { return later }
	office, leader, cadre := signedIn(t, srv.URL, "office"), signedIn(t, srv.URL, "leader"), signedIn(t, srv.URL, "cadre")
	leader.want(200, "/brief-month?month=2026-01", "2026年1月", "四员工作", "＜5", "未评价")
	leader.want(200, "/stats?by=month", "合并", "满意度（全县）")
	leader.want(200, "/api/stats?by=area", "\"registered\"")
	leader.want(422, "/stats?by=receiver&area=411281001", "看出是谁")
	cadre.want(403, "/stats")
	cadre.want(403, "/brief-month")
	for _, p := range []string{"/brief-month/2026-01.xlsx", "/stats/stats.xlsx?by=month"} {
		book := leader.want(200, p)
		if _, err := zip.NewReader(strings.NewReader(book), int64(len(book))); err != nil {
			t.Errorf("%s: got %v, want a workbook", p, err)
		}
	}
	if status, _ := office.post("/brief-month/common", "month", "2026-01", "theme", "theme.road", "unit", "U1", "due", "2026-04-01"); status != 422 {
		t.Errorf("a theme that nobody named: got %d, want it refused", status)
	}
}

func TestAChartSaysWhatItShowsAndKeepsWordsAsWords(t *testing.T) {
	svg := string(drawBars([]bar{{"<b>路</b>", 17}, {"水", 5}}))
	for _, want := range []string{"<title>", `role="img"`, "aria-label=", "&lt;b&gt;路", "17"} {
		if !strings.Contains(svg, want) {
			t.Errorf("got no %s in %s", want, svg)
		}
	}
	if strings.Contains(svg, "<b>") || strings.Contains(svg, "<script") {
		t.Errorf("got words as marks in %s", svg)
	}
}
