package pairing_test

import (
	"testing"

	"lianxin/planner"
	"lianxin/planner/pairing"
	"lianxin/planner/rule"
)

// TestTheUnitsOfTwoHundredVillagesArePlannedAndTellTheirProgress where most villages have a unit of less places than households,
// so that nearly each needs a second one: the bound is 9 % below.
func TestTheUnitsOfTwoHundredVillagesArePlannedAndTellTheirProgress(t *testing.T) {
	in := made(3, size{206, 1, 300, 4, 4, 2_000, 24_000})
	told, last := 0, -1
	in.Progress = func(tier planner.Tier, done, total int) {
		if tier != planner.TierUnit || done < last || done > total {
			t.Errorf("%s: %d of %d after %d", tier, done, total, last)
		}
		told, last = told+1, done
	}
	cpu := pairing.CPU()
	links, cert, err := pairing.SolveUnits(in)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d links, price %d min, bound %d min, gap %.2f %%, told %d times, %v of CPU", len(links), cert.Price.Minutes(), cert.Bound.Minutes(), 100*float64(cert.Gap())/float64(cert.Price), told, pairing.CPU()-cpu)
	if cert.Gap() < 0 || 100*cert.Gap() > 10*cert.Price {
		t.Errorf("bound %d, price %d: want a gap of at most 10 %%", cert.Bound, cert.Price)
	}
	if told < 5 {
		t.Errorf("progress told %d times", told)
	}
	inst, err := rule.Lay(in.Question(), planner.TierUnit, nil)
	if err != nil {
		t.Fatal(err)
	}
	has := map[planner.UnitID]int{}
	for _, l := range links {
		has[l.Unit] += l.Count
	}
	for _, u := range inst.Cadres {
		if has[planner.UnitID(u.ID)] > u.Cap {
			t.Errorf("unit %s has %d households and %d places", u.Code, has[planner.UnitID(u.ID)], u.Cap)
		}
	}
}
