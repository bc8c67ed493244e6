package pipeline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/rule"
	"lianxin/planner/sheet"
	"lianxin/planner/store"
)

// planTown is an invented county of two villages in the database, with last period's pairings.
type planTown struct {
	*pipeline.App
	t     *testing.T
	house map[string]planner.HouseholdID
	cadre map[string]planner.CadreID
}

var (
	thePlanner = planner.Principal{Account: "p1", Name: "经办人", Roles: []planner.Role{planner.RolePlanner}}
	theAuditor = planner.Principal{Account: "p2", Name: "审计", Roles: []planner.Role{planner.RoleAuditor}}
)

func newPlanTown(t *testing.T, url string) *planTown {
	t.Helper()
	db, err := store.Open(context.Background(), store.Options{URL: url, Keys: store.TestKeyring(3), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	zone := time.FixedZone("Asia/Shanghai", 8*3600)
	now := time.Date(2026, 1, 5, 8, 0, 0, 0, zone)
	w := &planTown{t: t, house: map[string]planner.HouseholdID{}, cadre: map[string]planner.CadreID{},
		App: &pipeline.App{DB: db, Now: func() time.Time { return now }, Zone: zone, NewID: planner.SeededIDs(4, "plan test"), Host: "test.example", Preset: "yima",
			Office: pipeline.Office{County: "示例市", Name: "示例市委组织部"}, Log: slog.New(slog.DiscardHandler)}}
	valid := civil.Span{From: civil.Of(2020, 1, 1)}
	var areas []planner.Area
	area := func(code, name string, level planner.AreaLevel, parent string) {
		areas = append(areas, planner.Area{Code: planner.AreaCode(code), Name: name, Level: level, Parent: planner.AreaCode(parent), Valid: valid})
	}
	area("411281", "示例市", planner.LevelCounty, "")
	area("411281001", "示范街道", planner.LevelTownship, "411281")
	var groups []planner.AreaCode
	for v := 1; v <= 2; v++ {
		code := fmt.Sprintf("411281001%03d", v)
		area(code, fmt.Sprintf("示范%d社区", v), planner.LevelVillage, "411281001")
		for g := 1; g <= 2; g++ {
			gc := fmt.Sprintf("%s-%02d", code, g)
			area(gc, fmt.Sprintf("%d组", g), planner.LevelGroup, code)
			groups = append(groups, planner.AreaCode(gc))
		}
	}
	units := []planner.Unit{{ID: "u1", Code: "D1", Name: "示例局", Network: planner.NetworkStation, Area: "411281", Villages: []planner.AreaCode{"411281001001"}},
		{ID: "u2", Code: "D2", Name: "示例办", Network: planner.NetworkStation, Area: "411281", Villages: []planner.AreaCode{"411281001002"}}}
	var cadres []planner.Cadre
	for n := range 14 {
		c := planner.Cadre{ID: planner.CadreID(fmt.Sprintf("c%02d", n)), Code: fmt.Sprintf("K%02d", n), Name: fmt.Sprintf("甲%d", n), Unit: units[n%2].ID, Rank: planner.RankStaff, Active: true, Mobile: "19900000000"}
		switch {
		case n < 2:
			c.Rank = planner.RankLeader
		case n < 6:
			c.Rank = planner.RankSection
		}
		if n == 13 {
			c.Leaves = []planner.Leave{{Span: civil.Span{From: civil.Of(2025, 12, 1)}, Reason: "不公开"}}
		}
		cadres = append(cadres, c)
		w.cadre[c.Code] = c.ID
	}
	last := planner.Plan{ID: "last", Period: 2025, Status: planner.PlanPublished, Preset: "yima", Book: "import", Revision: 1, Valid: civil.YearSpan(2025)}
	var houses []planner.Household
	for n := range 40 {
		g := groups[n*4/40]
		h := planner.Household{ID: planner.HouseholdID(fmt.Sprintf("h%02d", n)), Code: fmt.Sprintf("H%02d", n), Village: g.Village(), Group: g, Head: "张某某", Hours: planner.HoursAny, Consent: planner.ConsentGiven, Active: true}
		if n == 39 {
			h.Consent = planner.ConsentDeclined
		}
		houses = append(houses, h)
		w.house[h.Code] = h.ID
		if n%5 != 0 {
			last.Pairings = append(last.Pairings, planner.Pairing{ID: planner.PairingID(fmt.Sprintf("l%02d", n)), Tier: planner.TierHousehold, Cadre: cadres[6+n%8].ID, Household: h.ID, Origin: planner.OriginImport})
		}
	}
	w.write(func(tx *store.Tx) error {
		for _, put := range []error{tx.PutAreas(areas), tx.PutUnits(units), tx.PutCadres(cadres), tx.PutHouseholds(houses), tx.PutPlan(last)} {
			if put != nil {
				return put
			}
		}
		return nil
	})
	return w
}

func (w *planTown) write(fn func(*store.Tx) error) {
	w.t.Helper()
	if err := w.DB.Write(context.Background(), planner.System("test"), store.Op{Name: "test", Now: w.Now()}, fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *planTown) plan() pipeline.PlanSummary {
	w.t.Helper()
	s, err := w.Plan(context.Background(), thePlanner, pipeline.PlanRequest{Period: 2026})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// holder is who has a household in the newest plan.
func (w *planTown) holder(code string) string {
	w.t.Helper()
	e, err := w.Explain(context.Background(), thePlanner, w.house[code], 0)
	if err != nil {
		w.t.Fatal(err)
	}
	return e.Row.CadreCode
}

func TestAPlanIsMadeReviewedCorrectedAndPublished(t *testing.T) {
	ctx := context.Background()
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newPlanTown(t, url)
		s := w.plan()
		if s.Status != planner.PlanDraft || s.Households != 39 || s.Gap != 0 || s.HardBroken != 0 || s.LoadMax > 15 || s.Cadres != 7 || len(s.Tiers) != 3 || s.Price != s.Bound {
			t.Fatalf("summary %+v; want a draft of 39 households with 7 cadres, gap 0", s)
		}
		if got, err := w.PlanSummary(ctx, thePlanner, 2026); err != nil || got.Price != s.Price || got.Kept != s.Kept {
			t.Errorf("read again: %+v, %v; want %+v", got, err, s)
		}
		nobody := planner.Principal{Account: "x", Roles: []planner.Role{planner.RoleCadre}}
		if _, err := w.PlanSummary(ctx, nobody, 2026); planner.KindOf(err) != planner.NotFound {
			t.Errorf("a cadre sees a draft: %v", err)
		}
		if _, err := w.Plan(ctx, nobody, pipeline.PlanRequest{Period: 2026}); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("a cadre plans: %v, want Forbidden", err)
		}
		if again := w.plan(); again.ID != s.ID || again.Price != s.Price {
			t.Errorf("planned again: %+v, want the same draft", again)
		}
		if plan, err := w.Review(ctx, thePlanner, 2026); err != nil || plan.Status != planner.PlanReview {
			t.Fatalf("review: %s, %v", plan.Status, err)
		}
		books, err := w.ReviewBooks(ctx, thePlanner, 2026)
		if err != nil || len(books) != 2 || len(books[0].Pairs)+len(books[1].Pairs) != 39 || books[0].File != "D1-示例局.xlsx" {
			t.Errorf("review books: %d, %v", len(books), err)
		}

		keep, change, recuse := w.holder("H01"), w.holder("H02"), w.holder("H03")
		to := "K07"
		if change == to {
			to = "K09"
		}
		_, fs, err := w.Correct(ctx, thePlanner, 2026, []sheet.Correction{{Household: "H01", From: "nobody", Want: sheet.WantKeep}, {Household: "none", From: keep, Want: sheet.WantKeep},
			{Household: "H02", From: change, Want: "也许"}, {Household: "H03", From: "K00", Want: sheet.WantKeep}})
		if planner.KindOf(err) != planner.Invalid || len(fs) != 4 {
			t.Errorf("bad corrections: %d findings, %v; want 4, Invalid", len(fs), err)
		}
		s2, fs, err := w.Correct(ctx, thePlanner, 2026, []sheet.Correction{{Household: "H01", From: keep, Want: sheet.WantKeep}, {Household: "H02", From: change, To: to, Want: sheet.WantChange}, {Household: "H03", From: recuse, Want: sheet.WantRecuse}})
		if err != nil || len(fs) != 0 || s2.Status != planner.PlanReview || s2.ID != s.ID || s2.Gap != 0 {
			t.Fatalf("corrected: %+v, %v, %v", s2, fs, err)
		}
		if a, b, c := w.holder("H01"), w.holder("H02"), w.holder("H03"); a != keep || b != to || c == recuse {
			t.Errorf("after the corrections: %s %s %s; want %s, %s and not %s", a, b, c, keep, to, recuse)
		}

		fs, err = w.BeforePublish(ctx, thePlanner, 2026)
		if err != nil || planner.Stops(fs) {
			t.Errorf("before publishing: %v, %v", fs, err)
		}
		s3, fs, err := w.Publish(ctx, thePlanner, 2026, false)
		if err != nil || s3.Status != planner.PlanPublished || s3.HardBroken != 0 {
			t.Fatalf("publish: %+v, %v, %v", s3, fs, err)
		}
		if got, err := w.PlanSummary(ctx, nobody, 2026); err != nil || got.Status != planner.PlanPublished {
			t.Errorf("a cadre reads the published plan: %+v, %v", got, err)
		}
		if _, _, err := w.Publish(ctx, thePlanner, 2026, false); planner.KindOf(err) != planner.NotFound {
			t.Errorf("publish twice: %v, want NotFound", err)
		}
		// A second plan of the year continues the first one: what was neither pinned nor recused stays.
		s4 := w.plan()
		if s4.ID == s3.ID || s4.HadCadre != 39 || s4.Kept < 36 {
			t.Errorf("planned after publishing: %+v; want another plan that keeps nearly all 39", s4)
		}
	})
}

func TestAPlanWhoseRosterChangedIsNotPublished(t *testing.T) {
	ctx := context.Background()
	w := newPlanTown(t, dbtest.SQLite(t))
	w.plan()
	id := w.cadre[w.holder("H05")]
	w.write(func(tx *store.Tx) error {
		return tx.PutRecusals([]planner.Recusal{{Cadre: id, Household: w.house["H05"], Kind: planner.RecusalRequested}})
	})
	_, fs, err := w.Publish(ctx, thePlanner, 2026, true)
	if planner.KindOf(err) != planner.Invalid || !slices.ContainsFunc(fs, func(f planner.Finding) bool { return f.Code == "stale" }) {
		t.Errorf("got %v, %v; want Invalid with a stale finding", fs, err)
	}
	w.plan()
	if _, fs, err := w.Publish(ctx, thePlanner, 2026, false); err != nil {
		t.Errorf("after planning again: %v, %v", fs, err)
	}
}

func TestNobodyIsPublishedWhomNoChannelReachesUnlessThePlannerSaysSo(t *testing.T) {
	ctx := context.Background()
	w := newPlanTown(t, dbtest.SQLite(t))
	w.write(func(tx *store.Tx) error {
		c, err := tx.Cadre(w.cadre["K07"])
		if err != nil {
			return err
		}
		c.Mobile, c.Mail = "-", "-"
		return tx.PutCadres([]planner.Cadre{c})
	})
	w.plan()
	_, fs, err := w.Publish(ctx, thePlanner, 2026, false)
	if planner.KindOf(err) != planner.Invalid || !slices.ContainsFunc(fs, func(f planner.Finding) bool { return f.Code == "no-channel" && strings.Contains(f.Say.ZH, "K07") }) {
		t.Errorf("got %v, %v; want Invalid naming K07", fs, err)
	}
	if _, _, err := w.Publish(ctx, thePlanner, 2026, true); err != nil {
		t.Errorf("forced: %v", err)
	}
}

func TestReasonsAddUpForEveryReaderAndPrivateOnesAreThePlanners(t *testing.T) {
	ctx := context.Background()
	w := newPlanTown(t, dbtest.SQLite(t))
	w.plan()
	hidden := 0
	for n := range 39 {
		id := w.house[fmt.Sprintf("H%02d", n)]
		for _, who := range []planner.Principal{thePlanner, theAuditor} {
			e, err := w.Explain(ctx, who, id, 3)
			if err != nil {
				t.Fatal(err)
			}
			sum := planner.Seconds(0)
			for _, r := range e.Reasons {
				sum += r.Price
				if r.Private && !who.SeesPrivate() {
					t.Errorf("an auditor reads %q", r.Say.ZH)
				}
			}
			if sum != e.Row.Price || e.Hidden && who.SeesPrivate() {
				t.Errorf("%s: reasons %d, price %d, hidden %t", e.Row.Code, sum, e.Row.Price, e.Hidden)
			}
			if e.Hidden {
				hidden++
			}
			if len(e.Others) < 3 {
				t.Errorf("%s: %d others, want at least 3", e.Row.Code, len(e.Others))
			}
			for _, o := range e.Others {
				if !o.Forbidden.IsZero() && !who.SeesPrivate() && strings.Contains(o.Forbidden.ZH, "请假") {
					t.Errorf("an auditor reads why %s may not: %q", o.CadreName, o.Forbidden.ZH)
				}
				if o.Extra < 0 {
					t.Errorf("%s: %s would save %d", e.Row.Code, o.CadreName, o.Extra)
				}
			}
		}
	}
	if hidden == 0 {
		t.Error("no reason was private: the leave of K13 should be")
	}
	if _, err := w.Explain(ctx, thePlanner, w.house["H39"], 3); planner.KindOf(err) != planner.NotFound {
		t.Errorf("a household that declined: %v, want NotFound", err)
	}
	if _, err := w.Explain(ctx, planner.Principal{}, w.house["H01"], 3); planner.KindOf(err) != planner.Forbidden {
		t.Errorf("a visitor: %v, want Forbidden", err)
	}
}

func TestPairingsComeInPagesAndByUnit(t *testing.T) {
	ctx := context.Background()
	w := newPlanTown(t, dbtest.SQLite(t))
	w.plan()
	page, err := w.Pairings(ctx, thePlanner, pipeline.PairingFilter{Tier: planner.TierHousehold, Offset: 30, Limit: 20})
	if err != nil || page.Total != 39 || len(page.Rows) != 9 || page.Plan.Households != 39 {
		t.Fatalf("page: %d of %d, %v; want 9 of 39", len(page.Rows), page.Total, err)
	}
	if r := page.Rows[0]; r.Code != "H30" || r.Head != "张某某" || r.Area != "示范2社区2组" || r.CadreName == "" || r.Unit == "" {
		t.Errorf("row %+v", r)
	}
	page, err = w.Pairings(ctx, thePlanner, pipeline.PairingFilter{Unit: "u1", Tier: planner.TierVillage})
	if err != nil || page.Total != 1 || page.Rows[0].Area != "示范1社区" {
		t.Errorf("the unit's leader: %+v, %v", page.Rows, err)
	}
	if _, err := w.Pairings(ctx, planner.Principal{}, pipeline.PairingFilter{}); planner.KindOf(err) != planner.Forbidden {
		t.Errorf("a visitor: %v, want Forbidden", err)
	}
}

func TestPlanJSONIsTheSameOnBothEnginesAndHoldsWhatItSays(t *testing.T) {
	ctx := context.Background()
	var bodies []string
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newPlanTown(t, url)
		w.plan()
		var b bytes.Buffer
		if err := w.PlanJSON(ctx, thePlanner, 2026, &b); err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, b.String())
		var out struct {
			Plan struct {
				Price, Bound, Gap int64
			}
			Certificates []struct{ Price int64 }
			Pairings     []struct {
				Target, Cadre string
				Price         int64
				Reasons       []struct {
					Rule  string
					Price int64
				}
			}
		}
		if err := json.Unmarshal(b.Bytes(), &out); err != nil {
			t.Fatal(err)
		}
		sum := int64(0)
		for _, p := range out.Pairings {
			sum += p.Price
			for _, r := range p.Reasons {
				p.Price -= r.Price
			}
			if p.Price != 0 || p.Target == "" || p.Cadre == "" {
				t.Errorf("pairing %+v", p)
			}
		}
		if len(out.Pairings) != 39+2+4 || sum != out.Plan.Price || out.Plan.Gap != 0 || len(out.Certificates) != 3 {
			t.Errorf("%d pairings of %d, plan %+v", len(out.Pairings), sum, out.Plan)
		}
		book, err := w.PlanBook(ctx, thePlanner, 2026)
		if err != nil || len(book.Pairs) != 45 || len(book.Summaries) != 3 || len(book.Changes) == 0 {
			t.Fatalf("plan book: %d pairs, %d changes, %v", len(book.Pairs), len(book.Changes), err)
		}
		for _, c := range book.Changes {
			if strings.Contains(c.Why.ZH, "请假") {
				t.Errorf("the book says why: %q", c.Why.ZH)
			}
		}
	})
	if len(bodies) == 2 && bodies[0] != bodies[1] {
		t.Error("plan.json differs between the engines")
	}
}

func TestTheRulesThatThePlanNamesAreThoseOfTheBook(t *testing.T) {
	w := newPlanTown(t, dbtest.SQLite(t))
	w.plan()
	var known []string
	for _, l := range rule.Default().Lines() {
		known = append(known, l.ID)
	}
	known = append(known, "not-in-post")
	for n := range 39 {
		e, err := w.Explain(context.Background(), thePlanner, w.house[fmt.Sprintf("H%02d", n)], 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range e.Reasons {
			if !slices.Contains(known, r.Rule) {
				t.Errorf("unknown rule %q", r.Rule)
			}
		}
	}
}
