package flow

import (
	"context"
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// Searches are short, and of those in one half of a county few come to the other. So the sinks are divided in two sides and
// each side makes its own searches, on its own processor if there are two: a sink, and the rows at it, belong to one side,
// which alone may change them. Of the other side it knows the prices from before: lower bounds while prices rise, and of what
// rows pay upper bounds while prices fall. A search that by them might come to the other side before its end is put off,
// having changed nothing. What was put off is tried again with the sinks divided elsewhere, and the rest is done on the whole.
// Each search that is made is one that could have been made on the whole, so nothing has to be put right, and who makes it
// does not matter: one goroutine does the sides one after the other with the same result.

// sidesFrom is the number of sinks from which they are divided, and searchesFrom that of searches waiting.
// In a county of 1,000 sinks one search in three goes across, and those that do are the long ones.
const sidesFrom, searchesFrom = 4000, 48

// nobody's rows are those that are left out: both sides could take them.
const nobody = uint8(255)

// elsewhere is the end of a path that may go on on the other side.
const elsewhere = int32(-3)

// side is where a search may go; the zero value is everywhere.
type side struct {
	me    uint8
	sinks []uint8 // side of each
	rows  []uint8 // while prices fall: side of the row's sink
	paid  []int32 // while prices fall: what rows paid before
}

// foreign reports whether sink j is the other side's.
func (s *side) foreign(j int32) bool { return s.sinks != nil && s.sinks[j] != s.me }

// divide makes the two sides of a stage.
func (a *lazySolver) divide(sinks []uint8, fall bool) (ws [2]*lazySolver) {
	a.forget() // rows that left may go elsewhere at the same time
	both := side{sinks: sinks}
	if fall {
		a.o.paid(a.payer)
		both.rows, both.paid = make([]uint8, len(a.rows)), make([]int32, len(a.rows))
		for i := range a.rows {
			both.rows[i], both.paid[i] = nobody, a.pays(int32(i))
			if j := a.rows[i].own; j >= 0 {
				both.rows[i] = sinks[j]
			}
		}
	}
	for k := range ws {
		w := a.parts[k]
		if w == nil {
			w = &lazySolver{core: &core{lab: make([]label, len(a.p)), laying: laying{dense: make([]cheapest, len(a.p))}}, stamp: make([]int32, len(a.p))}
			a.parts[k] = w
		}
		c, old := *a.core, w.core
		c.p = append(old.p[:0], a.p...)
		c.lab, c.turn, c.heap, c.seen, c.moves, c.laying = old.lab, old.turn, old.heap, old.seen, old.moves, old.laying
		c.g, c.work, c.side = w, Work{}, both
		c.side.me = uint8(k)
		*old = c
		w.o, w.spans, w.arena, w.cols, w.since = a.o.apart(c.p, fall), a.spans, a.arena, a.cols, 0
		s := &old.side
		w.payer = func(i int32) int32 {
			if s.rows[i] != s.me {
				return s.paid[i]
			}
			return w.pays(i)
		}
		ws[k] = w
	}
	return ws
}

// unite takes over what the sides did.
func (a *lazySolver) unite(ws [2]*lazySolver) {
	of := ws[0].side.sinks
	for j := range a.p {
		a.p[j] = ws[of[j]].p[j]
	}
	for _, w := range ws {
		a.hop = max(a.hop, w.hop)
		a.o.adopt(w.o)
		a.work.Forward += w.work.Forward
		a.work.ForwardPops += w.work.ForwardPops
		a.work.Backward += w.work.Backward
		a.work.BackwardPops += w.work.BackwardPops
		a.work.Arcs += w.work.Arcs
		w.o, w.cols, w.side = nil, nil, side{}
	}
	a.o.priced(a.p)
}

// both calls f for both sides, at the same time if there are workers.
func (a *lazySolver) both(ws [2]*lazySolver, f func(k int, w *lazySolver)) {
	if a.workers <= 1 {
		f(0, ws[0])
		f(1, ws[1])
		return
	}
	var wg sync.WaitGroup
	wg.Go(func() { f(1, ws[1]) })
	f(0, ws[0])
	wg.Wait()
}

// stages makes searches by sides, with the sinks divided in one way after the other while so many wait that it is worth it. Of
// is the side of a search; try makes it, or tells that it must be put off. What still waits is returned.
func (a *lazySolver) stages(ctx context.Context, waiting []int32, fall bool, of func(sinks []uint8, x int32) uint8, try func(w *lazySolver, x int32) bool, done func(n int)) ([]int32, error) {
	for n := 0; len(a.p) >= a.sidesFrom && len(waiting) >= a.searchesFrom; n++ {
		sinks := a.o.sides(n)
		if sinks == nil {
			break
		}
		var lists, off [2][]int32
		for _, x := range waiting {
			k := of(sinks, x)
			lists[k] = append(lists[k], x)
		}
		var made atomic.Int64
		ws := a.divide(sinks, fall)
		a.both(ws, func(k int, w *lazySolver) {
			for m, x := range lists[k] {
				if m%256 == 0 {
					if ctx.Err() != nil {
						return
					}
					if k == 0 {
						done(int(made.Load()))
					}
				}
				if len(off[k]) > 64+m*3/4 { // such sides are none
					off[k] = append(off[k], lists[k][m:]...)
					return
				}
				if try(w, x) {
					made.Add(1)
				} else {
					off[k] = append(off[k], x)
				}
			}
		})
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		a.unite(ws)
		waiting = slices.Concat(off[0], off[1])
	}
	return waiting, nil
}

// placeBySides places rows, and returns those that it could not.
func (a *lazySolver) placeBySides(ctx context.Context, waiting []int32, done func(n int)) ([]int32, error) {
	return a.stages(ctx, waiting, false, func(sinks []uint8, i int32) uint8 {
		best, k := int32(math.MaxInt32), uint8(0)
		for _, x := range a.arcsOf(i) {
			if v := x.cost + a.p[x.sink]; v < best {
				best, k = v, sinks[x.sink]
			}
		}
		return k
	}, (*lazySolver).forward, done)
}

// fillBySides fills sinks that are short, and returns those that it could not.
func (a *lazySolver) fillBySides(ctx context.Context, short []int32) ([]int32, error) {
	return a.stages(ctx, short, true, func(sinks []uint8, j int32) uint8 { return sinks[j] }, func(w *lazySolver, j int32) bool {
		for w.short(j) {
			if !w.backward(j) {
				return false
			}
		}
		return true
	}, func(int) {})
}
