package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"lianxin/planner"
)

// pairingCmd makes instances and lets the solvers take turns on them.
type pairingCmd struct {
	Size     []string      `default:"S,M" enum:"S,M,L,XL" help:"规模：S、M、L、XL；L 和 XL 需要时再要。 Sizes; ask for L and XL when needed."`
	K        []int         `name:"k" default:"16,32,64" help:"每户保留最便宜的几条弧（同行只能解这样的截断问题）。 Arcs kept for each household: peers solve only such truncations."`
	Seed     uint64        `default:"1" help:"算例种子。 Seed of the instance."`
	Runs     int           `help:"每个求解器跑几次；默认 S、M 为 7，L 为 3，XL 为 1。 Runs of each; default 7 for S and M, 3 for L, 1 for XL."`
	Budget   time.Duration `default:"60s" help:"一个求解器在一个算例上累计到此为止，少跑几次。 A solver that has used so much on an instance has fewer runs."`
	Limit    time.Duration `default:"30m" help:"单次运行的上限。 The most a single run may take."`
	Peers    []string      `default:"lemon,ortools,highs" enum:"lemon,ortools,highs,none" help:"与谁比；none 为只跑自己。 Whom to compare with; none for ours alone."`
	Require  []string      `enum:"lemon,ortools,highs" help:"缺了就停（退出码 4）。 Stop with exit code 4 if absent."`
	Slow     bool          `help:"L 和 XL 也跑慢的同行。 Run the slow peers at L and XL too."`
	Python   string        `env:"LIANXIN_BENCH_PYTHON" default:"python3" help:"装有 ortools、highspy 的 python。 The python that has them."`
	Workers  []int         `help:"给定弧时我方用几个处理器，可给几个值；默认 1，L 和 XL 为 1 和全部。 Processors of ours over given arcs; default 1, at L and XL 1 and all."`
	Complete bool          `default:"true" negatable:"" help:"也解完全图。 Solve the complete graph too."`
	Gate     bool          `help:"达不到下限倍数就以退出码 1 结束。 Exit with 1 if a ratio misses its floor."`
	Write    string        `placeholder:"FILE" help:"只把算例写成 DIMACS 文件（给一个规模和一个 k）。 Only write the instance as DIMACS; give one size and one k."`
}

// sizeNamed finds a standard size; kong has checked the name.
func sizeNamed(name string) size {
	return sizes[slices.IndexFunc(sizes, func(z size) bool { return z.Name == name })]
}

// entry is one solver on one instance, with what its runs said.
type entry struct {
	Name     string    `json:"solver"`
	Ours     bool      `json:"ours"`
	Family   string    `json:"family,omitempty"`
	K        int       `json:"k"` // 0: the complete graph
	Workers  int       `json:"workers"`
	Runs     []outcome `json:"runs"`
	Failed   string    `json:"failed,omitempty"`
	argv     []string
	spent    time.Duration
	finished bool
}

// report of one size.
type sizeReport struct {
	Size       string            `json:"size"`
	Cadres     int               `json:"cadres"`
	Households int               `json:"households"`
	Seed       uint64            `json:"seed"`
	LoadBefore string            `json:"load_before"`
	LoadAfter  string            `json:"load_after"`
	Skipped    []string          `json:"skipped,omitempty"`
	Entries    []*entry          `json:"entries"`
	Ratios     []ratio           `json:"ratios"`
	Lost       []loss            `json:"lost"`
	Missing    map[string]string `json:"missing,omitempty"`
}

// Run writes one instance, or compares on all.
func (c *pairingCmd) Run(ctx context.Context, s *settings) error {
	if c.Write != "" {
		return c.write(s)
	}
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
	for _, f := range c.Require {
		if say, gone := missing[f]; gone {
			return &planner.Error{Kind: planner.Unavailable, Say: say}
		}
	}
	for _, f := range families {
		if say, gone := missing[f]; gone {
			fmt.Fprintf(s.err, "%s\n%s\n", say.ZH, say.EN)
		}
	}
	missed := false
	for _, name := range c.Size {
		rep, err := c.compare(ctx, s, sizeNamed(name), dir, ready)
		if err != nil {
			return err
		}
		rep.Missing = map[string]string{}
		for f, say := range missing {
			rep.Missing[f] = say.EN
		}
		if s.JSON {
			err = s.writeJSON(rep)
		} else {
			err = rep.print(s.out)
		}
		if err != nil {
			return err
		}
		missed = missed || rep.missed()
	}
	if c.Gate && missed {
		return planner.Fail(planner.Internal, "有倍数低于下限，或有方案未证，见上表。", "a ratio is below its floor or a plan is not proved; see the table.")
	}
	return nil
}

// write writes one instance as DIMACS.
func (c *pairingCmd) write(s *settings) error {
	if len(c.Size) != 1 || len(c.K) != 1 {
		return planner.Fail(planner.Invalid, "写文件时请给一个规模和一个 k，例如 --size M --k 32。", "to write a file give one size and one k, such as --size M --k 32.")
	}
	z := sizeNamed(c.Size[0])
	n := makeCounty(z, c.Seed).truncate(c.K[0]).network()
	f, err := os.Create(c.Write)
	if err != nil {
		return &planner.Error{Kind: planner.Unavailable, Where: c.Write, Err: err, Say: planner.Text{ZH: "写不了这个文件。", EN: "the file cannot be written."}}
	}
	if err := n.writeDIMACS(f, fmt.Sprintf("lianxin-bench pairing --size %s --k %d --seed %d", z.Name, c.K[0], c.Seed)); err != nil {
		f.Close()
		return fmt.Errorf("write %s: %w", c.Write, err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write %s: %w", c.Write, err)
	}
	fmt.Fprintf(s.err, "已写 %s：%d 户、%d 名干部、%d 条弧。 Written.\n", c.Write, n.households(), n.cadres(), len(n.Col))
	return nil
}

// compare lets all solvers take turns on one size.
func (c *pairingCmd) compare(ctx context.Context, s *settings, z size, dir string, ready []peer) (*sizeReport, error) {
	rep := &sizeReport{Size: z.Name, Cadres: z.Cadres, Households: z.Households, Seed: c.Seed}
	big := z.Households > 15_000
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	workers := c.Workers
	if len(workers) == 0 {
		workers = []int{1}
		if big && runtime.NumCPU() > 1 {
			workers = append(workers, runtime.NumCPU())
		}
	}
	county := makeCounty(z, c.Seed)
	for _, k := range c.K {
		file := filepath.Join(dir, fmt.Sprintf("%s-%d.bin", z.Name, k))
		if err := writeFile(file, county.truncate(k).writeTo); err != nil {
			return nil, err
		}
		defer os.Remove(file)
		for _, w := range workers {
			rep.Entries = append(rep.Entries, &entry{Name: "连心 Lianxin", Ours: true, K: k, Workers: w, argv: []string{self, "solve", "arcs", file, "--workers", strconv.Itoa(w)}})
		}
		for _, p := range ready {
			if p.Slow && big && !c.Slow {
				if !slices.Contains(rep.Skipped, p.Name) {
					rep.Skipped = append(rep.Skipped, p.Name)
				}
				continue
			}
			rep.Entries = append(rep.Entries, &entry{Name: p.Name, Family: p.Family, K: k, Workers: 1, argv: append(slices.Clone(p.argv), file)})
		}
	}
	if c.Complete {
		for _, w := range slices.Compact([]int{1, runtime.NumCPU()}) {
			rep.Entries = append(rep.Entries, &entry{Name: "连心 Lianxin", Ours: true, Workers: w, argv: []string{self, "solve", "complete", "--size", z.Name, "--seed", strconv.FormatUint(c.Seed, 10), "--workers", strconv.Itoa(w)}})
		}
	}
	county = nil // the solvers need the memory
	runtime.GC()
	rep.LoadBefore = systemLoad()
	if err := c.takeTurns(ctx, s, rep); err != nil {
		return nil, err
	}
	rep.LoadAfter = systemLoad()
	rep.sumUp()
	return rep, nil
}

// takeTurns runs every entry once, then every one again, until each has its runs or has used its budget.
func (c *pairingCmd) takeTurns(ctx context.Context, s *settings, rep *sizeReport) error {
	runs, show := c.Runs, isTerminal(s.err)
	if runs == 0 {
		runs = map[string]int{"S": 7, "M": 7, "L": 3, "XL": 1}[rep.Size]
	}
	for r := range runs {
		for _, e := range rep.Entries {
			if e.finished {
				continue
			}
			if show {
				fmt.Fprintf(s.err, "\r\033[K%s  %d/%d  %s", rep.Size, r+1, runs, e.label())
			}
			start := time.Now()
			out, err := c.once(ctx, e.argv)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				e.Failed, e.finished = err.Error(), true
				continue
			}
			e.Runs = append(e.Runs, out)
			e.spent += time.Since(start)
			e.finished = e.spent > c.Budget
		}
	}
	if show {
		fmt.Fprint(s.err, "\r\033[K")
	}
	return nil
}

// isTerminal reports whether progress can be rewritten in place.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// once runs one solver in a process of its own.
func (c *pairingCmd) once(ctx context.Context, argv []string) (out outcome, err error) {
	ctx, stop := context.WithTimeout(ctx, c.Limit)
	defer stop()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() == context.DeadlineExceeded {
			return out, fmt.Errorf("> %s", c.Limit)
		}
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		return out, fmt.Errorf("%w: %s", err, strings.TrimSpace(lines[len(lines)-1]))
	}
	if err := json.Unmarshal(stdout.Bytes(), &out); err != nil {
		return out, fmt.Errorf("read the answer of %s: %w", filepath.Base(argv[0]), err)
	}
	return out, nil
}

func writeFile(name string, write func(w io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("write an instance: %w", err)
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return fmt.Errorf("write an instance: %w", err)
	}
	return nil
}
