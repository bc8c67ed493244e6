package pipeline

import (
	"cmp"
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
)

// HolidayChange is what a change of a year's holidays does, before or after it is done.
type HolidayChange struct {
	Year     int               `json:"year"`
	Was      string            `json:"was"` // status of the year
	Now      string            `json:"now"`
	Done     bool              `json:"done"`   // false: nothing was written
	Same     bool              `json:"same"`   // the notice is held already; there is nothing to do
	SHA256   string            `json:"sha256"` // of the notice in its canonical form
	Days     []DayChange       `json:"days"`   // days whose state or name changes
	Events   []EventChange     `json:"events"` // dates that shift, appear or go
	Visits   []VisitChange     `json:"visits"` // visiting days that shift
	Written  int               `json:"written"`
	Stamped  int               `json:"stamped"`  // events that subscribers see changed, each by one revision
	Findings []planner.Finding `json:"findings"` // what is odd about the notice, and what the new days make impossible
}

// DayChange is a day before and after.
type DayChange struct {
	On      civil.Date `json:"on"`
	Was     string     `json:"was"` // workday, off, unknown
	WasName string     `json:"was_name,omitempty"`
	Now     string     `json:"now"`
	NowName string     `json:"now_name,omitempty"`
}

// EventChange is a shifted date: of the county's own event, of a slot of the rota, or of cadres' mass-work-days that move
// together.
type EventChange struct {
	Kind    planner.EventKind `json:"kind"`
	Title   planner.Text      `json:"title"`
	Nominal civil.Date        `json:"nominal,omitzero"`
	Was     civil.Date        `json:"was,omitzero"` // zero: new
	Now     civil.Date        `json:"now,omitzero"` // zero: cancelled
	Cadres  int               `json:"cadres,omitempty"`
	Why     planner.Text      `json:"why"`
	Market  bool              `json:"market,omitempty"` // on the new day a market is held somewhere in the county
}

// VisitChange says how many visits go from one day to another.
type VisitChange struct {
	Was    civil.Date `json:"was,omitzero"`
	Now    civil.Date `json:"now,omitzero"`
	Visits int        `json:"visits"`
}

// noticeFindings says what is odd about a notice, though it may be meant.
func noticeFindings(n calendar.Notice) (fs []planner.Finding) {
	tell := func(code string, days []calendar.NoticeDay, zh, en string) {
		if len(days) == 0 {
			return
		}
		var names []string
		for _, d := range days {
			names = append(names, d.On.String()+d.Name)
		}
		fs = append(fs, planner.Finding{Severity: planner.Warn, Code: code, Say: planner.Text{ZH: zh, EN: en}.Fill("日", strings.Join(names, "、"), "days", strings.Join(names, ", "))})
	}
	tell("notice-missing-statutory", n.Missing(), "这份安排没有写明放假的法定节日：{日}。请对照国务院办公厅通知核对。", "statutory days that this notice does not give off: {days}. Check it against the State Council's notice.")
	tell("notice-odd-workday", n.Odd(), "写作补班、但本来就是工作日的：{日}。请核对。", "days ordered to be worked that are workdays anyway: {days}. Check them.")
	if len(n.Papers) == 0 {
		fs = append(fs, planner.Finding{Severity: planner.Note, Code: "notice-without-source", Say: planner.Text{
			ZH: "没有写明通知的文号或网址；补上以后，别人才能核对。", EN: "no number or address of the notice is given; with one, others can check it."}})
	}
	return fs
}

// dayChanges compares the days that a notice of the year may order.
func dayChanges(year int, was, now *calendar.Workdays) (out []DayChange) {
	for d := civil.Of(year-1, 12, 1); d.Year <= year; d = d.AddDays(1) {
		c := DayChange{On: d, Was: string(was.State(d)), WasName: was.Label(d), Now: string(now.State(d)), NowName: now.Label(d)}
		known := c.Was == string(calendar.Unknown) && (c.Now == string(calendar.Workday)) != d.Weekend() && c.NowName == ""
		if (c.Was != c.Now || c.WasName != c.NowName) && !known { // an ordinary day that is now known to be one is no news
			out = append(out, c)
		}
	}
	return out
}

// tellChanges adds the dates that shift by a layout.
func (l *layout) tellChanges(c *HolidayChange) {
	type move struct {
		kind     planner.EventKind
		own      bool
		was, now civil.Date
	}
	count, first, order := map[move]int{}, map[move]planner.Event{}, []move(nil)
	for _, e := range l.put {
		old, had := l.before[e.ID]
		if had && old.Sequence != e.Sequence || !had {
			c.Stamped++
		}
		m := move{kind: e.Kind, own: e.Cadre != "", now: e.On}
		if had && old.Status != planner.StatusCancelled {
			m.was = old.On
		}
		if e.Status == planner.StatusCancelled {
			m.now = civil.Date{}
		}
		if m.was == m.now {
			continue // confirmed, or worded anew, on the same day
		}
		if count[m] == 0 {
			first[m] = e
			order = append(order, m)
		}
		count[m]++
	}
	for _, m := range order {
		e := first[m]
		x := EventChange{Kind: m.kind, Title: eventTitle(e), Nominal: e.NominalOn, Was: m.was, Now: m.now, Why: e.Why, Market: l.office.market(m.now)}
		if m.own {
			x.Cadres = count[m]
			if count[m] > 1 {
				x.Why = planner.Text{}
			}
		}
		c.Events = append(c.Events, x)
	}
	sortEvents(c.Events)
	l.tellVisits(c)
}

// tellVisits counts the visits that go from one day to another.
func (l *layout) tellVisits(c *HolidayChange) {
	touched := make(map[planner.VisitID]bool, len(l.putVisit)+len(l.dropped))
	for i := range l.putVisit {
		touched[l.putVisit[i].ID] = true
	}
	for _, id := range l.dropped {
		touched[id] = true
	}
	was := make(map[planner.VisitID]civil.Date, len(touched))
	for i := range l.oldVisit {
		if v := &l.oldVisit[i]; touched[v.ID] {
			was[v.ID] = v.On
		}
	}
	type move struct{ was, now civil.Date }
	count := map[move]int{}
	for _, v := range l.putVisit {
		if m := (move{was[v.ID], v.On}); m.was != m.now {
			count[m]++
		}
		delete(was, v.ID)
	}
	for _, id := range l.dropped {
		if on, ok := was[id]; ok { // not put again
			count[move{was: on}]++
		}
	}
	for m, n := range count {
		c.Visits = append(c.Visits, VisitChange{m.was, m.now, n})
	}
	slices.SortFunc(c.Visits, func(x, y VisitChange) int { return cmp.Or(x.Was.Compare(y.Was), x.Now.Compare(y.Now)) })
}

// tellRules compares what the rules lay in a year that was never laid.
func tellRules(c *HolidayChange, was, now officeDays) error {
	y1, err := calendar.Lay(c.Year, was.rules, was.work)
	if err != nil {
		return err
	}
	y2, err := calendar.Lay(c.Year, now.rules, now.work)
	if err != nil {
		return err
	}
	compare := func(kind planner.EventKind, name planner.Text, a, b []calendar.Day) {
		old := map[string]civil.Date{}
		for _, d := range a {
			old[d.Stem] = d.On
		}
		for _, d := range b {
			if old[d.Stem] != d.On {
				c.Events = append(c.Events, EventChange{Kind: kind, Title: d.Title.Or(name).Or(eventTitles[kind]).Titled(), Nominal: d.Nominal, Was: old[d.Stem], Now: d.On, Why: d.Why, Market: now.market(d.On)})
			}
		}
	}
	compare(planner.EventMassWorkDay, now.rules.Title, y1.WorkDays, y2.WorkDays)
	compare(planner.EventLeadersMeeting, now.rules.MeetingTitle, y1.Meetings, y2.Meetings)
	compare(planner.EventReceptionDay, now.rules.Title, y1.Receptions, y2.Receptions)
	compare(planner.EventFestivalVisit, planner.Text{}, y1.Festivals, y2.Festivals)
	sortEvents(c.Events)
	return nil
}

func sortEvents(es []EventChange) {
	day := func(e EventChange) civil.Date {
		if e.Was.IsZero() {
			return e.Now
		}
		return e.Was
	}
	slices.SortStableFunc(es, func(a, b EventChange) int {
		return cmp.Or(day(a).Compare(day(b)), cmp.Compare(a.Kind, b.Kind), a.Now.Compare(b.Now))
	})
}

// market reports whether a market is held anywhere in the county on a day.
func (o *officeDays) market(on civil.Date) bool {
	if on.IsZero() {
		return false
	}
	for _, ds := range o.areas {
		for _, d := range ds {
			if d.Kind == planner.DayMarket && d.rule.Has(on) {
				return true
			}
		}
	}
	return false
}
