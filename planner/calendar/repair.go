package calendar

import (
	"context"
	"slices"
)

// A repair ends after maxStall steps without a better state: it counts work, never time, so that the answer is the same on
// every machine. Real years need fewer than twenty steps.
const maxStall = 400

// weights of what a repair mends: a gap not kept weighs more than a load outside the window.
const (
	weightGap  = 3
	weightLoad = 2
)

// move gives slot i to person to and, if j ≥ 0, slot j to whoever had i.
type move struct {
	i, j int
	to   int32
	gain int // change of the cost; less is better
}

// repair moves slots until every gap is kept and every load lies in the window, or no more is to be had: at each step the
// best of the moves that touch what is wrong, where a slot may not go back to whom it left for some steps (tabu search,
// Glover 1989). The best state seen is kept.
func (c *circle) repair(ctx context.Context) error {
	cost := c.cost()
	best, bestCost := append([]int32(nil), c.by...), cost
	barred := make([]int, len(c.slots)*len(c.who))
	load := c.loads()
	for step, stall := 1, 0; bestCost > 0 && stall < maxStall; step, stall = step+1, stall+1 {
		if err := ctx.Err(); err != nil {
			return err
		}
		m, ok := c.bestMove(load, barred, step, bestCost-cost)
		if !ok {
			break
		}
		from, n := c.by[m.i], len(c.who)
		barred[m.i*n+int(from)] = step + 7 + step%5
		c.by[m.i] = m.to
		if m.j >= 0 {
			barred[m.j*n+int(m.to)] = step + 7 + step%5
			c.by[m.j] = from
		} else {
			load[from]--
			load[m.to]++
		}
		if cost += m.gain; cost < bestCost {
			bestCost, stall = cost, 0
			copy(best, c.by)
		}
	}
	copy(c.by, best)
	return nil
}

// bestMove looks at the slots that break a gap or whose person has too many, and at every slot for a person who has too
// few. A barred move counts only if it beats the best state seen, that is, gains more than need.
func (c *circle) bestMove(load, barred []int, step, need int) (best move, ok bool) {
	n := len(c.who)
	best.gain = 1 << 30
	try := func(m move, free bool) {
		if m.gain < best.gain && (free || m.gain < need) {
			best, ok = m, true
		}
	}
	for i := range c.slots {
		if c.fixed[i] {
			continue
		}
		from := c.by[i]
		had := c.clashes(i, from, -1)
		hot := had > 0 || load[from] > c.hi[from]
		for _, k := range c.can[i] {
			if k == from || !hot && load[k] >= c.lo[k] {
				continue
			}
			gain := weightGap*(c.clashes(i, k, -1)-had) + weightLoad*(c.shift(load, from, -1)+c.shift(load, k, +1))
			try(move{i, -1, k, gain}, barred[i*n+int(k)] < step)
		}
		if had == 0 {
			continue
		}
		for j := range c.slots {
			to := c.by[j]
			if from == to || c.fixed[j] || !slices.Contains(c.can[i], to) || !slices.Contains(c.can[j], from) {
				continue
			}
			gain := weightGap * (c.clashes(i, to, j) + c.clashes(j, from, i) - had - c.clashes(j, to, -1))
			try(move{i, j, to, gain}, barred[i*n+int(to)] < step && barred[j*n+int(from)] < step)
		}
	}
	return best, ok
}

// clashes counts the slots of person k within the gap of slot i, i itself and the slot `without` left aside.
func (c *circle) clashes(i int, k int32, without int) (n int) {
	for j := i - 1; j >= 0 && c.slots[i]-c.slots[j] < c.gap; j-- {
		if c.by[j] == k && j != without {
			n++
		}
	}
	for j := i + 1; j < len(c.slots) && c.slots[j]-c.slots[i] < c.gap; j++ {
		if c.by[j] == k && j != without {
			n++
		}
	}
	return n
}

// shift returns how much further from their window a person's load would be with one slot more or less.
func (c *circle) shift(load []int, k int32, by int) int {
	return c.outside(k, load[k]+by) - c.outside(k, load[k])
}

func (c *circle) outside(k int32, load int) int { return max(0, c.lo[k]-load, load-c.hi[k]) }

// cost is what the repair brings down: 0 means every gap kept and every load in its window.
func (c *circle) cost() (cost int) {
	for i, k := range c.by {
		for j := i + 1; j < len(c.slots) && c.slots[j]-c.slots[i] < c.gap; j++ {
			if c.by[j] == k {
				cost += weightGap
			}
		}
	}
	for k, l := range c.loads() {
		cost += weightLoad * c.outside(int32(k), l)
	}
	return cost
}
