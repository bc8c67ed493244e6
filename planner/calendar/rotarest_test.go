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

// office lays one year again and again as an office does: what is over stays as it was held, and nothing new is laid into the past.
type office struct {
	in calendar.RotaInput
}

// lay lays the year and reports how many days are held by somebody else than before.
func (o *office) lay(t *testing.T) (rota calendar.Rota, changed int) {
	t.Helper()
	rota, err := calendar.LayRota(t.Context(), o.in)
	if err != nil {
		t.Fatal(err)
	}
	was, now := map[civil.Date]calendar.Slot{}, map[civil.Date]calendar.Slot{}
	var next []calendar.Slot
	for _, s := range o.in.Last {
		was[s.On] = s
		if s.On.Before(o.in.Today) {
			next = append(next, s)
		}
	}
	for _, s := range rota.Slots {
		if !s.On.Before(o.in.Today) || len(o.in.Last) == 0 {
			next = append(next, s)
		}
	}
	for _, s := range next {
		now[s.On] = s
		if old := was[s.On]; old.Cadre != s.Cadre || old.Deputy != s.Deputy || old.Second != s.Second || old.Theme != s.Theme || old.Why != s.Why {
			changed++
		}
	}
	for on := range was {
		if _, still := now[on]; !still {
			changed++
		}
	}
	o.in.Last, o.in.Asked, o.in.Since = next, rota.Asked, map[planner.CadreID]civil.Date{}
	for _, p := range rota.Pools {
		for _, d := range p.Duties {
			o.in.Since[d.Cadre] = d.Since
		}
	}
	return rota, changed
}

// Nothing moves unless something new is known: whatever happened before, and however much of the year is over. LIANXIN_ROTA=12 tries
// twelve offices of each preset.
func TestARotaIsAtRestUntilSomethingHappens(t *testing.T) {
	offices, steps := uint64(1), 2
	if n, err := strconv.ParseUint(os.Getenv("LIANXIN_ROTA"), 10, 32); err == nil {
		offices, steps = n, 8
	}
	for _, rules := range calendar.RotaPresets() {
		t.Run(rules.Name, func(t *testing.T) {
			for seed := range offices {
				r := rand.New(rand.NewPCG(seed+3, 11))
				o := office{calendar.RotaInput{Year: 2026, Days: calendar.Embedded(), Rules: rules, Leaders: bench(4+r.IntN(30), r.IntN(4)), Carried: map[planner.CadreID]int64{}}}
				o.in.Rules.Gap = 1 + r.IntN(15)
				for i := range o.in.Leaders {
					l := &o.in.Leaders[i]
					l.Portfolio = []string{[]string{"土地", "民政", "政法", "教育", "农业"}[r.IntN(5)]}
					if r.IntN(3) > 0 {
						o.in.Carried[l.ID] = int64(r.IntN(6_000_000)) - 3_000_000
					}
				}
				o.in.Seconds = bench(3+r.IntN(4), 0)
				for i := range o.in.Seconds {
					o.in.Seconds[i].ID, o.in.Seconds[i].Code = planner.CadreID(fmt.Sprint("B", i)), fmt.Sprint("B", i)
				}
				o.in.Today = civil.Of(2025, 12, 20)
				for step := range steps {
					o.lay(t)
					what := fmt.Sprintf("seed %d, step %d, %v", seed, step, o.in.Today)
					if _, n := o.lay(t); n > 0 {
						t.Errorf("%s: %d days moved when laid again", what, n)
					}
					o.in.Today = o.in.Today.AddDays(r.IntN(50))
					if _, n := o.lay(t); n > 0 {
						t.Errorf("%s: %d days moved when time had passed until %v", what, n, o.in.Today)
					}
					o.happen(r)
				}
			}
		})
	}
}

// happen lets something happen: leave, somebody goes or comes, an exchange.
func (o *office) happen(r *rand.Rand) {
	at := r.IntN(len(o.in.Leaders))
	switch r.IntN(4) {
	case 0:
		from := o.in.Today.AddDays(r.IntN(60))
		o.in.Leaders[at].Leaves = append(slices.Clone(o.in.Leaders[at].Leaves), planner.Leave{Span: civil.Span{From: from, Until: from.AddDays(1 + r.IntN(40))}})
	case 1:
		if len(o.in.Leaders) > 3 {
			o.in.Leaders = slices.Delete(slices.Clone(o.in.Leaders), at, at+1)
		}
	case 2:
		code := "N" + o.in.Today.String()
		o.in.Leaders = append(slices.Clone(o.in.Leaders), planner.Cadre{ID: planner.CadreID(code), Code: code, Name: code, Rank: planner.RankLeader, Active: true})
	case 3:
		for i, s := range o.in.Last {
			if s.On.After(o.in.Today) && r.IntN(20) == 0 && s.Deputy != "" {
				o.in.Last[i].Cadre, o.in.Last[i].Deputy = s.Deputy, s.Cadre
				o.in.Agreed = append(o.in.Agreed, o.in.Last[i])
				return
			}
		}
	}
}
