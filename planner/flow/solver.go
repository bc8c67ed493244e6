package flow

import (
	"context"
	"fmt"
)

// engine is a way of finding arcs: given ones, or those of the complete graph as they come to matter.
type engine interface {
	solve(ctx context.Context, progress func(done, total int)) error
	result() *Result
	bound() int64
	shut(j int32)
}

// Solver holds a placement between solutions, so that the next one after a small change starts from the last. Not safe
// for concurrent use.
type Solver struct {
	e     engine
	o     Options
	sinks int32
	err   error // of a solution broken off; the state is not to be gone on with
}

// NewArcs makes a solver over given arcs. It keeps a and does not change it.
func NewArcs(a *Arcs, o Options) (*Solver, error) {
	e, err := newArcSolver(a)
	if err != nil {
		return nil, err
	}
	return &Solver{e: e, o: o, sinks: int32(len(a.Loads.Start) - 1)}, nil
}

// Solve places all rows at the least price: cold the first time, from the last solution after [Solver.Close]. After an
// error the solver is of no more use.
func (s *Solver) Solve(ctx context.Context) (*Result, error) {
	if s.err != nil {
		return nil, s.err
	}
	if s.err = s.e.solve(ctx, s.o.Progress); s.err != nil {
		return nil, s.err
	}
	return s.e.result(), nil
}

// Close shuts sinks for good: they take nobody any more, and their rows wait for the next [Solver.Solve].
func (s *Solver) Close(sinks ...int32) error {
	for _, j := range sinks {
		if j < 0 || j >= s.sinks {
			return fmt.Errorf("%w: no sink %d", ErrInstance, j)
		}
	}
	for _, j := range sinks {
		s.e.shut(j)
	}
	return nil
}

// Prove works out the bound that the potentials give over all arcs, or all pairs of the complete graph, from nothing but
// them and the instance. It equals the price if and only if the placement is optimal and this is its proof.
func (s *Solver) Prove(ctx context.Context) (bound int64, err error) {
	return s.e.bound(), ctx.Err()
}

// SolveArcs places all rows over given arcs and proves it: an error is returned rather than a solution whose price and
// bound differ.
func SolveArcs(ctx context.Context, a *Arcs, o Options) (*Result, error) {
	s, err := NewArcs(a, o)
	if err != nil {
		return nil, err
	}
	return s.proved(ctx)
}

func (s *Solver) proved(ctx context.Context) (*Result, error) {
	r, err := s.Solve(ctx)
	if err != nil {
		return nil, err
	}
	bound, err := s.Prove(ctx)
	if err != nil {
		return nil, err
	}
	if bound != r.Price {
		return nil, fmt.Errorf("flow: price %d and bound %d differ: a fault in the solver", r.Price, bound)
	}
	return r, nil
}

// SolvePoints is [SolveArcs] over the complete graph: optimal over all pairs of rows and sinks.
func SolvePoints(ctx context.Context, p *Points, o Options) (*Result, error) {
	s, err := NewPoints(p, o)
	if err != nil {
		return nil, err
	}
	return s.proved(ctx)
}
