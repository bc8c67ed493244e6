package calendar

import (
	"context"
	"fmt"
	"slices"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// circle lays the slots of one pool: the heads, or all other leaders.
type circle struct {
	in      RotaInput
	heads   bool
	gap     int
	who     []planner.Cadre
	index   map[planner.CadreID]int32
	since   []civil.Date // by person: the day from which they count; zero: the first of the year
	slots   []int        // by slot of the problem: its place among the year's slots
	problem DutyProblem
	answer  DutyAnswer
}

func newCircle(in RotaInput, heads bool, leaders []planner.Cadre) *circle {
	return makeCircle(in, heads, slices.DeleteFunc(slices.Clone(leaders), func(l planner.Cadre) bool { return l.Head != heads }))
}

// sharedCircle has the heads take their turn like everybody.
func sharedCircle(in RotaInput, leaders []planner.Cadre) *circle {
	return makeCircle(in, false, leaders)
}

func makeCircle(in RotaInput, heads bool, who []planner.Cadre) *circle {
	c := &circle{in: in, heads: heads, gap: in.Gap, who: who, index: map[planner.CadreID]int32{}, since: make([]civil.Date, len(who))}
	if heads {
		c.gap = in.HeadGap
	}
	served := map[planner.CadreID]bool{}
	for _, s := range in.Last {
		served[s.Cadre] = true
	}
	for k, l := range who {
		c.index[l.ID] = int32(k)
		since, known := in.Since[l.ID]
		switch {
		case known:
			c.since[k] = since
		case len(in.Last) > 0 && (in.Since != nil || !served[l.ID]) && in.Today.After(civil.Of(in.Year, time.January, 1)):
			c.since[k] = in.Today // a newcomer owes nothing for the days before
		}
	}
	return c
}

func (c *circle) has(id planner.CadreID) bool { _, ok := c.index[id]; return ok }

// free reports whether somebody of the circle is there on a day.
func (c *circle) free(id planner.CadreID, d civil.Date) bool {
	k, ok := c.index[id]
	return ok && !c.who[k].OnLeave(d)
}

// takes adds the slot at place i if anyone of the circle can take it, or took it. With stays it stays with its holder.
func (c *circle) takes(i, at int, s *Slot, holder planner.CadreID, stays bool, theme *Theme) bool {
	who, was := c.index[holder]
	if stays && !was {
		return false
	}
	var present []int32
	for k, l := range c.who {
		switch {
		case l.OnLeave(s.On) || theme != nil && !theme.fits(l):
		case s.On.Before(c.since[k]):
		default:
			present = append(present, int32(k))
		}
	}
	can := present
	if stays && theme != nil && len(present) == 0 {
		return false // a theme's day that somebody else held, for want of anyone who answers for it
	}
	if stays {
		can = []int32{who}
		if !slices.Contains(present, who) {
			present = append(slices.Clone(present), who)
			slices.Sort(present)
		}
	}
	if len(can) == 0 {
		return false
	}
	by := int32(-1)
	if was && slices.Contains(can, who) {
		by = who
	}
	classes := []int32{int32(s.On.Weekday()), 7 + int32(s.On.Month) - 1}
	if slices.ContainsFunc(c.in.Rules.Least, func(l Least) bool { return l.Per == TermQuarter && l.Heads == c.heads }) {
		classes = append(classes, 19+int32(TermQuarter.of(s.On)))
	}
	c.slots = append(c.slots, i)
	c.problem.Slots = append(c.problem.Slots, DutySlot{At: at, Can: can, Present: present, Weight: s.Weight, By: by, Fixed: stays, Classes: classes})
	return true
}

// weigh sets the weight of the slot added last.
func (c *circle) weigh(w int) { c.problem.Slots[len(c.problem.Slots)-1].Weight = w }

// lay solves the circle's part.
func (c *circle) lay(ctx context.Context, rest bool, slots []Slot) (err error) {
	p := &c.problem
	p.Least = c.least(slots)
	p.Rest = rest
	p.People, p.Gap, p.Wish, p.Carried, p.Even = len(c.who), c.gap, c.heads, c.carried(), c.in.Rules.Even && len(c.in.Last) == 0
	c.answer, err = SolveDuty(ctx, *p)
	return err
}

// carried is the ledger of the years before; who is new gets the mean of those who are not.
func (c *circle) carried() []int64 {
	out := make([]int64, len(c.who))
	sum, n := int64(0), int64(0)
	for k, l := range c.who {
		if v, ok := c.in.Carried[l.ID]; ok {
			out[k], sum, n = v, sum+v, n+1
		}
	}
	if n > 0 {
		for k, l := range c.who {
			if _, ok := c.in.Carried[l.ID]; !ok {
				out[k] = sum / n
			}
		}
	}
	return out
}

// pool states the result with its proof.
func (c *circle) pool() Pool {
	a := c.answer
	p := Pool{Heads: c.heads, Gap: c.gap, Spread: thousandths(a.Spread), Bound: thousandths(a.Bound), Fair: a.Fair, Short: len(a.Short), Forced: a.Forced, Unmet: a.Unmet, Owed: a.Owed,
		Exact: a.Exact, Fewest: a.Fewest, Uneven: a.Uneven}
	mean := int64(0)
	for _, e := range a.Excess {
		mean += e
	}
	mean /= int64(max(1, len(a.Excess)))
	for k, l := range c.who {
		d := Duty{Cadre: l.ID, Carried: c.problem.Carried[k], Share: thousandths(a.Share[k]), Balance: a.Excess[k] - mean, Since: c.since[k]}
		for i, by := range a.By {
			if int(by) == k {
				d.Slots++
				d.Weight += c.problem.Slots[i].Weight
			}
		}
		p.Duties = append(p.Duties, d)
	}
	return p
}

func thousandths(units int64) int64 { return (units + DutyUnit/2000) / (DutyUnit / 1000) }

func (c *circle) findings(slots []Slot) (fs []planner.Finding) {
	name := planner.Text{ZH: "其他领导", EN: "the other leaders"}
	if c.heads {
		name = planner.Text{ZH: "主要负责同志", EN: "the heads"}
	}
	day := func(i int) civil.Date { return slots[c.slots[i]].On }
	for n, x := range c.answer.Conflicts {
		if n == maxConflicts {
			break
		}
		fs = append(fs, planner.Finding{Severity: planner.Warn, Code: "rota-conflict", Say: planner.Text{
			ZH: "{谁}在{从}至{到}有{n}次接访，这些天里能接访的只有{m}人，“同一人间隔{g}个工作日”不可能都满足。请增加接访领导、调整请假或缩短间隔。",
			EN: "from {from} to {to} there are {n} slots of {who}, but only {m} people can take them: a gap of {g} workdays for each cannot be kept. Add leaders, change their leave or shorten the gap.",
		}.Fill("谁", name.ZH, "who", name.EN, "从", dayZH(day(x.First)), "到", dayZH(day(x.Last)), "from", day(x.First).String(), "to", day(x.Last).String(),
			"n", fmt.Sprint(x.Need), "m", fmt.Sprint(x.Have), "g", fmt.Sprint(c.gap))})
	}
	if short := c.answer.Short; len(short) > 0 {
		var days []civil.Date
		for _, i := range short {
			days = append(days, day(i))
		}
		proof := planner.Text{ZH: "至少{f}次无法避免（已证明）", EN: "at least {f} of them cannot be helped, which is proved"}
		if len(short) <= c.answer.Forced || c.answer.Exact && !c.heads {
			proof = planner.Text{ZH: "已证明不能再少", EN: "fewer is proved impossible"}
		}
		if c.heads && c.answer.Fewest && len(short) > c.answer.Forced {
			proof = planner.Text{ZH: "同样公平的排法里已证明不能再少", EN: "nothing as fair has fewer, which is proved"}
		}
		proof = proof.Fill("f", fmt.Sprint(c.answer.Forced))
		fs = append(fs, planner.Finding{Severity: planner.Warn, Code: "rota-gap", Say: planner.Text{
			ZH: "{谁}有{n}次接访间隔不足{g}个工作日（请假或人手所限），{证}：{日}。请补充接访领导或调整请假。",
			EN: "{n} slots of {who} follow the same person's last one in fewer than {g} workdays, for leave or want of people; {proof}: {days}. Add leaders or change their leave.",
		}.Fill("谁", name.ZH, "who", name.EN, "n", fmt.Sprint(len(short)), "g", fmt.Sprint(c.gap), "证", proof.ZH, "proof", proof.EN,
			"日", list(days, "、"), "days", list(days, ", "))})
	}
	if p := c.pool(); !p.Fair && !p.Exact {
		fs = append(fs, planner.Finding{Severity: planner.Note, Code: "rota-spread", Say: planner.Text{
			ZH: "{谁}接访次数的差距为{s}次，可证明的最小差距为{b}次；因间隔要求未能再缩小。",
			EN: "the duty of {who} is spread over {s} slots; the proved least spread is {b}. The gaps kept it from narrowing.",
		}.Fill("谁", name.ZH, "who", name.EN, "s", decimal(p.Spread), "b", decimal(p.Bound))})
	}
	return fs
}

// maxConflicts is how many stretches of days are named; more of them say nothing new.
const maxConflicts = 5

func decimal(thousandths int64) string {
	return fmt.Sprintf("%d.%03d", thousandths/1000, thousandths%1000)
}
