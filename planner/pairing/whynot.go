package pairing

import (
	"context"
	"fmt"
	"strconv"

	"lianxin/planner"
	"lianxin/planner/flow"
)

// WhyNot says why a household is not with a certain cadre: a rule forbids it, there is no room at any price, or the best
// plan with that pair costs Extra more, by the chain of Changes. The prices of Parts add up to Extra. Of a plan made by
// [Replan] the best plan with that pair is the one with the fewest left out, then the fewest changes from the plan in
// force, then the least price: Left and Changed say how many more, and Extra, which may then be below 0, comes last.
type WhyNot struct {
	Household planner.HouseholdID
	Cadre     planner.CadreID // the one who was asked about
	Now       planner.CadreID // who has the household; empty: nobody. Equal to Cadre: the plan has this pair.
	Forbidden *planner.Reason
	Possible  bool
	Fewest    bool            // the plan was made by [Replan]
	Left      int             // exact: more without a cadre, a pinned household counting twice
	Changed   int             // exact: more that have another cadre than in the plan in force
	Extra     planner.Seconds // exact
	Changes   []Step          // the household itself first, then the others in an order in which each can be made
	Parts     []Part
}

// Step is one household that would change cadre.
type Step struct {
	Household planner.HouseholdID
	Code      string
	From, To  planner.CadreID // empty: nobody
	Say       planner.Text
}

// Part is one line of the sum. Private ones are the planner's alone.
type Part struct {
	Price   planner.Seconds
	Say     planner.Text
	Private bool
}

var (
	sayStep    = planner.Text{ZH: "{target}由{from}改为{to}", EN: "{target} goes from {from} to {to}"}
	sayNobody  = planner.Text{ZH: "无人", EN: "nobody"}
	sayNoMore  = planner.Text{ZH: "不再需要：{what}", EN: "no longer: {what}"}
	sayOneMore = planner.Text{ZH: "{cadre}多一户，成为第{n}户", EN: "{cadre} has one more, household number {n}"}
	sayOneLess = planner.Text{ZH: "{cadre}少一户，不再有第{n}户", EN: "{cadre} has one less, no longer a household number {n}"}
	sayLeftOut = planner.Text{ZH: "没有干部联系", EN: "without a cadre"}
)

// WhyNot answers for one pair. NotFound: the household is not in the plan's question, or the cadre is not one of its tier.
func (x *Index) WhyNot(ctx context.Context, household planner.HouseholdID, cadre planner.CadreID) (w WhyNot, err error) {
	p, err := x.part(ctx, household)
	if err != nil {
		return w, err
	}
	j, ok := x.column[cadre]
	if !ok {
		return w, planner.Fail(planner.NotFound, "这名干部不在岗，或不是联系户的职级。", "the cadre is not in post, or not of the rank that looks after households.")
	}
	i := p.row[household]
	w = WhyNot{Household: household, Cadre: cadre, Now: p.cadreID(p.sink[i]), Fewest: p.fewest}
	if w.Now == cadre {
		w.Possible = true
		return w, nil
	}
	if r, ok := x.inst.Forbids(x.row[household], j); ok {
		w.Forbidden = &r
		return w, nil
	}
	return p.dearer(w, i, p.column[cadre])
}

// dearer prices the pair and words the chain.
func (x *part) dearer(w WhyNot, i int, col int32) (_ WhyNot, err error) {
	f, others, err := x.force(i, int(col))
	if err != nil {
		return w, err
	}
	if w.Possible = f.possible; !f.possible {
		return w, nil
	}
	w.Left, w.Changed, w.Extra = int(f.extra.left), int(f.extra.changed), planner.Seconds(f.extra.secs)
	moves := append([]flow.Move{{Source: int32(i), From: x.sink[i], To: col}}, others...)
	change := map[int32]int{}
	for _, m := range moves {
		step := Step{Household: x.inst.Targets[m.Source].Household.ID, Code: x.inst.Targets[m.Source].Code, From: x.cadreID(m.From), To: x.cadreID(m.To)}
		step.Say = fill(sayStep, "target", x.inst.Targets[m.Source].Name(), "from", x.name(m.From), "to", x.name(m.To))
		w.Changes = append(w.Changes, step)
		change[m.From]--
		change[m.To]++
	}
	w.Parts = x.own(i, x.sink[i], col)
	for k, m := range moves[1:] {
		w.Parts = append(w.Parts, Part{Price: x.price(int(m.Source), m.To) - x.price(int(m.Source), m.From), Say: w.Changes[k+1].Say})
	}
	for _, m := range moves { // in the order of the chain, each end once
		for _, k := range []int32{m.From, m.To} {
			if d := change[k]; d != 0 && k >= 0 {
				w.Parts = append(w.Parts, x.loadPart(int(k), d))
			}
			change[k] = 0
		}
	}
	sum := planner.Seconds(0)
	for _, p := range w.Parts {
		sum += p.Price
	}
	if sum != w.Extra {
		return w, fmt.Errorf("why not: the parts add up to %d, the cycle to %d", sum, w.Extra)
	}
	return w, nil
}

// own lists how the household's own reasons change: those of the new pair that the old one does not have, and the other way
// round.
func (x *part) own(i int, from, to int32) (ps []Part) {
	reasons := func(j int32) []planner.Reason {
		if j < 0 {
			return []planner.Reason{{Rule: "unserved", Price: x.inst.Unserved(i), Say: sayLeftOut}}
		}
		return x.inst.Reasons(i, int(j))
	}
	before, after := reasons(from), reasons(to)
	same := func(r planner.Reason, rs []planner.Reason) bool {
		for _, o := range rs {
			if o.Rule == r.Rule && o.Price == r.Price {
				return true
			}
		}
		return false
	}
	for _, r := range after {
		if !same(r, before) {
			ps = append(ps, Part{Price: r.Price, Say: r.Say, Private: r.Private})
		}
	}
	for _, r := range before {
		if !same(r, after) {
			ps = append(ps, Part{Price: -r.Price, Say: fill(sayNoMore, "what", r.Say), Private: r.Private})
		}
	}
	return ps
}

// loadPart prices a cadre's load that grows or falls by one.
func (x *part) loadPart(j, by int) Part {
	n, say := x.load[j]+1, sayOneMore
	if by < 0 {
		n, say = x.load[j], sayOneLess
	}
	p := Part{Say: say.Fill("cadre", x.inst.Cadres[j].Name, "n", strconv.Itoa(n))}
	for _, r := range x.inst.LoadReasons(j, n) {
		p.Price += r.Price * planner.Seconds(by)
	}
	return p
}

// price of a target at a sink without load.
func (x *part) price(i int, j int32) planner.Seconds {
	if j < 0 {
		return x.inst.Unserved(i)
	}
	s, _ := x.inst.Price(i, int(j))
	return s
}

func (x *part) cadreID(j int32) planner.CadreID {
	if j < 0 {
		return ""
	}
	return x.inst.Cadres[j].ID
}

func (x *part) name(j int32) planner.Text {
	if j < 0 {
		return sayNobody
	}
	return planner.Both(x.inst.Cadres[j].Name)
}

// fill puts texts into a text, each in its language.
func fill(t planner.Text, pairs ...any) planner.Text {
	var zh, en []string
	for k := 0; k+1 < len(pairs); k += 2 {
		v := pairs[k+1].(planner.Text)
		zh, en = append(zh, pairs[k].(string), v.ZH), append(en, pairs[k].(string), v.EN)
	}
	return planner.Text{ZH: t.Fill(zh...).ZH, EN: t.Fill(en...).EN}
}
