package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"lianxin/planner"
)

// TestMain lets the test binary be the program that pairing starts for each run of ours.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == "solve" || os.Args[1] == "remind-worker") {
		os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// LEMON is another code, by other people, in another language: its four algorithms must find our optima on our arcs.
func TestLEMONFindsTheSameOptima(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"--json", "pairing", "--size", "S", "--k", "8,32", "--runs", "1", "--peers", "lemon", "--require", "lemon"}, &stdout, &stderr)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, stderr.String())
	}
	var rep sizeReport
	if err := json.Unmarshal(stdout.Bytes(), &rep); err != nil {
		t.Fatal(err)
	}
	if len(rep.Entries) != 2*5+2 {
		t.Fatalf("got %d entries, want ours and four of LEMON on two instances, and ours over all pairs on one and two processors", len(rep.Entries))
	}
	optimum := map[int]int64{}
	for _, e := range rep.Entries {
		if e.Failed != "" || len(e.Runs) != 1 {
			t.Errorf("%s, k = %d: %d runs, %s", e.Name, e.K, len(e.Runs), e.Failed)
			continue
		}
		o := e.Runs[0]
		if e.Ours && optimum[e.K] == 0 {
			optimum[e.K] = o.Cost
		}
		if o.Cost != optimum[e.K] || e.Ours && !o.Certified || !e.Ours && o.Seconds <= 0 {
			t.Errorf("%s, k = %d: got %+v, want the optimum %d", e.Name, e.K, o, optimum[e.K])
		}
	}
	if len(rep.Lost) != 3 || rep.Lost[0].More <= rep.Lost[1].More || rep.Lost[1].More < 0 {
		t.Errorf("what short lists lose: %+v", rep.Lost)
	}
}

func TestTheReportShowsRatiosAndMissedFloors(t *testing.T) {
	runs := func(seconds ...float64) (out []outcome) {
		for _, s := range seconds {
			out = append(out, outcome{Cost: 100, Seconds: s, CPU: s / 2, Certified: true, PeakMiB: 10})
		}
		return out
	}
	rep := &sizeReport{Size: "M", Cadres: 1000, Households: 15000, Entries: []*entry{
		{Name: "连心 Lianxin", Ours: true, K: 32, Workers: 1, Runs: runs(0.1, 0.9, 0.2)},
		{Name: "LEMON A", Family: "lemon", K: 32, Runs: runs(0.5)},
		{Name: "LEMON B", Family: "lemon", K: 32, Runs: runs(0.4, 9, 0.4)},
		{Name: "OR-Tools", Family: "ortools", K: 32, Runs: runs(0.3)},
		{Name: "HiGHS", Family: "highs", K: 32, Failed: "> 30m0s"},
	}}
	rep.sumUp()
	if len(rep.Ratios) != 2 || rep.Ratios[0].Peer != "LEMON B" || rep.Ratios[0].Times != 2 || rep.Ratios[1].Peer != "OR-Tools" {
		t.Fatalf("got %+v, want 0.4 s of LEMON B over 0.2 s, then OR-Tools", rep.Ratios)
	}
	if !rep.missed() {
		t.Error("2.0 is below the floor of 3 and was not missed")
	}
	var b strings.Builder
	if err := rep.print(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1,000 名干部", "2.0×", "≥ 3.0 未达 missed", "> 30m0s", "相同 same", "已证 proved"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, b.String())
		}
	}
	rep.Ratios[0].Times = 4
	if rep.missed() {
		t.Error("4.0 is above the floor")
	}
	rep.Entries[0].Runs[1].Certified = false
	if !rep.missed() {
		t.Error("a plan that is not proved passed the gate")
	}
}

func TestAnAbsentPeerIsNamedWithTheCommandThatInstallsIt(t *testing.T) {
	var stdout, stderr bytes.Buffer
	args := []string{"pairing", "--size", "S", "--peers", "highs", "--require", "highs", "--python", "/absent/python"}
	code := run(t.Context(), args, &stdout, &stderr)
	if code != 4 || !strings.Contains(stderr.String(), "pip install highspy") || !strings.Contains(stderr.String(), "没有 HiGHS") {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
	for family, say := range howToInstall {
		if say == (planner.Text{}) || say.ZH == "" || say.EN == "" {
			t.Errorf("%s: no sentence in both languages", family)
		}
	}
}

func TestNumbersAreShownWithCommas(t *testing.T) {
	for v, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567", -999: "-999"} {
		if got := thousands(v); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
