package web

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"lianxin/planner"
)

// seed notes n ticks in the telephone's store as the sheet would, spread over its stops; days spreads them over so many days.
func (f *field) seed(n, days int) {
	f.t.Helper()
	script := fmt.Sprintf(`(async () => {
		const sheet = JSON.parse(document.getElementById('sheet').textContent), box = await openBox(), items = sheet.sections.flatMap(s => s.items);
		await box.write(d => {
			const known = new Map(), put = [];
			for (let i = 0; i < %d; i++) {
				const day = i %% %d, visit = day ? 'day-' + day + '-' + i %% 5 : sheet.stops[Math.floor(i / %d) %% sheet.stops.length].visit;
				if (!known.has(visit)) known.set(visit, []);
				const list = known.get(visit), field = 'tick/' + items[list.length %% items.length].key;
				const e = newEdit(d, list, visit, field, Math.floor(list.length / items.length) %% 2 ? '' : 'yes');
				list.push(e);
				put.push({...e, cadre: sheet.cadre, on: dayAfter(sheet.on, day), state: 'new'});
			}
			return {put};
		});
	})()`, n, days, days)
	f.b.run(chromedp.Evaluate(script, nil, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
}

// slowLink is a listener whose connections share one line of so many bytes a second, each way, once it is slow.
type slowLink struct {
	net.Listener
	rate int
	in   line
	out  line
}

type line struct {
	mu   sync.Mutex
	free time.Time
}

// carry waits until n bytes have gone over the line.
func (l *line) carry(n, rate int) {
	l.mu.Lock()
	if now := time.Now(); l.free.Before(now) {
		l.free = now
	}
	l.free = l.free.Add(time.Duration(n) * time.Second / time.Duration(rate))
	until := l.free
	l.mu.Unlock()
	time.Sleep(time.Until(until))
}

func (s *slowLink) Accept() (net.Conn, error) {
	c, err := s.Listener.Accept()
	return slowConn{c, s}, err
}

type slowConn struct {
	net.Conn
	link *slowLink
}

func (c slowConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b[:min(len(b), 512)])
	c.link.in.carry(n, c.link.rate)
	return n, err
}

func (c slowConn) Write(b []byte) (n int, err error) {
	for len(b) > 0 && err == nil {
		part := b[:min(len(b), 512)]
		c.link.out.carry(len(part), c.link.rate)
		m, werr := c.Conn.Write(part)
		n, b, err = n+m, b[m:], werr
	}
	return n, err
}

// cutting breaks 30 % of what a device sends: half of that before the server has it, half after, so that the answer is lost.
type cutting struct {
	next                 http.Handler
	mu                   sync.Mutex
	rng                  *rand.Rand
	before, after, whole int
}

func (c *cutting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/api/visits/sync" {
		c.next.ServeHTTP(w, r)
		return
	}
	c.mu.Lock()
	luck := c.rng.IntN(100)
	c.mu.Unlock()
	count := func(n *int) {
		c.mu.Lock()
		*n++
		c.mu.Unlock()
	}
	switch {
	case luck < 15:
		count(&c.before)
		panic(http.ErrAbortHandler)
	case luck < 30:
		c.next.ServeHTTP(httptest.NewRecorder(), r)
		count(&c.after)
		panic(http.ErrAbortHandler)
	}
	count(&c.whole)
	c.next.ServeHTTP(w, r)
}

// TestRecordsCrossASlowLinkThatBreaks sends records over 20 kbit/s where 30 % of the requests break, some after the server
// took them; each arrives exactly once and has its receipt. LIANXIN_OFFLINE=1000 sends so many.
func TestRecordsCrossASlowLinkThatBreaks(t *testing.T) {
	n := 60
	if v := os.Getenv("LIANXIN_OFFLINE"); v != "" {
		var err error
		if n, err = strconv.Atoi(v); err != nil {
			t.Fatal(err)
		}
	}
	f := newField(t)
	f.open("&lang=zh")
	f.until("the sheet is kept", `Number(document.documentElement.dataset.kept) > 0`)
	f.down()
	f.seed(n, 1)
	f.open("")
	f.strip(fmt.Sprintf("%d 条记录", n))

	start := time.Now()
	cut := &cutting{rng: rand.New(rand.NewPCG(7, 7))}
	f.slow = 20_000 / 8
	f.up(func(h http.Handler) http.Handler { cut.next = h; return cut })
	f.b.run(chromedp.Evaluate(`document.getElementById('send').click()`, nil))
	left := fmt.Sprintf(`document.getElementById('log-n').textContent.includes('已送达 %d 条')`, n)
	for done := false; !done; time.Sleep(100 * time.Millisecond) {
		f.b.run(chromedp.Evaluate(left, &done))
		if time.Since(start) > 7*time.Minute {
			t.Fatalf("not through after %s", time.Since(start))
		}
	}
	f.strip("记录全部送达")
	took := time.Since(start)
	got := map[planner.EditID]int{}
	for _, e := range f.sheet().Edits {
		got[e.ID]++
	}
	for id, times := range got {
		if times != 1 {
			t.Errorf("got edit %s %d times, want once", id, times)
		}
	}
	if len(got) != n {
		t.Errorf("got %d edits on the server, want %d", len(got), n)
	}
	if cut.before+cut.after == 0 || cut.whole == 0 {
		t.Errorf("got %d and %d broken of %d, want the link to break", cut.before, cut.after, cut.whole)
	}
	t.Logf("%d records in %s: %d requests through, %d broken before the server, %d after it", n, took.Round(100*time.Millisecond), cut.whole, cut.before, cut.after)
}

// TestThirtyDaysWithoutANetwork holds 2,000 records of thirty days on a telephone, and the sheet opens, notes and lists in a second.
func TestThirtyDaysWithoutANetwork(t *testing.T) {
	f := newField(t)
	f.open("&lang=zh")
	f.until("the sheet is kept", `Number(document.documentElement.dataset.kept) > 0`)
	f.down()
	f.seed(2000, 30)
	best := map[string]float64{}
	measure := func(name, script string) {
		var ms float64
		f.b.run(chromedp.Evaluate(script, &ms, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
		if was, ok := best[name]; !ok || ms < was {
			best[name] = ms
		}
	}
	frames := `const settled = async ok => { while (!ok()) await new Promise(r => setTimeout(r, 1)); await new Promise(r => requestAnimationFrame(() => setTimeout(r))); };`
	for i := range 3 {
		f.open("")
		f.strip(fmt.Sprintf("%d 条记录", 2000+i))
		measure("open", `Promise.resolve(performance.now() && Number(document.documentElement.dataset.shownAt))`)
		measure("note", `(async () => { `+frames+` const from = performance.now(), was = document.getElementById('strip').textContent;
			[...document.querySelectorAll('#stop .seg button')][`+strconv.Itoa(i)+`].click(); await settled(() => document.getElementById('strip').textContent !== was); return performance.now() - from; })()`)
		measure("list", `(async () => { `+frames+` const from = performance.now(); document.getElementById('log').open = true; await settled(() => document.querySelectorAll('#entries .entry').length === 20);
			document.querySelector('#entries .more').click(); await settled(() => document.querySelectorAll('#entries .entry').length === 220); return performance.now() - from; })()`)
	}
	for _, what := range []string{"open", "note", "list"} {
		if ms, ok := best[what]; !ok || ms <= 0 || ms > 1000 {
			t.Errorf("%s: got %.0f ms with 2,000 records, want less than a second", what, ms)
		}
	}
	t.Logf("2,000 records of 30 days: open %.0f ms, note %.0f ms, list %.0f ms", best["open"], best["note"], best["list"])
}

// TestACopiedDeviceAndARefusedEntryLoseNothing: a telephone restored from a copy gives numbers that another has given; it takes new
// ones. What the server does not take stays on the device with the reason.
func TestACopiedDeviceAndARefusedEntryLoseNothing(t *testing.T) {
	f := newField(t)
	f.open("&lang=zh")
	f.until("the sheet is kept", `Number(document.documentElement.dataset.kept) > 0`)
	f.down()
	visit := f.sheet().Stops[0].Visit
	theirs := planner.Edit{ID: "copy-1", Visit: visit, Field: "note/opinions", Value: "原来那台记的", Clock: 1}
	if _, err := f.RecordVisits(t.Context(), planner.System("test"), []planner.Edit{theirs}); err != nil {
		t.Fatal(err)
	}
	ours := []planner.Edit{
		{ID: "copy-1", Visit: visit, Field: planner.FieldOutcome, Value: "done", Clock: 1},
		{ID: "copy-2", Visit: visit, Field: planner.FieldOutcome, Value: "not-home", Clock: 2, Over: []planner.EditID{"copy-1"}},
		{ID: "copy-3", Visit: visit, Field: "promise/1", Value: "errand 2025-01-01 早就过了", Clock: 3},
		{ID: "copy-4", Visit: "elsewhere", Field: planner.FieldOutcome, Value: "done", Clock: 4},
		{ID: "copy-5", Visit: visit, Field: "tick/theme.road", Value: "yes", Clock: 5},
	}
	b, err := json.Marshal(ours)
	if err != nil {
		t.Fatal(err)
	}
	f.b.run(chromedp.Evaluate(`(async () => { const box = await openBox(); await box.write(d => { Object.assign(d, {device: 'copy', count: 5, clock: 5});
		return {put: `+string(b)+`.map(e => ({...e, cadre: 'S1', on: '2026-01-15', state: 'new'}))}; }); })()`, nil, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	f.open("")
	f.up(nil)
	f.strip("2 条没有记下")
	f.strip("另一台设备用了同样的编号")
	f.until("the stop is marked", `document.querySelector('#stops .row').textContent.includes('没有记下')`)
	f.tap("#stops", "281001-0001")
	f.until("the reason is beside the field", `document.getElementById('stop').textContent.includes('早于走访日')`)
	f.shot("offline-refused")
	r := f.sheet().Stops[0].Record
	if r.Outcome() != planner.VisitNotHome || !r.Ticked("theme.road") || r.Note("opinions") != "原来那台记的" || r.Both != nil {
		t.Errorf("got %+v, want the words of both devices and no side lost", r)
	}
	for id := range strings.SplitSeq("copy-2 copy-5", " ") {
		found := false
		for _, e := range f.sheet().Edits {
			found = found || string(e.ID) == id
		}
		if !found {
			t.Errorf("got no %s on the server, want what was not in conflict to keep its number", id)
		}
	}
	f.open("")
	f.tap("#stops", "281001-0001")
	f.until("still there after a reload", `document.getElementById('stop').textContent.includes('早于走访日')`)
}
