package planner_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"lianxin/planner"
)

// Fill replaces as strings.Replacer does, whatever stands in sentence and values: broken and nested braces, names that begin
// alike, one name given twice.
func TestFillReplacesInOnePass(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"{", "}", "{n}", "{na}", "{name}", "n", "na", "王芳", "联系", "{{n}}", "{n", "", " ", "{ n}"}
	text := func() (s string) {
		for range r.IntN(7) {
			s += pieces[r.IntN(len(pieces))]
		}
		return s
	}
	names := []string{"n", "na", "name", "n", "other"}
	for range 20_000 {
		var pairs, old []string
		for range r.IntN(5) {
			name, value := names[r.IntN(len(names))], text()
			pairs, old = append(pairs, name, value), append(old, "{"+name+"}", value)
		}
		x := planner.Text{ZH: text(), EN: text()}
		re := strings.NewReplacer(old...)
		if got, want := x.Fill(pairs...), (planner.Text{ZH: re.Replace(x.ZH), EN: re.Replace(x.EN)}); got != want {
			t.Fatalf("%q with %q gives %q, want %q", x, pairs, got, want)
		}
	}
}
