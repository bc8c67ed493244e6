package feed

import (
	"bytes"
	"cmp"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

func built(t testing.TB, src Source, kind Kind, ref, lang string) Calendar {
	t.Helper()
	c, err := NewIndex(src).Build(kind, ref, lang)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// find returns the only event whose summary contains s.
func find(t testing.TB, c Calendar, s string) Event {
	t.Helper()
	var found []Event
	for _, e := range c.Events {
		if strings.Contains(e.Summary, s) {
			found = append(found, e)
		}
	}
	if len(found) != 1 {
		t.Fatalf("got %d events with %q in their summary, want 1", len(found), s)
	}
	return found[0]
}

func TestALeadersFeedHasTheYearOfTheirOwn(t *testing.T) {
	c := built(t, source(2), KindCadre, "C0", "zh")
	if got, want := len(c.Events), 12+12+12+1; got != want { // work days, meetings, slots, the task
		t.Errorf("got %d events, want %d", got, want)
	}
	c = built(t, source(2), KindCadre, "C1", "zh")
	if got, want := len(c.Events), 12; got != want {
		t.Errorf("got %d events in a staff cadre's feed, want %d", got, want)
	}
}

func TestACadresWorkDayListsItsHouseholdsByCodeInOrder(t *testing.T) {
	src := source(2)
	src.Visits[0].Stop, src.Visits[1].Stop = 2, 1
	src.Visits[2].State = planner.VisitCancelled
	c := built(t, src, KindCadre, "C0", "zh")
	i := slices.IndexFunc(c.Events, func(e Event) bool { return e.On == civil.Of(2026, 1, 15) })
	want := "今日走访，按顺序：\n1. 411281001001-00006\n2. 411281001001-00005\n3. 411281001001-00008\n4. 411281001001-00009\n" +
		"走访清单：https://lianxin.example/cadres/C0"
	if e := c.Events[i]; e.Description != want || e.Location != "义马市千秋路街道甲社区" || e.Transparent || e.Class != Private || len(e.Alarms) != 2 {
		t.Errorf("got %+v, want description\n%s", e, want)
	}
}

func TestNoFeedHoldsMoreOfAHouseholdThanItsCode(t *testing.T) {
	src := source(3)
	x := NewIndex(src)
	mobile := regexp.MustCompile(`1[3-9]\d{9}`)
	for _, who := range x.Feeds() {
		for _, lang := range []string{"zh", "en"} {
			c, err := x.Build(who.Kind, who.Ref, lang)
			if err != nil {
				t.Fatal(err)
			}
			b, err := Append(nil, c)
			if err != nil {
				t.Fatal(err)
			}
			flat := bytes.ReplaceAll(b, []byte("\r\n "), nil)
			codes := regexp.MustCompile(`\d{12}-\d+`).FindAll(flat, -1)
			if who.Kind != KindCadre && len(codes) > 0 {
				t.Errorf("%s: household codes %q", who.Kind, codes)
			}
			flat = regexp.MustCompile(`\d{12}(-\d+)?|\d{8}T\d{6}Z?`).ReplaceAll(flat, nil)
			for _, secret := range []string{"绝密", "送药", "care", "日常照料"} {
				if bytes.Contains(flat, []byte(secret)) {
					t.Errorf("%s %s holds %q", who.Kind, who.Ref, secret)
				}
			}
			if m := mobile.Find(flat); m != nil {
				t.Errorf("%s %s holds the number %s", who.Kind, who.Ref, m)
			}
		}
	}
}

func TestThePublicSeesLeaderTitleAndPortfolioAndIsNotMadeBusy(t *testing.T) {
	for _, kind := range []Kind{KindHall, KindPublic} {
		c := built(t, source(2), kind, "", "zh")
		if len(c.Events) != 12 {
			t.Errorf("got %d slots, want 12", len(c.Events))
		}
		for _, e := range c.Events {
			if !e.Transparent || len(e.Alarms) > 0 || e.Class != Public || e.Summary != "领导接访：某某0（市长）" ||
				!strings.Contains(e.Description, "分管工作：全面工作、财政") || e.Location != "义马市群众来访接待中心" {
				t.Errorf("got %+v", e)
			}
		}
	}
	en := built(t, source(1), KindPublic, "", "en").Events[0]
	if want := "Reception: 某某0 (市长)"; en.Summary != want {
		t.Errorf("got %q, want %q", en.Summary, want)
	}
}

func TestAMeetingDependsOnItsWorkDay(t *testing.T) {
	src := source(1)
	for _, e := range built(t, src, KindCounty, "", "zh").Events {
		if e.On == civil.Of(2026, 3, 16) {
			want := Relation{"DEPENDS-ON", src.Events[4].UID}
			if len(e.Related) != 1 || e.Related[0] != want {
				t.Errorf("got %v, want %v", e.Related, want)
			}
		}
	}
}

func TestAVillagesDayNamesWhoComes(t *testing.T) {
	src := source(4) // C0 and C2 go to 甲社区, C1 and C3 to 乙社区
	i := slices.IndexFunc(src.Events, func(e planner.Event) bool { return e.Key == "mwd/202601/C2" })
	src.Events[i].On, src.Events[i].Sequence, src.Events[i].ChangedAt = civil.Of(2026, 1, 20), 1, laidAt.Add(time.Hour)
	c := built(t, src, KindVillage, "411281001001", "zh")
	if len(c.Events) != 12 {
		t.Fatalf("got %d events, want one a month", len(c.Events))
	}
	want := "来村（社区）干部：\n某某0（市住建局）\n某某2（市住建局），改在 2026-01-20\n详情：https://lianxin.example/calendar?year=2026"
	e := c.Events[0]
	if e.Description != want || e.Sequence != 5 || !e.Stamp.Equal(laidAt.Add(time.Hour)) || e.UID != "E0-411281001001@lianxin.example" {
		t.Errorf("got %+v, want description\n%s", e, want)
	}
}

func TestACancelledEventSaysSoForThirtyDaysAfterTheLaterOfChangeAndDate(t *testing.T) {
	src := source(1)
	i := slices.IndexFunc(src.Events, func(e planner.Event) bool { return e.Key == "mwd/202601/C0" })
	src.Events[i].Status = planner.StatusCancelled
	e := find(t, built(t, src, KindCadre, "C0", "zh"), "【已取消】")
	if e.Summary != "【已取消】群众工作日" || !e.Transparent || len(e.Alarms) > 0 || e.Status != planner.StatusCancelled {
		t.Errorf("got %+v", e)
	}
	for _, c := range []struct {
		changed, today string
		want           bool
	}{
		{"2026-01-05", "2026-02-14", true}, {"2026-01-05", "2026-02-15", false}, // 30 days after the 15th
		{"2026-02-10", "2026-03-12", true}, {"2026-02-10", "2026-03-13", false}, // 30 days after the change
	} {
		src.Events[i].ChangedAt, src.Today = civil.MustDate(c.changed).At(600, shanghai), civil.MustDate(c.today)
		got := slices.ContainsFunc(built(t, src, KindCadre, "C0", "zh").Events, func(e Event) bool { return e.Status == planner.StatusCancelled })
		if got != c.want {
			t.Errorf("changed %s, today %s: got %v, want %v", c.changed, c.today, got, c.want)
		}
	}
}

func TestTheWindowIsNinetyDaysBackAndFourHundredAhead(t *testing.T) {
	src := source(1)
	src.Days = nil
	for _, c := range []struct {
		today       string
		first, last string // days of the events at the edges; empty: none
	}{
		{"2027-03-15", "2026-12-15", "2026-12-16"}, {"2027-03-16", "2026-12-16", "2026-12-16"}, {"2027-03-17", "", ""},
		{"2024-12-10", "", ""}, {"2024-12-11", "2026-01-15", "2026-01-15"}, {"2024-12-12", "2026-01-15", "2026-01-16"},
	} {
		src.Today = civil.MustDate(c.today)
		var first, last string
		for _, e := range built(t, src, KindCounty, "", "zh").Events {
			first, last = cmp.Or(first, e.On.String()), e.On.String()
		}
		if first != c.first || last != c.last {
			t.Errorf("today %s: got events from %q to %q, want %q to %q", c.today, first, last, c.first, c.last)
		}
	}
}

func TestAProvisionalYearIsMarkedAndTentative(t *testing.T) {
	src := source(1)
	for i := range src.Events {
		src.Events[i].Status = planner.StatusTentative
	}
	for _, e := range built(t, src, KindCadre, "C0", "zh").Events {
		if e.Categories[0] == "跟进事项" {
			continue
		}
		if e.Status != planner.StatusTentative || !strings.HasSuffix(e.Summary, "（暂定）") || !strings.Contains(e.Description, "节假日安排未公布") {
			t.Errorf("got %+v", e)
		}
	}
	c := built(t, src, KindCounty, "", "zh")
	if e := find(t, c, "元旦（暂定）"); e.Status != planner.StatusTentative || e.Sequence != 0 {
		t.Errorf("got %+v", e)
	}
	if e := find(t, c, "春节"); e.Status != planner.StatusConfirmed || e.Sequence != 1 || !e.AllDay() || !e.Transparent {
		t.Errorf("got %+v", e)
	}
	if e := find(t, c, "补班"); e.Summary != "补班" || e.Categories[0] != "补班" {
		t.Errorf("got %+v", e)
	}
}

func TestATaskIsMirroredOnItsDueDayAndGoesWhenDone(t *testing.T) {
	src := source(1)
	e := find(t, built(t, src, KindCadre, "C0", "zh"), "【跟进】")
	if e.Summary != "【跟进】411281001001-00001" || e.On != today.AddDays(9) || !e.AllDay() || !e.Transparent {
		t.Errorf("got %+v", e)
	}
	src.Tasks[0].State, src.Tasks[0].Revision = planner.TaskCompleted, 2
	done := find(t, built(t, src, KindCadre, "C0", "zh"), "【跟进】")
	if done.Status != planner.StatusCancelled || done.UID != e.UID || done.Sequence != 2 || !done.Stamp.After(e.Stamp) {
		t.Errorf("got %+v", done)
	}
	src.Tasks[0].State = planner.TaskDraft
	if n := len(built(t, src, KindCadre, "C0", "zh").Events); n != 36 {
		t.Errorf("got %d events with a draft task, want 36", n)
	}
}

func TestTheDigestChangesWithWhatIsSeenAndWithNothingElse(t *testing.T) {
	src := source(2)
	digest := func(src Source, key string) string {
		t.Helper()
		i := slices.IndexFunc(src.Events, func(e planner.Event) bool { return e.Key == key })
		d, err := NewIndex(src).Digest(src.Events[i])
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	work, slot, meeting := "mwd/202601/C0", "rcp/2026-01-05/C0", "mtg/202601"
	before := map[string]string{work: digest(src, work), slot: digest(src, slot), meeting: digest(src, meeting)}
	for what, c := range map[string]struct {
		spoil func(*Source)
		moves []string
	}{
		"nothing":                 {func(*Source) {}, nil},
		"sequence and stamp":      {func(s *Source) { each(s, func(e *planner.Event) { e.Sequence++; e.ChangedAt = laidAt.Add(1e12) }) }, nil},
		"today":                   {func(s *Source) { s.Today = s.Today.AddDays(30) }, nil},
		"another cadre's visit":   {func(s *Source) { s.Visits[60].Stop = 9 }, nil},
		"a muted household's tag": {func(s *Source) { s.Households[0].Needs = nil }, nil},
		"a stop":                  {func(s *Source) { s.Visits[0].Stop = 9 }, []string{work}},
		"a visit done":            {func(s *Source) { s.Visits[0].State = planner.VisitDone }, nil},
		"a visit cancelled":       {func(s *Source) { s.Visits[0].State = planner.VisitCancelled }, []string{work}},
		"the leader's title":      {func(s *Source) { s.Cadres[0].Title = "副市长" }, []string{slot}},
		"the day":                 {func(s *Source) { each(s, func(e *planner.Event) { e.On = e.On.AddDays(1) }) }, []string{work, slot, meeting}},
		"the status":              {func(s *Source) { each(s, func(e *planner.Event) { e.Status = planner.StatusTentative }) }, []string{work, slot, meeting}},
		"the reason":              {func(s *Source) { each(s, func(e *planner.Event) { e.Why = planner.Both("顺延") }) }, []string{work, slot, meeting}},
		"the reason in English":   {func(s *Source) { each(s, func(e *planner.Event) { e.Why.EN = "moved" }) }, nil},
	} {
		src := source(2)
		c.spoil(&src)
		for key, old := range before {
			wants := slices.Contains(c.moves, key)
			if what == "the reason in English" {
				wants = false
			}
			if got := digest(src, key) != old; got != wants {
				t.Errorf("%s: changes %s: got %v, want %v", what, key, got, wants)
			}
		}
	}
}

func each(s *Source, f func(*planner.Event)) {
	for i := range s.Events {
		f(&s.Events[i])
	}
}

func TestAskingForNobodysFeedSaysSo(t *testing.T) {
	x := NewIndex(source(1))
	for _, who := range []Who{{KindCadre, "nobody"}, {KindVillage, "411281"}, {KindVillage, ""}, {"market", ""}} {
		if _, err := x.Build(who.Kind, who.Ref, "zh"); planner.KindOf(err) != planner.NotFound {
			t.Errorf("%v: got %v, want NotFound", who, err)
		}
	}
}

func TestFileNamesAreSafeAndDistinct(t *testing.T) {
	src := source(3)
	src.Cadres[1].Code, src.Cadres[2].Code = "../../etc/passwd", "工号1\r\n"
	x := NewIndex(src)
	seen := map[string]bool{}
	for _, who := range x.Feeds() {
		name := x.FileName(who.Kind, who.Ref)
		if !regexp.MustCompile(`^[a-z]+(-[A-Za-z0-9_-]+)?\.ics$`).MatchString(name) || seen[name] {
			t.Errorf("got file name %q", name)
		}
		seen[name] = true
	}
	if !seen["leader-G0000.ics"] || !seen["hall.ics"] || !seen["village-411281001002.ics"] {
		t.Errorf("got %v", seen)
	}
}

// TestBytesAreTheSameInEveryZone runs itself under other zones; the child prints the digest of all feeds.
func TestBytesAreTheSameInEveryZone(t *testing.T) {
	digest := func() string {
		x := NewIndex(source(3))
		var all []Event
		var bodies []byte
		for _, who := range x.Feeds() {
			bodies = append(bodies, render(t, x, who.Kind, who.Ref)...)
		}
		all = append(all, Event{UID: "x", On: today, Description: string(bodies)})
		d, err := Digest(all...)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	want := digest()
	if os.Getenv("FEED_DIGEST") != "" {
		os.Stdout.WriteString("digest=" + want + "\n")
		return
	}
	for range 20 {
		if got := digest(); got != want {
			t.Fatalf("got %s on a later run, want %s", got, want)
		}
	}
	for _, zone := range []string{"Asia/Shanghai", "America/New_York", "UTC"} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestBytesAreTheSameInEveryZone$")
		cmd.Env = append(os.Environ(), "TZ="+zone, "FEED_DIGEST=1")
		out, err := cmd.CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("digest="+want)) {
			t.Errorf("TZ=%s: got %s %v, want digest=%s", zone, out, err, want)
		}
	}
}
