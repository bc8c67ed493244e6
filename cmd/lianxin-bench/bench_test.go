package main

import (
	"context"
	"fmt"
	"testing"

	"lianxin/planner/flow"
)

// BenchmarkSolver solves a county of size M over given arcs and over all pairs, for profiles; `lianxin-bench pairing`
// compares with others.
func BenchmarkSolver(b *testing.B) {
	c := makeCounty(sizeNamed("M"), 1)
	for _, k := range []int{16, 32, 64} {
		n := c.truncate(k).network()
		b.Run(fmt.Sprintf("k=%d", k), func(b *testing.B) {
			solve(b, func() (*flow.Solver, error) { return flow.NewArcs(n.arcs(), flow.Options{}) })
		})
	}
	p := c.points()
	b.Run("all", func(b *testing.B) {
		solve(b, func() (*flow.Solver, error) { return flow.NewPoints(p, flow.Options{}) })
	})
}

// solve counts processor seconds too, which say more on a busy machine.
func solve(b *testing.B, open func() (*flow.Solver, error)) {
	b.Helper()
	before := cpuTime()
	for b.Loop() {
		s, err := open()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.Solve(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpuTime()-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
}
