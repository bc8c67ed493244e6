package calendar_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
)

// A head has a slot of each month in which they are there on as many days as there are heads; one without a slot of a month is named, one who is never there in it is said to be excused, and every other
// leader has a slot of each quarter in which they are there on some days, whatever leave they take, whatever they did in the years before,
// and whoever joins. Counted afresh from the slots.
func TestMinimaAreMetOrNamed(t *testing.T) {
	for _, preset := range []string{"gansu-2018", "central-2009", "linze-2020"} {
		rules, err := calendar.RotaPreset(preset)
		if err != nil {
			t.Fatal(err)
		}
		rules.Gap = 5
		excused, quarters := 0, 0
		for seed := range uint64(15) {
			r := rand.New(rand.NewPCG(seed, 7))
			in := calendar.RotaInput{Year: 2026, Days: calendar.Embedded(), Rules: rules, Leaders: bench(14+r.IntN(12), 1+r.IntN(3)), Carried: map[planner.CadreID]int64{}}
			for i := range in.Leaders {
				l := &in.Leaders[i]
				in.Carried[l.ID] = int64(r.IntN(8_000_000)) - 4_000_000
				for range r.IntN(4) {
					from := civil.Of(2026, 1, 1).AddDays(r.IntN(360))
					l.Leaves = append(l.Leaves, planner.Leave{Span: civil.Span{From: from, Until: from.AddDays(2 + r.IntN(45))}})
				}
			}
			first, err := calendar.LayRota(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			excused += checkMonths(t, fmt.Sprint(preset, " ", seed), in, first)
			in.Last, in.Today = first.Slots, civil.Of(2026, 5, 20)
			in.Leaders = append(slices.Clone(in.Leaders), planner.Cadre{ID: "H9", Code: "H9", Name: "新任", Rank: planner.RankLeader, Head: true, Active: true})
			again, err := calendar.LayRota(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			checkMonths(t, fmt.Sprint(preset, " ", seed, " with a new head"), in, again)
			if preset == "central-2009" {
				quarters += checkQuarters(t, fmt.Sprint(preset, " ", seed), in, first)
			}
		}
		if excused == 0 {
			t.Errorf("%s: no head was ever away for a month", preset)
		}
		if preset == "central-2009" && quarters < 500 {
			t.Errorf("only %d quarters of leaders were looked at", quarters)
		}
	}
}

// checkQuarters holds that every other leader received in each quarter in which they were there on six days of reception or more.
func checkQuarters(t *testing.T, what string, in calendar.RotaInput, rota calendar.Rota) (n int) {
	t.Helper()
	for _, l := range in.Leaders {
		for q := range 4 {
			there, took := 0, 0
			for _, s := range rota.Slots {
				if (int(s.On.Month)-1)/3 != q {
					continue
				}
				if !s.Head && !l.OnLeave(s.On) {
					there++
				}
				if s.Cadre == l.ID {
					took++
				}
			}
			if l.Head || there < 6 {
				continue
			}
			if n++; took == 0 {
				t.Errorf("%s: %s does not receive in quarter %d, though there on %d days", what, l.Code, q+1, there)
			}
		}
	}
	return n
}

func checkMonths(t *testing.T, what string, in calendar.RotaInput, rota calendar.Rota) (excused int) {
	t.Helper()
	said := func(code, name, month string) bool {
		return slices.ContainsFunc(rota.Findings, func(f planner.Finding) bool {
			return f.Code == code && strings.Contains(f.Say.EN, name) && strings.Contains(f.Say.EN, "in "+month)
		})
	}
	heads := 0
	for _, l := range in.Leaders {
		if l.Head {
			heads++
		}
	}
	for _, h := range in.Leaders {
		if !h.Head {
			continue
		}
		for m := 1; m <= 12; m++ {
			if !in.Today.IsZero() && (m < int(in.Today.Month) || m == int(in.Today.Month)) {
				continue // over, or nearly
			}
			there, took, month := 0, 0, ""
			for _, s := range rota.Slots {
				if int(s.On.Month) != m {
					continue
				}
				month = s.On.Month.String()
				if !h.OnLeave(s.On) {
					there++
				}
				if s.Cadre == h.ID && s.Head {
					took++
				}
			}
			switch {
			case took == 0 && there >= heads:
				t.Errorf("%s: %s has no slot in %s, there on %d days of it", what, h.Code, month, there)
			case there > 0 && took == 0 && !said("rota-minimum", h.Name, month):
				t.Errorf("%s: %s has no slot in %s, there on %d days of it, and nothing says so", what, h.Code, month, there)
			case there == 0:
				excused++
				if !said("rota-excused", h.Name, month) {
					t.Errorf("%s: %s is away all %s and nothing says so", what, h.Code, month)
				}
			}
		}
	}
	return excused
}

// A head who takes leave of late, so that their day of the running month would be one that is over, gets one of those that are left; the
// rota rests there while days go by.
func TestAHeadWhoseDayIsOverGetsAnotherOfTheMonth(t *testing.T) {
	for _, preset := range []string{"gansu-2018", "central-2009"} {
		rules, err := calendar.RotaPreset(preset)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []int{2, 5, 9, 11} {
			o := office{calendar.RotaInput{Year: 2026, Days: calendar.Embedded(), Rules: rules, Leaders: bench(20, 2), Seconds: bench(4, 0), Today: civil.Of(2025, 12, 20)}}
			first, _ := o.lay(t)
			var own civil.Date
			for _, s := range first.Slots {
				if s.Cadre == "L01" && int(s.On.Month) == m {
					own = s.On
				}
			}
			o.in.Today = own.AddDays(-2)
			o.lay(t)
			o.in.Leaders = slices.Clone(o.in.Leaders)
			o.in.Leaders[0].Leaves = []planner.Leave{{Span: civil.Span{From: own.AddDays(-2), Until: own.AddDays(9)}}}
			left := 0
			for _, d := range o.in.Days.Between(civil.YearSpan(2026)) {
				if int(d.Month) == m && !d.Before(own.AddDays(9)) {
					left++
				}
			}
			now, _ := o.lay(t)
			var got civil.Date
			for _, s := range now.Slots {
				if s.Cadre == "L01" && int(s.On.Month) == m && !s.On.Before(o.in.Today) {
					got = s.On
				}
			}
			if left > 1 && got.Before(own.AddDays(9)) {
				t.Errorf("%s, month %d: %v falls into leave, %d workdays are left after it, and L01 receives on %v", preset, m, own, left, got)
			}
			for range 3 {
				if _, n := o.lay(t); n > 0 {
					t.Errorf("%s, month %d: %d days moved when laid again on %v", preset, m, n, o.in.Today)
				}
				o.in.Today = o.in.Today.AddDays(2)
			}
		}
	}
}

// Two heads who are there on the same single workday of a month owe two slots and have one day: the finding names both, and the day.
func TestAMinimumThatTwoHeadsCompeteForSaysWhoAndWhen(t *testing.T) {
	rules, err := calendar.RotaPreset("gansu-2018")
	if err != nil {
		t.Fatal(err)
	}
	rules.Heads, rules.Least = calendar.HeadMondays, []calendar.Least{{Heads: true, Per: calendar.TermMonth, Times: 2}}
	ls := bench(20, 3)
	rota := layRota(t, calendar.RotaInput{Rules: rules, Leaders: ls})
	at := slices.IndexFunc(rota.Findings, func(f planner.Finding) bool { return f.Code == "rota-minimum" })
	if at < 0 || !strings.Contains(rota.Findings[at].Say.ZH, "少于3人各2次") {
		t.Fatalf("got %v: three heads cannot each have two of four Mondays", rota.Findings)
	}
	rules.Least[0].Times = 1
	for i := range 2 { // in June there on the 1st alone
		ls[i].Leaves = []planner.Leave{leave("2026-06-02", "2026-07-01")}
	}
	rota = layRota(t, calendar.RotaInput{Rules: rules, Leaders: ls})
	at = slices.IndexFunc(rota.Findings, func(f planner.Finding) bool { return f.Code == "rota-minimum" })
	if at < 0 {
		t.Fatalf("got %v", rota.Findings)
	}
	for _, word := range []string{"6月", ls[0].Name, ls[1].Name, "2026-06-01", "共1天", "2次"} {
		if !strings.Contains(rota.Findings[at].Say.ZH, word) {
			t.Errorf("the finding %q does not say %q", rota.Findings[at].Say.ZH, word)
		}
	}
	for _, p := range rota.Pools {
		if p.Heads && (p.Unmet != 1 || p.Owed != 1 || !p.Fair) {
			t.Errorf("got %+v, want one slot unmet, proved, and the fairest of such rotas", p)
		}
	}
	t.Log(rota.Findings[at].Say.ZH)
}
