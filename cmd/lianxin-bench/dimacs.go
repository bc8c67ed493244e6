package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"

	"lianxin/planner"
)

// DIMACS min-cost-flow files (DIMACS Implementation Challenge 1, 1991): "p min NODES ARCS", "n NODE SUPPLY",
// "a FROM TO LOW CAP COST", "c comment". Of these only the transportation kind is read:
//
//	household  a node of supply 1; arcs to cadres, or to the sink, which leaves it out
//	cadre      a node without supply; arcs to the sink alone, and those in parallel, cheapest first, are its places
//	sink       the one node that takes all
//
// No arc has a lower bound. Anything else is refused with its line.

// costLimit bounds costs in files: sums along any path must stay inside the solver's numbers.
const costLimit = 1 << 26

// writeDIMACS writes the problem so that any public solver can be run on it: households are 1 to N, then the cadres, then
// the sink.
func (n *network) writeDIMACS(w io.Writer, comment string) error {
	b := bufio.NewWriterSize(w, 1<<20)
	hs, ks := n.households(), n.cadres()
	sink, arcs := hs+ks+1, len(n.Col)
	for _, leave := range n.Leave {
		if leave != cannotLeave {
			arcs++
		}
	}
	for j := range ks {
		each(n.places(j), func(int, int32) { arcs++ })
	}
	fmt.Fprintf(b, "c %s\np min %d %d\n", comment, sink, arcs)
	for i := range hs {
		fmt.Fprintf(b, "n %d 1\n", i+1)
	}
	fmt.Fprintf(b, "n %d %d\n", sink, -hs)
	for i, leave := range n.Leave {
		for x, end := n.row(i); x < end; x++ {
			fmt.Fprintf(b, "a %d %d 0 1 %d\n", i+1, hs+int(n.Col[x])+1, n.Cost[x])
		}
		if leave != cannotLeave {
			fmt.Fprintf(b, "a %d %d 0 1 %d\n", i+1, sink, leave)
		}
	}
	for j := range ks {
		each(n.places(j), func(room int, cost int32) { fmt.Fprintf(b, "a %d %d 0 %d %d\n", hs+j+1, sink, room, cost) })
	}
	return b.Flush()
}

// each calls f for each price of places and how many there are at it.
func each(places []int32, f func(room int, cost int32)) {
	for l := 0; l < len(places); {
		z := l
		for z < len(places) && places[z] == places[l] {
			z++
		}
		f(z-l, places[l])
		l = z
	}
}

// arc is a line of the file.
type arc struct {
	from, to int32
	room     int32
	cost     int32
	line     int32
}

// readDIMACS reads a problem of the transportation kind. file is named in what is refused.
func readDIMACS(r io.Reader, file string) (*network, error) {
	d := &dimacs{in: bufio.NewReaderSize(r, 1<<20), file: file}
	if err := d.read(); err != nil {
		return nil, err
	}
	return d.network()
}

// dimacs is a file being read.
type dimacs struct {
	in     *bufio.Reader
	file   string
	line   int
	supply []int64 // of each node, from 0; nil before the problem line
	given  []bool  // supply was given
	arcs   []arc
	want   int
}

// refuse says what is wrong with the line at hand, or with the whole file when line is 0.
func (d *dimacs) refuse(line int, zh, en string, args ...any) error {
	where := d.file
	if line > 0 {
		where = fmt.Sprintf("%s:%d", d.file, line)
	}
	e := planner.Fail(planner.Invalid, fmt.Sprintf(zh, args...), fmt.Sprintf(en, args...))
	e.Where = where
	return e
}

// read takes in all lines.
func (d *dimacs) read() error {
	var fields [7][]byte
	for {
		text, err := d.in.ReadSlice('\n')
		if err == bufio.ErrBufferFull {
			return d.refuse(d.line+1, "这一行太长，不像 DIMACS 文件。", "the line is too long for a DIMACS file.")
		}
		if err != nil && err != io.EOF {
			return fmt.Errorf("read %s: %w", d.file, err)
		}
		d.line++
		if n := split(text, &fields); n > 0 {
			if e := d.take(fields[:n]); e != nil {
				return e
			}
		}
		if err == io.EOF {
			break
		}
	}
	if d.supply == nil {
		return d.refuse(0, "没有问题行“p min 节点数 弧数”，不是 DIMACS 最小费用流文件。", "there is no problem line \"p min NODES ARCS\"; this is no DIMACS min-cost-flow file.")
	}
	if len(d.arcs) != d.want {
		return d.refuse(0, "问题行说有 %d 条弧，文件里有 %d 条，请检查文件是否完整。", "the problem line announces %d arcs and the file has %d; check that it is complete.", d.want, len(d.arcs))
	}
	return nil
}

// split cuts a line at blanks, into at most len(fields) parts; more parts than that count but are lost.
func split(text []byte, fields *[7][]byte) (n int) {
	for i := 0; i < len(text); {
		if text[i] <= ' ' {
			i++
			continue
		}
		start := i
		for i < len(text) && text[i] > ' ' {
			i++
		}
		if n < len(fields) {
			fields[n] = text[start:i]
			n++
		}
	}
	return n
}

// number reads a whole number; false if it is none or does not fit.
func number(b []byte) (v int64, ok bool) {
	neg := len(b) > 1 && b[0] == '-'
	if neg {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int64(c-'0')
	}
	if neg {
		v = -v
	}
	return v, true
}

// take reads one line.
func (d *dimacs) take(f [][]byte) error {
	kind := string(f[0])
	if kind[0] == 'c' {
		return nil
	}
	var v [6]int64
	first := 1
	if kind == "p" {
		if len(f) < 2 || string(f[1]) != "min" {
			return d.refuse(d.line, "只读最小费用流（p min …）的文件。", "only min-cost-flow files (p min …) are read.")
		}
		first = 2
	}
	for i, b := range f[first:] {
		x, ok := number(b)
		if !ok {
			return d.refuse(d.line, "“%s”不是整数。", "%q is not a whole number.", b)
		}
		v[i] = x
	}
	want := 0
	switch kind {
	case "p", "n":
		want = 2
	case "a":
		want = 5
	}
	if want == 0 || len(f)-first != want {
		return d.refuse(d.line, "看不懂这一行：应为 p、n、a 或 c 开头，且项数正确。", "the line is not understood: it must start with p, n, a or c and have the right number of items.")
	}
	if (kind == "p") != (d.supply == nil) {
		return d.refuse(d.line, "问题行 p 只能有一行，并且在节点和弧之前。", "there must be one problem line, before nodes and arcs.")
	}
	switch kind {
	case "p":
		if v[0] < 1 || v[0] > 1<<25 || v[1] < 0 || v[1] > 1<<30 {
			return d.refuse(d.line, "节点数或弧数 %d、%d 太大或太小。", "%d nodes or %d arcs are too many or too few.", v[0], v[1])
		}
		d.supply, d.given, d.want = make([]int64, v[0]), make([]bool, v[0]), int(v[1])
		return nil
	case "n":
		if !d.node(v[0]) || d.given[v[0]-1] {
			return d.refuse(d.line, "节点 %d 不存在或写了两次。", "node %d does not exist or is given twice.", v[0])
		}
		d.supply[v[0]-1], d.given[v[0]-1] = v[1], true
		return nil
	}
	return d.takeArc(v)
}

func (d *dimacs) node(x int64) bool { return x >= 1 && x <= int64(len(d.supply)) }

func (d *dimacs) takeArc(v [6]int64) error {
	from, to, low, room, cost := v[0], v[1], v[2], v[3], v[4]
	switch {
	case !d.node(from) || !d.node(to) || from == to:
		return d.refuse(d.line, "弧 %d → %d 的端点不对。", "the ends of arc %d → %d are wrong.", from, to)
	case low != 0:
		return d.refuse(d.line, "弧 %d → %d 有下限 %d；运输型问题的弧没有下限。", "arc %d → %d has the lower bound %d; arcs of a transportation problem have none.", from, to, low)
	case room < 0:
		return d.refuse(d.line, "弧 %d → %d 的容量是 %d。", "arc %d → %d has the capacity %d.", from, to, room)
	case cost > costLimit || cost < -costLimit:
		return d.refuse(d.line, "弧 %d → %d 的费用 %d 超出 ±%d。", "the cost %[3]d of arc %[1]d → %[2]d is beyond ±%[4]d.", from, to, cost, costLimit)
	}
	d.arcs = append(d.arcs, arc{int32(from - 1), int32(to - 1), int32(min(room, math.MaxInt32)), int32(cost), int32(d.line)})
	return nil
}

// roles finds the sink and numbers households and cadres in the order of nodes.
func (d *dimacs) roles() (sink int32, number []int32, households, cadres int, err error) {
	sink = -1
	number = make([]int32, len(d.supply))
	for x, s := range d.supply {
		switch {
		case s == 1:
			number[x] = int32(households)
			households++
		case s == 0:
			number[x] = int32(cadres)
			cadres++
		case s < 0 && sink < 0:
			sink = int32(x)
		case s < 0:
			return 0, nil, 0, 0, d.refuse(0, "节点 %d 和 %d 都在接收；运输型问题只有一个汇点。", "nodes %d and %d both take in; a transportation problem has one sink.", sink+1, x+1)
		default:
			return 0, nil, 0, 0, d.refuse(0, "节点 %d 的供给是 %d；每户的供给应为 1。", "node %d supplies %d; each household supplies 1.", x+1, s)
		}
	}
	if sink < 0 {
		return 0, nil, 0, 0, d.refuse(0, "没有汇点（供给为负的节点）。", "there is no sink, a node of negative supply.")
	}
	if d.supply[sink] != -int64(households) {
		return 0, nil, 0, 0, d.refuse(0, "汇点接收 %d，各户共供给 %d，两者应相等。", "the sink takes %d and the households supply %d; they must be equal.", -d.supply[sink], households)
	}
	return sink, number, households, cadres, nil
}

// network sorts the arcs by role.
func (d *dimacs) network() (*network, error) {
	sink, number, households, cadres, err := d.roles()
	if err != nil {
		return nil, err
	}
	n := &network{Start: make([]int64, households+1), Leave: slices.Repeat([]int32{cannotLeave}, households)}
	offers, reach := make([][]arc, cadres), make([]int, cadres)
	rows := d.arcs[:0] // written behind what is read
	for _, a := range d.arcs {
		from, to := d.supply[a.from], d.supply[a.to]
		switch {
		case a.room == 0:
		case from == 1 && a.to == sink:
			n.Leave[number[a.from]] = min(n.Leave[number[a.from]], a.cost)
		case from == 1 && to == 0:
			rows = append(rows, a)
		case from == 0 && a.to == sink:
			offers[number[a.from]] = append(offers[number[a.from]], a)
		default:
			return nil, d.refuse(int(a.line), "弧 %d → %d 不属于运输型：只能从户到干部、从户到汇点、从干部到汇点。", "arc %d → %d is not of the transportation kind: arcs go from household to cadre, from household to sink, from cadre to sink.", a.from+1, a.to+1)
		}
	}
	slices.SortFunc(rows, func(a, b arc) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(a.cost, b.cost))
	})
	rows = slices.CompactFunc(rows, func(a, b arc) bool { return a.from == b.from && a.to == b.to }) // of parallel arcs one unit takes the cheapest
	slices.SortStableFunc(rows, func(a, b arc) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.cost, b.cost)) })
	n.Col, n.Cost = make([]int32, len(rows)), make([]int32, len(rows))
	for x, a := range rows {
		n.Start[number[a.from]+1]++
		n.Col[x], n.Cost[x] = number[a.to], a.cost
		reach[number[a.to]]++
	}
	for i := range households {
		n.Start[i+1] += n.Start[i]
	}
	n.Place = []int32{0}
	for j, arcs := range offers {
		slices.SortFunc(arcs, func(a, b arc) int { return cmp.Compare(a.cost, b.cost) })
		room := reach[j] // more places than households that can come are never used
		for _, a := range arcs {
			for range min(int(a.room), room) {
				n.Price = append(n.Price, a.cost)
			}
			room -= min(int(a.room), room)
		}
		if len(n.Price) > math.MaxInt32 {
			return nil, d.refuse(0, "干部的位置超过 %d 个，太多了。", "the cadres have more than %d places, which are too many.", math.MaxInt32)
		}
		n.Place = append(n.Place, int32(len(n.Price)))
	}
	return n, nil
}
