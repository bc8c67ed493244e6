package main

import (
	"testing"
)

func TestAPrefectureCostsWhatItsCountiesCost(t *testing.T) {
	want := int64(0)
	for seed := range uint64(3) {
		out, err := makeCounty(named(t, "S"), 5+seed).solve(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		want += out.Cost
	}
	for _, workers := range []int{1, 2, 5} {
		got, err := prefectureCmd{Counties: 3, Size: "S", Seed: 5, Workers: workers}.solve(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got.Cost != want || got.Certified != 3 || got.Households != 4500 || got.Cadres != 300 {
			t.Errorf("%d at a time: %+v, want a cost of %d and three proofs", workers, got, want)
		}
	}
}
