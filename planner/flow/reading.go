package flow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// move is a cheapest move out of a sink, as a reading keeps it.
type move struct {
	to   uint16
	cost int32
}

// reading reads the rows of all sources for a table, sink by sink, and drops on the way what no answer needs: a move from a
// to b that is dearer than the way over the loads. Of that way it knows at first only what leads there by one move, which is
// never shorter than the shortest; a move that makes such a way itself is not dearer, so that no shortest way to the loads or
// from them is lost.
type reading struct {
	t     *Table
	ahead []int64  // from the sink to the loads, by at most one move of those read
	back  []int64  // from the loads to the sink, likewise
	out   [][]move // by sink
	kept  int
}

// firstSinks are read before anything is dropped.
const firstSinks = 128

func newReading(t *Table) *reading {
	w := t.width
	rd := &reading{t: t, ahead: make([]int64, w), back: make([]int64, w), out: make([][]move, w)}
	for j := range w {
		rd.ahead[j], rd.back[j] = unreached, unreached
		if c := t.gain[j]; c < noMove {
			rd.ahead[j] = c << moveBits
		}
		if c := t.give[j]; c < noMove {
			rd.back[j] = c << moveBits
		}
	}
	return rd
}

// all reads the sinks, those first that give up most cheaply, on all processors.
func (rd *reading) all(ctx context.Context) error {
	t := rd.t
	order := make([]int, t.width)
	for a := range order {
		order[a] = a
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(t.give[a], t.give[b]) })
	for done, n := 0, firstSinks; done < len(order); done, n = done+n, 2*n {
		n = min(n, len(order)-done)
		if err := rd.some(ctx, order[done:done+n]); err != nil {
			return err
		}
		if before := rd.kept; done == 0 || rd.count() > before+before/2 {
			rd.drop()
		}
	}
	return nil
}

func (rd *reading) count() (n int) {
	for _, ms := range rd.out {
		n += len(ms)
	}
	return n
}

// drop keeps what is still no dearer than the way over the loads.
func (rd *reading) drop() {
	rd.kept = 0
	for a, ms := range rd.out {
		if len(ms) == 0 {
			continue
		}
		rd.out[a] = slices.Clip(slices.DeleteFunc(ms, func(m move) bool { return m.key() > rd.ahead[a]+rd.back[m.to] }))
		rd.kept += len(rd.out[a])
	}
}

func (m move) key() int64 { return int64(m.cost)<<moveBits + 1 }

// some reads these sinks and then knows shorter ways from the loads.
func (rd *reading) some(ctx context.Context, sinks []int) error {
	w := rd.t.width
	var next atomic.Int64
	errs, backs := make([]error, min(len(sinks), runtime.GOMAXPROCS(0))), make([][]int64, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for k := range errs {
		wg.Go(func() {
			row, best, back := make([]int32, w), make([]int64, w), slices.Clone(rd.back)
			for x := int(next.Add(1) - 1); x < len(sinks); x = int(next.Add(1) - 1) {
				if errs[k] = ctx.Err(); errs[k] != nil {
					return
				}
				if errs[k] = rd.sink(sinks[x], row, best, back); errs[k] != nil {
					return
				}
			}
			backs[k] = back
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, back := range backs {
		for b, d := range back {
			rd.back[b] = min(rd.back[b], d)
		}
	}
	return nil
}

// sink works out the moves out of sink a. Back is what this processor knows of the ways from the loads.
func (rd *reading) sink(a int, row []int32, best []int64, back []int64) error {
	t := rd.t
	if len(t.r.members[a]) == 0 {
		return nil
	}
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
	ahead := rd.ahead[a]
	for b, c := range best {
		if b == a || c == never {
			best[b] = never
			continue
		}
		v := c + t.r.pot[b] - t.r.pot[a]
		if v < 0 || v >= noMove {
			return fmt.Errorf("%w: reduced cost %d between sinks %d and %d", ErrNotOptimal, v, a, b)
		}
		best[b] = v
		if g := t.gain[b]; g < noMove {
			ahead = min(ahead, (v+g)<<moveBits+1)
		}
		if g := t.give[a]; g < noMove {
			back[b] = min(back[b], (v+g)<<moveBits+1)
		}
	}
	n := 0
	for b, v := range best {
		if v != never && v<<moveBits+1 <= ahead+back[b] {
			n++
		}
	}
	out := make([]move, 0, n)
	for b, v := range best {
		if v != never && v<<moveBits+1 <= ahead+back[b] {
			out = append(out, move{uint16(b), int32(v)})
		}
	}
	rd.ahead[a], rd.out[a] = ahead, out
	return nil
}

// keep works out the shortest ways to and from the loads, and gives the table the moves that are cheaper than those.
func (rd *reading) keep() {
	t, w := rd.t, rd.t.width
	l := byLoads{ahead: make([]int64, w), next: make([]int32, w), back: make([]int64, w), from: make([]int32, w)}
	for j := range w {
		l.ahead[j], l.back[j], l.next[j], l.from[j] = unreached, unreached, -1, -1
	}
	var heap ways
	begin := func(dist, from []int64) {
		for j, c := range from {
			if c < noMove {
				dist[j] = c << moveBits
				heap.push(way{dist[j], int32(j)})
			}
		}
	}
	for begin(l.back, t.give); len(heap) > 0; {
		x := heap.pop()
		if x.key > l.back[x.node] {
			continue
		}
		for _, m := range rd.out[x.node] {
			if d := x.key + m.key(); d < l.back[m.to] {
				l.back[m.to], l.from[m.to] = d, x.node
				heap.push(way{d, int32(m.to)})
			}
		}
	}
	copy(rd.back, l.back)
	rd.drop()
	rd.turn()
	for begin(l.ahead, t.gain); len(heap) > 0; {
		x := heap.pop()
		if x.key > l.ahead[x.node] {
			continue
		}
		for k := t.start[x.node]; k < t.start[x.node+1]; k++ {
			a := t.from[k]
			if d := x.key + int64(t.cost[k])<<moveBits + 1; d < l.ahead[a] {
				l.ahead[a], l.next[a] = d, x.node
				heap.push(way{d, int32(a)})
			}
		}
	}
	t.loads = l
	copy(rd.ahead, l.ahead)
	for a, ms := range rd.out {
		rd.out[a] = slices.DeleteFunc(ms, func(m move) bool { return m.key() >= l.ahead[a]+l.back[m.to] })
	}
	rd.turn()
}

// turn gives the table the moves by the sink that they lead to, cheapest first.
func (rd *reading) turn() {
	t, w := rd.t, rd.t.width
	t.start = make([]int, w+1)
	for _, ms := range rd.out {
		for _, m := range ms {
			t.start[m.to+1]++
		}
	}
	most := 0
	for b := range w {
		most = max(most, t.start[b+1])
		t.start[b+1] += t.start[b]
	}
	n := t.start[w]
	t.from, t.cost = make([]uint16, n), make([]int32, n)
	at := slices.Clone(t.start[:w])
	for a, ms := range rd.out {
		for _, m := range ms {
			t.from[at[m.to]], t.cost[at[m.to]] = uint16(a), m.cost
			at[m.to]++
		}
	}
	keys := make([]uint64, most)
	for b := range w {
		from, cost := t.from[t.start[b]:t.start[b+1]], t.cost[t.start[b]:t.start[b+1]]
		for k, c := range cost {
			keys[k] = uint64(c)<<16 | uint64(from[k])
		}
		slices.Sort(keys[:len(cost)])
		for k, x := range keys[:len(cost)] {
			from[k], cost[k] = uint16(x&math.MaxUint16), int32(x>>16)
		}
	}
}
