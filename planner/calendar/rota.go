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

// RotaInput is what [LayRota] needs. The rule laid is that of 河南省信访局's notice of 2024-09-26: each workday one leader of
// the county receives, on Monday a head of Party or government.
type RotaInput struct {
	Year    int
	Days    *Workdays
	Leaders []planner.Cadre // all who receive; those with Head take the heads' slots
	Gap     int             // fewest workdays from one slot of a leader to the next; 0 = DefaultGap
	HeadGap int             // the same for heads; 0 = DefaultHeadGap
	Last    []Slot          // the rota as laid before: kept wherever it still holds
	Today   civil.Date      // slots of Last before this day are history and stay as they were; zero: nothing is history
}

// Slot is one morning in the hall.
type Slot struct {
	On      civil.Date
	Nominal civil.Date // the Monday that a head's slot belongs to; equals On for all others
	Cadre   planner.CadreID
	Head    bool         // a slot of the heads
	Why     planner.Text // why it is not on the Monday, or taken by a stand-in; empty otherwise
}

// Rota is a year's reception rota. Slots are sorted by day; a day on which nobody can receive has none and a finding.
type Rota struct {
	Slots    []Slot
	Pools    []Pool // the leaders, then the heads
	Findings []planner.Finding
}

// Pool is one circle of people who share slots, with the proof of its fairness. A leader's share is the sum, over the
// slots on which they are present, of one over the number of leaders present: leave is excused. A leader's excess is
// slots − share; the spread is the greatest excess less the least.
type Pool struct {
	Heads  bool
	Duties []Duty // sorted by code
	Spread int64  // in thousandths of a slot
	Bound  int64  // no rota that respects leave has a smaller spread, gaps or not
	Gap    int    // the fewest workdays asked for between two slots of one person
	Short  int    // how often that gap is not kept
}

// Proved reports whether no fairer rota exists.
func (p Pool) Proved() bool { return p.Spread <= p.Bound }

// Duty is one person's part.
type Duty struct {
	Cadre planner.CadreID
	Slots int
	Share int64 // thousandths of a slot
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

// LayRota lays the rota of a year: first who is present, then the least spread that presence allows (proved by a flow),
// then an assignment of that spread which also keeps the gaps. Where the gaps forbid that spread, or leave forbids a gap,
// the pool says by how much and a finding names the days. The same input gives the same rota; with Last given, a slot
// changes hands only if a rule or the fairness asks for it. The only error is the context's.
func LayRota(ctx context.Context, in RotaInput) (Rota, error) {
	if in.Gap == 0 {
		in.Gap = DefaultGap
	}
	if in.HeadGap == 0 {
		in.HeadGap = DefaultHeadGap
	}
	leaders := slices.Clone(in.Leaders)
	slices.SortFunc(leaders, func(a, b planner.Cadre) int { return strings.Compare(a.Code, b.Code) })
	var r Rota
	days := in.Days.Between(civil.YearSpan(in.Year))
	slots := make([]Slot, len(days))
	at := make(map[civil.Date]int, len(days))
	for i, d := range days {
		slots[i] = Slot{On: d, Nominal: d}
		at[d] = i
	}
	for _, h := range HeadDays(in.Year, in.Days) {
		if h.On.IsZero() {
			r.Findings = append(r.Findings, planner.Finding{Severity: planner.Note, Code: "rota-week-without-head", Say: h.Why})
			continue
		}
		s := &slots[at[h.On]]
		s.Head, s.Nominal, s.Why = true, h.Monday, h.Why
	}
	last := make(map[civil.Date]planner.CadreID, len(in.Last))
	for _, s := range in.Last {
		last[s.On] = s.Cadre
	}
	heads, others := newCircle(in, true, leaders), newCircle(in, false, leaders)
	var standIns, empty []civil.Date
	for i := range slots {
		s := &slots[i]
		history := s.On.Before(in.Today) && last[s.On] != ""
		switch {
		case history && !heads.has(last[s.On]) && !others.has(last[s.On]):
			s.Cadre = last[s.On] // by someone who has left since
		case s.Head && heads.takes(i, s, last[s.On], history):
		case others.takes(i, s, last[s.On], history):
			if s.Head {
				standIns = append(standIns, s.On)
			}
		case heads.takes(i, s, last[s.On], history): // only heads are there
		default:
			empty = append(empty, s.On)
		}
	}
	for _, c := range []*circle{others, heads} {
		if len(c.who) == 0 {
			continue
		}
		if err := c.lay(ctx); err != nil {
			return Rota{}, err
		}
		for k, i := range c.slots {
			slots[i].Cadre = c.who[c.by[k]].ID
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
	r.Findings = append(r.Findings, rotaFindings(len(heads.who), standIns, empty)...)
	return r, nil
}

func joinWhy(a, b planner.Text) planner.Text {
	if a.IsZero() {
		return b
	}
	return planner.Text{ZH: a.ZH + "；" + b.ZH, EN: a.EN + "; " + b.EN}
}

func rotaFindings(heads int, standIns, empty []civil.Date) (fs []planner.Finding) {
	if len(standIns) > 0 {
		say := planner.Text{ZH: "有{n}次周一接访由其他领导补位（主要负责同志请假）：{日}。", EN: "another leader stands in for the heads, who are on leave, on {n} days: {days}."}
		if heads == 0 {
			say = planner.Text{ZH: "名册里没有主要负责人，{n}次周一接访由其他领导承担；请在《干部》表“主要负责人”列填“是”。",
				EN: "the roster names no head; other leaders take the {n} Monday slots. Fill 是 into the column 主要负责人 of the sheet 干部."}
		}
		fs = append(fs, planner.Finding{Severity: planner.Warn, Code: "rota-stand-in", Say: say.Fill("n", fmt.Sprint(len(standIns)), "日", list(standIns, "、"), "days", list(standIns, ", "))})
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
