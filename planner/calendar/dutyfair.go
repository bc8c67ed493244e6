package calendar

import "slices"

// relax finds the leximin loads when gaps are left aside and a slot of weight two may be two halves of different people. Its
// sum of squares and its spread are bounds for every assignment; one that reaches the sum is leximin itself.
//
// Units go to whoever can take them with the least excess; then units move along paths from fuller to emptier people until no
// path leads from one to another whose excess is more than a unit less. No such path is left exactly if the sum of squares is
// least, since loads of a flow are an M-convex set and the sum is separable and convex (Murota, Discrete Convex Analysis, 2003,
// theorem 6.26; Harvey, Ladner, Lovász and Tamir, Semi-matchings, 2006, for equal shares).
func (d *duty) relax() {
	f := &fair{can: nil, at: nil, excess: slices.Clone(d.excess), mark: make([]int32, d.People), from: make([]int32, d.People), in: make([][]int32, d.People)}
	for _, s := range d.Slots {
		for range s.Weight {
			can := s.Can
			if s.Fixed {
				can = []int32{s.By}
			}
			f.can = append(f.can, can)
			f.at = append(f.at, -1)
		}
	}
	// those with the least choice first: fewer paths are needed afterwards
	order := make([]int32, len(f.can))
	for j := range order {
		order[j] = int32(j)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return len(f.can[a]) - len(f.can[b]) })
	for _, j := range order {
		best := f.can[j][0]
		for _, k := range f.can[j] {
			if f.excess[k] < f.excess[best] {
				best = k
			}
		}
		f.put(j, best)
	}
	for moved := true; moved; {
		moved = false
		for k := range d.People {
			for f.relieve(int32(k)) {
				moved = true
			}
		}
	}
	d.spread = spreadOf(f.excess)
	d.least = squaresOf(f.excess)
}

// fair is an assignment of units, each of one DutyUnit.
type fair struct {
	can    [][]int32 // by unit
	at     []int32   // by unit: who has it, -1 nobody
	in     [][]int32 // by person: their units
	excess []int64
	mark   []int32 // by person: the number of the search that saw them
	from   []int32 // by person: the unit by which it came
	runs   int32
	queue  []int32
}

func (f *fair) put(unit, to int32) {
	if old := f.at[unit]; old >= 0 {
		in := f.in[old]
		at := slices.Index(in, unit)
		in[at] = in[len(in)-1]
		f.in[old] = in[:len(in)-1]
		f.excess[old] -= DutyUnit
	}
	f.at[unit] = to
	f.in[to] = append(f.in[to], unit)
	f.excess[to] += DutyUnit
}

// relieve moves one unit of k along a shortest path to somebody whose excess stays below what k's was.
func (f *fair) relieve(k int32) bool {
	f.runs++
	f.mark[k] = f.runs
	queue := append(f.queue[:0], k)
	defer func() { f.queue = queue }()
	for n := 0; n < len(queue); n++ {
		p := queue[n]
		if p != k && f.excess[p]+DutyUnit < f.excess[k] {
			for p != k {
				unit := f.from[p]
				prev := f.at[unit]
				f.put(unit, p)
				p = prev
			}
			return true
		}
		for _, unit := range f.in[p] {
			for _, next := range f.can[unit] {
				if f.mark[next] != f.runs {
					f.mark[next], f.from[next] = f.runs, unit
					queue = append(queue, next)
				}
			}
		}
	}
	return false
}
