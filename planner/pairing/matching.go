package pairing

import (
	"context"
	"math/bits"
	"slices"

	"lianxin/planner/rule"
)

// matching serves as many targets as can be, without prices: augmenting paths over the allowed pairs.
type matching struct {
	inst    *rule.Instance
	may     [][]uint64 // by target, bit j: cadre j is allowed
	sink    []int
	members [][]int
	dead    []uint64 // cadres reached by a search that failed: no later one leads anywhere from them
	parent  []int    // by cadre: the target through which a search came
}

func newMatching(ctx context.Context, inst *rule.Instance) *matching {
	n, m := len(inst.Targets), len(inst.Cadres)
	x := &matching{inst: inst, may: make([][]uint64, n), sink: make([]int, n), members: make([][]int, m), dead: make([]uint64, (m+63)/64), parent: make([]int, m)}
	price := inst.Rows(ctx)
	inst.Each(func(i int) {
		x.sink[i], x.may[i] = -1, make([]uint64, (m+63)/64)
		row := make([]int32, m)
		price(i, row)
		for j, c := range row {
			if c != rule.Forbidden {
				x.may[i][j/64] |= 1 << (j % 64)
			}
		}
	})
	return x
}

// clear forgets the placement.
func (x *matching) clear() {
	for i := range x.sink {
		x.sink[i] = -1
	}
	for j := range x.members {
		x.members[j] = nil
	}
	clear(x.dead)
}

// fill places all targets that can be.
func (x *matching) fill(ctx context.Context) {
	for i := range x.sink {
		if i%256 == 0 && ctx.Err() != nil {
			return
		}
		x.search(i, x.dead, true)
	}
}

func (x *matching) short() (n int) {
	for _, j := range x.sink {
		if j < 0 {
			n++
		}
	}
	return n
}

// search looks for a free place reachable from target i past the cadres in closed, takes it if place is set, and otherwise
// returns the cadres that it reached, all full. With place set, those of a search that failed are added to closed.
func (x *matching) search(i int, closed []uint64, place bool) (reached []int) {
	seen := slices.Clone(closed)
	todo := []int{i}
	for len(todo) > 0 {
		k := todo[0]
		todo = todo[1:]
		for word, may := range x.may[k] {
			for fresh := may &^ seen[word]; fresh != 0; fresh &= fresh - 1 {
				j := word*64 + bits.TrailingZeros64(fresh)
				seen[word] |= 1 << (j % 64)
				x.parent[j] = k
				if len(x.members[j]) < x.inst.Cadres[j].Cap {
					if place {
						x.take(j)
					}
					return nil
				}
				reached = append(reached, j)
				todo = append(todo, x.members[j]...)
			}
		}
	}
	if place {
		copy(closed, seen)
	}
	return reached
}

// take walks the path to cadre j back and moves everybody on it.
func (x *matching) take(j int) {
	for {
		i := x.parent[j]
		from := x.sink[i]
		x.sink[i] = j
		x.members[j] = append(x.members[j], i)
		if from < 0 {
			return
		}
		x.members[from] = slices.DeleteFunc(x.members[from], func(k int) bool { return k == i })
		j = from
	}
}

// conflict is the smallest tight set: for each unserved target, the cadres that a search from it reaches are all full, and
// the targets that it meets are those cadres' and itself: one more than the cadres may have (Hall's theorem).
func (x *matching) conflict() (targets, cadres []int) {
	for i, j := range x.sink {
		if j >= 0 {
			continue
		}
		reached := x.search(i, make([]uint64, len(x.dead)), false)
		met := []int{i}
		for _, j := range reached {
			met = append(met, x.members[j]...)
		}
		if targets == nil || len(met)+len(reached) < len(targets)+len(cadres) {
			targets, cadres = met, reached
		}
	}
	slices.Sort(targets)
	slices.Sort(cadres)
	return targets, cadres
}
