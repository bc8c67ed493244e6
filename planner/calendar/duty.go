package calendar

import (
	"cmp"
	"context"
	"slices"
)

// DutyUnit is a slot of ordinary weight in the integers of shares and excesses, so that every proof is exact.
const DutyUnit = 1_000_000

// DutyProblem asks who takes which slot. It knows people and days as numbers only, so that anybody can set one up, a benchmark
// too; [LayRota] makes one of each circle of leaders.
type DutyProblem struct {
	People int
	Slots  []DutySlot // by At
	Gap    int        // fewest workdays from one slot of a person to the next; 0 and 1 ask for nothing
	Wish   bool       // the gap is a wish: fairness goes first, the gap as far as that leaves room; else the gap goes first

	// Carried is what each person did beyond their share in the years before, in DutyUnit; nil: nothing.
	Carried []int64

	// Rest asks for no search: whoever has the slots so far keeps them, and the answer says what is proved of that. It is not heeded if
	// a slot has nobody.
	Rest bool

	// Even asks for even numbers of each class of slots (weekdays, months) too, after gaps and fairness.
	Even bool

	Least []DutyLeast // minima: they go before all else
}

// DutySlot is one slot.
type DutySlot struct {
	At      int     // position among the workdays
	Can     []int32 // who can take it, ascending; never empty
	Present []int32 // who counts for the share of it; nil: those who can
	Weight  int     // 1 is ordinary; 0 means 1
	By      int32   // who has it so far, -1 nobody
	Fixed   bool    // By stays
	Classes []int32 // small numbers of the classes that are to be even: its weekday, its month
}

// DutyAnswer is the best assignment found, with what is proved of it.
//
// A person's excess is carried + weight of their slots − share, where the share is the sum over the slots on which they count
// of its weight by the number of people who count. The excesses are leximin if the greatest is as low as can be, then the
// second greatest, and so on; for loads of a flow such an answer is also the one with the least sum of squares and with the
// least spread (Frank and Murota, Decreasing minimization on M-convex sets, 2022), so the sum of squares proves all three.
type DutyAnswer struct {
	By     []int32
	Share  []int64 // by person, in DutyUnit
	Excess []int64
	Spread int64 // greatest less least excess
	Bound  int64 // least spread of any assignment that respects who can take what, and meets the minima: gaps left aside
	Fair   bool  // the excesses are the proved leximin optimum of these
	Short  []int // slots that come too soon after the same person's one before
	Forced int   // so many gaps no assignment at all can keep: proved
	Exact  bool  // every assignment was searched: none has fewer short gaps, or as many and a lower sum of squares
	Fewest bool  // where the gap is a wish: proved that nothing as fair has fewer short gaps
	Uneven int   // how many slots would have to change hands for even classes, at least; 0: even

	Unmet  int // slots that minima ask for and nobody takes
	Owed   int // so many no assignment at all can take: proved
	Unmeet []DutyUnmet

	wish bool

	// Conflicts are the stretches of days shorter than the gap that have more slots than people to take them.
	Conflicts []DutyConflict
}

// Proved reports whether nothing better exists: by the flow's bound and the counted conflicts, or by a whole search. Where the
// gap is a wish, this speaks of the fairness alone.
func (a DutyAnswer) Proved() bool {
	return a.Unmet <= a.Owed && (a.Exact || a.Fair && (a.wish || len(a.Short) <= a.Forced))
}

// DutyConflict is why a gap cannot be kept: slots First to Last lie within one gap, so each person can take one of them, but
// only Have of the Need slots can have a person of their own.
type DutyConflict struct {
	First, Last int
	Need, Have  int
	Who         []int32 // who can take any of the slots that are too many
}

// duty is a problem being solved.
type duty struct {
	DutyProblem
	by     []int32
	share  []int64
	excess []int64 // of by
	kept   []bool  // by slot: By was given and stands, so it is given up last
	price  int64   // of a gap not kept
	spread int64   // least spread without gaps
	least  int64   // least sum of squares without gaps

	owing      *owing // nil: there are no minima
	unmet      int    // slots that are owed and not taken
	leastUnmet int    // no assignment has fewer
	unmeet     []DutyUnmet

	near    []int32 // slot × person: slots of the person within the gap of the slot, itself left aside
	classes int     // how many classes
	count   []int32 // person × class: slots
	inClass []int32 // class: slots
}

// SolveDuty finds who takes which slot: first the leximin fair loads that presence and the minima allow (by cost-reducing paths, proved
// by there being none left), then an assignment of that fairness that keeps the gaps, by a local search that is exact in windows
// of three weeks. Slots that have somebody keep them unless a gap or the fairness asks for another. The same problem gives
// the same answer on any machine: work is counted, never time. The only error is the context's.
func SolveDuty(ctx context.Context, p DutyProblem) (DutyAnswer, error) {
	d := newDuty(p)
	d.relax()
	d.fill()
	a := DutyAnswer{wish: p.Wish}
	a.Conflicts, a.Forced = d.conflicts()
	rest := p.Rest && !slices.ContainsFunc(p.Slots, func(s DutySlot) bool { return s.By < 0 })
	var err error
	if !rest {
		if err = d.search(ctx, a.Forced); err == nil && d.owing != nil && !d.done(a.Forced) {
			err = d.settle(ctx, a.Forced)
		}
	}
	if err == nil && !d.done(a.Forced) {
		switch {
		case p.Wish && p.People == 2 && d.pair(): // of two, what rests comes back: it is the best already
			a.Fewest = true
		case rest:
		case p.Wish:
			a.Exact, err = d.gapless(ctx)
		default:
			a.Exact, err = d.exact(ctx, a.Forced)
		}
	}
	if err != nil {
		return a, err
	}
	if p.Even && !rest {
		if err := d.even(ctx); err != nil {
			return a, err
		}
	}
	if p.Even {
		a.Uneven = d.uneven()
	}
	a.By, a.Share, a.Excess, a.Bound, a.Short = d.by, d.share, d.excess, d.spread, d.short()
	a.Spread = spreadOf(d.excess)
	a.Fair = d.fair()
	a.Unmet, a.Owed, a.Unmeet = d.unmet, d.leastUnmet, d.unmeet
	a.Fewest = p.Wish && (a.Fewest || len(a.Short) <= a.Forced)
	return a, nil
}

// gapless takes the answer of the same problem without a gap, where a wish for one hid the way to the fairest.
func (d *duty) gapless(ctx context.Context) (exact bool, err error) {
	if d.fair() {
		return false, nil
	}
	p := d.DutyProblem
	p.Gap, p.Wish, p.Even = 0, false, false
	a, err := SolveDuty(ctx, p)
	if err != nil {
		return false, err
	}
	if a.Unmet < d.unmet || a.Unmet == d.unmet && squaresOf(a.Excess) < d.squares() {
		d.take(a.By)
	}
	return a.Exact, nil
}

func squaresOf(es []int64) (sum int64) {
	for _, e := range es {
		sum += square(e)
	}
	return sum
}

func newDuty(p DutyProblem) *duty {
	d := &duty{DutyProblem: p, price: gapPrice, share: make([]int64, p.People), excess: make([]int64, p.People)}
	if p.Wish {
		d.price = wishPrice
	}
	d.Slots = slices.Clone(p.Slots)
	for i := range d.Slots {
		s := &d.Slots[i]
		if s.Weight == 0 {
			s.Weight = 1
		}
		if s.Present == nil {
			s.Present = s.Can
		}
		for _, k := range s.Present {
			d.share[k] += int64(s.Weight) * DutyUnit / int64(len(s.Present))
		}
		for _, c := range s.Classes {
			d.classes = max(d.classes, int(c)+1)
		}
		d.kept = append(d.kept, s.By >= 0)
	}
	d.near = make([]int32, len(d.Slots)*p.People)
	d.count, d.inClass = make([]int32, p.People*d.classes), make([]int32, d.classes)
	for _, s := range d.Slots {
		for _, c := range s.Classes {
			d.inClass[c]++
		}
	}
	for k := range d.excess {
		d.excess[k] = d.owed(k)
	}
	if len(p.Least) > 0 {
		d.owing = newOwing(d.DutyProblem)
		for _, n := range d.owing.nodes {
			d.unmet += n.times
		}
	}
	return d
}

// owed is a person's excess without any slot.
func (d *duty) owed(k int) int64 {
	if d.Carried == nil {
		return -d.share[k]
	}
	return d.Carried[k] - d.share[k]
}

func (d *duty) unit(i int) int64 { return int64(d.Slots[i].Weight) * DutyUnit }

// give hands slot i to k and keeps the counts.
func (d *duty) give(i int, k int32) {
	old := d.by[i]
	if old == k {
		return
	}
	d.around(i, func(j int) {
		if old >= 0 {
			d.near[j*d.People+int(old)]--
		}
		if k >= 0 {
			d.near[j*d.People+int(k)]++
		}
	})
	if old >= 0 {
		d.excess[old] -= d.unit(i)
		if d.owing != nil {
			d.countOwed(i, old, -1)
		}
		for _, c := range d.Slots[i].Classes {
			d.count[int(old)*d.classes+int(c)]--
		}
	}
	if d.by[i] = k; k >= 0 {
		d.excess[k] += d.unit(i)
		if d.owing != nil {
			d.countOwed(i, k, 1)
		}
		for _, c := range d.Slots[i].Classes {
			d.count[int(k)*d.classes+int(c)]++
		}
	}
}

// around visits the other slots within the gap of slot i.
func (d *duty) around(i int, visit func(j int)) {
	at := d.Slots[i].At
	for j := i - 1; j >= 0 && at-d.Slots[j].At < d.Gap; j-- {
		visit(j)
	}
	for j := i + 1; j < len(d.Slots) && d.Slots[j].At-at < d.Gap; j++ {
		visit(j)
	}
}

// clashes counts the slots of person k within the gap of slot i, i itself and the slot `without` left aside.
func (d *duty) clashes(i int, k int32, without int) int {
	n := int(d.near[i*d.People+int(k)])
	if without >= 0 && without != i && d.by[without] == k && abs(int64(d.Slots[i].At-d.Slots[without].At)) < int64(d.Gap) {
		n--
	}
	return n
}

func (d *duty) squares() int64 { return squaresOf(d.excess) }

// square is exact: 500 slots of one person squared are far from int64's end.
func square(e int64) int64 { return e * e }

func spreadOf(es []int64) int64 {
	if len(es) == 0 {
		return 0
	}
	return slices.Max(es) - slices.Min(es)
}

// fair reports whether the loads are leximin among those that leave the least owed.
func (d *duty) fair() bool { return d.unmet == d.leastUnmet && d.squares() == d.least }

// done reports whether nothing is left to mend.
func (d *duty) done(forced int) bool { return d.fair() && len(d.short()) <= forced }

// fill gives each open slot in order to whoever is furthest behind their share so far, among those who have rested; whoever
// rested longest, then the lower number, goes first. Where nobody has rested, the longest rest decides.
func (d *duty) fill() {
	d.by = slices.Repeat([]int32{-1}, len(d.Slots))
	for i, s := range d.Slots {
		if s.By >= 0 {
			d.give(i, s.By)
		}
	}
	due := make([]int64, d.People)   // share so far
	taken := make([]int64, d.People) // weight so far
	if d.Carried != nil {
		copy(taken, d.Carried)
	}
	for i, s := range d.Slots {
		for _, k := range s.Present {
			due[k] += d.unit(i) / int64(len(s.Present))
		}
		if d.by[i] < 0 {
			d.give(i, slices.MinFunc(s.Can, func(a, b int32) int {
				ra, rb := d.rest(i, a), d.rest(i, b)
				return cmp.Or(
					-cmp.Compare(min(ra, d.Gap), min(rb, d.Gap)),
					cmp.Compare(d.owes(a, -1, i), d.owes(b, -1, i)),
					-cmp.Compare(due[a]-taken[a], due[b]-taken[b]),
					-cmp.Compare(ra, rb), cmp.Compare(a, b))
			}))
		}
		taken[d.by[i]] += d.unit(i)
	}
}

// rest returns the workdays from slot i to the nearest slot of k on either side.
func (d *duty) rest(i int, k int32) int {
	rest := 1000
	at := d.Slots[i].At
	for j := i - 1; j >= 0 && at-d.Slots[j].At < rest; j-- {
		if d.by[j] == k {
			rest = at - d.Slots[j].At
		}
	}
	for j := i + 1; j < len(d.Slots) && d.Slots[j].At-at < rest; j++ {
		if d.by[j] == k {
			rest = d.Slots[j].At - at
		}
	}
	return rest
}

// short lists the slots that come too soon after the same person's slot before.
func (d *duty) short() (is []int) {
	prev := slices.Repeat([]int{-1}, d.People)
	for i, k := range d.by {
		if j := prev[k]; j >= 0 && d.Slots[i].At-d.Slots[j].At < d.Gap {
			is = append(is, i)
		}
		prev[k] = i
	}
	return is
}
