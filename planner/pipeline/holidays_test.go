package pipeline_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// notice2027 is invented: the statutory days of 2027, Spring Festival to 02-11, and some weekends worked for it, one of them in
// the December before.
func notice2027(t testing.TB) calendar.Notice {
	t.Helper()
	off := map[string][]string{
		"元旦":  {"2027-01-01", "2027-01-02", "2027-01-03"},
		"春节":  {"2027-02-05", "2027-02-06", "2027-02-07", "2027-02-08", "2027-02-09", "2027-02-10", "2027-02-11"},
		"清明节": {"2027-04-03", "2027-04-04", "2027-04-05"}, "劳动节": {"2027-05-01", "2027-05-02", "2027-05-03", "2027-05-04", "2027-05-05"},
		"端午节": {"2027-06-09"}, "中秋节": {"2027-09-15", "2027-09-16", "2027-09-17"}, "国庆节": {"2027-10-01", "2027-10-02", "2027-10-03", "2027-10-04", "2027-10-05", "2027-10-06", "2027-10-07"},
	}
	n := calendar.Notice{Year: 2027, Papers: []string{"测试用通知"}}
	for name, days := range off {
		for _, d := range days {
			n.Days = append(n.Days, calendar.NoticeDay{Name: name, On: civil.MustDate(d), Off: true})
		}
	}
	for d, name := range map[string]string{"2026-12-26": "元旦", "2027-02-14": "春节", "2027-05-15": "劳动节", "2027-09-12": "中秋节", "2027-10-16": "国庆节"} {
		n.Days = append(n.Days, calendar.NoticeDay{Name: name, On: civil.MustDate(d)})
	}
	return n.Sorted()
}

// planOf publishes the town's plan for another year too.
func (w *calendarTown) planOf(year int) {
	p := w.plan
	p.ID, p.Period, p.Valid, p.Pairings = planner.PlanID(fmt.Sprint("plan-", year)), year, civil.YearSpan(year), nil
	for i, x := range w.plan.Pairings {
		x.ID = planner.PairingID(fmt.Sprintf("p%d-%06d", year, i))
		p.Pairings = append(p.Pairings, x)
	}
	w.write(func(tx *store.Tx) error { return tx.PutPlan(p) })
}

var (
	stamps = regexp.MustCompile(`(?m)^(DTSTAMP|LAST-MODIFIED|SEQUENCE)[:;].*\r\n`)
	uidOf  = regexp.MustCompile(`(?m)^UID:(.*)\r\n`)
)

// rendered draws every feed and returns each VEVENT by file and UID, without what an event's revision alone changes.
func (w *calendarTown) rendered() map[string]string {
	w.t.Helper()
	dir := w.t.TempDir()
	if _, err := w.WriteFeeds(w.t.Context(), dir, nil); err != nil {
		w.t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.ics"))
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			w.t.Fatal(err)
		}
		body := strings.ReplaceAll(string(b), "\r\n ", "")
		for _, part := range strings.Split(body, "BEGIN:VEVENT\r\n")[1:] {
			part, _, _ = strings.Cut(part, "END:VEVENT")
			uid := uidOf.FindStringSubmatch(part)[1]
			out[uid+" "+filepath.Base(f)] = stamps.ReplaceAllString(part, "")
		}
	}
	return out
}

func TestANoticeMovesEachEventByOneRevisionAndNoOther(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newCalendarTown(t, url, 3)
		w.planOf(2027)
		w.today("2026-12-01")
		w.lay(2026)
		if rep := w.lay(2027); rep.Status != "unpublished" || rep.Slots == 0 || rep.Visits == 0 {
			t.Fatalf("got %+v, want receptions and visits, tentative", rep)
		}
		before, _ := w.all()
		for key, e := range before {
			if strings.Contains(key, "/2027") && e.Status != planner.StatusTentative {
				t.Errorf("%s: got %s, want tentative", key, e.Status)
			}
		}
		text := w.rendered()

		dry, err := w.ImportHolidays(t.Context(), asPlanner, notice2027(t), true)
		if err != nil {
			t.Fatal(err)
		}
		if now, _ := w.all(); cmp.Diff(before, now) != "" || dry.Done {
			t.Fatal("a look changed the calendar")
		}
		for _, f := range dry.Findings {
			if strings.HasPrefix(f.Code, "notice-") {
				t.Errorf("got %+v of a sound notice", f)
			}
		}
		said := map[string]string{}
		for _, e := range dry.Events {
			if e.Cadres == 0 && e.Kind == planner.EventMassWorkDay {
				said[e.Was.String()] = e.Now.String()
			}
		}
		// May's 15th is worked, so it need not move to the 17th; in September the 16th and 17th are off too, and 18 and 19 a weekend
		if d := cmp.Diff(map[string]string{"2027-05-17": "2027-05-15", "2027-09-16": "2027-09-20"}, said); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}

		w.now = w.now.Add(time.Hour)
		done, err := w.ImportHolidays(t.Context(), asPlanner, notice2027(t), false)
		if err != nil || !done.Done || done.Now != "official" || done.Was != "unpublished" {
			t.Fatalf("got %+v, %v", done, err)
		}
		changed, same := w.oneRevision(before, text)
		if changed == 0 || same == 0 || changed != done.Stamped {
			t.Errorf("got %d changed and %d unchanged events, and %d said to be; want both kinds", changed, same, done.Stamped)
		}
		if again, err := w.ImportHolidays(t.Context(), asPlanner, notice2027(t), false); err != nil || !again.Same || again.Done {
			t.Errorf("again: got %+v, %v, want nothing done", again, err)
		}
		if rep := w.lay(2027); rep.Changed != 0 || rep.Status != "official" {
			t.Errorf("laid again: got %+v, want nothing changed", rep)
		}

		after, _ := w.all()
		text = w.rendered()
		w.now = w.now.Add(time.Hour)
		if _, err := w.UndoHolidays(t.Context(), asPlanner, 2027, false); err != nil {
			t.Fatal(err)
		}
		if changed, _ := w.oneRevision(after, text); changed == 0 {
			t.Error("the undo changed nothing")
		}
		back, _ := w.all()
		for key, e := range before { // all is as it was, but for the revisions; the rota keeps what it gave out, where it still holds
			b := back[key]
			if leader := strings.Contains(key, "/id-L"); !leader && (b.On != e.On || b.Status != e.Status || b.Cadre != e.Cadre) {
				t.Errorf("%s: got %v %s, want %v %s as before", key, b.On, b.Status, e.On, e.Status)
			}
		}
		if _, err := w.UndoHolidays(t.Context(), asPlanner, 2027, false); planner.KindOf(err) != planner.NotFound {
			t.Errorf("a second undo: got %v, want NotFound", err)
		}
	})
}

// oneRevision holds what an event's SEQUENCE says against its rendered bytes.
func (w *calendarTown) oneRevision(before map[string]planner.Event, text map[string]string) (changed, same int) {
	w.t.Helper()
	events, _ := w.all()
	now := w.rendered()
	drawn := map[string]bool{} // by UID: whether any drawing changed
	seen := map[string]bool{}
	for k, old := range text {
		uid, _, _ := strings.Cut(k, " ")
		seen[uid] = true
		drawn[uid] = drawn[uid] || now[k] != old
	}
	for k := range now {
		uid, _, _ := strings.Cut(k, " ")
		if _, ok := text[k]; !ok {
			drawn[uid] = true
		}
	}
	for key, e := range events {
		old, had := before[key]
		switch {
		case !had:
			if e.Sequence != 0 {
				w.t.Errorf("%s is new with SEQUENCE %d", key, e.Sequence)
			}
			changed++
			continue
		case !seen[e.UID]:
			continue // history, outside the window of every feed
		}
		want := old.Sequence
		if drawn[e.UID] {
			want++
			changed++
		} else {
			same++
		}
		if e.Sequence != want {
			w.t.Errorf("%s: got SEQUENCE %d after %d, drawn otherwise: %v", key, e.Sequence, old.Sequence, drawn[e.UID])
		}
	}
	return changed, same
}

func TestANoticeTakenInGoesBeforeTheEmbeddedOneAndIsConfirmedLater(t *testing.T) {
	w := newCalendarTown(t, dbtest.SQLite(t), 1)
	n := notice2027(t)
	n.Provisional = true
	if c, err := w.ImportHolidays(t.Context(), asPlanner, n, false); err != nil || c.Now != "provisional" {
		t.Fatalf("got %+v, %v", c, err)
	}
	state := func() string {
		years, err := w.Holidays(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, y := range years {
			if y.Year == 2027 {
				return fmt.Sprint(y.Status, " ", y.Source, " ", y.Turn, " ", y.DaysOff, " ", y.Makeups, " ", len(y.SHA256))
			}
		}
		return ""
	}
	if got := state(); got != "provisional imported 1 29 5 64" {
		t.Errorf("got %s", got)
	}
	n.Provisional = false
	if c, err := w.ImportHolidays(t.Context(), asPlanner, n, false); err != nil || c.Was != "provisional" || c.Now != "official" {
		t.Errorf("got %+v, %v", c, err)
	}
	if got := state(); got != "official imported 2 29 5 64" {
		t.Errorf("got %s", got)
	}
	if c, err := w.UndoHolidays(t.Context(), asPlanner, 2027, false); err != nil || c.Now != "provisional" {
		t.Errorf("got %+v, %v, want the provisional one again", c, err)
	}
	if got := state(); got != "provisional imported 1 29 5 64" {
		t.Errorf("got %s", got)
	}
	for _, e := range calendar.EmbeddedNotices() {
		if c, err := w.ImportHolidays(t.Context(), asPlanner, e, false); err != nil || !c.Same {
			t.Errorf("%d: got %+v, %v, want that it is held already", e.Year, c, err)
		}
	}
	clerk := planner.Principal{Account: "c", Roles: []planner.Role{planner.RoleClerk}}
	if _, err := w.ImportHolidays(t.Context(), clerk, n, true); planner.KindOf(err) != planner.Forbidden {
		t.Errorf("a clerk: got %v, want Forbidden", err)
	}
	if _, err := w.ImportHolidays(t.Context(), asPlanner, calendar.Notice{Year: 2028}, false); planner.KindOf(err) != planner.Invalid {
		t.Errorf("an empty notice: got %v, want Invalid", err)
	}
}

// LIANXIN_HOLIDAYS=5000 go test ./planner/pipeline -run ACountyIsReplanned -v prints what 5,000 cadres and 13 months take; the goal is 5 s.
// Collections are as rare as in lianxin holidays import. With LIANXIN_ENGINE=postgres it is the other engine.
func TestACountyIsReplannedByANotice(t *testing.T) {
	staff := 60
	if n, err := strconv.Atoi(os.Getenv("LIANXIN_HOLIDAYS")); err == nil {
		staff = n
		defer debug.SetGCPercent(debug.SetGCPercent(300))
	}
	engine := dbtest.SQLite
	if os.Getenv("LIANXIN_ENGINE") == "postgres" {
		engine = dbtest.Postgres
	}
	w := newCalendarTown(t, engine(t), staff)
	w.planOf(2027)
	w.today("2026-11-20")
	w.lay(2026)
	w.lay(2027)
	start, cpu := time.Now(), cpuTime(t)
	c, err := w.ImportHolidays(t.Context(), asPlanner, notice2027(t), false)
	if err != nil {
		t.Fatal(err)
	}
	took, burnt := time.Since(start), cpuTime(t)-cpu
	t.Logf("%d cadres: %d rows written, %d events stamped in %v, %v of processor time", staff, c.Written, c.Stamped, took.Round(time.Millisecond), burnt.Round(time.Millisecond))
	if c.Stamped < 12*staff {
		t.Errorf("got %d events stamped, want the twelve of each cadre", c.Stamped)
	}
}

// cpuTime is the processor time that this process used.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
