package pipeline_test

import (
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
)

func (w *calendarTown) local(area, kind, rule string, wish planner.DayWish) {
	w.t.Helper()
	err := w.PutAreaDays(w.t.Context(), asPlanner, []planner.AreaDay{{Area: planner.AreaCode(area), Kind: planner.AreaDayKind(kind), Rule: rule, Name: "西关集", Wish: wish}}, false)
	if err != nil {
		w.t.Fatal(err)
	}
}

// visitsOn counts the visits by day, of one village and of the others.
func (w *calendarTown) visitsOn(village string) (there, elsewhere map[civil.Date]int) {
	there, elsewhere = map[civil.Date]int{}, map[civil.Date]int{}
	_, visits := w.all()
	for _, v := range visits {
		if strings.HasPrefix(string(v.Household), "h0000") == (village == "411281001001") {
			there[v.On]++
		} else {
			elsewhere[v.On]++
		}
	}
	return there, elsewhere
}

func TestVisitsKeepOffMarketDaysSeekThemOrNeverComeOnNoGoDays(t *testing.T) {
	may, august := civil.MustDate("2026-05-15"), civil.MustDate("2026-10-15") // both are market days of 农历逢三六九
	for _, c := range []struct {
		kind string
		wish planner.DayWish
		want string
	}{{"market", "", "some"}, {"market", planner.WishAvoid, "none"}, {"market", planner.WishPrefer, "more"}, {"no-go", "", "none"}, {"closed", "", "none"}} {
		w := newCalendarTown(t, dbtest.SQLite(t), 2)
		w.lay(2026)
		before, _ := w.visitsOn("411281001001")
		w.local("411281001001", c.kind, "lunar:3,6,9", c.wish)
		rep := w.lay(2026)
		there, elsewhere := w.visitsOn("411281001001")
		n, total := there[may]+there[august], 0
		for _, k := range there {
			total += k
		}
		ok := map[string]bool{"none": n == 0, "some": n > 0 && n == before[may]+before[august], "more": n >= before[may]+before[august]}[c.want]
		if !ok || total != 60 || elsewhere[may] == 0 {
			t.Errorf("%s %s: got %d visits on market days of %d (before %d), elsewhere %d; want %s\n%+v", c.kind, c.wish, n, total, before[may]+before[august], elsewhere[may], c.want, rep.Findings)
		}
		if again := w.lay(2026); again.Changed != 0 {
			t.Errorf("%s %s: laid again: %d changes", c.kind, c.wish, again.Changed)
		}
	}
}

func TestACountysClosedDayMovesItsDaysAndAMarketShowsInTheFeed(t *testing.T) {
	w := newCalendarTown(t, dbtest.SQLite(t), 1)
	w.lay(2026)
	w.local("411281", "closed", "date:2026-04-15", "")
	w.local("411281001001", "market", "lunar:3,6,9", "")
	w.lay(2026)
	events, _ := w.all()
	if e := events["mwd/202604"]; e.On.String() != "2026-04-16" || !strings.Contains(e.Why.ZH, "西关集") {
		t.Errorf("got %v %s, want 04-16 for the county's own closed day", e.On, e.Why.ZH)
	}
	f, err := w.FeedOf(t.Context(), asPlanner, "cadre", "id-S0001")
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.ReplaceAll(string(f.Body), "\r\n ", ""); strings.Count(text, "逢集（西关集，农历逢三、六、九）") != 3 {
		t.Errorf("got %d mentions of the market, want those of 04-16, where the closed day moved April's, 05-15 and 10-15", strings.Count(text, "逢集"))
	}
	w.today("2026-05-01")
	page, err := w.CadrePage(t.Context(), asPlanner, "id-S0001")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(page.Events[0].Why.ZH, "逢集（西关集") || strings.Contains(page.Events[1].Why.ZH, "逢集") {
		t.Errorf("got %+v, want the market on the page of May and none in June", page.Events[:2])
	}
	if e := events["mwd/202605/id-S0001"]; e.Sequence != 1 {
		t.Errorf("got SEQUENCE %d of the day that now names the market, want 1", e.Sequence)
	}
	if e := events["mwd/202607/id-S0001"]; e.Sequence != 0 {
		t.Errorf("got SEQUENCE %d of a day without a market, want 0", e.Sequence)
	}
}

func TestDaysOfAreasAreCheckedByRow(t *testing.T) {
	text := "\ufeff区划代码,类别,规则,名称,走访\n411281001001,逢集,lunar:3,西关集,避开\n\n411281001001,集市,lunar:3,,\n411281001001,逢集,moon:3,,\n411281001001,庙会,lunar-date:2-2,13800138000家,\n411281001001,农忙,term:芒种..夏至,,绕开\n"
	days, fs := pipeline.ReadAreaDays("日子.csv", strings.NewReader(text))
	if len(days) != 1 || days[0].Wish != planner.WishAvoid || days[0].Kind != planner.DayMarket {
		t.Errorf("got %+v, want the first row", days)
	}
	var rows []int
	for _, f := range fs {
		rows = append(rows, f.Place.Row)
		if f.Say.ZH == "" || f.Say.EN == "" || f.Place.File != "日子.csv" {
			t.Errorf("got %+v, want both languages and the place", f)
		}
	}
	if len(rows) != 4 {
		t.Errorf("got findings in rows %v, want four", rows)
	}
	if _, fs := pipeline.ReadAreaDays("x.csv", strings.NewReader("区划代码,姓名\n")); len(fs) != 3 {
		t.Errorf("got %+v, want two missing columns and one that is not needed", fs)
	}
	w := newCalendarTown(t, dbtest.SQLite(t), 1)
	err := w.PutAreaDays(t.Context(), asPlanner, []planner.AreaDay{{Area: "999999", Kind: planner.DayMarket, Rule: "lunar:3"}}, false)
	if planner.KindOf(err) != planner.NotFound {
		t.Errorf("an unknown area: got %v, want NotFound", err)
	}
	err = w.PutAreaDays(t.Context(), asPlanner, []planner.AreaDay{{Area: "411281", Kind: planner.DayMarket, Rule: "lunar:3"}}, true)
	if planner.KindOf(err) != planner.NotFound {
		t.Errorf("taking away what is not there: got %v, want NotFound", err)
	}
}
