package verify_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"lianxin/planner"
	"lianxin/planner/pairing"
	"lianxin/planner/rule"
	"lianxin/planner/verify"
)

// mended is a book whose rules of the road and of even loads, and the one that sent former cadres away, say the same in other words
// than old. The words of old are kept as those of before.
func mended(old rule.Book) rule.Book {
	b := old
	b.Pairs, b.Loads = slices.Clone(old.Pairs), slices.Clone(old.Loads)
	for k := range b.Pairs {
		switch r := &b.Pairs[k]; r.ID {
		case rule.Travel.ID:
			r.Earlier, r.Say = []planner.Text{r.Say}, planner.Text{ZH: "从{unit}去{area}，路上大约{times}分钟", EN: "the road from {unit} to {area} takes about {times} minutes"}
		case rule.Recusal.ID:
			r.Earlier, r.Say = []planner.Text{r.Say}, planner.Text{ZH: "{target}回避{cadre}", EN: "{target} and {cadre} are kept apart"}
		}
	}
	for k := range b.Loads {
		if r := &b.Loads[k]; r.ID == rule.FairShare.ID {
			r.Earlier, r.Say = []planner.Text{r.Say}, planner.Text{ZH: "{cadre}已到第{n}户（人均{share}户）", EN: "{cadre} comes to {n} households; {share} is an even share"}
		}
	}
	return b
}

// withWords gives a plan the form that plans had while the hash of the book covered its sentences.
func withWords(t *testing.T, in pairing.Input, plan planner.Plan) planner.Plan {
	t.Helper()
	plan = copyOf(plan)
	plan.Book = in.Book.HashWithWords()
	var upper []planner.Pairing
	for _, tier := range planner.Tiers {
		inst, err := lay(in.Question().HashedFor(plan), tier, upper)
		if err != nil {
			t.Fatal(err)
		}
		upper = slices.DeleteFunc(slices.Clone(plan.Pairings), func(p planner.Pairing) bool { return p.Tier != tier })
		for k := range plan.Certificates {
			if plan.Certificates[k].Tier == tier {
				plan.Certificates[k].Instance = inst.Hash()
			}
		}
	}
	return plan
}

// A sentence that was mended after a plan was made is a remark, counted by rule. Whatever else differs is refused as before.
func TestAPlanInEarlierWordsHoldsAndATamperedOneDoesNot(t *testing.T) {
	in := made(1)
	old, err := pairing.Solve(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	formerly := in
	in.Book = mended(in.Book)
	check := func(in pairing.Input, p planner.Plan) verify.Report {
		t.Helper()
		rep, err := verify.Check(context.Background(), in.Question(), p)
		if err != nil {
			t.Fatal(err)
		}
		return rep
	}
	now, err := pairing.Solve(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if rep := check(in, now); !rep.OK() || len(rep.Reworded) != 0 {
		t.Fatalf("a plan in the words of now: %v, reworded %v", rep.Findings, rep.Reworded)
	}
	want := map[string]int{}
	for _, p := range old.Pairings {
		for _, id := range []string{rule.Travel.ID, rule.Recusal.ID, rule.FairShare.ID} {
			if slices.ContainsFunc(p.Reasons, func(r planner.Reason) bool { return r.Rule == id }) {
				want[id]++
			}
		}
	}
	for _, plan := range []planner.Plan{old, withWords(t, formerly, old)} {
		rep := check(in, plan)
		if !rep.OK() || len(rep.Reworded) != 3 {
			t.Fatalf("a plan in the words of before: %v, reworded %v", rep.Findings, rep.Reworded)
		}
		for _, r := range rep.Reworded {
			if r.Pairs != want[r.Rule] || r.Pairs == 0 {
				t.Errorf("%s: %d pairs reworded, want %d", r.Rule, r.Pairs, want[r.Rule])
			}
		}
		if rep := check(formerly, plan); !rep.OK() || len(rep.Reworded) != 0 {
			t.Errorf("under the book that it was made with: %v, reworded %v", rep.Findings, rep.Reworded)
		}
	}
	first := firstHousehold(old)
	reason := func(p *planner.Plan, id string) *planner.Reason {
		for k := first; k < len(p.Pairings); k++ {
			for n := range p.Pairings[k].Reasons {
				if p.Pairings[k].Reasons[n].Rule == id {
					return &p.Pairings[k].Reasons[n]
				}
			}
		}
		t.Fatalf("no pair has a reason of %s", id)
		return nil
	}
	for name, spoil := range map[string]func(p *planner.Plan){
		"another number of minutes": func(p *planner.Plan) {
			r := reason(p, rule.Travel.ID)
			r.Say = planner.Text{ZH: strings.Replace(r.Say.ZH, "约", "约1", 1), EN: strings.Replace(r.Say.EN, "about ", "about 1", 1)}
		},
		"another number in one language": func(p *planner.Plan) {
			r := reason(p, rule.FairShare.ID)
			r.Say.EN = strings.Replace(r.Say.EN, "number ", "number 1", 1)
		},
		"another name": func(p *planner.Plan) {
			r := reason(p, rule.FairShare.ID)
			r.Say.ZH = "王芳" + r.Say.ZH[strings.Index(r.Say.ZH, "的第"):]
		},
		"a sentence never said": func(p *planner.Plan) { reason(p, rule.Travel.ID).Say.ZH = "领导要求" },
		"an unfilled sentence":  func(p *planner.Plan) { reason(p, rule.Travel.ID).Say = rule.Travel.Say },
		"the words of two times": func(p *planner.Plan) {
			r := reason(p, rule.Travel.ID)
			r.Say.EN = strings.Replace(r.Say.EN, ": about", " takes about", 1)
		},
		"another rule's name":     func(p *planner.Plan) { reason(p, rule.Travel.ID).Rule = rule.UnitVillage.ID },
		"another price":           func(p *planner.Plan) { reason(p, rule.Travel.ID).Price++ },
		"a private reason opened": func(p *planner.Plan) { reason(p, rule.Recusal.ID).Private = false },
		"the book of nobody":      func(p *planner.Plan) { p.Book = strings.Repeat("0", 64) },
		"no book":                 func(p *planner.Plan) { p.Book = "" },
	} {
		bad := copyOf(old)
		spoil(&bad)
		if check(in, bad).OK() {
			t.Errorf("%s: accepted", name)
		}
	}
	dearer := in
	dearer.Book.Pairs = slices.Clone(in.Book.Pairs)
	for k := range dearer.Book.Pairs {
		if dearer.Book.Pairs[k].ID == rule.NativeVillage.ID {
			dearer.Book.Pairs[k].Price++
		}
	}
	for _, plan := range []planner.Plan{old, withWords(t, formerly, old)} {
		if check(dearer, plan).OK() {
			t.Error("a plan of other prices is accepted")
		}
	}
}

// Until 2026-11 the English sentence of a household that had asked for another cadre held the household's Chinese name.
func TestTheEarlierSentenceOfAnotherPleaseIsARemark(t *testing.T) {
	in := made(2)
	held := map[planner.HouseholdID]bool{}
	for _, p := range in.Last.Pairings {
		if held[p.Household] {
			continue
		}
		held[p.Household] = true
		if len(held) > 40 {
			in.Roster.Wishes = append(in.Roster.Wishes, planner.Wish{Household: p.Household})
		}
	}
	plan, err := pairing.Solve(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	old := copyOf(plan)
	n, rows := 0, old.Pairings
	for k := range rows {
		for m := range rows[k].Reasons {
			if r := &rows[k].Reasons[m]; r.Rule == rule.AnotherPlease.ID && r.Price == 0 {
				name, _ := strings.CutSuffix(r.Say.ZH, "希望换一名干部")
				r.Say.EN = name + " would like another cadre"
				n++
			}
		}
	}
	rep, err := verify.Check(context.Background(), in.Question(), old)
	if err != nil || !rep.OK() || n < 10 || !slices.Equal(rep.Reworded, []verify.Reworded{{Rule: rule.AnotherPlease.ID, Pairs: n}}) {
		t.Errorf("%d pairs in the words of before: %v, reworded %v, %v", n, rep.Findings, rep.Reworded, err)
	}
}
