package calendar

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// The gaps of the reception rota, in workdays from one slot of a leader to the next. No source gives one: office settings.
const (
	DefaultGap     = 10 // a leader: not twice in a fortnight
	DefaultHeadGap = 6  // a head: not two Mondays running
)

// RotaInput is what [LayRota] needs.
type RotaInput struct {
	Year    int
	Days    *Workdays
	Rules   RotaRules                      // a zero Name: Henan 2024
	Leaders []planner.Cadre                // all who receive; those with Head take the heads' slots
	Gap     int                            // in place of the rules'; 0: theirs
	HeadGap int                            // the same for heads
	Last    []Slot                         // the rota as laid before: kept wherever it still holds
	Agreed  []Slot                         // exchanges that leaders agreed on: they stay, whatever fairness asks
	Gave    []Slot                         // who gave a day of Agreed away: they cannot come, so they are not its deputy
	Today   civil.Date                     // slots of Last before this day are history and stay as they were; zero: nothing is history
	Asked   string                         // [Rota.Asked] of Last: if the same is asked again, Last stays; empty: not known
	Since   map[planner.CadreID]civil.Date // [Duty.Since] of Last: who is not in it joins today; nil: not known

	// Carried is what each leader did beyond their share in the years before, in DutyUnit. Who is not in it is new in the circle
	// and is given its mean.
	Carried map[planner.CadreID]int64

	Seconds []planner.Cadre // who may sit beside a leader, where the rules ask for it: the bureau's cadres

	rest bool // the question is that of Last
}

// Slot is one morning in the hall.
type Slot struct {
	On      civil.Date
	Nominal civil.Date // the Monday that a head's slot belongs to; equals On for all others
	Cadre   planner.CadreID
	Head    bool            // a slot of the heads
	Why     planner.Text    // why it is not on the Monday, or taken by a stand-in; empty otherwise
	Weight  int             // in the ledger of fairness; 1 is ordinary
	Theme   planner.Text    // 专题; empty: everything
	Deputy  planner.CadreID // 补位领导: steps in if the leader cannot come; empty: nobody is there
	Second  planner.CadreID // 陪同: sits beside the leader, where the rules ask for it
}

// Rota is a year's reception rota. Slots are sorted by day; a day on which nobody can receive has none and a finding.
type Rota struct {
	Slots    []Slot
	Pools    []Pool // the leaders, then the heads
	Beside   *Pool  // those who sit beside the leaders; nil unless the rules ask for it
	Findings []planner.Finding
	Asked    string // a hash of all that the rota depends on, but for Last and Today
}

// Pool is one circle of people who share slots, with the proof of its fairness: see [DutyAnswer].
type Pool struct {
	Heads  bool
	Duties []Duty // sorted by code
	Spread int64  // in thousandths of a slot
	Bound  int64  // no rota that respects leave has a smaller spread, gaps or not
	Fair   bool   // the excesses are the proved leximin optimum, gaps or not
	Gap    int    // the fewest workdays asked for between two slots of one person
	Short  int    // how often that gap is not kept
	Forced int    // so often nobody could keep it: proved
	Unmet  int    // slots that the minima ask for and nobody takes
	Owed   int    // so many nobody could take: proved
	Exact  bool   // every rota was searched: none has fewer short gaps, or as many and is fairer
	Fewest bool   // of heads: proved that nothing as fair keeps more gaps
	Uneven int    // slots beyond even numbers of each weekday and month
}

// Proved reports whether no better rota exists: of those that meet all minima that can be met the fairest of those with the fewest short
// gaps, for heads the fairest.
func (p Pool) Proved() bool {
	return p.Unmet <= p.Owed && (p.Exact || p.Fair && (p.Heads || p.Short <= p.Forced))
}

// Duty is one person's part in the ledger of fairness.
type Duty struct {
	Cadre   planner.CadreID
	Slots   int
	Weight  int        // of these slots
	Carried int64      // from the years before, in DutyUnit
	Share   int64      // thousandths of a slot
	Balance int64      // carried + weight − share, less the circle's mean, in DutyUnit: what the next year carries
	Since   civil.Date // the day from which they count; zero: the first of the year
}

// Heads returns the number of slots taken by a head.
func (r Rota) Heads() (n int) {
	for _, p := range r.Pools {
		if p.Heads {
			for _, d := range p.Duties {
				n += d.Slots
			}
		}
	}
	return n
}

// HeadDay is where the heads' slot of one week falls.
type HeadDay struct {
	Monday civil.Date
	On     civil.Date   // zero: the week has no workday
	Why    planner.Text // why it is not on Monday; empty if it is
}

// HeadDays returns the heads' day of each week whose slot, or whose Monday if it has none, falls in the year. A holiday
// Monday moves to the next workday of the same week, Sunday included where it is worked.
func HeadDays(year int, w *Workdays) (hs []HeadDay) {
	monday := civil.Of(year, time.January, 1)
	for monday.Weekday() != time.Monday {
		monday = monday.AddDays(-1)
	}
	for ; monday.Year <= year; monday = monday.AddDays(7) {
		h := HeadDay{Monday: monday, On: w.Next(monday)}
		if h.On.Sub(monday) > 6 {
			h.On = civil.Date{}
		}
		if h.On.Year == year || h.On.IsZero() && monday.Year == year {
			h.Why = w.whyHeadDay(h)
			hs = append(hs, h)
		}
	}
	return hs
}

func (w *Workdays) whyHeadDay(h HeadDay) planner.Text {
	if h.On == h.Monday {
		return planner.Text{}
	}
	why := w.whyOff(h.Monday)
	t := planner.Text{
		ZH: "{周一}（周一）{因}，主要负责同志接访改到本周{到}（{星期}）",
		EN: "Monday {monday} is {why}; the head of the county receives on {day}, {to}",
	}
	if h.On.IsZero() {
		t = planner.Text{ZH: "{周一}（周一）{因}，本周没有工作日，主要负责同志不接访",
			EN: "Monday {monday} is {why}, and the week has no workday: no head receives in it"}
	}
	return w.provisionally(h.Monday.Year, t.Fill("周一", dayZH(h.Monday), "因", why.ZH, "到", dayZH(h.On), "星期", weekdayZH[h.On.Weekday()],
		"monday", h.Monday.String(), "why", why.EN, "day", h.On.Weekday().String(), "to", h.On.String()))
}

// LayRota lays the rota of a year by its rules: first who is present, then the minima that can be met, then of the rotas that meet them
// the leximin fairest loads that presence allows (both proved by a flow), then an assignment of that fairness which also keeps the gaps. Where the gaps forbid it, or leave forbids
// a gap, the pool says by how much and a finding names the days. The same input gives the same rota; with Last given, a slot
// changes hands only if a rule or the fairness asks for it, and none if nothing is new but the day. The only error is the context's.
func LayRota(ctx context.Context, in RotaInput) (Rota, error) {
	in = in.withRules()
	leaders := slices.Clone(in.Leaders)
	slices.SortFunc(leaders, func(a, b planner.Cadre) int { return strings.Compare(a.Code, b.Code) })
	heads, others := newCircle(in, true, leaders), newCircle(in, false, leaders)
	if in.Rules.Heads == HeadShared {
		heads, others = &circle{in: in, heads: true}, sharedCircle(in, leaders)
	}
	var r Rota
	var slots []Slot
	slots, r.Findings = in.Rules.slotsOf(in.Year, in.Days, heads, others)
	r.Asked = in.asked(slots, heads, others)
	in.rest = in.Asked == r.Asked
	slots = in.makeUp(in.held(slots, heads), heads)
	last, agreed := map[civil.Date]planner.CadreID{}, map[civil.Date]planner.CadreID{}
	for _, s := range in.Last {
		last[s.On] = s.Cadre
	}
	for _, s := range in.Agreed {
		agreed[s.On] = s.Cadre
	}
	var standIns, empty, unmatched []civil.Date
	positions := in.Days.Between(civil.YearSpan(in.Year))
	staying := func(s *Slot) (holder planner.CadreID, stays bool) {
		if holder = last[s.On]; s.On.Before(in.Today) && holder != "" {
			return holder, true
		}
		if who := agreed[s.On]; who != "" && (heads.free(who, s.On) || others.free(who, s.On)) {
			return who, true
		}
		return holder, false
	}
	for i := range slots {
		s := &slots[i]
		s.Weight = 1
		if in.Days.eve(s.On) {
			s.Weight = in.Rules.EveWeight
		}
		at, _ := slices.BinarySearchFunc(positions, s.On, civil.Date.Compare)
		holder, stays := staying(s)
		theme := in.Rules.themeOn(s.On)
		owner := s.Cadre // whose slot of the month it is
		s.Cadre = ""
		switch {
		case stays && !heads.has(holder) && !others.has(holder):
			s.Cadre = holder // by someone who has left since
		case s.Head && owner != "" && !stays && !in.rest && heads.takes(i, at, s, owner, false, nil):
		case s.Head && heads.takes(i, at, s, holder, stays, nil):
		case theme != nil && others.takes(i, at, s, holder, stays, theme):
			s.Theme = theme.Name
		case others.takes(i, at, s, holder, stays, nil):
			if theme != nil && !s.Head {
				s.Theme = theme.Name
				unmatched = append(unmatched, s.On)
			}
			if s.Head && len(heads.who) > 0 {
				others.weigh(max(s.Weight, in.Rules.HeadWeight))
			}
			if s.Head {
				standIns = append(standIns, s.On)
			}
		case heads.takes(i, at, s, holder, stays, nil): // only heads are there
		default:
			empty = append(empty, s.On)
		}
	}
	for _, c := range []*circle{others, heads} {
		if len(c.who) == 0 {
			continue
		}
		if err := c.lay(ctx, in.rest, slots); err != nil {
			return Rota{}, err
		}
		for k, i := range c.slots {
			slots[i].Cadre = c.who[c.answer.By[k]].ID
			slots[i].Weight = c.problem.Slots[k].Weight
		}
		r.Pools = append(r.Pools, c.pool())
		r.Findings = append(r.Findings, c.findings(slots)...)
	}
	for i := range slots {
		if slices.Contains(standIns, slots[i].On) {
			slots[i].Why = joinWhy(slots[i].Why, planner.Text{ZH: "主要负责同志另有安排，由其他领导补位", EN: "the heads have other duties; another leader stands in"})
		}
		if slots[i].Cadre != "" {
			r.Slots = append(r.Slots, slots[i])
		}
	}
	r.deputies(heads.who, others.who, in)
	if err := r.seconds(ctx, in); err != nil {
		return Rota{}, err
	}
	r.Findings = append(r.Findings, in.rotaFindings(len(heads.who), standIns, empty)...)
	if len(unmatched) > 0 {
		r.Findings = append(r.Findings, planner.Finding{Severity: planner.Warn, Code: "rota-theme", Say: planner.Text{
			ZH: "有{n}个专题接访日没有分管领导在岗，由其他领导接访：{日}。", EN: "on {n} themed days no leader who answers for the theme is there; others receive: {days}.",
		}.Fill("n", fmt.Sprint(len(unmatched)), "日", list(unmatched, "、"), "days", list(unmatched, ", "))})
	}
	r.Findings = append(r.Findings, in.minimaFindings(slots, heads, others)...)
	return r, nil
}

func (in RotaInput) withRules() RotaInput {
	if in.Rules.Name == "" {
		in.Rules = RotaPresets()[0]
	}
	if in.Gap == 0 {
		in.Gap = in.Rules.Gap
	}
	if in.HeadGap == 0 {
		in.HeadGap = in.Rules.HeadGap
	}
	in.Rules.EveWeight, in.Rules.HeadWeight = max(1, in.Rules.EveWeight), max(1, in.Rules.HeadWeight)
	return in
}

func (r RotaRules) themeOn(d civil.Date) *Theme {
	for i := range r.Themes {
		if r.Themes[i].on(d) {
			return &r.Themes[i]
		}
	}
	return nil
}

func joinWhy(a, b planner.Text) planner.Text {
	if a.IsZero() {
		return b
	}
	return planner.Text{ZH: a.ZH + "；" + b.ZH, EN: a.EN + "; " + b.EN}
}

func (in RotaInput) rotaFindings(heads int, standIns, empty []civil.Date) (fs []planner.Finding) {
	if len(standIns) > 0 {
		day := "主要负责同志的"
		if in.Rules.Heads == HeadMondays {
			day = "周一"
		}
		say := planner.Text{ZH: "有{n}次{周}接访由其他领导补位（主要负责同志请假或已商定调换）：{日}。", EN: "another leader stands in for the heads, who are on leave or agreed to a swap, on {n} days: {days}."}
		if heads == 0 {
			say = planner.Text{ZH: "名册里没有主要负责人，{n}次{周}接访由其他领导承担；请在《干部》表“主要负责人”列填“是”。",
				EN: "the roster names no head; other leaders take their {n} slots. Fill 是 into the column 主要负责人 of the sheet 干部."}
		}
		fs = append(fs, planner.Finding{Severity: planner.Warn, Code: "rota-stand-in", Say: say.Fill("周", day, "n", fmt.Sprint(len(standIns)), "日", list(standIns, "、"), "days", list(standIns, ", "))})
	}
	if len(empty) > 0 {
		fs = append(fs, planner.Finding{Severity: planner.Warn, Code: "rota-empty", Say: planner.Text{
			ZH: "有{n}个工作日没有领导可以接访：{日}。请补充接访领导或调整请假。",
			EN: "on {n} workdays no leader can receive: {days}. Add leaders or change their leave.",
		}.Fill("n", fmt.Sprint(len(empty)), "日", list(empty, "、"), "days", list(empty, ", "))})
	}
	return fs
}

// list writes at most five days.
func list(days []civil.Date, sep string) string {
	var b strings.Builder
	for i, d := range days[:min(5, len(days))] {
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(d.String())
	}
	if len(days) > 5 {
		b.WriteString(" …")
	}
	return b.String()
}
