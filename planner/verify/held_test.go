package verify_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"lianxin/planner"
	"lianxin/planner/pairing"
	"lianxin/planner/rule"
	"lianxin/planner/verify"
)

// capped is a tiny county whose policy caps the cadres of villages and bounds units from below.
func capped(seed uint64) pairing.Input {
	r := rand.New(rand.NewPCG(seed, 71))
	in := tiny(seed)
	in.Pins = nil
	p := rule.Policy{}
	if p.Limits.EveryVillage = 1 + r.IntN(2); r.IntN(3) == 0 {
		p.Limits.Villages = map[planner.AreaCode]int{"411281001001": 1 + r.IntN(3)}
	}
	if r.IntN(3) == 0 {
		p.Limits.UnitLeast = map[string]int{"U0": 1 + r.IntN(3)}
		if r.IntN(2) == 0 {
			p.Limits.Units = map[string]int{"U0": 3 + r.IntN(2), "U1": 1 + r.IntN(4)}
		}
	}
	book, err := p.Apply(in.Book)
	if err != nil {
		panic(err)
	}
	in.Book = book
	return in
}

// cheapestCapped tries all placements of the household tier; ok is false if none has the units' fewest.
func cheapestCapped(inst *rule.Instance) (best planner.Seconds, ok bool) {
	l := inst.Limits()
	sink, load := make([]int, len(inst.Targets)), make([]int, len(inst.Cadres))
	marginals := make([][]int32, len(inst.Cadres))
	for j := range inst.Cadres {
		marginals[j] = inst.Marginals(j)
	}
	var try func(i int, sum planner.Seconds)
	try = func(i int, sum planner.Seconds) {
		if ok && sum-planner.Seconds(len(inst.Targets))*40_000 > best { // no pair earns more than that
			return
		}
		if i < len(inst.Targets) {
			sink[i] = -1
			try(i+1, sum+inst.Unserved(i))
			for j := range inst.Cadres {
				c, may := inst.Price(i, j)
				if !may || load[j] >= len(marginals[j]) {
					continue
				}
				m := planner.Seconds(marginals[j][load[j]])
				load[j]++
				sink[i] = j
				try(i+1, sum+c+m)
				load[j]--
			}
			return
		}
		goes := map[planner.AreaCode]map[int]bool{}
		unit := map[string]int{}
		for i, j := range sink {
			if j < 0 {
				continue
			}
			v := inst.Targets[i].Household.Village
			if goes[v] == nil {
				goes[v] = map[int]bool{}
			}
			goes[v][j] = true
			unit[inst.Cadres[j].Unit.Code]++
			if most := l.MostCadres(v); most > 0 && len(goes[v]) > most {
				return
			}
		}
		for code, least := range l.UnitLeast {
			if unit[code] < least {
				return
			}
		}
		for code, most := range l.Units {
			if unit[code] > most {
				return
			}
		}
		if !ok || sum < best {
			best, ok = sum, true
		}
	}
	try(0, 0)
	return best, ok
}

func seedsOf(small, full int) int {
	if os.Getenv("LIANXIN_TEST_SMALL") != "" {
		return small
	}
	return full
}

// TestCapsOfVillagesAndBoundsOfUnitsAgainstAllPlacements: every plan holds them and passes; its bound is below the best placement and its
// price not below it; without caps that bind it is the best; what cannot be is refused, and only that.
func TestCapsOfVillagesAndBoundsOfUnitsAgainstAllPlacements(t *testing.T) {
	var teams, exact, refused, plans int
	var gap, price planner.Seconds
	for seed := range uint64(seedsOf(400, 3000)) {
		in := capped(seed)
		plan, err := pairing.Solve(context.Background(), in)
		var upper []planner.Pairing
		for _, p := range plan.Pairings {
			if p.Tier == planner.TierGroup {
				upper = append(upper, p)
			}
		}
		if err != nil {
			if planner.KindOf(err) != planner.Invalid || !strings.Contains(err.Error(), "at least") {
				t.Fatalf("seed %d: %v", seed, err)
			}
			loose := in
			loose.Book.Limits.UnitLeast = nil
			full, err := pairing.Solve(context.Background(), loose)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range full.Pairings {
				if p.Tier == planner.TierGroup {
					upper = append(upper, p)
				}
			}
		}
		inst, lay := rule.Lay(in.Question(), planner.TierHousehold, upper)
		if lay != nil && err != nil { // a unit without cadres for households
			refused++
			continue
		}
		if lay != nil {
			t.Fatal(lay)
		}
		best, possible := cheapestCapped(inst)
		if err != nil {
			if refused++; possible && len(in.Book.Limits.Villages)+in.Book.Limits.EveryVillage == 0 {
				t.Fatalf("seed %d: refused (%v), but a plan of %d exists", seed, err, best)
			}
			continue
		}
		plans++
		cert := plan.Certificates[len(plan.Certificates)-1]
		if !possible || cert.Price < best || cert.Bound > best {
			t.Fatalf("seed %d: price %d, bound %d, the best of all placements %d (possible: %t)", seed, cert.Price, cert.Bound, best, possible)
		}
		if cert.Held == nil && cert.Price != best {
			t.Fatalf("seed %d: price %d without teams, the best %d", seed, cert.Price, best)
		}
		if cert.Held != nil {
			teams++
			gap, price = gap+cert.Price-best, price+best
			if cert.Price == best {
				exact++
			}
		}
		rep, err := verify.Check(context.Background(), in.Question(), plan)
		if err != nil || !rep.OK() {
			t.Fatalf("seed %d: %v %v", seed, err, rep.Findings)
		}
	}
	t.Logf("%d plans, %d with teams, of which %d are the best there is, all together %d s of %d dearer; %d refused", plans, teams, exact, gap, price, refused)
	if teams*4 < plans || exact*100 < teams*98 {
		t.Errorf("%d plans, %d with teams, of which %d are the best there is", plans, teams, exact)
	}
}

// heldKinds are the ways to spoil a plan whose villages have teams.
var heldKinds = map[string]func(r *rand.Rand, in *pairing.Input, p *planner.Plan, c *planner.Certificate) bool{
	"no proof about all teams": func(_ *rand.Rand, _ *pairing.Input, _ *planner.Plan, c *planner.Certificate) bool {
		c.Held = nil
		return true
	},
	"a higher bound": func(_ *rand.Rand, _ *pairing.Input, _ *planner.Plan, c *planner.Certificate) bool {
		c.Bound++
		return true
	},
	"a lower bound": func(_ *rand.Rand, _ *pairing.Input, _ *planner.Plan, c *planner.Certificate) bool {
		c.Bound--
		return true
	},
	"worth more than leaving out": func(r *rand.Rand, _ *pairing.Input, _ *planner.Plan, c *planner.Certificate) bool {
		if len(c.Held.Rows) == 0 {
			return false
		}
		c.Held.Rows[r.IntN(len(c.Held.Rows))].Worth = 1 << 30
		return true
	},
	"a household worth something twice": func(r *rand.Rand, _ *pairing.Input, _ *planner.Plan, c *planner.Certificate) bool {
		if len(c.Held.Rows) == 0 {
			return false
		}
		c.Held.Rows = append(c.Held.Rows, c.Held.Rows[0])
		return true
	},
	"an unknown household": func(_ *rand.Rand, _ *pairing.Input, _ *planner.Plan, c *planner.Certificate) bool {
		c.Held.Rows = append(c.Held.Rows, planner.Row{Household: "nobody", Worth: -1})
		return true
	},
	"a potential too few": func(_ *rand.Rand, _ *pairing.Input, _ *planner.Plan, c *planner.Certificate) bool {
		c.Held.Potentials = c.Held.Potentials[1:]
		return true
	},
	"a potential that overflows": func(r *rand.Rand, _ *pairing.Input, _ *planner.Plan, c *planner.Certificate) bool {
		c.Held.Potentials[r.IntN(len(c.Held.Potentials))] = 1 << 62
		return true
	},
	"a larger team": func(_ *rand.Rand, in *pairing.Input, _ *planner.Plan, c *planner.Certificate) bool {
		t := &c.Held.Teams[0]
		for _, x := range in.Roster.Cadres {
			if x.Rank == planner.RankStaff && !slices.Contains(t.Cadres, x.ID) {
				t.Cadres = append(t.Cadres, x.ID)
				return true
			}
		}
		return false
	},
	"a team member lost": func(r *rand.Rand, _ *pairing.Input, p *planner.Plan, c *planner.Certificate) bool {
		t := &c.Held.Teams[0]
		if len(t.Cadres) < 2 {
			return false
		}
		t.Cadres = t.Cadres[1:]
		return true
	},
	"a village twice": func(_ *rand.Rand, _ *pairing.Input, _ *planner.Plan, c *planner.Certificate) bool {
		c.Held.Teams = append(c.Held.Teams, c.Held.Teams[0])
		return true
	},
	"a pair outside the team": func(r *rand.Rand, in *pairing.Input, p *planner.Plan, c *planner.Certificate) bool {
		for k := range p.Pairings {
			x := &p.Pairings[k]
			for _, y := range in.Roster.Cadres {
				if x.Tier == planner.TierHousehold && y.Rank == planner.RankStaff && !slices.Contains(c.Held.Teams[0].Cadres, y.ID) && villageOf(in, x.Household) == c.Held.Teams[0].Village {
					x.Cadre = y.ID
					return true
				}
			}
		}
		return false
	},
	"the policy made stricter": func(_ *rand.Rand, in *pairing.Input, _ *planner.Plan, c *planner.Certificate) bool {
		in.Book.Limits.Villages = map[planner.AreaCode]int{c.Held.Teams[0].Village: in.Book.Limits.MostCadres(c.Held.Teams[0].Village) - 1}
		return in.Book.Limits.MostCadres(c.Held.Teams[0].Village) > 0
	},
	"the policy's fewest raised": func(_ *rand.Rand, in *pairing.Input, _ *planner.Plan, c *planner.Certificate) bool {
		in.Book.Limits.UnitLeast = map[string]int{"U0": 99}
		return true
	},
}

func villageOf(in *pairing.Input, h planner.HouseholdID) planner.AreaCode {
	for _, x := range in.Roster.Households {
		if x.ID == h {
			return x.Village
		}
	}
	return ""
}

// TestSpoiledPlansWithTeamsAreRefused: thousands of plans with teams, each spoiled in one way.
func TestSpoiledPlansWithTeamsAreRefused(t *testing.T) {
	made := map[string]int{}
	for seed := range uint64(seedsOf(300, 1500)) {
		base := capped(seed)
		plan, err := pairing.Solve(context.Background(), base)
		if err != nil || plan.Teams() == nil {
			continue
		}
		for name, spoil := range heldKinds {
			r := rand.New(rand.NewPCG(seed, 5))
			in, p := base, fullCopy(plan)
			c := &p.Certificates[len(p.Certificates)-1]
			h := *c.Held
			h.Teams, h.Rows, h.Potentials = slices.Clone(h.Teams), slices.Clone(h.Rows), slices.Clone(h.Potentials)
			for k := range h.Teams {
				h.Teams[k].Cadres = slices.Clone(h.Teams[k].Cadres)
			}
			c.Held = &h
			if !spoil(r, &in, &p, c) {
				continue
			}
			made[name]++
			rep, err := verify.Check(context.Background(), in.Question(), p)
			if err == nil && rep.OK() {
				t.Fatalf("seed %d: %s passes", seed, name)
			}
		}
	}
	sum := 0
	for name := range heldKinds {
		if made[name] == 0 {
			t.Errorf("no plan was spoiled by: %s", name)
		}
		sum += made[name]
	}
	t.Log(fmt.Sprint(sum, " spoiled plans"))
}
