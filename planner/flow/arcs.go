package flow

import (
	"errors"
	"fmt"
)

// ErrInstance is returned for an instance that does not hold together: sizes that differ, prices that fall, costs out of
// range.
var ErrInstance = errors.New("flow: the instance is not sound")

// Loads are the convex prices of all sinks' places, one after the other: the first, second, … place of sink j cost
// Price[Start[j]:Start[j+1]], never falling. The number of places is the capacity; none closes the sink.
type Loads struct {
	Start []int32 // one more than there are sinks
	Price []int32
}

// Of lists the prices of sink j's places.
func (l Loads) Of(j int32) []int32 { return l.Price[l.Start[j]:l.Start[j+1]] }

// Arcs is a transportation problem with given arcs: each row is placed at one sink or left out at its price.
type Arcs struct {
	Start []int64 // row i's arcs are Start[i] up to Start[i+1]; one more than there are rows
	Col   []int32 // sinks
	Cost  []int32 // ascending inside a row
	Leave []int32 // by row: price of leaving it out
	Loads Loads
}

// Options of a solver. The zero value is one worker and silence.
type Options struct {
	Workers  int                   // goroutines over complete graphs; 0: one. The result is the same.
	Progress func(done, total int) // in rows, called from the caller's goroutine; may be nil
}

// Work counts what a solver did. It is the same on every machine.
type Work struct {
	Rounds       int64 // of forward and backward phases
	Forward      int64 // paths that placed a row
	ForwardPops  int64 // sinks that they went through
	Backward     int64 // paths that filled a place whose price says that it must be used
	BackwardPops int64
	Bids         int64
	Arcs         int64 // held at the end
}

// Result is an optimal placement.
type Result struct {
	Sink       []int32 // of each row; −1: left out
	Potentials []int32 // by sink; the dual solution, see [Solver.Prove]
	Price      int64
	Left       int // rows left out
	Work       Work
}

// check looks over sizes and ranges.
func (a *Arcs) check() error {
	n, m := len(a.Leave), len(a.Loads.Start)-1
	if len(a.Start) != n+1 || m < 0 || a.Start[0] != 0 || a.Start[n] != int64(len(a.Col)) || len(a.Col) != len(a.Cost) {
		return fmt.Errorf("%w: %d rows, %d starts, %d columns, %d costs", ErrInstance, n, len(a.Start), len(a.Col), len(a.Cost))
	}
	for i := range n {
		if a.Start[i] > a.Start[i+1] {
			return fmt.Errorf("%w: row %d ends before it starts", ErrInstance, i)
		}
		last := int32(-MaxCost)
		for k := a.Start[i]; k < a.Start[i+1]; k++ {
			if c := a.Cost[k]; c < last || c > MaxCost {
				return fmt.Errorf("%w: cost %d of row %d is out of range or order", ErrInstance, c, i)
			} else {
				last = c
			}
			if j := a.Col[k]; j < 0 || int(j) >= m {
				return fmt.Errorf("%w: row %d names sink %d of %d", ErrInstance, i, j, m)
			}
		}
	}
	return checkEnds(a.Leave, a.Loads)
}

// checkEnds looks over the prices of leaving out and of places.
func checkEnds(leave []int32, l Loads) error {
	for i, c := range leave {
		if c > MaxCost || c < -MaxCost {
			return fmt.Errorf("%w: leaving out row %d costs %d", ErrInstance, i, c)
		}
	}
	m := len(l.Start) - 1
	if m < 0 || l.Start[0] != 0 || int(l.Start[m]) != len(l.Price) {
		return fmt.Errorf("%w: starts of %d places", ErrInstance, len(l.Price))
	}
	for j := range m {
		if l.Start[j] > l.Start[j+1] {
			return fmt.Errorf("%w: places of sink %d end before they start", ErrInstance, j)
		}
		for k, c := range l.Of(int32(j)) {
			if c > MaxCost || c < -MaxCost || k > 0 && c < l.Of(int32(j))[k-1] {
				return fmt.Errorf("%w: place %d of sink %d costs %d", ErrInstance, k, j, c)
			}
		}
	}
	return nil
}
