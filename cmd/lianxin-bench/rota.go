package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"lianxin/planner"
	"lianxin/planner/calendar"
)

// rotaCmd makes reception rotas and lets ours and HiGHS take turns on them.
type rotaCmd struct {
	Seed    uint64        `default:"1" help:"算例种子。 Seed of the instances."`
	Runs    int           `default:"5" help:"每个跑几次，取中位数。 Runs of each; medians are printed."`
	Limit   time.Duration `default:"120s" help:"HiGHS 单次上限。 The most that HiGHS may take for one."`
	Peers   []string      `default:"highs" enum:"highs,none" help:"与谁比；none 为只跑自己。 Whom to compare with; none for ours alone."`
	Require []string      `enum:"highs" help:"缺了就停（退出码 4）。 Stop with exit code 4 if absent."`
	Python  string        `env:"LIANXIN_BENCH_PYTHON" default:"python3" help:"装有 highspy 的 python。 The python that has it."`
	Gate    bool          `help:"有一例未证到界或超过 0.1 秒，就以退出码 1 结束。 Exit with 1 if one is not proved at its bound or takes more than 0.1 s."`
}

// rotaTarget is how long ours may take for one.
const rotaTarget = 0.1

// rotaSize is leaders × working days with a gap.
type rotaSize struct{ People, Slots, Gap int }

func (z rotaSize) String() string { return fmt.Sprintf("%d×%d/%d", z.People, z.Slots, z.Gap) }

var rotaSizes = []rotaSize{{12, 250, 5}, {24, 250, 10}, {40, 500, 15}}

// rotaFile is an instance as the peer reads it.
type rotaFile struct {
	People int            `json:"people"`
	Gap    int            `json:"gap"`
	Slots  []rotaFileSlot `json:"slots"`
}

type rotaFileSlot struct {
	At      int     `json:"at"`
	Can     []int32 `json:"can"`
	Classes []int32 `json:"classes"`
}

// rotaOutcome is what one run says; the peer prints the same.
type rotaOutcome struct {
	By      []int32 `json:"by"`
	Seconds float64 `json:"seconds"`
	CPU     float64 `json:"cpu"`
	Proved  bool    `json:"proved"`
}

// rotaLine is one solver on one instance.
type rotaLine struct {
	Size    string  `json:"size"`
	Solver  string  `json:"solver"`
	Seconds float64 `json:"seconds"`
	CPU     float64 `json:"cpu"`
	Spread  int     `json:"spread"` // of the totals
	Least   int     `json:"least"`  // nothing has less: 0 if the slots divide evenly, else 1
	Proved  bool    `json:"proved"`
	Runs    int     `json:"runs"`
}

// makeRota is one instance: everybody is away twice a year for one to three weeks, each day has one slot, weekdays and months are
// to be even. Totals are compared plainly, leave not excused, so that both solvers mean the same by a spread.
func makeRota(z rotaSize, seed uint64) calendar.DutyProblem {
	r := splitmix(mix(seed) + uint64(z.People))
	p := calendar.DutyProblem{People: z.People, Gap: z.Gap, Even: true}
	away := make([][]bool, z.People)
	all := make([]int32, z.People)
	for k := range away {
		away[k], all[k] = make([]bool, z.Slots), int32(k)
		for range 2 * z.Slots / 250 {
			from := r.below(z.Slots)
			for i := from; i < min(z.Slots, from+5+r.below(11)); i++ {
				away[k][i] = true
			}
		}
	}
	for i := range z.Slots {
		s := calendar.DutySlot{At: i, By: -1, Weight: 1, Present: all, Classes: []int32{int32(i % 5), int32(5 + i/21)}}
		for k := range away {
			if !away[k][i] {
				s.Can = append(s.Can, int32(k))
			}
		}
		p.Slots = append(p.Slots, s)
	}
	return p
}

// checkRota counts an answer afresh: that everybody takes what they can, the gaps, the classes; it returns the spread.
func checkRota(p calendar.DutyProblem, by []int32) (spread int, err error) {
	if len(by) != len(p.Slots) {
		return 0, fmt.Errorf("%d slots are handed out, not %d", len(by), len(p.Slots))
	}
	total, last := make([]int, p.People), slices.Repeat([]int{-1 << 20}, p.People)
	class := map[int32][]int{}
	for i, k := range by {
		s := p.Slots[i]
		if !slices.Contains(s.Can, k) {
			return 0, fmt.Errorf("slot %d is given to %d, who is away", i, k)
		}
		if s.At-last[k] < p.Gap {
			return 0, fmt.Errorf("slot %d comes %d days after the last of %d", i, s.At-last[k], k)
		}
		last[k] = s.At
		total[k]++
		for _, c := range s.Classes {
			if class[c] == nil {
				class[c] = make([]int, p.People)
			}
			class[c][k]++
		}
	}
	for c, n := range class {
		if slices.Max(n)-slices.Min(n) > 1 {
			return 0, fmt.Errorf("class %d is uneven: %v", c, n)
		}
	}
	return slices.Max(total) - slices.Min(total), nil
}

// Run compares on all three sizes.
func (c *rotaCmd) Run(ctx context.Context, s *settings) error {
	dir, err := os.MkdirTemp("", "lianxin-bench")
	if err != nil {
		return fmt.Errorf("make a folder for instances: %w", err)
	}
	defer os.RemoveAll(dir)
	families := slices.DeleteFunc(slices.Clone(c.Peers), func(f string) bool { return f == "none" })
	ready, missing, err := peers(ctx, dir, c.Python, families)
	if err != nil {
		return fmt.Errorf("make the peers ready: %w", err)
	}
	for _, say := range missing {
		if len(c.Require) > 0 {
			return &planner.Error{Kind: planner.Unavailable, Say: say}
		}
		fmt.Fprintf(s.err, "%s\n%s\n", say.ZH, say.EN)
	}
	var lines []rotaLine
	missed := false
	for _, z := range rotaSizes {
		got, err := c.compare(ctx, z, dir, len(ready) > 0)
		if err != nil {
			return err
		}
		missed = missed || got[0].Spread > got[0].Least || !got[0].Proved || got[0].CPU > rotaTarget
		lines = append(lines, got...)
	}
	if s.JSON {
		err = s.writeJSON(map[string]any{"seed": c.Seed, "load": systemLoad(), "lines": lines})
	} else {
		err = printRota(s.out, lines)
	}
	if err == nil && c.Gate && missed {
		return planner.Fail(planner.Internal, "有一例未证到界，或超过 0.1 秒，见上表。", "one is not proved at its bound or takes more than 0.1 s; see the table.")
	}
	return err
}

// compare runs the solvers in turns on one instance; ours comes first in what it returns.
func (c *rotaCmd) compare(ctx context.Context, z rotaSize, dir string, highs bool) ([]rotaLine, error) {
	p := makeRota(z, c.Seed)
	file := rotaFile{People: p.People, Gap: p.Gap}
	for _, s := range p.Slots {
		file.Slots = append(file.Slots, rotaFileSlot{s.At, s.Can, s.Classes})
	}
	b, err := json.Marshal(file)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "rota.json")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return nil, err
	}
	least := 0
	if z.Slots%z.People != 0 {
		least = 1
	}
	names := []string{"lianxin"}
	if highs {
		names = append(names, "HiGHS MIP")
	}
	runs := make([][]rotaOutcome, len(names))
	for range max(1, c.Runs) {
		for n := range names {
			var o rotaOutcome
			if n == 0 {
				o, err = ourRota(ctx, p)
			} else {
				o, err = c.highsRota(ctx, dir, path)
			}
			if err != nil {
				return nil, fmt.Errorf("%s on %v: %w", names[n], z, err)
			}
			runs[n] = append(runs[n], o)
		}
	}
	var lines []rotaLine
	for n, os := range runs {
		l := rotaLine{Size: z.String(), Solver: names[n], Least: least, Proved: true, Runs: len(os)}
		for _, o := range os {
			spread, err := checkRota(p, o.By)
			if err != nil {
				return nil, fmt.Errorf("%s on %v: %w", names[n], z, err)
			}
			l.Spread, l.Proved = max(l.Spread, spread), l.Proved && o.Proved
		}
		slices.SortFunc(os, func(a, b rotaOutcome) int { return int(1e9 * (a.Seconds - b.Seconds)) })
		l.Seconds = os[(len(os)-1)/2].Seconds
		slices.SortFunc(os, func(a, b rotaOutcome) int { return int(1e9 * (a.CPU - b.CPU)) })
		l.CPU = os[(len(os)-1)/2].CPU
		lines = append(lines, l)
	}
	return lines, nil
}

func ourRota(ctx context.Context, p calendar.DutyProblem) (rotaOutcome, error) {
	watch := startWatch()
	a, err := calendar.SolveDuty(ctx, p)
	if err != nil {
		return rotaOutcome{}, err
	}
	seconds, cpu := watch.stop()
	return rotaOutcome{By: a.By, Seconds: seconds, CPU: cpu, Proved: a.Proved() && a.Uneven == 0}, nil
}

func (c *rotaCmd) highsRota(ctx context.Context, dir, instance string) (o rotaOutcome, err error) {
	out, err := exec.CommandContext(ctx, c.Python, "-B", filepath.Join(dir, "peers", "rota_highs.py"), instance,
		strconv.FormatFloat(c.Limit.Seconds(), 'f', -1, 64)).Output()
	if err != nil {
		return o, err
	}
	return o, json.Unmarshal(out, &o)
}

func printRota(w io.Writer, lines []rotaLine) error {
	if _, err := fmt.Fprintf(w, "%-11s %-10s %10s %10s %7s %6s  %s\n", "leaders×days/gap", "solver", "seconds", "cpu s", "spread", "bound", "proved"); err != nil {
		return err
	}
	for _, l := range lines {
		if _, err := fmt.Fprintf(w, "%-16s %-10s %10.4f %10.4f %7d %6d  %v\n", l.Size, l.Solver, l.Seconds, l.CPU, l.Spread, l.Least, l.Proved); err != nil {
			return err
		}
	}
	return nil
}
