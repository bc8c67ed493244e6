package web

import (
	"archive/zip"
	"bytes"
	"net/http/httptest"
	"strings"
	"testing"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
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
