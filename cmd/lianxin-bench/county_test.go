package main

import (
	"context"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

func named(t *testing.T, name string) size {
	t.Helper()
	for _, z := range sizes {
		if z.Name == name {
			return z
		}
	}
	t.Fatalf("no size %s", name)
	return size{}
}

// SplitMix64's published first outputs for the seed 1234567.
func TestSplitmixGivesItsPublishedNumbers(t *testing.T) {
	r := splitmix(1234567)
	want := []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821}
	for i, w := range want {
		if got := r.next(); got != w {
			t.Errorf("output %d: got %d, want %d", i, got, w)
		}
	}
}

// The optima are LEMON's, OR-Tools's and HiGHS's too, found on the same instances by `lianxin-bench pairing`.
func TestTheMadeInstancesHaveTheirKnownOptima(t *testing.T) {
	for _, c := range []struct {
		size string
		k    int
		want int64
	}{{"S", 16, 19_328_581}, {"S", 32, 18_729_301}, {"S", 64, 18_729_301}, {"M", 32, 188_494_400}} {
		x := makeCounty(named(t, c.size), 1).truncate(c.k)
		got, err := x.network().solve(context.Background(), 1, func(j int) int32 { return x.Min[j] }, x.Leavers)
		if err != nil {
			t.Fatal(err)
		}
		if got.Cost != c.want || !got.Certified {
			t.Errorf("%s, k = %d: got %d, certified %t; want %d", c.size, c.k, got.Cost, got.Certified, c.want)
		}
		if got.Warm != nil && (!got.Warm.Certified || got.Warm.Freed == 0) {
			t.Errorf("%s, k = %d: after the leavers: %+v", c.size, c.k, *got.Warm)
		}
	}
}

func TestTheCompleteGraphHasItsKnownOptimum(t *testing.T) {
	want := map[string]int64{"S": 18_729_301}
	if os.Getenv("LIANXIN_BENCH_LARGE") != "" {
		want["M"] = 178_531_256
	}
	for name, price := range want {
		got, err := makeCounty(named(t, name), 1).solve(context.Background(), 2)
		if err != nil {
			t.Fatal(err)
		}
		if got.Cost != price || !got.Certified {
			t.Errorf("%s: got %d, certified %t; want %d", name, got.Cost, got.Certified, price)
		}
	}
}

func TestACountyIsWhatItsDescriptionSays(t *testing.T) {
	c := makeCounty(named(t, "M"), 1)
	if len(c.Households) != 15_000 || len(c.Cadres) != 1_000 {
		t.Fatalf("got %d households and %d cadres", len(c.Households), len(c.Cadres))
	}
	places := map[point]int{}
	for _, k := range c.Cadres {
		places[k.At]++
	}
	most := 0
	for _, n := range places {
		most = max(most, n)
	}
	if most < 8 || len(places) < 200 || len(places) > 400 {
		t.Errorf("cadres are at %d places, at most %d at one; want offices and teams", len(places), most)
	}
	present, targets, caps := 0, int32(0), int32(0)
	for _, h := range c.Households {
		if h.Present >= 0 {
			present++
		}
		if h.Need == 0 || h.Need > 127 || h.Class > 2 {
			t.Fatalf("household %+v", h)
		}
	}
	for _, k := range c.Cadres {
		targets, caps = targets+k.Target, caps+k.Cap
	}
	if present < 10_000 || present > 12_500 || targets < 14_500 || targets > 15_500 || caps < 18_000 || caps > 19_500 {
		t.Errorf("%d present pairs, targets %d, caps %d", present, targets, caps)
	}
	forbidden := 0
	for i := range 200 {
		for j := range c.Cadres {
			if c.forbids(i, j) {
				forbidden++
			}
		}
	}
	if forbidden < 850 || forbidden > 1150 {
		t.Errorf("%d of 200,000 pairs are forbidden, want about 1,000", forbidden)
	}
}

func TestTheNearestAreThoseOfAPlainSearch(t *testing.T) {
	c := makeCounty(named(t, "S"), 3)
	near := newNearest(c)
	for i := 0; i < len(c.Households); i += 7 {
		for _, k := range []int{1, 12, 40, 100} {
			var all []candidate
			for j := range c.Cadres {
				if !c.forbids(i, j) {
					all = append(all, candidate{c.Households[i].At.distance2(c.Cadres[j].At), pairHash(i, j), int32(j)})
				}
			}
			slices.SortFunc(all, byKey)
			var want []int32
			for _, x := range all[:min(k, len(all))] {
				want = append(want, x.j)
			}
			if got := near.find(i, k, func(j int) bool { return c.forbids(i, j) }); !slices.Equal(got, want) {
				t.Fatalf("household %d, k = %d: got %v, want %v", i, k, got, want)
			}
		}
	}
}

func TestEveryRowHoldsThePresentCadreAndIsCheapestFirst(t *testing.T) {
	c := makeCounty(named(t, "S"), 1)
	x := c.truncate(8)
	rows, cols := c.zHouseholds(), c.zCadres()
	for at, i := range rows {
		row, cost := x.Col[at*8:at*8+8], x.Cost[at*8:at*8+8]
		if !slices.IsSorted(cost) {
			t.Fatalf("row %d is not ascending: %v", at, cost)
		}
		found := c.Households[i].Present < 0
		for e, j := range row {
			own := cols[j]
			found = found || own == c.Households[i].Present
			if want := c.cost(int(i), int(own)); cost[e] != want || c.forbids(int(i), int(own)) {
				t.Fatalf("row %d, arc %d: cost %d, want %d of an allowed pair", at, e, cost[e], want)
			}
		}
		if !found {
			t.Errorf("row %d lacks the present cadre", at)
		}
	}
}

// The checker's tree must skip nothing that matters: for any prices it gives the bound of looking at every pair.
func TestTheBoundByBoxesIsTheBoundOverAllPairs(t *testing.T) {
	c := makeCounty(named(t, "S"), 2)
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 20 {
		p := make([]int32, len(c.Cadres))
		for j := range p {
			p[j] = r.Int32N([]int32{1, 3_000, 30_000, 150_000}[round%4])
		}
		boxes, all := c.bound(p, newBoxes(c, p).least), c.bound(p, c.leastOfAll)
		if boxes != all {
			t.Fatalf("round %d: by boxes %d, over all pairs %d", round, boxes, all)
		}
	}
}

func TestTheCheckerRefusesASpoiltPlan(t *testing.T) {
	c := makeCounty(named(t, "S"), 1)
	x := c.truncate(32)
	n := x.network()
	good, prices := solved(t, n)
	cost, bound, err := n.prove(good, prices)
	if err != nil || cost != bound {
		t.Fatalf("the sound plan: cost %d, bound %d, %v", cost, bound, err)
	}
	r := rand.New(rand.NewPCG(5, 5))
	for range 300 {
		plan, p := slices.Clone(good), slices.Clone(prices)
		switch r.IntN(3) {
		case 0: // a household to any cadre: no arc, a full cadre, or dearer
			i := r.IntN(len(plan))
			plan[i] = (plan[i] + 1 + r.Int32N(int32(len(p)-1))) % int32(len(p))
		case 1: // two of one household's arcs have other prices; a dual can be optimal in many ways, but not by much
			p[r.IntN(len(p))] += 60_000
		case 2: // a household left out
			plan[r.IntN(len(plan))] = -1
		}
		cost, bound, err := n.prove(plan, p)
		if err == nil && cost <= bound && !slices.Equal(p, prices) {
			t.Fatalf("spoilt prices pass: cost %d, bound %d", cost, bound)
		}
		if err == nil && cost < bound {
			t.Fatalf("a bound above the cost: %d, %d", bound, cost)
		}
		if err == nil && cost == bound && slices.Equal(p, prices) {
			// Another plan of the same cost is as good; then its cost must be the optimum indeed.
			if cost != 18_729_301 {
				t.Fatalf("a spoilt plan passes at %d", cost)
			}
		}
	}
}

func TestTheInstanceFileComesBackAsWritten(t *testing.T) {
	x := makeCounty(named(t, "S"), 4).truncate(16)
	name := t.TempDir() + "/s.bin"
	if err := writeFile(name, x.writeTo); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	y, err := readTruncated(f)
	if err != nil {
		t.Fatal(err)
	}
	if x.K != y.K || x.Seed != y.Seed || !slices.Equal(x.Col, y.Col) || !slices.Equal(x.Cost, y.Cost) || !slices.Equal(x.Cap, y.Cap) || !slices.Equal(x.Leavers, y.Leavers) {
		t.Error("the instance came back otherwise")
	}
	if _, err := f.Seek(100, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := readTruncated(f); err == nil {
		t.Error("a file cut at the front was read")
	}
}
