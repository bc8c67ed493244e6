package pairing_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lianxin/planner"
	"lianxin/planner/pairing"
	"lianxin/planner/rule"
	"lianxin/planner/verify"
)

// solved solves and verifies, and fails the test if either finds a fault.
func solved(t testing.TB, in pairing.Input) planner.Plan {
	t.Helper()
	plan, err := pairing.Solve(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	rep, err := verify.Check(context.Background(), in.Question(), plan)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range rep.Findings {
		t.Errorf("verify: %s", f.Say.EN)
	}
	if t.Failed() {
		t.FailNow()
	}
	return plan
}

func TestEveryConsentingHouseholdHasOneCadreAndTheProofHolds(t *testing.T) {
	for seed := range uint64(60) {
		in := made(seed, small)
		plan := solved(t, in)
		if plan.Price() != plan.Bound() || len(plan.Certificates) != 3 {
			t.Fatalf("seed %d: price %d, bound %d, %d certificates", seed, plan.Price(), plan.Bound(), len(plan.Certificates))
		}
		want := 0
		for _, h := range in.Roster.Households {
			if h.Served() {
				want++
			}
		}
		got := 0
		sum := planner.Seconds(0)
		for _, p := range plan.Pairings {
			if p.Tier == planner.TierHousehold {
				got++
			}
			parts := planner.Seconds(0)
			for _, r := range p.Reasons {
				parts += r.Price
			}
			if parts != p.Price {
				t.Fatalf("seed %d: reasons add up to %d, price %d", seed, parts, p.Price)
			}
			sum += p.Price
		}
		unserved := plan.Certificates[2].Unserved
		if got+unserved != want {
			t.Fatalf("seed %d: %d households and %d unserved, want %d", seed, got, unserved, want)
		}
		if unserved == 0 && plan.Certificates[0].Unserved+plan.Certificates[1].Unserved == 0 && sum != plan.Price() {
			t.Fatalf("seed %d: pairings add up to %d, plan %d", seed, sum, plan.Price())
		}
	}
}

func TestTinyCountiesArePlannedAsCheaplyAsEveryPlanTried(t *testing.T) {
	for seed := range uint64(400) {
		in := made(seed, size{2, 1, 2, 1, 2, 4, 6})
		in.Preset.Load = map[planner.Rank][2]int{planner.RankLeader: {0, 1}, planner.RankSection: {0, 1}, planner.RankStaff: {0, 1 + int(seed%3)}}
		plan := solved(t, in)
		upper := slices.DeleteFunc(slices.Clone(plan.Pairings), func(p planner.Pairing) bool { return p.Tier != planner.TierGroup })
		inst, err := rule.Lay(in.Question().Serving(plan.Links), planner.TierHousehold, upper)
		if err != nil {
			t.Fatal(err)
		}
		load := make([]int, len(inst.Cadres))
		var best func(i int) planner.Seconds
		best = func(i int) planner.Seconds {
			if i == len(inst.Targets) {
				return 0
			}
			least := inst.Unserved(i) + best(i+1)
			for j, c := range inst.Cadres {
				if price, ok := inst.Price(i, j); ok && load[j] < c.Cap {
					price += planner.Seconds(inst.Marginals(j)[load[j]])
					load[j]++
					least = min(least, price+best(i+1))
					load[j]--
				}
			}
			return least
		}
		if want := best(0); len(inst.Targets) > 0 && plan.Certificates[len(plan.Certificates)-1].Price != want {
			t.Fatalf("seed %d: price %d, every plan tried %d", seed, plan.Certificates[len(plan.Certificates)-1].Price, want)
		}
	}
}

func TestEachVillageHasOneLeaderEvenWhenLeadersAreFew(t *testing.T) {
	for _, leaders := range []int{1, 2, 3, 9} {
		z := small
		z.leaders = leaders
		in := made(1, z)
		for i := range in.Roster.Cadres {
			in.Roster.Cadres[i].Active, in.Roster.Cadres[i].Leaves = true, nil
		}
		plan := solved(t, in)
		load := map[planner.CadreID]int{}
		most := 0
		for _, p := range plan.Pairings {
			if p.Tier == planner.TierVillage {
				load[p.Cadre]++
				most = max(most, load[p.Cadre])
			}
		}
		if want := (z.villages + leaders - 1) / leaders; most != want || plan.Certificates[0].Unserved != 0 {
			t.Errorf("%d leaders for %d villages: at most %d each, %d left; want %d and 0", leaders, z.villages, most, plan.Certificates[0].Unserved, want)
		}
	}
}

func TestTheOrderOfTheRosterDoesNotMatter(t *testing.T) {
	for seed := range uint64(10) {
		in := made(seed, small)
		in.NewID = planner.SeededIDs(seed, "a")
		a := solved(t, in)
		r := rand.New(rand.NewPCG(seed, 6))
		ro := &in.Roster
		*ro = planner.Roster{Areas: slices.Clone(ro.Areas), Units: slices.Clone(ro.Units), Cadres: slices.Clone(ro.Cadres), Households: slices.Clone(ro.Households), Recusals: slices.Clone(ro.Recusals)}
		r.Shuffle(len(ro.Areas), func(i, j int) { ro.Areas[i], ro.Areas[j] = ro.Areas[j], ro.Areas[i] })
		r.Shuffle(len(ro.Units), func(i, j int) { ro.Units[i], ro.Units[j] = ro.Units[j], ro.Units[i] })
		r.Shuffle(len(ro.Cadres), func(i, j int) { ro.Cadres[i], ro.Cadres[j] = ro.Cadres[j], ro.Cadres[i] })
		r.Shuffle(len(ro.Households), func(i, j int) { ro.Households[i], ro.Households[j] = ro.Households[j], ro.Households[i] })
		r.Shuffle(len(ro.Recusals), func(i, j int) { ro.Recusals[i], ro.Recusals[j] = ro.Recusals[j], ro.Recusals[i] })
		in.NewID = planner.SeededIDs(seed, "a")
		b := solved(t, in)
		if d := cmp.Diff(a, b); d != "" {
			t.Fatalf("seed %d: another order gives another plan:\n%s", seed, d)
		}
	}
}

func TestIDsDoNotSteer(t *testing.T) {
	byCode := func(in pairing.Input) map[string]string {
		code := map[planner.CadreID]string{}
		for _, c := range in.Roster.Cadres {
			code[c.ID] = c.Code
		}
		house := map[planner.HouseholdID]string{}
		for _, h := range in.Roster.Households {
			house[h.ID] = h.Code
		}
		out := map[string]string{}
		for _, p := range solved(t, in).Pairings {
			out[house[p.Household]+string(p.Area)] = code[p.Cadre]
		}
		return out
	}
	in := made(3, small)
	a := byCode(in)
	b := byCode(renamed(in))
	if d := cmp.Diff(a, b); d != "" {
		t.Errorf("other IDs give another plan:\n%s", d)
	}
}

// renamed gives everyone another ID, so that their order by ID is reversed.
func renamed(in pairing.Input) pairing.Input {
	turn := func(id string) string {
		b := []byte(id)
		for i, c := range b {
			b[i] = 255 - c
		}
		return string(b)
	}
	ro := in.Roster
	in.Roster = planner.Roster{Areas: ro.Areas}
	for _, u := range ro.Units {
		u.ID = planner.UnitID(turn(string(u.ID)))
		in.Roster.Units = append(in.Roster.Units, u)
	}
	for _, c := range ro.Cadres {
		c.ID, c.Unit = planner.CadreID(turn(string(c.ID))), planner.UnitID(turn(string(c.Unit)))
		in.Roster.Cadres = append(in.Roster.Cadres, c)
	}
	for _, h := range ro.Households {
		h.ID = planner.HouseholdID(turn(string(h.ID)))
		in.Roster.Households = append(in.Roster.Households, h)
	}
	for _, r := range ro.Recusals {
		r.Cadre = planner.CadreID(turn(string(r.Cadre)))
		if r.Household != "" {
			r.Household = planner.HouseholdID(turn(string(r.Household)))
		}
		in.Roster.Recusals = append(in.Roster.Recusals, r)
	}
	last := *in.Last
	last.Pairings = slices.Clone(last.Pairings)
	for i := range last.Pairings {
		p := &last.Pairings[i]
		p.Cadre, p.Household = planner.CadreID(turn(string(p.Cadre))), planner.HouseholdID(turn(string(p.Household)))
	}
	in.Last = &last
	return in
}

func TestPinsAreHonouredOrRefusedBeforehand(t *testing.T) {
	in := made(4, small)
	free := solved(t, in)
	var pin planner.Pin
	for _, p := range free.Pairings {
		if p.Tier != planner.TierHousehold {
			continue
		}
		if pin.Household == "" {
			pin.Household = p.Household
		} else if pin.Cadre == "" || pin.Cadre == free.Pairings[0].Cadre {
			pin.Cadre = p.Cadre
		}
	}
	in.Pins = []planner.Pin{pin}
	plan := solved(t, in)
	for _, p := range plan.Pairings {
		if p.Household == pin.Household && (p.Cadre != pin.Cadre || p.Origin != planner.OriginPin) {
			t.Errorf("pinned household is with %s by %s, want %s by pin", p.Cadre, p.Origin, pin.Cadre)
		}
	}
	if plan.Price() < free.Price() {
		t.Errorf("a pin made the plan cheaper: %d < %d", plan.Price(), free.Price())
	}
	in.Roster.Recusals = append(slices.Clone(in.Roster.Recusals), planner.Recusal{Cadre: pin.Cadre, Household: pin.Household, Kind: planner.RecusalOrdered})
	if _, err := pairing.Solve(context.Background(), in); planner.KindOf(err) != planner.Invalid {
		t.Errorf("a pin against a recusal: got %v, want Invalid", err)
	}
	in = made(4, small)
	for _, h := range in.Roster.Households {
		if h.Served() && len(in.Pins) < 16 {
			in.Pins = append(in.Pins, planner.Pin{Household: h.ID, Cadre: pin.Cadre})
		}
	}
	in.Roster.Recusals = nil
	if _, err := pairing.Solve(context.Background(), in); planner.KindOf(err) != planner.Invalid {
		t.Errorf("16 pins to one cadre: got %v, want Invalid", err)
	}
	in.Pins = []planner.Pin{{Household: "nobody", Cadre: pin.Cadre}}
	if _, err := pairing.Solve(context.Background(), in); planner.KindOf(err) != planner.Invalid {
		t.Errorf("a pin of an unknown household: got %v, want Invalid", err)
	}
}

func TestTooFewPlacesAreReportedAndPinsGiveWayLast(t *testing.T) {
	in := made(5, small)
	in.Preset = pairing.Preset{ID: "tight", Load: map[planner.Rank][2]int{planner.RankLeader: {0, 1}, planner.RankSection: {0, 1}, planner.RankStaff: {0, 2}}}
	for i := range in.Roster.Cadres {
		in.Roster.Cadres[i].Capacity = 0
	}
	pin := planner.Pin{}
	for _, h := range in.Roster.Households {
		if h.Served() {
			pin.Household = h.ID
		}
	}
	for _, c := range in.Roster.Cadres {
		if c.Rank == planner.RankStaff && c.Active && len(c.Leaves) == 0 {
			pin.Cadre = c.ID
		}
	}
	in.Pins = []planner.Pin{pin}
	in.Roster.Recusals = nil
	plan := solved(t, in)
	if plan.Certificates[2].Unserved == 0 || !planner.Stops(plan.Watches) {
		t.Fatalf("unserved %d, watches %v; want some and a stop", plan.Certificates[2].Unserved, plan.Watches)
	}
	if !slices.ContainsFunc(plan.Pairings, func(p planner.Pairing) bool { return p.Household == pin.Household && p.Cadre == pin.Cadre }) {
		t.Error("the pinned household was left out although others could be")
	}
}

func TestAlternativesCostWhatSolvingWithThatPinSays(t *testing.T) {
	in := made(6, small)
	plan := solved(t, in)
	asked := 0
	for _, p := range plan.Pairings {
		if p.Tier != planner.TierHousehold || asked == 12 {
			continue
		}
		asked++
		alts, err := pairing.Alternatives(context.Background(), in, plan, p.Household, 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(alts) < 3 {
			t.Fatalf("got %d alternatives, want at least 3", len(alts))
		}
		last := planner.Seconds(0)
		for _, a := range alts {
			if a.Forbidden != nil {
				continue
			}
			if a.Extra < last {
				t.Errorf("alternatives are not sorted: %d after %d", a.Extra, last)
			}
			last = a.Extra
			pinned := in
			pinned.Pins = []planner.Pin{{Household: p.Household, Cadre: a.Cadre}}
			pinned.NewID = planner.SeededIDs(1, "b")
			again, err := pairing.Solve(context.Background(), pinned)
			if err != nil {
				t.Fatal(err)
			}
			extra := again.Certificates[2].Price - plan.Certificates[2].Price
			if a.Extra != extra {
				t.Errorf("%s to %s: extra %d, solving again says %d", p.Household, a.Cadre, a.Extra, extra)
			}
		}
	}
	stale := in
	stale.Roster.Recusals = nil
	if _, err := pairing.Alternatives(context.Background(), stale, plan, plan.Pairings[len(plan.Pairings)-1].Household, 3); planner.KindOf(err) != planner.Conflict {
		t.Errorf("a changed roster: got %v, want Conflict", err)
	}
}

func TestADiffNamesEveryChangeAndKeepsPrivateReasonsMarked(t *testing.T) {
	in := made(7, small)
	plan := solved(t, in)
	was := map[planner.HouseholdID]planner.CadreID{}
	for _, p := range in.Last.Pairings {
		was[p.Household] = p.Cadre
	}
	changed := 0
	for _, p := range plan.Pairings {
		if p.Tier == planner.TierHousehold && was[p.Household] != p.Cadre {
			changed++
		}
	}
	cs := pairing.Diff(*in.Last, plan)
	private := 0
	for _, c := range cs {
		if c.Why.IsZero() {
			t.Errorf("change of %s has no reason", c.Household)
		}
		if c.To == "" {
			changed++
		}
		if c.Private {
			private++
		}
	}
	if len(cs) != changed || private == 0 {
		t.Errorf("%d changes, %d private; want %d and some", len(cs), private, changed)
	}
}

func TestTheSameInputGivesTheSameBytesOnAnyNumberOfProcessors(t *testing.T) {
	bytes := func(procs int) string {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		in := made(8, size{6, 3, 8, 4, 8, 60, 800})
		b, err := json.Marshal(solved(t, in))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if a, b := bytes(1), bytes(2); a != b {
		t.Error("one and two processors give different plans")
	}
}

func TestARuleOfOnesOwnIsTooMuchForAPrefecture(t *testing.T) {
	in := made(9, size{4, 2, 4, 3, 5, 20_000, 30_000})
	own := rule.Travel
	own.ID = "own" // nobody knows what it reads, so that each of 600 million pairs would have to be asked for
	in.Book.Pairs = append(in.Book.Pairs, own)
	_, err := pairing.Solve(context.Background(), in)
	if e, ok := errors.AsType[*planner.Error](err); !ok || e.Kind != planner.Invalid || !strings.Contains(e.Say.EN, "one plan a county") {
		t.Errorf("got %v, want Invalid that says how to split", err)
	}
}

func TestASolveThatIsCancelledStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	in := made(9, small)
	in.Progress = func(planner.Tier, int, int) { cancel() }
	if _, err := pairing.Solve(ctx, in); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestACountyOfFullSizeIsProvedOptimal(t *testing.T) {
	in := made(1, county)
	plan := solved(t, in)
	c := plan.Certificates[2]
	if c.Gap() != 0 || c.Unserved != 0 {
		t.Errorf("gap %d, unserved %d; want 0 and 0", c.Gap(), c.Unserved)
	}
	t.Logf("price %d min, pairs %d", c.Price.Minutes(), c.Pairs)
}

func BenchmarkPlanOfACounty(b *testing.B) {
	in := made(1, county)
	for b.Loop() {
		if _, err := pairing.Solve(context.Background(), in); err != nil {
			b.Fatal(err)
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "MB-from-OS")
}

func BenchmarkVerifyACounty(b *testing.B) {
	in := made(1, county)
	plan := solved(b, in)
	for b.Loop() {
		if rep, err := verify.Check(context.Background(), in.Question(), plan); err != nil || !rep.OK() {
			b.Fatal(rep, err)
		}
	}
}

func BenchmarkAlternativesInACounty(b *testing.B) {
	in := made(1, county)
	plan := solved(b, in)
	n := 0
	for b.Loop() {
		h := plan.Pairings[1000+(n*997)%13000].Household
		n++
		if _, err := pairing.Alternatives(context.Background(), in, plan, h, 5); err != nil {
			b.Fatal(err)
		}
	}
}
