package web

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
)

func litNotice(l string, slots []pipeline.SlotView) receptionPage {
	v := pipeline.PublicNotice{ScheduleView: pipeline.ScheduleView{Month: "2026-01", Next: "2026-02", County: "义马市", Hall: "义马市群众来访接待中心", Phone: "0398-0000000", Status: planner.StatusConfirmed, Slots: slots},
		FirstOn: day("2025-12-28"), IssuedOn: day("2026-01-05"), Turn: 2, Pending: true, Late: pipeline.LateWords[planner.LateDuty], LateDays: []civil.Date{day("2026-01-06")}}
	p := newReception(l, v, shanghai)
	p.Publish = true
	return p
}

// fullMonth is the longest month that may come: 23 working days, four of them changed and one cancelled.
func fullMonth() (slots []pipeline.SlotView) {
	for d := day("2026-07-01"); len(slots) < 23; d = d.AddDays(1) {
		if w := d.Weekday(); w == 0 || w == 6 {
			continue
		}
		s := pipeline.SlotView{On: d, From: 510, Until: 690, Leader: "欧阳某某", Title: "市委常委、常务副市长", Portfolio: "农业农村、水利、自然资源、住房城乡建设", Place: "义马市群众来访接待中心", BookUntil: d.AddDays(-1).At(17*60, shanghai),
			Head: d.Weekday() == 1}
		if len(slots)%5 == 2 {
			s.Change = text("原定己某某（副市长）接访，因工作调整改由欧阳某某（市委常委、常务副市长）接访（7月3日公布）", "changed")
		}
		s.Cancelled = len(slots) == 12
		slots = append(slots, s)
	}
	return slots
}

func litScreen() pipeline.HallScreen {
	slot := pipeline.SlotView{On: day("2026-01-05"), From: 510, Until: 690, Leader: "甲某某", Title: "市委书记", Portfolio: "全面工作", Place: "义马市群众来访接待中心",
		Change: text("原定己某某接访，因工作调整改由甲某某接访（1月3日公布）", "己某某 was to receive; for a change of duties 甲某某 receives (published on 3 January)")}
	next := slot
	next.On, next.Change = day("2026-01-07"), planner.Text{}
	return pipeline.HallScreen{Days: []pipeline.HallDay{{On: day("2026-01-05"), Slot: &slot}, {On: day("2026-01-06")}}, Next: &pipeline.HallDay{On: day("2026-01-07"), Slot: &next}}
}

func TestANoticeIsPublishedOnceAndSaysWhyItIsLate(t *testing.T) {
	town := newTown(t)
	srv := httptest.NewServer(town.server.Handler())
	defer srv.Close()
	jar, _ := cookiejar.New(nil)
	office, hall := visitor{t, srv.URL, &http.Client{Jar: jar}}, visitor{t, srv.URL, &http.Client{}}
	office.post("/sign-in", "login", "office", "password", townPassword, "next", "/")
	hall.want(200, "/reception?month=2026-02", "未公布稿")
	if _, body := hall.get("/reception?month=2026-02"); strings.Contains(body, "/reception/publish") {
		t.Error("a visitor is offered to publish")
	}
	office.want(200, "/reception?month=2026-02", "各场都提前两天以上")
	if _, body := office.post("/reception/publish", "month", "2026-02"); !strings.Contains(body, "已公布") || !strings.Contains(body, "2026年1月5日") {
		t.Error("in time: got no publication")
	}
	if status, _ := office.post("/reception/publish", "month", "2026-02"); status != 409 {
		t.Errorf("published twice: got %d, want 409", status)
	}
	if status, body := office.post("/reception/publish", "month", "2026-01"); status != 422 || !strings.Contains(body, "提前两天") {
		t.Errorf("late without a reason: got %d, want 422 in words", status)
	}
	if status, _ := office.post("/reception/publish", "month", "2026-01", "late", "he is ill"); status != 422 {
		t.Errorf("late with a reason of one's own: got %d, want 422", status)
	}
	if _, body := office.post("/reception/publish", "month", "2026-01", "late", "first"); !strings.Contains(body, "首次启用") {
		t.Error("late with a reason: got none on the notice")
	}
	for _, c := range []struct{ path, kind, want string }{{"/reception/notice.txt?month=2026-01", "text/plain; charset=utf-8", "接待范围："}, {"/reception/notice.xlsx?month=2026-01", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "PK"}} {
		res, err := hall.c.Get(srv.URL + c.path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != 200 || res.Header.Get("Content-Type") != c.kind {
			t.Errorf("%s: got %d of %s", c.path, res.StatusCode, res.Header.Get("Content-Type"))
		}
		hall.want(200, c.path, c.want)
	}
	page := hall.want(200, "/reception/screen", `http-equiv="refresh"`, "今天", "明天")
	for what, body := range map[string]string{"screen": page, "text": hall.want(200, "/reception/notice.txt?month=2026-01", "预约截止", "0398-0000000"), "page": hall.want(200, "/reception?month=2026-01", "首次启用")} {
		if m := regexp.MustCompile(`1[3-9]\d{9}|<script`).FindString(body); m != "" {
			t.Errorf("%s: got %q, want neither a mobile number nor a script", what, m)
		}
	}
}

// The poster takes one page of A4 and the screen takes a screen: both without scrolling, both kept as pictures.
func TestPosterAndScreenInARealBrowser(t *testing.T) {
	town := newTown(t)
	if _, err := town.PublishNotice(t.Context(), planner.System("test"), "2026-01", planner.LateFirst); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(town.server.Handler())
	defer srv.Close()
	b := newBrowser(t, srv.URL)
	page, err := town.server.NoticePage(t.Context(), "zh", "2026-01")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "notice.html")
	if err := os.WriteFile(file, page, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, address := range map[string]string{"poster-page": srv.URL + "/reception?lang=zh&month=2026-01", "poster-file": "file://" + file} {
		b.base = strings.SplitAfter(address, "://")[0]
		var pdf []byte
		b.run(chromedp.Navigate(address), chromedp.ActionFunc(func(ctx context.Context) (err error) {
			pdf, _, err = cdppage.PrintToPDF().WithPreferCSSPageSize(true).WithPrintBackground(true).Do(ctx)
			return err
		}))
		if got := len(regexp.MustCompile(`/Type /Page\b`).FindAll(pdf, -1)); got != 1 {
			t.Errorf("%s: got %d pages, want 1", name, got)
		}
		if err := os.WriteFile(filepath.Join(b.shots, name+".pdf"), pdf, 0o644); err != nil {
			t.Fatal(err)
		}
		b.quiet(name)
	}
	b.base = srv.URL
	full := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/static/") {
			town.server.Handler().ServeHTTP(w, r)
			return
		}
		_, _ = w.Write([]byte(show(t, "zh", "reception", litNotice("zh", fullMonth()))))
	}))
	defer full.Close()
	b.base = full.URL
	var pdf []byte
	b.run(chromedp.Navigate(full.URL+"/reception"), chromedp.ActionFunc(func(ctx context.Context) (err error) {
		pdf, _, err = cdppage.PrintToPDF().WithPreferCSSPageSize(true).WithPrintBackground(true).Do(ctx)
		return err
	}))
	if got := len(regexp.MustCompile(`/Type /Page\b`).FindAll(pdf, -1)); got != 1 {
		t.Errorf("a month of 23 days with four changes: got %d pages, want 1", got)
	}
	if err := os.WriteFile(filepath.Join(b.shots, "poster-full.pdf"), pdf, 0o644); err != nil {
		t.Fatal(err)
	}
	b.base = srv.URL
	for _, size := range [][2]int64{{1920, 1080}, {1366, 768}} {
		b.run(emulation.SetDeviceMetricsOverride(size[0], size[1], 1, false))
		text := b.look("/reception/screen?lang=zh", "screen-"+map[int64]string{1920: "large", 1366: "small"}[size[0]])
		var scrolls bool
		b.run(chromedp.Evaluate(`document.documentElement.scrollHeight > window.innerHeight || document.documentElement.scrollWidth > window.innerWidth`, &scrolls))
		if scrolls || !strings.Contains(text, "今天") {
			t.Errorf("%v: got a screen that scrolls (%v), want all on one", size, scrolls)
		}
	}
}
