package pairing_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"lianxin/planner"
	"lianxin/planner/pairing"
	"lianxin/planner/rule"
)

// fewestHold tries all placements: can the units named have the fewest named, when nothing but the elements holds? It knows
// nothing of the search.
func fewestHold(in pairing.Input, es []pairing.Element) bool {
	least, unit := map[planner.UnitID]int{}, map[string]planner.UnitID{}
	for _, u := range in.Roster.Units {
		unit[u.Code] = u.ID
	}
	caps := map[planner.CadreID]int{}
	for _, e := range es {
		switch e.Kind {
		case pairing.ElementLeast:
			least[unit[e.Code]] = e.Cap
		case pairing.ElementCap:
			caps[e.Cadre] = e.Cap
		}
	}
	allowed := func(h planner.Household, c planner.Cadre) bool {
		return !slices.ContainsFunc(es, func(e pairing.Element) bool {
			switch e.Kind {
			case pairing.ElementRecusal:
				return e.Cadre == c.ID && (e.Household == h.ID || e.Village != "" && e.Village == h.Village)
			case pairing.ElementLeave:
				return e.Cadre == c.ID
			case pairing.ElementPin:
				return e.Household == h.ID && e.Cadre != c.ID
			}
			return false
		})
	}
	load, have := map[planner.CadreID]int{}, map[planner.UnitID]int{}
	var try func(k int) bool
	try = func(k int) bool {
		if k == len(in.Roster.Households) {
			for u, n := range least {
				if have[u] < n {
					return false
				}
			}
			return true
		}
		for _, c := range in.Roster.Cadres {
			most, capped := caps[c.ID]
			if least[c.Unit] == 0 || capped && load[c.ID] >= most || !allowed(in.Roster.Households[k], c) {
				continue
			}
			load[c.ID]++
			have[c.Unit]++
			ok := try(k + 1)
			load[c.ID]--
			have[c.Unit]--
			if ok {
				return true
			}
		}
		return try(k + 1)
	}
	return try(0)
}

func TestUnitsThatCannotHaveTheirFewestNameAMinimalConflictAndWaysThatWork(t *testing.T) {
	found, ways, several := 0, map[pairing.WayKind]int{}, 0
	for seed := range uint64(1200) {
		r := rand.New(rand.NewPCG(seed, 37))
		c := contrary{says: fmt.Sprint(seed)}
		for range 2 + r.IntN(3) {
			c.caps = append(c.caps, 1+r.IntN(3))
		}
		for k := range 3 + r.IntN(4) {
			c.houses += string("ab"[r.IntN(2)])
			for j := range c.caps {
				if r.IntN(4) == 0 {
					c.recusals += fmt.Sprintf(" C%d:H%d", j+1, k+1)
				}
			}
		}
		if r.IntN(4) == 0 {
			c.recusals += fmt.Sprintf(" C%d:a", 1+r.IntN(len(c.caps)))
		}
		if r.IntN(4) == 0 {
			c.away = fmt.Sprintf("C%d", 1+r.IntN(len(c.caps)))
		}
		in := c.question()
		in.Roster.Units = append(in.Roster.Units, planner.Unit{ID: "v", Code: "V", Name: "示例室", Network: planner.NetworkRoom, Area: "411281"})
		for k := range in.Roster.Cadres {
			if k%2 == 1 {
				in.Roster.Cadres[k].Unit = "v"
			}
		}
		in.Book.Limits.UnitLeast = map[string]int{"U": 1 + r.IntN(4)}
		if r.IntN(2) == 0 {
			in.Book.Limits.UnitLeast["V"] = 1 + r.IntN(4)
		}
		all, err := pairing.Conflicts(context.Background(), in)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		xs := slices.DeleteFunc(all, func(x pairing.Infeasible) bool { return x.Unit == "" })
		_, err = pairing.Solve(context.Background(), in)
		if (err != nil) != (len(xs) > 0) {
			t.Fatalf("seed %d: %d units short, solving says %v", seed, len(xs), err)
		}
		if len(xs) > 1 {
			several++
		}
		for n, x := range xs {
			found++
			if x.Say.ZH == "" || strings.Contains(x.Say.EN, "{") || len(x.Ways) == 0 || x.Short() <= 0 {
				t.Fatalf("seed %d: %+v", seed, x)
			}
			if n > 0 {
				continue // of the first alone: the others are told as if it were lowered
			}
			if fewestHold(in, x.Conflict) {
				t.Fatalf("seed %d: the elements can all hold: %s", seed, x.Say.EN)
			}
			for k, e := range x.Conflict {
				if !fewestHold(in, slices.Delete(slices.Clone(x.Conflict), k, k+1)) {
					t.Fatalf("seed %d: without %q the rest still contradicts itself: %s", seed, e.Say.EN, x.Say.EN)
				}
			}
			if len(xs) > 1 {
				continue
			}
			for _, w := range x.Ways {
				ways[w.Kind]++
				try := w.Apply(in)
				try.Roster.Cadres = slices.Clone(try.Roster.Cadres)
				for k := range try.Roster.Cadres {
					for _, p := range w.Places {
						if p.Cadre == try.Roster.Cadres[k].ID {
							try.Roster.Cadres[k].Capacity += p.More
						}
					}
				}
				if _, err := pairing.Solve(context.Background(), try); err != nil {
					t.Fatalf("seed %d: way %q: %v", seed, w.Say.EN, err)
				}
			}
		}
	}
	t.Logf("%d conflicts, in %d cases several; ways %v", found, several, ways)
	if found < 300 || several == 0 || ways[pairing.WayLower] < 100 || ways[pairing.WayPlaces] < 30 || ways[pairing.WayLift] < 30 {
		t.Errorf("%d conflicts, ways %v; the test says little", found, ways)
	}
}

func TestAVillageWhoseCadresCannotServeAllNamesItsCap(t *testing.T) {
	in := contrary{says: "cap", caps: []int{2, 2, 2}, houses: "aaaaab"}.question()
	p := rule.Policy{Limits: rule.Limits{Villages: map[planner.AreaCode]int{"411281001001": 2}}}
	in.Book, _ = p.Apply(in.Book)
	xs, err := pairing.Conflicts(context.Background(), in)
	if err != nil || len(xs) != 1 {
		t.Fatalf("%+v, %v", xs, err)
	}
	x := xs[0]
	k := slices.IndexFunc(x.Conflict, func(e pairing.Element) bool { return e.Kind == pairing.ElementVillage })
	if k < 0 || x.Conflict[k].Cap != 2 || x.Short() != 1 || x.Found || !strings.Contains(x.Say.ZH, "最多由2名干部联系") {
		t.Errorf("%d short, proved %t: %s\n%+v", x.Short(), !x.Found, x.Say.ZH, x.Conflict)
	}
	lift := 0
	for _, w := range x.Ways {
		try := w.Apply(in)
		for _, e := range w.Lift {
			if e.Kind == pairing.ElementVillage {
				lift++
				if e.Cap != 3 || !strings.Contains(w.Say.ZH, "由2名放宽到3名") {
					t.Errorf("to %d: %s", e.Cap, w.Say.ZH)
				}
				loose := rule.Policy{Limits: rule.Limits{Villages: map[planner.AreaCode]int{"411281001001": e.Cap}}}
				try.Book, _ = loose.Apply(rule.Default())
				plan, err := pairing.Solve(context.Background(), try)
				if err != nil || plan.Certificates[0].Unserved > 0 {
					t.Errorf("with the cap so high: %v, %d unserved", err, plan.Certificates[0].Unserved)
				}
			}
		}
	}
	if lift == 0 {
		t.Errorf("no way raises the village's cap: %+v", x.Ways)
	}
}
