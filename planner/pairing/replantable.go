package pairing

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"lianxin/planner/flow"
	"lianxin/planner/rule"
)

// keptTable answers for a replanned placement what [flow.Table] answers for a solved one, with prices in triples: it reads
// every row once and keeps the cheapest move between any two sinks. One search back from the sink that a source leaves
// gives the exact extra triple of every other sink; it is kept. Safe for concurrent use.
type keptTable struct {
	q       keeping
	sink    []int32
	p       []triple // of the sinks, then of being left out, which is zero
	members [][]int32
	width   int
	in      []step  // [to*width+from]: reduced cost of the cheapest move; noStep if there is none
	by      []int32 // the source that makes it
	gain    []span  // reduced price of one more at the sink; noSpan
	give    []span  // reduced price of one less at the sink; noSpan
	trees   []atomic.Pointer[keptTree]
	short   func() ([]span, []int32)
}

// step is a reduced cost of one move. Its head holds left and changed in one number, left in units of headUnit; a sum of
// heads along a path is again a triple's head, because potentials cancel but at its ends, so that nothing runs over: what
// could is refused when the table is made.
type step struct{ head, secs int32 }

// span is a sum of steps: head, then seconds with the number of moves in the low bits.
type span struct{ head, secs int64 }

const (
	headUnit  = 1 << 20
	headRange = headUnit / 8 // of changed, in a potential
	spanMoves = 20
	secsRange = int64(1) << 40 // of seconds, in a potential
)

var (
	noStep = step{head: 1<<31 - 1}
	noSpan = span{head: 1 << 62}
)

func (a span) less(b span) bool { return a.head < b.head || a.head == b.head && a.secs < b.secs }

// spanOf packs a triple; it is not negative.
func spanOf(t triple) span { return span{t.left*headUnit + t.changed, t.secs << spanMoves} }

// triple unpacks the price of a span.
func (a span) triple() triple {
	left := (a.head + headUnit/2) >> 20
	return triple{left, a.head - left*headUnit, a.secs >> spanMoves}
}

func (a span) moves() int { return int(a.secs & (1<<spanMoves - 1)) }

// keptTree holds the shortest ways to one sink, and the next node.
type keptTree struct {
	dist []span
	next []int32
}

// maxKept bounds the cadres of a table that keeps the move between any two of them.
const maxKept = 4096

// newKeptTable takes a placement and the potentials that prove it. ErrNotOptimal of package flow: they do not.
func newKeptTable(ctx context.Context, q keeping, sink []int32, p []triple) (*keptTable, error) {
	if q.sinks > maxKept {
		return nil, fmt.Errorf("%w: %d", flow.ErrNoTable, q.sinks)
	}
	for _, x := range p {
		if max(x.left, -x.left) > 1<<8 || max(x.changed, -x.changed) > headRange || max(x.secs, -x.secs) > secsRange {
			return nil, fmt.Errorf("%w: a potential of %v", flow.ErrNotOptimal, x)
		}
	}
	w := q.sinks + 1
	t := &keptTable{q: q, sink: sink, p: append(slices.Clone(p), triple{}), members: make([][]int32, w), width: w, in: make([]step, w*w), by: make([]int32, w*w),
		gain: make([]span, w), give: make([]span, w), trees: make([]atomic.Pointer[keptTree], w)}
	for k := range t.in {
		t.in[k] = noStep
	}
	for i, j := range sink {
		t.members[t.at(j)] = append(t.members[t.at(j)], int32(i))
	}
	for j := range w {
		more, less := t.marginals(j)
		if more.less(triple{}) || less.less(triple{}) || j < q.sinks && len(t.members[j]) > len(q.marginals[j]) {
			return nil, fmt.Errorf("%w: the potential of sink %d does not lie between its marginals", flow.ErrNotOptimal, j)
		}
		t.gain[j], t.give[j] = noSpan, noSpan
		if more != beyond {
			t.gain[j] = spanOf(more)
		}
		if less != beyond {
			t.give[j] = spanOf(less)
		}
	}
	var next atomic.Int64
	errs := make([]error, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for k := range errs {
		wg.Go(func() {
			row, best, who := make([]int32, w), make([]int64, w), make([]int32, w)
			for a := int(next.Add(1) - 1); a < w; a = int(next.Add(1) - 1) {
				if errs[k] = ctx.Err(); errs[k] != nil {
					return
				}
				if errs[k] = t.read(a, row, best, who); errs[k] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	t.short = sync.OnceValues(t.shortest)
	return t, nil
}

// at turns "left out" into the last sink.
func (t *keptTable) at(j int32) int {
	if j < 0 {
		return t.q.sinks
	}
	return int(j)
}

func (t *keptTable) sinkOf(b int) int32 {
	if b == t.q.sinks {
		return -1
	}
	return int32(b)
}

// marginals are the reduced prices of one more and one less at sink j; beyond where there is no room or nobody.
func (t *keptTable) marginals(j int) (more, less triple) {
	more, less = beyond, beyond
	n := len(t.members[j])
	if j == t.q.sinks {
		more = triple{}
		if n > 0 {
			less = triple{}
		}
		return more, less
	}
	mc := t.q.marginals[j]
	if n < len(mc) {
		more = triple{secs: int64(mc[n])}.minus(t.p[j])
	}
	if n > 0 && n <= len(mc) {
		less = t.p[j].minus(triple{secs: int64(mc[n-1])})
	}
	return more, less
}

// cost of source i at node k, the left-out one included, given its row.
func (t *keptTable) cost(i int32, k int, row []int32) triple {
	s := keeper{keeping: t.q}
	if k == t.q.sinks {
		return s.out(i)
	}
	return s.cost(i, int32(k), row)
}

// read works out the moves out of sink a. While it compares the members' moves they are packed in 64 bits: a move's own
// head is at most a few units and its seconds are within 31 bits.
func (t *keptTable) read(a int, row []int32, best []int64, who []int32) error {
	const none = 1<<63 - 1
	for k := range best {
		best[k] = none
	}
	pack := func(x triple) int64 { return (x.left*8+x.changed)<<34 + x.secs }
	for _, i := range t.members[a] {
		t.q.row(int(i), row[:t.q.sinks])
		own := pack(t.cost(i, a, row))
		changed := int64(0)
		if t.q.had[i] {
			changed = pack(triple{changed: 1})
		}
		for k, c := range row[:t.q.sinks] {
			if c == rule.Forbidden {
				continue
			}
			v := int64(c) + changed - own
			if int32(k) == t.q.present[i] {
				v -= changed
			}
			if v < best[k] {
				best[k], who[k] = v, i
			}
		}
		if v := pack(t.cost(i, t.q.sinks, row)) - own; v < best[t.q.sinks] {
			best[t.q.sinks], who[t.q.sinks] = v, i
		}
	}
	for b, c := range best {
		if b == a || c == none {
			continue
		}
		head := (c + 1<<33) >> 34
		left := (head + 4) >> 3
		v := triple{left, head - left*8, c - head<<34}.plus(t.p[b]).minus(t.p[a])
		if v.less(triple{}) || v.left > 1<<10 || max(v.secs, -v.secs) >= 1<<31 {
			return fmt.Errorf("%w: reduced cost %v between sinks %d and %d", flow.ErrNotOptimal, v, a, b)
		}
		t.in[b*t.width+a], t.by[b*t.width+a] = step{int32(v.left*headUnit + v.changed), int32(v.secs)}, who[b]
	}
	return nil
}

// to finds the shortest ways from every node to sink home, by Dijkstra's algorithm on the turned-round graph. The last node
// is that of the loads: a sink keeps what it got, another gives one up.
func (t *keptTable) to(home int) *keptTree {
	if tr := t.trees[home].Load(); tr != nil {
		return tr
	}
	w := t.width
	tr := &keptTree{dist: make([]span, w+1), next: make([]int32, w+1)}
	done := make([]bool, w+1)
	for k := range tr.dist {
		tr.dist[k], tr.next[k] = noSpan, -1
	}
	tr.dist[home] = span{}
	reach := func(a int, d span, b int) {
		if d.less(tr.dist[a]) {
			tr.dist[a], tr.next[a] = d, int32(b)
		}
	}
	for {
		b := -1
		for k, d := range tr.dist {
			if !done[k] && d != noSpan && (b < 0 || d.less(tr.dist[b])) {
				b = k
			}
		}
		if b < 0 {
			break
		}
		done[b] = true
		d := tr.dist[b]
		if b == w {
			for a, c := range t.gain {
				if c != noSpan {
					reach(a, span{d.head + c.head, d.secs + c.secs}, w)
				}
			}
			continue
		}
		if c := t.give[b]; c != noSpan {
			reach(w, span{d.head + c.head, d.secs + c.secs}, b)
		}
		for a, c := range t.in[b*w : (b+1)*w] {
			if c != noStep && d.head+int64(c.head) <= tr.dist[a].head {
				reach(a, span{d.head + int64(c.head), d.secs + int64(c.secs)<<spanMoves + 1}, b)
			}
		}
	}
	t.trees[home].Store(tr)
	return tr
}

// all is the exact extra price of every sink for source i.
func (t *keptTable) all(i int) []priced {
	home := t.at(t.sink[i])
	tr := t.to(home)
	row := make([]int32, t.width)
	t.q.row(i, row[:t.q.sinks])
	u := t.cost(int32(i), home, row).plus(t.p[home])
	out := make([]priced, t.q.sinks)
	for j := range out {
		switch {
		case j == home:
			out[j].possible = true
		case row[j] != rule.Forbidden && tr.dist[j] != noSpan:
			out[j] = priced{true, t.cost(int32(i), j, row).plus(t.p[j]).minus(u).plus(tr.dist[j].triple()), tr.dist[j].moves()}
		}
	}
	return out
}

// chain are the moves of others that source i at sink j needs, in an order in which each can be made.
func (t *keptTable) chain(i, j int) (moves []flow.Move) {
	home := t.at(t.sink[i])
	tr := t.to(home)
	for a := j; a != home; a = int(tr.next[a]) {
		if b := int(tr.next[a]); a != t.width && b != t.width {
			moves = append(moves, flow.Move{Source: t.by[b*t.width+a], From: t.sinkOf(a), To: t.sinkOf(b)})
		}
	}
	slices.Reverse(moves) // the sink that i left has room first
	return moves
}

// shortest finds the cheapest way to have one too many at each sink while another sink gives up a place, or while somebody
// left out comes in: distances from the loads, reduced, and the node before.
func (t *keptTable) shortest() ([]span, []int32) {
	w := t.width
	dist, prev, done := slices.Clone(t.give), make([]int32, w), make([]bool, w)
	for b := range prev {
		prev[b] = int32(w)
	}
	for {
		a := -1
		for k, d := range dist {
			if !done[k] && d != noSpan && (a < 0 || d.less(dist[a])) {
				a = k
			}
		}
		if a < 0 {
			return dist, prev
		}
		done[a] = true
		for b := range w {
			if c := t.in[b*w+a]; c != noStep {
				if d := (span{dist[a].head + int64(c.head), dist[a].secs + int64(c.secs)<<spanMoves}); d.less(dist[b]) {
					dist[b], prev[b] = d, int32(a)
				}
			}
		}
	}
}

// saved is what one more place at sink j, at the given marginal price, would save the whole placement, exactly; zero if
// nothing.
func (t *keptTable) saved(j int, marginal int32) saving {
	dist, prev := t.short()
	if dist[j] == noSpan {
		return saving{}
	}
	return t.saving(t.p[j].minus(dist[j].triple()).minus(triple{secs: int64(marginal)}), prev, j)
}

// savedFor is saved, of a place at sink j that source i alone may take.
func (t *keptTable) savedFor(i, j int, marginal int32, row []int32) saving {
	a := t.at(t.sink[i])
	dist, prev := t.short()
	if row[j] == rule.Forbidden || a == j || dist[a] == noSpan {
		return saving{}
	}
	s := t.cost(int32(i), a, row).minus(t.cost(int32(i), j, row)).plus(t.p[a])
	return t.saving(s.minus(dist[a].triple()).minus(triple{secs: int64(marginal)}), prev, a)
}

// saving is a saving, if it is one, with whether the way to node j begins with somebody who was left out.
func (t *keptTable) saving(s triple, prev []int32, j int) saving {
	if !(triple{}).less(s) {
		return saving{}
	}
	for prev[j] != int32(t.width) {
		j = int(prev[j])
	}
	return saving{s, j == t.q.sinks}
}
