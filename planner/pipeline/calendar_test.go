package pipeline_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// calendarTown is a county with 35 leaders, of whom two are heads, some section cadres and staff with 15 households each,
// and a published plan of 2026.
type calendarTown struct {
	*pipeline.App
	t      testing.TB
	now    time.Time
	plan   planner.Plan
	cadres map[planner.CadreID]planner.Cadre
}

func newCalendarTown(t testing.TB, url string, staff int) *calendarTown {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{URL: url, Keys: store.TestKeyring(1), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	w := &calendarTown{t: t, cadres: map[planner.CadreID]planner.Cadre{}}
	w.App = &pipeline.App{DB: db, Now: func() time.Time { return w.now }, Zone: time.FixedZone("Asia/Shanghai", 8*3600), NewID: planner.SeededIDs(1, "calendar test"),
		Host: "lianxin.example", BaseURL: "http://lianxin.example", Office: pipeline.Office{County: "示例市", Name: "示例市信访局", Hall: "示例市群众来访接待中心"},
		Log: slog.New(slog.DiscardHandler)}
	w.today("2026-01-05")
	areas := []planner.Area{{Code: "411281", Name: "示例市", Level: planner.LevelCounty}, {Code: "411281001", Name: "示例街道", Level: planner.LevelTownship, Parent: "411281"}}
	var cadres []planner.Cadre
	var houses []planner.Household
	p := planner.Plan{ID: "plan-1", Period: 2026, Status: planner.PlanPublished, Preset: "yima", Book: "b", Revision: 1, Valid: civil.YearSpan(2026)}
	pair := func(tier planner.Tier, c planner.CadreID, h planner.HouseholdID, a planner.AreaCode) {
		p.Pairings = append(p.Pairings, planner.Pairing{ID: planner.PairingID(fmt.Sprintf("p%06d", len(p.Pairings))), Tier: tier, Cadre: c, Household: h, Area: a, Origin: planner.OriginSolver})
	}
	cadre := func(code string, rank planner.Rank) planner.CadreID {
		cadres = append(cadres, planner.Cadre{ID: planner.CadreID("id-" + code), Code: code, Name: "某" + code, Title: "职务", Unit: "unit", Rank: rank, Active: true})
		return cadres[len(cadres)-1].ID
	}
	for i := range 35 {
		v := planner.AreaCode(fmt.Sprintf("411281001%03d", i+1))
		g := v + "-01"
		areas = append(areas, planner.Area{Code: v, Name: fmt.Sprintf("示例%d社区", i+1), Level: planner.LevelVillage, Parent: "411281001"},
			planner.Area{Code: g, Name: "一组", Level: planner.LevelGroup, Parent: v})
		pair(planner.TierVillage, cadre(fmt.Sprintf("L%02d", i+1), planner.RankLeader), "", v)
		cadres[len(cadres)-1].Head = i < 2
	}
	for i := range 5 {
		pair(planner.TierGroup, cadre(fmt.Sprintf("K%02d", i+1), planner.RankSection), "", planner.AreaCode(fmt.Sprintf("411281001%03d-01", i+1)))
	}
	for i := range staff {
		c := cadre(fmt.Sprintf("S%04d", i+1), planner.RankStaff)
		for j := range 15 {
			v := planner.AreaCode(fmt.Sprintf("411281001%03d", i%35+1))
			id := planner.HouseholdID(fmt.Sprintf("h%04d%02d", i, j))
			houses = append(houses, planner.Household{ID: id, Code: fmt.Sprintf("%03d-%04d%02d", i%35, i, j), Village: v, Group: v + "-01", Head: "张某某",
				Hours: planner.HoursAny, Consent: planner.ConsentGiven, Active: true})
			pair(planner.TierHousehold, c, id, "")
		}
	}
	w.plan = p
	w.write(func(tx *store.Tx) error {
		for _, err := range []error{tx.PutAreas(areas), tx.PutUnits([]planner.Unit{{ID: "unit", Code: "D1", Name: "示例局", Network: planner.NetworkBureau, Area: "411281"}}),
			tx.PutCadres(cadres), tx.PutHouseholds(houses), tx.PutPlan(p)} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range cadres {
		w.cadres[c.ID] = c
	}
	return w
}

// today sets the clock to eight in the morning of a day in Shanghai.
func (w *calendarTown) today(day string) { w.now = civil.MustDate(day).At(8*60, w.Zone) }

func (w *calendarTown) write(fn func(*store.Tx) error) {
	w.t.Helper()
	if err := w.DB.Write(w.t.Context(), planner.System("test"), store.Op{Name: "test", Now: w.now}, fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *calendarTown) lay(year int) pipeline.CalendarReport {
	w.t.Helper()
	rep, err := w.LayYear(w.t.Context(), asPlanner, year, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return rep
}

// all reads every event by key, and every visit.
func (w *calendarTown) all() (events map[string]planner.Event, visits []planner.Visit) {
	w.t.Helper()
	events = map[string]planner.Event{}
	err := w.DB.Read(w.t.Context(), planner.System("test"), func(tx *store.Tx) error {
		es, err := tx.Events(store.EventFilter{WithCancelled: true})
		if err != nil {
			return err
		}
		for _, e := range es {
			events[e.Key] = e
		}
		visits, err = tx.Visits(store.VisitFilter{})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return events, visits
}

func TestTheYear2026IsLaidAndLaidAgainWithoutAChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newCalendarTown(t, url, 3)
		rep := w.lay(2026)
		want := pipeline.CalendarReport{Year: 2026, Status: "official", Days: 12, Collisions: 4, Slots: 248, HeadSlots: 51, Events: 24 + 248 + 12*43, Visits: 3 * 60, Changed: 24 + 248 + 12*43 + 180}
		got := rep
		got.Rota, got.Findings = nil, nil
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
		proofs := []pipeline.RotaProof{{People: 33, Slots: 197, Spread: 1000, Bound: 1000, Fair: true, Gap: 10}, {Heads: true, People: 2, Slots: 51, Spread: 1000, Bound: 1000, Fair: true, Gap: 6, Uneven: 2}}
		if d := cmp.Diff(proofs, rep.Rota); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
		events, visits := w.all()
		for key, e := range events {
			if !strings.HasSuffix(e.UID, "@lianxin.example") || e.Digest == "" || e.Sequence != 0 || e.Status != planner.StatusConfirmed {
				t.Errorf("%s: got %+v", key, e)
			}
		}
		byID := map[planner.EventID]planner.Event{}
		for _, e := range events {
			byID[e.ID] = e
		}
		for _, v := range visits {
			if e := byID[v.Event]; e.On != v.On || e.Cadre != v.Cadre || e.Village == "" {
				t.Errorf("visit %+v belongs to %+v", v, e)
			}
		}
		w.today("2026-05-20")
		if again := w.lay(2026); again.Changed != 0 || again.Slots != 248 || again.Visits != 180 {
			t.Errorf("laid again: got %d changes, %d slots, %d visits; want none, 248, 180", again.Changed, again.Slots, again.Visits)
		}
		after, _ := w.all()
		if d := cmp.Diff(events, after); d != "" {
			t.Errorf("(-first +again)\n%s", d)
		}
	})
}

func TestTheHallsLeaderOfTheDayVisitsOnAnotherDay(t *testing.T) {
	w := newCalendarTown(t, dbtest.SQLite(t), 1)
	w.lay(2026)
	events, _ := w.all()
	receives := map[string]bool{}
	n := 0
	for _, e := range events {
		if e.Kind == planner.EventReception {
			receives[e.On.String()+string(e.Cadre)] = true
		}
	}
	for key, e := range events {
		if e.Kind != planner.EventMassWorkDay || e.Cadre == "" {
			continue
		}
		if receives[e.On.String()+string(e.Cadre)] {
			t.Errorf("%s: receives and visits on %v", key, e.On)
		}
		county := events["mwd/"+key[4:10]]
		if e.On != county.On {
			n++
			if !strings.Contains(e.Why.ZH, "接待大厅接访") || !strings.Contains(e.Why.EN, "receives in the hall") {
				t.Errorf("%s: got reason %q", key, e.Why)
			}
		}
	}
	if n != 12 {
		t.Errorf("got %d leaders excused, want one a month", n)
	}
}

func TestALeaveMidYearMovesItsOwnDutiesAndRaisesTheirSequenceAlone(t *testing.T) {
	w := newCalendarTown(t, dbtest.SQLite(t), 3)
	w.lay(2026)
	before, visitsBefore := w.all()
	w.today("2026-06-01")
	leader, staff := w.cadres["id-L10"], w.cadres["id-S0001"]
	away := []planner.Leave{{Span: civil.Span{From: civil.MustDate("2026-07-01"), Until: civil.MustDate("2026-08-01")}}}
	leader.Leaves, staff.Leaves = away, away
	w.write(func(tx *store.Tx) error { return tx.PutCadres([]planner.Cadre{leader, staff}) })
	rep := w.lay(2026)
	after, visitsAfter := w.all()
	if rep.Slots != 248 || rep.HeadSlots != 51 || rep.Visits != 180 {
		t.Errorf("got %d slots, %d by heads, %d visits; want 248, 51, 180", rep.Slots, rep.HeadSlots, rep.Visits)
	}
	cancelled := 0
	for key, e := range after {
		old, had := before[key]
		switch {
		case !had:
			if e.Kind != planner.EventReception {
				t.Errorf("%s is new", key)
			}
		case e.On.Before(civil.MustDate("2026-06-01")) && e != old:
			t.Errorf("%s: history changed", key)
		case e.Status == planner.StatusCancelled:
			cancelled++
			if e.Sequence != old.Sequence+1 || !e.ChangedAt.Equal(w.now) || e.UID != old.UID {
				t.Errorf("%s: cancelled with %+v", key, e)
			}
			if e.Cadre != leader.ID && e.Cadre != staff.ID && e.Kind != planner.EventReception {
				t.Errorf("%s: another's day is cancelled", key)
			}
		case e.Digest != old.Digest && e.Sequence != old.Sequence+1, e.Digest == old.Digest && e.Sequence != old.Sequence:
			t.Errorf("%s: digest changed %v, sequence %d → %d", key, e.Digest != old.Digest, old.Sequence, e.Sequence)
		}
		if e.Status != planner.StatusCancelled && !e.On.Before(civil.MustDate("2026-07-01")) && e.On.Before(civil.MustDate("2026-08-01")) && (e.Cadre == leader.ID || e.Cadre == staff.ID) {
			t.Errorf("%s: laid into a leave", key)
		}
	}
	if cancelled < 3 {
		t.Errorf("got %d cancelled, want the July days of both and the leader's July slot", cancelled)
	}
	ids := map[planner.VisitID]planner.Visit{}
	for _, v := range visitsBefore {
		ids[v.ID] = v
	}
	for _, v := range visitsAfter {
		if old, ok := ids[v.ID]; !ok || old.Household != v.Household {
			t.Errorf("%+v was given a new identity", v)
		}
	}
	if changed := rep.Changed; w.lay(2026).Changed != 0 || changed > 120 {
		t.Errorf("got %d changes, then some again; want few, then none", changed)
	}
}

func TestWhenThePlanChangesTheNewCadreVisitsFromThenOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newCalendarTown(t, url, 2)
		w.lay(2026)
		w.today("2026-05-20")
		moved := map[planner.HouseholdID]planner.CadreID{}
		next := w.plan
		next.ID, next.Revision, next.Pairings = "plan-2", 2, append([]planner.Pairing(nil), w.plan.Pairings...)
		for i := range next.Pairings {
			p := &next.Pairings[i]
			p.ID = "q" + p.ID[1:]
			if p.Tier != planner.TierHousehold || p.Household[5:] > "05" { // six of each cadre's households change sides
				continue
			}
			p.Cadre = map[planner.CadreID]planner.CadreID{"id-S0001": "id-S0002", "id-S0002": "id-S0001"}[p.Cadre]
			moved[p.Household] = p.Cadre
		}
		if len(moved) != 12 {
			t.Fatalf("got %d households moved, want 12", len(moved))
		}
		w.write(func(tx *store.Tx) error {
			if err := tx.SetPlanStatus("plan-1", planner.PlanPublished, planner.PlanSuperseded); err != nil {
				return err
			}
			return tx.PutPlan(next)
		})
		_, before := w.all()
		rep := w.lay(2026)
		_, visits := w.all()
		if rep.Visits != 120 || len(visits) != 120 {
			t.Errorf("got %d visits, %d stored; want 120", rep.Visits, len(visits))
		}
		old := map[planner.VisitID]planner.Visit{}
		for _, v := range before {
			old[v.ID] = v
		}
		quarters := map[string]int{}
		for _, v := range visits {
			quarters[fmt.Sprint(v.Household, (v.On.Month-1)/3)]++
			past := v.On.Before(civil.MustDate("2026-05-20"))
			if past && v != old[v.ID] {
				t.Errorf("%+v: the past changed", v)
			}
			if c, ok := moved[v.Household]; ok && !past && v.Cadre != c {
				t.Errorf("%+v: want the new cadre %s", v, c)
			}
		}
		if len(quarters) != 120 {
			t.Errorf("got %d households and quarters, want every one of 30 × 4 once", len(quarters))
		}
		if again := w.lay(2026); again.Changed != 0 {
			t.Errorf("laid again: got %d changes, want none", again.Changed)
		}
	})
}

func TestAnUnpublishedYearWithoutAPlanHasOnlyTheCountysDaysAndSaysSo(t *testing.T) {
	w := newCalendarTown(t, dbtest.SQLite(t), 1)
	rep := w.lay(2027)
	if rep.Status != "unpublished" || rep.Events != 24 || rep.Slots != 0 || rep.Visits != 0 || len(rep.Findings) != 2 || rep.Findings[0].Code != "calendar-provisional" {
		t.Errorf("got %+v", rep)
	}
	events, _ := w.all()
	for key, e := range events {
		if e.Status != planner.StatusTentative {
			t.Errorf("%s: got %s, want tentative", key, e.Status)
		}
	}
	v, err := w.Year(t.Context(), asPlanner, 2027)
	if err != nil {
		t.Fatal(err)
	}
	if c := v.Months[8][14]; v.Status != "unpublished" || c.State != "off" || c.Holiday != "中秋节" || c.Lunar != "十五" || v.Months[8][15].Events[0].Nominal != c.On {
		t.Errorf("got %s and %+v, want 2027-09-15 as Mid-Autumn and its work day a day later", v.Status, c)
	}
}

func TestWithoutAPublishedPlanOnlyTheCountysDaysAreLaid(t *testing.T) {
	w := newCalendarTown(t, dbtest.SQLite(t), 1)
	w.plan.Status = planner.PlanDraft
	w.write(func(tx *store.Tx) error {
		return tx.SetPlanStatus(w.plan.ID, planner.PlanPublished, planner.PlanSuperseded)
	})
	rep := w.lay(2026)
	if rep.Events != 24 || rep.Slots != 0 || rep.Findings[0].Code != "calendar-no-plan" {
		t.Errorf("got %+v, want the county's days and a finding", rep)
	}
}

func TestOnlyThePlannerLaysTheCalendar(t *testing.T) {
	w := newCalendarTown(t, dbtest.SQLite(t), 1)
	if _, err := w.LayYear(t.Context(), asCadre("id-S0001"), 2026, nil); planner.KindOf(err) != planner.Forbidden {
		t.Errorf("a cadre lays the calendar: got %v, want Forbidden", err)
	}
	if _, err := w.Year(t.Context(), planner.Principal{}, 2026); err == nil {
		t.Error("a visitor reads the year; want a refusal")
	}
}

func TestTheYearPageShowsDaysLeadersAndCollisions(t *testing.T) {
	w := newCalendarTown(t, dbtest.SQLite(t), 1)
	bare, err := w.Year(t.Context(), asCadre("id-S0001"), 2026)
	if err != nil || len(bare.Collisions) != 4 || bare.Slots != 0 || bare.Months[0][14].Events[0].Status != planner.StatusTentative {
		t.Errorf("before it is laid: got %d collisions, %d slots, %v; want the rules' days as tentative", len(bare.Collisions), bare.Slots, err)
	}
	w.lay(2026)
	v, err := w.Year(t.Context(), asCadre("id-S0001"), 2026)
	if err != nil {
		t.Fatal(err)
	}
	if v.Slots != 248 || v.HeadSlots != 51 || len(v.Months[1]) != 28 || v.Collisions[0].Month != "2026-02" {
		t.Errorf("got %d slots, %d by heads, %d days of February, %v", v.Slots, v.HeadSlots, len(v.Months[1]), v.Collisions)
	}
	feb17, feb28, feb24 := v.Months[1][16], v.Months[1][27], v.Months[1][23]
	if feb17.Lunar != "正月" || feb17.Holiday != "春节" || feb17.State != "off" || feb17.Leader != "" {
		t.Errorf("02-17: got %+v", feb17)
	}
	if !feb28.Makeup || feb28.Holiday != "补班" || feb28.State != "workday" || feb28.Leader == "" {
		t.Errorf("02-28: got %+v", feb28)
	}
	if !feb24.Head || len(feb24.Events) != 1 || feb24.Events[0].Title.EN != "Mass-work-day" || feb24.Events[0].Why.IsZero() {
		t.Errorf("02-24: got %+v", feb24)
	}
}

func TestThePublicScheduleOfAMonth(t *testing.T) {
	w := newCalendarTown(t, dbtest.SQLite(t), 1)
	w.lay(2026)
	v, err := w.Schedule(t.Context(), "2026-02")
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Slots) != 16 || v.Prev != "2026-01" || v.Next != "2026-03" || v.Status != planner.StatusConfirmed || v.Hall == "" {
		t.Errorf("got %d slots, prev %q, next %q", len(v.Slots), v.Prev, v.Next)
	}
	for _, s := range v.Slots {
		if s.Leader == "" || s.Place == "" || s.From.String() != "08:30" {
			t.Errorf("got %+v", s)
		}
		if s.On.String() == "2026-02-24" && (!s.Head || s.BookUntil.In(w.Zone).Format("2006-01-02 15:04") != "2026-02-14 17:00" || s.Change.IsZero()) {
			t.Errorf("02-24: got %+v, want a head's slot moved from Monday, bookings until 02-14 17:00", s)
		}
	}
	// the leader of 2026-02-26 falls ill: the notice shows who it was and who comes
	var old planner.Cadre
	for _, s := range v.Slots {
		if s.On.String() == "2026-02-26" {
			for _, c := range w.cadres {
				if c.Name == s.Leader {
					old = c
				}
			}
		}
	}
	w.today("2026-02-20")
	old.Leaves = []planner.Leave{{Span: civil.Span{From: civil.MustDate("2026-02-20"), Until: civil.MustDate("2026-03-10")}}}
	w.write(func(tx *store.Tx) error { return tx.PutCadres([]planner.Cadre{old}) })
	w.lay(2026)
	if v, err = w.Schedule(t.Context(), ""); err != nil || len(v.Slots) != 16 {
		t.Fatalf("got %d slots, %v; want 16", len(v.Slots), err)
	}
	for _, s := range v.Slots {
		if s.On.String() == "2026-02-26" && (s.Leader == old.Name || !strings.Contains(s.Change.ZH, "原定"+old.Name+"接访，因工作调整改由"+s.Leader)) {
			t.Errorf("got %+v", s)
		}
	}
	if _, err := w.Schedule(t.Context(), "二月"); planner.KindOf(err) != planner.Invalid {
		t.Errorf("got %v, want Invalid", err)
	}
}

func BenchmarkLayYear(b *testing.B) {
	w := newCalendarTown(b, dbtest.SQLite(b), 1150)
	for b.Loop() {
		start := time.Now()
		rep := w.lay(2026)
		b.Logf("%d events, %d visits, %d changed in %v", rep.Events, rep.Visits, rep.Changed, time.Since(start))
	}
}
