package pairing

import (
	"context"
	"errors"

	"lianxin/planner/flow"
)

// priced is the exact extra price of a sink for a source, in triples: of a solved plan the first two parts are 0.
type priced struct {
	possible bool // false: forbidden, or no room at any price
	extra    triple
	moves    int // other sources that change their sink
}

// saving is what one more place saves.
type saving struct {
	price  triple
	serves bool // somebody left out comes in
}

// build makes the part ready for questions, once.
func (x *part) build(ctx context.Context) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.table != nil || x.res != nil || x.kept != nil {
		return nil
	}
	q := problem(ctx, x.inst)
	x.costs = q.Row
	var err error
	if x.fewest {
		k := keepingOf(ctx, x.inst)
		k.row = q.Row
		if x.kept, err = newKeptTable(ctx, k, x.sink, x.pot); errors.Is(err, flow.ErrNoTable) {
			return tooMany(len(x.inst.Cadres), err)
		}
	} else {
		pot := make([]int64, len(x.pot))
		for j, p := range x.pot {
			pot[j] = p.secs
		}
		if x.table, err = flow.NewTable(ctx, q, x.sink, pot); errors.Is(err, flow.ErrNoTable) {
			x.res, err = flow.NewResidual(q, x.sink, pot)
		}
	}
	if errors.Is(err, flow.ErrNotOptimal) {
		return stale(err)
	}
	return err
}

// tabled reports whether all sinks can be asked at once.
func (x *part) tabled() bool { return x.table != nil || x.kept != nil }

// force is the answer for one pair with the moves of others that it needs.
func (x *part) force(i, j int) (p priced, moves []flow.Move, err error) {
	var f flow.Forced
	switch {
	case x.kept != nil:
		if p = x.kept.all(i)[j]; p.possible {
			moves = x.kept.chain(i, j)
		}
		return p, moves, nil
	case x.table != nil:
		f = x.table.Force(i, j)
	default:
		x.mu.Lock()
		defer x.mu.Unlock()
		if f, err = x.res.Force(i, j); err != nil {
			return p, nil, err
		}
	}
	return priced{f.Possible, triple{secs: f.Extra}, len(f.Moves)}, f.Moves, nil
}

// saved is what one more place at sink j would save.
func (x *part) saved(j int, marginal int32) saving {
	if x.kept != nil {
		return x.kept.saved(j, marginal)
	}
	s, serves := x.table.Gain(j, marginal)
	return saving{triple{secs: s}, serves}
}

// savedFor is what one more place at sink j would save that source i alone may take.
func (x *part) savedFor(i, j int, marginal int32, row []int32) saving {
	if x.kept != nil {
		return x.kept.savedFor(i, j, marginal, row)
	}
	s, serves := x.table.GainFor(i, j, marginal, row)
	return saving{triple{secs: s}, serves}
}
