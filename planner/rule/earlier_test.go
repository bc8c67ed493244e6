package rule_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"lianxin/planner"
	"lianxin/planner/rule"
)

var update = flag.Bool("update", false, "add the sentences of now to testdata/sentences.txt")

// Stored plans hold every sentence that a rule ever had: testdata/sentences.txt lists them. Who mends one moves the old one into the
// rule's Earlier and runs this test with -update.
func TestEverySentenceThatARuleEverHadIsStillKnown(t *testing.T) {
	const file = "testdata/sentences.txt"
	known := map[string]bool{}
	var now []string
	add := func(id string, say planner.Text, earlier []planner.Text) {
		for _, s := range append([]planner.Text{say}, earlier...) {
			line := fmt.Sprintf("%s\t%s\t%s", id, s.ZH, s.EN)
			known[line] = true
			now = append(now, line)
		}
	}
	b := rule.Default()
	for _, r := range append(b.Pairs, rule.VillageCap) {
		add(r.ID, r.Say, r.Earlier)
	}
	for _, r := range b.Loads {
		add(r.ID, r.Say, r.Earlier)
	}
	text, err := os.ReadFile(file)
	if err != nil && !*update {
		t.Fatal(err)
	}
	listed := slices.DeleteFunc(strings.Split(string(text), "\n"), func(s string) bool { return s == "" })
	for _, line := range listed {
		if !known[line] {
			t.Errorf("a stored plan may say this, and no rule knows it: put it into the Earlier of its rule\n%s", line)
		}
	}
	for _, line := range now {
		if !slices.Contains(listed, line) {
			if !*update {
				t.Errorf("not in %s: go test ./planner/rule -run Ever -update\n%s", file, line)
			}
			listed = append(listed, line)
		}
	}
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.Join(listed, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWordsLeaveTheHashAlone(t *testing.T) {
	b := rule.Default()
	b.Pairs, b.Loads = slices.Clone(b.Pairs), slices.Clone(b.Loads)
	b.Pairs[0].Say.EN += "!"
	b.Loads[0].Say.ZH += "。"
	if d := rule.Default(); b.Hash() != d.Hash() || b.HashWithWords() == d.HashWithWords() || d.Hash() == d.HashWithWords() {
		t.Error("a sentence changes the hash, or does not change that of before")
	}
	b.Pairs[0].Earlier, b.Loads[0].Earlier = []planner.Text{rule.Default().Pairs[0].Say}, []planner.Text{rule.Default().Loads[0].Say}
	if b.HashWithWords() != rule.Default().HashWithWords() {
		t.Error("the hash of before does not follow the sentences of before")
	}
}
