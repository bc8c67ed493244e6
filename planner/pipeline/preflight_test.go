package pipeline

import (
	"testing"
	"time"

	"lianxin/notifier"
)

func TestAMorningsMessagesTakeWhatTheTightestBudgetForces(t *testing.T) {
	minute := notifier.Limit{N: 20, Per: time.Minute}
	for _, c := range []struct {
		name   string
		n      int
		limits []notifier.Limit
		want   time.Duration
	}{
		{"twenty go at once", 20, []notifier.Limit{minute}, 0},
		{"the twenty-first waits a minute", 21, []notifier.Limit{minute}, time.Minute},
		{"a county over one bot", 1309, []notifier.Limit{minute}, 65 * time.Minute},
		{"the minute's limit outlasts the second's", 1000, []notifier.Limit{{N: 100, Per: time.Minute}, {N: 5, Per: time.Second}}, 9 * time.Minute},
		{"the other way round", 1000, []notifier.Limit{{N: 5, Per: time.Second}, {N: 10, Per: time.Minute}}, 99 * time.Minute},
		{"nobody", 0, []notifier.Limit{minute}, 0}, {"no budget", 500, nil, 0},
	} {
		if got := burstOf("x", c.n, c.limits); got.Forced != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got.Forced, c.want)
		}
	}
}
