package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"lianxin/planner"
	"lianxin/planner/flow"
)

// dimacsCmd solves a file.
type dimacsCmd struct {
	File    string `arg:"" help:"DIMACS 文件（p min …）。 A DIMACS file."`
	Workers int    `default:"1" help:"用几个处理器。 How many processors."`
}

// Help says which files are read.
func (dimacsCmd) Help() string {
	return `运输型：每户供给 1，汇点收全部，弧只从户到干部、从户到汇点、从干部到汇点，没有下限，费用是整数；一名干部越来越贵的名额写成几条平行的弧。别的形状用一句话拒绝，指出行号，退出码 3。
Transportation: each household supplies 1, one sink takes all, arcs go from household to cadre, household to sink and cadre to sink, without lower bounds, at whole costs; places that grow dearer are parallel arcs. Other shapes are refused in words with their line, exit code 3.

    c 两户、两名干部 two households, two cadres
    p min 5 6
    n 1 1
    n 2 1
    n 5 -2
    a 1 3 0 1 7
    a 1 4 0 1 9
    a 2 3 0 1 4
    a 2 4 0 1 8
    a 3 5 0 1 0
    a 4 5 0 2 0`
}

// fileAnswer is what is printed of a file.
type fileAnswer struct {
	Households int     `json:"households"`
	Cadres     int     `json:"cadres"`
	Arcs       int     `json:"arcs"` // from household to cadre
	Cost       int64   `json:"cost"`
	Unserved   int64   `json:"unserved"` // sent straight to the sink
	Certified  bool    `json:"certified"`
	Seconds    float64 `json:"seconds"`
	PeakMiB    float64 `json:"peak_mib"`
	Reading    float64 `json:"reading_seconds"`
}

// Run reads, solves and checks the file.
func (c *dimacsCmd) Run(ctx context.Context, s *settings) error {
	start := time.Now()
	f, err := os.Open(c.File)
	if err != nil {
		return &planner.Error{Kind: planner.NotFound, Where: c.File, Err: err,
			Say: planner.Text{ZH: "读不到这个文件，请检查路径。", EN: "the file cannot be read; check the path."}}
	}
	defer f.Close()
	n, err := readDIMACS(f, c.File)
	if err != nil {
		return err
	}
	a := fileAnswer{Households: n.households(), Cadres: n.cadres(), Arcs: len(n.Col), Reading: time.Since(start).Seconds()}
	if err := n.answer(ctx, c.Workers, c.File, &a); err != nil {
		return err
	}
	if s.JSON {
		return s.writeJSON(a)
	}
	certified := "no"
	if a.Certified {
		certified = "yes"
	}
	fmt.Fprintf(s.out, "cost       %d\ncertified  %s\nseconds    %.4f   （读文件 reading %.2f）\npeak       %.1f MiB\n", a.Cost, certified, a.Seconds, a.Reading, a.PeakMiB)
	fmt.Fprintf(s.out, "%d 户 households，%d 名干部 cadres，%d 条弧 arcs，%d 户直接到汇点 straight to the sink\n", a.Households, a.Cadres, a.Arcs, a.Unserved)
	return nil
}

// answer solves the network. A file whose households must all be served and cannot be is refused; that is found by a second
// problem in which leaving a household out costs 1 and all else nothing.
func (n *network) answer(ctx context.Context, workers int, file string, a *fileAnswer) error {
	start := time.Now()
	solver, err := flow.NewArcs(n.arcs(), flow.Options{Workers: workers})
	if err != nil {
		return err
	}
	r, err := solver.Solve(ctx)
	if err != nil {
		return err
	}
	a.Seconds, a.PeakMiB, a.Unserved = time.Since(start).Seconds(), peakMiB(), int64(r.Left)
	stuck := 0
	for i, j := range r.Sink {
		if j < 0 && n.Leave[i] == cannotLeave {
			stuck++
		}
	}
	if stuck > 0 {
		return n.stuck(ctx, file)
	}
	var bound int64
	if a.Cost, bound, err = n.prove(r.Sink, r.Potentials); err != nil {
		return fmt.Errorf("the answer does not hold: %w", err)
	}
	a.Certified = a.Cost == bound && a.Cost == r.Price
	return nil
}

// stuck says why households that must be served were left out.
func (n *network) stuck(ctx context.Context, file string) error {
	plain := &network{Start: n.Start, Col: n.Col, Cost: make([]int32, len(n.Cost)), Leave: make([]int32, len(n.Leave)), Place: n.Place, Price: make([]int32, len(n.Price))}
	for i, c := range n.Leave {
		if c == cannotLeave {
			plain.Leave[i] = 1
		}
	}
	r, err := flow.SolveArcs(ctx, plain.arcs(), flow.Options{})
	if err != nil {
		return err
	}
	e := planner.Fail(planner.Invalid, fmt.Sprintf("无解：至少有 %d 户送不到汇点。", r.Price), fmt.Sprintf("there is no solution: at least %d households cannot reach the sink.", r.Price))
	if r.Price == 0 {
		e = planner.Fail(planner.Invalid, "费用太大，求解器的数字放不下，请把费用同除以一个数后再试。", "the costs are too large for the solver's numbers; divide them all by a number and try again.")
	}
	e.Where = file
	return e
}
