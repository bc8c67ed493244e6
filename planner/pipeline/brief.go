package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/report"
	"lianxin/planner/store"
)

// StatsWish chooses a statistic: from one month to another, both included, of the county or one township.
type StatsWish struct {
	From  civil.Date // a day of the first month; zero: January of this year
	Until civil.Date // a day of the last month; zero: the last closed one
	Area  planner.AreaCode
	By    string // receiver, area or month
}

// Stats 统计 is made of what was published of its months and of nothing else.
type Stats struct {
	By         string         `json:"by"`
	Months     []string       `json:"months"`
	From       civil.Date     `json:"from,omitzero"`
	Last       civil.Date     `json:"last,omitzero"`
	Area       string         `json:"area,omitempty"`
	Registered report.Table   `json:"registered"` // 批次 and 人次
	Closed     report.Table   `json:"closed"`     // by the same rows
	Opinions   *report.Table  `json:"opinions,omitempty"`
	Names      []planner.Text `json:"names"` // of the rows
	Rate       *int           `json:"closure_tenths,omitempty"`
	Keys       []string       `json:"-"`
	OpinionsOf []planner.Text `json:"-"`
	Note       planner.Text   `json:"note"`
}

var statsNote = planner.Text{ZH: "不足5的数不单列，合并显示；统计按月截止，截止后不再改动。", EN: "Counts under five are not shown by themselves but merged; a month closes once and stays as it is."}

func mayCount(p planner.Principal) error {
	if p.SeesAll() || p.Is(planner.RoleLeader, planner.RoleSecretary, planner.RoleSupervisor) {
		return nil
	}
	return planner.Fail(planner.Forbidden, "统计由领导、督查和经办人查看。", "Statistics are for leaders, supervisors and those who plan.")
}

// closedMonths returns the published months from one to another; empty bounds are open.
func (a *App) closedMonths(ctx context.Context, first, last string) (out []ReportMonth, err error) {
	if err := a.CloseMonths(ctx); err != nil {
		return nil, err
	}
	err = a.DB.Read(ctx, planner.System("published months"), func(tx *store.Tx) error {
		span, err := tx.Setting(reportSpan)
		if err != nil || span == "" {
			return err
		}
		from, until, _ := strings.Cut(span, " ")
		for m := from; m <= until; m = monthAfter(m, 1) {
			if first != "" && m < first || last != "" && m > last {
				continue
			}
			r, err := readMonth(tx, m)
			if err != nil {
				return err
			}
			out = append(out, r)
		}
		return nil
	})
	return out, err
}

func families(ms []ReportMonth, family string) (out []report.Published) {
	for _, m := range ms {
		out = append(out, m.Families[family])
	}
	return out
}

// Stats makes a statistic. By receiver and satisfaction are the county's alone: with a place beside them single people could be
// told.
//
// Errors: Forbidden to who does not see the county's figures, Invalid for a combination that is not made.
func (a *App) Stats(ctx context.Context, p planner.Principal, w StatsWish) (out Stats, err error) {
	if err := mayCount(p); err != nil {
		return out, err
	}
	switch {
	case w.By != "receiver" && w.By != "area" && w.By != "month":
		return out, planner.Fail(planner.Invalid, "统计口径请用 receiver、area 或 month。", "Count by receiver, area or month.")
	case w.By == "receiver" && w.Area != "":
		return out, planner.Fail(planner.Invalid, "按接访人类别只统计到全县，再细就可能看出是谁。", "By receiver the county alone is counted; with a place beside it people could be told.")
	case w.Area != "" && len(w.Area) < 9 && w.By == "area":
		w.Area = ""
	}
	if len(w.Area) > 9 {
		return out, planner.Fail(planner.Invalid, "统计只到乡镇（街道），不到村。", "Counts go down to townships, not to villages.")
	}
	month := func(d civil.Date) string {
		if d.IsZero() {
			return ""
		}
		return fmt.Sprintf("%04d-%02d", d.Year, int(d.Month))
	}
	if w.From.IsZero() {
		w.From = civil.Of(a.Today().Year, 1, 1)
	}
	ms, err := a.closedMonths(ctx, month(w.From), month(w.Until))
	if err != nil {
		return out, err
	}
	words, err := a.matterWords(ctx)
	if err != nil {
		return out, err
	}
	out = Stats{By: w.By, Note: statsNote, Area: words.area[w.Area], Months: []string{}}
	for _, m := range ms {
		out.Months = append(out.Months, m.Month)
	}
	if len(ms) > 0 {
		out.From, out.Last = ms[0].From, ms[len(ms)-1].Last
	}
	out.tables(w, ms, words)
	if w.Area == "" {
		t := report.Sum(opinionOrder, families(ms, famOpinion))
		out.Opinions = &t
		for _, k := range opinionOrder {
			out.OpinionsOf = append(out.OpinionsOf, opinionName(k))
		}
	}
	if !out.Closed.Less && !out.Registered.Less {
		if n, ok := report.Share(out.Closed.Total.N, out.Registered.Total.N); ok {
			out.Rate = &n
		}
	}
	return out, nil
}

var categoryOrder = []string{"city", "heads", "others", "counter"}

var opinionOrder = []string{"satisfied", "basically", "unsatisfied", "declined", "none"}

func opinionName(k string) planner.Text {
	if k == "none" {
		k = ""
	}
	return followup.OpinionText[planner.Opinion(k)]
}

func (s *Stats) tables(w StatsWish, ms []ReportMonth, words matterWords) {
	add := func(key string, name planner.Text) { s.Keys, s.Names = append(s.Keys, key), append(s.Names, name) }
	switch w.By {
	case "receiver":
		for _, k := range categoryOrder {
			add(k, CategoryText[k])
		}
		s.Registered, s.Closed = report.Sum(s.Keys, families(ms, famReceiver)), report.Sum(s.Keys, families(ms, famClosed))
	case "area":
		for code, name := range words.area {
			if len(code) == 9 && (w.Area == "" || code == w.Area) {
				add(string(code), planner.Both(name))
			}
		}
		slices.Sort(s.Keys)
		for i, k := range s.Keys {
			s.Names[i] = planner.Both(words.area[planner.AreaCode(k)])
		}
		if w.Area == "" {
			add("county", planner.Text{ZH: "县级", EN: "county"})
		}
		s.Registered, s.Closed = report.Sum(s.Keys, families(ms, famArea)), report.Sum(s.Keys, families(ms, famClosedArea))
		if w.Area != "" {
			s.Registered, s.Closed = alone(s.Registered), alone(s.Closed)
		}
	case "month":
		var reg, done []report.Row
		for _, m := range ms {
			add(m.Month, planner.Both(m.Month))
			reg, done = append(reg, monthRow(m, famReceiver, famArea, w.Area)), append(done, monthRow(m, famClosed, famClosedArea, w.Area))
		}
		s.Registered, s.Closed = total(reg), total(done)
	}
}

// alone keeps the rows and makes their sum the total.
func alone(t report.Table) report.Table { return total(t.Rows) }

func total(rows []report.Row) (t report.Table) {
	t.Rows = rows
	for _, r := range rows {
		t.Total.N, t.Total.Persons = t.Total.N+r.N, t.Total.Persons+r.Persons
		t.Less = t.Less || r.Less || r.Hidden
	}
	return t
}

// monthRow is one month's row: the county's total, or one township's published cell.
func monthRow(m ReportMonth, county, byArea string, area planner.AreaCode) report.Row {
	if len(area) < 9 {
		p := m.Families[county]
		return report.Row{Key: m.Month, Count: p.Total, Hidden: p.Held}
	}
	r := report.Sum([]string{string(area)}, []report.Published{m.Families[byArea]}).Rows[0]
	r.Key = m.Month
	return r
}

// BriefView 月度简报 is what the leaders' meeting reads: the month and the year so far, themes without names.
type BriefView struct {
	Month    string        `json:"month"`
	From     civil.Date    `json:"from"`
	Last     civil.Date    `json:"last"`
	Visits   [2]BriefTable `json:"visits"` // the month, the year so far
	Promises [2]BriefTable `json:"promises"`
	Matters  [2]BriefTable `json:"matters"`
	Closed   [2]BriefTable `json:"closed"`
	Opinions [2]BriefTable `json:"opinions"`
	Themes   []ThemeRow    `json:"themes"`
	Sections []ThemeRow    `json:"sections"`
	Note     planner.Text  `json:"note"`
	Earlier  []string      `json:"earlier"` // other months that can be read
	Units    []Choice      `json:"-"`       // for whom may propose a task
	MayEdit  bool          `json:"-"`
}

// BriefTable is a table with the names of its rows.
type BriefTable struct {
	report.Table
	Names []planner.Text `json:"names"`
}

// ThemeRow is a theme or one of the four duties. Common: heard in three villages or more; Task: what was made of it.
type ThemeRow struct {
	Key    string       `json:"key"`
	Name   planner.Text `json:"name"`
	N      int          `json:"n"` // 0 when hidden
	Hidden bool         `json:"hidden,omitempty"`
	Common bool         `json:"common,omitempty"`
	Task   string       `json:"task,omitempty"` // unit that has it
}

// Brief makes the brief of a month; empty: the last closed one. NotFound until its data are closed.
func (a *App) Brief(ctx context.Context, p planner.Principal, month string) (out BriefView, err error) {
	if err := mayCount(p); err != nil {
		return out, err
	}
	ms, err := a.closedMonths(ctx, "", "")
	if err != nil {
		return out, err
	}
	if month == "" && len(ms) > 0 {
		month = ms[len(ms)-1].Month
	}
	if month == "" {
		return out, planner.Fail(planner.NotFound, "还没有一个月的数据截止。经办人在“例会”页截止数据后，简报自动生成。", "no month's data are closed yet. Once the planner closes them on the page of meetings, the brief makes itself.")
	}
	at := slices.IndexFunc(ms, func(m ReportMonth) bool { return m.Month == month })
	if at < 0 {
		return out, planner.Fail(planner.NotFound, month+"的数据还没有截止，简报在数据截止后自动生成。", "the data of "+month+" are not closed yet; the brief makes itself once they are.")
	}
	m := ms[at]
	var year []ReportMonth
	out = BriefView{Month: month, From: m.From, Last: m.Last, Note: statsNote, MayEdit: p.Is(planner.RolePlanner), Earlier: []string{}}
	for i, o := range ms {
		if o.Month[:4] == month[:4] && i <= at {
			year = append(year, o)
		}
		if i != at {
			out.Earlier = append(out.Earlier, o.Month)
		}
	}
	both := func(family string, keys []string, name func(string) planner.Text) (t [2]BriefTable) {
		for i, span := range [][]ReportMonth{{m}, year} {
			t[i].Table = report.Sum(keys, families(span, family))
			for _, k := range keys {
				t[i].Names = append(t[i].Names, name(k))
			}
		}
		return t
	}
	category := func(k string) planner.Text { return CategoryText[k] }
	out.Matters, out.Closed = both(famReceiver, categoryOrder, category), both(famClosed, categoryOrder, category)
	out.Opinions = both(famOpinion, opinionOrder, opinionName)
	out.Visits = both(famVisits, []string{"done", "not-home", "declined", "moved", "planned"}, func(k string) planner.Text { return planner.Both(visitText[planner.VisitState(k)]) })
	out.Promises = both(famPromises, []string{"kept", "open"}, func(k string) planner.Text {
		return map[string]planner.Text{"kept": {ZH: "已兑现", EN: "kept"}, "open": {ZH: "未兑现", EN: "not kept"}}[k]
	})
	return out, a.briefThemes(ctx, &out, m)
}

func commonKey(month, theme string) string { return "common/" + month + "/" + theme }

// briefThemes fills the themes with what was proposed and made of them.
func (a *App) briefThemes(ctx context.Context, out *BriefView, m ReportMonth) error {
	words, err := a.matterWords(ctx)
	if err != nil {
		return err
	}
	var keys []string
	for _, k := range m.Common {
		keys = append(keys, commonKey(m.Month, k))
	}
	made := map[string]string{}
	if len(keys) > 0 {
		err = a.DB.Read(ctx, planner.System("common causes of a brief"), func(tx *store.Tx) error {
			ts, err := tx.Tasks(store.TaskFilter{Keys: keys})
			for _, t := range ts {
				made[t.Key] = words.unit[words.cadre[t.Owner].Unit]
			}
			return err
		})
	}
	row := func(family, key string, name planner.Text) ThemeRow {
		r := report.Sum([]string{key}, []report.Published{m.Families[family]}).Rows[0]
		return ThemeRow{Key: key, Name: name, N: r.N, Hidden: r.Hidden, Common: family == famThemes && slices.Contains(m.Common, key), Task: made[commonKey(m.Month, key)]}
	}
	for _, s := range followup.VisitChecklist().Sections {
		out.Sections = append(out.Sections, row(famSections, s.Key, s.Role))
		for _, it := range s.Items {
			if it.Theme {
				out.Themes = append(out.Themes, row(famThemes, it.Key, it.Say))
			}
		}
	}
	if out.MayEdit {
		for _, u := range words.units {
			out.Units = append(out.Units, Choice{string(u.ID), u.Name})
		}
		slices.SortFunc(out.Units, func(x, y Choice) int { return strings.Compare(x.Text, y.Text) })
	}
	return err
}

// CommonCause 举一反三 makes one task of a unit about a theme that was heard in three villages or more. It names no village and
// nobody. Planners only; Conflict if the month's theme has its task.
func (a *App) CommonCause(ctx context.Context, p planner.Principal, month, theme string, unit planner.UnitID, due civil.Date) (t planner.Task, err error) {
	if err := mustPlan(p); err != nil {
		return t, err
	}
	b, err := a.Brief(ctx, p, month)
	if err != nil {
		return t, err
	}
	today := a.Today()
	at := slices.IndexFunc(b.Themes, func(r ThemeRow) bool { return r.Key == theme && r.Common })
	switch {
	case at < 0:
		return t, planner.Fail(planner.Invalid, "这个方面没有在三个以上村（社区）提到，不作统一排查。", "this theme was not heard in three villages or more.")
	case b.Themes[at].Task != "":
		return t, planner.Fail(planner.Conflict, "已交"+b.Themes[at].Task+"统一排查。", "it is with "+b.Themes[at].Task+" already.")
	case !due.After(today):
		return t, planner.Fail(planner.Invalid, "请写今天以后的办结期限。", "give a due day after today.")
	}
	words, err := a.matterWords(ctx)
	if err != nil {
		return t, err
	}
	owner, ok := words.office.Holder(unit, "", today)
	if !ok || owner == "" {
		return t, planner.Fail(planner.NotFound, "这个单位没有可以承办的人。", "the unit has nobody who could take it.")
	}
	name := b.Themes[at].Name
	t = planner.Task{ID: planner.TaskID(a.NewID()), Key: commonKey(b.Month, theme), Kind: planner.TaskCommon, Owner: owner, StartOn: today, DueOn: due, EndOn: due.AddDays(decisionEndDays), State: planner.TaskReady,
		Say: planner.Text{ZH: "举一反三：“" + name.ZH + "”在三个以上村（社区）都有反映，请统一排查、一并解决", EN: "One cause for many: “" + name.EN + "” was heard in three villages or more; look into all of them and settle it for all"}}
	err = a.DB.Write(ctx, p, store.Op{Name: "common-cause", Now: a.Now()}, func(tx *store.Tx) error { return tx.PutTasks([]planner.Task{t}) })
	return t, err
}
