package calendar

import (
	"context"
	"slices"
)

// A search ends after maxStall steps without a better state: it counts work, never time. Real years need fewer than fifty.
const maxStall = 400

// evenStall is the same for even weekdays and months, which are worth less.
const evenStall = 60

// gapPrice is what a gap not kept weighs against the squares of the excesses, in the unit of square: more than moving one slot
// between two people can gain.
const gapPrice = 8 * DutyUnit * DutyUnit

// wishPrice is what it weighs where it is a wish: less than any change of the squares that is more than rounding.
const wishPrice = DutyUnit

// unmetPrice is what a slot owed and not taken weighs: more than gaps and loads together can gain by one move.
const unmetPrice = 4096 * DutyUnit * DutyUnit

// move gives slot i to person to and, if j ≥ 0, slot j to whoever had i.
type move struct {
	i, j int
	to   int32
	gain int64 // change of the cost; less is better
}

// search moves slots until the gaps are kept as far as they can be and the loads are leximin, or no more is to be had: at
// each step the best of the moves that touch what is wrong, where a slot may not go back to whom it left for some steps (tabu
// search, Glover 1989). The best state seen is kept.
func (d *duty) search(ctx context.Context, forced int) error {
	least := d.least + int64(forced)*d.price + int64(d.leastUnmet)*unmetPrice
	cost := d.cost()
	best, bestCost := slices.Clone(d.by), cost
	barred := make([]int, len(d.Slots)*d.People)
	for step, stall := 1, 0; bestCost > least && stall < maxStall; step, stall = step+1, stall+1 {
		if err := ctx.Err(); err != nil {
			return err
		}
		m, ok := d.bestMove(barred, step, bestCost-cost)
		if !ok {
			break
		}
		from := d.by[m.i]
		barred[m.i*d.People+int(from)] = step + 7 + step%5
		d.give(m.i, m.to)
		if m.j >= 0 {
			barred[m.j*d.People+int(m.to)] = step + 7 + step%5
			d.give(m.j, from)
		}
		if cost += m.gain; cost < bestCost {
			bestCost, stall = cost, 0
			copy(best, d.by)
		}
	}
	d.take(best)
	return nil
}

// settle starts again from the flow's own answer, in whole slots, where the search came to an end above what is proved possible. Of the
// two ends the better stays.
func (d *duty) settle(ctx context.Context, forced int) error {
	first, cost := slices.Clone(d.by), d.cost()
	d.take(d.whole())
	err := d.search(ctx, forced)
	if d.cost() >= cost {
		d.take(first)
	}
	return err
}

// take hands every slot out as a state says.
func (d *duty) take(by []int32) {
	for i, k := range by {
		if d.by[i] != k {
			d.give(i, k)
		}
	}
}

// cost is the squares of the excesses and the price of each pair of slots too near and of each slot owed.
func (d *duty) cost() int64 {
	cost := d.squares() + int64(d.unmet)*unmetPrice
	for i, k := range d.by {
		for j := i + 1; j < len(d.Slots) && d.Slots[j].At-d.Slots[i].At < d.Gap; j++ {
			if d.by[j] == k {
				cost += d.price
			}
		}
	}
	return cost
}

// bestMove looks at the slots that break a gap and, while the loads are not leximin, at all others. A barred move counts only
// if it beats the best state seen, that is, gains more than need. Of equal moves the one that takes a slot from nobody who
// had it before goes first, then the earlier.
func (d *duty) bestMove(barred []int, step int, need int64) (best move, ok bool) {
	best.gain = 1 << 60
	unfair := !d.fair()
	try := func(m move, free, kept bool) {
		worse := m.gain > best.gain || m.gain == best.gain && (kept || !d.kept[best.i])
		if !worse && (free || m.gain < need) {
			best, ok = m, true
		}
	}
	for i := range d.Slots {
		s := &d.Slots[i]
		if s.Fixed {
			continue
		}
		from := d.by[i]
		had := d.clashes(i, from, -1)
		if had == 0 && !unfair {
			continue
		}
		w := d.unit(i)
		for _, k := range s.Can {
			if k == from {
				continue
			}
			owed := d.owes(from, i, -1) + d.owes(k, -1, i)
			if had == 0 && owed >= 0 && d.excess[k] >= d.excess[from] {
				continue
			}
			gain := d.price*int64(d.clashes(i, k, -1)-had) + d.shifted(from, k, w) + int64(owed)*unmetPrice
			try(move{i, -1, k, gain}, barred[i*d.People+int(k)] < step, d.kept[i])
		}
		if had == 0 && d.owing == nil {
			continue
		}
		for j := range d.Slots {
			to := d.by[j]
			if from == to || d.Slots[j].Fixed || !slices.Contains(s.Can, to) || !slices.Contains(d.Slots[j].Can, from) {
				continue
			}
			owed := d.owes(from, i, j) + d.owes(to, j, i)
			if had == 0 && owed >= 0 && w == d.unit(j) {
				continue // it would change nothing
			}
			gain := d.price*int64(d.clashes(i, to, j)+d.clashes(j, from, i)-had-d.clashes(j, to, -1)) + int64(owed)*unmetPrice
			if w != d.unit(j) {
				gain += d.shifted(from, to, w-d.unit(j))
			}
			try(move{i, j, to, gain}, barred[i*d.People+int(to)] < step && barred[j*d.People+int(from)] < step, d.kept[i] || d.kept[j])
		}
	}
	return best, ok
}

// shifted is the change of the squares when weight w goes from one person to another.
func (d *duty) shifted(from, to int32, w int64) int64 {
	a, b := d.excess[from], d.excess[to]
	return square(a-w) - square(a) + square(b+w) - square(b)
}

// even exchanges slots of equal weight between two people, never breaking a gap that is kept, until each class is as even as
// can be or no more is to be had. The loads stay as they are.
func (d *duty) even(ctx context.Context) error {
	least := d.leastEven()
	cost := d.unevenness()
	best, bestCost := slices.Clone(d.by), cost
	barred := make([]int, len(d.Slots)*d.People)
	for step, stall := 1, 0; bestCost > least && stall < evenStall; step, stall = step+1, stall+1 {
		if err := ctx.Err(); err != nil {
			return err
		}
		m, ok := d.bestExchange(barred, step, bestCost-cost)
		if !ok {
			break
		}
		from := d.by[m.i]
		barred[m.i*d.People+int(from)] = step + 10 + step%7
		barred[m.j*d.People+int(m.to)] = step + 10 + step%7
		d.give(m.i, m.to)
		d.give(m.j, from)
		if cost += m.gain; cost < bestCost {
			bestCost, stall = cost, 0
			copy(best, d.by)
		}
	}
	d.take(best)
	return nil
}

// bestExchange is the best exchange of the first slot, from a place that moves on with each step, that has one which gains; if
// none has, the best of all.
func (d *duty) bestExchange(barred []int, step int, need int64) (best move, ok bool) {
	best.gain = 1 << 60
	for n := range d.Slots {
		if best.gain < 0 {
			break
		}
		i := (n + step*31) % len(d.Slots)
		s := &d.Slots[i]
		from := d.by[i]
		if s.Fixed || d.kept[i] || !d.crowded(i) {
			continue
		}
		for j := range d.Slots {
			to, o := d.by[j], &d.Slots[j]
			if from == to || o.Fixed || d.kept[j] || o.Weight != s.Weight {
				continue
			}
			gain := d.exchanged(i, j)
			if gain >= best.gain || gain >= need && (barred[i*d.People+int(to)] >= step || barred[j*d.People+int(from)] >= step) {
				continue
			}
			if !has(s.Can, to) || !has(o.Can, from) || d.clashes(i, to, j)+d.clashes(j, from, i) > d.clashes(i, from, -1)+d.clashes(j, to, -1) ||
				d.owes(from, i, j)+d.owes(to, j, i) > 0 {
				continue
			}
			best, ok = move{i, j, to, gain}, true
		}
	}
	return best, ok
}

func has(sorted []int32, k int32) bool {
	_, ok := slices.BinarySearch(sorted, k)
	return ok
}

// crowded reports whether the holder of slot i has more of one of its classes than the even number.
func (d *duty) crowded(i int) bool {
	k := int(d.by[i])
	for _, c := range d.Slots[i].Classes {
		if int(d.count[k*d.classes+int(c)])*d.People > int(d.inClass[c]) {
			return true
		}
	}
	return false
}

// exchanged is the change of the unevenness if slots i and j change hands.
func (d *duty) exchanged(i, j int) (gain int64) {
	a, b := int(d.by[i])*d.classes, int(d.by[j])*d.classes
	for _, c := range d.Slots[i].Classes {
		if !slices.Contains(d.Slots[j].Classes, c) {
			gain += 2 * int64(d.count[b+int(c)]-d.count[a+int(c)]+1)
		}
	}
	for _, c := range d.Slots[j].Classes {
		if !slices.Contains(d.Slots[i].Classes, c) {
			gain += 2 * int64(d.count[a+int(c)]-d.count[b+int(c)]+1)
		}
	}
	return gain
}

// unevenness is the sum of squares of everybody's slots of each class.
func (d *duty) unevenness() (sum int64) {
	for _, n := range d.count {
		sum += int64(n) * int64(n)
	}
	return sum
}

// leastEven is what the unevenness is when each class is shared out to within one slot: nothing has less.
func (d *duty) leastEven() (sum int64) {
	n := int64(d.People)
	for _, c := range d.inClass {
		q, r := int64(c)/n, int64(c)%n
		sum += r*(q+1)*(q+1) + (n-r)*q*q
	}
	return sum
}

// uneven counts the slots beyond the even numbers.
func (d *duty) uneven() (slots int) {
	for c, total := range d.inClass {
		over, under := 0, 0
		low := int(total) / d.People
		high := (int(total) + d.People - 1) / d.People
		for k := range d.People {
			n := int(d.count[k*d.classes+c])
			over, under = over+max(0, n-high), under+max(0, low-n)
		}
		slots += max(over, under)
	}
	return slots
}
