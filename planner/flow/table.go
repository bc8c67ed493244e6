package flow

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// MaxWide bounds the sinks of a [Table].
const MaxWide = 16384

// ErrNoTable is returned for more than [MaxWide] sinks; a [Residual] answers there, one pair at a time.
var ErrNoTable = errors.New("flow: too many sinks for a table")

// Table answers what a [Residual] answers, in a millisecond: it reads every row once, when it is made, and keeps those cheapest
// moves between two sinks that some answer may need. The others are dearer than a chain that leads over a spare place or somebody
// left out: how far every sink is from these is worked out once, and in a county one move of two hundred is cheaper. Safe for
// concurrent use.
type Table struct {
	r     *Residual
	width int     // sinks and "left out"
	gain  []int64 // reduced price of one more at the sink; never
	give  []int64 // reduced price of one less at the sink; never
	loads byLoads

	start []int    // by sink: where the moves into it begin, cheapest first
	from  []uint16 // the sink that a move leaves
	cost  []int32  // its reduced cost
}

const (
	noMove   = math.MaxInt32
	moveBits = 20 // keys hold the distance, then the number of moves
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
	t := &Table{r: r, width: w, gain: make([]int64, w), give: make([]int64, w)}
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
	rd := newReading(t)
	if err := rd.all(ctx); err != nil {
		return nil, err
	}
	rd.keep()
	return t, nil
}

// All is the exact extra price of every sink for source i, as [Residual.Force] would say of each.
func (t *Table) All(i int) []Price {
	s := t.search(i)
	defer s.put()
	s.until(func() int64 { return unreached })
	out := make([]Price, t.r.p.Sinks)
	for j := range out {
		switch d := s.dist[j]; {
		case j == s.home:
			out[j].Possible = true
		case s.row[j] != Forbidden && d < unreached:
			out[j] = Price{Possible: true, Extra: s.least(j) + d>>moveBits, Moves: int(d & moveMask)}
		}
	}
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

// Gain is what one more place at sink j, at the given marginal price, would save the whole placement, exactly; 0 if
// nothing. Serves reports whether a source that is left out would come in.
func (t *Table) Gain(j int, marginal int32) (saves int64, serves bool) {
	if t.loads.back[j] >= unreached {
		return 0, false
	}
	saves = t.r.pot[j] - t.loads.back[j]>>moveBits - int64(marginal)
	if saves <= 0 {
		return 0, false
	}
	return saves, t.fromLeft(j)
}

// GainFor is [Table.Gain] of a place at sink j that source i alone may take.
func (t *Table) GainFor(i, j int, marginal int32, row []int32) (saves int64, serves bool) {
	a := t.r.at(t.r.sink[i])
	if row[j] == Forbidden || a == j || t.loads.back[a] >= unreached {
		return 0, false
	}
	own := int64(t.r.p.Leave(i))
	if a < t.r.p.Sinks {
		own = int64(row[a])
	}
	saves = own - int64(row[j]) + t.r.pot[a] - t.loads.back[a]>>moveBits - int64(marginal)
	if saves <= 0 {
		return 0, false
	}
	return saves, t.fromLeft(a)
}

// fromLeft reports whether the way from the loads to node j begins with somebody who was left out.
func (t *Table) fromLeft(j int) bool {
	for t.loads.from[j] >= 0 {
		j = int(t.loads.from[j])
	}
	return j == t.r.p.Sinks
}
