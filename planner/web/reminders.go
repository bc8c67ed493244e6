package web

import (
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

// remindersPage shows what goes out until a day, one line for all who get the same thing at the same time.
type remindersPage struct {
	Until  civil.Date      `json:"until"`
	Groups []reminderGroup `json:"reminders"`
	Total  int             `json:"total"`
}

// reminderGroup is one message to many.
type reminderGroup struct {
	DueAt   time.Time    `json:"due_at"`
	When    string       `json:"-"`
	Title   planner.Text `json:"title"`
	Why     planner.Text `json:"why"`
	Channel string       `json:"channel"`
	State   string       `json:"state"`
	Who     []string     `json:"who"`
}

// reminderDays is how far the page looks ahead unless told.
const reminderDays = 14

var reminders = view{"reminders", func(s *Server, r *request) (any, error) {
	until := s.today().AddDays(reminderDays)
	if v := r.URL.Query().Get("until"); v != "" {
		d, err := civil.ParseDate(v)
		if err != nil {
			return nil, planner.Fail(planner.Invalid, "日期“"+v+"”请写成 2026-02-20 的样子。", "Write the date “"+v+"” like 2026-02-20.")
		}
		until = d
	}
	ns, err := s.App.Reminders(r.Context(), r.p, until)
	if err != nil {
		return nil, err
	}
	return newReminders(r.lang, ns, until, s.App.Zone), nil
}}

// newReminders groups notices that differ by nothing but their reader, in the order they come.
func newReminders(l string, ns []pipeline.NoticeView, until civil.Date, zone *time.Location) remindersPage {
	p := remindersPage{Until: until, Total: len(ns), Groups: []reminderGroup{}}
	type key struct {
		due            int64
		title          planner.Text
		why            planner.Text
		channel, state string
	}
	at := map[key]int{}
	for _, n := range ns {
		k := key{n.DueAt.Unix(), n.Title, n.Why, n.Channel, n.State}
		i, ok := at[k]
		if !ok {
			i = len(p.Groups)
			at[k] = i
			p.Groups = append(p.Groups, reminderGroup{DueAt: n.DueAt, When: lang.Instant(l, n.DueAt, zone), Title: n.Title,
				Why: n.Why, Channel: n.Channel, State: n.State})
		}
		p.Groups[i].Who = append(p.Groups[i].Who, n.Who)
	}
	return p
}
