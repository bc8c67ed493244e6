package pairing_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pairing"
	"lianxin/planner/rule"
	"lianxin/planner/verify"
)

// contrary is a hand-made county that cannot be planned. Caps are those of C1, C2, …; houses the villages of H1, H2, …;
// recusals C1:H1 or C1:a; away C1; pins H1:C1. Want is the conflict: H1, C1≤2, C1!H1, C1!a, C1~, H1=C1.
type contrary struct {
	says     string
	caps     []int
	houses   string
	recusals string
	away     string
	pins     string
	short    int
	want     string
}

var contraries = []contrary{
	{"one cadre, two households", []int{1}, "aa", "", "", "", 1, "H1 H2 C1≤1"},
	{"two cadres, five households", []int{2, 2}, "aabbb", "", "", "", 1, "H1 H2 H3 H4 H5 C1≤2 C2≤2"},
	{"three too many, and four are enough to say so", []int{1}, "aaaa", "", "", "", 3, "H1 H2 C1≤1"},
	{"the only cadre is recused from the household", []int{5}, "a", "C1:H1", "", "", 1, "H1 C1!H1"},
	{"the only cadre is recused from the village", []int{5}, "ab", "C1:b", "", "", 1, "H2 C1!b"},
	{"both cadres are recused from one household", []int{5, 5}, "aaa", "C1:H2 C2:H2", "", "", 1, "H2 C1!H2 C2!H2"},
	{"one is recused from the household, one from its village", []int{5, 5}, "ab", "C1:H1 C2:a", "", "", 1, "H1 C1!H1 C2!a"},
	{"the only cadre is away", []int{5}, "a", "", "C1", "", 1, "H1 C1~"},
	{"everybody is away", []int{5, 5, 5}, "ab", "", "C1 C2 C3", "", 2, "H1 C1~ C2~ C3~"},
	{"one is away and the other is full", []int{3, 1}, "aa", "", "C1", "", 1, "H1 H2 C2≤1 C1~"},
	{"one is away and the other recused", []int{3, 3}, "aa", "C2:H1", "C1", "", 1, "H1 C2!H1 C1~"},
	{"a pin on a recused cadre", []int{3, 3}, "aa", "C1:H1", "", "H1:C1", 1, "H1 C1!H1 H1=C1"},
	{"a pin on a cadre recused from the village", []int{3, 3}, "ab", "C2:b", "", "H2:C2", 1, "H2 C2!b H2=C2"},
	{"a pin on somebody away", []int{3, 3}, "aa", "", "C2", "H1:C2", 1, "H1 C2~ H1=C2"},
	{"two pins on one place", []int{1, 3}, "aaa", "", "", "H1:C1 H2:C1", 1, "H1 H2 C1≤1 H1=C1 H2=C1"},
	{"three pins on two places", []int{2, 3}, "aaab", "", "", "H1:C1 H2:C1 H4:C1", 1, "H1 H2 H4 C1≤2 H1=C1 H2=C1 H4=C1"},
	{"a pin takes the place that another needs", []int{1, 3}, "aa", "C2:H1", "", "H2:C1", 1, "H1 H2 C1≤1 C2!H1 H2=C1"},
	{"a pin and a village recusal meet at one place", []int{1, 2, 2}, "ab", "C2:a C3:a", "", "H2:C1", 1, "H1 H2 C1≤1 C2!a C3!a H2=C1"},
	{"a village that all but one full cadre are recused from", []int{1, 9}, "aab", "C2:a", "", "", 1, "H1 H2 C1≤1 C2!a"},
	{"recusals one by one do the same as one from the village", []int{1, 9}, "aab", "C2:H1 C2:H2", "", "", 1, "H1 H2 C1≤1 C2!H1 C2!H2"},
	{"a recusal from the village makes one from the household superfluous", []int{1, 9}, "aa", "C2:a C2:H1", "", "", 1, "H1 H2 C1≤1 C2!a"},
	{"a leave makes a recusal superfluous", []int{1, 9}, "aa", "C2:H1", "C2", "", 1, "H1 H2 C1≤1 C2~"},
	{"a conflict in one village hides in a county with room", []int{1, 1, 9, 9}, "aaabbbbb", "C3:a C4:a", "", "", 1, "H1 H2 H3 C1≤1 C2≤1 C3!a C4!a"},
	{"a chain: each next cadre shares a household with the last", []int{1, 1, 1, 9}, "aaaa", "C2:H1 C3:H1 C4:H1 C3:H2 C4:H2 C1:H3 C4:H3 C1:H4 C2:H4 C4:H4", "", "", 1,
		"H1 H2 H3 H4 C1≤1 C2≤1 C3≤1 C4!H1 C4!H2 C4!H3 C4!H4"},
	{"two conflicts: the smaller is told", []int{1, 1}, "aaabb", "C1:b C2:a", "", "", 3, "H1 H2 C1≤1 C2!a"},
	{"two conflicts: a lonely one is smaller than a full house", []int{2, 2}, "aaaab", "C1:b C2:b", "", "", 1, "H5 C1!b C2!b"},
	{"pins in a circle of places", []int{1, 1}, "aab", "", "", "H1:C1 H3:C1", 1, "H1 H3 C1≤1 H1=C1 H3=C1"},
	{"a leave takes the places that two villages shared", []int{2, 2, 2}, "aaabb", "C1:b C2:a", "C3", "", 1, "H1 H2 H3 C1≤2 C2!a C3~"},
	{"an unpinned one is not in the pins' conflict", []int{2, 8}, "aaaa", "", "", "H2:C1 H3:C1 H4:C1", 1, "H2 H3 H4 C1≤2 H2=C1 H3=C1 H4=C1"},
	{"recused from all but a full one", []int{1, 4, 4}, "aaa", "C2:H1 C3:H1 C2:H3 C3:H3", "", "", 1, "H1 H3 C1≤1 C2!H1 C3!H1 C2!H3 C3!H3"},
	{"one pinned to a cadre that only the other may have", []int{1, 1}, "ab", "C2:a", "", "H2:C1", 1, "H1 H2 C1≤1 C2!a H2=C1"},
}

// question turns a case into an input: every cadre has a capacity of their own, far below the preset's.
func (c contrary) question() pairing.Input {
	in := pairing.Input{Period: 2026, Valid: civil.YearSpan(2026), Book: rule.Default(), NewID: planner.SeededIDs(1, c.says)}
	in.Preset = pairing.Preset{ID: "test", Load: map[planner.Rank][2]int{planner.RankStaff: {0, 99}}}
	village := map[string]planner.AreaCode{"a": "411281001001", "b": "411281001002"}
	since := civil.Span{From: civil.Of(2020, 1, 1)}
	in.Roster.Areas = []planner.Area{{Code: "411281", Name: "示例市", Level: planner.LevelCounty, Valid: since}}
	in.Roster.Units = []planner.Unit{{ID: "u", Code: "U", Name: "示例局", Network: planner.NetworkStation, Area: "411281"}}
	for n, most := range c.caps {
		code := fmt.Sprintf("C%d", n+1)
		x := planner.Cadre{ID: planner.CadreID(code), Code: code, Name: fmt.Sprintf("甲%d", n+1), Unit: "u", Rank: planner.RankStaff, Capacity: most, Active: true}
		if strings.Contains(c.away, code) {
			x.Leaves = []planner.Leave{{Span: civil.Span{From: civil.Of(2025, 12, 1)}}}
		}
		in.Roster.Cadres = append(in.Roster.Cadres, x)
	}
	for n, v := range strings.Split(c.houses, "") {
		code := fmt.Sprintf("H%d", n+1)
		in.Roster.Households = append(in.Roster.Households, planner.Household{ID: planner.HouseholdID(code), Code: code, Village: village[v], Head: "张某某", Consent: planner.ConsentGiven, Active: true})
	}
	for _, r := range strings.Fields(c.recusals) {
		who, what, _ := strings.Cut(r, ":")
		x := planner.Recusal{Cadre: planner.CadreID(who), Kind: planner.RecusalDeclared}
		if x.Village = village[what]; x.Village == "" {
			x.Household = planner.HouseholdID(what)
		}
		in.Roster.Recusals = append(in.Roster.Recusals, x)
	}
	for _, p := range strings.Fields(c.pins) {
		h, who, _ := strings.Cut(p, ":")
		in.Pins = append(in.Pins, planner.Pin{Household: planner.HouseholdID(h), Cadre: planner.CadreID(who)})
	}
	return in
}

// short writes an element as the table does.
func short(e pairing.Element) string {
	switch e.Kind {
	case pairing.ElementTarget:
		return e.Code
	case pairing.ElementCap:
		return fmt.Sprintf("%s≤%d", e.Cadre, e.Cap)
	case pairing.ElementRecusal:
		if e.Village != "" {
			return string(e.Cadre) + "!" + map[planner.AreaCode]string{"411281001001": "a", "411281001002": "b"}[e.Village]
		}
		return string(e.Cadre) + "!" + string(e.Household)
	case pairing.ElementLeave:
		return string(e.Cadre) + "~"
	case pairing.ElementPin:
		return string(e.Household) + "=" + string(e.Cadre)
	}
	return "rule " + e.Rule
}

// holds reports whether the targets among the elements can all be served when nothing but the elements holds: a cadre
// without a cap takes any number, a pair that no element forbids is allowed. It knows nothing of the solver or the rules.
func holds(in pairing.Input, es []pairing.Element) bool {
	caps := map[planner.CadreID]int{}
	var targets []pairing.Element
	for _, e := range es {
		switch e.Kind {
		case pairing.ElementTarget:
			targets = append(targets, e)
		case pairing.ElementCap:
			caps[e.Cadre] = e.Cap
		}
	}
	village := map[planner.HouseholdID]planner.AreaCode{}
	for _, h := range in.Roster.Households {
		village[h.ID] = h.Village
	}
	allowed := func(h planner.HouseholdID, c planner.CadreID) bool {
		return !slices.ContainsFunc(es, func(e pairing.Element) bool {
			switch e.Kind {
			case pairing.ElementRecusal:
				return e.Cadre == c && (e.Household == h || e.Village != "" && e.Village == village[h])
			case pairing.ElementLeave:
				return e.Cadre == c
			case pairing.ElementPin:
				return e.Household == h && e.Cadre != c
			}
			return false
		})
	}
	has := map[planner.CadreID][]planner.HouseholdID{}
	var give func(h planner.HouseholdID, seen map[planner.CadreID]bool) bool
	give = func(h planner.HouseholdID, seen map[planner.CadreID]bool) bool {
		for _, c := range staffOf(in) {
			if seen[c.ID] || !allowed(h, c.ID) {
				continue
			}
			seen[c.ID] = true
			if most, capped := caps[c.ID]; !capped || len(has[c.ID]) < most {
				has[c.ID] = append(has[c.ID], h)
				return true
			}
			for k, other := range has[c.ID] {
				if give(other, seen) {
					has[c.ID][k] = h
					return true
				}
			}
		}
		return false
	}
	for _, t := range targets {
		if !give(t.Household, map[planner.CadreID]bool{}) {
			return false
		}
	}
	return true
}

// isMinimal fails the test unless the elements contradict each other and without any one of them do not.
func isMinimal(t *testing.T, in pairing.Input, es []pairing.Element) {
	t.Helper()
	if holds(in, es) {
		t.Error("the elements can all hold together; they are no conflict")
	}
	for k, e := range es {
		if !holds(in, slices.Delete(slices.Clone(es), k, k+1)) {
			t.Errorf("without %s the rest still contradicts itself", short(e))
		}
	}
}

// waysWork fails the test unless each way, made in the roster itself, serves all but those it leaves out.
func waysWork(t *testing.T, in pairing.Input, x pairing.Infeasible) {
	t.Helper()
	if len(x.Ways) == 0 {
		t.Error("there is no way out, and leaving somebody out always is one")
	}
	for n, w := range x.Ways {
		if w.Say.ZH == "" || w.Say.EN == "" || strings.Contains(w.Say.EN, "{") {
			t.Errorf("way %d has no words: %+v", n, w.Say)
		}
		if n > 0 && len(w.Leave) == len(x.Ways[n-1].Leave) && w.Price < x.Ways[n-1].Price {
			t.Errorf("way %d is cheaper than the one before", n)
		}
		try := w.Apply(in)
		try.NewID = planner.SeededIDs(2, "way")
		try.Roster.Cadres, try.Roster.Households = slices.Clone(try.Roster.Cadres), slices.Clone(try.Roster.Households)
		for k := range try.Roster.Cadres {
			c := &try.Roster.Cadres[k]
			for _, p := range w.Places {
				if p.Cadre == c.ID {
					c.Capacity += p.More
				}
			}
			c.Capacity += w.Raise
		}
		for k := range try.Roster.Households {
			if slices.ContainsFunc(w.Leave, func(l pairing.Left) bool { return l.Household == try.Roster.Households[k].ID }) {
				try.Roster.Households[k].Active = false
			}
		}
		try.Pins = slices.DeleteFunc(slices.Clone(try.Pins), func(p planner.Pin) bool {
			return slices.ContainsFunc(w.Leave, func(l pairing.Left) bool { return l.Household == p.Household })
		})
		plan, err := pairing.Solve(context.Background(), try)
		if err != nil {
			t.Errorf("way %q: %v", w.Say.EN, err)
			continue
		}
		for _, c := range plan.Certificates {
			if c.Tier == x.Tier && c.Unserved > 0 {
				t.Errorf("way %q leaves %d without a cadre", w.Say.EN, c.Unserved)
			}
		}
	}
}

func TestEachContraryCountyNamesATrulyMinimalConflictAndWaysOutThatWork(t *testing.T) {
	if len(contraries) < 30 {
		t.Fatalf("%d cases, want 30", len(contraries))
	}
	for _, c := range contraries {
		t.Run(c.says, func(t *testing.T) {
			in := c.question()
			xs, err := pairing.Conflicts(context.Background(), in)
			if err != nil {
				t.Fatal(err)
			}
			if len(xs) != 1 || xs[0].Tier != planner.TierHousehold {
				t.Fatalf("got %d tiers that cannot be served, want the households", len(xs))
			}
			x := xs[0]
			if x.Short() != c.short || len(x.Left) != c.short {
				t.Errorf("short by %d, %d left out; want %d", x.Short(), len(x.Left), c.short)
			}
			var got []string
			for _, e := range x.Conflict {
				got = append(got, short(e))
			}
			want := strings.Fields(c.want)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("conflict %v, want %v", got, want)
			}
			isMinimal(t, in, x.Conflict)
			waysWork(t, in, x)
			if x.Say.ZH == "" || x.Say.EN == "" {
				t.Error("the conflict has no words")
			}
		})
	}
}

func TestRandomShortagesAreMinimalProvedAndHaveWaysOut(t *testing.T) {
	found := 0
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 31))
		c := contrary{says: fmt.Sprint(seed)}
		for range 1 + r.IntN(4) {
			c.caps = append(c.caps, 1+r.IntN(3))
		}
		n := 2 + r.IntN(8)
		for k := range n {
			c.houses += string("ab"[r.IntN(2)])
			for j := range c.caps {
				if r.IntN(4) == 0 {
					c.recusals += fmt.Sprintf(" C%d:H%d", j+1, k+1)
				}
			}
			if r.IntN(5) == 0 {
				c.pins += fmt.Sprintf(" H%d:C%d", k+1, 1+r.IntN(len(c.caps)))
			}
		}
		if r.IntN(3) == 0 {
			c.away = "C1"
		}
		if r.IntN(2) == 0 {
			c.recusals += fmt.Sprintf(" C%d:a", 1+r.IntN(len(c.caps)))
		}
		in := c.question()
		xs, err := pairing.Conflicts(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := pairing.Solve(context.Background(), in)
		if len(xs) == 0 {
			if err != nil || plan.Certificates[0].Unserved > 0 {
				t.Fatalf("seed %d: all could be served, says the search; solving says %v, %+v", seed, err, plan.Certificates)
			}
			continue
		}
		found++
		if err == nil && plan.Certificates[0].Unserved != xs[0].Short() {
			t.Fatalf("seed %d: %d too many, the plan leaves %d", seed, xs[0].Short(), plan.Certificates[0].Unserved)
		}
		isMinimal(t, in, xs[0].Conflict)
		waysWork(t, in, xs[0])
		if t.Failed() {
			t.Fatalf("seed %d: %+v", seed, c)
		}
	}
	if found < 60 {
		t.Errorf("only %d shortages; the test says little", found)
	}
}

func TestACountyThatCanBeServedHasNoConflict(t *testing.T) {
	xs, err := pairing.Conflicts(context.Background(), made(2, small))
	if err != nil || len(xs) != 0 {
		t.Errorf("got %+v, %v; want none", xs, err)
	}
}

func TestNoWayOutRaisesACadreAboveTheCapOfTheirUnit(t *testing.T) {
	capped, free, named := 0, 0, 0
	for seed := range uint64(120) {
		r := rand.New(rand.NewPCG(seed, 71))
		c := contrary{says: fmt.Sprint(seed)}
		for range 2 + r.IntN(4) {
			c.caps = append(c.caps, 1+r.IntN(3))
		}
		for k := range 4 + r.IntN(8) {
			c.houses += string("ab"[r.IntN(2)])
			if r.IntN(4) == 0 {
				c.recusals += fmt.Sprintf(" C%d:H%d", 1+r.IntN(len(c.caps)), k+1)
			}
		}
		in := c.question()
		in.Roster.Units = append(in.Roster.Units, planner.Unit{ID: "v", Code: "V", Name: "示例室", Network: planner.NetworkRoom, Area: "411281"})
		for k := range in.Roster.Cadres {
			if k%2 == 1 {
				in.Roster.Cadres[k].Unit = "v"
			}
		}
		in.Book.Limits.Units = map[string]int{"U": 1 + r.IntN(3)}
		xs, err := pairing.Conflicts(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range xs {
			capped++
			u := in.Book.Limits.Units["U"]
			if strings.Contains(x.Say.ZH, "按政策合计最多") {
				named++
				if want := fmt.Sprintf("（U）按政策合计最多%d户", u); !strings.Contains(x.Say.ZH, want) || !strings.Contains(x.Say.EN, fmt.Sprintf("may have %d at most", u)) {
					t.Errorf("seed %d: %q does not say %q", seed, x.Say.ZH, want)
				}
			}
			for _, w := range x.Ways {
				free += len(w.Places)
				try := w.Apply(in)
				try.NewID = planner.SeededIDs(2, "way")
				try.Roster.Cadres, try.Roster.Households = slices.Clone(try.Roster.Cadres), slices.Clone(try.Roster.Households)
				for k := range try.Roster.Cadres {
					k := &try.Roster.Cadres[k]
					for _, p := range w.Places {
						if p.Cadre == k.ID {
							k.Capacity += p.More
						}
					}
					k.Capacity += w.Raise // the unit's cap stays, and the verifier holds it
				}
				for k := range try.Roster.Households {
					if slices.ContainsFunc(w.Leave, func(l pairing.Left) bool { return l.Household == try.Roster.Households[k].ID }) {
						try.Roster.Households[k].Active = false
					}
				}
				plan, err := pairing.Solve(context.Background(), try)
				if err != nil || plan.Certificates[0].Unserved > 0 {
					t.Fatalf("seed %d: way %q: %v, %d unserved", seed, w.Say.EN, err, plan.Certificates[0].Unserved)
				}
				if rep, err := verify.Check(context.Background(), try.Question(), plan); err != nil || !rep.OK() {
					t.Fatalf("seed %d: way %q: %v, %v", seed, w.Say.EN, rep.Findings, err)
				}
			}
		}
	}
	t.Logf("%d that cannot be served under a unit's cap; %d places proposed, each within its unit's cap", capped, free)
	if capped < 40 || free < 20 || named < 20 {
		t.Errorf("%d capped, %d places, %d that name the unit's cap; the test says little", capped, free, named)
	}
}
