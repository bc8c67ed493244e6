package flow

import (
	"context"
	"slices"
)

// coarseBy: in a coarse county every so manieth row stands for its neighbours, and so many neighbouring sinks are one, with the
// mean of their loads. Its prices are near those of the whole and cost a sixth of the work: searches need not carry surplus
// and lack across the county any more, one row at a time. Measured at county M: about as long in all (the longest of nine made
// counties a sixth less, short ones up to a quarter more), and 25 to 40 % less for placing anew after 1 % of the sinks closed.
const coarseBy = 4

// coarseFrom is the number of rows from which prices start from a coarse county. Where sinks are divided in sides (sidesFrom),
// long ways are few already, and it costs more than it saves.
const coarseFrom = 800

// coarse is the county as a coarse one; group is the coarse sink of each of ours.
func (s *pointSolver) coarse() (p *Points, group []int32) {
	g := s.o.(*pointOracle)
	q, m := g.p, len(g.sinks)
	p = &Points{Rate: q.Rate, Churn: q.Churn, Loads: Loads{Start: []int32{0}}}
	group = make([]int32, m)
	var all []int32
	for from := 0; from < m; from += coarseBy {
		to := min(m, from+coarseBy)
		x := &g.sinks[(from+to)/2]
		r := len(p.Gives)
		p.SinkX, p.SinkY, p.Gives = append(p.SinkX, x.x), append(p.SinkY, x.y), append(p.Gives, x.gives)
		all = all[:0]
		for j := from; j < to; j++ {
			group[j] = int32(r)
			if !s.closed[j] {
				all = append(all, s.loads.Of(int32(j))...)
			}
		}
		slices.Sort(all)
		for l := r % coarseBy; l < len(all); l += coarseBy { // from elsewhere each time, so that the sum is right
			p.Loads.Price = append(p.Loads.Price, all[l])
		}
		p.Loads.Start = append(p.Loads.Start, int32(len(p.Loads.Price)))
	}
	for i := coarseBy / 2; i < len(g.rows); i += coarseBy {
		r := &g.rows[i]
		p.RowX, p.RowY, p.Wants, p.Unmet = append(p.RowX, r.x), append(p.RowY, r.y), append(p.Wants, r.wants), append(p.Unmet, r.unmet)
		present := r.present
		if present >= 0 {
			present = group[present]
		}
		p.Present, p.Leave = append(p.Present, present), append(p.Leave, s.leave[i])
	}
	return p, group
}

// solve is [lazySolver.solve], of a county from prices of a coarse one, which may itself have started so. Prices start a
// little lower: a search forwards is shorter than one backwards.
func (s *pointSolver) solve(ctx context.Context, progress func(done, total int)) error {
	if !s.solved && len(s.rows) >= s.coarseFrom && len(s.sink) > coarseBy && len(s.sink) < s.sidesFrom {
		p, group := s.coarse()
		c, err := NewPoints(p, Options{Workers: s.workers})
		if err != nil {
			return err
		}
		e := c.e.(*pointSolver)
		e.coarseFrom, e.rough = s.coarseFrom, true
		if err := e.solve(ctx, nil); err != nil {
			return err
		}
		lower := s.o.(*pointOracle).step / 20
		s.start = make([]int32, len(group))
		for j, r := range group {
			s.start[j] = e.p[e.number[r]] - lower
		}
	}
	return s.lazySolver.solve(ctx, progress)
}
