package rule_test

import (
	"slices"
	"strings"
	"testing"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/rule"
)

// town is an invented county in which every rule of the default book has something to say: two townships, three villages,
// two units, and for each tier cadres who match a rule and cadres who do not.
func town() rule.Question {
	span := civil.Span{From: civil.Of(2020, 1, 1)}
	area := func(code, name string, level planner.AreaLevel) planner.Area {
		return planner.Area{Code: planner.AreaCode(code), Name: name, Level: level, Valid: span}
	}
	house := func(code, group string, needs ...planner.Need) planner.Household {
		return planner.Household{ID: planner.HouseholdID("h-" + code), Code: code, Village: planner.AreaCode(group).Village(), Group: planner.AreaCode(group), Head: "张某某", Consent: planner.ConsentGiven, Active: true, Needs: needs}
	}
	cadre := func(code, name, unit string, rank planner.Rank) planner.Cadre {
		return planner.Cadre{ID: planner.CadreID("c-" + code), Code: code, Name: name, Unit: planner.UnitID(unit), Rank: rank, Active: true}
	}
	q := rule.Question{Period: 2026, Valid: civil.YearSpan(2026), Book: rule.Default()}
	q.Preset, _ = rule.PresetByID("yima")
	q.Roster = planner.Roster{
		Areas: []planner.Area{area("410001", "测试县", planner.LevelCounty), area("410001001", "东镇", planner.LevelTownship), area("410001002", "西镇", planner.LevelTownship),
			area("410001001001", "柳庄", planner.LevelVillage), area("410001001002", "槐庄", planner.LevelVillage), area("410001002001", "河湾", planner.LevelVillage),
			area("410001001001-01", "一组", planner.LevelGroup), area("410001001002-01", "一组", planner.LevelGroup), area("410001002001-01", "一组", planner.LevelGroup)},
		Units: []planner.Unit{{ID: "u1", Code: "1", Name: "农业局", Area: "410001", Villages: []planner.AreaCode{"410001001001"}}, {ID: "u2", Code: "2", Name: "西镇政府", Area: "410001002"}},
		Cadres: []planner.Cadre{cadre("A1", "领导甲", "u1", planner.RankLeader), cadre("A2", "领导乙", "u2", planner.RankLeader), cadre("B1", "科级甲", "u1", planner.RankSection), cadre("B2", "科级乙", "u2", planner.RankSection),
			cadre("C1", "职员甲", "u1", planner.RankStaff), cadre("C2", "职员乙", "u1", planner.RankStaff), cadre("C3", "职员丙", "u2", planner.RankStaff)},
		Households: []planner.Household{house("H1", "410001001001-01", planner.NeedLegal, planner.NeedJobs), house("H2", "410001001002-01"), house("H3", "410001002001-01")},
	}
	return q
}

// at finds a target and a cadre by code.
func at(t *testing.T, in *rule.Instance, target, cadre string) (i, j int) {
	t.Helper()
	i = slices.IndexFunc(in.Targets, func(x *rule.Target) bool { return x.Code == target })
	j = slices.IndexFunc(in.Cadres, func(x *rule.Cadre) bool { return x.Code == cadre })
	if i < 0 || j < 0 {
		t.Fatalf("no pair %s, %s", target, cadre)
	}
	return i, j
}

func TestEachRuleHasACaseThatMatchesAndOneThatDoesNot(t *testing.T) {
	last := &planner.Plan{Pairings: []planner.Pairing{{Tier: planner.TierHousehold, Household: "h-H1", Cadre: "c-C1"}, {Tier: planner.TierHousehold, Household: "h-H3", Cadre: "c-C3"}}}
	upper := []planner.Pairing{{Tier: planner.TierGroup, Cadre: "c-B1", Area: "410001001001-01"}}
	long := []planner.Leave{{Span: civil.Span{From: civil.Of(2026, 2, 1)}}}
	for _, c := range []struct {
		rule          string
		change        func(*rule.Question)
		target, cadre string
		minutes       int64 // of that rule; 0: it must not match
		forbids       bool
		say           string
	}{
		{"recusal", func(q *rule.Question) { q.Roster.Recusals = []planner.Recusal{{Cadre: "c-C1", Household: "h-H1"}} }, "H1", "C1", 0, true, "职员甲与H1户有回避关系"},
		{"recusal", func(q *rule.Question) {
			q.Roster.Recusals = []planner.Recusal{{Cadre: "c-C1", Village: "410001001001"}}
		}, "H1", "C1", 0, true, "回避"},
		{"recusal", func(q *rule.Question) { q.Roster.Recusals = []planner.Recusal{{Cadre: "c-C1", Household: "h-H1"}} }, "H2", "C1", 0, false, ""},
		{"long-leave", func(q *rule.Question) { q.Roster.Cadres[4].Leaves = long }, "H1", "C1", 0, true, "职员甲本周期长期请假"},
		{"long-leave", func(q *rule.Question) { q.Roster.Cadres[4].Leaves = long }, "H1", "C2", 0, false, ""},
		{"pin", func(q *rule.Question) { q.Pins = []planner.Pin{{Household: "h-H1", Cadre: "c-C2"}} }, "H1", "C1", 0, true, "H1户已锁定由职员乙联系"},
		{"pin", func(q *rule.Question) { q.Pins = []planner.Pin{{Household: "h-H1", Cadre: "c-C2"}} }, "H1", "C2", 0, false, ""},
		{"travel", nil, "H1", "C1", 10, false, "农业局到柳庄一组约10分钟"},
		{"travel", nil, "H2", "C1", 20, false, ""},
		{"travel", nil, "H3", "C1", 35, false, ""},
		{"travel", nil, "H3", "C3", 20, false, "西镇政府到河湾一组约20分钟"},
		{"unit-village", nil, "H2", "C1", 15, false, "槐庄一组不在农业局的包联村内"},
		{"unit-village", nil, "H1", "C1", 0, false, ""},
		{"unit-village", nil, "H1", "C3", 0, false, ""},
		{"upper-tier", nil, "H2", "C2", 10, false, "农业局的上一级干部不联系槐庄一组"},
		{"upper-tier", nil, "H1", "C2", 0, false, ""},
		{"upper-tier", nil, "H2", "C3", 0, false, ""},
		{"continuity", nil, "H1", "C2", 30, false, "上期由职员甲联系"},
		{"continuity", nil, "H1", "C1", 0, false, ""},
		{"continuity", nil, "H2", "C1", 0, false, ""},
		{"continuity", func(q *rule.Question) { q.Roster.Cadres[4].Leaves = long }, "H1", "C2", 0, false, ""},
		{"contiguity", nil, "H2", "C1", 5, false, "职员甲上期在槐庄一组没有联系户"},
		{"contiguity", nil, "H1", "C1", 0, false, ""},
		{"contiguity", nil, "H2", "C2", 0, false, ""},
		{"need-skill", func(q *rule.Question) {
			q.Roster.Cadres[4].Skills = []planner.Need{planner.NeedLegal, planner.NeedJobs, planner.NeedCare}
		}, "H1", "C1", -12, false, "职员甲能帮上：就业、法律咨询"},
		{"need-skill", func(q *rule.Question) { q.Roster.Cadres[4].Skills = []planner.Need{planner.NeedCare} }, "H1", "C1", 0, false, ""},
		{"native-village", func(q *rule.Question) { q.Roster.Cadres[4].NativeVillage = "410001001001" }, "H1", "C1", 40, false, "柳庄一组是职员甲的原籍村"},
		{"native-village", func(q *rule.Question) { q.Roster.Cadres[4].NativeVillage = "410001001001" }, "H2", "C1", 0, false, ""},
	} {
		q := town()
		q.Last = last
		if c.change != nil {
			c.change(&q)
		}
		in, err := rule.Lay(q, planner.TierHousehold, upper)
		if err != nil {
			t.Fatal(err)
		}
		i, j := at(t, in, c.target, c.cadre)
		f, forbids := in.Forbids(i, j)
		if c.forbids != (forbids && f.Rule == c.rule) {
			t.Errorf("%s, %s with %s: forbidden by %q, want %t", c.rule, c.target, c.cadre, f.Rule, c.forbids)
		}
		if forbids {
			if !strings.Contains(f.Say.ZH, c.say) || f.Say.EN == "" {
				t.Errorf("%s: says %q, want %q", c.rule, f.Say.ZH, c.say)
			}
			continue
		}
		got := int64(0)
		for _, r := range in.Reasons(i, j) {
			if r.Rule == c.rule {
				got = int64(r.Price) / 60
				if !strings.Contains(r.Say.ZH, c.say) || r.Say.EN == "" || strings.ContainsAny(r.Say.ZH+r.Say.EN, "{}") {
					t.Errorf("%s: says %q / %q, want %q", c.rule, r.Say.ZH, r.Say.EN, c.say)
				}
			}
		}
		if got != c.minutes {
			t.Errorf("%s, %s with %s: %d minutes, want %d", c.rule, c.target, c.cadre, got, c.minutes)
		}
	}
}

func TestTheConsentRuleForbidsWhoHasNotAgreedAndLayLeavesThemOut(t *testing.T) {
	for consent, want := range map[planner.Consent]bool{planner.ConsentGiven: false, planner.ConsentUnasked: true, planner.ConsentDeclined: true, planner.ConsentWithdrawn: true} {
		q := town()
		q.Roster.Households[0].Consent = consent
		p := rule.Pair{Target: &rule.Target{Household: &q.Roster.Households[0]}}
		if got := rule.Consent.When(p); got != want {
			t.Errorf("consent %s: forbids %t, want %t", consent, got, want)
		}
		in, err := rule.Lay(q, planner.TierHousehold, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(in.Targets) == 2; got != want {
			t.Errorf("consent %s: left out %t, want %t", consent, got, want)
		}
	}
}

func TestALowerTierReadsTheUpper(t *testing.T) {
	q := town()
	in, err := rule.Lay(q, planner.TierGroup, []planner.Pairing{{Tier: planner.TierVillage, Cadre: "c-A2", Area: "410001002001"}})
	if err != nil {
		t.Fatal(err)
	}
	for group, want := range map[string]bool{"410001002001-01": false, "410001001001-01": true} {
		i, j := at(t, in, group, "B2")
		rs := in.Reasons(i, j)
		if got := slices.ContainsFunc(rs, func(r planner.Reason) bool { return r.Rule == "upper-tier" && r.Price == 600 }); got != want {
			t.Errorf("the section-level cadre of the leader's unit in %s: dearer %t, want %t; reasons %v", group, got, want, rs)
		}
	}
}

func TestReasonsAddUpToThePriceAndRowsHoldIt(t *testing.T) {
	q := town()
	q.Roster.Recusals = []planner.Recusal{{Cadre: "c-C2", Village: "410001001002"}}
	for _, tier := range planner.Tiers {
		in, err := rule.Lay(q, tier, nil)
		if err != nil {
			t.Fatal(err)
		}
		row := make([]int32, len(in.Cadres))
		for i := range in.Targets {
			in.Row(i, row)
			for j := range in.Cadres {
				price, ok := in.Price(i, j)
				if !ok {
					if row[j] != rule.Forbidden {
						t.Errorf("row holds %d for a forbidden pair", row[j])
					}
					continue
				}
				sum := planner.Seconds(0)
				for _, r := range in.Reasons(i, j) {
					sum += r.Price
				}
				if sum != price || row[j] != int32(price) {
					t.Errorf("reasons %d, price %d, row %d", sum, price, row[j])
				}
			}
		}
		for j := range in.Cadres {
			for n, m := range in.Marginals(j) {
				sum := planner.Seconds(0)
				for _, r := range in.LoadReasons(j, n+1) {
					sum += r.Price
				}
				if sum != planner.Seconds(m) {
					t.Errorf("load reasons %d, marginal %d", sum, m)
				}
			}
		}
	}
}

func TestTheDefaultBookKeepsTheLaws(t *testing.T) {
	if err := rule.Default().Check(); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		name  string
		spoil func(*rule.Book)
	}{
		{"an ID used twice", func(b *rule.Book) { b.Pairs = append(b.Pairs, rule.Travel) }},
		{"one language", func(b *rule.Book) { b.Pairs[5].Say.EN = "" }},
		{"an unknown placeholder", func(b *rule.Book) { b.Pairs[5].Say.EN = "{nobody}" }},
		{"a price on a Forbid", func(b *rule.Book) { b.Pairs[0].Price = 1 }},
		{"a negative price", func(b *rule.Book) { b.Pairs[5].Price = -1 }},
		{"a price out of range", func(b *rule.Book) { b.Pairs[5].Price = 1 << 40 }},
		{"no condition", func(b *rule.Book) { b.Pairs[5].When = nil }},
		{"no effect", func(b *rule.Book) { b.Pairs[5].Effect = "" }},
		{"a load price that falls", func(b *rule.Book) {
			b.Loads[0].Next = func(p rule.Minutes, c *rule.Cadre, n int) rule.Minutes { return rule.Minutes(100 - n) }
		}},
		{"no price of being left out", func(b *rule.Book) { b.Unserved = 0 }},
	} {
		b := rule.Default()
		c.spoil(&b)
		if err := b.Check(); planner.KindOf(err) != planner.Invalid || err == nil {
			t.Errorf("%s: got %v, want Invalid", c.name, err)
		}
	}
}

func TestPricesAreSettingsAndChangeTheHash(t *testing.T) {
	b := rule.Default()
	c, err := b.Priced(map[string]rule.Minutes{"continuity": 45, "fair-share": 2, "unserved": 9000})
	if err != nil {
		t.Fatal(err)
	}
	if b.Hash() == c.Hash() || b.Hash() != rule.Default().Hash() {
		t.Error("the hash does not follow the prices, or Priced changed the book it was given")
	}
	if _, err := b.Priced(map[string]rule.Minutes{"nothing": 1}); planner.KindOf(err) != planner.NotFound {
		t.Errorf("an unknown rule: got %v, want NotFound", err)
	}
	if got, want := len(b.Lines()), len(b.Pairs)+len(b.Loads); got != want {
		t.Errorf("%d lines, want %d", got, want)
	}
	for _, l := range b.Lines() {
		if strings.ContainsAny(l.Say.ZH+l.Say.EN, "{}") {
			t.Errorf("rule %s reads %q", l.ID, l.Say)
		}
	}
}

func TestSharesAreTheWaterLevelOfCaps(t *testing.T) {
	for _, c := range []struct {
		capacity   [3]int
		households int
		share      [3]int
	}{
		{[3]int{0, 0, 0}, 3, [3]int{1, 1, 1}},
		{[3]int{0, 0, 0}, 31, [3]int{10, 10, 10}},
		{[3]int{2, 0, 0}, 22, [3]int{2, 10, 10}},
		{[3]int{0, 0, 0}, 90, [3]int{15, 15, 15}},
		{[3]int{40, 0, 0}, 90, [3]int{15, 15, 15}},
	} {
		q := town()
		for k := range 3 {
			q.Roster.Cadres[4+k].Capacity = c.capacity[k]
		}
		h := q.Roster.Households[0]
		q.Roster.Households = nil
		for n := range c.households {
			h.ID, h.Code = planner.HouseholdID(rune(1000+n)), string(rune(1000+n))
			q.Roster.Households = append(q.Roster.Households, h)
		}
		in, err := rule.Lay(q, planner.TierHousehold, nil)
		if err != nil {
			t.Fatal(err)
		}
		for k, x := range in.Cadres {
			if x.Share != c.share[k] {
				t.Errorf("%d households, capacities %v: share of %s is %d, want %d", c.households, c.capacity, x.Code, x.Share, c.share[k])
			}
		}
	}
}

func TestACadreWithoutAUnitIsNamed(t *testing.T) {
	q := town()
	q.Roster.Cadres[4].Unit = "gone"
	if _, err := rule.Lay(q, planner.TierHousehold, nil); planner.KindOf(err) != planner.Invalid || !strings.Contains(err.Error(), "C1") {
		t.Errorf("got %v, want Invalid naming C1", err)
	}
}

func TestThePresetsAreFoundByIDAndAnUnknownOneNamesThem(t *testing.T) {
	for _, p := range rule.Presets() {
		if got, err := rule.PresetByID(p.ID); err != nil || got.ID != p.ID || p.Say.ZH == "" || p.Say.EN == "" {
			t.Errorf("preset %s: %v, %v", p.ID, got, err)
		}
	}
	if _, err := rule.PresetByID("none"); planner.KindOf(err) != planner.NotFound || !strings.Contains(err.Error(), "yima") {
		t.Errorf("got %v, want NotFound naming yima", err)
	}
}
