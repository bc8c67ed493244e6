package calendar_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"lianxin/planner/calendar"
)

// madeDuty is a small random problem: absences, weights, carried balances, sometimes fixed slots and a gap.
func madeDuty(seed uint64) calendar.DutyProblem {
	r := rand.New(rand.NewPCG(seed, 7))
	p := calendar.DutyProblem{People: 2 + r.IntN(3), Gap: r.IntN(4)}
	for i := range 4 + r.IntN(5) {
		s := calendar.DutySlot{At: i + i/3*r.IntN(2), By: -1, Weight: 1 + r.IntN(5)/4}
		if i > 0 {
			s.At = max(s.At, p.Slots[i-1].At+1)
		}
		for k := range p.People {
			if r.IntN(4) > 0 {
				s.Can = append(s.Can, int32(k))
			}
		}
		if len(s.Can) == 0 {
			s.Can = []int32{int32(r.IntN(p.People))}
		}
		if r.IntN(12) == 0 {
			s.By, s.Fixed = s.Can[0], true
		}
		p.Slots = append(p.Slots, s)
	}
	if r.IntN(2) == 0 {
		for range p.People {
			p.Carried = append(p.Carried, int64(r.IntN(2_000_000)-1_000_000))
		}
	}
	if r.IntN(2) == 0 { // months of some of them, and the year
		all := make([]int32, p.People)
		for k := range all {
			all[k] = int32(k)
		}
		n := len(p.Slots)
		for from := 0; from < n; {
			until := min(n, from+1+r.IntN(4))
			if r.IntN(5) > 0 {
				p.Least = append(p.Least, calendar.DutyLeast{First: from, Last: until - 1, Who: all[r.IntN(p.People):], Times: 1 + r.IntN(5)/4})
			}
			from = until
		}
		if r.IntN(3) == 0 {
			p.Least = append(p.Least, calendar.DutyLeast{First: 0, Last: n - 1, Who: all[:1+r.IntN(p.People)], Times: 1 + r.IntN(3)})
		}
	}
	return p
}

// counted is what a rota is worth, counted by nothing but its definition.
type counted struct {
	unmet  int // slots that minima ask for and nobody takes
	short  int
	excess []int64 // from the greatest down
}

func count(p calendar.DutyProblem, share []int64, by []int32) counted {
	c := counted{excess: make([]int64, p.People)}
	for k := range c.excess {
		c.excess[k] = -share[k]
		if p.Carried != nil {
			c.excess[k] += p.Carried[k]
		}
	}
	for i, k := range by {
		c.excess[k] += int64(p.Slots[i].Weight) * calendar.DutyUnit
		for j := i - 1; j >= 0; j-- {
			if by[j] == k {
				if p.Slots[i].At-p.Slots[j].At < p.Gap {
					c.short++
				}
				break
			}
		}
	}
	for _, l := range p.Least {
		for _, k := range l.Who {
			owed := l.Times
			for _, by := range by[l.First : l.Last+1] {
				if by == k {
					owed--
				}
			}
			c.unmet += max(0, owed)
		}
	}
	slices.SortFunc(c.excess, func(a, b int64) int { return int(max(-1, min(1, b-a))) })
	return c
}

// plainDuty tries every assignment, and looks at those that leave the least of the minima unmet: the leximin optimum without gaps, and
// among the fewest short gaps the least squares.
func plainDuty(p calendar.DutyProblem, share []int64) (fairest counted, short int, squares int64) {
	unmet := 1 << 30
	by := make([]int32, len(p.Slots))
	var walk func(i int)
	walk = func(i int) {
		if i == len(by) {
			c := count(p, share, by)
			if c.unmet > unmet {
				return
			}
			if c.unmet < unmet {
				unmet, short, fairest = c.unmet, 1<<30, counted{}
			}
			if fairest.excess == nil || slices.Compare(c.excess, fairest.excess) < 0 {
				fairest = c
			}
			if sq := squaresOf(c.excess); c.short < short || c.short == short && sq < squares {
				short, squares = c.short, sq
			}
			return
		}
		can := p.Slots[i].Can
		if p.Slots[i].Fixed {
			can = []int32{p.Slots[i].By}
		}
		for _, k := range can {
			by[i] = k
			walk(i + 1)
		}
	}
	walk(0)
	return fairest, short, squares
}

func squaresOf(es []int64) (sum int64) {
	for _, e := range es {
		sum += e * e
	}
	return sum
}

func TestTheDutySolverAgreesWithATrialOfEveryAssignment(t *testing.T) {
	fair, gapped, minima, short1 := 0, 0, 0, 0
	for seed := range uint64(1500) {
		p := madeDuty(seed)
		a, err := calendar.SolveDuty(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		for i, k := range a.By {
			if s := p.Slots[i]; s.Fixed && s.By != k || !s.Fixed && !slices.Contains(s.Can, k) {
				t.Fatalf("case %d: slot %d is given to %d, who cannot take it", seed, i, k)
			}
		}
		got := count(p, a.Share, a.By)
		fairest, short, squares := plainDuty(p, a.Share)
		if got.short != len(a.Short) || !a.Proved() {
			t.Fatalf("case %d: got %d short gaps stated, %d counted, proved %v", seed, len(a.Short), got.short, a.Proved())
		}
		if a.Bound > fairest.excess[0]-fairest.excess[p.People-1] || a.Forced > short {
			t.Fatalf("case %d: bound %d, %d forced; the trial found spread %d with %d short", seed, a.Bound, a.Forced, fairest.excess[0]-fairest.excess[p.People-1], short)
		}
		if got.unmet != fairest.unmet || a.Unmet != got.unmet || a.Owed != fairest.unmet {
			t.Fatalf("case %d: got %d slots of minima unmet, %d stated, %d proved; the trial of all %d", seed, got.unmet, a.Unmet, a.Owed, fairest.unmet)
		}
		missing := 0
		for _, u := range a.Unmeet {
			missing += u.Missing
			if u.Need <= len(u.Slots) {
				t.Fatalf("case %d: %+v is no reason: no more is owed than there is", seed, u)
			}
		}
		if missing != a.Owed {
			t.Fatalf("case %d: the reasons speak of %d slots, %d are unmet", seed, missing, a.Owed)
		}
		if len(p.Least) > 0 {
			minima++
			if fairest.unmet > 0 {
				short1++
			}
		}
		if got.short != short || squaresOf(got.excess) != squares {
			t.Fatalf("case %d: got %d short gaps and squares %d, the trial of all %d and %d", seed, got.short, squaresOf(got.excess), short, squares)
		}
		if a.Fair {
			fair++
			if !slices.Equal(got.excess, fairest.excess) {
				t.Fatalf("case %d: called leximin with %v, the trial has %v", seed, got.excess, fairest.excess)
			}
		}
		if short > 0 {
			gapped++
		}
	}
	if fair < 500 || gapped < 100 || minima < 500 || short1 < 100 {
		t.Errorf("got %d leximin cases, %d with short gaps, %d with minima of which %d cannot be met; want the made problems to show all", fair, gapped, minima, short1)
	}
}

// bigDuty is an instance of the kind that solver.md §10 measures: absences, a gap, even weekdays and months.
func bigDuty(people, slots, gap int, seed uint64) calendar.DutyProblem {
	r := rand.New(rand.NewPCG(seed, uint64(people)))
	p := calendar.DutyProblem{People: people, Gap: gap, Even: true}
	away := map[[2]int]bool{}
	for k := range people {
		for range 2 * slots / 250 {
			from := r.IntN(slots)
			for i := from; i < from+5+r.IntN(8); i++ {
				away[[2]int{k, i}] = true
			}
		}
	}
	for i := range slots {
		s := calendar.DutySlot{At: i, By: -1, Weight: 1, Classes: []int32{int32(i % 5), int32(5 + i/21)}}
		for k := range people {
			if !away[[2]int{k, i}] {
				s.Can = append(s.Can, int32(k))
			}
		}
		p.Slots = append(p.Slots, s)
	}
	return p
}

func TestTheLargeDutiesAreProvedFairWithEveryGapKeptAndEvenWeekdays(t *testing.T) {
	for _, size := range [][3]int{{12, 250, 5}, {24, 250, 10}, {40, 500, 15}} {
		for seed := range uint64(3) {
			p := bigDuty(size[0], size[1], size[2], seed)
			a, err := calendar.SolveDuty(context.Background(), p)
			if err != nil {
				t.Fatal(err)
			}
			c := count(p, a.Share, a.By)
			if !a.Fair || c.short > 0 || len(a.Short) > 0 || a.Uneven > 0 || c.excess[0]-c.excess[size[0]-1] != a.Bound {
				t.Errorf("%v seed %d: fair %v, %d short, %d uneven, spread %d, bound %d", size, seed, a.Fair, c.short, a.Uneven, a.Spread, a.Bound)
			}
		}
	}
}

func TestAStretchWithTooFewPeopleIsNamed(t *testing.T) {
	p := bigDuty(6, 40, 5, 1)
	for i := range p.Slots {
		p.Slots[i].Can = []int32{0, 1, 2, 3, 4, 5}
		if i >= 10 && i < 15 {
			p.Slots[i].Can = []int32{0, 2, 5}
		}
	}
	a, err := calendar.SolveDuty(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	if a.Forced < 2 || len(a.Short) < a.Forced {
		t.Fatalf("got %d forced, %d short; three people cannot take five days running with a gap of five", a.Forced, len(a.Short))
	}
	named := slices.ContainsFunc(a.Conflicts, func(c calendar.DutyConflict) bool {
		return c.First <= 14 && c.Last >= 10 && fmt.Sprint(c.Who) == "[0 2 5]"
	})
	if !named {
		t.Errorf("got conflicts %+v, want the stretch of days 10 to 14 and its three people", a.Conflicts)
	}
}
