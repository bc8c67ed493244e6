package pairing_test

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

// helped adds helpers and wishes to a made county.
func helped(in pairing.Input, seed uint64) pairing.Input {
	r := rand.New(rand.NewPCG(seed, 9))
	ro := &in.Roster
	var places []planner.AreaCode
	for _, a := range ro.Areas {
		if a.Level == planner.LevelGroup || a.Level == planner.LevelVillage {
			places = append(places, a.Code)
		}
	}
	for n := range 30 {
		h := planner.Helper{ID: planner.HelperID(fmt.Sprintf("helper%d", n)), Code: fmt.Sprintf("Z%03d", n), Name: fmt.Sprintf("志%d", n), Kind: planner.HelperVolunteer,
			Area: places[r.IntN(len(places))], Skills: []planner.Need{planner.Needs[r.IntN(len(planner.Needs))]}, Active: true}
		if n%2 == 0 {
			h.Kind, h.Skills = planner.HelperMediator, nil
		}
		switch r.IntN(5) {
		case 0:
			h.Agreement = civil.Span{From: civil.Of(2025, 1, 1), Until: civil.Of(2026, 7, 1)}
		case 1:
			h.Agreement = civil.Span{From: civil.Of(2024, 1, 1), Until: civil.Of(2026, 1, 1)} // over before the plan begins
		}
		ro.Helpers = append(ro.Helpers, h)
	}
	for n, h := range ro.Households {
		switch c := ro.Cadres[r.IntN(len(ro.Cadres))]; n % 9 {
		case 0:
			ro.Wishes = append(ro.Wishes, planner.Wish{Household: h.ID, Cadre: c.ID})
		case 1:
			ro.Wishes = append(ro.Wishes, planner.Wish{Household: h.ID})
		case 2:
			ro.Wishes = append(ro.Wishes, planner.Wish{Cadre: c.ID, Area: h.Village})
		}
	}
	return in
}

// verified verifies a plan.
func verified(t *testing.T, in pairing.Input, plan planner.Plan) verify.Report {
	t.Helper()
	rep, err := verify.Check(context.Background(), in.Question(), plan)
	if err != nil {
		t.Fatal(err)
	}
	if !rep.OK() {
		t.Fatalf("%d findings, the first: %s", len(rep.Findings), rep.Findings[0].Say.EN)
	}
	return rep
}

func TestTheFurtherTiersHoldAndAreKept(t *testing.T) {
	second := 0
	for seed := range uint64(12) {
		in := helped(made(seed, small), seed)
		in.Preset.Second = rule.Second{Most: 9, Unit: []rule.SecondUnit{rule.SecondDifferent, rule.SecondSame, rule.SecondAny}[seed%3]}
		in.Book = in.Preset.Book()
		plan := solved(t, in)
		verified(t, in, plan)
		unit, first := map[planner.CadreID]planner.UnitID{}, map[planner.HouseholdID]planner.CadreID{}
		for _, c := range in.Roster.Cadres {
			unit[c.ID] = c.Unit
		}
		for _, p := range plan.Pairings {
			first[p.Household] = p.Cadre
		}
		for _, l := range plan.LinksOf(planner.TierSecond) {
			second++
			same := unit[l.Cadre] == unit[first[l.Household]]
			if l.Cadre == first[l.Household] || first[l.Household] != "" && (in.Preset.Second.Unit == rule.SecondDifferent && same || in.Preset.Second.Unit == rule.SecondSame && !same) {
				t.Fatalf("seed %d: second person %s of %s breaks the rule", seed, l.Cadre, l.Household)
			}
		}
		sizes := map[planner.AreaCode][]int{}
		in10 := map[planner.HouseholdID]bool{}
		for _, l := range plan.LinksOf(planner.TierTen) {
			sizes[l.Area] = append(sizes[l.Area], len(l.Members))
			for _, m := range l.Members {
				if in10[m] {
					t.Fatalf("seed %d: a household stands in two tens", seed)
				}
				in10[m] = true
			}
		}
		for area, ns := range sizes {
			if slices.Max(ns)-slices.Min(ns) > 1 {
				t.Fatalf("seed %d: tens of %s differ: %v", seed, area, ns)
			}
		}
		again := in
		again.Last = &plan
		kept, _, err := pairing.Replan(context.Background(), again)
		if err != nil {
			t.Fatal(err)
		}
		verified(t, again, kept)
		for _, tier := range planner.FurtherTiers {
			was := map[string]string{}
			for _, l := range plan.LinksOf(tier) {
				was[fmt.Sprint(l.Household, l.Area, l.No, l.Unit)] = l.Who()
			}
			for _, l := range kept.LinksOf(tier) {
				if who := was[fmt.Sprint(l.Household, l.Area, l.No, l.Unit)]; who != l.Who() {
					t.Fatalf("seed %d: tier %s of %s %s was %s, a replan without changes makes it %s", seed, tier, l.Household, l.Area, who, l.Who())
				}
			}
		}
		for k := range plan.Links { // any other answer is refused
			bad := plan
			bad.Links = slices.Clone(plan.Links)
			bad.Links[k].Price++
			if rep, err := verify.Check(context.Background(), in.Question(), bad); err == nil && rep.OK() {
				t.Fatalf("seed %d: a link with another price passes", seed)
			}
			if k > 6 {
				break
			}
		}
		for k := range plan.Proofs {
			bad := plan
			bad.Proofs = slices.Clone(plan.Proofs)
			bad.Proofs[k].Bound += 60
			bad.Proofs[k].Price += 60
			if rep, err := verify.Check(context.Background(), in.Question(), bad); err == nil && rep.OK() {
				t.Fatalf("seed %d: a proof of %s that says more than it proves passes", seed, bad.Proofs[k].Tier)
			}
		}
	}
	if second < 500 {
		t.Errorf("%d second persons only", second)
	}
}

func TestACapOfAUnitIsHeldAtTheLeastPriceAndNoWayOutBreaksIt(t *testing.T) {
	bound := 0
	for seed := range uint64(20) {
		in := made(seed, small)
		in.Book = in.Preset.Book()
		free := solved(t, in)
		load := map[planner.UnitID]int{}
		unit := map[planner.CadreID]planner.Unit{}
		for _, c := range in.Roster.Cadres {
			for _, u := range in.Roster.Units {
				if u.ID == c.Unit {
					unit[c.ID] = u
				}
			}
		}
		for _, p := range free.Pairings {
			if p.Tier == planner.TierHousehold {
				load[unit[p.Cadre].ID]++
			}
		}
		u := in.Roster.Units[0]
		most := max(0, load[u.ID]-5)
		in.Book.Limits.Units = map[string]int{u.Code: most}
		plan := solved(t, in)
		verified(t, in, plan)
		got := 0
		for _, p := range plan.Pairings {
			if p.Tier == planner.TierHousehold && unit[p.Cadre].ID == u.ID {
				got++
			}
		}
		if got > most {
			t.Fatalf("seed %d: %d households, at most %d", seed, got, most)
		}
		if got == most {
			bound++
		}
		in.Book.Limits.Units[u.Code] = 0
		for i := range in.Roster.Units[1:] { // everybody short: ways out must not touch the caps
			in.Book.Limits.Units[in.Roster.Units[i+1].Code] = 10
		}
		xs, err := pairing.Conflicts(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range xs {
			for _, w := range x.Ways {
				if x.Tier == planner.TierHousehold && (len(w.Places) > 0 || w.Raise > 0) {
					t.Fatalf("seed %d: the way out %q raises a cadre of a capped unit", seed, w.Say.EN)
				}
			}
		}
	}
	if bound < 10 {
		t.Errorf("the cap binds in %d cases only", bound)
	}
}

func TestWishesMoveHouseholdsAndSickLeaveStaysInTheUnit(t *testing.T) {
	in := made(3, small)
	in.Book = in.Preset.Book()
	plan := solved(t, in)
	var p planner.Pairing
	for _, x := range plan.Pairings {
		if x.Tier == planner.TierHousehold && x.Was != "" && x.Kept() {
			p = x
		}
	}
	in.Roster.Wishes = []planner.Wish{{Household: p.Household}}
	wished := solved(t, in)
	verified(t, in, wished)
	for _, x := range wished.Pairings {
		if x.Household == p.Household && x.Tier == p.Tier {
			if x.Cadre == p.Cadre {
				t.Errorf("the household asked for another cadre and keeps %s", x.Cadre)
			}
			if k := slices.IndexFunc(x.Reasons, func(r planner.Reason) bool { return r.Rule == "another-please" }); k < 0 || !x.Reasons[k].Private {
				t.Errorf("reasons %v, want a private another-please", x.Reasons)
			}
		}
	}
	in.Roster.Wishes = nil
	in.Last = &plan
	for k := range in.Roster.Cadres {
		if c := &in.Roster.Cadres[k]; c.ID == p.Cadre {
			c.Leaves = []planner.Leave{{Span: civil.Span{From: civil.Of(2026, 3, 1), Until: civil.Of(2026, 4, 1)}, Cover: true}}
		}
	}
	in.Preset, _ = pairing.PresetByID("yima")
	covered, moved, err := pairing.Replan(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	verified(t, in, covered)
	unit := map[planner.CadreID]planner.UnitID{}
	for _, c := range in.Roster.Cadres {
		unit[c.ID] = c.Unit
	}
	stays := 0
	for _, m := range moved {
		if m.From == p.Cadre && m.Tier == planner.TierHousehold {
			if !m.Private {
				t.Errorf("why %s moved is not private: %s", m.Code, m.Why.EN)
			}
			if unit[m.To] == unit[p.Cadre] {
				stays++
			}
		}
	}
	if stays == 0 {
		t.Error("nobody stayed in the unit")
	}
	for _, m := range moved {
		if m.Tier == planner.TierHousehold && m.From != p.Cadre && m.From != "" {
			t.Errorf("household %s of another cadre moved", m.Code)
		}
	}
}
