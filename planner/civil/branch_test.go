package civil_test

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"lianxin/planner/civil"
)

// dayBranches is the SHA-256 of "date,branch" lines for every day of the lunar table, written by github.com/6tail/lunar-go
// v1.4.4 itself.
const dayBranches = "8642bc93226ae108d3785c6e095ed179c3a7052e6cc6adc665c127072a68c042"

func TestTheEarthlyBranchOfEveryDayEqualsLunarGo(t *testing.T) {
	names := []string{"子", "丑", "寅", "卯", "辰", "巳", "午", "未", "申", "酉", "戌", "亥"}
	h := sha256.New()
	for d := civil.Of(1901, 3, 1); d.Year < 2100; d = d.AddDays(1) {
		fmt.Fprintln(h, d.String()+","+names[d.Branch()])
	}
	if got := fmt.Sprintf("%x", h.Sum(nil)); got != dayBranches {
		t.Errorf("got %s, want %s", got, dayBranches)
	}
}
