package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/flow"
)

// outcome is what one run of one solver says, in a process of its own. Peers print the same JSON.
type outcome struct {
	Cost     int64   `json:"cost"`
	Seconds  float64 `json:"seconds"`  // of the algorithm alone; for the complete graph everything from the points to the proof
	CPU      float64 `json:"cpu"`      // processor seconds of the same: steadier than Seconds on a busy machine
	Setup    float64 `json:"setup"`    // reading and building
	PeakMiB  float64 `json:"peak_mib"` // of the whole process, after the algorithm; 0: not known on this system
	OwnMiB   float64 `json:"own_mib"`  // the same less what the program held before it read or made the instance
	Unserved int64   `json:"unserved"`
	Beyond   int64   `json:"beyond"` // households beyond the minimum loads

	Bound     int64      `json:"bound,omitempty"` // by the checker of this program, of the solver's prices
	Certified bool       `json:"certified,omitempty"`
	Work      *flow.Work `json:"work,omitempty"`
	Warm      *warm      `json:"warm,omitempty"`
}

// warm is a re-plan after 1 % of the cadres leave, from the plan that was found.
type warm struct {
	Leavers   int     `json:"leavers"`
	Freed     int     `json:"freed"` // households that the leavers had
	Changed   int     `json:"changed"`
	Seconds   float64 `json:"seconds"`
	CPU       float64 `json:"cpu"`
	Cost      int64   `json:"cost"`
	Certified bool    `json:"certified"`
}

// arcs is the network as the solver takes it.
func (n *network) arcs() *flow.Arcs {
	a := &flow.Arcs{Start: n.Start, Col: n.Col, Cost: n.Cost, Leave: n.Leave, Loads: flow.Loads{Start: n.Place, Price: n.Price}}
	for i, c := range n.Leave {
		if c == cannotLeave {
			if &a.Leave[0] == &n.Leave[0] {
				a.Leave = append([]int32(nil), n.Leave...)
			}
			a.Leave[i] = flow.MaxCost
		}
	}
	return a
}

// solve runs the project's solver over given arcs and checks what it says.
func (n *network) solve(ctx context.Context, workers int, minimum func(j int) int32, leavers []int32) (outcome, error) {
	start := startWatch()
	s, err := flow.NewArcs(n.arcs(), flow.Options{Workers: workers})
	if err != nil {
		return outcome{}, err
	}
	r, err := s.Solve(ctx)
	if err != nil {
		return outcome{}, err
	}
	seconds, cpu := start.stop()
	out := outcome{Seconds: seconds, CPU: cpu, PeakMiB: peakMiB(), Work: &r.Work, Unserved: int64(r.Left)}
	out.Beyond = beyond(loads(r.Sink, n.cadres()), minimum)
	if out.Cost, err = n.priced(r.Sink); err != nil {
		return outcome{}, fmt.Errorf("the plan does not hold: %w", err)
	}
	if out.Bound, err = n.bound(r.Potentials); err != nil {
		return outcome{}, err
	}
	out.Certified = out.Cost == out.Bound && out.Cost == r.Price
	if len(leavers) > 0 {
		out.Warm, err = rewarm(ctx, s, r, leavers, n.closed(leavers).prove)
	}
	return out, err
}

// prove recomputes cost and bound.
func (n *network) prove(assign, p []int32) (cost, bound int64, err error) {
	if cost, err = n.priced(assign); err == nil {
		bound, err = n.bound(p)
	}
	return cost, bound, err
}

// rewarm closes the leavers and solves again from where the solver stands.
func rewarm(ctx context.Context, s *flow.Solver, r *flow.Result, leavers []int32, check func(assign, p []int32) (cost, bound int64, err error)) (*warm, error) {
	gone := map[int32]bool{}
	for _, j := range leavers {
		gone[j] = true
	}
	before := append([]int32(nil), r.Sink...)
	w := &warm{Leavers: len(leavers)}
	start := startWatch()
	if err := s.Close(leavers...); err != nil {
		return nil, err
	}
	r, err := s.Solve(ctx)
	if err != nil {
		return nil, err
	}
	w.Seconds, w.CPU = start.stop()
	for i, j := range before {
		if gone[j] {
			w.Freed++
		}
		if r.Sink[i] != j {
			w.Changed++
		}
	}
	cost, bound, err := check(r.Sink, r.Potentials)
	w.Cost, w.Certified = cost, err == nil && cost == bound && cost == r.Price
	return w, err
}

// points is the county as the solver of the complete graph takes it.
func (c *county) points() *flow.Points {
	p := &flow.Points{Rate: roadFactor, Churn: changePrice,
		Forbidden: func(i, j int32) bool { return c.forbids(int(i), int(j)) }, Loads: flow.Loads{Start: []int32{0}}}
	for _, h := range c.Households {
		p.RowX, p.RowY = append(p.RowX, h.At.X), append(p.RowY, h.At.Y)
		p.Wants, p.Unmet = append(p.Wants, h.Need), append(p.Unmet, missPrice[h.Class])
		p.Present, p.Leave = append(p.Present, h.Present), append(p.Leave, unservedPrice)
	}
	for _, k := range c.Cadres {
		p.SinkX, p.SinkY, p.Gives = append(p.SinkX, k.At.X), append(p.SinkY, k.At.Y), append(p.Gives, k.Skill)
		p.Loads.Price = append(p.Loads.Price, k.places()...)
		p.Loads.Start = append(p.Loads.Start, int32(len(p.Loads.Price)))
	}
	return p
}

// solve runs the project's solver over all pairs of the county and checks what it says.
func (c *county) solve(ctx context.Context, workers int) (outcome, error) {
	p := c.points()
	start := startWatch()
	s, err := flow.NewPoints(p, flow.Options{Workers: workers})
	if err != nil {
		return outcome{}, err
	}
	r, err := s.Solve(ctx)
	if err != nil {
		return outcome{}, err
	}
	proved, err := s.Prove(ctx)
	if err != nil {
		return outcome{}, err
	}
	seconds, cpu := start.stop()
	out := outcome{Seconds: seconds, CPU: cpu, PeakMiB: peakMiB(), Work: &r.Work, Unserved: int64(r.Left)}
	out.Beyond = beyond(loads(r.Sink, len(c.Cadres)), func(j int) int32 { return c.Cadres[j].Min })
	if out.Cost, out.Bound, err = c.check(r.Sink, r.Potentials); err != nil {
		return outcome{}, fmt.Errorf("the plan does not hold: %w", err)
	}
	out.Certified = out.Cost == out.Bound && out.Cost == r.Price && out.Cost == proved
	leavers := c.leavers()
	if len(leavers) > 0 {
		out.Warm, err = rewarm(ctx, s, r, leavers, c.without(leavers).check)
	}
	return out, err
}

// without is the county whose given cadres take nobody; all costs stay as they were.
func (c *county) without(cadres []int32) *county {
	out := *c
	out.Cadres = append([]cadre(nil), c.Cadres...)
	for _, j := range cadres {
		k := &out.Cadres[j]
		k.Min, k.Target, k.Cap = 0, 0, 0
	}
	return &out
}

// watch measures seconds on the wall and of the processor.
type watch struct {
	wall time.Time
	cpu  time.Duration
}

func startWatch() watch { return watch{time.Now(), cpuTime()} }

func (w watch) stop() (seconds, cpu float64) {
	return time.Since(w.wall).Seconds(), (cpuTime() - w.cpu).Seconds()
}

// peakMiB is the high-water mark of this process's memory; 0 where /proc does not tell. The parent's figure of a child
// (rusage) would not do: on Linux it starts from the parent's own.
func peakMiB() float64 { return memoryMiB("VmHWM:") }

// residentMiB is what this process holds now. This program carries much that a solver does not need, such as a database for
// other comparisons: about 30 MiB before an instance is read, where a peer has 4. What is counted from here on is everything
// of the instance and the solver, the collector's slack included.
func residentMiB() float64 { return memoryMiB("VmRSS:") }

// memoryMiB reads one line of /proc/self/status.
func memoryMiB(name string) float64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			kib, _ := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 64)
			return kib / 1024
		}
	}
	return 0
}

// solveCmd is one run in a process of its own; pairing starts it.
type solveCmd struct {
	Arcs     solveArcsCmd     `cmd:"" help:"给定弧。 Given arcs."`
	Complete solveCompleteCmd `cmd:"" help:"完全图。 The complete graph."`
}

type solveArcsCmd struct {
	File    string `arg:"" type:"existingfile"`
	Workers int    `default:"1"`
}

// Run solves an instance file and prints an outcome.
func (cmd solveArcsCmd) Run(ctx context.Context, s *settings) error {
	start, before := time.Now(), residentMiB()
	f, err := os.Open(cmd.File)
	if err != nil {
		return &planner.Error{Kind: planner.NotFound, Where: cmd.File, Err: err, Say: planner.Text{ZH: "读不到这个文件。", EN: "the file cannot be read."}}
	}
	defer f.Close()
	t, err := readTruncated(f)
	if err != nil {
		return err
	}
	setup := time.Since(start).Seconds()
	out, err := t.network().solve(ctx, cmd.Workers, func(j int) int32 { return t.Min[j] }, t.Leavers)
	if err != nil {
		return err
	}
	out.Setup, out.OwnMiB = setup, out.PeakMiB-before
	return s.writeJSON(out)
}

type solveCompleteCmd struct {
	Size    string `enum:"S,M,L,XL" default:"M"`
	Seed    uint64 `default:"1"`
	Workers int    `default:"1"`
}

// Run makes a county, solves it over all pairs and prints an outcome.
func (cmd solveCompleteCmd) Run(ctx context.Context, s *settings) error {
	start, before := time.Now(), residentMiB()
	c := makeCounty(sizeNamed(cmd.Size), cmd.Seed)
	setup := time.Since(start).Seconds()
	out, err := c.solve(ctx, cmd.Workers)
	if err != nil {
		return err
	}
	out.Setup, out.OwnMiB = setup, out.PeakMiB-before
	return s.writeJSON(out)
}
