package calendar

import (
	"slices"
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// RotaDays says on which days somebody receives.
type RotaDays string

const (
	RotaEveryWorkday RotaDays = "every-workday"
	RotaWeekdays     RotaDays = "weekdays"   // the Weekdays that are workdays: 节假日除外
	RotaMonthDays    RotaDays = "month-days" // the MonthDays, moved by Policy
	RotaAsNeeded     RotaDays = "as-needed"  // as many days as the minima ask, spread over the month
)

// HeadRule says which slots are the heads'.
type HeadRule string

const (
	HeadMondays HeadRule = "mondays" // each Monday, or the next workday of the week if Monday is none
	HeadMonthly HeadRule = "monthly" // one day a month for each head
	HeadShared  HeadRule = "shared"  // none of their own: the heads take their turn like everybody
)

// RotaRules are the reception rules of an office. They are a value: an office edits a preset.
type RotaRules struct {
	Name   string
	Title  planner.Text
	Source string // where the rule is written

	Days        RotaDays
	Weekdays    []time.Weekday
	MonthDays   []int
	Policy      Policy // of a month day that is no workday
	From, Until civil.Clock

	Heads   HeadRule
	Gap     int // fewest workdays from one slot of a leader to the next; 0: asked of nobody
	HeadGap int // the same for heads, after fairness: of the fairest rotas one with the fewest short gaps, which for two heads is proved

	// EveWeight is what the last workday before a holiday counts in the ledger of fairness, HeadWeight a head's slot that
	// another leader takes; an ordinary slot is 1. No source gives them: office settings.
	EveWeight, HeadWeight int
	Even                  bool // weekdays and months even for everybody, where gaps and fairness leave room

	Second      bool // on the days of ordinary leaders a cadre of the bureau sits beside them, in even turns
	Least       []Least
	Themes      []Theme
	TellDays    int // workdays before the slot by which a leader says that they cannot come
	PublishDays int // days before the month by which its notice is up
}

// Least is how often somebody receives at least.
type Least struct {
	Heads bool
	Per   Term
	Times int
}

// Term is a stretch of the year.
type Term string

const (
	TermMonth   Term = "month"
	TermQuarter Term = "quarter"
	TermYear    Term = "year"
)

// of numbers the stretch in which a day lies.
func (t Term) of(d civil.Date) int {
	switch t {
	case TermMonth:
		return int(d.Month) - 1
	case TermQuarter:
		return (int(d.Month) - 1) / 3
	}
	return 0
}

func (t Term) zh(n int) string {
	switch t {
	case TermMonth:
		return []string{"1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"}[n]
	case TermQuarter:
		return []string{"一季度", "二季度", "三季度", "四季度"}[n]
	}
	return "全年"
}

func (t Term) en(n int) string {
	switch t {
	case TermMonth:
		return time.Month(n + 1).String()
	case TermQuarter:
		return []string{"the first quarter", "the second quarter", "the third quarter", "the fourth quarter"}[n]
	}
	return "the year"
}

// Theme 专题接访日 gives a day of the month to one field of work and to the leaders who answer for it.
type Theme struct {
	Name    planner.Text
	Words   []string     // a leader answers for it if their portfolio holds one of these words
	Weekday time.Weekday // of the month's Nth such day
	Nth     int
}

// on reports whether a day is the theme's.
func (t Theme) on(d civil.Date) bool { return d.Weekday() == t.Weekday && (d.Day-1)/7+1 == t.Nth }

// fits reports whether a leader answers for the theme.
func (t Theme) fits(c planner.Cadre) bool {
	return slices.ContainsFunc(c.Portfolio, func(p string) bool {
		return slices.ContainsFunc(t.Words, func(w string) bool { return strings.Contains(p, w) })
	})
}

var morningFrom, morningUntil = civil.MustClock("08:30"), civil.MustClock("11:30")

// RotaPresets are the rules that the domain's sources write down, by name. The gaps, weights and evenness are office settings.
func RotaPresets() []RotaRules {
	base := RotaRules{Days: RotaEveryWorkday, From: morningFrom, Until: morningUntil, Heads: HeadMondays, Gap: DefaultGap, HeadGap: DefaultHeadGap,
		EveWeight: 2, HeadWeight: 2, Even: true, TellDays: 5, PublishDays: 2}
	henan := base
	henan.Name, henan.Source = "henan-2024", "河南省信访局公告 2024-09-26"
	henan.Title = planner.Text{ZH: "每个工作日一名县级领导，周一上午主要负责同志", EN: "each workday one leader of the county, on Monday morning a head"}

	gansu := base
	gansu.Name, gansu.Source, gansu.Heads = "gansu-2018", "甘肃省 2018 年实施细则", HeadMonthly
	gansu.Title = planner.Text{ZH: "每个工作日一名县级领导，县主要领导每月至少一次", EN: "each workday one leader of the county, each head at least once a month"}
	gansu.Least = []Least{{Heads: true, Per: TermMonth, Times: 1}}

	central := base
	central.Name, central.Source, central.Days, central.Heads = "central-2009", "中办国办《关于领导干部定期接待群众来访的意见》2009", RotaAsNeeded, HeadMonthly
	central.Title = planner.Text{ZH: "县委书记、县长每月一天，其他领导每季度一天", EN: "each head a day a month, each other leader a day a quarter"}
	central.EveWeight = 1 // a day a quarter is a day a quarter, an eve or not
	central.Least = []Least{{Heads: true, Per: TermMonth, Times: 1}, {Per: TermQuarter, Times: 1}}

	linze := gansu
	linze.Name, linze.Source = "linze-2020", "临泽县 2020"
	linze.Title = planner.Text{ZH: "主要领导每月一次，其余工作日每天一名县级领导和一名信访局干部", EN: "each head once a month, on every other workday one leader of the county and one cadre of the bureau"}
	linze.Second = true

	county := base
	county.Name, county.Source, county.Days, county.MonthDays, county.Heads = "county-2008", "县通知 2008", RotaMonthDays, []int{15}, HeadShared
	county.Title = planner.Text{ZH: "每月15日，遇节假日顺延", EN: "the 15th of each month, postponed over holidays"}
	county.Policy = Postpone

	ankang := base
	ankang.Name, ankang.Source, ankang.Days, ankang.MonthDays, ankang.Heads = "ankang-2022", "安康市领导接话日 2022", RotaMonthDays, []int{1, 11, 21}, HeadShared
	ankang.Title = planner.Text{ZH: "每月1日、11日、21日，遇节假日顺延", EN: "the 1st, 11th and 21st of each month, postponed over holidays"}
	ankang.Policy, ankang.Gap = Postpone, DefaultGap

	tongcheng := base
	tongcheng.Name, tongcheng.Source, tongcheng.Days = "tongcheng-2021", "桐城市公告 2021-02", RotaWeekdays
	tongcheng.Weekdays, tongcheng.Heads = []time.Weekday{time.Tuesday, time.Thursday}, HeadShared
	tongcheng.From, tongcheng.Until = civil.MustClock("08:00"), civil.MustClock("11:00")
	tongcheng.Title = planner.Text{ZH: "每周二、周四上午，节假日除外", EN: "Tuesday and Thursday mornings, holidays left out"}

	longmen := base
	longmen.Name, longmen.Source = "longmen", "龙门专题接访安排（未注日期）"
	longmen.Title = planner.Text{ZH: "每个工作日一名领导，每月有土地、村居选举、涉法涉诉专题日", EN: "each workday one leader; days for land, village elections and law suits in each month"}
	longmen.Themes = []Theme{
		{planner.Text{ZH: "土地", EN: "land"}, []string{"土地", "自然资源", "国土", "农业", "拆迁"}, time.Wednesday, 1},
		{planner.Text{ZH: "村居选举", EN: "village elections"}, []string{"民政", "基层", "组织"}, time.Wednesday, 2},
		{planner.Text{ZH: "涉法涉诉", EN: "law suits"}, []string{"政法", "司法", "公安", "法院"}, time.Wednesday, 3},
	}
	return []RotaRules{henan, gansu, central, linze, county, ankang, tongcheng, longmen}
}

// RotaPreset returns the preset of a name; Invalid if there is none. An empty name is that of Henan 2024.
func RotaPreset(name string) (RotaRules, error) {
	all := RotaPresets()
	if name == "" {
		return all[0], nil
	}
	var names []string
	for _, r := range all {
		if r.Name == name {
			return r, nil
		}
		names = append(names, r.Name)
	}
	return RotaRules{}, planner.Fail(planner.Invalid, "没有名为“"+name+"”的接访规则；可用："+strings.Join(names, "、")+"。",
		"there is no reception rule named "+name+"; use one of "+strings.Join(names, ", ")+".")
}

// slotsOf lists the slots of a year by day, Head set on those of the heads, Why on those that are not on their nominal day.
func (r RotaRules) slotsOf(year int, w *Workdays, heads, others *circle) (slots []Slot, fs []planner.Finding) {
	days := w.Between(civil.YearSpan(year))
	switch r.Days {
	case RotaWeekdays:
		days = slices.DeleteFunc(days, func(d civil.Date) bool { return !slices.Contains(r.Weekdays, d.Weekday()) || w.Makeup(d) })
	case RotaMonthDays:
		return r.monthDays(year, w), nil
	case RotaAsNeeded:
		days = neededDays(days, heads, others)
	}
	at := make(map[civil.Date]int, len(days))
	for i, d := range days {
		slots = append(slots, Slot{On: d, Nominal: d})
		at[d] = i
	}
	switch r.Heads {
	case HeadMondays:
		for _, h := range HeadDays(year, w) {
			i, ok := at[h.On]
			if h.On.IsZero() || !ok {
				if h.On.IsZero() {
					fs = append(fs, planner.Finding{Severity: planner.Note, Code: "rota-week-without-head", Say: h.Why})
				}
				continue
			}
			slots[i].Head, slots[i].Nominal, slots[i].Why = true, h.Monday, h.Why
		}
	case HeadMonthly:
		for m := time.January; m <= time.December; m++ {
			var month []int
			for i, s := range slots {
				if s.On.Month == m {
					month = append(month, i)
				}
			}
			for k, place := range heads.ownDays(len(month), func(n int) civil.Date { return slots[month[n]].On }) {
				if place >= 0 {
					s := &slots[month[place]]
					s.Head, s.Cadre = true, heads.who[k%len(heads.who)].ID // theirs, not whoever had it by the rule before
				}
			}
		}
	}
	return slots, fs
}

// monthDays are the named days of each month, moved by the policy.
func (r RotaRules) monthDays(year int, w *Workdays) (slots []Slot) {
	for m := time.January; m <= time.December; m++ {
		for _, day := range r.MonthDays {
			d := w.layDay(monthDay(year, m, day), r.Policy)
			if !d.Skipped && d.On.Year == year && !slices.ContainsFunc(slots, func(s Slot) bool { return s.On == d.On }) {
				slots = append(slots, Slot{On: d.On, Nominal: d.Nominal, Why: d.Why})
			}
		}
	}
	slices.SortFunc(slots, func(a, b Slot) int { return a.On.Compare(b.On) })
	return slots
}

// eve reports whether a day is the last workday before a holiday.
func (w *Workdays) eve(d civil.Date) bool {
	for next := d.AddDays(1); !w.Works(next); next = next.AddDays(1) {
		if w.Name(next) != "" {
			return true
		}
	}
	return false
}
