package followup

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// device is a phone that writes without a network: what it knows, and its Lamport clock.
type device struct {
	name  string
	clock int
	known []planner.Edit
}

func (d *device) write(f planner.Field, value string) planner.Edit {
	r := Merge("v", d.known)
	d.clock++
	e := planner.Edit{ID: planner.EditID(fmt.Sprintf("%s-%d", d.name, d.clock)), Visit: "v", Field: f, Value: value, Clock: d.clock, Over: r.Heads[f]}
	d.known = append(d.known, e)
	return e
}

func (d *device) hear(es []planner.Edit) {
	for _, e := range es {
		if !slices.ContainsFunc(d.known, func(k planner.Edit) bool { return k.ID == e.ID }) {
			d.known = append(d.known, e)
		}
		d.clock = max(d.clock, e.Clock)
	}
}

// TestHistoriesConverge plays 10,000 random histories of up to three devices that write, meet in any order, hear things twice and
// are cut off for long, and holds: once all have heard all, they have the same record; every edit is what holds, is shown beside it, says
// the same, or was replaced by an edit whose writer saw it.
func TestHistoriesConverge(t *testing.T) {
	fields := []planner.Field{planner.FieldOutcome, "tick/theme.road", "note/opinions", "promise/1"}
	values := []string{"", "done", "not-home", "yes", "errand 2026-03-01 问医保"}
	both := 0
	for seed := range uint64(10_000) {
		rng := rand.New(rand.NewPCG(seed, 1))
		ds := []*device{{name: "a"}, {name: "b"}, {name: "c"}}[:2+rng.IntN(2)]
		for range 2 + rng.IntN(14) {
			d := ds[rng.IntN(len(ds))]
			if rng.IntN(3) > 0 {
				d.write(fields[rng.IntN(len(fields))], values[rng.IntN(len(values))])
				continue
			}
			part := slices.Clone(ds[rng.IntN(len(ds))].known) // a part of what another knows, in disorder, some twice
			rng.Shuffle(len(part), func(i, j int) { part[i], part[j] = part[j], part[i] })
			part = part[:rng.IntN(len(part)+1)]
			d.hear(append(part, part...))
		}
		var all []planner.Edit
		for _, d := range ds {
			all = append(all, d.known...)
		}
		want := Merge("v", all)
		for _, d := range ds {
			rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			d.hear(all)
			if got := Merge("v", d.known); !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d: device %s has %+v, want %+v", seed, d.name, got, want)
			}
		}
		seen := map[planner.EditID]bool{}
		for _, e := range ds[0].known {
			for _, o := range e.Over {
				seen[o] = true
			}
		}
		for _, e := range ds[0].known {
			if !seen[e.ID] && !slices.Contains(want.Heads[e.Field], e.ID) {
				t.Fatalf("seed %d: the edit %+v is lost", seed, e)
			}
		}
		both += len(want.Both)
	}
	if both < 1000 {
		t.Errorf("got %d fields with two sides, want the histories to disagree often enough to prove something", both)
	}
}

func TestAnEditThatSawBothSidesEndsTheDisagreement(t *testing.T) {
	a, b := &device{name: "a"}, &device{name: "b"}
	a.write(planner.FieldOutcome, "done")
	b.write(planner.FieldOutcome, "not-home")
	b.hear(a.known)
	r := Merge("v", b.known)
	if got, want := r.Outcome(), planner.VisitNotHome; got != want {
		t.Errorf("got %s, want %s: of two at the same clock the greater ID holds", got, want)
	}
	if got := r.Both[planner.FieldOutcome]; len(got) != 1 || got[0].Value != "done" {
		t.Errorf("got the other side %v, want done", got)
	}
	b.write(planner.FieldOutcome, "done")
	if r = Merge("v", b.known); r.Outcome() != planner.VisitDone || r.Both != nil {
		t.Errorf("got %+v, want done and no other side", r)
	}
}

func TestAnEditIsRefusedInWords(t *testing.T) {
	v := planner.Visit{ID: "v", On: civil.MustDate("2026-01-15"), State: planner.VisitPlanned}
	today := v.On
	long := strings.Repeat("字", MaxNote+1)
	for _, c := range []struct {
		field planner.Field
		value string
		ok    bool
	}{
		{"outcome", "done", true}, {"outcome", "moved 2026-02-03", true}, {"outcome", "moved 2026-01-15", false}, {"outcome", "moved", false},
		{"outcome", "planned", false}, {"outcome", "", true}, {"outcome", "done well", false},
		{"tick/theme.road", "yes", true}, {"tick/theme.road", "no", false}, {"tick/theme.nothing", "yes", false}, {"tick/theme.road", "", true},
		{"note/opinions", "路灯坏了", true}, {"note/secret", "x", false}, {"note/opinions", long, false},
		{"promise/1", "errand 2026-03-01 问医保报销", true}, {"promise/1", "errand 2026-01-01 问医保报销", false}, {"promise/10", "errand 2026-03-01 x", false},
		{"promise/1", "handover 2026-03-01 x", false}, {"promise/1", "promise 2026-03-01 ", false}, {"promise/1", "", true},
		{"location", "34.7,111.8", false}, {"photo/1", "x", false},
	} {
		err := CheckEdit(VisitChecklist(), v, planner.Edit{ID: "a-1", Visit: "v", Field: c.field, Value: c.value, Clock: 1}, today)
		if (err == nil) != c.ok || err != nil && planner.KindOf(err) != planner.Invalid {
			t.Errorf("%s = %q: got %v, want taken %v", c.field, c.value, err, c.ok)
		}
	}
	if err := CheckEdit(VisitChecklist(), v, planner.Edit{ID: "a-1", Field: "outcome", Value: "done"}, today.AddDays(-1)); err == nil {
		t.Error("got a visit noted the day before, want it refused")
	}
}

func TestFaultsOfAChecklistAreNamed(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "empty",
		"key: [":                 "visit.yaml",
		"colour: red":            "colour",
		"key: v\nsections: []":   "no section",
		"key: v\ntitle: {zh: 甲}": "title",
		"key: v\nsections: [{key: a, items: [{key: a.b, code: '1', say: {zh: 甲, en: a}}]}]":                                               `code "1"`,
		"key: v\nsections: [{key: a, items: [{key: a.b, code: '11', say: {zh: 甲, en: a}}, {key: a.b, code: '12', say: {zh: 甲, en: a}}]}]": "stands once",
	} {
		if _, err := ReadChecklist("visit.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want a fault with %q", text, err, want)
		}
	}
}

func TestCareComesRoundOncePerTurn(t *testing.T) {
	homes := []planner.Household{
		{ID: "h1", Consent: planner.ConsentGiven, Active: true, Needs: []planner.Need{planner.NeedCare}},
		{ID: "h2", Consent: planner.ConsentWithdrawn, Active: true, Needs: []planner.Need{planner.NeedCare}},
		{ID: "h3", Consent: planner.ConsentGiven, Active: true, Needs: []planner.Need{planner.NeedCare}, MuteUntil: civil.MustDate("2027-01-01")},
		{ID: "h4", Consent: planner.ConsentGiven, Active: true},
	}
	of := map[planner.HouseholdID]planner.CadreID{"h1": "c", "h2": "c", "h3": "c", "h4": "c"}
	keys := map[string]int{}
	for d := civil.MustDate("2026-01-01"); d.Year == 2026; d = d.AddDays(1) {
		for _, task := range CareTasks(DefaultCare(), homes, of, d, planner.SeededIDs(1, "care")) {
			keys[task.Key]++
			if err := Check(task); err != nil || task.Household != "h1" {
				t.Fatalf("got %+v (%v), want a sound task of h1 alone", task, err)
			}
		}
	}
	if len(keys) != 12 {
		t.Errorf("got %d turns of a year, want 12 of 30 days: %v", len(keys), keys)
	}
}

func TestCapsAreSaid(t *testing.T) {
	h := planner.Household{ID: "h", Code: "H", Consent: planner.ConsentGiven, Active: true, Hours: planner.HoursAny}
	c := planner.Cadre{ID: "c", Name: "甲一", Active: true}
	day := civil.MustDate
	visit := func(id, cadre, on string, s planner.VisitState) planner.Visit {
		return planner.Visit{ID: planner.VisitID(id), Cadre: planner.CadreID(cadre), Household: "h", On: day(on), State: s}
	}
	full := func(n int, on string) (vs []planner.Visit) {
		for i := range n {
			vs = append(vs, planner.Visit{ID: planner.VisitID(fmt.Sprint(i)), Cadre: "c", Household: planner.HouseholdID(fmt.Sprint(i)), On: day(on), State: planner.VisitPlanned})
		}
		return vs
	}
	muted, shy, yearly := h, h, h
	muted.MuteUntil, shy.Consent, yearly.PerYear = day("2026-03-01"), planner.ConsentWithdrawn, 1
	away := c
	away.Leaves = []planner.Leave{{Span: civil.Span{From: day("2026-02-01"), Until: day("2026-03-01")}}}
	for name, x := range map[string]struct {
		wish  VisitWish
		of    []planner.Visit
		mine  []planner.Visit
		merge planner.VisitID
		say   string
	}{
		"free":                {wish: VisitWish{Household: h, Cadre: c, On: day("2026-02-10")}},
		"withdrawn":           {wish: VisitWish{Household: shy, Cadre: c, On: day("2026-02-10")}, say: "not agreed"},
		"muted":               {wish: VisitWish{Household: muted, Cadre: c, On: day("2026-02-10")}, say: "not to be disturbed before 2026-03-01"},
		"evening":             {wish: VisitWish{Household: h, Cadre: c, On: day("2026-02-10"), Hours: planner.HoursEvening}, say: "evening"},
		"leave":               {wish: VisitWish{Household: h, Cadre: away, On: day("2026-02-10")}, say: "on leave"},
		"another unit":        {wish: VisitWish{Household: h, Cadre: c, On: day("2026-02-10")}, of: []planner.Visit{visit("o", "d", "2026-02-12", planner.VisitPlanned)}, merge: "o"},
		"another unit's done": {wish: VisitWish{Household: h, Cadre: c, On: day("2026-02-10")}, of: []planner.Visit{visit("o", "d", "2026-02-05", planner.VisitDone)}, say: "7 days apart"},
		"twice a month": {wish: VisitWish{Household: h, Cadre: c, On: day("2026-02-28")}, of: []planner.Visit{visit("1", "c", "2026-02-01", planner.VisitDone),
			visit("2", "d", "2026-02-10", planner.VisitNotHome)}, say: "2 visits in month 2"},
		"agreed number": {wish: VisitWish{Household: yearly, Cadre: c, On: day("2026-05-01")}, of: []planner.Visit{visit("1", "c", "2026-02-01", planner.VisitDone)}, say: "agreed to 1"},
		"full day":      {wish: VisitWish{Household: h, Cadre: c, On: day("2026-02-10")}, mine: full(8, "2026-02-10"), say: "8 households on 2026-02-10"},
		"moved by the household": {wish: VisitWish{Household: h, Cadre: c, On: day("2026-02-10"), Instead: "1", Asked: true},
			of: []planner.Visit{visit("1", "c", "2026-02-08", planner.VisitMoved)}},
	} {
		merge, err := FitVisit(x.wish, x.of, x.mine, DefaultCaps())
		switch {
		case merge != x.merge:
			t.Errorf("%s: got merge %q, want %q", name, merge, x.merge)
		case x.say == "" && err != nil:
			t.Errorf("%s: got %v, want it planned", name, err)
		case x.say != "" && (planner.KindOf(err) != planner.Conflict || !strings.Contains(err.Error(), x.say)):
			t.Errorf("%s: got %v, want a refusal with %q", name, err, x.say)
		}
	}
}
