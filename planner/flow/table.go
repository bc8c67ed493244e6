package flow

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// MaxTable bounds the sinks of a [Table] that is asked for everything, MaxWide those of one that is asked for [Table.Nearest]
// and [Table.Reach] alone. A table holds four bytes for each pair of sinks.
const (
	MaxTable = 4096
	MaxWide  = 16384
)

// ErrNoTable is returned for more than [MaxWide] sinks; a [Residual] answers there, one pair at a time.
var ErrNoTable = errors.New("flow: too many sinks for a table")

// Table answers what a [Residual] answers, for all sinks at once and in milliseconds: it reads every row once, when it is
// made, and keeps the cheapest move between any two sinks. One search back from the sink that a source leaves gives the
// exact extra price of every other sink for all sources of that sink; it is kept. Safe for concurrent use.
type Table struct {
	r     *Residual
	width int     // sinks and "left out"
	in    []int32 // [to*width+from]: reduced cost of the cheapest move; noMove if there is none
	gain  []int64 // reduced price of one more at the sink; never
	give  []int64 // reduced price of one less at the sink; never
	trees []atomic.Pointer[tree]
	short func() ([]int64, []int32)
	loads func() *byLoads
}

// tree holds the shortest ways to one sink: key<<moveBits | moves, and the next node.
type tree struct {
	dist []int64
	next []int32
}

const (
	noMove   = math.MaxInt32
	moveBits = 20
	moveMask = 1<<moveBits - 1

	unreached int64 = noMove << moveBits // no sum that begins with a real distance and adds noMove is less
)

// Price is the exact extra price of a sink for a source.
type Price struct {
	Possible bool  // false: forbidden, or no room at any price
	Extra    int64 // what the best placement with the pair costs more; ≥ 0
	Moves    int   // other sources that change their sink, the fewest for this price on one cycle
}

// NewTable reads all rows on all processors. ErrNotOptimal: placement and potentials do not prove each other.
func NewTable(ctx context.Context, p Problem, sink []int32, potentials []int64) (*Table, error) {
	if p.Sinks > MaxWide {
		return nil, fmt.Errorf("%w: %d", ErrNoTable, p.Sinks)
	}
	r, err := NewResidual(p, sink, potentials)
	if err != nil {
		return nil, err
	}
	w := p.Sinks + 1
	t := &Table{r: r, width: w, in: make([]int32, w*w), gain: make([]int64, w), give: make([]int64, w), trees: make([]atomic.Pointer[tree], w)}
	for k := range t.in {
		t.in[k] = noMove
	}
	for j := range w {
		t.gain[j], t.give[j] = never, never
		if c := r.more(j); c != never {
			t.gain[j] = c - r.pot[j]
		}
		if c := r.less(j); c != never {
			t.give[j] = c + r.pot[j]
		}
		if t.gain[j] < 0 || t.give[j] < 0 {
			return nil, fmt.Errorf("%w: the potential of sink %d does not lie between its marginals", ErrNotOptimal, j)
		}
	}
	var next atomic.Int64
	errs := make([]error, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for k := range errs {
		wg.Go(func() {
			row, best := make([]int32, w), make([]int64, w)
			for a := int(next.Add(1) - 1); a < w; a = int(next.Add(1) - 1) {
				if errs[k] = ctx.Err(); errs[k] != nil {
					return
				}
				if errs[k] = t.read(a, row, best); errs[k] != nil {
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
	t.loads = sync.OnceValue(t.overLoads)
	return t, nil
}

// read works out the moves out of sink a.
func (t *Table) read(a int, row []int32, best []int64) error {
	for k := range best {
		best[k] = never
	}
	for _, i := range t.r.members[a] {
		t.r.row(int(i), row)
		own := int64(row[a])
		for k, c := range row {
			if v := int64(c) - own; c != Forbidden && v < best[k] {
				best[k] = v
			}
		}
	}
	for b, c := range best {
		if b == a || c == never {
			continue
		}
		v := c + t.r.pot[b] - t.r.pot[a]
		if v < 0 || v >= noMove {
			return fmt.Errorf("%w: reduced cost %d between sinks %d and %d", ErrNotOptimal, v, a, b)
		}
		t.in[b*t.width+a] = int32(v)
	}
	return nil
}

// to finds the shortest ways from every node to sink home, by Dijkstra's algorithm on the turned-round graph. The last node
// is that of the loads: a sink keeps what it got, another gives one up.
func (t *Table) to(home int) *tree {
	if tr := t.trees[home].Load(); tr != nil {
		return tr
	}
	w := t.width
	tr := &tree{dist: make([]int64, w+1), next: make([]int32, w+1)}
	done := make([]bool, w+1)
	for k := range tr.dist {
		tr.dist[k], tr.next[k] = unreached, -1
	}
	tr.dist[home] = 0
	dist, next, open := tr.dist[:w], tr.next[:w], done[:w]
	for b, d := home, int64(0); d < unreached; {
		done[b] = true
		least, at := tr.dist[w], w
		if done[w] {
			least = unreached
		}
		if b == w {
			for a, c := range t.gain {
				if c != never && d+c<<moveBits < dist[a] {
					dist[a], next[a] = d+c<<moveBits, int32(w)
				}
				if dist[a] < least && !open[a] {
					least, at = dist[a], a
				}
			}
		} else {
			if c := t.give[b]; c != never && d+c<<moveBits < tr.dist[w] {
				tr.dist[w], tr.next[w] = d+c<<moveBits, int32(b)
				least, at = tr.dist[w], w
			}
			for a, c := range t.in[b*w : (b+1)*w] {
				da := dist[a]
				if v := d + int64(c)<<moveBits + 1; v < da {
					da = v
					dist[a], next[a] = v, int32(b)
				}
				if da < least && !open[a] {
					least, at = da, a
				}
			}
		}
		b, d = at, least
	}
	t.trees[home].Store(tr)
	return tr
}

// All is the exact extra price of every sink for source i, as [Residual.Force] would say of each.
func (t *Table) All(i int) []Price {
	home := t.r.at(t.r.sink[i])
	tr := t.to(home)
	row := make([]int32, t.width)
	t.r.row(i, row)
	u := int64(row[home]) + t.r.pot[home]
	out := make([]Price, t.r.p.Sinks)
	for j := range out {
		switch {
		case j == home:
			out[j].Possible = true
		case row[j] != Forbidden && tr.dist[j] < unreached:
			out[j] = Price{Possible: true, Extra: int64(row[j]) + t.r.pot[j] - u + tr.dist[j]>>moveBits, Moves: int(tr.dist[j] & moveMask)}
		}
	}
	return out
}

// Force is the answer for one pair with the moves that it needs.
func (t *Table) Force(i, j int) Forced {
	p := t.All(i)[j]
	out := Forced{Possible: p.Possible, Extra: p.Extra}
	home := t.r.at(t.r.sink[i])
	if !p.Possible || home == j {
		return out
	}
	out.Moves = t.moves(t.to(home).next, j, home)
	return out
}

// moves are those on the way from sink j to sink home, in an order in which each can be made.
func (t *Table) moves(next []int32, j, home int) (out []Move) {
	row := make([]int32, t.width)
	for a := j; a != home; a = int(next[a]) {
		if b := int(next[a]); a != t.width && b != t.width {
			out = append(out, Move{t.mover(a, b, row), t.r.sinkOf(a), t.r.sinkOf(b)})
		}
	}
	slices.Reverse(out) // the sink that the source left has room first
	return out
}

// mover is the first member of sink a that makes the cheapest move to sink b.
func (t *Table) mover(a, b int, row []int32) (who int32) {
	best := int64(never)
	for _, i := range t.r.members[a] {
		t.r.row(int(i), row)
		if v := int64(row[b]) - int64(row[a]); row[b] != Forbidden && v < best {
			best, who = v, i
		}
	}
	return who
}

// shortest finds the cheapest way to have one too many at each sink while another sink gives up a place, or while somebody
// left out comes in: distances from the loads, reduced, and the node before.
func (t *Table) shortest() ([]int64, []int32) {
	w := t.width
	dist, prev, done := make([]int64, w), make([]int32, w), make([]bool, w)
	for b, c := range t.give {
		dist[b], prev[b] = c, int32(w)
	}
	for {
		a := -1
		for k, d := range dist {
			if !done[k] && d < never && (a < 0 || d < dist[a]) {
				a = k
			}
		}
		if a < 0 {
			return dist, prev
		}
		done[a] = true
		for b := range w {
			if c := t.in[b*w+a]; c != noMove && dist[a]+int64(c) < dist[b] {
				dist[b], prev[b] = dist[a]+int64(c), int32(a)
			}
		}
	}
}

// Gain is what one more place at sink j, at the given marginal price, would save the whole placement, exactly; 0 if
// nothing. Serves reports whether a source that is left out would come in.
func (t *Table) Gain(j int, marginal int32) (saves int64, serves bool) {
	dist, prev := t.short()
	if dist[j] == never {
		return 0, false
	}
	saves = t.r.pot[j] - dist[j] - int64(marginal)
	if saves <= 0 {
		return 0, false
	}
	return saves, t.fromLeft(prev, j)
}

// GainFor is [Table.Gain] of a place at sink j that source i alone may take.
func (t *Table) GainFor(i, j int, marginal int32, row []int32) (saves int64, serves bool) {
	a := t.r.at(t.r.sink[i])
	dist, prev := t.short()
	if row[j] == Forbidden || a == j || dist[a] == never {
		return 0, false
	}
	own := int64(t.r.p.Leave(i))
	if a < t.r.p.Sinks {
		own = int64(row[a])
	}
	saves = own - int64(row[j]) + t.r.pot[a] - dist[a] - int64(marginal)
	if saves <= 0 {
		return 0, false
	}
	return saves, t.fromLeft(prev, a)
}

// fromLeft reports whether the way to node j begins with somebody who was left out.
func (t *Table) fromLeft(prev []int32, j int) bool {
	for prev[j] != int32(t.width) {
		j = int(prev[j])
	}
	return j == t.r.p.Sinks
}
