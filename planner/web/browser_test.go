package web

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"lianxin/planner"
	"lianxin/planner/lang"
)

// browser is one headless Chromium that collects whatever goes to its console.
type browser struct {
	t     *testing.T
	ctx   context.Context
	base  string
	shots string
	mu    sync.Mutex
	said  []string // console errors, failed loads, requests to other hosts
}

// newBrowser starts Chromium; without one the suite fails and says what to install.
func newBrowser(t *testing.T, base string) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Fatal("no Chromium found: install the Debian package chromium")
	}
	profile, err := os.MkdirTemp("", "lianxin-browser-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // runs last; Chromium's helpers write into the profile a moment longer than the browser lives
		for range 50 {
			if err = os.RemoveAll(profile); err == nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		t.Errorf("remove the browser's profile: %v", err)
	})
	opts := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(profile),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-sync", true))
	actx, cancel := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(actx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 8*time.Minute)
	t.Cleanup(cancel)
	b := &browser{t: t, ctx: ctx, base: base, shots: os.Getenv("LIANXIN_SHOTS")}
	if b.shots == "" {
		b.shots = t.TempDir()
	}
	chromedp.ListenTarget(ctx, b.hear)
	b.run(log.Enable(), network.Enable(), emulation.SetDeviceMetricsOverride(1400, 900, 1, false))
	return b
}

// hear notes what must not happen.
func (b *browser) hear(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := ev.(type) {
	case *runtime.EventExceptionThrown:
		b.said = append(b.said, "exception: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		b.said = append(b.said, "console: "+string(e.Type))
	case *log.EventEntryAdded:
		b.said = append(b.said, fmt.Sprintf("log %s: %s %s", e.Entry.Level, e.Entry.Text, e.Entry.URL))
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, b.base) && !strings.HasPrefix(e.Request.URL, "data:") && !strings.HasPrefix(e.Request.URL, "about:") {
			b.said = append(b.said, "request to another host: "+e.Request.URL)
		}
	}
}

func (b *browser) run(actions ...chromedp.Action) {
	b.t.Helper()
	if err := chromedp.Run(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// quiet fails if the console said anything since the last time.
func (b *browser) quiet(where string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.said {
		b.t.Errorf("%s: got %q on the console, want silence", where, s)
	}
	b.said = nil
}

// signIn goes through the form as a person does and returns the page arrived at.
func (b *browser) signIn(login string) string {
	b.t.Helper()
	var at string
	b.run(network.ClearBrowserCookies(), chromedp.Navigate(b.base+"/sign-in?lang=zh"), chromedp.SetValue(`input[name=login]`, login), chromedp.SetValue(`input[name=password]`, townPassword),
		chromedp.Click(`main button`), chromedp.WaitVisible(`.who form button`), chromedp.Location(&at))
	b.quiet("sign-in of " + login)
	return strings.TrimPrefix(at, b.base)
}

// look opens a page and returns its text, with a picture of it.
func (b *browser) look(path, picture string) string {
	b.t.Helper()
	var text string
	var png []byte
	b.run(chromedp.Navigate(b.base+path), chromedp.Text("body", &text), chromedp.FullScreenshot(&png, 100))
	if err := os.WriteFile(filepath.Join(b.shots, picture+".png"), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
	b.quiet(path)
	return text
}

// redLines are words that no page may say (domain.md §6.3), in both languages.
var redLines = regexp.MustCompile(`打卡|签到|积分|排名|排行|评分|风险等级|黑名单|重点人员|稳控|缠访|轨迹|定位|身份证|银行卡|在线时长|(?i)\b(ranking|leaderboard|risk score|check-in|blacklist|GPS|tracking)\b`)

func TestInARealBrowser(t *testing.T) {
	town := newTown(t)
	holdAnswers(t, town)
	if err := town.PutAreaDays(t.Context(), planner.System("test"), []planner.AreaDay{
		{Area: "411281001001", Kind: planner.DayMarket, Rule: "lunar:3,6,9", Name: "付村集", Wish: planner.WishAvoid},
		{Area: "411281001", Kind: planner.DayFair, Rule: "lunar-date:2-2..2-4", Name: "二月二庙会"},
		{Area: "411281", Kind: planner.DayFarm, Rule: "term:芒种..夏至", Wish: planner.WishAvoid},
		{Area: "411281", Kind: planner.DayNoGo, Rule: "solar-date:6-7..6-10"},
	}, false); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(town.server.Handler())
	defer srv.Close()
	t.Run("each page opens in both languages, in silence", func(t *testing.T) { eachPageInSilence(t, srv.URL) })
	t.Run("the reception notice prints on one sheet of A4", func(t *testing.T) { printsOnA4(t, srv.URL) })
	t.Run("a page fits a phone and a task is done with a tap", func(t *testing.T) { phoneAndTap(t, srv.URL) }) // changes the town, so it comes last
}

func eachPageInSilence(t *testing.T, base string) {
	b := newBrowser(t, base)
	for _, persona := range []struct {
		login, home string
		pages       map[string][2]string // page → what it must say in Chinese and English
	}{
		{"admin", "/overview", map[string][2]string{"/accounts": {"生成邀请单", "Make slips"}, "/overview": {"群众工作总览", "Overview"}}},
		{"office", "/overview", map[string][2]string{"/overview": {"证明没有更省的安排", "it is proved that no arrangement costs less"}, "/pairings": {"付村社区", "Against last year"}, "/pairings?tier=leader-village": {"甲领导", "甲领导"},
			"/pairings/H001": {"换成别人", "Somebody else"}, "/calendar?year=2026": {"放假安排已公布", "holidays official"}, "/calendar?year=2027": {"暂定", "provisional"}, "/calendar/village?year=2026&code=411281001001": {"干部来村的日子", "Days on which cadres come"}, "/holidays?year=2027": {"放假安排", "olidays"}, "/local": {"逢集", "arket"}, "/duty": {"补位", "eput"}, "/meeting?month=2026-01": {"议程", "Agenda"}, "/occasions": {"政务广场", "quare"}, "/cadres/S1": {"丙一", "My households"},
			"/tasks": {"问清灌溉水费标准并回话", "irrigation fee"}, "/reminders?until=2026-01-20": {"看到哪天", "Until"}, "/rules": {"上期由王芳联系", "a change costs acquaintance"}, "/reception?month=2026-01": {"领导干部接待群众来访日程公示", "Public notice"}, "/coverage": {"不按干部排", "nothing by cadre"}, "/about": {"投诉建议", "Complaints"},
			"/channels": {"渠道", "Channel"}, "/overdue": {"逾期事项", "verdue"}, "/reminders/audit": {"核对", "udit"}, "/reminders/ledger": {"提醒", "eminder"}, "/answers": {"邮件服务器没有证明", "Take the answer"}}},
		{"liaison", "/pairings", map[string][2]string{"/pairings": {"示例局", "Why"}}},
		{"secretary", "/cadres/L1", map[string][2]string{"/cadres/L1": {"甲领导", "甲领导"}}},
		{"leader", "/cadres/L1", map[string][2]string{"/cadres/L1": {"订阅", "Subscribe"}}},
		{"cadre", "/cadres/S1", map[string][2]string{"/cadres/S1": {"下一个群众工作日", "Next mass-work-day"}, "/tasks": {"办结", "Done"}, "/cadres/S1/sending": {"免打扰", "uiet"}, "/visits": {"当场办好", "done on the spot"}, "/visits/paper": {"入户走访表", "Sheet of visits"}, "/calendar": {"年历", "Leaders' meeting"}}},
	} {
		if got := b.signIn(persona.login); got != persona.home {
			t.Errorf("%s: got to %q after sign-in, want %q", persona.login, got, persona.home)
		}
		for path, wants := range persona.pages {
			for i, l := range lang.Langs {
				sep := "?"
				if strings.Contains(path, "?") {
					sep = "&"
				}
				text := b.look(path+sep+"lang="+l, persona.login+strings.NewReplacer("/", "-", "?", "-", "=", "-").Replace(path)+"-"+l)
				if !strings.Contains(text, wants[i]) {
					t.Errorf("%s in %s as %s: got no %q, want it on the page", path, l, persona.login, wants[i])
				}
				if m := redLines.FindString(text); m != "" {
					t.Errorf("%s in %s as %s: got %q, want no such word", path, l, persona.login, m)
				}
				if m := regexp.MustCompile(`\[[a-z-]+\.[a-z-]+\]|1[3-9]\d{9}`).FindString(text); m != "" {
					t.Errorf("%s in %s as %s: got %q, want no missing text and no mobile number", path, l, persona.login, m)
				}
			}
		}
	}
}

func phoneAndTap(t *testing.T, base string) {
	b := newBrowser(t, base)
	b.signIn("cadre")
	b.run(emulation.SetDeviceMetricsOverride(390, 844, 2, true))
	narrow := func(login string, paths ...string) {
		t.Helper()
		for _, path := range paths {
			b.look(path, "phone-"+login+strings.NewReplacer("/", "-", "?", "-", "=", "-").Replace(path))
			var wide int // a page that is too wide widens a telephone's window with it, so window.innerWidth is no measure
			b.run(chromedp.Evaluate(`document.documentElement.scrollWidth`, &wide))
			if wide > 390 {
				t.Errorf("%s as %s: got a page %d wide, want a phone's 390", path, login, wide)
			}
			var hidden []string // a table may not hide its columns beside the screen either: its rows fold
			b.run(chromedp.Evaluate(`[...document.querySelectorAll("main .scroll")].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText.slice(0, 40))`, &hidden))
			if len(hidden) > 0 {
				t.Errorf("%s as %s: got %d tables wider than a phone, want none: %q", path, login, len(hidden), hidden)
			}
		}
	}
	narrow("cadre", "/cadres/S1", "/tasks", "/calendar", "/reception?month=2026-01", "/pairings", "/overdue", "/cadres/S1/sending", "/calendar/village")
	b.signIn("office")
	b.run(emulation.SetDeviceMetricsOverride(390, 844, 2, true))
	narrow("office", "/overview", "/pairings", "/pairings/H001", "/rules", "/rules?lang=en", "/local", "/duty", "/meeting?month=2026-01", "/occasions", "/answers", "/holidays?year=2027", "/channels", "/reminders?until=2026-01-20", "/reminders/ledger", "/reminders/audit",
		"/coverage", "/what-if", "/what-if?leave=", "/counter", "/stats", "/ledgers", "/matters", "/leads", "/rights", "/reception?month=2026-01&lang=zh")
	b.signIn("cadre")
	b.run(emulation.SetDeviceMetricsOverride(390, 844, 2, true))
	var flash string
	b.run(chromedp.Navigate(b.base+"/tasks"), chromedp.Click(`button[value=completed]`), chromedp.Text(".flash", &flash))
	if flash != "已记下。" {
		t.Errorf("got %q after the task was done, want 已记下。", flash)
	}
	b.quiet("task done")
}

func printsOnA4(t *testing.T, base string) {
	b := newBrowser(t, base)
	b.signIn("office")
	for name, path := range map[string]string{"reception": "/reception?lang=zh&month=2026-01", "village": "/calendar/village?lang=zh&year=2026&code=411281001001", "year": "/calendar?lang=zh&year=2026"} {
		var pdf []byte
		b.run(chromedp.Navigate(b.base+path), chromedp.ActionFunc(func(ctx context.Context) (err error) {
			pdf, _, err = cdppage.PrintToPDF().WithPreferCSSPageSize(true).WithPrintBackground(true).Do(ctx)
			return err
		}))
		if err := os.WriteFile(filepath.Join(b.shots, name+".pdf"), pdf, 0o644); err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`/MediaBox \[0 0 59[45][.0-9]* 84[12][.0-9]*\]`).Match(pdf) {
			t.Errorf("%s: got %q, want A4 pages", name, regexp.MustCompile(`/MediaBox \[[^]]*\]`).Find(pdf))
		}
		if got := len(regexp.MustCompile(`/Type /Page\b`).FindAll(pdf, -1)); got != 1 {
			t.Errorf("%s: got %d pages, want 1", name, got)
		}
		b.quiet(path)
	}
}
