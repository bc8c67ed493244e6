package calendar_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
)

// staff returns n cadres with k households each, three groups to a cadre.
func staff(n, k int) (in calendar.VisitInput) {
	for i := range n {
		c := planner.Cadre{ID: planner.CadreID(fmt.Sprintf("C%04d", i)), Code: fmt.Sprintf("C%04d", i), Name: "干部", Rank: planner.RankStaff}
		in.Cadres = append(in.Cadres, c)
		for j := range k {
			village := planner.AreaCode(fmt.Sprintf("4112810%05d", i/40))
			h := planner.Household{ID: planner.HouseholdID(fmt.Sprintf("H%04d%02d", i, j)), Code: fmt.Sprintf("H%04d%02d", i, j), Village: village,
				Group: village + planner.AreaCode(fmt.Sprintf("-%02d", j*3/k)), Consent: planner.ConsentGiven, Active: true, Hours: planner.HoursAny}
			in.Households = append(in.Households, h)
			in.Pairings = append(in.Pairings, planner.Pairing{Tier: planner.TierHousehold, Cadre: c.ID, Household: h.ID})
		}
	}
	y, err := calendar.Lay(2026, calendar.Yima(), calendar.Embedded())
	if err != nil {
		panic(err)
	}
	in.Days = y.WorkDays
	return in
}

// seen counts the visits of each household by quarter, and checks what every plan of visits must hold.
func seen(t interface {
	Helper()
	Errorf(string, ...any)
}, in calendar.VisitInput, vs []planner.Visit) map[planner.HouseholdID][4]int {
	t.Helper()
	cadres, houses := map[planner.CadreID]planner.Cadre{}, map[planner.HouseholdID]planner.Household{}
	for _, c := range in.Cadres {
		cadres[c.ID] = c
	}
	for _, h := range in.Households {
		houses[h.ID] = h
	}
	perDay, out := map[calendar.CadreDay]int{}, map[planner.HouseholdID][4]int{}
	twice := map[string]bool{}
	most := in.PerDay
	if most == 0 {
		most = calendar.DefaultPerDay
	}
	for i, v := range vs {
		if i > 0 && v.On.Before(vs[i-1].On) {
			t.Errorf("visits out of order at %v", v.On)
		}
		if c := cadres[v.Cadre]; c.OnLeave(v.On) {
			t.Errorf("%s is on leave on %v", v.Cadre, v.On)
		}
		if h := houses[v.Household]; h.Muted(v.On) || !h.Served() {
			t.Errorf("%s is not to be visited on %v", v.Household, v.On)
		}
		key := fmt.Sprint(v.Household, v.On)
		if twice[key] {
			t.Errorf("%s is visited twice on %v", v.Household, v.On)
		}
		twice[key] = true
		d := calendar.CadreDay{Cadre: v.Cadre, On: v.On}
		if perDay[d]++; perDay[d] > most || v.Stop != perDay[d] {
			t.Errorf("%s on %v: stop %d is visit %d of at most %d", v.Cadre, v.On, v.Stop, perDay[d], most)
		}
		q := out[v.Household]
		q[(int(v.On.Month)-1)/3]++
		out[v.Household] = q
	}
	return out
}

func TestFifteenHouseholdsAreSeenOnceAQuarterFiveADay(t *testing.T) {
	in := staff(3, 15)
	vs, findings := calendar.LayVisits(in)
	perDay := map[calendar.CadreDay]int{}
	for _, v := range vs {
		perDay[calendar.CadreDay{Cadre: v.Cadre, On: v.On}]++
	}
	for d, n := range perDay {
		if n != 5 {
			t.Errorf("%v: got %d visits, want 5 of 15", d, n)
		}
	}
	if len(vs) != 180 || len(findings) != 0 {
		t.Fatalf("got %d visits and findings %v, want 3 × 15 × 4 and none", len(vs), findings)
	}
	for h, q := range seen(t, in, vs) {
		if q != [4]int{1, 1, 1, 1} {
			t.Errorf("%s: got %v visits by quarter, want one each", h, q)
		}
	}
	apart := map[planner.HouseholdID]civil.Date{}
	for _, v := range vs {
		if last := apart[v.Household]; !last.IsZero() && (v.On.Sub(last) < 80 || v.On.Sub(last) > 105) {
			t.Errorf("%s: %v and %v are not a quarter apart", v.Household, last, v.On)
		}
		apart[v.Household] = v.On
	}
}

func TestTheStopsOfADayGoByGroup(t *testing.T) {
	in := staff(1, 15)
	vs, _ := calendar.LayVisits(in)
	got := []planner.AreaCode{}
	for _, v := range vs[:5] {
		for _, h := range in.Households {
			if h.ID == v.Household {
				got = append(got, h.Group)
			}
		}
	}
	for _, g := range got {
		if g != got[0] {
			t.Errorf("got groups %v, want one group on the first day", got)
		}
	}
	in.Households[3].Hours = planner.HoursMorning
	in.Households[0].Hours = planner.HoursEvening
	vs, _ = calendar.LayVisits(in)
	if vs[4].Household != in.Households[0].ID || vs[4].Hours != planner.HoursEvening {
		t.Errorf("got %v last, want the household that likes the evening", vs[4])
	}
}

func TestAMutedHouseholdIsLeftAloneAndNotMissed(t *testing.T) {
	in := staff(1, 15)
	in.Households[7].MuteUntil = civil.Of(2026, 8, 1)
	vs, findings := calendar.LayVisits(in)
	if got := seen(t, in, vs)[in.Households[7].ID]; got != [4]int{0, 0, 1, 1} {
		t.Errorf("got %v, want no visit before August, then one a quarter", got)
	}
	if len(findings) != 0 {
		t.Errorf("got %v, want no finding", findings)
	}
}

func TestACadresLeaveMovesVisitsToTheQuartersOtherDaysOrIsNamed(t *testing.T) {
	in := staff(1, 15)
	in.Cadres[0].Leaves = []planner.Leave{leave("2026-02-20", "2026-03-01")}
	vs, findings := calendar.LayVisits(in)
	if len(vs) != 60 || len(findings) != 0 {
		t.Errorf("got %d visits, findings %v; want all 60 on the other days", len(vs), findings)
	}
	seen(t, in, vs)
	in.PerDay = 5
	vs, findings = calendar.LayVisits(in)
	if len(vs) != 55 || len(findings) != 1 || findings[0].Code != "visits-left-out" {
		t.Errorf("got %d visits, findings %v; want 55 and the five left out named", len(vs), findings)
	}
	seen(t, in, vs)
}

func TestTheHouseholdLeftOutIsNotTheSameEachTime(t *testing.T) {
	in := staff(1, 16)
	in.PerDay = 5 // sixteen households, room for fifteen a quarter
	vs, findings := calendar.LayVisits(in)
	if len(vs) != 60 || len(findings) != 1 {
		t.Fatalf("got %d visits, findings %v", len(vs), findings)
	}
	for h, q := range seen(t, in, vs) {
		if n := q[0] + q[1] + q[2] + q[3]; n < 3 {
			t.Errorf("%s: got %d visits, want at least 3", h, n)
		}
	}
}

func TestHouseholdsAreSeenAsOftenAsTheyAgreed(t *testing.T) {
	in := staff(1, 10)
	for i, n := range []int{1, 2, 3, 6, 12, 24} {
		in.Households[i].PerYear = n
	}
	vs, findings := calendar.LayVisits(in)
	got := map[planner.HouseholdID]int{}
	for h, q := range seen(t, in, vs) {
		got[h] = q[0] + q[1] + q[2] + q[3]
	}
	for i, want := range []int{1, 2, 3, 6, 12, 12, 4, 4, 4, 4} {
		if got[in.Households[i].ID] != want {
			t.Errorf("household %d: got %d visits, want %d", i, got[in.Households[i].ID], want)
		}
	}
	if len(findings) != 1 || findings[0].Code != "visits-too-often" {
		t.Errorf("got %v, want the 24 visits named", findings)
	}
}

func TestWhoWasSeenThisQuarterIsNotVisitedAgain(t *testing.T) {
	in := staff(1, 15)
	all, _ := calendar.LayVisits(in)
	in.From = civil.Of(2026, 5, 1)
	for _, v := range all {
		if v.On.Before(in.From) {
			in.Past = append(in.Past, v)
		}
	}
	rest, findings := calendar.LayVisits(in)
	want := all[len(in.Past):]
	if d := cmp.Diff(want, rest); d != "" || len(findings) != 0 {
		t.Errorf("findings %v, (-want +got)\n%s", findings, d)
	}
}

func TestAsTheYearGoesOnNoVisitMovesByItself(t *testing.T) {
	in := staff(4, 13)
	for i := range in.Households {
		in.Households[i].PerYear = []int{0, 2, 6, 12, 3, 0, 1}[i%7]
	}
	in.Cadres[2].Leaves = []planner.Leave{leave("2026-04-10", "2026-05-20")}
	all, _ := calendar.LayVisits(in)
	for m := time.February; m <= time.December; m++ {
		in.From, in.Past, in.Last = civil.Of(2026, m, 3), nil, nil
		for _, v := range all {
			if v.On.Before(in.From) {
				in.Past = append(in.Past, v)
			} else {
				in.Last = append(in.Last, v)
			}
		}
		rest, _ := calendar.LayVisits(in)
		if d := cmp.Diff(in.Last, rest); d != "" {
			t.Errorf("laid again in %v: (-want +got)\n%s", m, d)
		}
	}
}

func TestWhoIsExcusedFromTheDayVisitsOnAnother(t *testing.T) {
	in := staff(1, 15)
	in.Instead = map[calendar.CadreDay]civil.Date{{Cadre: "C0000", On: civil.Of(2026, 4, 15)}: civil.Of(2026, 4, 17)}
	vs, _ := calendar.LayVisits(in)
	n := 0
	for _, v := range vs {
		if v.On == civil.Of(2026, 4, 15) {
			t.Errorf("%s is visited on the excused day", v.Household)
		}
		if v.On == civil.Of(2026, 4, 17) {
			n++
		}
	}
	if n != 5 || len(vs) != 60 {
		t.Errorf("got %d of %d visits on the day instead, want 5 of 60", n, len(vs))
	}
}

func TestNoPlanOfVisitsBreaksARule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := staff(2, rapid.IntRange(0, 20).Draw(t, "households"))
		in.PerDay = rapid.IntRange(1, 8).Draw(t, "per day")
		for i := range in.Households {
			in.Households[i].PerYear = rapid.SampledFrom([]int{0, 0, 0, 1, 2, 6, 12}).Draw(t, "per year")
			if rapid.IntRange(0, 4).Draw(t, "mute") == 0 {
				in.Households[i].MuteUntil = civil.Of(2026, 1, 1).AddDays(rapid.IntRange(0, 400).Draw(t, "until"))
			}
			in.Households[i].Hours = rapid.SampledFrom([]planner.Hours{planner.HoursAny, planner.HoursMorning, planner.HoursAfternoon, planner.HoursEvening}).Draw(t, "hours")
		}
		for i := range in.Cadres {
			from := civil.Of(2026, 1, 1).AddDays(rapid.IntRange(0, 364).Draw(t, "leave"))
			in.Cadres[i].Leaves = []planner.Leave{{Span: civil.Span{From: from, Until: from.AddDays(rapid.IntRange(1, 90).Draw(t, "length"))}}}
		}
		vs, _ := calendar.LayVisits(in)
		seen(t, in, vs)
		again, _ := calendar.LayVisits(in)
		if d := cmp.Diff(vs, again); d != "" {
			t.Errorf("twice the same input: %s", d)
		}
	})
}

func TestTheVisitsOfACountyAreLaidWithinASecond(t *testing.T) {
	in := staff(1150, 15)
	took := time.Hour
	for range 3 { // the best of three: other tests run beside this one
		start := time.Now()
		vs, _ := calendar.LayVisits(in)
		took = min(took, time.Since(start))
		if len(vs) != 69000 {
			t.Fatalf("got %d visits, want 69000", len(vs))
		}
	}
	t.Logf("69000 visits in %v", took)
	if took > time.Second {
		t.Errorf("took %v, want at most 1 s", took)
	}
}

func TestALayingThatBeginsLateDoesNotCrowdTheDaysThatAreLeft(t *testing.T) {
	in := staff(20, 15)
	in.From = civil.MustDate("2026-11-22") // one day of the last quarter is left
	vs, fs := calendar.LayVisits(in)
	if len(fs) > 0 {
		t.Errorf("got findings %v, want none: nobody can be seen on a day that is over", fs)
	}
	per := map[calendar.CadreDay]int{}
	for _, v := range vs {
		per[calendar.CadreDay{Cadre: v.Cadre, On: v.On}]++
	}
	if len(per) != 20 {
		t.Errorf("got %d days of cadres, want one for each of 20", len(per))
	}
	for day, n := range per {
		if n != 5 {
			t.Errorf("%v: got %d visits, want 5 of 15", day, n)
		}
	}
}
