package verify_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pairing"
	"lianxin/planner/rule"
	"lianxin/planner/verify"
)

// made is a small invented county with something for each hard rule to say.
func made(seed uint64) pairing.Input {
	r := rand.New(rand.NewPCG(seed, 9))
	in := pairing.Input{Period: 2026, Valid: civil.YearSpan(2026), Book: rule.Default(), NewID: planner.SeededIDs(seed, "verify")}
	in.Preset, _ = pairing.PresetByID("five")
	ro := &in.Roster
	var groups []planner.AreaCode
	for v := range 4 {
		code := planner.AreaCode(fmt.Sprintf("410001%03d%03d", 1+v/2, 1+v))
		ro.Areas = append(ro.Areas, planner.Area{Code: code, Name: fmt.Sprintf("村%d", v), Level: planner.LevelVillage},
			planner.Area{Code: code + "-01", Name: "一组", Level: planner.LevelGroup}, planner.Area{Code: code + "-02", Name: "二组", Level: planner.LevelGroup})
		groups = append(groups, code+"-01", code+"-02")
		ro.Units = append(ro.Units, planner.Unit{ID: planner.UnitID(fmt.Sprint("u", v)), Code: fmt.Sprint("U", v), Name: fmt.Sprintf("单位%d", v), Area: "410001", Villages: []planner.AreaCode{code}})
	}
	for n := range 34 {
		rank := planner.RankStaff
		switch {
		case n < 4:
			rank = planner.RankLeader
		case n < 10:
			rank = planner.RankSection
		}
		c := planner.Cadre{ID: planner.CadreID(in.NewID()), Code: fmt.Sprintf("K%02d", n), Name: fmt.Sprintf("甲%d", n), Unit: ro.Units[n%4].ID, Rank: rank, Active: n != 33, Skills: []planner.Need{planner.Needs[r.IntN(7)]}}
		if n == 32 {
			c.Leaves = []planner.Leave{{Span: civil.Span{From: civil.Of(2026, 1, 1)}}}
		}
		ro.Cadres = append(ro.Cadres, c)
	}
	last := planner.Plan{}
	for n := range 80 {
		g := groups[r.IntN(len(groups))]
		h := planner.Household{ID: planner.HouseholdID(in.NewID()), Code: fmt.Sprintf("H%03d", n), Village: g.Village(), Group: g, Consent: planner.ConsentGiven, Active: n != 3, Needs: []planner.Need{planner.Needs[r.IntN(7)]}}
		if n == 5 {
			h.Consent = planner.ConsentDeclined
		}
		ro.Households = append(ro.Households, h)
		c := ro.Cadres[10+r.IntN(24)]
		last.Pairings = append(last.Pairings, planner.Pairing{Tier: planner.TierHousehold, Household: h.ID, Cadre: c.ID})
		if n%7 == 0 {
			ro.Recusals = append(ro.Recusals, planner.Recusal{Cadre: c.ID, Household: h.ID, Kind: planner.RecusalRequested})
		}
	}
	in.Pins = []planner.Pin{{Household: ro.Households[10].ID, Cadre: ro.Cadres[12].ID}}
	in.Last = &last
	return in
}

// copyOf is a plan that may be spoiled.
func copyOf(p planner.Plan) planner.Plan {
	p.Pairings = slices.Clone(p.Pairings)
	for i := range p.Pairings {
		p.Pairings[i].Reasons = slices.Clone(p.Pairings[i].Reasons)
	}
	p.Certificates = slices.Clone(p.Certificates)
	for i := range p.Certificates {
		p.Certificates[i].Potentials = slices.Clone(p.Certificates[i].Potentials)
		p.Certificates[i].Cadres = slices.Clone(p.Certificates[i].Cadres)
	}
	return p
}

// firstHousehold is where the household tier begins.
func firstHousehold(p planner.Plan) int {
	return slices.IndexFunc(p.Pairings, func(x planner.Pairing) bool { return x.Tier == planner.TierHousehold })
}

func TestASolvedPlanPassesAndEveryMutationIsRefused(t *testing.T) {
	in := made(1)
	plan, err := pairing.Solve(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	check := func(p planner.Plan) verify.Report {
		t.Helper()
		rep, err := verify.Check(context.Background(), in.Question(), p)
		if err != nil {
			t.Fatal(err)
		}
		return rep
	}
	if rep := check(plan); !rep.OK() || rep.HardBroken != 0 || len(rep.Tiers) != 3 {
		t.Fatalf("the solved plan: %+v, want no findings", rep)
	}
	ro := in.Roster
	first := firstHousehold(plan)
	byCode := func(code string) planner.CadreID {
		return ro.Cadres[slices.IndexFunc(ro.Cadres, func(c planner.Cadre) bool { return c.Code == code })].ID
	}
	for _, c := range []struct {
		name  string
		hard  bool // HardBroken must count it
		spoil func(p *planner.Plan)
	}{
		{"two households swap cadres", false, func(p *planner.Plan) {
			for k := first + 1; k < len(p.Pairings); k++ {
				if p.Pairings[k].Cadre != p.Pairings[first].Cadre {
					p.Pairings[first].Cadre, p.Pairings[k].Cadre = p.Pairings[k].Cadre, p.Pairings[first].Cadre
					return
				}
			}
		}},
		{"a pairing is dropped", false, func(p *planner.Plan) { p.Pairings = slices.Delete(p.Pairings, first+2, first+3) }},
		{"a pairing stands twice", true, func(p *planner.Plan) { p.Pairings = append(p.Pairings, p.Pairings[first]) }},
		{"pairings in another order", true, func(p *planner.Plan) {
			p.Pairings[first], p.Pairings[first+1] = p.Pairings[first+1], p.Pairings[first]
		}},
		{"tiers in another order", false, func(p *planner.Plan) { slices.Reverse(p.Pairings) }},
		{"an ID twice", false, func(p *planner.Plan) { p.Pairings[first].ID = p.Pairings[first+1].ID }},
		{"a price one second lower", false, func(p *planner.Plan) { p.Pairings[first].Price-- }},
		{"a reason dropped", false, func(p *planner.Plan) { p.Pairings[first].Reasons = p.Pairings[first].Reasons[1:] }},
		{"a reason reworded", false, func(p *planner.Plan) { p.Pairings[first].Reasons[0].Say.ZH = "领导要求" }},
		{"last period's cadre altered", false, func(p *planner.Plan) { p.Pairings[first].Was = "" }},
		{"an unknown cadre", true, func(p *planner.Plan) { p.Pairings[first].Cadre = "nobody" }},
		{"an unknown household", true, func(p *planner.Plan) { p.Pairings[first].Household = "nowhere" }},
		{"a cadre on long leave", true, func(p *planner.Plan) { p.Pairings[first].Cadre = byCode("K32") }},
		{"a cadre no longer in post", true, func(p *planner.Plan) { p.Pairings[first].Cadre = byCode("K33") }},
		{"a cadre of another rank", true, func(p *planner.Plan) { p.Pairings[first].Cadre = byCode("K04") }},
		{"a household that declined", true, func(p *planner.Plan) {
			x := p.Pairings[first]
			x.ID, x.Household = "extra", ro.Households[5].ID
			p.Pairings = append(p.Pairings, x)
		}},
		{"a recused pair", true, func(p *planner.Plan) {
			for k := range p.Pairings {
				if p.Pairings[k].Household == ro.Recusals[1].Household {
					p.Pairings[k].Cadre = ro.Recusals[1].Cadre
				}
			}
		}},
		{"a pin ignored", true, func(p *planner.Plan) {
			for k := range p.Pairings {
				if p.Pairings[k].Household == in.Pins[0].Household {
					p.Pairings[k].Cadre, p.Pairings[k].Origin = byCode("K13"), planner.OriginSolver
				}
			}
		}},
		{"one cadre with too many", true, func(p *planner.Plan) {
			for k := first; k < first+8; k++ {
				p.Pairings[k].Cadre = byCode("K20")
			}
		}},
		{"a potential one higher", false, func(p *planner.Plan) { p.Certificates[2].Potentials[0] += 100_000 }},
		{"a negative potential", false, func(p *planner.Plan) { p.Certificates[2].Potentials[0] = -1 }},
		{"the bound one lower", false, func(p *planner.Plan) { p.Certificates[2].Bound-- }},
		{"price and bound both one lower", false, func(p *planner.Plan) { p.Certificates[2].Bound--; p.Certificates[2].Price-- }},
		{"fewer pairs claimed", false, func(p *planner.Plan) { p.Certificates[2].Pairs-- }},
		{"an unserved household claimed", false, func(p *planner.Plan) { p.Certificates[2].Unserved++ }},
		{"another instance", false, func(p *planner.Plan) { p.Certificates[2].Instance = "00" }},
		{"potentials of other cadres", false, func(p *planner.Plan) { slices.Reverse(p.Certificates[2].Cadres) }},
		{"no certificate", false, func(p *planner.Plan) { p.Certificates = p.Certificates[:2] }},
		{"a village leader exchanged", false, func(p *planner.Plan) { p.Pairings[0].Cadre = p.Pairings[1].Cadre }},
		{"another rule book", false, func(p *planner.Plan) { p.Book = "00" }},
		{"another preset", false, func(p *planner.Plan) { p.Preset = "yima" }},
	} {
		spoilt := copyOf(plan)
		c.spoil(&spoilt)
		rep := check(spoilt)
		if rep.OK() || !planner.Stops(rep.Findings) {
			t.Errorf("%s: passed, want refused", c.name)
		}
		if c.hard && rep.HardBroken == 0 {
			t.Errorf("%s: no hard rule counted as broken", c.name)
		}
	}
}

func TestADearerPlanWithHonestFiguresIsRefusedForItsGap(t *testing.T) {
	in := made(2)
	plan, err := pairing.Solve(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	// Solving with a pin that hurts gives a plan that is right in all but being the best without the pin.
	for _, p := range plan.Pairings[firstHousehold(plan):] {
		for _, c := range in.Roster.Cadres[10:32] {
			worse := in
			worse.Pins = append(slices.Clone(in.Pins), planner.Pin{Household: p.Household, Cadre: c.ID})
			dear, err := pairing.Solve(context.Background(), worse)
			if err != nil || dear.Price() <= plan.Price() {
				continue
			}
			for k := range dear.Pairings {
				if dear.Pairings[k].Household == p.Household {
					dear.Pairings[k].Origin = planner.OriginSolver
				}
			}
			for k := range dear.Certificates {
				dear.Certificates[k].Potentials, dear.Certificates[k].Bound, dear.Certificates[k].Instance = plan.Certificates[k].Potentials, plan.Certificates[k].Bound, plan.Certificates[k].Instance
			}
			rep, err := verify.Check(context.Background(), in.Question(), dear)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(rep.Findings, func(f planner.Finding) bool { return f.Code == "gap" }) {
				t.Errorf("findings %v, want a gap", rep.Findings)
			}
			return
		}
	}
	t.Fatal("no pin made the plan dearer")
}

func TestAChangedRosterIsNoticed(t *testing.T) {
	in := made(3)
	plan, err := pairing.Solve(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	q := in.Question()
	x := plan.Pairings[firstHousehold(plan)]
	q.Roster.Recusals = append(slices.Clone(q.Roster.Recusals), planner.Recusal{Cadre: x.Cadre, Household: x.Household, Kind: planner.RecusalOrdered})
	rep, err := verify.Check(context.Background(), q, plan)
	if err != nil || rep.OK() || rep.HardBroken == 0 {
		t.Errorf("a recusal made after the plan: %+v, %v; want it refused", rep, err)
	}
}

func TestManyRandomPlansAreProvedOverAllPairs(t *testing.T) {
	for seed := range uint64(100) {
		in := made(100 + seed)
		plan, err := pairing.Solve(context.Background(), in)
		if err != nil {
			if planner.KindOf(err) == planner.Invalid { // the pin met a recusal
				continue
			}
			t.Fatal(err)
		}
		rep, err := verify.Check(context.Background(), in.Question(), plan)
		if err != nil || !rep.OK() {
			t.Fatalf("seed %d: %+v, %v", seed, rep, err)
		}
		for _, x := range rep.Tiers {
			if x.Price != x.Bound || x.Pairs != int64(x.Cadres)*int64(x.Targets) {
				t.Fatalf("seed %d: %+v", seed, x)
			}
		}
	}
}
