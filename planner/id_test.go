package planner

import (
	"slices"
	"strings"
	"testing"
)

func TestIDsOfASeriesSortAsTheyWereDrawn(t *testing.T) {
	next, other := SeriesIDs(), SeriesIDs()
	var ids []string
	for range 70_000 { // past 32³
		ids = append(ids, next())
	}
	if !slices.IsSorted(ids) {
		t.Error("IDs of one series do not sort in the order in which they were drawn")
	}
	tails := map[string]bool{}
	for _, id := range ids {
		if len(id) != 26 || strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
			t.Fatalf("got ID %q, want 26 letters of base32", id)
		}
		tails[id[11:]] = true
	}
	if len(tails) != len(ids) {
		t.Errorf("%d of %d random ends differ, want all", len(tails), len(ids))
	}
	if o := other(); o[:6] == ids[0][:6] {
		t.Errorf("two series share their beginning %s", o[:6])
	}
}
