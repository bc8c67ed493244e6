package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"lianxin/planner"
	"lianxin/planner/flow"
)

// prefectureCmd solves many counties between which no pair may be made: each cadre serves in its own county. Every county
// is solved over all its pairs, several at a time; what one costs does not depend on the others.
type prefectureCmd struct {
	Counties int    `default:"67" help:"几个县。 How many counties."`
	Size     string `enum:"S,M,L" default:"M" help:"每县规模：S、M、L。 Size of each."`
	Seed     uint64 `default:"1" help:"第一个县的种子，以后每县加一。 Seed of the first; one more for each further one."`
	Workers  int    `help:"同时算几个县；默认为处理器数。 Counties solved at a time; default the number of processors."`
}

// prefectureReport says what all counties took together.
type prefectureReport struct {
	Counties   int     `json:"counties"`
	Cadres     int     `json:"cadres"`
	Households int     `json:"households"`
	Workers    int     `json:"workers"`
	Cost       int64   `json:"cost"`
	Unserved   int     `json:"unserved"`
	Certified  int     `json:"certified"` // counties whose proof this program's checker has accepted
	Seconds    float64 `json:"seconds"`   // from the points to the proof; making the counties and checking are apart
	CPU        float64 `json:"cpu"`
	PeakMiB    float64 `json:"peak_mib"`
}

// Run makes the counties, solves them, checks them and reports.
func (c prefectureCmd) Run(ctx context.Context, s *settings) error {
	if c.Counties < 1 {
		return planner.Fail(planner.Invalid, "县数应至少为 1。", "there must be at least one county.")
	}
	rep, err := c.solve(ctx)
	if err != nil {
		return err
	}
	if s.JSON {
		err = s.writeJSON(rep)
	} else {
		_, err = fmt.Fprintf(s.out, "%d 县 counties，%s 名干部 cadres × %s 户 households，%d 县同时 at a time\n完全图连证明 all pairs, proved: %s 秒 s，处理器 cpu %s 秒 s，内存 peak %.0f MiB\n最优值 optimum %s，未安排 unserved %d，已证 proved %d/%d\n",
			rep.Counties, thousands(int64(rep.Cadres)), thousands(int64(rep.Households)), rep.Workers, seconds(rep.Seconds), seconds(rep.CPU), rep.PeakMiB, thousands(rep.Cost), rep.Unserved, rep.Certified, rep.Counties)
	}
	if err == nil && rep.Certified < rep.Counties {
		err = planner.Fail(planner.Internal, "有县的方案未证。", "a county's plan is not proved.")
	}
	return err
}

func (c prefectureCmd) solve(ctx context.Context) (*prefectureReport, error) {
	rep := &prefectureReport{Counties: c.Counties, Workers: c.Workers}
	if rep.Workers < 1 {
		rep.Workers = runtime.NumCPU()
	}
	counties, points := make([]*county, c.Counties), make([]*flow.Points, c.Counties)
	results := make([]*flow.Result, c.Counties)
	err := eachOf(rep.Workers, c.Counties, func(n int) error {
		counties[n] = makeCounty(sizeNamed(c.Size), c.Seed+uint64(n))
		points[n] = counties[n].points()
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	start := startWatch()
	err = eachOf(rep.Workers, c.Counties, func(n int) (err error) {
		results[n], err = flow.SolvePoints(ctx, points[n], flow.Options{})
		return err
	})
	if err != nil {
		return nil, err
	}
	rep.Seconds, rep.CPU = start.stop()
	rep.PeakMiB = peakMiB()
	for n, r := range results {
		cost, bound, err := counties[n].check(r.Sink, r.Potentials)
		if err != nil {
			return nil, fmt.Errorf("the plan of county %d does not hold: %w", n+1, err)
		}
		if cost == bound && cost == r.Price {
			rep.Certified++
		}
		rep.Cost += cost
		rep.Unserved += r.Left
		rep.Cadres += len(counties[n].Cadres)
		rep.Households += len(counties[n].Households)
	}
	return rep, nil
}

// eachOf calls f for 0 … n−1, so many at a time.
func eachOf(workers, n int, f func(k int) error) error {
	var next atomic.Int64
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for k := int(next.Add(1)) - 1; k < n && errs[w] == nil; k = int(next.Add(1)) - 1 {
				errs[w] = f(k)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
