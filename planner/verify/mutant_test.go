package verify_test

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pairing"
	"lianxin/planner/rule"
	"lianxin/planner/verify"
)

// tiny is a county so small that every placement can be tried: everything the rules read occurs in some of them.
func tiny(seed uint64) pairing.Input {
	r := rand.New(rand.NewPCG(seed, 61))
	n := 0
	in := pairing.Input{Period: 2026, Valid: civil.YearSpan(2026), Book: rule.Default(), NewID: func() string { n++; return fmt.Sprint("x", n) }}
	in.Preset = pairing.Preset{ID: "test", Load: map[planner.Rank][2]int{planner.RankLeader: {0, 2}, planner.RankSection: {0, 3}, planner.RankStaff: {r.IntN(2) * 2, 3}}}
	since := civil.Span{From: civil.Of(2020, 1, 1)}
	ro := &in.Roster
	ro.Areas = append(ro.Areas, planner.Area{Code: "411281", Name: "示例市", Level: planner.LevelCounty, Valid: since})
	var groups []planner.AreaCode
	for v := range 2 {
		code := planner.AreaCode(fmt.Sprintf("41128100%d001", v+1))
		ro.Areas = append(ro.Areas, planner.Area{Code: code, Name: fmt.Sprintf("村%d", v), Level: planner.LevelVillage, Valid: since}, planner.Area{Code: code + "-01", Name: "一组", Level: planner.LevelGroup, Valid: since})
		groups = append(groups, code+"-01")
		ro.Units = append(ro.Units, planner.Unit{ID: planner.UnitID(fmt.Sprint("u", v)), Code: fmt.Sprint("U", v), Name: fmt.Sprintf("单位%d", v), Area: "411281", Villages: []planner.AreaCode{code}})
	}
	staff := 2 + r.IntN(3)
	for k := range 3 + staff {
		c := planner.Cadre{ID: planner.CadreID(fmt.Sprint("c", k)), Code: fmt.Sprint("K", k), Name: fmt.Sprintf("甲%d", k), Unit: ro.Units[r.IntN(2)].ID, Rank: planner.RankStaff, Active: true}
		switch {
		case k == 0:
			c.Rank = planner.RankLeader
		case k < 3:
			c.Rank = planner.RankSection
		default:
			c.Capacity = 1 + r.IntN(3)
			c.Skills = []planner.Need{planner.Needs[r.IntN(3)]}
			if r.IntN(8) == 0 {
				c.Leaves = []planner.Leave{{Span: civil.Span{From: civil.Of(2025, 12, 1)}}}
			}
			if r.IntN(4) == 0 {
				c.NativeVillage = groups[r.IntN(2)].Village()
			}
		}
		ro.Cadres = append(ro.Cadres, c)
	}
	last := planner.Plan{ID: "last", Period: 2025, Status: planner.PlanPublished}
	pinned := map[planner.CadreID]bool{}
	for k := range 2 + r.IntN(4) {
		g := groups[r.IntN(2)]
		h := planner.Household{ID: planner.HouseholdID(fmt.Sprint("h", k)), Code: fmt.Sprint("H", k), Village: g.Village(), Group: g, Consent: planner.ConsentGiven, Active: true, Needs: []planner.Need{planner.Needs[r.IntN(3)]}}
		ro.Households = append(ro.Households, h)
		c := ro.Cadres[3+r.IntN(staff)]
		if r.IntN(5) > 0 {
			last.Pairings = append(last.Pairings, planner.Pairing{Tier: planner.TierHousehold, Household: h.ID, Cadre: c.ID})
		}
		other := ro.Cadres[3+r.IntN(staff)]
		if r.IntN(3) == 0 {
			ro.Recusals = append(ro.Recusals, planner.Recusal{Cadre: other.ID, Household: h.ID, Kind: planner.RecusalRequested})
		} else if r.IntN(6) == 0 && !pinned[other.ID] && len(other.Leaves) == 0 && other.NativeVillage != h.Village {
			pinned[other.ID] = true
			in.Pins = append(in.Pins, planner.Pin{Household: h.ID, Cadre: other.ID})
		}
	}
	if r.IntN(4) > 0 {
		in.Last = &last
	}
	return in
}

// fullCopy shares nothing with the plan.
func fullCopy(p planner.Plan) planner.Plan {
	p = copyOf(p)
	for k := range p.Certificates {
		if f := p.Certificates[k].Fewest; f != nil {
			c := *f
			c.Potentials = slices.Clone(f.Potentials)
			p.Certificates[k].Fewest = &c
		}
	}
	return p
}

// mutant is a plan that is being spoiled, with the instance of its household tier.
type mutant struct {
	*rand.Rand
	in    pairing.Input
	plan  planner.Plan
	inst  *rule.Instance
	first int                  // of the household pairings
	cert  *planner.Certificate // of the household tier
	other planner.Plan         // of another instance
}

// row is a random household pairing.
func (m *mutant) row() *planner.Pairing {
	if m.first < 0 {
		return nil
	}
	return &m.plan.Pairings[m.first+m.IntN(len(m.plan.Pairings)-m.first)]
}

func (m *mutant) anyCadre() planner.CadreID { return m.inst.Cadres[m.IntN(len(m.inst.Cadres))].ID }

// honest redoes every figure of the household tier from the pairs as they now stand, the instance's potentials kept: a
// liar who can add.
func (m *mutant) honest() {
	column, row := map[planner.CadreID]int{}, map[planner.HouseholdID]int{}
	for j, c := range m.inst.Cadres {
		column[c.ID] = j
	}
	for i, t := range m.inst.Targets {
		row[t.Household.ID] = i
	}
	load, served := make([]int, len(m.inst.Cadres)), map[int]bool{}
	m.cert.Price, m.cert.Unserved = 0, 0
	fewest := planner.Fewest{}
	for k := max(m.first, 0); k < len(m.plan.Pairings); k++ {
		p := &m.plan.Pairings[k]
		i, j := row[p.Household], column[p.Cadre]
		load[j]++
		served[i] = true
		p.Reasons, p.Price = m.inst.Explain(i, j, min(load[j], max(1, m.inst.Cadres[j].Cap))), 0
		for _, r := range p.Reasons {
			p.Price += r.Price
		}
		m.cert.Price += p.Price
		if t := m.inst.Targets[i]; t.Was != "" && t.Was != p.Cadre {
			fewest.Changed++
		}
	}
	for i, t := range m.inst.Targets {
		if !served[i] {
			m.cert.Unserved++
			m.cert.Price += m.inst.Unserved(i)
			if fewest.Unserved++; t.Pin != nil {
				fewest.Unserved++
			}
			if t.Was != "" {
				fewest.Changed++
			}
		}
	}
	m.cert.Bound = m.cert.Price
	if m.cert.Fewest != nil {
		m.cert.Fewest.Unserved, m.cert.Fewest.Changed = fewest.Unserved, fewest.Changed
	}
}

// kinds of mutation; each says whether it could be made.
var kinds = map[string]func(m *mutant) bool{
	"a price changed": func(m *mutant) bool {
		p := m.row()
		if p != nil {
			p.Price += planner.Seconds(1 - 2*m.IntN(2))
		}
		return p != nil
	},
	"a price that overflows": func(m *mutant) bool {
		p := m.row()
		if p != nil {
			p.Price = []planner.Seconds{math.MaxInt64, math.MinInt64, -1 << 40}[m.IntN(3)]
		}
		return p != nil
	},
	"a price and its reason changed together": func(m *mutant) bool {
		p := m.row()
		if p == nil || len(p.Reasons) == 0 {
			return false
		}
		d := planner.Seconds(1 - 2*m.IntN(2))
		p.Price, p.Reasons[0].Price = p.Price+d, p.Reasons[0].Price+d
		m.cert.Price, m.cert.Bound = m.cert.Price+d, m.cert.Bound+d
		return true
	},
	"a number or a name in a reason's words": func(m *mutant) bool {
		return m.reworded(func(r *planner.Reason) {
			for _, s := range []*string{&r.Say.ZH, &r.Say.EN} {
				if *s = strings.NewReplacer("1", "2", "甲3", "甲4", "甲4", "甲3", "村0", "村1", "H0", "H1").Replace(*s); m.IntN(2) == 0 {
					return
				}
			}
		})
	},
	"a reason's words of another pair": func(m *mutant) bool {
		other := m.row()
		return m.reworded(func(r *planner.Reason) {
			for _, x := range other.Reasons {
				if x.Rule == r.Rule {
					r.Say = x.Say
				}
			}
		})
	},
	"a reason in words of nobody": func(m *mutant) bool {
		return m.reworded(func(r *planner.Reason) { r.Say = planner.Text{ZH: r.Say.ZH + "，领导要求", EN: r.Say.EN} })
	},
	"a reason under another rule's name": func(m *mutant) bool {
		return m.reworded(func(r *planner.Reason) {
			r.Rule = []string{"travel", "recusal", "need-skill", "nothing"}[m.IntN(4)]
		})
	},
	"a pair moved, figures as they were": func(m *mutant) bool { return m.move() },
	"a pair moved, honest figures":       func(m *mutant) bool { ok := m.move(); m.honest(); return ok },
	"two households swapped, honest figures": func(m *mutant) bool {
		a, b := m.row(), m.row()
		if a == nil || a.Cadre == b.Cadre {
			return false
		}
		a.Cadre, b.Cadre = b.Cadre, a.Cadre
		m.honest()
		return true
	},
	"a household dropped": func(m *mutant) bool { return m.drop() },
	"a household dropped, honest figures": func(m *mutant) bool {
		ok := m.drop()
		if ok {
			m.honest()
		}
		return ok
	},
	"a household twice": func(m *mutant) bool {
		p := m.row()
		if p == nil {
			return false
		}
		x := *p
		x.ID = "again"
		m.plan.Pairings = append(m.plan.Pairings, x)
		return true
	},
	"everybody to one cadre, honest figures": func(m *mutant) bool {
		if m.first < 0 {
			return false
		}
		to := m.anyCadre()
		for k := m.first; k < len(m.plan.Pairings); k++ {
			m.plan.Pairings[k].Cadre = to
		}
		m.honest()
		return true
	},
	"a forbidden pair, honest figures": func(m *mutant) bool {
		for i, t := range m.inst.Targets {
			for j := range m.inst.Cadres {
				if _, no := m.inst.Forbids(i, j); no {
					for k := max(m.first, 0); k < len(m.plan.Pairings); k++ {
						if m.plan.Pairings[k].Household == t.Household.ID {
							m.plan.Pairings[k].Cadre = m.inst.Cadres[j].ID
							m.honest()
							return true
						}
					}
				}
			}
		}
		return false
	},
	"another total":          func(m *mutant) bool { m.cert.Price += planner.Seconds(1 - 2*m.IntN(2)); return true },
	"another bound":          func(m *mutant) bool { m.cert.Bound += planner.Seconds(1 - 2*m.IntN(2)); return true },
	"total and bound lower":  func(m *mutant) bool { m.cert.Price--; m.cert.Bound--; return true },
	"a total that overflows": func(m *mutant) bool { m.cert.Price, m.cert.Bound = math.MinInt64, math.MinInt64; return true },
	"another instance's hash": func(m *mutant) bool {
		m.cert.Instance = m.other.Certificates[len(m.other.Certificates)-1].Instance
		return true
	},
	"no hash":                    func(m *mutant) bool { m.cert.Instance = ""; return true },
	"the plan of another county": func(m *mutant) bool { m.plan = fullCopy(m.other); return true },
	"another county's certificate": func(m *mutant) bool {
		*m.cert = fullCopy(m.other).Certificates[len(m.other.Certificates)-1]
		return true
	},
	"a stale plan: the roster has moved on": func(m *mutant) bool {
		ro := &m.in.Roster
		switch m.IntN(5) {
		case 0:
			ro.Recusals = append(slices.Clone(ro.Recusals), planner.Recusal{Cadre: m.anyCadre(), Household: m.inst.Targets[0].Household.ID, Kind: planner.RecusalOrdered})
		case 1:
			ro.Cadres = slices.Clone(ro.Cadres)
			ro.Cadres[len(ro.Cadres)-1].Active = false
		case 2:
			ro.Households = slices.Clone(ro.Households)
			ro.Households[m.IntN(len(ro.Households))].Consent = planner.ConsentWithdrawn
		case 3:
			ro.Cadres = slices.Clone(ro.Cadres)
			ro.Cadres[len(ro.Cadres)-1].Leaves = []planner.Leave{{Span: civil.Span{From: civil.Of(2025, 11, 1)}}}
		default:
			ro.Households = slices.Clone(ro.Households)
			h := &ro.Households[m.IntN(len(ro.Households))]
			h.Needs = []planner.Need{planner.Needs[3+m.IntN(4)]}
		}
		return true
	},
	"prices of the book changed": func(m *mutant) bool {
		m.in.Book.Pairs = slices.Clone(m.in.Book.Pairs)
		for k := range m.in.Book.Pairs {
			if m.in.Book.Pairs[k].Price > 0 {
				m.in.Book.Pairs[k].Price++
				return true
			}
		}
		return false
	},
	"a potential a little off": func(m *mutant) bool { m.potential(planner.Seconds(60 - 120*m.IntN(2))); return true },
	"a potential far off":      func(m *mutant) bool { m.potential(planner.Seconds(1<<20 - 2<<20*int64(m.IntN(2)))); return true },
	"a negative potential": func(m *mutant) bool {
		m.cert.Potentials[m.IntN(len(m.cert.Potentials))] = -1 - planner.Seconds(m.IntN(99))
		return true
	},
	"a potential that overflows": func(m *mutant) bool {
		m.cert.Potentials[m.IntN(len(m.cert.Potentials))] = []planner.Seconds{math.MaxInt64, math.MinInt64, math.MaxInt64 / 2, 1 << 62}[m.IntN(4)]
		return true
	},
	"all potentials shifted": func(m *mutant) bool {
		for j := range m.cert.Potentials {
			m.cert.Potentials[j] += 600
		}
		return true
	},
	"all potentials nought": func(m *mutant) bool { clear(m.cert.Potentials); return true },
	"a potential too few":   func(m *mutant) bool { m.cert.Potentials = m.cert.Potentials[1:]; return true },
	"cadres in another order": func(m *mutant) bool {
		slices.Reverse(m.cert.Cadres)
		return len(m.cert.Cadres) > 1
	},
	"a tier without certificate": func(m *mutant) bool {
		k := m.IntN(len(m.plan.Certificates))
		m.plan.Certificates = slices.Delete(m.plan.Certificates, k, k+1)
		return true
	},
	"a tier missing": func(m *mutant) bool {
		c := m.plan.Certificates[m.IntN(len(m.plan.Certificates))].Tier
		m.plan.Certificates = slices.DeleteFunc(m.plan.Certificates, func(x planner.Certificate) bool { return x.Tier == c })
		m.plan.Pairings = slices.DeleteFunc(m.plan.Pairings, func(x planner.Pairing) bool { return x.Tier == c })
		return true
	},
	"a certificate twice": func(m *mutant) bool {
		m.plan.Certificates = append(m.plan.Certificates, *m.cert)
		return true
	},
	"a certificate of no tier": func(m *mutant) bool {
		x := *m.cert
		x.Tier = "village-moon"
		m.plan.Certificates = append(m.plan.Certificates, x)
		return true
	},
	"other counts": func(m *mutant) bool {
		if m.IntN(2) == 0 {
			m.cert.Pairs++
		} else {
			m.cert.Unserved++
		}
		return true
	},
	"origin or last period's cadre changed": func(m *mutant) bool {
		p := m.row()
		switch {
		case p == nil:
			return false
		case m.IntN(2) == 0:
			p.Was = m.anyCadre() + "!"
		case p.Origin == planner.OriginPin:
			p.Origin = planner.OriginSolver
		default:
			p.Origin = planner.OriginPin
		}
		return true
	},
	"an ID twice or none": func(m *mutant) bool {
		p := m.row()
		if p != nil {
			p.ID = ""
			if m.IntN(2) == 0 {
				p.ID = m.plan.Pairings[0].ID
			}
		}
		return p != nil && p != &m.plan.Pairings[0]
	},
	"another year": func(m *mutant) bool {
		if m.IntN(2) == 0 {
			m.plan.Period++
		} else {
			m.plan.Valid.From = m.plan.Valid.From.AddDays(1)
		}
		return true
	},
	"a pair of another tier": func(m *mutant) bool {
		p := m.row()
		if p != nil {
			p.Tier = planner.TierGroup
		}
		return p != nil
	},
	"fewest: claimed of a solved plan": func(m *mutant) bool {
		if m.cert.Fewest != nil {
			return false
		}
		m.cert.Fewest = &planner.Fewest{Potentials: make([][2]int, len(m.cert.Cadres))}
		m.honest()
		return true
	},
	"fewest: claimed as solved": func(m *mutant) bool { return m.fewest(func(f *planner.Fewest) { m.cert.Fewest = nil }) },
	"fewest: fewer changes claimed": func(m *mutant) bool {
		return m.fewest(func(f *planner.Fewest) { f.Changed-- })
	},
	"fewest: other unserved claimed": func(m *mutant) bool {
		return m.fewest(func(f *planner.Fewest) { f.Unserved += 1 - 2*m.IntN(2) })
	},
	"fewest: a potential's changes off": func(m *mutant) bool {
		return m.fewest(func(f *planner.Fewest) { f.Potentials[m.IntN(len(f.Potentials))][1] += 1 - 2*m.IntN(2) })
	},
	"fewest: a potential's unserved off": func(m *mutant) bool {
		return m.fewest(func(f *planner.Fewest) { f.Potentials[m.IntN(len(f.Potentials))][0] += 1 - 2*m.IntN(2) })
	},
	"fewest: a potential that overflows": func(m *mutant) bool {
		return m.fewest(func(f *planner.Fewest) {
			f.Potentials[m.IntN(len(f.Potentials))][m.IntN(2)] = []int{math.MaxInt64, math.MinInt64, 1 << 62}[m.IntN(3)]
		})
	},
	"fewest: potentials lost": func(m *mutant) bool { return m.fewest(func(f *planner.Fewest) { f.Potentials = f.Potentials[1:] }) },
	"fewest: the first phase alone": func(m *mutant) bool {
		return m.fewest(func(f *planner.Fewest) { clear(m.cert.Potentials) })
	},
	"fewest: cheaper with more changes, honest figures": func(m *mutant) bool {
		return m.fewest(func(f *planner.Fewest) { m.move(); m.move(); m.honest() })
	},
}

func (m *mutant) fewest(spoil func(f *planner.Fewest)) bool {
	if m.cert.Fewest == nil {
		return false
	}
	spoil(m.cert.Fewest)
	return true
}

func (m *mutant) potential(by planner.Seconds) {
	m.cert.Potentials[m.IntN(len(m.cert.Potentials))] += by
}

func (m *mutant) move() bool {
	p := m.row()
	if p == nil {
		return false
	}
	was := p.Cadre
	p.Cadre = m.anyCadre()
	return p.Cadre != was
}

// reworded spoils a reason and reports whether that changed it.
func (m *mutant) reworded(spoil func(r *planner.Reason)) bool {
	p := m.row()
	if p == nil || len(p.Reasons) == 0 {
		return false
	}
	r := &p.Reasons[m.IntN(len(p.Reasons))]
	was := *r
	spoil(r)
	return *r != was
}

func (m *mutant) drop() bool {
	if m.first < 0 {
		return false
	}
	k := m.first + m.IntN(len(m.plan.Pairings)-m.first)
	m.plan.Pairings = slices.Delete(m.plan.Pairings, k, k+1)
	if m.first == len(m.plan.Pairings) {
		m.first = -1
	}
	return true
}

// optima holds every tier of a plan against brute force and the plain second solver.
func optima(t *testing.T, in pairing.Input, plan planner.Plan) *rule.Instance {
	t.Helper()
	var upper []planner.Pairing
	var inst *rule.Instance
	for _, tier := range planner.Tiers {
		var err error
		if inst, err = lay(in.Question(), tier, upper); err != nil {
			t.Fatal(err)
		}
		upper = slices.DeleteFunc(slices.Clone(plan.Pairings), func(p planner.Pairing) bool { return p.Tier != tier })
		k := slices.IndexFunc(plan.Certificates, func(c planner.Certificate) bool { return c.Tier == tier })
		if k < 0 {
			t.Fatalf("%s has no certificate", tier)
		}
		c := plan.Certificates[k]
		m := modelOf(inst, c.Fewest != nil)
		got := cost{2: int64(c.Price)}
		if c.Fewest != nil {
			got[0], got[1] = int64(c.Fewest.Unserved), int64(c.Fewest.Changed)
		}
		if brute, paths := m.brute(), m.paths(); got != brute || folded(got) != paths {
			t.Fatalf("%s: the plan costs %v, brute force %v, shortest paths %d for %d", tier, got, brute, paths, folded(got))
		}
	}
	return inst
}

func TestTenThousandOptimaAreTrueAndTenThousandMutantsAreRefused(t *testing.T) {
	want := 10_000
	if os.Getenv("LIANXIN_TEST_SMALL") != "" {
		want = 1_000
	}
	ctx := context.Background()
	names := slices.Sorted(maps.Keys(kinds))
	check := func(in pairing.Input, p planner.Plan) verify.Report {
		rep, err := verify.Check(ctx, in.Question(), p)
		if err != nil {
			t.Fatal(err)
		}
		return rep
	}
	solved, replanned, changes, leftOut, refused, equal := 0, 0, 0, 0, map[string]int{}, map[string]int{}
	made, same := 0, 0
	var before planner.Plan // of the county before
	for seed := uint64(1); solved+replanned < want || made < want; seed++ {
		in := tiny(seed)
		answer, ask := pairing.Solve, "solved"
		if in.Last != nil && seed%2 == 0 {
			ask = "replanned"
			answer = func(ctx context.Context, in pairing.Input) (planner.Plan, error) {
				plan, _, err := pairing.Replan(ctx, in)
				return plan, err
			}
		}
		plan, err := answer(ctx, in)
		if planner.KindOf(err) == planner.Invalid {
			continue // a pin that a rule does not allow
		}
		if err != nil {
			t.Fatal(err)
		}
		inst := optima(t, in, plan)
		if rep := check(in, plan); !rep.OK() {
			t.Fatalf("seed %d, %s: the true plan is refused: %v", seed, ask, rep.Findings)
		}
		if seed%10 == 0 {
			if why := judge(in, plan); why != "" {
				t.Fatalf("seed %d, %s: the judge refuses the true plan: %s", seed, ask, why)
			}
		}
		cert := plan.Certificates[len(plan.Certificates)-1]
		if cert.Unserved > 0 {
			leftOut++
		}
		if ask == "solved" {
			solved++
		} else {
			replanned++
			changes += cert.Fewest.Changed
		}
		if before.ID == "" {
			before = plan
			continue
		}
		m := &mutant{Rand: rand.New(rand.NewPCG(seed, 62)), in: in, plan: fullCopy(plan), inst: inst, other: before}
		m.cert = &m.plan.Certificates[len(m.plan.Certificates)-1]
		m.first = firstHousehold(m.plan)
		before = plan
		kind := names[m.IntN(len(names))]
		for !kinds[kind](m) { // some need a pin, a forbidden pair, a replan
			m.plan, m.in = fullCopy(plan), in
			m.cert, m.first = &m.plan.Certificates[len(m.plan.Certificates)-1], firstHousehold(m.plan)
			kind = names[m.IntN(len(names))]
		}
		rep, err := verify.Check(ctx, m.in.Question(), m.plan)
		why := judge(m.in, m.plan)
		switch {
		case planner.KindOf(err) == planner.Invalid && why != "": // a roster that moved on from a pin
			refused[kind]++
			made++
		case err != nil:
			t.Fatalf("seed %d, %s, %s: %v; the judge: %s", seed, ask, kind, err, why)
		case rep.OK() && why != "":
			t.Fatalf("seed %d, %s, %s: accepted, but %s", seed, ask, kind, why)
		case !rep.OK() && why == "":
			t.Fatalf("seed %d, %s, %s: refused (%v), but brute force and the judge find it true", seed, ask, kind, rep.Findings)
		case rep.OK():
			equal[kind]++
			same++
		default:
			refused[kind]++
			made++
		}
	}
	var b strings.Builder
	for _, k := range names {
		fmt.Fprintf(&b, "\n  %5d refused, %4d true: %s", refused[k], equal[k], k)
		if refused[k] == 0 {
			t.Errorf("no mutant of the kind %q was refused", k)
		}
	}
	t.Logf("%d optima agree with brute force and the second solver (%d solved, %d replanned with %d changes; %d leave somebody out); %d mutants refused, %d that are true answers told apart by brute force%s",
		solved+replanned, solved, replanned, changes, leftOut, made, same, b.String())
	if replanned < want/4 || changes < want/4 || leftOut < want/20 {
		t.Error("the cases are not hard enough")
	}
}
