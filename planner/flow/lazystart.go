package flow

import "sync"

// look is [arcSolver.look] over the complete graph.
func (a *lazySolver) look(i int32) (j, cost, v1, v2 int32) {
	for {
		j, v1, v2 = out, a.leave[i], a.leave[i]
		for _, x := range a.arcsOf(i) {
			v := x.cost + a.p[x.sink]
			if v < v1 || v == v1 && j >= 0 && a.load[x.sink] < a.load[j] {
				j, cost, v1, v2 = x.sink, x.cost, v, v1
			} else if v < v2 {
				v2 = v
			}
		}
		if v2 <= a.spans[i].rest {
			return j, cost, v1, v2
		}
		a.more(i, v2, rowMore)
	}
}

// begin gives every row its best sink if there is room at the price to start from, and lets the others bid.
func (a *lazySolver) begin() (waiting []int32) {
	a.open(a.cheapest)
	if a.start != nil {
		for j, p := range a.start {
			if pr := a.loads.Of(int32(j)); len(pr) > 0 && !a.closed[j] {
				a.p[j] = max(pr[0], min(a.ceiling, p))
			}
		}
		a.start = nil
	}
	a.o.priced(a.p)
	a.crew()
	a.batches(rowFirst, func(w int, i int32) ([]found, int32) {
		return a.twins[w].near(i, a.leave[i], rowFirst, a.unmarked, 1)
	}, func(i, rest int32) {
		a.spans[i].rest = rest
		j, cost, _, v2 := a.look(i)
		switch {
		case j < 0:
			a.rows[i].own = out
		case a.next[j] <= a.p[j]:
			a.sit(i, j, cost)
			a.rows[i].best = v2
		default:
			waiting = append(waiting, i)
		}
	})
	return a.bids(waiting, a.look)
}

// batches lets all workers look for arcs of all rows, which do not depend on one another: at most most of each, and a bound
// for its others. Found arcs are added in the order of the rows, and done is called.
func (a *lazySolver) batches(most int, look func(w int, i int32) ([]found, int32), done func(i, rest int32)) {
	const batch = 8192
	n := min(batch, len(a.rows))
	all, rests, counts := make([]found, n*most), make([]int32, n), make([]int8, n)
	for from := 0; from < len(a.rows); from += batch {
		to := min(from+batch, len(a.rows))
		a.share(from, to, func(w, i int) {
			list, rest := look(w, int32(i))
			rests[i-from], counts[i-from] = rest, int8(len(list))
			copy(all[(i-from)*most:], list)
		})
		for k := range to - from {
			i := int32(from + k)
			for _, f := range all[k*most : k*most+int(counts[k])] {
				a.add(i, arc{f.id, f.cost})
			}
			a.work.Arcs += int64(counts[k])
			done(i, rests[k])
		}
	}
}

// crew makes the workers' own oracles.
func (a *lazySolver) crew() {
	if a.twins != nil {
		return
	}
	a.unmarked = make([]int32, len(a.p))
	for range max(1, a.workers) {
		a.twins = append(a.twins, a.o.twin())
	}
}

// share calls f for the rows of a range, on all workers. What f writes may depend on the row alone.
func (a *lazySolver) share(from, to int, f func(w, i int)) {
	n := len(a.twins)
	if n == 1 {
		for i := from; i < to; i++ {
			f(0, i)
		}
		return
	}
	var wg sync.WaitGroup
	// Workers part between cells, as each belongs to one at a time.
	part := func(w int) int {
		if w == 0 {
			return from
		}
		return min(to, (from+(to-from)*w/n+1<<cellBits-1)>>cellBits<<cellBits)
	}
	for w := range n {
		wg.Go(func() {
			for i := part(w); i < part(w+1); i++ {
				f(w, i)
			}
		})
	}
	wg.Wait()
}

// bound is the dual value of the prices over all pairs.
func (a *lazySolver) bound() (d int64) {
	a.o.priced(a.p)
	a.crew()
	parts := make([]int64, 16*len(a.twins)) // apart, so that workers do not wait for one another's cache lines
	a.share(0, len(a.rows), func(w, i int) { parts[16*w] += int64(a.twins[w].least(int32(i), a.leave[i])) })
	for _, s := range parts {
		d += s
	}
	return d - a.rents()
}
