package calendar_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
)

// bench returns leaders L01, L02 … of whom the first `heads` are heads.
func bench(n, heads int) (ls []planner.Cadre) {
	for i := range n {
		code := fmt.Sprintf("L%02d", i+1)
		ls = append(ls, planner.Cadre{ID: planner.CadreID(code), Code: code, Name: "领导" + code, Rank: planner.RankLeader, Head: i < heads, Active: true})
	}
	return ls
}

func leave(from, until string) planner.Leave {
	return planner.Leave{Span: civil.Span{From: civil.MustDate(from), Until: civil.MustDate(until)}}
}

func layRota(t *testing.T, in calendar.RotaInput) calendar.Rota {
	t.Helper()
	if in.Days == nil {
		in.Days = calendar.Embedded()
	}
	if in.Year == 0 {
		in.Year = 2026
	}
	r, err := calendar.LayRota(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	checkRota(t, in, r)
	return r
}

// checkRota holds what every rota must hold, counted afresh from the slots.
func checkRota(t *testing.T, in calendar.RotaInput, r calendar.Rota) {
	t.Helper()
	who := map[planner.CadreID]planner.Cadre{}
	for _, l := range in.Leaders {
		who[l.ID] = l
	}
	days := in.Days.Between(civil.YearSpan(in.Year))
	at := map[civil.Date]int{}
	for i, d := range days {
		at[d] = i
	}
	before, load, short := map[planner.CadreID]int{}, map[planner.CadreID]int{}, map[bool]int{}
	for i, s := range r.Slots {
		if i > 0 && !r.Slots[i-1].On.Before(s.On) {
			t.Fatalf("slots out of order at %v", s.On)
		}
		pos, ok := at[s.On]
		if !ok {
			t.Errorf("%v is a slot but no workday", s.On)
		}
		l, ok := who[s.Cadre]
		if !ok {
			continue
		}
		if l.OnLeave(s.On) && !s.On.Before(in.Today) {
			t.Errorf("%v: %s is on leave", s.On, s.Cadre)
		}
		gap := calendar.DefaultGap
		for _, p := range r.Pools {
			if p.Heads == l.Head {
				gap = p.Gap
			}
		}
		if last, ok := before[s.Cadre]; ok && pos-last < gap {
			short[l.Head]++
		}
		before[s.Cadre] = pos
		load[s.Cadre]++
	}
	for _, p := range r.Pools {
		if short[p.Heads] != p.Short {
			t.Errorf("pool of heads %v: counted %d short gaps, the rota states %d", p.Heads, short[p.Heads], p.Short)
		}
		for _, d := range p.Duties {
			if load[d.Cadre] != d.Slots {
				t.Errorf("%s: counted %d slots, the rota states %d", d.Cadre, load[d.Cadre], d.Slots)
			}
		}
		if p.Spread < p.Bound {
			t.Errorf("spread %d is below its proved bound %d", p.Spread, p.Bound)
		}
	}
}

func TestTheReceptionYear2026Has248SlotsOfWhich51ByHeads(t *testing.T) {
	start := time.Now()
	r := layRota(t, calendar.RotaInput{Leaders: bench(35, 2)})
	t.Logf("laid in %v", time.Since(start))
	if got := len(r.Slots); got != 248 {
		t.Errorf("got %d slots, want 248", got)
	}
	if got := r.Heads(); got != 51 {
		t.Errorf("got %d slots by heads, want 51", got)
	}
	heads := 0
	for _, s := range r.Slots {
		if byHead := s.Cadre == "L01" || s.Cadre == "L02"; byHead != s.Head {
			t.Errorf("%v: a slot of the heads %v, taken by %s", s.On, s.Head, s.Cadre)
		}
		if s.Head {
			heads++
		}
	}
	if heads != 51 {
		t.Errorf("got %d slots of heads, want 51", heads)
	}
	for _, p := range r.Pools {
		if !p.Proved() || p.Short != 0 || p.Spread != 1000 {
			t.Errorf("heads %v: got spread %d, bound %d, %d short gaps; want 1000 proved, none short", p.Heads, p.Spread, p.Bound, p.Short)
		}
	}
}

func TestFourOfTheFiveHolidayMondaysOf2026MoveWithinTheirWeek(t *testing.T) {
	want := map[string]string{"2026-02-16": "", "2026-02-23": "2026-02-24", "2026-04-06": "2026-04-07", "2026-05-04": "2026-05-06", "2026-10-05": "2026-10-08"}
	got, mondays := map[string]string{}, 0
	for _, h := range calendar.HeadDays(2026, calendar.Embedded()) {
		mondays++
		if h.On != h.Monday {
			got[h.Monday.String()] = h.On.String()
			if h.Why.ZH == "" || h.Why.EN == "" {
				t.Errorf("%v: no reason given", h.Monday)
			}
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if mondays != 52 {
		t.Errorf("got %d weeks, want 52", mondays)
	}
}

func TestTheGapInstancesReachTheirBound(t *testing.T) {
	for _, c := range []struct{ leaders, gap int }{{12, 5}, {24, 10}, {40, 15}, {12, 10}, {12, 12}, {33, 33}} {
		ls := bench(c.leaders, 0)
		for i := range ls { // two spells of leave each, at no two the same place
			a := civil.Of(2026, 1, 5).AddDays(i * 29 % 340)
			b := civil.Of(2026, 1, 9).AddDays(i * 61 % 330)
			if c.gap < c.leaders-2 {
				ls[i].Leaves = []planner.Leave{{Span: civil.Span{From: a, Until: a.AddDays(10)}}, {Span: civil.Span{From: b, Until: b.AddDays(5)}}}
			}
		}
		start := time.Now()
		rules := calendar.RotaPresets()[0]
		if c.gap >= c.leaders-2 {
			rules.EveWeight = 1 // a fixed turn cannot share out the eves
		}
		r := layRota(t, calendar.RotaInput{Rules: rules, Leaders: ls, Gap: c.gap})
		p := r.Pools[0]
		t.Logf("%d leaders, gap %d: spread %d, bound %d, short %d in %v", c.leaders, c.gap, p.Spread, p.Bound, p.Short, time.Since(start))
		if !p.Proved() || p.Short > 0 || len(r.Slots) != 248 {
			t.Errorf("%d leaders, gap %d: got %d slots, spread %d over bound %d, %d gaps short", c.leaders, c.gap, len(r.Slots), p.Spread, p.Bound, p.Short)
		}
	}
}

func TestALongLeaveIsExcusedAndNotMadeUpFor(t *testing.T) {
	ls := bench(12, 1)
	ls[5].Leaves = []planner.Leave{leave("2026-03-01", "2026-09-01")}
	r := layRota(t, calendar.RotaInput{Leaders: ls})
	for _, d := range r.Pools[0].Duties {
		lo, hi := 18, 20
		if d.Cadre == "L06" {
			lo, hi = 8, 10
		}
		if d.Slots < lo || d.Slots > hi {
			t.Errorf("%s: got %d slots (share %d), want %d to %d", d.Cadre, d.Slots, d.Share, lo, hi)
		}
	}
}

func TestOneHeadOnLeaveIsCoveredByTheOther(t *testing.T) {
	ls := bench(35, 2)
	ls[0].Leaves = []planner.Leave{leave("2026-06-01", "2026-07-01")}
	r := layRota(t, calendar.RotaInput{Leaders: ls})
	if got := r.Heads(); got != 51 {
		t.Errorf("got %d slots by heads, want 51", got)
	}
	if p := r.Pools[1]; p.Short == 0 {
		t.Errorf("five Mondays by one head keep a gap of %d workdays?", p.Gap)
	}
	if !slices.ContainsFunc(r.Findings, func(f planner.Finding) bool { return f.Code == "rota-gap" }) || !r.Pools[1].Proved() {
		t.Errorf("got findings %v, want the short gaps named", r.Findings)
	}
}

func TestWhenAllHeadsAreAwayAnotherLeaderStandsIn(t *testing.T) {
	ls := bench(35, 2)
	for i := range 2 {
		ls[i].Leaves = []planner.Leave{leave("2026-07-06", "2026-07-07")}
	}
	r := layRota(t, calendar.RotaInput{Leaders: ls})
	if len(r.Slots) != 248 || r.Heads() != 50 {
		t.Errorf("got %d slots, %d by heads; want 248 and 50", len(r.Slots), r.Heads())
	}
	for _, s := range r.Slots {
		if s.On == civil.Of(2026, 7, 6) && (!s.Head || s.Why.ZH == "" || s.Cadre < "L03") {
			t.Errorf("got %+v, want a stand-in with a reason", s)
		}
	}
}

func TestARotaLaidAgainStaysAsItIs(t *testing.T) {
	in := calendar.RotaInput{Leaders: bench(35, 2)}
	first := layRota(t, in)
	in.Last, in.Today = first.Slots, civil.Of(2026, 6, 15)
	again := layRota(t, in)
	if d := cmp.Diff(first.Slots, again.Slots); d != "" {
		t.Errorf("(-first +again)\n%s", d)
	}
}

func TestWhenALeaderLeavesFewSlotsChangeHandsAndNoneOfThePast(t *testing.T) {
	in := calendar.RotaInput{Leaders: bench(35, 2)}
	first := layRota(t, in)
	in.Last, in.Today = first.Slots, civil.Of(2026, 6, 15)
	in.Leaders = append(in.Leaders[:10:10], in.Leaders[11:]...)            // L11 goes
	in.Leaders = append(in.Leaders, planner.Cadre{ID: "L99", Code: "L99"}) // L99 comes
	again := layRota(t, in)
	changed, newcomer := 0, 0
	for i, s := range again.Slots {
		if s.Cadre != first.Slots[i].Cadre {
			changed++
			if s.On.Before(in.Today) {
				t.Errorf("%v: the past changed from %s to %s", s.On, first.Slots[i].Cadre, s.Cadre)
			}
		}
		if s.Cadre == "L99" {
			newcomer++
		}
	}
	if changed > 8 || newcomer < 2 || newcomer > 4 {
		t.Errorf("got %d changes, %d slots for the newcomer; want at most 8, and 3 as everyone has in half a year", changed, newcomer)
	}
}

// One leader alone takes 99 slots while three are on leave; from June on she owes no more than they do.
func TestWhenPresenceForcesAnUnevenRotaTheBoundStillHolds(t *testing.T) {
	ls := bench(4, 0)
	for i := range 3 {
		ls[i].Leaves = []planner.Leave{leave("2026-01-01", "2026-06-01")}
	}
	r := layRota(t, calendar.RotaInput{Leaders: ls, Gap: 1})
	if p := r.Pools[0]; !p.Proved() || p.Spread > 1000 {
		t.Errorf("got spread %d over bound %d, want at most one slot, proved", p.Spread, p.Bound)
	}
}

func TestARotaWithoutLeadersSaysSo(t *testing.T) {
	r := layRota(t, calendar.RotaInput{})
	if len(r.Slots) != 0 || r.Findings[len(r.Findings)-1].Code != "rota-empty" {
		t.Errorf("got %d slots, findings %v", len(r.Slots), r.Findings)
	}
}

func TestARotaThatIsStoppedReturnsTheContextsError(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	ls := bench(3, 0) // three leaders cannot keep a gap of ten, so that a repair runs
	if _, err := calendar.LayRota(ctx, calendar.RotaInput{Year: 2026, Days: calendar.Embedded(), Leaders: ls}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

// TestTheSpreadsBoundAgreesWithBruteForce tries every assignment of small years' worth of slots without gaps.
func TestTheSpreadsBoundAgreesWithBruteForce(t *testing.T) {
	for seed := range 60 {
		n, away := 3, map[[2]int]bool{}
		ls := bench(n, 0)
		days := []string{}
		for k := range 9 {
			days = append(days, civil.Of(2026, 1, 5).AddDays(k).String())
		}
		w := onlyDays(t, days)
		for k, d := range days {
			for i := range n {
				if (seed*7+k*5+i*11+seed*k*i)%4 == 0 && i != (seed+k)%n {
					day := civil.MustDate(d)
					ls[i].Leaves = append(ls[i].Leaves, planner.Leave{Span: civil.Span{From: day, Until: day.AddDays(1)}})
					away[[2]int{k, i}] = true
				}
			}
		}
		rules := calendar.RotaPresets()[0]
		rules.EveWeight, rules.HeadWeight = 1, 1
		r := layRota(t, calendar.RotaInput{Rules: rules, Leaders: ls, Gap: 1, Days: w})
		if len(r.Pools) != 1 || len(r.Slots) != len(days) {
			t.Fatalf("got %d pools and %d slots", len(r.Pools), len(r.Slots))
		}
		want := bruteSpread(n, len(days), away)
		if got := r.Pools[0]; got.Spread != want || got.Bound != want {
			t.Errorf("case %d: got spread %d, bound %d, want %d", seed, got.Spread, got.Bound, want)
		}
	}
}

// onlyDays makes a calendar on which the given January days alone are worked, and none of them a Monday's head slot matters.
func onlyDays(t *testing.T, days []string) *calendar.Workdays {
	t.Helper()
	n := calendar.Notice{Year: 2026}
	open := map[string]bool{}
	for _, d := range days {
		open[d] = true
	}
	for d := civil.Of(2026, 1, 1); d.Year == 2026; d = d.AddDays(1) {
		n.Days = append(n.Days, calendar.NoticeDay{Name: "测试", On: d, Off: !open[d.String()]})
	}
	w, err := calendar.NewWorkdays(n)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func bruteSpread(n, days int, away map[[2]int]bool) int64 {
	share := make([]int64, n)
	for k := range days {
		there := int64(0)
		for i := range n {
			if !away[[2]int{k, i}] {
				there++
			}
		}
		for i := range n {
			if !away[[2]int{k, i}] {
				share[i] += 1_000_000 / there
			}
		}
	}
	best := int64(1 << 60)
	load := make([]int64, n)
	var walk func(k int)
	walk = func(k int) {
		if k == days {
			lo, hi := int64(1<<60), int64(-1<<60)
			for i := range n {
				e := load[i]*1_000_000 - share[i]
				lo, hi = min(lo, e), max(hi, e)
			}
			best = min(best, hi-lo)
			return
		}
		for i := range n {
			if !away[[2]int{k, i}] {
				load[i]++
				walk(k + 1)
				load[i]--
			}
		}
	}
	walk(0)
	return (best + 500) / 1000
}
