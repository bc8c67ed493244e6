package pairing_test

import (
	"context"
	"slices"
	"testing"

	"lianxin/planner"
	"lianxin/planner/pairing"
	"lianxin/planner/verify"
)

// published solves a made county and makes the answer the plan in force.
func published(t *testing.T, seed uint64) pairing.Input {
	t.Helper()
	in := made(seed, small)
	plan, err := pairing.Solve(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	plan.Status = planner.PlanPublished
	in.Last = &plan
	return in
}

// replanned replans, and holds the answer against the verifier.
func replanned(t *testing.T, in pairing.Input) (planner.Plan, []pairing.Moved) {
	t.Helper()
	plan, moved, err := pairing.Replan(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	rep, err := verify.Check(context.Background(), in.Question(), plan)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range rep.Findings {
		t.Errorf("the verifier says: %s", f.Say.EN)
	}
	for _, tier := range rep.Tiers {
		if tier.Replanned && tier.Changed != tier.ChangedBound {
			t.Errorf("%s: %d changed, bound %d", tier.Tier, tier.Changed, tier.ChangedBound)
		}
	}
	return plan, moved
}

func TestAPlanThatStillHoldsComesBackPairByPair(t *testing.T) {
	in := published(t, 11)
	plan, moved := replanned(t, in)
	if len(moved) != 0 {
		t.Errorf("nothing happened, but %d changed: %v", len(moved), moved[0])
	}
	if !slices.EqualFunc(in.Last.Pairings, plan.Pairings, func(a, b planner.Pairing) bool {
		return a.Tier == b.Tier && a.Cadre == b.Cadre && a.Household == b.Household && a.Area == b.Area
	}) {
		t.Error("the pairs are not those of the plan in force")
	}
	if !pairing.Replanned(plan) || pairing.Replanned(*in.Last) {
		t.Error("a replanned plan is not told from a solved one")
	}
}

func TestWhoLeavesIsReplacedAndNobodyElseMovesWithoutNeed(t *testing.T) {
	for seed := range uint64(20) {
		in := published(t, 100+seed)
		var lost *planner.Cadre
		had := 0
		for i := range in.Roster.Cadres {
			c := &in.Roster.Cadres[(i+int(seed)*7)%len(in.Roster.Cadres)]
			n := 0
			for _, p := range in.Last.Pairings {
				if p.Cadre == c.ID && p.Tier == planner.TierHousehold {
					n++
				}
			}
			if n > 0 {
				lost, had = c, n
				break
			}
		}
		lost.Active = false
		plan, moved := replanned(t, in)
		if len(moved) < had {
			t.Errorf("seed %d: %d households lost their cadre, %d changed", seed, had, len(moved))
		}
		solved, err := pairing.Solve(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(pairing.Diff(*in.Last, solved)); n < households(moved) {
			t.Errorf("seed %d: solved from scratch %d change, replanned %d", seed, n, households(moved))
		}
		for _, m := range moved {
			if m.Why.ZH == "" || m.Why.EN == "" {
				t.Errorf("%s changed without a reason", m.Code)
			}
			if m.From == lost.ID && !m.Private {
				t.Errorf("the reason of %s is not the planner's alone: %s", m.Code, m.Why.EN)
			}
		}
		for _, p := range plan.Pairings {
			if p.Cadre == lost.ID {
				t.Errorf("seed %d: who left still has %s", seed, p.Household)
			}
		}
	}
}

func households(ms []pairing.Moved) (n int) {
	for _, m := range ms {
		if m.Tier == planner.TierHousehold {
			n++
		}
	}
	return n
}

func TestWhatAlsoHappensIsReplanned(t *testing.T) {
	in := published(t, 7)
	ro := &in.Roster
	// A household withdraws its consent, one moves to another village, one is new, a cadre joins, another goes on long
	// leave, and a village is merged into the next.
	var staff []*planner.Cadre
	for i := range ro.Cadres {
		if c := &ro.Cadres[i]; c.Rank == planner.RankStaff && c.Active && len(c.Leaves) == 0 {
			staff = append(staff, c)
		}
	}
	var served []*planner.Household
	for i := range ro.Households {
		if h := &ro.Households[i]; h.Served() {
			served = append(served, h)
		}
	}
	served[0].Consent = planner.ConsentWithdrawn
	served[1].Village, served[1].Group = ro.Areas[len(ro.Areas)-1].Code.Village(), ro.Areas[len(ro.Areas)-1].Code
	staff[0].Leaves = []planner.Leave{{Span: in.Valid}}
	joined := *staff[1]
	joined.ID, joined.Code, joined.Name = "joined", "C99999", "新来"
	ro.Cadres = append(ro.Cadres, joined)
	fresh := *served[2]
	fresh.ID, fresh.Code = "fresh", "H999999"
	ro.Households = append(ro.Households, fresh)
	merged, into := ro.Areas[2].Code, ro.Areas[5].Code
	for i := range ro.Areas {
		if ro.Areas[i].Code.Village() == merged {
			ro.Areas[i].Valid.Until = in.Valid.From
		}
	}
	inMerged := 0
	for _, h := range served {
		if h.Village == merged {
			h.Village, h.Group = into, ""
			inMerged++
		}
	}
	plan, moved := replanned(t, in)
	why := map[string]pairing.Moved{}
	for _, m := range moved {
		why[m.Code] = m
	}
	if m := why[served[0].Code]; m.To != "" || m.Why != (planner.Text{ZH: "不再列入本期结对", EN: "no longer among those to be paired"}) {
		t.Errorf("the household that withdrew: %+v", m)
	}
	if m := why["H999999"]; m.From != "" || m.To == "" {
		t.Errorf("the new household: %+v", m)
	}
	if inMerged == 0 {
		t.Fatal("nobody lives in the merged village")
	}
	for _, p := range plan.Pairings {
		switch {
		case p.Cadre == staff[0].ID && p.Tier == planner.TierHousehold:
			t.Error("who is on long leave has a household")
		case p.Area.Village() == merged:
			t.Error("the merged village still has a leader or section cadre")
		}
	}
}

func TestAPinIsKeptByAReplanOrRefusedWithAReason(t *testing.T) {
	in := published(t, 9)
	var p planner.Pairing
	for _, p = range in.Last.Pairings {
		if p.Tier == planner.TierHousehold {
			break
		}
	}
	for _, c := range in.Roster.Cadres {
		if c.Rank != planner.RankStaff || c.ID == p.Cadre || !c.Active || c.Capacity > 0 || len(c.Leaves) > 0 {
			continue
		}
		in.Pins = []planner.Pin{{Household: p.Household, Cadre: c.ID}}
		plan, _, err := pairing.Replan(context.Background(), in)
		if err != nil {
			if planner.KindOf(err) != planner.Invalid {
				t.Fatal(err)
			}
			continue
		}
		for _, x := range plan.Pairings {
			if x.Household == p.Household && (x.Cadre != c.ID || x.Origin != planner.OriginPin) {
				t.Errorf("the pinned household is with %s by %s", x.Cadre, x.Origin)
			}
		}
	}
	in.Roster.Recusals = append(in.Roster.Recusals, planner.Recusal{Cadre: p.Cadre, Household: p.Household, Kind: planner.RecusalDeclared})
	in.Pins = []planner.Pin{{Household: p.Household, Cadre: p.Cadre}}
	if _, _, err := pairing.Replan(context.Background(), in); planner.KindOf(err) != planner.Invalid {
		t.Errorf("a pin against a recusal: %v", err)
	}
}

func TestAFullyPinnedInputNeedsNoSearch(t *testing.T) {
	in := published(t, 12)
	for _, p := range in.Last.Pairings {
		if p.Tier == planner.TierHousehold {
			in.Pins = append(in.Pins, planner.Pin{Household: p.Household, Cadre: p.Cadre})
		}
	}
	plan, moved := replanned(t, in)
	if len(moved) != 0 || len(plan.Pins) != len(in.Pins) {
		t.Errorf("%d moved, %d pins of %d", len(moved), len(plan.Pins), len(in.Pins))
	}
	solved, err := pairing.Solve(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	rep, err := verify.Check(context.Background(), in.Question(), solved)
	if err != nil || !rep.OK() {
		t.Errorf("a fully pinned plan: %v %v", rep.Findings, err)
	}
	if n := len(pairing.Diff(*in.Last, solved)); n != 0 {
		t.Errorf("%d pinned households moved", n)
	}
}

func TestAnAnswerIsNeverWorseThanThePlanGiven(t *testing.T) {
	for seed := range uint64(20) {
		in := made(300+seed, small)
		kept, _ := replanned(t, in) // a plan to begin with
		solved, err := pairing.Solve(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		if solved.Certificates[0].Price > kept.Certificates[0].Price {
			t.Errorf("seed %d: solved %d, given %d", seed, solved.Certificates[0].Price, kept.Certificates[0].Price)
		}
		kept.Status, in.Last = planner.PlanPublished, &kept
		again, moved := replanned(t, in)
		if len(moved) != 0 || again.Certificates[2].Unserved > kept.Certificates[2].Unserved {
			t.Errorf("seed %d: a plan that holds was changed in %d places", seed, len(moved))
		}
	}
}

func TestSpoiltReplanCertificatesAreRefused(t *testing.T) {
	in := published(t, 13)
	in.Roster.Cadres[len(in.Roster.Cadres)-1].Active = false
	plan, _ := replanned(t, in)
	last := len(plan.Certificates) - 1
	spoil := map[string]func(c *planner.Certificate){
		"fewer changes claimed":  func(c *planner.Certificate) { c.Fewest.Changed-- },
		"another count unserved": func(c *planner.Certificate) { c.Fewest.Unserved++ },
		"a potential lost":       func(c *planner.Certificate) { c.Fewest.Potentials = c.Fewest.Potentials[1:] },
		"first phase potential":  func(c *planner.Certificate) { c.Fewest.Potentials[0][1] += 3 },
		"second phase potential": func(c *planner.Certificate) { c.Potentials[0] -= 100_000 },
		"claimed as solved":      func(c *planner.Certificate) { c.Fewest = nil },
	}
	for name, f := range spoil {
		bad := plan
		bad.Certificates = slices.Clone(plan.Certificates)
		c := &bad.Certificates[last]
		fewest := *c.Fewest
		fewest.Potentials = slices.Clone(fewest.Potentials)
		c.Fewest, c.Potentials = &fewest, slices.Clone(c.Potentials)
		f(c)
		rep, err := verify.Check(context.Background(), in.Question(), bad)
		if err != nil {
			t.Fatal(err)
		}
		if rep.OK() {
			t.Errorf("%s passes", name)
		}
	}
}

func TestTheOrderOfTheRosterDoesNotMatterToAReplan(t *testing.T) {
	in := published(t, 14)
	in.Roster.Cadres[len(in.Roster.Cadres)-2].Active = false
	a, _ := replanned(t, in)
	slices.Reverse(in.Roster.Cadres)
	slices.Reverse(in.Roster.Households)
	b, _ := replanned(t, in)
	if !slices.EqualFunc(a.Pairings, b.Pairings, func(x, y planner.Pairing) bool {
		return x.Cadre == y.Cadre && x.Household == y.Household && x.Area == y.Area && x.Price == y.Price
	}) {
		t.Error("another order of the roster gives another replan")
	}
}

func TestAReplanWithoutAPlanInForceIsRefused(t *testing.T) {
	in := made(3, small)
	in.Last = nil
	if _, _, err := pairing.Replan(context.Background(), in); planner.KindOf(err) != planner.Invalid {
		t.Errorf("got %v", err)
	}
}

func BenchmarkReplanOfACountyWithOneCadreLost(b *testing.B) {
	in := made(1, county)
	plan, err := pairing.Solve(context.Background(), in)
	if err != nil {
		b.Fatal(err)
	}
	in.Last = &plan
	last := plan.Pairings[len(plan.Pairings)-1].Cadre
	for i := range in.Roster.Cadres {
		if in.Roster.Cadres[i].ID == last {
			in.Roster.Cadres[i].Active = false
		}
	}
	for b.Loop() {
		if _, _, err := pairing.Replan(context.Background(), in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAFullyPinnedCounty(b *testing.B) {
	in := made(1, county)
	plan, _, err := pairing.Replan(context.Background(), in)
	if err != nil {
		b.Fatal(err)
	}
	for _, p := range plan.Pairings {
		if p.Tier == planner.TierHousehold {
			in.Pins = append(in.Pins, planner.Pin{Household: p.Household, Cadre: p.Cadre})
		}
	}
	in.Last = &plan
	for name, answer := range map[string]func() error{
		"solved":    func() error { _, err := pairing.Solve(context.Background(), in); return err },
		"replanned": func() error { _, _, err := pairing.Replan(context.Background(), in); return err },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := answer(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
