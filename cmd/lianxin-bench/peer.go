package main

import (
	"context"
	"embed"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"lianxin/planner"
)

//go:embed peers
var peerSources embed.FS

// peer is one algorithm of a public solver.
type peer struct {
	Family string // lemon, ortools, highs
	Name   string
	Slow   bool // not run at L and XL unless asked for
	argv   []string
}

// peers makes those of the wanted families ready in dir. What is not installed comes back as sentences that say how to
// install it.
func peers(ctx context.Context, dir, python string, families []string) (ready []peer, missing map[string]planner.Text, err error) {
	sources, err := fs.Sub(peerSources, "peers")
	if err != nil {
		return nil, nil, err
	}
	if err := os.CopyFS(filepath.Join(dir, "peers"), sources); err != nil {
		return nil, nil, err
	}
	missing = map[string]planner.Text{}
	for _, family := range families {
		var got []peer
		if family == "lemon" {
			got = lemon(ctx, dir)
		} else {
			got = fromPython(ctx, dir, python, family)
		}
		if ready = append(ready, got...); got == nil {
			missing[family] = howToInstall[family]
		}
	}
	return ready, missing, nil
}

var howToInstall = map[string]planner.Text{
	"lemon": {ZH: "没有 LEMON，请先运行：apt-get install -y g++ liblemon-dev",
		EN: "LEMON is not installed; run first: apt-get install -y g++ liblemon-dev"},
	"ortools": {ZH: "没有 OR-Tools，请在自己的环境里安装：python3 -m venv peers && peers/bin/pip install ortools，再加 --python peers/bin/python",
		EN: "OR-Tools is not installed; in an environment of your own run python3 -m venv peers && peers/bin/pip install ortools, then add --python peers/bin/python"},
	"highs": {ZH: "没有 HiGHS，请在自己的环境里安装：python3 -m venv peers && peers/bin/pip install highspy numpy，再加 --python peers/bin/python",
		EN: "HiGHS is not installed; in an environment of your own run python3 -m venv peers && peers/bin/pip install highspy numpy, then add --python peers/bin/python"},
}

// lemon builds the harness; nil if there is no compiler or no LEMON. The machine's own instructions are allowed, as LEMON
// deserves its best.
func lemon(ctx context.Context, dir string) []peer {
	binary := filepath.Join(dir, "lemon")
	build := exec.CommandContext(ctx, "g++", "-O3", "-march=native", "-DNDEBUG", "-o", binary, filepath.Join(dir, "peers", "lemon.cpp"))
	if build.Run() != nil {
		return nil
	}
	return []peer{
		{"lemon", "LEMON NetworkSimplex", false, []string{binary, "ns"}},
		{"lemon", "LEMON CostScaling", false, []string{binary, "cost"}},
		{"lemon", "LEMON CapacityScaling", true, []string{binary, "capacity"}},
		{"lemon", "LEMON CycleCanceling", true, []string{binary, "cycle"}},
	}
}

// fromPython finds out whether python can import a solver; nil if not.
func fromPython(ctx context.Context, dir, python, family string) []peer {
	module, name := "ortools.graph.python.min_cost_flow", "OR-Tools SimpleMinCostFlow"
	if family == "highs" {
		module, name = "highspy", "HiGHS"
	}
	if exec.CommandContext(ctx, python, "-c", "import numpy, "+module).Run() != nil {
		return nil
	}
	return []peer{{family, name, family == "highs", []string{python, "-B", filepath.Join(dir, "peers", "run_"+family+".py")}}}
}

// systemLoad is the load average of the last minute, five and fifteen, "?" where /proc does not tell.
func systemLoad() string {
	b, err := os.ReadFile("/proc/loadavg")
	if f := strings.Fields(string(b)); err == nil && len(f) >= 3 {
		return strings.Join(f[:3], " ")
	}
	return "?"
}
