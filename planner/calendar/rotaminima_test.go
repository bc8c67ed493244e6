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

// A head without a slot in a month in which they are there is named, one who is never there in it is said to be excused, and every other
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
