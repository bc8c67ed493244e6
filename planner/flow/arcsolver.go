package flow

import (
	"context"
	"math"
)

// arcSolver solves over given arcs.
type arcSolver struct {
	*core
	arcs   *Arcs
	solved bool
}

func newArcSolver(a *Arcs) (*arcSolver, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	s := &arcSolver{core: newCore(a.Leave, a.Loads), arcs: a}
	s.g = s
	return s, nil
}

// begin gives every row its best sink if there is room at the price to start from, and lets the others bid.
func (a *arcSolver) begin() (waiting []int32) {
	least := int32(math.MaxInt32)
	for i := range a.rows {
		if k := a.arcs.Start[i]; k < a.arcs.Start[i+1] {
			least = min(least, a.arcs.Cost[k])
		}
	}
	a.open(least)
	a.prime(func(i int32) (j, v1, v2 int32) {
		j, _, v1, v2 = a.look(i)
		return j, v1, v2
	})
	for i := range a.rows {
		j, cost, _, v2 := a.look(int32(i))
		switch {
		case j < 0:
			a.rows[i].own = out
		case a.next[j] <= a.p[j]:
			a.sit(int32(i), j, cost)
			a.rows[i].best = v2
		default:
			waiting = append(waiting, int32(i))
		}
	}
	return a.bids(waiting, a.look)
}

// look finds row i's best sink, the least loaded of equals; out if leaving out is as good.
func (a *arcSolver) look(i int32) (j, cost, v1, v2 int32) {
	from, to := a.arcs.Start[i], a.arcs.Start[i+1]
	cols, costs := a.arcs.Col[from:to], a.arcs.Cost[from:to]
	costs = costs[:len(cols)]
	j, v1, v2 = out, a.leave[i], a.leave[i]
	for k, x := range cols {
		c := costs[k]
		if c+a.floor > v2 {
			break
		}
		v := c + a.p[x]
		if v < v1 || v == v1 && j >= 0 && a.load[x] < a.load[j] {
			j, cost, v1, v2 = x, c, v, v1
		} else if v < v2 {
			v2 = v
		}
	}
	return j, cost, v1, v2
}

// solve places all free rows and fills what must be filled, until no arc is cheaper than a row's own.
func (a *arcSolver) solve(ctx context.Context, progress func(done, total int)) error {
	var waiting []int32
	if !a.solved {
		waiting = a.begin()
	} else {
		for i := range a.rows {
			if a.rows[i].own == free {
				waiting = append(waiting, int32(i))
			}
		}
	}
	reach := int32(0) // of a backward phase
	for {
		a.work.Rounds++
		for k, i := range waiting {
			if k%1024 == 0 {
				if err := ctx.Err(); err != nil {
					return err
				}
				if progress != nil {
					progress(len(a.rows)-len(waiting)+k, len(a.rows))
				}
			}
			a.forward(i)
		}
		a.solved = true
		reach = max(reach, min(a.deepest(), MaxCost))
		again, err := a.fill(ctx, min(reach, 4*MaxCost))
		if err != nil || !again {
			return err
		}
		waiting = a.freeViolators()
		if len(waiting) == 0 && !a.anyShort() {
			return nil
		}
		reach = min(reach, MaxCost) * 4
	}
}

// anyShort reports whether some place must still be used.
func (a *arcSolver) anyShort() bool {
	for j := range a.p {
		if a.short(int32(j)) {
			return true
		}
	}
	return false
}

// deepest is the most that the price of a sink may have to fall: no single search goes farther.
func (a *core) deepest() (d int32) {
	for j := range a.p {
		d = max(d, a.p[j]-a.next[j])
	}
	return d
}

// fill runs a backward phase. Again is false if what it left is optimal.
func (a *arcSolver) fill(ctx context.Context, reach int32) (again bool, err error) {
	if !a.anyShort() {
		return false, nil
	}
	a.lower()
	c := a.columns(reach)
	for j := range a.p {
		if j%256 == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		for a.short(int32(j)) {
			a.backward(int32(j), c)
		}
	}
	a.forget()
	return c.short, nil
}

// freeViolators frees the rows to which another sink has become cheaper than their own.
func (a *arcSolver) freeViolators() (freed []int32) {
	for i := range a.rows {
		u := a.pays(int32(i))
		from, to := a.arcs.Start[i], a.arcs.Start[i+1]
		cols, costs := a.arcs.Col[from:to], a.arcs.Cost[from:to]
		costs = costs[:len(cols)]
		for k, j := range cols {
			if costs[k]+a.floor >= u {
				break
			}
			if costs[k]+a.p[j] < u {
				a.rise(int32(i))
				freed = append(freed, int32(i))
				break
			}
		}
	}
	return freed
}

// shut closes a sink and frees its rows.
func (a *core) shut(j int32) {
	for a.load[j] > 0 {
		a.rise(a.seats[a.at[j]+a.load[j]-1])
	}
	a.closed[j] = true
	a.next[j] = far
	a.p[j] = a.ceiling
}

// bound is the dual value of the prices over all arcs.
func (a *arcSolver) bound() (d int64) {
	for i := range a.rows {
		u := a.leave[i]
		from, to := a.arcs.Start[i], a.arcs.Start[i+1]
		cols, costs := a.arcs.Col[from:to], a.arcs.Cost[from:to]
		costs = costs[:len(cols)]
		for k, j := range cols {
			if costs[k]+a.floor >= u {
				break
			}
			u = min(u, costs[k]+a.p[j])
		}
		d += int64(u)
	}
	return d - a.rents()
}

// rents is what the prices earn at the sinks' places.
func (a *core) rents() (sum int64) {
	for j := range a.p {
		for l := int32(0); ; l++ {
			c := a.place(int32(j), l)
			if c >= a.p[j] {
				break
			}
			sum += int64(a.p[j] - c)
		}
	}
	return sum
}

// result sums up.
func (a *core) result() *Result {
	r := &Result{Sink: make([]int32, len(a.rows)), Potentials: append([]int32(nil), a.p...), Work: a.work}
	for i := range a.rows {
		x := &a.rows[i]
		r.Sink[i] = x.own
		if x.own < 0 {
			r.Left++
			r.Price += int64(a.leave[i])
		} else {
			r.Price += int64(x.cost)
		}
	}
	for j, l := range a.load {
		for k := range l {
			r.Price += int64(a.place(int32(j), k))
		}
	}
	return r
}
