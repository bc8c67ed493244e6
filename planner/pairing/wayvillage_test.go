package pairing_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"lianxin/planner"
	"lianxin/planner/pairing"
	"lianxin/planner/rule"
)

// fewestOf is the least number of cadres with which all households can be served if only so many go to village a: every set of
// cadres is tried.
func fewestOf(c contrary) int {
	best := len(c.caps) + 1
	for set := range 1 << len(c.caps) {
		n := 0
		for j := range c.caps {
			n += set >> j & 1
		}
		if n >= best {
			continue
		}
		has := make([][]int, len(c.caps))
		var give func(i int, seen map[int]bool) bool
		give = func(i int, seen map[int]bool) bool {
			for j, most := range c.caps {
				if seen[j] || c.houses[i] == 'a' && set>>j&1 == 0 || strings.Contains(c.recusals, fmt.Sprintf("C%d:H%d ", j+1, i+1)) {
					continue
				}
				seen[j] = true
				if len(has[j]) < most {
					has[j] = append(has[j], i)
					return true
				}
				for k, other := range has[j] {
					if give(other, seen) {
						has[j][k] = i
						return true
					}
				}
			}
			return false
		}
		all := true
		for i := range c.houses {
			all = all && give(i, map[int]bool{})
		}
		if all {
			best = n
		}
	}
	return best
}

// TestAWayOutRaisesAVillagesCapToTheLeastThatIsEnough holds the number against all sets of cadres, and plans with it.
func TestAWayOutRaisesAVillagesCapToTheLeastThatIsEnough(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 22))
	named, several := 0, 0
	for n := range 600 {
		c := contrary{says: fmt.Sprint("least", n)}
		for range 3 + r.IntN(3) {
			c.caps = append(c.caps, 1+r.IntN(4))
		}
		for range 5 + r.IntN(5) {
			c.houses += string("aaab"[r.IntN(4)])
		}
		for j := range c.caps {
			for i := range c.houses {
				if r.IntN(5) == 0 {
					c.recusals += fmt.Sprintf("C%d:H%d ", j+1, i+1)
				}
			}
		}
		if len(c.houses) > 9 {
			continue
		}
		in := c.question()
		most := 1 + r.IntN(2)
		var err error
		if in.Book, err = (rule.Policy{Limits: rule.Limits{Villages: map[planner.AreaCode]int{"411281001001": most}}}).Apply(in.Book); err != nil {
			t.Fatal(err)
		}
		least := fewestOf(c)
		if least <= most || least > len(c.caps) {
			continue
		}
		xs, err := pairing.Conflicts(context.Background(), in)
		if err != nil || len(xs) != 1 {
			t.Fatalf("case %d: %d conflicts, %v", n, len(xs), err)
		}
		for _, w := range xs[0].Ways {
			if w.Kind != pairing.WayLift || len(w.Lift) != 1 || w.Lift[0].Kind != pairing.ElementVillage {
				continue
			}
			named++
			if e := w.Lift[0]; e.Cap != least || !strings.Contains(w.Say.EN, fmt.Sprintf("have %d cadres instead of %d", least, most)) || strings.Contains(w.Say.EN, "proved") {
				t.Fatalf("case %d %+v: raised to %d, %d is enough: %s", n, c, e.Cap, least, w.Say.EN)
			}
			if least > most+1 {
				several++
			}
			loose := rule.Policy{Limits: rule.Limits{Villages: map[planner.AreaCode]int{"411281001001": least}}}
			if in.Book, err = loose.Apply(rule.Default()); err != nil {
				t.Fatal(err)
			}
			plan, err := pairing.Solve(context.Background(), in)
			if err != nil || plan.Certificates[0].Unserved > 0 {
				t.Fatalf("case %d %+v: with the cap at %d %d are left out, %v", n, c, least, plan.Certificates[0].Unserved, err)
			}
		}
	}
	t.Logf("%d caps raised, %d of them by more than one", named, several)
	if named < 60 || several < 10 {
		t.Errorf("%d caps raised, %d by more than one: the test says little", named, several)
	}
}
