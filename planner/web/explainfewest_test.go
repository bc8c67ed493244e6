package web

import (
	"html"
	"strings"
	"testing"

	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

func TestThePageOfAPairOfTheFewestChangesComparesChangesFirst(t *testing.T) {
	e := pipeline.Explanation{Row: rows[1], Fewest: true, Others: []pipeline.Alternative{
		{CadreName: "甲一", CadreCode: "K1", Fewest: true, Changed: 1, Extra: 720, Moves: 1}, {CadreName: "甲二", CadreCode: "K2", Fewest: true, Left: 1, Extra: -60}}}
	for l, want := range map[string][]string{lang.ZH: {"多换1户，代价+12分钟", "多1户没有干部", "代价−1分钟", "换人最少"}, lang.EN: {"1 more changes, +12 min", "−1 min", "fewest changes"}} {
		shown := html.UnescapeString(show(t, l, "pairing", e))
		for _, x := range want {
			if !strings.Contains(shown, x) {
				t.Errorf("%s: the page does not say %q", l, x)
			}
		}
	}
}
