package main

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/mattn/go-runewidth"
)

// ratio is how many times faster ours is.
type ratio struct {
	K       int     `json:"k"` // 0: ours over the complete graph against peers at the largest k
	What    string  `json:"what"`
	Ours    float64 `json:"ours_seconds"`
	Peer    string  `json:"peer"`
	Seconds float64 `json:"peer_seconds"`
	Times   float64 `json:"times"`
	CPU     float64 `json:"times_cpu"`       // the same by processor seconds
	Floor   float64 `json:"floor,omitempty"` // what it must be at least; 0: no floor
}

// floors are the ratios to the best of LEMON's four, same arcs, that must be reached.
var floors = map[string]map[int]float64{
	"M":  {32: 3, 64: 3},
	"L":  {32: 4.5, 64: 8},
	"XL": {32: 15, 64: 15},
}

// loss is what a list of the k nearest loses against all pairs.
type loss struct {
	K            int     `json:"k"` // 0: all pairs
	Cost         int64   `json:"cost"`
	Unserved     int64   `json:"unserved"`
	Controllable int64   `json:"controllable"` // without the fixed price of households beyond the minimum loads
	More         float64 `json:"more"`         // share of the controllable cost of all pairs
}

func (e *entry) label() string {
	k := "完全图 all pairs"
	if e.K > 0 {
		k = "k=" + strconv.Itoa(e.K)
	}
	name := e.Name
	if e.Ours && e.Workers > 1 {
		name += fmt.Sprintf(" ×%d", e.Workers)
	}
	return k + "  " + name
}

// median of a figure over the runs; the lower middle of an even number.
func (e *entry) median(figure func(outcome) float64) float64 {
	if len(e.Runs) == 0 {
		return 0
	}
	var v []float64
	for _, r := range e.Runs {
		v = append(v, figure(r))
	}
	slices.Sort(v)
	return v[(len(v)-1)/2]
}

func (e *entry) seconds() float64 { return e.median(outcome.seconds) }

func (o outcome) seconds() float64 { return o.Seconds }
func (o outcome) cpu() float64     { return o.CPU }

// ours finds our entry with k arcs and so many workers; any number of workers if 0, the fastest.
func (rep *sizeReport) ours(k, workers int) *entry {
	var best *entry
	for _, e := range rep.Entries {
		if e.Ours && e.K == k && len(e.Runs) > 0 && (workers == 0 || e.Workers == workers) && (best == nil || e.seconds() < best.seconds()) {
			best = e
		}
	}
	return best
}

// best finds the fastest peer with k arcs of a family, of all if "".
func (rep *sizeReport) best(k int, family string) *entry {
	var best *entry
	for _, e := range rep.Entries {
		if !e.Ours && e.K == k && len(e.Runs) > 0 && (family == "" || e.Family == family) && (best == nil || e.seconds() < best.seconds()) {
			best = e
		}
	}
	return best
}

// sumUp works out ratios and losses.
func (rep *sizeReport) sumUp() {
	var ks []int
	for _, e := range rep.Entries {
		if e.K > 0 && !slices.Contains(ks, e.K) {
			ks = append(ks, e.K)
		}
	}
	slices.Sort(ks)
	against := func(k int, what string, ours *entry, wall, cpu func(outcome) float64, peer *entry, floor float64) {
		if peer == nil || ours.median(wall) == 0 {
			return
		}
		r := ratio{K: k, What: what, Ours: ours.median(wall), Peer: peer.Name, Seconds: peer.seconds(), Floor: floor}
		r.Times = r.Seconds / r.Ours
		if c := ours.median(cpu); c > 0 {
			r.CPU = peer.median(outcome.cpu) / c
		}
		rep.Ratios = append(rep.Ratios, r)
	}
	for _, k := range ks {
		if ours := rep.ours(k, 0); ours != nil {
			what := "同样的弧 same arcs"
			if ours.Workers > 1 {
				what += fmt.Sprintf(" ×%d", ours.Workers)
			}
			against(k, what, ours, outcome.seconds, outcome.cpu, rep.best(k, "lemon"), floors[rep.Size][k])
			if all := rep.best(k, ""); all != nil && all.Family != "lemon" {
				against(k, what, ours, outcome.seconds, outcome.cpu, all, 0)
			}
			if w := ours.Runs[0].Warm; w != nil {
				against(k, "再编 warm re-plan", ours, warmSeconds, warmCPU, rep.best(k, "lemon"), 0)
			}
		}
	}
	all := rep.ours(0, 0)
	if all == nil {
		return
	}
	if len(ks) > 0 {
		k := ks[len(ks)-1]
		against(0, "完全图连证明 all pairs, proved", all, outcome.seconds, outcome.cpu, rep.best(k, ""), 0)
		if all.Runs[0].Warm != nil {
			against(0, "完全图再编 warm, all pairs", all, warmSeconds, warmCPU, rep.best(k, "lemon"), 0)
		}
	}
	base := controllable(all.Runs[0])
	for _, k := range ks {
		if e := rep.ours(k, 0); e != nil {
			o := e.Runs[0]
			rep.Lost = append(rep.Lost, loss{k, o.Cost, o.Unserved, controllable(o), float64(controllable(o)-base) / float64(base)})
		}
	}
	rep.Lost = append(rep.Lost, loss{0, all.Runs[0].Cost, all.Runs[0].Unserved, base, 0})
}

func warmSeconds(o outcome) float64 {
	if o.Warm == nil {
		return 0
	}
	return o.Warm.Seconds
}

func warmCPU(o outcome) float64 {
	if o.Warm == nil {
		return 0
	}
	return o.Warm.CPU
}

func controllable(o outcome) int64 { return o.Cost - beyondMinimum*o.Beyond }

// missed reports whether a ratio is below its floor or a plan of ours is not proved.
func (rep *sizeReport) missed() bool {
	for _, e := range rep.Entries {
		if e.Ours && (e.Failed != "" || slices.ContainsFunc(e.Runs, func(o outcome) bool { return !o.Certified || o.Warm != nil && !o.Warm.Certified })) {
			return true
		}
	}
	return slices.ContainsFunc(rep.Ratios, func(r ratio) bool { return r.Times < r.Floor })
}

// print writes the report for people.
func (rep *sizeReport) print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s：%s 名干部 cadres × %s 户 households，种子 seed %d\n", rep.Size, thousands(int64(rep.Cadres)), thousands(int64(rep.Households)), rep.Seed)
	fmt.Fprintf(&b, "%s/%s，%d 个处理器 processors，%s，负载 load %s → %s；轮流运行，取中位数 taking turns, medians\n\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), rep.LoadBefore, rep.LoadAfter)
	rows := [][]string{}
	for _, e := range rep.Entries {
		rows = append(rows, rep.row(e))
	}
	table(&b, []string{"弧 arcs", "求解器 solver", "次 runs", "秒 seconds", "处理器秒 cpu", "准备 setup", "内存 peak MiB", "除去程序 own", "× 连心 ours", "最优值 optimum", "证明 proof"}, rows)
	if len(rep.Skipped) > 0 {
		fmt.Fprintf(&b, "未跑（--slow 才跑） not run without --slow: %s\n", strings.Join(rep.Skipped, ", "))
	}
	rows = rows[:0]
	for _, r := range rep.Ratios {
		k, floor := "全部 all", ""
		if r.K > 0 {
			k = "k=" + strconv.Itoa(r.K)
		}
		if r.Floor > 0 {
			floor = fmt.Sprintf("≥ %.1f", r.Floor)
			if r.Times < r.Floor {
				floor += " 未达 missed"
			}
		}
		rows = append(rows, []string{k, r.What, seconds(r.Ours), r.Peer, seconds(r.Seconds), fmt.Sprintf("%.1f×", r.Times), fmt.Sprintf("%.1f×", r.CPU), floor})
	}
	if len(rows) > 0 {
		b.WriteString("\n")
		table(&b, []string{"弧 arcs", "连心 ours", "秒 s", "最快的同行 best peer", "秒 s", "倍数 ratio", "按处理器秒 by cpu", "下限 floor"}, rows)
	}
	for _, e := range rep.Entries {
		if e.Ours && len(e.Runs) > 0 && e.Runs[0].Warm != nil && e == rep.ours(e.K, 0) {
			x := e.Runs[0].Warm
			fmt.Fprintf(&b, "%s：%d 名干部离开，%d 户要换人，共变动 %d 户 · %d cadres leave, %d households freed, %d changed · %s s · %s\n", strings.Fields(e.label())[0], x.Leavers, x.Freed, x.Changed, x.Leavers, x.Freed, x.Changed, seconds(e.median(warmSeconds)), proof(x.Certified))
		}
	}
	if len(rep.Lost) > 0 {
		b.WriteString("\n只看最近 k 名会损失多少 what a list of the k nearest loses\n")
		rows = rows[:0]
		for _, l := range rep.Lost {
			k, more := "全部 all", "–"
			if l.K > 0 {
				k, more = "k="+strconv.Itoa(l.K), fmt.Sprintf("+%.3f %%", 100*l.More)
			}
			rows = append(rows, []string{k, thousands(l.Cost), thousands(l.Controllable), more, thousands(l.Unserved)})
		}
		table(&b, []string{"弧 arcs", "最优值 optimum", "可控代价 controllable", "多出 more", "未安排 unserved"}, rows)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// row is the line of one entry.
func (rep *sizeReport) row(e *entry) []string {
	label := strings.SplitN(e.label(), "  ", 2)
	if len(e.Runs) == 0 {
		return []string{label[0], label[1], "0", "–", "", "", "", "", "", cmp.Or(e.Failed, "–")}
	}
	times, shown := "", ""
	own := rep.ours(e.K, 1)
	if own == nil {
		own = rep.ours(e.K, 0)
	}
	if !e.Ours && own != nil {
		times = fmt.Sprintf("%.1f", e.seconds()/own.seconds())
	}
	switch {
	case e.Ours:
		shown = proof(!slices.ContainsFunc(e.Runs, func(o outcome) bool { return !o.Certified }))
	case own != nil && own.Runs[0].Cost == e.Runs[0].Cost:
		shown = "相同 same"
	case own != nil:
		shown = "不同 differs"
	}
	return []string{label[0], label[1], strconv.Itoa(len(e.Runs)), seconds(e.seconds()), seconds(e.median(outcome.cpu)), seconds(e.median(func(o outcome) float64 { return o.Setup })),
		fmt.Sprintf("%.0f", e.median(func(o outcome) float64 { return o.PeakMiB })), fmt.Sprintf("%.0f", e.median(func(o outcome) float64 { return o.OwnMiB })), times, thousands(e.Runs[0].Cost), shown}
}

func proof(ok bool) string {
	if ok {
		return "已证 proved"
	}
	return "未证 NOT PROVED"
}

// seconds shows three figures.
func seconds(s float64) string {
	switch {
	case s == 0:
		return "0"
	case s < 0.1:
		return fmt.Sprintf("%.4f", s)
	case s < 10:
		return fmt.Sprintf("%.3f", s)
	}
	return fmt.Sprintf("%.1f", s)
}

// thousands sets commas.
func thousands(v int64) string {
	s := strconv.FormatInt(v, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// table prints rows under a header, padded by display width: a Chinese character takes two columns.
func table(w io.Writer, header []string, rows [][]string) {
	width := make([]int, len(header))
	for _, r := range append([][]string{header}, rows...) {
		for i, c := range r {
			width[i] = max(width[i], runewidth.StringWidth(c))
		}
	}
	for _, r := range append([][]string{header}, rows...) {
		var b strings.Builder
		for i, c := range r {
			b.WriteString(c)
			b.WriteString(strings.Repeat(" ", width[i]-runewidth.StringWidth(c)+2))
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}
