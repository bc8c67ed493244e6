package calendar_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
)

// Ten years of each preset with ledgers that start far apart, long leave, leaders and heads who come and go: no minimum is missed that
// could be met, and of the rotas that meet them the leximin fairest is laid, both as a plain flow counts it. LIANXIN_ROTA=5 tries five
// offices of each preset.
func TestTenYearsMeetEveryMinimumThatCanBeMetWhateverTheLedger(t *testing.T) {
	offices := uint64(1)
	if n, err := strconv.ParseUint(os.Getenv("LIANXIN_ROTA"), 10, 32); err == nil {
		offices = n
	}
	w := plainYears(t, 2026, 2035)
	for _, rules := range calendar.RotaPresets() {
		t.Run(rules.Name, func(t *testing.T) {
			var say struct{ years, owed, away, short, uneven int }
			for seed := range offices {
				r := rand.New(rand.NewPCG(seed, 29))
				heads := 1 + r.IntN(3)
				leaders, ledger, joined := bench(14+r.IntN(12)+heads, heads), map[planner.CadreID]int64{}, 0
				for i := range leaders {
					leaders[i].Portfolio = []string{[]string{"土地", "民政", "政法", "教育", "农业"}[r.IntN(5)]}
					ledger[leaders[i].ID] = int64(r.IntN(9)-4) * calendar.DutyUnit
				}
				for year := 2026; year <= 2035; year++ {
					if year > 2026 {
						at := r.IntN(len(leaders)) // a head too
						joined++
						code := fmt.Sprint("N", joined)
						leaders[at] = planner.Cadre{ID: planner.CadreID(code), Code: code, Name: code, Rank: planner.RankLeader, Active: true, Head: leaders[at].Head, Portfolio: leaders[at].Portfolio}
					}
					for i := range leaders {
						leaders[i].Leaves = nil
						for range r.IntN(3) {
							from := civil.Of(year, 1, 1).AddDays(r.IntN(360))
							leaders[i].Leaves = append(leaders[i].Leaves, planner.Leave{Span: civil.Span{From: from, Until: from.AddDays(2 + r.IntN(70))}})
						}
					}
					in := calendar.RotaInput{Year: year, Days: w, Rules: rules, Leaders: leaders, Carried: ledger}
					rota, err := calendar.LayRota(t.Context(), in)
					if err != nil {
						t.Fatal(err)
					}
					say.years++
					what := fmt.Sprint("seed ", seed, " ", year)
					for _, p := range rota.Pools {
						unmet, want := plainFlow(in, p, rota.Slots)
						if p.Unmet != unmet || p.Owed != unmet {
							t.Errorf("%s heads %v: %d slots of minima unmet, %d proved, the plain flow leaves %d", what, p.Heads, p.Unmet, p.Owed, unmet)
						}
						say.owed += unmet
						say.short += p.Short
						if p.Fair && p.Unmet == p.Owed {
							got := excessOf(in, p, rota.Slots)
							for i := range got {
								if d := (got[i]+500)/1000 - want[i]; d > 2 || d < -2 {
									t.Errorf("%s heads %v: excesses %v, the plain flow has %v", what, p.Heads, got, want)
									break
								}
							}
						} else {
							say.uneven++
							t.Logf("%s heads %v: proved %v, spread %d, bound %d, %d short gaps of which %d are forced", what, p.Heads, p.Proved(), p.Spread, p.Bound, p.Short, p.Forced)
						}
						for _, d := range p.Duties {
							ledger[d.Cadre] = d.Balance
						}
					}
					say.away += monthsOfHeads(t, what, in, rota)
				}
			}
			t.Logf("%+v", say)
		})
	}
}

// monthsOfHeads holds that each head has a slot of each month where the rules ask for it, unless they are away all month, or there on so
// few days that other heads who are there on no others need them all.
func monthsOfHeads(t *testing.T, what string, in calendar.RotaInput, rota calendar.Rota) (away int) {
	t.Helper()
	if !slices.ContainsFunc(in.Rules.Least, func(l calendar.Least) bool { return l.Heads }) {
		return 0
	}
	took := map[string]bool{}
	for _, s := range rota.Slots {
		took[fmt.Sprint(s.Cadre, s.On.Month)] = true
	}
	for m := civil.Of(in.Year, 1, 1); m.Year == in.Year; m = nextMonth(m) {
		days := in.Days.Between(civil.Span{From: m, Until: nextMonth(m)})
		taken := map[civil.Date]int{}
		var heads []planner.Cadre
		for _, l := range in.Leaders {
			if l.Head {
				heads = append(heads, l)
			}
		}
		var give func(k int, seen map[civil.Date]bool) bool
		give = func(k int, seen map[civil.Date]bool) bool {
			for _, d := range days {
				if heads[k].OnLeave(d) || seen[d] {
					continue
				}
				seen[d] = true
				if other, has := taken[d]; !has || give(other, seen) {
					taken[d] = k
					return true
				}
			}
			return false
		}
		could, did := 0, 0
		for k, h := range heads {
			if give(k, map[civil.Date]bool{}) {
				could++
			} else {
				away++
			}
			if took[fmt.Sprint(h.ID, m.Month)] {
				did++
			}
		}
		if did != could {
			t.Errorf("%s: %d heads receive in %v, %d could", what, did, m.Month, could)
		}
	}
	return away
}

func nextMonth(d civil.Date) civil.Date {
	next := d.AddDays(31)
	return civil.Of(next.Year, next.Month, 1)
}

// An office may ask for more than its preset: two days a month of each head, two a quarter of each other leader, on as many days as that
// takes.
func TestMoreThanTheMinimumOfAPresetIsMetToo(t *testing.T) {
	for _, preset := range []string{"gansu-2018", "central-2009"} {
		rules, err := calendar.RotaPreset(preset)
		if err != nil {
			t.Fatal(err)
		}
		rules.Least = []calendar.Least{{Heads: true, Per: calendar.TermMonth, Times: 2}, {Per: calendar.TermQuarter, Times: 2}}
		rules.Gap = 5
		ls := bench(18, 2)
		ls[0].Leaves = []planner.Leave{leave("2026-05-01", "2026-05-28")}
		rota, err := calendar.LayRota(t.Context(), calendar.RotaInput{Year: 2026, Days: calendar.Embedded(), Rules: rules, Leaders: ls})
		if err != nil {
			t.Fatal(err)
		}
		took := map[string]int{}
		for _, s := range rota.Slots {
			took[fmt.Sprint(s.Cadre, " m", int(s.On.Month))]++
			took[fmt.Sprint(s.Cadre, " q", (int(s.On.Month)-1)/3)]++
		}
		for _, l := range ls {
			for m := 1; m <= 12; m++ {
				key := fmt.Sprint(l.ID, " q", (m-1)/3)
				if l.Head {
					key = fmt.Sprint(l.ID, " m", m)
				}
				if took[key] < 2 {
					t.Errorf("%s: %s has %d slots, want two", preset, key, took[key])
				}
			}
		}
		for _, p := range rota.Pools {
			if unmet, _ := plainFlow(calendar.RotaInput{Leaders: ls, Rules: rules}, p, rota.Slots); unmet != 0 || p.Unmet != 0 || !p.Fair {
				t.Errorf("%s heads %v: %d unmet, the plain flow leaves %d, fair %v", preset, p.Heads, p.Unmet, unmet, p.Fair)
			}
		}
	}
}

// Where the rules change in the middle of a year, what was held under the old ones is nobody's standing in for a head.
func TestARuleThatComesInTheMiddleOfAYearFindsNoStandInsBeforeIt(t *testing.T) {
	o := office{calendar.RotaInput{Year: 2026, Days: calendar.Embedded(), Leaders: bench(20, 2), Today: civil.Of(2025, 12, 20)}}
	for _, preset := range []string{"gansu-2018", "henan-2024", "central-2009", "henan-2024"} {
		rules, err := calendar.RotaPreset(preset)
		if err != nil {
			t.Fatal(err)
		}
		o.in.Rules = rules
		rota, _ := o.lay(t)
		for _, f := range rota.Findings {
			if f.Code == "rota-stand-in" {
				t.Errorf("%s from %v on: %s", preset, o.in.Today, f.Say.ZH)
			}
		}
		if _, n := o.lay(t); n > 0 {
			t.Errorf("%s from %v on: %d days moved when laid again", preset, o.in.Today, n)
		}
		o.in.Today = o.in.Today.AddDays(75)
		if _, n := o.lay(t); n > 0 {
			t.Errorf("%s until %v: %d days moved", preset, o.in.Today, n)
		}
	}
}
