package calendar_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
)

// plainYears gives the notices of years to come as the law itself makes them: enough to lay rotas for ten years.
func plainYears(t *testing.T, from, until int) *calendar.Workdays {
	t.Helper()
	var ns []calendar.Notice
	law := calendar.Embedded()
	for year := from; year <= until; year++ {
		n := calendar.Notice{Year: year}
		for d := civil.Of(year, 1, 1); d.Year == year; d = d.AddDays(1) {
			if name := law.Name(d); name != "" || law.Makeup(d) {
				if name == "" {
					name = "补班"
				}
				n.Days = append(n.Days, calendar.NoticeDay{Name: name, On: d, Off: !law.Makeup(d)})
			}
		}
		ns = append(ns, n)
	}
	w, err := calendar.NewWorkdays(ns...)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestTenYearsOfRota lays ten years with leave, leaders who come, go and come back, and the ledger carried from year to year.
// Each year is counted afresh by a plain relaxation (people with room move units along chains until nothing gets better) that
// shares no code with the solver.
func TestTenYearsOfRota(t *testing.T) {
	w := plainYears(t, 2026, 2035)
	for _, preset := range []string{"henan-2024", "linze-2020", "tongcheng-2021"} {
		t.Run(preset, func(t *testing.T) {
			rules, err := calendar.RotaPreset(preset)
			if err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(2026, 1))
			leaders, gone := bench(30, 2), []planner.Cadre(nil)
			ledger := map[planner.CadreID]int64{}
			returners, newcomers, leaves := 0, 0, 0
			for year := 2026; year <= 2035; year++ {
				if year > 2026 {
					for range 2 { // two go, somebody comes, and every other year somebody comes back
						at := 2 + r.IntN(len(leaders)-2)
						gone = append(gone, leaders[at])
						leaders = slices.Delete(leaders, at, at+1)
					}
					code := fmt.Sprintf("N%d", year)
					leaders = append(leaders, planner.Cadre{ID: planner.CadreID(code), Code: code, Name: code, Rank: planner.RankLeader, Active: true})
					newcomers++
					if year%2 == 0 {
						leaders = append(leaders, gone[0])
						gone = gone[1:]
						returners++
					}
				}
				for i := range leaders {
					leaders[i].Leaves = nil
					for range r.IntN(3) {
						a := civil.Of(year, 1, 1).AddDays(r.IntN(350))
						span := civil.Span{From: a, Until: a.AddDays(3 + r.IntN(12))}
						if i < 2 { // heads: never both, and short
							span.Until = a.AddDays(3)
							if i == 1 && leaders[0].OnLeave(a) {
								continue
							}
						}
						leaders[i].Leaves = append(leaders[i].Leaves, planner.Leave{Span: span})
						leaves++
					}
				}
				in := calendar.RotaInput{Year: year, Days: w, Rules: rules, Leaders: leaders, Carried: ledger}
				rota, err := calendar.LayRota(context.Background(), in)
				if err != nil {
					t.Fatal(err)
				}
				checkYear(t, in, rota)
				for _, p := range rota.Pools {
					for _, d := range p.Duties {
						ledger[d.Cadre] = d.Balance
					}
				}
			}
			if returners < 4 || newcomers < 9 || leaves < 100 {
				t.Fatalf("got %d returners, %d newcomers, %d leaves", returners, newcomers, leaves)
			}
		})
	}
}

func checkYear(t *testing.T, in calendar.RotaInput, rota calendar.Rota) {
	t.Helper()
	who := map[planner.CadreID]planner.Cadre{}
	for _, l := range in.Leaders {
		who[l.ID] = l
	}
	positions := in.Days.Between(civil.YearSpan(in.Year))
	last := map[planner.CadreID]int{}
	for _, s := range rota.Slots {
		at, ok := slices.BinarySearchFunc(positions, s.On, civil.Date.Compare)
		l := who[s.Cadre]
		if !ok || l.OnLeave(s.On) {
			t.Errorf("%v: %s is on leave, or the day is no workday", s.On, s.Cadre)
		}
		gap := in.Rules.Gap
		if l.Head && in.Rules.Heads != calendar.HeadShared {
			gap = in.Rules.HeadGap
		}
		if before, had := last[s.Cadre]; had && at-before < gap && !l.Head {
			t.Errorf("%v: %s received %d workdays before", s.On, s.Cadre, at-before)
		}
		last[s.Cadre] = at
		if s.Deputy == s.Cadre || s.Deputy == "" || who[s.Deputy].OnLeave(s.On) {
			t.Errorf("%v: deputy %q of %q", s.On, s.Deputy, s.Cadre)
		}
	}
	for _, p := range rota.Pools {
		if !p.Fair || !p.Proved() || p.Spread != p.Bound {
			t.Errorf("%d heads %v: spread %d, bound %d, fair %v, %d short of which %d are forced", in.Year, p.Heads, p.Spread, p.Bound, p.Fair, p.Short, p.Forced)
		}
		if !p.Heads && p.Short > 0 || p.Heads && p.Short > p.Forced+2 { // a head's gap is a wish
			t.Errorf("%d heads %v: %d short gaps, %d forced", in.Year, p.Heads, p.Short, p.Forced)
		}
		got := excessOf(in, p, rota.Slots)
		want := plainLeximin(in, p, rota.Slots)
		for i := range got {
			if d := got[i] - want[i]; d > 1000 || d < -1000 { // shares are rounded to a thousandth of a slot in Duty
				t.Errorf("%d heads %v: excesses %v, the plain leximin has %v", in.Year, p.Heads, got, want)
				break
			}
		}
	}
}

// excessOf counts each person's excess from the slots alone, sorted from the greatest down.
func excessOf(in calendar.RotaInput, p calendar.Pool, slots []calendar.Slot) []int64 {
	var out []int64
	for _, d := range p.Duties {
		e := d.Carried - d.Share*1000
		for _, s := range slots {
			if s.Cadre == d.Cadre {
				e += int64(s.Weight) * calendar.DutyUnit
			}
		}
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b int64) int { return int(max(-1, min(1, b-a))) })
	return out
}

// plainLeximin shares out the pool's slots as unit pieces: each goes to the least laden who is there, then pieces move along
// chains from more to less laden until the square sum cannot fall (Floyd and Warshall's closure says who reaches whom).
func plainLeximin(in calendar.RotaInput, p calendar.Pool, slots []calendar.Slot) []int64 {
	n := len(p.Duties)
	index := map[planner.CadreID]int{}
	leave := make([]planner.Cadre, n)
	excess := make([]int64, n)
	for k, d := range p.Duties {
		index[d.Cadre] = k
		excess[k] = d.Carried - d.Share*1000
		for _, l := range in.Leaders {
			if l.ID == d.Cadre {
				leave[k] = l
			}
		}
	}
	type piece struct {
		on civil.Date
		at int
	}
	var pieces []piece
	for _, s := range slots {
		if _, ours := index[s.Cadre]; !ours {
			continue
		}
		for range s.Weight {
			best := -1
			for k := range n {
				if !leave[k].OnLeave(s.On) && (best < 0 || excess[k] < excess[best]) {
					best = k
				}
			}
			excess[best] += calendar.DutyUnit
			pieces = append(pieces, piece{s.On, best})
		}
	}
	for {
		via := make([][]int, n) // via[a][b]: a piece of a that b can take, -1 none
		next := make([][]int, n)
		for a := range n {
			via[a], next[a] = slices.Repeat([]int{-1}, n), slices.Repeat([]int{-1}, n)
		}
		for i, x := range pieces {
			for b := range n {
				if b != x.at && !leave[b].OnLeave(x.on) && via[x.at][b] < 0 {
					via[x.at][b], next[x.at][b] = i, b
				}
			}
		}
		for m := range n {
			for a := range n {
				for b := range n {
					if a != b && next[a][b] < 0 && next[a][m] >= 0 && next[m][b] >= 0 {
						next[a][b] = next[a][m]
					}
				}
			}
		}
		moved := false
		for a := range n {
			for b := range n {
				if !moved && next[a][b] >= 0 && excess[b]+calendar.DutyUnit+2000 < excess[a] { // beyond the rounding
					excess[a] -= calendar.DutyUnit
					excess[b] += calendar.DutyUnit
					for at := a; at != b; {
						to := next[at][b]
						pieces[via[at][to]].at = to
						at = to
					}
					moved = true
				}
			}
		}
		if !moved {
			break
		}
	}
	slices.SortFunc(excess, func(a, b int64) int { return int(max(-1, min(1, b-a))) })
	return excess
}

func TestTongchengReceivesOnItsTuesdaysAndThursdaysAndNotInTheHolidays(t *testing.T) {
	rules, err := calendar.RotaPreset("tongcheng-2021")
	if err != nil {
		t.Fatal(err)
	}
	r, err := calendar.LayRota(context.Background(), calendar.RotaInput{Year: 2021, Days: calendar.Embedded(), Rules: rules, Leaders: bench(12, 2)})
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, s := range r.Slots {
		if s.On.Month == 2 {
			got = append(got, s.On.Day)
		}
	}
	if want := []int{2, 4, 9, 18, 23, 25}; !slices.Equal(got, want) {
		t.Errorf("got February %v, want %v as its notice has it", got, want)
	}
}

func TestEachPresetKeepsItsMinima(t *testing.T) {
	for _, rules := range calendar.RotaPresets() {
		ls := bench(33, 2)
		for i := range ls {
			ls[i].Portfolio = []string{[]string{"自然资源", "民政", "政法", "教育", "交通"}[i%5]}
		}
		in := calendar.RotaInput{Year: 2026, Days: calendar.Embedded(), Rules: rules, Leaders: ls, Seconds: bench(5, 0)}
		r, err := calendar.LayRota(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range r.Findings {
			if f.Severity != planner.Note {
				t.Errorf("%s: %s", rules.Name, f.Say.ZH)
			}
		}
		took := map[string]int{}
		for _, s := range r.Slots {
			took[fmt.Sprint(s.Cadre, " q", (int(s.On.Month)-1)/3)]++
			took[fmt.Sprint(s.Cadre, " m", s.On.Month)]++
			if !s.Theme.IsZero() && s.On.Weekday() != 3 {
				t.Errorf("%s: %v is themed", rules.Name, s.On)
			}
		}
		for _, least := range rules.Least {
			for _, l := range ls {
				if l.Head != least.Heads {
					continue
				}
				for n := range 12 {
					key := fmt.Sprint(l.ID, " q", n/3)
					if least.Per == calendar.TermMonth {
						key = fmt.Sprint(l.ID, " m", civil.Of(2026, 1, 1).AddDays(31*n).Month)
					}
					if took[key] < least.Times {
						t.Errorf("%s: %s has %d slots, want at least %d", rules.Name, key, took[key], least.Times)
					}
				}
			}
		}
		t.Logf("%s: %d slots, %d by heads", rules.Name, len(r.Slots), r.Heads())
	}
}

func TestAMinimumThatCannotBeMetIsNamed(t *testing.T) {
	rules, _ := calendar.RotaPreset("county-2008")
	rules.Least = []calendar.Least{{Per: calendar.TermYear, Times: 1}}
	r, err := calendar.LayRota(context.Background(), calendar.RotaInput{Year: 2026, Days: calendar.Embedded(), Rules: rules, Leaders: bench(20, 0)})
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(r.Findings, func(f planner.Finding) bool { return f.Code == "rota-minimum" })
	if len(r.Slots) != 12 || at < 0 {
		t.Fatalf("got %d slots, findings %v; twelve days are too few for twenty leaders", len(r.Slots), r.Findings)
	}
	t.Log(r.Findings[at].Say.ZH)
}

func TestAnAgreedExchangeStaysThroughLaterLayings(t *testing.T) {
	in := calendar.RotaInput{Year: 2026, Days: calendar.Embedded(), Leaders: bench(35, 2)}
	first := layRota(t, in)
	var a, b int
	for i, s := range first.Slots {
		if !s.Head && s.On.Month == 7 {
			if a == 0 {
				a = i
			} else if b == 0 && i > a+3 {
				b = i
			}
		}
	}
	in.Last = slices.Clone(first.Slots)
	in.Last[a].Cadre, in.Last[b].Cadre = in.Last[b].Cadre, in.Last[a].Cadre
	in.Agreed = []calendar.Slot{in.Last[a], in.Last[b]}
	in.Today = civil.Of(2026, 6, 15)
	again, err := calendar.LayRota(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []calendar.Slot{in.Last[a], in.Last[b]} {
		at := slices.IndexFunc(again.Slots, func(x calendar.Slot) bool { return x.On == s.On })
		if again.Slots[at].Cadre != s.Cadre {
			t.Errorf("%v: got %s, want %s as agreed", s.On, again.Slots[at].Cadre, s.Cadre)
		}
	}
}
