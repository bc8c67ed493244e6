package calendar_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
)

func TestLinzeHasASecondPersonBesideEachOrdinaryLeaderInEvenTurns(t *testing.T) {
	rules, err := calendar.RotaPreset("linze-2020")
	if err != nil {
		t.Fatal(err)
	}
	staff := bench(6, 0)
	for i := range staff {
		staff[i].ID, staff[i].Code = planner.CadreID(fmt.Sprintf("S%d", i)), fmt.Sprintf("S%d", i)
	}
	staff[2].Leaves = []planner.Leave{leave("2026-03-01", "2026-05-01")}
	in := calendar.RotaInput{Rules: rules, Leaders: bench(16, 2), Seconds: staff}
	r := layRota(t, in)
	took := map[planner.CadreID]int{}
	heads := 0
	for i, s := range r.Slots {
		switch {
		case s.Head && s.Second != "":
			t.Errorf("%s: a head has %s beside them", s.On, s.Second)
		case s.Head:
			heads++
		case s.Second == "" || s.Second == s.Cadre:
			t.Errorf("%s: got %q beside %s", s.On, s.Second, s.Cadre)
		case s.Second == "S2" && staff[2].OnLeave(s.On):
			t.Errorf("%s: S2 is on leave", s.On)
		case i > 0 && r.Slots[i-1].Second == s.Second:
			t.Errorf("%s: %s two days running", s.On, s.Second)
		}
		took[s.Second]++
	}
	if heads != 24 {
		t.Errorf("got %d slots of heads, want 24", heads)
	}
	if r.Beside == nil || !r.Beside.Fair || r.Beside.Short != 0 || r.Beside.Spread != r.Beside.Bound {
		t.Errorf("got %+v, want the proved even turns and no two days running", r.Beside)
	}
	in.Last, in.Today = r.Slots, civil.MustDate("2026-06-01")
	again := layRota(t, in)
	for i, s := range again.Slots {
		if s != r.Slots[i] {
			t.Fatalf("laid again: got %+v, want %+v", s, r.Slots[i])
		}
	}
	henan, _ := calendar.RotaPreset("henan-2024")
	for _, s := range layRota(t, calendar.RotaInput{Rules: henan, Leaders: bench(16, 2), Seconds: staff}).Slots {
		if s.Second != "" {
			t.Fatalf("%s: Henan's rule asks for nobody beside the leader, got %s", s.On, s.Second)
		}
	}
}

// The rule of monthly heads holds whatever the rota laid before it by another rule.
func TestEachHeadReceivesInEachMonthAfterAChangeOfTheRule(t *testing.T) {
	henan, _ := calendar.RotaPreset("henan-2024")
	leaders := bench(35, 2)
	before := layRota(t, calendar.RotaInput{Rules: henan, Leaders: leaders})
	for _, name := range []string{"linze-2020", "gansu-2018", "central-2009"} {
		rules, _ := calendar.RotaPreset(name)
		r := layRota(t, calendar.RotaInput{Rules: rules, Leaders: leaders, Seconds: bench(1, 0), Last: before.Slots, Today: civil.MustDate("2026-01-01")})
		took := map[string]int{}
		for _, s := range r.Slots {
			if s.Head {
				took[fmt.Sprint(s.Cadre, s.On.Month)]++
			}
		}
		for m := time.January; m <= time.December; m++ {
			for _, h := range leaders[:2] {
				if n := took[fmt.Sprint(h.ID, m)]; n != 1 {
					t.Errorf("%s: %s receives %d times in %s, want once", name, h.ID, n, m)
				}
			}
		}
	}
}

// Of all rotas of two people that meet the minima that can be met and are as fair as can be, none has fewer short gaps than the one given: every one was tried.
func TestTwoHeadsHaveTheFewestShortGapsOfAllFairRotas(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for try := range 400 {
		n := 2 + random.IntN(10)
		p := calendar.DutyProblem{People: 2, Gap: 6, Wish: true, Carried: []int64{int64(random.IntN(3)-1) * calendar.DutyUnit, 0}}
		at := 0
		for range n {
			at += 4 + random.IntN(3)
			can := [][]int32{{0, 1}, {0, 1}, {0, 1}, {0}, {1}}[random.IntN(5)]
			p.Slots = append(p.Slots, calendar.DutySlot{At: at, Can: can, Weight: 1 + random.IntN(2), By: -1})
		}
		for from := 0; try%2 > 0 && from < n; { // months, within the year
			until := min(n, from+1+random.IntN(4))
			p.Least = append(p.Least, calendar.DutyLeast{First: from, Last: until - 1, Who: [][]int32{{0}, {1}, {0, 1}}[random.IntN(3)], Times: 1 + random.IntN(5)/4})
			from = until
		}
		if try%4 == 3 {
			p.Least = append(p.Least, calendar.DutyLeast{First: 0, Last: n - 1, Who: []int32{0, 1}, Times: 1 + random.IntN(n)})
		}
		a, err := calendar.SolveDuty(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		squares := func(es []int64) (sum int64) {
			for _, e := range es {
				sum += e * e
			}
			return sum
		}
		bestUnmet, bestSquares, bestShort := n*n, int64(1)<<62, 0
		for bits := range 1 << n {
			excess := []int64{p.Carried[0] - a.Share[0], p.Carried[1] - a.Share[1]}
			last, short, ok := []int{-100, -100}, 0, true
			for i, s := range p.Slots {
				k := bits >> i & 1
				ok = ok && (len(s.Can) == 2 || int(s.Can[0]) == k)
				excess[k] += int64(s.Weight) * calendar.DutyUnit
				if s.At-last[k] < p.Gap {
					short++
				}
				last[k] = s.At
			}
			unmet := 0
			for _, l := range p.Least {
				for _, k := range l.Who {
					owed := l.Times
					for i := l.First; i <= l.Last; i++ {
						if bits>>i&1 == int(k) {
							owed--
						}
					}
					unmet += max(0, owed)
				}
			}
			if sq := squares(excess); ok && (unmet < bestUnmet || unmet == bestUnmet && (sq < bestSquares || sq == bestSquares && short < bestShort)) {
				bestUnmet, bestSquares, bestShort = unmet, sq, short
			}
		}
		if a.Unmet != bestUnmet || a.Owed != bestUnmet {
			t.Fatalf("try %d: got %d slots of minima unmet, %d proved, want %d", try, a.Unmet, a.Owed, bestUnmet)
		}
		if squares(a.Excess) != bestSquares || len(a.Short) != bestShort || !a.Fewest {
			t.Fatalf("try %d: got squares %d with %d short gaps (proved: %v), want %d with %d", try, squares(a.Excess), len(a.Short), a.Fewest, bestSquares, bestShort)
		}
	}
}
