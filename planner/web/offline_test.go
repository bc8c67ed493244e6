package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
)

func litUpload() uploadPage {
	p, err := newUpload([]pipeline.Receipt{{ID: "a-1", Taken: true}, {ID: "a-2", Refused: planner.Text{ZH: "走访日还没到。", EN: "It is too early."}}})
	if err != nil {
		panic(err)
	}
	return p
}

// field is a server on an address that stays, so that it can go away and come back.
type field struct {
	*town
	t       *testing.T
	b       *browser
	address string
	slow    int // bytes a second; 0 for as fast as it goes
	srv     *httptest.Server
}

// newField is a town on the evening of a visiting day, with a telephone signed in as the cadre S1 whose clock says the same.
func newField(t *testing.T) *field {
	f := &field{town: newTown(t), t: t}
	now := day("2026-01-15").At(19*60, shanghai)
	f.Now = func() time.Time { return now }
	f.up(nil)
	t.Cleanup(f.down)
	f.b = newBrowser(t, "http://"+f.address)
	f.b.run(emulation.SetDeviceMetricsOverride(390, 844, 2, true), emulation.SetTimezoneOverride("Asia/Shanghai"))
	f.clock(now)
	f.b.signIn("cadre")
	return f
}

// clock sets the telephone's clock for pages opened from now on.
func (f *field) clock(now time.Time) {
	script := fmt.Sprintf(`{ const Real = Date, shift = %d - Real.now(); Date = class extends Real { constructor(...a) { if (a.length) super(...a); else super(Real.now() + shift); } static now() { return Real.now() + shift; } }; }`, now.UnixMilli())
	f.b.run(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := cdppage.AddScriptToEvaluateOnNewDocument(script).Do(ctx)
		return err
	}))
}

// up starts the server, behind wrap if there is one.
func (f *field) up(wrap func(http.Handler) http.Handler) {
	f.t.Helper()
	address := f.address
	if address == "" {
		address = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		f.t.Fatal(err)
	}
	h := f.server.Handler()
	if wrap != nil {
		h = wrap(h)
	}
	f.address = l.Addr().String()
	if f.slow > 0 {
		l = &slowLink{Listener: l, rate: f.slow}
	}
	f.srv = &httptest.Server{Listener: l, Config: &http.Server{Handler: h}}
	f.srv.Start()
}

// down takes the network away.
func (f *field) down() {
	if f.srv != nil {
		f.srv.CloseClientConnections()
		f.srv.Close()
		f.srv = nil
	}
}

// tap taps the button under root that says words.
func (f *field) tap(root, words string) {
	f.t.Helper()
	var ok bool
	f.b.run(chromedp.Evaluate(fmt.Sprintf(`{ const b = [...document.querySelectorAll(%q)].find(b => b.textContent.includes(%q)); if (b) b.click(); !!b; }`, root+" button", words), &ok))
	if !ok {
		f.t.Fatalf("got no button %q in %s", words, root)
	}
}

// write types into a field. It goes by what has the focus and not by a node of the page, as the sheet draws a stop anew when
// an entry has been kept; a word that fell between two drawings is typed again.
func (f *field) write(field, words string) {
	f.t.Helper()
	holds := fmt.Sprintf(`(document.querySelector(%q) || {value: ''}).value.includes(%q)`, field, words)
	for range 20 {
		f.until("a field "+field, fmt.Sprintf(`(() => { const e = document.querySelector(%q); if (e) e.focus(); return e !== null && document.activeElement === e; })()`, field))
		var held bool
		f.b.run(chromedp.KeyEvent(words), chromedp.Sleep(30*time.Millisecond), chromedp.Evaluate(holds, &held))
		if held {
			return
		}
	}
	f.t.Fatalf("%s does not take %q", field, words)
}

// until waits for a condition of the page.
func (f *field) until(what, condition string) {
	f.t.Helper()
	if err := chromedp.Run(f.b.ctx, chromedp.Poll(condition, nil, chromedp.WithPollingTimeout(20*time.Second), chromedp.WithPollingInterval(30*time.Millisecond))); err != nil {
		var text string
		f.b.run(chromedp.Text("body", &text))
		f.t.Fatalf("%s: %v; the page says %s", what, err, text)
	}
}

func (f *field) strip(words string) {
	f.t.Helper()
	f.until("strip "+words, fmt.Sprintf(`document.getElementById('strip').textContent.includes(%q)`, words))
}

func (f *field) shot(name string) {
	f.t.Helper()
	var png []byte
	f.b.run(chromedp.CaptureScreenshot(&png))
	if err := os.WriteFile(filepath.Join(f.b.shots, name+".png"), png, 0o644); err != nil {
		f.t.Fatal(err)
	}
}

// sheet is what the server holds.
func (f *field) sheet() pipeline.VisitSheet {
	f.t.Helper()
	v, err := f.OfflineSheetOf(f.t.Context(), planner.System("test"), "S1", day("2026-01-15"))
	if err != nil {
		f.t.Fatal(err)
	}
	return v
}

const fieldSheet = "/visits/offline?cadre=S1&on=2026-01-15"

func (f *field) open(query string) {
	f.t.Helper()
	f.b.run(chromedp.Navigate("http://" + f.address + fieldSheet + query))
	f.until("shown", `document.documentElement.dataset.shown === '1'`)
}

func TestADayIsNotedWithoutANetwork(t *testing.T) {
	f := newField(t)
	f.open("&lang=en")
	f.shot("offline-en")
	f.open("&lang=zh")
	f.until("the sheet is kept", `Number(document.documentElement.dataset.kept) > 0`)
	f.strip("没有网络也能打开")
	f.b.quiet(fieldSheet)
	before := f.sheet()
	if len(before.Stops) < 2 {
		t.Fatalf("got %d stops, want two at least", len(before.Stops))
	}

	f.down()
	f.tap("#stop .seg", "见到了")
	f.tap("#stop .chips", "听意见")
	f.tap("#stop .part", "道路、出行")
	f.until("ticked", `document.querySelector('#stop .part .on') && document.getElementById('strip').textContent.includes('2 条')`)
	f.write("#stop .part textarea", "电话1990000"+"4321")
	f.until("warned as one types", `[...document.querySelectorAll('#stop .part .alert')].some(a => !a.hidden && a.textContent.includes('不要写手机号'))`)
	f.shot("offline-secret")
	f.b.run(chromedp.Evaluate(`document.querySelector('#stop .part textarea').value = ''`, nil))
	f.write("#stop .part textarea", "路灯坏了")
	f.tap("#stop", "再加一件")
	f.write("#stop .part input[maxlength='100']", "报修路灯")
	f.tap("#stop .part", "记下")
	f.strip("离线中 · 4 条记录将在有网络时自动上传")
	f.shot("offline-zh")
	f.tap("#bar", "去下一户")
	f.until("the second stop", `document.querySelector('#stops .here i').textContent === '2'`)
	f.tap("#stop .seg", "不在家")
	f.strip("5 条")

	f.open("") // reloaded without a network
	f.strip("5 条")
	f.until("what was noted is there", `document.getElementById('stops').textContent.includes('已记') && document.getElementById('stops').textContent.includes('不在家')`)
	if got := f.sheet(); len(got.Edits) != 0 {
		t.Fatalf("got %d edits on the server, want none yet", len(got.Edits))
	}
	// Meanwhile somebody types the same stop in from paper.
	other := planner.Edit{ID: "web-1", Visit: before.Stops[1].Visit, Field: planner.FieldOutcome, Value: "declined", Clock: 1}
	if _, err := f.RecordVisits(t.Context(), planner.System("test"), []planner.Edit{other}); err != nil {
		t.Fatal(err)
	}

	f.up(nil)
	f.strip("记录全部送达")
	f.b.run(chromedp.Evaluate(`document.getElementById('log').open = true`, nil))
	f.until("a receipt for each", `document.querySelectorAll('#entries .entry').length === 5 && document.querySelectorAll('#entries [data-state=taken]').length === 5`)
	f.tap("#stops", before.Stops[1].Household.Code)
	f.until("both sides", `document.querySelector('#stop .alert').textContent.includes('谢绝') && document.querySelector('#stop .alert').textContent.includes('不在家')`)
	f.shot("offline-both")
	after := f.sheet()
	r := after.Stops[0].Record
	if r.Outcome() != planner.VisitDone || !r.Ticked("theme.road") || r.Note("opinions") != "路灯坏了" || len(r.Promises) != 1 || len(after.Stops[0].Open) != len(before.Stops[0].Open)+1 {
		t.Errorf("got the record %+v with open %v, want all that was tapped and a task", r, after.Stops[0].Open)
	}
	if r := after.Stops[1].Record; r.Outcome() != planner.VisitNotHome || len(r.Both[planner.FieldOutcome]) != 1 {
		t.Errorf("got %+v, want the telephone's not-home with the other side beside it", r)
	}
	f.tap("#stop .alert", "谢绝")
	f.until("one side", `!document.querySelector('#stop .alert') && document.querySelectorAll('#entries [data-state=taken]').length === 6`)
	if r := f.sheet().Stops[1].Record; r.Outcome() != planner.VisitDeclined || r.Both != nil {
		t.Errorf("got %+v, want the disagreement ended", r)
	}

	// The session ends: what is noted stays, and goes after the next sign-in.
	f.b.run(network.ClearBrowserCookies())
	f.tap("#stop .seg", "不在家")
	f.strip("登录已过期，1 条记录")
	f.shot("offline-signin")
	var href string
	f.b.run(chromedp.Evaluate(`document.querySelector('#strip a').href`, &href))
	f.b.run(chromedp.Navigate(href), chromedp.SetValue(`input[name=login]`, "cadre"), chromedp.SetValue(`input[name=password]`, townPassword), chromedp.Click(`main button`))
	for at := ""; !strings.HasPrefix(at, f.b.base+offlinePath); time.Sleep(20 * time.Millisecond) {
		f.b.run(chromedp.Location(&at)) // sign-in leads back to the sheet
	}
	f.strip("记录全部送达")
	if r := f.sheet().Stops[1].Record; r.Outcome() != planner.VisitNotHome {
		t.Errorf("got %s, want the last tap", r.Outcome())
	}
}

func TestASheetOpenedAsAFileLeavesByExportAndUpload(t *testing.T) {
	f := newField(t)
	me := signedIn(t, "http://"+f.address, "cadre")
	_, html := me.get(fieldSheet + "&file=1")
	path := filepath.Join(t.TempDir(), "sheet.html")
	if err := os.WriteFile(path, []byte(html), 0o600); err != nil {
		t.Fatal(err)
	}
	f.b.run(chromedp.Navigate("file://" + path))
	f.until("shown", `document.documentElement.dataset.shown === '1'`)
	f.tap("#stop .seg", "见到了")
	f.strip("1 条记录等着导出")
	f.b.run(chromedp.Reload())
	f.strip("1 条记录等着导出")
	f.tap("#tools", "导出")
	f.shot("offline-file")
	var text string
	f.b.run(chromedp.Value("#copy", &text))
	status, body := upload(t, me, "text", text)
	if status != 200 || !strings.Contains(body, "共 1 条，已送达 1 条") {
		t.Fatalf("got status %d, want one entry taken", status)
	}
	if _, body = upload(t, me, "file", text); !strings.Contains(body, "共 1 条，已送达 1 条") {
		t.Error("got another answer to the same file, want the same receipts")
	}
	if s := f.sheet(); s.Stops[0].State != planner.VisitDone || len(s.Edits) != 1 {
		t.Errorf("got %s with %d edits, want one visit done", s.Stops[0].State, len(s.Edits))
	}
	if status, body = upload(t, me, "text", "你好"); status != 422 || !strings.Contains(body, "不是离线走访表的记录") {
		t.Errorf("got status %d, want a sentence about what to upload", status)
	}
	// The paper prints on one sheet.
	var pdf []byte
	f.b.run(chromedp.Navigate(f.b.base+"/visits/paper?lang=zh&cadre=S1&on=2026-01-15"), chromedp.ActionFunc(func(ctx context.Context) (err error) {
		pdf, _, err = cdppage.PrintToPDF().WithPreferCSSPageSize(true).WithPrintBackground(true).Do(ctx)
		return err
	}))
	if err := os.WriteFile(filepath.Join(f.b.shots, "visit-paper.pdf"), pdf, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := bytes.Count(pdf, []byte("/Type /Page\n")); got != 1 {
		t.Errorf("got %d pages of paper for four households, want one", got)
	}
	// The receipts go back into the file.
	f.b.run(chromedp.Navigate("file://" + path))
	f.until("shown", `document.documentElement.dataset.shown === '1'`)
	var got pipeline.Synced
	got.Receipts = []pipeline.Receipt{}
	var e exported
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		t.Fatal(err)
	}
	back, err := f.RecordVisits(t.Context(), planner.System("test"), e.Edits)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := json.Marshal(pipeline.Synced{Receipts: back.Receipts, Edits: []planner.Edit{}})
	receipts := filepath.Join(t.TempDir(), "receipts.json")
	if err := os.WriteFile(receipts, b, 0o600); err != nil {
		t.Fatal(err)
	}
	f.b.run(chromedp.SetUploadFiles("#receipts", []string{receipts}))
	f.until("delivered", `document.getElementById('log-n').textContent.includes('已送达 1 条')`)
}

func TestTheSheetAloneHasAScriptAndNoContact(t *testing.T) {
	town := newTown(t)
	now := day("2026-01-15").At(19*60, shanghai)
	town.Now = func() time.Time { return now }
	s, err := town.OfflineSheetOf(t.Context(), planner.Principal{Account: "A", Roles: []planner.Role{planner.RoleCadre}, Cadre: "S1"}, "S1", civil.MustDate("2026-01-15"))
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range s.Stops {
		if st.Contact != "" {
			t.Error("got a contact in a sheet that leaves the server")
		}
	}
	srv := httptest.NewServer(town.server.Handler())
	defer srv.Close()
	me := signedIn(t, srv.URL, "cadre")
	resp, err := me.c.Get(srv.URL + fieldSheet)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	csp := resp.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'sha256-", "connect-src 'self'", "frame-ancestors 'none'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("got %q, want %q in it", csp, want)
		}
	}
	if strings.Contains(csp, "unsafe") || strings.Contains(csp, "http:") {
		t.Errorf("got %q, want nothing unsafe", csp)
	}
	post := func(kind, site, body string) int {
		req, _ := http.NewRequest("POST", srv.URL+"/api/visits/sync", strings.NewReader(body))
		req.Header.Set("Content-Type", kind)
		if site != "" {
			req.Header.Set("Sec-Fetch-Site", site)
		}
		resp, err := me.c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	for _, c := range []struct {
		kind, site, body string
		want             int
	}{{"application/json", "", `{"edits":[]}`, 200}, {"text/plain", "", `{"edits":[]}`, 422}, {"application/json", "cross-site", `{"edits":[]}`, 403}, {"application/json", "", `{"edits":[`, 422},
		{"application/json", "", `{"edits":[{"id":"` + strings.Repeat("x", 70<<10) + `"}]}`, 422}} {
		if got := post(c.kind, c.site, c.body); got != c.want {
			t.Errorf("%s from %q with %.30s: got %d, want %d", c.kind, c.site, c.body, got, c.want)
		}
	}
	stranger := visitor{t, srv.URL, &http.Client{}}
	if status, _ := stranger.do("POST", "/api/visits/sync", url.Values{}); status != 401 {
		t.Errorf("got %d for a visitor, want 401", status)
	}
}

// upload sends text as a field or, under the name file, as a file of the form.
func upload(t *testing.T, v visitor, name, text string) (int, string) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	w, err := m.CreateFormField(name)
	if name == "file" {
		w, err = m.CreateFormFile(name, "visits.json")
	}
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write([]byte(text))
	m.Close()
	res, err := v.c.Post(v.base+uploadPath, m.FormDataContentType(), &b)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}
