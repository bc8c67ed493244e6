// Command lianxin-bench measures the solver of Lianxin 连心 against public ones on the very same instances.
//
//	lianxin-bench pairing                  counties S and M: ours, LEMON, OR-Tools, HiGHS, in one run; seconds, memory, ratios
//	lianxin-bench pairing --size L,XL      the larger ones
//	lianxin-bench pairing --write m32.min --size M --k 32    the same instance as a DIMACS file, for any other solver
//	lianxin-bench rota                     receptions of 12×250, 24×250 and 40×500: ours and HiGHS, in one run
//	lianxin-bench feeds                    feeds and CalDAV beside Radicale; what a feed costs cold; hostile requests
//	lianxin-bench prefecture               67 counties of size M, each apart: 1,005,000 households
//	lianxin-bench reminders --db sqlite    reminders under SIGKILLs, counted by mock vendors (remind.go)
//	lianxin-bench reminders --db postgres --peer bin/lianxin-bench-river    beside River (make bench-river)
//	lianxin-bench dimacs FILE              our solver on a DIMACS file of the transportation kind
//
// Each run of each solver is a process of its own, so that its peak of memory is its own; runs of all solvers take turns, and
// medians are printed, so that a noisy machine treats all alike. Of peers the time is the algorithm's alone, and so is ours
// where arcs are given; over the complete graph ours counts everything, from the points to the proof.
//
// Every plan of ours is checked by this program (check.go, network.go), which shares no code with the solver: cost, caps,
// forbidden pairs, and the bound of its prices over all arcs or all pairs. Peers are checked by the equality of the optima.
//
// # Decisions
//
// Peers are built or imported where they are used and never shipped: LEMON from Debian's liblemon-dev with a harness of ours
// (peers/lemon.cpp), OR-Tools and HiGHS from PyPI in a venv of the user's. What is absent is named with the command that
// installs it.
//
// The instances scatter households on purpose, which is the harder case: a real county has its households at villages. The
// generator follows a description in words (county.go, candidate.go), which leaves the order of the draws and the hash of a
// pair open: another program after the same words agrees in kind, not in every household. The optima of ours are pinned by
// tests, so that the draws cannot change unseen. Floating point enters only through math's Sqrt, Log, Exp and Cos.
//
// Seconds are medians on the wall, as a user feels them; processor seconds stand beside them, since on a busy machine the
// wall says more about the neighbours.
//
// Exit codes are those of lianxin: 0 done, 1 internal error or a missed target with --gate, 2 wrong usage, 3 a file that
// is refused, 4 something needed is absent.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"lianxin/planner"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// settings are what every command takes.
type settings struct {
	JSON bool `help:"JSON 输出。 Print JSON."`

	out, err io.Writer
}

// commands is the command line.
type commands struct {
	settings `embed:""`

	Pairing      pairingCmd      `cmd:"" help:"生成结对算例，与已安装的公开求解器同场比较。 Make instances and compare with the public solvers that are installed."`
	Prefecture   prefectureCmd   `cmd:"" help:"求解一个市：许多县，各自独立。 Solve a prefecture: many counties, each apart."`
	Rota         rotaCmd         `cmd:"" help:"接访排班算例，与 HiGHS 同场比较。 Reception rotas beside HiGHS."`
	Dimacs       dimacsCmd       `cmd:"" help:"求解一个 DIMACS 最小费用流文件（运输型）。 Solve a DIMACS min-cost-flow file of the transportation kind."`
	Reminders    remindCmd       `cmd:"" help:"强杀之下的提醒：不漏、不重，以模拟服务商的计数为准。 Reminders under SIGKILL, counted by mock vendors."`
	RemindWorker remindWorkerCmd `cmd:"" hidden:"" help:"一个工作进程。 One worker process."`
	Solve        solveCmd        `cmd:"" hidden:"" help:"单独一次求解。 A single run."`
	Feeds        feedsCmd        `cmd:"" help:"日历订阅和 CalDAV，与 Radicale 同场比较。 Feeds and CalDAV beside Radicale."`
}

// run is main without the process: it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	cli := commands{settings: settings{out: stdout, err: stderr}}
	exit := -1
	parser, err := kong.New(&cli, kong.Name("lianxin-bench"),
		kong.Description("连心求解器与公开求解器的同场比较。 Lianxin's solver beside public ones."),
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110}), kong.ShortUsageOnError())
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	kctx, err := parser.Parse(args)
	if exit >= 0 { // --help printed and asked to leave
		return exit
	}
	if err != nil {
		fmt.Fprintf(stderr, "用法不对：%v\n看看  lianxin-bench --help\nusage: %[1]v; see lianxin-bench --help\n", err)
		return 2
	}
	kctx.BindTo(ctx, (*context.Context)(nil))
	return report(stderr, kctx.Run(&cli.settings))
}

// report prints what a person needs of err and maps it to the exit code.
func report(stderr io.Writer, err error) int {
	if err == nil {
		return 0
	}
	if e, ok := errors.AsType[*planner.Error](err); ok {
		where := ""
		if e.Where != "" {
			where = e.Where + ": "
		}
		fmt.Fprintf(stderr, "%s%s\n%[1]s%[3]s\n", where, e.Say.ZH, e.Say.EN)
	} else if errors.Is(err, context.Canceled) {
		fmt.Fprintln(stderr, "已中断。 Interrupted.")
	} else {
		fmt.Fprintf(stderr, "内部出错，请把这一行发给维护人员。 Internal error, please send this line to the maintainers:\n  %v\n", err)
	}
	switch planner.KindOf(err) {
	case planner.Invalid, planner.NotFound, planner.Conflict, planner.Forbidden:
		return 3
	case planner.Unavailable:
		return 4
	}
	return 1
}

func (s *settings) writeJSON(v any) error {
	e := json.NewEncoder(s.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
