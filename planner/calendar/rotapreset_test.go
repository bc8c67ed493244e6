package calendar

import (
	"testing"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// The rota of an office that chose 桐城, 安康 or the notice of 2008 receives on exactly the days that its calendar lays, at its hours.
func TestTheRotaReceivesOnTheDaysOfTheCalendarsPreset(t *testing.T) {
	leaders := []planner.Cadre{{ID: "A", Code: "1", Rank: planner.RankLeader, Active: true}, {ID: "B", Code: "2", Rank: planner.RankLeader, Active: true}, {ID: "C", Code: "3", Rank: planner.RankLeader, Active: true, Head: true}}
	for id, want := range map[string]struct {
		slots int
		from  string
		name  string
	}{"tongcheng": {99, "08:00", "tongcheng-2021"}, "ankang": {36, "08:30", "ankang-2022"}, "county-2008": {12, "08:30", "county-2008"}} {
		p, err := PresetOf(id)
		if err != nil {
			t.Fatal(err)
		}
		rules, ok := RotaOf(p.Rules)
		if !ok || rules.Name != want.name || rules.From != civil.MustClock(want.from) {
			t.Errorf("%s: got %s from %v, %v; want %s from %s", id, rules.Name, rules.From, ok, want.name, want.from)
		}
		year, err := Lay(2026, p.Rules, Embedded())
		if err != nil {
			t.Fatal(err)
		}
		laid := map[civil.Date]bool{}
		for _, d := range year.Receptions {
			if !d.Skipped && (p.Rules.UnitDay == 0 || d.Nominal.Day != p.Rules.UnitDay) {
				laid[d.On] = true
			}
		}
		rota, err := LayRota(t.Context(), RotaInput{Year: 2026, Days: Embedded(), Rules: rules, Leaders: leaders})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range rota.Slots {
			if !laid[s.On] {
				t.Errorf("%s: somebody receives on %v, which the calendar does not lay", id, s.On)
			}
			delete(laid, s.On)
		}
		if len(laid) > 0 || len(rota.Slots) != want.slots {
			t.Errorf("%s: got %d slots, want %d; nobody receives on %v", id, len(rota.Slots), want.slots, laid)
		}
	}
	for _, id := range []string{"yima", "mengjin", "township-10"} {
		p, err := PresetOf(id)
		if err != nil {
			t.Fatal(err)
		}
		if r, ok := RotaOf(p.Rules); ok {
			t.Errorf("%s: got the rota %s, want the office's own", id, r.Name)
		}
	}
}
