package calendar

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// slotUnit is one slot in the integers of shares and excesses, so that the proof of fairness is exact.
const slotUnit = 1_000_000

// circle lays the slots of one pool: the heads, or all other leaders.
type circle struct {
	in      RotaInput
	heads   bool
	gap     int
	who     []planner.Cadre
	index   map[planner.CadreID]int32
	served  map[planner.CadreID]bool // has a slot in Last: not a newcomer
	slots   []int                    // position of each slot among the year's workdays
	can     [][]int32                // by slot: who may take it
	fixed   []bool                   // by slot: history
	by      []int32                  // by slot: who takes it
	share   []int64                  // by person, in slotUnit
	present [][]int32                // by slot: who counts for the share of it
	bound   int64
	lo, hi  []int // by person: the loads that the least spread allows
}

func newCircle(in RotaInput, heads bool, leaders []planner.Cadre) *circle {
	c := &circle{in: in, heads: heads, gap: in.Gap, index: map[planner.CadreID]int32{}, served: map[planner.CadreID]bool{}}
	if heads {
		c.gap = in.HeadGap
	}
	for _, l := range leaders {
		if l.Head == heads {
			c.index[l.ID] = int32(len(c.who))
			c.who = append(c.who, l)
		}
	}
	for _, s := range in.Last {
		c.served[s.Cadre] = true
	}
	return c
}

func (c *circle) has(id planner.CadreID) bool { _, ok := c.index[id]; return ok }

// takes adds the slot at position i if anyone of the circle can take it, or took it.
func (c *circle) takes(i int, s *Slot, last planner.CadreID, history bool) bool {
	who, was := c.index[last]
	if history && !was {
		return false
	}
	var can, present []int32
	for k, l := range c.who {
		if l.OnLeave(s.On) {
			continue
		}
		if s.On.Before(c.in.Today) && len(c.in.Last) > 0 && !c.served[l.ID] {
			continue // a newcomer owes nothing for the days before
		}
		present = append(present, int32(k))
	}
	can = present
	if history {
		can = []int32{who}
		if !slices.Contains(present, who) {
			present = append(present, who)
		}
	}
	if len(can) == 0 {
		return false
	}
	by := int32(-1)
	if was && slices.Contains(can, who) {
		by = who
	}
	c.slots, c.can, c.present = append(c.slots, i), append(c.can, can), append(c.present, present)
	c.fixed, c.by = append(c.fixed, history), append(c.by, by)
	return true
}

// lay fills every slot.
func (c *circle) lay(ctx context.Context) error {
	c.share = make([]int64, len(c.who))
	for _, present := range c.present {
		for _, k := range present {
			c.share[k] += slotUnit / int64(len(present))
		}
	}
	c.leastSpread()
	c.fill()
	return c.repair(ctx)
}

// leastSpread finds the least difference between greatest and least excess that any assignment has which respects who can
// take what, gaps left aside, and the loads it allows each person.
//
// Both ends of that window are excesses of whole loads, so it is enough to try these: as the lower end rises, the least
// upper end never falls. Excesses add up to nothing, so every window holds zero, and one narrower than reach − 1 slots
// has its ends within reach of it.
func (c *circle) leastSpread() {
	m := newMatching(c.can, len(c.who))
	for reach := int64(3); ; reach *= 2 {
		c.bound = -1
		ends := c.ends(reach)
		up := 0
		for down := range ends {
			for up = max(up, down); up < len(ends); up++ {
				if c.bound >= 0 && ends[up]-ends[down] >= c.bound {
					break
				}
				if lo, hi := c.window(ends[down], ends[up]); c.feasible(m, lo, hi) {
					c.bound, c.lo, c.hi = ends[up]-ends[down], lo, hi
					break
				}
			}
		}
		if c.bound >= 0 && c.bound <= (reach-1)*slotUnit || reach > int64(len(c.slots)) {
			return // with reach over all slots some window holds, since somebody can take each slot
		}
	}
}

// ends lists the excesses of the whole loads within reach of each share, in order.
func (c *circle) ends(reach int64) (ends []int64) {
	for _, s := range c.share {
		for load := max(0, s/slotUnit-reach); load <= s/slotUnit+reach; load++ {
			ends = append(ends, load*slotUnit-s)
		}
	}
	slices.Sort(ends)
	return slices.Compact(ends)
}

// window gives the loads whose excess lies between the ends, both included.
func (c *circle) window(from, until int64) (lo, hi []int) {
	lo, hi = make([]int, len(c.who)), make([]int, len(c.who))
	for k, s := range c.share {
		lo[k] = max(0, int(ceilDiv(s+from, slotUnit)))
		hi[k] = int((s + until) / slotUnit)
		if s+until < 0 {
			hi[k] = -1
		}
	}
	return lo, hi
}

func ceilDiv(a, b int64) int64 {
	q := a / b
	if a > 0 && a%b != 0 {
		q++
	}
	return q
}

// feasible reports whether every slot can be taken with loads from lo to hi: a flow that fills all lower loads, and then
// one that extends it to all slots (it never takes a slot away from whom it has filled).
func (c *circle) feasible(m *matching, lo, hi []int) bool {
	need, room := 0, 0
	for k := range lo {
		if hi[k] < lo[k] {
			return false
		}
		need, room = need+lo[k], room+hi[k]
	}
	if need > len(c.slots) || room < len(c.slots) {
		return false
	}
	m.clear()
	copy(m.room, lo)
	if !m.placeUpTo(need) {
		return false
	}
	copy(m.room, hi)
	return m.placeUpTo(len(c.slots))
}

// fill gives each open slot in order of date to whoever is furthest behind their share so far, among those with room and
// rest enough; whoever rested longest, then the lower code, goes first. Where nobody has rested, the longest rest decides.
func (c *circle) fill() {
	n := len(c.who)
	load, total := make([]int, n), make([]int, n)
	due := make([]int64, n)
	for _, k := range c.by {
		if k >= 0 {
			total[k]++
		}
	}
	for i := range c.slots {
		for _, k := range c.present[i] {
			due[k] += slotUnit / int64(len(c.present[i]))
		}
		if c.by[i] < 0 {
			k := slices.MinFunc(c.can[i], func(a, b int32) int {
				ra, rb := c.rest(i, a), c.rest(i, b)
				return cmp.Or(
					-cmp.Compare(min(ra, c.gap), min(rb, c.gap)),
					cmp.Compare(max(0, total[a]+1-c.hi[a]), max(0, total[b]+1-c.hi[b])),
					-cmp.Compare(due[a]-int64(load[a])*slotUnit, due[b]-int64(load[b])*slotUnit),
					-cmp.Compare(ra, rb), cmp.Compare(a, b))
			})
			c.by[i] = k
			total[k]++
		}
		load[c.by[i]]++
	}
}

// rest returns the workdays from slot i to the nearest slot of k on either side, as far as the year.
func (c *circle) rest(i int, k int32) int {
	rest := 400
	for j := i - 1; j >= 0; j-- {
		if c.by[j] == k {
			rest = c.slots[i] - c.slots[j]
			break
		}
	}
	for j := i + 1; j < len(c.slots) && c.slots[j]-c.slots[i] < rest; j++ {
		if c.by[j] == k {
			return c.slots[j] - c.slots[i]
		}
	}
	return rest
}

// pool states the result with its proof.
func (c *circle) pool() Pool {
	p := Pool{Heads: c.heads, Gap: c.gap, Bound: thousandths(c.bound), Short: len(c.short())}
	load := c.loads()
	lowest, highest := int64(0), int64(0)
	for k, l := range c.who {
		p.Duties = append(p.Duties, Duty{Cadre: l.ID, Slots: load[k], Share: thousandths(c.share[k])})
		if e := int64(load[k])*slotUnit - c.share[k]; k == 0 {
			lowest, highest = e, e
		} else {
			lowest, highest = min(lowest, e), max(highest, e)
		}
	}
	p.Spread = thousandths(highest - lowest)
	return p
}

func thousandths(units int64) int64 { return (units + slotUnit/2000) / (slotUnit / 1000) }

func (c *circle) loads() []int {
	load := make([]int, len(c.who))
	for _, k := range c.by {
		load[k]++
	}
	return load
}

// short lists the slots that come too soon after the same person's slot before.
func (c *circle) short() (is []int) {
	prev := make([]int, len(c.who))
	for k := range prev {
		prev[k] = -1
	}
	for i, k := range c.by {
		if j := prev[k]; j >= 0 && c.slots[i]-c.slots[j] < c.gap {
			is = append(is, i)
		}
		prev[k] = i
	}
	return is
}

func (c *circle) findings(slots []Slot) (fs []planner.Finding) {
	name := planner.Text{ZH: "其他领导", EN: "the other leaders"}
	if c.heads {
		name = planner.Text{ZH: "主要负责同志", EN: "the heads"}
	}
	if short := c.short(); len(short) > 0 {
		var days []civil.Date
		for _, i := range short {
			days = append(days, slots[c.slots[i]].On)
		}
		fs = append(fs, planner.Finding{Severity: planner.Warn, Code: "rota-gap", Say: planner.Text{
			ZH: "{谁}有{n}次接访间隔不足{g}个工作日（请假或人手所限）：{日}。请补充接访领导或调整请假。",
			EN: "{n} slots of {who} follow the same person's last one in fewer than {g} workdays, for leave or want of people: {days}. Add leaders or change their leave.",
		}.Fill("谁", name.ZH, "who", name.EN, "n", fmt.Sprint(len(short)), "g", fmt.Sprint(c.gap), "日", list(days, "、"), "days", list(days, ", "))})
	}
	if p := c.pool(); !p.Proved() {
		fs = append(fs, planner.Finding{Severity: planner.Note, Code: "rota-spread", Say: planner.Text{
			ZH: "{谁}接访次数的差距为{s}次，可证明的最小差距为{b}次；因间隔要求未能再缩小。",
			EN: "the duty of {who} is spread over {s} slots; the proved least spread is {b}. The gaps kept it from narrowing.",
		}.Fill("谁", name.ZH, "who", name.EN, "s", decimal(p.Spread), "b", decimal(p.Bound))})
	}
	return fs
}

func decimal(thousandths int64) string {
	return fmt.Sprintf("%d.%03d", thousandths/1000, thousandths%1000)
}
