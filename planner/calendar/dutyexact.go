package calendar

import (
	"context"
	"slices"
)

const (
	exactWork  = 40_000_000 // looks at a person for a slot, in a search over all slots: after so many the answer is not called exact
	windowWork = 1_000_000  // the same of one window
	windowDays = 7          // workdays before and after a short gap: three weeks
	maxWindows = 20
	exactSlots = 40 // with more open slots a whole search has no hope
)

// conflicts finds stretches within one gap whose slots cannot all have a person of their own (Hall's theorem, by a matching).
// Each slot that is one too many follows another of its person within the stretch, so stretches that share no more than an end
// add up: of these the ones are chosen that prove the most gaps impossible, for anybody.
func (d *duty) conflicts() (cs []DutyConflict, forced int) {
	n := len(d.Slots)
	found := make([]DutyConflict, n) // by first slot; Need 0: none
	most := make([]int, n+1)         // by slot: gaps that the slots from it on cannot keep
	for i := n - 1; i >= 0; i-- {
		most[i] = most[i+1]
		j := d.end(i)
		if j-i < 2 {
			continue
		}
		m := &hall{slots: d.Slots[i:j], by: slices.Repeat([]int32{-1}, d.People), seen: make([]bool, d.People)}
		if have := m.size(); have < j-i {
			found[i] = DutyConflict{First: i, Last: j - 1, Need: j - i, Have: have, Who: m.stuck()}
			most[i] = max(most[i], j-i-have+most[j-1])
		}
	}
	for i := 0; i < n; {
		if c := found[i]; c.Need > 0 && most[i] == c.Need-c.Have+most[c.Last] {
			cs = append(cs, c)
			i = c.Last // the first slot of the next stretch is short of nothing in it
			continue
		}
		i++
	}
	return cs, most[0]
}

// end is the first slot beyond the gap of slot i.
func (d *duty) end(i int) int {
	j := i
	for j < len(d.Slots) && d.Slots[j].At-d.Slots[i].At < d.Gap {
		j++
	}
	return j
}

// hall matches slots to people of their own.
type hall struct {
	slots []DutySlot
	by    []int32 // person → slot, -1
	seen  []bool  // by the last search
	left  bool    // a search failed: seen are the people whom the slots in excess compete for
	tight []bool
}

func (h *hall) size() (n int) {
	for s := range h.slots {
		clear(h.seen)
		if h.place(int32(s)) {
			n++
		} else if !h.left {
			h.left, h.tight = true, slices.Clone(h.seen)
		}
	}
	return n
}

func (h *hall) place(s int32) bool {
	can := h.slots[s].Can
	if h.slots[s].Fixed {
		can = []int32{h.slots[s].By}
	}
	for _, k := range can {
		if h.seen[k] {
			continue
		}
		h.seen[k] = true
		if h.by[k] < 0 || h.place(h.by[k]) {
			h.by[k] = s
			return true
		}
	}
	return false
}

func (h *hall) stuck() (who []int32) {
	for k, t := range h.tight {
		if t {
			who = append(who, int32(k))
		}
	}
	return who
}

// exact mends what the search left: a depth-first search over windows around each short gap, then, where the slots are few,
// over all of them. It reports whether that last one saw everything.
func (d *duty) exact(ctx context.Context, forced int) (bool, error) {
	for n, i := range d.short() {
		if n == maxWindows {
			break
		}
		var open []int
		for j, s := range d.Slots {
			if far := s.At - d.Slots[i].At; far >= -windowDays && far <= windowDays && !s.Fixed {
				open = append(open, j)
			}
		}
		if _, err := d.dive(ctx, open, windowWork, forced); err != nil || d.done(forced) {
			return false, err
		}
	}
	var open []int
	for j, s := range d.Slots {
		if !s.Fixed {
			open = append(open, j)
		}
	}
	if len(open) > exactSlots {
		return false, nil
	}
	return d.dive(ctx, open, exactWork, forced)
}

// diver is one such search.
type diver struct {
	*duty
	ctx              context.Context
	open             []int
	work, limit      int
	floor            int // fewer short gaps are impossible
	bestUnmet        int
	bestShort        int
	bestSquares      int64
	es               []int64
	room             []int // by node of what is owed: open slots within that its person can take
	lost             int   // slots owed that nobody can take any more
	best             []int32
	err              error
	complete, solved bool
}

// dive searches every way to hand out the open slots, all others as they are, for one with fewer short gaps, or as many and a
// lower sum of squares. It reports whether it saw all.
func (d *duty) dive(ctx context.Context, open []int, limit, forced int) (complete bool, err error) {
	v := &diver{duty: d, ctx: ctx, open: open, limit: limit, floor: forced, bestUnmet: d.unmet, bestShort: len(d.short()), bestSquares: d.squares(),
		best: slices.Clone(d.by), complete: true}
	start := slices.Clone(d.by)
	for _, i := range open {
		d.give(i, -1)
	}
	v.open0()
	v.down(0, v.closed())
	for _, i := range open { // back to a whole state before the best is taken
		d.give(i, start[i])
	}
	d.take(v.best)
	return v.complete || v.solved, v.err
}

// closed counts the short gaps among slots that are not open.
func (v *diver) closed() (n int) {
	for i := range v.Slots {
		if v.by[i] >= 0 && v.tooSoon(i, v.by[i]) {
			n++
		}
	}
	return n
}

// tooSoon reports whether k has a slot within the gap before slot i.
func (v *diver) tooSoon(i int, k int32) bool {
	for j := i - 1; j >= 0 && v.Slots[i].At-v.Slots[j].At < v.Gap; j-- {
		if v.by[j] == k {
			return true
		}
	}
	return false
}

// startles reports whether giving slot i to k makes the next slot of k come too soon that did not before.
func (v *diver) startles(i int, k int32) bool {
	for j := i + 1; j < len(v.Slots) && v.Slots[j].At-v.Slots[i].At < v.Gap; j++ {
		if v.by[j] == k {
			return !v.tooSoon(j, k)
		}
	}
	return false
}

func (v *diver) down(n, short int) {
	if v.solved || v.err != nil {
		return
	}
	if v.work > v.limit {
		v.complete = false
		return
	}
	if v.err = v.ctx.Err(); v.err != nil {
		return
	}
	if v.lost > v.bestUnmet || v.lost == v.bestUnmet && (short > v.bestShort || short == v.bestShort && v.bound(n) >= v.bestSquares) {
		return
	}
	if n == len(v.open) {
		v.bestUnmet, v.bestShort, v.bestSquares = v.unmet, short, v.squares()
		copy(v.best, v.by)
		v.solved = short <= v.floor && v.fair()
		return
	}
	// the slot with the fewest people left goes first: forward checking, within the days just ahead
	at := v.tightest(n)
	v.open[n], v.open[at] = v.open[at], v.open[n]
	i := v.open[n]
	can := slices.Clone(v.Slots[i].Can)
	slices.SortStableFunc(can, func(a, b int32) int {
		ca, cb := v.clashes(i, a, -1), v.clashes(i, b, -1)
		if ca != cb {
			return ca - cb
		}
		switch ea, eb := v.excess[a], v.excess[b]; {
		case ea < eb:
			return -1
		case ea > eb:
			return 1
		}
		return 0
	})
	for _, k := range can {
		more := 0
		if v.tooSoon(i, k) {
			more++
		}
		if v.startles(i, k) {
			more++
		}
		v.fit(i, k, -1)
		v.give(i, k)
		v.down(n+1, short+more)
		v.give(i, -1)
		v.fit(i, k, 1)
	}
	v.open[n], v.open[at] = v.open[at], v.open[n]
}

// tightest is the place of the open slot with the fewest people who would not clash.
func (v *diver) tightest(n int) int {
	at, fewest := n, 1<<30
	for m := n; m < len(v.open); m++ {
		i, free := v.open[m], 0
		v.work += len(v.Slots[i].Can)
		for _, k := range v.Slots[i].Can {
			if v.clashes(i, k, -1) == 0 {
				free++
			}
		}
		if free < fewest {
			at, fewest = m, free
		}
	}
	return at
}

// bound is no more than the squares that any way to hand out the rest can end with: the rest in units, each to whoever has the least, as if
// anybody could take any of them.
func (v *diver) bound(n int) int64 {
	if n == len(v.open) || v.People == 0 {
		return v.squares()
	}
	es := append(v.es[:0], v.excess...)
	v.es = es
	slices.Sort(es)
	total := squaresOf(es)
	units := v.left(n) / DutyUnit
	v.work += v.People + 4*int(units)
	for range units {
		e := es[0]
		total += square(e+DutyUnit) - square(e)
		m := 0
		for ; m+1 < len(es) && es[m+1] < e+DutyUnit; m++ {
			es[m] = es[m+1]
		}
		es[m] = e + DutyUnit
	}
	return max(total, v.leastOf())
}

// leastOf is the least sum of squares, which is proved of what leaves the least owed only.
func (v *diver) leastOf() int64 {
	if v.bestUnmet > v.leastUnmet {
		return 0
	}
	return v.least
}

// left is the weight of the open slots from place n on. Their order changes on the way down, never which are left.
func (v *diver) left(n int) (w int64) {
	for _, i := range v.open[n:] {
		w += v.unit(i)
	}
	return w
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

// open0 counts what can still be taken of what is owed, with all open slots free.
func (v *diver) open0() {
	if v.owing == nil {
		return
	}
	v.room = make([]int, len(v.owing.nodes))
	for _, i := range v.open {
		for _, k := range v.Slots[i].Can {
			for n := v.leafOf(i, k); n >= 0; n = v.owing.nodes[n].up {
				v.room[n]++
			}
		}
	}
	for n := range v.owing.nodes {
		v.lost += v.missed(n)
	}
}

func (v *diver) missed(n int) int {
	x := &v.owing.nodes[n]
	return max(0, x.times-x.took-v.room[n])
}

// fit keeps the counts when an open slot is about to go to k (by -1), or has come back (by 1).
func (v *diver) fit(i int, k int32, by int) {
	if v.owing == nil {
		return
	}
	for _, o := range v.Slots[i].Can {
		for n := v.leafOf(i, o); n >= 0; n = v.owing.nodes[n].up {
			if o == k {
				v.room[n] += by
				continue
			}
			before := v.missed(int(n))
			v.room[n] += by
			v.lost += v.missed(int(n)) - before
		}
	}
}
