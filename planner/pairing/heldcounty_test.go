package pairing_test

import (
	"context"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"lianxin/planner"
	"lianxin/planner/pairing"
	"lianxin/planner/rule"
	"lianxin/planner/verify"
)

// TestACountyUnderCapsOfVillages plans a few villages, or with LIANXIN_HELD=33 a county of 15,000 households, with that many cadres a
// village at most and a unit that must have 20 to 60, and says how long it took and what gap is proved.
func TestACountyUnderCapsOfVillages(t *testing.T) {
	every, z := 33, size{6, 8, 16, 6, 20, 200, 2_600}
	if v := os.Getenv("LIANXIN_HELD"); v != "" {
		var err error
		if every, err = strconv.Atoi(v); err != nil {
			t.Fatalf("LIANXIN_HELD is a number of cadres, such as 33: %v", err)
		}
		z = county
	}
	in := made(1, z)
	var err error
	p := rule.Policy{Limits: rule.Limits{EveryVillage: every, UnitLeast: map[string]int{"U001": 20}, Units: map[string]int{"U001": 60}}}
	if in.Book, err = p.Apply(in.Book); err != nil {
		t.Fatal(err)
	}
	begin, cpu := time.Now(), used()
	plan, err := pairing.Solve(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	took, worked := time.Since(begin), used()-cpu
	held := false
	for _, c := range plan.Certificates {
		if c.Tier == planner.TierHousehold && c.Held != nil {
			if held = true; c.Gap() < 0 || 20*c.Gap() > c.Price {
				t.Errorf("proved gap %d of %d, want at most 5 %%", c.Gap(), c.Price)
			}
			t.Logf("%d teams, price %d minutes, gap %d minutes, %.3f %%, %d unserved", len(c.Held.Teams), c.Price.Minutes(), c.Gap().Minutes(), 100*float64(c.Gap())/float64(c.Price), c.Unserved)
		}
	}
	if !held {
		t.Error("the caps bind nobody")
	}
	begin = time.Now()
	rep, err := verify.Check(context.Background(), in.Question(), plan)
	if err != nil || !rep.OK() {
		t.Fatalf("%v %v", err, rep.Findings)
	}
	t.Logf("planned in %s (%s of processors), verified in %s", took.Round(time.Millisecond), worked.Round(time.Millisecond), time.Since(begin).Round(time.Millisecond))
}

// used is the time of processors that the process has used.
func used() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
