package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lianxin/planner"
	"lianxin/planner/flow"
)

func solved(t *testing.T, n *network) (assign, prices []int32) {
	t.Helper()
	r, err := flow.SolveArcs(context.Background(), n.arcs(), flow.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r.Sink, r.Potentials
}

func TestADIMACSFileComesBackAsTheSameProblem(t *testing.T) {
	n := makeCounty(named(t, "S"), 1).truncate(16).network()
	var b bytes.Buffer
	if err := n.writeDIMACS(&b, "test"); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	m, err := readDIMACS(&b, "s.min")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(n.Start, m.Start) || !slices.Equal(n.Cost, m.Cost) || !slices.Equal(n.Leave, m.Leave) || !slices.Equal(n.Place, m.Place) || !slices.Equal(n.Price, m.Price) {
		t.Error("the problem came back otherwise")
	}
	for i := range n.households() {
		a, z := n.row(i)
		x, y := slices.Clone(n.Col[a:z]), slices.Clone(m.Col[a:z])
		slices.Sort(x) // arcs of equal cost may change places
		slices.Sort(y)
		if !slices.Equal(x, y) {
			t.Fatalf("household %d: got cadres %v, want %v", i, y, x)
		}
	}
	if !strings.HasPrefix(text, "c test\np min 1601 ") {
		t.Errorf("the file starts %q", text[:40])
	}
}

// bruteNetwork tries every assignment; math.MaxInt64 if there is none.
func bruteNetwork(n *network) int64 {
	best := int64(math.MaxInt64)
	assign := make([]int32, n.households())
	var try func(i int)
	try = func(i int) {
		if i == len(assign) {
			if cost, err := n.priced(assign); err == nil {
				best = min(best, cost)
			}
			return
		}
		assign[i] = -1
		try(i + 1)
		for x, end := n.row(i); x < end; x++ {
			assign[i] = n.Col[x]
			try(i + 1)
		}
	}
	try(0)
	return best
}

// Small random files, some without a way out for a household, some with parallel arcs and more places than households.
func TestFilesAreSolvedToTheOptimumOfEveryAssignmentTried(t *testing.T) {
	none := 0
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 9))
		hs, ks := 1+r.IntN(5), 1+r.IntN(4)
		sink := hs + ks + 1
		var lines []string
		for i := range hs {
			for range r.IntN(2 * ks) {
				lines = append(lines, fmt.Sprintf("a %d %d 0 %d %d", i+1, hs+1+r.IntN(ks), r.IntN(3), r.IntN(20)-5))
			}
			if r.IntN(3) > 0 {
				lines = append(lines, fmt.Sprintf("a %d %d 0 1 %d", i+1, sink, 10+r.IntN(20)))
			}
		}
		for j := range ks {
			for range r.IntN(3) {
				lines = append(lines, fmt.Sprintf("a %d %d 0 %d %d", hs+j+1, sink, r.IntN(4), r.IntN(20)))
			}
		}
		r.Shuffle(len(lines), func(a, b int) { lines[a], lines[b] = lines[b], lines[a] })
		text := fmt.Sprintf("c made\np min %d %d\n", sink, len(lines))
		for i := range hs {
			text += fmt.Sprintf("n %d 1\n", i+1)
		}
		text += fmt.Sprintf("n %d %d\n%s\n", sink, -hs, strings.Join(lines, "\n"))
		n, err := readDIMACS(strings.NewReader(text), "x.min")
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		want := bruteNetwork(n)
		var got fileAnswer
		err = n.answer(context.Background(), 1, "x.min", &got)
		if want == math.MaxInt64 {
			none++
			if planner.KindOf(err) != planner.Invalid {
				t.Fatalf("seed %d: no assignment exists; got %+v, %v", seed, got, err)
			}
			continue
		}
		if err != nil || got.Cost != want || !got.Certified {
			t.Fatalf("seed %d: got %+v, %v; want %d\n%s", seed, got, err, want, text)
		}
	}
	if none < 50 || none > 450 {
		t.Errorf("%d of 500 files have no solution; the test says little", none)
	}
}

func TestOtherShapesAreRefusedInBothLanguages(t *testing.T) {
	head := "p min 4 3\nn 1 1\nn 2 1\nn 4 -2\n"
	for _, c := range []struct{ name, text, where, want string }{
		{"an empty file", "", "x.min", "no problem line"},
		{"a maximum-flow file", "p max 4 5\n", "x.min:1", "only min-cost-flow"},
		{"an arc between cadres", "p min 5 1\nn 1 1\nn 5 -1\na 2 3 0 1 7\n", "x.min:4", "transportation kind"},
		{"an arc between households", head + "a 1 2 0 1 7\na 1 3 0 1 1\na 3 4 0 2 1\n", "x.min:5", "transportation kind"},
		{"an arc out of the sink", head + "a 4 3 0 1 7\na 1 3 0 1 1\na 3 4 0 2 1\n", "x.min:5", "transportation kind"},
		{"a supply of two", "p min 3 0\nn 1 2\nn 3 -2\n", "x.min", "supplies 2"},
		{"two sinks", "p min 4 0\nn 1 1\nn 2 1\nn 3 -1\nn 4 -1\n", "x.min", "one sink"},
		{"no sink", "p min 2 0\nn 1 1\n", "x.min", "no sink"},
		{"a sink that takes less", "p min 3 0\nn 1 1\nn 2 1\nn 3 -1\n", "x.min", "must be equal"},
		{"a lower bound", head + "a 3 4 1 2 1\n", "x.min:5", "lower bound 1"},
		{"a cost beyond the numbers", head + "a 3 4 0 2 99999999999\n", "x.min:5", "beyond"},
		{"a node that is not there", head + "a 3 9 0 2 1\n", "x.min:5", "ends of arc"},
		{"a word for a number", head + "a 3 vier 0 2 1\n", "x.min:5", "not a whole number"},
		{"too few items", head + "a 3 4 0 2\n", "x.min:5", "not understood"},
		{"too many items", head + "a 3 4 0 2 1 5\n", "x.min:5", "not understood"},
		{"another letter", head + "z 3 4\n", "x.min:5", "not understood"},
		{"a second problem line", head + "p min 4 3\n", "x.min:5", "one problem line"},
		{"an arc before the problem line", "a 3 4 0 2 1\n", "x.min:1", "one problem line"},
		{"a node given twice", head + "n 1 1\n", "x.min:5", "twice"},
		{"a file cut short", head + "a 1 3 0 1 5\n", "x.min", "complete"},
	} {
		_, err := readDIMACS(strings.NewReader(c.text), "x.min")
		var e *planner.Error
		if !asError(err, &e) {
			t.Errorf("%s: got %v, want a refusal", c.name, err)
			continue
		}
		if e.Kind != planner.Invalid || e.Where != c.where || !strings.Contains(e.Say.EN, c.want) || e.Say.ZH == "" || strings.Contains(e.Say.ZH+e.Say.EN, "%!") {
			t.Errorf("%s: got %s: %s / %s, want %s: …%s…", c.name, e.Where, e.Say.EN, e.Say.ZH, c.where, c.want)
		}
	}
}

func asError(err error, into **planner.Error) bool {
	e, ok := err.(*planner.Error)
	*into = e
	return ok
}

func TestTheCommandLineSolvesAFileAndRefusesAnother(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "s.min")
	call := func(args ...string) (code int, out, errs string) {
		var stdout, stderr bytes.Buffer
		code = run(context.Background(), args, &stdout, &stderr)
		return code, stdout.String(), stderr.String()
	}
	if code, _, errs := call("pairing", "--size", "S", "--k", "32", "--write", name); code != 0 {
		t.Fatalf("write: exit %d, %s", code, errs)
	}
	code, out, errs := call("dimacs", name)
	if code != 0 || !strings.Contains(out, "cost       18729301\ncertified  yes\n") {
		t.Errorf("dimacs: exit %d\n%s%s", code, out, errs)
	}
	other := filepath.Join(dir, "other.min")
	if err := os.WriteFile(other, []byte("p min 3 2\nn 1 4\nn 3 -4\na 1 2 0 4 2\na 2 3 0 2 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	code, _, errs = call("dimacs", other)
	if code != 3 || !strings.Contains(errs, "每户的供给应为 1") || !strings.Contains(errs, "each household supplies 1") {
		t.Errorf("another shape: exit %d, %s", code, errs)
	}
	if code, _, errs := call("dimacs", filepath.Join(dir, "absent")); code != 3 || !strings.Contains(errs, "cannot be read") {
		t.Errorf("no file: exit %d, %s", code, errs)
	}
	if code, _, _ := call("pairing", "--size", "Q"); code != 2 {
		t.Errorf("a size that is none: exit %d, want 2", code)
	}
	if code, _, errs := call("pairing", "--size", "S", "--write", name); code != 3 || !strings.Contains(errs, "one size and one k") {
		t.Errorf("write without a k: exit %d, %s", code, errs)
	}
}

func FuzzReadDIMACS(f *testing.F) {
	f.Add([]byte("c x\np min 4 3\nn 1 1\nn 2 1\nn 4 -2\na 1 3 0 1 5\na 2 4 0 1 9\na 3 4 0 2 1\n"))
	f.Add([]byte("p min 3 2\nn 1 1\nn 3 -1\na 1 2 0 1 -4\na 2 3 0 2 1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if bytes.Contains(b, []byte("0000")) || len(b) > 4000 {
			return // large numbers of nodes only cost memory
		}
		n, err := readDIMACS(bytes.NewReader(b), "x")
		if err != nil || n.households() > 100 || n.cadres() > 1000 {
			return
		}
		var a fileAnswer
		if err := n.answer(context.Background(), 1, "x", &a); err == nil && !a.Certified {
			t.Errorf("not certified: %+v", a)
		}
	})
}
