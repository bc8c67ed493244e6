package pairing_test

import (
	"context"
	"errors"
	"testing"

	"lianxin/planner"
	"lianxin/planner/pairing"
	"lianxin/planner/rule"
)

// TestChoosingTheCadresOfVillagesTellsItsProgressAndCanBeCancelled at any step that it tells of.
func TestChoosingTheCadresOfVillagesTellsItsProgressAndCanBeCancelled(t *testing.T) {
	in := made(1, size{6, 8, 16, 6, 20, 80, 1_000})
	var err error
	if in.Book, err = (rule.Policy{Limits: rule.Limits{EveryVillage: 14}}).Apply(in.Book); err != nil {
		t.Fatal(err)
	}
	run := func(stop int) (told int, err error) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		last, all := -1, 0
		in.NewID = planner.SeededIDs(1, "plan")
		in.Progress = func(tier planner.Tier, done, total int) {
			if tier != pairing.Teams {
				return
			}
			if done < last || done > total || total < all {
				t.Errorf("told %d of %d after %d of %d", done, total, last, all)
			}
			if last, all, told = done, total, told+1; told == stop {
				cancel()
			}
		}
		_, err = pairing.Solve(ctx, in)
		if err == nil && last != all {
			t.Errorf("the last that is told is %d of %d", last, all)
		}
		return told, err
	}
	told, err := run(0)
	if err != nil || told < 10 {
		t.Fatalf("told %d times, %v", told, err)
	}
	for _, stop := range []int{1, 3, told / 2} {
		if n, err := run(stop); !errors.Is(err, context.Canceled) || n > stop+2 {
			t.Errorf("stopped at %d of %d: told %d times, %v", stop, told, n, err)
		}
	}
}
