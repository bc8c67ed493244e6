package pairing_test

import (
	"fmt"
	"math/rand/v2"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pairing"
	"lianxin/planner/rule"
)

// size of a made county.
type size struct{ villages, groups, units, leaders, sections, staff, households int }

var (
	small  = size{4, 2, 4, 3, 5, 12, 90}
	county = size{35, 8, 90, 34, 110, 1150, 15_000} // the size of Yima
)

// made is an invented county: everything the rules read occurs in it, and last period's plan has left marks.
func made(seed uint64, z size) pairing.Input {
	r := rand.New(rand.NewPCG(seed, 5))
	in := pairing.Input{Period: 2026, Valid: civil.YearSpan(2026), Book: rule.Default(), NewID: planner.SeededIDs(seed, "plan")}
	in.Preset, _ = pairing.PresetByID("yima")
	ro := &in.Roster
	area := func(code, name string, level planner.AreaLevel, parent string) {
		ro.Areas = append(ro.Areas, planner.Area{Code: planner.AreaCode(code), Name: name, Level: level, Parent: planner.AreaCode(parent), Valid: civil.Span{From: civil.Of(2020, 1, 1)}})
	}
	area("411281", "测试市", planner.LevelCounty, "")
	var villages, groups []planner.AreaCode
	for v := range z.villages {
		town := fmt.Sprintf("411281%03d", 1+v/7)
		if v%7 == 0 {
			area(town, fmt.Sprintf("测试%d街道", 1+v/7), planner.LevelTownship, "411281")
		}
		code := fmt.Sprintf("%s%03d", town, 1+v%7)
		area(code, fmt.Sprintf("第%d社区", v+1), planner.LevelVillage, town)
		villages = append(villages, planner.AreaCode(code))
		for g := range z.groups {
			gc := fmt.Sprintf("%s-%02d", code, g+1)
			area(gc, fmt.Sprintf("%d组", g+1), planner.LevelGroup, code)
			groups = append(groups, planner.AreaCode(gc))
		}
	}
	for u := range z.units {
		un := planner.Unit{ID: planner.UnitID(in.NewID()), Code: fmt.Sprintf("U%03d", u), Name: fmt.Sprintf("测试单位%d", u), Network: planner.NetworkStation, Area: "411281"}
		if r.IntN(5) > 0 {
			un.Villages = append(un.Villages, villages[u%len(villages)])
		}
		if r.IntN(4) == 0 {
			un.Area = villages[u%len(villages)].Township()
		}
		ro.Units = append(ro.Units, un)
	}
	cadre := func(n int, rank planner.Rank, unit int) {
		c := planner.Cadre{ID: planner.CadreID(in.NewID()), Code: fmt.Sprintf("%s%05d", map[planner.Rank]string{planner.RankLeader: "A", planner.RankSection: "B", planner.RankStaff: "C"}[rank], n),
			Name: fmt.Sprintf("甲%d", n), Unit: ro.Units[unit].ID, Rank: rank, Active: r.IntN(80) > 0}
		for _, nd := range planner.Needs {
			if r.IntN(3) == 0 {
				c.Skills = append(c.Skills, nd)
			}
		}
		if r.IntN(3) == 0 {
			c.NativeVillage = villages[r.IntN(len(villages))]
		}
		if rank == planner.RankStaff && r.IntN(12) == 0 {
			c.Capacity = 8 + r.IntN(10)
		}
		switch r.IntN(60) {
		case 0:
			c.Leaves = []planner.Leave{{Span: civil.Span{From: civil.Of(2025, 11, 1)}}}
		case 1:
			c.Leaves = []planner.Leave{{Span: civil.Span{From: civil.Of(2026, 3, 1), Until: civil.Of(2026, 3, 20)}}}
		}
		ro.Cadres = append(ro.Cadres, c)
	}
	for n := range z.leaders {
		cadre(n, planner.RankLeader, n%z.units)
	}
	for n := range z.sections {
		cadre(n, planner.RankSection, n%z.units)
	}
	for n := range z.staff {
		cadre(n, planner.RankStaff, n*z.units/z.staff)
	}
	staff := ro.Cadres[z.leaders+z.sections:]
	last := planner.Plan{ID: "last", Period: 2025, Status: planner.PlanPublished}
	load := map[planner.CadreID]int{}
	for n := range z.households {
		g := groups[n*len(groups)/z.households]
		h := planner.Household{ID: planner.HouseholdID(in.NewID()), Code: fmt.Sprintf("H%06d", n), Village: g.Village(), Group: g, Head: "张某某", Hours: planner.HoursAny, Consent: planner.ConsentGiven, Active: true}
		switch r.IntN(40) {
		case 0:
			h.Group = ""
		case 1:
			h.Consent = planner.ConsentUnasked
		case 2:
			h.Active = false
		}
		for _, nd := range planner.Needs {
			if r.IntN(6) == 0 {
				h.Needs = append(h.Needs, nd)
			}
		}
		ro.Households = append(ro.Households, h)
		c := staff[(n*len(staff)/z.households+r.IntN(20))%len(staff)]
		if r.IntN(10) < 8 && load[c.ID] < 15 {
			load[c.ID]++
			last.Pairings = append(last.Pairings, planner.Pairing{ID: planner.PairingID(in.NewID()), Tier: planner.TierHousehold, Cadre: c.ID, Household: h.ID, Origin: planner.OriginImport})
		}
		if r.IntN(50) == 0 {
			ro.Recusals = append(ro.Recusals, planner.Recusal{Cadre: c.ID, Household: h.ID, Kind: planner.RecusalRequested})
		}
	}
	for range z.staff / 20 {
		ro.Recusals = append(ro.Recusals, planner.Recusal{Cadre: staff[r.IntN(len(staff))].ID, Village: villages[r.IntN(len(villages))], Kind: planner.RecusalDeclared})
	}
	in.Last = &last
	return in
}
