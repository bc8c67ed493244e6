package pipeline_test

import (
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
)

// A village's year has its own market days and those of what it lies in, and the units that come, each on its days: those who see a
// household there and those whose day begins there. It names nobody, and who comes is not for every reader.
func TestAVillagesYearSaysWhatHoldsThereAndWhichUnitsCome(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newCalendarTown(t, url, 2)
		if err := w.PutAreaDays(t.Context(), asPlanner, []planner.AreaDay{
			{Area: "411281001001", Kind: planner.DayMarket, Rule: "lunar:3,6,9", Name: "西关集"},
			{Area: "411281", Kind: planner.DayFarm, Rule: "term:芒种..夏至"},
			{Area: "411281001002", Kind: planner.DayNoGo, Rule: "solar-date:6-7..6-10"}}, false); err != nil {
			t.Fatal(err)
		}
		w.lay(2026)
		years, err := w.VillageYears(t.Context(), asPlanner, "411281001001", 2026)
		if err != nil || len(years) != 1 {
			t.Fatalf("got %d years, %v", len(years), err)
		}
		y := years[0]
		if y.Name != "示例1社区" || y.Township != "示例街道" || !y.Open || len(y.Rules) != 2 {
			t.Errorf("got %s of %s with %d rules, want its own market and the county's farm season", y.Name, y.Township, len(y.Rules))
		}
		// 冬月十三, 十四, 三月廿九, 四月廿三, 廿四; 芒种 is 5 June
		for on, want := range map[string]string{"2026-01-01": "market", "2026-01-02": "", "2026-05-15": "market", "2026-06-08": "farm market", "2026-06-09": "farm"} {
			var got []string
			for _, k := range y.Marks[civil.MustDate(on)] {
				got = append(got, string(k))
			}
			if s := strings.Join(got, " "); s != want {
				t.Errorf("%s: got %q, want %q", on, s, want)
			}
		}
		_, visits := w.all()
		days := map[civil.Date]bool{}
		for _, v := range visits {
			if strings.HasPrefix(string(v.Household), "h0000") {
				days[v.On] = true
			}
		}
		for _, v := range y.Visits {
			delete(days, v.On)
			if len(v.Units) != 1 || v.Units[0] != "示例局" {
				t.Errorf("%v: got the units %q", v.On, v.Units)
			}
		}
		if len(days) > 0 || len(y.Visits) < 12 {
			t.Errorf("got %d days on which units come; missing %v", len(y.Visits), days)
		}
		if y.Visits[0].On != civil.MustDate("2026-01-15") || y.Visits[0].Title.ZH != "群众工作日" {
			t.Errorf("got %v %q first", y.Visits[0].On, y.Visits[0].Title.ZH)
		}
		all, err := w.VillageYears(t.Context(), asPlanner, "411281001", 2026)
		if err != nil || len(all) != 35 || all[1].Code != "411281001002" || len(all[1].Marks[civil.MustDate("2026-06-08")]) != 2 {
			t.Errorf("got %d villages of the township, %v", len(all), err)
		}
		other, err := w.VillageYears(t.Context(), as("id-S0002"), "411281001001", 2026)
		if err != nil || other[0].Open || len(other[0].Visits) > 0 || len(other[0].Rules) != 2 {
			t.Errorf("a cadre of elsewhere reads who comes: %+v, %v", other[0].Visits, err)
		}
		room := planner.Principal{Account: "room", Name: "信息员", Roles: []planner.Role{planner.RoleClerk}, Areas: []planner.AreaCode{"411281001001"}}
		if own, err := w.VillageYears(t.Context(), room, "411281001001", 2026); err != nil || !own[0].Open || len(own[0].Visits) != len(y.Visits) {
			t.Errorf("the room of the village does not read who comes: %v", err)
		}
		if _, err := w.VillageYears(t.Context(), asPlanner, "999999999999", 2026); planner.KindOf(err) != planner.NotFound {
			t.Errorf("got %v, want NotFound", err)
		}
		if _, err := w.VillageYears(t.Context(), planner.Principal{}, "411281001001", 2026); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("a visitor: got %v, want Forbidden", err)
		}
	})
}
